#include "net/posterior_network.h"

#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 5, PARAMETERS = 3, CONDITIONS = 2, COLUMNS = 2, ROWS = 14 };

static const size_t offsets[SETS + 1] = { 0, 3, 4, 8, 12, ROWS };

/* A small network with data sets of varying size. */
typedef struct fixture {
	abi_context *context;
	abi_posterior_network *network;
	abi_arena arena;
	abi_exec exec;
	abi_batch batch;
	real *flat, *packed, *gradient;
	real theta[SETS * PARAMETERS], condition[SETS * CONDITIONS], rows[ROWS * COLUMNS];
} fixture;

static uint64_t random_state;

static double uniform(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (double)(random_state >> 11) * 0x1p-53 - 0.5;
}

static void fill(size_t count, double scale, real *values)
{
	for (size_t i = 0; i < count; i++)
		values[i] += (real)(scale * uniform());
}

static void pack(fixture *f)
{
	abi_parameters_pack(&f->network->layout, f->exec.kernels, 0, f->network->layout.count, true, f->flat, f->packed);
}

static void small_specs(abi_summary_spec *summary, abi_flow_spec *flow)
{
	*summary = abi_summary_spec_default();
	summary->options.deepset.summary_dim = 4;
	summary->options.deepset.element_width = 8;
	summary->options.deepset.head_width = 8;
	summary->statistics = ABI_STATISTIC_MEAN;
	*flow = abi_flow_spec_default();
	flow->coupling.depth = 2;
	flow->coupling.width = 8;
}

static void set_up(fixture *f, bool with_sets)
{
	memset(f, 0, sizeof *f);
	ck_assert_int_eq(abi_context_create(NULL, &f->context), ABI_OK);
	abi_summary_spec summary;
	abi_flow_spec flow;
	small_specs(&summary, &flow);
	abi_summary_input input = { .columns = with_sets ? COLUMNS : 0, .parameters = PARAMETERS };
	abi_status status = abi_posterior_network_create(f->context, &summary, &flow, PARAMETERS, CONDITIONS, &input, &f->network);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(f->context));

	const abi_parameters *layout = &f->network->layout;
	f->flat = calloc(layout->size, sizeof(real));
	f->packed = calloc(layout->packed_size, sizeof(real));
	f->gradient = calloc(layout->size, sizeof(real));
	abi_arena_init(&f->arena, &f->context->memory);
	ck_assert_int_eq(abi_arena_reserve(&f->arena, abi_posterior_network_scratch(f->network, SETS, with_sets ? ROWS : 0, true)), ABI_OK);
	f->exec = (abi_exec){ .kernels = abi_kernels_find(f->context->isa), .parameters = layout, .flat = f->flat, .packed = f->packed,
		              .gradient = f->gradient, .scratch = &f->arena };
	abi_posterior_network_initialise(f->network, 1, f->flat);
	random_state = 1;
	for (size_t i = 0; i < layout->count; i++) /* an untrained flow is the identity and would hide what stands before it */
		if (layout->items[i].init != ABI_INIT_FIXED)
			fill(layout->items[i].rows * layout->items[i].columns, 0.4, f->flat + layout->items[i].offset);
	pack(f);
	fill(SETS * PARAMETERS, 3, f->theta);
	fill(SETS * CONDITIONS, 3, f->condition);
	fill(ROWS * COLUMNS, 3, f->rows);
	f->batch = (abi_batch){ .sets = SETS, .parameters = PARAMETERS, .conditions = CONDITIONS, .theta = f->theta, .condition = f->condition };
	if (with_sets)
		f->batch.summary = (abi_sets){ .sets = SETS, .columns = COLUMNS, .offsets = offsets, .values = f->rows };
}

static void tear_down(fixture *f)
{
	ck_assert_uint_eq(abi_arena_mark(&f->arena), 0);
	abi_posterior_network_free(f->network);
	abi_arena_free(&f->arena);
	free(f->flat);
	free(f->packed);
	free(f->gradient);
	abi_context_free(f->context);
}

static double loss(fixture *f)
{
	double log_prob[SETS], sum = 0;
	abi_posterior_network_log_prob(&f->exec, f->network, &f->batch, log_prob);
	for (size_t s = 0; s < SETS; s++)
		sum -= log_prob[s];
	return sum;
}

START_TEST(the_loss_of_a_step_is_that_of_the_densities)
{
	fixture f;
	set_up(&f, _i != 0);
	double expected = loss(&f), got = abi_posterior_network_step(&f.exec, f.network, &f.batch, 1);
	ck_assert(isfinite(got));
	ck_assert_double_eq_tol(got, expected, 1e-4);
	tear_down(&f);
}
END_TEST

static size_t gradient_size;

/* Gradient of one step with this loss of summaries, which the caller frees. */
static real *gradient_with(const abi_summary_loss *extra)
{
	fixture f;
	set_up(&f, true);
	abi_lane_pass pass;
	abi_posterior_network_forward(&f.exec, f.network, &f.batch, &pass);
	abi_posterior_network_backward(&f.exec, f.network, &f.batch, &pass, extra, 1);
	real *gradient = malloc(f.network->layout.size * sizeof *gradient);
	memcpy(gradient, f.gradient, f.network->layout.size * sizeof *gradient);
	gradient_size = f.network->layout.size;
	tear_down(&f);
	return gradient;
}

START_TEST(a_loss_of_summaries_of_weight_zero_changes_no_bit)
{
	const abi_summary_loss zero = { 0 }, some = { .mmd = 1 };
	real *without = gradient_with(NULL), *nothing = gradient_with(&zero), *something = gradient_with(&some);
	ck_assert_mem_eq(without, nothing, gradient_size * sizeof *without);
	ck_assert(memcmp(without, something, gradient_size * sizeof *without) != 0);
	free(without);
	free(nothing);
	free(something);
}
END_TEST

#ifdef ABI_DOUBLE
/* What the gradient check adds to the loss of the third of its cases. */
static const abi_summary_loss of_summaries = { .mmd = 0.7, .dependence = 1.3 };

static double summary_loss(fixture *f)
{
	enum { WIDTH = 4 + COLUMNS + CONDITIONS };
	real condition[SETS * WIDTH], ignored[SETS * WIDTH];
	abi_posterior_network_condition(&f->exec, f->network, &f->batch, condition);
	return abi_summary_loss_add(&f->exec, &of_summaries, SETS, 4, condition, WIDTH, 0, ignored, WIDTH);
}

START_TEST(gradients_are_those_of_central_differences)
{
	const double scale = 0.25, step = 1e-4;
	fixture f;
	set_up(&f, _i != 0);
	abi_lane_pass pass;
	abi_posterior_network_forward(&f.exec, f.network, &f.batch, &pass);
	abi_posterior_network_backward(&f.exec, f.network, &f.batch, &pass, _i == 2 ? &of_summaries : NULL, scale);
	const abi_parameters *layout = &f.network->layout;
	for (size_t i = 0; i < layout->count; i++) {
		const abi_parameter *item = &layout->items[i];
		size_t count = item->rows * item->columns;
		for (size_t j = 0; j < count && item->init != ABI_INIT_FIXED; j += count / 20 + 1) {
			real *place = f.flat + item->offset + j, kept = *place;
			double at[4];
			for (int k = 0; k < 4; k++) {
				*place = kept + (k < 2 ? k - 2 : k - 1) * step;
				pack(&f);
				at[k] = scale * (loss(&f) + (_i == 2 ? summary_loss(&f) : 0));
			}
			*place = kept;
			double expected = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * step), got = f.gradient[item->offset + j];
			ck_assert_msg(fabs(got - expected) <= 1e-7 * (1 + fabs(expected)), "%s[%zu]: gradient %.12g, difference %.12g", item->name, j, got,
			              expected);
		}
	}
	tear_down(&f);
}
END_TEST
#endif

START_TEST(a_data_set_gives_the_same_bits_alone)
{
	fixture f;
	set_up(&f, _i != 0);
	double together[SETS], alone;
	abi_posterior_network_log_prob(&f.exec, f.network, &f.batch, together);
	for (size_t s = 0; s < SETS; s++) {
		abi_batch one = f.batch;
		one.sets = 1;
		one.theta += s * PARAMETERS;
		one.condition += s * CONDITIONS;
		one.summary.sets = 1;
		one.summary.offsets = one.summary.offsets != NULL ? one.summary.offsets + s : NULL;
		abi_posterior_network_log_prob(&f.exec, f.network, &one, &alone);
		ck_assert_mem_eq(&alone, &together[s], sizeof alone);
	}
	tear_down(&f);
}
END_TEST

START_TEST(the_condition_is_summary_then_statistics_then_conditions)
{
	fixture f;
	set_up(&f, true);
	size_t width = abi_posterior_network_width(f.network);
	ck_assert_uint_eq(width, 4 + COLUMNS + CONDITIONS);
	real condition[SETS * 8];
	abi_posterior_network_condition(&f.exec, f.network, &f.batch, condition);
	ck_assert_mem_eq(condition + width + 4, f.rows + 3 * COLUMNS, COLUMNS * sizeof(real)); /* the mean of one row is the row */
	for (size_t s = 0; s < SETS; s++)
		ck_assert_mem_eq(condition + s * width + 4 + COLUMNS, f.condition + s * CONDITIONS, CONDITIONS * sizeof(real));
	tear_down(&f);
}
END_TEST

START_TEST(the_reference_network_has_388020_weights)
{
	abi_context *context;
	abi_posterior_network *network;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	abi_summary_spec summary = abi_summary_spec_default();
	summary.options.deepset.pool = ABI_POOL_MEAN | ABI_POOL_SD;
	abi_flow_spec flow = abi_flow_spec_default();
	flow.coupling.transform = ABI_TRANSFORM_AFFINE; /* couplings only, as the reference was measured */
	flow.coupling.marginal = -1;
	flow.coupling.depth = 6;
	abi_summary_input input = { .columns = 12, .fixed_rows = 10, .parameters = 12 };
	ck_assert_int_eq(abi_posterior_network_create(context, &summary, &flow, 12, 0, &input, &network), ABI_OK);
	ck_assert_uint_eq(abi_parameters_count(&network->layout), 388020);
	abi_posterior_network_free(network);
	abi_context_free(context);
}
END_TEST

START_TEST(failing_allocations_leave_nothing)
{
	abi_summary_spec summary;
	abi_flow_spec flow;
	small_specs(&summary, &flow);
	abi_summary_input input = { .columns = COLUMNS, .parameters = PARAMETERS };
	for (uint64_t n = 1;; n++) {
		failing_allocator allocator;
		failing_allocator_init(&allocator);
		abi_context *context = failing_allocator_context(&allocator);
		allocator.allocations = 0;
		allocator.fail_at = n;
		abi_posterior_network *network;
		abi_status status = abi_posterior_network_create(context, &summary, &flow, PARAMETERS, CONDITIONS, &input, &network);
		ck_assert((status == ABI_OK) == (network != NULL));
		abi_posterior_network_free(network);
		abi_context_free(context);
		ck_assert_uint_eq(allocator.outstanding, 0);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/posterior_network");
	TCase *tests = tcase_create("posterior_network");
	tcase_add_loop_test(tests, the_loss_of_a_step_is_that_of_the_densities, 0, 2);
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, gradients_are_those_of_central_differences, 0, 3);
#endif
	tcase_add_test(tests, a_loss_of_summaries_of_weight_zero_changes_no_bit);
	tcase_add_loop_test(tests, a_data_set_gives_the_same_bits_alone, 0, 2);
	tcase_add_test(tests, the_condition_is_summary_then_statistics_then_conditions);
	tcase_add_test(tests, the_reference_network_has_388020_weights);
	tcase_add_test(tests, failing_allocations_leave_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
