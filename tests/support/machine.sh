# Sourced by tests/run and bench/run from the root of the source tree: brings
# a Debian machine to where it can build (only what is missing, and apt is not
# touched when nothing is) and configures build/release once. All of it talks
# on stderr, because a program's stdout may be read by another program.

build=build/release

has() { command -v "$1" >/dev/null 2>&1; }

compiles() { printf '#include <stdio.h>\nint main(void) { return 0; }\n' | cc -x c - -o /dev/null >/dev/null 2>&1; }

missing_packages()
{
	has cmake || echo cmake
	{ has ninja || has make; } || echo ninja-build
	{ has cc && compiles; } || echo gcc libc6-dev
	{ has g++ || has c++ || has clang++; } || echo g++
	if has pkg-config; then
		pkg-config --exists check || echo check
		pkg-config --exists cairo-svg cairo-pdf || echo libcairo2-dev
	else
		echo pkg-config check libcairo2-dev
	fi
}

install_missing()
{
	packages=$(missing_packages | tr '\n' ' ')
	[ -n "$packages" ] || return 0
	echo "missing: $packages" >&2
	if ! has apt-get; then
		echo "There is no apt-get here. README.md, \"Without apt\", says how to build." >&2
		exit 1
	fi
	as_root=
	if [ "$(id -u)" != 0 ]; then
		if ! has sudo; then
			echo "Install them as root: apt-get install $packages" >&2
			exit 1
		fi
		as_root=sudo
	fi
	{
		$as_root apt-get update -qq &&
			$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
	} </dev/null >&2 || exit 1
}

configure_once()
{
	if [ -f $build/CMakeCache.txt ] && { [ -f $build/build.ninja ] || [ -f $build/Makefile ]; }; then
		return 0
	fi
	generator="Unix Makefiles"
	if has ninja; then generator=Ninja; fi
	werror=OFF
	if [ "${CI:-}" = true ]; then werror=ON; fi
	cmake --preset release -G "$generator" -DABI_WERROR=$werror </dev/null >&2 || exit 1
}

# build_target TARGET…: incremental; two at a time wait for each other.
build_target()
{
	jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
	if has flock; then
		flock build/lock cmake --build $build --parallel "$jobs" --target "$@" </dev/null
	else
		cmake --build $build --parallel "$jobs" --target "$@" </dev/null
	fi
}
