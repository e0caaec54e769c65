/*
 * A model file is not trusted. LLVMFuzzerTestOneInput reads any bytes as one
 * and, where they pass, samples from what came out: under a sanitizer nothing
 * may be wrong, and every byte of memory comes back.
 *
 * Built as it is, the program mutates a few small models, the same way each
 * time, and is a test. With -DABI_LIBFUZZER -fsanitize=fuzzer it is a fuzzer.
 */

#include "support/allocator.h"
#include "support/small_posterior.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A host with little memory, so that an input that asks for much is told no instead of being swapped. */
typedef struct small_host {
	failing_allocator counted;
	uint64_t most;
} small_host;

static void *allocate(size_t size, void *user_data)
{
	small_host *host = user_data;
	if (size > host->most || host->counted.bytes > host->most - size)
		return NULL;
	return failing_allocate(size, &host->counted);
}

static void deallocate(void *pointer, void *user_data)
{
	small_host *host = user_data;
	failing_deallocate(pointer, &host->counted);
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static abi_context *context_of(small_host *host)
{
	memset(host, 0, sizeof *host);
	failing_allocator_init(&host->counted);
	host->most = (uint64_t)64 << 20;
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.allocate = allocate;
	options.deallocate = deallocate;
	options.allocator_data = host;
	abi_context *context = NULL;
	must(abi_context_create(&options, &context) == ABI_OK, "no context");
	return context;
}

/* One data set of the shapes that the posterior asks for; false if that would be large. */
static bool observe(const abi_posterior *posterior, abi_data *data)
{
	size_t count;
	const abi_variable_spec *specs = abi_plan_observed(posterior->plan, &count);
	for (size_t v = 0; v < count; v++) {
		size_t elements = abi_variable_spec_elements(&specs[v]), rows = specs[v].ragged ? 1 : 0;
		abi_variable *variable;
		if (elements == 0 || elements > 10000 || abi_data_add(data, &specs[v], 1, rows, &variable) != ABI_OK)
			return false;
		if (specs[v].ragged) {
			variable->offsets[0] = 0;
			variable->offsets[1] = 1;
		}
		for (size_t i = 0; i < abi_variable_elements(variable, 1); i++)
			abi_variable_put(variable, i, (double)(i % 3));
	}
	return true;
}

static void use(abi_context *context, const abi_posterior *posterior)
{
	abi_data *observed, *draws;
	if (abi_data_make(context, &observed) != ABI_OK)
		return;
	if (abi_data_make(context, &draws) == ABI_OK) {
		if (observe(posterior, observed))
			(void)abi_posterior_draw(context, posterior, observed, 0, 3, 1, draws);
		abi_data_destroy(draws);
	}
	abi_data_destroy(observed);
}

static abi_status load(abi_context *context, const uint8_t *bytes, size_t size)
{
	abi_tensors tensors;
	abi_posterior *posterior = NULL;
	abi_status status = abi_tensors_decode(context, "the input", bytes, size, &tensors);
	if (status == ABI_OK)
		status = abi_posterior_restore(context, &tensors, &posterior);
	abi_tensors_free(&tensors);
	must((status == ABI_OK) == (posterior != NULL), "a status that does not fit the posterior");
	must(status == ABI_OK || abi_context_error(context)[0] != '\0', "a failure without a sentence");
	if (posterior != NULL)
		use(context, posterior);
	abi_posterior_release(posterior);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	small_host host;
	abi_context *context = context_of(&host);
	abi_status status = load(context, bytes, size);
	must(status == ABI_OK || status == ABI_E_FORMAT || status == ABI_E_UNSUPPORTED || status == ABI_E_MEMORY, "an unexpected status");
	abi_context_free(context);
	must(host.counted.outstanding == 0 && host.counted.foreign == 0, "memory is lost");
	return 0;
}

#ifndef ABI_LIBFUZZER

enum { MUTATIONS = 1500 }; /* of each model */

static uint64_t state = 88172645463325252u;

static size_t random_below(size_t bound)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)(state % bound);
}

static const small_model models[] = {
	{ .dim = 1, .rows = 2, .width = 2 },
	{ .dim = 2, .rows = 3, .width = 3, .ragged = true, .transform = ABI_TRANSFORM_SPLINE },
	{ .dim = 2, .rows = 2, .width = 2, .base = ABI_BASE_STUDENT_T, .no_set = true },
};

enum { MODELS = sizeof models / sizeof models[0], ROOM = 64 };

/* The file of a model, with ROOM bytes to grow. */
static uint8_t *file_of(const small_model *model, size_t *size)
{
	small_host host;
	abi_context *context = context_of(&host);
	abi_posterior *posterior = small_posterior(context, model);
	must(posterior != NULL, abi_context_error(context));
	abi_tensors tensors;
	abi_tensors_init(&tensors, &context->memory);
	unsigned char *bytes;
	must(abi_posterior_store(context, posterior, &tensors) == ABI_OK, abi_context_error(context));
	must(abi_tensors_encode(context, &tensors, &bytes, size) == ABI_OK, abi_context_error(context));
	uint8_t *copy = malloc(*size + ROOM);
	must(copy != NULL, "no memory");
	memcpy(copy, bytes, *size);
	abi_memory_free(&context->memory, bytes);
	abi_tensors_free(&tensors);
	abi_posterior_release(posterior);
	abi_context_free(context);
	return copy;
}

static size_t header_of(const uint8_t *bytes)
{
	return 8 + bytes[0] + 256 * (size_t)bytes[1] + 65536 * (size_t)bytes[2];
}

/* Another digit where there is one, in the header: numbers that are well formed and wrong. */
static void change_digit(uint8_t *bytes, size_t size)
{
	for (int tries = 0; tries < 100; tries++) {
		size_t at = 8 + random_below(header_of(bytes) - 8);
		if (at < size && bytes[at] >= '0' && bytes[at] <= '9') {
			bytes[at] = (uint8_t)('0' + random_below(10));
			return;
		}
	}
}

/* Moves what follows a place of the header by `by` bytes, and the announced length with it. */
static size_t shift(uint8_t *bytes, size_t size, int by)
{
	size_t header = header_of(bytes), at = 8 + random_below(header - 16);
	if (by > 0) {
		memmove(bytes + at + by, bytes + at, size - at);
		for (int i = 0; i < by; i++)
			bytes[at + (size_t)i] = bytes[at + (size_t)by + random_below(8)];
	} else {
		memmove(bytes + at, bytes + at - by, size - at - (size_t)-by);
	}
	size_t length = (size_t)((long)header - 8 + by);
	bytes[0] = (uint8_t)(length & 0xff);
	bytes[1] = (uint8_t)(length >> 8 & 0xff);
	bytes[2] = (uint8_t)(length >> 16 & 0xff);
	return (size_t)((long)size + by);
}

static size_t mutate(uint8_t *bytes, size_t size)
{
	size_t header = header_of(bytes);
	switch (random_below(7)) {
	case 0: bytes[random_below(size)] ^= (uint8_t)(1u << random_below(8)); return size;
	case 1: bytes[8 + random_below(header - 8)] = (uint8_t)random_below(256); return size;
	case 2: return random_below(size);
	case 3: return shift(bytes, size, 1 + (int)random_below(8));
	case 4: return shift(bytes, size, -1 - (int)random_below(8));
	case 5: /* a weight that is very large, or not finite */
		if (header + 4 < size)
			memset(bytes + header + 4 * random_below((size - header) / 4), random_below(2) == 0 ? 0x7f : 0xff, 4);
		return size;
	default: change_digit(bytes, size); return size;
	}
}

int main(void)
{
	size_t inputs = 0;
	for (size_t m = 0; m < MODELS; m++) {
		size_t size;
		uint8_t *file = file_of(&models[m], &size), *input = malloc(size + ROOM);
		must(input != NULL, "no memory");
		LLVMFuzzerTestOneInput(file, size);
		for (size_t i = 0; i < MUTATIONS; i++, inputs++) {
			memcpy(input, file, size);
			size_t length = size;
			for (size_t times = 1 + random_below(2); times > 0 && length == size; times--)
				length = mutate(input, length);
			LLVMFuzzerTestOneInput(input, length);
		}
		free(input);
		free(file);
	}
	printf("%zu inputs\n", inputs);
	return 0;
}

#endif
