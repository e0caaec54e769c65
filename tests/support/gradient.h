/* A backward that writes its first gradient against one that adds to zeros. */

#ifndef ABI_TESTS_SUPPORT_GRADIENT_H
#define ABI_TESTS_SUPPORT_GRADIENT_H

#include "nn/module.h"

/* backward(argument), run with exec (which is restored) on gradients that were never cleared, must give `added`, which stands for nothing begun too. */
void check_gradient_is_begun(const abi_parameters *weights, abi_exec *exec, const real *added, void (*backward)(void *argument), void *argument);

#endif
