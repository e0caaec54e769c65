#include "nn/spline.h"

#include <math.h>
#include <string.h>

/* Elements are worked on in groups that stay in the first-level cache, one array per quantity, so that every loop runs over neighbours. */
enum { ABI_SPLINE_GROUP = 128 };

static const real least_share = (real)1e-3;  /* of a bin in the width and height of the spline */
static const real least_slope = (real)1e-3;  /* at a knot */
static const real largest_raw = (real)1e3;   /* of a slope, so that no square of a slope overflows */
static const real slope_offset = (real)0.5397424172369522; /* log(exp(1 − least_slope) − 1): raw 0 is slope 1 */

/* What the spline knows about the bin of each element. */
typedef struct bin_of {
	real *index; /* −1 outside the bounds */
	real *left, *bottom;
	real *width, *height;
	real *slope0, *slope1; /* at the left and right knot */
	real *position;        /* (x − left) / width */
} bin_of;

typedef struct group {
	size_t count;      /* elements */
	real *shares;      /* [2 bins, count] softmax of widths and heights */
	real *slopes;      /* [bins − 1, count] */
	bin_of bin;
} group;

static size_t rows_of_group(size_t rows, size_t n)
{
	size_t most = n < ABI_SPLINE_GROUP ? ABI_SPLINE_GROUP / n : 1;
	return rows < most ? rows : most;
}

enum { KEPT = 6 }; /* index, width, height, slope0, slope1, position go from forward to backward, beside the shares */

static size_t kept_per_element(const abi_spline *spline)
{
	return 2 * spline->bins + KEPT;
}

size_t abi_spline_outputs(const abi_spline *spline)
{
	return 3 * spline->bins - 1;
}

size_t abi_spline_cache(const abi_spline *spline, size_t rows, size_t n)
{
	return rows * n * kept_per_element(spline);
}

/* Arrays of one element each that a group takes at most: what a forward makes, and what a backward makes. */
static size_t scratch_arrays(const abi_spline *spline)
{
	size_t forward = kept_per_element(spline) + (spline->bins - 1) + 2 + 2 + 2 * spline->bins;
	size_t backward = abi_spline_outputs(spline) + 2 + 6;
	return forward > backward ? forward : backward;
}

size_t abi_spline_scratch(const abi_spline *spline, size_t rows, size_t n)
{
	return abi_arena_need(scratch_arrays(spline) * rows_of_group(rows, n) * n, sizeof(real));
}

/* ---- from raw outputs to bins ---- */

/* Consecutive arrays of count reals from one block. */
static real *next(real **block, size_t count)
{
	real *array = *block;
	*block += count;
	return array;
}

/* Distributes cache (or scratch) and scratch over the arrays of a group. */
static group arrange(const abi_spline *spline, size_t count, real *cache, real **scratch)
{
	real **kept = cache != NULL ? &cache : scratch;
	group g = { .count = count };
	g.shares = next(kept, 2 * spline->bins * count);
	g.bin.index = next(kept, count);
	g.bin.width = next(kept, count);
	g.bin.height = next(kept, count);
	g.bin.slope0 = next(kept, count);
	g.bin.slope1 = next(kept, count);
	g.bin.position = next(kept, count);
	g.slopes = next(scratch, (spline->bins - 1) * count);
	g.bin.left = next(scratch, count);
	g.bin.bottom = next(scratch, count);
	return g;
}

/* Softmax over the bins for each element of raw[bins, count], in place. */
static void share(const abi_kernels *kernels, size_t bins, size_t count, real *raw, real *best)
{
	memcpy(best, raw, count * sizeof *best);
	for (size_t j = 1; j < bins; j++)
		for (size_t e = 0; e < count; e++)
			best[e] = raw[j * count + e] > best[e] ? raw[j * count + e] : best[e];
	for (size_t j = 0; j < bins; j++)
		for (size_t e = 0; e < count; e++)
			raw[j * count + e] -= best[e];
	kernels->exp(bins * count, raw, raw);
	memset(best, 0, count * sizeof *best);
	for (size_t j = 0; j < bins; j++)
		for (size_t e = 0; e < count; e++)
			best[e] += raw[j * count + e];
	for (size_t e = 0; e < count; e++)
		best[e] = 1 / best[e];
	for (size_t j = 0; j < bins; j++)
		for (size_t e = 0; e < count; e++)
			raw[j * count + e] *= best[e];
}

/* Shares and slopes of the rows in raw[rows, outputs × n]. */
static void read_raw(const abi_kernels *kernels, const abi_spline *spline, size_t rows, size_t n, const real *raw, group *g, real *work)
{
	size_t bins = spline->bins;
	size_t count = g->count;
	size_t columns = abi_spline_outputs(spline) * n;
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < 2 * bins; j++)
			for (size_t i = 0; i < n; i++)
				g->shares[j * count + r * n + i] = raw[r * columns + j * n + i];
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < bins - 1; j++)
			for (size_t i = 0; i < n; i++)
				g->slopes[j * count + r * n + i] = raw[r * columns + (2 * bins + j) * n + i];
	share(kernels, bins, count, g->shares, work);
	share(kernels, bins, count, g->shares + bins * count, work);
	size_t inner = (bins - 1) * count;
	for (size_t e = 0; e < inner; e++)
		g->slopes[e] = (g->slopes[e] < largest_raw ? g->slopes[e] : largest_raw) + slope_offset;
	kernels->softplus(inner, g->slopes, g->slopes);
	for (size_t e = 0; e < inner; e++)
		g->slopes[e] += least_slope;
}

/* Width (or height) of a bin from its share. */
static real extent(const abi_spline *spline, real part)
{
	return 2 * spline->bound * (least_share + (1 - (real)spline->bins * least_share) * part);
}

/* edges[bins, count]: where each bin starts on one axis. */
static void find_edges(const abi_spline *spline, size_t count, const real *restrict shares, real *restrict edges)
{
	for (size_t e = 0; e < count; e++)
		edges[e] = -spline->bound;
	for (size_t j = 1; j < spline->bins; j++)
		for (size_t e = 0; e < count; e++)
			edges[j * count + e] = edges[(j - 1) * count + e] + extent(spline, shares[(j - 1) * count + e]);
}

/* The last bin that starts at or before each value: counting them needs no branch. */
static void find_index(const abi_spline *spline, size_t count, const real *restrict value, const real *restrict edges, real *restrict index)
{
	memset(index, 0, count * sizeof *index);
	for (size_t j = 1; j < spline->bins; j++)
		for (size_t e = 0; e < count; e++)
			index[e] += value[e] >= edges[j * count + e] ? (real)1 : (real)0;
}

/* Finds the bin of each value on the axis of x (forward) or y (inverse). edges: [2 bins, count] of scratch. */
static void find_bins(const abi_spline *spline, bool by_height, const real *value, group *g, real *edges)
{
	size_t bins = spline->bins, count = g->count;
	real *edges_x = edges, *edges_y = edges + bins * count;
	bin_of b = g->bin;
	find_edges(spline, count, g->shares, edges_x);
	find_edges(spline, count, g->shares + bins * count, edges_y);
	find_index(spline, count, value, by_height ? edges_y : edges_x, b.index);
	for (size_t e = 0; e < count; e++) {
		size_t j = (size_t)b.index[e];
		size_t at = j * count + e;
		b.left[e] = edges_x[at];
		b.bottom[e] = edges_y[at];
		b.width[e] = extent(spline, g->shares[at]);
		b.height[e] = extent(spline, g->shares[bins * count + at]);
		b.slope0[e] = j > 0 ? g->slopes[at - count] : 1;
		b.slope1[e] = j < bins - 1 ? g->slopes[at] : 1;
	}
	for (size_t e = 0; e < count; e++)
		b.index[e] = value[e] > -spline->bound && value[e] < spline->bound ? b.index[e] : -1;
}

/* ---- the curve inside a bin; t = position, u = 1 − t, s = height / width ---- */

static real clamp01(real value)
{
	value = value > 0 ? value : 0;
	return value < 1 ? value : 1;
}

/* Denominator of the curve; a sum of positive terms, so nothing cancels. */
static real denominator(real s, real d0, real d1, real t, real u)
{
	return s * (1 - 2 * t * u) + (d0 + d1) * t * u;
}

static real steepness(real s, real d0, real d1, real t, real u)
{
	return d1 * t * t + 2 * s * t * u + d0 * u * u;
}

/* log dy/dx of each element of the group, summed into the rows. */
static void add_log_det(const abi_kernels *kernels, const group *g, size_t rows, size_t n, real *work, double *log_det)
{
	bin_of b = g->bin;
	for (size_t e = 0; e < g->count; e++) {
		real t = b.position[e];
		real u = 1 - t;
		real s = b.height[e] / b.width[e];
		real low = denominator(s, b.slope0[e], b.slope1[e], t, u);
		real slope = s / low * (s / low) * steepness(s, b.slope0[e], b.slope1[e], t, u);
		work[e] = b.index[e] >= 0 ? slope : 1;
	}
	kernels->log(g->count, work, work);
	for (size_t r = 0; r < rows; r++) {
		double sum = 0;
		for (size_t i = 0; i < n; i++)
			sum += (double)work[r * n + i];
		log_det[r] += sum;
	}
}

void abi_spline_forward(const abi_exec *exec, const abi_spline *spline, size_t rows, size_t n, const real *raw, const real *x, size_t ldx,
                        real *y, size_t ldy, double *log_det, real *cache)
{
	size_t step = rows_of_group(rows, n);
	size_t mark = abi_arena_mark(exec->scratch);
	real *block = abi_exec_take(exec, scratch_arrays(spline) * step * n);
	for (size_t first = 0; first < rows; first += step) {
		size_t some = rows - first < step ? rows - first : step;
		size_t count = some * n;
		real *scratch = block;
		group g = arrange(spline, count, cache != NULL ? cache + first * n * kept_per_element(spline) : NULL, &scratch);
		bin_of b = g.bin;
		real *value = next(&scratch, count);
		real *work = next(&scratch, count);
		real *edges = next(&scratch, 2 * spline->bins * count);
		read_raw(exec->kernels, spline, some, n, raw + first * abi_spline_outputs(spline) * n, &g, work);
		for (size_t r = 0; r < some; r++)
			memcpy(value + r * n, x + (first + r) * ldx, n * sizeof *value);
		find_bins(spline, false, value, &g, edges);
		for (size_t e = 0; e < count; e++) {
			real t = clamp01((value[e] - b.left[e]) / b.width[e]);
			real u = 1 - t;
			real s = b.height[e] / b.width[e];
			real rise = t * (s * t + b.slope0[e] * u) / denominator(s, b.slope0[e], b.slope1[e], t, u);
			b.position[e] = t;
			value[e] = b.index[e] >= 0 ? b.bottom[e] + b.height[e] * rise : value[e];
		}
		for (size_t r = 0; r < some; r++)
			memcpy(y + (first + r) * ldy, value + r * n, n * sizeof *value);
		if (log_det != NULL)
			add_log_det(exec->kernels, &g, some, n, work, log_det + first);
	}
	abi_arena_release(exec->scratch, mark);
}

static real square_root(real x)
{
#ifdef ABI_DOUBLE
	return sqrt(x);
#else
	return sqrtf(x);
#endif
}

/*
 * The position in the bin solves a quadratic equation. With τ the relative height and m = d0 (1 − τ) − d1 τ its discriminant is
 * m² + 4 s² τ (1 − τ); taking τ or 1 − τ as the small end by the sign of m leaves sums of positive terms only.
 */
static real solve(real s, real d0, real d1, real tau)
{
	real rest = 1 - tau;
	real m = d0 * rest - d1 * tau;
	real root = square_root(m * m + 4 * s * s * tau * rest);
	real from_left = 2 * s * tau / (m + 2 * s * tau + root);
	real from_right = (root - m) / (root - m + 2 * s * rest);
	return m >= 0 ? from_left : from_right;
}

void abi_spline_inverse(const abi_exec *exec, const abi_spline *spline, size_t rows, size_t n, const real *raw, const real *y, size_t ldy,
                        real *x, size_t ldx, double *log_det)
{
	size_t step = rows_of_group(rows, n);
	size_t mark = abi_arena_mark(exec->scratch);
	real *block = abi_exec_take(exec, scratch_arrays(spline) * step * n);
	for (size_t first = 0; first < rows; first += step) {
		size_t some = rows - first < step ? rows - first : step;
		size_t count = some * n;
		real *scratch = block;
		group g = arrange(spline, count, NULL, &scratch);
		bin_of b = g.bin;
		real *value = next(&scratch, count);
		real *work = next(&scratch, count);
		real *edges = next(&scratch, 2 * spline->bins * count);
		read_raw(exec->kernels, spline, some, n, raw + first * abi_spline_outputs(spline) * n, &g, work);
		for (size_t r = 0; r < some; r++)
			memcpy(value + r * n, y + (first + r) * ldy, n * sizeof *value);
		find_bins(spline, true, value, &g, edges);
		for (size_t e = 0; e < count; e++) {
			real tau = clamp01((value[e] - b.bottom[e]) / b.height[e]);
			b.position[e] = clamp01(solve(b.height[e] / b.width[e], b.slope0[e], b.slope1[e], tau));
			value[e] = b.index[e] >= 0 ? b.left[e] + b.position[e] * b.width[e] : value[e];
		}
		for (size_t r = 0; r < some; r++)
			memcpy(x + (first + r) * ldx, value + r * n, n * sizeof *value);
		if (log_det != NULL)
			add_log_det(exec->kernels, &g, some, n, work, log_det + first);
	}
	abi_arena_release(exec->scratch, mark);
}

/* ---- backward ---- */

/* Gradients of one group with respect to what the bin is made of. */
typedef struct bin_gradient {
	real *left, *bottom, *width, *height, *slope0, *slope1;
} bin_gradient;

/* d holds dL/dy and becomes dL/dx. */
static void curve_backward(const group *g, real weight, real *d, bin_gradient gradient)
{
	bin_of b = g->bin;
	for (size_t e = 0; e < g->count; e++) {
		real w = b.width[e];
		real h = b.height[e];
		real d0 = b.slope0[e];
		real d1 = b.slope1[e];
		real t = b.position[e];
		real u = 1 - t;
		real tu = t * u;
		real s = h / w;
		/* y = bottom + h · up / low and log dy/dx = 2 log s + log steep − 2 log low */
		real up = t * (s * t + d0 * u);
		real low = denominator(s, d0, d1, t, u);
		real steep = steepness(s, d0, d1, t, u);
		real inside = b.index[e] >= 0 ? 1 : 0;
		real dy = d[e];
		real ld = weight * inside;
		real dy_in = dy * inside;
		real d_up = dy_in * h / low;
		real d_low = -(d_up * up + 2 * ld) / low;
		real d_steep = ld / steep;
		real d_s = d_up * t * t + d_low * (1 - 2 * tu) + d_steep * 2 * tu + 2 * ld / s;
		real d_t = d_up * (2 * s * t + d0 * (u - t)) + d_low * (d0 + d1 - 2 * s) * (u - t) +
		           2 * d_steep * (d1 * t + s * (u - t) - d0 * u);
		real d_x = d_t / w;
		gradient.left[e] = -d_x;
		gradient.bottom[e] = dy_in;
		gradient.width[e] = -(d_s * s + d_t * t) / w;
		gradient.height[e] = dy_in * up / low + d_s / w;
		gradient.slope0[e] = (d_up + d_low) * tu + d_steep * u * u;
		gradient.slope1[e] = d_low * tu + d_steep * t * t;
		d[e] = inside > 0 ? d_x : dy;
	}
}

/* d[bins, count] = gradient of the raw shares, given that of the edge before the bin and of the bin's own extent. */
static void shares_backward(const abi_spline *spline, const group *g, const real *shares, const real *d_edge, const real *d_extent, real *d,
                            real *work)
{
	size_t count = g->count;
	const real *index = g->bin.index;
	memset(work, 0, count * sizeof *work);
	for (size_t j = 0; j < spline->bins; j++)
		for (size_t e = 0; e < count; e++) {
			real own = index[e] > (real)j ? d_edge[e] : 0;
			own = index[e] == (real)j ? d_extent[e] : own;
			d[j * count + e] = own;
			work[e] += own * shares[j * count + e];
		}
	real span = 2 * spline->bound * (1 - (real)spline->bins * least_share);
	for (size_t j = 0; j < spline->bins; j++)
		for (size_t e = 0; e < count; e++)
			d[j * count + e] = span * shares[j * count + e] * (d[j * count + e] - work[e]);
}

/* In place, gradient of a slope → gradient of its raw output. With p = softplus(r), dp/dr = 1 − exp(−p), by its series where that cancels. */
static void slope_backward(const abi_kernels *kernels, size_t count, const real *slope, real *d, real *work)
{
	for (size_t e = 0; e < count; e++)
		work[e] = least_slope - slope[e];
	kernels->exp(count, work, work);
	for (size_t e = 0; e < count; e++) {
		real p = slope[e] - least_slope;
		real series = p * (1 - p / 2 * (1 - p / 3));
		d[e] *= p < (real)1e-3 ? series : 1 - work[e];
	}
}

void abi_spline_backward(const abi_exec *exec, const abi_spline *spline, size_t rows, size_t n, const real *cache, real weight, real *d,
                         size_t ldd, real *draw)
{
	size_t bins = spline->bins;
	size_t columns = abi_spline_outputs(spline) * n;
	size_t step = rows_of_group(rows, n);
	size_t mark = abi_arena_mark(exec->scratch);
	real *block = abi_exec_take(exec, scratch_arrays(spline) * step * n);
	for (size_t first = 0; first < rows; first += step) {
		size_t some = rows - first < step ? rows - first : step;
		size_t count = some * n;
		real *kept = (real *)cache + first * n * kept_per_element(spline); /* only read */
		real *scratch = block;
		real *d_raw = next(&scratch, abi_spline_outputs(spline) * count);
		real *value = next(&scratch, count);
		real *work = next(&scratch, count);
		bin_gradient gradient;
		gradient.left = next(&scratch, count);
		gradient.bottom = next(&scratch, count);
		gradient.width = next(&scratch, count);
		gradient.height = next(&scratch, count);
		gradient.slope0 = next(&scratch, count);
		gradient.slope1 = next(&scratch, count);
		real *unused = block; /* the group's own scratch is not looked at: slopes are in the bins */
		group g = arrange(spline, count, kept, &unused);
		for (size_t r = 0; r < some; r++)
			memcpy(value + r * n, d + (first + r) * ldd, n * sizeof *value);
		curve_backward(&g, weight, value, gradient);
		shares_backward(spline, &g, g.shares, gradient.left, gradient.width, d_raw, work);
		shares_backward(spline, &g, g.shares + bins * count, gradient.bottom, gradient.height, d_raw + bins * count, work);
		slope_backward(exec->kernels, count, g.bin.slope0, gradient.slope0, work);
		slope_backward(exec->kernels, count, g.bin.slope1, gradient.slope1, work);
		for (size_t j = 0; j < bins - 1; j++) {
			real *d_slope = d_raw + (2 * bins + j) * count;
			for (size_t e = 0; e < count; e++) {
				real own = g.bin.index[e] == (real)j ? gradient.slope1[e] : 0;
				d_slope[e] = g.bin.index[e] == (real)(j + 1) ? gradient.slope0[e] : own;
			}
		}
		for (size_t r = 0; r < some; r++) {
			memcpy(d + (first + r) * ldd, value + r * n, n * sizeof *value);
			for (size_t j = 0; j < abi_spline_outputs(spline); j++)
				memcpy(draw + (first + r) * columns + j * n, d_raw + j * count + r * n, n * sizeof *d_raw);
		}
	}
	abi_arena_release(exec->scratch, mark);
}
