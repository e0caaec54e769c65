/* Summary networks and flows from the words and numbers of a command line. */

#ifndef BENCH_SUPPORT_NETWORKS_H
#define BENCH_SUPPORT_NETWORKS_H

#include "support/arguments.h"

#include <abi/abi.h>

/* Every number that is 0 is the library's default. */
typedef struct bench_networks {
	const char *summary, *activation, *pool;
	int32_t statistics;
	size_t summary_dim, element_width, element_blocks, head_width, head_blocks, heads, seeds, inducing_points;
	double dropout;
	const char *flow, *permutation, *base;
	size_t flow_depth, flow_width, flow_layers, bins;
	double tail_bound;
	int flow_residual;
} bench_networks;

#define BENCH_SUMMARIES "deepset set-transformer mlp statistics sequence time-series-transformer none"
#define BENCH_FLOWS "default affine spline"

enum { BENCH_NETWORK_OPTIONS = 19 };

/* Everything but summary, statistics and flow itself, which each program settles in its own way: fills options[BENCH_NETWORK_OPTIONS]. */
void bench_networks_options(bench_networks *networks, bench_option *options);

/* A sum of words, "mean+log-sd", as ABI_STATISTIC_… or ABI_POOL_…; "none" is 0. Returns 0, or −1 for an unknown word. */
int bench_networks_statistics(const char *text, int32_t *statistics);
int bench_networks_pool(const char *text, int32_t *pool);
/* The words of statistics, "mean+log-sd", into text. */
void bench_networks_statistics_text(int32_t statistics, char *text, size_t size);

/* Descriptions for a workflow; the status of the first call that fails, its text in the context. */
abi_status bench_networks_summary(abi_context *context, const bench_networks *networks, abi_summary **summary);
abi_status bench_networks_flow(abi_context *context, const bench_networks *networks, abi_flow **flow);

#endif
