# Every struct that a public header shows is pinned in tests/abi/layout.c, and is an options struct: first member size.
for header in "$source"/include/abi/*.h; do
	awk -f "$source/tests/abi/comments.awk" "$header" | awk -v header="$(basename "$header")" '
		/^typedef struct abi_[a-z0-9_]+ *\{/ || /^struct abi_[a-z0-9_]+ *\{/ {
			name = $0
			sub(/^.*struct +/, "", name)
			sub(/[ {].*/, "", name)
			print header, name
			if (name !~ /_options$/) print header ": " name " is visible but no options struct" >"/dev/stderr"
			getline
			if ($0 !~ /uint64_t size;/) print header ": the first member of " name " is not size" >"/dev/stderr"
		}' >>"$scratch/structs" 2>>"$scratch/found"
done
while read -r header name; do
	grep -q "^END($name," "$source/tests/abi/layout.c" || echo "$header: $name is not in tests/abi/layout.c"
done <"$scratch/structs" >>"$scratch/found"
fail_unless_empty "$scratch/found"
