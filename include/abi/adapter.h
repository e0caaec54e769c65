/**
 * \file    abi/adapter.h
 * \brief   Adapters: from the simulator's variables to what networks read, and back
 *
 * An adapter is a list of transforms, applied in the order in which they were
 * added. It takes named variables, as a simulator makes them and as observed
 * data have them, and leaves up to three that networks read:
 *
 * | name                   | what it holds                                            | shape per data set |
 * | ---------------------- | -------------------------------------------------------- | ------------------ |
 * | "inference_variables"  | what the posterior is about                              | [parameters]       |
 * | "inference_conditions" | known numbers that go straight to the flow               | [conditions]       |
 * | "summary_variables"    | the rows of a data set, which the summary network reads  | [rows, columns]    |
 *
 * abi_adapter_concatenate() and abi_adapter_rename() give these names.
 * Variables that reach none of the three are dropped. An adapter that uses none
 * of the three names cannot serve a workflow, but still forwards and inverts
 * data for the host.
 *
 *     abi_adapter_create(context, &adapter);
 *     abi_adapter_as_set(adapter, "y");
 *     abi_adapter_constrain(adapter, "variance", 0, 1);
 *     abi_adapter_standardize(adapter, "variance, y");
 *     abi_adapter_concatenate(adapter, "variance", "inference_variables");
 *     abi_adapter_concatenate(adapter, "y", "summary_variables");
 *
 * \par Names
 * A parameter called names is a comma-separated list, "mu, sigma"; blanks
 * around a name do not matter. Where the description says so, NULL means all
 * variables present at that point of the chain. A transform refers to a
 * variable by the name it has by then, after earlier renames and concatenations,
 * or to all variables of a group by its name, see abi_adapter_group().
 *
 * \par Errors
 * Every call checks what can be checked without data. The adapter keeps its
 * first error: later calls return the same status and do nothing, and so does
 * the call that uses the adapter (which also repeats the sentence), so a chain
 * of calls needs one check. What depends on the variables – does "mu" exist, do
 * the shapes match – is found by the call that uses the adapter:
 * abi_workflow_create() or the first abi_adapter_forward(). From then on the
 * adapter is in use, and changing it is ABI_E_BUSY.
 *
 * \par Columns
 * Transforms work on columns. A variable that was made a set has the columns of
 * one row: every row of every data set passes the same transform, and
 * statistics are taken over data sets and rows. Any other variable has its
 * elements as columns, in row-major order, and statistics are taken over data
 * sets. Arrays of bounds, means, shifts … have one value per column, or one
 * value for all.
 *
 * \par Precision
 * Everything is computed in double from the values as they are, and rounded
 * once, last. Nothing of the caller's data is ever changed.
 *
 * \par Inference variables
 * What reaches "inference_variables" must have come through invertible
 * transforms only: as_set, as_time_series, broadcast, one_hot, nan_to_num,
 * random_subsample, and int32 variables are refused there, with a sentence that
 * names the variable, and so is a variable of which take left something out.
 * Draws come back in the simulator's names, shapes, dtype and space.
 *
 * \par Missing entries
 * An entry is missing if it is NaN or marked in the variable's mask (data.h).
 * Statistics skip missing entries, transforms leave them missing, and
 * abi_adapter_nan_to_num() fills them. A missing entry that reaches a network
 * is an error, as is any infinite value: ABI_E_NUMERIC names variable, data set
 * and element.
 */

#ifndef ABI_ADAPTER_H
#define ABI_ADAPTER_H

#include <abi/base.h>
#include <abi/data.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A chain of transforms between the simulator's variables and those of the networks. */
typedef struct abi_adapter abi_adapter;

/** \brief Creates an empty adapter. \return ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY */
ABI_API abi_status abi_adapter_create(abi_context *context, abi_adapter **adapter);

/** Drops the caller's reference; workflows and posteriors made from it are unaffected. NULL is fine. */
ABI_API void abi_adapter_free(abi_adapter *adapter);

/** The sentence of the adapter's first error; "" if there was none. Valid until the adapter is freed. */
ABI_API const char *abi_adapter_error(const abi_adapter *adapter);

/* ---- rows ------------------------------------------------------------------------------------------------------------------ */

/**
 * \brief   Declares variables to be sets of rows whose order does not matter
 *
 * The first axis becomes the rows: [N] is N rows of one column, [N, C] is N
 * rows of C columns, [N, A, B] is N rows of A·B columns. A variable without
 * axes is refused. Ragged variables may have any number of rows per data set;
 * a variable of fixed shape keeps its N, and data with another N are refused.
 *
 * Must come before transforms that treat rows differently, such as
 * abi_adapter_standardize().
 *
 * \return  for this and all transforms below: ABI_OK; ABI_E_ARGUMENT,
 *          ABI_E_NAME (malformed or repeated names), ABI_E_MEMORY; ABI_E_BUSY
 *          once the adapter is in use; or the adapter's first error
 */
ABI_API abi_status abi_adapter_as_set(abi_adapter *adapter, const char *names);

/** \brief As abi_adapter_as_set(), for rows whose order matters. Networks for series read it; a set network ignores the order. */
ABI_API abi_status abi_adapter_as_time_series(abi_adapter *adapter, const char *names);

/**
 * \brief   Gives variables without rows the rows of a set, by repeating them
 *
 * Each of names (a rank-0 variable, or a vector) becomes a set that has, in
 * every row of a data set, the values of that data set; it can then be
 * concatenated with the set called to.
 */
ABI_API abi_status abi_adapter_broadcast(abi_adapter *adapter, const char *names, const char *to);

/* ---- names and shapes --------------------------------------------------------------------------------------------------------- */

/**
 * \brief   Joins the columns of variables into one
 *
 * Variables without rows are flattened ([D, D] becomes D·D columns) and joined
 * in the given order; sets are joined row by row and need equal row counts in
 * every data set. A set and a variable without rows cannot be joined: see
 * abi_adapter_broadcast(). On the way back the parts regain names and shapes.
 *
 * \param   names  one or more variables, which cease to exist
 * \param   into   the new variable
 */
ABI_API abi_status abi_adapter_concatenate(abi_adapter *adapter, const char *names, const char *into);

/** \brief Gives the variable called from the name to. */
ABI_API abi_status abi_adapter_rename(abi_adapter *adapter, const char *from, const char *to);

/** \brief Drops all variables but these. */
ABI_API abi_status abi_adapter_keep(abi_adapter *adapter, const char *names);

/** \brief Drops variables. */
ABI_API abi_status abi_adapter_drop(abi_adapter *adapter, const char *names);

/**
 * \brief   Inserts an axis of length 1 into the shape of one data set
 *
 * \param   axis  0 puts it first, the rank puts it last. A set's row axis stays the first.
 */
ABI_API abi_status abi_adapter_expand_dims(abi_adapter *adapter, const char *names, int32_t axis);

/**
 * \brief   Takes an axis of length 1 out of the shape of one data set: the opposite of abi_adapter_expand_dims()
 *
 * \param   axis  of the shape as it is by then; not the rows of a set
 */
ABI_API abi_status abi_adapter_squeeze(abi_adapter *adapter, const char *names, int32_t axis);

/**
 * \brief   Gives variables a common first name: "mu" and "sigma" into "theta" become "theta.mu" and "theta.sigma"
 *
 * From then on a list of names may say "theta" for all its members, in the
 * order in which the variables were made.
 *
 * \param   into  the group; it may have members already
 */
ABI_API abi_status abi_adapter_group(abi_adapter *adapter, const char *names, const char *into);

/**
 * \brief   Cuts a variable in parts along an axis
 *
 * The opposite of abi_adapter_concatenate(): a host that has all parameters in
 * one vector can transform them separately. Inference variables must contain
 * all parts, in any order.
 *
 * \param   name   the variable, which ceases to exist
 * \param   into   the parts, as many names as sizes; one of them may be the variable's
 * \param   sizes  [count] extents of the parts, which sum to that of the axis
 * \param   axis   not the rows of a set
 */
ABI_API abi_status abi_adapter_split(abi_adapter *adapter, const char *name, const char *into, const size_t *sizes, size_t count, int32_t axis);

/* ---- some of the values -------------------------------------------------------------------------------------------------------- */

/**
 * \brief   Keeps some of the columns of variables, or some of the rows of sets
 *
 * Axis 0 of a set are its rows; every data set must then have all of the rows
 * that are asked for (else ABI_E_SHAPE names variable and data set), and sets
 * of any size become sets of one size. Any other axis, and axis 0 of a variable
 * without rows, is taken from the shape of one data set. What is left out has
 * no way back: inference variables must be whole.
 *
 * \param   indices  [count] from 0, in the order in which they are wanted
 * \param   axis     of the shape as it is by then
 */
ABI_API abi_status abi_adapter_take(abi_adapter *adapter, const char *names, const size_t *indices, size_t count, int32_t axis);

/**
 * \brief   Trains on random subsets of the rows of sets
 *
 * In training a data set keeps a number of rows drawn uniformly from
 * min_rows … max_rows (all, if it has no more), chosen at random without
 * replacement; the order of rows stays. So a simulator of large sets trains a
 * posterior for sets of any size between the two. Observed data – what a
 * posterior is asked about, and abi_adapter_forward() – are used whole as long
 * as they have at most max_rows; of larger sets, max_rows rows are used, always
 * the same ones for a set of that size. The answer is then the posterior given
 * those rows: valid, and wider than one that uses all.
 *
 * With min_rows = max_rows, sets of fixed size stay sets of fixed size. Variables
 * of one call keep the same rows where they have equally many; those of
 * separate calls do not.
 *
 * The choice is a function of the workflow's seed and of the index of the
 * simulation, or, in offline training, of the index of the data set and the
 * epoch, where validation keeps the choice that it has first. It depends
 * neither on batch sizes nor on threads. Statistics for abi_adapter_standardize()
 * are those of the rows that are used of observed data.
 *
 * \param   names     sets or series, see abi_adapter_as_set()
 * \param   min_rows  at least 1
 * \param   max_rows  at least min_rows
 */
ABI_API abi_status abi_adapter_random_subsample(abi_adapter *adapter, const char *names, size_t min_rows, size_t max_rows);

/**
 * \brief   Sets the dtype of adapted variables
 *
 * Between ABI_F32 and ABI_F64 this only says how abi_adapter_forward() returns
 * the variable: computation stays in double, and networks have their own
 * precision. To ABI_I32 values are rounded to the nearest integer, which
 * cannot be inverted.
 *
 * \param   names  NULL: all float variables
 */
ABI_API abi_status abi_adapter_convert_dtype(abi_adapter *adapter, const char *names, int32_t dtype);

/* ---- invertible transforms of values --------------------------------------------------------------------------------------------- */

/**
 * \brief   Subtracts the mean of each column and divides by its standard deviation
 *
 * The statistics are learned once, from the first sample the adapter sees –
 * the workflow draws one – and then never change. A column whose values are
 * all equal is centred and not scaled.
 *
 * \param   names  NULL: all float variables
 */
ABI_API abi_status abi_adapter_standardize(abi_adapter *adapter, const char *names);

/**
 * \brief   The same with given statistics: (x − mean) / sd
 *
 * \param   name   one variable
 * \param   mean   [count] finite
 * \param   sd     [count] finite and positive
 * \param   count  the variable's columns, or 1 for all
 */
ABI_API abi_status abi_adapter_standardize_with(abi_adapter *adapter, const char *name, const double *mean, const double *sd, size_t count);

/** \name How a bounded variable is mapped to the real line */
/**@{*/
#define ABI_CONSTRAIN_DEFAULT  ((int32_t)0) /**< sigmoid between two bounds, softplus beside one */
#define ABI_CONSTRAIN_SIGMOID  ((int32_t)1) /**< two bounds: x = lower + (upper − lower)·sigmoid(z) */
#define ABI_CONSTRAIN_SOFTPLUS ((int32_t)2) /**< one bound: x = lower + log(1 + exp(z)), or x = upper − log(1 + exp(−z)) */
#define ABI_CONSTRAIN_EXP      ((int32_t)3) /**< one bound: x = lower + exp(z), or x = upper − exp(−z) */
/**@}*/

/**
 * \brief   Maps variables that live between bounds to the real line, so that draws respect the bounds
 *
 * All columns of the variables share the bounds; an open side is −INFINITY or
 * INFINITY. The map is increasing.
 *
 * Values on a bound stay finite: they are taken to be the nearest number inside
 * that the variable's dtype can represent, and density and inverse use that
 * number too. So a draw is never on a bound. Values beyond a bound by more
 * than rounding to float are an error that names variable, data set and value.
 */
ABI_API abi_status abi_adapter_constrain(abi_adapter *adapter, const char *names, double lower, double upper);

/**
 * \brief   The same with the method, and bounds per column
 *
 * \param   name    one variable
 * \param   method  ABI_CONSTRAIN_…; sigmoid wants two bounds in every column, softplus and exp at most one
 * \param   lower   [count], or NULL: all open
 * \param   upper   [count], or NULL: all open; a column that is open on both sides stays as it is
 * \param   count   the variable's columns, or 1 for all
 */
ABI_API abi_status abi_adapter_constrain_with(abi_adapter *adapter, const char *name, int32_t method, const double *lower,
                                              const double *upper, size_t count);

/**
 * \name Constraints on several values at once
 *
 * Each maps the columns of a variable together – a vector, or a matrix – to
 * free reals, and free reals back to values that satisfy the constraint. The
 * variable then has one axis of free values (beside its rows, if it has any;
 * then every row is a vector or matrix of its own). Transforms of single values
 * may follow, abi_adapter_standardize() for instance, but not precede: the
 * variable must come from the simulator as it is.
 *
 * Shapes. A vector is [K]. A matrix is [D, D], or the values of its lower
 * triangle by rows in one axis: [0,0], [1,0], [1,1], [2,0] … Of a [D, D] matrix
 * diagnostics show every element as a parameter, also those that are there
 * twice, or are constants, whose metrics are NaN; a triangle avoids that. At
 * most 2048 values, which are matrices of 45 × 45.
 *
 * Densities. log_prob and log_det of such a variable are with respect to
 * Lebesgue measure on the values that determine the rest:
 *
 * | constraint           | values given       | free reals | reference measure of the density          |
 * | -------------------- | ------------------ | ---------- | ----------------------------------------- |
 * | simplex              | [K]                | K − 1      | the first K − 1 entries                   |
 * | ordered              | [K]                | K          | the entries                               |
 * | positive_ordered     | [K]                | K          | the entries                               |
 * | correlation_cholesky | [D, D], D(D + 1)/2 | D(D − 1)/2 | the triangle below the diagonal           |
 * | covariance_cholesky  | [D, D], D(D + 1)/2 | D(D + 1)/2 | the lower triangle with the diagonal      |
 * | correlation          | [D, D], D(D − 1)/2 | D(D − 1)/2 | the triangle below the diagonal           |
 * | covariance           | [D, D], D(D + 1)/2 | D(D + 1)/2 | the lower triangle with the diagonal      |
 *
 * Draws satisfy the constraint as numbers of the declared dtype, whatever the
 * free values: matrices are symmetric to the bit and have a Cholesky factor in
 * the precision of that dtype, diagonals of correlation matrices are exactly 1,
 * factors have a positive diagonal and 0 above, entries of a simplex are
 * positive and sum to 1 within rounding, ordered values increase strictly. A
 * matrix that rounding would make indefinite has its variances increased, or
 * its correlations decreased, by a few units in the last place until it is not.
 *
 * Values may violate a constraint by what rounding to float does (8·D·2⁻²³
 * relative to the values that belong together): they are taken to be the
 * nearest ones that satisfy it. Anything beyond is ABI_E_NUMERIC with a
 * sentence that names variable, data set and what is wrong.
 *
 * The maps are those of the Stan reference manual, chapter "Constraint
 * transforms"; canonical partial correlations are from Lewandowski, Kurowicka
 * and Joe, "Generating random correlation matrices based on vines and extended
 * onion method", Journal of Multivariate Analysis 100 (2009).
 */
/**@{*/

/**
 * \brief   Vectors of K positive entries that sum to 1
 *
 * A stick of length 1 is broken K − 1 times: x_k = v_k Π_{j<k} (1 − v_j) with
 * v_k = sigmoid(z_k − log(K − k)), k from 1, so that z = 0 is the centre of the
 * simplex. Under any Dirichlet distribution the z are independent.
 * log |dz/dx| = −Σ log x_k over all K entries. Entries that are 0 count as the
 * smallest normal number.
 */
ABI_API abi_status abi_adapter_constrain_simplex(abi_adapter *adapter, const char *names);

/** \brief Increasing vectors: z_1 = x_1, z_k = log(x_k − x_{k−1}). Equal neighbours count as one unit in the last place apart. */
ABI_API abi_status abi_adapter_constrain_ordered(abi_adapter *adapter, const char *names);

/** \brief Increasing vectors of positive entries: z_1 = log x_1, z_k = log(x_k − x_{k−1}) */
ABI_API abi_status abi_adapter_constrain_positive_ordered(abi_adapter *adapter, const char *names);

/**
 * \brief   Lower Cholesky factors L of correlation matrices: rows of norm 1, positive diagonal
 *
 * The free values are z_ij = atanh of the canonical partial correlation of i
 * and j given 1 … j − 1, by rows below the diagonal:
 * L_ij = tanh(z_ij) √(1 − Σ_{k<j} L_ik²).
 */
ABI_API abi_status abi_adapter_constrain_correlation_cholesky(abi_adapter *adapter, const char *names);

/** \brief Lower Cholesky factors L of covariance matrices: the free values are the lower triangle by rows with log L_ii on the diagonal. */
ABI_API abi_status abi_adapter_constrain_covariance_cholesky(abi_adapter *adapter, const char *names);

/** \brief Correlation matrices R = L Lᵀ: the free values of L as above; |dR/dL| = Π L_ii^(D − i), i from 1 */
ABI_API abi_status abi_adapter_constrain_correlation(abi_adapter *adapter, const char *names);

/** \brief Positive definite matrices Σ = L Lᵀ: the free values of L as above; |dΣ/dL| = 2^D Π L_ii^(D − i + 1), i from 1 */
ABI_API abi_status abi_adapter_constrain_covariance(abi_adapter *adapter, const char *names);
/**@}*/

/** \brief Natural logarithm, for values > 0; 0 is treated as a value on a bound, see abi_adapter_constrain(). */
ABI_API abi_status abi_adapter_log(abi_adapter *adapter, const char *names);

/** \brief log(1 + x), for values > −1, accurate near 0. */
ABI_API abi_status abi_adapter_log1p(abi_adapter *adapter, const char *names);

/**
 * \brief   Square root, for values ≥ 0
 *
 * The inverse is the square. Of an inference variable the density counts the
 * positive root only, although a flow may also draw negative ones;
 * abi_adapter_constrain() has no such ambiguity.
 */
ABI_API abi_status abi_adapter_sqrt(abi_adapter *adapter, const char *names);

/** \brief Adds value to every column. */
ABI_API abi_status abi_adapter_shift(abi_adapter *adapter, const char *names, double value);

/** \brief Adds values[count], one per column (count = 1: all), to one variable. */
ABI_API abi_status abi_adapter_shift_with(abi_adapter *adapter, const char *name, const double *values, size_t count);

/** \brief Multiplies every column by value, which is finite and not 0. */
ABI_API abi_status abi_adapter_scale(abi_adapter *adapter, const char *names, double value);

/** \brief Multiplies one variable by values[count], one per column (count = 1: all). */
ABI_API abi_status abi_adapter_scale_with(abi_adapter *adapter, const char *name, const double *values, size_t count);

/* ---- transforms without inverse ------------------------------------------------------------------------------------------------- */

/**
 * \brief   Replaces each int32 column by classes columns, of which one is 1 and the others 0
 *
 * \param   classes  values are 0 … classes − 1; others are an error that names variable, data set and value
 */
ABI_API abi_status abi_adapter_one_hot(abi_adapter *adapter, const char *names, int32_t classes);

/**
 * \brief   Replaces missing entries
 *
 * \param   value      what stands for a missing entry, in the space the variable has by then
 * \param   with_mask  1: for every column a mask column is appended behind the last (C columns become 2·C), 1 where the entry was
 *                     missing and 0 elsewhere; 0: no mask
 */
ABI_API abi_status abi_adapter_nan_to_num(abi_adapter *adapter, const char *names, double value, int32_t with_mask);

/* ---- use by hosts ------------------------------------------------------------------------------------------------------------------ */

/**
 * \brief   Applies the adapter: named variables in, adapted variables out
 *
 * The first data an adapter sees – here or in a workflow – settle shapes and
 * statistics, so they must hold every variable the transforms name. Later data
 * may lack some: then the adapted variables that depend on them are left out.
 *
 * \param   data     not changed
 * \param   adapted  receives the adapted variables and loses what it held; not the same handle as data. Sets keep their rows.
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY, ABI_E_NAME, ABI_E_SHAPE, ABI_E_TYPE, ABI_E_NUMERIC, or the adapter's first error
 */
ABI_API abi_status abi_adapter_forward(abi_context *context, abi_adapter *adapter, const abi_data *data, abi_data *adapted);

/**
 * \brief   Applies the inverse: adapted variables in, original variables out
 *
 * Every variable of adapted must be one that abi_adapter_forward() makes, and
 * invertible. Inference variables may have an axis of draws first: [draws,
 * parameters] per data set gives back [draws, …] for each original variable.
 *
 * \param   observed  the data set each row of adapted belongs to, for transforms whose inverse depends on it; NULL if there is none
 * \param   adapted   not changed
 * \param   data      receives the original variables and loses what it held
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY, ABI_E_NAME, ABI_E_SHAPE, ABI_E_TYPE, ABI_E_STATE (the adapter has seen no data yet),
 *          ABI_E_UNSUPPORTED (a variable came through a transform without inverse)
 */
ABI_API abi_status abi_adapter_inverse(abi_context *context, abi_adapter *adapter, const abi_data *observed, const abi_data *adapted,
                                       abi_data *data);

/**
 * \brief   log |det d inference_variables / d original| of every data set
 *
 * With q the density of the adapted inference variables, the log density of
 * the original ones is log q + log_det.
 *
 * \param   observed  as for abi_adapter_inverse()
 * \param   data      the inference variables in their original names and space; with an axis of draws first in each of them, or in none
 * \param   log_det   [count]
 * \param   count     data sets × draws
 */
ABI_API abi_status abi_adapter_log_det(abi_context *context, abi_adapter *adapter, const abi_data *observed, const abi_data *data,
                                       double *log_det, size_t count);

#ifdef __cplusplus
}
#endif

#endif
