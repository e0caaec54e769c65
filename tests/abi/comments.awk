# C without its comments (line numbers kept). Strings with comment marks in them are not expected where this is used.
{
	line = $0
	out = ""
	while (line != "") {
		if (inside) {
			at = index(line, "*/")
			if (!at) { line = ""; break }
			line = substr(line, at + 2)
			inside = 0
			out = out " "
			continue
		}
		block = index(line, "/*")
		rest = index(line, "//")
		if (rest && (!block || rest < block)) { out = out substr(line, 1, rest - 1); line = ""; break }
		if (!block) { out = out line; line = ""; break }
		out = out substr(line, 1, block - 1)
		line = substr(line, block + 2)
		inside = 1
	}
	print out
}
