/*
 * The options structs as old programs know them. A member's offset never
 * changes, new members are appended, and nothing is padding:
 *
 *     FIRST(struct, member)                     always size
 *     NEXT(struct, member before, member, offset)
 *     END(struct, last member, size)
 *
 * To append a member, add a NEXT and change the END, nothing else. For a new
 * struct, tests/abi/describe_layout prints the lines. Compiling this file is the
 * test.
 */

#include "abi/adapter.h"
#include "abi/base.h"
#include "abi/checks.h"
#include "abi/flow.h"
#include "abi/plot.h"
#include "abi/report.h"
#include "abi/summary.h"
#include "abi/workflow.h"

#define BYTES(type, member) sizeof(((type *)0)->member)
#define FIRST(type, member) \
	_Static_assert(offsetof(type, member) == 0 && BYTES(type, member) == 8, #type "." #member " is not the 64-bit first member")
#if UINTPTR_MAX == UINT64_MAX
#	define NEXT(type, before, member, offset) \
		_Static_assert(offsetof(type, member) == (offset), #type "." #member " has moved"); \
		_Static_assert(offsetof(type, before) + BYTES(type, before) == (offset), #type " has padding before " #member)
#	define END(type, last, bytes) \
		_Static_assert(sizeof(type) == (bytes), #type " has another size"); \
		_Static_assert(offsetof(type, last) + BYTES(type, last) == (bytes), #type " has a member or padding after " #last)
#else /* the numbers are those of 64-bit hosts */
#	define NEXT(type, before, member, offset) _Static_assert(offsetof(type, member) > offsetof(type, before), #type "." #member " has moved")
#	define END(type, last, bytes) _Static_assert(sizeof(type) <= (bytes), #type " has another size")
#endif

FIRST(abi_context_options, size);
NEXT(abi_context_options, size, allocate, 8);
NEXT(abi_context_options, allocate, deallocate, 16);
NEXT(abi_context_options, deallocate, allocator_data, 24);
NEXT(abi_context_options, allocator_data, log, 32);
NEXT(abi_context_options, log, log_data, 40);
NEXT(abi_context_options, log_data, threads, 48);
NEXT(abi_context_options, threads, isa, 52);
END(abi_context_options, isa, 56);

FIRST(abi_coupling_options, size);
NEXT(abi_coupling_options, size, transform, 8);
NEXT(abi_coupling_options, transform, depth, 12);
NEXT(abi_coupling_options, depth, width, 16);
NEXT(abi_coupling_options, width, layers, 20);
NEXT(abi_coupling_options, layers, residual, 24);
NEXT(abi_coupling_options, residual, activation, 28);
NEXT(abi_coupling_options, activation, permutation, 32);
NEXT(abi_coupling_options, permutation, bins, 36);
NEXT(abi_coupling_options, bins, base, 40);
NEXT(abi_coupling_options, base, marginal, 44);
NEXT(abi_coupling_options, marginal, tail_bound, 48);
NEXT(abi_coupling_options, tail_bound, base_dof, 56);
NEXT(abi_coupling_options, base_dof, dropout, 64);
END(abi_coupling_options, dropout, 72);

FIRST(abi_deepset_options, size);
NEXT(abi_deepset_options, size, summary_dim, 8);
NEXT(abi_deepset_options, summary_dim, element_width, 12);
NEXT(abi_deepset_options, element_width, element_blocks, 16);
NEXT(abi_deepset_options, element_blocks, head_width, 20);
NEXT(abi_deepset_options, head_width, head_blocks, 24);
NEXT(abi_deepset_options, head_blocks, pool, 28);
NEXT(abi_deepset_options, pool, activation, 32);
NEXT(abi_deepset_options, activation, log_count, 36);
NEXT(abi_deepset_options, log_count, dropout, 40);
NEXT(abi_deepset_options, dropout, num_seeds, 48);
NEXT(abi_deepset_options, num_seeds, num_heads, 52);
END(abi_deepset_options, num_heads, 56);

FIRST(abi_mlp_options, size);
NEXT(abi_mlp_options, size, summary_dim, 8);
NEXT(abi_mlp_options, summary_dim, width, 12);
NEXT(abi_mlp_options, width, blocks, 16);
NEXT(abi_mlp_options, blocks, activation, 20);
NEXT(abi_mlp_options, activation, dropout, 24);
END(abi_mlp_options, dropout, 32);

FIRST(abi_workflow_options, size);
NEXT(abi_workflow_options, size, seed, 8);
NEXT(abi_workflow_options, seed, inference_variables, 16);
NEXT(abi_workflow_options, inference_variables, summary_variables, 24);
NEXT(abi_workflow_options, summary_variables, inference_conditions, 32);
NEXT(abi_workflow_options, inference_conditions, positive_variables, 40);
END(abi_workflow_options, positive_variables, 48);

FIRST(abi_fit_options, size);
NEXT(abi_fit_options, size, steps, 8);
NEXT(abi_fit_options, steps, epochs, 16);
NEXT(abi_fit_options, epochs, batches_per_epoch, 20);
NEXT(abi_fit_options, batches_per_epoch, batch_size, 24);
NEXT(abi_fit_options, batch_size, patience, 28);
NEXT(abi_fit_options, patience, learning_rate, 32);
NEXT(abi_fit_options, learning_rate, warmup, 40);
NEXT(abi_fit_options, warmup, weight_decay, 48);
NEXT(abi_fit_options, weight_decay, clip, 56);
NEXT(abi_fit_options, clip, average, 64);
NEXT(abi_fit_options, average, validation_share, 72);
NEXT(abi_fit_options, validation_share, progress, 80);
NEXT(abi_fit_options, progress, progress_data, 88);
NEXT(abi_fit_options, progress_data, summary_mmd, 96);
NEXT(abi_fit_options, summary_mmd, summary_dependence, 104);
END(abi_fit_options, summary_dependence, 112);

FIRST(abi_diagnose_options, size);
NEXT(abi_diagnose_options, size, data, 8);
NEXT(abi_diagnose_options, data, seed, 16);
NEXT(abi_diagnose_options, seed, num_sets, 24);
NEXT(abi_diagnose_options, num_sets, num_samples, 28);
END(abi_diagnose_options, num_samples, 32);

FIRST(abi_classifier_options, size);
NEXT(abi_classifier_options, size, seed, 8);
NEXT(abi_classifier_options, seed, folds, 16);
NEXT(abi_classifier_options, folds, width, 20);
NEXT(abi_classifier_options, width, layers, 24);
NEXT(abi_classifier_options, layers, epochs, 28);
NEXT(abi_classifier_options, epochs, permutations, 32);
NEXT(abi_classifier_options, permutations, paired, 36);
END(abi_classifier_options, paired, 40);

FIRST(abi_mmd_options, size);
NEXT(abi_mmd_options, size, seed, 8);
NEXT(abi_mmd_options, seed, bandwidth, 16);
NEXT(abi_mmd_options, bandwidth, kernels, 24);
NEXT(abi_mmd_options, kernels, permutations, 28);
END(abi_mmd_options, permutations, 32);

FIRST(abi_set_transformer_options, size);
NEXT(abi_set_transformer_options, size, summary_dim, 8);
NEXT(abi_set_transformer_options, summary_dim, embed_dim, 12);
NEXT(abi_set_transformer_options, embed_dim, num_heads, 16);
NEXT(abi_set_transformer_options, num_heads, num_seeds, 20);
NEXT(abi_set_transformer_options, num_seeds, num_inducing_points, 24);
NEXT(abi_set_transformer_options, num_inducing_points, num_blocks, 28);
NEXT(abi_set_transformer_options, num_blocks, mlp_width, 32);
NEXT(abi_set_transformer_options, mlp_width, mlp_depth, 36);
NEXT(abi_set_transformer_options, mlp_depth, activation, 40);
NEXT(abi_set_transformer_options, activation, log_count, 44);
NEXT(abi_set_transformer_options, log_count, dropout, 48);
END(abi_set_transformer_options, dropout, 56);

FIRST(abi_sequence_options, size);
NEXT(abi_sequence_options, size, summary_dim, 8);
NEXT(abi_sequence_options, summary_dim, conv_layers, 12);
NEXT(abi_sequence_options, conv_layers, filters, 16);
NEXT(abi_sequence_options, filters, kernel_size, 20);
NEXT(abi_sequence_options, kernel_size, recurrent_dim, 24);
NEXT(abi_sequence_options, recurrent_dim, bidirectional, 28);
NEXT(abi_sequence_options, bidirectional, head_width, 32);
NEXT(abi_sequence_options, head_width, activation, 36);
NEXT(abi_sequence_options, activation, dropout, 40);
END(abi_sequence_options, dropout, 48);

FIRST(abi_time_series_transformer_options, size);
NEXT(abi_time_series_transformer_options, size, summary_dim, 8);
NEXT(abi_time_series_transformer_options, summary_dim, embed_dim, 12);
NEXT(abi_time_series_transformer_options, embed_dim, num_heads, 16);
NEXT(abi_time_series_transformer_options, num_heads, num_seeds, 20);
NEXT(abi_time_series_transformer_options, num_seeds, num_blocks, 24);
NEXT(abi_time_series_transformer_options, num_blocks, mlp_width, 28);
NEXT(abi_time_series_transformer_options, mlp_width, mlp_depth, 32);
NEXT(abi_time_series_transformer_options, mlp_depth, num_frequencies, 36);
NEXT(abi_time_series_transformer_options, num_frequencies, activation, 40);
NEXT(abi_time_series_transformer_options, activation, log_count, 44);
NEXT(abi_time_series_transformer_options, log_count, dropout, 48);
END(abi_time_series_transformer_options, dropout, 56);

FIRST(abi_statistics_options, size);
NEXT(abi_statistics_options, size, statistics, 8);
NEXT(abi_statistics_options, statistics, summary_dim, 12);
NEXT(abi_statistics_options, summary_dim, head_width, 16);
NEXT(abi_statistics_options, head_width, head_blocks, 20);
NEXT(abi_statistics_options, head_blocks, activation, 24);
NEXT(abi_statistics_options, activation, standardize, 28);
NEXT(abi_statistics_options, standardize, dropout, 32);
END(abi_statistics_options, dropout, 40);

FIRST(abi_plot_options, size);
NEXT(abi_plot_options, size, allocate, 8);
NEXT(abi_plot_options, allocate, deallocate, 16);
NEXT(abi_plot_options, deallocate, allocator_data, 24);
NEXT(abi_plot_options, allocator_data, labels, 32);
NEXT(abi_plot_options, labels, font, 40);
NEXT(abi_plot_options, font, width, 48);
NEXT(abi_plot_options, width, resolution, 56);
NEXT(abi_plot_options, resolution, max_panels, 64);
NEXT(abi_plot_options, max_panels, max_dots, 68);
END(abi_plot_options, max_dots, 72);

FIRST(abi_report_options, size);
NEXT(abi_report_options, size, allocate, 8);
NEXT(abi_report_options, allocate, deallocate, 16);
NEXT(abi_report_options, deallocate, allocator_data, 24);
NEXT(abi_report_options, allocator_data, title, 32);
NEXT(abi_report_options, title, labels, 40);
NEXT(abi_report_options, labels, font, 48);
NEXT(abi_report_options, font, max_panels, 56);
NEXT(abi_report_options, max_panels, reserved, 60);
END(abi_report_options, reserved, 64);

int main(void)
{
	return 0;
}
