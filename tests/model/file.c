/* The model file: what is saved loads to the same bits; whatever else a file may say gets a status. */

#include "support/allocator.h"
#include "support/small_posterior.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char path[] = "model_file_test.abi";

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
	(void)remove(path);
	ck_assert_uint_eq(hooks.outstanding, 0);
	ck_assert_uint_eq(hooks.foreign, 0);
}

#define CHECK_OK(call) ck_assert_msg((call) == ABI_OK, "%s: %s", #call, abi_context_error(context))

static small_model variant(int which)
{
	small_model model = small_model_default();
	model.ragged = which == 1;
	model.base = which == 2 ? ABI_BASE_STUDENT_T : ABI_BASE_NORMAL;
	model.transform = which == 3 ? ABI_TRANSFORM_SPLINE : ABI_TRANSFORM_AFFINE;
	model.no_set = which == 4;
	model.summary = which == 5 ? ABI_SUMMARY_STATISTICS : 0;
	model.pool = which == 6 ? ABI_POOL_MEAN | ABI_POOL_ATTENTION : 0;
	return model;
}

enum { VARIANTS = 7, SETS = 3, DRAWS = 20 };

/* What a posterior answers. */
typedef struct answers {
	double variance[SETS * DRAWS * 3], log_prob[SETS];
} answers;

static answers ask(abi_context *asking, const abi_posterior *posterior, const small_model *model)
{
	answers got;
	abi_data *observed = small_data(asking, model, SETS), *draws;
	ck_assert_ptr_nonnull(observed);
	ck_assert_int_eq(abi_data_make(asking, &draws), ABI_OK);
	ck_assert_int_eq(abi_posterior_draw(asking, posterior, observed, 0, DRAWS, 11, draws), ABI_OK);
	memcpy(got.variance, abi_data_find(draws, "variance")->values, sizeof got.variance);
	ck_assert_int_eq(abi_posterior_density(asking, posterior, observed, got.log_prob), ABI_OK);
	abi_data_destroy(draws);
	abi_data_destroy(observed);
	return got;
}

START_TEST(a_loaded_posterior_gives_the_same_bits)
{
	small_model model = variant(_i);
	abi_posterior *posterior = small_posterior(context, &model), *loaded;
	ck_assert_msg(posterior != NULL, "%s", abi_context_error(context));
	answers before = ask(context, posterior, &model);
	CHECK_OK(abi_posterior_save(context, posterior, path));
	abi_posterior_release(posterior);

	/* As another program would: only the file is left. */
	abi_context_free(context);
	context = failing_allocator_context(&hooks);
	CHECK_OK(abi_posterior_load(context, path, &loaded));
	abi_context *maker = context;
	context = failing_allocator_context(&hooks);
	abi_context_free(maker);
	answers after = ask(context, loaded, &model);
	ck_assert_mem_eq(before.variance, after.variance, sizeof before.variance);
	ck_assert_mem_eq(before.log_prob, after.log_prob, sizeof before.log_prob);
	ck_assert_uint_eq(abi_posterior_simulations(loaded), 12345);
	ck_assert(abi_posterior_loss(loaded) == -1.5);

	/* Saved again, the file is the same. */
	abi_tensors first, second;
	abi_tensors_init(&second, &context->memory);
	CHECK_OK(abi_tensors_read(context, path, &first));
	CHECK_OK(abi_posterior_store(context, loaded, &second));
	unsigned char *bytes[2];
	size_t sizes[2];
	CHECK_OK(abi_tensors_encode(context, &second, &bytes[1], &sizes[1]));
	FILE *file = fopen(path, "rb");
	bytes[0] = malloc(sizes[1] + 1);
	sizes[0] = fread(bytes[0], 1, sizes[1] + 1, file);
	fclose(file);
	ck_assert_uint_eq(sizes[0], sizes[1]);
	ck_assert_mem_eq(bytes[0], bytes[1], sizes[0]);
	free(bytes[0]);
	abi_memory_free(&context->memory, bytes[1]);
	abi_tensors_free(&first);
	abi_tensors_free(&second);
	abi_posterior_release(loaded);
}
END_TEST

START_TEST(an_unknown_loss_stays_unknown)
{
	small_model model = small_model_default();
	abi_posterior *posterior = small_posterior(context, &model), *loaded;
	abi_posterior_set_facts(posterior, &(abi_posterior_facts){ .loss = INFINITY });
	CHECK_OK(abi_posterior_save(context, posterior, path));
	CHECK_OK(abi_posterior_load(context, path, &loaded));
	ck_assert(isnan(abi_posterior_loss(loaded)));
	ck_assert_uint_eq(abi_posterior_simulations(loaded), 0);
	abi_posterior_release(loaded);
	abi_posterior_release(posterior);
}
END_TEST

/* ---- damaged files ------------------------------------------------------------------------------------------------------------------- */

/* The smallest posterior, as the bytes of its file. */
static unsigned char *small_file(size_t *size)
{
	small_model model = { .dim = 1, .rows = 2, .width = 2 };
	abi_posterior *posterior = small_posterior(context, &model);
	abi_tensors tensors;
	abi_tensors_init(&tensors, &context->memory);
	CHECK_OK(abi_posterior_store(context, posterior, &tensors));
	unsigned char *bytes;
	CHECK_OK(abi_tensors_encode(context, &tensors, &bytes, size));
	abi_tensors_free(&tensors);
	abi_posterior_release(posterior);
	return bytes;
}

static abi_status load_bytes(const unsigned char *bytes, size_t size)
{
	unsigned char *exact = malloc(size != 0 ? size : 1);
	memcpy(exact, bytes, size);
	abi_tensors tensors;
	abi_posterior *posterior = NULL;
	abi_status status = abi_tensors_decode(context, "a test", exact, size, &tensors);
	if (status == ABI_OK)
		status = abi_posterior_restore(context, &tensors, &posterior);
	ck_assert((status == ABI_OK) == (posterior != NULL));
	abi_posterior_release(posterior);
	abi_tensors_free(&tensors);
	free(exact);
	return status;
}

START_TEST(every_truncation_gets_a_status)
{
	size_t size;
	unsigned char *bytes = small_file(&size);
	for (size_t length = 0; length < size; length++)
		ck_assert_int_eq(load_bytes(bytes, length), ABI_E_FORMAT);
	CHECK_OK(load_bytes(bytes, size));
	abi_memory_free(&context->memory, bytes);
}
END_TEST

START_TEST(a_truncated_file_gets_a_status)
{
	size_t size;
	unsigned char *bytes = small_file(&size);
	abi_posterior *posterior;
	for (size_t length = 0; length < size; length += 97) {
		FILE *file = fopen(path, "wb");
		ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
		fclose(file);
		ck_assert_int_eq(abi_posterior_load(context, path, &posterior), ABI_E_FORMAT);
		ck_assert_ptr_null(posterior);
		ck_assert_ptr_nonnull(strstr(abi_context_error(context), path));
	}
	abi_memory_free(&context->memory, bytes);
}
END_TEST

/* A posterior as tensors, for a change, and what restoring says of it. */
static abi_tensors stored(const small_model *model)
{
	abi_posterior *posterior = small_posterior(context, model);
	ck_assert_msg(posterior != NULL, "%s", abi_context_error(context));
	abi_tensors tensors;
	abi_tensors_init(&tensors, &context->memory);
	CHECK_OK(abi_posterior_store(context, posterior, &tensors));
	abi_posterior_release(posterior);
	return tensors;
}

static abi_status restored(abi_tensors *tensors)
{
	abi_posterior *posterior = NULL;
	abi_status status = abi_posterior_restore(context, tensors, &posterior);
	ck_assert((status == ABI_OK) == (posterior != NULL));
	abi_posterior_release(posterior);
	abi_tensors_free(tensors);
	return status;
}

static void set_text(abi_tensors *tensors, const char *key, const char *value)
{
	for (size_t i = 0; i < tensors->metadata_count; i++)
		if (strcmp(tensors->metadata[i].key, key) == 0) {
			abi_memory_free(&tensors->memory, tensors->metadata[i].value);
			tensors->metadata[i].value = abi_memory_string(&tensors->memory, value);
			return;
		}
	ck_abort_msg("no metadata '%s'", key);
}

static abi_tensor *find(abi_tensors *tensors, const char *part)
{
	for (size_t i = 0; i < tensors->count; i++)
		if (strstr(tensors->tensors[i].name, part) != NULL)
			return &tensors->tensors[i];
	ck_abort_msg("no tensor '%s'", part);
	return NULL;
}

static const struct {
	const char *key, *value;
	abi_status expected;
} changes[] = {
	{ "format", "other", ABI_E_FORMAT },
	{ "format_version", "1", ABI_E_UNSUPPORTED },
	{ "format_version", "-1", ABI_E_FORMAT },
	{ "format_version", "one", ABI_E_FORMAT },
	{ "summary.kind", "unknown", ABI_E_FORMAT },
	{ "summary.kind", "mlp", ABI_E_FORMAT },
	{ "summary.kind", "", ABI_E_FORMAT },
	{ "summary.statistics", "16", ABI_E_FORMAT },
	{ "summary.statistics", "0", ABI_E_FORMAT },
	{ "summary.deepset.element_width", "17", ABI_E_FORMAT },
	{ "summary.deepset.element_width", "0", ABI_E_FORMAT },
	{ "summary.deepset.element_width", "2147483647", ABI_E_FORMAT },
	{ "summary.deepset.element_width", "8192", ABI_E_FORMAT },
	{ "summary.deepset.pool", "0", ABI_E_FORMAT },
	{ "summary.deepset.activation", "99", ABI_E_FORMAT },
	{ "flow.kind", "unknown", ABI_E_FORMAT },
	{ "flow.coupling.depth", "3", ABI_E_FORMAT },
	{ "flow.coupling.depth", "1", ABI_E_FORMAT },
	{ "flow.coupling.depth", "1000000000", ABI_E_FORMAT },
	{ "flow.coupling.depth", "-1", ABI_E_FORMAT },
	{ "flow.coupling.depth", "1.5", ABI_E_FORMAT },
	{ "flow.coupling.width", "4096", ABI_E_FORMAT },
	{ "flow.coupling.base", "7", ABI_E_FORMAT },
	{ "training.simulations", "-1", ABI_E_FORMAT },
	{ "training.simulations", "9223372036854775808", ABI_E_FORMAT },
	{ "training.loss_known", "2", ABI_E_FORMAT },
	{ "adapter.variables", "0", ABI_E_FORMAT },
	{ "adapter.variables", "1000000000", ABI_E_FORMAT },
	{ "adapter.variable.0.name", "a, b", ABI_E_FORMAT },
	{ "adapter.variable.0.axis0", "4", ABI_E_FORMAT },
	{ "adapter.variable.0.axis0", "0", ABI_E_FORMAT },
	{ "adapter.variable.3.axis1", "4", ABI_E_FORMAT },
	{ "adapter.variable.0.axis0", "2147483647", ABI_E_FORMAT },
	{ "adapter.variable.3.axis1", "2147483647", ABI_E_FORMAT },
	{ "adapter.variable.3.axis1", "30000000", ABI_E_FORMAT },
	{ "adapter.transforms", "5", ABI_E_FORMAT },
	{ "adapter.transform.0.kind", "unknown", ABI_E_FORMAT },
};

START_TEST(changed_metadata_are_refused)
{
	small_model model = small_model_default();
	abi_tensors tensors = stored(&model);
	uint64_t peak = hooks.peak_bytes;
	set_text(&tensors, changes[_i].key, changes[_i].value);
	ck_assert_msg(restored(&tensors) == changes[_i].expected, "%s = %s: %s", changes[_i].key, changes[_i].value, abi_context_error(context));
	ck_assert_msg(hooks.peak_bytes < peak + ((uint64_t)32 << 20), "%s = %s takes %llu bytes", changes[_i].key, changes[_i].value,
	              (unsigned long long)hooks.peak_bytes);
}
END_TEST

START_TEST(an_unchanged_model_is_not)
{
	small_model model = small_model_default();
	abi_tensors tensors = stored(&model);
	ck_assert_msg(restored(&tensors) == ABI_OK, "%s", abi_context_error(context));
}
END_TEST

START_TEST(surplus_content_is_refused)
{
	small_model model = small_model_default();
	abi_tensors tensors = stored(&model);
	CHECK_OK(abi_tensors_add_text(context, &tensors, "note", "hello"));
	ck_assert_int_eq(restored(&tensors), ABI_E_FORMAT);
	tensors = stored(&model);
	CHECK_OK(abi_tensors_add(context, &tensors, "flow.9.weight", ABI_F32, 0, NULL, (float[]){ 0 }));
	ck_assert_int_eq(restored(&tensors), ABI_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "flow.9.weight"));
}
END_TEST

START_TEST(missing_content_is_refused)
{
	small_model model = { .dim = 1, .rows = 2, .width = 2 };
	abi_tensors tensors = stored(&model);
	size_t count = tensors.count, entries = tensors.metadata_count;
	abi_tensors_free(&tensors);
	for (size_t i = 0; i < count + entries; i++) {
		tensors = stored(&model);
		if (i < count)
			tensors.tensors[i].name[0] = '?';
		else
			tensors.metadata[i - count].key[0] = '?';
		ck_assert_int_eq(restored(&tensors), ABI_E_FORMAT);
	}
}
END_TEST

START_TEST(weights_of_another_kind_are_refused)
{
	small_model model = small_model_default();
	for (int i = 0; i < 4; i++) {
		abi_tensors tensors = stored(&model);
		abi_tensor *weight = find(&tensors, i == 0 ? "order" : ".weight");
		float *values = weight->values;
		switch (i) {
		case 0: values[0] = 1e9f; break; /* no permutation */
		case 1: values[0] = NAN; break;
		case 2: weight->dtype = ABI_I32; break;
		default: {
			size_t swapped = weight->shape[0];
			weight->shape[0] = weight->shape[1];
			weight->shape[1] = swapped + (weight->shape[0] == swapped);
		}
		}
		ck_assert_msg(restored(&tensors) == ABI_E_FORMAT, "%d: %s", i, abi_context_error(context));
	}
}
END_TEST

START_TEST(permutations_must_be_some)
{
	static const float wrong[] = { 0.5f, -1, 4, 1, 1e30f }; /* 1 is there a second time, or is the one that stood there */
	small_model model = small_model_default();
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		abi_tensors tensors = stored(&model);
		float *values = find(&tensors, "order")->values;
		values[values[0] == wrong[i] ? 1 : 0] = wrong[i];
		ck_assert_msg(restored(&tensors) == ABI_E_FORMAT, "%g", (double)wrong[i]);
	}
}
END_TEST

/* ---- memory ---------------------------------------------------------------------------------------------------------------------------- */

static bool save(void)
{
	small_model model = small_model_default();
	abi_context *own = failing_allocator_context(&hooks);
	if (own == NULL)
		return false;
	abi_posterior *posterior = small_posterior(own, &model);
	bool done = posterior != NULL && abi_posterior_save(own, posterior, path) == ABI_OK;
	if (!done)
		ck_assert_int_eq(abi_context_error_status(own), ABI_E_MEMORY);
	abi_posterior_release(posterior);
	abi_context_free(own);
	return done;
}

static bool load(void)
{
	abi_context *own = failing_allocator_context(&hooks);
	if (own == NULL)
		return false;
	abi_posterior *posterior = NULL;
	bool done = abi_posterior_load(own, path, &posterior) == ABI_OK;
	if (!done) {
		ck_assert_int_eq(abi_context_error_status(own), ABI_E_MEMORY);
		ck_assert_ptr_null(posterior);
	}
	abi_posterior_release(posterior);
	abi_context_free(own);
	return done;
}

/* Lets every allocation fail once, until the action succeeds. */
static void check_failures(bool (*action)(void))
{
	uint64_t before = hooks.outstanding;
	bool done = false;
	for (uint64_t n = 1; !done; n++) {
		hooks.allocations = 0;
		hooks.fail_at = n;
		done = action();
		ck_assert_uint_eq(hooks.outstanding, before);
		ck_assert_uint_lt(n, 10000);
	}
	ck_assert_uint_gt(hooks.allocations, 100);
	hooks.fail_at = 0;
}

START_TEST(every_allocation_may_fail)
{
	check_failures(save);
	check_failures(load);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("model/file");
	TCase *tests = tcase_create("file");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_loaded_posterior_gives_the_same_bits, 0, VARIANTS);
	tcase_add_test(tests, an_unknown_loss_stays_unknown);
	tcase_add_test(tests, every_truncation_gets_a_status);
	tcase_add_test(tests, a_truncated_file_gets_a_status);
	tcase_add_loop_test(tests, changed_metadata_are_refused, 0, sizeof changes / sizeof changes[0]);
	tcase_add_test(tests, an_unchanged_model_is_not);
	tcase_add_test(tests, surplus_content_is_refused);
	tcase_add_test(tests, missing_content_is_refused);
	tcase_add_test(tests, weights_of_another_kind_are_refused);
	tcase_add_test(tests, permutations_must_be_some);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
