#include "work/replicate.h"

#include "data/simulator.h"
#include "work/pick.h"

#include <string.h>

typedef struct job {
	abi_context *context;
	const abi_posterior *posterior;
	abi_simulator *simulator;
	size_t num_samples;
	abi_data *one;   /* the observed data set alone */
	abi_data *draws; /* its posterior's */
	abi_data *given; /* what the simulator gets: a data set per draw */
} job;

/* The draws [1, num_samples, …] as so many data sets […]. */
static abi_status give_draws(job *j)
{
	for (size_t v = 0; v < j->draws->count; v++) {
		const abi_variable *drawn = &j->draws->variables[v];
		abi_variable_spec spec = drawn->spec;
		abi_variable *added;
		spec.rank--;
		memmove(spec.shape, spec.shape + 1, (size_t)spec.rank * sizeof *spec.shape);
		abi_status status = abi_data_borrow(j->given, &spec, j->num_samples, drawn->values, &added);
		if (status != ABI_OK)
			return status;
	}
	return ABI_OK;
}

/* An observed variable, the same for every draw. */
static abi_status give_observed(job *j, const abi_variable *variable)
{
	size_t rows = variable->spec.ragged ? variable->offsets[1] : 0;
	abi_variable *added;
	abi_status status = abi_data_add(j->given, &variable->spec, j->num_samples, rows * j->num_samples, &added);
	if (status != ABI_OK)
		return status;
	size_t bytes = abi_variable_elements(variable, 1) * abi_dtype_size(variable->spec.dtype);
	for (size_t s = 0; s < j->num_samples; s++) {
		if (variable->spec.ragged) {
			added->offsets[s] = s * rows;
			added->offsets[s + 1] = (s + 1) * rows;
		}
		memcpy((unsigned char *)added->values + s * bytes, variable->values, bytes);
	}
	return ABI_OK;
}

/* A number of rows that is not observed, from the rows that are. */
static abi_status give_count(job *j, const abi_variable_spec *spec, const abi_variable *ragged)
{
	abi_variable *added;
	abi_status status = abi_data_add(j->given, spec, j->num_samples, 0, &added);
	size_t rows = ragged->spec.ragged ? ragged->offsets[1] : ragged->spec.rank > 0 ? ragged->spec.shape[0] : 0;
	for (size_t s = 0; s < j->num_samples && status == ABI_OK; s++)
		abi_variable_put(added, s, (double)rows);
	return status;
}

/* What is observed and no matter of the parameters: designs, covariates. */
static abi_status give_design(job *j)
{
	const abi_simulator *simulator = j->simulator;
	bool *marked = abi_memory_zeroed(&j->context->memory, (size_t)simulator->output_count, sizeof *marked);
	if (marked == NULL)
		return abi_fail_memory(j->context, "a predictive check");
	for (int32_t i = 0; i < simulator->output_count; i++)
		marked[i] = abi_data_find(j->draws, simulator->specs[i].name) != NULL;
	abi_simulator_mark_dependents(simulator, marked);
	abi_status status = ABI_OK;
	for (int32_t i = 0; i < simulator->output_count && status == ABI_OK; i++) {
		const abi_variable *observed = abi_data_find(j->one, simulator->specs[i].name);
		if (observed != NULL && !marked[i])
			status = give_observed(j, observed);
	}
	abi_memory_free(&j->context->memory, marked);
	return status;
}

static abi_status give_counts(job *j)
{
	const abi_simulator *simulator = j->simulator;
	abi_status status = ABI_OK;
	for (int32_t i = 0; i < simulator->output_count && status == ABI_OK; i++) {
		int32_t rows = simulator->outputs[i].rows;
		const abi_variable *ragged = abi_data_find(j->one, simulator->specs[i].name);
		if (rows != ABI_NO_VARIABLE && ragged != NULL && abi_data_find(j->given, simulator->specs[rows].name) == NULL)
			status = give_count(j, &simulator->specs[rows], ragged);
	}
	return status;
}

static abi_status run(job *j, const abi_data *observed, size_t set, uint64_t seed, abi_data *replicated)
{
	abi_context *context = j->context;
	abi_chain_cursor cursor = { .seed = seed, .next = (uint64_t)set * j->num_samples, .batch = (uint64_t)set * j->num_samples };
	const uint32_t index = (uint32_t)set;
	abi_status status = abi_pick_sets(observed, &index, 1, j->one);
	if (status == ABI_OK)
		status = abi_posterior_draw(context, j->posterior, j->one, 0, j->num_samples, seed + set, j->draws);
	if (status == ABI_OK)
		status = give_draws(j);
	if (status == ABI_OK)
		status = give_design(j);
	if (status == ABI_OK)
		status = give_counts(j);
	return status == ABI_OK ? abi_chain_sample_given(context, j->simulator, &cursor, j->given, replicated) : status;
}

abi_status abi_replicate(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, const abi_data *observed, size_t set,
                         size_t num_samples, uint64_t seed, abi_data *replicated)
{
	job j = { .context = context, .posterior = posterior, .simulator = simulator, .num_samples = num_samples };
	abi_status status = abi_chain_check(context, simulator);
	if (status == ABI_OK)
		status = abi_data_make(context, &j.one);
	if (status == ABI_OK)
		status = abi_data_make(context, &j.draws);
	if (status == ABI_OK)
		status = abi_data_make(context, &j.given);
	if (status == ABI_OK)
		status = run(&j, observed, set, seed, replicated);
	abi_data_destroy(j.given);
	abi_data_destroy(j.draws);
	abi_data_destroy(j.one);
	if (status != ABI_OK && status != ABI_E_BUSY)
		abi_data_clear(replicated);
	return status;
}
