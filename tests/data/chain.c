#include "data/chain.h"
#include "num/pool.h"

#include <check.h>
#include <math.h>
#include <string.h>

static abi_context *context;
static abi_simulator *simulator;
static abi_data *data;
static abi_pool *pool;
static int32_t result;
static int32_t logged;

static void count_log(int32_t level, const char *text, void *user_data)
{
	(void)level;
	(void)text;
	(void)user_data;
	logged++;
}

static int32_t draw(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, 5, abi_call_output_f64(call, "x"));
	return result;
}

static void start(void)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = 2;
	options.log = count_log;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	ck_assert_int_eq(abi_pool_of(context, &pool), ABI_OK);
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	ck_assert_int_eq(abi_data_make(context, &data), ABI_OK);
	int32_t stage = abi_simulator_stage(simulator, "prior", draw, NULL);
	ck_assert_int_eq(abi_simulator_output(simulator, stage, "x", ABI_F64, 1, (size_t[]){ 5 }), ABI_OK);
	ck_assert(!abi_chain_has_concurrent(simulator));
	abi_simulator_concurrent(simulator, stage);
	ck_assert(abi_chain_has_concurrent(simulator));
	result = 0;
	logged = 0;
}

static void stop(void)
{
	abi_data_destroy(data);
	abi_simulator_free(simulator);
	abi_context_free(context);
}

START_TEST(the_cursor_goes_on_where_it_was)
{
	static double whole[96 * 5];
	abi_chain_cursor cursor = { .seed = 3 };
	ck_assert_int_eq(abi_chain_run(context, simulator, &cursor, 96, data), ABI_OK);
	memcpy(whole, abi_data_find(data, "x")->values, sizeof whole);
	ck_assert_uint_eq(cursor.next, 96);
	ck_assert_uint_eq(cursor.counts.simulated, 96);
	cursor = (abi_chain_cursor){ .seed = 3 };
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(abi_chain_run(context, simulator, &cursor, 32, data), ABI_OK);
		ck_assert_mem_eq(abi_data_find(data, "x")->values, whole + i * 160, sizeof whole / 3);
	}
	ck_assert_uint_eq(cursor.batch, 3);
	size_t count;
	const abi_variable_spec *specs = abi_chain_outputs(simulator, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(specs[0].name, "x");
}
END_TEST

START_TEST(a_run_beside_is_silent_and_reports_later)
{
	static double whole[96 * 5];
	abi_chain_cursor cursor = { .seed = 3 };
	ck_assert_int_eq(abi_chain_run(context, simulator, &cursor, 96, data), ABI_OK);
	memcpy(whole, abi_data_find(data, "x")->values, sizeof whole);
	ck_assert_int_eq(abi_chain_check(context, simulator), ABI_OK);
	abi_fault fault = { .status = ABI_OK };
	cursor = (abi_chain_cursor){ .seed = 3, .fault = &fault };
	ck_assert_int_eq(abi_chain_run(context, simulator, &cursor, 96, data), ABI_OK);
	ck_assert_mem_eq(abi_data_find(data, "x")->values, whole, sizeof whole);
	result = -7;
	ck_assert_int_eq(abi_chain_run(context, simulator, &cursor, 96, data), ABI_E_CALLBACK);
	ck_assert_int_eq(logged, 0);
	ck_assert_int_eq(abi_context_error_status(context), ABI_OK);
	/* Whatever the simulator does in between. */
	result = 0;
	cursor = (abi_chain_cursor){ .seed = 3 };
	ck_assert_int_eq(abi_chain_run(context, simulator, &cursor, 4, data), ABI_OK);
	ck_assert_int_eq(abi_chain_report(context, &fault), ABI_E_CALLBACK);
	ck_assert_int_eq(abi_context_callback_code(context), -7);
	ck_assert_int_eq(logged, 1);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "stage 'prior' returned -7"));
}
END_TEST

START_TEST(what_a_workflow_holds_cannot_change)
{
	abi_simulator_retain(simulator);
	ck_assert_int_eq(abi_simulator_stage(simulator, "more", draw, NULL), ABI_E_BUSY);
	ck_assert_int_eq(abi_simulator_output(simulator, 0, "y", ABI_F64, 0, NULL), ABI_E_BUSY);
	ck_assert_int_eq(abi_simulator_limits(simulator, 1, 0.5), ABI_E_BUSY);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "workflow"));
	/* Refused, not broken. */
	abi_chain_cursor cursor = { .seed = 3 };
	ck_assert_int_eq(abi_chain_run(context, simulator, &cursor, 4, data), ABI_OK);
	abi_simulator_release(simulator);
}
END_TEST

static int32_t drops_itself(abi_call *call, void *user_data)
{
	abi_random_normal(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "x"));
	abi_simulator **mine = user_data;
	abi_simulator_free(*mine);
	*mine = NULL;
	return 0;
}

START_TEST(a_callback_may_drop_the_last_reference)
{
	abi_simulator *other;
	ck_assert_int_eq(abi_simulator_create(context, &other), ABI_OK);
	abi_simulator *kept = other;
	int32_t stage = abi_simulator_stage(other, "prior", drops_itself, &kept);
	abi_simulator_output(other, stage, "x", ABI_F64, 0, NULL);
	abi_chain_cursor cursor = { .seed = 3 };
	ck_assert_int_eq(abi_chain_run(context, other, &cursor, 4, data), ABI_OK);
	ck_assert_ptr_null(kept);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/chain");
	TCase *tests = tcase_create("chain");
	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_test(tests, the_cursor_goes_on_where_it_was);
	tcase_add_test(tests, a_run_beside_is_silent_and_reports_later);
	tcase_add_test(tests, what_a_workflow_holds_cannot_change);
	tcase_add_test(tests, a_callback_may_drop_the_last_reference);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
