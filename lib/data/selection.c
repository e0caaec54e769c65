#include "data/selection.h"

/* The numbers of one data set: of fill 0 how many rows, of fill 1 which. */
static abi_random_stream numbers(const abi_selection *selection, const abi_selection_stream *stream, size_t set, uint64_t fill)
{
	abi_random random;
	uint64_t index = stream->training ? stream->first + set : 0;
	abi_random_start(&random, stream->seed, ABI_PURPOSE_SUBSAMPLE, index, 1, NULL);
	random.fill = (((uint64_t)stream->epoch << 32 | selection->number) << 1) + fill;
	return abi_random_stream_of(&random, 0);
}

static size_t random_count(const abi_selection *selection, const abi_selection_stream *stream, size_t set)
{
	if (!stream->training || selection->fewest == selection->most)
		return selection->most;
	abi_random_stream random = numbers(selection, stream, set, 0);
	size_t choices = selection->most - selection->fewest + 1;
	size_t more = (size_t)(abi_random_stream_uniform(&random) * (double)choices);
	return selection->fewest + (more < choices ? more : choices - 1);
}

size_t abi_selection_rows(const abi_selection *selection, const abi_selection_stream *stream, size_t set, size_t rows)
{
	if (selection->rows != NULL)
		return selection->count;
	size_t count = random_count(selection, stream, set);
	return count < rows ? count : rows;
}

void abi_selection_begin(abi_selection_walk *walk, const abi_selection *selection, const abi_selection_stream *stream, size_t set, size_t rows)
{
	*walk = (abi_selection_walk){ .selection = selection, .left = rows };
	walk->kept = abi_selection_rows(selection, stream, set, rows);
	if (selection->rows == NULL)
		walk->random = numbers(selection, stream, set, 1);
}

/* Selection sampling (Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S): every row stays with the share that is still wanted of those left. */
size_t abi_selection_next(abi_selection_walk *walk)
{
	if (walk->selection->rows != NULL)
		return walk->selection->rows[walk->next++];
	while (walk->kept < walk->left && abi_random_stream_uniform(&walk->random) * (double)walk->left >= (double)walk->kept) {
		walk->left--;
		walk->next++;
	}
	walk->kept--;
	walk->left--;
	return walk->next++;
}
