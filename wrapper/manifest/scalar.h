/* The part of bind.h that reads single values: numbers, units, strings, globs, patterns, names, secrets. */
#ifndef MUSTER_MANIFEST_SCALAR_H
#define MUSTER_MANIFEST_SCALAR_H

#include "wrapper/manifest/bind.h"

struct bind_site {                      /* what a value is called in messages */
	const char *key;                /* 'always'; NULL: the manifest */
	bool item;                      /* an item of it */
};

/* Of a type that parses. -1: reported, or not known while linting. */
int scalar_bind(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct bind_site *site, void *target);

/* {env: NAME} or {file: PATH}, into a struct secret *. */
int scalar_bind_secret(struct binder *binder, const struct parameter *parameter, const struct node *node,
		       const struct bind_site *site, void *target);

/* "'steps' must be a list, not 'x'", with an example for a hint. Always -1. */
int scalar_wrong_type(struct binder *binder, const struct parameter *parameter, const struct node *node,
		      const struct bind_site *site, const char *expected);

/* "'always'", "an item of 'always'". */
#define SCALAR_SITE_MAX 160
const char *scalar_site(const struct bind_site *site, char text[SCALAR_SITE_MAX]);

#endif
