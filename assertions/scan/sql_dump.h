/*
 * The names of the databases whose contents a plain SQL dump holds, however they are quoted.
 *
 *     struct sql_dump *dump = sql_dump_new(saw_name, context);
 *     while (...)
 *             sql_dump_feed(dump, data, length);
 *     sql_dump_unfinished(dump);
 *
 * Told are those that pg_dumpall (`\connect`) and mysqldump --databases, mariadb-dump (`USE`) change to; what stands in
 * strings, dollar quotes, comments and the data of COPY only looks like it. Memory is bounded; a name of more than
 * SQL_NAME_MAX bytes is none of a database.
 * Sources: PostgreSQL, "Lexical Structure", COPY, psql's \connect, libpq's connection strings; MySQL, "Language Structure".
 */
#ifndef MUSTER_SCAN_SQL_DUMP_H
#define MUSTER_SCAN_SQL_DUMP_H

#include <stddef.h>

#define SQL_NAME_MAX 1024

struct sql_dump;

/* The name is valid during the call, and may be told more than once. */
struct sql_dump *sql_dump_new(void (*saw)(void *context, const char *name, size_t length), void *context);
void sql_dump_free(struct sql_dump *dump); /* NULL is fine */

void sql_dump_feed(struct sql_dump *dump, const char *data, size_t length);

/* What has begun and was not ended by what was fed so far ("a quoted text"): where that is the whole, it was cut. NULL: nothing. */
const char *sql_dump_unfinished(const struct sql_dump *dump);

#endif
