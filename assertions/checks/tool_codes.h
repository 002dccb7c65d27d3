/*
 * What the exit codes of well-known backup tools mean. The same number means different things to
 * different tools, so there is no table without a name.
 *
 * Sources: s3cmd S3/ExitCodes.py, aws topics/return-codes.rst, restic doc/075_scripting.rst,
 * GNU tar manual "Return Values", rclone lib/exitcode, gzip(1).
 */
#ifndef MUSTER_CHECKS_TOOL_CODES_H
#define MUSTER_CHECKS_TOOL_CODES_H

/* NULL where nothing is known. The program may be a path. */
const char *tool_code_meaning(const char *program, int code);

#endif
