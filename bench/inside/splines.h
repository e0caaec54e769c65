/* The rational-quadratic spline of a coupling: elements per second, and the largest error against the same curve in double precision. */

#ifndef BENCH_INSIDE_SPLINES_H
#define BENCH_INSIDE_SPLINES_H

#include "support/table.h"

#include "num/kernels.h"

#include <stdbool.h>

/* One row per direction, into the table or as JSON lines on stdout. */
void bench_splines(const abi_kernels *kernels, bench_table *table, bool as_json);

#endif
