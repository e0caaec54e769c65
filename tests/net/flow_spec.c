#include "abi/summary.h"
#include "net/flow_network.h"

#include <check.h>
#include <string.h>

START_TEST(the_default_is_resolved)
{
	abi_flow_spec spec = abi_flow_spec_default();
	ck_assert_int_eq(spec.kind, ABI_FLOW_COUPLING);
	ck_assert_uint_eq(spec.coupling.size, sizeof spec.coupling);
	ck_assert_int_eq(spec.coupling.transform, ABI_TRANSFORM_SPLINE);
	ck_assert_int_eq(spec.coupling.depth, 3);
	ck_assert_int_eq(spec.coupling.width, 128);
	ck_assert_int_eq(spec.coupling.layers, 2);
	ck_assert_int_eq(spec.coupling.activation, ABI_ACTIVATION_SILU);
	ck_assert_int_eq(spec.coupling.permutation, ABI_PERMUTATION_RANDOM);
	ck_assert_int_eq(spec.coupling.bins, 8);
	ck_assert_int_eq(spec.coupling.marginal, 1);
	ck_assert(spec.coupling.tail_bound == 5 && spec.coupling.base_dof == 10 && spec.coupling.dropout == 0);
	abi_flow_spec again = spec;
	abi_flow_spec_resolve(&again);
	ck_assert_mem_eq(&again, &spec, sizeof spec);
}
END_TEST

START_TEST(what_was_asked_for_stays)
{
	abi_flow_spec spec = { .kind = ABI_FLOW_COUPLING, .coupling = { .transform = ABI_TRANSFORM_AFFINE, .width = 7, .marginal = -1, .tail_bound = 3 } };
	abi_flow_spec_resolve(&spec);
	ck_assert_int_eq(spec.coupling.transform, ABI_TRANSFORM_AFFINE);
	ck_assert_int_eq(spec.coupling.depth, 6); /* affine couplings do less each */
	ck_assert_int_eq(spec.coupling.width, 7);
	ck_assert_int_eq(spec.coupling.marginal, -1);
	ck_assert(spec.coupling.tail_bound == 3);
}
END_TEST

START_TEST(kinds_have_names)
{
	size_t count;
	ck_assert_str_eq(abi_flow_kind_name(ABI_FLOW_COUPLING), "coupling");
	ck_assert_int_eq(abi_flow_kind_of("coupling"), ABI_FLOW_COUPLING);
	ck_assert_ptr_null(abi_flow_kind_name(99));
	ck_assert_int_eq(abi_flow_kind_of("Coupling"), 0);
	ck_assert_ptr_null(abi_flow_spec_fields(99, &count));
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* The table of fields covers every member behind size, once: what a model file says of a flow is all of it. */
START_TEST(fields_describe_the_whole_struct)
{
	size_t count, bytes = sizeof(uint64_t);
	abi_flow_spec spec = abi_flow_spec_default(), other = spec;
	const abi_field *fields = abi_flow_spec_fields(ABI_FLOW_COUPLING, &count);
	for (size_t i = 0; i < count; i++) {
		bytes += fields[i].type == 'd' ? sizeof(double) : sizeof(int32_t);
		ck_assert(abi_field_set(&fields[i], &other, fields[i].highest));
		ck_assert(abi_field_get(&fields[i], &other) == fields[i].highest);
		ck_assert(abi_field_set(&fields[i], &other, abi_field_get(&fields[i], &spec)));
	}
	ck_assert_uint_eq(bytes, sizeof(abi_coupling_options));
	ck_assert_mem_eq(&spec, &other, sizeof spec);
}
END_TEST

START_TEST(every_range_is_checked)
{
	abi_context *context;
	size_t count;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	const abi_field *fields = abi_flow_spec_fields(ABI_FLOW_COUPLING, &count);
	for (size_t i = 0; i < count; i++)
		for (int side = 0; side < 2; side++) {
			abi_flow_spec spec = abi_flow_spec_default();
			double beyond = side == 0 ? fields[i].lowest - 1 : fields[i].highest + 1;
			int32_t whole = (int32_t)beyond;
			memcpy((char *)&spec + fields[i].offset, fields[i].type == 'd' ? (void *)&beyond : (void *)&whole, fields[i].type == 'd' ? 8 : 4);
			ck_assert_int_eq(abi_flow_spec_check(context, &spec), ABI_E_ARGUMENT);
			ck_assert_ptr_nonnull(strstr(abi_context_error(context), fields[i].name));
		}
	abi_flow_spec spec = abi_flow_spec_default();
	ck_assert_int_eq(abi_flow_spec_check(context, &spec), ABI_OK);
	spec.coupling.bins = 1;
	ck_assert_int_eq(abi_flow_spec_check(context, &spec), ABI_E_ARGUMENT);
	ck_assert_str_eq(abi_context_error(context), "abi_coupling_options.bins is 1, expected 2 to 64, or 0 for the default");
	spec = abi_flow_spec_default();
	spec.coupling.tail_bound = 0.001;
	ck_assert_int_eq(abi_flow_spec_check(context, &spec), ABI_E_ARGUMENT);
	spec = abi_flow_spec_default();
	spec.coupling.base_dof = 0.5;
	ck_assert_int_eq(abi_flow_spec_check(context, &spec), ABI_E_ARGUMENT);
	spec = abi_flow_spec_default();
	spec.kind = 99;
	ck_assert_int_eq(abi_flow_spec_check(context, &spec), ABI_E_UNSUPPORTED);
	abi_context_free(context);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/flow_spec");
	TCase *tests = tcase_create("flow_spec");
	tcase_add_test(tests, the_default_is_resolved);
	tcase_add_test(tests, what_was_asked_for_stays);
	tcase_add_test(tests, kinds_have_names);
	tcase_add_test(tests, fields_describe_the_whole_struct);
	tcase_add_test(tests, every_range_is_checked);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
