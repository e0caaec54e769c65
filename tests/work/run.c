/* Options of a training run: ranges, defaults, sentences. */

#include "work/workflow.h"

#include <check.h>
#include <math.h>
#include <string.h>

static abi_context *context;

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
}

static void teardown(void)
{
	abi_context_free(context);
}

static abi_fit_options fresh(void)
{
	abi_fit_options options;
	abi_fit_options_init(&options, sizeof options);
	return options;
}

static abi_status resolve(int32_t kind, abi_fit_options *options)
{
	abi_summary_spec summary = abi_summary_spec_of(kind);
	return abi_run_resolve(context, &summary, options);
}

static void refused(const abi_fit_options *given, const char *part)
{
	abi_fit_options options = *given;
	ck_assert_msg(resolve(ABI_SUMMARY_DEEPSET, &options) == ABI_E_ARGUMENT, "not refused: %s", part);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "'%s' is not in: %s", part, abi_context_error(context));
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "abi_fit_options."));
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "expected"));
}

START_TEST(zeros_are_the_defaults)
{
	abi_fit_options options = fresh();
	options.learning_rate = options.warmup = options.clip = options.average = -0.0;
	ck_assert_int_eq(resolve(ABI_SUMMARY_DEEPSET, &options), ABI_OK);
	ck_assert_int_eq(options.epochs, 10);
	ck_assert_int_eq(options.batches_per_epoch, 1000);
	ck_assert_int_eq(options.batch_size, 64);
	ck_assert_int_eq(options.patience, 0);
	ck_assert(options.learning_rate == 5e-3 && options.warmup == 0.05 && options.weight_decay == 0 && options.clip == 1.5);
	ck_assert(options.average == 0.999 && options.validation_share == 0);
	options.learning_rate = 0;
	ck_assert_int_eq(resolve(ABI_SUMMARY_SET_TRANSFORMER, &options), ABI_OK);
	ck_assert(options.learning_rate == 2e-3);
}
END_TEST

START_TEST(the_loss_of_summaries_wants_learned_ones)
{
	for (int member = 0; member < 2; member++) {
		abi_fit_options options = fresh();
		ck_assert(options.summary_mmd == 0 && options.summary_dependence == 0);
		*(member == 0 ? &options.summary_mmd : &options.summary_dependence) = 0.5;
		ck_assert_int_eq(resolve(ABI_SUMMARY_DEEPSET, &options), ABI_OK);
		ck_assert_int_eq(resolve(ABI_SUMMARY_NONE, &options), ABI_E_ARGUMENT);
		ck_assert_int_eq(resolve(ABI_SUMMARY_STATISTICS, &options), ABI_E_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(abi_context_error(context), "need a learned summary, got 'statistics'"));
		abi_summary_spec with_head = abi_summary_spec_of(ABI_SUMMARY_STATISTICS);
		with_head.options.statistics.head_width = 8;
		ck_assert_int_eq(abi_run_resolve(context, &with_head, &options), ABI_OK);
	}
}
END_TEST

START_TEST(whole_numbers_have_ranges)
{
	abi_fit_options options = fresh();
	options.steps = -1;
	refused(&options, "steps is -1");
	options = fresh();
	options.epochs = -1;
	refused(&options, "epochs is -1");
	options.epochs = 1000001;
	refused(&options, "epochs is 1000001");
	options = fresh();
	options.batches_per_epoch = -5;
	refused(&options, "batches_per_epoch is -5");
	options = fresh();
	options.batch_size = -1;
	refused(&options, "batch_size is -1");
	options.batch_size = 65537;
	refused(&options, "batch_size is 65537");
	options = fresh();
	options.patience = -2;
	refused(&options, "patience is -2");
}
END_TEST

START_TEST(reals_have_ranges)
{
	struct {
		size_t offset;
		const char *name;
		double wrong[3], right[2];
	} members[] = {
		{ offsetof(abi_fit_options, learning_rate), "learning_rate", { -1e-3, 1.5, NAN }, { 1e-12, 1 } },
		{ offsetof(abi_fit_options, warmup), "warmup", { 1, INFINITY, NAN }, { -1, 0.99 } },
		{ offsetof(abi_fit_options, weight_decay), "weight_decay", { -1e-9, 1.1, NAN }, { 0, 1 } },
		{ offsetof(abi_fit_options, clip), "clip", { NAN, -NAN, NAN }, { -1, INFINITY } },
		{ offsetof(abi_fit_options, average), "average", { 1, INFINITY, NAN }, { -INFINITY, 0.9999 } },
		{ offsetof(abi_fit_options, validation_share), "validation_share", { -0.1, 1, NAN }, { 0, 0.99 } },
		{ offsetof(abi_fit_options, summary_mmd), "summary_mmd", { -0.1, 1001, NAN }, { 0, 1000 } },
		{ offsetof(abi_fit_options, summary_dependence), "summary_dependence", { -0.1, 1001, NAN }, { 0, 1000 } },
	};
	for (size_t m = 0; m < sizeof members / sizeof members[0]; m++) {
		for (size_t k = 0; k < 3; k++) {
			abi_fit_options options = fresh();
			memcpy((char *)&options + members[m].offset, &members[m].wrong[k], sizeof(double));
			refused(&options, members[m].name);
		}
		for (size_t k = 0; k < 2; k++) {
			abi_fit_options options = fresh();
			memcpy((char *)&options + members[m].offset, &members[m].right[k], sizeof(double));
			ck_assert_msg(resolve(ABI_SUMMARY_DEEPSET, &options) == ABI_OK, "%s", abi_context_error(context));
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/run");
	TCase *tests = tcase_create("run");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, zeros_are_the_defaults);
	tcase_add_test(tests, the_loss_of_summaries_wants_learned_ones);
	tcase_add_test(tests, whole_numbers_have_ranges);
	tcase_add_test(tests, reals_have_ranges);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
