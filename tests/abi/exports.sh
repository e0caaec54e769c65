# Sourced: what the public headers of the core declare, "header function" a line. Needs $source and $scratch (a folder).
declared_exports()
{
	rm -rf "$scratch/bare" && mkdir -p "$scratch/bare" || return 1
	for header in "$source"/include/abi/*.h; do
		case $header in */plot.h) continue ;; esac
		awk -f "$source/tests/abi/comments.awk" "$header" >"$scratch/bare/$(basename "$header")" || return 1
	done
	awk -f "$source/tests/abi/exports.awk" "$scratch"/bare/*.h
}
