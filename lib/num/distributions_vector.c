/* Vectors from parameters that are vectors and matrices, one set for all simulations or one for each. */

#include "num/distributions.h"
#include "num/triangular.h"

#include <math.h>

static bool are_finite(size_t count, const double *values)
{
	for (size_t i = 0; i < count; i++)
		if (!isfinite(values[i]))
			return false;
	return true;
}

static void leave_out(size_t count, double *values)
{
	for (size_t i = 0; i < count; i++)
		values[i] = NAN;
}

/* ---- multivariate normal -------------------------------------------------------------------------------------------------------- */

static abi_parameters_state state_of_factor(size_t dim, const double *lower)
{
	for (size_t i = 0; i < dim; i++)
		if (!are_finite(i + 1, lower + i * dim))
			return ABI_PARAMETERS_MISSING;
	for (size_t i = 0; i < dim; i++)
		if (lower[i * dim + i] < 0)
			return ABI_PARAMETERS_WRONG;
	return ABI_PARAMETERS_FINE;
}

static void shift_rows(size_t rows, size_t dim, const double *mean, double *values)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < dim; i++)
			values[r * dim + i] += mean[i];
}

abi_parameters_state abi_random_fill_multivariate_normal(abi_random *random, size_t dim, const double *mean, const double *lower, bool each,
                                                         size_t rows, double *values)
{
	abi_parameters_state worst = ABI_PARAMETERS_FINE;
	abi_random_fill_normal(random, 0, 1, rows * dim, values);
	for (size_t simulation = 0; simulation < random->count; simulation++, values += rows * dim) {
		size_t set = each ? simulation : 0;
		const double *own_mean = mean != NULL ? mean + set * dim : NULL, *own_lower = lower + set * dim * dim;
		abi_parameters_state state = state_of_factor(dim, own_lower);
		if (own_mean != NULL && !are_finite(dim, own_mean))
			state = abi_parameters_worse(state, ABI_PARAMETERS_MISSING);
		worst = abi_parameters_worse(worst, state);
		if (state != ABI_PARAMETERS_FINE) {
			leave_out(rows * dim, values);
			continue;
		}
		abi_triangular_multiply_rows(own_lower, dim, rows, values);
		if (own_mean != NULL)
			shift_rows(rows, dim, own_mean, values);
	}
	return worst;
}

/* ---- Dirichlet ------------------------------------------------------------------------------------------------------------------- */

static abi_parameters_state state_of_concentration(size_t dim, const double *concentration)
{
	if (!are_finite(dim, concentration))
		return ABI_PARAMETERS_MISSING;
	for (size_t i = 0; i < dim; i++)
		if (!(concentration[i] > 0))
			return ABI_PARAMETERS_WRONG;
	return ABI_PARAMETERS_FINE;
}

/* Gamma values over their sum, in logs: below a concentration of about 0.05 all of them may be too small for a double. */
static void draw_shares(abi_random_stream *stream, size_t dim, const double *concentration, double *values)
{
	const double most = dim == 1 ? 1 : 1 - DBL_EPSILON / 2;
	double largest = -DBL_MAX, sum = 0;
	for (size_t i = 0; i < dim; i++) {
		values[i] = abi_within_doubles(abi_random_stream_log_gamma(stream, concentration[i]));
		largest = values[i] > largest ? values[i] : largest;
	}
	for (size_t i = 0; i < dim; i++) {
		values[i] = exp(values[i] - largest);
		sum += values[i];
	}
	for (size_t i = 0; i < dim; i++) {
		double share = values[i] / sum;
		values[i] = share < DBL_MIN ? DBL_MIN : share > most ? most : share;
	}
}

abi_parameters_state abi_random_fill_dirichlet(abi_random *random, size_t dim, const double *concentration, bool each, size_t rows,
                                               double *values)
{
	abi_parameters_state worst = ABI_PARAMETERS_FINE;
	for (size_t simulation = 0; simulation < random->count; simulation++, values += rows * dim) {
		const double *own = each ? concentration + simulation * dim : concentration;
		abi_random_stream stream = abi_random_stream_of(random, simulation);
		abi_parameters_state state = state_of_concentration(dim, own);
		worst = abi_parameters_worse(worst, state);
		if (state != ABI_PARAMETERS_FINE)
			leave_out(rows * dim, values);
		else
			for (size_t r = 0; r < rows; r++)
				draw_shares(&stream, dim, own, values + r * dim);
	}
	abi_random_next_fill(random);
	return worst;
}

/* ---- categorical ----------------------------------------------------------------------------------------------------------------- */

static abi_parameters_state state_of_weights(size_t categories, const double *weights, double *total)
{
	*total = 0;
	if (!are_finite(categories, weights))
		return ABI_PARAMETERS_MISSING;
	for (size_t k = 0; k < categories; k++) {
		if (weights[k] < 0)
			return ABI_PARAMETERS_WRONG;
		*total += weights[k];
	}
	return *total > 0 && *total <= DBL_MAX ? ABI_PARAMETERS_FINE : ABI_PARAMETERS_WRONG;
}

/* The category in which the running sum of the weights passes `at`, which is below their sum. */
static int32_t find_category(size_t categories, const double *weights, double at)
{
	double sum = 0;
	size_t last = 0; /* with a weight: where rounding has lifted `at` to the sum */
	for (size_t k = 0; k < categories; k++) {
		sum += weights[k];
		if (at < sum)
			return (int32_t)k;
		last = weights[k] > 0 ? k : last;
	}
	return (int32_t)last;
}

abi_parameters_state abi_random_fill_categorical(abi_random *random, size_t categories, const double *weights, bool each, size_t rows,
                                                 int32_t *values)
{
	abi_parameters_state worst = ABI_PARAMETERS_FINE;
	for (size_t simulation = 0; simulation < random->count; simulation++, values += rows) {
		const double *own = each ? weights + simulation * categories : weights;
		abi_random_stream stream = abi_random_stream_of(random, simulation);
		double total;
		abi_parameters_state state = state_of_weights(categories, own, &total);
		worst = abi_parameters_worse(worst, state);
		for (size_t r = 0; r < rows; r++)
			values[r] =
				state != ABI_PARAMETERS_FINE ? INT32_MIN : find_category(categories, own, total * abi_random_stream_uniform(&stream));
	}
	abi_random_next_fill(random);
	return worst;
}
