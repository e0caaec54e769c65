/*
 * A safetensors container in memory: named tensors and flat metadata (string
 * → string), written to and read from one file. Floats live in tensors only;
 * metadata holds names, integers and words.
 *
 * Format: 8 bytes little-endian header length, JSON header, tensor bytes
 * (github.com/huggingface/safetensors, README "Format").
 */

#ifndef ABI_LIB_IO_TENSORS_H
#define ABI_LIB_IO_TENSORS_H

#include "base/context.h"

#include <stdbool.h>

typedef struct abi_tensor {
	char *name;
	int32_t dtype;      /* ABI_F32, ABI_F64, ABI_I32; I64 is not used */
	size_t rank;
	size_t shape[4];
	void *values;       /* own, in host byte order */
	bool taken;         /* a reader asked for it; see abi_tensors_finish */
} abi_tensor;

typedef struct abi_metadata_entry {
	char *key, *value;
	bool taken;
} abi_metadata_entry;

typedef struct abi_tensors {
	abi_memory memory;
	abi_tensor *tensors;
	size_t count, capacity;
	abi_metadata_entry *metadata;
	size_t metadata_count, metadata_capacity;
} abi_tensors;

void abi_tensors_init(abi_tensors *tensors, const abi_memory *memory);
void abi_tensors_free(abi_tensors *tensors);

/* Adds a copy. ABI_E_MEMORY, or ABI_E_NAME for a name already there (a bug of the writer). */
abi_status abi_tensors_add(abi_context *context, abi_tensors *tensors, const char *name, int32_t dtype, size_t rank, const size_t *shape,
                           const void *values);
abi_status abi_tensors_add_text(abi_context *context, abi_tensors *tensors, const char *key, const char *value);
abi_status abi_tensors_add_integer(abi_context *context, abi_tensors *tensors, const char *key, int64_t value);

/* Look-ups fail with ABI_E_FORMAT and a sentence (file content is missing or of another dtype/shape); what was asked for counts as taken. */
abi_status abi_tensors_get(abi_context *context, abi_tensors *tensors, const char *name, int32_t dtype, size_t rank, const size_t *shape,
                           const void **values); /* also refuses non-finite floats */
abi_status abi_tensors_get_text(abi_context *context, abi_tensors *tensors, const char *key, const char **value);
abi_status abi_tensors_get_integer(abi_context *context, abi_tensors *tensors, const char *key, int64_t lowest, int64_t highest, int64_t *value);

/* ABI_E_FORMAT naming the first tensor or key nobody asked for: a file with surplus content is refused. */
abi_status abi_tensors_finish(abi_context *context, const abi_tensors *tensors);

/* Writes path atomically (a temporary beside it, flushed, renamed). ABI_E_FILE with path and reason. */
abi_status abi_tensors_write(abi_context *context, const abi_tensors *tensors, const char *path);

/* Reads and checks the whole container: lengths, offsets without gaps or overlaps, known dtypes, sizes against the file, no duplicate names. */
abi_status abi_tensors_read(abi_context *context, const char *path, abi_tensors *tensors);

#endif
