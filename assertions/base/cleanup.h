/*
 * Clean-up at the end of the scope, so that functions can return early.
 *
 *     cleanup_free char *path = memory_format("%s/%s", folder, name);
 *     cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
 */
#ifndef MUSTER_BASE_CLEANUP_H
#define MUSTER_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assertions/base/buffer.h"

static inline void cleanup_free_(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_fd_(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_file_(FILE **file)
{
	if (*file != NULL)
		fclose(*file);
}

static inline void cleanup_dir_(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

#define cleanup_free __attribute__((cleanup(cleanup_free_)))
#define cleanup_fd __attribute__((cleanup(cleanup_fd_)))
#define cleanup_file __attribute__((cleanup(cleanup_file_)))
#define cleanup_dir __attribute__((cleanup(cleanup_dir_)))
#define cleanup_buffer __attribute__((cleanup(buffer_release)))

#endif
