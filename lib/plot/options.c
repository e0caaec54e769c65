#include "plot/options.h"

#include <string.h>

enum { LARGEST = 4096 }; /* a size above this was never initialised */

abi_status abi_plot_options_read(const void *given, size_t oldest, size_t known_size, void *known)
{
	if (given == NULL)
		return ABI_OK;
	uint64_t size, whole = known_size;
	memcpy(&size, given, sizeof size);
	if (size < oldest || size > LARGEST)
		return ABI_E_ARGUMENT;
	const unsigned char *bytes = given;
	for (size_t i = known_size; i < size; i++)
		if (bytes[i] != 0)
			return ABI_E_UNSUPPORTED;
	memcpy(known, given, size < known_size ? (size_t)size : known_size);
	memcpy(known, &whole, sizeof whole);
	return ABI_OK;
}

void abi_plot_options_write(void *options, size_t size, const void *defaults, size_t known_size)
{
	uint64_t whole = size;
	if (options == NULL || size < sizeof whole)
		return;
	memset(options, 0, size);
	memcpy(options, defaults, size < known_size ? size : known_size);
	memcpy(options, &whole, sizeof whole);
}
