#include "autoregression.h"

#include "curve.h"
#include "generator.h"
#include "special.h"

#include <math.h>
#include <stdlib.h>

#define GRID 48
#define DROP 50.0

/* With one of r1, r2 fixed the sum of squares is least + (root u − shift)² in the other, u. */
typedef struct slice {
	double least;
	double root;
	double shift;
} slice;

/* The grid in t = ln σ on which the slices are integrated. */
typedef struct grid {
	const reference_autoregression *posterior;
	slice (*cut)(const reference_autoregression *posterior, double r);
	double t[GRID];
	double step;
	double weight[GRID]; /* ln of all that does not depend on r1, r2 */
	double inverse[GRID]; /* 1 / σ */
} grid;

static slice cut_at_r2(const reference_autoregression *p, double r2)
{
	double root_level = sqrt(p->level);
	double off = r2 - p->centre;
	return (slice){ p->residual + p->gain * off * off, root_level * (1 - r2), root_level * (p->intercept - p->slope * r2) };
}

/* φ1 − intercept + slope φ2 = (r1 − intercept) − (r1 − slope) r2 is linear in r2. */
static slice cut_at_r1(const reference_autoregression *p, double r1)
{
	double c[2] = { sqrt(p->level) * (r1 - p->intercept), -sqrt(p->gain) * p->centre };
	double h[2] = { sqrt(p->level) * (r1 - p->slope), -sqrt(p->gain) };
	double root = hypot(h[0], h[1]);
	if (root == 0)
		return (slice){ p->residual + c[0] * c[0] + c[1] * c[1], 0, 0 };
	double across = (c[0] * h[1] - c[1] * h[0]) / root;
	return (slice){ p->residual + across * across, root, (c[0] * h[0] + c[1] * h[1]) / root };
}

/* The least sum of squares that −1 <= u <= 1 allows. */
static double least_allowed(const slice *s)
{
	double beyond = fabs(s->shift) - s->root;
	return beyond > 0 ? s->least + beyond * beyond : s->least;
}

/* Where the least allowed sum of squares is smallest; it is convex in r2. */
static double best_r2(const reference_autoregression *p, double *least)
{
	double low = -1;
	double high = 1;
	for (int i = 0; i < 90; i++) {
		double left = low + 0.382 * (high - low);
		double right = high - 0.382 * (high - low);
		slice at_left = cut_at_r2(p, left);
		slice at_right = cut_at_r2(p, right);
		if (least_allowed(&at_left) < least_allowed(&at_right))
			high = right;
		else
			low = left;
	}
	slice best = cut_at_r2(p, 0.5 * (low + high));
	*least = least_allowed(&best);
	return 0.5 * (low + high);
}

/* ln ∫_{−1}^{1} exp(−(root u − shift)² / (2σ²)) du */
static double log_slice(const slice *s, double inverse)
{
	double width = s->root * inverse;
	double middle = s->shift * inverse;
	if (width * (1 + fabs(middle)) < 1e-5)
		return REFERENCE_LOG_2 - 0.5 * middle * middle;
	double low = -width - middle;
	double high = width - middle;
	double inside = low < -9 && high > 9 ? 0 : reference_log_normal_interval(low, high);
	return 0.5 * REFERENCE_LOG_2PI - log(width) + inside;
}

/* ln integrand at one node of the grid, given one of r1, r2 */
static double log_node(const grid *g, const slice *s, size_t i)
{
	return g->weight[i] - 0.5 * s->least * g->inverse[i] * g->inverse[i] + log_slice(s, g->inverse[i]);
}

/* ln density of one of r1, r2, up to the evidence. The nodes, when given, receive the terms. */
static double integrate_slice(const grid *g, double r, double *nodes)
{
	double terms[GRID];
	double peak = -INFINITY;
	double sum = 0;
	slice s = g->cut(g->posterior, r);
	for (size_t i = 0; i < GRID; i++) {
		terms[i] = log_node(g, &s, i);
		peak = terms[i] > peak ? terms[i] : peak;
	}
	if (isinf(peak))
		return -INFINITY;
	for (size_t i = 0; i < GRID; i++) {
		sum += terms[i] > peak - DROP ? exp(terms[i] - peak) : 0;
		if (nodes != NULL)
			nodes[i] = terms[i];
	}
	return peak + log(sum);
}

static double log_density(double r, const void *data)
{
	return integrate_slice(data, r, NULL);
}

/* ln of σ's conditional density for k net powers of σ and the given sum of squares, in ln σ. */
static double log_scale(double t, double k, double squares)
{
	return -k * t - exp(t) - 0.5 * squares * exp(-2 * t);
}

/* Between no closed-form integral and both, the net power of σ lies between steps − 1 and steps − 3: the window covers either. */
static void lay_grid(grid *g, const reference_autoregression *p, double least)
{
	double k = (double)p->steps;
	double low = -400;
	double high = 400;
	while (high - low > 1e-6) {
		double t = 0.5 * (low + high);
		if (-(k - 1) - exp(t) + least * exp(-2 * t) > 0)
			low = t;
		else
			high = t;
	}
	double mode = 0.5 * (low + high);
	double left = 1e-3;
	double right = 1e-3;
	double at_mode = log_scale(mode, k - 1, least);
	while (log_scale(mode - left, k - 1, least) > at_mode - DROP)
		left *= 1.1;
	/* With k − 3 the function may still rise to the right of the mode. */
	double best = log_scale(mode, k - 3, least);
	for (;;) {
		double value = log_scale(mode + right, k - 3, least);
		best = value > best ? value : best;
		if (value < best - DROP)
			break;
		right *= 1.1;
	}
	g->posterior = p;
	g->step = (left + right) / (GRID - 1);
	for (size_t i = 0; i < GRID; i++) {
		double t = mode - left + (double)i * g->step;
		g->t[i] = t;
		g->inverse[i] = exp(-t);
		g->weight[i] = (1 - k) * t - exp(t) + log(g->step) - 0.5 * k * REFERENCE_LOG_2PI - 2 * REFERENCE_LOG_2;
	}
}

/* The marginal of r2 (or of r1) with the evidence as its mass. */
static int build(reference_curve *curve, grid *g, const reference_autoregression *p, int crosswise)
{
	double least;
	double r2 = best_r2(p, &least);
	slice other = cut_at_r2(p, r2);
	double starts[2] = { r2, p->centre };
	if (!(least > 0) || isinf(least))
		return -1;
	lay_grid(g, p, least);
	g->cut = crosswise ? cut_at_r1 : cut_at_r2;
	if (crosswise) {
		starts[0] = other.root > 0 ? fmax(-1, fmin(1, other.shift / other.root)) : 0;
		starts[1] = p->slope;
	}
	return reference_curve_build(curve, log_density, g, -1, 1, starts, 2);
}

int reference_autoregression_fit(reference_autoregression *posterior, const double *y, size_t steps)
{
	reference_autoregression p = { .steps = steps, .log_evidence = NAN };
	reference_curve curve;
	grid g;
	double ya = 0, ab = 0, yb = 0;
	/* Three passes, each orthogonal to the ones before: near a unit root sums of products alone would cancel. */
	for (size_t t = 1; t < steps; t++) {
		double b = t > 1 ? y[t - 2] : 0;
		p.level += y[t - 1] * y[t - 1];
		ya += y[t] * y[t - 1];
		ab += y[t - 1] * b;
	}
	p.intercept = p.level > 0 ? ya / p.level : 0;
	p.slope = p.level > 0 ? ab / p.level : 0;
	for (size_t t = 1; t < steps; t++) {
		double b = (t > 1 ? y[t - 2] : 0) - p.slope * y[t - 1];
		p.gain += b * b;
		yb += (y[t] - p.intercept * y[t - 1]) * b;
	}
	p.centre = p.gain > 0 ? yb / p.gain : 0;
	for (size_t t = 0; t < steps; t++) {
		double a = t > 0 ? y[t - 1] : 0;
		double b = t > 1 ? y[t - 2] : 0;
		double e = y[t] - p.intercept * a - p.centre * (b - p.slope * a);
		p.residual += e * e;
	}
	*posterior = p;
	if (steps == 0 || !isfinite(p.residual) || !isfinite(p.level) || build(&curve, &g, &p, 0) != 0)
		return -1;
	posterior->log_evidence = curve.log_mass;
	return 0;
}

double reference_autoregression_log_evidence_crosswise(const reference_autoregression *posterior)
{
	reference_curve curve;
	grid g;
	return build(&curve, &g, posterior, 1) == 0 ? curve.log_mass : NAN;
}

double reference_autoregression_log_density(const reference_autoregression *posterior, double r1, double r2, double sigma)
{
	const reference_autoregression *p = posterior;
	double k = (double)p->steps;
	if (isnan(r1) || isnan(r2) || isnan(sigma))
		return NAN;
	if (!(fabs(r1) <= 1 && fabs(r2) <= 1 && sigma > 0) || isinf(sigma))
		return -INFINITY;
	double along = r1 * (1 - r2) - p->intercept + p->slope * r2;
	double off = r2 - p->centre;
	double squares = p->residual + p->level * along * along + p->gain * off * off;
	return -k * log(sigma) - 0.5 * k * REFERENCE_LOG_2PI - 0.5 * squares / sigma / sigma - sigma - 2 * REFERENCE_LOG_2 - p->log_evidence;
}

double reference_autoregression_log_prob(double r1, double r2, double sigma, const double *y, size_t steps)
{
	reference_autoregression posterior;
	if (reference_autoregression_fit(&posterior, y, steps) != 0)
		return NAN;
	return reference_autoregression_log_density(&posterior, r1, r2, sigma);
}

static double identity(double x, const void *data)
{
	(void)data;
	return x;
}

/* ln marginal density of ln σ at the nodes of the grid, from the nodes of the curve over r2. */
static void scale_marginal(const reference_curve *curve, const grid *g, double *marginal)
{
	double nodes[GRID];
	for (size_t i = 0; i < GRID; i++)
		marginal[i] = 0;
	for (size_t k = 0; k < curve->panels * REFERENCE_CURVE_NODES; k++) {
		if (curve->weight[k] < 1e-20)
			continue;
		double total = integrate_slice(g, curve->x[k], nodes);
		for (size_t i = 0; i < GRID; i++)
			marginal[i] += curve->weight[k] * exp(nodes[i] - total);
	}
}

typedef struct interpolant {
	const grid *g;
	double log_value[GRID];
} interpolant;

/* Through the eight nodes around t. */
static double interpolate(double t, const void *data)
{
	const interpolant *p = data;
	double at = (t - p->g->t[0]) / p->g->step;
	size_t first = at < 4 ? 0 : at > GRID - 5 ? GRID - 8 : (size_t)at - 3;
	double sum = 0;
	for (size_t i = 0; i < 8; i++) {
		double term = p->log_value[first + i];
		for (size_t j = 0; j < 8; j++)
			if (j != i)
				term *= (at - (double)(first + j)) / ((double)i - (double)j);
		sum += term;
	}
	return sum;
}

static reference_marginal scale_moments(const grid *g, const double *marginal)
{
	reference_marginal m = { 0, 0, NAN, NAN, NAN };
	interpolant p = { .g = g };
	reference_curve curve;
	size_t best = 0;
	for (size_t i = 0; i < GRID; i++) {
		m.mean += marginal[i] * exp(g->t[i]);
		best = marginal[i] > marginal[best] ? i : best;
		p.log_value[i] = marginal[i] > 0 ? log(marginal[i]) : -800;
	}
	for (size_t i = 0; i < GRID; i++)
		m.sd += marginal[i] * (exp(g->t[i]) - m.mean) * (exp(g->t[i]) - m.mean);
	m.sd = sqrt(m.sd);
	if (reference_curve_build(&curve, interpolate, &p, g->t[0], g->t[GRID - 1], &g->t[best], 1) == 0) {
		m.q05 = exp(reference_curve_quantile(&curve, 0.05));
		m.q50 = exp(reference_curve_quantile(&curve, 0.5));
		m.q95 = exp(reference_curve_quantile(&curve, 0.95));
	}
	return m;
}

static reference_marginal curve_moments(const reference_curve *curve)
{
	reference_marginal m;
	double variance;
	reference_curve_moments(curve, identity, NULL, &m.mean, &variance);
	m.sd = sqrt(variance);
	m.q05 = reference_curve_quantile(curve, 0.05);
	m.q50 = reference_curve_quantile(curve, 0.5);
	m.q95 = reference_curve_quantile(curve, 0.95);
	return m;
}

void reference_autoregression_moments(const reference_autoregression *posterior, reference_marginal moments[3])
{
	reference_curve curve;
	grid g;
	double marginal[GRID];
	moments[0] = moments[1] = moments[2] = (reference_marginal){ NAN, NAN, NAN, NAN, NAN };
	if (build(&curve, &g, posterior, 1) == 0)
		moments[0] = curve_moments(&curve);
	if (build(&curve, &g, posterior, 0) == 0) {
		moments[1] = curve_moments(&curve);
		scale_marginal(&curve, &g, marginal);
		moments[2] = scale_moments(&g, marginal);
	}
}

void reference_autoregression_contraction(size_t steps, size_t sets, uint64_t seed, double contraction[3])
{
	reference_generator generator = reference_generator_seed(seed);
	const double prior_variance[3] = { 1.0 / 3, 1.0 / 3, 1 };
	double sum[3] = { 0, 0, 0 };
	double *y = calloc(steps + 1, sizeof *y);
	int failed = y == NULL;
	for (size_t s = 0; s < sets && !failed; s++) {
		reference_autoregression posterior;
		reference_marginal m[3];
		double r1 = 2 * reference_generator_uniform(&generator) - 1;
		double r2 = 2 * reference_generator_uniform(&generator) - 1;
		double sigma = reference_generator_exponential(&generator);
		for (size_t t = 0; t < steps; t++) {
			y[t] = sigma * reference_generator_normal(&generator);
			y[t] += t > 0 ? r1 * (1 - r2) * y[t - 1] : 0;
			y[t] += t > 1 ? r2 * y[t - 2] : 0;
		}
		failed = reference_autoregression_fit(&posterior, y, steps) != 0;
		if (failed)
			break;
		reference_autoregression_moments(&posterior, m);
		for (int i = 0; i < 3; i++)
			sum[i] += m[i].sd * m[i].sd / (double)sets;
	}
	for (int i = 0; i < 3; i++)
		contraction[i] = failed ? NAN : 1 - sum[i] / prior_variance[i];
	free(y);
}
