#include "plot/columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double abi_columns_element(const abi_data *data, const char *name, size_t i)
{
	const uint8_t *mask = abi_data_get_mask(data, name);
	if (mask != NULL && mask[i] != 0)
		return NAN;
	switch (abi_data_dtype(data, name)) {
	case ABI_F64: return abi_data_f64(data, name)[i];
	case ABI_F32: return abi_data_f32(data, name)[i];
	case ABI_I32: return abi_data_i32(data, name)[i];
	default: return NAN;
	}
}

/* Elements of one draw: the axes behind the first. */
static size_t draw_size(const abi_data *draws, const char *name)
{
	const size_t *shape = abi_data_shape(draws, name);
	size_t size = 1;
	for (int32_t axis = 1; axis < abi_data_rank(draws, name); axis++)
		size *= shape[axis];
	return size;
}

static void element_name(const abi_data *draws, const char *name, size_t i, char text[ABI_PLOT_NAME_SIZE])
{
	const size_t *shape = abi_data_shape(draws, name);
	size_t below = draw_size(draws, name);
	int used = snprintf(text, ABI_PLOT_NAME_SIZE, "%s", name);
	int32_t rank = abi_data_rank(draws, name);
	for (int32_t axis = 1; axis < rank; axis++) {
		below /= shape[axis];
		used += snprintf(text + used, (size_t)(ABI_PLOT_NAME_SIZE - used), "%s%zu%s", axis == 1 ? "[" : ",", i / below % shape[axis],
		                 axis == rank - 1 ? "]" : "");
	}
}

static abi_status check_draws(abi_plot *plot, const abi_data *draws, size_t set, abi_columns *columns)
{
	if (abi_data_count(draws) == 0)
		return abi_plot_fail(plot, ABI_E_STATE, "the draws hold no variable: there is nothing to draw");
	if (set >= abi_data_sets(draws))
		return abi_plot_fail(plot, ABI_E_ARGUMENT, "set is %zu, but the draws are for %zu data sets", set, abi_data_sets(draws));
	for (size_t v = 0; v < abi_data_count(draws); v++) {
		const char *name = abi_data_name(draws, v);
		if (abi_data_rank(draws, name) < 1 || abi_data_offsets(draws, name) != NULL)
			return abi_plot_fail(plot, ABI_E_SHAPE, "\"%s\" has no axis of draws: expected [num_samples, \xe2\x80\xa6] per data set", name);
		size_t rows = abi_data_shape(draws, name)[0];
		if (v > 0 && rows != columns->rows)
			return abi_plot_fail(plot, ABI_E_SHAPE, "\"%s\" has %zu draws per data set, but \"%s\" has %zu", name, rows, abi_data_name(draws, 0),
			                     columns->rows);
		columns->rows = rows;
		columns->count += draw_size(draws, name);
	}
	return ABI_OK;
}

abi_status abi_columns_of_draws(abi_plot *plot, const abi_data *draws, size_t set, abi_columns *columns)
{
	*columns = (abi_columns){ 0 };
	abi_status status = check_draws(plot, draws, set, columns);
	if (status != ABI_OK)
		return status;
	columns->values = abi_plot_allocate(plot, columns->count, columns->rows * sizeof *columns->values);
	columns->names = abi_plot_allocate(plot, columns->count, sizeof *columns->names);
	if (columns->values == NULL || columns->names == NULL)
		return abi_plot_fail_memory(plot, "the draws");
	size_t column = 0;
	for (size_t v = 0; v < abi_data_count(draws); v++) {
		const char *name = abi_data_name(draws, v);
		size_t size = draw_size(draws, name);
		for (size_t i = 0; i < size; i++, column++) {
			element_name(draws, name, i, columns->names[column]);
			for (size_t row = 0; row < columns->rows; row++)
				columns->values[column * columns->rows + row] = abi_columns_element(draws, name, (set * columns->rows + row) * size + i);
		}
	}
	return ABI_OK;
}

static abi_status check_same(abi_plot *plot, const abi_data *draws, const abi_data *data, const char *what, const char *name)
{
	int32_t rank = abi_data_rank(data, name);
	if (rank < 0)
		return abi_plot_fail(plot, ABI_E_NAME, "the draws have a variable \"%s\" that the %s lacks", name, what);
	int same = rank + 1 == abi_data_rank(draws, name) && abi_data_offsets(data, name) == NULL;
	for (int32_t axis = 0; same && axis < rank; axis++)
		same = abi_data_shape(data, name)[axis] == abi_data_shape(draws, name)[axis + 1];
	if (!same)
		return abi_plot_fail(plot, ABI_E_SHAPE, "\"%s\" of the %s has not the shape of one draw", name, what);
	return ABI_OK;
}

abi_status abi_columns_of_sets(abi_plot *plot, const abi_data *draws, const abi_data *data, const char *what, size_t first, size_t rows,
                               abi_columns *columns)
{
	*columns = (abi_columns){ .rows = rows };
	for (size_t v = 0; v < abi_data_count(draws); v++) {
		const char *name = abi_data_name(draws, v);
		abi_status status = check_same(plot, draws, data, what, name);
		if (status != ABI_OK)
			return status;
		columns->count += draw_size(draws, name);
	}
	columns->values = abi_plot_allocate(plot, columns->count, rows * sizeof *columns->values);
	if (columns->values == NULL)
		return abi_plot_fail_memory(plot, what);
	size_t column = 0;
	for (size_t v = 0; v < abi_data_count(draws); v++) {
		const char *name = abi_data_name(draws, v);
		size_t size = draw_size(draws, name);
		for (size_t i = 0; i < size; i++, column++)
			for (size_t row = 0; row < rows; row++)
				columns->values[column * rows + row] = abi_columns_element(data, name, (first + row) * size + i);
	}
	return ABI_OK;
}

void abi_columns_free(const abi_plot *plot, abi_columns *columns)
{
	abi_plot_release(plot, columns->values);
	abi_plot_release(plot, columns->names);
	*columns = (abi_columns){ 0 };
}
