/*
 * A plan in a file: the variables it was compiled for, the recipe, and the
 * statistics that were learned. Loading builds the adapter again line by line
 * and compiles it, so a file passes every check that a program passes.
 */

#include "data/plan_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KEY_SIZE = 96, LARGEST_COUNT = 1 << 20 };

static const char all_names[] = "*"; /* no variable can be called that */

/* "adapter.<group>.<i>.<what>" */
static const char *key(char text[KEY_SIZE], const char *group, size_t i, const char *what)
{
	snprintf(text, KEY_SIZE, "adapter.%s.%zu.%s", group, i, what);
	return text;
}

/* ---- statistics --------------------------------------------------------------------------------------------------------------------- */

/* Calls `what` for every learned column, in the order of outputs, blocks, stages, columns. */
typedef void visit(abi_stage *stage, size_t column, double *mean, double *sd);

static void get_statistics(abi_stage *stage, size_t column, double *mean, double *sd)
{
	*mean = stage->a[column];
	*sd = stage->b[column];
}

static void set_statistics(abi_stage *stage, size_t column, double *mean, double *sd)
{
	stage->a[column] = *mean;
	stage->b[column] = *sd;
}

/* Number of learned columns; mean and sd are visited along unless `what` is NULL. */
static size_t each_statistic(const abi_plan *plan, visit *what, double *mean, double *sd)
{
	size_t count = 0;
	for (size_t i = 0; i < plan->output_count; i++)
		for (size_t b = 0; b < plan->outputs[i].block_count; b++) {
			const abi_plan_block *block = &plan->outputs[i].blocks[b];
			for (size_t j = 0; j < block->stage_count; j++)
				for (size_t c = 0; block->stages[j].learn && c < block->columns; c++, count++)
					if (what != NULL)
						what(&block->stages[j], c, &mean[count], &sd[count]);
		}
	return count;
}

/* ---- saving -------------------------------------------------------------------------------------------------------------------------- */

static abi_status save_variable(abi_context *context, const abi_variable_spec *spec, size_t i, abi_tensors *tensors)
{
	char text[KEY_SIZE], axis_name[16];
	abi_status status = abi_tensors_add_text(context, tensors, key(text, "variable", i, "name"), spec->name);
	if (status == ABI_OK)
		status = abi_tensors_add_integer(context, tensors, key(text, "variable", i, "dtype"), spec->dtype);
	if (status == ABI_OK)
		status = abi_tensors_add_integer(context, tensors, key(text, "variable", i, "ragged"), spec->ragged ? 1 : 0);
	if (status == ABI_OK)
		status = abi_tensors_add_integer(context, tensors, key(text, "variable", i, "rank"), spec->rank);
	for (int32_t axis = 0; status == ABI_OK && axis < spec->rank; axis++) {
		snprintf(axis_name, sizeof axis_name, "axis%d", (int)axis);
		status = abi_tensors_add_integer(context, tensors, key(text, "variable", i, axis_name), (int64_t)spec->shape[axis]);
	}
	return status;
}

/* Open bounds are infinite, which a tensor cannot be: they are saved as 0 with their side named in another tensor. */
static abi_status save_bounds(abi_context *context, const abi_recipe_line *line, size_t i, abi_tensors *tensors)
{
	char text[KEY_SIZE];
	size_t count = line->count;
	double *closed = abi_memory_zeroed(&context->memory, count, 2 * sizeof *closed);
	int32_t *sides = abi_memory_zeroed(&context->memory, count, sizeof *sides);
	abi_status status = closed != NULL && sides != NULL ? ABI_OK : abi_fail_memory(context, "saving an adapter");
	for (size_t c = 0; status == ABI_OK && c < count; c++) {
		sides[c] = (isfinite(line->first[c]) ? 1 : 0) + (isfinite(line->second[c]) ? 2 : 0);
		closed[c] = isfinite(line->first[c]) ? line->first[c] : 0;
		closed[count + c] = isfinite(line->second[c]) ? line->second[c] : 0;
	}
	if (status == ABI_OK)
		status = abi_tensors_add(context, tensors, key(text, "transform", i, "sides"), ABI_I32, 1, &count, sides);
	if (status == ABI_OK)
		status = abi_tensors_add(context, tensors, key(text, "transform", i, "lower"), ABI_F64, 1, &count, closed);
	if (status == ABI_OK)
		status = abi_tensors_add(context, tensors, key(text, "transform", i, "upper"), ABI_F64, 1, &count, closed + count);
	abi_memory_free(&context->memory, sides);
	abi_memory_free(&context->memory, closed);
	return status;
}

static abi_status save_arrays(abi_context *context, const abi_recipe_line *line, size_t i, abi_tensors *tensors)
{
	char text[KEY_SIZE];
	if (line->kind == ABI_RECIPE_CONSTRAIN)
		return save_bounds(context, line, i, tensors);
	abi_status status = ABI_OK;
	if (line->first != NULL)
		status = abi_tensors_add(context, tensors, key(text, "transform", i, "first"), ABI_F64, 1, &line->count, line->first);
	if (status == ABI_OK && line->second != NULL)
		status = abi_tensors_add(context, tensors, key(text, "transform", i, "second"), ABI_F64, 1, &line->count, line->second);
	return status;
}

static abi_status save_line(abi_context *context, const abi_recipe_line *line, size_t i, abi_tensors *tensors)
{
	char text[KEY_SIZE];
	abi_status status = abi_tensors_add_text(context, tensors, key(text, "transform", i, "kind"), abi_recipe_word(line->kind));
	if (status == ABI_OK)
		status = abi_tensors_add_text(context, tensors, key(text, "transform", i, "names"), line->names != NULL ? line->names : all_names);
	if (status == ABI_OK)
		status = abi_tensors_add_text(context, tensors, key(text, "transform", i, "into"), line->into);
	if (status == ABI_OK)
		status = abi_tensors_add_integer(context, tensors, key(text, "transform", i, "number"), line->number);
	if (status == ABI_OK)
		status = abi_tensors_add_integer(context, tensors, key(text, "transform", i, "count"), (int64_t)line->count);
	return status == ABI_OK ? save_arrays(context, line, i, tensors) : status;
}

/* "adapter.pivot.<p>.prior" for every covariance pivot */
static abi_status save_priors(abi_context *context, const abi_plan *plan, abi_tensors *tensors)
{
	char text[KEY_SIZE];
	abi_status status = ABI_OK;
	for (size_t p = 0; status == ABI_OK && p < plan->pivot_count; p++) {
		const abi_pivot *pivot = &plan->pivots[p];
		const size_t count = abi_pivot_prior_learned(pivot->dimension);
		if (pivot->method == ABI_PIVOT_COVARIANCE)
			status = abi_tensors_add(context, tensors, key(text, "pivot", p, "prior"), ABI_F64, 1, &count, pivot->prior);
	}
	return status;
}

static abi_status save_statistics(abi_context *context, const abi_plan *plan, abi_tensors *tensors)
{
	size_t count = each_statistic(plan, NULL, NULL, NULL);
	if (count == 0)
		return ABI_OK;
	double *mean = abi_memory_allocate(&context->memory, count, 2 * sizeof *mean);
	if (mean == NULL)
		return abi_fail_memory(context, "saving an adapter");
	each_statistic(plan, get_statistics, mean, mean + count);
	abi_status status = abi_tensors_add(context, tensors, "adapter.statistics.mean", ABI_F64, 1, &count, mean);
	if (status == ABI_OK)
		status = abi_tensors_add(context, tensors, "adapter.statistics.sd", ABI_F64, 1, &count, mean + count);
	abi_memory_free(&context->memory, mean);
	return status;
}

abi_status abi_plan_save(abi_context *context, const abi_plan *plan, abi_tensors *tensors)
{
	if (plan->needs_statistics)
		return abi_fail(context, ABI_E_STATE, "the adapter cannot be saved before its standardize or pivot has seen a sample");
	abi_status status = abi_tensors_add_integer(context, tensors, "adapter.variables", (int64_t)plan->source_count);
	for (size_t i = 0; status == ABI_OK && i < plan->source_count; i++)
		status = save_variable(context, &plan->sources[i], i, tensors);
	if (status == ABI_OK)
		status = abi_tensors_add_integer(context, tensors, "adapter.transforms", (int64_t)plan->recipe->count);
	for (size_t i = 0; status == ABI_OK && i < plan->recipe->count; i++)
		status = save_line(context, &plan->recipe->lines[i], i, tensors);
	if (status == ABI_OK)
		status = save_priors(context, plan, tensors);
	return status == ABI_OK ? save_statistics(context, plan, tensors) : status;
}

/* ---- loading --------------------------------------------------------------------------------------------------------------------------- */

static abi_status load_variable(abi_context *context, abi_tensors *tensors, size_t i, abi_variable_spec *spec)
{
	char text[KEY_SIZE], axis_name[16];
	const char *name;
	int64_t dtype = 0, ragged = 0, rank = 0, extent = 0;
	abi_status status = abi_tensors_get_text(context, tensors, key(text, "variable", i, "name"), &name);
	if (status != ABI_OK)
		return status;
	if (!abi_name_is_valid(name))
		return abi_fail(context, ABI_E_FORMAT, "the adapter in the file has a variable with no valid name");
	status = abi_tensors_get_integer(context, tensors, key(text, "variable", i, "dtype"), ABI_F32, ABI_I32, &dtype);
	if (status == ABI_OK)
		status = abi_tensors_get_integer(context, tensors, key(text, "variable", i, "ragged"), 0, 1, &ragged);
	if (status == ABI_OK)
		status = abi_tensors_get_integer(context, tensors, key(text, "variable", i, "rank"), ragged, ABI_MAX_RANK, &rank);
	*spec = (abi_variable_spec){ .dtype = (int32_t)dtype, .rank = (int32_t)rank, .ragged = ragged != 0 };
	snprintf(spec->name, sizeof spec->name, "%s", name);
	for (int32_t axis = 0; status == ABI_OK && axis < spec->rank; axis++) {
		snprintf(axis_name, sizeof axis_name, "axis%d", (int)axis);
		status = abi_tensors_get_integer(context, tensors, key(text, "variable", i, axis_name), axis == 0 ? 1 - ragged : 1, INT32_MAX, &extent);
		spec->shape[axis] = (size_t)extent;
	}
	return status;
}

static abi_status load_variables(abi_context *context, abi_tensors *tensors, abi_variable_spec **variables, size_t *count)
{
	int64_t number = 0;
	abi_status status = abi_tensors_get_integer(context, tensors, "adapter.variables", 1, LARGEST_COUNT, &number);
	if (status != ABI_OK)
		return status;
	/* Every variable has an entry of its own, so a file cannot ask for more memory than it is long. */
	if ((size_t)number > tensors->metadata_count)
		return abi_fail(context, ABI_E_FORMAT, "the adapter in the file says it has %" PRId64 " variables, which are not there", number);
	*count = (size_t)number;
	*variables = abi_memory_zeroed(&context->memory, *count, sizeof **variables);
	if (*variables == NULL)
		return abi_fail_memory(context, "loading an adapter");
	for (size_t i = 0; status == ABI_OK && i < *count; i++) {
		status = load_variable(context, tensors, i, &(*variables)[i]);
		for (size_t j = 0; status == ABI_OK && j < i; j++)
			if (strcmp((*variables)[i].name, (*variables)[j].name) == 0)
				status = abi_fail(context, ABI_E_FORMAT, "the adapter in the file has the variable '%s' twice", (*variables)[i].name);
	}
	return status;
}

static abi_status get_array(abi_context *context, abi_tensors *tensors, size_t i, const char *what, size_t count, const double **values)
{
	char text[KEY_SIZE];
	const void *found;
	abi_status status = abi_tensors_get(context, tensors, key(text, "transform", i, what), ABI_F64, 1, &count, &found);
	*values = status == ABI_OK ? found : NULL;
	return status;
}

/* Bounds with their open sides; the line's arrays are copies that the caller frees. */
static abi_status load_bounds(abi_context *context, abi_tensors *tensors, size_t i, abi_recipe_line *line)
{
	char text[KEY_SIZE];
	const double *lower = NULL, *upper = NULL;
	const void *found = NULL;
	abi_status status = abi_tensors_get(context, tensors, key(text, "transform", i, "sides"), ABI_I32, 1, &line->count, &found);
	if (status == ABI_OK)
		status = get_array(context, tensors, i, "lower", line->count, &lower);
	if (status == ABI_OK)
		status = get_array(context, tensors, i, "upper", line->count, &upper);
	if (status != ABI_OK)
		return status;
	line->first = abi_memory_allocate(&context->memory, line->count, sizeof *line->first);
	line->second = abi_memory_allocate(&context->memory, line->count, sizeof *line->second);
	if (line->first == NULL || line->second == NULL)
		return abi_fail_memory(context, "loading an adapter");
	const int32_t *sides = found;
	for (size_t c = 0; c < line->count; c++) {
		if (sides[c] < 0 || sides[c] > 3)
			return abi_fail(context, ABI_E_FORMAT, "the adapter in the file has bounds with %d for their sides, expected 0 to 3", (int)sides[c]);
		line->first[c] = (sides[c] & 1) != 0 ? lower[c] : -INFINITY;
		line->second[c] = (sides[c] & 2) != 0 ? upper[c] : INFINITY;
	}
	return ABI_OK;
}

static abi_status copy_array(abi_context *context, abi_tensors *tensors, size_t i, const char *what, size_t count, double **copy)
{
	const double *values;
	abi_status status = get_array(context, tensors, i, what, count, &values);
	if (status != ABI_OK)
		return status;
	*copy = abi_memory_allocate(&context->memory, count, sizeof **copy);
	if (*copy == NULL)
		return abi_fail_memory(context, "loading an adapter");
	memcpy(*copy, values, count * sizeof **copy);
	return ABI_OK;
}

static abi_status load_arrays(abi_context *context, abi_tensors *tensors, size_t i, abi_recipe_line *line)
{
	abi_status status = ABI_OK;
	if (line->count == 0)
		return ABI_OK;
	switch (line->kind) {
	case ABI_RECIPE_CONSTRAIN: return load_bounds(context, tensors, i, line);
	case ABI_RECIPE_STANDARDIZE_WITH: status = copy_array(context, tensors, i, "second", line->count, &line->second); break;
	case ABI_RECIPE_SHIFT:
	case ABI_RECIPE_SCALE:
	case ABI_RECIPE_NAN_TO_NUM:
	case ABI_RECIPE_TAKE:
	case ABI_RECIPE_SPLIT:
	case ABI_RECIPE_RANDOM_SUBSAMPLE: break;
	default: return abi_fail(context, ABI_E_FORMAT, "the adapter in the file has numbers for %s, which takes none", abi_recipe_word(line->kind));
	}
	return status == ABI_OK ? copy_array(context, tensors, i, "first", line->count, &line->first) : status;
}

static abi_status load_line(abi_context *context, abi_tensors *tensors, size_t i, abi_adapter *adapter)
{
	char text[KEY_SIZE];
	const char *kind = NULL, *names = NULL, *into = NULL;
	int64_t number = 0, count = 0;
	abi_status status = abi_tensors_get_text(context, tensors, key(text, "transform", i, "kind"), &kind);
	if (status == ABI_OK)
		status = abi_tensors_get_text(context, tensors, key(text, "transform", i, "names"), &names);
	if (status == ABI_OK)
		status = abi_tensors_get_text(context, tensors, key(text, "transform", i, "into"), &into);
	if (status == ABI_OK)
		status = abi_tensors_get_integer(context, tensors, key(text, "transform", i, "number"), INT32_MIN, INT32_MAX, &number);
	if (status == ABI_OK)
		status = abi_tensors_get_integer(context, tensors, key(text, "transform", i, "count"), 0, INT32_MAX, &count);
	if (status != ABI_OK)
		return status;
	abi_recipe_line line = { .kind = abi_recipe_kind_of(kind), .number = (int32_t)number, .count = (size_t)count };
	if (line.kind == ABI_RECIPE_PIVOT_WITH && abi_pivot_host_find(context, into) == NULL)
		return abi_fail(context, ABI_E_STATE, "the posterior in the file needs the pivot '%.63s'; register it in this context before loading", into);
	if (line.kind == ABI_RECIPE_KINDS || strlen(into) >= sizeof line.into)
		return abi_fail(context, ABI_E_FORMAT, "the adapter in the file has an unknown transform '%.40s', or an impossible name", kind);
	snprintf(line.into, sizeof line.into, "%s", into);
	status = load_arrays(context, tensors, i, &line);
	if (status == ABI_OK) {
		bool all = strcmp(names, all_names) == 0;
		if (!all)
			memcpy(&line.names, &names, sizeof names); /* only read */
		status = abi_adapter_add(adapter, &line);
	}
	abi_memory_free(&context->memory, line.first);
	abi_memory_free(&context->memory, line.second);
	return status;
}

static abi_status load_lines(abi_context *context, abi_tensors *tensors, abi_adapter *adapter)
{
	int64_t number = 0;
	abi_status status = abi_tensors_get_integer(context, tensors, "adapter.transforms", 0, LARGEST_COUNT, &number);
	for (size_t i = 0; status == ABI_OK && i < (size_t)number; i++)
		status = load_line(context, tensors, i, adapter);
	return status;
}

static abi_status load_priors(abi_context *context, abi_tensors *tensors, abi_plan *plan)
{
	char text[KEY_SIZE];
	abi_status status = ABI_OK;
	for (size_t p = 0; status == ABI_OK && p < plan->pivot_count; p++) {
		const abi_pivot *pivot = &plan->pivots[p];
		const size_t count = abi_pivot_prior_learned(pivot->dimension);
		const void *prior;
		if (pivot->method != ABI_PIVOT_COVARIANCE)
			continue;
		status = abi_tensors_get(context, tensors, key(text, "pivot", p, "prior"), ABI_F64, 1, &count, &prior);
		if (status == ABI_OK)
			memcpy(pivot->prior, prior, count * sizeof *pivot->prior);
		for (size_t i = ABI_PIVOT_PRIOR_COEFFICIENTS + pivot->dimension; status == ABI_OK && i < count; i++)
			if (!(pivot->prior[i] > 0))
				status = abi_fail(context, ABI_E_FORMAT, "the adapter in the file has a pivot whose unit %zu is not positive", i);
	}
	return status;
}

static abi_status load_statistics(abi_context *context, abi_tensors *tensors, abi_plan *plan)
{
	size_t count = each_statistic(plan, NULL, NULL, NULL);
	const void *mean, *sd;
	plan->needs_statistics = false;
	if (count == 0)
		return ABI_OK;
	abi_status status = abi_tensors_get(context, tensors, "adapter.statistics.mean", ABI_F64, 1, &count, &mean);
	if (status == ABI_OK)
		status = abi_tensors_get(context, tensors, "adapter.statistics.sd", ABI_F64, 1, &count, &sd);
	if (status != ABI_OK)
		return status;
	for (size_t i = 0; i < count; i++)
		if (!(((const double *)sd)[i] > 0))
			return abi_fail(context, ABI_E_FORMAT, "the adapter in the file has a standard deviation that is not positive");
	double *copy = abi_memory_allocate(&context->memory, count, 2 * sizeof *copy);
	if (copy == NULL)
		return abi_fail_memory(context, "loading an adapter");
	memcpy(copy, mean, count * sizeof *copy);
	memcpy(copy + count, sd, count * sizeof *copy);
	each_statistic(plan, set_statistics, copy, copy + count);
	abi_memory_free(&context->memory, copy);
	abi_plan_seal(plan);
	return ABI_OK;
}

/* What a program would be told as its own mistake is a malformed file here. */
static abi_status as_format_error(abi_context *context, abi_status status)
{
	if (status == ABI_OK || status == ABI_E_MEMORY || status == ABI_E_FORMAT || status == ABI_E_STATE)
		return status;
	return abi_fail(context, ABI_E_FORMAT, "the adapter in the file is malformed: %s", context->error);
}

abi_status abi_plan_load(abi_context *context, abi_tensors *tensors, abi_plan **plan)
{
	*plan = NULL;
	abi_variable_spec *variables = NULL;
	size_t count = 0;
	abi_adapter *adapter = NULL;
	abi_plan *loaded = NULL;
	abi_status status = load_variables(context, tensors, &variables, &count);
	if (status == ABI_OK)
		status = abi_adapter_make(context, &adapter);
	if (status == ABI_OK)
		status = load_lines(context, tensors, adapter);
	if (status == ABI_OK)
		status = abi_plan_compile(context, adapter, variables, count, &loaded);
	if (status == ABI_OK)
		status = load_priors(context, tensors, loaded);
	if (status == ABI_OK)
		status = load_statistics(context, tensors, loaded);
	abi_adapter_destroy(adapter);
	abi_memory_free(&context->memory, variables);
	if (status != ABI_OK) {
		abi_plan_release(loaded);
		return as_format_error(context, status);
	}
	*plan = loaded;
	return ABI_OK;
}
