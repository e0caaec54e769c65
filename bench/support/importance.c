#include "support/importance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One data set as often as there are draws of its posterior, each with parameters of its own. */
typedef struct copies {
	size_t draws;
	abi_data *data;
	double *y, *log_q, *log_joint;
	int64_t *offsets;
	size_t room; /* values of y */
} copies;

static abi_status grow(copies *copies, size_t values)
{
	if (values <= copies->room)
		return ABI_OK;
	double *y = realloc(copies->y, values * sizeof *y);
	if (y == NULL)
		return ABI_E_MEMORY;
	copies->y = y;
	copies->room = values;
	return ABI_OK;
}

static abi_status copy_rows(copies *copies, const abi_data *observed)
{
	const int64_t *ragged = abi_data_offsets(observed, "y");
	const size_t *shape = abi_data_shape(observed, "y");
	size_t count = abi_data_elements(observed, "y");
	abi_status status = grow(copies, count * copies->draws);
	if (status != ABI_OK)
		return status;
	for (size_t k = 0; k < copies->draws; k++)
		memcpy(copies->y + k * count, abi_data_f64(observed, "y"), count * sizeof *copies->y);
	for (size_t k = 0; ragged != NULL && k <= copies->draws; k++)
		copies->offsets[k] = (int64_t)k * ragged[1];
	int32_t rank = abi_data_rank(observed, "y");
	return ragged != NULL ? abi_data_view_ragged(copies->data, "y", ABI_F64, copies->draws, rank, shape, copies->offsets, copies->y)
	                      : abi_data_view(copies->data, "y", ABI_F64, copies->draws, rank, shape, copies->y);
}

/* Draws of one data set, [1, draws, …], as parameters of `draws` data sets. */
static abi_status copy_parameters(copies *copies, const abi_data *draws)
{
	abi_status status = ABI_OK;
	for (size_t i = 0; status == ABI_OK && i < abi_data_count(draws); i++) {
		const char *name = abi_data_name(draws, i);
		const size_t *shape = abi_data_shape(draws, name);
		status = abi_data_view(copies->data, name, ABI_F64, copies->draws, abi_data_rank(draws, name) - 1, shape + 1, abi_data_f64(draws, name));
	}
	return status;
}

/* What the weights of a data set say, whose logarithms are log_joint − log_q. */
typedef struct weights {
	double log_mean, divergence, efficiency;
} weights;

static weights weigh(const copies *copies)
{
	double most = -INFINITY, sum = 0, squares = 0, logs = 0, n = (double)copies->draws;
	for (size_t k = 0; k < copies->draws; k++)
		most = fmax(most, copies->log_joint[k] - copies->log_q[k]);
	for (size_t k = 0; k < copies->draws; k++) {
		double log_weight = copies->log_joint[k] - copies->log_q[k] - most, weight = exp(log_weight);
		sum += weight;
		squares += weight * weight;
		logs += weight > 0 ? weight * log_weight : 0;
	}
	return (weights){ .log_mean = most + log(sum / n), .divergence = logs / sum - log(sum / n), .efficiency = sum * sum / (n * squares) };
}

static abi_status one_gap(abi_context *context, const abi_posterior *posterior, const abi_data *observed, abi_data *draws, uint64_t seed,
                          bench_exact log_joint, void *user_data, copies *copies, double *gap, weights *found)
{
	double own_joint, own_q;
	abi_status status = abi_posterior_log_prob(context, posterior, observed, &own_q);
	if (status == ABI_OK)
		status = abi_posterior_sample(context, posterior, observed, copies->draws, seed, draws);
	if (status == ABI_OK)
		status = copy_rows(copies, observed);
	if (status == ABI_OK)
		status = copy_parameters(copies, draws);
	if (status == ABI_OK)
		status = abi_posterior_log_prob(context, posterior, copies->data, copies->log_q);
	if (status != ABI_OK)
		return status;
	log_joint(user_data, observed, &own_joint);
	log_joint(user_data, copies->data, copies->log_joint);
	*found = weigh(copies);
	*gap = own_joint - found->log_mean - own_q;
	return ABI_OK;
}

abi_status bench_importance(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed, size_t sets, size_t draws,
                            bench_exact log_joint, void *user_data, bench_importance_result *result)
{
	abi_data *observed = NULL, *drawn = NULL;
	copies copies = { .draws = draws };
	double *gaps = malloc(2 * sets * sizeof *gaps), *divergences = gaps + sets;
	copies.log_q = malloc(draws * sizeof *copies.log_q);
	copies.log_joint = malloc(draws * sizeof *copies.log_joint);
	copies.offsets = malloc((draws + 1) * sizeof *copies.offsets);
	abi_status status = gaps != NULL && copies.log_q != NULL && copies.log_joint != NULL && copies.offsets != NULL ? ABI_OK : ABI_E_MEMORY;
	if (status == ABI_OK)
		status = abi_data_create(context, &observed);
	if (status == ABI_OK)
		status = abi_data_create(context, &drawn);
	if (status == ABI_OK)
		status = abi_data_create(context, &copies.data);
	*result = (bench_importance_result){ { NAN, NAN, 0 }, { NAN, NAN, 0 }, 0 };
	for (size_t s = 0; status == ABI_OK && s < sets; s++) {
		weights found = { 0 };
		status = abi_simulator_sample(context, simulator, s, 1, seed, observed);
		if (status == ABI_OK)
			status = one_gap(context, posterior, observed, drawn, seed + s, log_joint, user_data, &copies, &gaps[s], &found);
		divergences[s] = found.divergence;
		result->efficiency += found.efficiency / (double)sets;
	}
	if (status == ABI_OK) {
		result->gap = bench_gap_mean(gaps, sets);
		result->divergence = bench_gap_mean(divergences, sets);
	}
	abi_data_free(copies.data);
	abi_data_free(drawn);
	abi_data_free(observed);
	free(copies.offsets);
	free(copies.log_joint);
	free(copies.log_q);
	free(copies.y);
	free(gaps);
	return status;
}
