/* What the statistics network adds to the contract of every summary network, which tests/net/summary_network.c checks. */

#include "net/statistics_network.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 2, SETS = 6, ROWS = 30, ALL = 15, WIDTH = 1 + 2 * COLUMNS + COLUMNS * (COLUMNS + 1) / 2 };

static const size_t offsets[SETS + 1] = { 0, 3, 8, 10, 17, 21, ROWS };

typedef struct fixture {
	abi_parameters weights;
	abi_statistics_network network;
	abi_arena arena;
	abi_exec exec;
	abi_sets sets;
	real *flat, *packed, rows[ROWS * COLUMNS];
} fixture;

static void set_up(fixture *f, int32_t standardize, int32_t head_width)
{
	memset(f, 0, sizeof *f);
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&f->weights, &memory);
	abi_statistics_options options = { .statistics = ALL, .head_width = head_width, .head_blocks = 1, .standardize = standardize };
	f->network = abi_statistics_network_declare(&f->weights, &options, &(abi_summary_input){ .columns = COLUMNS }, head_width > 0 ? 3 : 0);
	const abi_kernels *kernels = abi_kernels_find(abi_kernels_best_isa());
	ck_assert_int_eq(abi_parameters_seal(&f->weights, kernels), ABI_OK);
	f->flat = calloc(f->weights.size + 1, sizeof(real));
	f->packed = calloc(f->weights.packed_size + 1, sizeof(real));
	abi_parameters_initialise(&f->weights, 1, f->flat);
	abi_statistics_initialise(&f->network.statistics, &f->weights, f->flat);
	abi_parameters_pack(&f->weights, kernels, 0, f->weights.count, true, f->flat, f->packed);
	abi_arena_init(&f->arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&f->arena, abi_statistics_network_scratch(&f->network, SETS)), ABI_OK);
	f->exec = (abi_exec){ .kernels = kernels, .parameters = &f->weights, .flat = f->flat, .packed = f->packed, .scratch = &f->arena };
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		f->rows[i] = (real)(3 + 2 * sin(1.7 * (double)i * (double)i));
	f->sets = (abi_sets){ .sets = SETS, .columns = COLUMNS, .offsets = offsets, .values = f->rows };
}

static void tear_down(fixture *f)
{
	ck_assert_uint_eq(abi_arena_mark(&f->arena), 0);
	abi_arena_free(&f->arena);
	abi_parameters_free(&f->weights);
	free(f->flat);
	free(f->packed);
}

/* −1: as they are. */
START_TEST(without_head_the_statistics_are_the_summary)
{
	fixture f;
	real out[SETS * WIDTH], expected[SETS * WIDTH];
	set_up(&f, _i, 0);
	ck_assert_uint_eq(f.weights.count, _i < 0 ? 0 : 2);
	ck_assert_uint_eq(abi_statistics_network_width(&f.network), WIDTH);
	abi_statistics_calibrate(&f.exec, &f.network.statistics, &f.sets, f.flat);
	abi_statistics_network_forward(&f.exec, &f.network, &f.sets, out, WIDTH, NULL);
	abi_statistics_forward(&f.exec, &f.network.statistics, &f.sets, expected, WIDTH);
	ck_assert_mem_eq(out, expected, sizeof out);
	tear_down(&f);
}
END_TEST

START_TEST(the_head_reads_what_stands_behind_it)
{
	fixture f;
	enum { DISTANCE = 3 + WIDTH + 2 };
	real out[SETS * DISTANCE], expected[SETS * 3], given[SETS * WIDTH];
	set_up(&f, 0, 8);
	ck_assert_uint_eq(abi_statistics_network_width(&f.network), 3 + WIDTH);
	abi_statistics_calibrate(&f.exec, &f.network.statistics, &f.sets, f.flat);
	abi_statistics_network_forward(&f.exec, &f.network, &f.sets, out, DISTANCE, NULL);
	abi_statistics_forward(&f.exec, &f.network.statistics, &f.sets, given, WIDTH);
	abi_mlp_forward(&f.exec, &f.network.head, &(abi_rows){ .count = SETS, .x = given, .ldx = WIDTH }, expected, 3, NULL);
	for (size_t s = 0; s < SETS; s++) {
		ck_assert_mem_eq(out + s * DISTANCE, expected + s * 3, 3 * sizeof(real));
		ck_assert_mem_eq(out + s * DISTANCE + 3, given + s * WIDTH, WIDTH * sizeof(real));
	}
	tear_down(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/statistics_network");
	TCase *tests = tcase_create("statistics_network");
	tcase_add_loop_test(tests, without_head_the_statistics_are_the_summary, -1, 1);
	tcase_add_test(tests, the_head_reads_what_stands_behind_it);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
