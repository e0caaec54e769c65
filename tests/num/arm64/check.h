/*
 * As much of Check as the kernel tests use, for a processor that is emulated and has no Check installed: one process, and the first assertion that
 * does not hold ends it.
 */

#ifndef TESTS_NUM_ARM64_CHECK_H
#define TESTS_NUM_ARM64_CHECK_H

#include <stdio.h>
#include <stdlib.h>

enum { CK_NORMAL, MOST_TESTS = 64 };

typedef struct arm64_test {
	const char *name;
	void (*run)(int _i);
	int first, last;
} arm64_test;

/* One suite of one case, of which there is one in a program. */
typedef struct arm64_tests {
	const char *name;
	size_t count;
	arm64_test test[MOST_TESTS];
} arm64_tests;

typedef arm64_tests Suite, TCase, SRunner;

static arm64_tests all_tests;
static const char *running;

#define START_TEST(test_name)                                 \
	static void test_name(int _i)                         \
	{                                                     \
		running = #test_name;                         \
		(void)_i;
#define END_TEST }

static inline Suite *suite_create(const char *name)
{
	all_tests.name = name;
	return &all_tests;
}

static inline TCase *tcase_create(const char *name)
{
	(void)name;
	return &all_tests;
}

static inline void tcase_set_timeout(TCase *tests, double seconds)
{
	(void)tests, (void)seconds;
}

static inline void arm64_add(TCase *tests, arm64_test test)
{
	if (tests->count == MOST_TESTS) {
		fprintf(stderr, "more than %d tests\n", MOST_TESTS);
		exit(1);
	}
	tests->test[tests->count++] = test;
}

#define tcase_add_loop_test(tests, function, from, to) arm64_add(tests, (arm64_test){ #function, function, from, to })
#define tcase_add_test(tests, function) tcase_add_loop_test(tests, function, 0, 1)

static inline void suite_add_tcase(Suite *suite, TCase *tests)
{
	(void)suite, (void)tests;
}

static inline SRunner *srunner_create(Suite *suite)
{
	return suite;
}

static inline void srunner_run_all(SRunner *runner, int how)
{
	(void)how;
	for (size_t t = 0; t < runner->count; t++)
		for (int i = runner->test[t].first; i < runner->test[t].last; i++)
			runner->test[t].run(i);
	printf("%s: %zu tests\n", runner->name, runner->count);
}

static inline int srunner_ntests_failed(const SRunner *runner)
{
	(void)runner;
	return 0; /* or the process would have ended */
}

static inline void srunner_free(SRunner *runner)
{
	(void)runner;
}

#define ck_abort_msg(...)                                                       \
	do {                                                                    \
		fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, running);    \
		fprintf(stderr, __VA_ARGS__);                                   \
		fputc('\n', stderr);                                            \
		exit(1);                                                        \
	} while (0)
#define ck_assert_msg(condition, ...)              \
	do {                                       \
		if (!(condition))                  \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)
#define ck_assert(condition) ck_assert_msg(condition, "%s does not hold", #condition)
#define ck_assert_int_eq(a, b) ck_assert_msg((long long)(a) == (long long)(b), "%s is %lld, not %lld", #a, (long long)(a), (long long)(b))
#define ck_assert_ptr_null(pointer) ck_assert_msg((pointer) == NULL, "%s is not NULL", #pointer)
#define ck_assert_ptr_nonnull(pointer) ck_assert_msg((pointer) != NULL, "%s is NULL", #pointer)

#endif
