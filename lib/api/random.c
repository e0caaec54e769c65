#include "abi/random.h"
#include "num/random.h"

#include <math.h>

abi_status abi_random_create(abi_context *context, uint64_t seed, abi_random **random)
{
	if (random != NULL)
		*random = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (random == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_random_create: random is NULL");
	abi_random *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "a generator");
	abi_random_start(made, seed, ABI_PURPOSE_HOST, 0, 1, NULL);
	abi_random_use(made, context->isa);
	made->single = true;
	made->context = abi_context_retain(context);
	*random = made;
	return ABI_OK;
}

void abi_random_free(abi_random *random)
{
	/* Generators of calls and rows have no context, and belong to their simulator. */
	if (random == NULL || random->context == NULL)
		return;
	abi_context *context = random->context;
	abi_memory memory = context->memory;
	abi_memory_free(&memory, random);
	abi_context_release(context);
}

/* Reports parameters out of range to whoever is there to hear it. */
static void complain(abi_random *random, const char *function)
{
	abi_random *hears = random->batch != NULL ? random->batch : random;
	if (hears->fault == NULL)
		hears->fault = function;
	if (random->context != NULL)
		abi_fail(random->context, ABI_E_ARGUMENT, "%s: a parameter is out of its range", function);
}

static void refuse_f64(abi_random *random, const char *function, size_t per_simulation, double *values)
{
	for (size_t i = 0; i < random->count * per_simulation; i++)
		values[i] = NAN;
	complain(random, function);
}

static void refuse_i32(abi_random *random, const char *function, size_t per_simulation, int32_t *values)
{
	for (size_t i = 0; i < random->count * per_simulation; i++)
		values[i] = INT32_MIN;
	complain(random, function);
}

static int is_nothing(const abi_random *random, size_t per_simulation, const void *values)
{
	return random == NULL || per_simulation == 0 || values == NULL;
}

void abi_random_uniform(abi_random *random, double low, double high, size_t per_simulation, double *values)
{
	if (is_nothing(random, per_simulation, values))
		return;
	if (isfinite(low) && isfinite(high) && low < high)
		abi_random_fill_uniform(random, low, high, per_simulation, values);
	else
		refuse_f64(random, "abi_random_uniform", per_simulation, values);
}

void abi_random_normal(abi_random *random, double mean, double sd, size_t per_simulation, double *values)
{
	if (is_nothing(random, per_simulation, values))
		return;
	if (isfinite(mean) && isfinite(sd) && sd >= 0)
		abi_random_fill_normal(random, mean, sd, per_simulation, values);
	else
		refuse_f64(random, "abi_random_normal", per_simulation, values);
}

void abi_random_lognormal(abi_random *random, double mean, double sd, size_t per_simulation, double *values)
{
	if (is_nothing(random, per_simulation, values))
		return;
	if (isfinite(mean) && isfinite(sd) && sd >= 0)
		abi_random_fill_lognormal(random, mean, sd, per_simulation, values);
	else
		refuse_f64(random, "abi_random_lognormal", per_simulation, values);
}

void abi_random_student_t(abi_random *random, double df, double location, double scale, size_t per_simulation, double *values)
{
	if (is_nothing(random, per_simulation, values))
		return;
	if (isfinite(df) && df > 0 && isfinite(location) && isfinite(scale) && scale >= 0)
		abi_random_fill_student_t(random, df, location, scale, per_simulation, values);
	else
		refuse_f64(random, "abi_random_student_t", per_simulation, values);
}

void abi_random_exponential(abi_random *random, double rate, size_t per_simulation, double *values)
{
	if (is_nothing(random, per_simulation, values))
		return;
	if (isfinite(rate) && rate > 0)
		abi_random_fill_exponential(random, rate, per_simulation, values);
	else
		refuse_f64(random, "abi_random_exponential", per_simulation, values);
}

void abi_random_gamma(abi_random *random, double shape, double rate, size_t per_simulation, double *values)
{
	if (is_nothing(random, per_simulation, values))
		return;
	if (isfinite(shape) && isfinite(rate) && shape > 0 && rate > 0)
		abi_random_fill_gamma(random, shape, rate, per_simulation, values);
	else
		refuse_f64(random, "abi_random_gamma", per_simulation, values);
}

void abi_random_beta(abi_random *random, double a, double b, size_t per_simulation, double *values)
{
	if (is_nothing(random, per_simulation, values))
		return;
	if (isfinite(a) && isfinite(b) && a > 0 && b > 0)
		abi_random_fill_beta(random, a, b, per_simulation, values);
	else
		refuse_f64(random, "abi_random_beta", per_simulation, values);
}

void abi_random_integers(abi_random *random, int32_t low, int32_t high, size_t per_simulation, int32_t *values)
{
	if (is_nothing(random, per_simulation, values))
		return;
	if (low <= high)
		abi_random_fill_integers(random, low, high, per_simulation, values);
	else
		refuse_i32(random, "abi_random_integers", per_simulation, values);
}

void abi_random_poisson(abi_random *random, double mean, size_t per_simulation, int32_t *values)
{
	if (is_nothing(random, per_simulation, values))
		return;
	if (mean >= 0 && mean <= 1e9)
		abi_random_fill_poisson(random, mean, per_simulation, values);
	else
		refuse_i32(random, "abi_random_poisson", per_simulation, values);
}

void abi_random_binomial(abi_random *random, int32_t trials, double probability, size_t per_simulation, int32_t *values)
{
	if (is_nothing(random, per_simulation, values))
		return;
	if (trials >= 0 && probability >= 0 && probability <= 1)
		abi_random_fill_binomial(random, trials, probability, per_simulation, values);
	else
		refuse_i32(random, "abi_random_binomial", per_simulation, values);
}

void abi_random_permutation(abi_random *random, size_t items, int32_t *values)
{
	if (is_nothing(random, items, values))
		return;
	if (items <= INT32_MAX)
		abi_random_fill_permutation(random, items, values);
	else
		complain(random, "abi_random_permutation");
}

/* The result of a fill from arrays. Numbers that are not finite are a mistake in parameters of all simulations, but in those of one only lose that one. */
static void hear_shared(abi_random *random, const char *function, abi_parameters_state state)
{
	if (state != ABI_PARAMETERS_FINE)
		complain(random, function);
}

static void hear_each(abi_random *random, const char *function, abi_parameters_state state)
{
	if (state == ABI_PARAMETERS_WRONG)
		complain(random, function);
}

static int is_empty(const abi_random *random, size_t dim, size_t rows, const void *values)
{
	return dim == 0 || is_nothing(random, rows, values);
}

void abi_random_uniform_each(abi_random *random, size_t dim, const double *low, const double *high, size_t rows, double *values)
{
	if (!is_empty(random, dim, rows, values) && low != NULL && high != NULL)
		hear_each(random, "abi_random_uniform_each", abi_random_fill_uniform_each(random, dim, low, high, rows, values));
}

void abi_random_normal_each(abi_random *random, size_t dim, const double *mean, const double *sd, size_t rows, double *values)
{
	if (!is_empty(random, dim, rows, values))
		hear_each(random, "abi_random_normal_each", abi_random_fill_normal_each(random, dim, mean, sd, rows, values));
}

void abi_random_lognormal_each(abi_random *random, size_t dim, const double *mean, const double *sd, size_t rows, double *values)
{
	if (!is_empty(random, dim, rows, values))
		hear_each(random, "abi_random_lognormal_each", abi_random_fill_lognormal_each(random, dim, mean, sd, rows, values));
}

void abi_random_student_t_each(abi_random *random, size_t dim, const double *df, const double *location, const double *scale, size_t rows,
                               double *values)
{
	if (!is_empty(random, dim, rows, values) && df != NULL)
		hear_each(random, "abi_random_student_t_each", abi_random_fill_student_t_each(random, dim, df, location, scale, rows, values));
}

void abi_random_exponential_each(abi_random *random, size_t dim, const double *rate, size_t rows, double *values)
{
	if (!is_empty(random, dim, rows, values) && rate != NULL)
		hear_each(random, "abi_random_exponential_each", abi_random_fill_exponential_each(random, dim, rate, rows, values));
}

void abi_random_gamma_each(abi_random *random, size_t dim, const double *shape, const double *rate, size_t rows, double *values)
{
	if (!is_empty(random, dim, rows, values) && shape != NULL)
		hear_each(random, "abi_random_gamma_each", abi_random_fill_gamma_each(random, dim, shape, rate, rows, values));
}

void abi_random_beta_each(abi_random *random, size_t dim, const double *a, const double *b, size_t rows, double *values)
{
	if (!is_empty(random, dim, rows, values) && a != NULL && b != NULL)
		hear_each(random, "abi_random_beta_each", abi_random_fill_beta_each(random, dim, a, b, rows, values));
}

void abi_random_integers_each(abi_random *random, size_t dim, const int32_t *low, const int32_t *high, size_t rows, int32_t *values)
{
	if (!is_empty(random, dim, rows, values) && low != NULL && high != NULL)
		hear_each(random, "abi_random_integers_each", abi_random_fill_integers_each(random, dim, low, high, rows, values));
}

void abi_random_poisson_each(abi_random *random, size_t dim, const double *mean, size_t rows, int32_t *values)
{
	if (!is_empty(random, dim, rows, values) && mean != NULL)
		hear_each(random, "abi_random_poisson_each", abi_random_fill_poisson_each(random, dim, mean, rows, values));
}

void abi_random_binomial_each(abi_random *random, size_t dim, const int32_t *trials, const double *probability, size_t rows,
                              int32_t *values)
{
	if (!is_empty(random, dim, rows, values) && trials != NULL && probability != NULL)
		hear_each(random, "abi_random_binomial_each", abi_random_fill_binomial_each(random, dim, trials, probability, rows, values));
}

void abi_random_categorical(abi_random *random, size_t categories, const double *weights, size_t per_simulation, int32_t *values)
{
	if (is_empty(random, categories, per_simulation, values) || weights == NULL)
		return;
	hear_shared(random, "abi_random_categorical", abi_random_fill_categorical(random, categories, weights, false, per_simulation, values));
}

void abi_random_categorical_each(abi_random *random, size_t categories, const double *weights, size_t rows, int32_t *values)
{
	if (is_empty(random, categories, rows, values) || weights == NULL)
		return;
	hear_each(random, "abi_random_categorical_each", abi_random_fill_categorical(random, categories, weights, true, rows, values));
}

void abi_random_dirichlet(abi_random *random, size_t dim, const double *concentration, size_t rows, double *values)
{
	if (is_empty(random, dim, rows, values) || concentration == NULL)
		return;
	hear_shared(random, "abi_random_dirichlet", abi_random_fill_dirichlet(random, dim, concentration, false, rows, values));
}

void abi_random_dirichlet_each(abi_random *random, size_t dim, const double *concentration, size_t rows, double *values)
{
	if (is_empty(random, dim, rows, values) || concentration == NULL)
		return;
	hear_each(random, "abi_random_dirichlet_each", abi_random_fill_dirichlet(random, dim, concentration, true, rows, values));
}

void abi_random_multivariate_normal(abi_random *random, size_t dim, const double *mean, const double *cholesky, size_t rows, double *values)
{
	if (is_empty(random, dim, rows, values) || cholesky == NULL)
		return;
	hear_shared(random, "abi_random_multivariate_normal",
	            abi_random_fill_multivariate_normal(random, dim, mean, cholesky, false, rows, values));
}

void abi_random_multivariate_normal_each(abi_random *random, size_t dim, const double *mean, const double *cholesky, size_t rows,
                                         double *values)
{
	if (is_empty(random, dim, rows, values) || cholesky == NULL)
		return;
	hear_each(random, "abi_random_multivariate_normal_each",
	          abi_random_fill_multivariate_normal(random, dim, mean, cholesky, true, rows, values));
}

typedef void (*fill_correlations)(abi_random *random, size_t dim, double eta, size_t per_simulation, double *values);

static void lkj(abi_random *random, const char *function, fill_correlations fill, size_t dim, double eta, size_t per_simulation,
                double *values)
{
	if (is_empty(random, dim, per_simulation, values))
		return;
	if (isfinite(eta) && eta > 0)
		fill(random, dim, eta, per_simulation, values);
	else
		refuse_f64(random, function, per_simulation * dim * dim, values);
}

void abi_random_lkj(abi_random *random, size_t dim, double eta, size_t per_simulation, double *values)
{
	lkj(random, "abi_random_lkj", abi_random_fill_lkj, dim, eta, per_simulation, values);
}

void abi_random_lkj_cholesky(abi_random *random, size_t dim, double eta, size_t per_simulation, double *values)
{
	lkj(random, "abi_random_lkj_cholesky", abi_random_fill_lkj_cholesky, dim, eta, per_simulation, values);
}

typedef void (*fill_covariances)(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values);

static bool is_regular_factor(size_t dim, const double *lower)
{
	for (size_t i = 0; i < dim; i++) {
		for (size_t j = 0; j <= i; j++)
			if (!isfinite(lower[i * dim + j]))
				return false;
		if (!(lower[i * dim + i] > 0))
			return false;
	}
	return true;
}

static void covariances(abi_random *random, const char *function, fill_covariances fill, size_t dim, double df, const double *scale,
                        size_t per_simulation, double *values)
{
	if (is_empty(random, dim, per_simulation, values))
		return;
	if (isfinite(df) && df > (double)(dim - 1) && (scale == NULL || is_regular_factor(dim, scale)))
		fill(random, dim, df, scale, per_simulation, values);
	else
		refuse_f64(random, function, per_simulation * dim * dim, values);
}

void abi_random_wishart(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values)
{
	covariances(random, "abi_random_wishart", abi_random_fill_wishart, dim, df, scale, per_simulation, values);
}

void abi_random_wishart_cholesky(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values)
{
	covariances(random, "abi_random_wishart_cholesky", abi_random_fill_wishart_cholesky, dim, df, scale, per_simulation, values);
}

void abi_random_inverse_wishart(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values)
{
	covariances(random, "abi_random_inverse_wishart", abi_random_fill_inverse_wishart, dim, df, scale, per_simulation, values);
}

void abi_random_inverse_wishart_cholesky(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation,
                                         double *values)
{
	covariances(random, "abi_random_inverse_wishart_cholesky", abi_random_fill_inverse_wishart_cholesky, dim, df, scale, per_simulation,
	            values);
}

size_t abi_random_size(const abi_random *random)
{
	return random != NULL ? random->count : 0;
}

abi_random *abi_random_row(abi_random *random, size_t row)
{
	return random != NULL ? abi_random_of_row(random, row) : NULL;
}

uint64_t abi_random_seed(const abi_random *random, size_t row)
{
	return random != NULL && row < random->count ? abi_random_seed_of(random, row) : 0;
}
