#include "abi/summary.h"

#include "support/allocator.h"

#include <check.h>
#include <string.h>

static abi_context *context;

static void set_up(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
}

static void tear_down(void)
{
	abi_context_free(context);
}

START_TEST(every_kind_is_made_from_its_defaults)
{
	abi_summary *summary[7];
	ck_assert_int_eq(abi_summary_create_deepset(context, NULL, &summary[0]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_mlp(context, NULL, &summary[1]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_none(context, &summary[2]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_set_transformer(context, NULL, &summary[3]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_sequence(context, NULL, &summary[4]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_time_series_transformer(context, NULL, &summary[5]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_statistics(context, NULL, &summary[6]), ABI_OK);
	for (int i = 0; i < 7; i++) {
		ck_assert_ptr_nonnull(summary[i]);
		ck_assert_int_eq(abi_summary_append_statistics(summary[i], ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD), ABI_OK);
		abi_summary_free(summary[i]);
	}
	abi_summary_free(NULL);
}
END_TEST

START_TEST(init_writes_defaults_that_are_accepted)
{
	abi_deepset_options deepset;
	abi_mlp_options mlp;
	abi_set_transformer_options transformer;
	abi_sequence_options sequence;
	abi_time_series_transformer_options series;
	abi_statistics_options statistics;
	abi_summary *summary;
	abi_deepset_options_init(&deepset, sizeof deepset);
	ck_assert_uint_eq(deepset.size, sizeof deepset);
	ck_assert_int_eq(deepset.element_width, 128);
	ck_assert_int_eq(deepset.pool, ABI_POOL_MEAN | ABI_POOL_SD | ABI_POOL_INPUTS);
	ck_assert_int_eq(abi_summary_create_deepset(context, &deepset, &summary), ABI_OK);
	abi_summary_free(summary);
	abi_mlp_options_init(&mlp, sizeof mlp);
	ck_assert_int_eq(mlp.width, 256);
	ck_assert_int_eq(abi_summary_create_mlp(context, &mlp, &summary), ABI_OK);
	abi_summary_free(summary);
	abi_set_transformer_options_init(&transformer, sizeof transformer);
	ck_assert_int_eq(transformer.embed_dim, 64);
	ck_assert_int_eq(abi_summary_create_set_transformer(context, &transformer, &summary), ABI_OK);
	abi_summary_free(summary);
	abi_sequence_options_init(&sequence, sizeof sequence);
	ck_assert_int_eq(sequence.recurrent_dim, 64);
	ck_assert_int_eq(abi_summary_create_sequence(context, &sequence, &summary), ABI_OK);
	abi_summary_free(summary);
	abi_time_series_transformer_options_init(&series, sizeof series);
	ck_assert_int_eq(series.num_frequencies, 8);
	ck_assert_int_eq(abi_summary_create_time_series_transformer(context, &series, &summary), ABI_OK);
	abi_summary_free(summary);
	abi_statistics_options_init(&statistics, sizeof statistics);
	ck_assert_int_eq(statistics.statistics, ABI_STATISTIC_LOG_COUNT | ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD | ABI_STATISTIC_CHOLESKY);
	ck_assert_int_eq(statistics.head_width, 0);
	ck_assert_int_eq(abi_summary_create_statistics(context, &statistics, &summary), ABI_OK);
	abi_summary_free(summary);
	statistics.statistics = 16;
	ck_assert_int_eq(abi_summary_create_statistics(context, &statistics, &summary), ABI_E_ARGUMENT);
}
END_TEST

START_TEST(zero_is_the_default_of_what_cannot_be_zero)
{
	abi_deepset_options options = { .size = sizeof options };
	abi_summary *summary;
	ck_assert_int_eq(abi_summary_create_deepset(context, &options, &summary), ABI_OK);
	abi_summary_free(summary);
}
END_TEST

START_TEST(bad_options_are_refused_with_a_sentence)
{
	abi_set_transformer_options options;
	abi_summary *summary = (abi_summary *)&options;
	abi_set_transformer_options_init(&options, sizeof options);
	options.num_heads = 5;
	ck_assert_int_eq(abi_summary_create_set_transformer(context, &options, &summary), ABI_E_ARGUMENT);
	ck_assert_ptr_null(summary);
	ck_assert_str_eq(abi_context_error(context), "abi_set_transformer_options.embed_dim is 64, expected a multiple of num_heads, which is 5");
	options.num_heads = 4;
	options.dropout = -0.5;
	ck_assert_int_eq(abi_summary_create_set_transformer(context, &options, &summary), ABI_E_ARGUMENT);
	options.size = 3;
	ck_assert_int_eq(abi_summary_create_set_transformer(context, &options, &summary), ABI_E_ARGUMENT);

	ck_assert_int_eq(abi_summary_create_none(NULL, &summary), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_summary_create_none(context, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_summary_append_statistics(NULL, 1), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_summary_create_none(context, &summary), ABI_OK);
	ck_assert_int_eq(abi_summary_append_statistics(summary, 16), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_summary_append_statistics(summary, 0), ABI_OK);
	abi_summary_free(summary);
}
END_TEST

START_TEST(a_failed_allocation_leaves_nothing)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *failing = failing_allocator_context(&allocator);
	abi_summary *summary;
	allocator.allocations = 0;
	allocator.fail_at = 1;
	ck_assert_int_eq(abi_summary_create_deepset(failing, NULL, &summary), ABI_E_MEMORY);
	ck_assert_ptr_null(summary);
	ck_assert_int_eq(abi_summary_create_deepset(failing, NULL, &summary), ABI_OK);
	abi_context_free(failing); /* a handle keeps its context alive */
	ck_assert_int_eq(abi_summary_append_statistics(summary, ABI_STATISTIC_LOG_COUNT), ABI_OK);
	abi_summary_free(summary);
	ck_assert_uint_eq(allocator.outstanding, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/summary");
	TCase *tests = tcase_create("summary");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, every_kind_is_made_from_its_defaults);
	tcase_add_test(tests, init_writes_defaults_that_are_accepted);
	tcase_add_test(tests, zero_is_the_default_of_what_cannot_be_zero);
	tcase_add_test(tests, bad_options_are_refused_with_a_sentence);
	tcase_add_test(tests, a_failed_allocation_leaves_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
