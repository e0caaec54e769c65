# A file above 600 lines holds more than one idea. Third-party source is as its authors wrote it.
(cd "$source" && find include lib tests bench docs CMakeLists.txt -name '*.[ch]' -o -name '*.inc' -o -name '*.sh' -o -name CMakeLists.txt) | grep -v '^lib/vendor/' |
	while read -r file; do
		lines=$(wc -l <"$source/$file")
		if [ "$lines" -gt 600 ]; then echo "$file has $lines lines, at most 600 are allowed"; fi
	done >"$scratch/found"
fail_unless_empty "$scratch/found"
