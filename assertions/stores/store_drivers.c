#include <string.h>

#include "assertions/stores/bunny/bunny.h"
#include "assertions/stores/folder/directory.h"
#include "assertions/stores/s3/s3.h"

const struct store_driver *const store_drivers[] = {&s3_driver, &bunny_driver, &directory_driver, NULL};

const struct store_driver *store_driver_find(const char *name)
{
	for (const struct store_driver *const *driver = store_drivers; *driver != NULL; driver++)
		if (strcmp((*driver)->name, name) == 0)
			return *driver;
	return NULL;
}
