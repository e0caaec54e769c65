#include "tasks/mean_covariance.h"

#include "reference/mean_covariance.h"

#include <math.h>

enum { MOST_COLUMNS = 12 };

typedef struct mean_covariance_size {
	size_t columns, rows;
} mean_covariance_size;

static size_t triangle(size_t columns)
{
	return columns * (columns + 1) / 2;
}

/*
 * L = 2 B⁻¹, where BᵀB ~ Wishart(D + 5, I): Bartlett's factor with the order of the columns reversed, so that B, and with
 * it L, is lower triangular.
 */
static void draw_factor(abi_random *random, size_t columns, double *lower)
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
		draw_factor(abi_random_row(abi_call_random(call), set), columns, factor);
		place(NULL, factor, columns, mu + set * columns);
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
	abi_random_normal(abi_call_random(call), 0, 1, size->rows * columns, y);
	for (size_t set = 0; set < abi_call_size(call); set++) {
		unpack(lower + set * triangle(columns), columns, factor);
		for (size_t row = 0; row < size->rows; row++)
			place(mu + set * columns, factor, columns, y + (set * size->rows + row) * columns);
	}
	return 0;
}

static abi_status create_simulator(abi_context *context, void *user_data, abi_simulator **simulator)
{
	const mean_covariance_size *size = user_data;
	const size_t elements = triangle(size->columns);
	abi_status status = abi_simulator_create(context, simulator);
	if (status != ABI_OK)
		return status;
	int32_t stage = abi_simulator_stage(*simulator, "prior", prior, user_data);
	abi_simulator_output(*simulator, stage, "mu", ABI_F64, 1, &size->columns);
	abi_simulator_output(*simulator, stage, "L", ABI_F64, 1, &elements);
	abi_simulator_concurrent(*simulator, stage);
	stage = abi_simulator_stage(*simulator, "likelihood", likelihood, user_data);
	abi_simulator_input(*simulator, stage, "mu");
	abi_simulator_input(*simulator, stage, "L");
	abi_simulator_output(*simulator, stage, "y", ABI_F64, 2, (const size_t[]){ size->rows, size->columns });
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
	size_t columns = size->columns, values = size->rows * columns;
	const double *mu = abi_data_f64(data, "mu"), *lower = abi_data_f64(data, "L"), *y = abi_data_f64(data, "y");
	double factor[MOST_COLUMNS * MOST_COLUMNS];
	for (size_t set = 0; set < abi_data_sets(data); set++) {
		unpack(lower + set * triangle(columns), columns, factor);
		log_prob[set] = reference_mean_covariance_log_prob(mu + set * columns, factor, y + set * values, size->rows, columns);
	}
}

static void contraction(const void *task_size, double *contraction)
{
	const mean_covariance_size *size = task_size;
	double factor[MOST_COLUMNS * MOST_COLUMNS];
	reference_mean_covariance_contraction(size->rows, size->columns, 200, 1, contraction, factor);
	pack(factor, size->columns, contraction + size->columns);
}

static mean_covariance_size size_4 = { .columns = 4, .rows = 263 };
static mean_covariance_size size_12 = { .columns = 12, .rows = 263 };

const bench_task mean_covariance_4_task = {
	.name = "mean-covariance-4",
	.size = &size_4,
	.parameters = 14,
	.sets = 10000,
	.statistics = ABI_STATISTIC_MEAN | ABI_STATISTIC_CHOLESKY,
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
	.statistics = ABI_STATISTIC_MEAN | ABI_STATISTIC_CHOLESKY,
	.simulator = create_simulator,
	.has_pivots = 1,
	.adapter = create_adapter,
	.exact = exact,
	.contraction = contraction,
};
