#include "tasks/series.h"

#include "reference/autoregression.h"

#include <math.h>

typedef struct series_size {
	size_t steps;
} series_size;

static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	double *r1 = abi_call_output_f64(call, "r1"), *r2 = abi_call_output_f64(call, "r2"), *sigma = abi_call_output_f64(call, "sigma");
	if (r1 == NULL || r2 == NULL || sigma == NULL)
		return -1;
	abi_random_uniform(abi_call_random(call), -1, 1, 1, r1);
	abi_random_uniform(abi_call_random(call), -1, 1, 1, r2);
	abi_random_exponential(abi_call_random(call), 1, 1, sigma);
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	const series_size *size = user_data;
	const double *r1 = abi_call_input_f64(call, "r1"), *r2 = abi_call_input_f64(call, "r2"), *sigma = abi_call_input_f64(call, "sigma");
	double *all = abi_call_output_f64(call, "y");
	if (r1 == NULL || r2 == NULL || sigma == NULL || all == NULL)
		return -1;
	abi_random_normal(abi_call_random(call), 0, 1, size->steps, all);
	for (size_t set = 0; set < abi_call_size(call); set++) {
		double *y = all + set * size->steps;
		for (size_t t = 0; t < size->steps; t++) {
			y[t] *= sigma[set];
			y[t] += t > 0 ? r1[set] * (1 - r2[set]) * y[t - 1] : 0;
			y[t] += t > 1 ? r2[set] * y[t - 2] : 0;
		}
	}
	return 0;
}

static abi_status create_simulator(abi_context *context, void *user_data, abi_simulator **simulator)
{
	const series_size *size = user_data;
	abi_status status = abi_simulator_create(context, simulator);
	if (status != ABI_OK)
		return status;
	int32_t stage = abi_simulator_stage(*simulator, "prior", prior, user_data);
	abi_simulator_output(*simulator, stage, "r1", ABI_F64, 0, NULL);
	abi_simulator_output(*simulator, stage, "r2", ABI_F64, 0, NULL);
	abi_simulator_output(*simulator, stage, "sigma", ABI_F64, 0, NULL);
	abi_simulator_concurrent(*simulator, stage);
	stage = abi_simulator_stage(*simulator, "likelihood", likelihood, user_data);
	abi_simulator_input(*simulator, stage, "r1");
	abi_simulator_input(*simulator, stage, "r2");
	abi_simulator_input(*simulator, stage, "sigma");
	abi_simulator_output(*simulator, stage, "y", ABI_F64, 1, &size->steps);
	return abi_simulator_concurrent(*simulator, stage);
}

/*
 * Least squares for φ1, φ2 and σ, and from them r2 = φ2, r1 = φ1 / (1 − φ2), kept inside (−1, 1): in the coordinates of the adapter, logit((r + 1) / 2)
 * and ln σ. To first order r has the variance (1 − r²) / T (partial autocorrelations), and ln σ has 1 / (2T).
 */
static void estimate_series(const double *y, size_t steps, double estimate[3], double scale[3])
{
	double a11 = 0, a12 = 0, a22 = 0, b1 = 0, b2 = 0, square = 0, n = (double)steps;
	for (size_t t = 0; t < steps; t++) {
		double one = t > 0 ? y[t - 1] : 0, two = t > 1 ? y[t - 2] : 0;
		a11 += one * one, a12 += one * two, a22 += two * two;
		b1 += one * y[t], b2 += two * y[t], square += y[t] * y[t];
	}
	double determinant = a11 * a22 - a12 * a12;
	double phi1 = determinant > 0 ? (b1 * a22 - b2 * a12) / determinant : 0, phi2 = determinant > 0 ? (b2 * a11 - b1 * a12) / determinant : 0;
	double residual = fmax((square - phi1 * b1 - phi2 * b2) / n, 1e-12 * square / n + 1e-300);
	double most = 1 - 1 / n;
	double r2 = fmin(fmax(phi2, -most), most), r1 = fmin(fmax(phi1 / (1 - r2), -most), most);
	estimate[0] = log1p(r1) - log1p(-r1);
	estimate[1] = log1p(r2) - log1p(-r2);
	estimate[2] = 0.5 * log(residual);
	scale[0] = 2 / sqrt(n * (1 - r1 * r1));
	scale[1] = 2 / sqrt(n * (1 - r2 * r2));
	scale[2] = sqrt(0.5 / n);
}

static int32_t least_squares(const abi_data *observed, size_t sets, size_t parameters, double *estimate, double *scale, void *user_data)
{
	const double *y = abi_data_f64(observed, "y");
	(void)user_data;
	if (y == NULL || parameters != 3)
		return -1;
	size_t steps = abi_data_elements(observed, "y") / sets;
	for (size_t set = 0; set < sets; set++)
		estimate_series(y + set * steps, steps, estimate + 3 * set, scale + 3 * set);
	return 0;
}

static abi_status register_pivots(abi_context *context)
{
	return abi_pivot_register(context, "autoregression", least_squares, ABI_PIVOT_DIAGONAL, NULL, NULL);
}

static abi_status create_adapter(abi_context *context, const void *size, int32_t pivots, abi_adapter **adapter)
{
	(void)size;
	abi_status status = abi_adapter_create(context, adapter);
	if (status != ABI_OK)
		return status;
	abi_adapter_as_time_series(*adapter, "y");
	abi_adapter_constrain(*adapter, "r1, r2", -1, 1);
	abi_adapter_log(*adapter, "sigma");
	if (pivots)
		abi_adapter_pivot_with(*adapter, "r1, r2, sigma", "autoregression");
	abi_adapter_concatenate(*adapter, "r1, r2, sigma", "inference_variables");
	abi_adapter_concatenate(*adapter, "y", "summary_variables");
	return abi_adapter_standardize(*adapter, pivots ? "summary_variables" : "inference_variables, summary_variables");
}

static void exact(const void *task_size, const abi_data *data, double *log_prob)
{
	const series_size *size = task_size;
	const double *r1 = abi_data_f64(data, "r1"), *r2 = abi_data_f64(data, "r2");
	const double *sigma = abi_data_f64(data, "sigma"), *y = abi_data_f64(data, "y");
	for (size_t set = 0; set < abi_data_sets(data); set++)
		log_prob[set] = reference_autoregression_log_prob(r1[set], r2[set], sigma[set], y + set * size->steps, size->steps);
}

static void contraction(const void *task_size, double *contraction)
{
	const series_size *size = task_size;
	reference_autoregression_contraction(size->steps, 200, 1, contraction);
}

static series_size size_100 = { .steps = 100 };

const bench_task series_task = {
	.name = "series",
	.size = &size_100,
	.parameters = 3,
	.sets = 10000,
	.sequence = 1,
	.simulator = create_simulator,
	.has_pivots = 1,
	.register_pivots = register_pivots,
	.adapter = create_adapter,
	.exact = exact,
	.contraction = contraction,
};
