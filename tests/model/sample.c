/* Draws, densities and summaries: the same bits however the work is cut, and densities that are densities. */

#include "support/allocator.h"
#include "support/small_posterior.h"

#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static failing_allocator hooks;

static abi_context *context_with(int32_t threads)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	failing_allocator_hook(&hooks, &options);
	options.threads = threads;
	abi_context *context;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	return context;
}

static abi_context *context;

static void setup(void)
{
	failing_allocator_init(&hooks);
	context = context_with(1);
}

static void teardown(void)
{
	abi_context_free(context);
	ck_assert_uint_eq(hooks.outstanding, 0);
	ck_assert_uint_eq(hooks.foreign, 0);
}

#define CHECK_OK(call) ck_assert_msg((call) == ABI_OK, "%s: %s", #call, abi_context_error(context))

/* Fixed and ragged sets, both transforms, both bases, no set at all. */
static small_model variant(int which)
{
	small_model model = small_model_default();
	model.ragged = which == 1 || which == 4;
	model.base = which == 2 || which == 4 ? ABI_BASE_STUDENT_T : ABI_BASE_NORMAL;
	model.transform = which == 3 || which == 4 ? ABI_TRANSFORM_SPLINE : ABI_TRANSFORM_AFFINE;
	model.no_set = which == 5;
	return model;
}

enum { VARIANTS = 6 };

static abi_posterior *posterior_of(const small_model *model)
{
	abi_posterior *posterior = small_posterior(context, model);
	ck_assert_msg(posterior != NULL, "%s", abi_context_error(context));
	return posterior;
}

static abi_data *data_of(const small_model *model, size_t sets)
{
	abi_data *data = small_data(context, model, sets);
	ck_assert_ptr_nonnull(data);
	return data;
}

static abi_data *no_draws(void)
{
	abi_data *draws;
	ck_assert_int_eq(abi_data_make(context, &draws), ABI_OK);
	return draws;
}

static size_t bytes_of(const abi_data *data, const char *name, const void **values)
{
	const abi_variable *variable = abi_data_find(data, name);
	ck_assert_ptr_nonnull(variable);
	*values = variable->values;
	return abi_variable_elements(variable, data->sets) * abi_dtype_size(variable->spec.dtype);
}

/* Draws first … first + count − 1 of `a` are those of `b` from `from` on. */
static void check_same_draws(const abi_data *a, size_t first, size_t count, const abi_data *b, size_t from)
{
	static const char *const names[] = { "variance", "mu" };
	ck_assert_uint_eq(a->sets, b->sets);
	for (size_t n = 0; n < 2; n++) {
		const abi_variable *one = abi_data_find(a, names[n]), *other = abi_data_find(b, names[n]);
		size_t draw = one->row_size / one->spec.shape[0] * abi_dtype_size(one->spec.dtype);
		for (size_t s = 0; s < a->sets; s++) {
			const char *x = (const char *)one->values + (s * one->spec.shape[0] + first) * draw;
			const char *y = (const char *)other->values + (s * other->spec.shape[0] + from) * draw;
			ck_assert_mem_eq(x, y, count * draw);
		}
	}
}

/* ---- draws ----------------------------------------------------------------------------------------------------------------------- */

START_TEST(draws_have_the_simulators_names_and_shapes)
{
	small_model model = variant(_i);
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&model, 4), *draws = no_draws();
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 0, 50, 1, draws));
	ck_assert_uint_eq(draws->count, 2);
	ck_assert_uint_eq(draws->sets, 4);
	const abi_variable *variance = abi_data_find(draws, "variance"), *mu = abi_data_find(draws, "mu");
	ck_assert_int_eq(variance->spec.dtype, ABI_F64);
	ck_assert_int_eq(variance->spec.rank, 2);
	ck_assert_uint_eq(variance->spec.shape[0], 50);
	ck_assert_uint_eq(variance->spec.shape[1], model.dim);
	ck_assert_int_eq(mu->spec.dtype, ABI_F32);
	ck_assert_int_eq(mu->spec.rank, 1);
	for (size_t i = 0; i < 4 * 50 * model.dim; i++)
		ck_assert(((const double *)variance->values)[i] > 0 && ((const double *)variance->values)[i] < 1);
	abi_data_destroy(draws);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

START_TEST(any_chunks_give_the_same_draws)
{
	enum { DRAWS = 700, SETS = 3 };
	small_model model = variant(_i);
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&model, SETS), *whole = no_draws(), *piece = no_draws();
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 0, DRAWS, 42, whole));
	static const size_t cuts[] = { 0, 1, 2, 17, 255, 256, 257, 300, 600, DRAWS };
	for (size_t i = 0; i + 1 < sizeof cuts / sizeof cuts[0]; i++) {
		CHECK_OK(abi_posterior_draw(context, posterior, observed, cuts[i], cuts[i + 1] - cuts[i], 42, piece));
		check_same_draws(whole, cuts[i], cuts[i + 1] - cuts[i], piece, 0);
	}
	abi_data_destroy(piece);
	abi_data_destroy(whole);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
	enum { DRAWS = 300, SETS = 40 };
	small_model model = variant(_i);
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&model, SETS), *one = no_draws(), *many = no_draws();
	double log_prob[SETS], log_prob_of_many[SETS];
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 0, DRAWS, 42, one));
	CHECK_OK(abi_posterior_density(context, posterior, observed, log_prob));
	for (int32_t threads = 2; threads <= 4; threads++) {
		abi_context *other = context_with(threads);
		ck_assert_int_eq(abi_posterior_draw(other, posterior, observed, 0, DRAWS, 42, many), ABI_OK);
		check_same_draws(one, 0, DRAWS, many, 0);
		ck_assert_int_eq(abi_posterior_density(other, posterior, observed, log_prob_of_many), ABI_OK);
		ck_assert_mem_eq(log_prob, log_prob_of_many, sizeof log_prob);
		abi_context_free(other);
	}
	abi_data_destroy(many);
	abi_data_destroy(one);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

START_TEST(data_sets_and_seeds_have_draws_of_their_own)
{
	small_model model = small_model_default();
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&model, 2), *a = no_draws(), *b = no_draws();
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 0, 100, 1, a));
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 0, 100, 2, b));
	const void *x, *y;
	size_t bytes = bytes_of(a, "variance", &x);
	bytes_of(b, "variance", &y);
	ck_assert_mem_ne(x, y, bytes);
	/* The second data set given the first one's data: the base points still differ. */
	abi_variable *rows = abi_data_find(observed, "y"), *condition = abi_data_find(observed, "x");
	memcpy((double *)rows->values + rows->row_size, rows->values, rows->row_size * sizeof(double));
	((double *)condition->values)[1] = ((double *)condition->values)[0];
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 0, 100, 1, a));
	bytes_of(a, "variance", &x);
	ck_assert_mem_ne(x, (const char *)x + bytes / 2, bytes / 2);
	abi_data_destroy(b);
	abi_data_destroy(a);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

START_TEST(a_data_set_does_not_depend_on_those_beside_it)
{
	small_model model = variant(_i);
	abi_posterior *posterior = posterior_of(&model);
	abi_data *few = data_of(&model, 2), *many = data_of(&model, 19), *a = no_draws(), *b = no_draws();
	CHECK_OK(abi_posterior_draw(context, posterior, few, 0, 20, 1, a));
	CHECK_OK(abi_posterior_draw(context, posterior, many, 0, 20, 1, b));
	const void *x, *y;
	size_t bytes = bytes_of(a, "variance", &x);
	bytes_of(b, "variance", &y);
	ck_assert_mem_eq(x, y, bytes);
	abi_data_destroy(b);
	abi_data_destroy(a);
	abi_data_destroy(many);
	abi_data_destroy(few);
	abi_posterior_release(posterior);
}
END_TEST

/* ---- densities -------------------------------------------------------------------------------------------------------------------- */

/* With one parameter the density can be integrated: it must be 1 in the simulator's own space. */
static double integral(abi_posterior *posterior, const small_model *model)
{
	enum { POINTS = 4000 };
	abi_data *data = data_of(model, POINTS);
	double *log_prob = malloc(POINTS * sizeof *log_prob);
	abi_variable *variance = abi_data_find(data, "variance"), *mu = abi_data_find(data, "mu");
	abi_variable *x = abi_data_find(data, "x"), *y = abi_data_find(data, "y");
	for (size_t i = 1; i < POINTS; i++) { /* the same data set at every point */
		((double *)x->values)[i] = ((double *)x->values)[0];
		memcpy((double *)y->values + i * y->row_size, y->values, y->row_size * sizeof(double));
	}
	enum { LINES = 40 };
	double sum = 0, low = -12, high = 12;
	for (size_t line = 0; line < LINES; line++) {
		for (size_t i = 0; i < POINTS; i++) {
			((double *)variance->values)[i] = ((double)line + 0.5) / LINES;
			((float *)mu->values)[i] = (float)(low + (high - low) * ((double)i + 0.5) / POINTS);
		}
		CHECK_OK(abi_posterior_density(context, posterior, data, log_prob));
		for (size_t i = 0; i < POINTS; i++)
			sum += exp(log_prob[i]) * (high - low) / POINTS / LINES;
	}
	free(log_prob);
	abi_data_destroy(data);
	return sum;
}

START_TEST(densities_integrate_to_one)
{
	small_model model = small_model_default();
	model.dim = 1;
	model.transform = _i == 0 ? ABI_TRANSFORM_AFFINE : ABI_TRANSFORM_SPLINE;
	abi_posterior *posterior = posterior_of(&model);
	double whole = integral(posterior, &model);
	ck_assert_msg(fabs(whole - 1) < 0.02, "%g", whole);
	abi_posterior_release(posterior);
}
END_TEST

/* E[1 / q] over draws inside a box is the box's volume: draws and densities belong together. */
START_TEST(draws_follow_the_density)
{
	enum { DRAWS = 20000 };
	small_model model = small_model_default();
	model.dim = 1;
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&model, 1), *draws = no_draws();
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 0, DRAWS, 3, draws));
	const double *variance = abi_data_find(draws, "variance")->values;
	const float *mu = abi_data_find(draws, "mu")->values;

	/* A box around the middle of the draws. */
	double mean[2] = { 0, 0 }, square[2] = { 0, 0 };
	for (size_t i = 0; i < DRAWS; i++) {
		mean[0] += variance[i] / DRAWS;
		mean[1] += (double)mu[i] / DRAWS;
		square[0] += variance[i] * variance[i] / DRAWS;
		square[1] += (double)mu[i] * (double)mu[i] / DRAWS;
	}
	double half[2] = { sqrt(square[0] - mean[0] * mean[0]), sqrt(square[1] - mean[1] * mean[1]) };

	abi_data *points = data_of(&model, DRAWS);
	abi_variable *x = abi_data_find(points, "x"), *y = abi_data_find(points, "y");
	for (size_t i = 1; i < DRAWS; i++) {
		((double *)x->values)[i] = ((double *)x->values)[0];
		memcpy((double *)y->values + i * y->row_size, y->values, y->row_size * sizeof(double));
	}
	memcpy(abi_data_find(points, "variance")->values, variance, DRAWS * sizeof *variance);
	memcpy(abi_data_find(points, "mu")->values, mu, DRAWS * sizeof *mu);
	double *log_prob = malloc(DRAWS * sizeof *log_prob);
	CHECK_OK(abi_posterior_density(context, posterior, points, log_prob));
	double volume = 0, low = fmax(mean[0] - half[0], 0), high = fmin(mean[0] + half[0], 1);
	for (size_t i = 0; i < DRAWS; i++)
		if (variance[i] > low && variance[i] < high && fabs((double)mu[i] - mean[1]) < half[1])
			volume += exp(-log_prob[i]) / DRAWS;
	double expected = (high - low) * 2 * half[1];
	ck_assert_msg(fabs(volume / expected - 1) < 0.1, "%g against %g", volume, expected);
	free(log_prob);
	abi_data_destroy(points);
	abi_data_destroy(draws);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

START_TEST(summaries_have_the_width_that_is_told)
{
	small_model model = variant(_i);
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&model, 20);
	size_t width = abi_posterior_network_width(posterior->network);
	double *summaries = malloc(20 * width * sizeof *summaries), *first = malloc(width * sizeof *first);
	CHECK_OK(abi_posterior_summarize(context, posterior, observed, 20 * width, summaries));
	ck_assert_int_eq(abi_posterior_summarize(context, posterior, observed, 20 * width - 1, summaries), ABI_E_ARGUMENT);
	abi_data *alone = data_of(&model, 1);
	CHECK_OK(abi_posterior_summarize(context, posterior, alone, width, first));
	ck_assert_mem_eq(first, summaries, width * sizeof *first);
	abi_data_destroy(alone);
	free(first);
	free(summaries);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

/* ---- bounds and what is not finite ---------------------------------------------------------------------------------------------------- */

START_TEST(no_draw_leaves_its_bounds)
{
	static const double extremes[] = { -1e30, -1e4, -800, -100, -40, -17, -1, 0, 1, 17, 40, 100, 800, 1e4, 1e30 };
	enum { COUNT = sizeof extremes / sizeof extremes[0] };
	static const double bounds[][2] = { { 0, 1 }, { 0.1, 0.7 }, { -0.1, 0.1 }, { 1e6, 1e6 + 1 }, { 1e-3, 1e3 } };
	small_model model = small_model_default();
	abi_plan *plan;
	CHECK_OK(small_plan(context, &model, &plan));
	size_t parameters = abi_plan_parameters(plan);
	real *theta = malloc(COUNT * parameters * sizeof *theta);
	for (size_t i = 0; i < COUNT * parameters; i++)
		theta[i] = (real)(i % parameters < model.dim ? extremes[i / parameters] : 0);
	abi_data *observed = data_of(&model, 1), *draws = no_draws();
	CHECK_OK(abi_plan_inverse(context, plan, NULL, 1, COUNT, theta, draws));
	const double *variance = abi_data_find(draws, "variance")->values;
	for (size_t i = 0; i < COUNT * model.dim; i++)
		ck_assert(variance[i] > 0 && variance[i] < 1);
	free(theta);
	abi_plan_release(plan);
	abi_data_destroy(draws);

	/* Both dtypes, bounds that float cannot represent. */
	for (size_t b = 0; b < sizeof bounds / sizeof bounds[0]; b++)
		for (int32_t dtype = ABI_F32; dtype <= ABI_F64; dtype++) {
			abi_adapter *adapter;
			CHECK_OK(abi_adapter_create(context, &adapter));
			abi_adapter_constrain(adapter, "p", bounds[b][0], bounds[b][1]);
			abi_adapter_rename(adapter, "p", "inference_variables");
			abi_variable_spec spec = { .name = "p", .dtype = dtype };
			CHECK_OK(abi_plan_compile(context, adapter, &spec, 1, &plan));
			real z[COUNT];
			for (size_t i = 0; i < COUNT; i++)
				z[i] = (real)extremes[i];
			draws = no_draws();
			CHECK_OK(abi_plan_inverse(context, plan, NULL, 1, COUNT, z, draws));
			for (size_t i = 0; i < COUNT; i++) {
				double value = abi_variable_get(abi_data_find(draws, "p"), i);
				ck_assert_msg(value >= bounds[b][0] && value <= bounds[b][1], "%.17g outside %g, %g", value, bounds[b][0], bounds[b][1]);
			}
			abi_data_destroy(draws);
			abi_plan_release(plan);
			abi_adapter_free(adapter);
		}
	abi_data_destroy(observed);
}
END_TEST

START_TEST(values_that_are_not_finite_name_their_data_set)
{
	small_model model = small_model_default();
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&model, 40), *draws = no_draws();
	abi_variable *y = abi_data_find(observed, "y");
	((double *)y->values)[17 * y->row_size] = NAN;
	ck_assert_int_eq(abi_posterior_draw(context, posterior, observed, 0, 10, 1, draws), ABI_E_NUMERIC);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "17"));
	for (size_t i = 0; i < y->row_size; i++) /* finite as numbers, but their squares overflow in the network */
		((double *)y->values)[17 * y->row_size + i] = i % 2 == 0 ? 1e38 : -1e38;
	ck_assert_int_eq(abi_posterior_draw(context, posterior, observed, 0, 10, 1, draws), ABI_E_NUMERIC);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "17"));
	abi_data_destroy(draws);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

START_TEST(another_number_of_rows_is_refused_with_both_shapes)
{
	small_model model = small_model_default(), longer = model;
	longer.rows = 6;
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&longer, 2), *draws = no_draws();
	ck_assert_int_eq(abi_posterior_draw(context, posterior, observed, 0, 10, 1, draws), ABI_E_SHAPE);
	const char *text = abi_context_error(context);
	ck_assert_msg(strstr(text, "y") != NULL && strstr(text, "[5, 3]") != NULL && strstr(text, "[6, 3]") != NULL, "%s", text);
	abi_data_destroy(draws);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
	small_model model = small_model_default();
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&model, 3), *draws = no_draws();
	ck_assert_int_eq(abi_posterior_draw(context, posterior, observed, 0, SIZE_MAX / 4, 1, draws), ABI_E_MEMORY);
	ck_assert_int_eq(abi_posterior_make_room(context, posterior, SIZE_MAX / 2, 0, SIZE_MAX / 2), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_make_room(context, posterior, SIZE_MAX / 64, 1, SIZE_MAX / 2), ABI_E_MEMORY);
	abi_data_destroy(draws);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

/* ---- memory, threads, cancelling -------------------------------------------------------------------------------------------------------- */

START_TEST(reserved_calls_do_not_allocate)
{
	enum { SETS = 20, DRAWS = 300 };
	small_model model = variant(_i);
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&model, SETS), *draws = no_draws();
	/* The draws handle has had its first call elsewhere, so that its own memory is there. */
	abi_context *other = context_with(1);
	ck_assert_int_eq(abi_posterior_draw(other, posterior, observed, 0, DRAWS, 1, draws), ABI_OK);
	abi_context_free(other);

	CHECK_OK(abi_posterior_make_room(context, posterior, SETS, 0, DRAWS));
	uint64_t before = hooks.allocations;
	double log_prob[SETS];
	double *summaries = malloc(SETS * abi_posterior_network_width(posterior->network) * sizeof *summaries);
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 0, DRAWS, 2, draws));
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 5, 3, 2, draws));
	CHECK_OK(abi_posterior_density(context, posterior, observed, log_prob));
	CHECK_OK(abi_posterior_summarize(context, posterior, observed, SETS * abi_posterior_network_width(posterior->network), summaries));
	ck_assert_uint_eq(hooks.allocations, before);
	free(summaries);
	abi_data_destroy(draws);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

static bool everything(const small_model *model)
{
	bool done = false;
	abi_context *own = failing_allocator_context(&hooks);
	if (own == NULL)
		return false;
	abi_posterior *posterior = small_posterior(own, model);
	abi_data *observed = small_data(own, model, 3), *draws = NULL;
	double log_prob[3], summaries[64];
	if (posterior != NULL && observed != NULL && abi_data_make(own, &draws) == ABI_OK &&
	    abi_posterior_draw(own, posterior, observed, 0, 20, 1, draws) == ABI_OK &&
	    abi_posterior_density(own, posterior, observed, log_prob) == ABI_OK &&
	    abi_posterior_summarize(own, posterior, observed, 64, summaries) == ABI_OK &&
	    abi_posterior_make_room(own, posterior, 10, 1000, 100) == ABI_OK)
		done = true;
	else
		ck_assert_int_eq(abi_context_error_status(own), ABI_E_MEMORY);
	abi_data_destroy(draws);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
	abi_context_free(own);
	return done;
}

START_TEST(every_allocation_may_fail)
{
	small_model model = variant(_i);
	uint64_t before = hooks.outstanding;
	bool done = false;
	for (uint64_t n = 1; !done; n++) {
		hooks.allocations = 0;
		hooks.fail_at = n;
		done = everything(&model);
		ck_assert_uint_eq(hooks.outstanding, before);
		ck_assert_uint_lt(n, 5000);
	}
	ck_assert_uint_gt(hooks.allocations, 30);
	hooks.fail_at = 0;
}
END_TEST

START_TEST(a_cancelled_call_leaves_the_posterior_usable)
{
	small_model model = small_model_default();
	abi_posterior *posterior = posterior_of(&model);
	abi_data *observed = data_of(&model, 3), *draws = no_draws(), *again = no_draws();
	double log_prob[3];
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 0, 20, 1, draws));
	abi_context_cancel(context);
	ck_assert_int_eq(abi_posterior_draw(context, posterior, observed, 0, 20, 1, again), ABI_E_CANCELLED);
	abi_context_cancel(context);
	ck_assert_int_eq(abi_posterior_density(context, posterior, observed, log_prob), ABI_E_CANCELLED);
	CHECK_OK(abi_posterior_draw(context, posterior, observed, 0, 20, 1, again));
	check_same_draws(draws, 0, 20, again, 0);
	abi_data_destroy(again);
	abi_data_destroy(draws);
	abi_data_destroy(observed);
	abi_posterior_release(posterior);
}
END_TEST

/* A host's thread: own context, own data, shared posterior. */
typedef struct host {
	abi_posterior *posterior; /* a reference of its own */
	const small_model *model;
	double first[8];
	abi_status status;
} host;

static void *run_host(void *argument)
{
	host *h = argument;
	abi_context *own = NULL;
	abi_data *observed = NULL, *draws = NULL;
	h->status = abi_context_create(NULL, &own);
	if (h->status == ABI_OK)
		h->status = abi_data_make(own, &draws);
	if (h->status == ABI_OK)
		observed = small_data(own, h->model, 2);
	for (size_t i = 0; i < 8 && h->status == ABI_OK; i++) {
		h->status = abi_posterior_draw(own, h->posterior, observed, 0, 100, i, draws);
		if (h->status == ABI_OK)
			h->first[i] = abi_variable_get(abi_data_find(draws, "variance"), 0);
	}
	abi_data_destroy(draws);
	abi_data_destroy(observed);
	abi_context_free(own);
	abi_posterior_release(h->posterior);
	return NULL;
}

START_TEST(several_threads_share_a_posterior)
{
	enum { HOSTS = 4 };
	small_model model = small_model_default();
	abi_posterior *posterior = posterior_of(&model);
	host hosts[HOSTS];
	pthread_t threads[HOSTS];
	for (size_t i = 0; i < HOSTS; i++) {
		hosts[i] = (host){ .posterior = abi_posterior_acquire(posterior), .model = &model };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run_host, &hosts[i]), 0);
	}
	abi_posterior_release(posterior); /* the hosts have references of their own */
	for (size_t i = 0; i < HOSTS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < HOSTS; i++) {
		ck_assert_int_eq(hosts[i].status, ABI_OK);
		ck_assert_mem_eq(hosts[i].first, hosts[0].first, sizeof hosts[i].first);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("model/sample");
	TCase *tests = tcase_create("sample");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, draws_have_the_simulators_names_and_shapes, 0, VARIANTS);
	tcase_add_loop_test(tests, any_chunks_give_the_same_draws, 0, VARIANTS);
	tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits, 0, VARIANTS);
	tcase_add_test(tests, data_sets_and_seeds_have_draws_of_their_own);
	tcase_add_loop_test(tests, a_data_set_does_not_depend_on_those_beside_it, 0, VARIANTS);
	tcase_add_loop_test(tests, densities_integrate_to_one, 0, 2);
	tcase_add_test(tests, draws_follow_the_density);
	tcase_add_loop_test(tests, summaries_have_the_width_that_is_told, 0, VARIANTS);
	tcase_add_test(tests, no_draw_leaves_its_bounds);
	tcase_add_test(tests, values_that_are_not_finite_name_their_data_set);
	tcase_add_test(tests, another_number_of_rows_is_refused_with_both_shapes);
	tcase_add_test(tests, impossible_sizes_are_refused);
	tcase_add_loop_test(tests, reserved_calls_do_not_allocate, 0, VARIANTS);
	tcase_add_loop_test(tests, every_allocation_may_fail, 0, VARIANTS);
	tcase_add_test(tests, a_cancelled_call_leaves_the_posterior_usable);
	tcase_add_test(tests, several_threads_share_a_posterior);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
