/*
 * Reading what a user names, whatever it turns out to be: a pipe that nobody writes to must not hold muster up for ever.
 *
 *     int fd = patient_open(path);                                     as open(2); never waits
 *     while ((got = patient_read(fd, block, sizeof(block), SILENCE_MS, is_told)) > 0) ...
 *
 * 0 is the end; -1 with errno: ETIMEDOUT after that long without a byte (PATIENT_FOR_EVER: never), ECANCELED
 * where it would wait after is_told() (NULL: nobody tells), or what read(2) says.
 */
#ifndef MUSTER_BASE_PATIENT_H
#define MUSTER_BASE_PATIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PATIENT_FOR_EVER INT64_MAX

int patient_open(const char *path);
ssize_t patient_read(int fd, void *into, size_t size, int64_t silence_ms, bool (*is_told)(void));

#endif
