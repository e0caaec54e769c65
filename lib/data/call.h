/* What a stage's callback sees: the struct behind abi_call, and its look-ups. */

#ifndef ABI_LIB_DATA_CALL_H
#define ABI_LIB_DATA_CALL_H

#include "data/simulator.h"

enum { ABI_CALL_TEXT_SIZE = 256, ABI_CALL_FAULT_SIZE = 320 };

struct abi_call {
	const abi_simulator *simulator;
	const abi_data *data; /* of all simulations; shared stages: simulator->shared */
	int32_t stage;
	size_t part;         /* number of this part of the chunk */
	size_t begin, count; /* simulations of the chunk in this part */
	size_t chunk;        /* data set in data where the chunk begins */
	abi_random random;
	int32_t result; /* what the callback returned */
	bool failed;    /* by a look-up, whatever it returns */
	char fault[ABI_CALL_FAULT_SIZE];
	char text[ABI_CALL_TEXT_SIZE];
};

/* Values of a declared input or output of that dtype, from the part's first simulation on; otherwise NULL, and the call has failed. */
void *abi_call_find(abi_call *call, const char *name, int32_t dtype, bool output);

/* Offsets [count + 1] of a declared ragged variable; otherwise NULL, and the call has failed. */
const int64_t *abi_call_find_offsets(abi_call *call, const char *name);

void abi_call_keep_text(abi_call *call, const char *text);

#endif
