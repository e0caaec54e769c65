/* What bench programs write: JSON, progress, tables; and the clock they read. */

#include "captured.h"
#include "support/clock.h"
#include "support/json.h"
#include "support/progress.h"
#include "support/table.h"

#include <math.h>
#include <stdlib.h>

START_TEST(json_is_one_line_in_order)
{
	bench_json json;
	FILE *file = tmpfile();
	double values[] = { 1, NAN, -0.125 };
	const char *texts[] = { "a", NULL };
	bench_json_begin(&json, file);
	bench_json_text(&json, "task", "a \"quoted\" \\ \n name");
	bench_json_number(&json, "gap", 0.1234567891234);
	bench_json_number(&json, "inf", -INFINITY);
	bench_json_number(&json, "tiny", 1e-300);
	bench_json_integer(&json, "i", INT64_MIN);
	bench_json_count(&json, "seed", UINT64_MAX);
	bench_json_boolean(&json, "yes", 2);
	bench_json_text(&json, "none", NULL);
	bench_json_numbers(&json, "values", values, 3);
	bench_json_numbers(&json, "empty", NULL, 0);
	bench_json_texts(&json, "warnings", texts, 2);
	ck_assert_int_eq(bench_json_end(&json), 0);
	ck_assert_str_eq(captured(file),
		"{\"task\": \"a \\\"quoted\\\" \\\\ \\u000a name\", \"gap\": 0.123456789, \"inf\": null, \"tiny\": 1e-300, "
		"\"i\": -9223372036854775808, \"seed\": 18446744073709551615, \"yes\": true, \"none\": null, "
		"\"values\": [1, null, -0.125], \"empty\": [], \"warnings\": [\"a\", null]}\n");
	file = tmpfile();
	bench_json_begin(&json, file);
	bench_json_end(&json);
	ck_assert_str_eq(captured(file), "{}\n");
}
END_TEST

static size_t count_of(const char *text, char c)
{
	size_t count = 0;
	for (; *text != '\0'; text++)
		count += *text == c;
	return count;
}

START_TEST(plain_progress_is_a_line_per_twentieth)
{
	bench_progress progress;
	FILE *file = tmpfile();
	bench_progress_begin(&progress, file, "training", 1000, 100);
	ck_assert_int_eq(progress.terminal, 0);
	for (size_t step = 1; step <= 1000; step++)
		bench_progress_step(&progress, step, 2.5, 100 + 0.1 * (double)step);
	bench_progress_end(&progress);
	const char *text = captured(file);
	ck_assert_uint_eq(count_of(text, '\n'), 20);
	ck_assert_uint_eq(count_of(text, '\r'), 0);
	ck_assert_ptr_nonnull(strstr(text, "training: step 50 of 1000, loss 2.5000, 1 min 35 s left\n"));
	ck_assert_ptr_nonnull(strstr(text, "training: step 950 of 1000, loss 2.5000, 5 s left\n"));
	ck_assert_ptr_nonnull(strstr(text, "training: step 1000 of 1000, loss 2.5000, took 1 min 40 s\n"));
}
END_TEST

START_TEST(progress_of_few_or_no_steps)
{
	bench_progress progress;
	FILE *file = tmpfile();
	bench_progress_begin(&progress, file, "t", 3, 0);
	for (size_t step = 1; step <= 3; step++)
		bench_progress_step(&progress, step, NAN, (double)step);
	bench_progress_end(&progress);
	const char *text = captured(file);
	ck_assert_uint_eq(count_of(text, '\n'), 3);
	ck_assert_ptr_nonnull(strstr(text, "t: step 1 of 3, loss nan, 2 s left\n"));
	file = tmpfile();
	bench_progress_begin(&progress, file, "t", 0, 0);
	bench_progress_step(&progress, 0, 1, 0);
	bench_progress_end(&progress);
	ck_assert_str_eq(captured(file), "t: step 0 of 0, loss 1.0000, took 0 s\n");
}
END_TEST

START_TEST(terminal_progress_rewrites_its_line)
{
	bench_progress progress;
	FILE *file = tmpfile();
	bench_progress_begin(&progress, file, "t", 1000, 0);
	progress.terminal = 1;
	for (size_t step = 1; step <= 1000; step++)
		bench_progress_step(&progress, step, 1, 0.01 * (double)step);
	bench_progress_end(&progress);
	const char *text = captured(file);
	/* Ten seconds at ten drawings a second. */
	ck_assert_uint_ge(count_of(text, '\r'), 90);
	ck_assert_uint_le(count_of(text, '\r'), 103);
	ck_assert_uint_eq(count_of(text, '\n'), 1);
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	/* A shorter line wipes out the longer one before it. */
	file = tmpfile();
	bench_progress_begin(&progress, file, "t", 10, 0);
	progress.terminal = 1;
	bench_progress_step(&progress, 1, -12345678, 1);
	bench_progress_step(&progress, 2, 1, 2);
	bench_progress_end(&progress);
	ck_assert_str_eq(captured(file), "\rt: step 1 of 10, loss -12345678.0000, 9 s left\rt: step 2 of 10, loss 1.0000, 8 s left        \n");
}
END_TEST

static void lasts(double seconds, const char *expected)
{
	char text[40];
	bench_progress_duration(seconds, text, sizeof text);
	ck_assert_str_eq(text, expected);
}

START_TEST(durations_read_well)
{
	lasts(0, "0 s");
	lasts(59.4, "59 s");
	lasts(59.6, "1 min 00 s");
	lasts(187, "3 min 07 s");
	lasts(3900, "1 h 05 min");
	lasts(NAN, "?");
	lasts(-1, "?");
	lasts(INFINITY, "?");
}
END_TEST

START_TEST(tables_align)
{
	const char *headers[] = { "name", "gap", "n" };
	bench_table *table = bench_table_create(headers, 3);
	bench_table_text(table, "σ²");
	bench_table_number(table, -0.12345, 3);
	bench_table_count(table, 12345);
	bench_table_text(table, "variance");
	bench_table_number(table, NAN, 3);
	bench_table_count(table, 7);
	bench_table_text(table, "sum");
	FILE *file = tmpfile();
	ck_assert_int_eq(bench_table_print(table, file), 0);
	bench_table_free(table);
	ck_assert_str_eq(captured(file),
		"name         gap      n\n"
		"--------  ------  -----\n"
		"σ²        -0.123  12345\n"
		"variance       –      7\n"
		"sum\n");
	bench_table_text(NULL, "x");
	ck_assert_int_eq(bench_table_print(NULL, stdout), -1);
	bench_table_free(NULL);
}
END_TEST

START_TEST(clock_runs_and_memory_is_counted)
{
	double start = bench_clock_seconds();
	double before = bench_clock_peak_rss_mb();
	size_t size = 64 * 1000 * 1000;
	volatile char *block = malloc(size);
	ck_assert_ptr_nonnull((const void *)block);
	for (size_t i = 0; i < size; i += 1000)
		block[i] = 1;
	double after = bench_clock_peak_rss_mb();
	free((void *)block);
	ck_assert_msg(before > 0.1 && after > before + 50 && after < before + 200, "%g MB, then %g MB", before, after);
	while (bench_clock_seconds() - start < 0.02)
		;
	double waited = bench_clock_seconds() - start;
	ck_assert(waited >= 0.02 && waited < 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bench/output");
	TCase *tests = tcase_create("output");
	tcase_add_test(tests, json_is_one_line_in_order);
	tcase_add_test(tests, plain_progress_is_a_line_per_twentieth);
	tcase_add_test(tests, progress_of_few_or_no_steps);
	tcase_add_test(tests, terminal_progress_rewrites_its_line);
	tcase_add_test(tests, durations_read_well);
	tcase_add_test(tests, tables_align);
	tcase_add_test(tests, clock_runs_and_memory_is_counted);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
