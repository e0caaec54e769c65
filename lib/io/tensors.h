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

enum {
	ABI_TENSOR_DTYPES = 3,
	ABI_TENSOR_HIGHEST_RANK = 4,
	ABI_TENSORS_LENGTH_BYTES = 8,            /* in front of the header */
	ABI_TENSORS_LARGEST_HEADER = 16 << 20,
};

/* A dtype of tensors, in the order in which they stand in a file. */
typedef struct abi_tensor_dtype {
	int32_t dtype;
	size_t size;
	const char *name; /* in the file */
} abi_tensor_dtype;

extern const abi_tensor_dtype abi_tensor_dtypes[ABI_TENSOR_DTYPES];

typedef struct abi_tensor {
	char *name;
	int32_t dtype;      /* ABI_F32, ABI_F64, ABI_I32; I64 is not used */
	size_t rank;
	size_t shape[ABI_TENSOR_HIGHEST_RANK];
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

/* Look-ups fail with ABI_E_FORMAT and a sentence (missing, or of another dtype or shape); what was asked for counts as taken. */
abi_status abi_tensors_get(abi_context *context, abi_tensors *tensors, const char *name, int32_t dtype, size_t rank, const size_t *shape,
                           const void **values); /* also refuses non-finite floats */
abi_status abi_tensors_get_text(abi_context *context, abi_tensors *tensors, const char *key, const char **value);
abi_status abi_tensors_get_integer(abi_context *context, abi_tensors *tensors, const char *key, int64_t lowest, int64_t highest,
                                   int64_t *value);

/* ABI_E_FORMAT naming the first tensor or key nobody asked for: a file with surplus content is refused. */
abi_status abi_tensors_finish(abi_context *context, const abi_tensors *tensors);

/* Writes path atomically (a temporary beside it, flushed, renamed). ABI_E_FILE with path and reason. */
abi_status abi_tensors_write(abi_context *context, const abi_tensors *tensors, const char *path);

/* Elements of a shape; false when elements × size overflows. */
bool abi_tensor_count(size_t rank, const size_t *shape, size_t size, size_t *elements);
size_t abi_tensor_bytes(const abi_tensor *tensor);

/*
 * What readers build a container with, names not yet checked: a tensor whose values are still to be filled (NULL without memory), and an
 * entry (false without memory; key or value may be NULL, as an allocation left them). The strings are taken over, on failure freed.
 */
abi_tensor *abi_tensors_append(abi_tensors *tensors, char *name, int32_t dtype, size_t rank, const size_t *shape);
bool abi_tensors_append_text(abi_tensors *tensors, char *key, char *value);

/*
 * The whole container as bytes (from memory, freed by the caller), and back. what names the bytes in error texts; with a
 * failure tensors is empty.
 */
abi_status abi_tensors_encode(abi_context *context, const abi_tensors *tensors, unsigned char **bytes, size_t *size);
abi_status abi_tensors_decode(abi_context *context, const char *what, const unsigned char *bytes, size_t size, abi_tensors *tensors);

/*
 * Reads and checks the whole container: lengths, offsets without gaps or overlaps, known dtypes, sizes against the file, no duplicate names.
 * On failure tensors is empty.
 */
abi_status abi_tensors_read(abi_context *context, const char *path, abi_tensors *tensors);

#endif
