/**
 * \file    abi/random.h
 * \brief   Random numbers that do not depend on batches, order or threads
 *
 * Numbers come from a counter, not from a state that is passed along: the
 * value at position p of simulation i is a pure function of (seed, purpose, i, p).
 * The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random
 * numbers: as easy as 1, 2, 3; SC 2011). Simulation 17 gets the same numbers
 * whether it is run alone, in a batch of 1000, or on another thread.
 *
 * \par Inside a stage
 * abi_call_random() (simulator.h) gives the generator of the call. It covers
 * the n simulations of the batch, and every fill takes values *per simulation*:
 *
 *     abi_random_uniform(abi_call_random(call), 0, 1, 12, variance);   12 values for each of n simulations, [n, 12]
 *
 * Row i is taken from the stream of simulation first + i. Fills move on: the
 * next fill takes new numbers. As every batch makes the same fills in the
 * same order, no simulation notices how the batch was cut.
 *
 * Parameters are numbers, or arrays with one for each simulation (abi_random_normal_each() and its like):
 *
 *     abi_random_normal_each(abi_call_random(call), 12, mean, sd, 10, y);    mean and sd [n, 12], y [n, 10, 12]
 *
 * \par Rows of their own
 * Where the number of values differs between simulations, or where a loop
 * draws one at a time, abi_random_row() gives the generator of one simulation.
 * It is a stream apart from the fills of the batch.
 *
 *     for (size_t i = 0; i < n; i++)
 *         abi_random_normal(abi_random_row(random, i), 0, 1, rows[i], y + first_row[i]);
 *
 * A host with a generator of its own seeds it with abi_random_seed(random, i).
 *
 * \par For a host
 * abi_random_create() makes a generator outside of any simulator. It covers
 * one simulation, so a fill of k values fills k values.
 *
 * \par Errors
 * Fills return nothing. A NULL generator or array, or 0 values, does nothing.
 * Parameters out of their range fill doubles with NaN and int32 with
 * INT32_MIN; inside a stage they also fail the call with ABI_E_CALLBACK and a
 * sentence that names the function, for a host's generator they set the
 * context's error text (ABI_E_ARGUMENT).
 *
 * \par Numbers
 * Uniforms have 52 random bits and lie in the open interval: never 0, never 1.
 * Uniform, normal and exponential values are computed with the four operations and
 * square roots of IEEE doubles alone and have the same bits on every machine; the
 * others may also use the C library's exp, log and pow. All methods are exact up to
 * rounding; none is an approximation that improves with a parameter.
 *
 * | fill        | method                                                                                      |
 * | ----------- | ------------------------------------------------------------------------------------------- |
 * | uniform     | one block of Philox gives values 2b and 2b + 1 of a row                                     |
 * | normal      | Box and Muller (1958): block b gives both values of the pair 2b, 2b + 1                     |
 * | exponential | inversion, −log(u) / rate                                                                   |
 * | gamma       | Marsaglia and Tsang (2000); below shape 1 from shape + 1 by u^(1/shape), in logs            |
 * | beta, Dirichlet | from gammas, in logs                                                                    |
 * | lognormal   | exp of a normal value                                                                       |
 * | Student's t | √(df (u^(−2/df) − 1)) cos 2πv (Bailey 1994)                                                 |
 * | integers, permutation | multiplication with rejection (Lemire 2019), without bias; Fisher and Yates       |
 * | poisson     | below mean 10 inversion, above PTRS (Hörmann 1993)                                          |
 * | binomial    | below a mean of 10 inversion, above BTRS (Hörmann 1993)                                     |
 * | categorical | inversion of the running sum of the weights                                                |
 * | multivariate normal | mean + L z, z as of the normal fill of rows · dim values                            |
 * | LKJ         | onion method on the Cholesky factor (Lewandowski, Kurowicka, Joe 2009), for any eta and dim |
 * | Wishart, inverse-Wishart | Bartlett's decomposition (1933), of the inverse with the order of coordinates reversed |
 *
 * \par Threads
 * A generator serves one thread. The generators of concurrent calls of one
 * batch are independent of each other.
 */

#ifndef ABI_RANDOM_H
#define ABI_RANDOM_H

#include <abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A generator for the simulations of one batch, or for one simulation. */
typedef struct abi_random abi_random;

/**
 * \brief   Makes a generator for the host's own use
 *
 * It covers one simulation. Two generators of the same seed give the same numbers,
 * and none of them are numbers that a simulator of that seed gives its stages.
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY; *random is NULL on failure
 */
ABI_API abi_status abi_random_create(abi_context *context, uint64_t seed, abi_random **random);

/** Frees a generator made by abi_random_create(). NULL is fine; what abi_call_random() or abi_random_row() gave is not freed. */
ABI_API void abi_random_free(abi_random *random);

/** \brief Uniform values in the open interval (low, high); values [n, per_simulation]. Both bounds finite, low < high. */
ABI_API void abi_random_uniform(abi_random *random, double low, double high, size_t per_simulation, double *values);

/** \brief Normal values; values [n, per_simulation]. mean finite, sd finite and ≥ 0. */
ABI_API void abi_random_normal(abi_random *random, double mean, double sd, size_t per_simulation, double *values);

/** \brief exp of normal values, > 0; mean and sd are those of the logarithm, finite, sd ≥ 0; values [n, per_simulation]. */
ABI_API void abi_random_lognormal(abi_random *random, double mean, double sd, size_t per_simulation, double *values);

/** \brief location + scale · t with df degrees of freedom; values [n, per_simulation]. All finite, df > 0, scale ≥ 0. */
ABI_API void abi_random_student_t(abi_random *random, double df, double location, double scale, size_t per_simulation, double *values);

/** \brief Exponential values with mean 1 / rate; values [n, per_simulation]. rate finite and > 0. */
ABI_API void abi_random_exponential(abi_random *random, double rate, size_t per_simulation, double *values);

/** \brief Gamma values with mean shape / rate, always > 0; values [n, per_simulation]. Both finite and > 0. */
ABI_API void abi_random_gamma(abi_random *random, double shape, double rate, size_t per_simulation, double *values);

/** \brief Beta values with mean a / (a + b), in the open interval (0, 1); values [n, per_simulation]. a and b finite and > 0. */
ABI_API void abi_random_beta(abi_random *random, double a, double b, size_t per_simulation, double *values);

/** \brief Integers from low to high, both included and all equally likely; values [n, per_simulation]. low ≤ high. */
ABI_API void abi_random_integers(abi_random *random, int32_t low, int32_t high, size_t per_simulation, int32_t *values);

/** \brief Poisson counts; values [n, per_simulation]. 0 ≤ mean ≤ 1e9. */
ABI_API void abi_random_poisson(abi_random *random, double mean, size_t per_simulation, int32_t *values);

/** \brief Binomial counts of successes in `trials`; values [n, per_simulation]. trials ≥ 0, 0 ≤ probability ≤ 1. */
ABI_API void abi_random_binomial(abi_random *random, int32_t trials, double probability, size_t per_simulation, int32_t *values);

/**
 * \brief   Numbers of categories 0…categories-1, each with probability ∝ its weight; values [n, per_simulation]
 *
 * \param   weights  [categories], the same for all simulations; finite, ≥ 0, their sum finite and > 0. A weight of 0 is never drawn
 */
ABI_API void abi_random_categorical(abi_random *random, size_t categories, const double *weights, size_t per_simulation, int32_t *values);

/** \brief One random order of 0…items-1 per simulation; values [n, items]. items ≤ INT32_MAX. */
ABI_API void abi_random_permutation(abi_random *random, size_t items, int32_t *values);

/**
 * \name Parameters of each simulation
 *
 * As the fills of the same names, with arrays in place of numbers: values [n, rows, dim], parameters [n, dim]. Column j of
 * simulation i has parameters [i, j], in all of its rows. With the same parameters everywhere the numbers are
 * those of the other fill of rows · dim values, to the bit.
 *
 *     abi_random_normal_each(random, 12, mu, sd, 263, y);      263 rows of 12 columns, mu and sd [n, 12], y [n, 263, 12]
 *     abi_random_poisson_each(random, 1, rate, 50, count);     50 counts for each rate, rate [n], count [n, 50]
 *     abi_random_normal_each(random, 50, line, NULL, 1, y);    one value for each mean, line and y [n, 50]
 *
 * Ragged rows: one call for each simulation, with its abi_random_row() and its own parameters, fills rows[i] rows at
 * values + dim · first_row[i]. The output of a shared stage is one set for all simulations, not an array of n.
 *
 * A simulation whose parameters are not finite (INT32_MIN of integers) is lost already, and gets NaN or INT32_MIN;
 * a number out of range is an error.
 */
/**@{*/
/** low < high */
ABI_API void abi_random_uniform_each(abi_random *random, size_t dim, const double *low, const double *high, size_t rows, double *values);
/** mean may be NULL for 0, sd NULL for 1; sd ≥ 0 */
ABI_API void abi_random_normal_each(abi_random *random, size_t dim, const double *mean, const double *sd, size_t rows, double *values);
/** mean may be NULL for 0, sd NULL for 1; sd ≥ 0 */
ABI_API void abi_random_lognormal_each(abi_random *random, size_t dim, const double *mean, const double *sd, size_t rows, double *values);
/** location may be NULL for 0, scale NULL for 1; df > 0, scale ≥ 0 */
ABI_API void abi_random_student_t_each(abi_random *random, size_t dim, const double *df, const double *location, const double *scale,
                                       size_t rows, double *values);
/** rate > 0 */
ABI_API void abi_random_exponential_each(abi_random *random, size_t dim, const double *rate, size_t rows, double *values);
/** rate may be NULL for 1; both > 0 */
ABI_API void abi_random_gamma_each(abi_random *random, size_t dim, const double *shape, const double *rate, size_t rows, double *values);
/** both > 0 */
ABI_API void abi_random_beta_each(abi_random *random, size_t dim, const double *a, const double *b, size_t rows, double *values);
/** low ≤ high, both above INT32_MIN */
ABI_API void abi_random_integers_each(abi_random *random, size_t dim, const int32_t *low, const int32_t *high, size_t rows,
                                      int32_t *values);
/** 0 ≤ mean ≤ 1e9 */
ABI_API void abi_random_poisson_each(abi_random *random, size_t dim, const double *mean, size_t rows, int32_t *values);
/** trials ≥ 0, 0 ≤ probability ≤ 1 */
ABI_API void abi_random_binomial_each(abi_random *random, size_t dim, const int32_t *trials, const double *probability, size_t rows,
                                      int32_t *values);
/** As abi_random_categorical(); weights [n, categories], values [n, rows] */
ABI_API void abi_random_categorical_each(abi_random *random, size_t categories, const double *weights, size_t rows, int32_t *values);
/** As abi_random_dirichlet(); concentration [n, dim], values [n, rows, dim] */
ABI_API void abi_random_dirichlet_each(abi_random *random, size_t dim, const double *concentration, size_t rows, double *values);
/** As abi_random_multivariate_normal(); mean [n, dim] or NULL for 0, cholesky [n, dim, dim], values [n, rows, dim] */
ABI_API void abi_random_multivariate_normal_each(abi_random *random, size_t dim, const double *mean, const double *cholesky, size_t rows,
                                                 double *values);
/**@}*/

/** \name Vectors and matrices */
/**@{*/
/**
 * \brief   Multivariate normal rows; values [n, rows, dim]
 *
 * A row is mean + L z with z standard normal, so its covariance is L Lᵀ. L is given as its
 * lower triangle, row-major; what stands above the diagonal is not read. The factor of a covariance made of
 * standard deviations and a factor of correlations is the latter with its row i times sd_i.
 *
 * \param   mean      [dim], the same for all simulations; finite. NULL for 0
 * \param   cholesky  L, [dim, dim]; finite, diagonal ≥ 0
 */
ABI_API void abi_random_multivariate_normal(abi_random *random, size_t dim, const double *mean, const double *cholesky, size_t rows,
                                            double *values);

/**
 * \brief   Dirichlet rows: shares in (0, 1) whose sum is 1; values [n, rows, dim]
 *
 * Share i has mean concentration_i / Σ concentration. Computed in logs, so that concentrations far below 1
 * are exact too; a share below the range of doubles is its smallest normal number. With dim = 1 the share is 1.
 *
 * \param   concentration  [dim], the same for all simulations; finite and > 0
 */
ABI_API void abi_random_dirichlet(abi_random *random, size_t dim, const double *concentration, size_t rows, double *values);

/**
 * \brief   Correlation matrices with density ∝ det(R)^(eta − 1); values [n, per_simulation, dim, dim]. eta finite and > 0.
 *
 * eta = 1 is uniform over all correlation matrices. Each correlation is, on (−1, 1), Beta(eta − 1 + dim / 2, eta − 1 + dim / 2). The
 * first function gives R, symmetric with a diagonal of 1, the second its lower Cholesky factor, with zeros above a diagonal > 0.
 * Both give the same matrices from the same numbers. For eta far below 1 use the factor, whose diagonal keeps its
 * digits where R is singular to rounding.
 */
ABI_API void abi_random_lkj(abi_random *random, size_t dim, double eta, size_t per_simulation, double *values);
ABI_API void abi_random_lkj_cholesky(abi_random *random, size_t dim, double eta, size_t per_simulation, double *values);

/**
 * \brief   Wishart matrices with mean df · S Sᵀ, and their lower Cholesky factors; values [n, per_simulation, dim, dim]
 *
 * Where each simulation has its own df or S: one call for each, with its abi_random_row().
 *
 * \param   df     degrees of freedom, finite and > dim − 1, not necessarily an integer
 * \param   scale  S, [dim, dim] lower Cholesky factor of the scale matrix, finite with a diagonal > 0; NULL for the identity
 */
ABI_API void abi_random_wishart(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values);
ABI_API void abi_random_wishart_cholesky(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation,
                                         double *values);

/**
 * \brief   Inverse-Wishart matrices with mean S Sᵀ / (df − dim − 1), and their lower Cholesky factors; values [n, per_simulation, dim, dim]
 *
 * Their inverses are Wishart with scale (S Sᵀ)⁻¹; parameters as there. The mean wants df > dim + 1. A df near dim − 1 has tails so heavy that values may
 * leave the range of doubles.
 */
ABI_API void abi_random_inverse_wishart(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation,
                                        double *values);
ABI_API void abi_random_inverse_wishart_cholesky(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation,
                                                 double *values);
/**@}*/

/** The number of simulations this generator covers: n of the fills. 0 for NULL. */
ABI_API size_t abi_random_size(const abi_random *random);

/**
 * \brief   The generator of simulation `row` of the batch, 0 ≤ row < n
 *
 * Its fills have n = 1. Asked again for the same row it is the same generator
 * and goes on where it was: numbers are never repeated. It lives as long as
 * the call, and rows may be used in any order and side by side. For a
 * generator that covers one simulation it is the generator itself (row 0).
 *
 * \return  the generator, or NULL (fills then do nothing) for a row outside the batch
 */
ABI_API abi_random *abi_random_row(abi_random *random, size_t row);

/**
 * \brief   A seed for the host's own generator, for simulation `row`
 *
 * A function of seed, stage and index of the simulation alone: the same however
 * often it is asked, and independent of what the fills give. 0 for a row outside
 * the batch.
 */
ABI_API uint64_t abi_random_seed(const abi_random *random, size_t row);

#ifdef __cplusplus
}
#endif

#endif
