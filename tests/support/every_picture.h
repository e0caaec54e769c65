/* All pictures there are, of one synthetic problem: what the tests of libabi-plot draw, look at and write. Public headers only. */

#ifndef ABI_TESTS_SUPPORT_EVERY_PICTURE_H
#define ABI_TESTS_SUPPORT_EVERY_PICTURE_H

#include "abi/data.h"
#include "abi/diagnostics.h"
#include "abi/plot.h"

typedef struct every_picture {
	abi_context *context;
	abi_data *draws, *truth;             /* of the parameters */
	abi_data *simulated, *ragged, *observed; /* "y" [20, columns] and "r" ragged; observed has both */
	abi_diagnostics *diagnostics;
	double losses[900], validation[9], null[200];
} every_picture;

enum { EVERY_PICTURE_COUNT = 14 };

/* A failing call fails the running test. Some parameters have defects, one has heavy tails, one is tiny and one is huge. */
void every_picture_start(every_picture *made, size_t parameters, const char *name, size_t sets, size_t draws);
void every_picture_stop(every_picture *made);

/* Draws picture i onto the plot; name[i] for messages. */
abi_status every_picture_draw(const every_picture *made, size_t i, abi_plot *plot);
const char *every_picture_name(size_t i);

#endif
