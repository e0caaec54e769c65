#include "curve.h"

#include <math.h>
#include <stdlib.h>

#define DROP 46.0
#define TOLERANCE 1e-12
/* Each panel that matters must also be right in itself, for the sake of moments that lean on the tails. */
#define SHAPE_TOLERANCE 1e-8
#define NEGLIGIBLE 1e-18
#define MAX_BREAKS 300

/* Gauss-Kronrod 7/15: positive nodes from the outside in, the last is the centre. */
static const double kronrod_x[8] = { 0.991455371120812639206854697526329, 0.949107912342758524526189684047851, 0.864864423359769072789712788640926,
	0.741531185599394439863864773280788, 0.586087235467691130294144691693013, 0.405845151377397166906606412076961,
	0.207784955007898467600689403773245, 0.0 };
static const double kronrod_w[8] = { 0.022935322010529224963732008058970, 0.063092092629978553290700663189204, 0.104790010322250183839876322541518,
	0.140653259715525918745189590510238, 0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
	0.204432940075298892414161999234649, 0.209482141084727828012999174891714 };
static const double gauss_w[4] = { 0.129484966168869693270611432679082, 0.279705391489276667901467771423780, 0.381830050505118944950369775488975,
	0.417959183673469387755102040816327 };

typedef struct panel_sum {
	double mass;
	double error;
} panel_sum;

static double evaluate(const reference_curve *curve, double x)
{
	double value = curve->function(x, curve->data);
	return isnan(value) ? -INFINITY : value;
}

/* Mass of exp(f − peak) on [left, right]; x and weight, when given, receive the 15 nodes from left to right. */
static panel_sum panel_integrate(const reference_curve *curve, double peak, double left, double right, double *x, double *weight)
{
	double half = 0.5 * (right - left);
	double centre = left + half;
	double kronrod = 0;
	double gauss = 0;
	for (int i = 0; i < REFERENCE_CURVE_NODES; i++) {
		int j = i < 8 ? i : 14 - i;
		double node = centre + (i < 8 ? -half : half) * kronrod_x[j];
		double value = half * exp(evaluate(curve, node) - peak);
		kronrod += kronrod_w[j] * value;
		if (j % 2 == 1)
			gauss += gauss_w[j / 2] * value;
		if (x != NULL) {
			x[i] = node;
			weight[i] = kronrod_w[j] * value;
		}
	}
	return (panel_sum){ kronrod, fabs(kronrod - gauss) };
}

/* Goes uphill from start by doubling steps, then narrows the bracket by golden sections until it is flat to 0.05. */
static double climb(const reference_curve *curve, double start)
{
	double step = 1e-2 * (1 + fabs(start));
	double low = start, middle = start, high = start;
	double f_low, f_middle = evaluate(curve, start), f_high;
	for (int direction = -1; direction <= 1; direction += 2) {
		double h = step;
		for (int i = 0; i < 200; i++) {
			double next = middle + direction * h;
			next = next < curve->lower ? curve->lower : next > curve->upper ? curve->upper : next;
			double f_next = evaluate(curve, next);
			if (direction < 0)
				low = next;
			else
				high = next;
			if (!(f_next > f_middle))
				break;
			middle = next;
			f_middle = f_next;
			h *= 2;
		}
	}
	f_low = evaluate(curve, low);
	f_high = evaluate(curve, high);
	for (int i = 0; i < 200 && (f_middle - f_low > 0.05 || f_middle - f_high > 0.05); i++) {
		int right = high - middle > middle - low;
		double probe = right ? middle + 0.382 * (high - middle) : middle - 0.382 * (middle - low);
		double f_probe = evaluate(curve, probe);
		if (probe == middle || probe == low || probe == high)
			break;
		if (f_probe > f_middle) {
			*(right ? &low : &high) = middle;
			*(right ? &f_low : &f_high) = f_middle;
			middle = probe;
			f_middle = f_probe;
		} else {
			*(right ? &high : &low) = probe;
			*(right ? &f_high : &f_low) = f_probe;
		}
	}
	return middle;
}

/* Two climbs end on one hill when the way between them is flat: a second set of break points would only cost time. */
static int is_same_mode(const reference_curve *curve, double a, double b)
{
	double f_a = evaluate(curve, a);
	double f_b = evaluate(curve, b);
	return fabs(f_a - f_b) < 0.2 && evaluate(curve, a + 0.5 * (b - a)) > (f_a < f_b ? f_a : f_b) - 1e-9;
}

/* Break points outwards from a mode, at doubling distances that start on the mode's own scale, to the end of the window. */
static size_t breaks_outwards(const reference_curve *curve, double mode, double direction, double peak, double *breaks, size_t count)
{
	double bound = direction < 0 ? curve->lower : curve->upper;
	double own = evaluate(curve, mode);
	double h = isinf(bound) ? 1 + fabs(mode) : fabs(bound - mode);
	if (h == 0)
		return count;
	for (int i = 0; i < 1100 && own - evaluate(curve, mode + direction * h) > 1; i++)
		h *= 0.5;
	for (int i = 0; i < 1100 && count < MAX_BREAKS; i++) {
		double x = mode + direction * h;
		int at_bound = direction < 0 ? x <= bound : x >= bound;
		breaks[count++] = at_bound ? bound : x;
		if (at_bound || evaluate(curve, x) < peak - DROP)
			break;
		h *= 2;
	}
	return count;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The 15-node rule is much better than its difference to the 7-node one. */
static double sharpened(double error)
{
	double estimate = pow(200 * error, 1.5);
	return estimate < error ? estimate : error;
}

/* Refines [left, right] by halves and appends the accepted panels, leaving room for `reserved` later ones. */
static double refine(reference_curve *curve, double peak, double left, double right, double total, size_t reserved)
{
	double *x = curve->x + curve->panels * REFERENCE_CURVE_NODES;
	double *weight = curve->weight + curve->panels * REFERENCE_CURVE_NODES;
	panel_sum sum = panel_integrate(curve, peak, left, right, x, weight);
	double middle = left + 0.5 * (right - left);
	int room = curve->panels + reserved + 2 <= REFERENCE_CURVE_PANELS;
	int fine = sharpened(sum.error / total) <= TOLERANCE && (sum.mass < NEGLIGIBLE * total || sharpened(sum.error / sum.mass) <= SHAPE_TOLERANCE);
	if (!fine && room && right - left > 1e-14 * fabs(middle)) {
		double mass = refine(curve, peak, left, middle, total, reserved + 1);
		return mass + refine(curve, peak, middle, right, total, reserved);
	}
	curve->left[curve->panels] = left;
	curve->right[curve->panels] = right;
	curve->panels++;
	return sum.mass;
}

int reference_curve_build(reference_curve *curve, reference_log_function *function, const void *data, double lower, double upper,
	const double *starts, size_t starts_count)
{
	double modes[REFERENCE_CURVE_MODES];
	double breaks[MAX_BREAKS + 2 * REFERENCE_CURVE_MODES];
	size_t modes_count = 0;
	size_t count = 0;
	double peak = -INFINITY;
	curve->function = function;
	curve->data = data;
	curve->lower = lower;
	curve->upper = upper;
	curve->panels = 0;
	curve->log_mass = NAN;
	for (size_t i = 0; i < starts_count && modes_count < REFERENCE_CURVE_MODES; i++) {
		double start = starts[i] < lower ? lower : starts[i] > upper ? upper : starts[i];
		if (!isfinite(start) || !isfinite(evaluate(curve, start)))
			continue;
		double mode = climb(curve, start);
		double value = evaluate(curve, mode);
		int known = 0;
		for (size_t j = 0; j < modes_count; j++)
			known |= is_same_mode(curve, modes[j], mode);
		if (!known)
			modes[modes_count++] = mode;
		peak = value > peak ? value : peak;
	}
	if (modes_count == 0 || !isfinite(peak))
		return -1;
	for (size_t i = 0; i < modes_count; i++) {
		breaks[count++] = modes[i];
		count = breaks_outwards(curve, modes[i], -1, peak, breaks, count);
		count = breaks_outwards(curve, modes[i], 1, peak, breaks, count);
	}
	qsort(breaks, count, sizeof *breaks, ascending);
	/* Two passes: the tolerance of the second is a share of the mass seen by the first. */
	double total = 0;
	for (size_t i = 1; i < count; i++)
		if (breaks[i] > breaks[i - 1])
			total += panel_integrate(curve, peak, breaks[i - 1], breaks[i], NULL, NULL).mass;
	double mass = 0;
	for (size_t i = 1; i < count; i++)
		if (breaks[i] > breaks[i - 1])
			mass += refine(curve, peak, breaks[i - 1], breaks[i], total, count - 1 - i);
	if (!(mass > 0) || isinf(mass))
		return -1;
	for (size_t i = 0; i < curve->panels * REFERENCE_CURVE_NODES; i++)
		curve->weight[i] /= mass;
	curve->log_mass = peak + log(mass);
	return 0;
}

double reference_curve_log_density(const reference_curve *curve, double x)
{
	return x < curve->lower || x > curve->upper ? -INFINITY : evaluate(curve, x) - curve->log_mass;
}

double reference_curve_expect(const reference_curve *curve, double (*value)(double x, const void *data), const void *data)
{
	double sum = 0;
	for (size_t i = 0; i < curve->panels * REFERENCE_CURVE_NODES; i++)
		if (curve->weight[i] > 0)
			sum += curve->weight[i] * value(curve->x[i], data);
	return sum;
}

void reference_curve_moments(const reference_curve *curve, double (*value)(double x, const void *data), const void *data, double *mean,
	double *variance)
{
	*mean = reference_curve_expect(curve, value, data);
	*variance = 0;
	for (size_t i = 0; i < curve->panels * REFERENCE_CURVE_NODES; i++) {
		if (curve->weight[i] > 0) {
			double centred = value(curve->x[i], data) - *mean;
			*variance += curve->weight[i] * centred * centred;
		}
	}
}

static double panel_mass(const reference_curve *curve, size_t panel)
{
	double sum = 0;
	for (size_t i = 0; i < REFERENCE_CURVE_NODES; i++)
		sum += curve->weight[panel * REFERENCE_CURVE_NODES + i];
	return sum;
}

double reference_curve_cdf(const reference_curve *curve, double x)
{
	double sum = 0;
	for (size_t i = 0; i < curve->panels; i++) {
		if (x >= curve->right[i]) {
			sum += panel_mass(curve, i);
		} else {
			if (x > curve->left[i])
				sum += panel_integrate(curve, curve->log_mass, curve->left[i], x, NULL, NULL).mass;
			break;
		}
	}
	return sum < 1 ? sum : 1;
}

double reference_curve_quantile(const reference_curve *curve, double p)
{
	double before = 0;
	size_t panel = 0;
	for (; panel + 1 < curve->panels; panel++) {
		double mass = panel_mass(curve, panel);
		if (before + mass >= p)
			break;
		before += mass;
	}
	double low = curve->left[panel];
	double high = curve->right[panel];
	double start = low;
	double x = 0.5 * (low + high);
	/* Newton's step where it stays inside the bracket, else halves. */
	for (int i = 0; i < 100; i++) {
		double excess = before + panel_integrate(curve, curve->log_mass, start, x, NULL, NULL).mass - p;
		if (excess > 0)
			high = x;
		else
			low = x;
		if (fabs(excess) < 1e-14 || high - low <= 1e-15 * fabs(x))
			break;
		double next = x - excess / exp(evaluate(curve, x) - curve->log_mass);
		x = next > low && next < high ? next : 0.5 * (low + high);
	}
	return x;
}
