/*
 * The file that becomes another one by rename(): beside it, as ".muster-NAME.new-XXXXXX", so that it is in nobody's way.
 *
 *     int fd = temporary_open(target, &path);          -1 with errno; reads and writes, mode 0600
 *     ... write, fsync, close ...
 *     rename(path, target) or unlink(path), then temporary_end(path), which frees it
 *
 * It is locked from its begin until its end, however it is closed: what lies there unlocked was left by a run that was killed, and
 * is removed. Of other targets in the folder only what is old is, since not every file system tells of locks far away.
 * The main thread's.
 */
#ifndef MUSTER_PROCESS_TEMPORARY_H
#define MUSTER_PROCESS_TEMPORARY_H

#define TEMPORARY_LEFT_SECONDS (12 * 3600)

int temporary_open(const char *target, char **ret_path);
void temporary_end(char *path); /* NULL is fine */

/* The name that mkostemp() makes one of, for who can neither look nor lock then; the caller frees. */
char *temporary_template(const char *target);

#endif
