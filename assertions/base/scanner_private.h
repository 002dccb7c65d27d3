/*
 * A scanner whose measures are small enough that tests can reach them.
 */
#ifndef MUSTER_BASE_SCANNER_PRIVATE_H
#define MUSTER_BASE_SCANNER_PRIVATE_H

#include "scanner.h"

struct scanner *scanner_new_sized(const struct pattern *const *patterns, size_t count, unsigned options,
				  size_t block_bytes, size_t span_bytes);

#endif
