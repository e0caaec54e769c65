# The exported symbols: what the shared library has, what lib/abi.map names, what the headers declare and what the snapshot remembers are the same, and
# each function is defined in the file of lib/api that has its header's name.
. "$source/tests/abi/exports.sh"
LC_ALL=C
export LC_ALL

declared_exports >"$scratch/declared"
awk '{ print $2 }' "$scratch/declared" | sort >"$scratch/headers"
awk -f "$source/tests/abi/comments.awk" "$source/lib/abi.map" | grep -o 'abi_[a-z0-9_]*;' | tr -d ';' | sort >"$scratch/map"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$scratch/library"
sort "$source/tests/abi/symbols.txt" >"$scratch/snapshot"

same()
{
	comm -23 "$scratch/$1" "$scratch/$2" | sed "s|^|in $3 but not in $4: |" >"$scratch/only"
	fail_unless_empty "$scratch/only"
}

same headers map "the headers" "lib/abi.map"
same map headers "lib/abi.map" "the headers"
same library map "the library" "lib/abi.map"
same map library "lib/abi.map" "the library"
same library snapshot "the library" "tests/abi/symbols.txt"
same snapshot library "tests/abi/symbols.txt" "the library"

uniq -d "$scratch/headers" | sed 's/^/declared twice: /' >"$scratch/twice"
fail_unless_empty "$scratch/twice"
grep -vE '^abi_[a-z0-9]+(_[a-z0-9]+)+$' "$scratch/headers" | sed 's/^/not an abi_noun_verb name: /' >"$scratch/odd"
fail_unless_empty "$scratch/odd"

echo "$objects" | tr '|' '\n' | grep '/lib/api/' | while read -r object; do
	header=$(basename "$object" .c.o)
	nm --defined-only "$object" | awk -v header="$header" '$2 == "T" { print header, $3 }'
done | sort >"$scratch/defined"
sort "$scratch/declared" | comm -23 - "$scratch/defined" |
	sed 's|^\([^ ]*\) \(.*\)|\2 is declared in include/abi/\1.h but not defined in lib/api/\1.c|' >"$scratch/elsewhere"
fail_unless_empty "$scratch/elsewhere"

if [ "$failed" != 0 ]; then
	echo 'A function added on purpose: run tests/abi/accept_symbols. Taken away or renamed: write the reason into docs/abi-policy.md as well.'
fi
