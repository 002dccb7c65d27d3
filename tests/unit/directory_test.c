#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/value/parameter.h"
#include "assertions/stores/store.h"

static char folder[] = "/tmp/muster-directory-XXXXXX";

static char *below(const char *name)
{
	return memory_format("%s/%s", folder, name);
}

static void put(const char *name, const char *text, time_t modified)
{
	cleanup_free char *path = below(name);
	const struct timespec times[2] = {{modified, 0}, {modified, 250000000}};
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
	utimensat(AT_FDCWD, path, times, 0);
}

static void make_folder(const char *name)
{
	cleanup_free char *path = below(name);

	mkdir(path, 0755);
}

static void make_link(const char *target, const char *name)
{
	cleanup_free char *path = below(name);

	EXPECT_NUMBER(symlink(target, path), 0);
}

static struct store *open_store(const char *path, const char *prefix)
{
	const struct {
		const char *path, *prefix;
	} parameters = {path, prefix};
	struct store *store = NULL;
	struct error err = {""};

	EXPECT(store_driver_find("directory") != NULL);
	EXPECT_NUMBER(store_driver_find("directory")->open(&parameters, &store, &err), 0);
	return store;
}

static int add_key(void *context, const struct store_object *object)
{
	struct buffer *keys = context;

	buffer_print(keys, "%s\n", object->key);
	return 0;
}

/* How many lines the listing has, and whether each of the keys is one. */
static void expect_keys(struct store *store, const char *prefix, const char *const *keys, size_t count)
{
	cleanup_buffer struct buffer seen;
	struct error err = {""};
	size_t lines = 0;

	buffer_init(&seen, 100000);
	EXPECT_NUMBER(store->list(store, prefix, add_key, &seen, &err), STORE_OK);
	EXPECT_STRING(err.message, "");
	for (const char *at = seen.data; *at != '\0'; at++)
		lines += *at == '\n';
	EXPECT_NUMBER(lines, count);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *line = memory_format("%s\n", keys[i]);

		EXPECT(strstr(seen.data, line) != NULL);
	}
}

TEST(a_folder_is_listed)
{
	static const char *const all[] = {"a.gz", "sub/b.gz", "sub/deep/c", "sub2", "link.gz"};

	EXPECT(mkdtemp(folder) != NULL);
	make_folder("sub");
	make_folder("sub/deep");
	make_folder("empty");
	put("a.gz", "aaa", 1000);
	put("sub/b.gz", "b", 2000);
	put("sub/deep/c", "c", 2000);
	put("sub2", "", 500);
	put(".muster-tmp", "half", 9000);
	put("sub/.muster-x", "half", 9000);
	make_link("a.gz", "link.gz");
	make_link("sub", "link-to-folder");
	make_link("nowhere", "dangling");
	make_link(".", "circle");

	struct store *store = open_store(folder, NULL);

	EXPECT_STRING(store->description, folder);
	expect_keys(store, "", all, 5);
	expect_keys(store, "sub", all + 1, 3);
	expect_keys(store, "sub/", all + 1, 2);
	expect_keys(store, "sub/d", all + 2, 1);
	expect_keys(store, "x", NULL, 0);
	store_close(store);
	store = open_store(folder, "sub/");
	expect_keys(store, "", (const char *const[]){"b.gz", "deep/c"}, 2);
	expect_keys(store, "deep/", (const char *const[]){"deep/c"}, 1);
	store_close(store);
	store = open_store(folder, "sub");
	expect_keys(store, "", (const char *const[]){"/b.gz", "/deep/c", "2"}, 3);
	store_close(store);
}

static enum store_status status_of(struct store *store, const char *key, const char *part)
{
	struct store_object object;
	struct error err = {""};
	enum store_status status = store->head(store, key, &object, &err);

	EXPECT(strstr(err.message, part) != NULL);
	if (strstr(err.message, part) == NULL)
		printf("  %s\n", err.message);
	return status;
}

TEST(facts_of_an_object)
{
	struct store *store = open_store(folder, NULL);
	struct store_object object;
	struct error err = {""};

	EXPECT_NUMBER(store->head(store, "sub/b.gz", &object, &err), STORE_OK);
	EXPECT_STRING(object.key, "sub/b.gz");
	EXPECT_NUMBER(object.size_bytes, 1);
	EXPECT_NUMBER(object.modified_ms, 2000250);
	EXPECT_STRING(object.etag, "");
	EXPECT(!object.etag_may_be_md5);
	EXPECT_NUMBER(status_of(store, "sub/x", "No such file"), STORE_ABSENT);
	EXPECT_NUMBER(status_of(store, "sub", "not a regular file"), STORE_ABSENT);
	EXPECT_NUMBER(status_of(store, "a.gz/x", "Not a directory"), STORE_ABSENT);
	EXPECT_NUMBER(status_of(store, "dangling", "No such file"), STORE_ABSENT);
	store_close(store);
}

TEST(no_key_leads_out)
{
	struct store *store = open_store(folder, NULL);
	static const char *const keys[] = {
		"",  "..",    "../x",  "sub/../a.gz", "/etc/passwd", "sub//b.gz",    "./a.gz",
		".", "a.gz/", "sub/.", "sub/./b.gz",  ".muster-tmp", "sub/.muster-x"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		EXPECT_NUMBER(status_of(store, keys[i], "can have the key"), STORE_ABSENT);
	store_close(store);
}

TEST(prefixes_that_lead_out_are_not_valid)
{
	static const char *const prefixes[] = {"../", "/x", "a/../b", "./", "x//", ".muster-"};
	const struct store_driver *driver = store_driver_find("directory");
	struct error err = {""};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		const struct {
			const char *path, *prefix;
		} parameters = {folder, prefixes[i]};

		EXPECT_NUMBER(driver->parameters->validate(&parameters, &err), -1);
	}

	const struct {
		const char *path, *prefix;
	} good = {folder, "a/b-"}, none = {folder, NULL};

	EXPECT_NUMBER(driver->parameters->validate(&good, &err), 0);
	EXPECT_NUMBER(driver->parameters->validate(&none, &err), 0);
}

static void read_whole(struct source *source, struct buffer *text, struct trouble *trouble)
{
	const unsigned char *data;
	size_t length;

	while (source_next(source, &data, &length, trouble) == 0 && length > 0)
		buffer_append(text, data, length);
	source_close(source);
}

TEST(bytes_of_an_object)
{
	struct store *store = open_store(folder, "sub/");
	struct store_object expected;
	struct source *source = NULL;
	struct trouble trouble = {0};
	struct error err = {""};
	cleanup_buffer struct buffer text;

	buffer_init(&text, 100);
	EXPECT_NUMBER(store->head(store, "b.gz", &expected, &err), STORE_OK);
	EXPECT_NUMBER(store->get(store, "b.gz", NULL, &source, &err), STORE_OK);
	read_whole(source, &text, &trouble);
	EXPECT_STRING(text.data, "b");
	EXPECT_NUMBER(trouble.soundness, SOUND);
	EXPECT_NUMBER(store->get(store, "b.gz", &expected, &source, &err), STORE_OK);
	read_whole(source, &text, &trouble);
	EXPECT_STRING(text.data, "bb");
	put("sub/b.gz", "longer", 2000);
	EXPECT_NUMBER(store->get(store, "b.gz", &expected, &source, &err), STORE_OK);
	read_whole(source, &text, &trouble);
	EXPECT_STRING(text.data, "bb");
	EXPECT_NUMBER(trouble.soundness, DAMAGED);
	put("sub/b.gz", "c", 3000);
	trouble.soundness = SOUND;
	EXPECT_NUMBER(store->get(store, "b.gz", &expected, &source, &err), STORE_OK);
	read_whole(source, &text, &trouble);
	EXPECT_NUMBER(trouble.soundness, DAMAGED);
	EXPECT_NUMBER(store->get(store, "nothing", &expected, &source, &err), STORE_ABSENT);
	store_close(store);
}

TEST(the_folder_itself)
{
	cleanup_free char *missing = below("missing"), *file = below("a.gz");
	struct store_probe probe;
	struct store *store = open_store(folder, NULL);

	store->probe(store, &probe);
	EXPECT_NUMBER(probe.status, STORE_OK);
	EXPECT(probe.not_empty && probe.clock_known && probe.clock_offset_ms == 0);
	EXPECT_NUMBER(probe.region_status, STORE_UNSUPPORTED);
	store_close(store);
	store = open_store(folder, "empty/");
	store->probe(store, &probe);
	EXPECT(probe.status == STORE_OK && !probe.not_empty);
	store_close(store);
	store = open_store(missing, NULL);
	store->probe(store, &probe);
	EXPECT_NUMBER(probe.status, STORE_NO_BUCKET);
	EXPECT(strstr(probe.trouble.message, "does not exist") != NULL && probe.hint[0] != '\0');
	EXPECT_NUMBER(status_of(store, "x", "does not exist"), STORE_NO_BUCKET);
	store_close(store);
	store = open_store(file, NULL);
	store->probe(store, &probe);
	EXPECT_NUMBER(probe.status, STORE_NO_BUCKET);
	store_close(store);
}

/* They do not for root, who is somebody else meanwhile. */
static void permissions_hold(bool hold)
{
	if (getuid() == 0)
		EXPECT_NUMBER(seteuid(hold ? 65534 : 0), 0);
}

TEST(what_may_not_be_read)
{
	cleanup_free char *sub = below("sub");
	struct store *store = open_store(folder, NULL);
	struct store_probe probe;

	chmod(folder, 0755);
	chmod(sub, 0);
	permissions_hold(true);
	EXPECT_NUMBER(status_of(store, "sub/b.gz", "Permission denied"), STORE_DENIED);

	cleanup_buffer struct buffer seen;
	struct error err = {""};

	buffer_init(&seen, 1000);
	EXPECT_NUMBER(store->list(store, "", add_key, &seen, &err), STORE_DENIED);
	EXPECT(strstr(err.message, "'sub/'") != NULL);
	permissions_hold(false);
	chmod(folder, 0);
	permissions_hold(true);
	store->probe(store, &probe);
	EXPECT_NUMBER(probe.status, STORE_DENIED);
	EXPECT(probe.hint[0] != '\0');
	permissions_hold(false);
	chmod(folder, 0755);
	chmod(sub, 0755);
	store_close(store);
}

TEST(folders_that_may_not_be_read)
{
	cleanup_free char *fsck = below("lost+found"), *sub = below("sub"), *command = NULL;
	struct store *store = open_store(folder, NULL);
	struct error err = {""};
	cleanup_buffer struct buffer seen;

	buffer_init(&seen, 1000);
	chmod(folder, 0755);
	make_folder("lost+found");
	make_folder("sub/lost+found");
	chmod(fsck, 0);
	chmod(sub, 0);
	permissions_hold(true);
	/* Outside the prefix it does not matter, below it the newest may be in it. */
	expect_keys(store, "a", (const char *const[]){"a.gz"}, 1);
	EXPECT_NUMBER(store->list(store, "s", add_key, &seen, &err), STORE_DENIED);
	permissions_hold(false);
	chmod(sub, 0755);
	permissions_hold(true);
	/* Only what is root's is of fsck. */
	EXPECT_NUMBER(store->list(store, "", add_key, &seen, &err), getuid() == 0 ? STORE_OK : STORE_DENIED);
	permissions_hold(false);
	rmdir(fsck);

	cleanup_free char *nested = below("sub/lost+found");

	chmod(nested, 0);
	permissions_hold(true);
	EXPECT_NUMBER(store->list(store, "", add_key, &seen, &err), STORE_DENIED);
	EXPECT(strstr(err.message, "sub/lost+found/") != NULL);
	permissions_hold(false);
	rmdir(nested);
	command = memory_format("chmod 0755 %s", folder);
	EXPECT_NUMBER(system(command), 0);
	store_close(store);
}

/* Listed, asked for and read under the same key, or nothing of it. */
static void expect_same(struct store *store, const char *key, bool is_there)
{
	struct store_object object = {.size_bytes = -1};
	struct source *source = NULL;
	struct trouble trouble = {0};
	struct error err = {""};
	cleanup_buffer struct buffer text;

	buffer_init(&text, 3000);
	EXPECT_NUMBER(store->head(store, key, &object, &err), is_there ? STORE_OK : STORE_ABSENT);
	EXPECT_NUMBER(store->get(store, key, NULL, &source, &err), is_there ? STORE_OK : STORE_ABSENT);
	if (!is_there) {
		EXPECT(source == NULL);
		return;
	}
	EXPECT_STRING(object.key, key);
	EXPECT_NUMBER(object.size_bytes, strlen(key));
	read_whole(source, &text, &trouble);
	EXPECT_STRING(text.data, key);
	EXPECT_NUMBER(store->list(store, key, add_key, &text, &err), STORE_OK);

	cleanup_free char *line = memory_format("%s%s\n", key, key);

	EXPECT(strncmp(text.data, line, strlen(line)) == 0);
}

static int count_key(void *context, const struct store_object *object)
{
	(void)object;
	(*(size_t *)context)++;
	return 0;
}

TEST(awkward_keys)
{
	struct error err = {""};
	size_t count = 0;
	static const char *const keys[] = {"a b",      " ",          "a+b%c=d@e",   "\xc3\xa9\xe9\x9b\xaa",
					   "\xff\xfe", "...",        ".hidden",     "..a",
					   "a\nb",     "a\tb",       "back\\slash", "q\"uote'",
					   "-dash",    "*?[x]{a,b}", "a/b c",       "lost+found/x"};
	static const char *const none[] = {"a b/",     "//a b",     "a//b c",    "/a b",      "a/./b c",
					   "a/../a b", "..",        ".",         "a",         "in-link/b c",
					   "pipe",     "link-loop", "link-dead", "link-pipe", "link-loop/x"};
	cleanup_free char *longest_name = memory_format("%0255d", 7), *pipe_path = NULL;
	struct buffer longest;
	struct store *store;

	make_folder("awkward");
	make_folder("awkward/a");
	make_folder("awkward/lost+found");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		cleanup_free char *name = memory_format("awkward/%s", keys[i]);

		put(name, keys[i], 1000);
	}
	pipe_path = below("awkward/pipe");
	EXPECT_NUMBER(mkfifo(pipe_path, 0600), 0);
	make_link("a", "awkward/in-link");
	make_link("link-loop", "awkward/link-loop");
	make_link("nowhere", "awkward/link-dead");
	make_link("pipe", "awkward/link-pipe");
	store = open_store(folder, "awkward/");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		expect_same(store, keys[i], true);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		expect_same(store, none[i], false);
	EXPECT_NUMBER(store->list(store, "", count_key, &count, &err), STORE_OK);
	EXPECT_NUMBER(count, sizeof(keys) / sizeof(keys[0]));
	EXPECT_NUMBER(status_of(store, "in-link/b c", "symbolic link"), STORE_ABSENT);

	cleanup_free char *name = memory_format("awkward/%s", longest_name);

	put(name, longest_name, 1000);
	expect_same(store, longest_name, true);
	buffer_init(&longest, 2000);
	buffer_string(&longest, "awkward/");
	for (int i = 0; i < 4; i++) {
		buffer_print(&longest, "%0254d/", i);
		make_folder(longest.data);
	}
	buffer_string(&longest, "abcd");
	put(longest.data, longest.data + 8, 1000);
	EXPECT_NUMBER(strlen(longest.data + 8), STORE_KEY_MAX - 1);
	expect_same(store, longest.data + 8, true);
	buffer_string(&longest, "e");
	expect_same(store, longest.data + 8, false);
	buffer_release(&longest);
	store_close(store);

	cleanup_free char *command = memory_format("rm -r %s/awkward", folder);

	EXPECT_NUMBER(system(command), 0);
}

TEST(when_a_file_came)
{
	struct store *store = open_store(folder, NULL);
	struct store_object object;
	struct error err = {""};

	put("old-bytes", "old", 1000);
	EXPECT_NUMBER(store->head(store, "old-bytes", &object, &err), STORE_OK);
	EXPECT_NUMBER(object.modified_ms, 1000250);
	EXPECT(object.file.is_file);
	EXPECT_NUMBER(identity_origin(&object.file, NULL, clock_now_ms() - 60000), ORIGIN_THIS_RUN);
	EXPECT_NUMBER(identity_origin(&object.file, NULL, clock_now_ms() + 60000), ORIGIN_OLD);
	store_close(store);
}

static int remove_while_listed(void *context, const struct store_object *object)
{
	cleanup_free char *command = memory_format("rm -rf %s/rotated", folder);

	(*(int *)context)++;
	EXPECT(strncmp(object->key, "rotated/", 8) == 0);
	EXPECT_NUMBER(system(command), 0);
	return 0;
}

TEST(what_goes_while_it_is_listed)
{
	struct store *store = open_store(folder, NULL);
	struct error err = {""};
	int seen = 0;

	make_folder("rotated");
	make_folder("rotated/a");
	make_folder("rotated/b");
	put("rotated/a/1", "", 1000);
	put("rotated/b/1", "", 1000);
	EXPECT_NUMBER(store->list(store, "rotated/", remove_while_listed, &seen, &err), STORE_OK);
	EXPECT_NUMBER(seen, 1);
	store_close(store);
}

static void expect_newest(struct store *store, const char *text, enum store_status expected, const char *key,
			  unsigned long long count)
{
	struct glob *glob = NULL;
	struct store_object object = {.key = ""};
	struct error err = {""};
	uint64_t seen = 99;

	EXPECT_NUMBER(glob_compile(text, &glob, &err), 0);
	EXPECT_NUMBER(store_newest(store, glob, NULL, &object, &seen, &err), expected);
	EXPECT_STRING(object.key, key);
	EXPECT_NUMBER(seen, count);
	EXPECT((expected == STORE_OK) == (err.message[0] == '\0'));
	glob_free(glob);
}

TEST(the_newest)
{
	struct store *store = open_store(folder, NULL);

	put("all-1.gz", "1", 5000);
	put("all-3.gz", "3", 4000);
	put("all-2.gz", "2", 5000);
	put("other-9.gz", "9", 9000);
	expect_newest(store, "all-*.gz", STORE_OK, "all-2.gz", 3);
	expect_newest(store, "all-3.gz", STORE_OK, "all-3.gz", 1);
	expect_newest(store, "all-4.gz", STORE_ABSENT, "", 0);
	expect_newest(store, "none-*", STORE_ABSENT, "", 0);
	expect_newest(store, "*.gz", STORE_OK, "other-9.gz", 6);
	expect_newest(store, "sub/**", STORE_OK, "sub/b.gz", 2);
	store_close(store);
}

TEST(too_deep_and_words)
{
	struct buffer path;
	cleanup_free char *command = memory_format("rm -r %s", folder);
	struct error err = {""};
	struct store *store = open_store(folder, NULL);
	cleanup_buffer struct buffer seen;

	buffer_init(&seen, 100000);
	buffer_init(&path, 1000);
	for (int i = 0; i < 66; i++) {
		buffer_string(&path, "d/");
		make_folder(path.data);
	}
	EXPECT_NUMBER(store->list(store, "", add_key, &seen, &err), STORE_BROKEN);
	EXPECT(strstr(err.message, "nested deeper") != NULL);
	for (int status = STORE_UNREACHABLE; status <= STORE_BROKEN; status++)
		EXPECT(store_status_text((enum store_status)status)[0] != '\0');
	EXPECT(store_driver_find("s3") != NULL && store_driver_find("tape") == NULL);
	store_close(store);
	store_close(NULL);
	buffer_release(&path);
	EXPECT_NUMBER(system(command), 0);
}

UNIT_MAIN
