/*
 * The struct behind abi_workflow, and the steps of its life: create, prepare
 * (statistics, network, weights), fit, posterior.
 */

#ifndef ABI_LIB_WORK_WORKFLOW_H
#define ABI_LIB_WORK_WORKFLOW_H

#include "abi/workflow.h"
#include "data/chain.h"
#include "data/plan.h"
#include "work/history.h"
#include "work/schedule.h"
#include "work/trainer.h"

/* Simulations from here on are never trained on: the adapter's statistics, and the checks after training, use them. */
#define ABI_ASIDE_INDEX (UINT64_C(1) << 62)

/* One training run: fit_begin … the last step. */
typedef struct abi_run {
	bool active;
	bool open;                /* steps of a host that began no run: no end, and nothing to advance */
	abi_fit_options options;  /* resolved */
	abi_schedule schedule;
	int64_t done;
	double average_loss;      /* moving, of the last hundred steps or so */
	double started, reported; /* seconds */
} abi_run;

/* The batch of the next step, when it was made beside the present one. Dropped by whatever ends the run: then it never was. */
typedef struct abi_ahead {
	bool ready;              /* simulated */
	bool adapted;            /* and in the buffers */
	abi_fault fault;         /* status ABI_OK where they succeeded */
	abi_chain_cursor cursor; /* behind them */
	abi_data *simulated;
	abi_plan_buffers buffers;
	double seconds;          /* what a batch takes one thread */
} abi_ahead;

struct abi_workflow {
	abi_context *context;       /* retained */
	abi_simulator *simulator;   /* retained; NULL: offline only */
	abi_adapter *adapter;       /* retained */
	uint64_t seed;
	abi_summary_spec summary;
	abi_flow_spec flow;
	abi_plan *plan;             /* NULL until the variables are known */
	abi_posterior_network *network;
	abi_trainer trainer;
	abi_chain_cursor cursor;    /* training simulations */
	abi_data *simulated;        /* of the current step */
	abi_ahead ahead;
	abi_plan_buffers buffers;
	abi_run run;
	double loss;                /* the moving average of the last run that took a step */
	uint64_t epochs;            /* of all offline runs: each has an order of its own */
	abi_loss_list losses, validation;
	abi_warning_list warnings;
	bool busy;                  /* a call is running; a callback must not start another */
	bool dropped;               /* freed by a callback: goes when the call ends */
};

/* Retains what it is given; with a simulator, also compiles the adapter and checks the chain, so that errors come at once. */
abi_status abi_workflow_make(abi_context *context, abi_simulator *simulator, abi_adapter *adapter, const abi_summary_spec *summary,
                             const abi_flow_spec *flow, const abi_workflow_options *options, abi_workflow **workflow);
void abi_workflow_destroy(abi_workflow *workflow);

/*
 * Makes plan, network and weights ready for training. The adapter's statistics are learned from sample, or from 2,000 simulations set aside when
 * it is NULL. Does nothing the second time.
 */
abi_status abi_workflow_prepare(abi_workflow *workflow, const abi_data *sample);

/* Online training; see the public header. */
abi_status abi_workflow_begin(abi_workflow *workflow, const abi_fit_options *options);
abi_status abi_workflow_advance(abi_workflow *workflow, int64_t steps);

/* One step of the active run. With more to follow at once, their simulations may be run beside this step (lib/work/online.c). */
abi_status abi_workflow_online_step(abi_workflow *workflow, bool more);

/* One step on data sets that the caller brings; counts in the run if one is active. */
abi_status abi_workflow_take_step(abi_workflow *workflow, const abi_data *data, double *loss);

/* Checks the ranges and resolves the "0 = default" members, the rate for this kind of summary network. ABI_E_ARGUMENT names member, value and range. */
abi_status abi_run_resolve(abi_context *context, const abi_summary_spec *summary, abi_fit_options *options);

/* Begins a run with resolved options in place of an earlier one. On failure (too many steps, no memory) the earlier run stands. */
abi_status abi_run_start(abi_workflow *workflow, const abi_fit_options *options, int64_t steps);

/* The optimizer's part of a step, shared by all ways to train: rate of the schedule, update, history, progress. aside may be NULL. */
abi_status abi_run_step(abi_workflow *workflow, const abi_batch *batch, const abi_pool_aside *aside, double *loss);

/* Tells the progress callback, not more often than it wants to know; last: in any case. ABI_E_CANCELLED, and the run is over, when it says so. */
abi_status abi_run_report(abi_workflow *workflow, bool last);

/* Training on arrays; see the public header. */
abi_status abi_workflow_offline(abi_workflow *workflow, const abi_data *data, const abi_data *validation, const abi_fit_options *options);

/*
 * After a run: warns about parameters that were not learned or are not identified. Looks at some of the data sets with these indices, or at
 * simulations set aside when data is NULL (lib/work/learning.c).
 */
abi_status abi_check_learning(abi_workflow *workflow, const abi_data *data, const uint32_t *indices, size_t count);

/* A posterior with its own copy of the averaged weights. */
abi_status abi_workflow_take_posterior(const abi_workflow *workflow, abi_posterior **posterior);

/* The usual diagnostics; see the public header. */
abi_status abi_workflow_examine(abi_workflow *workflow, const abi_diagnose_options *options, abi_diagnostics **diagnostics);

/* The adapter built from names alone (lib/work/defaults.c). */
abi_status abi_default_adapter(abi_context *context, const abi_workflow_options *options, const abi_variable_spec *variables, size_t count,
                               abi_adapter **adapter);

/* Warnings about roles that look swapped. */
void abi_check_roles(abi_workflow *workflow);

#endif
