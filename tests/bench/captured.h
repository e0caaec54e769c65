/* What a function wrote to a stream, as text. */

#ifndef TESTS_BENCH_CAPTURED_H
#define TESTS_BENCH_CAPTURED_H

#include <check.h>
#include <stdio.h>
#include <string.h>

/* Reads the whole of a tmpfile() and closes it; the text lives until the next call but one. */
static inline const char *captured(FILE *file)
{
	static char texts[2][8192];
	static int turn;
	char *text = texts[turn ^= 1];
	ck_assert_ptr_nonnull(file);
	rewind(file);
	text[fread(text, 1, sizeof texts[0] - 1, file)] = '\0';
	fclose(file);
	return text;
}

static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#endif
