# Sourced: what the public headers of a library declare, "header function" a line. Needs $source and $scratch (a folder).
# declared_exports core|plot
declared_exports()
{
	rm -rf "$scratch/bare" && mkdir -p "$scratch/bare" || return 1
	for header in "$source"/include/abi/*.h; do
		case $header in
		*/plot.h | */report.h) library_of=plot ;;
		*) library_of=core ;;
		esac
		[ $library_of = "$1" ] || continue
		awk -f "$source/tests/abi/comments.awk" "$header" >"$scratch/bare/$(basename "$header")" || return 1
	done
	awk -f "$source/tests/abi/exports.awk" "$scratch"/bare/*.h
}
