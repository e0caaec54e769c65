#include "tasks/regression.h"

#include "reference/regression.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 64, MOST_COLUMNS = 16 };

typedef struct regression_size {
	size_t columns, rows;
} regression_size;

static int32_t prior(abi_call *call, void *user_data)
{
	const regression_size *size = user_data;
	double *beta = abi_call_output_f64(call, "beta"), *sigma2 = abi_call_output_f64(call, "sigma2");
	if (beta == NULL || sigma2 == NULL)
		return -1;
	abi_random_gamma(abi_call_random(call), 3, 2, 1, sigma2);
	abi_random_normal(abi_call_random(call), 0, 1, size->columns, beta);
	for (size_t set = 0; set < abi_call_size(call); set++) {
		sigma2[set] = 1 / sigma2[set];
		for (size_t j = 0; j < size->columns; j++)
			beta[set * size->columns + j] *= sqrt(sigma2[set]);
	}
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	const regression_size *size = user_data;
	const double *beta = abi_call_input_f64(call, "beta"), *sigma2 = abi_call_input_f64(call, "sigma2");
	double *x = abi_call_output_f64(call, "x"), *y = abi_call_output_f64(call, "y");
	if (beta == NULL || sigma2 == NULL || x == NULL || y == NULL)
		return -1;
	abi_random_normal(abi_call_random(call), 0, 1, size->rows * size->columns, x);
	abi_random_normal(abi_call_random(call), 0, 1, size->rows, y);
	for (size_t i = 0; i < abi_call_size(call) * size->rows; i++) {
		size_t set = i / size->rows;
		y[i] *= sqrt(sigma2[set]);
		for (size_t j = 0; j < size->columns; j++)
			y[i] += x[i * size->columns + j] * beta[set * size->columns + j];
	}
	return 0;
}

static abi_status create_simulator(abi_context *context, void *user_data, abi_simulator **simulator)
{
	const regression_size *size = user_data;
	abi_status status = abi_simulator_create(context, simulator);
	if (status != ABI_OK)
		return status;
	int32_t stage = abi_simulator_stage(*simulator, "prior", prior, user_data);
	abi_simulator_output(*simulator, stage, "beta", ABI_F64, 1, &size->columns);
	abi_simulator_output(*simulator, stage, "sigma2", ABI_F64, 0, NULL);
	abi_simulator_concurrent(*simulator, stage);
	stage = abi_simulator_stage(*simulator, "likelihood", likelihood, user_data);
	abi_simulator_input(*simulator, stage, "beta");
	abi_simulator_input(*simulator, stage, "sigma2");
	abi_simulator_output(*simulator, stage, "x", ABI_F64, 2, (const size_t[]){ size->rows, size->columns });
	abi_simulator_output(*simulator, stage, "y", ABI_F64, 1, &size->rows);
	return abi_simulator_concurrent(*simulator, stage);
}

/*
 * Least squares: β̂ = (XᵀX)⁻¹ Xᵀy with the covariance s² (XᵀX)⁻¹, s² = residual / (n − p); ln s² with the variance 2 / (n − p). The scale is the lower
 * Cholesky factor of that covariance. A ridge far below rounding keeps it defined.
 */
static int estimate_regression(const double *x, const double *y, size_t rows, size_t p, double *estimate, double *scale)
{
	double gram[MOST_COLUMNS * MOST_COLUMNS], covariance[MOST_COLUMNS * MOST_COLUMNS] = { 0 }, beta[MOST_COLUMNS] = { 0 }, residual = 0;
	memset(gram, 0, sizeof gram);
	for (size_t row = 0; row < rows; row++)
		for (size_t i = 0; i < p; i++) {
			beta[i] += x[row * p + i] * y[row];
			for (size_t j = 0; j <= i; j++)
				gram[i * p + j] += x[row * p + i] * x[row * p + j];
		}
	for (size_t i = 0; i < p; i++)
		gram[i * p + i] *= 1 + 1e-12;
	if (reference_cholesky(gram, p) != 0)
		return -1;
	reference_cholesky_solve(gram, p, beta);
	reference_cholesky_solve_transposed(gram, p, beta);
	for (size_t row = 0; row < rows; row++) {
		double error = y[row];
		for (size_t i = 0; i < p; i++)
			error -= beta[i] * x[row * p + i];
		residual += error * error;
	}
	double freedom = rows > p ? (double)(rows - p) : 1, square = fmax(residual / freedom, 1e-300);
	for (size_t i = 0; i < p; i++) {
		double column[MOST_COLUMNS] = { 0 };
		column[i] = 1;
		reference_cholesky_solve(gram, p, column);
		reference_cholesky_solve_transposed(gram, p, column);
		for (size_t j = i; j < p; j++)
			covariance[j * p + i] = square * column[j];
	}
	if (reference_cholesky(covariance, p) != 0)
		return -1;
	memset(scale, 0, (p + 1) * (p + 1) * sizeof *scale);
	for (size_t i = 0; i < p; i++) {
		estimate[i] = beta[i];
		memcpy(scale + i * (p + 1), covariance + i * p, (i + 1) * sizeof *scale);
	}
	estimate[p] = log(square);
	scale[p * (p + 1) + p] = sqrt(2 / freedom);
	return 0;
}

static int32_t least_squares(const abi_data *observed, size_t sets, size_t parameters, double *estimate, double *scale, void *user_data)
{
	const double *x = abi_data_f64(observed, "x"), *y = abi_data_f64(observed, "y");
	size_t p = parameters - 1;
	(void)user_data;
	if (x == NULL || y == NULL || p > MOST_COLUMNS)
		return -1;
	size_t rows = abi_data_elements(observed, "y") / sets;
	for (size_t set = 0; set < sets; set++)
		if (estimate_regression(x + set * rows * p, y + set * rows, rows, p, estimate + set * parameters, scale + set * parameters * parameters) != 0)
			return -2;
	return 0;
}

static abi_status register_pivots(abi_context *context)
{
	return abi_pivot_register(context, "least_squares", least_squares, ABI_PIVOT_LOWER, NULL, NULL);
}

static abi_status create_adapter(abi_context *context, const void *size, int32_t pivots, abi_adapter **adapter)
{
	(void)size;
	abi_status status = abi_adapter_create(context, adapter);
	if (status != ABI_OK)
		return status;
	abi_adapter_as_set(*adapter, "x, y");
	abi_adapter_log(*adapter, "sigma2");
	if (pivots)
		abi_adapter_pivot_with(*adapter, "beta, sigma2", "least_squares");
	abi_adapter_concatenate(*adapter, "beta, sigma2", "inference_variables");
	abi_adapter_concatenate(*adapter, "x, y", "summary_variables");
	return abi_adapter_standardize(*adapter, pivots ? "summary_variables" : "inference_variables, summary_variables");
}

static void exact(const void *task_size, const abi_data *data, double *log_prob)
{
	const regression_size *size = task_size;
	size_t columns = size->columns, rows = size->rows;
	const double *beta = abi_data_f64(data, "beta"), *sigma2 = abi_data_f64(data, "sigma2");
	const double *x = abi_data_f64(data, "x"), *y = abi_data_f64(data, "y");
	double both[MOST_ROWS * (MOST_COLUMNS + 1)];
	for (size_t set = 0; set < abi_data_sets(data); set++) {
		for (size_t row = 0; row < rows; row++) {
			memcpy(both + row * (columns + 1), x + (set * rows + row) * columns, columns * sizeof *x);
			both[row * (columns + 1) + columns] = y[set * rows + row];
		}
		log_prob[set] = reference_regression_log_prob(beta + set * columns, sigma2[set], both, rows, columns);
	}
}

static void contraction(const void *task_size, double *contraction)
{
	const regression_size *size = task_size;
	reference_regression_contraction(size->rows, size->columns, 400, 1, contraction);
}

static regression_size size_8x50 = { .columns = 8, .rows = 50 };

const bench_task regression_task = {
	.name = "regression",
	.size = &size_8x50,
	.parameters = 9,
	.sets = 10000,
	.statistics = ABI_STATISTIC_MEAN | ABI_STATISTIC_CHOLESKY,
	.simulator = create_simulator,
	.has_pivots = 1,
	.register_pivots = register_pivots,
	.adapter = create_adapter,
	.exact = exact,
	.contraction = contraction,
};
