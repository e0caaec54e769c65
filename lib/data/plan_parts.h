/*
 * What a plan consists of; for the plan_*.c files only.
 *
 * Compilation follows every column of every adapted variable back to the one
 * element of a source it comes from, and to the chain of element-wise
 * transforms on the way. So a plan has no names to resolve and no shapes to
 * rearrange at run time: an output is a list of blocks, a block is a run of
 * columns of one source with the same chain, and it is worked off a few rows
 * at a time in a buffer on the stack.
 *
 * A constraint on several values stands between a source and a chain: the
 * columns of its blocks are free values, which it computes from a whole row of
 * the source, and from which it computes that row when all of them are known.
 *
 * Pivots join here: the blocks of the inference variables give free values,
 * and a pivot maps some of them, for each data set, by numbers computed from
 * the observed data. It is the last step of forward and the first of inverse
 * and log-det, which is why those take the buffers of the observed batch.
 */

#ifndef ABI_LIB_DATA_PLAN_PARTS_H
#define ABI_LIB_DATA_PLAN_PARTS_H

#include "data/adapter.h"
#include "data/pivot.h"
#include "data/plan.h"
#include "data/store.h"
#include "data/symbols.h"
#include "data/transforms.h"

enum {
	ABI_BLOCK_COLUMNS = 256, /* at most */
	ABI_BLOCK_VALUES = 1024, /* of a chunk of rows of a block: 8 KiB, on the stack */
};

typedef struct abi_plan_block {
	size_t source;
	bool broadcast;      /* the values of the data set, repeated in each of its rows */
	const abi_selection *selection;   /* the rows it reads; NULL: all of the source */
	const abi_constraint *constraint; /* the columns are free values of it; NULL: values of the source */
	bool leads;          /* the first block of its constraint in the output */
	bool contiguous;     /* elements are consecutive */
	size_t first;        /* column of the output */
	size_t columns;
	size_t row_size;     /* elements of a row of the source; of its data set if the source is not read by rows */
	size_t *elements;    /* [columns] within such a row, or among the free values */
	abi_stage *stages;
	size_t stage_count;
} abi_plan_block;

/* An adapted variable. */
typedef struct abi_plan_output {
	abi_variable_spec spec;
	bool rows;           /* has rows: a set or series */
	bool series;
	size_t columns;      /* of a row, or of a data set */
	abi_plan_block *blocks;
	size_t block_count;
	abi_row_source *row_sources; /* whose row counts agree, and are the output's */
	size_t row_source_count;
} abi_plan_output;

struct abi_plan {
	abi_store store;     /* of everything below */
	atomic_size_t references;
	abi_recipe *recipe;  /* retained */
	abi_variable_spec *sources; /* the simulator's variables, all of them */
	size_t source_count;
	abi_plan_output *outputs;
	size_t output_count;
	const abi_plan_output *inference, *condition, *summary; /* NULL: none */
	const abi_variable_spec *inference_specs, *observed_specs;
	size_t inference_count, observed_count;
	bool needs_statistics;
	double constant_log_det; /* of the inference variables: what no value changes */
	abi_pivot *pivots;       /* of the inference variables */
	size_t pivot_count;
	size_t pivot_numbers;    /* per data set, of all pivots */
};

/* What a recipe does to variables; refuses what networks cannot take under their names, but does not ask for inference variables. */
abi_status abi_plan_build(abi_context *context, abi_recipe *recipe, const abi_variable_spec *variables, size_t count, abi_plan **plan);

/* Seals every stage and sums the constant log-det: after compilation, and again when statistics are known. */
void abi_plan_seal(abi_plan *plan);

/* The variable of data that serves as a source, its name, dtype and shape checked; draws > 0: with an axis of so many draws first. */
abi_status abi_plan_bind(abi_context *context, const abi_plan *plan, size_t source, const abi_data *data, size_t draws,
                         const abi_variable **variable);

/* The rows an output has in some data. */
typedef struct abi_plan_frame {
	const abi_data *data;
	size_t draws;                 /* of each data set; 0: no such axis. Only for outputs without rows. */
	size_t lines;                 /* rows of the output in all: rows of sets, or data sets × draws */
	const abi_variable *row_source; /* whose row counts the output has; NULL for an output without rows */
	size_t row_size;              /* its elements per row */
	const abi_selection *selection; /* the rows kept of it; NULL: all */
	abi_selection_stream stream;
} abi_plan_frame;

/* Binds the row sources and checks that they agree with each other and with the compiled shape. stream: where random choices of rows come from. */
abi_status abi_plan_measure(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_data *data, size_t draws,
                            const abi_selection_stream *stream, abi_plan_frame *frame);

/* Rows of data set `set` of a variable read by rows of row_size elements, before any selection. */
size_t abi_plan_source_rows(const abi_variable *variable, size_t row_size, size_t set);

/*
 * The rows of a source that a block reads (plan_lines.c): next gives up to `most` of them, the number of each in the source, and 0 at the end; load reads
 * them, with contributions of constraints to log_det[count] unless NULL.
 */
typedef struct abi_plan_lines {
	const abi_plan_block *block;
	const abi_plan_frame *frame;
	const abi_variable *variable;
	size_t total, done;
	abi_selection_walk walk; /* through the data set before `set`, of which `kept` rows are still to come */
	size_t set, kept, base, end;
} abi_plan_lines;

void abi_plan_lines_begin(abi_plan_lines *lines, const abi_plan_block *block, const abi_plan_frame *frame, const abi_variable *variable);
size_t abi_plan_lines_next(abi_plan_lines *lines, size_t most, size_t *picked);
void abi_plan_lines_load(const abi_plan_lines *lines, const size_t *picked, size_t count, double *x, double *log_det);

/* Rows of data set `set` of a frame with rows. */
size_t abi_plan_frame_rows(const abi_plan_frame *frame, size_t set);

/*
 * Reads `lines` rows of a block from row `first` on, x[lines, columns], adding the part of a constraint to log_det[lines] unless NULL; and applies
 * its first `stages` stages.
 */
void abi_plan_block_load(const abi_plan_block *block, const abi_variable *variable, size_t first, size_t lines, double *x, double *log_det);
void abi_plan_block_forward(const abi_plan_block *block, size_t stages, size_t lines, double *x, double *log_det);

/* Undoes all stages of a block, each of which has an inverse; adds the x-dependent part of log |dz/dx| to log_det[lines] unless NULL. */
void abi_plan_block_backward(const abi_plan_block *block, size_t lines, double *z, double *log_det);

/* Puts original values to where a block reads them. */
void abi_plan_block_scatter(const abi_plan_block *block, abi_variable *variable, size_t first, size_t lines, const double *x);

/*
 * The same for blocks of a constraint (plan_constrained.c). line: all free values of one line in x [room]; false, with the fault unless NULL, if the
 * values of the source violate it.
 */
void abi_plan_constrained_load(const abi_plan_block *block, const abi_variable *variable, size_t first, size_t lines, double *x, double *log_det);
bool abi_plan_constrained_line(const abi_plan_block *block, const abi_variable *variable, size_t line, double *x, char *fault);

/* Reads rows `first` … of a block's columns from wherever adapted values are. */
typedef void abi_plan_read(const void *from, const abi_plan_block *block, size_t first, size_t lines, double *z);

/* All blocks of the leading block's constraint backwards: `lines` rows from where `read` has them to rows `begin` … of variable and log_det, unless NULL. */
void abi_plan_constrained_backward(const abi_plan_output *output, const abi_plan_block *leader, abi_plan_read *read, const void *from,
                                   size_t begin, size_t lines, abi_variable *variable, double *log_det);

/* How many rows of a block fit the buffer. */
size_t abi_plan_block_chunk(const abi_plan_block *block);

/* Where adapted values go: reals or doubles [lines, columns], or the values of a variable; with none of them they are only checked. */
typedef struct abi_plan_sink {
	real *reals;
	double *doubles;
	abi_variable *variable;
	bool allow_missing;
} abi_plan_sink;

/* An output's values to a sink, and the x-dependent part of log |dz/dx| added to log_det[lines] unless NULL. */
abi_status abi_plan_run(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_plan_frame *frame,
                        const abi_plan_sink *sink, double *log_det);

/* ABI_E_NUMERIC with the sentence that says why column c of a block is not finite in row `line` of its source. */
abi_status abi_plan_explain(abi_context *context, const abi_plan_output *output, const abi_plan_block *block,
                            const abi_plan_frame *frame, const abi_variable *variable, size_t line, size_t column);

/*
 * The pivots (plan_pivot.c). Numbers of data set s of pivot p stand in its two arrays within buffers->pivots; reserve makes room for them,
 * estimate fills them from observed data. ABI_E_MEMORY; ABI_E_NUMERIC, ABI_E_CALLBACK with the data set, and what abi_plan_bind returns.
 */
abi_status abi_plan_pivots_reserve(abi_context *context, const abi_plan *plan, size_t sets, abi_plan_buffers *buffers);
abi_status abi_plan_pivots_estimate(abi_context *context, const abi_plan *plan, const abi_data *observed, abi_plan_buffers *buffers);

/* The part of abi_plan_forward that fills theta; with pivots, free_values [sets, parameters] keeps it in double. Asks for no statistics. */
abi_status abi_plan_forward_theta(abi_context *context, const abi_plan *plan, const abi_data *data, abi_plan_buffers *buffers);

/* Learns what the prior does to residuals (pivot_prior.h) from a sample. */
abi_status abi_plan_pivots_learn(abi_context *context, const abi_plan *plan, const abi_data *sample);

/* All pivots on theta [lines, parameters] of one data set, in place; log_det adds theirs at theta in front of them to log_det [lines]. */
void abi_plan_pivots_forward(const abi_plan *plan, const abi_plan_buffers *buffers, size_t set, size_t lines, double *theta);
void abi_plan_pivots_inverse(const abi_plan *plan, const abi_plan_buffers *buffers, size_t set, size_t lines, double *theta);
void abi_plan_pivots_log_det(const abi_plan *plan, const abi_plan_buffers *buffers, size_t set, size_t lines, const double *theta, double *log_det);

/* Room for rows × columns elements of a size in a block of the buffers; what was there is gone if it grows. ABI_E_MEMORY. */
abi_status abi_plan_room(abi_context *context, const abi_memory *memory, void **block, size_t *capacity, size_t rows, size_t columns, size_t size);

/*
 * Whether these outputs, each without a lossy transform, hold together every element of their sources exactly once. ABI_E_UNSUPPORTED with the element;
 * ABI_E_MEMORY.
 */
abi_status abi_plan_check_whole(abi_context *context, const abi_plan *plan, const abi_plan_output *const *outputs, size_t count, const char *where);

/* The name of the first transform without inverse that an output went through; NULL if it is invertible. */
const char *abi_plan_output_lossy(const abi_plan_output *output);

#endif
