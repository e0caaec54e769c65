#include "work/adam.h"

#include <math.h>

abi_adam_step abi_adam_at(int64_t updates, double rate, double weight_decay)
{
	const double beta1 = 0.9, beta2 = 0.999;
	double t = (double)updates + 1;
	return (abi_adam_step){
		.rate = (real)rate,
		.beta1 = (real)beta1,
		.beta2 = (real)beta2,
		.epsilon = (real)1e-8,
		.correction1 = (real)(1 / (1 - pow(beta1, t))),
		.correction2 = (real)(1 / (1 - pow(beta2, t))),
		.weight_decay = (real)weight_decay,
		.scale = 1,
	};
}
