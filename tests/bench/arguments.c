#include "support/arguments.h"

#include "captured.h"

typedef struct settings {
	int json;
	size_t steps;
	uint64_t seed;
	double rate;
	const char *save;
	const char *flow;
} settings;

static settings set;
static bench_option options[6];
static const char *out_text;
static const char *err_text;

static int read_line(int argc, const char *const *arguments)
{
	static char copies[12][100];
	char *argv[12];
	set = (settings){ 0, 10000, 1, 1e-3, NULL, "spline" };
	bench_option fresh[6] = { { .name = "json", .kind = BENCH_FLAG, .value = &set.json, .help = "one JSON object" },
		{ .name = "steps", .kind = BENCH_COUNT, .value = &set.steps, .help = "training steps", .minimum = 1 },
		{ .name = "seed", .kind = BENCH_INTEGER, .value = &set.seed, .help = "seed" },
		{ .name = "lr", .kind = BENCH_REAL, .value = &set.rate, .help = "rate", .minimum = 0 },
		{ .name = "save", .kind = BENCH_TEXT, .value = &set.save, .help = "file to write" },
		{ .name = "flow", .kind = BENCH_CHOICE, .value = &set.flow, .help = "flow", .choices = "affine spline" } };
	memcpy(options, fresh, sizeof options);
	for (int i = 0; i < argc; i++) {
		strcpy(copies[i], arguments[i]);
		argv[i] = copies[i];
	}
	FILE *out = tmpfile();
	FILE *err = tmpfile();
	int status = bench_arguments_read("variances", "twelve variances.", options, 6, argc, argv, out, err);
	out_text = captured(out);
	err_text = captured(err);
	return status;
}

#define READ(...) read_line((int)(sizeof((const char *const[]){ "variances", __VA_ARGS__ }) / sizeof(char *)), \
	(const char *const[]){ "variances", __VA_ARGS__ })

static void refused(int status, const char *sentence)
{
	ck_assert_int_eq(status, 2);
	ck_assert_str_eq(out_text, "");
	ck_assert_msg(strstr(err_text, sentence) != NULL, "'%s' is not in '%s'", sentence, err_text);
	ck_assert_msg(strchr(err_text, '\n') == err_text + strlen(err_text) - 1, "one line, not '%s'", err_text);
	ck_assert(strstr(err_text, "variances --help") != NULL);
}

START_TEST(values_arrive)
{
	ck_assert_int_eq(READ("--json", "--steps", "500", "--seed=18446744073709551615", "--lr", "2e-3", "--save", "a b.abi", "--flow=affine"), -1);
	ck_assert_str_eq(err_text, "");
	ck_assert_int_eq(set.json, 1);
	ck_assert_uint_eq(set.steps, 500);
	ck_assert(set.seed == UINT64_MAX);
	ck_assert_double_eq(set.rate, 2e-3);
	ck_assert_str_eq(set.save, "a b.abi");
	ck_assert_str_eq(set.flow, "affine");
	ck_assert_int_eq(options[1].given, 1);
}
END_TEST

START_TEST(nothing_given_leaves_the_defaults)
{
	const char *alone[] = { "variances" };
	ck_assert_int_eq(read_line(1, alone), -1);
	ck_assert_uint_eq(set.steps, 10000);
	ck_assert_int_eq(set.json, 0);
	ck_assert_ptr_null(set.save);
	ck_assert_int_eq(options[1].given, 0);
}
END_TEST

START_TEST(the_last_of_two_wins)
{
	ck_assert_int_eq(READ("--steps", "5", "--steps", "6"), -1);
	ck_assert_uint_eq(set.steps, 6);
}
END_TEST

START_TEST(help_names_everything_and_its_default)
{
	ck_assert_int_eq(READ("--steps", "7", "--help"), 0);
	const char *expected[] = { "variances: twelve variances.", "--json", "--steps N", "[10000]", "--seed N", "--lr X", "[0.001]", "--save TEXT",
		"affine spline", "[spline]", "--help" };
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		ck_assert_msg(strstr(out_text, expected[i]) != NULL, "'%s' is not in\n%s", expected[i], out_text);
	ck_assert_str_eq(err_text, "");
}
END_TEST

START_TEST(errors_are_one_sentence)
{
	refused(READ("--step", "5"), "unknown option '--step'");
	refused(READ("--stepss", "5"), "unknown option '--stepss'");
	refused(READ("--=5"), "unknown option '--'");
	refused(READ("-s"), "unknown option '-s'");
	refused(READ("-"), "unknown option '-'");
	refused(READ(""), "unknown option ''");
	refused(READ("file.csv"), "unknown option 'file.csv'");
	refused(READ("--steps"), "--steps needs a value");
	refused(READ("--steps", "--json"), "--steps needs a value");
	refused(READ("--steps", "ten"), "--steps needs a whole number, got 'ten'");
	refused(READ("--steps", "10x"), "--steps needs a whole number, got '10x'");
	refused(READ("--steps", "-3"), "--steps needs a whole number, got '-3'");
	refused(READ("--steps", "1e4"), "--steps needs a whole number, got '1e4'");
	refused(READ("--steps="), "--steps needs a whole number, got ''");
	refused(READ("--steps", "0"), "--steps needs a larger number (at least 1), got '0'");
	refused(READ("--steps", "99999999999999999999999"), "--steps needs a smaller number");
	refused(READ("--lr", "fast"), "--lr needs a finite number, got 'fast'");
	refused(READ("--lr", "nan"), "--lr needs a finite number, got 'nan'");
	refused(READ("--lr", "1e999"), "--lr needs a finite number");
	refused(READ("--lr", "-0.1"), "--lr needs a larger number (at least 0), got '-0.1'");
	refused(READ("--json=1"), "--json takes no value, got '1'");
	refused(READ("--flow", "aff"), "--flow needs one of affine spline, got 'aff'");
	refused(READ("--flow", "affine spline"), "--flow needs one of");
	refused(READ("--flow="), "--flow needs one of");
}
END_TEST

START_TEST(lists_have_items_between_commas)
{
	const char *list = "a.csv,,long_name,", *none = NULL;
	char text[6];
	ck_assert_int_eq(bench_arguments_next(&list, text, sizeof text), 1);
	ck_assert_str_eq(text, "a.csv");
	ck_assert_int_eq(bench_arguments_next(&list, text, sizeof text), 1);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(bench_arguments_next(&list, text, sizeof text), 1);
	ck_assert_str_eq(text, "long_");
	ck_assert_int_eq(bench_arguments_next(&list, text, sizeof text), 0);
	ck_assert_int_eq(bench_arguments_next(&none, text, sizeof text), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bench/arguments");
	TCase *tests = tcase_create("arguments");
	tcase_add_test(tests, values_arrive);
	tcase_add_test(tests, lists_have_items_between_commas);
	tcase_add_test(tests, nothing_given_leaves_the_defaults);
	tcase_add_test(tests, the_last_of_two_wins);
	tcase_add_test(tests, help_names_everything_and_its_default);
	tcase_add_test(tests, errors_are_one_sentence);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
