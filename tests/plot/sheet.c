/* Panels of a page: where names, remarks and ticks stand. */

#include "plot/sheet.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PANELS = 8 };

/* What the panels were given, and how they came out. */
typedef struct page {
	const char *name, *remark; /* of the odd panels */
	double top[PANELS], left[PANELS], width[PANELS], height[PANELS];
} page;

static abi_plot *plot;

static void setup(void)
{
	ck_assert_int_eq(abi_plot_create(NULL, &plot), ABI_OK);
}

static void teardown(void)
{
	abi_plot_free(plot);
}

static void axes(const void *data, size_t panel, abi_axes *axes)
{
	const page *p = data;
	axes->x = axes->y = (abi_range){ 0, 1 };
	snprintf(axes->name, sizeof axes->name, "%s", p->name);
	snprintf(axes->remark, sizeof axes->remark, "%s", panel % 2 == 1 ? p->remark : "");
}

static void keep_place(const void *data, size_t panel, const abi_panel *area)
{
	page *p = (page *)(uintptr_t)data;
	p->top[panel] = area->top;
	p->left[panel] = area->left;
	p->width[panel] = area->width;
	p->height[panel] = area->height;
}

static void draw(page *p)
{
	abi_sheet sheet = { .title = "t", .panels = PANELS, .aspect = 0.7, .axes = axes, .draw = keep_place, .data = p };
	ck_assert_msg(abi_sheet_draw(plot, &sheet) == ABI_OK, "%s", abi_plot_error(plot));
}

/* A remark hides no data: it has a line of its own, and panels beside each other stay in line. */
START_TEST(remarks_stand_between_name_and_frame)
{
	page plain = { .name = "a", .remark = "" }, remarked = { .name = "a", .remark = "r 0.82, skill 0.68" };
	draw(&plain);
	draw(&remarked);
	ck_assert_double_ge(remarked.top[0], plain.top[0] + ABI_SIZE_TICK);
	for (size_t i = 1; i < 4; i++)
		ck_assert_double_eq(remarked.top[i], remarked.top[0]);
	ck_assert_double_ge(remarked.top[4], remarked.top[0] + remarked.height[0] + 2 * ABI_SIZE_TICK + ABI_SIZE_NAME + ABI_SIZE_TICK);
}
END_TEST

/* Whatever is written, frames have the same size, and the page keeps its width: long texts are shortened. */
START_TEST(long_texts_move_no_frame)
{
	char text[90];
	memset(text, 'm', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	page brief = { .name = "a", .remark = "r" }, wordy = { .name = text, .remark = text };
	draw(&brief);
	draw(&wordy);
	for (size_t i = 0; i < PANELS; i++) {
		ck_assert_double_eq(wordy.left[i], brief.left[i]);
		ck_assert_double_eq(wordy.top[i], brief.top[i]);
		ck_assert_double_eq(wordy.width[i], brief.width[i]);
	}
}
END_TEST

/* The smallest frames there are have three numbers on the y axis or more, and none of them touches its neighbour. */
START_TEST(ticks_are_enough_and_apart)
{
	static const abi_range ranges[] = { { -0.14, 0.16 }, { -7.2, 3.7 }, { 0, 69 }, { 0, 1 }, { -0.03, 1.03 }, { 0, 260 }, { -1.3e-6, 4.1e-6 }, { 3e6, 9e6 } };
	cairo_t *drawing = abi_plot_page_begin(plot);
	ck_assert_ptr_nonnull(drawing);
	abi_text_style style = { .size = ABI_SIZE_TICK };
	for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
		for (double width = 40; width < 400; width += 20) {
			abi_axes axes = { .x = ranges[r], .y = ranges[r] };
			abi_ticks x, y;
			abi_sheet_ticks(plot, drawing, &axes, width, width * 0.7, &x, &y);
			double points = 1 / (ranges[r].high - ranges[r].low);
			if (width * 0.7 > 72)
				ck_assert_msg(y.count >= 3, "%zu ticks on %g…%g", y.count, ranges[r].low, ranges[r].high);
			if (y.count > 1 && width * 0.7 > 45)
				ck_assert_double_ge((y.values[1] - y.values[0]) * points * width * 0.7, ABI_SIZE_TICK);
			for (size_t i = 1; i < x.count && width >= 100; i++) {
				double taken = abi_text_width(drawing, &plot->fonts, &style, x.texts[i - 1]) / 2 + abi_text_width(drawing, &plot->fonts, &style, x.texts[i]) / 2;
				ck_assert_double_ge((x.values[i] - x.values[i - 1]) * points * width, taken);
			}
		}
	}
	ck_assert_int_eq(abi_plot_page_end(plot, drawing, 100, 100, "t"), ABI_OK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plot/sheet");
	TCase *cases = tcase_create("sheet");
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, remarks_stand_between_name_and_frame);
	tcase_add_test(cases, long_texts_move_no_frame);
	tcase_add_test(cases, ticks_are_enough_and_apart);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
