# A program outside the tree, in C and in C++, built with nothing but pkg-config against an installed library.
if [ -n "$sanitize" ]; then skip "a consumer is built without the sanitizer"; fi
. "$source/tests/abi/install.sh"
export PKG_CONFIG_PATH="$libdir/pkgconfig"
flags=$(pkg-config --cflags --libs abi) || exit 1
[ "$(pkg-config --modversion abi)" = "$version" ] || { echo "abi.pc names another version than $version"; exit 1; }
"$cc" -std=c99 -Wall -Wextra -Werror "$consumer/consumer.c" -o "$scratch/in_c" $flags || exit 1
runs "$scratch/in_c"
if [ -n "$cxx" ]; then
	"$cxx" -std=c++11 -Wall -Wextra -Werror -x c++ "$consumer/consumer.c" -x none -o "$scratch/in_cxx" $flags || exit 1
	runs "$scratch/in_cxx"
fi
if [ -n "$plot_library" ]; then
	flags=$(pkg-config --cflags --libs abi-plot) || exit 1
	"$cc" -std=c99 -Wall -Wextra -Werror "$consumer/pictures.c" -o "$scratch/pictures" $flags || exit 1
	runs "$scratch/pictures"
	if [ -n "$cxx" ]; then
		"$cxx" -std=c++11 -Wall -Wextra -Werror -x c++ "$consumer/pictures.c" -x none -o "$scratch/pictures_cxx" $flags || exit 1
		runs "$scratch/pictures_cxx"
	fi
fi
