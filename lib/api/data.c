#include "abi/data.h"
#include "data/describe.h"

#include <math.h>
#include <string.h>

/* Offsets are size_t inside and int64_t at the border; they are the same bytes. */
_Static_assert(sizeof(size_t) == sizeof(int64_t), "libabi needs a 64-bit size_t");
_Static_assert(ABI_DATA_MAX_RANK == ABI_MAX_RANK, "the rank limit of the border is that of the data floor");

abi_status abi_data_create(abi_context *context, abi_data **data)
{
	if (data != NULL)
		*data = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (data == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_data_create: data is NULL");
	return abi_data_make(context, data);
}

void abi_data_free(abi_data *data)
{
	abi_data_destroy(data);
}

static abi_status check_sets(abi_data *data, const char *function, const char *name, size_t sets)
{
	if (sets < 1 || sets >= PTRDIFF_MAX)
		return abi_fail(data->context, ABI_E_ARGUMENT, "%s: '%s' has %zu data sets, expected at least 1", function, name, sets);
	return ABI_OK;
}

static abi_status set_fixed(abi_data *data, const char *function, bool copies, const char *name, int32_t dtype, size_t sets, int32_t rank,
                            const size_t *shape, const void *values)
{
	if (data == NULL)
		return ABI_E_ARGUMENT;
	abi_variable_spec spec;
	abi_variable *variable;
	abi_status status = abi_variable_spec_make(data->context, function, name, dtype, false, 0, rank, shape, &spec);
	if (status == ABI_OK)
		status = check_sets(data, function, name, sets);
	if (status == ABI_OK && values == NULL)
		status = abi_fail(data->context, ABI_E_ARGUMENT, "%s: the values of '%s' are NULL", function, name);
	if (status != ABI_OK)
		return status;
	if (!copies)
		return abi_data_borrow(data, &spec, sets, values, &variable);
	status = abi_data_add(data, &spec, sets, 0, &variable);
	if (status == ABI_OK)
		memmove(variable->values, values, abi_variable_elements(variable, sets) * abi_dtype_size(dtype));
	return status;
}

abi_status abi_data_set(abi_data *data, const char *name, int32_t dtype, size_t sets, int32_t rank, const size_t *shape, const void *values)
{
	return set_fixed(data, "abi_data_set", true, name, dtype, sets, rank, shape, values);
}

abi_status abi_data_view(abi_data *data, const char *name, int32_t dtype, size_t sets, int32_t rank, const size_t *shape,
                         const void *values)
{
	return set_fixed(data, "abi_data_view", false, name, dtype, sets, rank, shape, values);
}

static abi_status check_offsets(abi_data *data, const char *function, const char *name, size_t sets, const int64_t *offsets)
{
	if (offsets == NULL)
		return abi_fail(data->context, ABI_E_ARGUMENT, "%s: the offsets of '%s' are NULL", function, name);
	if (offsets[0] != 0)
		return abi_fail(data->context, ABI_E_ARGUMENT, "%s: the offsets of '%s' begin with %lld, expected 0", function, name,
		                (long long)offsets[0]);
	for (size_t s = 0; s < sets; s++)
		if (offsets[s + 1] < offsets[s])
			return abi_fail(data->context, ABI_E_ARGUMENT, "%s: the offsets of '%s' fall from %lld to %lld at data set %zu", function, name,
			                (long long)offsets[s], (long long)offsets[s + 1], s);
	return ABI_OK;
}

static abi_status set_ragged(abi_data *data, const char *function, bool copies, const char *name, int32_t dtype, size_t sets, int32_t rank,
                             const size_t *row_shape, const int64_t *offsets, const void *values)
{
	if (data == NULL)
		return ABI_E_ARGUMENT;
	abi_variable_spec spec;
	abi_status status = abi_variable_spec_make(data->context, function, name, dtype, true, 0, rank, row_shape, &spec);
	if (status == ABI_OK)
		status = check_sets(data, function, name, sets);
	if (status == ABI_OK)
		status = check_offsets(data, function, name, sets, offsets);
	if (status != ABI_OK)
		return status;
	size_t rows = (size_t)offsets[sets];
	if (values == NULL && rows > 0)
		return abi_fail(data->context, ABI_E_ARGUMENT, "%s: '%s' has %zu rows, but its values are NULL", function, name, rows);
	abi_variable *variable;
	if (copies || rows == 0)
		status = abi_data_add(data, &spec, sets, rows, &variable);
	else if (rows > (size_t)PTRDIFF_MAX / (abi_variable_spec_elements(&spec) * abi_dtype_size(dtype)))
		status = abi_fail(data->context, ABI_E_ARGUMENT, "%s: %zu rows of '%s' are larger than memory", function, rows, name);
	else
		status = abi_data_borrow(data, &spec, sets, values, &variable);
	if (status != ABI_OK)
		return status;
	memmove(variable->offsets, offsets, (sets + 1) * sizeof *offsets);
	if (copies && rows > 0)
		memmove(variable->values, values, abi_variable_elements(variable, sets) * abi_dtype_size(dtype));
	return ABI_OK;
}

abi_status abi_data_set_ragged(abi_data *data, const char *name, int32_t dtype, size_t sets, int32_t rank, const size_t *row_shape,
                               const int64_t *offsets, const void *values)
{
	return set_ragged(data, "abi_data_set_ragged", true, name, dtype, sets, rank, row_shape, offsets, values);
}

abi_status abi_data_view_ragged(abi_data *data, const char *name, int32_t dtype, size_t sets, int32_t rank, const size_t *row_shape,
                                const int64_t *offsets, const void *values)
{
	return set_ragged(data, "abi_data_view_ragged", false, name, dtype, sets, rank, row_shape, offsets, values);
}

static abi_variable *find(const abi_data *data, const char *name)
{
	return data != NULL && name != NULL ? abi_data_find(data, name) : NULL;
}

static abi_status fail_unknown(abi_data *data, const char *function, const char *name)
{
	return abi_fail(data->context, ABI_E_NAME, "%s: there is no variable '%.80s'", function, name != NULL ? name : "(null)");
}

abi_status abi_data_mask(abi_data *data, const char *name, const uint8_t *mask)
{
	if (data == NULL)
		return ABI_E_ARGUMENT;
	abi_variable *variable = find(data, name);
	if (variable == NULL)
		return fail_unknown(data, "abi_data_mask", name);
	uint8_t *kept = NULL;
	if (mask != NULL) {
		size_t elements = abi_variable_elements(variable, data->sets);
		kept = abi_memory_allocate(&data->memory, elements, 1);
		if (kept == NULL)
			return abi_fail_memory(data->context, "a mask");
		for (size_t i = 0; i < elements; i++)
			kept[i] = mask[i] != 0;
	}
	abi_memory_free(&data->memory, variable->mask);
	variable->mask = kept;
	return ABI_OK;
}

abi_status abi_data_remove(abi_data *data, const char *name)
{
	if (data == NULL)
		return ABI_E_ARGUMENT;
	abi_variable *variable = find(data, name);
	if (variable == NULL)
		return fail_unknown(data, "abi_data_remove", name);
	abi_data_drop(data, variable);
	return ABI_OK;
}

/* ---- look-ups -------------------------------------------------------------------------------------------------------------------- */

size_t abi_data_sets(const abi_data *data)
{
	return data != NULL && data->count > 0 ? data->sets : 0;
}

size_t abi_data_count(const abi_data *data)
{
	return data != NULL ? data->count : 0;
}

const char *abi_data_name(const abi_data *data, size_t i)
{
	return data != NULL && i < data->count ? data->variables[i].spec.name : NULL;
}

int32_t abi_data_dtype(const abi_data *data, const char *name)
{
	const abi_variable *variable = find(data, name);
	return variable != NULL ? variable->spec.dtype : 0;
}

int32_t abi_data_rank(const abi_data *data, const char *name)
{
	const abi_variable *variable = find(data, name);
	if (variable == NULL)
		return -1;
	return variable->spec.ragged ? variable->spec.rank - 1 : variable->spec.rank;
}

const size_t *abi_data_shape(const abi_data *data, const char *name)
{
	const abi_variable *variable = find(data, name);
	if (variable == NULL)
		return NULL;
	return variable->spec.ragged ? variable->spec.shape + 1 : variable->spec.shape;
}

size_t abi_data_elements(const abi_data *data, const char *name)
{
	const abi_variable *variable = find(data, name);
	return variable != NULL ? abi_variable_elements(variable, data->sets) : 0;
}

static const void *values_of(const abi_data *data, const char *name, int32_t dtype)
{
	const abi_variable *variable = find(data, name);
	return variable != NULL && variable->spec.dtype == dtype ? variable->values : NULL;
}

const double *abi_data_f64(const abi_data *data, const char *name)
{
	return values_of(data, name, ABI_F64);
}

const float *abi_data_f32(const abi_data *data, const char *name)
{
	return values_of(data, name, ABI_F32);
}

const int32_t *abi_data_i32(const abi_data *data, const char *name)
{
	return values_of(data, name, ABI_I32);
}

const int64_t *abi_data_offsets(const abi_data *data, const char *name)
{
	const abi_variable *variable = find(data, name);
	return variable != NULL ? (const int64_t *)variable->offsets : NULL;
}

const uint8_t *abi_data_get_mask(const abi_data *data, const char *name)
{
	const abi_variable *variable = find(data, name);
	return variable != NULL ? variable->mask : NULL;
}

/* ---- descriptions ---------------------------------------------------------------------------------------------------------------- */

abi_status abi_data_describe(abi_context *context, const abi_data *data, abi_description **description)
{
	if (description != NULL)
		*description = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (data == NULL || description == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_data_describe: %s is NULL", data == NULL ? "data" : "description");
	return abi_describe(context, data, description);
}

void abi_description_free(abi_description *description)
{
	abi_description_destroy(description);
}

size_t abi_description_columns(const abi_description *description)
{
	return description != NULL ? description->count : 0;
}

static const abi_column *column_of(const abi_description *description, size_t i)
{
	return description != NULL && i < description->count ? &description->columns[i] : NULL;
}

const char *abi_description_name(const abi_description *description, size_t i)
{
	const abi_column *column = column_of(description, i);
	return column != NULL ? column->name : NULL;
}

const char *abi_description_variable(const abi_description *description, size_t i)
{
	const abi_column *column = column_of(description, i);
	return column != NULL ? column->variable : NULL;
}

double abi_description_mean(const abi_description *description, size_t i)
{
	const abi_column *column = column_of(description, i);
	return column != NULL ? column->mean : NAN;
}

double abi_description_sd(const abi_description *description, size_t i)
{
	const abi_column *column = column_of(description, i);
	return column != NULL ? column->sd : NAN;
}

double abi_description_min(const abi_description *description, size_t i)
{
	const abi_column *column = column_of(description, i);
	return column != NULL ? column->min : NAN;
}

double abi_description_max(const abi_description *description, size_t i)
{
	const abi_column *column = column_of(description, i);
	return column != NULL ? column->max : NAN;
}

int32_t abi_description_flags(const abi_description *description, size_t i)
{
	const abi_column *column = column_of(description, i);
	return column != NULL ? column->flags : 0;
}

const char *abi_description_text(const abi_description *description, size_t i)
{
	const abi_column *column = column_of(description, i);
	return column != NULL && column->text != NULL ? column->text : "";
}
