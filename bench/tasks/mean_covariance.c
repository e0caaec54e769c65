#include "tasks/mean_covariance.h"

#include "reference/mean_covariance.h"

#include <math.h>

enum { MOST_COLUMNS = MEAN_COVARIANCE_MOST_COLUMNS };

static size_t triangle(size_t columns)
{
	return columns * (columns + 1) / 2;
}

/*
 * L = 2 B⁻¹, where BᵀB ~ Wishart(D + 5, I): Bartlett's factor with the order of the columns reversed, so that B, and with
 * it L, is lower triangular.
 */
static void draw_conjugate(abi_random *random, size_t columns, double *lower)
{
	double b[MOST_COLUMNS * MOST_COLUMNS];
	for (size_t i = 0; i < columns; i++) {
		double half_square;
		abi_random_gamma(random, 0.5 * (double)(6 + i), 1, 1, &half_square);
		b[i * columns + i] = sqrt(2 * half_square);
		abi_random_normal(random, 0, 1, i, b + i * columns);
	}
	for (size_t j = 0; j < columns; j++)
		for (size_t i = j; i < columns; i++) {
			double sum = i == j ? 2 : 0;
			for (size_t k = j; k < i; k++)
				sum -= b[i * columns + k] * lower[k * columns + j];
			lower[i * columns + j] = sum / b[i * columns + i];
		}
}

/* The lower triangle by rows, and back. */
static void pack(const double *factor, size_t columns, double *lower)
{
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j <= i; j++)
			*lower++ = factor[i * columns + j];
}

static void unpack(const double *lower, size_t columns, double *factor)
{
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j <= i; j++)
			factor[i * columns + j] = *lower++;
}

/* x := shift + L x */
static void place(const double *shift, const double *factor, size_t columns, double *x)
{
	for (size_t i = columns; i-- > 0;) {
		double sum = shift != NULL ? shift[i] : 0;
		for (size_t j = 0; j <= i; j++)
			sum += factor[i * columns + j] * x[j];
		x[i] = sum;
	}
}

/* L of sd ~ Exponential(1) and correlations LKJ(1). */
static void draw_lkj(abi_random *random, size_t columns, double *lower)
{
	double sd[MOST_COLUMNS];
	abi_random_exponential(random, 1, columns, sd);
	abi_random_lkj_cholesky(random, columns, 1, 1, lower);
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j <= i; j++)
			lower[i * columns + j] *= sd[i];
}

static int32_t prior(abi_call *call, void *user_data)
{
	const mean_covariance_size *size = user_data;
	size_t columns = size->columns;
	double *mu = abi_call_output_f64(call, "mu"), *lower = abi_call_output_f64(call, "L");
	double factor[MOST_COLUMNS * MOST_COLUMNS];
	if (mu == NULL || lower == NULL)
		return -1;
	abi_random_normal(abi_call_random(call), 0, 1, columns, mu);
	for (size_t set = 0; set < abi_call_size(call); set++) {
		abi_random *random = abi_random_row(abi_call_random(call), set);
		if (size->prior == MEAN_COVARIANCE_LKJ) {
			draw_lkj(random, columns, factor);
		} else {
			draw_conjugate(random, columns, factor);
			place(NULL, factor, columns, mu + set * columns);
		}
		pack(factor, columns, lower + set * triangle(columns));
	}
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	const mean_covariance_size *size = user_data;
	size_t columns = size->columns;
	const double *mu = abi_call_input_f64(call, "mu"), *lower = abi_call_input_f64(call, "L");
	double *y = abi_call_output_f64(call, "y");
	double factor[MOST_COLUMNS * MOST_COLUMNS];
	if (mu == NULL || lower == NULL || y == NULL)
		return -1;
	bench_rows_normal(call, &size->rows, columns, y);
	const int64_t *offsets = bench_rows_vary(&size->rows) ? abi_call_offsets(call, "y") : NULL;
	for (size_t set = 0; set < abi_call_size(call); set++) {
		size_t row, end;
		unpack(lower + set * triangle(columns), columns, factor);
		for (bench_rows_of(&size->rows, offsets, set, &row, &end); row < end; row++)
			place(mu + set * columns, factor, columns, y + row * columns);
	}
	return 0;
}

static abi_status create_simulator(abi_context *context, void *user_data, abi_simulator **simulator)
{
	mean_covariance_size *size = user_data;
	const size_t elements = triangle(size->columns);
	abi_status status = abi_simulator_create(context, simulator);
	if (status != ABI_OK)
		return status;
	int32_t stage = abi_simulator_stage(*simulator, "prior", prior, user_data);
	abi_simulator_output(*simulator, stage, "mu", ABI_F64, 1, &size->columns);
	abi_simulator_output(*simulator, stage, "L", ABI_F64, 1, &elements);
	abi_simulator_concurrent(*simulator, stage);
	bench_rows_declare(*simulator, &size->rows);
	stage = abi_simulator_stage(*simulator, "likelihood", likelihood, user_data);
	abi_simulator_input(*simulator, stage, "mu");
	abi_simulator_input(*simulator, stage, "L");
	bench_rows_output(*simulator, stage, &size->rows, size->columns);
	return abi_simulator_concurrent(*simulator, stage);
}

/* Positive on the diagonal, free below it. */
static abi_status constrain_factor(abi_adapter *adapter, size_t columns)
{
	double lower[MOST_COLUMNS * (MOST_COLUMNS + 1) / 2];
	size_t k = 0;
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j <= i; j++)
			lower[k++] = i == j ? 0 : -INFINITY;
	return abi_adapter_constrain_with(adapter, "L", ABI_CONSTRAIN_EXP, lower, NULL, k);
}

static abi_status create_adapter(abi_context *context, const void *task_size, int32_t pivots, abi_adapter **adapter)
{
	const mean_covariance_size *size = task_size;
	abi_status status = abi_adapter_create(context, adapter);
	if (status != ABI_OK)
		return status;
	abi_adapter_as_set(*adapter, "y");
	constrain_factor(*adapter, size->columns);
	if (pivots)
		abi_adapter_pivot(*adapter, "mu, L", ABI_PIVOT_COVARIANCE, "y");
	abi_adapter_concatenate(*adapter, "mu, L", "inference_variables");
	abi_adapter_concatenate(*adapter, "y", "summary_variables");
	return abi_adapter_standardize(*adapter, pivots ? "summary_variables" : "inference_variables, summary_variables");
}

static void exact(const void *task_size, const abi_data *data, double *log_prob)
{
	const mean_covariance_size *size = task_size;
	size_t columns = size->columns;
	const double *mu = abi_data_f64(data, "mu"), *lower = abi_data_f64(data, "L"), *y = abi_data_f64(data, "y");
	const int64_t *offsets = abi_data_offsets(data, "y");
	double factor[MOST_COLUMNS * MOST_COLUMNS];
	for (size_t set = 0; set < abi_data_sets(data); set++) {
		size_t first, end;
		bench_rows_of(&size->rows, offsets, set, &first, &end);
		unpack(lower + set * triangle(columns), columns, factor);
		log_prob[set] = reference_mean_covariance_log_prob(mu + set * columns, factor, y + first * columns, end - first, columns);
	}
}

/*
 * Of mu ~ Normal(0, 1), sd ~ Exponential(1) and correlations LKJ(1), which is uniform, as a density of (mu, L): dΣ = 2^D Π L_ii^(D + 1 − i) dL and
 * dΣ = 2^D Π sd_i^D dsd dR, i from 1.
 */
static double log_prior_lkj(const double *mu, const double *factor, size_t columns)
{
	double sum = 0;
	for (size_t i = 0; i < columns; i++) {
		double square = 0;
		for (size_t k = 0; k <= i; k++)
			square += factor[i * columns + k] * factor[i * columns + k];
		sum += (double)(columns - i) * log(factor[i * columns + i]) - 0.5 * (double)columns * log(square) - sqrt(square) - 0.5 * mu[i] * mu[i];
	}
	return sum;
}

static double log_likelihood(const double *mu, const double *factor, const double *y, size_t rows, size_t columns)
{
	double sum = 0, z[MOST_COLUMNS];
	for (size_t i = 0; i < columns; i++)
		sum -= (double)rows * log(factor[i * columns + i]);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < columns; i++) {
			z[i] = y[r * columns + i] - mu[i];
			for (size_t k = 0; k < i; k++)
				z[i] -= factor[i * columns + k] * z[k];
			z[i] /= factor[i * columns + i];
			sum -= 0.5 * z[i] * z[i];
		}
	return sum;
}

void mean_covariance_log_joint(const void *task_size, const abi_data *data, double *log_joint)
{
	const mean_covariance_size *size = task_size;
	size_t columns = size->columns;
	if (size->prior != MEAN_COVARIANCE_LKJ) { /* the posterior differs from it by a factor of y alone */
		exact(size, data, log_joint);
		return;
	}
	const double *mu = abi_data_f64(data, "mu"), *lower = abi_data_f64(data, "L"), *y = abi_data_f64(data, "y");
	const int64_t *offsets = abi_data_offsets(data, "y");
	double factor[MOST_COLUMNS * MOST_COLUMNS];
	for (size_t set = 0; set < abi_data_sets(data); set++) {
		size_t first, end;
		bench_rows_of(&size->rows, offsets, set, &first, &end);
		unpack(lower + set * triangle(columns), columns, factor);
		log_joint[set] = log_prior_lkj(mu + set * columns, factor, columns)
		                 + log_likelihood(mu + set * columns, factor, y + first * columns, end - first, columns);
	}
}

static void contraction(const void *task_size, double *contraction)
{
	const mean_covariance_size *size = task_size;
	double factor[MOST_COLUMNS * MOST_COLUMNS];
	reference_mean_covariance_contraction(size->rows.most, size->columns, 200, 1, contraction, factor);
	pack(factor, size->columns, contraction + size->columns);
}

void mean_covariance_split(const double *lower, size_t columns, double *sd, double *correlation)
{
	double factor[MOST_COLUMNS * MOST_COLUMNS];
	unpack(lower, columns, factor);
	for (size_t i = 0; i < columns; i++) {
		double square = 0;
		for (size_t k = 0; k <= i; k++)
			square += factor[i * columns + k] * factor[i * columns + k];
		sd[i] = sqrt(square);
		for (size_t j = 0; j < i; j++) {
			double product = 0;
			for (size_t k = 0; k <= j; k++)
				product += factor[i * columns + k] * factor[j * columns + k];
			*correlation++ = product / (sd[i] * sd[j]);
		}
	}
}

static mean_covariance_size size_4 = { .columns = 4, .rows = { 263, 263 } };
static mean_covariance_size size_12 = { .columns = 12, .rows = { 263, 263 } };

const bench_task mean_covariance_4_task = {
	.name = "mean-covariance-4",
	.size = &size_4,
	.parameters = 14,
	.sets = 10000,
	.statistics = ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD | ABI_STATISTIC_CHOLESKY | ABI_STATISTIC_PULL,
	.simulator = create_simulator,
	.has_pivots = 1,
	.adapter = create_adapter,
	.exact = exact,
	.contraction = contraction,
};

const bench_task mean_covariance_12_task = {
	.name = "mean-covariance-12",
	.size = &size_12,
	.parameters = 90,
	.sets = 10000,
	.statistics = ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD | ABI_STATISTIC_CHOLESKY | ABI_STATISTIC_PULL,
	.simulator = create_simulator,
	.has_pivots = 1,
	.adapter = create_adapter,
	.exact = exact,
	.contraction = contraction,
};

bench_task mean_covariance_of(mean_covariance_size *size)
{
	bench_task task = mean_covariance_12_task;
	task.name = size->prior == MEAN_COVARIANCE_LKJ ? "full" : "niw";
	task.size = size;
	task.parameters = size->columns + triangle(size->columns);
	task.statistics |= bench_rows_vary(&size->rows) ? ABI_STATISTIC_LOG_COUNT : 0;
	if (size->prior == MEAN_COVARIANCE_LKJ)
		task.exact = NULL, task.contraction = NULL;
	return task;
}
