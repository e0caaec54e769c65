#!/bin/sh
# A report in a real browser, wide as on a desk and narrow as on a phone: every
# picture shows, nothing is wider than the window, and nothing is loaded from
# outside. Skipped (77) where there is no Chromium, with the reason.
#
#     browser.sh WRITER     the program test_plot_report, which writes reports

writer=$1

skip()
{
	echo "skipped: $1"
	exit 77
}

for name in chromium chromium-browser google-chrome; do
	browser=$(command -v $name) && break
done
[ -n "$browser" ] || skip "no Chromium is installed (Debian: chromium)"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# What is on a page after it was loaded in a window of this width.
look()
{
	timeout 100 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-extensions \
		--host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir="$work/profile" --window-size="$2,900" --dump-dom "file://$1" 2>"$work/log"
}

# The page beside a script that writes down what is wrong.
inspected()
{
	cat "$1" - <<'EOF'
<script>
addEventListener('load', function () {
	var found = [], each = function (what, check) { Array.prototype.forEach.call(document.querySelectorAll(what), check); };
	each('img', function (image) {
		if (!image.complete || image.naturalWidth < 100) found.push('picture does not show: ' + image.alt);
	});
	each('h1, h2, p, li, figcaption, caption, summary', function (text) {
		if (text.scrollWidth > text.clientWidth + 1 && text.clientWidth > 0) found.push('text is cut off: ' + text.textContent);
	});
	each('.scroll > *', function (wide) {
		if (getComputedStyle(wide.parentNode).overflowX !== 'auto' && wide.scrollWidth > wide.parentNode.clientWidth) found.push('cannot be scrolled to');
	});
	if (document.documentElement.scrollWidth > innerWidth) found.push('the page is wider than the window');
	performance.getEntriesByType('resource').forEach(function (entry) {
		if (entry.name.indexOf('data:') !== 0) found.push('loaded from outside: ' + entry.name);
	});
	var list = document.createElement('pre');
	list.id = 'found';
	list.textContent = found.length ? found.join('; ') : 'nothing';
	document.body.appendChild(list);
});
</script>
EOF
}

found_in() { tr '\n' ' ' | sed -n 's/.*<pre id="found">\([^<]*\)<\/pre>.*/\1/p'; }

# The eye itself: it must work, and see what is wrong.
echo '<!DOCTYPE html><title>t</title><p>t</p>' >"$work/good"
inspected "$work/good" >"$work/good.html"
[ "$(look "$work/good.html" 1100 | found_in)" = nothing ] || skip "$browser does not run here: $(tail -n 1 "$work/log")"
failures=0
for bad in '<img src="data:image/png;base64,AAAA" alt="x">' '<div style="width:4000px">x</div>' '<img src="http://example.org/x.png" alt="x">'; do
	echo "<!DOCTYPE html><title>t</title>$bad" >"$work/bad"
	inspected "$work/bad" >"$work/bad.html"
	case $(look "$work/bad.html" 1100 | found_in) in
	nothing | '')
		echo "this was not seen to be wrong: $bad"
		failures=1
		;;
	esac
done

for parameters in 1 12 90; do
	"$writer" write $parameters "$work/report" || exit 1
	inspected "$work/report" >"$work/report.html"
	for width in 1100 500; do
		found=$(look "$work/report.html" $width | found_in)
		if [ "$found" != nothing ]; then
			echo "$parameters parameters, window $width: ${found:-the page did not load}"
			failures=1
		fi
	done
done
exit $failures
