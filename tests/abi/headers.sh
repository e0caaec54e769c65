# Each public header compiles alone, as C99 and as C++11, includes only <stddef.h>, <stdint.h> and its siblings, and keeps to the types that every
# language can bind to.
compiles_alone()
{
	language=$1
	shift
	if ! "$@" -pedantic-errors -Wall -Wextra -Wconversion -Werror -I"$source/include" -fsyntax-only >"$scratch/log" 2>&1; then
		{ echo "$name does not compile alone as $language:"; cat "$scratch/log"; } >"$scratch/found"
		fail <"$scratch/found"
	fi
}

for header in "$source"/include/abi/*.h; do
	name=$(basename "$header")
	printf '#include <abi/%s>\n#include <abi/%s>\nint main(void) { return 0; }\n' "$name" "$name" >"$scratch/alone.c"
	cp "$scratch/alone.c" "$scratch/alone.cc"
	compiles_alone C99 "$cc" -std=c99 "$scratch/alone.c"
	if [ -n "$cxx" ]; then compiles_alone C++11 "$cxx" -std=c++11 "$scratch/alone.cc"; fi

	awk -f "$source/tests/abi/comments.awk" "$header" >"$scratch/bare.h"
	grep -n '#[ \t]*include' "$scratch/bare.h" | grep -vE '<stddef\.h>|<stdint\.h>|[<"]abi/[a-z]+\.h[>"]' |
		sed "s|^|$name includes more than it may: |" >"$scratch/found"
	fail_unless_empty "$scratch/found"
	grep -nwE 'enum|bool|_Bool|long|short|unsigned|FILE|va_list|wchar_t|time_t|thread_local|_Thread_local|static|inline' "$scratch/bare.h" |
		sed "s|^|$name uses a type or keyword that has no place in a public header: |" >"$scratch/found"
	fail_unless_empty "$scratch/found"
	grep -nE '\.\.\.|:[ \t]*[0-9]+[ \t]*;' "$scratch/bare.h" | sed "s|^|$name has variable arguments or a bit-field: |" >"$scratch/found"
	fail_unless_empty "$scratch/found"
	grep -nE '^#[ \t]*define[ \t]+[A-Za-z_0-9]+' "$scratch/bare.h" | grep -vE 'define[ \t]+ABI_' | sed "s|^|$name defines a macro outside ABI_: |" >"$scratch/found"
	fail_unless_empty "$scratch/found"
done
if [ -z "$cxx" ]; then echo "no C++ compiler here: the headers were tried as C only"; fi
