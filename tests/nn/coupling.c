#include "nn/coupling.h"

#include "support/map.h"

#include <check.h>
#include <math.h>
#include <string.h>

static const struct {
	abi_coupling_transform transform;
	size_t columns, conditions, layers;
	abi_mlp_form form;
	double dropout;
} cases[] = {
	{ ABI_COUPLING_AFFINE, 12, 5, 2, ABI_MLP_PLAIN, 0 },    { ABI_COUPLING_AFFINE, 5, 3, 3, ABI_MLP_RESIDUAL, 0.3 },
	{ ABI_COUPLING_AFFINE, 1, 4, 1, ABI_MLP_PLAIN, 0 },     { ABI_COUPLING_AFFINE, 3, 0, 2, ABI_MLP_PLAIN, 0 },
	{ ABI_COUPLING_SPLINE, 12, 5, 2, ABI_MLP_PLAIN, 0 },    { ABI_COUPLING_SPLINE, 2, 3, 2, ABI_MLP_RESIDUAL, 0.3 },
	{ ABI_COUPLING_SPLINE, 1, 4, 2, ABI_MLP_PLAIN, 0 },     { ABI_COUPLING_SPLINE, 7, 0, 1, ABI_MLP_PLAIN, 0 },
};

enum { CASES = sizeof cases / sizeof *cases };

static size_t cache(const void *self, size_t rows)
{
	return abi_coupling_cache(self, rows);
}

static size_t scratch(const void *self, size_t rows)
{
	return abi_coupling_scratch(self, rows);
}

static void forward(const void *self, const abi_exec *exec, size_t rows, const real *x, const real *condition, real *y, double *log_det,
                    real *kept)
{
	abi_coupling_forward(exec, self, rows, x, condition, y, log_det, kept);
}

static void backward(const void *self, const abi_exec *exec, size_t rows, const real *x, const real *y, const real *condition,
                     const real *kept, real weight, real *d, real *dcondition)
{
	abi_coupling_backward(exec, self, rows, x, y, condition, kept, weight, d, dcondition);
}

static void inverse(const void *self, const abi_exec *exec, size_t rows, const real *condition, const real *y, real *x, double *log_det)
{
	real shared[64];
	const abi_coupling *coupling = self;
	ck_assert_uint_le(abi_coupling_shared(coupling), 64);
	abi_coupling_context(exec, coupling, condition, shared);
	memcpy(x, y, rows * coupling->shape.columns * sizeof *x);
	abi_coupling_inverse(exec, coupling, rows, shared, x, log_det);
}

static abi_parameters weights;
static abi_coupling coupling;

static tested_map map_of(int index)
{
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	abi_coupling_shape shape = {
		.columns = cases[index].columns,
		.conditions = cases[index].conditions,
		.transform = cases[index].transform,
		.affine = { .bound = 3 },
		.spline = { .bins = 6, .bound = 3 },
		.network = { .width = 19, .depth = cases[index].layers - 1, .form = cases[index].form, .activation = ABI_ACT_SILU,
			     .dropout = cases[index].dropout },
	};
	coupling = abi_coupling_declare(&weights, "coupling", &shape);
	return (tested_map){ .self = &coupling, .weights = &weights, .n = shape.columns, .conditions = shape.conditions, .spread = 0.2,
		             .cache = cache, .scratch = scratch, .inverse_scratch = scratch, .forward = forward, .backward = backward,
		             .inverse = inverse };
}

#ifdef ABI_DOUBLE
START_TEST(gradients_are_those_of_central_differences)
{
	tested_map map = map_of(_i);
	check_map_gradients(&map);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(log_det_is_that_of_the_jacobian)
{
	tested_map map = map_of(_i);
	check_map_log_det(&map);
	abi_parameters_free(&weights);
}
END_TEST
#endif

START_TEST(the_inverse_inverts)
{
	tested_map map = map_of(_i);
	if (cases[_i].transform == ABI_COUPLING_SPLINE)
		map.spread = 0.05; /* wilder splines have parts too flat to be inverted to the last digits */
	check_map_inverts(&map);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(a_row_does_not_depend_on_its_neighbours)
{
	tested_map map = map_of(_i);
	check_map_ignores_neighbours(&map);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(plans_are_kept)
{
	tested_map map = map_of(_i);
	check_map_keeps_its_plan(&map);
	abi_parameters_free(&weights);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/coupling");
	TCase *tests = tcase_create("coupling");
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, gradients_are_those_of_central_differences, 0, CASES);
	tcase_add_loop_test(tests, log_det_is_that_of_the_jacobian, 0, CASES);
#endif
	tcase_add_loop_test(tests, the_inverse_inverts, 0, CASES);
	tcase_add_loop_test(tests, a_row_does_not_depend_on_its_neighbours, 0, CASES);
	tcase_add_loop_test(tests, plans_are_kept, 0, CASES);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
