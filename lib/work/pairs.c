/* The two-sample test on (parameter, data set) pairs: fresh simulations, one draw each, and the classifier on both kinds of pairs. */

#include "data/chain.h"
#include "work/check.h"
#include "work/features.h"

#include <string.h>

enum { CHUNK_SETS = 1000 };

typedef struct job {
	abi_context *context;
	const abi_posterior *posterior;
	int32_t features;
	size_t parameters, columns; /* of theta, of a pair */
	uint64_t seed;
	abi_data *data, *draws;
	abi_plan_buffers buffers;
	double *generated, *drawn;  /* [num_sets, columns]: theta, then features */
} job;

/* Parameters of the chunk, in the adapter's coordinates, into the first columns of these pairs. */
static abi_status take_theta(job *j, double *pairs)
{
	abi_status status = abi_plan_forward(j->context, j->posterior->plan, j->data, true, &j->buffers);
	for (size_t i = 0; i < j->data->sets * j->parameters && status == ABI_OK; i++)
		pairs[i / j->parameters * j->columns + i % j->parameters] = (double)j->buffers.batch.theta[i];
	return status;
}

/* Puts the one draw of each data set where the generating parameters were: same dtype, same elements. */
static abi_status replace_parameters(job *j)
{
	for (size_t v = 0; v < j->draws->count; v++) {
		const abi_variable *from = &j->draws->variables[v];
		abi_variable *to = abi_data_find(j->data, from->spec.name);
		size_t elements = abi_variable_elements(from, j->draws->sets);
		if (to == NULL || to->spec.dtype != from->spec.dtype || abi_variable_elements(to, j->data->sets) != elements)
			return abi_fail(j->context, ABI_E_SHAPE, "abi_check_joint: the simulator has no '%s' as the posterior draws it", from->spec.name);
		memcpy(to->values, from->values, elements * abi_dtype_size(from->spec.dtype));
	}
	return ABI_OK;
}

static abi_status take_chunk(job *j, abi_simulator *simulator, abi_chain_cursor *cursor, size_t done, size_t sets)
{
	double *generated = j->generated + done * j->columns, *drawn = j->drawn + done * j->columns;
	abi_status status = abi_chain_sample(j->context, simulator, cursor, sets, j->data);
	if (status == ABI_OK)
		status = take_theta(j, generated);
	if (status == ABI_OK)
		status = abi_features_take(j->context, j->posterior, j->data, j->features, generated + j->parameters, j->columns);
	if (status == ABI_OK) /* draws are keyed by the position in the chunk, so every chunk gets a seed of its own */
		status = abi_posterior_draw(j->context, j->posterior, j->data, 0, 1, j->seed + done, j->draws);
	if (status == ABI_OK)
		status = replace_parameters(j);
	if (status == ABI_OK)
		status = take_theta(j, drawn);
	for (size_t s = 0; s < sets && status == ABI_OK; s++)
		memcpy(drawn + s * j->columns + j->parameters, generated + s * j->columns + j->parameters,
		       (j->columns - j->parameters) * sizeof *drawn);
	return status;
}

static abi_status make_room(job *j, size_t num_sets)
{
	const abi_memory *memory = &j->context->memory;
	j->generated = abi_memory_allocate(memory, num_sets, j->columns * sizeof *j->generated);
	j->drawn = abi_memory_allocate(memory, num_sets, j->columns * sizeof *j->drawn);
	if (j->generated == NULL || j->drawn == NULL)
		return abi_fail_memory(j->context, "pairs of parameters and data sets");
	abi_status status = abi_data_make(j->context, &j->data);
	return status == ABI_OK ? abi_data_make(j->context, &j->draws) : status;
}

static void job_free(job *j)
{
	abi_plan_buffers_free(&j->buffers);
	abi_data_destroy(j->draws);
	abi_data_destroy(j->data);
	abi_memory_free(&j->context->memory, j->drawn);
	abi_memory_free(&j->context->memory, j->generated);
}

abi_status abi_check_pairs(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets, int32_t features,
                           uint64_t seed, const abi_classifier_options *options, abi_check **check)
{
	job j = { .context = context, .posterior = posterior, .features = features, .seed = seed };
	j.parameters = abi_plan_parameters(posterior->plan);
	j.columns = j.parameters + abi_features_columns(posterior, features);
	abi_plan_buffers_init(&j.buffers, &context->memory);
	abi_chain_cursor cursor = { .seed = seed };
	abi_status status = abi_chain_check(context, simulator);
	if (status == ABI_OK)
		status = make_room(&j, num_sets);
	for (size_t done = 0; done < num_sets && status == ABI_OK; done += CHUNK_SETS) {
		status = abi_check_cancelled(context, "abi_check_joint");
		if (status == ABI_OK)
			status = take_chunk(&j, simulator, &cursor, done, num_sets - done < CHUNK_SETS ? num_sets - done : CHUNK_SETS);
	}
	if (status == ABI_OK)
		status = abi_check_by_classifier(context, j.columns, num_sets, j.generated, num_sets, j.drawn, options, check);
	job_free(&j);
	return status;
}
