/* The numbers of one step of AdamW (Kingma & Ba 2015; Loshchilov & Hutter 2019), the same for every network that is trained here. */

#ifndef ABI_LIB_WORK_ADAM_H
#define ABI_LIB_WORK_ADAM_H

#include "num/kernels.h"

/* For the step after so many updates; scale is 1 and average 0. */
abi_adam_step abi_adam_at(int64_t updates, double rate, double weight_decay);

#endif
