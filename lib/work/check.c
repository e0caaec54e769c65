#include "work/check.h"

#include "num/order.h"

abi_status abi_check_make(abi_context *context, size_t count, abi_check **check)
{
	*check = NULL;
	abi_check *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	double *null = count > 0 ? abi_memory_allocate(&context->memory, count, sizeof *null) : NULL;
	if (made == NULL || (count > 0 && null == NULL)) {
		abi_memory_free(&context->memory, null);
		abi_memory_free(&context->memory, made);
		return abi_fail_memory(context, "the outcome of a test");
	}
	made->context = abi_context_retain(context);
	made->count = count;
	made->null = null;
	*check = made;
	return ABI_OK;
}

void abi_check_destroy(abi_check *check)
{
	if (check == NULL)
		return;
	abi_context *context = check->context;
	abi_memory_free(&context->memory, check->null);
	abi_memory_free(&context->memory, check);
	abi_context_release(context);
}

double abi_check_share(const double *values, size_t count, double statistic)
{
	size_t low = 0, high = count; /* values before low are below the statistic */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (values[middle] < statistic)
			low = middle + 1;
		else
			high = middle;
	}
	return (1 + (double)(count - low)) / (1 + (double)count);
}

abi_status abi_check_hand_over(abi_status status, abi_check *made, abi_check **check)
{
	if (status == ABI_OK)
		*check = made;
	else
		abi_check_destroy(made);
	return status;
}

void abi_check_finish(abi_check *check)
{
	abi_sort(check->null, check->count);
	check->p_value = abi_check_share(check->null, check->count, check->statistic);
}
