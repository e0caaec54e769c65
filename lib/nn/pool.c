#include "nn/pool.h"

#include "abi/summary.h"

#include <string.h>

/* Added to the variance, so that the root has a derivative where all rows are equal. */
#define SD_FLOOR ((real)1e-6)

size_t abi_set_pool_width(int32_t moments, size_t columns)
{
	size_t width = 0;
	for (int32_t moment = ABI_POOL_MEAN; moment <= ABI_POOL_LOGSUMEXP; moment *= 2)
		if ((moments & moment) != 0)
			width += columns;
	return width;
}

size_t abi_set_pool_scratch(int32_t moments, size_t columns)
{
	size_t rows = (moments & (ABI_POOL_SD | ABI_POOL_LOGSUMEXP)) != 0 ? 2 : (moments & (ABI_POOL_MAX | ABI_POOL_MIN)) != 0 ? 1 : 0;
	return rows * abi_arena_need(columns, sizeof(real));
}

/* One set: its n rows, what the moments share, and where the next moment goes. */
typedef struct pooled_set {
	size_t n, columns;
	const real *x;
	real *first, *second; /* scratch rows of `columns` */
} pooled_set;

static void take_scratch(const abi_exec *exec, int32_t moments, pooled_set *set)
{
	bool two = (moments & (ABI_POOL_SD | ABI_POOL_LOGSUMEXP)) != 0;
	bool any = two || (moments & (ABI_POOL_MAX | ABI_POOL_MIN)) != 0;
	set->first = any ? abi_exec_take(exec, set->columns) : NULL;
	set->second = two ? abi_exec_take(exec, set->columns) : NULL;
}

/* ---- forward ----------------------------------------------------------- */

static void max_of(const pooled_set *set, real *restrict top)
{
	memcpy(top, set->x, set->columns * sizeof *top);
	for (size_t r = 1; r < set->n; r++) {
		const real *restrict row = set->x + r * set->columns;
		for (size_t j = 0; j < set->columns; j++)
			top[j] = row[j] > top[j] ? row[j] : top[j];
	}
}

static void min_of(const pooled_set *set, real *restrict low)
{
	memcpy(low, set->x, set->columns * sizeof *low);
	for (size_t r = 1; r < set->n; r++) {
		const real *restrict row = set->x + r * set->columns;
		for (size_t j = 0; j < set->columns; j++)
			low[j] = row[j] < low[j] ? row[j] : low[j];
	}
}

/* log of the mean of exponentials, relative to the largest. */
static void log_mean_exp_of(const abi_exec *exec, const pooled_set *set, real *restrict out)
{
	real *restrict top = set->first, *restrict term = set->second;
	size_t columns = set->columns;
	max_of(set, top);
	memset(out, 0, columns * sizeof *out);
	for (size_t r = 0; r < set->n; r++) {
		for (size_t j = 0; j < columns; j++)
			term[j] = set->x[r * columns + j] - top[j];
		exec->kernels->exp(columns, term, term);
		for (size_t j = 0; j < columns; j++)
			out[j] += term[j];
	}
	real share = 1 / (real)set->n;
	for (size_t j = 0; j < columns; j++)
		out[j] *= share;
	exec->kernels->log(columns, out, out);
	for (size_t j = 0; j < columns; j++)
		out[j] += top[j];
}

static void pool_one(const abi_exec *exec, int32_t moments, const pooled_set *set, real *out)
{
	real *mean = set->first;
	if ((moments & ABI_POOL_MEAN) != 0) {
		mean = out;
		out += set->columns;
	}
	bool sd = (moments & ABI_POOL_SD) != 0;
	if (sd || (moments & ABI_POOL_MEAN) != 0)
		exec->kernels->column_moments(set->n, set->columns, SD_FLOOR, set->x, set->columns, mean, sd ? out : NULL);
	if (sd)
		out += set->columns;
	if ((moments & ABI_POOL_MAX) != 0) {
		max_of(set, out);
		out += set->columns;
	}
	if ((moments & ABI_POOL_MIN) != 0) {
		min_of(set, out);
		out += set->columns;
	}
	if ((moments & ABI_POOL_LOGSUMEXP) != 0)
		log_mean_exp_of(exec, set, out);
}

void abi_set_pool_forward(const abi_exec *exec, int32_t moments, const abi_sets *sets, size_t columns, const real *x, real *out, size_t ldout)
{
	size_t mark = abi_arena_mark(exec->scratch), start = abi_sets_first(sets, 0), width = abi_set_pool_width(moments, columns);
	pooled_set set = { .columns = columns };
	take_scratch(exec, moments, &set);
	for (size_t s = 0; s < sets->sets; s++) {
		size_t first = abi_sets_first(sets, s);
		set.n = abi_sets_first(sets, s + 1) - first;
		set.x = x + (first - start) * columns;
		if (set.n > 0)
			pool_one(exec, moments, &set, out + s * ldout);
		else
			memset(out + s * ldout, 0, width * sizeof *out);
	}
	abi_arena_release(exec->scratch, mark);
}

/* ---- backward ---------------------------------------------------------- */

/* dx of mean and deviation, the first of what is added up there; out and dout are advanced past what was read. */
static void mean_and_sd_backward(const abi_exec *exec, int32_t moments, const pooled_set *set, const real **out, const real **dout, real *dx)
{
	const abi_kernels *kernels = exec->kernels;
	size_t n = set->n, columns = set->columns;
	const real *dmean = NULL, *mean = set->first;
	real *slope = NULL;
	if ((moments & ABI_POOL_MEAN) != 0) {
		mean = *out;
		dmean = *dout;
		*out += columns;
		*dout += columns;
	}
	if ((moments & ABI_POOL_SD) != 0) {
		if (dmean == NULL)
			kernels->column_moments(n, columns, SD_FLOOR, set->x, columns, set->first, NULL);
		slope = set->second;
		for (size_t j = 0; j < columns; j++)
			slope[j] = (*dout)[j] / (*out)[j];
		*out += columns;
		*dout += columns;
	}
	kernels->column_moments_backward(n, columns, 1 / (real)n, dmean, slope, mean, set->x, columns, dx, columns);
}

/* To the first row that is the extreme; what it took is no longer left for others. */
static void extreme_backward(const pooled_set *set, const real *restrict extreme, const real *dextreme, real *dx)
{
	real *restrict left = set->first;
	memcpy(left, dextreme, set->columns * sizeof *left);
	for (size_t r = 0; r < set->n; r++) {
		const real *restrict row = set->x + r * set->columns;
		real *restrict drow = dx + r * set->columns;
		for (size_t j = 0; j < set->columns; j++) {
			real taken = row[j] == extreme[j] ? left[j] : 0;
			drow[j] += taken;
			left[j] -= taken;
		}
	}
}

static void log_mean_exp_backward(const abi_exec *exec, const pooled_set *set, const real *restrict out, const real *restrict dout, real *dx)
{
	real *restrict weight = set->first;
	size_t columns = set->columns;
	real share = 1 / (real)set->n;
	for (size_t r = 0; r < set->n; r++) {
		real *restrict drow = dx + r * columns;
		for (size_t j = 0; j < columns; j++)
			weight[j] = set->x[r * columns + j] - out[j];
		exec->kernels->exp(columns, weight, weight);
		for (size_t j = 0; j < columns; j++)
			drow[j] += share * weight[j] * dout[j];
	}
}

static void one_backward(const abi_exec *exec, int32_t moments, const pooled_set *set, const real *out, const real *dout, real *dx)
{
	mean_and_sd_backward(exec, moments, set, &out, &dout, dx);
	for (int32_t extreme = ABI_POOL_MAX; extreme <= ABI_POOL_MIN; extreme *= 2)
		if ((moments & extreme) != 0) {
			extreme_backward(set, out, dout, dx);
			out += set->columns;
			dout += set->columns;
		}
	if ((moments & ABI_POOL_LOGSUMEXP) != 0)
		log_mean_exp_backward(exec, set, out, dout, dx);
}

void abi_set_pool_backward(const abi_exec *exec, int32_t moments, const abi_sets *sets, size_t columns, const real *x, const real *out,
                           size_t ldout, const real *dout, size_t lddout, real *dx)
{
	size_t mark = abi_arena_mark(exec->scratch), start = abi_sets_first(sets, 0);
	pooled_set set = { .columns = columns };
	take_scratch(exec, moments, &set);
	for (size_t s = 0; s < sets->sets; s++) {
		size_t first = abi_sets_first(sets, s);
		set.n = abi_sets_first(sets, s + 1) - first;
		set.x = x + (first - start) * columns;
		if (set.n > 0)
			one_backward(exec, moments, &set, out + s * ldout, dout + s * lddout, dx + (first - start) * columns);
	}
	abi_arena_release(exec->scratch, mark);
}
