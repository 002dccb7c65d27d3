/* test: slow */
/*
 * The reader of tars against libarchive's, on what the tools write: same members, same types, same bytes.
 */
#include "assertions/formats/container.h"
#include "bytes.h"

#include <archive.h>
#include <archive_entry.h>

#define LOG_MAX (8 << 20)

/* "PATH TYPE SIZE HASH MTIME\n"; what a link has for bytes is told apart below. */
static char *walk_own(struct bytes tar, size_t block)
{
	static const char types[] = {'f', 'd', 'l', 'o'};
	struct source *source = source_open_memory(tar.data, tar.length, block);
	struct container *container = archive_find(FORMAT_TAR)->open(source);
	struct inspect_member member;
	struct trouble trouble;
	struct buffer log;
	int more;

	buffer_init(&log, LOG_MAX);
	while ((more = container->next(container, &member, &trouble)) > 0) {
		const unsigned char *data;
		uint64_t hash = 0;
		size_t length;

		while (container->data(container, &data, &length, &trouble) == 0 && length > 0)
			hash = bytes_hash(hash, data, length);
		buffer_print(&log, "%s %c %lld %llx %lld\n", member.path, types[member.type],
			     (long long)member.size_bytes, (unsigned long long)hash, (long long)member.modified_ms);
	}
	buffer_string(&log, more == 0 ? "end" : trouble.error.message);
	container->close(container);
	source_close(source);
	return buffer_take(&log);
}

static char type_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) != NULL)
		return 'l';
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return 'f';
	case AE_IFDIR:
		return 'd';
	case AE_IFLNK:
		return 'l';
	default:
		return 'o';
	}
}

static uint64_t hash_data(struct archive *archive)
{
	uint64_t hash = 0;
	la_ssize_t got;
	unsigned char data[65536];

	/* archive_read_data() fills holes. */
	while ((got = archive_read_data(archive, data, sizeof(data))) > 0)
		hash = bytes_hash(hash, data, (size_t)got);
	return hash;
}

static char *walk_libarchive(struct bytes tar)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	struct buffer log;
	int result;

	buffer_init(&log, LOG_MAX);
	archive_read_support_format_tar(archive);
	archive_read_support_format_gnutar(archive);
	archive_read_open_memory(archive, tar.data, tar.length);
	while ((result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK || result == ARCHIVE_WARN) {
		char *path = memory_string(archive_entry_pathname(entry));
		long long ms = (long long)archive_entry_mtime(entry) * 1000 + archive_entry_mtime_nsec(entry) / 1000000;
		uint64_t hash = hash_data(archive);
		char type = type_of(entry);

		/* Size 0 of a folder whose header has names for data is ours. */
		buffer_print(&log, "%s %c %lld %llx %lld\n", container_strip_path(path), type,
			     type == 'd' ? 0LL : (long long)archive_entry_size(entry), (unsigned long long)hash, ms);
		free(path);
	}
	buffer_string(&log, result == ARCHIVE_EOF ? "end" : archive_error_string(archive));
	archive_read_free(archive);
	return buffer_take(&log);
}

static void compare(const char *name, const char *script)
{
	bytes_run(script);
	struct bytes tar = bytes_load("t.tar");
	char *expected = walk_libarchive(tar);
	static const size_t blocks[] = {0, 512, 1000, 70000};

	if (strlen(expected) < 10)
		printf("%s: %s\n", name, expected), unit_failures++;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		char *seen = walk_own(tar, blocks[i]);

		if (strcmp(seen, expected) != 0) {
			printf("%s:\n--- expected\n%s\n--- seen\n%s\n", name, expected, seen);
			unit_failures++;
		}
		free(seen);
	}
	free(expected);
	free(tar.data);
}

static void make_tree(void)
{
	static bool made;

	if (!made)
		bytes_run(
			"mkdir -p tree/folder/deeper tree/empty\n"
			"seq 1 20000 > tree/folder/numbers; printf x > tree/one; : > tree/nothing\n"
			"head -c 512 /dev/zero > tree/block; head -c 100001 /dev/urandom > tree/random\n"
			"ln tree/one tree/zz-hard; ln -s one tree/symbolic; mkfifo tree/fifo\n"
			"touch -d '1969-12-31T23:59:58Z' tree/block; touch -d '2021-01-01T00:00:00.123456789Z' "
			"tree/one\n"
			"cp -r tree full; cd full\n"
			"printf y > 'na\xc3\xafve \xff name'; l=$(printf n%.0s $(seq 1 120)); printf z > $l\n"
			"mkdir -p $l.d/$l/$l; printf deep > $l.d/$l/$l/file; ln -s $l.d/$l/$l/file link-to-long\n"
			"ln $l.d/$l/$l/file $l.d/hard-to-long\n"
			"cp -r . ../sparse; cd ../sparse\n"
			"truncate -s 5000000 hole; printf data | dd of=hole bs=1 seek=1000000 conv=notrunc "
			"status=none\n"
			"truncate -s 3000000 all-hole; for i in $(seq 0 39); do printf $i | dd of=many bs=1 "
			"seek=$((i*70000)) "
			"conv=notrunc status=none; done\n"
			"truncate -s 70000000 big; printf end | dd of=big bs=1 seek=69999997 conv=notrunc status=none");
	made = true;
}

TEST(gnu_tar_in_every_format)
{
	static const char *const formats[] = {"v7", "oldgnu", "gnu", "ustar", "posix"};

	make_tree();
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		/* Some formats cannot hold everything of the full tree: tar says so, and leaves it out. */
		char *script =
			memory_format("LC_ALL=C tar --format=%s --warning=none -C full -cf t.tar . 2>/dev/null || true",
				      formats[i]);

		compare(formats[i], script);
		free(script);
		script = memory_format("tar --format=%s -b 1 -cf t.tar tree 2>/dev/null || true", formats[i]);
		compare(formats[i], script);
		free(script);
	}
}

TEST(gnu_tar_with_sparse_files)
{
	make_tree();
	compare("gnu", "tar --format=gnu -S -C sparse -cf t.tar .");
	compare("oldgnu", "tar --format=oldgnu -S -C sparse -cf t.tar .");
	compare("pax 1.0", "tar --format=posix -S --sparse-version=1.0 -C sparse -cf t.tar .");
	compare("pax 0.1", "tar --format=posix -S --sparse-version=0.1 -C sparse -cf t.tar .");
	compare("pax 0.0", "tar --format=posix -S --sparse-version=0.0 -C sparse -cf t.tar .");
}

TEST(gnu_tar_with_other_things_in_it)
{
	make_tree();
	compare("label", "tar --format=gnu -V 'a label' -cf t.tar tree");
	compare("label in pax", "tar --format=posix -V 'a label' -cf t.tar tree");
	compare("incremental", "tar --format=gnu -g snapshot -cf t.tar tree; rm snapshot");
	compare("incremental in pax", "tar --format=posix -g snapshot -cf t.tar tree; rm snapshot");
	compare("attributes", "cp -r tree with; python3 -c \"import os; os.setxattr('with/one', 'user.a', b'b')\" || "
			      "true; tar --xattrs --acls --format=posix -cf t.tar with");
	compare("global header", "tar --format=posix --pax-option='comment=hello' -cf t.tar tree");
	compare("global time", "tar --format=posix --pax-option='mtime=1000000000' -cf t.tar tree");
	compare("appended", "tar --format=gnu -cf t.tar tree; tar -rf t.tar full");
	compare("updated", "tar --format=posix -cf t.tar tree; tar -uf t.tar full");
}

TEST(other_writers)
{
	make_tree();
	compare("bsdtar ustar", "LC_ALL=C.UTF-8 bsdtar --format ustar -cf t.tar tree 2>/dev/null || true");
	compare("bsdtar pax", "LC_ALL=C.UTF-8 bsdtar --format pax -cf t.tar -C full . 2>/dev/null || true");
	compare("bsdtar restricted pax", "LC_ALL=C.UTF-8 bsdtar --format paxr -cf t.tar -C full . 2>/dev/null || true");
	compare("bsdtar gnutar", "LC_ALL=C.UTF-8 bsdtar --format gnutar -cf t.tar -C full . 2>/dev/null || true");
	compare("bsdtar v7", "LC_ALL=C.UTF-8 bsdtar --format v7tar -cf t.tar tree 2>/dev/null || true");
	compare("bsdtar sparse", "LC_ALL=C.UTF-8 bsdtar --format pax -cf t.tar -C sparse hole all-hole many one");
	compare("cpio ustar", "find tree | cpio -o -H ustar > t.tar 2>/dev/null");
	compare("cpio tar", "find tree | cpio -o -H tar > t.tar 2>/dev/null");
	compare("python pax", "python3 -c \"import tarfile; t=tarfile.open('t.tar', 'w', format=tarfile.PAX_FORMAT); "
			      "t.add('full'); t.close()\"");
	compare("python gnu", "python3 -c \"import tarfile; t=tarfile.open('t.tar', 'w', format=tarfile.GNU_FORMAT); "
			      "t.add('full'); t.close()\"");
	compare("python ustar", "python3 -c \"import tarfile; t=tarfile.open('t.tar', 'w', "
				"format=tarfile.USTAR_FORMAT); t.add('tree/folder'); t.close()\"");
}

/* 9 GiB in 4 KiB: numbers that need base 256, or a record of pax. */
TEST(sizes_beyond_octal)
{
	static const struct {
		const char *name, *script;
	} cases[] = {
		{"gnu", "truncate -s 9G huge; printf e | dd of=huge bs=1 seek=9663676415 conv=notrunc status=none\n"
			"tar --format=gnu -S -cf t.tar huge"},
		{"pax", "tar --format=posix -S -cf t.tar huge"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inspect_member member;
		struct trouble trouble;

		bytes_run(cases[i].script);
		struct bytes tar = bytes_load("t.tar");
		struct source *source = source_open_memory(tar.data, tar.length, 0);
		struct container *container = archive_find(FORMAT_TAR)->open(source);
		EXPECT_NUMBER(container->next(container, &member, &trouble), 1);
		EXPECT_NUMBER(member.size_bytes, 9663676416);
		EXPECT(container->expands);
		EXPECT_NUMBER(container->next(container, &member, &trouble), 0);
		container->close(container);
		source_close(source);
		free(tar.data);
	}
}

UNIT_MAIN
