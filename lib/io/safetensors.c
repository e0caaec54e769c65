#include "io/json.h"
#include "io/tensors.h"

#include <inttypes.h>
#include <string.h>

enum { HEADER_ALIGN = 8 };

static bool host_is_little_endian(void)
{
	const uint16_t one = 1;
	unsigned char first;
	memcpy(&first, &one, 1);
	return first == 1;
}

/* Copies elements between host order and the file's little-endian order; the same both ways. */
static void copy_elements(void *to, const void *from, size_t bytes, size_t size)
{
	if (bytes == 0)
		return;
	if (host_is_little_endian()) {
		memcpy(to, from, bytes);
		return;
	}
	unsigned char *out = to;
	const unsigned char *in = from;
	for (size_t i = 0; i < bytes; i += size)
		for (size_t j = 0; j < size; j++)
			out[i + j] = in[i + size - 1 - j];
}

/* ---- encoding ------------------------------------------------------------------------------------------------------------- */

static void write_metadata(abi_json_writer *writer, const abi_tensors *tensors)
{
	abi_json_write_raw(writer, "\"__metadata__\":{");
	for (size_t i = 0; i < tensors->metadata_count; i++) {
		if (i > 0)
			abi_json_write_raw(writer, ",");
		abi_json_write_string(writer, tensors->metadata[i].key);
		abi_json_write_raw(writer, ":");
		abi_json_write_string(writer, tensors->metadata[i].value);
	}
	abi_json_write_raw(writer, "}");
}

static void write_tensor(abi_json_writer *writer, const abi_tensor *tensor, const abi_tensor_dtype *dtype, size_t begin, size_t end)
{
	abi_json_write_raw(writer, ",");
	abi_json_write_string(writer, tensor->name);
	abi_json_write_raw(writer, ":{\"dtype\":\"");
	abi_json_write_raw(writer, dtype->name);
	abi_json_write_raw(writer, "\",\"shape\":[");
	for (size_t i = 0; i < tensor->rank; i++) {
		if (i > 0)
			abi_json_write_raw(writer, ",");
		abi_json_write_unsigned(writer, tensor->shape[i]);
	}
	abi_json_write_raw(writer, "],\"data_offsets\":[");
	abi_json_write_unsigned(writer, begin);
	abi_json_write_raw(writer, ",");
	abi_json_write_unsigned(writer, end);
	abi_json_write_raw(writer, "]}");
}

/* The header text, and the bytes of all tensors; widest dtype first, so that every tensor is aligned in the file. */
static bool write_header(abi_json_writer *writer, const abi_tensors *tensors, size_t *data)
{
	abi_json_write_raw(writer, "{");
	write_metadata(writer, tensors);
	size_t at = 0;
	for (size_t d = 0; d < ABI_TENSOR_DTYPES; d++) {
		for (size_t i = 0; i < tensors->count; i++) {
			if (tensors->tensors[i].dtype != abi_tensor_dtypes[d].dtype)
				continue;
			size_t bytes = abi_tensor_bytes(&tensors->tensors[i]);
			if (bytes > PTRDIFF_MAX - at)
				return false;
			write_tensor(writer, &tensors->tensors[i], &abi_tensor_dtypes[d], at, at + bytes);
			at += bytes;
		}
	}
	abi_json_write_raw(writer, "}");
	while (!writer->failed && writer->length % HEADER_ALIGN != 0)
		abi_json_write_raw(writer, " ");
	*data = at;
	return !writer->failed && writer->length <= PTRDIFF_MAX - ABI_TENSORS_LENGTH_BYTES - at;
}

abi_status abi_tensors_encode(abi_context *context, const abi_tensors *tensors, unsigned char **bytes, size_t *size)
{
	*bytes = NULL;
	*size = 0;
	abi_json_writer writer;
	abi_json_writer_init(&writer, &tensors->memory);
	size_t data = 0;
	unsigned char *made = NULL;
	if (write_header(&writer, tensors, &data) && writer.length > ABI_TENSORS_LARGEST_HEADER) {
		abi_json_writer_free(&writer);
		return abi_fail(context, ABI_E_ARGUMENT, "names and metadata of the model take more than the %d bytes a header may have",
		                (int)ABI_TENSORS_LARGEST_HEADER);
	}
	if (!writer.failed)
		made = abi_memory_allocate(&tensors->memory, ABI_TENSORS_LENGTH_BYTES + writer.length + data, 1);
	if (made == NULL) {
		abi_json_writer_free(&writer);
		return abi_fail_memory(context, "the content of a model file");
	}
	for (size_t i = 0; i < ABI_TENSORS_LENGTH_BYTES; i++)
		made[i] = (unsigned char)((uint64_t)writer.length >> (8 * i) & 0xff);
	memcpy(made + ABI_TENSORS_LENGTH_BYTES, writer.text, writer.length);
	size_t at = ABI_TENSORS_LENGTH_BYTES + writer.length;
	abi_json_writer_free(&writer);
	for (size_t d = 0; d < ABI_TENSOR_DTYPES; d++) {
		for (size_t i = 0; i < tensors->count; i++) {
			const abi_tensor *tensor = &tensors->tensors[i];
			if (tensor->dtype != abi_tensor_dtypes[d].dtype)
				continue;
			size_t count = abi_tensor_bytes(tensor);
			copy_elements(made + at, tensor->values, count, abi_tensor_dtypes[d].size);
			at += count;
		}
	}
	*bytes = made;
	*size = at;
	return ABI_OK;
}

/* ---- decoding ------------------------------------------------------------------------------------------------------------- */

/* Where in the file's data each tensor lies; as many as there are tensors. */
typedef struct span {
	size_t begin, end;
} span;

typedef struct decoder {
	abi_context *context;
	const char *what;
	const abi_json *json;
	const unsigned char *data;
	size_t size; /* of data */
	abi_tensors *tensors;
	span *spans;
	size_t span_capacity;
} decoder;

static abi_status read_metadata(decoder *d, size_t node)
{
	if (abi_json_kind_of(d->json, node) != ABI_JSON_OBJECT)
		return abi_fail(d->context, ABI_E_FORMAT, "%s has metadata that are no object", d->what);
	const abi_memory *memory = &d->tensors->memory;
	for (size_t key = abi_json_first(d->json, node); key != SIZE_MAX; key = abi_json_next(d->json, node, key)) {
		if (abi_json_kind_of(d->json, abi_json_value(key)) != ABI_JSON_STRING)
			return abi_fail(d->context, ABI_E_FORMAT, "%s has metadata that are no strings", d->what);
		if (!abi_tensors_append_text(d->tensors, abi_json_string(d->json, key, memory), abi_json_string(d->json, abi_json_value(key), memory)))
			return abi_fail_memory(d->context, "the metadata of a model file");
	}
	return ABI_OK;
}

/* The unsigned integers of an array; false when there are more than highest_count, or others than integers. */
static bool read_sizes(const abi_json *json, size_t node, size_t highest_count, size_t *sizes, size_t *count)
{
	if (abi_json_kind_of(json, node) != ABI_JSON_ARRAY)
		return false;
	*count = 0;
	for (size_t item = abi_json_first(json, node); item != SIZE_MAX; item = abi_json_next(json, node, item)) {
		uint64_t value;
		if (*count == highest_count || !abi_json_unsigned(json, item, PTRDIFF_MAX, &value))
			return false;
		sizes[(*count)++] = (size_t)value;
	}
	return true;
}

/* What the header says of one tensor. */
typedef struct description {
	const abi_tensor_dtype *dtype;
	size_t rank, shape[ABI_TENSOR_HIGHEST_RANK];
	size_t offsets[2];
} description;

static bool read_description(const abi_json *json, size_t node, description *found)
{
	bool has_shape = false, has_offsets = false;
	if (abi_json_kind_of(json, node) != ABI_JSON_OBJECT)
		return false;
	for (size_t key = abi_json_first(json, node); key != SIZE_MAX; key = abi_json_next(json, node, key)) {
		size_t value = abi_json_value(key), count;
		if (abi_json_is(json, key, "dtype") && found->dtype == NULL) {
			for (size_t i = 0; i < ABI_TENSOR_DTYPES; i++)
				if (abi_json_is(json, value, abi_tensor_dtypes[i].name))
					found->dtype = &abi_tensor_dtypes[i];
			if (found->dtype == NULL)
				return false;
		} else if (abi_json_is(json, key, "shape") && !has_shape) {
			has_shape = read_sizes(json, value, ABI_TENSOR_HIGHEST_RANK, found->shape, &found->rank);
			if (!has_shape)
				return false;
		} else if (abi_json_is(json, key, "data_offsets") && !has_offsets) {
			has_offsets = read_sizes(json, value, 2, found->offsets, &count) && count == 2;
			if (!has_offsets)
				return false;
		} else {
			return false;
		}
	}
	return found->dtype != NULL && has_shape && has_offsets;
}

static abi_status keep_span(decoder *d, span where)
{
	size_t count = d->tensors->count - 1;
	if (count == d->span_capacity) {
		size_t capacity = count * 2 + 16;
		span *larger = abi_memory_grow(&d->tensors->memory, d->spans, count, capacity, sizeof *larger);
		if (larger == NULL)
			return abi_fail_memory(d->context, "the tensors of a model file");
		d->spans = larger;
		d->span_capacity = capacity;
	}
	d->spans[count] = where;
	return ABI_OK;
}

static abi_status read_tensor(decoder *d, size_t key)
{
	const abi_memory *memory = &d->tensors->memory;
	char *name = abi_json_string(d->json, key, memory);
	if (name == NULL)
		return abi_fail_memory(d->context, "the name of a tensor");

	description found = { 0 };
	size_t elements = 0;
	abi_status status = ABI_OK;
	if (!read_description(d->json, abi_json_value(key), &found))
		status = abi_fail(d->context, ABI_E_FORMAT,
		                  "%s describes tensor '%.80s' by other than a known dtype, a shape of at most %d axes and data_offsets", d->what, name,
		                  (int)ABI_TENSOR_HIGHEST_RANK);
	else if (found.offsets[0] > found.offsets[1] || found.offsets[1] > d->size)
		status = abi_fail(d->context, ABI_E_FORMAT, "%s places tensor '%.80s' at bytes %zu to %zu of %zu", d->what, name, found.offsets[0],
		                  found.offsets[1], d->size);
	else if (!abi_tensor_count(found.rank, found.shape, found.dtype->size, &elements) ||
	         elements * found.dtype->size != found.offsets[1] - found.offsets[0])
		status = abi_fail(d->context, ABI_E_FORMAT, "%s gives tensor '%.80s' %zu bytes, which is not what its shape takes", d->what, name,
		                  found.offsets[1] - found.offsets[0]);
	if (status != ABI_OK) {
		abi_memory_free(memory, name);
		return status;
	}

	abi_tensor *tensor = abi_tensors_append(d->tensors, name, found.dtype->dtype, found.rank, found.shape);
	if (tensor == NULL)
		return abi_fail_memory(d->context, "a tensor of a model file");
	copy_elements(tensor->values, d->data + found.offsets[0], found.offsets[1] - found.offsets[0], found.dtype->size);
	return keep_span(d, (span){ found.offsets[0], found.offsets[1] });
}

/* Heap sort of the numbers in order[count], which needs no memory and no recursion, by what `before` says of two of them. */
typedef bool (*before_callback)(const void *items, size_t a, size_t b);

static void sift(size_t *order, size_t root, size_t count, before_callback before, const void *items)
{
	for (size_t child; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count && before(items, order[child], order[child + 1]))
			child++;
		if (!before(items, order[root], order[child]))
			return;
		size_t swapped = order[root];
		order[root] = order[child];
		order[child] = swapped;
	}
}

static void sort(size_t *order, size_t count, before_callback before, const void *items)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t root = count / 2; root-- > 0;)
		sift(order, root, count, before, items);
	for (size_t last = count; last-- > 1;) {
		size_t largest = order[0];
		order[0] = order[last];
		order[last] = largest;
		sift(order, 0, last, before, items);
	}
}

static bool span_before(const void *items, size_t a, size_t b)
{
	const span *spans = items;
	return spans[a].begin != spans[b].begin ? spans[a].begin < spans[b].begin : spans[a].end < spans[b].end;
}

static bool name_before(const void *items, size_t a, size_t b)
{
	const abi_tensor *tensors = items;
	return strcmp(tensors[a].name, tensors[b].name) < 0;
}

static bool key_before(const void *items, size_t a, size_t b)
{
	const abi_metadata_entry *entries = items;
	return strcmp(entries[a].key, entries[b].key) < 0;
}

static abi_status check_tiling(const decoder *d, size_t *order)
{
	sort(order, d->tensors->count, span_before, d->spans);
	size_t end = 0;
	for (size_t i = 0; i < d->tensors->count; i++) {
		const span *where = &d->spans[order[i]];
		if (where->begin != end)
			return abi_fail(d->context, ABI_E_FORMAT, "%s has tensors that %s at byte %zu ('%.80s')", d->what,
			                where->begin < end ? "overlap" : "leave a gap", where->begin, d->tensors->tensors[order[i]].name);
		end = where->end;
	}
	if (end != d->size)
		return abi_fail(d->context, ABI_E_FORMAT, "%s has %zu bytes of tensors, but its header describes %zu", d->what, d->size, end);
	return ABI_OK;
}

static abi_status check_names(const decoder *d, size_t *order)
{
	const abi_tensors *tensors = d->tensors;
	sort(order, tensors->count, name_before, tensors->tensors);
	for (size_t i = 1; i < tensors->count; i++)
		if (strcmp(tensors->tensors[order[i - 1]].name, tensors->tensors[order[i]].name) == 0)
			return abi_fail(d->context, ABI_E_FORMAT, "%s holds tensor '%.80s' twice", d->what, tensors->tensors[order[i]].name);
	sort(order, tensors->metadata_count, key_before, tensors->metadata);
	for (size_t i = 1; i < tensors->metadata_count; i++)
		if (strcmp(tensors->metadata[order[i - 1]].key, tensors->metadata[order[i]].key) == 0)
			return abi_fail(d->context, ABI_E_FORMAT, "%s holds metadata '%.80s' twice", d->what, tensors->metadata[order[i]].key);
	return ABI_OK;
}

static abi_status check_whole(const decoder *d)
{
	size_t most = d->tensors->count > d->tensors->metadata_count ? d->tensors->count : d->tensors->metadata_count;
	size_t *order = abi_memory_allocate(&d->tensors->memory, most, sizeof *order);
	if (order == NULL)
		return abi_fail_memory(d->context, "the tensors of a model file");
	abi_status status = check_tiling(d, order);
	if (status == ABI_OK)
		status = check_names(d, order);
	abi_memory_free(&d->tensors->memory, order);
	return status;
}

static abi_status read_header(decoder *d)
{
	if (abi_json_kind_of(d->json, 0) != ABI_JSON_OBJECT)
		return abi_fail(d->context, ABI_E_FORMAT, "%s has a header that is no object", d->what);
	bool has_metadata = false;
	for (size_t key = abi_json_first(d->json, 0); key != SIZE_MAX; key = abi_json_next(d->json, 0, key)) {
		bool is_metadata = abi_json_is(d->json, key, "__metadata__");
		if (is_metadata && has_metadata)
			return abi_fail(d->context, ABI_E_FORMAT, "%s has metadata twice", d->what);
		has_metadata = has_metadata || is_metadata;
		abi_status status = is_metadata ? read_metadata(d, abi_json_value(key)) : read_tensor(d, key);
		if (status != ABI_OK)
			return status;
	}
	return check_whole(d);
}

abi_status abi_tensors_decode(abi_context *context, const char *what, const unsigned char *bytes, size_t size, abi_tensors *tensors)
{
	abi_tensors_init(tensors, &context->memory);
	uint64_t header = 0;
	if (size < ABI_TENSORS_LENGTH_BYTES)
		return abi_fail(context, ABI_E_FORMAT, "%s has %zu bytes, too few for a model file", what, size);
	for (size_t i = ABI_TENSORS_LENGTH_BYTES; i-- > 0;)
		header = header << 8 | bytes[i];
	if (header > size - ABI_TENSORS_LENGTH_BYTES || header > ABI_TENSORS_LARGEST_HEADER)
		return abi_fail(context, ABI_E_FORMAT,
		                "%s is no model file, or cut short: its first bytes announce a header of %" PRIu64 " bytes, and it has %zu",
		                what, header, size);

	abi_json json;
	abi_status status = abi_json_read(context, what, (const char *)bytes + ABI_TENSORS_LENGTH_BYTES, (size_t)header, &json);
	if (status != ABI_OK)
		return status;
	decoder d = { .context = context, .what = what, .json = &json, .tensors = tensors };
	d.data = bytes + ABI_TENSORS_LENGTH_BYTES + (size_t)header;
	d.size = size - ABI_TENSORS_LENGTH_BYTES - (size_t)header;
	status = read_header(&d);
	abi_memory_free(&tensors->memory, d.spans);
	abi_json_free(&json);
	if (status != ABI_OK)
		abi_tensors_free(tensors);
	return status;
}
