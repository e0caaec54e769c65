/*
 * Logarithm and Box–Muller from the four operations and square root alone:
 * the same bits on every machine with IEEE doubles (contraction is off), and
 * plain enough for the compiler to vectorize.
 */

#ifndef ABI_LIB_NUM_RANDOM_MATH_H
#define ABI_LIB_NUM_RANDOM_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline double abi_bits_to_double(uint64_t bits)
{
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static inline uint64_t abi_double_to_bits(double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

/* The middle of one of 2^52 equal parts of (0, 1): never 0, never 1. */
static inline double abi_open_uniform(uint32_t low, uint32_t high)
{
	uint64_t mantissa = ((uint64_t)high << 32 | low) >> 12;
	double from_one = abi_bits_to_double(UINT64_C(0x3ff0000000000000) | mantissa);
	return (from_one - 1.0) + 0x1p-53;
}

/* log of a positive normal number to about 1e-16: x = 2^e m with m near 1, log m = 2 artanh((m − 1) / (m + 1)). */
static inline double abi_log_positive(double x)
{
	uint64_t bits = abi_double_to_bits(x);
	/* √½ as the lower end of the mantissas centres them on 1. */
	uint64_t shifted = bits - UINT64_C(0x3fe6a09e667f3bcd);
	uint64_t exponent = shifted >> 52; /* e modulo 4096, to be read as signed 12 bits */
	double m = abi_bits_to_double(bits - (exponent << 52));
	/* Signed 12 bits to double by way of the mantissa of 2^52: vectorizes without integer conversions. */
	uint64_t offset = (exponent + 2048) & 4095;
	double e = abi_bits_to_double(UINT64_C(0x4330000000000000) | offset) - (0x1p52 + 2048.0);

	double s = (m - 1.0) / (m + 1.0), q = s * s;
	double series = 1.0 / 21;
	series = series * q + 1.0 / 19;
	series = series * q + 1.0 / 17;
	series = series * q + 1.0 / 15;
	series = series * q + 1.0 / 13;
	series = series * q + 1.0 / 11;
	series = series * q + 1.0 / 9;
	series = series * q + 1.0 / 7;
	series = series * q + 1.0 / 5;
	series = series * q + 1.0 / 3;
	double tail = s * q * series;
	/* ln 2 in two parts, the first with trailing zeros so that e times it is exact. */
	return e * 0x1.62e42fefap-1 + (2.0 * (s + tail) + e * 0x1.cf79abc9e3b39p-40);
}

/* A uniform value u of (0, 1) moved to (low, high): rounding may reach a bound, which is outside; least and most are the bounds' neighbours inside. */
static inline double abi_between(double low, double high, double least, double most, double u)
{
	double value = low * (1.0 - u) + high * u;
	value = value < least ? least : value;
	return value > most ? most : value;
}

/* (cos 2πv, sin 2πv) for 0 < v < 1. */
static inline void abi_turn(double v, double *cosine, double *sine)
{
	/* The nearest quarter turn is subtracted exactly, what is left is at most π/4. */
	double quarters = (4.0 * v + 0x1.8p52) - 0x1.8p52;
	double x = (v - 0.25 * quarters) * 6.28318530717958647693, q = x * x;
	uint64_t turn = abi_double_to_bits(quarters + 0x1p52);

	double c = 1.0 / 20922789888000.0;
	c = c * q - 1.0 / 87178291200.0;
	c = c * q + 1.0 / 479001600.0;
	c = c * q - 1.0 / 3628800.0;
	c = c * q + 1.0 / 40320.0;
	c = c * q - 1.0 / 720.0;
	c = c * q + 1.0 / 24.0;
	c = c * q - 0.5;
	c = c * q + 1.0;
	double s = 1.0 / -1307674368000.0;
	s = s * q + 1.0 / 6227020800.0;
	s = s * q - 1.0 / 39916800.0;
	s = s * q + 1.0 / 362880.0;
	s = s * q - 1.0 / 5040.0;
	s = s * q + 1.0 / 120.0;
	s = s * q - 1.0 / 6.0;
	s = s * q * x + x;

	/* Quarter turns by swapping and by sign bits. */
	uint64_t odd = UINT64_C(0) - (turn & 1);
	uint64_t cos_bits = abi_double_to_bits(c), sin_bits = abi_double_to_bits(s);
	uint64_t a = (cos_bits & ~odd) | (sin_bits & odd), b = (sin_bits & ~odd) | (cos_bits & odd);
	uint64_t cos_sign = ((turn + 1) & 2) << 62, sin_sign = (turn & 2) << 62;
	*cosine = abi_bits_to_double(a ^ cos_sign);
	*sine = abi_bits_to_double(b ^ sin_sign);
}

/* Two independent normals from two uniforms: √(−2 log u) (cos 2πv, sin 2πv). */
static inline void abi_box_muller(double u, double v, double *cosine, double *sine)
{
	double radius = sqrt(-2.0 * abi_log_positive(u));
	abi_turn(v, cosine, sine);
	*cosine *= radius;
	*sine *= radius;
}

#endif
