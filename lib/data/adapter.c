#include "data/adapter.h"

#include "abi/pivot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const words[ABI_RECIPE_KINDS] = {
	[ABI_RECIPE_AS_SET] = "as_set",
	[ABI_RECIPE_AS_TIME_SERIES] = "as_time_series",
	[ABI_RECIPE_BROADCAST] = "broadcast",
	[ABI_RECIPE_CONCATENATE] = "concatenate",
	[ABI_RECIPE_RENAME] = "rename",
	[ABI_RECIPE_KEEP] = "keep",
	[ABI_RECIPE_DROP] = "drop",
	[ABI_RECIPE_EXPAND_DIMS] = "expand_dims",
	[ABI_RECIPE_CONVERT_DTYPE] = "convert_dtype",
	[ABI_RECIPE_STANDARDIZE] = "standardize",
	[ABI_RECIPE_STANDARDIZE_WITH] = "standardize_with",
	[ABI_RECIPE_CONSTRAIN] = "constrain",
	[ABI_RECIPE_CONSTRAIN_SIMPLEX] = "constrain_simplex",
	[ABI_RECIPE_CONSTRAIN_ORDERED] = "constrain_ordered",
	[ABI_RECIPE_CONSTRAIN_POSITIVE_ORDERED] = "constrain_positive_ordered",
	[ABI_RECIPE_CONSTRAIN_CORRELATION_CHOLESKY] = "constrain_correlation_cholesky",
	[ABI_RECIPE_CONSTRAIN_COVARIANCE_CHOLESKY] = "constrain_covariance_cholesky",
	[ABI_RECIPE_CONSTRAIN_CORRELATION] = "constrain_correlation",
	[ABI_RECIPE_CONSTRAIN_COVARIANCE] = "constrain_covariance",
	[ABI_RECIPE_LOG] = "log",
	[ABI_RECIPE_LOG1P] = "log1p",
	[ABI_RECIPE_SQRT] = "sqrt",
	[ABI_RECIPE_SHIFT] = "shift",
	[ABI_RECIPE_SCALE] = "scale",
	[ABI_RECIPE_ONE_HOT] = "one_hot",
	[ABI_RECIPE_NAN_TO_NUM] = "nan_to_num",
	[ABI_RECIPE_PIVOT] = "pivot",
	[ABI_RECIPE_PIVOT_WITH] = "pivot_with",
};

enum { LARGEST_CLASSES = 65536 };

const char *abi_recipe_word(abi_recipe_kind kind)
{
	return words[kind];
}

abi_recipe_kind abi_recipe_kind_of(const char *word)
{
	int kind = 0;
	while (kind < ABI_RECIPE_KINDS && strcmp(words[kind], word) != 0)
		kind++;
	return (abi_recipe_kind)kind;
}

/* ---- names ------------------------------------------------------------------------------------------------------------------- */

/* One item of a list without the blanks around it, cut to what fits; false if it had to be cut. */
static bool copy_item(const char *item, size_t length, char name[ABI_NAME_SIZE])
{
	while (length > 0 && (item[0] == ' ' || item[0] == '\t')) {
		item++;
		length--;
	}
	while (length > 0 && (item[length - 1] == ' ' || item[length - 1] == '\t'))
		length--;
	bool fits = length < ABI_NAME_SIZE;
	if (!fits)
		length = ABI_NAME_SIZE - 1;
	memcpy(name, item, length);
	name[length] = '\0';
	return fits;
}

bool abi_recipe_next_name(const char *names, size_t *at, char name[ABI_NAME_SIZE])
{
	const char *start = names + *at;
	if (*start == '\0')
		return false;
	size_t length = strcspn(start, ",");
	if (!copy_item(start, length, name))
		name[0] = '*';
	*at += length + (start[length] == ',' ? 1 : 0);
	return true;
}

static bool is_listed(const char *names, const char *wanted)
{
	char name[ABI_NAME_SIZE];
	size_t at = 0;
	while (abi_recipe_next_name(names, &at, name))
		if (strcmp(name, wanted) == 0)
			return true;
	return false;
}

/* ---- life -------------------------------------------------------------------------------------------------------------------- */

static void free_line(const abi_memory *memory, abi_recipe_line *line)
{
	abi_memory_free(memory, line->names);
	abi_memory_free(memory, line->first);
	abi_memory_free(memory, line->second);
}

void abi_recipe_release(abi_recipe *recipe)
{
	if (recipe == NULL || atomic_fetch_sub(&recipe->references, 1) != 1)
		return;
	abi_memory memory = recipe->memory;
	for (size_t i = 0; i < recipe->count; i++)
		free_line(&memory, &recipe->lines[i]);
	abi_memory_free(&memory, recipe->lines);
	abi_memory_free(&memory, recipe);
}

abi_status abi_adapter_make(abi_context *context, abi_adapter **adapter)
{
	*adapter = NULL;
	abi_adapter *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	abi_recipe *recipe = abi_memory_zeroed(&context->memory, 1, sizeof *recipe);
	if (made == NULL || recipe == NULL) {
		abi_memory_free(&context->memory, recipe);
		abi_memory_free(&context->memory, made);
		return abi_fail_memory(context, "an adapter");
	}
	recipe->memory = context->memory;
	atomic_init(&recipe->references, 1);
	atomic_init(&made->references, 1);
	made->context = abi_context_retain(context);
	made->memory = context->memory;
	made->recipe = recipe;
	*adapter = made;
	return ABI_OK;
}

abi_adapter *abi_adapter_retain(abi_adapter *adapter)
{
	atomic_fetch_add(&adapter->references, 1);
	adapter->in_use = true;
	return adapter;
}

void abi_adapter_destroy(abi_adapter *adapter)
{
	if (adapter == NULL || atomic_fetch_sub(&adapter->references, 1) != 1)
		return;
	abi_context *context = adapter->context;
	abi_plan_release(adapter->plan);
	abi_recipe_release(adapter->recipe);
	abi_memory memory = adapter->memory;
	abi_memory_free(&memory, adapter);
	abi_context_release(context);
}

abi_status abi_adapter_check(abi_context *context, const abi_adapter *adapter)
{
	return adapter->status == ABI_OK ? ABI_OK : abi_fail(context, adapter->status, "%s", adapter->error);
}

/* ---- checks of a line -------------------------------------------------------------------------------------------------------- */

static bool allows_all_variables(abi_recipe_kind kind)
{
	return kind == ABI_RECIPE_STANDARDIZE || kind == ABI_RECIPE_CONVERT_DTYPE;
}

static bool needs_second_name(abi_recipe_kind kind)
{
	return kind == ABI_RECIPE_BROADCAST || kind == ABI_RECIPE_CONCATENATE || kind == ABI_RECIPE_RENAME || kind == ABI_RECIPE_PIVOT ||
	       kind == ABI_RECIPE_PIVOT_WITH;
}

static abi_status check_finite(abi_context *context, const abi_recipe_line *line, const char *what, const double *values, double worst)
{
	for (size_t i = 0; i < line->count; i++)
		if (!isfinite(values[i]) || values[i] == worst)
			return abi_fail(context, ABI_E_ARGUMENT, "%s(\"%s\"): %s[%zu] is %g, expected a finite number%s", words[line->kind], line->names,
			                what, i, values[i], isnan(worst) ? "" : " other than 0");
	return ABI_OK;
}

static abi_status check_sd(abi_context *context, const abi_recipe_line *line)
{
	for (size_t i = 0; i < line->count; i++)
		if (!isfinite(line->second[i]) || !(line->second[i] > 0))
			return abi_fail(context, ABI_E_ARGUMENT, "standardize_with(\"%s\"): sd[%zu] is %g, expected a positive number", line->names, i,
			                line->second[i]);
	return ABI_OK;
}

static abi_status check_bounds(abi_context *context, const abi_recipe_line *line)
{
	size_t closed = 0;
	for (size_t i = 0; i < line->count; i++) {
		double lower = line->first[i], upper = line->second[i];
		if (isnan(lower) || isnan(upper) || !(lower < upper) || lower == INFINITY || upper == -INFINITY)
			return abi_fail(context, ABI_E_ARGUMENT, "constrain(\"%s\"): bounds[%zu] are %g and %g, expected lower < upper", line->names, i,
			                lower, upper);
		bool two_sided = isfinite(lower) && isfinite(upper);
		if (two_sided && !isfinite(upper - lower))
			return abi_fail(context, ABI_E_ARGUMENT, "constrain(\"%s\"): the interval from %g to %g is too wide for a double", line->names,
			                lower, upper);
		if (two_sided && nextafter(nextafter(lower, upper), upper) >= upper)
			return abi_fail(context, ABI_E_ARGUMENT, "constrain(\"%s\"): there is nothing between %.17g and %.17g", line->names, lower, upper);
		closed += isfinite(lower) || isfinite(upper);
		if (line->number == ABI_CONSTRAIN_SIGMOID && !two_sided)
			return abi_fail(context, ABI_E_ARGUMENT, "constrain(\"%s\"): sigmoid wants two bounds, bounds[%zu] are %g and %g", line->names, i,
			                lower, upper);
		if ((line->number == ABI_CONSTRAIN_SOFTPLUS || line->number == ABI_CONSTRAIN_EXP) && two_sided)
			return abi_fail(context, ABI_E_ARGUMENT, "constrain(\"%s\"): softplus and exp want one bound, bounds[%zu] are %g and %g",
			                line->names, i, lower, upper);
	}
	if (closed == 0)
		return abi_fail(context, ABI_E_ARGUMENT, "constrain(\"%s\"): every side is open, expected at least one finite bound", line->names);
	return ABI_OK;
}

static abi_status check_arrays(abi_context *context, const abi_recipe_line *line)
{
	bool two = line->kind == ABI_RECIPE_STANDARDIZE_WITH || line->kind == ABI_RECIPE_CONSTRAIN;
	bool one = two || line->kind == ABI_RECIPE_SHIFT || line->kind == ABI_RECIPE_SCALE || line->kind == ABI_RECIPE_NAN_TO_NUM;
	if (!one)
		return ABI_OK;
	if (line->count == 0 || line->first == NULL || (two && line->second == NULL))
		return abi_fail(context, ABI_E_ARGUMENT, "%s(\"%s\"): an array is null or empty, expected one value per column", words[line->kind],
		                line->names);
	if (line->kind == ABI_RECIPE_CONSTRAIN)
		return check_bounds(context, line);
	abi_status status = check_finite(context, line, "value", line->first, line->kind == ABI_RECIPE_SCALE ? 0 : NAN);
	return status == ABI_OK && line->kind == ABI_RECIPE_STANDARDIZE_WITH ? check_sd(context, line) : status;
}

static abi_status check_number(abi_context *context, const abi_recipe_line *line)
{
	int32_t number = line->number, lowest = 0, highest = 0;
	const char *what = NULL;
	switch (line->kind) {
	case ABI_RECIPE_EXPAND_DIMS: what = "axis", highest = ABI_MAX_RANK - 1; break;
	case ABI_RECIPE_CONVERT_DTYPE: what = "dtype", lowest = ABI_F32, highest = ABI_I32; break;
	case ABI_RECIPE_CONSTRAIN: what = "method", highest = ABI_CONSTRAIN_EXP; break;
	case ABI_RECIPE_ONE_HOT: what = "classes", lowest = 1, highest = LARGEST_CLASSES; break;
	case ABI_RECIPE_NAN_TO_NUM: what = "with_mask", highest = 1; break;
	case ABI_RECIPE_PIVOT: what = "method", lowest = ABI_PIVOT_MEAN, highest = ABI_PIVOT_COVARIANCE; break;
	default: return ABI_OK;
	}
	if (number < lowest || number > highest)
		return abi_fail(context, ABI_E_ARGUMENT, "%s(\"%s\"): %s is %d, expected %d to %d", words[line->kind],
		                line->names != NULL ? line->names : "all", what, (int)number, (int)lowest, (int)highest);
	return ABI_OK;
}

/* ---- appending ----------------------------------------------------------------------------------------------------------------- */

static abi_status copy_names(abi_context *context, const abi_memory *memory, abi_recipe_kind kind, const char *names, char **copy)
{
	*copy = NULL;
	if (names == NULL)
		return allows_all_variables(kind) ? ABI_OK : abi_fail(context, ABI_E_ARGUMENT, "%s: the names are null", words[kind]);
	char *list = abi_memory_zeroed(memory, strlen(names) + 1, 1);
	if (list == NULL)
		return abi_fail_memory(context, "an adapter's transform");
	size_t used = 0;
	for (const char *item = names;; item++) {
		size_t length = strcspn(item, ",");
		char name[ABI_NAME_SIZE];
		bool valid = copy_item(item, length, name) && abi_name_is_valid(name);
		if (!valid || is_listed(list, name)) {
			abi_memory_free(memory, list);
			return abi_fail(context, ABI_E_NAME, "%s: in the names \"%.100s\", \"%.*s\" is %s", words[kind], names,
			                (int)(length < ABI_NAME_SIZE ? length : ABI_NAME_SIZE), item, valid ? "repeated" : "no valid name");
		}
		if (used > 0)
			list[used++] = ',';
		memcpy(list + used, name, strlen(name));
		used += strlen(name);
		item += length;
		if (*item == '\0')
			break;
	}
	*copy = list;
	return ABI_OK;
}

static abi_status check_into(abi_context *context, const abi_recipe_line *line)
{
	if (needs_second_name(line->kind) && !abi_name_is_valid(line->into))
		return abi_fail(context, ABI_E_NAME, "%s(\"%s\"): \"%s\" is no valid name", words[line->kind], line->names, line->into);
	bool single = line->kind == ABI_RECIPE_RENAME || (line->count > 1 && line->kind != ABI_RECIPE_NAN_TO_NUM);
	if (single && line->names != NULL && strchr(line->names, ',') != NULL)
		return abi_fail(context, ABI_E_NAME, "%s(\"%s\"): expected the name of one variable", words[line->kind], line->names);
	return ABI_OK;
}

static abi_status copy_array(abi_context *context, const abi_memory *memory, const double *values, size_t count, double **copy)
{
	*copy = NULL;
	if (values == NULL || count == 0)
		return ABI_OK;
	*copy = abi_memory_allocate(memory, count, sizeof **copy);
	if (*copy == NULL)
		return abi_fail_memory(context, "an adapter's transform");
	memcpy(*copy, values, count * sizeof **copy);
	return ABI_OK;
}

/* A bound left out is open in every column. */
static abi_status copy_bounds(abi_context *context, const abi_memory *memory, const abi_recipe_line *line, abi_recipe_line *copy)
{
	if (line->kind != ABI_RECIPE_CONSTRAIN || line->count == 0 || (line->first == NULL) == (line->second == NULL))
		return ABI_OK;
	double **open = line->first == NULL ? &copy->first : &copy->second;
	*open = abi_memory_allocate(memory, line->count, sizeof **open);
	if (*open == NULL)
		return abi_fail_memory(context, "an adapter's transform");
	for (size_t i = 0; i < line->count; i++)
		(*open)[i] = line->first == NULL ? -INFINITY : INFINITY;
	return ABI_OK;
}

static abi_status make_room(abi_context *context, abi_recipe *recipe)
{
	if (recipe->count < recipe->capacity)
		return ABI_OK;
	size_t capacity = recipe->capacity == 0 ? 8 : 2 * recipe->capacity;
	abi_recipe_line *lines = abi_memory_grow(&recipe->memory, recipe->lines, recipe->count, capacity, sizeof *lines);
	if (lines == NULL)
		return abi_fail_memory(context, "an adapter's transform");
	recipe->lines = lines;
	recipe->capacity = capacity;
	return ABI_OK;
}

static abi_status append(abi_context *context, abi_recipe *recipe, const abi_recipe_line *line)
{
	abi_recipe_line copy = *line;
	copy.first = NULL;
	copy.second = NULL;
	abi_status status = copy_names(context, &recipe->memory, line->kind, line->names, &copy.names);
	if (status == ABI_OK)
		status = copy_array(context, &recipe->memory, line->first, line->count, &copy.first);
	if (status == ABI_OK)
		status = copy_array(context, &recipe->memory, line->second, line->count, &copy.second);
	if (status == ABI_OK)
		status = copy_bounds(context, &recipe->memory, line, &copy);
	if (status == ABI_OK)
		status = check_into(context, &copy);
	if (status == ABI_OK)
		status = check_number(context, &copy);
	if (status == ABI_OK)
		status = check_arrays(context, &copy);
	if (status == ABI_OK)
		status = make_room(context, recipe);
	if (status != ABI_OK) {
		free_line(&recipe->memory, &copy);
		return status;
	}
	recipe->lines[recipe->count++] = copy;
	return ABI_OK;
}

abi_status abi_adapter_add(abi_adapter *adapter, const abi_recipe_line *line)
{
	if (adapter->status != ABI_OK)
		return adapter->status;
	if (adapter->in_use || adapter->plan != NULL)
		return abi_fail(adapter->context, ABI_E_BUSY, "%s: the adapter is in use and cannot be changed any more", words[line->kind]);
	abi_status status = append(adapter->context, adapter->recipe, line);
	if (status != ABI_OK) {
		adapter->status = status;
		snprintf(adapter->error, sizeof adapter->error, "%s", adapter->context->error);
	}
	return status;
}
