#include "arguments.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 26

static const char *placeholder(bench_option_kind kind)
{
	switch (kind) {
	case BENCH_COUNT:
	case BENCH_INTEGER:
		return " N";
	case BENCH_REAL:
		return " X";
	case BENCH_TEXT:
		return " TEXT";
	case BENCH_CHOICE:
		return " WORD";
	case BENCH_FLAG:
		break;
	}
	return "";
}

static void print_default(const bench_option *option, FILE *out)
{
	const char *text;
	switch (option->kind) {
	case BENCH_COUNT:
		fprintf(out, " [%zu]", *(const size_t *)option->value);
		break;
	case BENCH_INTEGER:
		fprintf(out, " [%" PRIu64 "]", *(const uint64_t *)option->value);
		break;
	case BENCH_REAL:
		fprintf(out, " [%g]", *(const double *)option->value);
		break;
	case BENCH_TEXT:
	case BENCH_CHOICE:
		text = *(const char *const *)option->value;
		if (text != NULL)
			fprintf(out, " [%s]", text);
		break;
	case BENCH_FLAG:
		break;
	}
}

static void print_help(const char *program, const char *purpose, const bench_option *options, size_t count, FILE *out)
{
	fprintf(out, "%s: %s\n\nUsage: %s [options]\n\n", program, purpose, program);
	for (size_t i = 0; i < count; i++) {
		int width = fprintf(out, "  --%s%s", options[i].name, placeholder(options[i].kind));
		fprintf(out, "%*s  %s", width < HELP_COLUMN ? HELP_COLUMN - width : 0, "", options[i].help);
		if (options[i].kind == BENCH_CHOICE)
			fprintf(out, ": %s", options[i].choices);
		print_default(&options[i], out);
		fputc('\n', out);
	}
	fprintf(out, "  --help%*s  this text\n", HELP_COLUMN - 8, "");
}

/* 1 when word is one of the words of list. */
static int is_among(const char *list, const char *word)
{
	size_t length = strlen(word);
	while (length > 0 && *list != '\0') {
		size_t end = strcspn(list, " ");
		if (end == length && strncmp(list, word, length) == 0)
			return 1;
		list += end + (list[end] == ' ');
	}
	return 0;
}

/* Stores the value, or says what it should have been. */
static const char *store(const bench_option *option, const char *text)
{
	char *end = NULL;
	errno = 0;
	switch (option->kind) {
	case BENCH_COUNT:
	case BENCH_INTEGER: {
		if (text[0] < '0' || text[0] > '9')
			return "a whole number";
		unsigned long long number = strtoull(text, &end, 10);
		if (*end != '\0')
			return "a whole number";
		if (errno == ERANGE || (option->kind == BENCH_COUNT && number > SIZE_MAX / 2))
			return "a smaller number";
		if ((double)number < option->minimum)
			return "a larger number";
		if (option->kind == BENCH_COUNT)
			*(size_t *)option->value = (size_t)number;
		else
			*(uint64_t *)option->value = number;
		return NULL;
	}
	case BENCH_REAL: {
		double number = strtod(text, &end);
		if (end == text || *end != '\0' || !isfinite(number))
			return "a finite number";
		if (number < option->minimum)
			return "a larger number";
		*(double *)option->value = number;
		return NULL;
	}
	case BENCH_CHOICE:
		if (!is_among(option->choices, text))
			return "one of";
		*(const char **)option->value = text;
		return NULL;
	case BENCH_TEXT:
		*(const char **)option->value = text;
		return NULL;
	case BENCH_FLAG:
		break;
	}
	return NULL;
}

static int complain(FILE *err, const char *program)
{
	fprintf(err, "; %s --help lists the options.\n", program);
	return 2;
}

int bench_arguments_read(const char *program, const char *purpose, bench_option *options, size_t count, int argc, char *const *argv,
	FILE *out, FILE *err)
{
	for (size_t i = 0; i < count; i++)
		options[i].given = 0;
	/* Help shows the defaults, so it comes before anything changes them. */
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			print_help(program, purpose, options, count, out);
			return 0;
		}
	}
	for (int i = 1; i < argc; i++) {
		const char *argument = argv[i];
		size_t length = strcspn(argument, "=");
		bench_option *option = NULL;
		for (size_t j = 0; j < count && option == NULL && strncmp(argument, "--", 2) == 0; j++)
			if (strlen(options[j].name) == length - 2 && strncmp(options[j].name, argument + 2, length - 2) == 0)
				option = &options[j];
		if (option == NULL) {
			fprintf(err, "%s: unknown option '%.*s'", program, (int)length, argument);
			return complain(err, program);
		}
		const char *text = argument[length] == '=' ? argument + length + 1 : NULL;
		if (option->kind == BENCH_FLAG) {
			if (text != NULL) {
				fprintf(err, "%s: --%s takes no value, got '%s'", program, option->name, text);
				return complain(err, program);
			}
			*(int *)option->value = 1;
		} else {
			if (text == NULL && i + 1 < argc && strncmp(argv[i + 1], "--", 2) != 0)
				text = argv[++i];
			if (text == NULL) {
				fprintf(err, "%s: --%s needs a value", program, option->name);
				return complain(err, program);
			}
			const char *expected = store(option, text);
			if (expected != NULL) {
				fprintf(err, "%s: --%s needs %s", program, option->name, expected);
				if (option->kind == BENCH_CHOICE)
					fprintf(err, " %s", option->choices);
				else if (strcmp(expected, "a larger number") == 0)
					fprintf(err, " (at least %g)", option->minimum);
				fprintf(err, ", got '%s'", text);
				return complain(err, program);
			}
		}
		option->given = 1;
	}
	return -1;
}

int bench_arguments_next(const char **list, char *text, size_t size)
{
	if (*list == NULL || **list == '\0')
		return 0;
	size_t length = strcspn(*list, ",");
	snprintf(text, size, "%.*s", (int)length, *list);
	*list += length + ((*list)[length] == ',');
	return 1;
}
