/* Groups: variables called "group.name", which a transform may name all at once. */

#include "data/symbols.h"

#include <stdio.h>
#include <string.h>

static bool is_member(const abi_symbol *symbol, const char *group)
{
	size_t length = strlen(group);
	return !symbol->gone && strncmp(symbol->spec.name, group, length) == 0 && symbol->spec.name[length] == '.';
}

abi_status abi_symbols_group(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	char name[2 * ABI_NAME_SIZE];
	snprintf(name, sizeof name, "%s.%s", line->into, symbol->spec.name);
	if (!abi_name_is_valid(name))
		return abi_fail(symbols->context, ABI_E_NAME, "group: '%s' is longer than a name may be, %d characters", name, ABI_NAME_SIZE - 1);
	abi_status status = abi_symbols_check_free_name(symbols, line, name);
	if (status == ABI_OK)
		memcpy(symbol->spec.name, name, strlen(name) + 1);
	return status;
}

/* Appends a name and a comma to a list, or only counts where there is no list. */
static size_t append_name(const char *name, char *list, size_t used)
{
	size_t length = strlen(name);
	if (list != NULL) {
		memcpy(list + used, name, length);
		list[used + length] = ',';
	}
	return used + length + 1;
}

/* The members of a group, or a name that is none. */
static size_t append(const abi_symbols *symbols, const char *name, char *list, size_t used)
{
	size_t before = used;
	for (size_t i = 0; abi_symbols_find(symbols, name) == NULL && i < symbols->count; i++)
		if (is_member(&symbols->list[i], name))
			used = append_name(symbols->list[i].spec.name, list, used);
	return used > before ? used : append_name(name, list, used);
}

static size_t append_all(const abi_symbols *symbols, const char *names, char *list)
{
	char name[ABI_NAME_SIZE];
	size_t at = 0, used = 0;
	while (abi_recipe_next_name(names, &at, name))
		used = append(symbols, name, list, used);
	if (list != NULL && used > 0)
		list[used - 1] = '\0';
	return used;
}

abi_status abi_symbols_expand(abi_symbols *symbols, const char *names, char **list)
{
	*list = abi_store_take(&symbols->store, append_all(symbols, names, NULL) + 1, 1);
	if (*list == NULL)
		return abi_fail_memory(symbols->context, "compiling an adapter");
	append_all(symbols, names, *list);
	return ABI_OK;
}
