#include "net/summary_loss.h"

#include "nn/dependence.h"
#include "nn/normal_mmd.h"

enum { GROUP_SETS = 64 };

size_t abi_summary_loss_scratch(size_t width)
{
	return abi_dependence_scratch(GROUP_SETS, width);
}

double abi_summary_loss_add(const abi_exec *exec, const abi_summary_loss *weights, size_t sets, size_t width, const real *x, size_t ldx,
                            real scale, real *dx, size_t lddx)
{
	size_t groups = (sets + GROUP_SETS - 1) / GROUP_SETS;
	double sum = 0;
	for (size_t g = 0; g < groups; g++) {
		size_t first = sets * g / groups, n = sets * (g + 1) / groups - first;
		const real *part = x + first * ldx;
		real *dpart = dx + first * lddx;
		double share = (double)scale * (double)n;
		if (weights->mmd > 0)
			sum += (double)n * weights->mmd * abi_normal_mmd(n, width, part, ldx, (real)(weights->mmd * share), dpart, lddx);
		if (weights->dependence > 0)
			sum += (double)n * weights->dependence *
			       abi_dependence(exec, n, width, part, ldx, (real)(weights->dependence * share), dpart, lddx);
	}
	return sum;
}
