/* Diagnostics as a section of a report: table, verdicts, pictures. */

#include "plot/numbers.h"
#include "plot/report_parts.h"
#include "plot/ticks.h"
#include "plot/verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_SIZE = 1024 };

enum { MOST_NAMES = 8, NAMES_SIZE = 1024, MOST_ROWS_OPEN = 24 };

/* Those about whom one sentence is enough: how many, and the first few names. */
typedef struct group {
	size_t count;
	char names[NAMES_SIZE];
} group;

typedef struct counts {
	size_t parameters, learned, calibrated, bad_quantities;
	size_t sentences; /* about what is bad, in front of the others */
	group little, spread, band_left;
} counts;

static void add_name(group *g, const char *name)
{
	size_t used = strlen(g->names);
	if (g->count < MOST_NAMES)
		snprintf(g->names + used, sizeof g->names - used, "%s%s", g->count > 0 ? ", " : "", name);
	else if (g->count == MOST_NAMES)
		snprintf(g->names + used, sizeof g->names - used, " and others");
	g->count++;
}

static const struct {
	int32_t metric;
	const char *title;
	int decimals;
	bool of_quantities;
} table_columns[] = {
	{ ABI_METRIC_CONTRACTION, "contraction", 3, false },
	{ ABI_METRIC_SKILL, "skill", 3, false },
	{ ABI_METRIC_Z_MEAN, "z mean", 2, false },
	{ ABI_METRIC_Z_SD, "z sd", 2, false },
	{ ABI_METRIC_CALIBRATION_ERROR, "calibration error", 3, true },
	{ ABI_METRIC_COVERAGE_90, "90 % covers", 3, true },
	{ ABI_METRIC_LOG_GAMMA, "log \xce\xb3", 2, true },
};

static void count_verdict(const abi_verdict *v, const char *name, bool quantity, counts *c)
{
	c->parameters += !quantity;
	c->learned += !quantity && v->learned != ABI_NOT_LEARNED && v->learned != ABI_MISLED;
	c->calibrated += !quantity && v->calibrated != ABI_NOT_CALIBRATED;
	c->bad_quantities += quantity && v->calibrated == ABI_NOT_CALIBRATED;
	if (v->calibrated == ABI_BAND_LEFT)
		add_name(&c->band_left, name);
	if (!quantity && v->learned == ABI_LEARNED_LITTLE)
		add_name(&c->little, name);
	if (!quantity && v->learned == ABI_LEARNED_SPREAD)
		add_name(&c->spread, name);
}

static void add_table_row(abi_report *report, const abi_diagnostics *diagnostics, size_t i, const abi_verdict *verdict, bool quantity)
{
	abi_html *html = &report->sections;
	char name[ABI_PLOT_NAME_SIZE], text[ABI_TICK_TEXT_SIZE], words[128];
	abi_plot_name(report->plot, abi_diagnostics_name(diagnostics, i), name);
	abi_html_markup(html, quantity ? "<tr class=\"quantity\">" : "<tr>");
	abi_html_element(html, "td", name);
	abi_verdict_words(verdict, words, sizeof words);
	abi_html_markup(html, abi_verdict_is_bad(verdict) ? "<td class=\"text bad\">" : "<td class=\"text\">");
	abi_html_text(html, words);
	abi_html_markup(html, "</td>");
	for (size_t k = 0; k < sizeof table_columns / sizeof table_columns[0]; k++) {
		double value = quantity && !table_columns[k].of_quantities ? NAN : abi_diagnostics_metric(diagnostics, table_columns[k].metric, i);
		abi_fixed_text(value, table_columns[k].decimals, text);
		abi_html_element(html, "td", text);
	}
	abi_html_markup(html, "</tr>\n");
}

static abi_status add_sentences(abi_report *report, const char *name, const abi_verdict *verdict, bool quantity, counts *c, size_t first)
{
	char sentence[SENTENCE_SIZE];
	abi_verdict_sentence(verdict, name, quantity, sentence, sizeof sentence);
	return sentence[0] != '\0' ? abi_report_add_verdict(report, first + c->sentences++, sentence) : ABI_OK;
}

/* What the columns mean, below the table, for readers who do not know the words. */
static void add_explanation(abi_html *html, const abi_diagnostics *diagnostics)
{
	abi_html_markup(html, "<p class=\"note\">");
	abi_html_text(html, "Contraction: how much of the prior variance is gone; skill: how much of it the posterior mean explains; 1 is all, 0 nothing. "
	                    "z: (posterior mean \xe2\x88\x92 truth) / posterior sd, which should have mean 0 and sd 1. Calibration error: mean "
	                    "|coverage \xe2\x88\x92 level| of central intervals; the central 90 % intervals should cover 0.9 of the truths. "
	                    "log \xce\xb3: below 0 where the ranks leave the band that 95 % of calibrated parameters stay in.");
	if (abi_ranked(diagnostics) > abi_diagnostics_parameters(diagnostics))
		abi_html_text(html, " Names in italics are test quantities: numbers computed from parameters and data together, with ranks like a parameter's. They see what "
		                    "no single parameter shows.");
	abi_html_markup(html, "</p>\n");
}

/* The table, and a sentence for every parameter about which there is something to say. */
static abi_status add_table(abi_report *report, const abi_diagnostics *diagnostics, counts *c, size_t first)
{
	abi_html *html = &report->sections;
	size_t parameters = abi_diagnostics_parameters(diagnostics);
	abi_status status = ABI_OK;
	bool is_long = abi_ranked(diagnostics) > MOST_ROWS_OPEN;
	if (is_long) {
		char title[64];
		snprintf(title, sizeof title, "The table of all %zu", abi_ranked(diagnostics));
		abi_html_markup(html, "<details>");
		abi_html_element(html, "summary", title);
		abi_html_markup(html, "\n");
	}
	abi_html_markup(html, "<div class=\"scroll\"><table>\n<thead><tr><th>parameter</th><th class=\"text\">verdict</th>");
	for (size_t k = 0; k < sizeof table_columns / sizeof table_columns[0]; k++)
		abi_html_element(html, "th", table_columns[k].title);
	abi_html_markup(html, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < abi_ranked(diagnostics) && status == ABI_OK; i++) {
		abi_verdict verdict;
		char name[ABI_PLOT_NAME_SIZE];
		if (!abi_verdict_find(report->plot, diagnostics, i, &verdict))
			return ABI_E_MEMORY;
		add_table_row(report, diagnostics, i, &verdict, i >= parameters);
		abi_plot_name(report->plot, abi_diagnostics_name(diagnostics, i), name);
		count_verdict(&verdict, name, i >= parameters, c);
		status = add_sentences(report, name, &verdict, i >= parameters, c, first);
	}
	abi_html_markup(html, "</tbody></table></div>\n");
	add_explanation(html, diagnostics);
	if (is_long)
		abi_html_markup(html, "</details>\n");
	return status;
}

/* What is worth a word but not bad, one sentence for all. */
static abi_status add_groups(abi_report *report, const counts *c, size_t ranked)
{
	char sentence[NAMES_SIZE + 256];
	abi_status status = ABI_OK;
	if (c->little.count > 0) {
		snprintf(sentence, sizeof sentence, "Little is learned of %s: the posterior follows the truth only roughly (%zu of %zu).", c->little.names,
		         c->little.count, c->parameters);
		status = abi_report_add_verdict(report, report->verdict_count, sentence);
	}
	if (c->spread.count > 0 && status == ABI_OK) {
		snprintf(sentence, sizeof sentence,
		         "Of %s only the spread is learned: the posterior is narrower than the prior, but its median does not follow the truth.", c->spread.names);
		status = abi_report_add_verdict(report, report->verdict_count, sentence);
	}
	if (c->band_left.count > 0 && status == ABI_OK) {
		snprintf(sentence, sizeof sentence, "The ranks of %s leave their 95 %% band a little (%zu of %zu; where all are calibrated one in twenty does).",
		         c->band_left.names, c->band_left.count, ranked);
		status = abi_report_add_verdict(report, report->verdict_count, sentence);
	}
	return status;
}

static abi_status add_summary(abi_report *report, const counts *c, size_t place)
{
	char sentence[SENTENCE_SIZE];
	if (c->learned == c->parameters && c->calibrated == c->parameters && c->bad_quantities == 0)
		snprintf(sentence, sizeof sentence, "%s learned and calibrated, as far as these diagnostics see.",
		         c->parameters == 1 ? "The one parameter is" : "All parameters are");
	else
		snprintf(sentence, sizeof sentence, "%zu of %zu parameters learned, %zu of %zu calibrated%s", c->learned, c->parameters, c->calibrated, c->parameters,
		         c->bad_quantities > 0 ? "; test quantities say that something is wrong." : ".");
	if (c->learned != c->parameters || c->calibrated != c->parameters || c->bad_quantities > 0)
		report->bad = true;
	return abi_report_add_verdict(report, place, sentence);
}

static abi_status draw_stacked(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	return abi_plot_calibration_ecdf(plot, diagnostics, ABI_PLOT_ECDF_STACKED);
}

static abi_status draw_difference(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	return abi_plot_calibration_ecdf(plot, diagnostics, ABI_PLOT_ECDF_DIFFERENCE);
}

static const struct {
	const char *heading;
	abi_status (*draw)(abi_plot *plot, const abi_diagnostics *diagnostics);
	const char *caption;
} pictures[] = {
	{ "What is learned", abi_plot_metrics, NULL },
	{ "", abi_plot_recovery, "Dots on the dashed line: the posterior median finds the truth. A flat cloud: the posterior returns the prior." },
	{ "", abi_plot_z_score_contraction, NULL },
	{ "Whether it can be believed", draw_stacked,
	  "If the posterior is exact, the truth is anywhere among its draws with the same probability: curves stay near the diagonal." },
	{ "", draw_difference, "First above, then below the line: the posterior is too narrow. First below, then above: too wide. All above: too high. All below: too low." },
	{ "", abi_plot_calibration_histogram, NULL },
	{ "", abi_plot_coverage, NULL },
};

static abi_status add_pictures(abi_report *report, const abi_diagnostics *diagnostics)
{
	abi_status status = ABI_OK;
	for (size_t i = 0; i < sizeof pictures / sizeof pictures[0] && status == ABI_OK; i++) {
		if (pictures[i].heading[0] != '\0')
			abi_html_element(&report->sections, "h2", pictures[i].heading);
		abi_plot_clear(report->plot);
		status = pictures[i].draw(report->plot, diagnostics);
		if (status == ABI_OK)
			abi_report_add_figure(report, report->plot, pictures[i].caption);
	}
	return status;
}

/* Asked first, because a failing call would be logged. */
static bool has_log_prob(const abi_diagnostics *diagnostics)
{
	bool found = false;
	for (size_t i = abi_diagnostics_parameters(diagnostics); i < abi_ranked(diagnostics); i++)
		found = found || strcmp(abi_diagnostics_name(diagnostics, i), "log_prob") == 0;
	return found;
}

static abi_status add_numbers(abi_report *report, const abi_diagnostics *diagnostics)
{
	static const char table[] = "Diagnostics";
	char number[ABI_TICK_TEXT_SIZE], error[ABI_TICK_TEXT_SIZE], value[128];
	double mean, se;
	snprintf(value, sizeof value, "%zu", abi_diagnostics_sets(diagnostics));
	abi_status status = abi_report_add_row(report, table, "data sets", value);
	snprintf(value, sizeof value, "%zu", abi_diagnostics_draws(diagnostics));
	if (status == ABI_OK)
		status = abi_report_add_row(report, table, "draws per data set", value);
	abi_fixed_text(abi_diagnostics_median(diagnostics, ABI_METRIC_CALIBRATION_ERROR), 4, value);
	if (status == ABI_OK)
		status = abi_report_add_row(report, table, "calibration error, median over the parameters", value);
	if (status == ABI_OK && has_log_prob(diagnostics) && abi_diagnostics_expected_log_prob(diagnostics, &mean, &se) == ABI_OK) {
		abi_fixed_text(mean, 3, number);
		abi_fixed_text(se, 3, error);
		snprintf(value, sizeof value, "%s \xc2\xb1 %s nats", number, error);
		status = abi_report_add_row(report, table, "expected log density of the truth (higher is better)", value);
	}
	return status;
}

abi_status abi_report_add_diagnostics(abi_report *report, const abi_diagnostics *diagnostics)
{
	char line[160];
	counts c = { 0 };
	abi_report_mark before = abi_report_begin(report);
	abi_html_element(&report->sections, "h2", "Parameters");
	snprintf(line, sizeof line, "From %zu simulated data sets that training has not seen, with %zu posterior draws each.",
	         abi_diagnostics_sets(diagnostics), abi_diagnostics_draws(diagnostics));
	abi_html_element(&report->sections, "p", line);
	abi_status status = add_table(report, diagnostics, &c, before.verdicts);
	if (status == ABI_OK)
		status = add_groups(report, &c, abi_ranked(diagnostics));
	if (status == ABI_OK)
		status = add_summary(report, &c, before.verdicts);
	if (status == ABI_OK)
		status = add_pictures(report, diagnostics);
	if (status == ABI_OK)
		status = add_numbers(report, diagnostics);
	return abi_report_end(report, before, status);
}
