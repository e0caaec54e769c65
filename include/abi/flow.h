/**
 * \file    abi/flow.h
 * \brief   Normalizing flows: invertible maps between parameters and a base distribution, conditioned on the data
 *
 * A flow turns the inference variables into a simple base distribution, one
 * invertible step after the other, and every step depends on what the summary
 * network and the inference conditions say about the data set. Read forwards
 * it gives the density of given parameters, read backwards it turns base draws
 * into draws from the posterior. Both are exact: what is learned is which
 * distribution it is, not how well its density is known.
 *
 * A flow is only a description until a workflow is created from it; sizes come
 * from the workflow, and one description may serve several workflows.
 *
 * A new flow is the identity: before the first training step every data set
 * gets the base distribution as its posterior.
 */

#ifndef ABI_FLOW_H
#define ABI_FLOW_H

#include <abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Description of a normalizing flow. */
typedef struct abi_flow abi_flow;

/** \name What a coupling does to a parameter
 *  Both start as the identity. */
/**@{*/
#define ABI_TRANSFORM_DEFAULT ((int32_t)0) /**< the one docs/networks.md found best: spline */
#define ABI_TRANSFORM_AFFINE  ((int32_t)1) /**< shift and bounded scale (Dinh et al. 2017); draws are finite whatever the data set */
#define ABI_TRANSFORM_SPLINE  ((int32_t)2) /**< monotone rational-quadratic spline with linear tails (Durkan et al. 2019) */
/**@}*/

/** \name How parameters are mixed between couplings
 *  With one parameter there is nothing to mix. */
/**@{*/
#define ABI_PERMUTATION_DEFAULT    ((int32_t)0) /**< fixed random */
#define ABI_PERMUTATION_RANDOM     ((int32_t)1) /**< fixed random permutations, drawn with the weights and kept with them */
#define ABI_PERMUTATION_REVERSE    ((int32_t)2) /**< the order of the parameters is reversed */
#define ABI_PERMUTATION_ORTHOGONAL ((int32_t)3) /**< learned orthogonal mixing by Householder reflections */
/**@}*/

/** \name Base distributions */
/**@{*/
#define ABI_BASE_NORMAL    ((int32_t)0) /**< independent standard normals */
#define ABI_BASE_STUDENT_T ((int32_t)1) /**< independent Student-t with base_dof degrees of freedom, for heavy tails */
/**@}*/

/**
 * \brief   Options of a coupling flow
 *
 * Each coupling transforms both halves of the parameters in turn, each
 * conditioned on the other half and on the summary by a network of its own,
 * so that one coupling touches every parameter. A single parameter has no
 * other half and is conditioned on the summary alone.
 *
 * Splines act between −tail_bound and tail_bound and leave what lies outside
 * as it is; standardized parameters fit the default.
 */
typedef struct abi_coupling_options {
	uint64_t size;       /**< bytes of this struct as the caller knows it */
	int32_t transform;   /**< ABI_TRANSFORM_…; default ABI_TRANSFORM_DEFAULT */
	int32_t depth;       /**< number of couplings, at most 64; 0 (default): 6 affine, 3 spline */
	int32_t width;       /**< units of each hidden layer, at most 4096; 0: 128; default 128 */
	int32_t layers;      /**< hidden layers of each network, at most 16; 0: 2; default 2 */
	int32_t residual;    /**< 1: hidden layers after the first are added to their input; default 0 */
	int32_t activation;  /**< ABI_ACTIVATION_… of summary.h; default ABI_ACTIVATION_DEFAULT */
	int32_t permutation; /**< ABI_PERMUTATION_…; default ABI_PERMUTATION_DEFAULT */
	int32_t bins;        /**< spline: bins on [−tail_bound, tail_bound], 2 to 64; 0 (default): 8 */
	int32_t base;        /**< ABI_BASE_…; default ABI_BASE_NORMAL */
	int32_t marginal;    /**< 1: a layer before the couplings shifts and scales every parameter by what the data alone say, with a
	                          linear shortcut from the summary; −1: none; 0 (default): 1 */
	double tail_bound;   /**< spline: identity outside, 0.01 to 1000; 0 (default): 5 */
	double base_dof;     /**< Student-t: degrees of freedom, 1 to 1000; 0 (default): 10 */
	double dropout;      /**< share of hidden units dropped in training, 0 to 0.95; default 0 */
} abi_coupling_options;

/** Fills options with the defaults; size is sizeof *options as the caller compiled it. */
ABI_API void abi_coupling_options_init(abi_coupling_options *options, size_t size);

/**
 * \brief   Describes a coupling flow
 *
 * \param   context  keeps the error text, and its allocator serves the handle
 * \param   options  NULL for the defaults
 * \param   flow     receives the handle, NULL on failure
 *
 * \return  ABI_OK, ABI_E_ARGUMENT (an option out of range; the text names it),
 *          ABI_E_MEMORY, ABI_E_UNSUPPORTED (a member this version does not know)
 */
ABI_API abi_status abi_flow_create_coupling(abi_context *context, const abi_coupling_options *options, abi_flow **flow);

/** Drops the caller's reference; workflows that use the flow keep theirs. NULL is fine. */
ABI_API void abi_flow_free(abi_flow *flow);

#ifdef __cplusplus
}
#endif

#endif
