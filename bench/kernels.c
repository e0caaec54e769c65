/*
 * The kernels of one instruction set against the FMA peak of the core,
 * measured in the same run, and against OpenBLAS (as it configures itself,
 * and with the core type that is fastest here) and libxsmm. One thread.
 */

#define _POSIX_C_SOURCE 200809L

#include "num/kernels.h"

#include "abi/base.h"

#include "inside/splines.h"
#include "support/arguments.h"
#include "support/clock.h"
#include "support/json.h"
#include "support/machine.h"
#include "support/table.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(BENCH_XSMM)
#	include <libxsmm.h>
#endif

typedef enum product { FORWARD, OUTER, SCORES, VALUES } product;

static const char *const product_names[] = { "x w", "x' dy", "a b'", "a b" };

/* y[m, n] over a depth of k; for the weight gradient dw[k, n] over m rows. */
typedef struct shape {
	product product;
	size_t m, n, k;
} shape;

static const shape shapes[] = {
	{ FORWARD, 1, 128, 128 }, { FORWARD, 16, 128, 42 }, { FORWARD, 16, 128, 128 }, { FORWARD, 16, 12, 128 }, { FORWARD, 32, 128, 12 },
	{ FORWARD, 32, 128, 42 }, { FORWARD, 32, 64, 64 }, { FORWARD, 32, 128, 128 }, { FORWARD, 32, 128, 256 }, { FORWARD, 32, 36, 128 },
	{ FORWARD, 32, 12, 128 }, { FORWARD, 64, 128, 6 }, { FORWARD, 64, 24, 128 }, { FORWARD, 64, 128, 128 }, { FORWARD, 128, 128, 128 },
	{ FORWARD, 320, 128, 12 }, { FORWARD, 320, 128, 128 }, { FORWARD, 1280, 128, 128 }, { FORWARD, 8416, 128, 128 }, { FORWARD, 8416, 64, 64 },
	{ OUTER, 16, 128, 42 }, { OUTER, 16, 128, 128 }, { OUTER, 16, 12, 128 }, { OUTER, 32, 128, 128 }, { OUTER, 32, 36, 128 },
	{ OUTER, 64, 128, 128 }, { OUTER, 128, 128, 128 }, { OUTER, 320, 128, 12 }, { OUTER, 320, 128, 128 }, { OUTER, 1280, 128, 128 },
	{ OUTER, 8416, 128, 128 }, { SCORES, 10, 10, 16 }, { VALUES, 10, 16, 10 }, { SCORES, 32, 263, 16 }, { VALUES, 32, 16, 263 },
	{ SCORES, 263, 263, 16 }, { VALUES, 263, 16, 263 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* The core types of OpenBLAS that may be the best on a processor it does not know. */
static const char *const core_types[] = { "HASWELL", "ZEN", "SKYLAKEX", "COOPERLAKE" };
enum { CORE_TYPES = sizeof core_types / sizeof *core_types };

static double *no_figures(double *figures)
{
	for (size_t i = 0; i < SHAPES; i++)
		figures[i] = NAN;
	return figures;
}

/* ---- measuring ---------------------------------------------------------------------------------------------------------------- */

static float *floats(size_t count)
{
	float *block = aligned_alloc(64, (count * sizeof *block / 64 + 1) * 64);
	if (block == NULL) {
		fputs("bench/kernels: out of memory\n", stderr);
		exit(1);
	}
	for (size_t i = 0; i < count; i++)
		block[i] = (float)(i % 97) * 0.02f - 0.97f;
	return block;
}

/* ---- products ----------------------------------------------------------------------------------------------------------------- */

/* OpenBLAS by its C interface, found at run time: the figures come without it, too. */
typedef void (*cblas_sgemm_function)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                                     const float *b, int ldb, float beta, float *c, int ldc);
enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112 };

typedef struct job {
	shape shape;
	const abi_kernels *kernels;
	float *a, *b, *c, *d, *packed, *bias;
	abi_activation activation;
	cblas_sgemm_function sgemm;
#if defined(BENCH_XSMM)
	libxsmm_smmfunction xsmm;
#endif
} job;

static job job_new(const abi_kernels *kernels, shape s)
{
	job j = { .shape = s, .kernels = kernels };
	size_t most = s.m * s.n + s.m * s.k + s.k * s.n;
	j.a = floats(most);
	j.b = floats(most);
	j.c = floats(most);
	j.d = floats(most);
	j.bias = floats(s.n);
	j.packed = floats(kernels->packed_size(s.k, s.n));
	kernels->pack(s.k, s.n, j.b, s.n, j.packed);
	return j;
}

static void job_free(job *j)
{
	free(j->a);
	free(j->b);
	free(j->c);
	free(j->d);
	free(j->bias);
	free(j->packed);
}

static void run_own(void *argument)
{
	const job *j = argument;
	const shape s = j->shape;
	switch (s.product) {
	case FORWARD: j->kernels->matmul(s.m, s.n, s.k, j->a, s.k, j->packed, 0, s.k, false, j->c, s.n); break;
	case OUTER: j->kernels->matmul_outer(s.m, s.k, s.n, j->a, s.k, j->b, s.n, true, j->c, s.n, NULL); break;
	case SCORES: j->kernels->matmul_abt(s.m, s.n, s.k, 0.25f, j->a, s.k, j->b, s.k, false, j->c, s.n); break;
	case VALUES: j->kernels->matmul_ab(s.m, s.n, s.k, 1.0f, j->a, s.k, j->b, s.n, false, j->c, s.n); break;
	}
}

static void run_dense(void *argument)
{
	const job *j = argument;
	const shape s = j->shape;
	j->kernels->dense(j->activation, s.m, s.n, s.k, j->a, s.k, j->packed, 0, s.k, false, j->bias, j->c, s.n, j->d);
}

static void run_openblas(void *argument)
{
	const job *j = argument;
	const int m = (int)j->shape.m, n = (int)j->shape.n, k = (int)j->shape.k;
	switch (j->shape.product) {
	case FORWARD:
	case VALUES: j->sgemm(ROW_MAJOR, PLAIN, PLAIN, m, n, k, 1, j->a, k, j->b, n, 0, j->c, n); break;
	case OUTER: j->sgemm(ROW_MAJOR, TRANSPOSED, PLAIN, k, n, m, 1, j->a, k, j->b, n, 1, j->c, n); break;
	case SCORES: j->sgemm(ROW_MAJOR, PLAIN, TRANSPOSED, m, n, k, 0.25f, j->a, k, j->b, k, 0, j->c, n); break;
	}
}

static double gflops(shape s, double seconds)
{
	return 2e-9 * (double)s.m * (double)s.n * (double)s.k / seconds;
}

#if defined(BENCH_XSMM)

static void run_xsmm(void *argument)
{
	const job *j = argument;
	/* Column-major, so the sides change places. */
	j->xsmm(j->b, j->a, j->c);
}

static double measure_xsmm(job *j)
{
	const shape s = j->shape;
	const int m = (int)s.m, n = (int)s.n, k = (int)s.k, accumulate = s.product == OUTER;
	int flags = s.product == OUTER ? LIBXSMM_GEMM_FLAG_TRANS_B : s.product == SCORES ? LIBXSMM_GEMM_FLAG_TRANS_A : LIBXSMM_GEMM_FLAG_NONE;
	const float alpha = 1, beta = accumulate ? 1 : 0;
	const int lda = s.product == SCORES ? k : n, ldb = k, ldc = n;
	j->xsmm = s.product == OUTER ? libxsmm_smmdispatch(n, k, m, &lda, &ldb, &ldc, &alpha, &beta, &flags, NULL)
	                             : libxsmm_smmdispatch(n, m, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, NULL);
	return j->xsmm != NULL ? gflops(s, bench_best_seconds(run_xsmm, j)) : NAN;
}

#endif

/* As a child: prints the figures of OpenBLAS, one a line. Its core type and threads are read from the environment when it is loaded. */
static int print_openblas(const abi_kernels *kernels)
{
	void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return 1;
	cblas_sgemm_function sgemm;
	void *symbol = dlsym(library, "cblas_sgemm");
	memcpy(&sgemm, &symbol, sizeof sgemm);
	for (size_t i = 0; sgemm != NULL && i < SHAPES; i++) {
		job j = job_new(kernels, shapes[i]);
		j.sgemm = sgemm;
		printf("%.9g\n", gflops(shapes[i], bench_best_seconds(run_openblas, &j)));
		job_free(&j);
	}
	return sgemm == NULL;
}

/* Runs this program once more with OpenBLAS told its core type (NULL: its own choice). */
static void ask_openblas(const char *core_type, double *figures)
{
	char self[4096], command[4400];
	no_figures(figures);
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	if (length <= 0 || memchr(self, '\'', (size_t)length) != NULL)
		return;
	self[length] = '\0';
	snprintf(command, sizeof command, "OPENBLAS_NUM_THREADS=1 %s%s '%s' --openblas 2>/dev/null", core_type != NULL ? "OPENBLAS_CORETYPE=" : "",
	         core_type != NULL ? core_type : "", self);
	FILE *child = popen(command, "r");
	for (size_t i = 0; child != NULL && i < SHAPES; i++)
		if (fscanf(child, "%lf", &figures[i]) != 1)
			figures[i] = NAN;
	if (child != NULL)
		pclose(child);
}

typedef struct peers {
	double automatic[SHAPES], best[SHAPES];
	const char *best_core_type[SHAPES];
} peers;

static void ask_peers(peers *p)
{
	ask_openblas(NULL, p->automatic);
	memcpy(p->best, p->automatic, sizeof p->best);
	for (size_t i = 0; i < SHAPES; i++)
		p->best_core_type[i] = "automatic";
	for (size_t c = 0; c < CORE_TYPES; c++) {
		double figures[SHAPES];
		ask_openblas(core_types[c], figures);
		for (size_t i = 0; i < SHAPES; i++)
			if (figures[i] > p->best[i]) {
				p->best[i] = figures[i];
				p->best_core_type[i] = core_types[c];
			}
	}
}

static void products(const abi_kernels *kernels, double peak, bool with_peers, bench_table *table, bool as_json)
{
	static peers p;
	no_figures(p.automatic);
	no_figures(p.best);
	if (with_peers)
		ask_peers(&p);
	for (size_t i = 0; i < SHAPES; i++) {
		const shape s = shapes[i];
		job j = job_new(kernels, s);
		double own = gflops(s, bench_best_seconds(run_own, &j)), dense = NAN, xsmm = NAN;
		if (s.product == FORWARD) {
			j.activation = ABI_ACT_SILU;
			dense = gflops(s, bench_best_seconds(run_dense, &j));
		}
#if defined(BENCH_XSMM)
		if (with_peers)
			xsmm = measure_xsmm(&j);
#endif
		job_free(&j);
		if (as_json) {
			bench_json line;
			bench_json_begin(&line, stdout);
			bench_json_text(&line, "product", product_names[s.product]);
			bench_json_text(&line, "isa", kernels->name);
			bench_json_count(&line, "m", s.m);
			bench_json_count(&line, "n", s.n);
			bench_json_count(&line, "k", s.k);
			bench_json_number(&line, "gflops", own);
			bench_json_number(&line, "peak_gflops", peak);
			bench_json_number(&line, "peak_share", own / peak);
			bench_json_number(&line, "dense_silu_gflops", dense);
			bench_json_number(&line, "openblas_gflops", p.automatic[i]);
			bench_json_number(&line, "openblas_best_gflops", p.best[i]);
			bench_json_text(&line, "openblas_best_core_type", p.best_core_type[i]);
			bench_json_number(&line, "libxsmm_gflops", xsmm);
			bench_json_end(&line);
		} else {
			bench_table_text(table, product_names[s.product]);
			bench_table_count(table, s.m);
			bench_table_count(table, s.n);
			bench_table_count(table, s.k);
			bench_table_number(table, own, 1);
			bench_table_number(table, 100 * own / peak, 0);
			bench_table_number(table, dense, 1);
			bench_table_number(table, p.automatic[i], 1);
			bench_table_number(table, p.best[i], 1);
			bench_table_number(table, xsmm, 1);
		}
	}
}

/* ---- elementwise -------------------------------------------------------------------------------------------------------------- */

static double sigmoid_of(double x)
{
	return 1 / (1 + exp(-x));
}

static double softplus_of(double x)
{
	return x > 40 ? x : log1p(exp(x));
}

static double silu_of(double x)
{
	return x / (1 + exp(-x));
}

static double gelu_of(double x)
{
	return x * 0.5 * erfc(-x * 0.70710678118654752440);
}

static double mish_of(double x)
{
	return x * tanh(softplus_of(x));
}

typedef struct pass {
	const char *name;
	size_t offset; /* of a member (n, x, y) of the table; activation counts when it is 0 */
	abi_activation activation;
	double (*reference)(double);
	double low, high; /* arguments of the error's search */
} pass;

static const pass passes[] = {
	{ "exp", offsetof(abi_kernels, exp), ABI_ACT_LINEAR, exp, -87, 88 },
	{ "log", offsetof(abi_kernels, log), ABI_ACT_LINEAR, log, 1e-6, 1e3 },
	{ "tanh", offsetof(abi_kernels, tanh), ABI_ACT_LINEAR, tanh, -12, 12 },
	{ "sigmoid", offsetof(abi_kernels, sigmoid), ABI_ACT_LINEAR, sigmoid_of, -80, 80 },
	{ "softplus", offsetof(abi_kernels, softplus), ABI_ACT_LINEAR, softplus_of, -80, 80 },
	{ "silu and slope", 0, ABI_ACT_SILU, silu_of, -20, 20 },
	{ "gelu and slope", 0, ABI_ACT_GELU, gelu_of, -10, 10 },
	{ "mish and slope", 0, ABI_ACT_MISH, mish_of, -20, 20 },
};
enum { PASSES = sizeof passes / sizeof *passes, ELEMENTS = 2048, ERROR_ELEMENTS = 1 << 20 };

typedef struct pass_job {
	const pass *pass;
	const abi_kernels *kernels;
	size_t n;
	float *x, *y, *slope;
} pass_job;

static void run_pass(void *argument)
{
	const pass_job *j = argument;
	if (j->pass->offset == 0) {
		j->kernels->activate(j->pass->activation, j->n, j->x, j->y, j->slope);
		return;
	}
	void (*function)(size_t n, const real *x, real *y);
	memcpy(&function, (const char *)j->kernels + j->pass->offset, sizeof function);
	function(j->n, j->x, j->y);
}

static double largest_error(pass_job *j)
{
	double most = 0;
	for (size_t i = 0; i < j->n; i++)
		j->x[i] = (float)(j->pass->low + (j->pass->high - j->pass->low) * ((double)i + 0.5) / (double)j->n);
	run_pass(j);
	for (size_t i = 0; i < j->n; i++) {
		double exact = j->pass->reference((double)j->x[i]);
		int exponent;
		frexp(exact, &exponent);
		most = fmax(most, fabs((double)j->y[i] - exact) / ldexp(1, exponent - 24));
	}
	return most;
}

static void elementwise(const abi_kernels *kernels, bench_table *table, bool as_json)
{
	float *x = floats(ERROR_ELEMENTS), *y = floats(ERROR_ELEMENTS), *slope = floats(ERROR_ELEMENTS);
	for (size_t i = 0; i < PASSES; i++) {
		pass_job j = { &passes[i], kernels, ERROR_ELEMENTS, x, y, slope };
		double error = largest_error(&j);
		j.n = ELEMENTS;
		for (size_t n = 0; n < ELEMENTS; n++)
			x[n] = (float)n * (6.0f / ELEMENTS) + (passes[i].low < 0 ? -3.0f : 0.1f);
		double rate = ELEMENTS / bench_best_seconds(run_pass, &j);
		if (as_json) {
			bench_json line;
			bench_json_begin(&line, stdout);
			bench_json_text(&line, "function", passes[i].name);
			bench_json_text(&line, "isa", kernels->name);
			bench_json_number(&line, "elements_per_s", rate);
			bench_json_number(&line, "max_ulp", error);
			bench_json_end(&line);
		} else {
			bench_table_text(table, passes[i].name);
			bench_table_number(table, rate * 1e-9, 2);
			bench_table_number(table, error, 2);
		}
	}
	free(x);
	free(y);
	free(slope);
}

/* ---- passes over memory ------------------------------------------------------------------------------------------------------ */

enum { PARAMETERS = 388020 };

typedef struct memory_job {
	const abi_kernels *kernels;
	float *w, *g, *m, *v, *averaged, *packed;
} memory_job;

static void run_adam(void *argument)
{
	const memory_job *j = argument;
	const abi_adam_step step = { .rate = 1e-3f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .correction1 = 1, .correction2 = 1,
		                     .scale = 1, .average = 0.999f };
	j->kernels->adam(&step, PARAMETERS, j->w, j->g, j->m, j->v, j->averaged);
}

static void run_pack(void *argument)
{
	const memory_job *j = argument;
	j->kernels->pack(128, 128, j->w, 128, j->packed);
}

static void run_pack_transposed(void *argument)
{
	const memory_job *j = argument;
	j->kernels->pack_transposed(128, 128, j->w, 128, j->packed);
}

static void run_backward(void *argument)
{
	const memory_job *j = argument;
	j->kernels->activation_backward(32, 128, j->g, 128, j->averaged, j->m);
}

static void memory_passes(const abi_kernels *kernels, bench_table *table, bool as_json)
{
	memory_job j = { kernels, NULL, NULL, NULL, NULL, NULL, NULL };
	float **arrays[] = { &j.w, &j.g, &j.m, &j.v, &j.averaged, &j.packed };
	for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
		*arrays[i] = floats(PARAMETERS);
	for (size_t i = 0; i < PARAMETERS; i++)
		j.v[i] = 1e-4f;
	for (size_t i = 0; i < PARAMETERS; i++)
		j.averaged[i] = 1;
	const struct {
		const char *name;
		void (*run)(void *);
		double elements, bytes;
	} cases[] = {
		{ "pack 128 x 128", run_pack, 128 * 128, 8 },
		{ "pack transposed 128 x 128", run_pack_transposed, 128 * 128, 8 },
		{ "slope and bias gradient 32 x 128", run_backward, 32 * 128, 12 },
		{ "adam with average, 388020", run_adam, PARAMETERS, 36 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double rate = cases[i].elements / bench_best_seconds(cases[i].run, &j);
		if (as_json) {
			bench_json line;
			bench_json_begin(&line, stdout);
			bench_json_text(&line, "pass", cases[i].name);
			bench_json_text(&line, "isa", kernels->name);
			bench_json_number(&line, "elements_per_s", rate);
			bench_json_number(&line, "gbs", rate * cases[i].bytes * 1e-9);
			bench_json_end(&line);
		} else {
			bench_table_text(table, cases[i].name);
			bench_table_number(table, rate * 1e-9, 2);
			bench_table_number(table, rate * cases[i].bytes * 1e-9, 0);
		}
	}
	for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
		free(*arrays[i]);
}

/* ---- the report --------------------------------------------------------------------------------------------------------------- */

static void machine(double peak, bool as_json)
{
	bench_bandwidths b = bench_measure_bandwidths();
	if (as_json) {
		bench_json line;
		bench_json_begin(&line, stdout);
		bench_json_number(&line, "peak_gflops", peak);
		bench_json_number(&line, "l1_gbs", b.l1_gbs);
		bench_json_number(&line, "l2_gbs", b.l2_gbs);
		bench_json_number(&line, "l3_gbs", b.l3_gbs);
		bench_json_number(&line, "memory_gbs", b.memory_gbs);
		bench_json_end(&line);
	} else
		printf("One core: %.1f GFLOP/s of fused multiply-adds in vectors of this set;\nreads %.0f GB/s from L1, %.0f from L2, %.0f from L3, "
		       "%.0f from memory.\n\n", peak, b.l1_gbs, b.l2_gbs, b.l3_gbs, b.memory_gbs);
}

typedef void (*section)(const abi_kernels *kernels, bench_table *table, bool as_json);

static int print_section(section fill, const abi_kernels *kernels, const char *const *headers, size_t columns, bool as_json)
{
	bench_table *table = as_json ? NULL : bench_table_create(headers, columns);
	fill(kernels, table, as_json);
	int status = as_json ? 0 : bench_table_print(table, stdout);
	bench_table_free(table);
	if (!as_json)
		putchar('\n');
	return status;
}

static int32_t isa_of(const char *name)
{
	static const char *const names[] = {
		[ABI_ISA_GENERIC] = "generic", [ABI_ISA_AVX2] = "avx2", [ABI_ISA_AVX512] = "avx512", [ABI_ISA_NEON] = "neon"
	};
	for (int32_t isa = ABI_ISA_GENERIC; isa <= ABI_ISA_NEON; isa++)
		if (strcmp(name, names[isa]) == 0)
			return isa;
	return abi_kernels_best_isa();
}

int main(int argc, char **argv)
{
	int as_json = 0, as_child = 0, alone = 0;
	const char *isa = "best";
	bench_option options[] = {
		{ .name = "json", .kind = BENCH_FLAG, .value = &as_json, .help = "one JSON object per line" },
		{ .name = "isa", .kind = BENCH_CHOICE, .value = &isa, .help = "instruction set", .choices = "best generic avx2 avx512 neon" },
		{ .name = "alone", .kind = BENCH_FLAG, .value = &alone, .help = "leave OpenBLAS and libxsmm out" },
		{ .name = "openblas", .kind = BENCH_FLAG, .value = &as_child, .help = "print the figures of OpenBLAS as this environment configures it" },
	};
	const char *const purpose = "Matrix products, activations and the optimizer's pass against the peak of one core and other libraries.";
	int status = bench_arguments_read("kernels", purpose, options, sizeof options / sizeof *options, argc, argv, stdout, stderr);
	if (status >= 0)
		return status;
	const abi_kernels *kernels = abi_kernels_find(isa_of(isa));
	if (kernels == NULL) {
		fprintf(stderr, "bench/kernels: this processor or build lacks %s\n", isa);
		return 1;
	}
	if (as_child)
		return print_openblas(kernels);

	double peak = bench_fma_peak_gflops_of(kernels->isa == ABI_ISA_AVX512 ? 16 : kernels->isa == ABI_ISA_AVX2 ? 8 : 4);
	machine(peak, as_json);
	const char *const product_headers[] = { "product", "m", "n", "k", kernels->name, "% of peak", "dense silu", "OpenBLAS", "best core type",
		                                "libxsmm" };
	bench_table *table = as_json ? NULL : bench_table_create(product_headers, sizeof product_headers / sizeof *product_headers);
	products(kernels, peak, !alone, table, as_json);
	if (!as_json) {
		puts("Products, GFLOP/s:");
		bench_table_print(table, stdout);
		puts("\nElementwise, 2048 elements:");
	}
	bench_table_free(table);
	const char *const element_headers[] = { "function", "10^9 elements/s", "largest error, ulp" };
	const char *const spline_headers[] = { "8 bins, 256 x 6", "10^9 elements/s", "largest error, ulp of the bound" };
	const char *const pass_headers[] = { "pass", "10^9 elements/s", "GB/s" };
	status = print_section(elementwise, kernels, element_headers, 3, as_json);
	status = print_section(bench_splines, kernels, spline_headers, 3, as_json) != 0 || status != 0;
	return print_section(memory_passes, kernels, pass_headers, 3, as_json) != 0 || status != 0;
}
