/* Do true parameters fall where exact posteriors say? Counts over the prior predictive, each bound about five standard errors. */

#ifndef TESTS_REFERENCE_CALIBRATION_H
#define TESTS_REFERENCE_CALIBRATION_H

#include "reference/marginal.h"

#include <check.h>
#include <math.h>
#include <stddef.h>

typedef struct calibration {
	double count;
	double below[3];
	double z;
	double z_square;
} calibration;

static inline void calibration_add(calibration *c, const reference_marginal *m, double truth)
{
	double z = (truth - m->mean) / m->sd;
	ck_assert_msg(isfinite(z) && m->q05 < m->q50 && m->q50 < m->q95, "mean %g, sd %g, quantiles %g %g %g", m->mean, m->sd, m->q05, m->q50,
		m->q95);
	c->count += 1;
	c->below[0] += truth < m->q05;
	c->below[1] += truth < m->q50;
	c->below[2] += truth < m->q95;
	c->z += z;
	c->z_square += z * z;
}

static inline void calibration_check(const calibration *c, const char *name, size_t i)
{
	const double p[3] = { 0.05, 0.5, 0.95 };
	for (int k = 0; k < 3; k++) {
		double error = (c->below[k] / c->count - p[k]) / sqrt(p[k] * (1 - p[k]) / c->count);
		ck_assert_msg(fabs(error) < 4.5, "%s[%zu]: %g of the truths lie below quantile %g", name, i, c->below[k] / c->count, p[k]);
	}
	double error = c->z / sqrt(c->count);
	ck_assert_msg(fabs(error) < 4.5, "%s[%zu]: mean z-score %g", name, i, c->z / c->count);
	/* Kurtosis up to 5 or so. */
	error = (c->z_square / c->count - 1) / sqrt(4 / c->count);
	ck_assert_msg(fabs(error) < 5, "%s[%zu]: mean squared z-score %g", name, i, c->z_square / c->count);
}

#endif
