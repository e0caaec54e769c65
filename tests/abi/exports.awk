# The functions that public headers declare with ABI_API, one "header function" a line. Comments are gone by then (comments.awk).
FNR == 1 { header = FILENAME; sub(/.*\//, "", header); sub(/\.h$/, "", header); statement = "" }
/^[ \t]*#/ { next }
{
	statement = statement " " $0
	while ((at = index(statement, ";")) > 0) {
		declaration = substr(statement, 1, at)
		statement = substr(statement, at + 1)
		if (declaration ~ /ABI_API/ && match(declaration, /abi_[a-z0-9_]+[ ]*\(/)) {
			name = substr(declaration, RSTART, RLENGTH - 1)
			sub(/ +$/, "", name)
			print header, name
		}
	}
}
