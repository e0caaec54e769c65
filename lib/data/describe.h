/* Statistics of every column of a batch, and what looks wrong with it: behind abi_description. */

#ifndef ABI_LIB_DATA_DESCRIBE_H
#define ABI_LIB_DATA_DESCRIBE_H

#include "data/arrays.h"

enum { ABI_COLUMN_NAME_SIZE = ABI_NAME_SIZE + 96, ABI_COLUMN_TEXT_SIZE = 384 };

typedef struct abi_column {
	char name[ABI_COLUMN_NAME_SIZE];
	char variable[ABI_NAME_SIZE];
	uint64_t finite, nonfinite; /* entries */
	double mean, sd, min, max;
	int32_t flags;
	uint64_t hash;    /* of the finite entries in order, to find duplicates */
	size_t duplicate; /* number of the earlier column, if flagged */
	char *text;       /* NULL: nothing looks wrong */
} abi_column;

struct abi_description {
	abi_memory memory;
	size_t count;
	abi_column *columns;
};

/* Describes and warns, one log message per column that looks wrong. *description is NULL on failure. */
abi_status abi_describe(abi_context *context, const abi_data *data, abi_description **description);

void abi_description_destroy(abi_description *description);

#endif
