#include "num/random.h"
#include "num/random_math.h"

#include <string.h>

/* Kinds of streams of one (seed, purpose). */
enum { KIND_BULK, KIND_ROW, KIND_SEED };

/* Blocks that are made together: enough for the compiler's vectors, small enough for the first cache. */
enum { LANES = 64 };

static abi_random_key make_key(uint64_t seed, uint32_t purpose, uint32_t kind)
{
	/* Seed and purpose are 96 bits, a key is 64: mixed by the generator itself under a key that no stream uses by design. */
	abi_random_block counter = { { (uint32_t)seed, (uint32_t)(seed >> 32), purpose, kind } };
	abi_random_key mixing = { { UINT32_C(0x6c696261), UINT32_C(0x62690000) } };
	abi_random_block mixed = philox4x32(counter, mixing);
	return (abi_random_key){ { mixed.v[0], mixed.v[1] } };
}

/* A fill past 2^32, which only a host's own generator lives to see, carries into the index that it does not use. */
static abi_random_block make_counter(uint64_t block, uint64_t fill, uint64_t index)
{
	return (abi_random_block){ { (uint32_t)block, (uint32_t)fill, (uint32_t)index, (uint32_t)(index >> 32) ^ (uint32_t)(fill >> 32) } };
}

void abi_random_start(abi_random *random, uint64_t seed, uint32_t purpose, uint64_t first, size_t count, abi_random *rows)
{
	*random = (abi_random){
		.key = make_key(seed, purpose, KIND_BULK),
		.row_key = make_key(seed, purpose, KIND_ROW),
		.seed_key = make_key(seed, purpose, KIND_SEED),
		.first = first,
		.count = count,
		.rows = rows,
	};
}

abi_random abi_random_part(const abi_random *random, size_t first, size_t count)
{
	abi_random part = *random;
	part.first += first;
	part.count = count;
	part.rows = random->rows != NULL ? random->rows + first : NULL;
	return part;
}

static void make_rows(abi_random *random)
{
	for (size_t i = 0; i < random->count; i++)
		random->rows[i] = (abi_random){
			.key = random->row_key,
			.seed_key = random->seed_key,
			.first = random->first + i,
			.count = 1,
			.single = true,
			.batch = random,
		};
	random->rows_ready = true;
}

abi_random *abi_random_of_row(abi_random *random, size_t row)
{
	if (row >= random->count)
		return NULL;
	if (random->single)
		return random;
	if (random->rows == NULL)
		return NULL;
	if (!random->rows_ready)
		make_rows(random);
	return &random->rows[row];
}

uint64_t abi_random_seed_of(const abi_random *random, size_t row)
{
	abi_random_block words = philox4x32(make_counter(0, 0, random->first + row), random->seed_key);
	return (uint64_t)words.v[1] << 32 | words.v[0];
}

void abi_random_next_fill(abi_random *random)
{
	random->fill++;
}

/* Words of LANES blocks, as two uniforms each. */
typedef struct lanes {
	uint32_t block[LANES], index_low[LANES], index_high[LANES];
	double u[LANES], v[LANES];
} lanes;

static void make_uniforms(const abi_random *random, lanes *l)
{
	uint32_t fill = (uint32_t)random->fill, fill_high = (uint32_t)(random->fill >> 32);
	uint32_t words[4][LANES];
	for (size_t i = 0; i < LANES; i++) {
		abi_random_block counter = { { l->block[i], fill, l->index_low[i], l->index_high[i] ^ fill_high } };
		abi_random_block made = philox4x32(counter, random->key);
		words[0][i] = made.v[0];
		words[1][i] = made.v[1];
		words[2][i] = made.v[2];
		words[3][i] = made.v[3];
	}
	for (size_t i = 0; i < LANES; i++)
		l->u[i] = abi_open_uniform(words[0][i], words[1][i]);
	for (size_t i = 0; i < LANES; i++)
		l->v[i] = abi_open_uniform(words[2][i], words[3][i]);
}

/* How the two uniforms of each block become two values, in place. */
typedef void (*transform)(lanes *l, double a, double b);

static void to_uniform(lanes *l, double low, double high)
{
	double least = nextafter(low, high), most = nextafter(high, low);
	for (size_t i = 0; i < LANES; i++) {
		l->u[i] = abi_between(low, high, least, most, l->u[i]);
		l->v[i] = abi_between(low, high, least, most, l->v[i]);
	}
}

/* abi_box_muller in three loops: the square root, which may set errno, would keep the others from being vectorized. */
static void to_normal(lanes *l, double mean, double sd)
{
	double radius[LANES], cosine[LANES], sine[LANES];
	for (size_t i = 0; i < LANES; i++)
		radius[i] = -2.0 * abi_log_positive(l->u[i]);
	for (size_t i = 0; i < LANES; i++)
		radius[i] = sqrt(radius[i]);
	for (size_t i = 0; i < LANES; i++)
		abi_turn(l->v[i], &cosine[i], &sine[i]);
	for (size_t i = 0; i < LANES; i++) {
		l->u[i] = mean + sd * (radius[i] * cosine[i]);
		l->v[i] = mean + sd * (radius[i] * sine[i]);
	}
}

static void to_exponential(lanes *l, double rate, double unused)
{
	(void)unused;
	for (size_t i = 0; i < LANES; i++) {
		l->u[i] = -abi_log_positive(l->u[i]) / rate;
		l->v[i] = -abi_log_positive(l->v[i]) / rate;
	}
}

/*
 * Two values per block, block b of a row giving values 2b and 2b + 1. Lanes run over blocks and rows alike, so that short rows are as fast as
 * long ones.
 */
static void fill_in_bulk(abi_random *random, size_t per_simulation, double *values, transform to, double a, double b)
{
	size_t blocks = per_simulation / 2 + per_simulation % 2;
	size_t row = 0, block = 0;
	lanes l;
	memset(&l, 0, sizeof l);
	while (row < random->count) {
		size_t first_row = row, first_block = block, used = 0;
		for (; used < LANES && row < random->count; used++) {
			uint64_t index = random->first + row;
			l.block[used] = (uint32_t)block;
			l.index_low[used] = (uint32_t)index;
			l.index_high[used] = (uint32_t)(index >> 32);
			if (++block == blocks) {
				block = 0;
				row++;
			}
		}
		make_uniforms(random, &l);
		to(&l, a, b);
		double *out = values + first_row * per_simulation + 2 * first_block;
		for (size_t i = 0; i < used; i++) {
			*out++ = l.u[i];
			bool is_last = ++first_block == blocks;
			if (!is_last || per_simulation % 2 == 0)
				*out++ = l.v[i];
			if (is_last)
				first_block = 0;
		}
	}
	abi_random_next_fill(random);
}

void abi_random_fill_uniform(abi_random *random, double low, double high, size_t per_simulation, double *values)
{
	fill_in_bulk(random, per_simulation, values, to_uniform, low, high);
}

void abi_random_fill_normal(abi_random *random, double mean, double sd, size_t per_simulation, double *values)
{
	fill_in_bulk(random, per_simulation, values, to_normal, mean, sd);
}

void abi_random_fill_exponential(abi_random *random, double rate, size_t per_simulation, double *values)
{
	fill_in_bulk(random, per_simulation, values, to_exponential, rate, 0);
}

abi_random_stream abi_random_stream_of(const abi_random *random, size_t row)
{
	return (abi_random_stream){ .key = random->key, .counter = make_counter(0, random->fill, random->first + row), .used = 4 };
}

uint32_t abi_random_stream_word(abi_random_stream *stream)
{
	if (stream->used == 4) {
		stream->words = philox4x32(stream->counter, stream->key);
		stream->counter.v[0]++;
		stream->used = 0;
	}
	return stream->words.v[stream->used++];
}

double abi_random_stream_uniform(abi_random_stream *stream)
{
	uint32_t low = abi_random_stream_word(stream), high = abi_random_stream_word(stream);
	return abi_open_uniform(low, high);
}

double abi_random_stream_normal(abi_random_stream *stream)
{
	if (stream->has_spare) {
		stream->has_spare = false;
		return stream->spare;
	}
	double cosine, u = abi_random_stream_uniform(stream), v = abi_random_stream_uniform(stream);
	abi_box_muller(u, v, &cosine, &stream->spare);
	stream->has_spare = true;
	return cosine;
}
