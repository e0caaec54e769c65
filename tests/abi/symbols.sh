# The exported symbols: what a shared library has, what its map names, what its headers declare and what the snapshot remembers are the same, and each
# function is defined in the file that has its header's name.
. "$source/tests/abi/exports.sh"
LC_ALL=C
export LC_ALL

same()
{
	comm -23 "$scratch/$1" "$scratch/$2" | sed "s|^|in $3 but not in $4: |" >"$scratch/only"
	fail_unless_empty "$scratch/only"
}

# check_symbols core|plot LIBRARY FOLDER MAP SNAPSHOT OBJECTS: of the library in FOLDER, whose objects are separated by |.
check_symbols()
{
	declared_exports "$1" >"$scratch/declared"
	awk '{ print $2 }' "$scratch/declared" | sort >"$scratch/headers"
	awk -f "$source/tests/abi/comments.awk" "$source/$4" | grep -o 'abi_[a-z0-9_]*;' | tr -d ';' | sort >"$scratch/map"
	nm -D --defined-only "$2" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$scratch/library"
	sort "$source/$5" >"$scratch/snapshot"

	same headers map "the headers" "$4"
	same map headers "$4" "the headers"
	same library map "the library" "$4"
	same map library "$4" "the library"
	same library snapshot "the library" "$5"
	same snapshot library "$5" "the library"

	uniq -d "$scratch/headers" | sed 's/^/declared twice: /' >"$scratch/twice"
	fail_unless_empty "$scratch/twice"
	grep -vE '^abi_[a-z0-9]+(_[a-z0-9]+)+$' "$scratch/headers" | sed 's/^/not an abi_noun_verb name: /' >"$scratch/odd"
	fail_unless_empty "$scratch/odd"

	echo "$6" | tr '|' '\n' | grep "/$3/" | while read -r object; do
		header=$(basename "$object" .c.o)
		nm --defined-only "$object" | awk -v header="$header" '$2 == "T" { print header, $3 }'
	done | sort >"$scratch/defined"
	sort "$scratch/declared" | comm -23 - "$scratch/defined" |
		sed "s|^\([^ ]*\) \(.*\)|\2 is declared in include/abi/\1.h but not defined in $3/\1.c|" >"$scratch/elsewhere"
	fail_unless_empty "$scratch/elsewhere"
}

check_symbols core "$library" lib/api lib/abi.map tests/abi/symbols.txt "$objects"
if [ -n "$plot_library" ]; then
	check_symbols plot "$plot_library" lib/plot lib/plot/abi-plot.map tests/abi/symbols_plot.txt "$plot_objects"
fi

if [ "$failed" != 0 ]; then
	echo 'A function added on purpose: run tests/abi/accept_symbols. Taken away or renamed: write the reason into docs/abi-policy.md as well.'
fi
