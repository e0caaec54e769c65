/* Vectors from parameters that are vectors and matrices, one set for all simulations or one for each. */

#include "num/distributions.h"
#include "num/triangular.h"

#include <math.h>

abi_parameters_state abi_random_worse(abi_parameters_state a, abi_parameters_state b)
{
	return a > b ? a : b;
}

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
			state = abi_random_worse(state, ABI_PARAMETERS_MISSING);
		worst = abi_random_worse(worst, state);
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
