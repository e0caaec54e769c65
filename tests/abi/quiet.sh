# The library prints nothing, ends nobody's process, reads no environment, leaves the host's settings alone and keeps no state of its own: seen from the
# functions it calls and from the writable objects it has.
if [ -n "$sanitize" ]; then skip "a sanitizer adds its own functions and objects"; fi

for built in "$library" $plot_library; do
	nm -D --undefined-only "$built" | awk '{ sub(/@.*/, "", $2); print $2 }' | grep -xE \
		'printf|vprintf|puts|putchar|putc|perror|__printf_chk|__vprintf_chk|stdout|stderr|stdin|abort|exit|_exit|_Exit|quick_exit|atexit|raise|kill|signal|sigaction|getenv|secure_getenv|setenv|putenv|setlocale|rand|srand|random|srandom|drand48|strtok|strerror|localtime|gmtime|system|fork|openblas_set_num_threads|omp_set_num_threads|fesetround' |
		sed "s|^|$(basename "$built") calls |"
done >"$scratch/found"
fail_unless_empty "$scratch/found"

echo "$objects|$plot_objects" | tr '|' '\n' | grep . | while read -r object; do
	objdump -t "$object" | awk -v object="${object##*/lib/}" '
		$1 ~ /^[0-9a-f]+$/ && (/ O / || /[ \t]\.t(data|bss)/ && !/ d  /) && /[ \t](\.data|\.bss|\.tdata|\.tbss|\.data\.rel\.local|\.data\.rel|\*COM\*)(\.[A-Za-z0-9_.]+)?[ \t]/ && !/\.data\.rel\.ro/ {
			print "lib/" object " keeps state in " $NF
		}'
done >"$scratch/found"
fail_unless_empty "$scratch/found"
