/*
 * A problem small enough to be trained in milliseconds: "mu" [2] ~ N(0, 1) and
 * "y" [rows, 2] ~ N(mu, 1), with networks of a few hundred weights. Public
 * headers only; a failing call fails the running test.
 */

#ifndef ABI_TESTS_SUPPORT_TINY_PROBLEM_H
#define ABI_TESTS_SUPPORT_TINY_PROBLEM_H

#include "abi/abi.h"

#include <stdbool.h>

typedef struct tiny_problem tiny_problem;

/* Called by the likelihood before it does anything; what it returns other than 0 the stage returns. */
typedef int32_t (*tiny_hook)(tiny_problem *problem, abi_call *call);

struct tiny_problem {
	/* To be set before tiny_start; zeros are fine. */
	int32_t threads;   /* 0: 1 */
	bool ragged;       /* "n" ~ 1…6 rows in every data set; otherwise 6 */
	bool idle;         /* a further parameter "idle" ~ N(0, 1) that nothing reads */
	bool concurrent;   /* both stages */
	bool no_simulator; /* of the workflow; the simulator is there for arrays */
	size_t min_rows, max_rows; /* kept at random in training; 0: all */
	uint64_t seed;     /* of the workflow; 0: 1 */
	const char *positive_variables;
	tiny_hook hook;
	void *hook_data;
	abi_allocate_callback allocate; /* with deallocate and allocator_data; NULL: malloc */
	abi_deallocate_callback deallocate;
	void *allocator_data;

	abi_context *context;
	abi_simulator *simulator;
	abi_adapter *adapter; /* only with no_simulator or max_rows */
	abi_summary *summary;
	abi_flow *flow;
	abi_workflow *workflow;
	char warnings[4096];  /* all that were logged */
};

enum { TINY_ROWS = 6, TINY_DIM = 2 };

/* Makes everything down to the workflow. */
void tiny_start(tiny_problem *problem);

/* The same, until something fails: its status. What was made stays for tiny_stop. */
abi_status tiny_try(tiny_problem *problem);

/* Frees what is there. */
void tiny_stop(tiny_problem *problem);

/* Options of a short run: steps of 32, no averaging of anything but weights. */
abi_fit_options tiny_options(int64_t steps);

/* Simulations first … of a stream of their own, for arrays. */
abi_data *tiny_data(tiny_problem *problem, uint64_t first, size_t sets);

/* Eight draws for three fixed data sets from the workflow's posterior, in an order of their own: what a test compares bit for bit. */
enum { TINY_DRAWN = 3 * 8 * TINY_DIM };
void tiny_draws(tiny_problem *problem, double drawn[TINY_DRAWN]);

/* The status, and a part of the sentence. */
void tiny_expect(const tiny_problem *problem, abi_status status, abi_status expected, const char *part);

#endif
