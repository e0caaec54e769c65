#include "abi/pivot.h"

#include "data/adapter.h"
#include "data/pivot_host.h"

#include <stdio.h>
#include <string.h>

static abi_status add(abi_adapter *adapter, abi_recipe_line line, const char *names, const char *into)
{
	if (adapter == NULL)
		return ABI_E_ARGUMENT;
	if (into != NULL && strlen(into) < sizeof line.into)
		snprintf(line.into, sizeof line.into, "%s", into);
	memcpy(&line.names, &names, sizeof names); /* copied by abi_adapter_add */
	return abi_adapter_add(adapter, &line);
}

abi_status abi_adapter_pivot(abi_adapter *adapter, const char *names, int32_t method, const char *data)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_PIVOT, .number = method }, names, data);
}

abi_status abi_adapter_pivot_with(abi_adapter *adapter, const char *names, const char *pivot)
{
	return add(adapter, (abi_recipe_line){ .kind = ABI_RECIPE_PIVOT_WITH }, names, pivot);
}

static abi_status check(abi_context *context, const char *name, abi_pivot_callback callback, int32_t scale)
{
	if (name == NULL || callback == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_pivot_register: %s is NULL", name == NULL ? "name" : "callback");
	if (!abi_name_is_valid(name))
		return abi_fail(context, ABI_E_NAME, "abi_pivot_register: \"%.100s\" is no valid name", name);
	if (scale != ABI_PIVOT_DIAGONAL && scale != ABI_PIVOT_LOWER)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_pivot_register: the scale of '%s' is %d, expected %d or %d", name, (int)scale,
		                (int)ABI_PIVOT_DIAGONAL, (int)ABI_PIVOT_LOWER);
	if (abi_pivot_host_find(context, name) != NULL)
		return abi_fail(context, ABI_E_NAME, "abi_pivot_register: the context already has a pivot '%s'", name);
	return ABI_OK;
}

abi_status abi_pivot_register(abi_context *context, const char *name, abi_pivot_callback callback, int32_t scale,
                              abi_release_callback release, void *user_data)
{
	abi_status status = context != NULL ? check(context, name, callback, scale) : ABI_E_ARGUMENT;
	if (status == ABI_OK) {
		abi_pivot_host host = { .callback = callback, .lower = scale == ABI_PIVOT_LOWER, .release = release, .user_data = user_data };
		snprintf(host.name, sizeof host.name, "%s", name);
		status = abi_pivot_host_add(context, &host);
	}
	if (status != ABI_OK && release != NULL)
		release(user_data);
	return status;
}
