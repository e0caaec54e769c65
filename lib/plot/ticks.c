#include "plot/ticks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Takes the exponent's plus and zeros away, and writes every hyphen as a minus. */
static void polish(const char *plain, char text[ABI_TICK_TEXT_SIZE])
{
	static const char minus[] = "\xe2\x88\x92";
	size_t used = 0;
	int in_exponent = 0;
	for (const char *c = plain; *c != '\0' && used + 4 < ABI_TICK_TEXT_SIZE; c++) {
		if (*c == '+' || (in_exponent && *c == '0' && c[1] != '\0'))
			continue;
		if (*c == '-') {
			memcpy(text + used, minus, sizeof minus - 1);
			used += sizeof minus - 1;
			continue;
		}
		in_exponent = *c == 'e' || (in_exponent && *c == '0');
		text[used++] = *c;
	}
	text[used] = '\0';
}

/* What is no number to be rounded. */
static int write_special(double value, char text[ABI_TICK_TEXT_SIZE])
{
	if (isfinite(value))
		return 0;
	snprintf(text, ABI_TICK_TEXT_SIZE, "%s", isnan(value) ? "\xe2\x80\x93" : value > 0 ? "\xe2\x88\x9e" : "\xe2\x88\x92\xe2\x88\x9e");
	return 1;
}

void abi_number_text(double value, int digits, char text[ABI_TICK_TEXT_SIZE])
{
	char plain[64];
	if (write_special(value, text))
		return;
	double size = fabs(value);
	if (size != 0 && (size < 1e-3 || size >= 1e6))
		snprintf(plain, sizeof plain, "%.*e", digits - 1, value);
	else if (size >= pow(10, digits))
		snprintf(plain, sizeof plain, "%.0f", value);
	else
		snprintf(plain, sizeof plain, "%.*f", digits - 1 - (size > 0 ? (int)floor(log10(size)) : 0), value);
	polish(plain, text);
}

void abi_fixed_text(double value, int decimals, char text[ABI_TICK_TEXT_SIZE])
{
	char plain[400];
	if (write_special(value, text))
		return;
	if (fabs(value) >= 1e6) {
		abi_number_text(value, decimals + 1, text);
		return;
	}
	snprintf(plain, sizeof plain, "%.*f", decimals, value);
	int zero = plain[0] == '-' && strspn(plain, "-0.,") == strlen(plain);
	polish(plain + zero, text);
}

abi_range abi_range_none(void)
{
	return (abi_range){ INFINITY, -INFINITY };
}

abi_range abi_range_with(abi_range range, double value)
{
	if (!isfinite(value))
		return range;
	return (abi_range){ fmin(range.low, value), fmax(range.high, value) };
}

abi_range abi_range_widened(abi_range range, double share)
{
	if (!(range.low <= range.high))
		return (abi_range){ 0, 1 };
	double middle = range.low / 2 + range.high / 2, half = range.high / 2 - range.low / 2;
	double least = 1e-9 * fmax(fabs(range.low), fabs(range.high));
	if (half <= least)
		half = middle != 0 ? 0.5 * fabs(middle) : 0.5;
	else
		half *= 1 + 2 * share;
	return (abi_range){ fmax(middle - half, -1e300), fmin(middle + half, 1e300) };
}

static int is_within(abi_range range, abi_range limit)
{
	return range.low >= limit.low && range.high <= limit.high;
}

abi_range abi_range_shared(const abi_range *own, size_t count, abi_range limit, size_t i)
{
	if (!is_within(own[i], limit))
		return own[i];
	abi_range shared = own[i];
	for (size_t k = 0; k < count; k++)
		if (is_within(own[k], limit))
			shared = abi_range_with(abi_range_with(shared, own[k].low), own[k].high);
	return shared;
}

/* How many multiples of step the range holds, and the first of them. */
static double multiples(abi_range range, double step, double *first)
{
	*first = ceil(range.low / step - 1e-9);
	return floor(range.high / step + 1e-9) - *first + 1;
}

void abi_ticks_nice(abi_range range, size_t most, abi_ticks *ticks)
{
	static const double finer[] = { 2, 2.5, 2 }; /* 10 → 5 → 2 → 1 */
	ticks->count = 0;
	double span = range.high - range.low;
	if (!(span > 0) || !isfinite(span) || most < 2)
		return;
	double step = pow(10, ceil(log10(span))), first;
	for (size_t k = 0; multiples(range, step / finer[k % 3], &first) <= (double)most; k++)
		step /= finer[k % 3];
	double last = multiples(range, step, &first) + first - 1;
	double largest = fmax(fabs(first), fabs(last)) * step;
	int exponent = (int)floor(log10(step) + 1e-9);
	int scientific = largest >= 1e5 || step < 1e-4;
	for (double k = first; k <= last && ticks->count < most && ticks->count < ABI_TICKS_MOST; k++) {
		char plain[64];
		double value = k == 0 ? 0 : k * step;
		int leading = value == 0 ? 0 : (int)floor(log10(fabs(value)) + 1e-9);
		if (scientific && value != 0)
			snprintf(plain, sizeof plain, "%.*e", leading > exponent ? leading - exponent : 0, value);
		else
			snprintf(plain, sizeof plain, "%.*f", scientific || exponent > 0 ? 0 : -exponent, value);
		ticks->values[ticks->count] = value;
		polish(plain, ticks->texts[ticks->count++]);
	}
}
