/* Round numbers along an axis, and how they are written. */

#ifndef ABI_LIB_PLOT_TICKS_H
#define ABI_LIB_PLOT_TICKS_H

#include <stddef.h>

enum { ABI_TICKS_MOST = 12, ABI_TICK_TEXT_SIZE = 32 };

typedef struct abi_range {
	double low, high;
} abi_range;

typedef struct abi_ticks {
	size_t count;
	double values[ABI_TICKS_MOST];
	char texts[ABI_TICKS_MOST][ABI_TICK_TEXT_SIZE];
} abi_ticks;

/* Multiples of 1, 2 or 5 × 10^k within the range, at most so many (2…ABI_TICKS_MOST), all written with the same decimals. */
void abi_ticks_nice(abi_range range, size_t most, abi_ticks *ticks);

/* A range that is finite and not empty, whatever was found: widened by a share of itself on either side. */
abi_range abi_range_widened(abi_range range, double share);

/* The smallest range that has both; one without any number has low > high. */
abi_range abi_range_none(void);
abi_range abi_range_with(abi_range range, double value);

/* The range of panel i where panels share one: of all that stay within the limit together; its own where it does not, so that it flattens no other. */
abi_range abi_range_shared(const abi_range *own, size_t count, abi_range limit, size_t i);

/* A number with so many digits that count (≥ 1), or so many decimals, and a true minus sign; "–" for NaN. */
void abi_number_text(double value, int digits, char text[ABI_TICK_TEXT_SIZE]);
void abi_fixed_text(double value, int decimals, char text[ABI_TICK_TEXT_SIZE]);

#endif
