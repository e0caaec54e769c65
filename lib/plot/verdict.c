#include "plot/verdict.h"

#include "plot/numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A posterior narrower than the prior by less is no narrower; one that follows the truth less, and no more than chance, does not follow it. */
static const double narrower = 0.1, follows = 0.1, little = 0.5;

/* ---- numbers ----------------------------------------------------------------------------------------------------------------------- */

typedef struct ranked {
	double value;
	size_t set;
} ranked;

static int by_value(const void *a, const void *b)
{
	double x = ((const ranked *)a)->value, y = ((const ranked *)b)->value;
	return (x > y) - (x < y);
}

/* Equal values share the mean of their ranks. */
static void rank(const double *values, size_t count, ranked *room, double *ranks)
{
	for (size_t i = 0; i < count; i++)
		room[i] = (ranked){ values[i], i };
	qsort(room, count, sizeof *room, by_value);
	for (size_t first = 0, last; first < count; first = last) {
		for (last = first + 1; last < count && room[last].value == room[first].value;)
			last++;
		for (size_t i = first; i < last; i++)
			ranks[room[i].set] = 0.5 * (double)(first + last - 1);
	}
}

/* Spearman's; 0 where one does not vary. */
static double correlation_of_ranks(const double *x, const double *y, size_t count)
{
	double middle = 0.5 * (double)(count - 1), xx = 0, yy = 0, xy = 0;
	for (size_t i = 0; i < count; i++) {
		xx += (x[i] - middle) * (x[i] - middle);
		yy += (y[i] - middle) * (y[i] - middle);
		xy += (x[i] - middle) * (y[i] - middle);
	}
	return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

static void find_learned(const abi_diagnostics *diagnostics, size_t i, ranked *room, double *one, double *other, abi_verdict *v)
{
	const double *truth = abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_TRUTH, i);
	const double *low = abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_Q05, i);
	const double *high = abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_Q95, i);
	rank(truth, v->sets, room, one);
	rank(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_MEDIAN, i), v->sets, room, other);
	v->following = correlation_of_ranks(one, other, v->sets);
	for (size_t s = 0; s < v->sets; s++) {
		one[s] = truth[s];
		other[s] = high[s] - low[s];
	}
	abi_numbers_sort(one, v->sets);
	abi_numbers_sort(other, v->sets);
	double prior = abi_numbers_quantile(one, v->sets, 0.95) - abi_numbers_quantile(one, v->sets, 0.05);
	v->narrowing = 1 - abi_numbers_quantile(other, v->sets, 0.5) / prior;
	bool followed = v->following >= fmax(follows, 3 / sqrt((double)v->sets)), is_narrower = v->narrowing > narrower;
	if (!followed && is_narrower)
		v->learned = v->calibrated == ABI_NOT_CALIBRATED ? ABI_MISLED : ABI_LEARNED_SPREAD;
	else if (!followed)
		v->learned = ABI_NOT_LEARNED;
	else
		v->learned = v->following < little ? ABI_LEARNED_LITTLE : ABI_LEARNED;
}

bool abi_verdict_find(abi_plot *plot, const abi_diagnostics *diagnostics, size_t i, abi_verdict *verdict)
{
	enum { LEVELS = 19 };
	size_t parameters = abi_diagnostics_parameters(diagnostics), all = abi_ranked(diagnostics);
	*verdict = (abi_verdict){ .sets = abi_diagnostics_sets(diagnostics), .place = NAN, .following = NAN, .narrowing = NAN };
	double log_gamma = abi_diagnostics_metric(diagnostics, ABI_METRIC_LOG_GAMMA, i);
	if (!(log_gamma >= 0))
		verdict->calibrated = log_gamma >= -log((double)all) ? ABI_BAND_LEFT : ABI_NOT_CALIBRATED;
	verdict->covered = abi_diagnostics_coverage(diagnostics, 0.9, i);
	for (size_t k = 1; k <= LEVELS; k++) {
		double level = (double)k / (LEVELS + 1);
		verdict->excess += (abi_diagnostics_coverage(diagnostics, level, i) - level) / LEVELS;
	}
	if (i >= parameters)
		return true;
	const double *ranks = abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_RANK, i);
	verdict->place = 0;
	for (size_t s = 0; s < verdict->sets; s++)
		verdict->place += (ranks[s] + 0.5) / (double)(abi_diagnostics_draws(diagnostics) + 1) / (double)verdict->sets;
	ranked *room = abi_plot_allocate(plot, verdict->sets, sizeof *room);
	double *values = abi_plot_allocate(plot, verdict->sets, 2 * sizeof *values);
	bool enough = room != NULL && values != NULL;
	if (enough)
		find_learned(diagnostics, i, room, values, values + verdict->sets, verdict);
	else
		abi_plot_fail_memory(plot, "a verdict");
	abi_plot_release(plot, values);
	abi_plot_release(plot, room);
	return enough;
}

bool abi_verdict_is_bad(const abi_verdict *verdict)
{
	return verdict->calibrated == ABI_NOT_CALIBRATED || verdict->learned == ABI_NOT_LEARNED || verdict->learned == ABI_MISLED;
}

/* ---- words ------------------------------------------------------------------------------------------------------------------------- */

static void add(char *text, size_t room, const char *more)
{
	size_t used = strlen(text);
	snprintf(text + used, room - used, "%s", more);
}

/* What kind of miscalibration it is, as far as one number tells. */
static void describe_calibration(const abi_verdict *v, char *text, size_t room)
{
	char number[ABI_TICK_TEXT_SIZE], part[256];
	/* Under calibration position and excess both have the variance of a uniform number, 1/12. */
	double notable = 3 / sqrt(12 * (double)v->sets);
	if (fabs(v->place - 0.5) > notable) {
		abi_fixed_text(100 * v->place, 0, number);
		snprintf(part, sizeof part, "its posterior is too %s, on average the truth lies above %s %% of the draws", v->place < 0.5 ? "high" : "low", number);
		add(text, room, part);
	} else if (fabs(v->excess) > notable) {
		abi_fixed_text(100 * v->covered, 0, number);
		snprintf(part, sizeof part, "its posterior is too %s, 90 %% intervals hold the truth in %s %% of the data sets", v->excess < 0 ? "narrow" : "wide",
		         number);
		add(text, room, part);
	} else {
		add(text, room, "the truth's place among the draws is not uniform");
	}
}

static void describe_learning(const abi_verdict *v, const char *name, char *text, size_t room)
{
	char part[512];
	switch (v->learned) {
	case ABI_NOT_LEARNED:
		snprintf(part, sizeof part, "%s is not learned: its posterior is as wide as its prior and does not follow the truth.", name);
		break;
	case ABI_MISLED:
		snprintf(part, sizeof part, "%s is not learned: its posterior is narrower than its prior, but its median does not follow the truth.", name);
		break;
	case ABI_LEARNED_SPREAD:
	case ABI_LEARNED_LITTLE:
	case ABI_LEARNED:
	default: part[0] = '\0';
	}
	add(text, room, part);
}

void abi_verdict_sentence(const abi_verdict *verdict, const char *name, bool quantity, char *text, size_t room)
{
	char part[512];
	text[0] = '\0';
	describe_learning(verdict, name, text, room);
	const char *between = text[0] != '\0' ? " " : "";
	if (verdict->calibrated == ABI_NOT_CALIBRATED && quantity) {
		snprintf(part, sizeof part, "%sThe test quantity %s is not calibrated: the posterior is wrong, if not in single parameters then in how they belong together.",
		         between, name);
		add(text, room, part);
	} else if (verdict->calibrated == ABI_NOT_CALIBRATED) {
		snprintf(part, sizeof part, "%s%s is not calibrated: ", between, name);
		add(text, room, part);
		describe_calibration(verdict, text, room);
		add(text, room, ".");
	}
}

void abi_verdict_words(const abi_verdict *verdict, char *text, size_t room)
{
	static const char *const learned[] = { "", "little learned", "spread learned", "not learned", "not learned" };
	static const char *const calibrated[] = { "", "leaves its band", "not calibrated" };
	const char *one = learned[verdict->learned], *other = calibrated[verdict->calibrated];
	snprintf(text, room, "%s%s%s", one, *one != '\0' && *other != '\0' ? ", " : "", *other != '\0' ? other : *one != '\0' ? "" : "good");
}
