/*
 * y_t = φ1 y_{t−1} + φ2 y_{t−2} + sigma ε_t, 100 steps from 0, with φ2 = r2, φ1 = r1 (1 − r2);
 * r1, r2 ~ Uniform(−1, 1), sigma ~ Exponential(1).
 */

#ifndef BENCH_TASKS_SERIES_H
#define BENCH_TASKS_SERIES_H

#include "tasks/task.h"

extern const bench_task series_task;

#endif
