#include "tasks/rows.h"

#include <math.h>

int bench_rows_vary(const bench_rows *rows)
{
	return rows->least < rows->most;
}

static int32_t draw_rows(abi_call *call, void *user_data)
{
	const bench_rows *rows = user_data;
	int32_t *count = abi_call_output_i32(call, "rows");
	if (count == NULL)
		return -1;
	for (size_t set = 0; set < abi_call_size(call); set++) {
		double log_rows;
		abi_random_uniform(abi_random_row(abi_call_random(call), set), log((double)rows->least), log((double)rows->most + 1), 1, &log_rows);
		double n = fmin(floor(exp(log_rows)), (double)rows->most);
		count[set] = (int32_t)fmax(n, (double)rows->least);
	}
	return 0;
}

void bench_rows_declare(abi_simulator *simulator, bench_rows *rows)
{
	if (!bench_rows_vary(rows))
		return;
	int32_t stage = abi_simulator_stage(simulator, "sizes", draw_rows, rows);
	abi_simulator_output(simulator, stage, "rows", ABI_I32, 0, NULL);
	abi_simulator_concurrent(simulator, stage);
}

abi_status bench_rows_output(abi_simulator *simulator, int32_t stage, const bench_rows *rows, size_t columns)
{
	if (bench_rows_vary(rows))
		return abi_simulator_output_ragged(simulator, stage, "y", ABI_F64, "rows", rows->most, 1, &columns);
	return abi_simulator_output(simulator, stage, "y", ABI_F64, 2, (const size_t[]){ rows->most, columns });
}

void bench_rows_of(const bench_rows *rows, const int64_t *offsets, size_t set, size_t *first, size_t *end)
{
	*first = offsets != NULL ? (size_t)offsets[set] : set * rows->most;
	*end = offsets != NULL ? (size_t)offsets[set + 1] : *first + rows->most;
}

void bench_rows_normal(abi_call *call, const bench_rows *rows, size_t columns, double *y)
{
	if (!bench_rows_vary(rows)) {
		abi_random_normal(abi_call_random(call), 0, 1, rows->most * columns, y);
		return;
	}
	const int64_t *offsets = abi_call_offsets(call, "y");
	for (size_t set = 0; offsets != NULL && set < abi_call_size(call); set++) {
		size_t first, end;
		bench_rows_of(rows, offsets, set, &first, &end);
		abi_random_normal(abi_random_row(abi_call_random(call), set), 0, 1, (end - first) * columns, y + first * columns);
	}
}
