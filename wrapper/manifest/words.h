/*
 * The fixed words of the manifest, each with its type, its help and an example: one table per mapping.
 *
 * manifest_record (manifest.h) is the outermost; these are the ones that somebody has to tell apart.
 */
#ifndef MUSTER_MANIFEST_WORDS_H
#define MUSTER_MANIFEST_WORDS_H

#include "assertions/value/parameter.h"

#define WORDS_STAGES_MAX 64                     /* of a pipe */
#define WORDS_ATTEMPTS_MAX 100

extern const struct record words_store, words_inventory, words_step, words_artifact, words_waiver, words_notify, words_report, words_upload;

extern const char *const words_checksums[]; /* in the order of enum store_algorithm, without its first; ended by NULL */
extern const char *const words_reports[]; /* "json", ...; ended by NULL */

#endif
