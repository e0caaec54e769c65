#include "work/summary_space.h"

#include "data/chain.h"
#include "num/eigenvalues.h"
#include "num/order.h"
#include "num/triangular.h"
#include "work/check.h"
#include "work/features.h"
#include "work/samples.h"

#include <math.h>
#include <string.h>

enum { MOST_KEPT = 1000 };

static const char where[] = "a summary space";

/* ---- distance --------------------------------------------------------------------------------------------------------------------------- */

/* Normal scores of a row; 0 for the value of a column that does not vary, infinite beside it. */
static void score(const abi_summary_space *space, const double *row, double *scores)
{
	for (size_t j = 0; j < space->columns; j++)
		scores[j] = abi_normal_scores_of(&space->scores[j], row[j]);
}

/* The same, and the difference from a constant as it is. */
static void score_finite(const abi_summary_space *space, const double *row, double *scores)
{
	score(space, row, scores);
	for (size_t j = 0; j < space->columns; j++)
		if (space->scores[j].count == 1)
			scores[j] = row[j] - space->scores[j].values[0];
}

/* The varying columns of a row, scored and standardised, into z; false when a column that does not vary has another value. */
static bool standardize(const abi_summary_space *space, const double *row, double *z)
{
	bool alike = true;
	score(space, row, z);
	size_t kept = 0;
	for (size_t j = 0; j < space->columns; j++)
		if (space->sd[j] > 0)
			z[kept++] = (z[j] - space->mean[j]) / space->sd[j];
		else
			alike = alike && z[j] == 0;
	return alike;
}

/* work[columns] is scratch. */
static double distance_of(const abi_summary_space *space, const double *row, double *work)
{
	if (!standardize(space, row, work))
		return INFINITY;
	abi_triangular_solve(space->factor, space->varying, 1, work);
	double square = 0;
	for (size_t i = 0; i < space->varying; i++)
		square += work[i] * work[i];
	return sqrt(square);
}

abi_status abi_summary_space_measure(const abi_summary_space *space, const char *call, size_t rows, const double *observed, double *distances,
                                     double *p_values)
{
	abi_status status = abi_sample_check(space->context, call, "the observed features", rows, space->columns, observed);
	if (status != ABI_OK)
		return status;
	double *work = abi_memory_allocate(&space->context->memory, space->columns, sizeof *work);
	if (work == NULL)
		return abi_fail_memory(space->context, where);
	for (size_t r = 0; r < rows; r++) {
		double distance = distance_of(space, observed + r * space->columns, work);
		if (distances != NULL)
			distances[r] = distance;
		if (p_values != NULL)
			p_values[r] = abi_check_share(space->distances, space->count, distance);
	}
	abi_memory_free(&space->context->memory, work);
	return ABI_OK;
}

abi_status abi_summary_space_by_mmd(const abi_summary_space *space, const char *call, size_t rows, const double *observed,
                                    const abi_mmd_options *options, abi_check **check)
{
	abi_context *context = space->context;
	abi_status status = abi_sample_check(context, call, "the observed features", rows, space->columns, observed);
	if (status != ABI_OK)
		return status;
	double *scores = abi_memory_allocate(&context->memory, rows, space->columns * sizeof *scores);
	if (scores == NULL)
		return abi_fail_memory(context, where);
	for (size_t r = 0; r < rows; r++)
		score_finite(space, observed + r * space->columns, scores + r * space->columns);
	status = abi_check_by_mmd(context, space->columns, rows, scores, space->kept_rows, space->kept, options, check);
	abi_memory_free(&context->memory, scores);
	return status;
}

/* ---- the fit ------------------------------------------------------------------------------------------------------------------------------ */

/* Adds z zᵀ to the lower triangle; returns |z|². */
static double add_square(size_t n, const double *z, double *triangle)
{
	double square = 0;
	for (size_t i = 0; i < n; i++) {
		square += z[i] * z[i];
		for (size_t j = 0; j <= i; j++)
			triangle[i * n + j] += z[i] * z[j];
	}
	return square;
}

/* The squared norm of a symmetric matrix of which the lower triangle is there, and that of its difference from the identity. */
static void norms(size_t n, const double *triangle, double *norm, double *from_identity)
{
	*norm = *from_identity = 0;
	for (size_t i = 0; i < n; i++) {
		double diagonal = triangle[i * n + i];
		for (size_t j = 0; j < i; j++)
			*norm += 2 * triangle[i * n + j] * triangle[i * n + j];
		*norm += diagonal * diagonal;
		*from_identity += (diagonal - 1) * (diagonal - 1) - diagonal * diagonal;
	}
	*from_identity += *norm;
}

static void shrink(size_t n, double share, const double *correlation, double *shrunk)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			shrunk[i * n + j] = (1 - share) * correlation[i * n + j] + (i == j ? share : 0);
}

/*
 * The share is Ledoit & Wolf's (2004) b² / d² with the identity as target: d² = |C − I|², and b² = Σ |z zᵀ − C|² / rows² is what the rows tell of
 * the error of C. The sum is Σ |z|⁴ − (rows − 2) |C|², as the z zᵀ add up to (rows − 1) C.
 */
static void factorise(abi_summary_space *space, size_t rows, const double *correlation, double fourth_powers)
{
	size_t n = space->varying;
	double norm, from_identity;
	norms(n, correlation, &norm, &from_identity);
	double error = (fourth_powers - (double)(rows - 2) * norm) / ((double)rows * (double)rows);
	double share = error < from_identity ? fmax(error / from_identity, 0) : 1;
	shrink(n, share, correlation, space->factor);
	while (!abi_cholesky(space->factor, n, space->factor)) { /* copies of a column among very many simulations; at 1 it is the identity */
		share = fmin(1, 10 * share + 1e-10);
		shrink(n, share, correlation, space->factor);
	}
}

/* Normal scores of every column: sorted values, and beside them their scores. */
static void fit_scores(abi_summary_space *space, size_t rows, const double *simulated)
{
	for (size_t j = 0; j < space->columns; j++) {
		double *values = space->tables + 2 * j * rows;
		for (size_t r = 0; r < rows; r++)
			values[r] = simulated[r * space->columns + j];
		abi_sort(values, rows);
		space->scores[j] = abi_normal_scores_fit(rows, values, values + rows);
	}
}

/* scored[rows, columns] is scratch. */
static void fit_moments(abi_summary_space *space, size_t rows, const double *simulated, double *scored)
{
	for (size_t r = 0; r < rows; r++)
		score(space, simulated + r * space->columns, scored + r * space->columns);
	abi_sample_moments(rows, space->columns, scored, space->mean, space->sd);
	for (size_t j = 0; j < space->columns; j++)
		space->varying += space->sd[j] > 0;
}

static abi_status fit(abi_summary_space *space, size_t rows, const double *simulated, double *scored)
{
	const abi_memory *memory = &space->context->memory;
	fit_scores(space, rows, simulated);
	fit_moments(space, rows, simulated, scored);
	size_t n = space->varying;
	double *correlation = abi_memory_zeroed(memory, n, n * sizeof *correlation), fourth_powers = 0;
	space->factor = abi_memory_allocate(memory, n, n * sizeof *space->factor);
	abi_status status = correlation != NULL && space->factor != NULL ? ABI_OK : abi_fail_memory(space->context, where);
	if (status == ABI_OK) {
		for (size_t r = 0; r < rows; r++) {
			standardize(space, simulated + r * space->columns, scored);
			double square = add_square(n, scored, correlation);
			fourth_powers += square * square;
		}
		for (size_t i = 0; i < n * n; i++)
			correlation[i] /= (double)(rows - 1);
		factorise(space, rows, correlation, fourth_powers);
	}
	abi_memory_free(memory, correlation);
	return status;
}

/* ---- dependence between features -------------------------------------------------------------------------------------------------------------- */

/* exp of the entropy of the eigenvalues, each divided by their sum, which is the number of features that vary. */
static double rank_of(size_t n, const double *values)
{
	double sum = 0, entropy = 0;
	for (size_t i = 0; i < n; i++)
		sum += fmax(values[i], 0);
	if (sum < 0.5)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (values[i] > 0)
			entropy -= values[i] / sum * log(values[i] / sum);
	return exp(entropy);
}

/* From sums of products of z-scores, lower triangle, to correlations on both sides; columns that do not vary have 0, on the diagonal too. */
static void complete(size_t n, size_t rows, double *correlation)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			double value = correlation[i * n + j] / (double)(rows - 1);
			correlation[i * n + j] = correlation[j * n + i] = fmin(fmax(value, -1), 1);
		}
		correlation[i * n + i] = correlation[i * n + i] > 0;
	}
}

static abi_status correlate(abi_summary_space *space, size_t rows, const double *simulated)
{
	const abi_memory *memory = &space->context->memory;
	size_t n = space->columns;
	double *scratch = abi_memory_allocate(memory, n, (n + 4) * sizeof *scratch);
	space->correlation = abi_memory_zeroed(memory, n, n * sizeof *space->correlation);
	abi_status status = scratch != NULL && space->correlation != NULL ? ABI_OK : abi_fail_memory(space->context, where);
	if (status == ABI_OK) {
		double *mean = scratch + n * n, *sd = mean + n, *z = sd + n, *values = z + n;
		abi_sample_moments(rows, n, simulated, mean, sd);
		status = abi_sample_check_moments(space->context, where, n, mean, sd);
		for (size_t r = 0; r < rows && status == ABI_OK; r++) {
			for (size_t j = 0; j < n; j++)
				z[j] = sd[j] > 0 ? (simulated[r * n + j] - mean[j]) / sd[j] : 0;
			add_square(n, z, space->correlation);
		}
		complete(n, rows, space->correlation);
		memcpy(scratch, space->correlation, n * n * sizeof *scratch);
		abi_eigenvalues_symmetric(n, scratch, z, values);
		space->effective_rank = rank_of(n, values);
	}
	abi_memory_free(memory, scratch);
	return status;
}

/* ---- making one --------------------------------------------------------------------------------------------------------------------------------- */

void abi_summary_space_destroy(abi_summary_space *space)
{
	if (space == NULL)
		return;
	abi_context *context = space->context;
	const abi_memory *memory = &context->memory;
	abi_memory_free(memory, space->correlation);
	abi_memory_free(memory, space->kept);
	abi_memory_free(memory, space->distances);
	abi_memory_free(memory, space->factor);
	abi_memory_free(memory, space->sd);
	abi_memory_free(memory, space->tables);
	abi_memory_free(memory, space->scores);
	abi_memory_free(memory, space->mean);
	abi_memory_free(memory, space);
	abi_context_release(context);
}

static abi_status make_room(abi_summary_space *space, size_t fitted)
{
	const abi_memory *memory = &space->context->memory;
	space->scores = abi_memory_allocate(memory, space->columns, sizeof *space->scores);
	space->tables = abi_memory_allocate(memory, fitted, 2 * space->columns * sizeof *space->tables);
	space->mean = abi_memory_allocate(memory, space->columns, sizeof *space->mean);
	space->sd = abi_memory_allocate(memory, space->columns, sizeof *space->sd);
	space->distances = abi_memory_allocate(memory, space->count, sizeof *space->distances);
	space->kept = abi_memory_allocate(memory, space->kept_rows, space->columns * sizeof *space->kept);
	bool all = space->scores != NULL && space->tables != NULL && space->mean != NULL && space->sd != NULL && space->distances != NULL &&
	           space->kept != NULL;
	return all ? ABI_OK : abi_fail_memory(space->context, where);
}

/* The second half, which the fit has not seen. */
static void measure_second_half(abi_summary_space *space, const double *second, double *work)
{
	for (size_t r = 0; r < space->count; r++)
		space->distances[r] = distance_of(space, second + r * space->columns, work);
	abi_sort(space->distances, space->count);
	for (size_t r = 0; r < space->kept_rows; r++)
		score_finite(space, second + r * space->columns, space->kept + r * space->columns);
}

static abi_status fill(abi_summary_space *space, size_t rows, const double *simulated)
{
	size_t fitted = rows - space->count;
	abi_status status = abi_sample_check(space->context, where, "the simulated features", rows, space->columns, simulated);
	double *work = abi_memory_allocate(&space->context->memory, fitted, space->columns * sizeof *work);
	if (status == ABI_OK)
		status = work != NULL ? make_room(space, fitted) : abi_fail_memory(space->context, where);
	if (status == ABI_OK)
		status = fit(space, fitted, simulated, work);
	if (status == ABI_OK) {
		measure_second_half(space, simulated + fitted * space->columns, work);
		status = correlate(space, rows, simulated);
	}
	abi_memory_free(&space->context->memory, work);
	return status;
}

abi_status abi_summary_space_fit(abi_context *context, size_t columns, size_t rows, const double *simulated, abi_summary_space **space)
{
	*space = NULL;
	if (columns > SIZE_MAX / sizeof(double) / columns / 4 || rows > SIZE_MAX / sizeof(double) / columns / 4)
		return abi_fail_memory(context, where);
	abi_summary_space *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, where);
	made->context = abi_context_retain(context);
	made->columns = columns;
	made->count = rows / 2;
	made->kept_rows = made->count < MOST_KEPT ? made->count : MOST_KEPT;
	abi_status status = fill(made, rows, simulated);
	if (status == ABI_OK)
		*space = made;
	else
		abi_summary_space_destroy(made);
	return status;
}

/* ---- from simulations ------------------------------------------------------------------------------------------------------------------------------ */

enum { CHUNK_SETS = 1000 };

static abi_status simulate(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets, int32_t features,
                           uint64_t seed, abi_data *data, double *values)
{
	size_t columns = abi_features_columns(posterior, features);
	abi_chain_cursor cursor = { .seed = seed };
	abi_status status = abi_chain_check(context, simulator);
	for (size_t done = 0; done < num_sets && status == ABI_OK; done += CHUNK_SETS) {
		status = abi_check_cancelled(context, where);
		if (status == ABI_OK)
			status = abi_chain_sample(context, simulator, &cursor, num_sets - done < CHUNK_SETS ? num_sets - done : CHUNK_SETS, data);
		if (status == ABI_OK)
			status = abi_features_take(context, posterior, data, features, values + done * columns, columns);
	}
	return status;
}

abi_status abi_summary_space_draw(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets,
                                  int32_t features, uint64_t seed, abi_summary_space **space)
{
	*space = NULL;
	size_t columns = abi_features_columns(posterior, features);
	double *values = abi_memory_allocate(&context->memory, num_sets, columns * sizeof *values);
	abi_data *data = NULL;
	abi_status status = values != NULL ? abi_data_make(context, &data) : abi_fail_memory(context, where);
	if (status == ABI_OK)
		status = simulate(context, posterior, simulator, num_sets, features, seed, data, values);
	if (status == ABI_OK)
		status = abi_summary_space_fit(context, columns, num_sets, values, space);
	if (status == ABI_OK)
		(*space)->features = features;
	abi_data_destroy(data);
	abi_memory_free(&context->memory, values);
	return status;
}
