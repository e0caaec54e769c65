# Sourced by install_pkgconfig.sh and install_cmake.sh: an installation into an empty prefix, and what a consumer's program must print.
prefix=$scratch/prefix
"$cmake" --install "$binary" --prefix "$prefix" >"$scratch/log" 2>&1 || { fail <"$scratch/log"; exit 1; }
libdir=$(dirname "$(find "$prefix" -name libabi.so)")
if [ ! -f "$libdir/pkgconfig/abi.pc" ]; then echo "no abi.pc beside libabi.so" | { cat; exit 1; } fi
consumer=$source/tests/install

runs()
{
	LD_LIBRARY_PATH=$libdir "$1" >"$scratch/out" 2>&1 || { echo "$1 failed:"; cat "$scratch/out"; exit 1; }
	cat "$scratch/out"
}
