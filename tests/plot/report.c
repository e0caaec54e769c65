/* A report is one well-formed file that asks for nothing outside of itself. */

#include "abi/report.h"
#include "support/allocator.h"
#include "support/every_picture.h"
#include "support/markup.h"
#include "support/tiny_problem.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static every_picture problem;
static abi_report *report;

static void setup(void)
{
	every_picture_start(&problem, 3, "variance", 200, 30);
	ck_assert_int_eq(abi_report_create(NULL, &report), ABI_OK);
}

static void teardown(void)
{
	abi_report_free(report);
	every_picture_stop(&problem);
}

static void expect(abi_status status, abi_status expected, const char *part)
{
	ck_assert_msg(status == expected && strstr(abi_report_error(report), part) != NULL, "%d: %s", (int)status, abi_report_error(report));
}

/* The file as text; the caller frees it. */
static char *rendered(void)
{
	const char *html;
	size_t count;
	expect(abi_report_render(report, &html, &count), ABI_OK, "");
	char *text = malloc(count + 1);
	ck_assert_ptr_nonnull(text);
	memcpy(text, html, count);
	text[count] = '\0';
	ck_assert_uint_eq(strlen(text), count);
	return text;
}

static size_t occurrences(const char *text, const char *part)
{
	size_t count = 0;
	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		count++;
	return count;
}

/* What is fetched when the file is opened: nothing. Base64 has no colon, so the marks below are not found by chance in a picture. */
static void check_file(const char *html)
{
	char error[MARKUP_ERROR_SIZE];
	ck_assert_msg(markup_error(html, strlen(html), 1, error) == NULL, "%s", error);
	ck_assert_ptr_eq(strstr(html, "<!DOCTYPE html>"), html);
	ck_assert_ptr_null(strstr(html, "<script"));
	ck_assert_ptr_null(strstr(html, "<link"));
	ck_assert_ptr_null(strstr(html, "://"));
	ck_assert_ptr_null(strstr(html, "url("));
	ck_assert_ptr_null(strstr(html, "@import"));
	ck_assert_uint_eq(occurrences(html, "src=\""), occurrences(html, "src=\"data:image/"));
	ck_assert_uint_eq(occurrences(html, "<img "), occurrences(html, "alt=\""));
	ck_assert_uint_eq(occurrences(html, "<title>"), 1);
	ck_assert_uint_eq(occurrences(html, "<h1>"), 1);
	ck_assert_uint_eq(occurrences(html, "name=\"viewport\""), 1);
}

START_TEST(an_empty_report_is_a_file)
{
	char *html = rendered();
	check_file(html);
	ck_assert_ptr_nonnull(strstr(html, "<title>Posterior report</title>"));
	ck_assert_ptr_nonnull(strstr(html, abi_version_text()));
	ck_assert_uint_eq(abi_report_verdicts(report), 0);
	ck_assert_ptr_null(abi_report_verdict(report, 0));
	free(html);
}
END_TEST

START_TEST(diagnostics_become_verdicts_a_table_and_pictures)
{
	expect(abi_report_diagnostics(report, problem.diagnostics), ABI_OK, "");
	char *html = rendered();
	check_file(html);
	ck_assert_uint_ge(occurrences(html, "<img "), 7);
	ck_assert_uint_ge(abi_report_verdicts(report), 3);
	ck_assert_ptr_eq(strstr(abi_report_verdict(report, 0), "2 of 3 parameters learned, 2 of 3 calibrated"), abi_report_verdict(report, 0));
	ck_assert_ptr_nonnull(strstr(abi_report_verdict(report, 1), "variance[1] is not calibrated: its posterior is too narrow"));
	ck_assert_str_eq(abi_report_verdict(report, 2), "variance[2] is not learned: its posterior is as wide as its prior and does not follow the truth.");
	for (size_t i = 0; i < abi_report_verdicts(report); i++)
		ck_assert_ptr_nonnull(strstr(html, abi_report_verdict(report, i)));
	ck_assert_ptr_nonnull(strstr(html, "class=\"verdict bad\""));
	for (size_t i = 0; i < 3; i++) {
		char cell[64];
		snprintf(cell, sizeof cell, "<td>variance[%zu]</td>", i);
		ck_assert_uint_eq(occurrences(html, cell), 1);
	}
	ck_assert_uint_eq(occurrences(html, "<tr class=\"quantity\"><td>tarp</td>"), 1);
	ck_assert_uint_eq(occurrences(html, "Names in italics are test quantities"), 1);
	ck_assert_ptr_null(strstr(html, "nan"));
	free(html);
}
END_TEST

START_TEST(text_is_escaped_and_cleaned)
{
	abi_report_options options;
	abi_report_options_init(&options, sizeof options);
	options.title = "a < b & \"c\" \xff";
	options.labels = "variance=<b>&\xcf\x83\xc2\xb2</b>";
	abi_report_free(report);
	ck_assert_int_eq(abi_report_create(&options, &report), ABI_OK);
	expect(abi_report_row(report, "Settings & more", "'quoted'", "<script>alert(1)</script>"), ABI_OK, "");
	expect(abi_report_paragraph(report, "1 < 2 \x01"), ABI_OK, "");
	expect(abi_report_diagnostics(report, problem.diagnostics), ABI_OK, "");
	char *html = rendered();
	check_file(html);
	ck_assert_ptr_nonnull(strstr(html, "<h1>a &lt; b &amp; &quot;c&quot; \xef\xbf\xbd</h1>"));
	ck_assert_ptr_nonnull(strstr(html, "<td>&#39;quoted&#39;</td>"));
	ck_assert_ptr_nonnull(strstr(html, "&lt;script&gt;"));
	ck_assert_ptr_nonnull(strstr(html, "<p>1 &lt; 2 \xef\xbf\xbd</p>"));
	ck_assert_ptr_nonnull(strstr(html, "<td>&lt;b&gt;&amp;\xcf\x83\xc2\xb2&lt;/b&gt;[0]</td>"));
	free(html);
}
END_TEST

START_TEST(rows_are_gathered_by_table)
{
	expect(abi_report_row(report, "Settings", "seed", "1"), ABI_OK, "");
	expect(abi_report_row(report, "Results", "gap", "0.4"), ABI_OK, "");
	expect(abi_report_row(report, "Settings", "steps", "100"), ABI_OK, "");
	char *html = rendered();
	check_file(html);
	const char *settings = strstr(html, "<h2>Settings</h2>"), *results = strstr(html, "<h2>Results</h2>");
	ck_assert(settings != NULL && results != NULL && settings < results);
	ck_assert(strstr(html, "<td>steps</td>") < results && strstr(html, "<td>gap</td>") > results);
	ck_assert_uint_eq(occurrences(html, "<h2>Settings</h2>"), 1);
	free(html);
}
END_TEST

START_TEST(pictures_of_the_host_are_taken_in)
{
	abi_plot *plot;
	ck_assert_int_eq(abi_plot_create(NULL, &plot), ABI_OK);
	expect(abi_report_pictures(report, "Mine", NULL, plot), ABI_E_STATE, "the plot has no pages yet");
	ck_assert_int_eq(abi_plot_null_test(plot, "t", problem.null, 200, 3, 0.2), ABI_OK);
	ck_assert_int_eq(abi_plot_recovery(plot, problem.diagnostics), ABI_OK);
	expect(abi_report_pictures(report, "Mine", "How to read it.", plot), ABI_OK, "");
	ck_assert_uint_eq(abi_plot_pages(plot), 2);
	abi_plot_free(plot);
	char *html = rendered();
	check_file(html);
	ck_assert_uint_eq(occurrences(html, "<img "), 2);
	ck_assert_ptr_nonnull(strstr(html, "<figcaption>How to read it.</figcaption>"));
	free(html);
}
END_TEST

START_TEST(what_training_did_is_told)
{
	tiny_problem tiny = { .idle = true };
	tiny_start(&tiny);
	expect(abi_report_workflow(report, tiny.workflow), ABI_E_STATE, "has not been trained");
	abi_fit_options options = tiny_options(300);
	ck_assert_int_eq(abi_workflow_fit_online(tiny.workflow, &options), ABI_OK);
	expect(abi_report_workflow(report, tiny.workflow), ABI_OK, "");
	char *html = rendered();
	check_file(html);
	ck_assert_ptr_nonnull(strstr(html, "<tr><td>steps</td>\n<td>300</td>"));
	ck_assert_uint_eq(occurrences(html, "<img "), 1);
	ck_assert_uint_gt(abi_workflow_warning_count(tiny.workflow), 0);
	ck_assert_ptr_nonnull(strstr(html, "<li>idle is not learned"));
	free(html);
	tiny_stop(&tiny);
}
END_TEST

START_TEST(files_appear_or_the_reason_is_said)
{
	static const char path[] = "report_test.html";
	remove(path);
	expect(abi_report_save(report, "/nowhere/at/all.html"), ABI_E_FILE, "\"/nowhere/at/all.html\" cannot be written: No such file");
	expect(abi_report_save(report, path), ABI_OK, "");
	ck_assert_int_eq(access(path, R_OK), 0);
	ck_assert_int_ne(access("report_test.html.part", F_OK), 0);
	remove(path);
}
END_TEST

START_TEST(arguments_are_checked)
{
	abi_report *made = report;
	abi_report_options options;
	abi_diagnostics *empty;
	size_t count;
	const char *html;
	ck_assert_int_eq(abi_report_create(NULL, NULL), ABI_E_ARGUMENT);
	abi_report_options_init(&options, sizeof options);
	options.size = 3;
	ck_assert_int_eq(abi_report_create(&options, &made), ABI_E_ARGUMENT);
	ck_assert_ptr_null(made);
	abi_report_options_init(&options, sizeof options);
	options.reserved = 1;
	ck_assert_int_eq(abi_report_create(&options, &made), ABI_E_UNSUPPORTED);
	options.reserved = 0;
	options.max_panels = -1;
	ck_assert_int_eq(abi_report_create(&options, &made), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_report_row(NULL, "a", "b", "c"), ABI_E_ARGUMENT);
	expect(abi_report_row(report, "a", NULL, "c"), ABI_E_ARGUMENT, "name is NULL");
	expect(abi_report_row(report, "a", "b", NULL), ABI_E_ARGUMENT, "value is NULL");
	expect(abi_report_paragraph(report, NULL), ABI_E_ARGUMENT, "text is NULL");
	expect(abi_report_pictures(report, "a", NULL, NULL), ABI_E_ARGUMENT, "plot is NULL");
	expect(abi_report_workflow(report, NULL), ABI_E_ARGUMENT, "workflow is NULL");
	expect(abi_report_diagnostics(report, NULL), ABI_E_ARGUMENT, "diagnostics is NULL");
	ck_assert_int_eq(abi_diagnostics_create(problem.context, &empty), ABI_OK);
	expect(abi_report_diagnostics(report, empty), ABI_E_STATE, "0 data sets");
	abi_diagnostics_free(empty);
	expect(abi_report_save(report, NULL), ABI_E_ARGUMENT, "path is NULL");
	expect(abi_report_render(report, NULL, &count), ABI_E_ARGUMENT, "html is NULL");
	expect(abi_report_render(report, &html, NULL), ABI_E_ARGUMENT, "count is NULL");
	ck_assert_int_eq(abi_report_save(NULL, "a"), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_report_diagnostics(NULL, problem.diagnostics), ABI_E_ARGUMENT);
	ck_assert_uint_eq(abi_report_verdicts(NULL), 0);
	ck_assert_str_eq(abi_report_error(NULL), "");
	abi_report_free(NULL);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------------------------- */

/* A failing call must add nothing: what is rendered afterwards is what was there before. */
static abi_status try_report(const abi_report_options *options, failing_allocator *allocator)
{
	abi_report *made;
	const char *html;
	size_t before, after;
	uint64_t fail_at = allocator->fail_at;
	allocator->fail_at = 0;
	ck_assert_int_eq(abi_report_create(options, &made), ABI_OK);
	ck_assert_int_eq(abi_report_row(made, "Settings", "seed", "1"), ABI_OK);
	ck_assert_int_eq(abi_report_render(made, &html, &before), ABI_OK);
	allocator->allocations = 0;
	allocator->fail_at = fail_at;
	abi_status status = abi_report_diagnostics(made, problem.diagnostics);
	if (status == ABI_OK)
		status = abi_report_row(made, "Other", "name", "value");
	else
		ck_assert_uint_eq(abi_report_verdicts(made), 0);
	bool kept_all = status == ABI_OK;
	if (status == ABI_OK)
		status = abi_report_render(made, &html, &after);
	uint64_t asked = allocator->allocations;
	allocator->fail_at = 0;
	if (!kept_all && abi_report_verdicts(made) == 0) {
		ck_assert_int_eq(abi_report_render(made, &html, &after), ABI_OK);
		ck_assert_uint_eq(after, before);
	}
	allocator->allocations = asked;
	allocator->fail_at = fail_at;
	abi_report_free(made);
	return status;
}

START_TEST(a_section_without_memory_adds_nothing)
{
	failing_allocator allocator;
	abi_report_options options;
	abi_report_options_init(&options, sizeof options);
	options.allocate = failing_allocate;
	options.deallocate = failing_deallocate;
	options.allocator_data = &allocator;
	/* Every fifth allocation, for the time it takes; over all starts each one fails. */
	for (uint64_t n = 1 + (uint64_t)_i;; n += 5) {
		failing_allocator_init(&allocator);
		allocator.fail_at = n;
		abi_status status = try_report(&options, &allocator);
		ck_assert_uint_eq(allocator.outstanding, 0);
		ck_assert_int_eq(status, (allocator.allocations >= n ? ABI_E_MEMORY : ABI_OK));
		if (status == ABI_OK)
			break;
	}
}
END_TEST

START_TEST(creating_without_memory_fails)
{
	failing_allocator allocator;
	abi_report_options options;
	abi_report_options_init(&options, sizeof options);
	options.allocate = failing_allocate;
	options.deallocate = failing_deallocate;
	options.allocator_data = &allocator;
	options.labels = "a=b";
	for (uint64_t n = 1;; n++) {
		abi_report *made;
		failing_allocator_init(&allocator);
		allocator.fail_at = n;
		abi_status status = abi_report_create(&options, &made);
		ck_assert_int_eq(status, (allocator.allocations >= n ? ABI_E_MEMORY : ABI_OK));
		ck_assert((made != NULL) == (status == ABI_OK));
		abi_report_free(made);
		ck_assert_uint_eq(allocator.outstanding, 0);
		if (status == ABI_OK)
			break;
	}
}
END_TEST

/* ---- for browser.sh ------------------------------------------------------------------------------------------------------------------ */

static size_t wanted_parameters;
static const char *wanted_path;

/* Everything that a report can have. */
START_TEST(write_a_report)
{
	every_picture made;
	tiny_problem tiny = { .idle = true };
	every_picture_start(&made, wanted_parameters, "a_parameter_with_a_long_name", 100, 30);
	tiny_start(&tiny);
	abi_fit_options options = tiny_options(100);
	ck_assert_int_eq(abi_workflow_fit_online(tiny.workflow, &options), ABI_OK);
	expect(abi_report_diagnostics(report, made.diagnostics), ABI_OK, "");
	expect(abi_report_workflow(report, tiny.workflow), ABI_OK, "");
	expect(abi_report_row(report, "Settings", "seed", "1"), ABI_OK, "");
	expect(abi_report_save(report, wanted_path), ABI_OK, "");
	tiny_stop(&tiny);
	every_picture_stop(&made);
}
END_TEST

static int run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

/* test_plot_report write PARAMETERS FILE writes a report for browser.sh. */
static int write_for_browser(char **arguments)
{
	Suite *suite = suite_create("plot/report");
	TCase *cases = tcase_create("write");
	wanted_parameters = strtoul(arguments[0], NULL, 10);
	wanted_path = arguments[1];
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, write_a_report);
	suite_add_tcase(suite, cases);
	return run(suite);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "write") == 0)
		return write_for_browser(argv + 2);
	Suite *suite = suite_create("plot/report");
	TCase *cases = tcase_create("report");
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, an_empty_report_is_a_file);
	tcase_add_test(cases, diagnostics_become_verdicts_a_table_and_pictures);
	tcase_add_test(cases, text_is_escaped_and_cleaned);
	tcase_add_test(cases, rows_are_gathered_by_table);
	tcase_add_test(cases, pictures_of_the_host_are_taken_in);
	tcase_add_test(cases, what_training_did_is_told);
	tcase_add_test(cases, files_appear_or_the_reason_is_said);
	tcase_add_test(cases, arguments_are_checked);
	tcase_add_loop_test(cases, a_section_without_memory_adds_nothing, 0, 5);
	tcase_add_test(cases, creating_without_memory_fails);
	suite_add_tcase(suite, cases);
	return run(suite);
}
