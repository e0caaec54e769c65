#include "net/fields.h"

#include <string.h>

static const void *member(const abi_field *field, const void *spec)
{
	return (const unsigned char *)spec + field->offset;
}

double abi_field_get(const abi_field *field, const void *spec)
{
	if (field->type == 'i') {
		int32_t value;
		memcpy(&value, member(field, spec), sizeof value);
		return (double)value;
	}
	double value;
	memcpy(&value, member(field, spec), sizeof value);
	return value;
}

static bool in_range(const abi_field *field, double value)
{
	return value >= field->lowest && value <= field->highest; /* false for NaN */
}

bool abi_field_set(const abi_field *field, void *spec, double value)
{
	if (!in_range(field, value))
		return false;
	void *place = (unsigned char *)spec + field->offset;
	if (field->type == 'd') {
		memcpy(place, &value, sizeof value);
		return true;
	}
	int32_t whole = (int32_t)value;
	if ((double)whole != value)
		return false;
	memcpy(place, &whole, sizeof whole);
	return true;
}

abi_status abi_fields_check(abi_context *context, const char *struct_name, const abi_field *fields, size_t count, const void *spec)
{
	for (size_t i = 0; i < count; i++) {
		double value = abi_field_get(&fields[i], spec);
		if (!in_range(&fields[i], value))
			return abi_fail(context, ABI_E_ARGUMENT, "%s.%s is %g, expected %g to %g", struct_name, fields[i].name, value, fields[i].lowest,
			                fields[i].highest);
	}
	return ABI_OK;
}
