# Every #include in lib goes down a floor, or stays in its folder. Public headers: base.h serves every floor; what the networks are built on sees no
# header that speaks of the user's data.
find "$source/lib" -name '*.[ch]' -o -name '*.inc' | grep -v "^$source/lib/vendor/" | sort >"$scratch/files"
while read -r file; do
	awk -f "$source/tests/abi/comments.awk" "$file" | awk -v path="${file#"$source/"}" -v vendor=" $(ls "$source/lib/vendor" | tr '\n' ' ') " '
	BEGIN {
		split("base 0 num 1 io 1 data 2 nn 2 net 3 model 4 work 5 api 6", pairs, " ")
		for (i = 1; i in pairs; i += 2) floor[pairs[i]] = pairs[i + 1]
		split(path, parts, "/")
		here = parts[2]
		if (!(here in floor) && here != "plot") print path ": lib/" here " is no floor"
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		name = $0
		sub(/^[^"]*"/, "", name)
		sub(/".*$/, "", name)
		there = name
		sub(/\/.*/, "", there)
		if (name !~ /\//)
			print path ":" FNR ": \"" name "\" has no folder; includes are relative to lib or include"
		else if (index(vendor, " " there " "))
			next
		else if (there == "abi") {
			known["base"] = known["io"] = "base"
			known["num"] = "base|random"
			known["nn"] = known["net"] = "base|summary|flow"
			if (here in known && name !~ "^abi/(" known[here] ")\\.h$")
				print path ":" FNR ": " here " does not know " name
		} else if (here == "plot" && there == "plot")
			next
		else if (here == "plot")
			print path ":" FNR ": plot builds on public headers only, not on " name
		else if (!(there in floor))
			print path ":" FNR ": \"" name "\" is on no floor"
		else if (here == "net" && there == "data")
			print path ":" FNR ": " here " does not know " there
		else if (there != here && floor[there] >= floor[here])
			print path ":" FNR ": " here " (floor " floor[here] ") includes " name " (floor " floor[there] ")"
	}
	/^[ \t]*#[ \t]*include[ \t]*<(cblas|lapacke?)\.h>/ { print path ":" FNR ": the library calls no BLAS or LAPACK: their bits are not promised" }
	/^[ \t]*#[ \t]*include[ \t]*<[a-z0-9]*intrin\.h>|^[ \t]*#[ \t]*include[ \t]*<arm_neon\.h>/ && path !~ /^lib\/num\/kernels/ {
		print path ":" FNR ": only kernel files know about instruction sets"
	}'
done <"$scratch/files" >"$scratch/found"
fail_unless_empty "$scratch/found"
