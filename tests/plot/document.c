/* Labels of parameters, bytes that grow, pages that are forgotten. */

#include "plot/document.h"

#include <check.h>
#include <string.h>

static abi_plot *plot;

static void setup(void)
{
	abi_plot_options options;
	abi_plot_options_init(&options, sizeof options);
	options.labels = "variance=\xcf\x83\xc2\xb2, mu[0]=height,mu[1] = spaced, cov[0,1]=c\xe2\x82\x80\xe2\x82\x81,empty=, bad=\xff";
	ck_assert_int_eq(abi_plot_create(&options, &plot), ABI_OK);
}

static void teardown(void)
{
	abi_plot_free(plot);
}

START_TEST(parameters_are_called_by_their_labels)
{
	static const struct {
		const char *parameter, *name;
	} names[] = {
		{ "variance", "\xcf\x83\xc2\xb2" },
		{ "variance[3]", "\xcf\x83\xc2\xb2[3]" },
		{ "variance[3,4]", "\xcf\x83\xc2\xb2[3,4]" },
		{ "variance2[3]", "variance2[3]" },
		{ "mu[0]", "height" },
		{ "mu[1]", "mu[1]" }, /* "mu[1] " is another name */
		{ "mu", "mu" },
		{ "cov[0,1]", "c\xe2\x82\x80\xe2\x82\x81" },
		{ "cov[0,2]", "cov[0,2]" },
		{ "empty[2]", "[2]" },
		{ "bad", "\xef\xbf\xbd" },
		{ "", "" },
		{ "unknown\xff", "unknown\xef\xbf\xbd" },
	};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char name[ABI_PLOT_NAME_SIZE];
		abi_plot_name(plot, names[i].parameter, name);
		ck_assert_str_eq(name, names[i].name);
	}
}
END_TEST

START_TEST(without_labels_parameters_have_their_names)
{
	abi_plot *plain;
	char name[ABI_PLOT_NAME_SIZE];
	ck_assert_int_eq(abi_plot_create(NULL, &plain), ABI_OK);
	abi_plot_name(plain, "variance[3]", name);
	ck_assert_str_eq(name, "variance[3]");
	char endless[1000];
	memset(endless, 'x', sizeof endless - 1);
	endless[sizeof endless - 1] = '\0';
	abi_plot_name(plain, endless, name);
	ck_assert_uint_eq(strlen(name), ABI_PLOT_NAME_SIZE - 1);
	abi_plot_free(plain);
}
END_TEST

START_TEST(bytes_grow)
{
	abi_plot_bytes bytes = { 0 };
	for (unsigned i = 0; i < 30000; i++) {
		unsigned char piece[3] = { (unsigned char)i, (unsigned char)(i >> 8), 7 };
		ck_assert(abi_plot_append(plot, &bytes, piece, 3));
	}
	ck_assert(abi_plot_append(plot, &bytes, NULL, 0));
	ck_assert_uint_eq(bytes.count, 90000);
	for (unsigned i = 0; i < 30000; i++)
		ck_assert(bytes.values[3 * i] == (unsigned char)i && bytes.values[3 * i + 1] == i >> 8 && bytes.values[3 * i + 2] == 7);
	ck_assert(!abi_plot_append(plot, &bytes, "", SIZE_MAX - 1));
	ck_assert_uint_eq(bytes.count, 90000);
	abi_plot_release(plot, bytes.values);
	ck_assert_ptr_null(abi_plot_allocate(plot, SIZE_MAX / 2, 16));
}
END_TEST

START_TEST(a_drawing_that_failed_is_no_page)
{
	cairo_t *drawing = abi_plot_page_begin(plot);
	ck_assert_ptr_nonnull(drawing);
	cairo_restore(drawing); /* without a save */
	ck_assert_int_eq(abi_plot_page_end(plot, drawing, 100, 100, "Broken"), ABI_E_NUMERIC);
	ck_assert_ptr_nonnull(strstr(abi_plot_error(plot), "\"Broken\" could not be drawn"));
	ck_assert_uint_eq(abi_plot_pages(plot), 0);
	for (size_t i = 0; i < 20; i++)
		ck_assert_int_eq(abi_plot_page_end(plot, abi_plot_page_begin(plot), 100, 50, "Empty"), ABI_OK);
	ck_assert_uint_eq(abi_plot_pages(plot), 20);
	ck_assert(abi_plot_page_width(plot, 19) == 100 && abi_plot_page_height(plot, 19) == 50);
	abi_plot_truncate(plot, 3);
	ck_assert_uint_eq(abi_plot_pages(plot), 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plot/document");
	TCase *cases = tcase_create("document");
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, parameters_are_called_by_their_labels);
	tcase_add_test(cases, without_labels_parameters_have_their_names);
	tcase_add_test(cases, bytes_grow);
	tcase_add_test(cases, a_drawing_that_failed_is_no_page);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
