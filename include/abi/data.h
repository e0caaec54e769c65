/**
 * \file    abi/data.h
 * \brief   Batches of named arrays: parameters, observations, draws
 *
 * An abi_data holds named variables for a number of data sets. The first axis
 * of every variable is the data set, and all variables of one abi_data have
 * the same number of data sets. Shapes given to and returned by these
 * functions leave this first axis out: "y" with 10 rows of 12 columns per
 * data set has rank 2 and shape {10, 12}, and its values are
 * [sets, 10, 12] in row-major order, without gaps.
 *
 * \par Ragged variables
 * A ragged variable has its own number of rows in every data set. Its values are
 * the rows of all data sets one after the other, [rows, row_shape…], never
 * padded, and offsets[0] = 0 ≤ offsets[1] ≤ … ≤ offsets[sets] = rows say where
 * each data set begins: set s has the rows offsets[s] … offsets[s + 1] − 1.
 *
 * \par Missing entries
 * abi_data_mask() marks elements of a variable as missing. What a marked
 * element holds is then never read as a number.
 *
 * \par Names
 * 1 to 63 characters: letters, digits, '_', '.', '-'.
 *
 * \par Ownership
 * abi_data_set… copy; the caller's array may go at once. abi_data_view…
 * borrow: the array is read in place, is never written through, and must stay
 * valid and unchanged until the variable is replaced or removed or the data
 * is freed. Names, shapes, offsets and masks are always copied. Setting a name that
 * exists replaces the variable. Pointers from look-ups are
 * valid until the variable is replaced, removed, or the data is freed or
 * filled by another call.
 *
 * \par Threads
 * Filling serves one thread at a time. Look-ups change nothing, so several
 * threads may read one abi_data that nobody changes.
 */

#ifndef ABI_DATA_H
#define ABI_DATA_H

#include <abi/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A batch of named arrays. */
typedef struct abi_data abi_data;

/** The largest rank of a variable, the axis of data sets left out, the axis of rows included. */
#define ABI_DATA_MAX_RANK 4

/** \brief Creates an empty batch. \return ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY; *data is NULL on failure */
ABI_API abi_status abi_data_create(abi_context *context, abi_data **data);

/** Frees a batch and everything it owns; borrowed arrays are left alone. NULL is fine. */
ABI_API void abi_data_free(abi_data *data);

/**
 * \brief   Adds or replaces a variable, copying its values
 *
 * \param   name    see Names
 * \param   dtype   ABI_F32, ABI_F64 or ABI_I32
 * \param   sets    number of data sets; a first variable fixes it for the others
 * \param   rank    axes of one data set, 0 (a scalar) to ABI_DATA_MAX_RANK
 * \param   shape   rank extents, each ≥ 1; NULL for rank 0
 * \param   values  [sets, shape…]
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_NAME (malformed), ABI_E_SHAPE (sets
 *          differ from the other variables', or an extent of 0), ABI_E_TYPE,
 *          ABI_E_MEMORY. On failure the batch is as it was.
 */
ABI_API abi_status abi_data_set(abi_data *data, const char *name, int32_t dtype, size_t sets, int32_t rank, const size_t *shape,
                                const void *values);

/** The same, borrowing the values. */
ABI_API abi_status abi_data_view(abi_data *data, const char *name, int32_t dtype, size_t sets, int32_t rank, const size_t *shape,
                                 const void *values);

/**
 * \brief   Adds or replaces a ragged variable, copying offsets and values
 *
 * \param   rank       axes of one row, 0 to ABI_DATA_MAX_RANK − 1
 * \param   row_shape  rank extents of one row, each ≥ 1; NULL for rank 0
 * \param   offsets    [sets + 1], beginning with 0, never falling
 * \param   values     [offsets[sets], row_shape…]; may be NULL if there are no rows
 *
 * \return  as abi_data_set(); ABI_E_ARGUMENT also for offsets that fall or do not begin with 0
 */
ABI_API abi_status abi_data_set_ragged(abi_data *data, const char *name, int32_t dtype, size_t sets, int32_t rank, const size_t *row_shape,
                                       const int64_t *offsets, const void *values);

/** The same, borrowing the values (the offsets are copied). */
ABI_API abi_status abi_data_view_ragged(abi_data *data, const char *name, int32_t dtype, size_t sets, int32_t rank, const size_t *row_shape,
                                        const int64_t *offsets, const void *values);

/**
 * \brief   Marks missing elements of a variable
 *
 * \param   mask  one byte per element of the variable, in the order of its
 *                values: 0 present, anything else missing. Copied. NULL takes the mask away.
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_NAME (no such variable), ABI_E_MEMORY
 */
ABI_API abi_status abi_data_mask(abi_data *data, const char *name, const uint8_t *mask);

/** \brief Removes a variable. \return ABI_OK, ABI_E_ARGUMENT, ABI_E_NAME (no such variable) */
ABI_API abi_status abi_data_remove(abi_data *data, const char *name);

/** \name Look-ups
 *  They never fail the context: what is not there is NULL, 0 or −1. */
/**@{*/
/** Number of data sets; 0 if there is no variable. */
ABI_API size_t abi_data_sets(const abi_data *data);

/** Number of variables. */
ABI_API size_t abi_data_count(const abi_data *data);

/** Name of variable i, in the order in which they were added; NULL past the end. */
ABI_API const char *abi_data_name(const abi_data *data, size_t i);

/** dtype of a variable, ABI_F32, ABI_F64 or ABI_I32; 0 if there is none. */
ABI_API int32_t abi_data_dtype(const abi_data *data, const char *name);

/** Axes of one data set (of one row for a ragged variable); −1 if there is no such variable. */
ABI_API int32_t abi_data_rank(const abi_data *data, const char *name);

/** The abi_data_rank() extents of one data set (of one row for a ragged variable); NULL if there is no such variable. */
ABI_API const size_t *abi_data_shape(const abi_data *data, const char *name);

/** Elements of the whole batch: the length of the array that the next three return. */
ABI_API size_t abi_data_elements(const abi_data *data, const char *name);

/** Values of a variable, NULL if there is none of this name and dtype. */
ABI_API const double *abi_data_f64(const abi_data *data, const char *name);
/** Values of a variable, NULL if there is none of this name and dtype. */
ABI_API const float *abi_data_f32(const abi_data *data, const char *name);
/** Values of a variable, NULL if there is none of this name and dtype. */
ABI_API const int32_t *abi_data_i32(const abi_data *data, const char *name);

/** Offsets [sets + 1] of a ragged variable, NULL for any other. */
ABI_API const int64_t *abi_data_offsets(const abi_data *data, const char *name);

/** Mask of a variable, one byte per element with 1 = missing; NULL if nothing is marked. */
ABI_API const uint8_t *abi_data_get_mask(const abi_data *data, const char *name);
/**@}*/

/** \name Descriptions
 *
 *  A description looks at every column of every variable over the data sets:
 *  at every element of a data set ("covariance[0,1]"), or of a row for a ragged variable, over all rows.
 *  What looks wrong is said in one sentence per column, and logged
 *  as a warning when the description is made. It finds, for instance, a prior whose
 *  covariances are all zero. */
/**@{*/

/** Statistics of the columns of a batch; independent of the batch once made. */
typedef struct abi_description abi_description;

#define ABI_COLUMN_CONSTANT  ((int32_t)1) /**< the same value in every data set (relative range below 1e-12); also set where it is zero */
#define ABI_COLUMN_ZERO      ((int32_t)2) /**< zero in every data set */
#define ABI_COLUMN_DUPLICATE ((int32_t)4) /**< equal in every data set to an earlier, not constant column of the same variable */
#define ABI_COLUMN_NONFINITE ((int32_t)8) /**< some entries are NaN or infinite; the statistics leave them out */

/**
 * \brief   Describes a batch
 *
 * Entries marked as missing are left out. Constant, zero and duplicate need at
 * least two entries.
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY; *description is NULL on failure
 */
ABI_API abi_status abi_data_describe(abi_context *context, const abi_data *data, abi_description **description);

/** Frees a description. NULL is fine. */
ABI_API void abi_description_free(abi_description *description);

/** Number of columns of all variables. */
ABI_API size_t abi_description_columns(const abi_description *description);

/** Name of column i, for example "mu" (rank 0) or "y[3,1]"; NULL past the end. */
ABI_API const char *abi_description_name(const abi_description *description, size_t i);

/** Name of the variable that column i belongs to; NULL past the end. */
ABI_API const char *abi_description_variable(const abi_description *description, size_t i);

/** Mean of the finite entries of column i; NaN if there are none. */
ABI_API double abi_description_mean(const abi_description *description, size_t i);
/** Standard deviation of the finite entries, with n − 1 in the denominator; NaN for fewer than two. */
ABI_API double abi_description_sd(const abi_description *description, size_t i);
/** Smallest finite entry; NaN if there are none. */
ABI_API double abi_description_min(const abi_description *description, size_t i);
/** Largest finite entry; NaN if there are none. */
ABI_API double abi_description_max(const abi_description *description, size_t i);
/** The ABI_COLUMN_… flags of column i, 0 if nothing looks wrong. */
ABI_API int32_t abi_description_flags(const abi_description *description, size_t i);
/** The sentence about column i, "" if nothing looks wrong. Belongs to the description. */
ABI_API const char *abi_description_text(const abi_description *description, size_t i);
/**@}*/

#ifdef __cplusplus
}
#endif

#endif
