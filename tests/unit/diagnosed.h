/* What diagnostics say, in short: "3:5: message" for each, in the order of the lines, one a line. */
#ifndef MUSTER_TESTS_DIAGNOSED_H
#define MUSTER_TESTS_DIAGNOSED_H

#include <stdio.h>
#include <stdlib.h>

#include "wrapper/manifest/diagnostics.h"

static inline char *diagnosed(struct diagnostics *diagnostics)
{
	char *text = NULL;
	size_t length;
	FILE *nowhere = fopen("/dev/null", "w"), *file = open_memstream(&text, &length);

	diagnostics_print(diagnostics, nowhere);
	fclose(nowhere);
	for (size_t i = 0; i < diagnostics->count; i++)
		fprintf(file, "%s%d:%d: %s%s", i > 0 ? "\n" : "", diagnostics->items[i].place.line,
			diagnostics->items[i].place.column, diagnostics->items[i].warning ? "warning: " : "",
			diagnostics->items[i].message);
	fclose(file);
	return text;
}

#endif
