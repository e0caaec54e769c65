#include "base/options.h"

#include <string.h>

enum { ABI_OPTIONS_LARGEST = 4096 }; /* a size member above this was never initialised */

abi_status abi_options_read(abi_context *context, const char *struct_name, const void *given, size_t oldest, size_t callee_size, void *known)
{
	if (given == NULL)
		return ABI_OK;
	uint64_t size;
	memcpy(&size, given, sizeof size);
	if (size < oldest || size > ABI_OPTIONS_LARGEST)
		return abi_fail(context, ABI_E_ARGUMENT, "%s.size is %llu, expected %zu: fill the struct with its _init function first", struct_name,
		                (unsigned long long)size, callee_size);
	const unsigned char *bytes = given;
	for (size_t i = callee_size; i < size; i++)
		if (bytes[i] != 0)
			return abi_fail(context, ABI_E_UNSUPPORTED, "%s sets a member this version of the library does not know (byte %zu, known are %zu)",
			                struct_name, i, callee_size);
	size_t copied = size < callee_size ? (size_t)size : callee_size;
	memcpy(known, given, copied);
	uint64_t whole = callee_size;
	memcpy(known, &whole, sizeof whole);
	return ABI_OK;
}

void abi_options_write(void *options, size_t size, const void *defaults, size_t callee_size)
{
	if (options == NULL || size < sizeof(uint64_t))
		return;
	memset(options, 0, size);
	memcpy(options, defaults, size < callee_size ? size : callee_size);
	uint64_t whole = size;
	memcpy(options, &whole, sizeof whole);
}

void abi_option_default(int32_t *option, int32_t value)
{
	if (*option == 0)
		*option = value;
}
