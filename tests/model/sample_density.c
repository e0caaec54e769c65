/* The density that a draw gets on the way is that of abi_posterior_density at the draw. */

#include "support/allocator.h"
#include "support/small_posterior.h"

#include <check.h>
#include <math.h>

static failing_allocator hooks;
static abi_context *context;

static void setup(void)
{
	failing_allocator_init(&hooks);
	context = failing_allocator_context(&hooks);
	ck_assert_ptr_nonnull(context);
}

static void teardown(void)
{
	abi_context_free(context);
	ck_assert_uint_eq(hooks.outstanding, 0);
}

static small_model variant(int which)
{
	small_model model = small_model_default();
	model.ragged = which == 1;
	model.base = which == 2 ? ABI_BASE_STUDENT_T : ABI_BASE_NORMAL;
	model.transform = which == 3 ? ABI_TRANSFORM_SPLINE : ABI_TRANSFORM_AFFINE;
	model.no_set = which == 4;
	return model;
}

enum { VARIANTS = 5, SETS = 3, DRAWS = 300 /* more than a block */ };

static abi_data *no_draws(void)
{
	abi_data *draws;
	ck_assert_int_eq(abi_data_make(context, &draws), ABI_OK);
	return draws;
}

/* Puts draw d of every data set in the place of the parameters. */
static void put_draw(const abi_data *draws, size_t d, abi_data *data)
{
	static const char *const names[] = { "variance", "mu" };
	for (size_t n = 0; n < 2; n++) {
		const abi_variable *from = abi_data_find(draws, names[n]);
		abi_variable *to = abi_data_find(data, names[n]);
		for (size_t s = 0; s < SETS; s++)
			for (size_t i = 0; i < to->row_size; i++)
				abi_variable_put(to, s * to->row_size + i, abi_variable_get(from, (s * DRAWS + d) * to->row_size + i));
	}
}

#define CHECK_OK(call) ck_assert_msg((call) == ABI_OK, "%s: %s", #call, abi_context_error(context))

START_TEST(on_the_way_and_again)
{
	small_model model = variant(_i);
	abi_posterior *posterior = small_posterior(context, &model);
	abi_data *data = small_data(context, &model, SETS), *draws = no_draws(), *plain = no_draws();
	double on_the_way[SETS * DRAWS], again[SETS];
	CHECK_OK(abi_posterior_draw(context, posterior, data, 7, DRAWS, 5, plain));
	CHECK_OK(abi_posterior_draw_with_density(context, posterior, data, 7, DRAWS, 5, draws, on_the_way));
	const abi_variable *one = abi_data_find(plain, "variance"), *other = abi_data_find(draws, "variance");
	ck_assert_mem_eq(one->values, other->values, abi_variable_elements(one, SETS) * sizeof(double));
	for (size_t d = 0; d < DRAWS; d++) {
		put_draw(draws, d, data);
		CHECK_OK(abi_posterior_density(context, posterior, data, again));
		/* The flow is in float, mu is rounded to it, and a draw's density at a bound is large. */
		for (size_t s = 0; s < SETS; s++)
			ck_assert_double_eq_tol(on_the_way[s * DRAWS + d], again[s], 1e-3 * (1 + fabs(again[s])));
	}
	abi_data_destroy(plain);
	abi_data_destroy(draws);
	abi_data_destroy(data);
	abi_posterior_free(posterior);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("model/sample_density");
	TCase *tests = tcase_create("sample_density");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, on_the_way_and_again, 0, VARIANTS);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
