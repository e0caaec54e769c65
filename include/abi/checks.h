/**
 * \file    abi/checks.h
 * \brief   Tests of samples against samples: are these two the same? is this data set like the training data?
 *
 * diagnostics.h compares draws with the parameter that generated the data,
 * one parameter at a time. Here whole samples are compared: posterior draws
 * with reference draws, (parameter, data set) pairs with each other, observed
 * data sets with simulated ones. What each test can find and what it cannot is
 * measured in docs/diagnostics.md.
 *
 * \par Samples
 * A sample is an array [rows, columns] of doubles, row-major: a row is one
 * draw, one pair, or the features of one data set. Rows are independent of
 * each other unless a function says otherwise. A test sees its columns and
 * nothing else.
 *
 * \par Which features a test must see
 * A data set enters a test through features: numbers computed from it. What
 * the features do not tell, no test can find. The summary that a network has
 * learned is not enough to judge that network: where it has lost a parameter,
 * its summary has lost the parameter too, and the pairs (parameter, summary)
 * look perfect although the posterior returns the prior. So judge by fixed
 * statistics of the data, ABI_FEATURE_STATISTICS and its neighbours, or by
 * statistics of your own: whatever a sceptic would compute. The learned
 * summary may stand beside them.
 *
 * \par p-values
 * p is the probability, were the two samples from one distribution, of a
 * statistic at least as large as the one seen. It says how surprising a
 * difference is, not how large. Of 100 tests where nothing is wrong one has
 * p ≤ 0.01: with several tests compare the smallest p with the wanted
 * rate divided by their number. All p-values come from permutations or
 * simulations, (1 + number at least as large) / (1 + number) (Davison &
 * Hinkley 1997), and are then exact for any sample size, except where a
 * function says otherwise.
 *
 * \par Threads
 * A call shares its work among the context's threads; results are the same
 * bits for any number of them. Handles serve one thread at a time.
 */

#ifndef ABI_CHECKS_H
#define ABI_CHECKS_H

#include <abi/base.h>
#include <abi/data.h>
#include <abi/posterior.h>
#include <abi/simulator.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the outcome of a test ------------------------------------------------------------------------------------------------------ */

/** What a test found: its statistic, its p-value, and what the statistic would be if nothing were wrong. */
typedef struct abi_check abi_check;

/** Frees it; NULL is fine. */
ABI_API void abi_check_free(abi_check *check);

/** The statistic; larger means more different. NaN for NULL. */
ABI_API double abi_check_statistic(const abi_check *check);

/** The p-value, see above. NaN for NULL. */
ABI_API double abi_check_p_value(const abi_check *check);

/** Number of values of the null distribution; 0 where the p-value came from a formula. */
ABI_API size_t abi_check_null_count(const abi_check *check);

/** The statistic in each permutation or simulation, ascending; owned by the check. NULL if there are none. */
ABI_API const double *abi_check_null(const abi_check *check);

/* ---- classifier two-sample test -------------------------------------------------------------------------------------------------- */

/** Options of the classifier two-sample test. */
typedef struct abi_classifier_options {
	uint64_t size;        /**< bytes of this struct as the caller knows it */
	uint64_t seed;        /**< of folds, initial weights and order of training; default 1 */
	int32_t folds;        /**< 2 to 100; 0: 5; default 5 */
	int32_t width;        /**< hidden units of a layer, at most 1024; 0: 64; default 64 */
	int32_t layers;       /**< hidden layers, 1 to 8; 0: 2; default 2 */
	int32_t epochs;       /**< passes over the training rows, at most 10000; 0: 50; default 50 */
	int32_t permutations; /**< 0 (default): p-value from a binomial distribution, see below; otherwise from so many permutations */
	int32_t paired;       /**< 1: row i of both samples belong together; 0 (default): all rows are independent */
} abi_classifier_options;

/** Fills options with the defaults; size is sizeof *options as the caller compiled it. */
ABI_API void abi_classifier_options_init(abi_classifier_options *options, size_t size);

/**
 * \brief   Classifier two-sample test (Lopez-Paz & Oquab 2017): can a network tell the samples apart?
 *
 * A multilayer perceptron learns to tell rows of x from rows of y; the statistic is its
 * accuracy on rows it was not trained on, averaged over a cross-validation (Lueckmann et al. 2021):
 * 0.5 when the samples cannot be told apart, 1 when they do not overlap. Columns
 * are z-scored by mean and standard deviation of both samples together;
 * constant columns are left out. Columns with heavy tails are best given as logarithms.
 * Where one sample has more rows, random ones of the larger are left out.
 *
 * Paired: row i of x and row i of y share something, for instance the data
 * set, and under the null hypothesis are exchangeable. Pairs stay together in
 * a fold, the network learns which of the two is from x, and the
 * accuracy is the share of pairs in which it is right (a tie counts half).
 *
 * The p-value without permutations does not come from that accuracy, whose answers are not
 * independent: each held-out row has trained the networks of the other folds, which makes chance
 * results vary as if there were a third fewer rows. It comes from a progressive validation beside it: fold k is
 * answered by a network that has seen only the folds before, so each answer is a fair coin whatever came
 * before, and p = P(at least so many right) of a binomial distribution. It is exact if paired, otherwise
 * no smaller than it should be. With permutations (of the labels; of the two rows within pairs) the accuracy's own null distribution is
 * found by repeating all training: somewhat more power, 1 + permutations times the time.
 *
 * \param   columns  of both samples, at least 1
 * \param   x, y     [x_rows, columns] and [y_rows, columns], at least 2 × folds rows each; paired: as many of one as of the other
 * \param   options  NULL for the defaults
 *
 * \return  ABI_OK; ABI_E_ARGUMENT; ABI_E_NUMERIC when a value is not finite (the text names row and column) or training diverged;
 *          ABI_E_CANCELLED; ABI_E_MEMORY. *check is NULL on failure.
 */
ABI_API abi_status abi_check_classifier(abi_context *context, size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y,
                                        const abi_classifier_options *options, abi_check **check);

/* ---- maximum mean discrepancy ------------------------------------------------------------------------------------------------------ */

/** Options of the MMD test. */
typedef struct abi_mmd_options {
	uint64_t size;        /**< bytes of this struct as the caller knows it */
	uint64_t seed;        /**< of the permutations; default 1 */
	double bandwidth;     /**< of the kernel, in z-scored columns; 0 (default): the median distance between rows */
	int32_t kernels;      /**< number of bandwidths, 1 to 15, odd: the middle one and on both sides its multiples by powers of 2; 0: 5; default 5 */
	int32_t permutations; /**< at most 1000000; 0: 500; default 500 */
} abi_mmd_options;

/** Fills options with the defaults; size is sizeof *options as the caller compiled it. */
ABI_API void abi_mmd_options_init(abi_mmd_options *options, size_t size);

/**
 * \brief   Kernel two-sample test: squared maximum mean discrepancy (Gretton et al. 2012, eq. 3)
 *
 * The unbiased U-statistic with the kernel exp(−|a − b|² / (2 bandwidth²)), averaged over the bandwidths. It has mean 0 where
 * nothing is wrong, and may be negative. Columns are z-scored by both
 * samples together, constant ones left out; the median is that of all pairs of different rows of both samples. Both treat the
 * samples alike, so the permutation p-value is exact.
 *
 * Memory: 4 (x_rows + y_rows)² bytes. Time: the same number of kernel values, and
 * in every permutation the square of the smaller number of rows.
 *
 * \param   columns  of both samples, at least 1
 * \param   x, y     [x_rows, columns] and [y_rows, columns], at least 2 rows each
 * \param   options  NULL for the defaults
 *
 * \return  ABI_OK; ABI_E_ARGUMENT; ABI_E_NUMERIC when a value is not finite (the text names row and column); ABI_E_CANCELLED; ABI_E_MEMORY.
 *          *check is NULL on failure.
 */
ABI_API abi_status abi_check_mmd(abi_context *context, size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y,
                                 const abi_mmd_options *options, abi_check **check);

/* ---- features of data sets ---------------------------------------------------------------------------------------------------------- */

/** \name Numbers that stand for a data set in a test: any of these, added
 *  Statistics are those of the columns of the summary variables as the adapter gives them (standardized, logarithms taken …), computed
 *  over the rows of each data set. They have no weights: no training can lose anything. */
/**@{*/
#define ABI_FEATURE_SUMMARY    ((int32_t)1)  /**< what the flow is told: the learned summary, then the inference conditions (abi_posterior_summaries()) */
#define ABI_FEATURE_STATISTICS ((int32_t)2)  /**< inference conditions (unless SUMMARY has them); log n where data sets differ in size; mean and log
                                                  standard deviation of each column */
#define ABI_FEATURE_TAILS      ((int32_t)4)  /**< skewness and log kurtosis of each column; 0 for fewer than 4 rows */
#define ABI_FEATURE_CHOLESKY   ((int32_t)8)  /**< lower Cholesky factor of the sample covariance, diagonal in logs: dependence between columns */
#define ABI_FEATURE_LAG        ((int32_t)16) /**< lag-1 autocorrelation of each column, for series; 0 for fewer than 3 rows */
/**@}*/

/** Columns of abi_features_compute(); 0 for NULL, for an unknown feature, and where there is nothing of the kind. */
ABI_API size_t abi_features_width(const abi_posterior *posterior, int32_t features);

/**
 * \brief   Features of each data set
 *
 * \param   posterior  whose adapter, and whose summary network, are used
 * \param   observed   the data sets: every observed variable of the posterior
 * \param   features   sum of ABI_FEATURE_… constants
 * \param   capacity   elements that values has room for: at least data sets × abi_features_width()
 * \param   values     receives [data sets, abi_features_width()]
 *
 * \return  as abi_posterior_summaries(); ABI_E_ARGUMENT for unknown features, or none at all
 */
ABI_API abi_status abi_features_compute(abi_context *context, const abi_posterior *posterior, const abi_data *observed, int32_t features,
                                        size_t capacity, double *values);

/* ---- is the posterior's dependence on the data right? --------------------------------------------------------------------------------- */

/**
 * \brief   Two-sample test on (parameter, data set) pairs
 *
 * Simulates num_sets data sets, takes one posterior draw for each, and lets a
 * classifier tell (generating parameters, features of the data set) from
 * (draw, features of the data set): abi_check_classifier(), paired. If the posterior is right both have the same
 * joint distribution. The test finds what ranks and coverage of single parameters
 * cannot: a returned prior, a lost parameter, a wrong dependence between parameters.
 * Parameters are taken in the adapter's coordinates (bounds removed).
 *
 * The same with features of your own: fill x with (parameters, your statistics) and y with (draw, the
 * same statistics), and call abi_check_classifier() with options.paired = 1.
 *
 * \param   num_sets  data sets, at least 2 × folds; some hundred per parameter find a lost one
 * \param   features  ABI_FEATURE_…; 0: ABI_FEATURE_STATISTICS
 * \param   seed      of simulations and draws; use another than the one trained with
 * \param   options   NULL for the defaults; paired is taken as 1
 *
 * \return  as abi_simulator_sample(), abi_posterior_sample(), abi_features_compute() and abi_check_classifier()
 */
ABI_API abi_status abi_check_joint(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets,
                                   int32_t features, uint64_t seed, const abi_classifier_options *options, abi_check **check);

/* ---- is this data set like the training data? ------------------------------------------------------------------------------------------ */

/**
 * \brief   The features of many simulated data sets, as what observed ones are compared with
 *
 * A neural posterior is trained on simulations; for a data set unlike all of
 * them its answer means nothing and looks like any other (Schmitt et al. 2023).
 *
 * Each feature is first mapped to its normal score: the normal quantile of its rank among the simulations; beyond their
 * range the map goes on as steeply as it ended. So a feature that is bounded in the simulations, such as the number of rows,
 * is far out as soon as it leaves its bounds, and one with long tails is not. The distance of a data set is the Mahalanobis distance of its
 * scores from their mean.
 *
 * Of the simulations, the first half fits scores, mean and covariance. The second half, which the fit has not seen, tells which
 * distances are usual: with the distance d of an
 * observed data set and those of the second half, p = (1 + number of d_sim ≥ d) / (1 + number). The observed
 * distance is exchangeable with them if the data set comes from the simulator, so p is exact whatever the features'
 * distribution (never a chi-square, which would need them to be normal). It cannot fall below 1 / (1 + number): simulate at least a few thousand.
 *
 * The covariance is that of the scores, standardized, and shrunk towards the identity by the share that Ledoit & Wolf (2004)
 * estimate, so that it is well conditioned also where features are many and simulations few. A feature that is the
 * same in all simulations of the fit and another in a data set puts that data set at an infinite distance.
 */
typedef struct abi_summary_space abi_summary_space;

/**
 * \brief   From features that the caller has computed
 *
 * \param   columns    features, at least 1
 * \param   rows       simulated data sets, at least 4
 * \param   simulated  [rows, columns], copied
 *
 * \return  ABI_OK; ABI_E_ARGUMENT; ABI_E_NUMERIC when a value is not finite (the text names row and column); ABI_E_MEMORY.
 *          *space is NULL on failure.
 */
ABI_API abi_status abi_summary_space_create(abi_context *context, size_t columns, size_t rows, const double *simulated,
                                            abi_summary_space **space);

/**
 * \brief   From fresh simulations and the posterior's features
 *
 * \param   num_sets  simulations, at least 4
 * \param   features  ABI_FEATURE_…; 0: statistics and tails, the summary beside them
 * \param   seed      of the simulations; use another than the one trained with
 *
 * \return  as abi_simulator_sample(), abi_features_compute() and abi_summary_space_create()
 */
ABI_API abi_status abi_summary_space_simulate(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets,
                                              int32_t features, uint64_t seed, abi_summary_space **space);

/** Frees it; NULL is fine. */
ABI_API void abi_summary_space_free(abi_summary_space *space);

/** Features. */
ABI_API size_t abi_summary_space_columns(const abi_summary_space *space);

/** The ABI_FEATURE_… that abi_summary_space_simulate() took; 0 after abi_summary_space_create(). */
ABI_API int32_t abi_summary_space_features(const abi_summary_space *space);

/** Number of simulations whose distances p-values are counted from: the second half. */
ABI_API size_t abi_summary_space_count(const abi_summary_space *space);

/** Their distances, ascending; owned by the space. */
ABI_API const double *abi_summary_space_distances(const abi_summary_space *space);

/**
 * \brief   How far each observed data set is from the simulated ones
 *
 * \param   rows       observed data sets
 * \param   observed   [rows, columns], their features, computed as those of the simulations were
 * \param   distances  receives [rows] Mahalanobis distances; NULL: not wanted
 * \param   p_values   receives [rows]; NULL: not wanted
 *
 * \return  ABI_OK; ABI_E_ARGUMENT; ABI_E_NUMERIC when a value is not finite; ABI_E_MEMORY
 */
ABI_API abi_status abi_summary_space_compare(const abi_summary_space *space, size_t rows, const double *observed, double *distances,
                                             double *p_values);

/**
 * \brief   Are several observed data sets, together, like the simulated ones?
 *
 * abi_check_mmd() of the observed rows and those of the second half, 1000 at most, both as normal scores. It sees what no
 * single data set shows: too little variety, a shift common to all.
 *
 * \param   rows      observed data sets, at least 2
 * \param   observed  [rows, columns]
 * \param   options   NULL for the defaults
 *
 * \return  as abi_check_mmd()
 */
ABI_API abi_status abi_summary_space_mmd(const abi_summary_space *space, size_t rows, const double *observed, const abi_mmd_options *options,
                                         abi_check **check);

/**
 * \brief   How many independent directions the features have
 *
 * exp(−Σ p log p) of the eigenvalues of the correlation matrix divided by their sum (Roy & Vetterli 2007), over all simulations: the number of
 * features when they are uncorrelated, 1 when all are copies of one. A learned summary that has fewer than the parameters it must
 * tell apart cannot tell them all.
 */
ABI_API double abi_summary_space_effective_rank(const abi_summary_space *space);

/** Correlation of features i and j over all simulations; 0 for a feature that does not vary, NaN when out of range. */
ABI_API double abi_summary_space_correlation(const abi_summary_space *space, size_t i, size_t j);

/** The largest absolute correlation between different features, and which they are (NULL: not wanted); 0 for one feature. */
ABI_API double abi_summary_space_largest_correlation(const abi_summary_space *space, size_t *i, size_t *j);

#ifdef __cplusplus
}
#endif

#endif
