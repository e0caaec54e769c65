#include "data/transforms.h"

static const abi_op_functions *const table[ABI_OPS] = {
	[ABI_OP_STANDARDIZE] = &abi_op_standardize,
	[ABI_OP_SHIFT] = &abi_op_shift,
	[ABI_OP_SCALE] = &abi_op_scale,
	[ABI_OP_INTERVAL] = &abi_op_interval,
	[ABI_OP_LOWER_SOFTPLUS] = &abi_op_lower_softplus,
	[ABI_OP_UPPER_SOFTPLUS] = &abi_op_upper_softplus,
	[ABI_OP_LOWER_EXP] = &abi_op_lower_exp,
	[ABI_OP_UPPER_EXP] = &abi_op_upper_exp,
	[ABI_OP_LOG1P] = &abi_op_log1p,
	[ABI_OP_SQRT] = &abi_op_sqrt,
	[ABI_OP_ROUND] = &abi_op_round,
	[ABI_OP_FILL] = &abi_op_fill,
	[ABI_OP_MISSING] = &abi_op_missing,
	[ABI_OP_ONE_HOT] = &abi_op_one_hot,
};

const abi_op_functions *abi_op_find(abi_op op)
{
	return table[op];
}

void abi_stage_seal(abi_stage *stage, size_t columns)
{
	double (*constant)(const abi_op_parameters *) = table[stage->op]->constant;
	stage->constant = 0;
	if (constant == NULL)
		return;
	for (size_t c = 0; c < columns; c++) {
		abi_op_parameters column = { stage->a[c], stage->b[c], stage->lowest[c], stage->highest[c] };
		stage->constant += constant(&column);
	}
}
