#include "net/summary_network.h"

#include <check.h>
#include <string.h>

static const int32_t kinds[] = { ABI_SUMMARY_NONE,     ABI_SUMMARY_MLP,      ABI_SUMMARY_DEEPSET,   ABI_SUMMARY_SET_TRANSFORMER,
	                         ABI_SUMMARY_SEQUENCE, ABI_SUMMARY_TIME_SERIES_TRANSFORMER, ABI_SUMMARY_STATISTICS };
static const char *const names[] = { "none", "mlp", "deepset", "set_transformer", "sequence", "time_series_transformer", "statistics" };

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static abi_context *context;

static void set_up(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
}

static void tear_down(void)
{
	abi_context_free(context);
}

START_TEST(kinds_have_names)
{
	for (int i = 0; i < KINDS; i++) {
		ck_assert_str_eq(abi_summary_kind_name(kinds[i]), names[i]);
		ck_assert_int_eq(abi_summary_kind_of(names[i]), kinds[i]);
	}
	ck_assert_ptr_null(abi_summary_kind_name(0));
	ck_assert_int_eq(abi_summary_kind_of("set transformer"), 0);
}
END_TEST

START_TEST(defaults_are_in_range_and_resolved)
{
	for (int i = 0; i < KINDS; i++) {
		abi_summary_spec spec = abi_summary_spec_of(kinds[i]), again = spec;
		ck_assert_int_eq(spec.kind, kinds[i]);
		ck_assert_int_eq(spec.statistics, 0);
		ck_assert_int_eq(abi_summary_spec_check(context, &spec), ABI_OK);
		abi_summary_spec_resolve(&again);
		ck_assert_mem_eq(&again, &spec, sizeof spec);
	}
	ck_assert_int_eq(abi_summary_spec_default().kind, ABI_SUMMARY_DEEPSET);
}
END_TEST

/* Members that cannot be 0 take their default, those that can keep it, and what was asked for stays. */
START_TEST(zeros_are_resolved)
{
	abi_summary_spec spec = { .kind = ABI_SUMMARY_DEEPSET, .options.deepset = { .size = sizeof(abi_deepset_options), .head_width = 7 } };
	abi_summary_spec_resolve(&spec);
	ck_assert_int_eq(spec.options.deepset.element_width, 128);
	ck_assert_int_eq(spec.options.deepset.element_blocks, 0);
	ck_assert_int_eq(spec.options.deepset.head_width, 7);
	ck_assert_int_eq(spec.options.deepset.pool, ABI_POOL_MEAN | ABI_POOL_SD | ABI_POOL_INPUTS);
	ck_assert_int_eq(spec.options.deepset.num_heads, 4);
	abi_summary_spec unknown = { .kind = 99 };
	abi_summary_spec_resolve(&unknown);
	ck_assert_int_eq(unknown.kind, 99);
}
END_TEST

START_TEST(every_range_is_checked)
{
	for (int k = 0; k < KINDS; k++) {
		size_t count;
		const abi_field *fields = abi_summary_spec_fields(kinds[k], &count);
		for (size_t i = 0; i < 2 * count; i++) {
			const abi_field *field = &fields[i / 2];
			abi_summary_spec spec = abi_summary_spec_of(kinds[k]);
			double beyond = i % 2 == 0 ? field->lowest - 1 : field->highest + 1;
			int32_t whole = (int32_t)beyond;
			memcpy((char *)&spec + field->offset, field->type == 'd' ? (void *)&beyond : (void *)&whole, field->type == 'd' ? 8 : 4);
			ck_assert_int_eq(abi_summary_spec_check(context, &spec), ABI_E_ARGUMENT);
			ck_assert_ptr_nonnull(strstr(abi_context_error(context), field->name));
		}
	}
}
END_TEST

START_TEST(heads_divide_widths)
{
	abi_summary_spec spec = abi_summary_spec_of(ABI_SUMMARY_TIME_SERIES_TRANSFORMER);
	spec.options.time_series_transformer.num_heads = 5;
	ck_assert_int_eq(abi_summary_spec_check(context, &spec), ABI_E_ARGUMENT);
	ck_assert_str_eq(abi_context_error(context),
	                 "abi_time_series_transformer_options.embed_dim is 64, expected a multiple of num_heads, which is 5");
	spec = abi_summary_spec_of(ABI_SUMMARY_SET_TRANSFORMER);
	spec.options.set_transformer.num_heads = 3;
	ck_assert_int_eq(abi_summary_spec_check(context, &spec), ABI_E_ARGUMENT);
}
END_TEST

START_TEST(appended_statistics_are_checked)
{
	abi_summary_spec spec = abi_summary_spec_of(ABI_SUMMARY_NONE);
	spec.statistics = ABI_STATISTIC_MEAN | ABI_STATISTIC_PULL;
	ck_assert_int_eq(abi_summary_spec_check(context, &spec), ABI_OK);
	spec.statistics = -1;
	ck_assert_int_eq(abi_summary_spec_check(context, &spec), ABI_E_ARGUMENT);
	spec.statistics = 32;
	ck_assert_int_eq(abi_summary_spec_check(context, &spec), ABI_E_ARGUMENT);
	spec = (abi_summary_spec){ .kind = 99 };
	ck_assert_int_eq(abi_summary_spec_check(context, &spec), ABI_E_UNSUPPORTED);
}
END_TEST

START_TEST(fixed_columns_learn_nothing)
{
	for (int i = 0; i < KINDS; i++) {
		abi_summary_spec spec = abi_summary_spec_of(kinds[i]);
		ck_assert_int_eq(abi_summary_spec_learns(&spec), kinds[i] != ABI_SUMMARY_NONE && kinds[i] != ABI_SUMMARY_STATISTICS);
	}
	abi_summary_spec with_head = abi_summary_spec_of(ABI_SUMMARY_STATISTICS);
	with_head.options.statistics.head_width = 8;
	ck_assert(abi_summary_spec_learns(&with_head));
}
END_TEST

START_TEST(a_used_handle_is_marked)
{
	abi_summary summary = { .spec = abi_summary_spec_of(ABI_SUMMARY_MLP) };
	ck_assert_ptr_eq(abi_summary_use(&summary), &summary.spec);
	ck_assert(summary.used);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/summary_spec");
	TCase *tests = tcase_create("summary_spec");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, kinds_have_names);
	tcase_add_test(tests, defaults_are_in_range_and_resolved);
	tcase_add_test(tests, zeros_are_resolved);
	tcase_add_test(tests, every_range_is_checked);
	tcase_add_test(tests, heads_divide_widths);
	tcase_add_test(tests, appended_statistics_are_checked);
	tcase_add_test(tests, fixed_columns_learn_nothing);
	tcase_add_test(tests, a_used_handle_is_marked);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
