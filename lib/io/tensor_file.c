#define _POSIX_C_SOURCE 200809L

#include "io/tensors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static abi_status file_error(abi_context *context, const char *doing, const char *path, int reason)
{
	char text[128] = "unknown error";
	(void)strerror_r(reason, text, sizeof text); /* strerror is not safe with threads */
	return abi_fail(context, ABI_E_FILE, "cannot %s '%.300s': %s", doing, path, text);
}

/* All bytes, or false with errno. */
static bool write_all(int file, const unsigned char *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t written = write(file, bytes + at, size - at);
		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0)
			at += (size_t)written;
	}
	return true;
}

/* The bytes read, fewer than size when the file ends before; or -1 with errno. */
static ssize_t read_all(int file, unsigned char *bytes, size_t size)
{
	size_t at = 0;
	while (at < size) {
		ssize_t got = read(file, bytes + at, size - at);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got == 0)
			break;
		if (got > 0)
			at += (size_t)got;
	}
	return (ssize_t)at;
}

/* Creates a file of its own beside path; name has room for size bytes. Returns -1 with errno. */
static int open_beside(const char *path, char *name, size_t size)
{
	enum { ATTEMPTS = 100 };
	int file = -1;
	for (int i = 0; i < ATTEMPTS; i++) {
		snprintf(name, size, "%s.%ld-%d.part", path, (long)getpid(), i);
		file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (file >= 0 || errno != EEXIST)
			break;
	}
	return file;
}

static abi_status write_beside(abi_context *context, const char *path, char *beside, size_t beside_size, const unsigned char *bytes,
                               size_t size)
{
	int file = open_beside(path, beside, beside_size);
	if (file < 0)
		return file_error(context, "create a file beside", path, errno);
	bool good = write_all(file, bytes, size) && fsync(file) == 0;
	int reason = errno;
	if (close(file) != 0 && good) {
		good = false;
		reason = errno;
	}
	if (good && rename(beside, path) == 0)
		return ABI_OK;
	if (good)
		reason = errno;
	(void)unlink(beside);
	return file_error(context, "write", path, reason);
}

abi_status abi_tensors_write(abi_context *context, const abi_tensors *tensors, const char *path)
{
	unsigned char *bytes;
	size_t size;
	abi_status status = abi_tensors_encode(context, tensors, &bytes, &size);
	if (status != ABI_OK)
		return status;
	size_t beside_size = strlen(path) + 48;
	char *beside = abi_memory_allocate(&tensors->memory, beside_size, 1);
	if (beside == NULL)
		status = abi_fail_memory(context, "the name of a file");
	else
		status = write_beside(context, path, beside, beside_size, bytes, size);
	abi_memory_free(&tensors->memory, beside);
	abi_memory_free(&tensors->memory, bytes);
	return status;
}

static abi_status read_file(abi_context *context, const char *path, int file, unsigned char **bytes, size_t *size)
{
	struct stat facts;
	if (fstat(file, &facts) != 0)
		return file_error(context, "read", path, errno);
	if (!S_ISREG(facts.st_mode))
		return abi_fail(context, ABI_E_FILE, "cannot read '%.300s': it is no regular file", path);
	if (facts.st_size < 0 || (uintmax_t)facts.st_size > PTRDIFF_MAX)
		return abi_fail(context, ABI_E_FILE, "cannot read '%.300s': it is too large", path);

	/* A look at the announced header first, so that a huge file of another kind is not read whole. */
	unsigned char front[ABI_TENSORS_LENGTH_BYTES];
	ssize_t seen = read_all(file, front, sizeof front);
	if (seen < 0 || lseek(file, 0, SEEK_SET) != 0)
		return file_error(context, "read", path, errno);
	uint64_t header = 0;
	for (size_t i = ABI_TENSORS_LENGTH_BYTES; i-- > 0;)
		header = header << 8 | front[i];
	if (seen == ABI_TENSORS_LENGTH_BYTES && header > ABI_TENSORS_LARGEST_HEADER)
		return abi_fail(context, ABI_E_FORMAT, "'%.300s' is no model file: its first bytes announce a header of %" PRIu64 " bytes", path, header);

	*size = (size_t)facts.st_size;
	*bytes = abi_memory_allocate(&context->memory, *size, 1);
	if (*bytes == NULL)
		return abi_fail_memory(context, "the content of a model file");
	ssize_t got = read_all(file, *bytes, *size);
	if (got < 0)
		return file_error(context, "read", path, errno);
	*size = (size_t)got;
	return ABI_OK;
}

abi_status abi_tensors_read(abi_context *context, const char *path, abi_tensors *tensors)
{
	abi_tensors_init(tensors, &context->memory);
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without writer must not hang the host; regular files do not care */
	if (file < 0)
		return file_error(context, "open", path, errno);
	unsigned char *bytes = NULL;
	size_t size = 0;
	abi_status status = read_file(context, path, file, &bytes, &size);
	(void)close(file);
	if (status == ABI_OK) {
		char what[320];
		snprintf(what, sizeof what, "'%.300s'", path);
		status = abi_tensors_decode(context, what, bytes, size, tensors);
	}
	abi_memory_free(&context->memory, bytes);
	return status;
}
