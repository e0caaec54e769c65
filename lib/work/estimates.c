/* From draws and truth to estimates: sorting, counting, and what counts as a value. */

#include "num/order.h"
#include "num/pool.h"
#include "num/random.h"
#include "work/diagnostics.h"

#include <math.h>

typedef struct job {
	abi_diagnostics *diagnostics;
	const abi_drawn *drawn;
	size_t sets;          /* new ones */
	atomic_size_t failed; /* the first set × size + item with a value that is none; SIZE_MAX: none */
} job;

/* Among equal values the truth stands anywhere with the same probability, so that discrete values have uniform ranks. Known from set and item alone. */
static double break_tie(size_t equal, size_t set, size_t item)
{
	abi_random random;
	double uniform;
	abi_random_start(&random, 0, ABI_PURPOSE_DIAGNOSTICS, set, 1, NULL);
	random.fill = item;
	abi_random_fill_uniform(&random, 0, 1, 1, &uniform);
	return fmin(floor(uniform * ((double)equal + 1)), (double)equal);
}

static void estimate(abi_diagnostics *diagnostics, size_t i, size_t set, double *draws, double truth)
{
	abi_diagnosed *item = &diagnostics->items[i];
	size_t count = diagnostics->draws, below = 0, equal = 0;
	abi_sort(draws, count);
	double mean = 0, square = 0;
	for (size_t d = 0; d < count; d++)
		mean += draws[d] / (double)count;
	for (size_t d = 0; d < count; d++) {
		square += (draws[d] - mean) * (draws[d] - mean);
		below += draws[d] < truth;
		equal += draws[d] == truth;
	}
	item->estimates[ABI_ESTIMATE_TRUTH - 1][set] = truth;
	item->estimates[ABI_ESTIMATE_MEAN - 1][set] = mean;
	item->estimates[ABI_ESTIMATE_MEDIAN - 1][set] = abi_quantile(draws, count, 0.5);
	item->estimates[ABI_ESTIMATE_SD - 1][set] = sqrt(square / (double)(count - 1));
	item->estimates[ABI_ESTIMATE_Q05 - 1][set] = abi_quantile(draws, count, 0.05);
	item->estimates[ABI_ESTIMATE_Q95 - 1][set] = abi_quantile(draws, count, 0.95);
	item->estimates[ABI_ESTIMATE_RANK - 1][set] = (double)below + (equal > 0 ? break_tie(equal, set, i) : 0);
}

/* A value of an array; false when it is missing or not finite. */
static bool take_value(const abi_variable *variable, size_t i, double *value)
{
	*value = abi_variable_get(variable, i);
	return isfinite(*value) && (variable->mask == NULL || variable->mask[i] == 0);
}

static bool take_truth(const abi_drawn *drawn, size_t set, size_t element, double *value)
{
	if (drawn->draws != NULL)
		return take_value(drawn->truths, set * drawn->size + element, value);
	*value = drawn->truth_values[set];
	return !isnan(*value);
}

static bool take_draw(const abi_drawn *drawn, size_t draws, size_t set, size_t d, size_t element, double *value)
{
	size_t at = set * draws + d;
	if (drawn->draws != NULL)
		return take_value(drawn->draws, at * drawn->size + element, value);
	*value = drawn->draw_values[at];
	return !isnan(*value);
}

static void note_failure(job *j, size_t at)
{
	size_t lowest = atomic_load(&j->failed);
	while (at < lowest && !atomic_compare_exchange_weak(&j->failed, &lowest, at))
		;
}

static void estimate_one(size_t at, size_t worker, void *argument)
{
	job *j = argument;
	abi_diagnostics *diagnostics = j->diagnostics;
	size_t set = at / j->drawn->size, element = at % j->drawn->size, count = diagnostics->draws;
	double *draws = diagnostics->sorted + worker * count, truth;
	bool usable = take_truth(j->drawn, set, element, &truth);
	for (size_t d = 0; d < count && usable; d++)
		usable = take_draw(j->drawn, count, set, d, element, &draws[d]);
	if (usable)
		estimate(diagnostics, j->drawn->first + element, diagnostics->sets + set, draws, truth);
	else
		note_failure(j, at);
}

static abi_status explain(const job *j, size_t at)
{
	abi_context *context = j->diagnostics->context;
	size_t set = at / j->drawn->size, element = at % j->drawn->size, d = 0;
	const char *name = j->diagnostics->items[j->drawn->first + element].name;
	const char *what = j->drawn->draws != NULL ? "missing or not finite" : "not a number";
	double value;
	if (!take_truth(j->drawn, set, element, &value))
		return abi_fail(context, ABI_E_NUMERIC, "diagnostics: the truth of '%s' in data set %zu is %s", name, set, what);
	while (take_draw(j->drawn, j->diagnostics->draws, set, d, element, &value))
		d++;
	return abi_fail(context, ABI_E_NUMERIC, "diagnostics: draw %zu of '%s' in data set %zu is %s", d, name, set, what);
}

abi_status abi_diagnostics_estimate(abi_diagnostics *diagnostics, const abi_drawn *drawn, size_t sets)
{
	abi_pool *pool;
	abi_status status = abi_pool_of(diagnostics->context, &pool);
	if (status != ABI_OK)
		return status;
	job j = { .diagnostics = diagnostics, .drawn = drawn, .sets = sets };
	atomic_init(&j.failed, SIZE_MAX);
	abi_pool_run(pool, sets * drawn->size, estimate_one, &j);
	size_t failed = atomic_load(&j.failed);
	return failed == SIZE_MAX ? ABI_OK : explain(&j, failed);
}
