#include "support/every_picture.h"

#include "support/known_draws.h"

#include "abi/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { SIMULATED = 40, ROWS = 20, COLUMNS = 3 };

/* Every fourth parameter is made awkward for axes. */
static double awkward(size_t parameter, double value)
{
	switch (parameter % 8) {
	case 5: return 1e7 * value;
	case 6: return 1e-6 * value - 3e-6;
	case 7: return exp(3 * value);
	default: return value;
	}
}

static void distort(abi_data *data, const char *name, size_t parameters)
{
	int32_t rank = abi_data_rank(data, name);
	const size_t *shape = abi_data_shape(data, name);
	size_t count = abi_data_elements(data, name), sets = abi_data_sets(data), kept[2] = { shape[0], rank == 2 ? shape[1] : 0 };
	double *values = malloc(count * sizeof *values);
	ck_assert_ptr_nonnull(values);
	for (size_t i = 0; i < count; i++)
		values[i] = awkward(i % parameters, abi_data_f64(data, name)[i]);
	ck_assert_int_eq(abi_data_set(data, name, ABI_F64, sets, rank, kept, values), ABI_OK);
	free(values);
}

static void make_observations(every_picture *made)
{
	abi_random *random;
	static double y[SIMULATED * ROWS * COLUMNS];
	int64_t offsets[SIMULATED + 1] = { 0 };
	const size_t shape[] = { ROWS, COLUMNS };
	ck_assert_int_eq(abi_random_create(made->context, 3, &random), ABI_OK);
	abi_random_normal(random, 0, 100, SIMULATED * ROWS * COLUMNS, y);
	for (size_t s = 0; s < SIMULATED; s++)
		offsets[s + 1] = offsets[s] + (int64_t)(s % ROWS);
	ck_assert_int_eq(abi_data_create(made->context, &made->simulated), ABI_OK);
	ck_assert_int_eq(abi_data_set(made->simulated, "y", ABI_F64, SIMULATED, 2, shape, y), ABI_OK);
	ck_assert_int_eq(abi_data_create(made->context, &made->ragged), ABI_OK);
	ck_assert_int_eq(abi_data_set_ragged(made->ragged, "r", ABI_F64, SIMULATED, 0, NULL, offsets, y), ABI_OK);
	ck_assert_int_eq(abi_data_create(made->context, &made->observed), ABI_OK);
	abi_random_normal(random, 0, 140, ROWS * COLUMNS, y);
	y[7] = NAN;
	int64_t own[] = { 0, 25 };
	ck_assert_int_eq(abi_data_set(made->observed, "y", ABI_F64, 1, 2, shape, y), ABI_OK);
	ck_assert_int_eq(abi_data_set_ragged(made->observed, "r", ABI_F64, 1, 0, NULL, own, y), ABI_OK);
	abi_random_gamma(random, 2, 1, sizeof made->null / sizeof made->null[0], made->null);
	abi_random_normal(random, 0, 0.5, sizeof made->losses / sizeof made->losses[0], made->losses);
	abi_random_free(random);
}

void every_picture_start(every_picture *made, size_t parameters, const char *name, size_t sets, size_t draws)
{
	static const known_defect pattern[] = { KNOWN_EXACT, KNOWN_NARROW, KNOWN_PRIOR, KNOWN_EXACT, KNOWN_HIGH, KNOWN_EXACT, KNOWN_WIDE, KNOWN_CONSTANT };
	known_defect defects[128];
	ck_assert_uint_le(parameters, 128);
	for (size_t i = 0; i < parameters; i++)
		defects[i] = pattern[i % 8];
	known_draws known = { .parameters = parameters, .sets = sets, .draws = draws, .defects = defects, .name = name, .seed = 11 };
	*made = (every_picture){ 0 };
	ck_assert_int_eq(abi_context_create(NULL, &made->context), ABI_OK);
	made->draws = known_draws_make(made->context, &known, &made->truth);
	ck_assert_ptr_nonnull(made->draws);
	distort(made->draws, name, parameters);
	distort(made->truth, name, parameters);
	ck_assert_int_eq(abi_diagnostics_create(made->context, &made->diagnostics), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_distance(made->diagnostics, "tarp", NULL), ABI_OK);
	ck_assert_msg(abi_diagnostics_add(made->diagnostics, made->draws, made->truth) == ABI_OK, "%s", abi_context_error(made->context));
	make_observations(made);
	for (size_t i = 0; i < 900; i++)
		made->losses[i] += 50 * exp(-(double)i / 20) - 3;
	made->losses[3] = INFINITY;
	made->losses[500] = NAN;
	for (size_t i = 0; i < 9; i++)
		made->validation[i] = -2.5 - 0.01 * (double)i;
}

void every_picture_stop(every_picture *made)
{
	abi_diagnostics_free(made->diagnostics);
	abi_data_free(made->observed);
	abi_data_free(made->ragged);
	abi_data_free(made->simulated);
	abi_data_free(made->truth);
	abi_data_free(made->draws);
	abi_context_free(made->context);
}

abi_status every_picture_draw(const every_picture *m, size_t i, abi_plot *plot)
{
	switch (i) {
	case 0: return abi_plot_loss(plot, m->losses, 900, m->validation, 9);
	case 1: return abi_plot_loss(plot, m->losses, 30, NULL, 0);
	case 2: return abi_plot_recovery(plot, m->diagnostics);
	case 3: return abi_plot_z_score_contraction(plot, m->diagnostics);
	case 4: return abi_plot_metrics(plot, m->diagnostics);
	case 5: return abi_plot_calibration_ecdf(plot, m->diagnostics, ABI_PLOT_ECDF_DIFFERENCE);
	case 6: return abi_plot_calibration_ecdf(plot, m->diagnostics, ABI_PLOT_ECDF_STACKED);
	case 7: return abi_plot_calibration_histogram(plot, m->diagnostics);
	case 8: return abi_plot_coverage(plot, m->diagnostics);
	case 9: return abi_plot_pairs(plot, m->draws, 1, m->truth, m->truth);
	case 10: return abi_plot_pairs(plot, m->draws, 0, NULL, NULL);
	case 11: return abi_plot_predictive(plot, "y", ABI_PLOT_PREDICTIVE_SERIES, m->simulated, m->observed, 0);
	case 12: return abi_plot_predictive(plot, "r", ABI_PLOT_PREDICTIVE_ORDERED, m->ragged, m->observed, 0);
	case 13: return abi_plot_null_test(plot, "MMD\xc2\xb2 of the summaries", m->null, 200, 9.3, NAN);
	default: return ABI_E_ARGUMENT;
	}
}

const char *every_picture_name(size_t i)
{
	static const char *const names[EVERY_PICTURE_COUNT] = { "loss with validation", "loss of a short run", "recovery", "z-score and contraction", "metrics", "ECDF difference",
		                                                "ECDF stacked", "histogram", "coverage", "pairs with prior and truth", "pairs alone",
		                                                "predictive series", "predictive ordered", "null test" };
	return i < EVERY_PICTURE_COUNT ? names[i] : "";
}
