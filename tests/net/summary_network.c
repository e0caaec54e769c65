#include "net/summary_network.h"

#include "support/allocator.h"
#include "support/network.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 3, SUMMARY = 6 };

typedef struct fixture {
	abi_context *context;
	abi_parameters weights;
	abi_summary_network *summary;
	tested_network network;
} fixture;

static size_t cache(const void *self, size_t sets, size_t rows)
{
	return abi_summary_network_cache(self, sets, rows);
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	return abi_summary_network_scratch(self, sets, rows);
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_summary_network_forward(exec, self, sets, out, abi_summary_network_width(self), kept);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	(void)dx;
	abi_summary_network_backward(exec, self, sets, kept, dout, abi_summary_network_width(self));
}

static void fixed(const void *self, const abi_parameters *weights, real *flat)
{
	abi_summary_network_initialise(self, weights, flat);
}

static void set_up(fixture *f, const abi_summary_spec *spec, size_t rows)
{
	ck_assert_int_eq(abi_context_create(NULL, &f->context), ABI_OK);
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&f->weights, &memory);
	abi_summary_input input = { .columns = COLUMNS, .fixed_rows = rows, .parameters = 4 };
	abi_status status = abi_summary_network_create(f->context, spec, &input, &f->weights, &f->summary);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(f->context));
	f->network = (tested_network){
		.self = f->summary,
		.weights = &f->weights,
		.columns = COLUMNS,
		.width = abi_summary_network_width(f->summary),
		.per_set = true,
		.rows = rows,
		.bounded = (spec->kind == ABI_SUMMARY_SET_TRANSFORMER && rows == 0) || spec->kind == ABI_SUMMARY_TIME_SERIES_TRANSFORMER ||
		           spec->kind == ABI_SUMMARY_STATISTICS,
		.cache = cache,
		.scratch = scratch,
		.forward = forward,
		.backward = backward,
		.fixed = fixed,
	};
}

static void tear_down(fixture *f)
{
	abi_summary_network_free(f->summary);
	abi_parameters_free(&f->weights);
	abi_context_free(f->context);
}

/* ---- every kind ---------------------------------------------------------- */

typedef struct tested_kind {
	int32_t kind;
	size_t rows;
	bool ordered, trained;
} tested_kind;

static const tested_kind tested_kinds[] = {
	{ ABI_SUMMARY_NONE, 4, true, false },
	{ ABI_SUMMARY_MLP, 4, true, true },
	{ ABI_SUMMARY_DEEPSET, 0, false, true },
	{ ABI_SUMMARY_DEEPSET, 5, false, true },
	{ ABI_SUMMARY_DEEPSET, 64, false, true }, /* more rows than the element network reads at a time */
	{ ABI_SUMMARY_SET_TRANSFORMER, 0, false, true },
	{ ABI_SUMMARY_SET_TRANSFORMER, 6, false, true },
	{ ABI_SUMMARY_SEQUENCE, 0, true, true },
	{ ABI_SUMMARY_SEQUENCE, 6, true, true },
	{ ABI_SUMMARY_TIME_SERIES_TRANSFORMER, 0, true, true },
	{ ABI_SUMMARY_TIME_SERIES_TRANSFORMER, 4, true, true },
	{ ABI_SUMMARY_STATISTICS, 0, false, true },
	{ ABI_SUMMARY_STATISTICS, 5, false, true },
};

enum { KINDS = sizeof tested_kinds / sizeof tested_kinds[0] };

/* Small enough to be checked weight by weight. */
static abi_summary_spec small_spec(int32_t kind)
{
	abi_summary_spec spec = abi_summary_spec_of(kind);
	if (kind == ABI_SUMMARY_MLP) {
		spec.options.mlp.summary_dim = SUMMARY;
		spec.options.mlp.width = 10;
	}
	if (kind == ABI_SUMMARY_DEEPSET) {
		spec.options.deepset.summary_dim = SUMMARY;
		spec.options.deepset.element_width = 9;
		spec.options.deepset.head_width = 8;
		spec.options.deepset.pool = ABI_POOL_MEAN | ABI_POOL_SD | ABI_POOL_MAX | ABI_POOL_MIN | ABI_POOL_LOGSUMEXP | ABI_POOL_INPUTS |
		                            ABI_POOL_ATTENTION;
		spec.options.deepset.num_seeds = 2;
		spec.options.deepset.num_heads = 3;
		spec.options.deepset.dropout = 0.1;
	}
	if (kind == ABI_SUMMARY_SET_TRANSFORMER) {
		spec.options.set_transformer.summary_dim = SUMMARY;
		spec.options.set_transformer.embed_dim = 6;
		spec.options.set_transformer.num_heads = 2;
		spec.options.set_transformer.num_seeds = 3;
		spec.options.set_transformer.mlp_width = 7;
		spec.options.set_transformer.dropout = 0.1;
	}
	if (kind == ABI_SUMMARY_SEQUENCE) {
		spec.options.sequence.summary_dim = SUMMARY;
		spec.options.sequence.conv_layers = 3;
		spec.options.sequence.filters = 5;
		spec.options.sequence.kernel_size = 4;
		spec.options.sequence.recurrent_dim = 6;
		spec.options.sequence.head_width = 7;
		spec.options.sequence.dropout = 0.1;
	}
	if (kind == ABI_SUMMARY_TIME_SERIES_TRANSFORMER) {
		spec.options.time_series_transformer.summary_dim = SUMMARY;
		spec.options.time_series_transformer.embed_dim = 6;
		spec.options.time_series_transformer.num_heads = 3;
		spec.options.time_series_transformer.num_seeds = 2;
		spec.options.time_series_transformer.mlp_width = 7;
		spec.options.time_series_transformer.num_frequencies = 3;
	}
	if (kind == ABI_SUMMARY_STATISTICS) {
		spec.options.statistics.summary_dim = SUMMARY;
		spec.options.statistics.head_width = 8;
		spec.options.statistics.dropout = 0.1;
	}
	return spec;
}

START_TEST(every_kind_keeps_the_contract)
{
	fixture f;
	const tested_kind *kind = &tested_kinds[_i];
	abi_summary_spec spec = small_spec(kind->kind);
	spec.statistics = _i % 2 == 0 ? 0 : ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD;
	set_up(&f, &spec, kind->rows);
	check_network_ignores_neighbours(&f.network);
	if (!kind->ordered)
		check_network_ignores_order(&f.network);
	if (kind->trained)
		check_network_keeps_its_plan(&f.network);
	tear_down(&f);
}
END_TEST

#ifdef ABI_DOUBLE
START_TEST(gradients_are_those_of_central_differences)
{
	fixture f;
	const tested_kind *kind = &tested_kinds[_i];
	abi_summary_spec spec = small_spec(kind->kind);
	spec.statistics = _i % 2 == 0 ? 0 : ABI_STATISTIC_CHOLESKY;
	if (kind->kind == ABI_SUMMARY_DEEPSET) /* no extremes: a difference may step over a kink; tests/nn/pool.c has them */
		spec.options.deepset.pool = ABI_POOL_MEAN | ABI_POOL_SD | ABI_POOL_LOGSUMEXP | ABI_POOL_INPUTS | ABI_POOL_ATTENTION;
	set_up(&f, &spec, kind->rows);
	check_network_gradients(&f.network);
	tear_down(&f);
}
END_TEST
#endif

START_TEST(values_are_those_of_the_double_build)
{
	static const double expected[KINDS][3] = {
		{ 0.08692542342, 1.21892617502, -0.445696532726 },
		{ 0.0670974902708, 0.646856956959, -0.901066085071 },
		{ 0.259754787391, 0.461519091728, -0.26631960329 },
		{ 0.378822933201, 0.590497857964, -0.104985183871 },
		{ 0.884733972603, 3.2878391633, -0.801151360602 },
		{ 0.197809768032, 0.335841045382, 0.486767617786 },
		{ 0.255067612894, 0.477387925903, -0.0626246031801 },
		{ 0.0551715462189, 0.312000990907, -0.185072835626 },
		{ 0.254444236618, 0.459055548107, 0.000417133085357 },
		{ 0.090590876569, 0.267619321963, -0.139154166139 },
		{ 0.257755748207, 0.28866398522, 0.0786992854342 },
		{ 0.0866816435971, 0.321863381022, 0.374949387828 },
		{ 0.112558635961, 0.5130531924, 0.481510293684 },
	};
	fixture f;
	abi_summary_spec spec = small_spec(tested_kinds[_i].kind);
	spec.statistics = ABI_STATISTIC_LOG_COUNT;
	set_up(&f, &spec, tested_kinds[_i].rows);
	check_network_values(&f.network, expected[_i][0], expected[_i][1], expected[_i][2]);
	tear_down(&f);
}
END_TEST

START_TEST(failing_allocations_leave_nothing)
{
	abi_summary_spec spec = small_spec(tested_kinds[_i].kind);
	abi_summary_input input = { .columns = COLUMNS, .fixed_rows = tested_kinds[_i].rows, .parameters = 4 };
	for (uint64_t n = 1;; n++) {
		failing_allocator allocator;
		failing_allocator_init(&allocator);
		abi_context *context = failing_allocator_context(&allocator);
		ck_assert_ptr_nonnull(context);
		allocator.allocations = 0;
		allocator.fail_at = n;
		abi_parameters weights;
		abi_summary_network *summary = NULL;
		abi_parameters_init(&weights, &context->memory);
		abi_status status = abi_summary_network_create(context, &spec, &input, &weights, &summary);
		if (status == ABI_OK)
			status = abi_parameters_seal(&weights, abi_kernels_find(context->isa));
		abi_summary_network_free(summary);
		abi_parameters_free(&weights);
		abi_context_free(context);
		ck_assert_uint_eq(allocator.outstanding, 0);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
}
END_TEST

/* ---- particular networks ----------------------------------------------------- */

/* The summary half of reference network A: 388,020 weights less those of its flow, 12 networks of 23,564. */
START_TEST(the_default_less_its_moments_is_the_reference_network)
{
	abi_context *context;
	abi_parameters weights;
	abi_summary_network *summary;
	abi_memory memory = abi_memory_default();
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	abi_parameters_init(&weights, &memory);
	abi_summary_spec spec = abi_summary_spec_default();
	spec.options.deepset.pool = ABI_POOL_MEAN | ABI_POOL_SD;
	abi_summary_input input = { .columns = 12, .fixed_rows = 10, .parameters = 12 };
	ck_assert_int_eq(abi_summary_network_create(context, &spec, &input, &weights, &summary), ABI_OK);
	ck_assert_uint_eq(abi_summary_network_width(summary), 36);
	ck_assert_uint_eq(abi_parameters_count(&weights), 388020 - 12 * 23564);
	abi_summary_network_free(summary);
	abi_parameters_free(&weights);
	abi_context_free(context);
}
END_TEST

START_TEST(only_varying_sizes_give_their_log_to_the_head)
{
	fixture fixed, varying, always;
	abi_summary_spec spec = small_spec(ABI_SUMMARY_DEEPSET);
	size_t head = (size_t)spec.options.deepset.head_width;
	set_up(&fixed, &spec, 5);
	set_up(&varying, &spec, 0);
	spec.options.deepset.log_count = 1;
	set_up(&always, &spec, 5);
	ck_assert_uint_eq(abi_parameters_count(&varying.weights), abi_parameters_count(&fixed.weights) + head);
	ck_assert_uint_eq(abi_parameters_count(&always.weights), abi_parameters_count(&varying.weights));
	tear_down(&fixed);
	tear_down(&varying);
	tear_down(&always);
}
END_TEST

static abi_status try_to_create(const abi_summary_spec *spec, size_t columns, size_t rows, char *text, size_t size)
{
	abi_context *context;
	abi_parameters weights;
	abi_summary_network *summary;
	abi_memory memory = abi_memory_default();
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	abi_parameters_init(&weights, &memory);
	abi_summary_input input = { .columns = columns, .fixed_rows = rows, .parameters = 4 };
	abi_status status = abi_summary_network_create(context, spec, &input, &weights, &summary);
	ck_assert((status == ABI_OK) == (summary != NULL));
	snprintf(text, size, "%s", abi_context_error(context));
	abi_summary_network_free(summary);
	abi_parameters_free(&weights);
	abi_context_free(context);
	return status;
}

START_TEST(impossible_networks_are_refused_with_a_sentence)
{
	char text[512];
	abi_summary_spec spec = abi_summary_spec_of(ABI_SUMMARY_MLP);
	ck_assert_int_eq(try_to_create(&spec, 3, 0, text, sizeof text), ABI_E_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(text, "varies"));
	ck_assert_int_eq(try_to_create(&spec, SIZE_MAX / 2, 1, text, sizeof text), ABI_E_SHAPE);
	ck_assert_int_eq(try_to_create(&spec, 1 << 20, 1 << 20, text, sizeof text), ABI_E_SHAPE);
	ck_assert_int_eq(try_to_create(&spec, 0, 10, text, sizeof text), ABI_E_SHAPE);
	spec = abi_summary_spec_of(ABI_SUMMARY_STATISTICS);
	ck_assert_int_eq(try_to_create(&spec, 5000, 10, text, sizeof text), ABI_E_SHAPE);
	ck_assert_ptr_nonnull(strstr(text, "CHOLESKY"));
	spec.options.statistics.statistics = ABI_STATISTIC_MEAN;
	ck_assert_int_eq(try_to_create(&spec, 5000, 10, text, sizeof text), ABI_OK);

	spec = abi_summary_spec_of(ABI_SUMMARY_DEEPSET);
	spec.options.deepset.element_width = -1;
	ck_assert_int_eq(try_to_create(&spec, 3, 5, text, sizeof text), ABI_E_ARGUMENT);
	ck_assert_str_eq(text, "abi_deepset_options.element_width is -1, expected 1 to 8192");
	spec = abi_summary_spec_of(ABI_SUMMARY_DEEPSET);
	spec.options.deepset.num_heads = 3;
	ck_assert_int_eq(try_to_create(&spec, 3, 5, text, sizeof text), ABI_OK); /* without attention nobody asks */
	spec.options.deepset.pool |= ABI_POOL_ATTENTION;
	ck_assert_int_eq(try_to_create(&spec, 3, 5, text, sizeof text), ABI_E_ARGUMENT);
	ck_assert_str_eq(text, "abi_deepset_options.element_width is 128, expected a multiple of num_heads, which is 3");
	spec = abi_summary_spec_of(ABI_SUMMARY_DEEPSET);
	spec.options.deepset.dropout = 1;
	ck_assert_int_eq(try_to_create(&spec, 3, 5, text, sizeof text), ABI_E_ARGUMENT);
	spec = abi_summary_spec_of(ABI_SUMMARY_DEEPSET);
	spec.statistics = 32;
	ck_assert_int_eq(try_to_create(&spec, 3, 5, text, sizeof text), ABI_E_ARGUMENT);
	spec.statistics = 0;
	spec.kind = 99;
	ck_assert_int_eq(try_to_create(&spec, 3, 5, text, sizeof text), ABI_E_UNSUPPORTED);
}
END_TEST

/* The table of fields covers every member behind size, once. */
START_TEST(fields_describe_the_whole_struct)
{
	size_t count, bytes = sizeof(uint64_t);
	int32_t kind = tested_kinds[_i].kind;
	if (kind == ABI_SUMMARY_NONE)
		return;
	abi_summary_spec spec = abi_summary_spec_of(kind), other = abi_summary_spec_of(kind);
	const abi_field *fields = abi_summary_spec_fields(kind, &count);
	uint64_t size;
	memcpy(&size, &spec.options, sizeof size);
	for (size_t i = 0; i < count; i++) {
		bytes += fields[i].type == 'd' ? sizeof(double) : sizeof(int32_t);
		ck_assert(abi_field_set(&fields[i], &other, fields[i].highest));
		ck_assert_double_eq(abi_field_get(&fields[i], &other), fields[i].highest);
		ck_assert(!abi_field_set(&fields[i], &other, fields[i].highest + 1));
		ck_assert(abi_field_set(&fields[i], &other, abi_field_get(&fields[i], &spec)));
	}
	ck_assert_uint_eq(bytes, size);
	ck_assert_mem_eq(&spec, &other, sizeof spec);
	ck_assert_int_eq(abi_summary_kind_of(abi_summary_kind_name(kind)), kind);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/summary_network");
	TCase *tests = tcase_create("summary_network");
	tcase_add_loop_test(tests, every_kind_keeps_the_contract, 0, KINDS);
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, gradients_are_those_of_central_differences, 1, KINDS);
#endif
	tcase_add_loop_test(tests, values_are_those_of_the_double_build, 0, KINDS);
	tcase_add_loop_test(tests, failing_allocations_leave_nothing, 0, KINDS);
	tcase_add_test(tests, the_default_less_its_moments_is_the_reference_network);
	tcase_add_test(tests, only_varying_sizes_give_their_log_to_the_head);
	tcase_add_test(tests, impossible_networks_are_refused_with_a_sentence);
	tcase_add_loop_test(tests, fields_describe_the_whole_struct, 0, KINDS);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
