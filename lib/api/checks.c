#include "abi/checks.h"

#include "base/options.h"
#include "work/check.h"
#include "work/features.h"
#include "work/summary_space.h"

#include <math.h>

static abi_status check_range(abi_context *context, const char *what, int32_t value, int32_t least, int32_t most)
{
	if (value < least || value > most)
		return abi_fail(context, ABI_E_ARGUMENT, "%s is %d, expected %d to %d", what, value, least, most);
	return ABI_OK;
}

/* ---- the outcome of a test ------------------------------------------------------------------------------------------------------- */

void abi_check_free(abi_check *check)
{
	abi_check_destroy(check);
}

double abi_check_statistic(const abi_check *check)
{
	return check != NULL ? check->statistic : NAN;
}

double abi_check_p_value(const abi_check *check)
{
	return check != NULL ? check->p_value : NAN;
}

size_t abi_check_null_count(const abi_check *check)
{
	return check != NULL ? check->count : 0;
}

const double *abi_check_null(const abi_check *check)
{
	return check != NULL ? check->null : NULL;
}

/* ---- two samples --------------------------------------------------------------------------------------------------------------------- */

static abi_status check_samples(abi_context *context, const char *call, size_t columns, size_t x_rows, const double *x, size_t y_rows,
                                const double *y, size_t least)
{
	if (x == NULL || y == NULL)
		return abi_fail_null(context, call, x == NULL ? "x" : "y");
	if (columns == 0)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: columns is 0, expected at least 1", call);
	if (x_rows < least || y_rows < least)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: samples of %zu and %zu rows, expected at least %zu each", call, x_rows, y_rows, least);
	if (x_rows > INT32_MAX || y_rows > INT32_MAX - x_rows)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: samples of %zu and %zu rows, expected at most %d together", call, x_rows, y_rows, INT32_MAX);
	return ABI_OK;
}

static const abi_classifier_options default_classifier_options = {
	.size = sizeof(abi_classifier_options),
	.seed = 1,
	.folds = 5,
	.width = 64,
	.layers = 2,
	.epochs = 50,
};

void abi_classifier_options_init(abi_classifier_options *options, size_t size)
{
	abi_options_write(options, size, &default_classifier_options, sizeof default_classifier_options);
}

static abi_status read_classifier(abi_context *context, const abi_classifier_options *given, abi_classifier_options *options)
{
	*options = default_classifier_options;
	abi_status status = abi_options_read(context, "abi_classifier_options", given, sizeof *options, sizeof *options, options);
	if (status != ABI_OK)
		return status;
	abi_option_default(&options->folds, default_classifier_options.folds);
	abi_option_default(&options->width, default_classifier_options.width);
	abi_option_default(&options->layers, default_classifier_options.layers);
	abi_option_default(&options->epochs, default_classifier_options.epochs);
	status = check_range(context, "abi_classifier_options.folds", options->folds, 2, 100);
	if (status == ABI_OK)
		status = check_range(context, "abi_classifier_options.width", options->width, 1, 1024);
	if (status == ABI_OK)
		status = check_range(context, "abi_classifier_options.layers", options->layers, 1, 8);
	if (status == ABI_OK)
		status = check_range(context, "abi_classifier_options.epochs", options->epochs, 1, 10000);
	if (status == ABI_OK)
		status = check_range(context, "abi_classifier_options.permutations", options->permutations, 0, 1000000);
	return status == ABI_OK ? check_range(context, "abi_classifier_options.paired", options->paired, 0, 1) : status;
}

abi_status abi_check_classifier(abi_context *context, size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y,
                                const abi_classifier_options *given, abi_check **check)
{
	static const char call[] = "abi_check_classifier";
	if (check != NULL)
		*check = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (check == NULL)
		return abi_fail_null(context, call, "check");
	abi_classifier_options options;
	abi_status status = read_classifier(context, given, &options);
	if (status == ABI_OK)
		status = check_samples(context, call, columns, x_rows, x, y_rows, y, 2 * (size_t)options.folds);
	if (status == ABI_OK && options.paired != 0 && x_rows != y_rows)
		status = abi_fail(context, ABI_E_ARGUMENT, "%s: %zu rows cannot be paired with %zu", call, x_rows, y_rows);
	return status == ABI_OK ? abi_check_by_classifier(context, columns, x_rows, x, y_rows, y, &options, check) : status;
}

static const abi_mmd_options default_mmd_options = {
	.size = sizeof(abi_mmd_options),
	.seed = 1,
	.kernels = 5,
	.permutations = 500,
};

void abi_mmd_options_init(abi_mmd_options *options, size_t size)
{
	abi_options_write(options, size, &default_mmd_options, sizeof default_mmd_options);
}

static abi_status read_mmd(abi_context *context, const abi_mmd_options *given, abi_mmd_options *options)
{
	*options = default_mmd_options;
	abi_status status = abi_options_read(context, "abi_mmd_options", given, sizeof *options, sizeof *options, options);
	if (status != ABI_OK)
		return status;
	abi_option_default(&options->kernels, default_mmd_options.kernels);
	abi_option_default(&options->permutations, default_mmd_options.permutations);
	if (!(options->bandwidth >= 0 && options->bandwidth <= 1e100) || (options->bandwidth > 0 && options->bandwidth < 1e-100))
		return abi_fail(context, ABI_E_ARGUMENT, "abi_mmd_options.bandwidth is %g, expected 0, or 1e-100 to 1e100", options->bandwidth);
	status = check_range(context, "abi_mmd_options.kernels", options->kernels, 1, 15);
	if (status == ABI_OK && options->kernels % 2 == 0)
		status = abi_fail(context, ABI_E_ARGUMENT, "abi_mmd_options.kernels is %d, expected an odd number", options->kernels);
	return status == ABI_OK ? check_range(context, "abi_mmd_options.permutations", options->permutations, 1, 1000000) : status;
}

abi_status abi_check_mmd(abi_context *context, size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y,
                         const abi_mmd_options *given, abi_check **check)
{
	static const char call[] = "abi_check_mmd";
	if (check != NULL)
		*check = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (check == NULL)
		return abi_fail_null(context, call, "check");
	abi_mmd_options options;
	abi_status status = read_mmd(context, given, &options);
	if (status == ABI_OK)
		status = check_samples(context, call, columns, x_rows, x, y_rows, y, 2);
	return status == ABI_OK ? abi_check_by_mmd(context, columns, x_rows, x, y_rows, y, &options, check) : status;
}

/* ---- features of data sets -------------------------------------------------------------------------------------------------------------- */

size_t abi_features_width(const abi_posterior *posterior, int32_t features)
{
	return posterior != NULL && (features & ~ABI_FEATURES) == 0 ? abi_features_columns(posterior, features) : 0;
}

static abi_status check_features(abi_context *context, const char *call, const abi_posterior *posterior, int32_t features)
{
	if ((features & ~ABI_FEATURES) != 0)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: features is %d, expected a sum of ABI_FEATURE_ constants", call, features);
	if (abi_features_columns(posterior, features) == 0)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: the data sets of this posterior have none of the wanted features (%d)", call, features);
	return ABI_OK;
}

abi_status abi_features_compute(abi_context *context, const abi_posterior *posterior, const abi_data *observed, int32_t features,
                                size_t capacity, double *values)
{
	static const char call[] = "abi_features_compute";
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (posterior == NULL)
		return abi_fail_null(context, call, "posterior");
	if (observed == NULL)
		return abi_fail_null(context, call, "observed");
	if (values == NULL)
		return abi_fail_null(context, call, "values");
	abi_status status = check_features(context, call, posterior, features);
	if (status != ABI_OK)
		return status;
	size_t width = abi_features_columns(posterior, features), sets = abi_data_sets(observed);
	if (sets > capacity / width)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: %zu data sets × %zu features need more room than %zu elements", call, sets, width, capacity);
	return abi_features_take(context, posterior, observed, features, values, width);
}

/* ---- pairs ------------------------------------------------------------------------------------------------------------------------------- */

abi_status abi_check_joint(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets, int32_t features,
                           uint64_t seed, const abi_classifier_options *given, abi_check **check)
{
	static const char call[] = "abi_check_joint";
	if (check != NULL)
		*check = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (posterior == NULL)
		return abi_fail_null(context, call, "posterior");
	if (simulator == NULL)
		return abi_fail_null(context, call, "simulator");
	if (check == NULL)
		return abi_fail_null(context, call, "check");
	abi_classifier_options options;
	abi_status status = read_classifier(context, given, &options);
	options.paired = 1;
	if (features == 0)
		features = abi_features_of_pairs(posterior);
	if (status == ABI_OK)
		status = check_features(context, call, posterior, features);
	if (status == ABI_OK && (num_sets < 2 * (size_t)options.folds || num_sets > INT32_MAX / 2))
		status = abi_fail(context, ABI_E_ARGUMENT, "%s: num_sets is %zu, expected %d to %d", call, num_sets, 2 * options.folds, INT32_MAX / 2);
	return status == ABI_OK ? abi_check_pairs(context, posterior, simulator, num_sets, features, seed, &options, check) : status;
}

/* ---- summary space ------------------------------------------------------------------------------------------------------------------------- */

enum { LEAST_SIMULATED = 4 }; /* two to fit, two to compare with */

abi_status abi_summary_space_create(abi_context *context, size_t columns, size_t rows, const double *simulated, abi_summary_space **space)
{
	static const char call[] = "abi_summary_space_create";
	if (space != NULL)
		*space = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (space == NULL)
		return abi_fail_null(context, call, "space");
	if (simulated == NULL)
		return abi_fail_null(context, call, "simulated");
	if (columns == 0 || rows < LEAST_SIMULATED)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: %zu rows of %zu columns, expected at least %d of 1", call, rows, columns, LEAST_SIMULATED);
	return abi_summary_space_fit(context, columns, rows, simulated, space);
}

abi_status abi_summary_space_simulate(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets,
                                      int32_t features, uint64_t seed, abi_summary_space **space)
{
	static const char call[] = "abi_summary_space_simulate";
	if (space != NULL)
		*space = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (posterior == NULL)
		return abi_fail_null(context, call, "posterior");
	if (simulator == NULL)
		return abi_fail_null(context, call, "simulator");
	if (space == NULL)
		return abi_fail_null(context, call, "space");
	if (num_sets < LEAST_SIMULATED)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: num_sets is %zu, expected at least %d", call, num_sets, LEAST_SIMULATED);
	if (features == 0)
		features = abi_features_of_space(posterior);
	abi_status status = check_features(context, call, posterior, features);
	return status == ABI_OK ? abi_summary_space_draw(context, posterior, simulator, num_sets, features, seed, space) : status;
}

void abi_summary_space_free(abi_summary_space *space)
{
	abi_summary_space_destroy(space);
}

size_t abi_summary_space_columns(const abi_summary_space *space)
{
	return space != NULL ? space->columns : 0;
}

int32_t abi_summary_space_features(const abi_summary_space *space)
{
	return space != NULL ? space->features : 0;
}

size_t abi_summary_space_count(const abi_summary_space *space)
{
	return space != NULL ? space->count : 0;
}

const double *abi_summary_space_distances(const abi_summary_space *space)
{
	return space != NULL ? space->distances : NULL;
}

abi_status abi_summary_space_compare(const abi_summary_space *space, size_t rows, const double *observed, double *distances, double *p_values)
{
	static const char call[] = "abi_summary_space_compare";
	if (space == NULL)
		return ABI_E_ARGUMENT;
	if (observed == NULL)
		return abi_fail_null(space->context, call, "observed");
	return abi_summary_space_measure(space, call, rows, observed, distances, p_values);
}

abi_status abi_summary_space_mmd(const abi_summary_space *space, size_t rows, const double *observed, const abi_mmd_options *given,
                                 abi_check **check)
{
	static const char call[] = "abi_summary_space_mmd";
	if (check != NULL)
		*check = NULL;
	if (space == NULL)
		return ABI_E_ARGUMENT;
	if (check == NULL)
		return abi_fail_null(space->context, call, "check");
	if (observed == NULL)
		return abi_fail_null(space->context, call, "observed");
	if (rows < 2 || rows > INT32_MAX / 2)
		return abi_fail(space->context, ABI_E_ARGUMENT, "%s: %zu observed data sets, expected 2 to %d", call, rows, INT32_MAX / 2);
	abi_mmd_options options;
	abi_status status = read_mmd(space->context, given, &options);
	return status == ABI_OK ? abi_summary_space_by_mmd(space, call, rows, observed, &options, check) : status;
}

double abi_summary_space_effective_rank(const abi_summary_space *space)
{
	return space != NULL ? space->effective_rank : NAN;
}

double abi_summary_space_correlation(const abi_summary_space *space, size_t i, size_t j)
{
	if (space == NULL || i >= space->columns || j >= space->columns)
		return NAN;
	return space->correlation[i * space->columns + j];
}

double abi_summary_space_largest_correlation(const abi_summary_space *space, size_t *i, size_t *j)
{
	double largest = space != NULL ? 0 : NAN;
	size_t row = 0, column = 0;
	for (size_t a = 1; space != NULL && a < space->columns; a++)
		for (size_t b = 0; b < a; b++)
			if (fabs(space->correlation[a * space->columns + b]) > largest) {
				largest = fabs(space->correlation[a * space->columns + b]);
				row = a;
				column = b;
			}
	if (i != NULL)
		*i = row;
	if (j != NULL)
		*j = column;
	return largest;
}
