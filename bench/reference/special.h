/* Special functions in double precision, free of global state (libm's lgamma writes signgam). */

#ifndef BENCH_REFERENCE_SPECIAL_H
#define BENCH_REFERENCE_SPECIAL_H

#define REFERENCE_LOG_PI 1.1447298858494001741
#define REFERENCE_LOG_2PI 1.8378770664093454836
#define REFERENCE_LOG_2 0.69314718055994530942

/* ln Γ(x) for x > 0, absolute error about 1e-14 max(1, |ln Γ(x)|). */
double reference_log_gamma(double x);

/*
 * ln Γ(a, x), the upper incomplete gamma function, for x >= 0 and a either
 * positive (a >= 0.1) or a non-positive multiple of 1/2. No under- or
 * overflow for any x > 0; +INFINITY at x = 0 for a <= 0.
 */
double reference_log_upper_gamma(double a, double x);

/* ln (Φ(high) − Φ(low)) for low < high, accurate in both tails; −INFINITY where low >= high. */
double reference_log_normal_interval(double low, double high);

/* Φ(z) */
double reference_normal_cdf(double z);

/* ln (e^a + e^b), −INFINITY welcome. */
double reference_log_add(double a, double b);

#endif
