#include "num/order.h"

/* Shorter runs are sorted by insertion. */
enum { SHORT = 24 };

static void exchange(double *values, size_t i, size_t j)
{
	double kept = values[i];
	values[i] = values[j];
	values[j] = kept;
}

static void insert(double *values, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		double moved = values[i];
		size_t at = i;
		for (; at > 0 && moved < values[at - 1]; at--)
			values[at] = values[at - 1];
		values[at] = moved;
	}
}

static void sink(double *heap, size_t at, size_t count)
{
	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && heap[child] < heap[child + 1])
			child++;
		if (heap[at] >= heap[child])
			return;
		exchange(heap, at, child);
	}
}

static void sort_by_heap(double *values, size_t count)
{
	for (size_t i = count / 2; i-- > 0;)
		sink(values, i, count);
	for (size_t end = count; end-- > 1;) {
		exchange(values, 0, end);
		sink(values, 0, end);
	}
}

/* Of the first, the middle and the last one; it is moved to the front. */
static double take_median(double *values, size_t count)
{
	size_t middle = count / 2, last = count - 1;
	if (values[middle] < values[0])
		exchange(values, middle, 0);
	if (values[last] < values[0])
		exchange(values, last, 0);
	if (values[last] < values[middle])
		exchange(values, last, middle);
	exchange(values, 0, middle);
	return values[0];
}

/* What is below the pivot, or with `equal` not above, goes to the front; returns how many. No branch depends on a value: half of them would be foreseen wrongly. */
static size_t divide(double *values, size_t count, double pivot, int equal)
{
	size_t front = 0;
	for (size_t i = 0; i < count; i++) {
		double value = values[i];
		values[i] = values[front];
		values[front] = value;
		front += equal ? (size_t)(value <= pivot) : (size_t)(value < pivot);
	}
	return front;
}

/* Introsort (Musser 1997): quicksort, and a heap where the pivots turn out bad. The shorter side is sorted by recursion, so that depth stays logarithmic. */
void abi_sort_within(double *values, size_t count, unsigned levels)
{
	while (count > SHORT) {
		if (levels-- == 0) {
			sort_by_heap(values, count);
			return;
		}
		double pivot = take_median(values, count);
		size_t below = divide(values + 1, count - 1, pivot, 0);
		exchange(values, 0, below);
		size_t upper = below + 1;
		if (below < count / 8) /* many may be equal to the pivot: they are in place */
			upper += divide(values + upper, count - upper, pivot, 1);
		size_t above = count - upper;
		if (below < above) {
			abi_sort_within(values, below, levels);
			values += upper;
			count = above;
		} else {
			abi_sort_within(values + upper, above, levels);
			count = below;
		}
	}
	insert(values, count);
}

void abi_sort(double *values, size_t count)
{
	unsigned levels = 8;
	for (size_t left = count; left > 1; left /= 2)
		levels += 2;
	abi_sort_within(values, count, levels);
}

double abi_quantile(const double *sorted, size_t count, double level)
{
	double at = level * (double)(count - 1);
	size_t below = (size_t)at;
	double part = at - (double)below;
	if (below + 1 >= count || part <= 0 || sorted[below] == sorted[below + 1]) /* where an infinite difference would make a NaN */
		return sorted[below];
	return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}
