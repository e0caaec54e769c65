/*
 * An allocator that fails on demand and counts what is outstanding. The usual
 * loop lets allocation 1, 2, 3 … fail until the code under test succeeds:
 *
 *     failing_allocator fa;
 *     for (uint64_t n = 1;; n++) {
 *         failing_allocator_init(&fa);
 *         fa.fail_at = n;
 *         bool done = try_everything(&fa);
 *         ck_assert_uint_eq(fa.outstanding, 0);
 *         if (done)
 *             break;
 *     }
 *
 * Public headers only; not for several threads at once.
 */

#ifndef ABI_TESTS_SUPPORT_ALLOCATOR_H
#define ABI_TESTS_SUPPORT_ALLOCATOR_H

#include "abi/base.h"

#include <stdint.h>

typedef struct failing_allocator {
	uint64_t fail_at;      /* the n-th allocation from now on the counter returns NULL; 0: none */
	int32_t fail_after;    /* non-zero: so does every one behind it */
	uint64_t allocations;  /* asked for so far, the failed ones included; may be reset to 0 */
	uint64_t outstanding;  /* blocks not yet given back */
	uint64_t bytes;        /* bytes of those blocks */
	uint64_t peak_bytes;   /* the most that was ever outstanding */
	uint64_t foreign;      /* pointers given back that never came from here, or twice */
} failing_allocator;

/* Zero counters, no failure. */
void failing_allocator_init(failing_allocator *allocator);

/* The two hooks; user_data is the failing_allocator. New blocks are filled with a pattern, and blocks given back too. */
void *failing_allocate(size_t size, void *user_data);
void failing_deallocate(void *pointer, void *user_data);

/* Sets allocate, deallocate and allocator_data of initialised options. */
void failing_allocator_hook(failing_allocator *allocator, abi_context_options *options);

/* A context with default options on this allocator, or NULL when an allocation fails. */
abi_context *failing_allocator_context(failing_allocator *allocator);

#endif
