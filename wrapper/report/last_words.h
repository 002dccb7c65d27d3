/*
 * What the reports say where muster cannot write them any more: there is no memory left, or at its very end nobody takes what it
 * prints. They are rendered when a run begins, as those of a run that an error inside muster ended, with nothing proven; to
 * write them takes no memory.
 *
 *     last_words_begin(options.reports, options.report_count);                 what stands there of a run before is removed
 *     last_words_prepare(&run, options.reports, options.report_count);         instead of those of a run before
 *     last_words_say();                                                        the exit code is then EXIT_INTERNAL
 *
 * Out of memory says them by itself, from the begin on.
 */
#ifndef MUSTER_REPORT_LAST_WORDS_H
#define MUSTER_REPORT_LAST_WORDS_H

#include "wrapper/command.h"
#include "wrapper/outcome.h"

void last_words_begin(const struct report_request *requests, size_t count); /* borrowed */
void last_words_prepare(const struct run *run, const struct report_request *requests, size_t count);
void last_words_say(void);

#endif
