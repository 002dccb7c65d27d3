#include "assertions/scan/sql_dump.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/buffer.h"
#include "assertions/base/memory.h"

#define TAG_MAX 256
#define COPY_END "FROM stdin"

enum dialect { DIALECT_UNKNOWN, DIALECT_POSTGRESQL, DIALECT_MYSQL };

enum lexer_state {
	IN_STATEMENT,
	IN_LINE_COMMENT,
	IN_COMMENT_HEAD, /* after its asterisk: what comes next may make it code */
	IN_COMMENT,
	IN_QUOTES,
	AFTER_QUOTE, /* one more of it, and the text goes on */
	IN_DOLLAR_TAG,
	IN_DOLLAR_QUOTES,
	IN_META_COMMAND,
	IN_COPY_DATA,
};

struct sql_dump {
	void (*saw)(void *context, const char *name, size_t length);
	void *context;
	enum dialect dialect;
	enum lexer_state state;
	char previous, before; /* the last two bytes of a statement, whatever their line */
	bool at_line_start;
	char quote;
	bool escapes, escaped; /* a backslash takes the next byte's meaning away; this one's */
	bool strings_escape; /* in every string: standard_conforming_strings is off */
	bool copy_begins; /* with the next line */
	unsigned depth; /* of comments in comments */
	size_t matched; /* of what ends a dollar quote, or the data of COPY */
	char tag[TAG_MAX];
	size_t tag_length;
	char tail[sizeof(COPY_END) - 1]; /* of the statement */
	struct buffer statement; /* its begin, blanks made one */
	bool dull; /* it is none that is looked at */
	struct buffer line; /* of a comment, or of a command of psql's */
};

struct sql_dump *sql_dump_new(void (*saw)(void *context, const char *name, size_t length), void *context)
{
	struct sql_dump *dump = memory_array(1, sizeof(*dump));

	dump->saw = saw;
	dump->context = context;
	dump->at_line_start = true;
	buffer_init(&dump->statement, 2 * SQL_NAME_MAX);
	buffer_init(&dump->line, 4 * SQL_NAME_MAX);
	return dump;
}

void sql_dump_free(struct sql_dump *dump)
{
	if (dump == NULL)
		return;
	buffer_release(&dump->statement);
	buffer_release(&dump->line);
	free(dump);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_of_identifier(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Takes the quotes off a text that begins with one; a doubled one is itself. */
static void unquote(const char *text, struct buffer *out)
{
	char quote = *text++;

	for (; *text != '\0'; text++) {
		if (*text == quote && *++text != quote)
			return;
		buffer_append(out, text, 1);
	}
}

static void tell(const struct sql_dump *dump, const struct buffer *name)
{
	if (name->length > 0 && !name->truncated)
		dump->saw(dump->context, name->data, name->length);
}

/* dbname='it\'s', of a connection string of libpq. */
static void tell_connection(const struct sql_dump *dump, const char *value)
{
	struct buffer name;
	bool quoted = *value == '\'';

	buffer_init(&name, SQL_NAME_MAX);
	for (value += quoted; *value != '\0' && (quoted ? *value != '\'' : !is_blank(*value)); value++) {
		if (*value == '\\' && value[1] != '\0')
			value++;
		buffer_append(&name, value, 1);
	}
	tell(dump, &name);
	buffer_release(&name);
}

/* \connect shop; \connect "Shop"; \connect -reuse-previous=on "dbname='my-shop'" */
static void end_meta_command(struct sql_dump *dump)
{
	static const char option[] = "-reuse-previous=on", parameter[] = "dbname=";
	const char *at = dump->line.data;
	struct buffer argument;

	dump->dialect = DIALECT_POSTGRESQL;
	size_t command = strcspn(at, " \t\r");
	if (dump->line.truncated || ((command != 7 || strncmp(at, "connect", 7) != 0) && (command != 1 || *at != 'c')))
		return;
	at += command + strspn(at + command, " \t");
	if (strncmp(at, option, strlen(option)) == 0)
		at += strlen(option) + strspn(at + strlen(option), " \t");
	buffer_init(&argument, 2 * SQL_NAME_MAX);
	if (*at == '"')
		unquote(at, &argument);
	else
		buffer_append(&argument, at, strcspn(at, " \t\r"));
	if (strncmp(argument.data, parameter, strlen(parameter)) == 0)
		tell_connection(dump, argument.data + strlen(parameter));
	else
		tell(dump, &argument);
	buffer_release(&argument);
}

static void tell_used(const struct sql_dump *dump, const char *text)
{
	struct buffer name;

	buffer_init(&name, SQL_NAME_MAX);
	if (*text == '`' || *text == '"')
		unquote(text, &name);
	else
		buffer_append(&name, text, strcspn(text, " "));
	tell(dump, &name);
	buffer_release(&name);
}

static void end_statement(struct sql_dump *dump)
{
	const char *text = dump->statement.data;

	if (dump->dialect == DIALECT_MYSQL) {
		if (strncasecmp(text, "USE ", 4) == 0 && !dump->statement.truncated)
			tell_used(dump, text + 4);
	} else if (strncasecmp(text, "COPY ", 5) == 0) {
		dump->copy_begins = strncasecmp(dump->tail, COPY_END, sizeof(dump->tail)) == 0;
	} else if (strncasecmp(text, "SET standard_conforming_strings", 31) == 0) {
		dump->strings_escape = strcasestr(text, "off") != NULL;
	}
	buffer_clear(&dump->statement);
	dump->dull = false;
	memset(dump->tail, 0, sizeof(dump->tail));
}

/* By its first four bytes. */
static bool is_dull(const char *text)
{
	return strncasecmp(text, "COPY", 4) != 0 && strncasecmp(text, "USE ", 4) != 0 &&
	       strncasecmp(text, "SET ", 4) != 0;
}

static void add_to_statement(struct sql_dump *dump, char c)
{
	char last = dump->tail[sizeof(dump->tail) - 1];

	if (dump->dull)
		return;
	if (is_blank(c)) {
		if (last == '\0' || last == ' ')
			return;
		c = ' ';
	}
	buffer_append(&dump->statement, &c, 1);
	dump->dull = dump->statement.length == 4 && is_dull(dump->statement.data);
	memmove(dump->tail, dump->tail + 1, sizeof(dump->tail) - 1);
	dump->tail[sizeof(dump->tail) - 1] = c;
}

/* What turned out to be the begin of a comment is no part of the statement. */
static void take_back(struct sql_dump *dump)
{
	if (dump->dull)
		return;
	if (!dump->statement.truncated)
		dump->statement.data[--dump->statement.length] = '\0';
	memmove(dump->tail + 1, dump->tail, sizeof(dump->tail) - 1);
	dump->tail[0] = '\0';
}

static void begin_line_of(struct sql_dump *dump, enum lexer_state state)
{
	buffer_clear(&dump->line);
	dump->state = state;
}

static void begin_quotes(struct sql_dump *dump, char c)
{
	bool of_escapes = (dump->previous == 'E' || dump->previous == 'e') && !is_of_identifier(dump->before);

	dump->quote = c;
	dump->escaped = false;
	if (c == '\'')
		dump->escapes = dump->dialect == DIALECT_MYSQL || dump->strings_escape || of_escapes;
	else
		dump->escapes = c == '"' && dump->dialect == DIALECT_MYSQL;
	dump->state = IN_QUOTES;
}

static void read_statement(struct sql_dump *dump, char c)
{
	bool mysql = dump->dialect == DIALECT_MYSQL;

	if (c == '\n' && dump->copy_begins) {
		dump->copy_begins = false;
		dump->matched = 0;
		dump->state = IN_COPY_DATA;
	} else if (c == '\\' && dump->at_line_start && !mysql) {
		begin_line_of(dump, IN_META_COMMAND);
	} else if ((c == '-' && dump->previous == '-') || (c == '#' && mysql)) {
		if (c == '-')
			take_back(dump);
		begin_line_of(dump, IN_LINE_COMMENT);
	} else if (c == '*' && dump->previous == '/') {
		take_back(dump);
		begin_line_of(dump, IN_COMMENT_HEAD);
		dump->depth = 1;
	} else if (c == '/' && dump->previous == '*' && mysql) {
		take_back(dump); /* of a comment that is code */
		c = '\0';
	} else if (c == '\'' || c == '"' || c == '`') {
		begin_quotes(dump, c);
		add_to_statement(dump, c);
	} else if (c == '$' && !mysql && !is_of_identifier(dump->previous)) {
		dump->tag_length = 0;
		dump->state = IN_DOLLAR_TAG;
	} else if (c == ';') {
		end_statement(dump);
	} else {
		add_to_statement(dump, c);
	}
	if (dump->state != IN_STATEMENT)
		c = '\0';
	dump->before = dump->previous;
	dump->previous = c;
}

static void end_line_comment(struct sql_dump *dump)
{
	if (dump->dialect == DIALECT_UNKNOWN && strncmp(dump->line.data, " PostgreSQL database", 20) == 0)
		dump->dialect = DIALECT_POSTGRESQL;
	else if (dump->dialect == DIALECT_UNKNOWN && (strncmp(dump->line.data, " MySQL dump", 11) == 0 ||
						      strncmp(dump->line.data, " MariaDB dump", 13) == 0))
		dump->dialect = DIALECT_MYSQL;
}

static void read_line(struct sql_dump *dump, char c)
{
	if (c != '\n') {
		buffer_append(&dump->line, &c, 1);
		return;
	}
	if (dump->state == IN_META_COMMAND)
		end_meta_command(dump);
	else
		end_line_comment(dump);
	dump->state = IN_STATEMENT;
	add_to_statement(dump, ' ');
}

static void read_comment(struct sql_dump *dump, char c)
{
	if (c == '/' && dump->previous == '*') {
		if (--dump->depth == 0)
			dump->state = IN_STATEMENT;
		c = '\0';
	} else if (c == '*' && dump->previous == '/' && dump->dialect != DIALECT_MYSQL) {
		dump->depth++;
		c = '\0';
	}
	dump->previous = c;
}

/*
 * In what MySQL and MariaDB write, a comment that begins with an exclamation mark, or with M and one, is code, from a version on that
 * stands there; mariadb-dump writes one of a version that never comes.
 */
static void read_comment_head(struct sql_dump *dump, char c)
{
	const char *head = dump->line.data;
	size_t marks = strcspn(head, "!");

	if (dump->dialect != DIALECT_POSTGRESQL &&
	    (head[marks] == '!' ? isdigit((unsigned char)c) : c == '!' || (c == 'M' && *head == '\0'))) {
		buffer_append(&dump->line, &c, 1);
		return;
	}
	dump->previous = '\0';
	if (head[marks] == '!' && strcmp(head + marks, "!999999") != 0) {
		dump->dialect = DIALECT_MYSQL;
		dump->state = IN_STATEMENT;
		read_statement(dump, c);
	} else {
		dump->state = IN_COMMENT;
		read_comment(dump, c);
	}
}

static void read_quotes(struct sql_dump *dump, char c)
{
	add_to_statement(dump, c);
	if (dump->escaped)
		dump->escaped = false;
	else if (c == '\\' && dump->escapes)
		dump->escaped = true;
	else if (c == dump->quote)
		dump->state = AFTER_QUOTE;
}

/* False: the byte is still to be read, as one of a statement. */
static bool read_after_quote(struct sql_dump *dump, char c)
{
	dump->state = c == dump->quote ? IN_QUOTES : IN_STATEMENT;
	if (c == dump->quote)
		add_to_statement(dump, c);
	return c == dump->quote;
}

static bool read_dollar_tag(struct sql_dump *dump, char c)
{
	if (c == '$') {
		dump->matched = 0;
		dump->state = IN_DOLLAR_QUOTES;
	} else if (is_of_identifier(c) && (dump->tag_length > 0 || !isdigit((unsigned char)c)) &&
		   dump->tag_length < TAG_MAX) {
		dump->tag[dump->tag_length++] = c;
	} else {
		dump->state = IN_STATEMENT;
		dump->previous = '$';
		return false;
	}
	return true;
}

/* The tag itself has no dollar: a match that fails can begin again with this byte only. */
static void read_dollar_quotes(struct sql_dump *dump, char c)
{
	size_t matched = dump->matched;
	bool fits = matched == 0 || matched == dump->tag_length + 1 ? c == '$' : c == dump->tag[matched - 1];

	dump->matched = fits ? matched + 1 : c == '$';
	if (dump->matched == dump->tag_length + 2)
		dump->state = IN_STATEMENT;
}

/* Up to a line of "\." alone. */
static void read_copy_data(struct sql_dump *dump, char c)
{
	static const char end[] = "\\.";

	if (c == '\n') {
		if (dump->matched == strlen(end))
			dump->state = IN_STATEMENT;
		dump->matched = 0;
	} else if (dump->matched < strlen(end) && c == end[dump->matched]) {
		dump->matched++;
	} else if (c != '\r' || dump->matched < strlen(end)) {
		dump->matched = strlen(end) + 1;
	}
}

static void read_byte(struct sql_dump *dump, char c)
{
	switch (dump->state) {
	case IN_LINE_COMMENT:
	case IN_META_COMMAND:
		read_line(dump, c);
		break;
	case IN_COMMENT_HEAD:
		read_comment_head(dump, c);
		break;
	case IN_COMMENT:
		read_comment(dump, c);
		break;
	case IN_QUOTES:
		read_quotes(dump, c);
		break;
	case IN_DOLLAR_QUOTES:
		read_dollar_quotes(dump, c);
		break;
	case IN_COPY_DATA:
		read_copy_data(dump, c);
		break;
	case AFTER_QUOTE:
		if (!read_after_quote(dump, c))
			read_statement(dump, c);
		break;
	case IN_DOLLAR_TAG:
		if (!read_dollar_tag(dump, c))
			read_statement(dump, c);
		break;
	case IN_STATEMENT:
		read_statement(dump, c);
		break;
	}
	dump->at_line_start = c == '\n';
}

/* What may mean something in a statement that is not looked at. */
static bool means_something(const struct sql_dump *dump, char c)
{
	static const char special[256] = {['\n'] = 1, ['\\'] = 1, ['-'] = 1, ['#'] = 1, ['*'] = 1, ['/'] = 1,
					  ['\''] = 1, ['"'] = 1,  ['`'] = 1, ['$'] = 1, [';'] = 1};

	return dump->state == IN_STATEMENT ? special[(unsigned char)c] : c == dump->quote || c == '\\';
}

/* Goes over bytes that end nothing: most of a dump is data. */
static size_t skip(struct sql_dump *dump, const char *data, size_t length)
{
	const char *found = NULL;
	size_t i = 0;

	if (dump->dull && (dump->state == IN_STATEMENT || (dump->state == IN_QUOTES && !dump->escaped))) {
		while (i < length && !means_something(dump, data[i]))
			i++;
		if (i > 0 && dump->state == IN_STATEMENT) {
			dump->before = i > 1 ? data[i - 2] : dump->previous;
			dump->previous = data[i - 1];
			dump->at_line_start = false;
		}
		return i;
	}
	if (dump->state == IN_COPY_DATA && dump->matched > strlen("\\."))
		found = memchr(data, '\n', length);
	else if (dump->state == IN_DOLLAR_QUOTES && dump->matched == 0)
		found = memchr(data, '$', length);
	else
		return 0;
	return found != NULL ? (size_t)(found - data) : length;
}

void sql_dump_feed(struct sql_dump *dump, const char *data, size_t length)
{
	for (size_t at = 0; at < length;) {
		at += skip(dump, data + at, length - at);
		if (at < length)
			read_byte(dump, data[at++]);
	}
}

const char *sql_dump_unfinished(const struct sql_dump *dump)
{
	switch (dump->state) {
	case IN_QUOTES:
	case IN_DOLLAR_QUOTES:
		return "a quoted text";
	case IN_COMMENT_HEAD:
	case IN_COMMENT:
		return "a comment";
	case IN_COPY_DATA:
		return "the data of a COPY";
	default:
		return NULL;
	}
}
