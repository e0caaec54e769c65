#include <abi/abi.h>

#include "support/allocator.h"

#include <check.h>
#include <string.h>

static abi_context *context;

static void set_up(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
}

static void tear_down(void)
{
	abi_context_free(context);
}

START_TEST(init_writes_defaults_that_are_accepted)
{
	abi_coupling_options options;
	abi_flow *flow;
	memset(&options, 0x5a, sizeof options);
	abi_coupling_options_init(&options, sizeof options);
	ck_assert_uint_eq(options.size, sizeof options);
	ck_assert_int_eq(options.transform, ABI_TRANSFORM_DEFAULT);
	ck_assert_int_eq(options.width, 128);
	ck_assert_int_eq(options.layers, 2);
	ck_assert_int_eq(options.depth, 0);
	ck_assert_int_eq(options.marginal, 0);
	ck_assert(options.tail_bound == 0 && options.base_dof == 0 && options.dropout == 0);
	ck_assert_int_eq(abi_flow_create_coupling(context, &options, &flow), ABI_OK);
	abi_flow_free(flow);
	ck_assert_int_eq(abi_flow_create_coupling(context, NULL, &flow), ABI_OK);
	abi_flow_free(flow);
	abi_flow_free(NULL);
}
END_TEST

/* No version had a shorter struct, so one was never filled by init; and init writes no more than it was told of. */
START_TEST(a_shorter_struct_was_not_initialised)
{
	abi_coupling_options options;
	abi_flow *flow;
	size_t known = offsetof(abi_coupling_options, dropout);
	unsigned char untouched[sizeof options.dropout];
	memset(&options, 0x5a, sizeof options);
	memset(untouched, 0x5a, sizeof untouched);
	abi_coupling_options_init(&options, known);
	ck_assert_uint_eq(options.size, known);
	ck_assert_mem_eq(&options.dropout, untouched, sizeof untouched);
	ck_assert_int_eq(abi_flow_create_coupling(context, &options, &flow), ABI_E_ARGUMENT);
	ck_assert_ptr_null(flow);
}
END_TEST

START_TEST(a_longer_struct_is_a_newer_program)
{
	struct {
		abi_coupling_options options;
		double unknown;
	} newer = { .unknown = 0 };
	abi_flow *flow;
	abi_coupling_options_init(&newer.options, sizeof newer.options);
	newer.options.size = sizeof newer;
	ck_assert_int_eq(abi_flow_create_coupling(context, &newer.options, &flow), ABI_OK);
	abi_flow_free(flow);
	newer.unknown = 1;
	ck_assert_int_eq(abi_flow_create_coupling(context, &newer.options, &flow), ABI_E_UNSUPPORTED);
	ck_assert_ptr_null(flow);
}
END_TEST

START_TEST(bad_options_are_refused_with_a_sentence)
{
	abi_coupling_options options;
	abi_flow *flow = (abi_flow *)&options;
	abi_coupling_options_init(&options, sizeof options);
	options.depth = 65;
	ck_assert_int_eq(abi_flow_create_coupling(context, &options, &flow), ABI_E_ARGUMENT);
	ck_assert_ptr_null(flow);
	ck_assert_str_eq(abi_context_error(context), "abi_coupling_options.depth is 65, expected 0 to 64");
	abi_coupling_options_init(&options, sizeof options);
	options.bins = 1;
	ck_assert_int_eq(abi_flow_create_coupling(context, &options, &flow), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_flow_create_coupling(NULL, NULL, &flow), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_flow_create_coupling(context, NULL, NULL), ABI_E_ARGUMENT);
}
END_TEST

START_TEST(a_failed_allocation_leaves_nothing)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *failing = failing_allocator_context(&allocator);
	abi_flow *flow;
	allocator.allocations = 0;
	allocator.fail_at = 1;
	ck_assert_int_eq(abi_flow_create_coupling(failing, NULL, &flow), ABI_E_MEMORY);
	ck_assert_ptr_null(flow);
	ck_assert_int_eq(abi_flow_create_coupling(failing, NULL, &flow), ABI_OK);
	abi_context_free(failing); /* a handle keeps its context alive */
	abi_flow_free(flow);
	ck_assert_uint_eq(allocator.outstanding, 0);
	ck_assert_uint_eq(allocator.foreign, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/flow");
	TCase *tests = tcase_create("flow");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, init_writes_defaults_that_are_accepted);
	tcase_add_test(tests, a_shorter_struct_was_not_initialised);
	tcase_add_test(tests, a_longer_struct_is_a_newer_program);
	tcase_add_test(tests, bad_options_are_refused_with_a_sentence);
	tcase_add_test(tests, a_failed_allocation_leaves_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
