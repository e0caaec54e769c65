#include "support/known_draws.h"

#include "abi/random.h"

#include <math.h>
#include <stdlib.h>

static void posterior_of(known_defect defect, double y, double *mean, double *sd)
{
	*mean = 0.8 * y;
	*sd = sqrt(0.2);
	switch (defect) {
	case KNOWN_NARROW: *sd *= 0.6; break;
	case KNOWN_WIDE: *sd *= 1.6; break;
	case KNOWN_HIGH: *mean += 0.6 * *sd; break;
	case KNOWN_PRIOR: *mean = 0, *sd = 1; break;
	case KNOWN_CONSTANT: *mean = 0; break;
	case KNOWN_EXACT:
	default: break;
	}
}

static void fill(abi_random *random, const known_draws *known, double *theta, double *drawn)
{
	size_t parameters = known->parameters, draws = known->draws;
	for (size_t i = 0; i < known->sets * parameters; i++) {
		double y, mean, sd, *first = drawn + (i / parameters * draws) * parameters + i % parameters;
		abi_random_normal(random, 0, 1, 1, &theta[i]);
		abi_random_normal(random, theta[i], 0.5, 1, &y);
		posterior_of(known->defects != NULL ? known->defects[i % parameters] : KNOWN_EXACT, y, &mean, &sd);
		for (size_t d = 0; d < draws; d++)
			abi_random_normal(random, mean, sd, 1, first + d * parameters);
	}
}

abi_data *known_draws_make(abi_context *context, const known_draws *known, abi_data **truth)
{
	abi_data *draws = NULL;
	abi_random *random = NULL;
	size_t shape[] = { known->draws, known->parameters };
	double *theta = malloc(known->sets * known->parameters * sizeof *theta);
	double *drawn = malloc(known->sets * known->parameters * known->draws * sizeof *drawn);
	*truth = NULL;
	abi_status status = theta != NULL && drawn != NULL ? abi_random_create(context, known->seed, &random) : ABI_E_MEMORY;
	if (status == ABI_OK)
		fill(random, known, theta, drawn);
	if (status == ABI_OK)
		status = abi_data_create(context, &draws);
	if (status == ABI_OK)
		status = abi_data_create(context, truth);
	if (status == ABI_OK)
		status = abi_data_set(draws, known->name, ABI_F64, known->sets, 2, shape, drawn);
	if (status == ABI_OK)
		status = abi_data_set(*truth, known->name, ABI_F64, known->sets, 1, &known->parameters, theta);
	abi_random_free(random);
	free(drawn);
	free(theta);
	if (status == ABI_OK)
		return draws;
	abi_data_free(draws);
	abi_data_free(*truth);
	*truth = NULL;
	return NULL;
}

abi_diagnostics *known_diagnostics(abi_context *context, const known_draws *known)
{
	abi_data *truth, *draws = known_draws_make(context, known, &truth);
	abi_diagnostics *diagnostics = NULL;
	if (draws != NULL && abi_diagnostics_create(context, &diagnostics) == ABI_OK && abi_diagnostics_add(diagnostics, draws, truth) != ABI_OK) {
		abi_diagnostics_free(diagnostics);
		diagnostics = NULL;
	}
	abi_data_free(truth);
	abi_data_free(draws);
	return diagnostics;
}
