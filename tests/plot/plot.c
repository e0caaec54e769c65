/* The border of plot.h, and every picture in every format: nothing clipped, nothing malformed, nothing leaked. */

#include "plot/document.h"
#include "support/allocator.h"
#include "support/every_picture.h"
#include "support/markup.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static every_picture problem;
static abi_plot *plot;

static void setup(void)
{
	every_picture_start(&problem, 12, "variance", 60, 30);
	ck_assert_int_eq(abi_plot_create(NULL, &plot), ABI_OK);
}

static void teardown(void)
{
	abi_plot_free(plot);
	every_picture_stop(&problem);
}

static void expect(abi_status status, abi_status expected, const char *part)
{
	ck_assert_msg(status == expected, "status %d, expected %d: %s", (int)status, (int)expected, abi_plot_error(plot));
	ck_assert_msg(strstr(abi_plot_error(plot), part) != NULL, "\"%s\" does not say \"%s\"", abi_plot_error(plot), part);
}

/* ---- nothing is clipped ------------------------------------------------------------------------------------------------------------- */

static void check_pages_hold_their_ink(const char *what, size_t parameters)
{
	ck_assert_uint_gt(plot->count, 0);
	for (size_t i = 0; i < plot->count; i++) {
		const abi_plot_page *page = &plot->pages[i];
		double x, y, width, height, margin = abi_plot_recorded_margin;
		cairo_recording_surface_ink_extents(page->recording, &x, &y, &width, &height);
		x -= margin;
		y -= margin;
		ck_assert_msg(x >= 0 && y >= 0 && x + width <= page->width && y + height <= page->height,
		              "%s of %zu parameters, page %zu: ink %g…%g × %g…%g on a page of %g × %g", what, parameters, i, x, x + width, y, y + height,
		              page->width, page->height);
		ck_assert_msg(width > page->width / 2 && height > page->height / 2, "%s of %zu parameters, page %zu is nearly empty", what, parameters, i);
		ck_assert(page->width <= plot->width && page->height < 3000);
		ck_assert(page->title[0] != '\0');
	}
}

static void check_all_pictures(size_t parameters, const char *name, const char *labels, double width, int32_t panels)
{
	every_picture made;
	abi_plot_options options;
	abi_plot_options_init(&options, sizeof options);
	options.labels = labels;
	options.width = width;
	options.max_panels = panels;
	every_picture_start(&made, parameters, name, 40, 20);
	ck_assert_int_eq(abi_plot_create(&options, &plot), ABI_OK);
	for (size_t i = 0; i < EVERY_PICTURE_COUNT; i++) {
		abi_plot_clear(plot);
		ck_assert_msg(every_picture_draw(&made, i, plot) == ABI_OK, "%s: %s", every_picture_name(i), abi_plot_error(plot));
		check_pages_hold_their_ink(every_picture_name(i), parameters);
	}
	abi_plot_free(plot);
	every_picture_stop(&made);
}

#define LONG_NAME "a_variable_whose_name_has_all_the_sixty_three_letters_allowed_e"

START_TEST(nothing_is_clipped_with_one_parameter)
{
	check_all_pictures(1, "v", NULL, 720, 0);
	check_all_pictures(1, LONG_NAME, NULL, 720, 0);
	check_all_pictures(1, "v", "v=\xcf\x83\xc2\xb2 der L\xc3\xa4nge, \xe5\x8f\x82\xe6\x95\xb0 \xd0\xbf\xd0\xb0\xd1\x80\xd0\xb0\xd0\xbc\xd0\xb5\xd1\x82\xd1\x80", 720, 0);
}
END_TEST

START_TEST(nothing_is_clipped_with_twelve_parameters)
{
	check_all_pictures(12, "variance", NULL, 720, 0);
	check_all_pictures(12, LONG_NAME, NULL, 720, 5);
	check_all_pictures(12, "variance", "variance=\xcf\x83\xc2\xb2", 1500, 0);
}
END_TEST

START_TEST(nothing_is_clipped_with_ninety_parameters)
{
	check_all_pictures(90, LONG_NAME, NULL, 720, 0);
	check_all_pictures(90, "v", "v=\xe5\x8f\x82\xe6\x95\xb0\xe5\x8f\x82\xe6\x95\xb0\xe5\x8f\x82\xe6\x95\xb0", 720, 12);
}
END_TEST

START_TEST(nothing_is_clipped_on_a_narrow_page)
{
	check_all_pictures(3, LONG_NAME, NULL, 300, 0);
}
END_TEST

START_TEST(many_parameters_take_several_pages_or_the_worst)
{
	every_picture made;
	every_picture_start(&made, 45, "v", 40, 20);
	expect(abi_plot_recovery(plot, made.diagnostics), ABI_OK, "");
	ck_assert_uint_eq(abi_plot_pages(plot), 3);
	ck_assert_str_eq(abi_plot_page_title(plot, 1), "Recovery (page 2 of 3)");
	plot->max_panels = 6;
	expect(abi_plot_recovery(plot, made.diagnostics), ABI_OK, "");
	ck_assert_uint_eq(abi_plot_pages(plot), 4);
	ck_assert_str_eq(abi_plot_page_title(plot, 3), "Recovery");
	every_picture_stop(&made);
}
END_TEST

/* ---- formats ------------------------------------------------------------------------------------------------------------------------ */

/* Numbers that printf could not write. */
static bool has_wrong_numbers(const char *svg)
{
	return strstr(svg, "nan") != NULL || strstr(svg, "inf ") != NULL || strstr(svg, "inf\"") != NULL || strstr(svg, "NaN") != NULL;
}

static void check_svg(const char *what, const uint8_t *bytes, size_t count)
{
	char error[MARKUP_ERROR_SIZE], *text = malloc(count + 1);
	ck_assert_ptr_nonnull(text);
	memcpy(text, bytes, count);
	text[count] = '\0';
	ck_assert_msg(markup_error(text, count, 0, error) == NULL, "%s: %s", what, error);
	ck_assert_msg(!has_wrong_numbers(text), "%s has a number that is none", what);
	ck_assert_msg(strstr(text, "url(#pattern") == NULL && strstr(text, "<image") == NULL, "%s is no drawing but a picture of one", what);
	free(text);
}

typedef struct source {
	const uint8_t *bytes;
	size_t left;
} source;

static cairo_status_t read_bytes(void *closure, unsigned char *into, unsigned int count)
{
	source *s = closure;
	if (count > s->left)
		return CAIRO_STATUS_READ_ERROR;
	memcpy(into, s->bytes, count);
	s->bytes += count;
	s->left -= count;
	return CAIRO_STATUS_SUCCESS;
}

/* It can be read, has the size of the page, and shows more than a white sheet. */
static void check_png(const char *what, const uint8_t *bytes, size_t count, const abi_plot_page *page, double resolution)
{
	source s = { bytes, count };
	cairo_surface_t *image = cairo_image_surface_create_from_png_stream(read_bytes, &s);
	ck_assert_msg(cairo_surface_status(image) == CAIRO_STATUS_SUCCESS, "%s cannot be read", what);
	ck_assert_int_eq(cairo_image_surface_get_width(image), (int)ceil(page->width * resolution / 72));
	int height = cairo_image_surface_get_height(image), stride = cairo_image_surface_get_stride(image), dark = 0;
	const unsigned char *pixels = cairo_image_surface_get_data(image);
	for (int i = 0; i < height * stride; i += 4)
		dark += pixels[i] < 128;
	ck_assert_msg(dark > 500, "%s shows nothing", what);
	cairo_surface_destroy(image);
}

START_TEST(every_picture_in_every_format_is_well_formed)
{
	for (size_t i = 0; i < EVERY_PICTURE_COUNT; i++) {
		const char *what = every_picture_name(i);
		const uint8_t *bytes;
		size_t count;
		abi_plot_clear(plot);
		expect(every_picture_draw(&problem, i, plot), ABI_OK, "");
		for (size_t page = 0; page < abi_plot_pages(plot); page++) {
			expect(abi_plot_render(plot, page, ABI_PLOT_FORMAT_SVG, &bytes, &count), ABI_OK, "");
			check_svg(what, bytes, count);
			expect(abi_plot_render(plot, page, ABI_PLOT_FORMAT_PDF, &bytes, &count), ABI_OK, "");
			ck_assert_msg(count > 2000 && memcmp(bytes, "%PDF-", 5) == 0 && memcmp(bytes + count - 6, "%%EOF\n", 6) == 0, "%s is no PDF", what);
			expect(abi_plot_render(plot, page, ABI_PLOT_FORMAT_PNG, &bytes, &count), ABI_OK, "");
			check_png(what, bytes, count, &plot->pages[page], 144);
		}
	}
}
END_TEST

START_TEST(the_same_picture_has_the_same_pixels)
{
	const uint8_t *bytes;
	size_t count;
	for (size_t i = 0; i < EVERY_PICTURE_COUNT; i++) {
		abi_plot_clear(plot);
		expect(every_picture_draw(&problem, i, plot), ABI_OK, "");
		expect(abi_plot_render(plot, 0, ABI_PLOT_FORMAT_PNG, &bytes, &count), ABI_OK, "");
		uint8_t *first = malloc(count);
		ck_assert_ptr_nonnull(first);
		memcpy(first, bytes, count);
		size_t before = count;
		abi_plot_clear(plot);
		expect(every_picture_draw(&problem, i, plot), ABI_OK, "");
		expect(abi_plot_render(plot, 0, ABI_PLOT_FORMAT_PNG, &bytes, &count), ABI_OK, "");
		ck_assert(count == before && memcmp(first, bytes, count) == 0);
		free(first);
	}
}
END_TEST

/* The prior's outline is drawn over its own range, which may lie far outside of what is shown, or be one point. */
START_TEST(priors_of_all_kinds_are_drawn)
{
	static const struct {
		double from, step;
	} priors[] = { { 1e9, 1 }, { -1e9, 1 }, { 0, 0 }, { 100, 0 }, { -50, 2 }, { 25, 0.001 } };
	double values[50];
	const size_t shape[] = { 50 };
	abi_data *draws, *prior;
	const uint8_t *bytes;
	size_t count;
	ck_assert_int_eq(abi_data_create(problem.context, &draws), ABI_OK);
	ck_assert_int_eq(abi_data_create(problem.context, &prior), ABI_OK);
	for (size_t i = 0; i < 50; i++)
		values[i] = (double)(i * i % 47);
	ck_assert_int_eq(abi_data_set(draws, "mu", ABI_F64, 1, 1, shape, values), ABI_OK);
	for (size_t k = 0; k < sizeof priors / sizeof priors[0]; k++) {
		for (size_t i = 0; i < 50; i++)
			values[i] = priors[k].from + priors[k].step * (double)i;
		ck_assert_int_eq(abi_data_set(prior, "mu", ABI_F64, 50, 0, NULL, values), ABI_OK);
		abi_plot_clear(plot);
		expect(abi_plot_pairs(plot, draws, 0, prior, NULL), ABI_OK, "");
		check_pages_hold_their_ink("pairs", 1);
		expect(abi_plot_render(plot, 0, ABI_PLOT_FORMAT_SVG, &bytes, &count), ABI_OK, "");
		check_svg("pairs", bytes, count);
	}
	abi_data_free(prior);
	abi_data_free(draws);
}
END_TEST

/* ---- files -------------------------------------------------------------------------------------------------------------------------- */

static char folder[64];

static const char *in_folder(const char *name)
{
	static char path[160];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

/* 1 when it was there; it is gone afterwards. */
static int took_away(const char *name)
{
	return remove(in_folder(name)) == 0;
}

START_TEST(files_are_numbered_unless_there_is_one_page)
{
	static const char *const suffixes[] = { ".svg", ".png", ".pdf" };
	strcpy(folder, "plot_test_XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	expect(abi_plot_recovery(plot, problem.diagnostics), ABI_OK, "");
	char name[64];
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "one.more%s", suffixes[i]);
		expect(abi_plot_save(plot, in_folder(name), ABI_PLOT_FORMAT_AUTO), ABI_OK, "");
		ck_assert(took_away(name));
	}
	expect(abi_plot_save(plot, in_folder("noend"), ABI_PLOT_FORMAT_PNG), ABI_OK, "");
	ck_assert(took_away("noend"));
	expect(abi_plot_coverage(plot, problem.diagnostics), ABI_OK, "");
	expect(abi_plot_save(plot, in_folder("two.svg"), ABI_PLOT_FORMAT_AUTO), ABI_OK, "");
	ck_assert(took_away("two-1.svg") && took_away("two-2.svg"));
	expect(abi_plot_save(plot, in_folder("two.png"), ABI_PLOT_FORMAT_SVG), ABI_OK, "");
	ck_assert(took_away("two-1.png") && took_away("two-2.png"));
	expect(abi_plot_save(plot, in_folder("two.pdf"), ABI_PLOT_FORMAT_AUTO), ABI_OK, "");
	ck_assert(took_away("two.pdf"));
	ck_assert_msg(rmdir(folder) == 0, "something was left in the folder");
}
END_TEST

START_TEST(what_cannot_be_written_is_said)
{
	expect(abi_plot_save(plot, "a.svg", ABI_PLOT_FORMAT_AUTO), ABI_E_STATE, "there are no pages yet");
	expect(abi_plot_recovery(plot, problem.diagnostics), ABI_OK, "");
	expect(abi_plot_save(plot, "/nowhere/at/all.svg", ABI_PLOT_FORMAT_AUTO), ABI_E_FILE, "\"/nowhere/at/all.svg\" cannot be written: No such file");
	expect(abi_plot_save(plot, "a.jpg", ABI_PLOT_FORMAT_AUTO), ABI_E_ARGUMENT, "\"a.jpg\" names no format");
	expect(abi_plot_save(plot, "svg", ABI_PLOT_FORMAT_AUTO), ABI_E_ARGUMENT, "names no format");
	expect(abi_plot_save(plot, ".svg", ABI_PLOT_FORMAT_AUTO), ABI_E_ARGUMENT, "names no format");
	expect(abi_plot_save(plot, "a.svg", 4), ABI_E_ARGUMENT, "format 4");
	expect(abi_plot_save(plot, NULL, ABI_PLOT_FORMAT_SVG), ABI_E_ARGUMENT, "path is NULL");
	/* A folder stands where the file should be. */
	strcpy(folder, "plot_test_XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	expect(abi_plot_save(plot, folder, ABI_PLOT_FORMAT_PNG), ABI_E_FILE, "cannot be written");
	char left[80];
	snprintf(left, sizeof left, "%s.part", folder);
	ck_assert_int_ne(access(left, F_OK), 0);
	rmdir(folder);
}
END_TEST

/* ---- arguments ---------------------------------------------------------------------------------------------------------------------- */

START_TEST(options_are_checked)
{
	abi_plot_options options;
	abi_plot *made = plot;
	ck_assert_int_eq(abi_plot_create(NULL, NULL), ABI_E_ARGUMENT);
	for (int i = 0; i < 9; i++) {
		abi_plot_options_init(&options, sizeof options);
		ck_assert_uint_eq(options.size, sizeof options);
		switch (i) {
		case 0: options.size = 0; break;
		case 1: options.width = 100; break;
		case 2: options.width = NAN; break;
		case 3: options.resolution = 10; break;
		case 4: options.max_panels = -1; break;
		case 5: options.max_dots = 0; break;
		case 6: options.allocate = failing_allocate; break;
		case 7: options.resolution = 1e9; break;
		default: options.max_dots = INT32_MAX; break;
		}
		ck_assert_int_eq(abi_plot_create(&options, &made), ABI_E_ARGUMENT);
		ck_assert_ptr_null(made);
	}
	struct {
		abi_plot_options known;
		uint64_t later;
	} longer;
	abi_plot_options_init(&longer.known, sizeof longer);
	ck_assert_int_eq(abi_plot_create(&longer.known, &made), ABI_OK);
	abi_plot_free(made);
	longer.later = 1;
	ck_assert_int_eq(abi_plot_create(&longer.known, &made), ABI_E_UNSUPPORTED);
	abi_plot_free(NULL);
	ck_assert_str_eq(abi_plot_error(NULL), "");
}
END_TEST

START_TEST(pictures_check_their_arguments)
{
	double one = 1, bad[] = { NAN, INFINITY };
	abi_data *none;
	abi_diagnostics *empty;
	ck_assert_int_eq(abi_diagnostics_create(problem.context, &empty), ABI_OK);
	ck_assert_int_eq(abi_data_create(problem.context, &none), ABI_OK);
	expect(abi_plot_recovery(plot, NULL), ABI_E_ARGUMENT, "diagnostics is NULL");
	expect(abi_plot_recovery(plot, empty), ABI_E_STATE, "0 data sets, expected at least 2");
	expect(abi_plot_z_score_contraction(plot, empty), ABI_E_STATE, "abi_plot_z_score_contraction");
	expect(abi_plot_metrics(plot, empty), ABI_E_STATE, "abi_plot_metrics");
	expect(abi_plot_calibration_ecdf(plot, empty, ABI_PLOT_ECDF_STACKED), ABI_E_STATE, "abi_plot_calibration_ecdf");
	expect(abi_plot_calibration_ecdf(plot, problem.diagnostics, 3), ABI_E_ARGUMENT, "kind is 3");
	expect(abi_plot_calibration_histogram(plot, empty), ABI_E_STATE, "abi_plot_calibration_histogram");
	expect(abi_plot_coverage(plot, empty), ABI_E_STATE, "abi_plot_coverage");
	expect(abi_plot_diagnostics(plot, empty), ABI_E_STATE, "data sets");
	expect(abi_plot_loss(plot, NULL, 1, NULL, 0), ABI_E_ARGUMENT, "losses is NULL");
	expect(abi_plot_loss(plot, &one, 0, NULL, 0), ABI_E_STATE, "no losses");
	expect(abi_plot_loss(plot, &one, 1, NULL, 1), ABI_E_ARGUMENT, "validation is NULL");
	expect(abi_plot_loss(plot, bad, 2, NULL, 0), ABI_E_STATE, "none of the 2 losses is finite");
	expect(abi_plot_loss(plot, &one, 1, NULL, 0), ABI_OK, "");
	expect(abi_plot_pairs(plot, NULL, 0, NULL, NULL), ABI_E_ARGUMENT, "draws is NULL");
	expect(abi_plot_pairs(plot, none, 0, NULL, NULL), ABI_E_STATE, "no variable");
	expect(abi_plot_predictive(plot, NULL, 1, none, NULL, 0), ABI_E_ARGUMENT, "variable is NULL");
	expect(abi_plot_predictive(plot, "y", 1, NULL, NULL, 0), ABI_E_ARGUMENT, "simulated is NULL");
	expect(abi_plot_predictive(plot, "y", 3, none, NULL, 0), ABI_E_ARGUMENT, "kind is 3");
	expect(abi_plot_null_test(plot, NULL, &one, 1, 0, NAN), ABI_E_ARGUMENT, "name is NULL");
	expect(abi_plot_null_test(plot, "t", NULL, 1, 0, NAN), ABI_E_ARGUMENT, "null is NULL");
	expect(abi_plot_null_test(plot, "t", &one, 1, NAN, NAN), ABI_E_ARGUMENT, "no number");
	expect(abi_plot_null_test(plot, "t", bad, 2, 0, NAN), ABI_E_STATE, "none of the 2 expected values");
	expect(abi_plot_null_test(plot, "t", &one, 1, INFINITY, NAN), ABI_OK, "");
	ck_assert_str_eq(abi_plot_page_title(plot, abi_plot_pages(plot) - 1), "t: observed and expected");
	ck_assert_uint_eq(abi_plot_pages(plot), 2);
	abi_diagnostics_free(empty);
	abi_data_free(none);
}
END_TEST

START_TEST(nulls_and_pages_out_of_range)
{
	const uint8_t *bytes = (const uint8_t *)"x";
	size_t count = 7;
	ck_assert_int_eq(abi_plot_loss(NULL, problem.losses, 3, NULL, 0), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_plot_recovery(NULL, problem.diagnostics), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_plot_diagnostics(NULL, problem.diagnostics), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_plot_save(NULL, "a.svg", 0), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_plot_render(NULL, 0, 1, &bytes, &count), ABI_E_ARGUMENT);
	expect(abi_plot_render(plot, 0, ABI_PLOT_FORMAT_SVG, &bytes, &count), ABI_E_ARGUMENT, "page is 0, but there are 0 pages");
	ck_assert(bytes == NULL && count == 0);
	expect(abi_plot_render(plot, 0, ABI_PLOT_FORMAT_SVG, NULL, &count), ABI_E_ARGUMENT, "bytes is NULL");
	ck_assert(abi_plot_page_width(plot, 0) == 0 && abi_plot_page_height(NULL, 0) == 0);
	ck_assert_str_eq(abi_plot_page_title(plot, 0), "");
	ck_assert_uint_eq(abi_plot_pages(NULL), 0);
	abi_plot_clear(NULL);
	expect(abi_plot_recovery(plot, problem.diagnostics), ABI_OK, "");
	expect(abi_plot_render(plot, 0, ABI_PLOT_FORMAT_AUTO, &bytes, &count), ABI_E_ARGUMENT, "format 0");
	ck_assert(abi_plot_page_width(plot, 0) > 100 && abi_plot_page_height(plot, 0) > 100);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------------------------- */

/* Draws onto a plot that has a page already, renders, and saves. */
static abi_status try_picture(const abi_plot_options *options, size_t picture)
{
	abi_plot *made;
	const uint8_t *bytes;
	size_t count;
	abi_status status = abi_plot_create(options, &made);
	if (status != ABI_OK)
		return status;
	status = abi_plot_loss(made, problem.losses, 30, NULL, 0);
	size_t before = abi_plot_pages(made);
	if (status == ABI_OK) {
		status = every_picture_draw(&problem, picture, made);
		ck_assert(status == ABI_OK ? abi_plot_pages(made) > before : abi_plot_pages(made) == before);
	}
	if (status == ABI_OK)
		status = abi_plot_render(made, 0, ABI_PLOT_FORMAT_PDF, &bytes, &count);
	if (status == ABI_OK)
		status = abi_plot_save(made, "plot_test_memory.svg", ABI_PLOT_FORMAT_AUTO);
	ck_assert(status == ABI_OK || strstr(abi_plot_error(made), "out of memory") != NULL);
	abi_plot_free(made);
	return status;
}

START_TEST(a_picture_without_memory_leaves_nothing)
{
	failing_allocator allocator;
	abi_plot_options options;
	abi_plot_options_init(&options, sizeof options);
	options.allocate = failing_allocate;
	options.deallocate = failing_deallocate;
	options.allocator_data = &allocator;
	options.labels = "variance=\xcf\x83";
	for (uint64_t n = 1;; n++) {
		failing_allocator_init(&allocator);
		allocator.fail_at = n;
		abi_status status = try_picture(&options, (size_t)_i);
		ck_assert_uint_eq(allocator.outstanding, 0);
		ck_assert_uint_eq(allocator.foreign, 0);
		ck_assert_int_eq(status, (allocator.allocations >= n ? ABI_E_MEMORY : ABI_OK));
		if (status == ABI_OK)
			break;
	}
	for (size_t page = 1; page <= 3; page++) {
		char path[64];
		snprintf(path, sizeof path, "plot_test_memory-%zu.svg", page);
		remove(path);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plot/plot");
	TCase *cases = tcase_create("plot");
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, many_parameters_take_several_pages_or_the_worst);
	tcase_add_test(cases, every_picture_in_every_format_is_well_formed);
	tcase_add_test(cases, the_same_picture_has_the_same_pixels);
	tcase_add_test(cases, priors_of_all_kinds_are_drawn);
	tcase_add_test(cases, files_are_numbered_unless_there_is_one_page);
	tcase_add_test(cases, what_cannot_be_written_is_said);
	tcase_add_test(cases, options_are_checked);
	tcase_add_test(cases, pictures_check_their_arguments);
	tcase_add_test(cases, nulls_and_pages_out_of_range);
	tcase_add_loop_test(cases, a_picture_without_memory_leaves_nothing, 0, EVERY_PICTURE_COUNT);
	suite_add_tcase(suite, cases);
	TCase *clipping = tcase_create("clipping");
	tcase_add_test(clipping, nothing_is_clipped_with_one_parameter);
	tcase_add_test(clipping, nothing_is_clipped_with_twelve_parameters);
	tcase_add_test(clipping, nothing_is_clipped_with_ninety_parameters);
	tcase_add_test(clipping, nothing_is_clipped_on_a_narrow_page);
	suite_add_tcase(suite, clipping);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
