/* What diagnostics mean, in plain words. */

#ifndef ABI_LIB_PLOT_VERDICT_H
#define ABI_LIB_PLOT_VERDICT_H

#include "plot/document.h"

/* ABI_LEARNED_SPREAD: narrower than the prior and calibrated, but the median does not move, as where the data leave the sign open. */
typedef enum abi_learned { ABI_LEARNED, ABI_LEARNED_LITTLE, ABI_LEARNED_SPREAD, ABI_NOT_LEARNED, ABI_MISLED } abi_learned;
typedef enum abi_calibrated { ABI_CALIBRATED, ABI_BAND_LEFT, ABI_NOT_CALIBRATED } abi_calibrated;

/* Of one parameter; of a test quantity only the calibration. */
typedef struct abi_verdict {
	abi_learned learned;
	abi_calibrated calibrated;
	double following; /* rank correlation of posterior median and truth */
	double narrowing; /* 1 − median width of the 90 % interval / the prior's */
	double place;     /* mean position of the truth among the draws, 0…1; NaN of a quantity */
	double covered;   /* share of truths in the 90 % interval */
	double excess;    /* mean coverage − level: negative is too narrow */
	size_t sets;
} abi_verdict;

/* Of parameter i, or of quantity i − parameters. false with a sentence when memory is out. */
bool abi_verdict_find(abi_plot *plot, const abi_diagnostics *diagnostics, size_t i, abi_verdict *verdict);

/* Whether there is anything to say but that all is well. */
bool abi_verdict_is_bad(const abi_verdict *verdict);

/* "σ²[3] is not learned: …", one or two sentences on what is bad, "" for nothing; and a few words for a table. */
void abi_verdict_sentence(const abi_verdict *verdict, const char *name, bool quantity, char *text, size_t room);
void abi_verdict_words(const abi_verdict *verdict, char *text, size_t room);

#endif
