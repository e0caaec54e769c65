/**
 * \file    abi/flow.h
 * \brief   Normalizing flows: invertible maps between parameters and a base distribution, conditioned on the summary
 *
 * A flow is only a description until a workflow is created from it; one
 * description may serve several workflows. Density and inverse are exact.
 */

#ifndef ABI_FLOW_H
#define ABI_FLOW_H

#include <abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Description of a normalizing flow. */
typedef struct abi_flow abi_flow;

/** \name What a coupling does to a parameter */
/**@{*/
#define ABI_TRANSFORM_DEFAULT ((int32_t)0) /**< the one docs/networks.md found best: see there */
#define ABI_TRANSFORM_AFFINE  ((int32_t)1) /**< shift and bounded scale (Dinh et al. 2017) */
#define ABI_TRANSFORM_SPLINE  ((int32_t)2) /**< monotone rational-quadratic spline with linear tails (Durkan et al. 2019) */
/**@}*/

/** \name How parameters are mixed between couplings */
/**@{*/
#define ABI_PERMUTATION_DEFAULT    ((int32_t)0) /**< fixed random */
#define ABI_PERMUTATION_RANDOM     ((int32_t)1) /**< fixed random permutation, drawn with the weights */
#define ABI_PERMUTATION_REVERSE    ((int32_t)2)
#define ABI_PERMUTATION_ORTHOGONAL ((int32_t)3) /**< learned orthogonal mixing by Householder reflections */
/**@}*/

/** \name Base distributions */
/**@{*/
#define ABI_BASE_NORMAL    ((int32_t)0)
#define ABI_BASE_STUDENT_T ((int32_t)1) /**< independent Student-t with base_dof degrees of freedom, for heavy tails */
/**@}*/

/**
 * \brief   Options of a coupling flow
 *
 * Each coupling transforms both halves of the parameters in turn, each
 * conditioned on the other half and on the summary by a network of its own,
 * so that one coupling touches every parameter.
 */
typedef struct abi_coupling_options {
	uint64_t size;
	int32_t transform;   /**< ABI_TRANSFORM_… */
	int32_t depth;       /**< number of couplings; 0 (default): 6 affine, 3 spline */
	int32_t width;       /**< hidden width of each network, default 128 */
	int32_t layers;      /**< hidden layers of each network, default 2 */
	int32_t residual;    /**< 1: hidden layers after the first are added to their input; default 0 */
	int32_t activation;  /**< ABI_ACTIVATION_… of summary.h */
	int32_t permutation; /**< ABI_PERMUTATION_… */
	int32_t bins;        /**< spline: bins on [−tail_bound, tail_bound]; 0 (default): 8 */
	int32_t base;        /**< ABI_BASE_… */
	int32_t reserved;    /**< 0 */
	double tail_bound;   /**< spline: linear outside; 0 (default): 5 */
	double base_dof;     /**< Student-t: degrees of freedom; 0 (default): 10 */
	double dropout;      /**< 0 ≤ dropout < 1, default 0 */
} abi_coupling_options;

ABI_API void abi_coupling_options_init(abi_coupling_options *options, size_t size);

/** \brief Describes a coupling flow; options = NULL: defaults. \return ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY, ABI_E_UNSUPPORTED */
ABI_API abi_status abi_flow_create_coupling(abi_context *context, const abi_coupling_options *options, abi_flow **flow);

/** Drops the caller's reference; NULL is fine. */
ABI_API void abi_flow_free(abi_flow *flow);

#ifdef __cplusplus
}
#endif

#endif
