#include "plot/report_parts.h"

#include <string.h>

abi_report *abi_report_make(abi_plot *plot, const char *title)
{
	abi_report *made = abi_plot_allocate(plot, 1, sizeof *made);
	char *copy = abi_plot_string(plot, title);
	if (made == NULL || copy == NULL) {
		abi_plot_release(plot, copy);
		abi_plot_release(plot, made);
		return NULL;
	}
	*made = (abi_report){ .plot = plot, .title = copy, .sections = { .plot = plot }, .whole = { .plot = plot } };
	return made;
}

static void drop_verdicts(abi_report *report, size_t count)
{
	while (report->verdict_count > count)
		abi_plot_release(report->plot, report->verdicts[--report->verdict_count]);
}

static void drop_line(abi_report *report, abi_report_line *line)
{
	abi_plot_release(report->plot, line->table);
	abi_plot_release(report->plot, line->name);
	abi_plot_release(report->plot, line->value);
}

static void drop_rows(abi_report *report, size_t count)
{
	while (report->row_count > count)
		drop_line(report, &report->rows[--report->row_count]);
}

void abi_report_destroy(abi_report *report)
{
	abi_plot *plot = report->plot;
	drop_verdicts(report, 0);
	drop_rows(report, 0);
	abi_plot_release(plot, report->verdicts);
	abi_plot_release(plot, report->rows);
	abi_plot_release(plot, report->sections.bytes.values);
	abi_plot_release(plot, report->whole.bytes.values);
	abi_plot_release(plot, report->title);
	abi_plot_release(plot, report);
	abi_plot_free(plot);
}

/* ---- growing ----------------------------------------------------------------------------------------------------------------------- */

/* Room for one more item; the array, moved or not, or NULL. */
static void *grown(const abi_report *report, void *items, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return items;
	size_t larger = 2 * *capacity + 16;
	void *moved = abi_plot_allocate(report->plot, larger, size);
	if (moved == NULL)
		return NULL;
	if (count != 0)
		memcpy(moved, items, count * size);
	abi_plot_release(report->plot, items);
	*capacity = larger;
	return moved;
}

abi_status abi_report_add_verdict(abi_report *report, size_t place, const char *sentence)
{
	char **verdicts = grown(report, report->verdicts, report->verdict_count, &report->verdict_capacity, sizeof *verdicts);
	if (verdicts == NULL)
		return abi_plot_fail_memory(report->plot, "a verdict");
	report->verdicts = verdicts;
	char *copy = abi_plot_string(report->plot, sentence);
	if (copy == NULL)
		return abi_plot_fail_memory(report->plot, "a verdict");
	memmove(verdicts + place + 1, verdicts + place, (report->verdict_count - place) * sizeof *verdicts);
	verdicts[place] = copy;
	report->verdict_count++;
	return ABI_OK;
}

abi_status abi_report_add_row(abi_report *report, const char *table, const char *name, const char *value)
{
	abi_report_line *rows = grown(report, report->rows, report->row_count, &report->row_capacity, sizeof *rows);
	if (rows == NULL)
		return abi_plot_fail_memory(report->plot, "a table");
	report->rows = rows;
	abi_report_line line = { abi_plot_string(report->plot, table), abi_plot_string(report->plot, name), abi_plot_string(report->plot, value) };
	if (line.table == NULL || line.name == NULL || line.value == NULL) {
		drop_line(report, &line);
		return abi_plot_fail_memory(report->plot, "a table");
	}
	rows[report->row_count++] = line;
	return ABI_OK;
}

void abi_report_add_figure(abi_report *report, abi_plot *plot, const char *caption)
{
	abi_html *html = &report->sections;
	abi_html_markup(html, "<figure>\n");
	for (size_t page = 0; page < abi_plot_pages(plot); page++) {
		abi_html_markup(html, "<div class=\"scroll\">\n");
		abi_html_picture(html, plot, page);
		abi_html_markup(html, "</div>\n");
	}
	if (caption != NULL)
		abi_html_element(html, "figcaption", caption);
	abi_html_markup(html, "</figure>\n");
}

abi_report_mark abi_report_begin(abi_report *report)
{
	report->sections.status = ABI_OK;
	abi_plot_clear(report->plot);
	return (abi_report_mark){ report->sections.bytes.count, report->row_count, report->verdict_count, report->bad };
}

abi_status abi_report_end(abi_report *report, abi_report_mark before, abi_status status)
{
	abi_plot_clear(report->plot);
	if (status == ABI_OK)
		status = report->sections.status;
	if (status != ABI_OK) {
		report->sections.bytes.count = before.bytes;
		drop_rows(report, before.rows);
		drop_verdicts(report, before.verdicts);
		report->bad = before.bad;
	}
	return status;
}

/* ---- writing ----------------------------------------------------------------------------------------------------------------------- */

static void write_verdicts(abi_report *report, abi_html *html)
{
	if (report->verdict_count == 0)
		return;
	abi_html_markup(html, report->bad ? "<div class=\"verdict bad\">\n" : "<div class=\"verdict\">\n");
	abi_html_element(html, "p", report->verdicts[0]);
	if (report->verdict_count > 1) {
		abi_html_markup(html, "<ul>\n");
		for (size_t i = 1; i < report->verdict_count; i++)
			abi_html_element(html, "li", report->verdicts[i]);
		abi_html_markup(html, "</ul>\n");
	}
	abi_html_markup(html, "</div>\n");
}

static bool begun_before(const abi_report_line *rows, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(rows[k].table, rows[i].table) == 0)
			return true;
	return false;
}

static void write_tables(abi_report *report, abi_html *html)
{
	const abi_report_line *rows = report->rows;
	for (size_t i = 0; i < report->row_count; i++) {
		if (begun_before(rows, i))
			continue;
		abi_html_element(html, "h2", rows[i].table);
		abi_html_markup(html, "<div class=\"scroll\"><table class=\"pairs\">\n<tbody>\n");
		for (size_t k = i; k < report->row_count; k++) {
			if (strcmp(rows[k].table, rows[i].table) != 0)
				continue;
			abi_html_markup(html, "<tr>");
			abi_html_element(html, "td", rows[k].name);
			abi_html_element(html, "td", rows[k].value);
			abi_html_markup(html, "</tr>\n");
		}
		abi_html_markup(html, "</tbody></table></div>\n");
	}
}

abi_status abi_report_write(abi_report *report)
{
	abi_html *html = &report->whole;
	html->status = ABI_OK;
	html->bytes.count = 0;
	abi_html_begin(html, report->title);
	write_verdicts(report, html);
	if (html->status == ABI_OK && !abi_plot_append(report->plot, &html->bytes, report->sections.bytes.values, report->sections.bytes.count))
		html->status = abi_plot_fail_memory(report->plot, "a report");
	write_tables(report, html);
	abi_html_end(html);
	return html->status;
}
