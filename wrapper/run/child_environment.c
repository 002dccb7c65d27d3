#include "wrapper/run/child_environment.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "wrapper/run/evidence.h"

extern char **environ;

static bool is_named(const char *entry, const char *name)
{
	size_t length = strlen(name);

	return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool is_withheld(const struct manifest *manifest, const char *entry)
{
	for (size_t i = 0; i < manifest->withheld.count; i++)
		if (is_named(entry, ((const char *const *)manifest->withheld.items)[i]))
			return true;
	return false;
}

static bool is_declared(const struct parameter_map *declared, const char *entry)
{
	for (size_t i = 0; i < declared->count; i++)
		if (is_named(entry, declared->entries[i].name))
			return true;
	return false;
}

static char *declare(struct run *run, const struct parameter_map_entry *entry, struct error *err)
{
	const struct text_or_secret *from = entry->value;
	char *value = NULL, *variable;

	if ((from->secret != NULL ? secret_read(from->secret, &value, err)
				  : text_resolve(from->text, steps_lookup, run, &value, err)) < 0) {
		error_wrap(err, "the variable '%s' of the environment", entry->name);
		return NULL;
	}
	variable = memory_format("%s=%s", entry->name, value);
	secret_free(value);
	return variable;
}

int child_environment_prepare(struct run *run, const struct parameter_map *declared, bool only, char ***ret_environment,
			      struct error *err)
{
	static const struct parameter_map nothing = {0};
	size_t inherited = 0, count = 0;

	declared = declared != NULL ? declared : &nothing;
	while (!only && environ[inherited] != NULL)
		inherited++;
	char **environment = memory_array(inherited + declared->count + 1, sizeof(*environment));
	for (size_t i = 0; i < inherited; i++)
		if (!is_withheld(run->manifest, environ[i]) && !is_declared(declared, environ[i]))
			environment[count++] = memory_string(environ[i]);
	for (size_t i = 0; i < declared->count; i++) {
		environment[count] = declare(run, &declared->entries[i], err);
		if (environment[count++] == NULL) {
			child_environment_free(environment);
			return -1;
		}
	}
	*ret_environment = environment;
	return 0;
}

void child_environment_free(char **environment)
{
	for (char **entry = environment; entry != NULL && *entry != NULL; entry++)
		secret_free(*entry);
	free(environment);
}
