/* How many rows "y" has: one number, or in every data set a log-uniform integer between two. */

#ifndef BENCH_TASKS_ROWS_H
#define BENCH_TASKS_ROWS_H

#include <abi/abi.h>

typedef struct bench_rows {
	size_t least, most;
} bench_rows;

int bench_rows_vary(const bench_rows *rows);

/* Where the number varies, a stage "sizes" that draws it as "rows"; rows is kept as user_data. The builder keeps its errors. */
void bench_rows_declare(abi_simulator *simulator, bench_rows *rows);

/* "y" [rows, columns] as output of a stage. */
abi_status bench_rows_output(abi_simulator *simulator, int32_t stage, const bench_rows *rows, size_t columns);

/* Inside that stage: y filled with standard normals, and the rows first…end of one data set of the call, or of data. */
void bench_rows_normal(abi_call *call, const bench_rows *rows, size_t columns, double *y);
void bench_rows_of(const bench_rows *rows, const int64_t *offsets, size_t set, size_t *first, size_t *end);

#endif
