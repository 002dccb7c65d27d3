/*
 * Writes tars byte by byte, also such as no tool would write.
 */
#ifndef MUSTER_TESTS_TAR_BUILDER_H
#define MUSTER_TESTS_TAR_BUILDER_H

#include "bytes.h"

#define TAR_BUILDER_BLOCK 512

struct tar_builder {
	struct buffer out;
	unsigned char *header; /* of the member that was begun last; moves when more is written */
};

static inline void tar_builder_init(struct tar_builder *tar)
{
	buffer_init(&tar->out, 64 << 20);
	tar->header = NULL;
}

static inline void tar_builder_release(struct tar_builder *tar)
{
	buffer_release(&tar->out);
}

static inline void tar_builder_sum(struct tar_builder *tar)
{
	unsigned sum = 0;

	memset(tar->header + 148, ' ', 8);
	for (int i = 0; i < TAR_BUILDER_BLOCK; i++)
		sum += tar->header[i];
	snprintf((char *)tar->header + 148, 8, "%06o", sum);
}

static inline void tar_builder_octal(unsigned char *field, int digits, unsigned long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%0*llo", digits, value);
	memcpy(field, text, (size_t)digits + 1);
}

/* A ustar header; change tar->header and call tar_builder_sum() for any other. */
static inline void tar_builder_header(struct tar_builder *tar, const char *name, char type, unsigned long long size)
{
	static const unsigned char empty[TAR_BUILDER_BLOCK];

	buffer_append(&tar->out, empty, sizeof(empty));
	tar->header = (unsigned char *)tar->out.data + tar->out.length - TAR_BUILDER_BLOCK;
	memcpy(tar->header, name, strnlen(name, 100));
	tar_builder_octal(tar->header + 100, 7, 0644);
	tar_builder_octal(tar->header + 108, 7, 0);
	tar_builder_octal(tar->header + 116, 7, 0);
	tar_builder_octal(tar->header + 124, 11, size);
	tar_builder_octal(tar->header + 136, 11, 1700000000);
	tar->header[156] = (unsigned char)type;
	memcpy(tar->header + 257, "ustar\00000", 8);
	tar_builder_sum(tar);
}

static inline void tar_builder_data(struct tar_builder *tar, const void *data, size_t length)
{
	static const unsigned char empty[TAR_BUILDER_BLOCK];

	buffer_append(&tar->out, data, length);
	buffer_append(&tar->out, empty, (TAR_BUILDER_BLOCK - length % TAR_BUILDER_BLOCK) % TAR_BUILDER_BLOCK);
}

static inline void tar_builder_file(struct tar_builder *tar, const char *name, const char *text)
{
	tar_builder_header(tar, name, '0', strlen(text));
	tar_builder_data(tar, text, strlen(text));
}

/* "27 key=value\n", its own length counted. */
static inline void tar_builder_record(struct buffer *records, const char *key, const char *value)
{
	size_t length = strlen(key) + strlen(value) + 3, digits = 1;
	char text[32];

	while (snprintf(text, sizeof(text), "%zu", length + digits) != (int)digits)
		digits++;
	buffer_print(records, "%zu %s=%s\n", length + digits, key, value);
}

static inline void tar_builder_pax(struct tar_builder *tar, char type, const struct buffer *records)
{
	tar_builder_header(tar, "PaxHeaders/x", type, records->length);
	tar_builder_data(tar, records->data, records->length);
}

static inline void tar_builder_pax_one(struct tar_builder *tar, const char *key, const char *value)
{
	struct buffer records;

	buffer_init(&records, 1 << 20);
	tar_builder_record(&records, key, value);
	tar_builder_pax(tar, 'x', &records);
	buffer_release(&records);
}

static inline void tar_builder_zeros(struct tar_builder *tar, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buffer_append(&tar->out, "", 1);
}

#endif
