/*
 * Which check finds which defect: the table of docs/diagnostics.md, cell by
 * cell. Twelve parameters with an exact normal posterior: five pairs of which the sum is observed well and
 * the difference badly, so that the posterior of a pair is correlated, and two single ones. What is judged
 * is that posterior with one defect. "Found" is what chance does less than once in a million
 * times, with 1000 data sets.
 *
 *     test_work_power print [REPEATS]    prints how often each is found, each time with other random numbers
 */

#include "abi/checks.h"
#include "work/diagnostics.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 1000, DRAWS = 99, ROWS = 4, WIDTH = 12, PAIRED = 10, REFERENCE_DRAWS = 1000, CLASSIFIED_DRAWS = 600 };

typedef enum defect { EXACT, NARROW, WIDE, SHIFTED, PRIOR, LOST, DEPENDENCE, DEFECTS } defect;

static const char *const defects[] = { "none", "too narrow", "too wide", "shifted", "prior returned", "one of 12 lost", "wrong dependence" };

static const double million = 1e-6;

/* Nothing can be judged without it; not of Check, so that the table can be printed too. */
static void must(abi_status status)
{
	if (status != ABI_OK) {
		fprintf(stderr, "power: %s\n", abi_status_text(status));
		abort();
	}
}

/* ---- the model ---------------------------------------------------------------------------------------------------------------------- */

/*
 * Coordinates: (a + b) / √2 and (a − b) / √2 of each pair, and the single parameters; all standard normal under the prior. The mean of the rows of
 * column j is coordinate j plus noise of this sd.
 */
static double noise_of(size_t j)
{
	return j >= PAIRED ? 0.5 : j % 2 == 0 ? 0.15 : 1;
}

static double exact_sd(size_t j)
{
	return noise_of(j) / sqrt(1 + noise_of(j) * noise_of(j));
}

/* From parameters to coordinates, or back: the map is its own inverse. */
static void turn(const double from[WIDTH], double to[WIDTH])
{
	for (size_t j = 0; j < PAIRED; j += 2) {
		double a = from[j], b = from[j + 1];
		to[j] = (a + b) / sqrt(2);
		to[j + 1] = (a - b) / sqrt(2);
	}
	memmove(to + PAIRED, from + PAIRED, (WIDTH - PAIRED) * sizeof *to);
}

/* Sd of parameter i under the exact posterior. */
static double marginal_sd(size_t i)
{
	if (i >= PAIRED)
		return exact_sd(i);
	double sum = exact_sd(i - i % 2), difference = exact_sd(i - i % 2 + 1);
	return sqrt((sum * sum + difference * difference) / 2);
}

/* A posterior with a defect, of one data set: independent normals, of coordinates or of parameters. */
typedef struct judged {
	double mean[WIDTH], sd[WIDTH], shift[WIDTH];
	bool of_parameters;
} judged;

static judged posterior_of(defect wrong, const double data_means[WIDTH])
{
	judged q = { .of_parameters = wrong == DEPENDENCE };
	for (size_t j = 0; j < WIDTH; j++) {
		bool prior = wrong == PRIOR || (wrong == LOST && j == WIDTH - 1);
		q.mean[j] = prior ? 0 : data_means[j] / (1 + noise_of(j) * noise_of(j));
		q.sd[j] = prior ? 1 : exact_sd(j) * (wrong == NARROW ? 0.7 : wrong == WIDE ? 1.4 : 1);
		q.shift[j] = wrong == SHIFTED ? 0.7 * marginal_sd(j) : 0;
	}
	if (!q.of_parameters)
		return q;
	turn(q.mean, q.mean);
	for (size_t j = 0; j < WIDTH; j++)
		q.sd[j] = marginal_sd(j);
	return q;
}

static void draw_from(const judged *q, abi_random *random, double theta[WIDTH])
{
	abi_random_normal(random, 0, 1, WIDTH, theta);
	for (size_t j = 0; j < WIDTH; j++)
		theta[j] = q->mean[j] + q->sd[j] * theta[j];
	if (!q->of_parameters)
		turn(theta, theta);
	for (size_t j = 0; j < WIDTH; j++)
		theta[j] += q->shift[j];
}

static double log_normal(double x, double mean, double sd)
{
	double z = (x - mean) / sd;
	return -0.5 * z * z - log(sd) - 0.918938533204672741780;
}

static double log_density(const judged *q, const double theta[WIDTH])
{
	double at[WIDTH], sum = 0;
	for (size_t j = 0; j < WIDTH; j++)
		at[j] = theta[j] - q->shift[j];
	if (!q->of_parameters)
		turn(at, at);
	for (size_t j = 0; j < WIDTH; j++)
		sum += log_normal(at[j], q->mean[j], q->sd[j]);
	return sum;
}

/* ---- simulations, and draws of a posterior with a defect --------------------------------------------------------------------------- */

typedef struct experiment {
	abi_context *context;
	uint64_t seed;
	defect wrong;
	double theta[SETS][WIDTH], y[SETS][ROWS][WIDTH], means[SETS][WIDTH];
	double drawn[SETS][DRAWS][WIDTH], log_q[SETS][DRAWS], log_q_truth[SETS], exact_log_q[SETS];
	abi_data *draws, *truth;
	abi_diagnostics *diagnostics;
} experiment;

static void simulate(experiment *e, abi_random *random)
{
	double coordinates[WIDTH];
	abi_random_normal(random, 0, 1, SETS * WIDTH, e->theta[0]);
	abi_random_normal(random, 0, 1, SETS * ROWS * WIDTH, e->y[0][0]);
	memset(e->means, 0, sizeof e->means);
	for (size_t s = 0; s < SETS; s++) {
		turn(e->theta[s], coordinates);
		for (size_t r = 0; r < ROWS; r++)
			for (size_t j = 0; j < WIDTH; j++) {
				e->y[s][r][j] = coordinates[j] + sqrt(ROWS) * noise_of(j) * e->y[s][r][j];
				e->means[s][j] += e->y[s][r][j] / ROWS;
			}
	}
}

static void sample(experiment *e, abi_random *random)
{
	for (size_t s = 0; s < SETS; s++) {
		judged q = posterior_of(e->wrong, e->means[s]), exact = posterior_of(EXACT, e->means[s]);
		e->log_q_truth[s] = log_density(&q, e->theta[s]);
		e->exact_log_q[s] = log_density(&exact, e->theta[s]);
		for (size_t d = 0; d < DRAWS; d++) {
			draw_from(&q, random, e->drawn[s][d]);
			e->log_q[s][d] = log_density(&q, e->drawn[s][d]);
		}
	}
}

static int32_t log_likelihood(const abi_data *parameters, const abi_data *data, size_t num_samples, double *values, void *user_data)
{
	(void)user_data;
	const double *theta = abi_data_f64(parameters, "theta"), *y = abi_data_f64(data, "y");
	for (size_t i = 0; i < abi_data_sets(data) * num_samples; i++) {
		double coordinates[WIDTH];
		const double *rows = y + i / num_samples * ROWS * WIDTH;
		turn(theta + i * WIDTH, coordinates);
		values[i] = 0;
		for (size_t k = 0; k < ROWS * WIDTH; k++)
			values[i] += log_normal(rows[k], coordinates[k % WIDTH], sqrt(ROWS) * noise_of(k % WIDTH));
	}
	return 0;
}

enum { TARP_PRIOR = WIDTH, TARP_DATA, LOG_Q, LIKELIHOOD };

static void begin(experiment *e)
{
	abi_random *random;
	must(abi_random_create(e->context, e->seed, &random));
	simulate(e, random);
	sample(e, random);
	abi_random_free(random);
	must(abi_data_create(e->context, &e->draws));
	must(abi_data_create(e->context, &e->truth));
	must(abi_diagnostics_create(e->context, &e->diagnostics));
	abi_data_view(e->draws, "theta", ABI_F64, SETS, 2, (size_t[]){ DRAWS, WIDTH }, e->drawn);
	abi_data_view(e->truth, "theta", ABI_F64, SETS, 1, (size_t[]){ WIDTH }, e->theta);
	abi_data_view(e->truth, "y", ABI_F64, SETS, 2, (size_t[]){ ROWS, WIDTH }, e->y);
	abi_diagnostics_rank_distance(e->diagnostics, "tarp_prior", NULL);
	abi_diagnostics_rank_distance(e->diagnostics, "tarp_data", "y");
	abi_diagnostics_rank_log_prob(e->diagnostics);
	abi_diagnostics_rank_quantity(e->diagnostics, "log_likelihood", log_likelihood, NULL);
	abi_status status = abi_diagnostics_add_log_prob(e->diagnostics, e->draws, e->truth, e->log_q[0], e->log_q_truth);
	must(status);
}

static void end(experiment *e)
{
	abi_diagnostics_free(e->diagnostics);
	abi_data_free(e->truth);
	abi_data_free(e->draws);
}

/* ---- the checks: each says whether it finds something -------------------------------------------------------------------------------- */

/* The ECDF of these ranks leaves the band that holds it but once in a million times. */
static bool ranks_leave_their_band(const experiment *e, size_t first, size_t last)
{
	size_t points = abi_diagnostics_ecdf_points(e->diagnostics);
	double position[DRAWS + 2], ecdf[DRAWS + 2], lower[DRAWS + 2], upper[DRAWS + 2];
	bool found = false;
	abi_diagnostics_ecdf_band(e->diagnostics, ABI_ECDF_PLAIN, 1 - million / (double)(last - first), lower, upper);
	for (size_t i = first; i < last; i++) {
		must(abi_diagnostics_ecdf(e->diagnostics, ABI_ECDF_PLAIN, i, position, ecdf));
		for (size_t k = 0; k < points; k++)
			found = found || ecdf[k] < lower[k] - 1e-12 || ecdf[k] > upper[k] + 1e-12;
	}
	return found;
}

static bool parameter_ranks(const experiment *e)
{
	return ranks_leave_their_band(e, 0, WIDTH);
}

/* γ is a tail probability at the worst of about 100 points: log γ / critical γ for 95 %, as a host sees it. */
static bool log_gamma(const experiment *e)
{
	double smallest = INFINITY;
	for (size_t i = 0; i < WIDTH; i++)
		smallest = fmin(smallest, abi_diagnostics_metric(e->diagnostics, ABI_METRIC_LOG_GAMMA, i));
	return smallest < log(million / WIDTH / 0.05);
}

static bool coverage(const experiment *e)
{
	const double levels[] = { 0.5, 0.8, 0.9, 0.95 };
	double lower[4], upper[4];
	bool found = false;
	abi_diagnostics_coverage_band(e->diagnostics, 1 - million / (4 * WIDTH), 4, levels, lower, upper);
	for (size_t i = 0; i < WIDTH; i++)
		for (size_t l = 0; l < 4; l++) {
			double share = abi_diagnostics_coverage(e->diagnostics, levels[l], i);
			found = found || share < lower[l] - 1e-12 || share > upper[l] + 1e-12;
		}
	return found;
}

/* The mean error of 19 levels is about 0.01 for one parameter, and the median of twelve is nearer to that than any of them. */
static bool calibration_error(const experiment *e)
{
	return abi_diagnostics_median(e->diagnostics, ABI_METRIC_CALIBRATION_ERROR) > 0.03;
}

static bool tarp_prior(const experiment *e)
{
	return ranks_leave_their_band(e, TARP_PRIOR, TARP_PRIOR + 1);
}

static bool tarp_data(const experiment *e)
{
	return ranks_leave_their_band(e, TARP_DATA, TARP_DATA + 1);
}

static bool ranks_of_log_q(const experiment *e)
{
	return ranks_leave_their_band(e, LOG_Q, LOG_Q + 1);
}

static bool ranks_of_log_likelihood(const experiment *e)
{
	return ranks_leave_their_band(e, LIKELIHOOD, LIKELIHOOD + 1);
}

/* One parameter is as good as not learned; exactly they have 0.71 and 0.8. */
static bool low_metric(const experiment *e, int32_t metric)
{
	double smallest = INFINITY;
	for (size_t i = 0; i < WIDTH; i++)
		smallest = fmin(smallest, abi_diagnostics_metric(e->diagnostics, metric, i));
	return smallest < 0.25;
}

static bool contraction(const experiment *e)
{
	return low_metric(e, ABI_METRIC_CONTRACTION);
}

static bool skill(const experiment *e)
{
	return low_metric(e, ABI_METRIC_SKILL);
}

/* More than five standard errors from zero. */
static bool differs_from_zero(const double *values, size_t count)
{
	double mean = 0, square = 0;
	for (size_t i = 0; i < count; i++)
		mean += values[i] / (double)count;
	for (size_t i = 0; i < count; i++)
		square += (values[i] - mean) * (values[i] - mean);
	return fabs(mean) > 5 * sqrt(square / (double)count / (double)(count - 1));
}

/* Squared error of the posterior mean beside posterior variance, which a calibrated posterior has on average. */
static bool contraction_against_skill(const experiment *e)
{
	double difference[SETS] = { 0 };
	for (size_t i = 0; i < WIDTH; i++) {
		const double *truth = abi_diagnostics_estimates(e->diagnostics, ABI_ESTIMATE_TRUTH, i);
		const double *mean = abi_diagnostics_estimates(e->diagnostics, ABI_ESTIMATE_MEAN, i);
		const double *sd = abi_diagnostics_estimates(e->diagnostics, ABI_ESTIMATE_SD, i);
		for (size_t s = 0; s < SETS; s++) /* the mean of the draws has an error of its own */
			difference[s] += (pow(mean[s] - truth[s], 2) / (1 + 1.0 / DRAWS) - sd[s] * sd[s]) / pow(marginal_sd(i), 2);
	}
	return differs_from_zero(difference, SETS);
}

/* Against the exact one, data set by data set. */
static bool expected_log_density(const experiment *e)
{
	double lost[SETS];
	for (size_t s = 0; s < SETS; s++)
		lost[s] = e->exact_log_q[s] - e->log_q_truth[s];
	return differs_from_zero(lost, SETS);
}

static bool is_found(abi_check *check)
{
	double p = abi_check_p_value(check);
	abi_check_free(check);
	return p <= million;
}

/* (theta, features) against (draw, the same features); features first … first + count − 1 of the mean of each column. */
static bool pairs_differ(const experiment *e, size_t count)
{
	size_t columns = WIDTH + count;
	double *x = malloc(SETS * columns * sizeof *x), *y = malloc(SETS * columns * sizeof *y);
	for (size_t s = 0; s < SETS; s++) {
		memcpy(x + s * columns, e->theta[s], WIDTH * sizeof *x);
		memcpy(y + s * columns, e->drawn[s][0], WIDTH * sizeof *y);
		memcpy(x + s * columns + WIDTH, e->means[s], count * sizeof *x);
		memcpy(y + s * columns + WIDTH, e->means[s], count * sizeof *y);
	}
	abi_classifier_options options;
	abi_classifier_options_init(&options, sizeof options);
	options.paired = 1;
	abi_check *check;
	must(abi_check_classifier(e->context, columns, SETS, x, SETS, y, &options, &check));
	free(y);
	free(x);
	return is_found(check);
}

static bool pairs_of_statistics(const experiment *e)
{
	return pairs_differ(e, WIDTH);
}

/* The network's own summary: what it has lost it does not show. */
static bool pairs_of_own_summary(const experiment *e)
{
	return pairs_differ(e, e->wrong == PRIOR ? 0 : e->wrong == LOST ? WIDTH - 1 : WIDTH);
}

static double reference_x[REFERENCE_DRAWS][WIDTH], reference_y[REFERENCE_DRAWS][WIDTH];

/* Draws for the first data set, and exact ones. */
static void draw_reference(const experiment *e)
{
	judged q = posterior_of(e->wrong, e->means[0]), exact = posterior_of(EXACT, e->means[0]);
	abi_random *random;
	must(abi_random_create(e->context, e->seed + 1, &random));
	for (size_t d = 0; d < REFERENCE_DRAWS; d++) {
		draw_from(&q, random, reference_x[d]);
		draw_from(&exact, random, reference_y[d]);
	}
	abi_random_free(random);
}

static bool reference_by_classifier(const experiment *e)
{
	abi_check *check;
	draw_reference(e);
	must(abi_check_classifier(e->context, WIDTH, CLASSIFIED_DRAWS, reference_x[0], CLASSIFIED_DRAWS, reference_y[0], NULL, &check));
	return is_found(check);
}

/* Far beyond all permutations: by more than six of their standard deviations. */
static bool reference_by_mmd(const experiment *e)
{
	abi_check *check;
	abi_mmd_options options;
	abi_mmd_options_init(&options, sizeof options);
	options.permutations = 100;
	draw_reference(e);
	must(abi_check_mmd(e->context, WIDTH, REFERENCE_DRAWS, reference_x[0], REFERENCE_DRAWS, reference_y[0], &options, &check));
	double square = 0;
	for (size_t i = 0; i < abi_check_null_count(check); i++)
		square += pow(abi_check_null(check)[i], 2) / (double)abi_check_null_count(check);
	bool found = abi_check_statistic(check) > 6 * sqrt(square);
	abi_check_free(check);
	return found;
}

/* ---- the table -------------------------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool (*finds)(const experiment *e);
	const char *expected; /* per defect: x found, . not */
} checks[] = {
	{ "ranks of parameters, ECDF band (SBC)", parameter_ranks, ".xxx..." },
	{ "log gamma", log_gamma, ".xxx..." },
	{ "coverage of central intervals", coverage, ".xxx..." },
	{ "calibration error", calibration_error, ".xxx..." },
	{ "TARP, references from the prior", tarp_prior, ".xxx..." },
	{ "TARP, references from the data", tarp_data, ".xxxxxx" },
	{ "ranks of log q", ranks_of_log_q, ".xxx..x" },
	{ "ranks of the log-likelihood", ranks_of_log_likelihood, ".xxxxxx" },
	{ "contraction near 0", contraction, "....xx." },
	{ "skill near 0", skill, "....xx." },
	{ "contraction against skill", contraction_against_skill, ".xxx..." },
	{ "expected log density, against the exact one", expected_log_density, ".xxxxxx" },
	{ "pairs with fixed statistics, classifier", pairs_of_statistics, ".xxxxxx" },
	{ "pairs with the network's own summary, classifier", pairs_of_own_summary, ".xxx..x" },
	{ "draws against reference draws, classifier", reference_by_classifier, ".xxxxxx" },
	{ "draws against reference draws, MMD", reference_by_mmd, ".xxxxxx" },
};

enum { CHECKS = sizeof checks / sizeof checks[0] };

static void judge(defect wrong, uint64_t seed, bool found[CHECKS])
{
	experiment *e = calloc(1, sizeof *e); /* larger than a stack, so no compound literal either */
	abi_context *context;
	must(abi_context_create(NULL, &context));
	e->context = context;
	e->seed = seed;
	e->wrong = wrong;
	begin(e);
	for (size_t c = 0; c < CHECKS; c++)
		found[c] = checks[c].finds(e);
	end(e);
	abi_context_free(context);
	free(e);
}

START_TEST(every_cell)
{
	bool found[CHECKS];
	judge((defect)_i, 1, found);
	for (size_t c = 0; c < CHECKS; c++)
		ck_assert_msg(found[c] == (checks[c].expected[_i] == 'x'), "defect '%s': '%s' %s", defects[_i], checks[c].name,
		              found[c] ? "finds it" : "does not find it");
}
END_TEST

/* In how many of so many repeats, with random numbers of their own. */
static void print(uint64_t repeats)
{
	static size_t counts[DEFECTS][CHECKS];
	bool found[CHECKS];
	for (uint64_t seed = 1; seed <= repeats; seed++)
		for (int wrong = 0; wrong < DEFECTS; wrong++) {
			judge((defect)wrong, seed, found);
			for (size_t c = 0; c < CHECKS; c++)
				counts[wrong][c] += found[c];
		}
	printf("%-50s", "found of so many");
	for (int wrong = 0; wrong < DEFECTS; wrong++)
		printf(" | %s", defects[wrong]);
	for (size_t c = 0; c < CHECKS; c++) {
		printf("\n%-50s", checks[c].name);
		for (int wrong = 0; wrong < DEFECTS; wrong++)
			printf(" | %*zu", (int)strlen(defects[wrong]), counts[wrong][c]);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "print") == 0) {
		print(argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
		return 0;
	}
	Suite *suite = suite_create("work/power");
	TCase *tests = tcase_create("power");
	tcase_add_loop_test(tests, every_cell, 0, DEFECTS);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
