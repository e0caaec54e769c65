/**
 * \file    abi/summary.h
 * \brief   Summary networks: from the rows of a data set to a vector of fixed length
 *
 * A summary network reads the summary variables of the adapter. It is only a
 * description until a workflow is created from it; one description may serve
 * several workflows.
 */

#ifndef ABI_SUMMARY_H
#define ABI_SUMMARY_H

#include <abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Description of a summary network. */
typedef struct abi_summary abi_summary;

/** \name Activation functions */
/**@{*/
#define ABI_ACTIVATION_DEFAULT ((int32_t)0) /**< silu */
#define ABI_ACTIVATION_RELU    ((int32_t)1)
#define ABI_ACTIVATION_TANH    ((int32_t)2)
#define ABI_ACTIVATION_SILU    ((int32_t)3) /**< x·sigmoid(x), also known as swish */
#define ABI_ACTIVATION_GELU    ((int32_t)4) /**< x·Φ(x), exact */
#define ABI_ACTIVATION_MISH    ((int32_t)5) /**< x·tanh(softplus(x)) */
/**@}*/

/** \name What a set network keeps of the rows: any of these, added */
/**@{*/
#define ABI_POOL_MEAN      ((int32_t)1)
#define ABI_POOL_SD        ((int32_t)2)
#define ABI_POOL_MAX       ((int32_t)4)
#define ABI_POOL_MIN       ((int32_t)8)
#define ABI_POOL_LOGSUMEXP ((int32_t)16) /**< log of the mean of exponentials */
#define ABI_POOL_INPUTS    ((int32_t)32) /**< mean and log standard deviation of the rows as they come in, beside those of the network's results: no
                                              column can then be lost on the way; finite also for one row */
#define ABI_POOL_ATTENTION ((int32_t)64) /**< what learned seeds see of the network's results by attention (Lee et al. 2019): num_seeds and num_heads */
/**@}*/

/**
 * \brief   Options of a DeepSet (Zaheer et al. 2017)
 *
 * Every row passes the element network, the rows are pooled by several
 * moments, and the head network turns the pooled vector into the summary.
 * Networks are residual: an input layer, then blocks of two layers each, whose
 * output is added to their input.
 */
typedef struct abi_deepset_options {
	uint64_t size;          /**< bytes of this struct as the caller knows it */
	int32_t summary_dim;    /**< length of the summary; 0 (default): 2 × (parameters + 6), at least 16 and at most 256 */
	int32_t element_width;  /**< hidden width of the element network, at most 8192; 0: 128; default 128 */
	int32_t element_blocks; /**< residual blocks of the element network, at most 32; default 1 */
	int32_t head_width;     /**< hidden width of the head network, at most 8192; 0: 128; default 128 */
	int32_t head_blocks;    /**< residual blocks of the head network, at most 32; default 1 */
	int32_t pool;           /**< ABI_POOL_…; 0: the default, mean + sd + inputs */
	int32_t activation;     /**< ABI_ACTIVATION_…; default ABI_ACTIVATION_DEFAULT */
	int32_t log_count;      /**< 1: log n is an input of the head; 0 (default): only when sets vary in size; −1: never */
	double dropout;         /**< share of hidden units dropped in training, 0 to 0.95; default 0 */
	int32_t num_seeds;      /**< of ABI_POOL_ATTENTION: learned vectors that look at the rows, at most 1024; 0: 4; default 4 */
	int32_t num_heads;      /**< of ABI_POOL_ATTENTION: attention heads, a divisor of element_width; 0: 4; default 4 */
} abi_deepset_options;

/** Fills options with the defaults; size is sizeof *options as the caller compiled it. */
ABI_API void abi_deepset_options_init(abi_deepset_options *options, size_t size);

/** \brief Describes a DeepSet; options = NULL: defaults. \return ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY, ABI_E_UNSUPPORTED */
ABI_API abi_status abi_summary_create_deepset(abi_context *context, const abi_deepset_options *options, abi_summary **summary);

/** Options of an MLP that reads the set flattened: rows × columns inputs, so every set needs the same number of rows. */
typedef struct abi_mlp_options {
	uint64_t size;       /**< bytes of this struct as the caller knows it */
	int32_t summary_dim; /**< as for the DeepSet */
	int32_t width;       /**< hidden width, at most 8192; 0: 256; default 256 */
	int32_t blocks;      /**< residual blocks, at most 32; default 2 */
	int32_t activation;  /**< ABI_ACTIVATION_…; default ABI_ACTIVATION_DEFAULT */
	double dropout;      /**< as for the DeepSet */
} abi_mlp_options;

/** Fills options with the defaults; size is sizeof *options as the caller compiled it. */
ABI_API void abi_mlp_options_init(abi_mlp_options *options, size_t size);

/** \brief Describes an MLP; options = NULL: defaults. \return as abi_summary_create_deepset() */
ABI_API abi_status abi_summary_create_mlp(abi_context *context, const abi_mlp_options *options, abi_summary **summary);

/**
 * \brief   Options of a SetTransformer (Lee et al. 2019)
 *
 * Every row is embedded by a small network of its own, the rows of a set look
 * at each other in blocks of attention and MLP, learned seeds gather what the
 * rows became, and a head network turns it into the summary. Both branches of
 * a block read their input normalised and are added to it with learned gains;
 * the rows themselves are never normalised, so their scale is not lost.
 *
 * Without inducing points the cost grows with the square of the rows of a
 * set; with them it grows with the rows.
 */
typedef struct abi_set_transformer_options {
	uint64_t size;               /**< bytes of this struct as the caller knows it */
	int32_t summary_dim;         /**< as for the DeepSet */
	int32_t embed_dim;           /**< width of a row inside, divisible by num_heads; 0: 64; default 64 */
	int32_t num_heads;           /**< attention heads; 0: 4; default 4 */
	int32_t num_seeds;           /**< vectors that pool the set; 0: 4; default 4 */
	int32_t num_inducing_points; /**< 0 (default): every row looks at every row */
	int32_t num_blocks;          /**< attention blocks, at most 8; default 2 */
	int32_t mlp_width;           /**< hidden width of the networks inside; 0: 128; default 128 */
	int32_t mlp_depth;           /**< hidden layers of a block's MLP; 0: 1; default 1 */
	int32_t activation;          /**< ABI_ACTIVATION_…; default ABI_ACTIVATION_DEFAULT */
	int32_t log_count;           /**< as for the DeepSet */
	double dropout;              /**< as for the DeepSet */
} abi_set_transformer_options;

/** Fills options with the defaults; size is sizeof *options as the caller compiled it. */
ABI_API void abi_set_transformer_options_init(abi_set_transformer_options *options, size_t size);

/** \brief Describes a SetTransformer; options = NULL: defaults. \return as abi_summary_create_deepset() */
ABI_API abi_status abi_summary_create_set_transformer(abi_context *context, const abi_set_transformer_options *options, abi_summary **summary);

/**
 * \brief   Options of a sequence network, for rows in order of time (as_time_series)
 *
 * Convolutions along time, then gated recurrent units (Cho et al. 2014); a
 * head reads their last states and the mean over time of their states.
 */
typedef struct abi_sequence_options {
	uint64_t size;         /**< bytes of this struct as the caller knows it */
	int32_t summary_dim;   /**< as for the DeepSet */
	int32_t conv_layers;   /**< convolutions, at most 8; default 2 */
	int32_t filters;       /**< columns of each convolution; 0: 32; default 32 */
	int32_t kernel_size;   /**< rows that a convolution sees at a time, at most 64; 0: 3; default 3 */
	int32_t recurrent_dim; /**< width of a recurrent state; 0: 64; default 64 */
	int32_t bidirectional; /**< 1 (default): a second unit reads the series backwards; 0: none */
	int32_t head_width;    /**< hidden width of the head; 0: 128; default 128 */
	int32_t activation;    /**< ABI_ACTIVATION_…; default ABI_ACTIVATION_DEFAULT */
	double dropout;        /**< as for the DeepSet */
} abi_sequence_options;

/** Fills options with the defaults; size is sizeof *options as the caller compiled it. */
ABI_API void abi_sequence_options_init(abi_sequence_options *options, size_t size);

/** \brief Describes a sequence network; options = NULL: defaults. \return as abi_summary_create_deepset() */
ABI_API abi_status abi_summary_create_sequence(abi_context *context, const abi_sequence_options *options, abi_summary **summary);

/** Options of a time-series transformer: a SetTransformer without inducing points, whose rows also know where in time they stand. */
typedef struct abi_time_series_transformer_options {
	uint64_t size;           /**< bytes of this struct as the caller knows it */
	int32_t summary_dim;     /**< as for the DeepSet */
	int32_t embed_dim;       /**< as for the SetTransformer */
	int32_t num_heads;       /**< as for the SetTransformer */
	int32_t num_seeds;       /**< as for the SetTransformer */
	int32_t num_blocks;      /**< as for the SetTransformer */
	int32_t mlp_width;       /**< as for the SetTransformer */
	int32_t mlp_depth;       /**< as for the SetTransformer */
	int32_t num_frequencies; /**< pairs of sine and cosine that tell the place of a row, at most 64; 0: 8; default 8 */
	int32_t activation;      /**< ABI_ACTIVATION_…; default ABI_ACTIVATION_DEFAULT */
	int32_t log_count;       /**< as for the DeepSet */
	double dropout;          /**< as for the DeepSet */
} abi_time_series_transformer_options;

/** Fills options with the defaults; size is sizeof *options as the caller compiled it. */
ABI_API void abi_time_series_transformer_options_init(abi_time_series_transformer_options *options, size_t size);

/** \brief Describes a time-series transformer; options = NULL: defaults. \return as abi_summary_create_deepset() */
ABI_API abi_status abi_summary_create_time_series_transformer(abi_context *context, const abi_time_series_transformer_options *options,
                                                              abi_summary **summary);

/**
 * \brief   Options of a summary without learned element network: fixed statistics of each set
 *
 * The statistics of the (adapted) rows, see ABI_STATISTIC_… below. They are
 * the whole summary, or an MLP reads them and its result stands before them.
 * A training step reads the rows once and takes no gradient through them, so
 * large sets cost little: columns² products for each row with the Cholesky
 * factor, columns without.
 */
typedef struct abi_statistics_options {
	uint64_t size;       /**< bytes of this struct as the caller knows it */
	int32_t statistics;  /**< sum of ABI_STATISTIC_… constants; 0: all but ABI_STATISTIC_PULL */
	int32_t summary_dim; /**< length of what the head makes, without the statistics; 0 (default): as for the DeepSet */
	int32_t head_width;  /**< hidden width of the head, at most 8192; 0 (default): no head */
	int32_t head_blocks; /**< residual blocks of the head, at most 32; default 1 */
	int32_t activation;  /**< of the head: ABI_ACTIVATION_…; default ABI_ACTIVATION_DEFAULT */
	int32_t standardize; /**< 0 (default): every statistic is shifted and scaled to mean 0 and variance 1 over the data sets of the first training
	                          step, and stays so; −1: statistics are given as they are */
	double dropout;      /**< of the head; as for the DeepSet */
} abi_statistics_options;

/** Fills options with the defaults; size is sizeof *options as the caller compiled it. */
ABI_API void abi_statistics_options_init(abi_statistics_options *options, size_t size);

/** \brief Describes a summary of fixed statistics; options = NULL: defaults. \return as abi_summary_create_deepset() */
ABI_API abi_status abi_summary_create_statistics(abi_context *context, const abi_statistics_options *options, abi_summary **summary);

/** \brief No summary network: the set is flattened and given to the flow as it is. \return ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY */
ABI_API abi_status abi_summary_create_none(abi_context *context, abi_summary **summary);

/**
 * \name Fixed statistics of a set, alone or beside a learned summary: any of these, added
 *
 * They reach the flow without passing a network. What they are shifted and
 * scaled by, so that each has mean 0 and variance 1, the data sets of the first
 * training step decide; from then on it is fixed.
 *
 * Statistics of the host's own, whatever it knows to compute of a data set, are
 * variables of the simulator that the adapter sends to "inference_conditions":
 * they too reach the flow as the adapter leaves them, behind the summary.
 */
/**@{*/
#define ABI_STATISTIC_LOG_COUNT ((int32_t)1) /**< log n */
#define ABI_STATISTIC_MEAN      ((int32_t)2) /**< mean of each column */
#define ABI_STATISTIC_LOG_SD    ((int32_t)4) /**< log standard deviation of each column, finite also for n = 1 */
#define ABI_STATISTIC_CHOLESKY  ((int32_t)8) /**< lower Cholesky factor of the sample covariance, diagonal in logs; its off-diagonal is shrunk for n < columns + 2 */
/**
 * What ABI_PIVOT_COVARIANCE leaves to learn, to first order, under most priors. With ȳ the mean of the n rows, L that factor, C its rows at length 1,
 * sd the lengths they had, and W = L⁻¹: the lower triangles by rows of Σ C_i C_iᵀ, of Σ sd_i C_i C_iᵀ and of W Wᵀ, then Lᵀȳ and W ȳ, each over √n and as
 * asinh. These are the gradients of Σ ln sd_i, Σ sd_i, trace Σ⁻¹, |mu|² and muᵀ Σ⁻¹ mu in the coordinates of that pivot, up to a factor; a log prior made
 * of such terms shifts its residuals by a linear function of them, whatever n. Most of the first, the second and the fourth the pivot takes out itself; where a
 * prior has no others (exponential standard deviations and LKJ correlations, say), these statistics add more noise to a short training than they explain.
 */
#define ABI_STATISTIC_PULL      ((int32_t)16)
/**@}*/

/**
 * \brief   Appends fixed statistics of the (adapted) rows to the summary, standardised; replaces those of an earlier call
 *
 * \param   statistics  sum of ABI_STATISTIC_… constants, 0 for none
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_BUSY (a workflow was created from this description)
 */
ABI_API abi_status abi_summary_append_statistics(abi_summary *summary, int32_t statistics);

/** Drops the caller's reference; NULL is fine. */
ABI_API void abi_summary_free(abi_summary *summary);

#ifdef __cplusplus
}
#endif

#endif
