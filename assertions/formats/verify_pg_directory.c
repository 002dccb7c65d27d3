/*
 * What `pg_dump -Ft` writes, and `pg_dump -Fd` where that folder is packed as a tar, zip or cpio: toc.dat, a file
 * N.dat for each entry with data, blobs.toc with a file for each large object. The facts are those of
 * src/bin/pg_dump/pg_backup_tar.c and pg_backup_directory.c of PostgreSQL.
 *
 * The order of the members is whatever the packer's was: the names are kept, and compared when all have gone by.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/memory.h"
#include "assertions/formats/container.h"
#include "assertions/formats/decode.h"
#include "assertions/formats/pg_contents.h"
#include "assertions/formats/verifier.h"

#define FORMAT_OF_CONTENTS 3
#define CONTENTS "toc.dat"
#define FILES_MAX (1024 * 1024)
#define FILE_NAME_MAX 64
#define BLOBS_LIST_MAX ((size_t)32 << 20)
#define TAIL_BYTES 8
#define DIGEST_START 0xcbf29ce484222325ULL

struct file {
	uint64_t folder; /* a digest of its path; 0 of one that is wanted */
	char name[FILE_NAME_MAX]; /* without a suffix of compression */
	bool is_copied; /* of one that is wanted: it must end as a COPY does; of one that is there: it does */
};

struct files {
	struct file *items;
	size_t count, capacity;
};

struct directory {
	struct budget *budget;
	struct trouble *trouble;
	struct source bytes;
	struct cursor *cursor;
	struct files present, wanted;
	uint64_t folder; /* that toc.dat is in */
	struct buffer blobs; /* the lists of large objects */
	bool has_contents, has_blobs, wants_blobs, wants_list;
	struct pg_objects told; /* large objects that the contents tell of */
	char hollow[FILE_NAME_MAX]; /* one whose file has no bytes */
	char tail[TAIL_BYTES]; /* of the file at hand */
	size_t tail_length;
};

static bool pg_directory_recognises(const unsigned char *head, size_t length)
{
	return recognise_of(FORMAT_ARCHIVE, head, length) != FORMAT_UNKNOWN;
}

static int bytes_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		      struct trouble *ret_trouble)
{
	struct directory *directory = (struct directory *)((char *)source - offsetof(struct directory, bytes));

	*ret_length = cursor_piece(directory->cursor, UINT64_MAX, ret_data);
	return *ret_length == 0 && cursor_failed(directory->cursor, ret_trouble) ? -1 : 0;
}

/* Nothing of a dump has a longer name. */
static int add_file(struct directory *directory, struct files *files, uint64_t folder, const char *name, size_t length,
		    bool is_copied)
{
	struct file *file;

	if (length >= FILE_NAME_MAX)
		return 0;
	if (files->count == FILES_MAX)
		return trouble_set(directory->trouble, BOUNDED, "pg_directory: has more than %d files", FILES_MAX);
	if (files->count == files->capacity) {
		files->capacity = files->capacity > 0 ? 2 * files->capacity : 64;
		files->items = memory_grow(files->items, files->capacity, sizeof(*files->items));
	}
	file = &files->items[files->count++];
	file->folder = folder;
	memcpy(file->name, name, length);
	file->name[length] = '\0';
	file->is_copied = is_copied;
	return 0;
}

static bool is_list(const char *name, size_t length)
{
	return length > 8 && memcmp(name, "blobs", 5) == 0 && memcmp(name + length - 4, ".toc", 4) == 0;
}

static int read_entry(struct directory *directory, struct pg_contents *in)
{
	char name[FILE_NAME_MAX];
	struct pg_entry entry;

	pg_contents_entry(in, &entry);
	pg_contents_string(in, name, sizeof(name));
	if (pg_contents_is_bad(in))
		return pg_contents_damaged(in, "");
	pg_objects_join(&directory->told, &entry.objects);
	if (name[0] == '\0')
		return 0;
	directory->wants_list = directory->wants_list || entry.is_blobs;
	/* A tar's contents give large objects a name that no file has: each has its own, and all are on a list. */
	if (entry.is_blobs && !is_list(name, strlen(name))) {
		directory->wants_blobs = true;
		return 0;
	}
	return add_file(directory, &directory->wanted, 0, name, strlen(name), entry.is_copied);
}

static int read_entries(struct directory *directory, struct pg_contents *in)
{
	const unsigned char *more;
	int64_t count;

	if (pg_contents_head(in, FORMAT_OF_CONTENTS) < 0)
		return -1;
	count = pg_contents_int(in);
	for (int64_t i = 0; i < count && !pg_contents_is_bad(in); i++)
		if (read_entry(directory, in) < 0)
			return -1;
	if (pg_contents_is_bad(in) || count < 0)
		return pg_contents_damaged(in, "its table of contents makes no sense");
	if (cursor_view(in->cursor, 1, &more) > 0)
		return pg_contents_damaged(in, "other bytes follow after its end");
	return 0;
}

static int read_contents(struct directory *directory, struct source *source)
{
	struct cursor cursor;
	struct pg_contents in = {.format = "pg_directory: toc.dat", .cursor = &cursor, .trouble = directory->trouble};
	int result;

	cursor_init(&cursor, source);
	result = read_entries(directory, &in);
	return cursor_failed(&cursor, directory->trouble) ? -1 : result;
}

/* "\." on a line of its own, and then nothing but ends of lines. */
static bool ends_as_copy(const struct directory *directory)
{
	size_t length = directory->tail_length;

	while (length > 0 && directory->tail[length - 1] == '\n')
		length--;
	return length < directory->tail_length && length >= 2 && directory->tail[length - 1] == '.' &&
	       directory->tail[length - 2] == '\\' && (length == 2 || directory->tail[length - 3] == '\n');
}

static int read_plain(struct directory *directory, struct source *plain, struct spending *spending,
		      struct buffer *ret_text)
{
	const unsigned char *data;
	size_t length;

	directory->tail_length = 0;
	do {
		if (source_next(plain, &data, &length, directory->trouble) < 0 ||
		    (spending != NULL && budget_spend(spending, length, directory->trouble) < 0))
			return -1;
		if (length > 0)
			directory->tail_length =
				bytes_keep_tail(directory->tail, TAIL_BYTES, directory->tail_length, data, length);
		if (length > 0 && ret_text != NULL)
			buffer_append(ret_text, data, length);
	} while (length > 0);
	return 0;
}

static const struct codec *codec_of(const char *name, size_t *ret_length)
{
	static const struct {
		const char *suffix;
		enum format format;
	} suffixes[] = {{".gz", FORMAT_GZIP}, {".lz4", FORMAT_LZ4}, {".zst", FORMAT_ZSTD}};

	*ret_length = strlen(name);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t length = strlen(suffixes[i].suffix);

		if (*ret_length > length && strcmp(name + *ret_length - length, suffixes[i].suffix) == 0) {
			*ret_length -= length;
			return decode_find(suffixes[i].format);
		}
	}
	return NULL;
}

/* With lz4 and zstd, pg_dump writes not even a header for a large object that is empty. */
static bool is_hollow(const struct codec *codec, const struct source *source, const char *name)
{
	return codec != NULL && codec->format != FORMAT_GZIP && source->offset == 0 &&
	       strncmp(name, "blob_", strlen("blob_")) == 0;
}

/* A file of the dump: data, or a list of large objects, which is kept. */
static int read_file(struct directory *directory, struct source *source, uint64_t folder, const char *name)
{
	size_t length;
	const struct codec *codec = codec_of(name, &length);
	struct spending spending = {.budget = directory->budget, .packed = source};
	struct source *plain = codec != NULL ? decode_open(codec, source) : source;
	bool lists = is_list(name, length);
	int result = read_plain(directory, plain, codec != NULL ? &spending : NULL, lists ? &directory->blobs : NULL);

	if (codec != NULL)
		source_close(plain);
	directory->has_blobs = directory->has_blobs || lists;
	if (result == 0 && lists && directory->tail_length > 0 && directory->tail[directory->tail_length - 1] != '\n')
		result = trouble_set(directory->trouble, DAMAGED, "the list of large objects is cut");
	if (result < 0 && directory->trouble->soundness == DAMAGED && is_hollow(codec, source, name)) {
		snprintf(directory->hollow, sizeof(directory->hollow), "%s", name);
		result = 0;
	}
	if (result < 0)
		return error_wrap(&directory->trouble->error, "pg_directory: %s", name);
	return add_file(directory, &directory->present, folder, name, length, ends_as_copy(directory));
}

/* It was taken for a file: what a link points to is not in the archive. */
static int take_back(struct directory *directory, uint64_t folder, const char *name)
{
	size_t length;

	codec_of(name, &length);
	for (size_t i = 0; i < directory->present.count; i++) {
		struct file *file = &directory->present.items[i];

		if (file->folder == folder && strlen(file->name) == length && memcmp(file->name, name, length) == 0)
			file->name[0] = '\0';
	}
	if (is_list(name, length) || strcmp(name, CONTENTS) == 0)
		return trouble_set(directory->trouble, DAMAGED, "pg_directory: '%s' is no file", name);
	return 0;
}

static int read_member(struct directory *directory, struct container *container, const struct inspect_member *member)
{
	struct member_source bytes;
	const char *slash = strrchr(member->path, '/'), *name = slash != NULL ? slash + 1 : member->path;
	uint64_t folder = pg_digest(DIGEST_START, member->path, (size_t)(name - member->path));

	member_source_init(&bytes, container, NULL);
	if (member->corrected)
		return take_back(directory, folder, name);
	if (member->type != MEMBER_FILE || member->elsewhere)
		return 0;
	if (strcmp(name, CONTENTS) != 0)
		return read_file(directory, &bytes.source, folder, name);
	if (directory->has_contents)
		return trouble_set(directory->trouble, DAMAGED, "pg_directory: it has several files " CONTENTS);
	directory->has_contents = true;
	directory->folder = folder;
	return read_contents(directory, &bytes.source);
}

static int by_path(const void *one, const void *other)
{
	const struct file *a = one, *b = other;
	int names = strcmp(a->name, b->name);

	return a->folder != b->folder ? (a->folder > b->folder) - (a->folder < b->folder) : names;
}

static const struct file *find(const struct directory *directory, const char *name, size_t length)
{
	struct file key = {.folder = directory->folder};

	if (length >= FILE_NAME_MAX || directory->present.count == 0)
		return NULL;
	memcpy(key.name, name, length);
	return bsearch(&key, directory->present.items, directory->present.count, sizeof(key), by_path);
}

static int miss(struct directory *directory, const char *name, size_t length)
{
	return trouble_set(directory->trouble, DAMAGED,
			   "pg_directory: '%.*s' is missing, which the table of contents tells of", (int)length, name);
}

/* Of those that belong to toc.dat, the files of large objects. */
static uint64_t count_object_files(const struct directory *directory)
{
	uint64_t count = 0;

	for (size_t i = 0; i < directory->present.count; i++)
		count += directory->present.items[i].folder == directory->folder &&
			 strncmp(directory->present.items[i].name, "blob_", strlen("blob_")) == 0;
	return count;
}

/* "OID NAME". */
static int check_object(struct directory *directory, const char *line, size_t line_length, struct pg_objects *listed)
{
	const char *name = memchr(line, ' ', line_length);
	char text[FILE_NAME_MAX] = "", *end;
	unsigned long long oid = strtoull(line, &end, 10);
	size_t length;

	if (name == NULL || end != name || line_length - (size_t)(name - line) > FILE_NAME_MAX)
		return trouble_set(directory->trouble, DAMAGED,
				   "pg_directory: the list of large objects makes no sense");
	memcpy(text, name + 1, line_length - (size_t)(name + 1 - line));
	codec_of(text, &length);
	pg_objects_add(listed, oid);
	return find(directory, text, length) == NULL ? miss(directory, text, length) : 0;
}

static int check_blobs(struct directory *directory)
{
	const char *line = directory->blobs.data, *last = line + directory->blobs.length, *end;
	struct pg_objects listed = {0};
	uint64_t files;

	if (directory->blobs.truncated)
		return trouble_set(directory->trouble, BOUNDED, "pg_directory: the list of large objects is too long");
	if (directory->wants_blobs && !directory->has_blobs)
		return miss(directory, "blobs.toc", strlen("blobs.toc"));
	for (; line < last; line = end + 1) {
		end = memchr(line, '\n', (size_t)(last - line));
		if (check_object(directory, line, (size_t)(end - line), &listed) < 0)
			return -1;
	}
	if (directory->wants_list && pg_objects_are_missing(&directory->told, &listed))
		return trouble_set(directory->trouble, DAMAGED,
				   "pg_directory: the list of large objects has %llu, and not all of the %llu that "
				   "toc.dat tells of",
				   (unsigned long long)listed.count, (unsigned long long)directory->told.count);
	files = count_object_files(directory);
	if (listed.count < files)
		return trouble_set(
			directory->trouble, DAMAGED,
			"pg_directory: the list of large objects is cut: it has %llu, and there are files of %llu",
			(unsigned long long)listed.count, (unsigned long long)files);
	return 0;
}

static int check_files(struct directory *directory)
{
	if (!directory->has_contents)
		return trouble_set(directory->trouble, DAMAGED, "pg_directory: there is no " CONTENTS " in it");
	if (directory->present.count > 0)
		qsort(directory->present.items, directory->present.count, sizeof(struct file), by_path);
	for (size_t i = 0; i < directory->wanted.count; i++) {
		const struct file *wanted = &directory->wanted.items[i];
		const struct file *file = find(directory, wanted->name, strlen(wanted->name));

		if (file == NULL)
			return miss(directory, wanted->name, strlen(wanted->name));
		if (wanted->is_copied && !file->is_copied)
			return trouble_set(directory->trouble, DAMAGED,
					   "pg_directory: '%s' is cut: it does not end as the data of a table do",
					   wanted->name);
	}
	return check_blobs(directory);
}

static int read_members(struct directory *directory)
{
	const unsigned char *head;
	size_t length = cursor_view(directory->cursor, CURSOR_VIEW_MAX, &head);
	enum format format = recognise_of(FORMAT_ARCHIVE, head, length);
	struct container *container =
		archive_find(format != FORMAT_UNKNOWN ? format : FORMAT_TAR)->open(&directory->bytes);
	struct inspect_member member;
	int more, result = 0;

	while (result == 0 && (more = container->next(container, &member, directory->trouble)) != 0)
		result = more < 0 ? -1 : read_member(directory, container, &member);
	container->close(container);
	return result;
}

static int pg_directory_verify(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble)
{
	struct directory directory = {.budget = budget,
				      .trouble = ret_trouble,
				      .bytes = {.next = bytes_next},
				      .cursor = cursor};
	int result;

	buffer_init(&directory.blobs, BLOBS_LIST_MAX);
	result = read_members(&directory);
	if (result == 0)
		result = check_files(&directory);
	if (result == 0 && directory.hollow[0] != '\0')
		result = trouble_set(
			ret_trouble, OPAQUE,
			"pg_directory: '%s' has no bytes: the large object is empty, or its bytes are lost: "
			"nothing in the dump tells which (with gzip, or in the custom format, it would)",
			directory.hollow);
	buffer_release(&directory.blobs);
	free(directory.present.items);
	free(directory.wanted.items);
	return result;
}

const struct verifier verify_pg_directory = {
	.signs = {.recognises = pg_directory_recognises},
	.verify = pg_directory_verify,
};
