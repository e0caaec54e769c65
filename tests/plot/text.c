/* Cleaning, measuring, shortening and breaking text. */

#include "plot/text.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

static cairo_t *drawing;
static abi_fonts fonts;
static const abi_text_style style = { .size = 10, .color = { 0, 0, 0, 1 } };

static void setup(void)
{
	cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
	drawing = cairo_create(surface);
	cairo_surface_destroy(surface);
	abi_text_settings(drawing);
	abi_fonts_open(&fonts, "sans-serif");
}

static void teardown(void)
{
	abi_fonts_close(&fonts);
	cairo_destroy(drawing);
}

#define BAD "\xef\xbf\xbd"

START_TEST(what_is_not_utf8_is_replaced)
{
	static const struct {
		const char *text, *clean;
	} texts[] = {
		{ "plain", "plain" },
		{ "\xcf\x83\xc2\xb2", "\xcf\x83\xc2\xb2" },
		{ "\xe5\x8f\x82\xf0\x9f\x99\x82", "\xe5\x8f\x82\xf0\x9f\x99\x82" },
		{ "a\xff" "b", "a" BAD "b" },                 /* never a byte of UTF-8 */
		{ "\x80", BAD },                              /* a continuation alone */
		{ "\xc3", BAD },                              /* cut short */
		{ "\xe2\x82", BAD BAD },
		{ "\xc0\xaf", BAD BAD },                      /* overlong */
		{ "\xe0\x80\xaf", BAD BAD BAD },
		{ "\xf0\x80\x80\xaf", BAD BAD BAD BAD },
		{ "\xed\xa0\x80", BAD BAD BAD },              /* a surrogate */
		{ "\xf4\x90\x80\x80", BAD BAD BAD BAD },      /* beyond the last character */
		{ "\xef\xbf\xbf", BAD BAD BAD },              /* no character */
		{ "tab\there\nand\x7f", "tab" BAD "here" BAD "and" BAD },
		{ "\xc2\x85", BAD BAD },                      /* a control character of two bytes */
		{ "", "" },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char clean[64];
		abi_text_clean(texts[i].text, clean, sizeof clean);
		ck_assert_msg(strcmp(clean, texts[i].clean) == 0, "text %zu", i);
		cairo_text_extents_t extents;
		cairo_text_extents(drawing, clean, &extents);
		ck_assert_int_eq(cairo_status(drawing), CAIRO_STATUS_SUCCESS);
	}
}
END_TEST

START_TEST(cleaning_cuts_between_characters)
{
	const char *text = "a\xcf\x83\xe5\x8f\x82\xf0\x9f\x99\x82z"; /* 1, 2, 3, 4 and 1 bytes */
	const size_t kept[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };
	for (size_t room = 1; room <= 12; room++) {
		char clean[16];
		memset(clean, 'x', sizeof clean);
		abi_text_clean(text, clean, room);
		ck_assert_uint_eq(strlen(clean), kept[room - 1]);
		ck_assert(strncmp(clean, text, kept[room - 1]) == 0);
	}
}
END_TEST

START_TEST(widths_add_up_over_runs_of_different_fonts)
{
	double one = abi_text_width(drawing, &fonts, &style, "variance"), other = abi_text_width(drawing, &fonts, &style, "\xe5\x8f\x82\xe6\x95\xb0");
	double both = abi_text_width(drawing, &fonts, &style, "variance\xe5\x8f\x82\xe6\x95\xb0");
	ck_assert(one > 20 && one < 80);
	ck_assert(other > 5);
	ck_assert_double_eq_tol(both, one + other, 1e-6);
	ck_assert_double_eq(abi_text_width(drawing, &fonts, &style, ""), 0);
	abi_text_style larger = style;
	larger.size = 20;
	ck_assert_double_eq_tol(abi_text_width(drawing, &fonts, &larger, "variance"), 2 * one, 1e-3 * one);
}
END_TEST

/* A beginning of the whole, an ellipsis, and an end of the whole. */
static bool is_shortened(const char *text, const char *whole)
{
	const char *dots = strstr(text, "\xe2\x80\xa6");
	size_t tail = dots != NULL ? strlen(dots + 3) : 0;
	return dots != NULL && strncmp(text, whole, (size_t)(dots - text)) == 0 && strcmp(dots + 3, whole + strlen(whole) - tail) == 0;
}

START_TEST(a_text_is_shortened_in_its_middle)
{
	static const char *const texts[] = { "a_very_long_name_of_a_variable[17]", "\xcf\x83\xcf\x83\xcf\x83\xcf\x83\xcf\x83\xcf\x83\xcf\x83\xcf\x83[3]",
		                             "\xe5\x8f\x82\xe6\x95\xb0\xe5\x8f\x82\xe6\x95\xb0\xe5\x8f\x82\xe6\x95\xb0", "ab", "a", "" };
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		double whole = abi_text_width(drawing, &fonts, &style, texts[i]);
		for (double width = 0; width < whole + 5; width += 1.7) {
			char text[128];
			strcpy(text, texts[i]);
			abi_text_fit(drawing, &fonts, &style, width, text);
			ck_assert_double_le(abi_text_width(drawing, &fonts, &style, text), width);
			if (whole <= width)
				ck_assert_str_eq(text, texts[i]);
			else if (text[0] != '\0')
				ck_assert(is_shortened(text, texts[i]));
		}
	}
}
END_TEST

START_TEST(lines_are_broken_at_blanks)
{
	const char *text = "one two three four five six seven eight nine ten";
	double whole = abi_text_width(drawing, &fonts, &style, text);
	ck_assert_uint_eq(abi_text_wrap(drawing, &fonts, &style, 0, 0, whole + 1, text, 0), 1);
	size_t lines = abi_text_wrap(drawing, &fonts, &style, 0, 0, whole / 3, text, 0);
	ck_assert(lines == 3 || lines == 4);
	ck_assert_uint_eq(abi_text_wrap(drawing, &fonts, &style, 0, 0, 1, text, 0), 10);
	ck_assert_uint_eq(abi_text_wrap(drawing, &fonts, &style, 0, 0, 1, "", 0), 0);
	char endless[2000];
	memset(endless, 'w', sizeof endless - 1);
	endless[sizeof endless - 1] = '\0';
	ck_assert_uint_le(abi_text_wrap(drawing, &fonts, &style, 0, 0, 100, endless, 0), 1);
	double x, y, width, height;
	abi_text_wrap(drawing, &fonts, &style, 5, 20, whole / 3, text, 1);
	cairo_recording_surface_ink_extents(cairo_get_target(drawing), &x, &y, &width, &height);
	ck_assert(x >= 4 && x + width <= 5 + whole / 3 + 1 && height > 2 * 1.35 * style.size);
}
END_TEST

START_TEST(alignment_moves_the_ink)
{
	const char *text = "mmmm";
	double width = abi_text_width(drawing, &fonts, &style, text);
	const double left[] = { 100, 100 - width / 2, 100 - width };
	for (int align = ABI_ALIGN_LEFT; align <= ABI_ALIGN_RIGHT; align++) {
		double x, y, w, h;
		abi_text_style aligned = style;
		aligned.align = (abi_align)align;
		teardown();
		setup();
		abi_text_show(drawing, &fonts, &aligned, 100, 50, text);
		cairo_recording_surface_ink_extents(cairo_get_target(drawing), &x, &y, &w, &h);
		ck_assert_double_eq_tol(x, left[align], 2);
		ck_assert_double_eq_tol(w, width, 3);
		teardown();
		setup();
		abi_text_show_upward(drawing, &fonts, &aligned, 50, 200 - 100, text);
		cairo_recording_surface_ink_extents(cairo_get_target(drawing), &x, &y, &w, &h);
		ck_assert_double_eq_tol(y + h, 200 - left[align], 3);
		ck_assert_double_eq_tol(h, width, 3);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plot/text");
	TCase *cases = tcase_create("text");
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, what_is_not_utf8_is_replaced);
	tcase_add_test(cases, cleaning_cuts_between_characters);
	tcase_add_test(cases, widths_add_up_over_runs_of_different_fonts);
	tcase_add_test(cases, a_text_is_shortened_in_its_middle);
	tcase_add_test(cases, lines_are_broken_at_blanks);
	tcase_add_test(cases, alignment_moves_the_ink);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
