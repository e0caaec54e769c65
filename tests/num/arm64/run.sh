#!/bin/sh
# tests/num/arm64/run.sh: the kernel tests on an emulated 64-bit Arm processor, where a cross compiler (gcc-aarch64-linux-gnu) and an emulator (qemu-user)
# are installed; 77 where they are not. With ABI_ARM64_CC and ABI_ARM64_RUN it takes others.
set -eu
source=$(cd "$(dirname "$0")/../../.." && pwd)
cc=${ABI_ARM64_CC:-aarch64-linux-gnu-gcc}
run=${ABI_ARM64_RUN:-qemu-aarch64}
for tool in $cc $run; do
	command -v "$tool" >/dev/null || { echo "skipped: there is no $tool here"; exit 77; }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
common="-std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Wconversion -Werror -I$source/lib -I$source/include"

# The flags of the kernels are those of CMakeLists.txt.
for kernel in "$source"/lib/num/kernels*.c; do
	"$cc" $common -O3 -ffp-contract=fast -fno-math-errno -c "$kernel" -o "$scratch/$(basename "$kernel" .c).o"
done
for test in "$source"/tests/num/kernels*.c; do
	name=$(basename "$test" .c)
	"$cc" $common -O2 -ffp-contract=off -static -I"$source/tests/num/arm64" -I"$source/tests" -o "$scratch/test_$name" "$test" "$scratch"/*.o -lm
	"$run" "$scratch/test_$name"
done
