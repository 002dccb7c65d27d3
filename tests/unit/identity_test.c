/* Two looks at one place: what is the same, and where what is not came from. */
#include "unit.h"

#include <fcntl.h>

#include "assertions/bytes/identity.h"
#include "assertions/stores/store.h"

#define DAY INT64_C(86400)
#define BEGAN INT64_C(1800000000)

static struct identity file_of(int64_t modified, int64_t changed, int64_t born)
{
	return (struct identity){.size_bytes = 5,
				 .modified_ms = modified * 1000,
				 .is_file = true,
				 .device = 1,
				 .inode = 2,
				 .modified = {.tv_sec = modified, .tv_nsec = 123},
				 .changed = {.tv_sec = changed, .tv_nsec = 456},
				 .born = {.tv_sec = born, .tv_nsec = 789}};
}

static enum origin origin_of(struct identity now, const struct identity *before)
{
	return identity_origin(&now, before, BEGAN * 1000 + 500);
}

TEST(a_new_file)
{
	EXPECT_NUMBER(origin_of(file_of(BEGAN + 1, BEGAN + 1, BEGAN + 1), NULL), ORIGIN_THIS_RUN);
	EXPECT_NUMBER(origin_of(file_of(BEGAN + 1, BEGAN + 1, BEGAN - DAY), NULL), ORIGIN_THIS_RUN);
	/* cp -p, tar -x, rsync -t */
	EXPECT_NUMBER(origin_of(file_of(BEGAN - DAY, BEGAN + 1, BEGAN + 1), NULL), ORIGIN_THIS_RUN);
	/* mv, ln */
	EXPECT_NUMBER(origin_of(file_of(BEGAN - DAY, BEGAN + 1, BEGAN - DAY), NULL), ORIGIN_OLD);
	EXPECT_NUMBER(origin_of(file_of(BEGAN - DAY, BEGAN + 1, 0), NULL), ORIGIN_UNTOLD);
	EXPECT_NUMBER(origin_of(file_of(BEGAN - DAY, BEGAN - 1, 0), NULL), ORIGIN_OLD);
}

TEST(a_file_that_was_there)
{
	struct identity before = file_of(BEGAN - DAY, BEGAN - DAY, BEGAN - DAY), now = before;

	/* chmod, chown, ln beside it */
	now.changed.tv_sec = BEGAN + 1;
	EXPECT_NUMBER(origin_of(now, &before), ORIGIN_BEFORE);
	now.born.tv_sec = 0;
	EXPECT_NUMBER(origin_of(now, &before), ORIGIN_BEFORE);
	/* cp -p of another one onto it */
	now.modified.tv_sec += 5;
	EXPECT_NUMBER(origin_of(now, &before), ORIGIN_THIS_RUN);
	/* mv of another one onto it */
	now.inode++;
	EXPECT_NUMBER(origin_of(now, &before), ORIGIN_UNTOLD);
	now.born.tv_sec = BEGAN - DAY;
	EXPECT_NUMBER(origin_of(now, &before), ORIGIN_OLD);
	/* Its time lies in the run, or beyond, and did so before. */
	before = now = file_of(BEGAN + DAY, BEGAN - DAY, BEGAN - DAY);
	EXPECT_NUMBER(origin_of(now, &before), ORIGIN_BEFORE);
	/* Only the nanoseconds tell. */
	before = now = file_of(BEGAN + 1, BEGAN + 1, BEGAN - DAY);
	now.modified.tv_nsec++;
	EXPECT_NUMBER(origin_of(now, &before), ORIGIN_THIS_RUN);
}

TEST(a_time_that_is_cut)
{
	struct identity now = file_of(BEGAN, BEGAN, 0);

	EXPECT(!identity_is_cut(&now));
	EXPECT_NUMBER(origin_of(now, NULL), ORIGIN_OLD);
	now.modified.tv_nsec = 0;
	EXPECT(identity_is_cut(&now));
	EXPECT_NUMBER(origin_of(now, NULL), ORIGIN_THIS_RUN);
	now.modified_ms -= 2000;
	EXPECT_NUMBER(origin_of(now, NULL), ORIGIN_OLD);
}

static struct identity object_of(int64_t modified_ms, const char *etag, const char *version, const char *token)
{
	struct store_object object = {.size_bytes = 5, .modified_ms = modified_ms};

	strcpy(object.etag, etag);
	strcpy(object.version, version);
	strcpy(object.upload_token, token);
	return store_object_identity(&object);
}

TEST(an_object)
{
	const struct identity before = object_of(BEGAN * 1000, "e", "", "");
	const struct identity listed = object_of(BEGAN * 1000 + 317, "e", "", "");

	EXPECT_NUMBER(origin_of(before, NULL), ORIGIN_THIS_RUN);
	EXPECT_NUMBER(origin_of(object_of(BEGAN * 1000 - 2000, "e", "", ""), NULL), ORIGIN_OLD);
	EXPECT_NUMBER(origin_of(before, &before), ORIGIN_BEFORE);
	EXPECT_NUMBER(origin_of(before, &listed), ORIGIN_BEFORE);
	EXPECT_NUMBER(origin_of(object_of(BEGAN * 1000, "f", "", ""), &before), ORIGIN_THIS_RUN);
	EXPECT_NUMBER(origin_of(object_of(BEGAN * 1000 + 1000, "e", "", ""), &before), ORIGIN_THIS_RUN);
}

TEST(which_upload_it_is_from)
{
	const struct identity one = object_of(BEGAN * 1000, "e", "", "t1"),
			      other = object_of(BEGAN * 1000, "e", "", "t2");
	const struct identity version = object_of(BEGAN * 1000, "e", "v", ""),
			      next = object_of(BEGAN * 1000, "e", "w", "");

	EXPECT(identity_is_same(&one, &one));
	EXPECT(!identity_is_same(&one, &other));
	EXPECT(identity_is_one(&one, &one));
	EXPECT(!identity_is_one(&one, &other));
	EXPECT(!identity_is_same(&version, &next));
	EXPECT(!identity_is_one(&version, &version));
	EXPECT(identity_is_same(&version, &one));
}

TEST(a_look_at_a_file)
{
	struct identity now;
	struct stat status;

	EXPECT_NUMBER(identity_of_path(AT_FDCWD, "/proc/self/exe", &now), 0);
	EXPECT_NUMBER(stat("/proc/self/exe", &status), 0);
	struct identity same = identity_of_status(&status);
	EXPECT(identity_is_same(&now, &same) && identity_is_one(&now, &same));
	EXPECT_NUMBER(now.modified_ms, same.modified_ms);
	EXPECT_NUMBER(identity_of_path(AT_FDCWD, "/nowhere/at/all", &now), -1);
}

UNIT_MAIN
