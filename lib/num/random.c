#include "num/random.h"

#include "num/random_lanes.h"
#include "num/random_math.h"

#include <string.h>

/* Kinds of streams of one (seed, purpose). */
enum { KIND_BULK, KIND_ROW, KIND_SEED };

enum { LANES = ABI_RANDOM_LANES };

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
		.table = &abi_random_generic,
		.first = first,
		.count = count,
		.rows = rows,
	};
}

void abi_random_use(abi_random *random, int32_t isa)
{
	random->table = abi_random_table_of(isa);
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
			.table = random->table,
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

/* How the two uniforms of each block become two values, in place. */
typedef void (*transform)(abi_random_lanes *l, double a, double b);

static void to_uniform(abi_random_lanes *l, double low, double high)
{
	double least = nextafter(low, high), most = nextafter(high, low);
	for (size_t i = 0; i < LANES; i++) {
		l->u[i] = abi_between(low, high, least, most, l->u[i]);
		l->v[i] = abi_between(low, high, least, most, l->v[i]);
	}
}

static void to_exponential(abi_random_lanes *l, double rate, double unused)
{
	(void)unused;
	for (size_t i = 0; i < LANES; i++) {
		l->u[i] = -abi_log_positive(l->u[i]) / rate;
		l->v[i] = -abi_log_positive(l->v[i]) / rate;
	}
}

/* Where a fill stands: the next block of a row. */
typedef struct place {
	size_t row, block;
} place;

/* Numbers the blocks of the next LANES lanes; how many there are left. */
static size_t number_lanes(const abi_random *random, size_t blocks, place *at, abi_random_lanes *l)
{
	size_t used = 0;
	while (used < LANES && at->row < random->count) {
		size_t room = LANES - used, left = blocks - at->block, some = left < room ? left : room;
		uint64_t index = random->first + at->row;
		for (size_t i = 0; i < some; i++) {
			l->block[used + i] = (uint32_t)(at->block + i);
			l->index_low[used + i] = (uint32_t)index;
			l->index_high[used + i] = (uint32_t)(index >> 32);
		}
		used += some;
		at->block += some;
		if (at->block == blocks)
			*at = (place){ .row = at->row + 1 };
	}
	return used;
}

/* Values of the lanes in order; the last block of a row of odd length gives one only. */
static void store_lanes(const abi_random_lanes *l, size_t used, size_t block, size_t blocks, bool odd, double *out)
{
	if (!odd) {
		for (size_t i = 0; i < used; i++) {
			out[2 * i] = l->u[i];
			out[2 * i + 1] = l->v[i];
		}
		return;
	}
	for (size_t i = 0; i < used; i++) {
		*out++ = l->u[i];
		bool is_last = ++block == blocks;
		if (is_last)
			block = 0;
		else
			*out++ = l->v[i];
	}
}

/*
 * Two values per block, block b of a row giving values 2b and 2b + 1. Lanes run over blocks and rows alike, so that short rows are as fast as
 * long ones.
 */
static void fill_in_bulk(abi_random *random, size_t per_simulation, double *values, transform to, double a, double b)
{
	size_t blocks = per_simulation / 2 + per_simulation % 2;
	place at = { 0 };
	abi_random_lanes l;
	memset(&l, 0, sizeof l);
	while (blocks > 0 && at.row < random->count) {
		place from = at;
		size_t used = number_lanes(random, blocks, &at, &l);
		random->table->uniforms(random->key, random->fill, &l);
		to(&l, a, b);
		store_lanes(&l, used, from.block, blocks, per_simulation % 2 != 0, values + from.row * per_simulation + 2 * from.block);
	}
	abi_random_next_fill(random);
}

void abi_random_fill_uniform(abi_random *random, double low, double high, size_t per_simulation, double *values)
{
	fill_in_bulk(random, per_simulation, values, to_uniform, low, high);
}

void abi_random_fill_normal(abi_random *random, double mean, double sd, size_t per_simulation, double *values)
{
	fill_in_bulk(random, per_simulation, values, random->table->normals, mean, sd);
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
