#include "wrapper/run/siblings.h"

#include <sys/stat.h>

struct telling {
	const struct siblings *siblings;
	void (*saw)(void *self, const char *name, int64_t size_bytes, int64_t modified_ms);
	void *self;
};

static int tell_object(void *context, const struct store_object *object)
{
	const struct telling *telling = context;

	if (glob_matches(telling->siblings->glob, object->key))
		telling->saw(telling->self, object->key, object->size_bytes, object->modified_ms);
	return 0;
}

static int tell_file(void *context, const char *path)
{
	const struct telling *telling = context;
	struct stat status;

	if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
		telling->saw(telling->self, path, status.st_size,
			     (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000);
	return 0;
}

int siblings_tell(void *context, void (*saw)(void *self, const char *name, int64_t size_bytes, int64_t modified_ms),
		  void *self, struct error *err)
{
	const struct siblings *siblings = context;
	struct telling telling = {siblings, saw, self};

	if (siblings->store == NULL)
		return glob_files(siblings->glob, tell_file, &telling, err);
	return siblings->store->list(siblings->store, glob_prefix(siblings->glob), tell_object, &telling, err) ==
			       STORE_OK
		       ? 0
		       : -1;
}
