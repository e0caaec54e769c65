/* --report of the bench programs: a file, or a reason and a status. */

#include "support/known_draws.h"
#include "support/report.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static abi_context *context;
static abi_diagnostics *diagnostics;

static void setup(void)
{
	known_draws known = { .parameters = 2, .sets = 100, .draws = 30, .name = "theta", .seed = 2 };
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	diagnostics = known_diagnostics(context, &known);
	ck_assert_ptr_nonnull(diagnostics);
}

static void teardown(void)
{
	abi_diagnostics_free(diagnostics);
	abi_context_free(context);
}

static bench_report *with_rows(void)
{
	bench_report *report = bench_report_begin("A test");
	bench_report_gap(report, "Results", "gap", 0.4021, 0.0113);
	bench_report_count(report, "Settings", "steps", 100);
	bench_report_number(report, "Settings", "rate", 0.005, 4);
	bench_report_text(report, "Settings", "flow", "spline");
	return report;
}

static const char path[] = "bench_report_test.html";

static int file_has(const char *part)
{
	static char text[8 << 20];
	FILE *file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	size_t count = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[count] = '\0';
	return strstr(text, part) != NULL;
}

START_TEST(a_report_is_written_or_refused)
{
	remove(path);
	if (bench_report_refused("test")) {
		ck_assert_int_eq(bench_report_end(with_rows(), "test", NULL, diagnostics, path), BENCH_REPORT_REFUSED);
		ck_assert_int_ne(access(path, F_OK), 0);
		return;
	}
	ck_assert_int_eq(bench_report_end(with_rows(), "test", NULL, diagnostics, path), 0);
	ck_assert(file_has("<title>A test</title>") && file_has("<td>theta[1]</td>"));
	ck_assert(file_has("0.402 \xc2\xb1 0.011 nats") && file_has("<td>0.0050</td>") && file_has("<td>spline</td>") && file_has("<td>100</td>"));
	remove(path);
}
END_TEST

START_TEST(a_report_that_fails_is_said)
{
	abi_diagnostics *empty;
	ck_assert_int_ne(bench_report_end(with_rows(), "test", NULL, diagnostics, "/nowhere/at/all.html"), 0);
	ck_assert_int_eq(abi_diagnostics_create(context, &empty), ABI_OK);
	ck_assert_int_ne(bench_report_end(with_rows(), "test", NULL, empty, path), 0);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_ne(bench_report_end(NULL, "test", NULL, diagnostics, path), 0);
	abi_diagnostics_free(empty);
}
END_TEST

START_TEST(the_quantities_are_those_of_a_diagnosed_workflow)
{
	abi_diagnostics *fresh;
	ck_assert_int_eq(abi_diagnostics_create(context, &fresh), ABI_OK);
	ck_assert_int_eq(bench_report_quantities(fresh), ABI_OK);
	ck_assert_uint_eq(abi_diagnostics_quantities(fresh), 3);
	ck_assert_int_eq(bench_report_quantities(diagnostics), ABI_E_BUSY); /* it has data sets already */
	abi_diagnostics_free(fresh);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bench/report");
	TCase *cases = tcase_create("report");
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_report_is_written_or_refused);
	tcase_add_test(cases, a_report_that_fails_is_said);
	tcase_add_test(cases, the_quantities_are_those_of_a_diagnosed_workflow);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
