#include "nn/marginal.h"

#include "support/map.h"

#include <check.h>
#include <math.h>
#include <string.h>

static const struct {
	size_t columns, conditions, layers;
	abi_mlp_form form;
	double dropout;
} cases[] = {
	{ 12, 5, 2, ABI_MLP_PLAIN, 0 },
	{ 5, 3, 3, ABI_MLP_RESIDUAL, 0.3 },
	{ 1, 4, 1, ABI_MLP_PLAIN, 0 },
};

enum { CASES = sizeof cases / sizeof *cases };

static size_t cache(const void *self, size_t rows)
{
	return abi_marginal_cache(self, rows);
}

static size_t scratch(const void *self, size_t rows)
{
	return abi_marginal_scratch(self, rows);
}

static size_t inverse_scratch(const void *self, size_t rows)
{
	(void)rows;
	return abi_marginal_scratch(self, 1);
}

static void forward(const void *self, const abi_exec *exec, size_t rows, const real *x, const real *condition, real *y, double *log_det,
                    real *kept)
{
	abi_marginal_forward(exec, self, rows, x, condition, y, log_det, kept);
}

static void backward(const void *self, const abi_exec *exec, size_t rows, const real *x, const real *y, const real *condition,
                     const real *kept, real weight, real *d, real *dcondition)
{
	(void)x;
	(void)y;
	abi_marginal_backward(exec, self, rows, condition, kept, weight, d, dcondition);
}

static void inverse(const void *self, const abi_exec *exec, size_t rows, const real *condition, const real *y, real *x, double *log_det)
{
	const abi_marginal *marginal = self;
	memcpy(x, y, rows * marginal->columns * sizeof *x);
	abi_marginal_inverse(exec, marginal, rows, condition, x, log_det);
}

static abi_parameters weights;
static abi_marginal marginal;

static tested_map map_of(int index)
{
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	abi_mlp_shape network = {
		.width = 19,
		.depth = cases[index].layers - 1,
		.form = cases[index].form,
		.activation = ABI_ACT_SILU,
		.dropout = cases[index].dropout,
	};
	marginal = abi_marginal_declare(&weights, "marginal", cases[index].columns, cases[index].conditions, &network);
	return (tested_map){ .self = &marginal, .weights = &weights, .n = cases[index].columns, .conditions = cases[index].conditions,
		             .spread = 0.2, .bounded = true, .cache = cache, .scratch = scratch, .inverse_scratch = inverse_scratch, .forward = forward,
		             .backward = backward, .inverse = inverse };
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
	Suite *suite = suite_create("nn/marginal");
	TCase *tests = tcase_create("marginal");
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
