/*
 * What an option struct consists of, member by member: the one table behind
 * the range checks and behind what a model file says about a network.
 */

#ifndef ABI_LIB_NET_FIELDS_H
#define ABI_LIB_NET_FIELDS_H

#include "base/context.h"

/* One member: type 'i' = int32_t, 'd' = double, at `offset` bytes from the start of the spec. */
typedef struct abi_field {
	const char *name;       /* as in the public struct */
	char type;
	size_t offset;
	double lowest, highest; /* both allowed */
} abi_field;

/* The value of a member as a double; int32_t is exact. */
double abi_field_get(const abi_field *field, const void *spec);

/* Sets a member; a fraction given to an int32_t, or a value out of range, leaves it alone and returns false. */
bool abi_field_set(const abi_field *field, void *spec, double value);

/* ABI_E_ARGUMENT with struct, member, value and range when a member is out of range or not finite. */
abi_status abi_fields_check(abi_context *context, const char *struct_name, const abi_field *fields, size_t count, const void *spec);

#endif
