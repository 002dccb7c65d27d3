/*
 * A stream of XML, as S3 speaks it, read within bounds.
 *
 *     struct xml_reader *reader = xml_reader_new(&events, context);
 *     ... xml_reader_feed(reader, data, length, &err) for every block, xml_reader_finish(reader, &err) at the end ...
 *     xml_reader_free(reader);
 *
 * Elements go by their local names, since the same dialect comes in several namespaces and without. A DOCTYPE is refused
 * (no entity is ever expanded but the five of XML itself), and so is what exceeds the bounds below.
 */
#ifndef MUSTER_STORES_HTTP_XML_H
#define MUSTER_STORES_HTTP_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/base/error.h"

#define XML_DEPTH_MAX 16
#define XML_PATH_MAX 512
#define XML_TEXT_MAX ((size_t)16 << 10) /* of one element */
#define XML_TAG_MAX ((size_t)64 << 10) /* a tag with its attributes, a comment, a processing instruction */

struct xml_events {
	/* The path is that of the local names: "ListBucketResult/Contents". May be NULL. */
	void (*begin)(void *context, const char *path);
	/* With the text since the last tag: for an element without children all of its text. -1 with *err ends the reading. May be NULL. */
	int (*end)(void *context, const char *path, const char *text, struct error *err);
};

struct xml_reader;

struct xml_reader *xml_reader_new(const struct xml_events *events, void *context);
int xml_reader_feed(struct xml_reader *reader, const void *data, size_t length, struct error *err);
int xml_reader_finish(struct xml_reader *reader, struct error *err);
void xml_reader_free(struct xml_reader *reader);

/* All at once. What was read before the error has been told. */
int xml_read(const struct xml_events *events, void *context, const void *data, size_t length, struct error *err);

/* Whether the path is the names, or ends in "/" and the names: "Error/Code" for "ErrorResponse/Error/Code". */
bool xml_path_ends(const char *path, const char *names);

#endif
