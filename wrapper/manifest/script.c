#include "wrapper/manifest/script.h"

#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"

#define DEPTH_MAX 64
#define HERES_MAX 8
#define DELIMITER_MAX 64
#define SCRIPT_MAX ((size_t)16 << 20)

enum place {
	PLACE_BARE,
	PLACE_COMMAND, /* $(...) and (...) */
	PLACE_BACKTICK,
	PLACE_BRACE, /* ${...} */
	PLACE_NUMBER, /* ((...)), $[...] and [[ a -eq b ]] */
	PLACE_DOUBLE,
	PLACE_SINGLE,
	PLACE_ESCAPED, /* $'...' */
	PLACE_COMMENT,
	PLACE_HERE, /* a here-document */
};

struct here {
	char delimiter[DELIMITER_MAX];
	bool is_quoted, has_tabs;
};

struct reading {
	const char *script;
	size_t at;
	enum place places[DEPTH_MAX];
	size_t depth; /* of places, less 1 */
	size_t excess; /* what is deeper is not followed */
	struct here heres[HERES_MAX]; /* announced on this line; the first is being read in PLACE_HERE */
	size_t here_count;
	const char *number_end; /* the "]]" of a comparison of numbers */
	bool evaluates; /* what comes is read by a shell once more */
	size_t evaluates_from, evaluates_depth;
	bool evaluates_word; /* only the next word */
};

static enum place current(const struct reading *reading)
{
	return reading->places[reading->depth];
}

static void enter(struct reading *reading, enum place place)
{
	if (reading->depth + 1 == DEPTH_MAX)
		reading->excess++;
	else
		reading->places[++reading->depth] = place;
}

static void leave(struct reading *reading)
{
	if (reading->excess > 0)
		reading->excess--;
	else if (reading->depth > 0)
		reading->depth--;
}

static bool is_bare(enum place place)
{
	return place <= PLACE_BRACE;
}

static bool begins(const struct reading *reading, const char *word)
{
	return strncmp(reading->script + reading->at, word, strlen(word)) == 0;
}

static bool is_in_backtick(const struct reading *reading)
{
	for (size_t i = reading->depth; i > 0; i--)
		if (reading->places[i] == PLACE_BACKTICK)
			return true;
	return false;
}

/* "$(", "${", "`" and the like, which mean the same in double quotes and outside. Returns how many bytes it took. */
static size_t read_expansion(struct reading *reading)
{
	static const struct {
		const char *begin;
		enum place places[2];
	} expansions[] = {
		{"$((", {PLACE_NUMBER, PLACE_NUMBER}},
		{"$(", {PLACE_COMMAND}},
		{"${", {PLACE_BRACE}},
		{"$[", {PLACE_NUMBER}},
	};

	if (begins(reading, "\\") && reading->script[reading->at + 1] != '\0')
		return 2;
	if (begins(reading, "`")) {
		if (is_in_backtick(reading)) {
			while (current(reading) != PLACE_BACKTICK)
				leave(reading);
			leave(reading);
		} else {
			enter(reading, PLACE_BACKTICK);
		}
		return 1;
	}
	for (size_t i = 0; i < sizeof(expansions) / sizeof(expansions[0]); i++) {
		if (!begins(reading, expansions[i].begin))
			continue;
		for (size_t p = 0; p < 2 && expansions[i].places[p] != PLACE_BARE; p++)
			enter(reading, expansions[i].places[p]);
		return strlen(expansions[i].begin);
	}
	return 0;
}

/* "<<EOF", "<<-'EOF'": the delimiter, and whether a quote in it makes the text literal. */
static size_t read_here(struct reading *reading)
{
	const char *begin = reading->script + reading->at + 2, *at = begin;
	struct here here = {.has_tabs = *at == '-'};
	size_t length = 0;

	at += here.has_tabs;
	at += strspn(at, " \t");
	for (; *at != '\0' && strchr(" \t\n;&|<>()", *at) == NULL; at++) {
		if (strchr("'\"\\", *at) != NULL)
			here.is_quoted = true;
		else if (length + 1 < DELIMITER_MAX)
			here.delimiter[length++] = *at;
	}
	if (length > 0 && reading->here_count < HERES_MAX)
		reading->heres[reading->here_count++] = here;
	return (size_t)(at - begin) + 2;
}

static bool is_at_word(const struct reading *reading)
{
	return reading->at == 0 || strchr(" \t\n;&|({`", reading->script[reading->at - 1]) != NULL;
}

/* Numbers in [[ ]] are expressions, in which a value could name an array's element, and with it a command. */
static void note_comparison(struct reading *reading)
{
	static const char *const operators[] = {" -eq ", " -ne ", " -lt ", " -le ", " -gt ", " -ge "};
	const char *begin = reading->script + reading->at, *end = strstr(begin, "]]");

	for (size_t i = 0; end != NULL && i < sizeof(operators) / sizeof(operators[0]); i++)
		if (memmem(begin, (size_t)(end - begin), operators[i], strlen(operators[i])) != NULL)
			reading->number_end = end;
}

static void note_evaluation(struct reading *reading)
{
	static const char *const shells[] = {"sh", "bash", "dash", "ksh", "zsh", "su"};
	static const char *const builtins[] = {"eval", "trap", "let"};
	const char *word = reading->script + reading->at, *end = word + strcspn(word, " \t\n;&|");
	const char *name = end;

	while (name > word && name[-1] != '/')
		name--;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		const char *option = end + strspn(end, " \t");
		if (strncmp(name, shells[i], (size_t)(end - name)) != 0 || shells[i][end - name] != '\0')
			continue;
		/* "-c", "-ec", "-e -o pipefail -c" */
		while (*option != '\0' && strchr("\n;&|'\"", *option) == NULL) {
			size_t length = strcspn(option, " \t\n;&|");
			if (*option == '-' && length > 1 && option[length - 1] == 'c') {
				option += length;
				option += strspn(option, " \t");
				reading->evaluates = reading->evaluates_word = true;
				reading->evaluates_from = (size_t)(option - reading->script);
				reading->evaluates_depth = reading->depth;
				return;
			}
			option += length + strspn(option + length, " \t");
		}
	}
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
		if (strncmp(word, builtins[i], (size_t)(end - word)) != 0 || builtins[i][end - word] != '\0')
			continue;
		reading->evaluates = true;
		reading->evaluates_word = false;
		reading->evaluates_from = (size_t)(end - reading->script);
		reading->evaluates_depth = reading->depth;
	}
}

static void end_evaluation(struct reading *reading)
{
	const char *ends = reading->evaluates_word ? " \t\n;&|" : "\n;&|";

	if (reading->evaluates && reading->at > reading->evaluates_from && reading->depth <= reading->evaluates_depth &&
	    strchr(ends, reading->script[reading->at]) != NULL)
		reading->evaluates = false;
}

static size_t read_bare(struct reading *reading)
{
	size_t taken;

	end_evaluation(reading);
	if (is_at_word(reading) && begins(reading, "[["))
		note_comparison(reading);
	if (is_at_word(reading) && !reading->evaluates)
		note_evaluation(reading);
	if (begins(reading, "$'")) {
		enter(reading, PLACE_ESCAPED);
		return 2;
	}
	if ((taken = read_expansion(reading)) > 0)
		return taken;
	if (current(reading) != PLACE_BRACE && is_at_word(reading) && begins(reading, "#"))
		enter(reading, PLACE_COMMENT);
	else if (begins(reading, "'") && current(reading) == PLACE_BRACE && reading->depth > 0 &&
		 reading->places[reading->depth - 1] == PLACE_DOUBLE)
		return 1; /* "${x:-it's}": no quote */
	else if (begins(reading, "'"))
		enter(reading, PLACE_SINGLE);
	else if (begins(reading, "\""))
		enter(reading, PLACE_DOUBLE);
	else if (begins(reading, "<<<"))
		return 3;
	else if (begins(reading, "<<") && current(reading) != PLACE_BRACE)
		return read_here(reading);
	else if (begins(reading, "((") && is_at_word(reading))
		enter(reading, PLACE_NUMBER);
	else if (begins(reading, "(") && current(reading) != PLACE_BRACE)
		enter(reading, PLACE_COMMAND);
	else if ((begins(reading, ")") && current(reading) == PLACE_COMMAND) ||
		 (begins(reading, "}") && current(reading) == PLACE_BRACE))
		leave(reading);
	else if (begins(reading, "\n") && reading->here_count > 0)
		enter(reading, PLACE_HERE);
	return 1;
}

static size_t read_number(struct reading *reading)
{
	size_t taken = read_expansion(reading);

	if (taken > 0)
		return taken;
	if (begins(reading, "("))
		enter(reading, PLACE_NUMBER);
	else if (begins(reading, ")") || begins(reading, "]"))
		leave(reading);
	else if (begins(reading, "\""))
		enter(reading, PLACE_DOUBLE);
	return 1;
}

/* Takes the line where it is the delimiter's. */
static size_t read_here_line(struct reading *reading)
{
	const struct here *here = &reading->heres[0];
	const char *line = reading->script + reading->at, *begin = line;
	size_t length = strlen(here->delimiter);

	if (reading->here_count == 0)
		leave(reading);
	if (reading->here_count == 0 || (reading->at > 0 && reading->script[reading->at - 1] != '\n'))
		return 0;
	while (here->has_tabs && *begin == '\t')
		begin++;
	if (strncmp(begin, here->delimiter, length) != 0 || (begin[length] != '\n' && begin[length] != '\0'))
		return 0;
	memmove(reading->heres, reading->heres + 1, --reading->here_count * sizeof(reading->heres[0]));
	if (reading->here_count == 0)
		leave(reading);
	return (size_t)(begin - line) + length + (begin[length] == '\n' && reading->here_count > 0);
}

static size_t read_quoted(struct reading *reading)
{
	enum place place = current(reading);
	char end = place == PLACE_COMMENT ? '\n' : place == PLACE_DOUBLE ? '"' : '\'';
	size_t taken = 0;

	if (place == PLACE_HERE && (taken = read_here_line(reading)) > 0)
		return taken;
	if (place == PLACE_DOUBLE || (place == PLACE_HERE && !reading->heres[0].is_quoted))
		taken = read_expansion(reading);
	if (taken > 0)
		return taken;
	if (place == PLACE_ESCAPED && begins(reading, "\\") && reading->script[reading->at + 1] != '\0')
		return 2;
	if (place == PLACE_HERE || reading->script[reading->at] != end)
		return 1;
	leave(reading);
	/* The line's end is none of the comment's: a here-document may begin behind it. */
	return place != PLACE_COMMENT;
}

static bool is_number(const struct reading *reading)
{
	size_t i = reading->depth;

	if (reading->number_end != NULL && reading->script + reading->at <= reading->number_end)
		return true;
	while (i > 0 && (reading->places[i] == PLACE_DOUBLE || reading->places[i] == PLACE_BRACE))
		i--;
	return reading->places[i] == PLACE_NUMBER;
}

/* "name[" before it in its word. */
static bool is_subscript(const struct reading *reading)
{
	const char *at = reading->script + reading->at, *bracket = NULL;

	for (; at > reading->script && strchr(" \t\n;&|(=", at[-1]) == NULL; at--)
		if (at[-1] == '[')
			bracket = at - 1;
	return is_bare(current(reading)) && bracket != NULL && bracket > at &&
	       strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == (size_t)(bracket - at);
}

static void judge(const struct reading *reading, struct script_variable *variable)
{
	enum place place = current(reading);

	variable->is_bare = is_bare(place);
	if (reading->excess > 0) {
		variable->refused = "is too deep in brackets and quotes";
		variable->hint = "take it out of them: set a variable of the shell first";
	} else if (place == PLACE_SINGLE || place == PLACE_ESCAPED) {
		variable->refused = "stands in single quotes, where a shell reads no variable";
		variable->hint = "close them before it and open them again behind it: 'a '${vars.x}' b'";
	} else if (place == PLACE_HERE && reading->heres[0].is_quoted) {
		variable->refused =
			"stands in a here-document whose delimiter is quoted, where a shell reads no variable";
		variable->hint = "write the delimiter without quotes";
	} else if (reading->evaluates && reading->at >= reading->evaluates_from) {
		variable->refused = "stands in what a shell reads twice, and would execute what it holds";
		variable->hint = "let that name a variable of the shell: export x=${vars.x}; bash -c 'rm -- \"$x\"'";
	} else if (place == PLACE_BRACE) {
		variable->refused =
			"stands in the braces of a variable of the shell, where it may be read as arithmetic";
		variable->hint = "set another variable of the shell first: y=${vars.y}";
	} else if (is_number(reading) || is_subscript(reading)) {
		variable->refused = "stands in arithmetic, which would execute a command that it holds";
		variable->hint = "[ \"${vars.x}\" -gt 3 ] compares numbers and executes nothing";
	}
}

void script_read(const char *script, struct script_variable *variables, size_t count)
{
	struct reading reading = {.script = script};
	size_t next = 0, length = strlen(script);

	while (next < count) {
		for (; next < count && variables[next].at <= reading.at; next++)
			judge(&reading, &variables[next]);
		if (reading.at >= length)
			break;
		enum place place = current(&reading);
		reading.at += is_bare(place)          ? read_bare(&reading)
			      : place == PLACE_NUMBER ? read_number(&reading)
						      : read_quoted(&reading);
	}
}

char *script_of_text(const struct text *text, struct script_variable **ret_variables, size_t *ret_count)
{
	struct script_variable *variables = memory_array(text->count, sizeof(*variables));
	cleanup_buffer struct buffer script;
	size_t count = 0;

	buffer_init(&script, SCRIPT_MAX);
	for (size_t i = 0; i < text->count; i++) {
		if (text->parts[i].step != NULL || text->parts[i].is_value)
			variables[count++].at = script.length;
		else
			buffer_string(&script, text->parts[i].literal);
	}
	*ret_variables = variables;
	*ret_count = count;
	return buffer_take(&script);
}
