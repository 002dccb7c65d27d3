#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/memory.h"
#include "assertions/stores/folder/directory.h"
#include "assertions/stores/s3/s3_private.h"
#include "assertions/stores/upload.h"
#include "unit.h"

#define MIB ((int64_t)1 << 20)
#define SHA256_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static const struct upload_options stream = {.size_bytes = -1};

TEST(ten_thousand_parts_hold_every_size)
{
	const int64_t sizes[] = {0, 1, 16 * MIB, 160000 * MIB - 1, 160000 * MIB, 160000 * MIB + 1, 5 * MIB * MIB};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int64_t part = upload_parts_size(sizes[i], 1);

		EXPECT(part >= 16 * MIB && part <= UPLOAD_PART_BYTES_MAX);
		EXPECT((sizes[i] + part - 1) / part <= UPLOAD_PARTS_MAX);
		EXPECT_NUMBER(upload_parts_size(sizes[i], 9999), part);
	}
	EXPECT_NUMBER(upload_parts_size(160000 * MIB, 1), 16 * MIB);
	EXPECT_NUMBER(upload_parts_size(160000 * MIB + 1, 1), 17 * MIB);
}

TEST(the_parts_of_a_stream_grow)
{
	int64_t whole = 0;

	EXPECT_NUMBER(upload_parts_size(-1, 1), 32 * MIB);
	EXPECT_NUMBER(upload_parts_size(-1, 2000), 32 * MIB);
	EXPECT_NUMBER(upload_parts_size(-1, 2001), 64 * MIB);
	EXPECT_NUMBER(upload_parts_size(-1, 10000), 512 * MIB);
	for (unsigned number = 1; number <= UPLOAD_PARTS_MAX; number++)
		whole += upload_parts_size(-1, number);
	EXPECT_NUMBER(whole, 2000 * (32 + 64 + 128 + 256 + 512) * MIB);
}

TEST(memory_bounds_how_many_are_on_their_way)
{
	EXPECT_NUMBER(upload_parts_senders(16 * MIB), 4);
	EXPECT_NUMBER(upload_parts_senders(32 * MIB), 4);
	EXPECT_NUMBER(upload_parts_senders(64 * MIB), 1);
	EXPECT_NUMBER(upload_parts_senders(512 * MIB), 1);
}

static const char *base64(const char *hex)
{
	static char text[64];

	s3_checksum_base64(hex, text, sizeof(text));
	return text;
}

TEST(base64_is_padded)
{
	EXPECT_STRING(base64(""), "");
	EXPECT_STRING(base64("66"), "Zg==");
	EXPECT_STRING(base64("666f"), "Zm8=");
	EXPECT_STRING(base64("666f6f"), "Zm9v");
	EXPECT_STRING(base64("fbff"), "+/8=");
	EXPECT_STRING(base64("d41d8cd98f00b204e9800998ecf8427e"), "1B2M2Y8AsgTpgAmY7PhCfg==");
	EXPECT_STRING(base64("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
		      "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

/* A folder of the test's own as a store. */

static char folder[] = "/tmp/muster-upload-XXXXXX";
static struct store *store;

static void open_store(void)
{
	const struct {
		const char *path, *prefix;
	} parameters = {folder, NULL};
	struct error err;

	if (store == NULL) {
		EXPECT(mkdtemp(folder) != NULL);
		EXPECT(directory_driver.open(&parameters, &store, &err) == 0);
	}
}

static const char *in_folder(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* Names in the folder, those of sidecars included. */
static unsigned count_names(void)
{
	DIR *entries = opendir(folder);
	unsigned count = 0;

	while (entries != NULL && readdir(entries) != NULL)
		count++;
	closedir(entries);
	return count - 2;
}

static int count_object(void *context, const struct store_object *object)
{
	(void)object;
	++*(unsigned *)context;
	return 0;
}

static unsigned count_objects(void)
{
	unsigned count = 0;
	struct error err;

	EXPECT_NUMBER(store->list(store, "", count_object, &count, &err), STORE_OK);
	return count;
}

static int put(const char *key, const char *text, const struct upload_options *options, struct error *err)
{
	struct upload *upload;

	if (upload_begin(store, key, options, &upload, err) != 0)
		return -1;
	for (; *text != '\0'; text++)
		EXPECT(upload_write(upload, text, 1, err) == 0);
	return upload_finish(upload, err) == UPLOAD_DONE ? 0 : -1;
}

TEST(a_file_is_there_when_it_is_whole)
{
	struct store_object object;
	struct upload *upload;
	struct error err = {""};

	open_store();
	EXPECT(upload_begin(store, "a/b/abc", &stream, &upload, &err) == 0);
	EXPECT(upload_write(upload, "abc", 3, &err) == 0);
	EXPECT_NUMBER(count_objects(), 0);
	EXPECT_NUMBER(store->head(store, "a/b/abc", &object, &err), STORE_ABSENT);
	EXPECT_NUMBER(upload_finish(upload, &err), UPLOAD_DONE);
	EXPECT_NUMBER(count_objects(), 1);
	EXPECT_NUMBER(store->head(store, "a/b/abc", &object, &err), STORE_OK);
	EXPECT_NUMBER(object.size_bytes, 3);
	EXPECT_STRING(object.uploader_sha256, SHA256_OF_ABC);
}

TEST(a_digest_is_of_the_file_that_was_uploaded)
{
	struct store_object object;
	struct error err = {""};
	FILE *file = fopen(in_folder("a/b/abc"), "w");

	usleep(20000);
	fputs("xyz", file);
	fclose(file);
	EXPECT_NUMBER(store->head(store, "a/b/abc", &object, &err), STORE_OK);
	EXPECT_STRING(object.uploader_sha256, "");
}

TEST(what_is_there_is_not_overwritten)
{
	const struct upload_options overwriting = {.size_bytes = -1, .overwrite = true};
	struct store_object object;
	struct error err = {""};

	EXPECT(put("once", "1", &stream, &err) == 0);
	EXPECT(put("once", "22", &stream, &err) == -1);
	EXPECT(strstr(err.message, "is there already: 1 bytes") != NULL);
	EXPECT_NUMBER(store->head(store, "once", &object, &err), STORE_OK);
	EXPECT_NUMBER(object.size_bytes, 1);
	EXPECT(put("once", "22", &overwriting, &err) == 0);
	EXPECT_NUMBER(store->head(store, "once", &object, &err), STORE_OK);
	EXPECT_NUMBER(object.size_bytes, 2);
}

TEST(what_came_meanwhile_is_not_overwritten)
{
	struct upload *upload;
	struct error err = {""};
	unsigned before = count_names();

	EXPECT(upload_begin(store, "race", &stream, &upload, &err) == 0);
	fclose(fopen(in_folder("race"), "w"));
	EXPECT_NUMBER(upload_finish(upload, &err), UPLOAD_FAILED);
	EXPECT(strstr(err.message, "came while this was uploaded") != NULL);
	EXPECT_NUMBER(count_names(), before + 1);
}

TEST(other_bytes_than_were_examined_are_not_kept)
{
	const struct upload_options known = {.size_bytes = 3, .sha256 = SHA256_OF_ABC};
	struct error err = {""};
	unsigned before = count_names();

	EXPECT(put("other", "abd", &known, &err) == -1);
	EXPECT(strstr(err.message, "not those that were examined") != NULL);
	EXPECT(put("other", "ab", &known, &err) == -1);
	EXPECT(strstr(err.message, "3 bytes were to be uploaded, and 2 came") != NULL);
	EXPECT_NUMBER(count_names(), before);
	EXPECT(put("other", "abc", &known, &err) == 0);
}

TEST(what_is_given_up_leaves_nothing)
{
	struct upload *upload;
	struct error err = {""};
	unsigned before = count_names();

	EXPECT(upload_begin(store, "given-up", &stream, &upload, &err) == 0);
	EXPECT(upload_write(upload, "abc", 3, &err) == 0);
	EXPECT_NUMBER(count_names(), before + 1);
	EXPECT(upload_discard(upload, &err) == 0);
	EXPECT_NUMBER(count_names(), before);
	EXPECT(upload_discard(NULL, &err) == 0);
}

TEST(no_key_leads_out_of_the_folder)
{
	const char *const keys[] = {"", "../x", "a/../x", "/x", "a//x", ".muster-x", "link/x", "a"};
	struct error err = {""};

	EXPECT(symlink("/tmp", in_folder("link")) == 0);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		EXPECT(put(keys[i], "x", &stream, &err) == -1);
	EXPECT(access("/tmp/x", F_OK) != 0);
}

TEST(a_long_name_fits)
{
	char name[256] = "";
	struct error err = {""};

	memset(name, 'n', 255);
	EXPECT(put(name, "x", &stream, &err) == 0);
}

/* A file as an upload leaves it that was killed so many hours ago. */
static int leave(const char *name, int hours)
{
	const struct timespec then = {time(NULL) - hours * 3600, 0}, times[] = {then, then};
	int fd = open(in_folder(name), O_WRONLY | O_CREAT, 0600);

	EXPECT(fd >= 0 && futimens(fd, times) == 0);
	return fd;
}

static bool is_there(const char *name)
{
	struct stat facts;

	return lstat(in_folder(name), &facts) == 0;
}

TEST(what_a_killed_upload_left_is_removed_by_the_next)
{
	static const char *const kept[] = {".muster-left.12-ab.sha256", ".muster-left.x-ab", ".muster-left.12-",
					   ".muster-left.12", "left.12-ab"};
	struct error err = {""};
	int locked;

	open_store();
	close(leave(".muster-left.12-1ab", 25));
	close(leave(".muster-left.13-1ab", 23));
	locked = leave(".muster-left.14-1ab", 25);
	EXPECT(flock(locked, LOCK_EX) == 0);
	/* Of other keys: nobody may ever upload under theirs again. */
	close(leave(".muster-left2.12-ab", 25));
	close(leave(".muster-lef.12-ab", 25));
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		close(leave(kept[i], 25));
	EXPECT(symlink("nowhere", in_folder(".muster-left.15-1ab")) == 0);
	EXPECT(put("left", "abc", &stream, &err) == 0);
	EXPECT(!is_there(".muster-left.12-1ab"));
	EXPECT(!is_there(".muster-left2.12-ab"));
	EXPECT(!is_there(".muster-lef.12-ab"));
	EXPECT(is_there(".muster-left.13-1ab"));
	EXPECT(is_there(".muster-left.14-1ab"));
	EXPECT(is_there(".muster-left.15-1ab"));
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		EXPECT(is_there(kept[i]));
		EXPECT(unlink(in_folder(kept[i])) == 0);
	}
	close(locked);
	EXPECT(unlink(in_folder(".muster-left.13-1ab")) == 0);
	EXPECT(unlink(in_folder(".muster-left.14-1ab")) == 0);
	EXPECT(unlink(in_folder(".muster-left.15-1ab")) == 0);
	EXPECT(unlink(in_folder(".muster-left.sha256")) == 0);
	EXPECT(unlink(in_folder("left")) == 0);
}

TEST(the_store_is_closed)
{
	char command[128];

	store_close(store);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	EXPECT(system(command) == 0);
}

UNIT_MAIN
