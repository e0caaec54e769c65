#include "abi/adapter.h"

#include "data/adapter.h"
#include "data/plan.h"

#include <stdio.h>
#include <string.h>

abi_status abi_adapter_create(abi_context *context, abi_adapter **adapter)
{
	if (adapter != NULL)
		*adapter = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (adapter == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_adapter_create: adapter is NULL");
	return abi_adapter_make(context, adapter);
}

void abi_adapter_free(abi_adapter *adapter)
{
	abi_adapter_destroy(adapter);
}

const char *abi_adapter_error(const abi_adapter *adapter)
{
	return adapter != NULL ? adapter->error : "";
}

/* ---- the builder -------------------------------------------------------------------------------------------------------------- */

static abi_status add(abi_adapter *adapter, abi_recipe_line line, const char *names)
{
	if (adapter == NULL)
		return ABI_E_ARGUMENT;
	/* abi_adapter_add copies the names; the line of a recipe owns its own, hence the type. */
	memcpy(&line.names, &names, sizeof names);
	return abi_adapter_add(adapter, &line);
}

/* The same with arrays, which are copied too. */
static abi_status add_arrays(abi_adapter *adapter, abi_recipe_line line, const char *names, const double *first, const double *second)
{
	memcpy(&line.first, &first, sizeof first);
	memcpy(&line.second, &second, sizeof second);
	return add(adapter, line, names);
}

/* And with a new name; one that does not fit becomes one that is refused. */
static abi_status add_into(abi_adapter *adapter, abi_recipe_kind kind, const char *names, const char *into)
{
	abi_recipe_line line = { .kind = kind };
	if (into != NULL && strlen(into) < sizeof line.into)
		snprintf(line.into, sizeof line.into, "%s", into);
	return add(adapter, line, names);
}

abi_status abi_adapter_as_set(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_AS_SET }, names);
}

abi_status abi_adapter_as_time_series(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_AS_TIME_SERIES }, names);
}

abi_status abi_adapter_broadcast(abi_adapter *adapter, const char *names, const char *to)
{
	return add_into(adapter, ABI_RECIPE_BROADCAST, names, to);
}

abi_status abi_adapter_concatenate(abi_adapter *adapter, const char *names, const char *into)
{
	return add_into(adapter, ABI_RECIPE_CONCATENATE, names, into);
}

abi_status abi_adapter_rename(abi_adapter *adapter, const char *from, const char *to)
{
	return add_into(adapter, ABI_RECIPE_RENAME, from, to);
}

abi_status abi_adapter_keep(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_KEEP }, names);
}

abi_status abi_adapter_drop(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_DROP }, names);
}

abi_status abi_adapter_expand_dims(abi_adapter *adapter, const char *names, int32_t axis)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_EXPAND_DIMS, .number = axis }, names);
}

abi_status abi_adapter_convert_dtype(abi_adapter *adapter, const char *names, int32_t dtype)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_CONVERT_DTYPE, .number = dtype }, names);
}

abi_status abi_adapter_standardize(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_STANDARDIZE }, names);
}

abi_status abi_adapter_standardize_with(abi_adapter *adapter, const char *name, const double *mean, const double *sd, size_t count)
{
	return add_arrays(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_STANDARDIZE_WITH, .count = count }, name, mean, sd);
}

abi_status abi_adapter_constrain(abi_adapter *adapter, const char *names, double lower, double upper)
{
	return add_arrays(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_CONSTRAIN, .count = 1 }, names, &lower, &upper);
}

abi_status abi_adapter_constrain_with(abi_adapter *adapter, const char *name, int32_t method, const double *lower, const double *upper,
                                      size_t count)
{
	return add_arrays(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_CONSTRAIN, .number = method, .count = count }, name, lower, upper);
}

abi_status abi_adapter_constrain_simplex(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_CONSTRAIN_SIMPLEX }, names);
}

abi_status abi_adapter_constrain_ordered(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_CONSTRAIN_ORDERED }, names);
}

abi_status abi_adapter_constrain_positive_ordered(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_CONSTRAIN_POSITIVE_ORDERED }, names);
}

abi_status abi_adapter_constrain_correlation_cholesky(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_CONSTRAIN_CORRELATION_CHOLESKY }, names);
}

abi_status abi_adapter_constrain_covariance_cholesky(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_CONSTRAIN_COVARIANCE_CHOLESKY }, names);
}

abi_status abi_adapter_constrain_correlation(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_CONSTRAIN_CORRELATION }, names);
}

abi_status abi_adapter_constrain_covariance(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_CONSTRAIN_COVARIANCE }, names);
}

abi_status abi_adapter_log(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_LOG }, names);
}

abi_status abi_adapter_log1p(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_LOG1P }, names);
}

abi_status abi_adapter_sqrt(abi_adapter *adapter, const char *names)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_SQRT }, names);
}

abi_status abi_adapter_shift(abi_adapter *adapter, const char *names, double value)
{
	return add_arrays(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_SHIFT, .count = 1 }, names, &value, NULL);
}

abi_status abi_adapter_shift_with(abi_adapter *adapter, const char *name, const double *values, size_t count)
{
	return add_arrays(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_SHIFT, .count = count }, name, values, NULL);
}

abi_status abi_adapter_scale(abi_adapter *adapter, const char *names, double value)
{
	return add_arrays(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_SCALE, .count = 1 }, names, &value, NULL);
}

abi_status abi_adapter_scale_with(abi_adapter *adapter, const char *name, const double *values, size_t count)
{
	return add_arrays(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_SCALE, .count = count }, name, values, NULL);
}

abi_status abi_adapter_one_hot(abi_adapter *adapter, const char *names, int32_t classes)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_ONE_HOT, .number = classes }, names);
}

abi_status abi_adapter_nan_to_num(abi_adapter *adapter, const char *names, double value, int32_t with_mask)
{
	return add_arrays(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_NAN_TO_NUM, .number = with_mask, .count = 1 }, names, &value, NULL);
}

/* ---- use by hosts ----------------------------------------------------------------------------------------------------------------- */

static abi_status check_used(abi_context *context, const char *function, const abi_adapter *adapter, const abi_data *in, const void *out)
{
	if (adapter == NULL || in == NULL || out == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: %s is NULL", function, adapter == NULL ? "adapter" : in == NULL ? "the input" : "the output");
	if ((const void *)in == out)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: input and output are the same batch", function);
	return abi_adapter_check(context, adapter);
}

static abi_status check_seen(abi_context *context, const char *function, const abi_adapter *adapter)
{
	return adapter->plan != NULL ? ABI_OK : abi_fail(context, ABI_E_STATE, "%s: the adapter has seen no data yet", function);
}

abi_status abi_adapter_forward(abi_context *context, abi_adapter *adapter, const abi_data *data, abi_data *adapted)
{
	if (context == NULL)
		return ABI_E_ARGUMENT;
	abi_status status = check_used(context, "abi_adapter_forward", adapter, data, adapted);
	if (status != ABI_OK)
		return status;
	abi_plan *plan;
	status = abi_plan_of_data(context, adapter, data, &plan);
	if (status == ABI_OK)
		status = abi_plan_learn(context, plan, data);
	return status == ABI_OK ? abi_plan_forward_named(context, plan, data, adapted) : status;
}

abi_status abi_adapter_inverse(abi_context *context, abi_adapter *adapter, const abi_data *observed, const abi_data *adapted, abi_data *data)
{
	if (context == NULL)
		return ABI_E_ARGUMENT;
	abi_status status = check_used(context, "abi_adapter_inverse", adapter, adapted, data);
	if (status == ABI_OK)
		status = check_seen(context, "abi_adapter_inverse", adapter);
	return status == ABI_OK ? abi_plan_inverse_named(context, adapter->plan, observed, adapted, data) : status;
}

abi_status abi_adapter_log_det(abi_context *context, abi_adapter *adapter, const abi_data *observed, const abi_data *data, double *log_det,
                               size_t count)
{
	if (context == NULL)
		return ABI_E_ARGUMENT;
	abi_status status = check_used(context, "abi_adapter_log_det", adapter, data, log_det);
	if (status == ABI_OK)
		status = check_seen(context, "abi_adapter_log_det", adapter);
	return status == ABI_OK ? abi_plan_log_det_named(context, adapter->plan, observed, data, log_det, count) : status;
}
