/* What a host does first: the same source as C and as C++. */

#include <abi/abi.h>

#include <stdio.h>

int main(void)
{
	abi_context_options options;
	abi_context *context = NULL;

	abi_context_options_init(&options, sizeof options);
	if (abi_context_create(&options, &context) != ABI_OK)
		return 1;
	printf("libabi %s, %d thread\n", abi_version_text(), (int)abi_context_threads(context));
	abi_context_free(context);
	return abi_version_number() == ABI_VERSION_NUMBER ? 0 : 1;
}
