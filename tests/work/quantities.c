/*
 * Test quantities where they must pass and where they must fail: two normal means, prior N(0, 1), three rows of noise 1, so that the exact posterior is
 * known, and posteriors that are wrong on purpose.
 */

#include "support/allocator.h"
#include "work/diagnostics.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 1000, DRAWS = 99, ROWS = 3, WIDTH = 2 };

/* Of the exact posterior. */
static const double variance = 1.0 / (1 + ROWS);

typedef enum defect { EXACT, NARROW, WIDE, SHIFTED, PRIOR, LOST } defect;

static abi_context *context;
static abi_diagnostics *diagnostics;
static abi_data *draws, *truth;
static double *log_q, *log_q_truth;
static defect current;

/* Mean and sd of the posterior under test of one parameter. */
static void posterior_of(const double *y, size_t parameter, double *mean, double *sd)
{
	double sum = 0, scales[] = { [EXACT] = 1, [NARROW] = 0.7, [WIDE] = 1.4, [SHIFTED] = 1 };
	for (size_t r = 0; r < ROWS; r++)
		sum += y[r * WIDTH + parameter];
	bool prior = current == PRIOR || (current == LOST && parameter == 1);
	*mean = prior ? 0 : sum * variance + (current == SHIFTED ? sqrt(variance) : 0);
	*sd = prior ? 1 : (current == LOST ? 1 : scales[current]) * sqrt(variance);
}

static double log_normal(double x, double mean, double sd)
{
	double z = (x - mean) / sd;
	return -0.5 * z * z - log(sd) - 0.918938533204672741780;
}

static void simulate(defect wrong)
{
	double *theta = malloc((size_t)SETS * WIDTH * sizeof(double)), *y = malloc((size_t)SETS * ROWS * WIDTH * sizeof(double));
	double *drawn = malloc((size_t)SETS * DRAWS * WIDTH * sizeof(double)), column[DRAWS], mean, sd;
	abi_random *random;
	current = wrong;
	ck_assert_int_eq(abi_random_create(context, 11, &random), ABI_OK);
	abi_random_normal(random, 0, 1, (size_t)SETS * WIDTH, theta);
	memset(log_q, 0, (size_t)SETS * DRAWS * sizeof(double));
	memset(log_q_truth, 0, SETS * sizeof(double));
	for (size_t s = 0; s < SETS; s++) {
		abi_random_normal(random, 0, 1, ROWS * WIDTH, y + s * ROWS * WIDTH);
		for (size_t i = 0; i < ROWS * WIDTH; i++)
			y[s * ROWS * WIDTH + i] += theta[s * WIDTH + i % WIDTH];
		for (size_t p = 0; p < WIDTH; p++) {
			posterior_of(y + s * ROWS * WIDTH, p, &mean, &sd);
			abi_random_normal(random, mean, sd, DRAWS, column);
			log_q_truth[s] += log_normal(theta[s * WIDTH + p], mean, sd);
			for (size_t d = 0; d < DRAWS; d++) {
				drawn[(s * DRAWS + d) * WIDTH + p] = column[d];
				log_q[s * DRAWS + d] += log_normal(column[d], mean, sd);
			}
		}
	}
	abi_data_set(draws, "mu", ABI_F64, SETS, 2, (size_t[]){ DRAWS, WIDTH }, drawn);
	abi_data_set(truth, "mu", ABI_F64, SETS, 1, (size_t[]){ WIDTH }, theta);
	abi_data_set(truth, "y", ABI_F64, SETS, 2, (size_t[]){ ROWS, WIDTH }, y);
	abi_random_free(random);
	free(drawn);
	free(y);
	free(theta);
}

static int32_t log_likelihood(const abi_data *parameters, const abi_data *data, size_t num_samples, double *values, void *user_data)
{
	(void)user_data;
	const double *mu = abi_data_f64(parameters, "mu"), *y = abi_data_f64(data, "y");
	for (size_t s = 0; s < abi_data_sets(data); s++)
		for (size_t d = 0; d < num_samples; d++) {
			double sum = 0;
			for (size_t i = 0; i < ROWS * WIDTH; i++)
				sum += log_normal(y[s * ROWS * WIDTH + i], mu[(s * num_samples + d) * WIDTH + i % WIDTH], 1);
			values[s * num_samples + d] = sum;
		}
	return 0;
}

/* A discrete quantity, and one that is the same everywhere. */
static int32_t signs(const abi_data *parameters, const abi_data *data, size_t num_samples, double *values, void *user_data)
{
	const double *mu = abi_data_f64(parameters, "mu");
	bool constant = user_data != NULL;
	for (size_t i = 0; i < abi_data_sets(data) * num_samples; i++)
		values[i] = constant ? 7 : (mu[i * WIDTH] > 0) + (mu[i * WIDTH + 1] > 0);
	return 0;
}

/* The means of the rows. */
static int32_t data_means(const abi_data *data, size_t first, size_t parameters, double *references, void *user_data)
{
	(void)first, (void)user_data;
	const double *y = abi_data_f64(data, "y");
	ck_assert_uint_eq(parameters, WIDTH);
	for (size_t s = 0; s < abi_data_sets(data); s++)
		for (size_t p = 0; p < WIDTH; p++)
			references[s * WIDTH + p] = (y[s * ROWS * WIDTH + p] + y[(s * ROWS + 1) * WIDTH + p] + y[(s * ROWS + 2) * WIDTH + p]) / ROWS;
	return 0;
}

enum { LOG_LIKELIHOOD = WIDTH, LOG_PROB, TARP_PRIOR, TARP_DATA, TARP_HOST, SIGNS, CONSTANT, ITEMS };

static void ask_for_all(abi_diagnostics *asked)
{
	ck_assert_int_eq(abi_diagnostics_rank_quantity(asked, "log_likelihood", log_likelihood, NULL), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_log_prob(asked), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_distance(asked, "tarp_prior", NULL), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_distance(asked, "tarp_data", "y"), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_distance_to(asked, "tarp_host", data_means, NULL), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_quantity(asked, "signs", signs, NULL), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_quantity(asked, "constant", signs, &current), ABI_OK);
}

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_create(context, &diagnostics), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &draws), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &truth), ABI_OK);
	log_q = malloc((size_t)SETS * DRAWS * sizeof(double));
	log_q_truth = malloc(SETS * sizeof(double));
}

static void teardown(void)
{
	free(log_q_truth);
	free(log_q);
	abi_data_free(draws);
	abi_data_free(truth);
	abi_diagnostics_free(diagnostics);
	abi_context_free(context);
}

/* Passes or fails where chance does either once in a million times: beside five standard errors. */
static void judge(size_t item, bool passes)
{
	abi_gamma_cache cache = { 0 };
	double one_in_20, one_in_a_million, log_gamma = abi_diagnostics_metric(diagnostics, ABI_METRIC_LOG_GAMMA, item);
	ck_assert_int_eq(abi_rank_critical_gamma(&context->memory, &cache, SETS, DRAWS, 0.95, &one_in_20), ABI_OK);
	ck_assert_int_eq(abi_rank_critical_gamma(&context->memory, &cache, SETS, DRAWS, 1 - 1e-6, &one_in_a_million), ABI_OK);
	bool passed = log_gamma > log(one_in_a_million / one_in_20);
	ck_assert_msg(passed == passes, "defect %d: '%s' has log gamma %g, and %g is one in a million", (int)current,
	              abi_diagnostics_name(diagnostics, item), log_gamma, log(one_in_a_million / one_in_20));
}

static void diagnose(defect wrong)
{
	simulate(wrong);
	ask_for_all(diagnostics);
	ck_assert_msg(abi_diagnostics_add_log_prob(diagnostics, draws, truth, log_q, log_q_truth) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_uint_eq(abi_diagnostics_parameters(diagnostics), WIDTH);
	ck_assert_uint_eq(abi_diagnostics_quantities(diagnostics), ITEMS - WIDTH);
}

START_TEST(an_exact_posterior_passes_everything)
{
	diagnose(EXACT);
	for (size_t i = 0; i < ITEMS; i++)
		judge(i, true);
	/* Entropy of the exact posterior in closed form. */
	double mean, se;
	ck_assert_int_eq(abi_diagnostics_expected_log_prob(diagnostics, &mean, &se), ABI_OK);
	ck_assert_double_eq_tol(se, sqrt(WIDTH * 0.5 / SETS), 0.005); /* −z²/2 has variance 1/2 */
	ck_assert_double_eq_tol(mean, -0.5 * WIDTH * (1 + log(2 * acos(-1) * variance)), 5 * se);
	/* Mean of |k/n − p| over the levels is at most that of the worst, √(1/4n) √(2/π): with 1000 sets 0.0126. */
	ck_assert_double_lt(abi_diagnostics_median(diagnostics, ABI_METRIC_CALIBRATION_ERROR), 0.03);
}
END_TEST

START_TEST(a_narrow_posterior_fails_everything)
{
	diagnose(NARROW);
	for (size_t i = 0; i < SIGNS; i++)
		judge(i, false);
	ck_assert_double_gt(abi_diagnostics_median(diagnostics, ABI_METRIC_CALIBRATION_ERROR), 0.06);
}
END_TEST

START_TEST(a_wide_posterior_fails_everything)
{
	diagnose(WIDE);
	for (size_t i = 0; i < SIGNS; i++)
		judge(i, false);
	ck_assert_double_gt(abi_diagnostics_median(diagnostics, ABI_METRIC_CALIBRATION_ERROR), 0.06);
}
END_TEST

START_TEST(a_shifted_posterior_fails_everything)
{
	/* By one sd. Half an sd is seen by the parameters' own ranks; the log-likelihood and distances, even about a point, see it late. */
	diagnose(SHIFTED);
	for (size_t i = 0; i <= SIGNS; i++)
		judge(i, false);
	ck_assert_double_gt(abi_diagnostics_median(diagnostics, ABI_METRIC_CALIBRATION_ERROR), 0.06);
}
END_TEST

static void fails_only_what_knows_the_data(void)
{
	for (size_t i = 0; i < ITEMS; i++)
		judge(i, i != LOG_LIKELIHOOD && i != TARP_DATA && i != TARP_HOST);
	ck_assert_double_lt(abi_diagnostics_median(diagnostics, ABI_METRIC_CALIBRATION_ERROR), 0.03);
}

START_TEST(a_returned_prior_fails_only_what_knows_the_data)
{
	diagnose(PRIOR);
	fails_only_what_knows_the_data();
	double mean, se;
	ck_assert_int_eq(abi_diagnostics_expected_log_prob(diagnostics, &mean, &se), ABI_OK);
	ck_assert_double_eq_tol(mean, -0.5 * WIDTH * (1 + log(2 * acos(-1))), 5 * se);
	ck_assert_double_eq_tol(abi_diagnostics_metric(diagnostics, ABI_METRIC_CONTRACTION, 0), 0, 0.25);
}
END_TEST

START_TEST(a_lost_parameter_fails_only_what_knows_the_data)
{
	diagnose(LOST);
	fails_only_what_knows_the_data();
	ck_assert_double_gt(abi_diagnostics_metric(diagnostics, ABI_METRIC_CONTRACTION, 0), 0.6);
	ck_assert_double_lt(abi_diagnostics_metric(diagnostics, ABI_METRIC_CONTRACTION, 1), 0.25);
}
END_TEST

/* Only the sum of two parameters is observed: independent draws from the right marginals. */
START_TEST(wrong_dependence_is_seen_by_what_looks_at_both)
{
	double *theta = malloc((size_t)SETS * WIDTH * sizeof(double)), *drawn = malloc((size_t)SETS * DRAWS * WIDTH * sizeof(double));
	double y[SETS], noise[SETS];
	abi_random *random;
	ck_assert_int_eq(abi_random_create(context, 12, &random), ABI_OK);
	abi_random_normal(random, 0, 1, (size_t)SETS * WIDTH, theta);
	abi_random_normal(random, 0, 0.3, SETS, noise);
	abi_random_normal(random, 0, 1, (size_t)SETS * DRAWS * WIDTH, drawn);
	for (size_t s = 0; s < SETS; s++) {
		y[s] = theta[2 * s] + theta[2 * s + 1] + noise[s];
		double gain = 1 / (2 + 0.09), sd = sqrt(1 - gain); /* marginals given the sum */
		for (size_t i = 0; i < DRAWS * WIDTH; i++)
			drawn[s * DRAWS * WIDTH + i] = gain * y[s] + sd * drawn[s * DRAWS * WIDTH + i];
	}
	abi_data_set(draws, "mu", ABI_F64, SETS, 2, (size_t[]){ DRAWS, WIDTH }, drawn);
	abi_data_set(truth, "mu", ABI_F64, SETS, 1, (size_t[]){ WIDTH }, theta);
	abi_data_set(truth, "y", ABI_F64, SETS, 0, NULL, y);
	ck_assert_int_eq(abi_diagnostics_rank_distance(diagnostics, "tarp_prior", NULL), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_distance(diagnostics, "tarp_data", "y"), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), ABI_OK);
	judge(0, true);
	judge(1, true);
	judge(WIDTH, false);
	judge(WIDTH + 1, false);
	abi_random_free(random);
	free(drawn);
	free(theta);
}
END_TEST

/* ---- how it is computed -------------------------------------------------------------------------------------------------------------------- */

START_TEST(distances_by_hand)
{
	/* Two data sets, two draws of two parameters. The second parameter is the same everywhere: no unit, no part. */
	const double drawn[] = { 1, 5, 4, 5, 0, 5, 2, 5 }, true_value[] = { 1, 5, 4, 5 };
	abi_data_set(draws, "mu", ABI_F64, 2, 2, (size_t[]){ 2, 2 }, drawn);
	abi_data_set(truth, "mu", ABI_F64, 2, 1, (size_t[]){ 2 }, true_value);
	ck_assert_int_eq(abi_diagnostics_rank_distance(diagnostics, "tarp", NULL), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), ABI_OK);
	/* First set: reference 0, values 1, 1, 4 with sd √3. Second: reference 1, values 4, 0, 2 with sd 2. */
	const double *distance = abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_TRUTH, 2);
	ck_assert_double_eq_tol(distance[0], 1 / sqrt(3), 1e-12);
	ck_assert_double_eq_tol(distance[1], 1.5, 1e-12);
	ck_assert_double_eq_tol(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_MEAN, 2)[0], 2.5 / sqrt(3), 1e-12);
	ck_assert_double_eq_tol(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_MEAN, 2)[1], 0.5, 1e-12);
	ck_assert_double_eq(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_RANK, 2)[1], 2);
}
END_TEST

static void cut(const abi_data *from, const char *name, size_t first, size_t sets, abi_data *to)
{
	size_t of_set = abi_data_elements(from, name) / abi_data_sets(from);
	abi_data_view(to, name, ABI_F64, sets, abi_data_rank(from, name), abi_data_shape(from, name), abi_data_f64(from, name) + first * of_set);
}

/* The same numbers, in pieces and with several threads. */
START_TEST(pieces_and_threads_change_nothing)
{
	diagnose(EXACT);
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = 3;
	abi_context *other;
	abi_diagnostics *pieces;
	ck_assert_int_eq(abi_context_create(&options, &other), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_create(other, &pieces), ABI_OK);
	ask_for_all(pieces);
	const size_t cuts[] = { 0, 1, 2, 7, 300, 301, SETS };
	for (size_t k = 0; k + 1 < sizeof cuts / sizeof cuts[0]; k++) {
		size_t first = cuts[k], sets = cuts[k + 1] - first;
		abi_data *some, *true_value;
		ck_assert_int_eq(abi_data_create(other, &some), ABI_OK);
		ck_assert_int_eq(abi_data_create(other, &true_value), ABI_OK);
		cut(draws, "mu", first, sets, some);
		cut(truth, "mu", first, sets, true_value);
		cut(truth, "y", first, sets, true_value);
		if (k == 2) { /* a call that fails leaves no trace */
			abi_status status = abi_diagnostics_add(pieces, some, true_value);
			ck_assert_int_eq(status, ABI_E_STATE);
		}
		abi_status status = abi_diagnostics_add_log_prob(pieces, some, true_value, log_q + first * DRAWS, log_q_truth + first);
		ck_assert_msg(status == ABI_OK, "%s", abi_context_error(other));
		abi_data_free(some);
		abi_data_free(true_value);
	}
	for (size_t i = 0; i < ITEMS; i++)
		for (int32_t e = ABI_ESTIMATE_TRUTH; e <= ABI_ESTIMATE_RANK; e++)
			ck_assert_mem_eq(abi_diagnostics_estimates(pieces, e, i), abi_diagnostics_estimates(diagnostics, e, i), SETS * sizeof(double));
	abi_diagnostics_free(pieces);
	abi_context_free(other);
}
END_TEST

START_TEST(equal_values_are_ranked_at_random)
{
	diagnose(EXACT);
	/* All values equal: the rank is uniform on 0…DRAWS and no other item's. */
	const double *ranks = abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_RANK, CONSTANT);
	double mean = 0, lowest = DRAWS, highest = 0;
	for (size_t s = 0; s < SETS; s++) {
		mean += ranks[s] / SETS;
		lowest = fmin(lowest, ranks[s]);
		highest = fmax(highest, ranks[s]);
		ck_assert(floor(ranks[s]) == ranks[s]);
	}
	ck_assert_double_eq_tol(mean, DRAWS / 2.0, 5 * DRAWS / sqrt(12.0 * SETS));
	ck_assert(lowest == 0 && highest == DRAWS); /* missed once in 20,000 seeds */
	/* Among three values, between those below and those not above. */
	const double *drawn = abi_data_f64(draws, "mu"), *theta = abi_data_f64(truth, "mu");
	ranks = abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_RANK, SIGNS);
	for (size_t s = 0; s < SETS; s++) {
		int below = 0, equal = 0, value = (theta[2 * s] > 0) + (theta[2 * s + 1] > 0);
		for (size_t d = s * DRAWS; d < (s + 1) * DRAWS; d++) {
			int one = (drawn[2 * d] > 0) + (drawn[2 * d + 1] > 0);
			below += one < value;
			equal += one == value;
		}
		ck_assert(ranks[s] >= below && ranks[s] <= below + equal);
	}
}
END_TEST

/* ---- what is refused ------------------------------------------------------------------------------------------------------------------------ */

static void refused(abi_status status, abi_status expected, const char *part)
{
	ck_assert_int_eq(status, expected);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "'%s' is not in: %s", part, abi_context_error(context));
}

static int32_t stop(const abi_data *parameters, const abi_data *data, size_t num_samples, double *values, void *user_data)
{
	(void)parameters, (void)data, (void)values, (void)user_data;
	return num_samples == 1 ? -7 : (memset(values, 0, abi_data_sets(data) * num_samples * sizeof *values), 0);
}

static int32_t leave_unfilled(const abi_data *parameters, const abi_data *data, size_t num_samples, double *values, void *user_data)
{
	(void)parameters, (void)data, (void)user_data;
	values[0] = INFINITY;
	(void)num_samples;
	return 0;
}

static int32_t refuse_reference(const abi_data *data, size_t first, size_t parameters, double *references, void *user_data)
{
	(void)data, (void)first, (void)parameters;
	references[0] = 0;
	return user_data != NULL ? 3 : 0;
}

START_TEST(names_and_times)
{
	refused(abi_diagnostics_rank_quantity(diagnostics, "a b", signs, NULL), ABI_E_NAME, "'a b'");
	ck_assert_int_eq(abi_diagnostics_rank_log_prob(diagnostics), ABI_OK);
	refused(abi_diagnostics_rank_log_prob(diagnostics), ABI_E_NAME, "'log_prob' already");
	refused(abi_diagnostics_rank_distance(diagnostics, "log_prob", NULL), ABI_E_NAME, "already");
	double mean;
	refused(abi_diagnostics_expected_log_prob(diagnostics, &mean, NULL), ABI_E_STATE, "0 data sets");
	simulate(EXACT);
	refused(abi_diagnostics_add(diagnostics, draws, truth), ABI_E_STATE, "no log densities");
	ck_assert_uint_eq(abi_diagnostics_parameters(diagnostics), 0);
	log_q_truth[3] = -INFINITY; /* is a value */
	ck_assert_int_eq(abi_diagnostics_add_log_prob(diagnostics, draws, truth, log_q, log_q_truth), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_expected_log_prob(diagnostics, &mean, NULL), ABI_OK);
	ck_assert_double_eq(mean, -INFINITY);
	ck_assert_double_eq(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_RANK, WIDTH)[3], 0);
	refused(abi_diagnostics_rank_distance(diagnostics, "late", NULL), ABI_E_BUSY, "'late'");
	log_q[5] = NAN;
	refused(abi_diagnostics_add_log_prob(diagnostics, draws, truth, log_q, log_q_truth), ABI_E_NUMERIC, "draw 5 of 'log_prob' in data set 0");
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), SETS);
}
END_TEST

static void refused_alone(abi_status expected, const char *part)
{
	simulate(EXACT);
	refused(abi_diagnostics_add(diagnostics, draws, truth), expected, part);
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), 0);
	abi_diagnostics_free(diagnostics);
	ck_assert_int_eq(abi_diagnostics_create(context, &diagnostics), ABI_OK);
}

START_TEST(callbacks_that_fail)
{
	abi_diagnostics_rank_quantity(diagnostics, "stops", stop, NULL);
	refused_alone(ABI_E_CALLBACK, "'stops' returned -7");
	ck_assert_int_eq(abi_context_callback_code(context), -7);
	abi_diagnostics_rank_quantity(diagnostics, "unfilled", leave_unfilled, NULL);
	refused_alone(ABI_E_NUMERIC, "draw 1 of 'unfilled' in data set 0 is not a number");
	abi_diagnostics_rank_distance_to(diagnostics, "references", refuse_reference, &current);
	refused_alone(ABI_E_CALLBACK, "'references' returned 3");
	abi_diagnostics_rank_distance_to(diagnostics, "references", refuse_reference, NULL);
	refused_alone(ABI_E_NUMERIC, "reference of 'references' for 'mu[1]' in data set 0");
	abi_diagnostics_rank_distance(diagnostics, "tarp", "y, x");
	refused_alone(ABI_E_NAME, "'x'");
	/* Names are told apart from those of draws by the host; a shape that changes is not. */
	abi_diagnostics_rank_distance(diagnostics, "tarp", "y");
	simulate(EXACT);
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), ABI_OK);
	double *other = calloc((size_t)SETS * 3, sizeof *other);
	abi_data_set(truth, "y", ABI_F64, SETS, 2, (size_t[]){ 1, 3 }, other);
	refused(abi_diagnostics_add(diagnostics, draws, truth), ABI_E_SHAPE, "(y)");
	free(other);
}
END_TEST

/* Few data sets of what simulate() left, for every allocation. */
START_TEST(every_allocation_may_fail)
{
	enum { FEW = 30 };
	simulate(EXACT);
	for (uint64_t n = 1;; n++) {
		failing_allocator fa;
		failing_allocator_init(&fa);
		abi_context *own = failing_allocator_context(&fa);
		abi_diagnostics *made = NULL;
		abi_data *some, *true_value;
		ck_assert_int_eq(abi_data_create(own, &some), ABI_OK);
		ck_assert_int_eq(abi_data_create(own, &true_value), ABI_OK);
		fa.allocations = 0;
		fa.fail_at = n;
		abi_status status = abi_diagnostics_create(own, &made);
		if (status == ABI_OK)
			status = abi_diagnostics_rank_quantity(made, "log_likelihood", log_likelihood, NULL);
		if (status == ABI_OK)
			status = abi_diagnostics_rank_log_prob(made);
		if (status == ABI_OK)
			status = abi_diagnostics_rank_distance(made, "tarp_prior", NULL);
		if (status == ABI_OK)
			status = abi_diagnostics_rank_distance(made, "tarp_data", "y");
		if (status == ABI_OK)
			status = abi_diagnostics_rank_distance_to(made, "tarp_host", data_means, NULL);
		size_t added = 0;
		for (size_t i = 0; i < 2 && status == ABI_OK; i++) {
			fa.fail_at = 0; /* views are the test's own */
			uint64_t before = fa.allocations;
			cut(draws, "mu", i * FEW, FEW, some);
			cut(truth, "mu", i * FEW, FEW, true_value);
			cut(truth, "y", i * FEW, FEW, true_value);
			fa.allocations = before;
			fa.fail_at = n;
			status = abi_diagnostics_add_log_prob(made, some, true_value, log_q + i * FEW * DRAWS, log_q_truth + i * FEW);
			added += status == ABI_OK ? FEW : 0;
			ck_assert_uint_eq(abi_diagnostics_sets(made), added);
		}
		double *band = malloc(2 * 201 * sizeof *band);
		if (status == ABI_OK)
			status = abi_diagnostics_ecdf_band(made, ABI_ECDF_PLAIN, 0.9, band, band + 201);
		if (status == ABI_OK)
			status = abi_diagnostics_ecdf(made, ABI_ECDF_PLAIN, 0, band, band + 201);
		free(band);
		abi_data_free(some);
		abi_data_free(true_value);
		abi_diagnostics_free(made);
		abi_context_free(own);
		ck_assert_uint_eq(fa.outstanding, 0);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/quantities");
	TCase *tests = tcase_create("quantities");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, an_exact_posterior_passes_everything);
	tcase_add_test(tests, a_narrow_posterior_fails_everything);
	tcase_add_test(tests, a_wide_posterior_fails_everything);
	tcase_add_test(tests, a_shifted_posterior_fails_everything);
	tcase_add_test(tests, a_returned_prior_fails_only_what_knows_the_data);
	tcase_add_test(tests, a_lost_parameter_fails_only_what_knows_the_data);
	tcase_add_test(tests, wrong_dependence_is_seen_by_what_looks_at_both);
	tcase_add_test(tests, distances_by_hand);
	tcase_add_test(tests, pieces_and_threads_change_nothing);
	tcase_add_test(tests, equal_values_are_ranked_at_random);
	tcase_add_test(tests, names_and_times);
	tcase_add_test(tests, callbacks_that_fail);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
