# The same program through find_package(abi), in a project of its own.
if [ -n "$sanitize" ]; then skip "a consumer is built without the sanitizer"; fi
. "$source/tests/abi/install.sh"
"$cmake" -S "$consumer" -B "$scratch/build" -G "$generator" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" \
	-DABI_VERSION="$version_request" >"$scratch/log" 2>&1 &&
	"$cmake" --build "$scratch/build" >>"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
runs "$scratch/build/in_c"
if [ -n "$plot_library" ]; then runs "$scratch/build/pictures"; fi
if [ -n "$cxx" ]; then runs "$scratch/build/in_cxx"; fi
