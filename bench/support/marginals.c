#include "support/marginals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 1024 };

static int fail(bench_marginals *marginals, const char *path, size_t line, const char *what)
{
	free(marginals->list);
	marginals->list = NULL;
	marginals->count = 0;
	snprintf(marginals->error, sizeof marginals->error, "%s, line %zu: %s", path, line, what);
	return -1;
}

/* "name,mean,sd,…" */
static int parse(const char *text, bench_marginal *marginal)
{
	size_t length = strcspn(text, ",");
	if (length == 0 || length >= sizeof marginal->name || text[length] != ',')
		return -1;
	memcpy(marginal->name, text, length);
	marginal->name[length] = '\0';
	char *end;
	marginal->mean = strtod(text + length + 1, &end);
	if (*end != ',')
		return -1;
	marginal->sd = strtod(end + 1, &end);
	return (*end == ',' || *end == '\n' || *end == '\r' || *end == '\0') && isfinite(marginal->mean) && isfinite(marginal->sd) ? 0 : -1;
}

static int read_lines(FILE *file, const char *path, bench_marginals *marginals)
{
	char text[LINE];
	if (fgets(text, sizeof text, file) == NULL || strncmp(text, "parameter,mean,sd", 17) != 0)
		return fail(marginals, path, 1, "the header must begin with parameter,mean,sd");
	for (size_t line = 2; fgets(text, sizeof text, file) != NULL; line++) {
		if (text[0] == '\n' || text[0] == '\r')
			continue;
		bench_marginal *list = realloc(marginals->list, (marginals->count + 1) * sizeof *list);
		if (list == NULL)
			return fail(marginals, path, line, "out of memory");
		marginals->list = list;
		if (parse(text, &list[marginals->count++]) != 0)
			return fail(marginals, path, line, "expected a name, a mean and a standard deviation");
	}
	return 0;
}

int bench_marginals_read(const char *path, bench_marginals *marginals)
{
	memset(marginals, 0, sizeof *marginals);
	FILE *file = fopen(path, "r");
	if (file == NULL) {
		snprintf(marginals->error, sizeof marginals->error, "%s cannot be opened", path);
		return -1;
	}
	int status = read_lines(file, path, marginals);
	fclose(file);
	return status;
}

const bench_marginal *bench_marginals_find(const bench_marginals *marginals, const char *name)
{
	for (size_t i = 0; i < marginals->count; i++)
		if (strcmp(marginals->list[i].name, name) == 0)
			return &marginals->list[i];
	return NULL;
}

void bench_marginals_free(bench_marginals *marginals)
{
	free(marginals->list);
	memset(marginals, 0, sizeof *marginals);
}
