#include "net/flow_network.h"

#include "abi/summary.h"
#include "nn/base_distribution.h"
#include "support/allocator.h"
#include "support/map.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- flows as maps ---- */

static const struct {
	size_t parameters, conditions;
	abi_coupling_options options;
} cases[] = {
	{ 12, 5, { .transform = ABI_TRANSFORM_AFFINE, .depth = 3, .marginal = -1 } },
	{ 5, 3, { .transform = ABI_TRANSFORM_AFFINE, .depth = 2, .permutation = ABI_PERMUTATION_ORTHOGONAL, .base = ABI_BASE_STUDENT_T } },
	{ 1, 4, { .transform = ABI_TRANSFORM_AFFINE, .depth = 2, .layers = 1, .activation = ABI_ACTIVATION_GELU } },
	{ 3, 0, { .transform = ABI_TRANSFORM_AFFINE, .depth = 1, .permutation = ABI_PERMUTATION_REVERSE } },
	{ 7, 2, { .transform = ABI_TRANSFORM_AFFINE, .depth = 2, .residual = 1, .layers = 3, .dropout = 0.3, .permutation = ABI_PERMUTATION_REVERSE } },
	{ 12, 5, { .transform = ABI_TRANSFORM_SPLINE, .depth = 2, .marginal = -1 } },
	{ 6, 3, { .transform = ABI_TRANSFORM_SPLINE, .depth = 2, .marginal = 1 } },
	{ 5, 3, { .transform = ABI_TRANSFORM_SPLINE, .depth = 2, .bins = 3, .tail_bound = 3, .permutation = ABI_PERMUTATION_ORTHOGONAL } },
	{ 1, 4, { .transform = ABI_TRANSFORM_SPLINE, .depth = 1, .base = ABI_BASE_STUDENT_T, .base_dof = 4, .marginal = -1 } },
	{ 2, 2, { .transform = ABI_TRANSFORM_SPLINE, .depth = 3, .residual = 1, .dropout = 0.2, .activation = ABI_ACTIVATION_TANH } },
};

enum { CASES = sizeof cases / sizeof *cases };

static size_t cache(const void *self, size_t rows)
{
	return abi_flow_network_cache(self, rows);
}

static size_t scratch(const void *self, size_t rows)
{
	return abi_flow_network_scratch(self, rows);
}

static size_t inverse_scratch(const void *self, size_t rows)
{
	return abi_flow_network_inverse_scratch(self, rows);
}

static void initialise(const void *self, const abi_parameters *layout, real *flat)
{
	abi_flow_network_initialise(self, layout, 17, flat);
}

static void forward(const void *self, const abi_exec *exec, size_t rows, const real *x, const real *condition, real *y, double *log_prob,
                    real *kept)
{
	abi_flow_network_log_prob(exec, self, rows, x, condition, y, kept, log_prob);
}

static void backward(const void *self, const abi_exec *exec, size_t rows, const real *x, const real *y, const real *condition,
                     const real *kept, real weight, real *d, real *dcondition)
{
	(void)y;
	(void)d;
	abi_flow_network_backward(exec, self, rows, x, condition, kept, weight, dcondition);
}

static void inverse(const void *self, const abi_exec *exec, size_t rows, const real *condition, const real *y, real *x, double *log_prob)
{
	abi_flow_network_inverse(exec, self, rows, y, condition, x, log_prob);
}

static abi_context *context;
static abi_parameters weights;
static abi_flow_network *flow;

static abi_flow_spec spec_of(int index)
{
	abi_flow_spec spec = { .kind = ABI_FLOW_COUPLING, .coupling = cases[index].options };
	spec.coupling.size = sizeof spec.coupling;
	spec.coupling.width = 17;
	abi_flow_spec_resolve(&spec);
	return spec;
}

static tested_map map_of(const abi_flow_spec *spec, size_t parameters, size_t conditions)
{
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	ck_assert_int_eq(abi_flow_network_create(context, spec, parameters, conditions, &weights, &flow), ABI_OK);
	return (tested_map){ .self = flow, .weights = &weights, .n = parameters, .conditions = conditions, .density = true, .spread = 0.1,
		             .cache = cache, .scratch = scratch, .inverse_scratch = inverse_scratch, .initialise = initialise,
		             .forward = forward, .backward = backward, .inverse = inverse };
}

static tested_map map_of_case(int index)
{
	abi_flow_spec spec = spec_of(index);
	return map_of(&spec, cases[index].parameters, cases[index].conditions);
}

static void free_flow(void)
{
	abi_flow_network_free(flow);
	abi_parameters_free(&weights);
}

static void set_up(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
}

static void tear_down(void)
{
	abi_context_free(context);
}

#ifdef ABI_DOUBLE
START_TEST(gradients_are_those_of_central_differences)
{
	tested_map map = map_of_case(_i);
	check_map_gradients(&map);
	free_flow();
}
END_TEST
#endif

START_TEST(the_inverse_inverts)
{
	tested_map map = map_of_case(_i);
	map.spread = 0.04;
	check_map_inverts(&map);
	free_flow();
}
END_TEST

START_TEST(a_row_does_not_depend_on_its_neighbours)
{
	tested_map map = map_of_case(_i);
	check_map_ignores_neighbours(&map);
	free_flow();
}
END_TEST

START_TEST(plans_are_kept)
{
	tested_map map = map_of_case(_i);
	map.bounded = cases[_i].options.marginal >= 0 && cases[_i].conditions > 0; /* what the marginal layer needs may or may not be the most */
	check_map_keeps_its_plan(&map);
	free_flow();
}
END_TEST

/* Affine and spline × normal and Student-t × one and two parameters. */
START_TEST(the_density_integrates_to_one)
{
	abi_flow_spec spec = spec_of(0);
	spec.coupling.transform = _i % 2 == 0 ? ABI_TRANSFORM_AFFINE : ABI_TRANSFORM_SPLINE;
	spec.coupling.base = _i / 2 % 2 == 0 ? ABI_BASE_NORMAL : ABI_BASE_STUDENT_T;
	spec.coupling.depth = 2;
	spec.coupling.width = 8;
	tested_map map = map_of(&spec, _i / 4 == 0 ? 1 : 2, 3);
	map.spread = map.n == 1 ? 0.3 : 0.15; /* two columns have coarser quadrature */
	ck_assert_double_eq_tol(map_mass(&map), 1, _i / 4 == 0 ? 2e-4 : 1e-3);
	free_flow();
}
END_TEST

/* ---- what is new about a flow ---- */

/* A flow on which single calls are made. */
typedef struct runner {
	abi_arena arena;
	abi_exec exec;
	real *flat, *packed;
} runner;

static void *zeroed(size_t count, size_t size)
{
	size_t bytes = (count * size + 64) / 64 * 64;
	void *array = aligned_alloc(64, bytes);
	ck_assert_ptr_nonnull(array);
	return memset(array, 0, bytes);
}

static void start(runner *run, size_t rows)
{
	abi_memory memory = abi_memory_default();
	const abi_kernels *kernels = abi_kernels_find(abi_kernels_best_isa());
	ck_assert_int_eq(abi_parameters_seal(&weights, kernels), ABI_OK);
	run->flat = zeroed(weights.size, sizeof(real));
	run->packed = zeroed(weights.packed_size, sizeof(real));
	abi_parameters_initialise(&weights, 3, run->flat);
	abi_flow_network_initialise(flow, &weights, 3, run->flat);
	abi_parameters_pack(&weights, kernels, 0, weights.count, true, run->flat, run->packed);
	abi_arena_init(&run->arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&run->arena, abi_flow_network_scratch(flow, rows) + abi_flow_network_inverse_scratch(flow, rows)), ABI_OK);
	run->exec = (abi_exec){ .kernels = kernels, .parameters = &weights, .flat = run->flat, .packed = run->packed, .scratch = &run->arena };
}

static void stop(runner *run)
{
	abi_arena_free(&run->arena);
	free(run->flat);
	free(run->packed);
}

START_TEST(a_new_flow_has_the_density_of_its_base)
{
	enum { ROWS = 20 };
	tested_map map = map_of_case(_i);
	runner run;
	start(&run, ROWS);
	real x[ROWS * 12], z[ROWS * 12], condition[ROWS * 12];
	double log_prob[ROWS], base_log_prob[ROWS] = { 0 };
	for (size_t i = 0; i < ROWS * 12; i++) {
		x[i] = (real)sin((double)i * 1.7) * 2;
		condition[i] = (real)cos((double)i);
	}
	abi_flow_network_log_prob(&run.exec, flow, ROWS, x, condition, z, NULL, log_prob);
	double dof = cases[_i].options.base_dof > 0 ? cases[_i].options.base_dof : 10;
	abi_base_distribution base = abi_base_distribution_make(cases[_i].options.base == ABI_BASE_STUDENT_T ? dof : 0);
	/* Orthogonal mixing keeps the density of normals only. */
	bool mixed = cases[_i].options.permutation == ABI_PERMUTATION_ORTHOGONAL;
	abi_base_distribution_log_prob(&base, ROWS, map.n, mixed ? z : x, base_log_prob);
	for (size_t r = 0; r < ROWS; r++)
		ck_assert_double_eq_tol(log_prob[r], base_log_prob[r], 2e-5 * (1 + (double)map.n));
	stop(&run);
	free_flow();
}
END_TEST

START_TEST(draws_may_replace_their_base_points)
{
	enum { DRAWS = 130 };
	tested_map map = map_of_case(0);
	runner run;
	start(&run, DRAWS);
	real *z = zeroed(DRAWS * map.n, sizeof(real)), *theta = zeroed(DRAWS * map.n, sizeof(real)), condition[5] = { 1, -1, 0, 2, (real)0.5 };
	for (size_t i = 0; i < DRAWS * map.n; i++)
		z[i] = (real)sin((double)i);
	abi_flow_network_base(flow, DRAWS, z, NULL);
	ck_assert(z[1] == (real)sin(1.0));
	abi_flow_network_inverse(&run.exec, flow, DRAWS, z, condition, theta, NULL);
	abi_flow_network_inverse(&run.exec, flow, DRAWS, z, condition, z, NULL);
	ck_assert_mem_eq(z, theta, DRAWS * map.n * sizeof *z);
	free(z);
	free(theta);
	stop(&run);
	free_flow();
}
END_TEST

/* Couplings under weights and a condition far from anything that training makes: |theta| ≤ e¹⁸ (|z| + depth · 10,100), and densities are numbers. */
START_TEST(draws_are_bounded_whatever_the_network_says)
{
	enum { DRAWS = 50, PARAMETERS = 5 };
	static const struct {
		int32_t transform, depth, marginal;
	} kinds[] = { { ABI_TRANSFORM_AFFINE, 1, -1 }, { ABI_TRANSFORM_AFFINE, 6, -1 }, { ABI_TRANSFORM_AFFINE, 64, -1 },
		      { ABI_TRANSFORM_AFFINE, 64, 1 }, { ABI_TRANSFORM_SPLINE, 3, -1 },  { ABI_TRANSFORM_SPLINE, 3, 1 } };
	abi_flow_spec spec = abi_flow_spec_default();
	spec.coupling.width = 17;
	spec.coupling.transform = kinds[_i].transform;
	spec.coupling.depth = kinds[_i].depth;
	spec.coupling.marginal = kinds[_i].marginal;
	map_of(&spec, PARAMETERS, 3);
	runner run;
	start(&run, DRAWS);
	for (size_t i = 0; i < weights.count; i++)
		for (size_t j = 0; j < weights.items[i].rows * weights.items[i].columns && weights.items[i].init != ABI_INIT_FIXED; j++)
			run.flat[weights.items[i].offset + j] = (real)(2 * sin((double)(i + 1) * (double)(j + 3) * 1.7));
	abi_parameters_pack(&weights, run.exec.kernels, 0, weights.count, true, run.flat, run.packed);
	real z[DRAWS * PARAMETERS], theta[DRAWS * PARAMETERS], back[DRAWS * PARAMETERS], conditions[DRAWS * 3];
	double log_prob[DRAWS], bound = exp(18.001) * (3 + kinds[_i].depth * 10100.0);
	for (size_t i = 0; i < DRAWS * PARAMETERS; i++)
		z[i] = (real)(3 * sin((double)i));
	for (size_t i = 0; i < DRAWS * 3; i++)
		conditions[i] = (real)(i % 3 == 1 ? -1e6 : 1e6);
	abi_flow_network_inverse(&run.exec, flow, DRAWS, z, conditions, theta, log_prob);
	for (size_t i = 0; i < DRAWS * PARAMETERS; i++) {
		ck_assert(isfinite((double)theta[i]));
		if (kinds[_i].marginal < 0)
			ck_assert_double_le(fabs((double)theta[i]), bound);
	}
	for (size_t r = 0; r < DRAWS; r++)
		ck_assert(isfinite(log_prob[r]));
	abi_flow_network_log_prob(&run.exec, flow, DRAWS, theta, conditions, back, NULL, log_prob);
	for (size_t r = 0; r < DRAWS; r++)
		ck_assert(isfinite(log_prob[r]));
	stop(&run);
	free_flow();
}
END_TEST

START_TEST(permutations_of_a_file_are_checked)
{
	map_of_case(0);
	runner run;
	start(&run, 1);
	ck_assert(abi_flow_network_valid(flow, &weights, run.flat));
	bool found = false;
	for (size_t i = 0; i < weights.count && !found; i++)
		if (weights.items[i].init == ABI_INIT_FIXED) {
			found = true;
			run.flat[weights.items[i].offset] = 1000;
		}
	ck_assert(found);
	ck_assert(!abi_flow_network_valid(flow, &weights, run.flat));
	stop(&run);
	free_flow();
}
END_TEST

/* Reference of the design: six affine couplings of two networks each, 12 parameters. */
START_TEST(six_affine_couplings_have_two_networks_each)
{
	abi_flow_spec spec = { .kind = ABI_FLOW_COUPLING, .coupling = { .transform = ABI_TRANSFORM_AFFINE } };
	abi_flow_spec_resolve(&spec);
	map_of(&spec, 12, 36);
	size_t last = 0;
	for (size_t i = 0; i < weights.count; i++) {
		size_t number;
		const char *name = weights.items[i].name;
		ck_assert_int_eq(strncmp(name, "flow.", 5), 0);
		if (name[5] >= '0' && name[5] <= '9') {
			number = (size_t)strtoul(name + 5, NULL, 10);
			last = number > last ? number : last;
		}
		if (strcmp(name, "flow.3.net.1.0.weight") == 0) {
			ck_assert_uint_eq(weights.items[i].rows, 6);
			ck_assert_uint_eq(weights.items[i].columns, 128);
		}
		if (strcmp(name, "flow.5.net.0.2.weight") == 0)
			ck_assert_uint_eq(weights.items[i].columns, 12);
	}
	ck_assert_uint_eq(last, 5);
	free_flow();
}
END_TEST

/* ---- descriptions ---- */

START_TEST(options_out_of_range_are_named)
{
	abi_memory memory = abi_memory_default();
	static const struct {
		const char *member;
		abi_coupling_options options;
	} wrong[] = {
		{ "transform", { .transform = 7 } },       { "depth", { .depth = 65 } },          { "width", { .width = -1 } },
		{ "layers", { .layers = 17 } },            { "residual", { .residual = 2 } },     { "activation", { .activation = 99 } },
		{ "permutation", { .permutation = 4 } },   { "marginal", { .marginal = 2 } },       { "bins", { .bins = 1 } },             { "base", { .base = 2 } },
		{ "tail_bound", { .tail_bound = -1 } },    { "tail_bound", { .tail_bound = NAN } }, { "tail_bound", { .tail_bound = 1e-3 } },
		{ "base_dof", { .base_dof = 0.5 } },       { "dropout", { .dropout = 1 } },       { "dropout", { .dropout = INFINITY } },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		abi_flow_spec spec = { .kind = ABI_FLOW_COUPLING, .coupling = wrong[i].options };
		ck_assert_int_eq(abi_flow_spec_check(context, &spec), ABI_E_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(abi_context_error(context), wrong[i].member));
		abi_parameters_init(&weights, &memory);
		ck_assert_int_eq(abi_flow_network_create(context, &spec, 3, 2, &weights, &flow), ABI_E_ARGUMENT);
		ck_assert_ptr_null(flow);
		abi_parameters_free(&weights);
	}
	abi_flow_spec spec = abi_flow_spec_default();
	ck_assert_int_eq(abi_flow_spec_check(context, &spec), ABI_OK);
	abi_parameters_init(&weights, &memory);
	ck_assert_int_eq(abi_flow_network_create(context, &spec, 0, 2, &weights, &flow), ABI_E_ARGUMENT);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	for (uint64_t failing = 1;; failing++) {
		failing_allocator allocator;
		failing_allocator_init(&allocator);
		abi_context *mine = failing_allocator_context(&allocator);
		ck_assert_ptr_nonnull(mine);
		allocator.allocations = 0;
		allocator.fail_at = failing;
		abi_parameters_init(&weights, &mine->memory);
		abi_flow_spec spec = spec_of(5);
		abi_status status = abi_flow_network_create(mine, &spec, 5, 3, &weights, &flow);
		if (status != ABI_OK)
			ck_assert_ptr_null(flow);
		else
			status = abi_parameters_seal(&weights, abi_kernels_find(ABI_ISA_GENERIC));
		abi_flow_network_free(flow);
		abi_parameters_free(&weights);
		abi_context_free(mine);
		ck_assert_uint_eq(allocator.outstanding, 0);
		if (status == ABI_OK) {
			ck_assert_uint_gt(failing, 3);
			break;
		}
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/flow_network");
	TCase *tests = tcase_create("flow_network");
	tcase_add_checked_fixture(tests, set_up, tear_down);
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, gradients_are_those_of_central_differences, 0, CASES);
#endif
	tcase_add_loop_test(tests, the_inverse_inverts, 0, CASES);
	tcase_add_loop_test(tests, a_row_does_not_depend_on_its_neighbours, 0, CASES);
	tcase_add_loop_test(tests, plans_are_kept, 0, CASES);
	tcase_add_loop_test(tests, the_density_integrates_to_one, 0, 8);
	tcase_add_loop_test(tests, a_new_flow_has_the_density_of_its_base, 0, CASES);
	tcase_add_test(tests, draws_may_replace_their_base_points);
	tcase_add_loop_test(tests, draws_are_bounded_whatever_the_network_says, 0, 6);
	tcase_add_test(tests, permutations_of_a_file_are_checked);
	tcase_add_test(tests, six_affine_couplings_have_two_networks_each);
	tcase_add_test(tests, options_out_of_range_are_named);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner_of_suite = srunner_create(suite);
	srunner_run_all(runner_of_suite, CK_NORMAL);
	int failures = srunner_ntests_failed(runner_of_suite);
	srunner_free(runner_of_suite);
	return failures != 0;
}
