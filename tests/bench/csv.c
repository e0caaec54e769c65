#include "support/csv.h"

#include "captured.h"

#include <stdlib.h>

static bench_csv csv;

static int parse(const char *text)
{
	return bench_csv_parse("data.csv", text, strlen(text), &csv);
}

static void refused(const char *text, const char *sentence)
{
	ck_assert_int_eq(parse(text), -1);
	ck_assert_str_eq(csv.error, sentence);
	ck_assert_ptr_null(csv.names);
	ck_assert_ptr_null(csv.values);
	bench_csv_free(&csv);
}

START_TEST(every_dialect_reads_the_same)
{
	const char *dialects[] = { "a,b\n1,2\n-3.5,4e-2\n", "a,b\r\n1,2\r\n-3.5,4e-2\r\n", "a,b\n1,2\n-3.5,4e-2", "a,b\r\n1,2\r\n-3.5,4e-2",
		"\xef\xbb\xbf\"a\",\"b\"\n 1 ,\t2\n\"-3.5\", \"4e-2\" \n", "a,b\n1,2\n-3.5,4e-2\n\n  \r\n", " a , b \n+1,2.\n-3.5,.04\n" };
	for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
		ck_assert_msg(parse(dialects[i]) == 0, "%zu: %s", i, csv.error);
		ck_assert_uint_eq(csv.rows, 2);
		ck_assert_uint_eq(csv.columns, 2);
		ck_assert_str_eq(csv.names[0], "a");
		ck_assert_str_eq(csv.names[1], "b");
		ck_assert_double_eq(csv.values[0], 1);
		ck_assert_double_eq(csv.values[1], 2);
		ck_assert_double_eq(csv.values[2], -3.5);
		ck_assert_double_eq(csv.values[3], 0.04);
		bench_csv_free(&csv);
	}
}
END_TEST

START_TEST(quotes_in_the_header)
{
	ck_assert_int_eq(parse("\"height, in cm\",\"the \"\"true\"\" one\",\"two\nlines\"\n1,2,x\n"), -1);
	ck_assert_str_eq(csv.error, "data.csv: line 3 (row 1), column 3 ('two\nlines'): expected a finite number, got 'x'.");
	ck_assert_int_eq(parse("\"height, in cm\",\"the \"\"true\"\" one\"\n1,2\n"), 0);
	ck_assert_str_eq(csv.names[0], "height, in cm");
	ck_assert_str_eq(csv.names[1], "the \"true\" one");
	bench_csv_free(&csv);
}
END_TEST

START_TEST(a_header_alone_has_no_rows)
{
	ck_assert_int_eq(parse("a,b,c"), 0);
	ck_assert_uint_eq(csv.columns, 3);
	ck_assert_uint_eq(csv.rows, 0);
	bench_csv_free(&csv);
	bench_csv_free(&csv);
}
END_TEST

START_TEST(errors_say_where)
{
	refused("", "data.csv: the file is empty; expected a header line and rows of numbers.");
	refused("\n \r\n", "data.csv: the file is empty; expected a header line and rows of numbers.");
	refused("1,2\n3,4\n", "data.csv: line 1 holds numbers; expected a header line that names the columns.");
	refused("a,b\n1,2\n3\n", "data.csv: line 3 (row 2): expected 2 numbers as in the header, got 1.");
	refused("a,b\n1,2\n3,4,5\n", "data.csv: line 3 (row 2): expected 2 numbers as in the header, got 3.");
	refused("a,b\n1,2,\n", "data.csv: line 2 (row 1): expected 2 numbers as in the header, got 3.");
	refused("a,b\n1,two\n", "data.csv: line 2 (row 1), column 2 ('b'): expected a finite number, got 'two'.");
	refused("a,b\n1,\n", "data.csv: line 2 (row 1), column 2 ('b'): expected a finite number, got ''.");
	refused("a,b\n1,2\nnan,4\n", "data.csv: line 3 (row 2), column 1 ('a'): expected a finite number, got 'nan'.");
	refused("a,b\n1,-inf\n", "data.csv: line 2 (row 1), column 2 ('b'): expected a finite number, got '-inf'.");
	refused("a,b\n1,1e999\n", "data.csv: line 2 (row 1), column 2 ('b'): expected a finite number, got '1e999'.");
	refused("a,b\n1,0x10\n", "data.csv: line 2 (row 1), column 2 ('b'): expected a finite number, got '0x10'.");
	refused("a,b\n1,1 2\n", "data.csv: line 2 (row 1), column 2 ('b'): expected a finite number, got '1 2'.");
	refused("a,b\n1,--2\n", "data.csv: line 2 (row 1), column 2 ('b'): expected a finite number, got '--2'.");
	refused("a,b\n1,2\n\n3,4\n", "data.csv: line 3 (row 2), column 1 ('a'): expected a finite number, got ''.");
	refused("a,\"b\n1,2\n", "data.csv: line 1: a quote is never closed.");
	refused("a,\"b\"c\n1,2\n", "data.csv: line 1: expected a comma or the end of the line after 'b'.");
	refused("a,b\r1,2\r", "data.csv: line 1: expected a comma or the end of the line after 'b'.");
	ck_assert_int_eq(bench_csv_parse("data.csv", "a\n1\0", 5, &csv), -1);
	ck_assert_str_eq(csv.error, "data.csv: the file holds zero bytes; expected text.");
	ck_assert_int_eq(bench_csv_read("/nonexistent/data.csv", &csv), -1);
	ck_assert_str_eq(csv.error, "/nonexistent/data.csv: cannot be opened (No such file or directory).");
	ck_assert_int_eq(bench_csv_read("/", &csv), -1);
	ck_assert_ptr_nonnull(strstr(csv.error, "cannot be read"));
}
END_TEST

START_TEST(files_of_any_length)
{
	char path[] = "bench_csv_test.csv";
	FILE *file = fopen(path, "wb");
	ck_assert_ptr_nonnull(file);
	fputs("x,y", file);
	for (int i = 0; i < 50000; i++)
		fprintf(file, "\n%d.25,%d", i, -i);
	fclose(file);
	int status = bench_csv_read(path, &csv);
	remove(path);
	ck_assert_msg(status == 0, "%s", csv.error);
	ck_assert_uint_eq(csv.rows, 50000);
	for (int i = 0; i < 50000; i++) {
		ck_assert_double_eq(csv.values[2 * i], i + 0.25);
		ck_assert_double_eq(csv.values[2 * i + 1], -i);
	}
	bench_csv_free(&csv);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bench/csv");
	TCase *tests = tcase_create("csv");
	tcase_add_test(tests, every_dialect_reads_the_same);
	tcase_add_test(tests, quotes_in_the_header);
	tcase_add_test(tests, a_header_alone_has_no_rows);
	tcase_add_test(tests, errors_say_where);
	tcase_add_test(tests, files_of_any_length);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
