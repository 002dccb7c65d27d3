/*
 * The file of profiles that AWS's tools share: "[name]" and "key = value" lines
 * (docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html).
 */
#ifndef MUSTER_STORE_PROFILE_H
#define MUSTER_STORE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/error.h"

#define PROFILE_FILE_MAX ((size_t)1 << 20)

struct profile {
	bool found; /* the section is there */
	char *access_key; /* NULL where it does not say; for secret_free() */
	char *secret_key;
	char *session_token;
};

/* 0 also where there is no such file or section: then `found` is false. */
int profile_read(const char *path, const char *name, struct profile *ret_profile, struct error *err);

/* The same from the file's text, which is changed. */
void profile_parse(char *text, const char *name, struct profile *ret_profile);
void profile_release(struct profile *profile);

#endif
