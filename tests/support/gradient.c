#include "support/gradient.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

void check_gradient_is_begun(const abi_parameters *weights, abi_exec *exec, const real *added, void (*backward)(void *argument), void *argument)
{
	for (size_t i = 0; i < weights->size; i++)
		exec->gradient[i] = (real)NAN;
	exec->begun = calloc(weights->count + 1, sizeof *exec->begun);
	ck_assert_ptr_nonnull(exec->begun);
	backward(argument);
	for (size_t p = 0; p < weights->count; p++) {
		const abi_parameter *item = &weights->items[p];
		for (size_t i = item->offset; i < item->offset + item->rows * item->columns; i++) {
			double got = exec->begun[p] ? (double)exec->gradient[i] : 0;
			ck_assert_msg(got == (double)added[i], "%s: got %g, expected %g", item->name, got, (double)added[i]);
		}
	}
	free(exec->begun);
	exec->begun = NULL;
}
