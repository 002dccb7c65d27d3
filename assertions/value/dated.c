#include "assertions/value/dated.h"

#include <ctype.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"

struct span {
	int64_t begin_ms, end_ms;
};

/* Whether the name is what the pattern makes where the variable has that value. */
static bool stands_there(const struct text_moment *moment, bool is_key, const char *value, size_t length,
			 const char *name)
{
	cleanup_free char *text = memory_format("%s%.*s%s", moment->before, (int)length, value, moment->behind);
	struct glob *glob = NULL;
	struct error ignored;
	bool does = (is_key ? glob_compile_key : glob_compile)(text, &glob, &ignored) == 0 && glob_matches(glob, name);

	glob_free(glob);
	return does;
}

/* Where a pattern lets several stand there, the newest. */
static bool read_moment(const struct text_moment *moment, bool is_key, const char *name, struct span *ret_span)
{
	bool found = false;
	struct span span = {0, 0};
	size_t length;

	for (const char *at = name; *at != '\0'; at++) {
		length = isdigit((unsigned char)*at) ? clock_read_name(at, &span.begin_ms, &span.end_ms) : 0;
		if (length == 0 || (found && span.end_ms <= ret_span->end_ms) ||
		    !stands_there(moment, is_key, at, length, name))
			continue;
		*ret_span = span;
		found = true;
	}
	return found;
}

int64_t dated_made_ms(const struct text *pattern, bool is_key, const char *name, int64_t modified_ms, int64_t now_ms)
{
	int64_t made_ms = modified_ms;
	struct span span = {0, 0};

	if (modified_ms > now_ms + DATED_TOLERANCE_MS)
		return modified_ms;
	for (size_t i = 0; i < pattern->moment_count; i++) {
		if (!read_moment(&pattern->moments[i], is_key, name, &span))
			continue;
		if (span.begin_ms > now_ms + DATED_TOLERANCE_MS)
			return span.begin_ms;
		if (modified_ms > span.end_ms + DATED_RUN_MS && span.end_ms < made_ms)
			made_ms = span.end_ms;
	}
	return made_ms;
}
