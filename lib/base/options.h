/* Size-first option structs: the rules of compatibility, in one place. */

#ifndef ABI_LIB_BASE_OPTIONS_H
#define ABI_LIB_BASE_OPTIONS_H

#include "base/context.h"

/*
 * Copies the caller's struct into `known` (callee_size bytes, already filled
 * with the defaults), honouring the caller's size: a shorter struct is an
 * older caller and keeps the defaults of what it lacks; a larger one may only
 * have zeros past what we know. `oldest` is the size of the first version.
 * ABI_E_ARGUMENT names the struct. given = NULL means the defaults.
 */
abi_status abi_options_read(abi_context *context, const char *struct_name, const void *given, size_t oldest, size_t callee_size, void *known);

/* The body of every _init: writes min(size, callee_size) bytes of defaults, zeroes the rest and sets the first member to size. */
void abi_options_write(void *options, size_t size, const void *defaults, size_t callee_size);

/* Where 0 stands for the default. */
void abi_option_default(int32_t *option, int32_t value);

#endif
