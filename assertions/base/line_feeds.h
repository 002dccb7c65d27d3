/*
 * How many line feeds a text has, as fast as it can be read.
 */
#ifndef MUSTER_BASE_LINE_FEEDS_H
#define MUSTER_BASE_LINE_FEEDS_H

#include <stddef.h>
#include <stdint.h>

uint64_t line_feeds_count(const char *text, size_t length);

#endif
