/* What a module needs to be run by hand: weights that are all different from zero, and scratch. */

#ifndef ABI_TESTS_SUPPORT_MODULE_H
#define ABI_TESTS_SUPPORT_MODULE_H

#include "nn/module.h"

typedef struct run_module {
	abi_parameters weights; /* to be declared between begin and start */
	abi_arena arena;
	abi_exec exec;
	real *flat, *packed, *gradient;
} run_module;

void run_module_begin(run_module *run);

/* Seals the layout, draws every weight from a normal of sd 0.5 and reserves so many bytes of scratch. */
void run_module_start(run_module *run, size_t scratch);

/* Checks that all scratch was given back. */
void run_module_end(run_module *run);

/* The weights of one array, as module formulas have them: [rows, columns] by rows. */
const real *run_module_weight(const run_module *run, size_t id);

/* Standard normals, the same ones for the same seed in both builds. */
void run_module_normals(uint64_t seed, size_t count, real *values);

/* What rounding may do to a sum of some tens of terms of size 1. */
double run_module_tolerance(void);

#endif
