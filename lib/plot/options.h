/* Size-first option structs, by the rules of docs/abi-policy.md: the same as in the core, which keeps its own to itself. */

#ifndef ABI_LIB_PLOT_OPTIONS_H
#define ABI_LIB_PLOT_OPTIONS_H

#include "abi/base.h"

/*
 * Copies the caller's struct over the defaults in known. Shorter ones are older
 * programs and keep the defaults of what they lack, longer ones may only have
 * zeros in what is not known (ABI_E_UNSUPPORTED). given may be NULL. oldest is
 * the size of the first version.
 */
abi_status abi_plot_options_read(const void *given, size_t oldest, size_t known_size, void *known);

/* The body of every _init. */
void abi_plot_options_write(void *options, size_t size, const void *defaults, size_t known_size);

#endif
