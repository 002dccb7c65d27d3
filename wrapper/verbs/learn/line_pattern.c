#include "wrapper/verbs/learn/line_pattern.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/scan/pattern.h"
#include "wrapper/verbs/learn/markers.h"

#define WORD_MAX 30
#define BLANKS " \t\r"

static bool matches(const char *pattern_written, const char *text, size_t length)
{
	struct pattern *pattern = NULL;
	struct error ignored;
	bool found = pattern_compile(pattern_written, &pattern, &ignored) == 0 &&
		     pattern_matches(pattern, text, length) == 1;

	pattern_free(pattern);
	return found;
}

/* What has digits, paths, addresses, names of hosts and the like is another one tomorrow. */
static bool is_stable(const char *word, size_t length)
{
	if (length > WORD_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalpha((unsigned char)word[i]) && strchr(".,:;!()[]-'\"", word[i]) == NULL)
			return false;
	for (size_t i = 0; i + 1 < length; i++)
		if (strchr(".:", word[i]) != NULL && isalnum((unsigned char)word[i + 1]))
			return false;
	return true;
}

static void append_words(const char *line, struct buffer *out)
{
	bool skipped = false;

	for (const char *word = line + strspn(line, BLANKS); *word != '\0'; word += strspn(word, BLANKS)) {
		size_t length = strcspn(word, BLANKS);
		if (!is_stable(word, length)) {
			skipped = true;
		} else {
			cleanup_free char *text = memory_substring(word, length);
			if (out->length > 0)
				buffer_string(out, skipped ? ".*" : " +");
			else if (!skipped)
				buffer_string(out, "^ *");
			pattern_quote(text, out);
			skipped = false;
		}
		word += length;
	}
}

char *line_pattern_of(const char *line, size_t length)
{
	cleanup_buffer struct buffer pattern;

	buffer_init(&pattern, (size_t)LINE_PATTERN_BYTES_MAX * 4);
	if (length == 0 || length > LINE_PATTERN_BYTES_MAX || memchr(line, '\0', length) != NULL ||
	    matches(MARKERS_SECRET, line, length))
		return NULL;
	cleanup_free char *text = memory_substring(line, length);
	append_words(text, &pattern);
	/* What makes the line one that says that something is done must be among what is left of it. */
	if (pattern.truncated || !matches(MARKERS_DONE, pattern.data, pattern.length) ||
	    !matches(pattern.data, line, length))
		return NULL;
	return buffer_take(&pattern);
}
