#include "assertions/stores/http/xml.h"

#include <expat.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/memory.h"

struct xml_reader {
	XML_Parser parser;
	struct xml_events events;
	void *context;
	char path[XML_PATH_MAX];
	size_t path_length;
	size_t lengths[XML_DEPTH_MAX]; /* of the path, outside of each open element */
	size_t depth;
	struct buffer text;
	bool refused; /* by a bound or by the caller: `error` says why */
	struct error error;
	size_t fed, fed_at_token;
};

static void refuse(struct xml_reader *reader, const char *why)
{
	if (!reader->refused)
		error_set(&reader->error, "%s", why);
	reader->refused = true;
	XML_StopParser(reader->parser, XML_FALSE);
}

static const char *local_name(const char *name, size_t *ret_length)
{
	const char *local = name, *at = name;

	for (; *at != '\0'; at++)
		if (*at == ':')
			local = at + 1;
	*ret_length = (size_t)(at - local);
	return local;
}

static void XMLCALL take_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
	struct xml_reader *reader = context;
	size_t length = reader->path_length, more;
	const char *local = local_name(name, &more);

	(void)attributes;
	reader->fed_at_token = reader->fed;
	if (reader->refused)
		return;
	if (reader->depth == XML_DEPTH_MAX || length + more + 2 > sizeof(reader->path)) {
		refuse(reader, "the XML is nested too deep");
		return;
	}
	reader->lengths[reader->depth++] = length;
	if (length > 0)
		reader->path[length++] = '/';
	memcpy(reader->path + length, local, more + 1);
	reader->path_length = length + more;
	buffer_clear(&reader->text);
	if (reader->events.begin != NULL)
		reader->events.begin(reader->context, reader->path);
}

static void XMLCALL take_end(void *context, const XML_Char *name)
{
	struct xml_reader *reader = context;

	(void)name;
	reader->fed_at_token = reader->fed;
	if (reader->refused)
		return;
	if (reader->events.end != NULL &&
	    reader->events.end(reader->context, reader->path, reader->text.data, &reader->error) != 0) {
		reader->refused = true;
		XML_StopParser(reader->parser, XML_FALSE);
		return;
	}
	reader->path_length = reader->lengths[--reader->depth];
	reader->path[reader->path_length] = '\0';
	buffer_clear(&reader->text);
}

static void XMLCALL take_text(void *context, const XML_Char *text, int length)
{
	struct xml_reader *reader = context;

	reader->fed_at_token = reader->fed;
	if (reader->refused)
		return;
	buffer_append(&reader->text, text, (size_t)length);
	if (reader->text.truncated)
		refuse(reader, "an element of the XML is too long");
}

/* Comments and the like: nothing but a sign that the reading goes on. */
static void XMLCALL take_rest(void *context, const XML_Char *text, int length)
{
	struct xml_reader *reader = context;

	(void)text;
	(void)length;
	reader->fed_at_token = reader->fed;
}

static void XMLCALL take_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
				 int has_subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	refuse(context, "the XML has a DOCTYPE");
}

struct xml_reader *xml_reader_new(const struct xml_events *events, void *context)
{
	static const XML_Memory_Handling_Suite memory = {memory_take, memory_retake, free};
	struct xml_reader *reader = memory_alloc(sizeof(*reader));

	reader->parser = XML_ParserCreate_MM(NULL, &memory, NULL);
	if (reader->parser == NULL)
		memory_exhausted();
	reader->events = *events;
	reader->context = context;
	buffer_init(&reader->text, XML_TEXT_MAX);
	XML_SetUserData(reader->parser, reader);
	XML_SetElementHandler(reader->parser, take_start, take_end);
	XML_SetCharacterDataHandler(reader->parser, take_text);
	XML_SetDefaultHandler(reader->parser, take_rest);
	XML_SetStartDoctypeDeclHandler(reader->parser, take_doctype);
	return reader;
}

/* expat has two names for it: where there is the newer one, the older is deprecated. */
static uint64_t line_number(XML_Parser parser)
{
#if XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION < 9
	return XML_GetCurrentLineNumber(parser);
#else
	return XML_GetCurrentLineNumber64(parser);
#endif
}

static int parse(struct xml_reader *reader, const char *data, size_t length, bool last, struct error *err)
{
	if (!reader->refused && XML_Parse(reader->parser, data, (int)length, last) == XML_STATUS_OK)
		return 0;
	if (!reader->refused)
		error_set(&reader->error, "the XML is not well-formed (%s in line %" PRIu64 ")",
			  XML_ErrorString(XML_GetErrorCode(reader->parser)), line_number(reader->parser));
	reader->refused = true;
	return error_set(err, "%s", reader->error.message);
}

int xml_reader_feed(struct xml_reader *reader, const void *data, size_t length, struct error *err)
{
	const char *at = data;

	while (length > 0) {
		size_t step = length < XML_TAG_MAX ? length : XML_TAG_MAX;

		if (parse(reader, at, step, false, err) != 0)
			return -1;
		reader->fed += step;
		at += step;
		length -= step;
		/* expat looks at an unfinished tag again from its begin with every block. */
		if (reader->fed - reader->fed_at_token > 2 * XML_TAG_MAX) {
			refuse(reader, "a tag of the XML is too long");
			return error_set(err, "%s", reader->error.message);
		}
	}
	return 0;
}

int xml_reader_finish(struct xml_reader *reader, struct error *err)
{
	return parse(reader, "", 0, true, err);
}

void xml_reader_free(struct xml_reader *reader)
{
	if (reader == NULL)
		return;
	XML_ParserFree(reader->parser);
	buffer_release(&reader->text);
	free(reader);
}

int xml_read(const struct xml_events *events, void *context, const void *data, size_t length, struct error *err)
{
	struct xml_reader *reader = xml_reader_new(events, context);
	int result = xml_reader_feed(reader, data, length, err);

	if (result == 0)
		result = xml_reader_finish(reader, err);
	xml_reader_free(reader);
	return result;
}

bool xml_path_ends(const char *path, const char *names)
{
	size_t length = strlen(path), wanted = strlen(names);

	if (length < wanted || strcmp(path + length - wanted, names) != 0)
		return false;
	return length == wanted || path[length - wanted - 1] == '/';
}
