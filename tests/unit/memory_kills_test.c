#include "wrapper/process/memory_kills.h"
#include "unit.h"

static bool locate(const char *groups_text, const char *mounts_text, bool unified, struct memory_group *ret_group)
{
	char groups[512], mounts[4096];

	snprintf(groups, sizeof groups, "%s", groups_text);
	snprintf(mounts, sizeof mounts, "%s", mounts_text);
	FILE *first = fmemopen(groups, strlen(groups), "r"), *second = fmemopen(mounts, strlen(mounts), "r");
	bool found = memory_kills_locate(first, second, unified, ret_group);

	fclose(first);
	fclose(second);
	return found;
}

static const char hybrid_groups[] = "9:name=systemd:/\n4:cpu,memory:/user.slice/a b\n1:cpu:/\n0::/user.slice/x\n";
static const char hybrid_mounts[] =
	"30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
	"31 30 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:3 - cgroup cgroup rw,cpu\n"
	"34 30 0:31 / /sys/fs/cgroup/memory rw,relatime shared:5 master:1 - cgroup cgroup rw,cpu,memory\n"
	"40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";

TEST(both_versions_are_found_where_both_are_mounted)
{
	struct memory_group group;

	EXPECT(locate(hybrid_groups, hybrid_mounts, false, &group));
	EXPECT_STRING(group.folder, "/sys/fs/cgroup/memory/user.slice/a b");
	EXPECT(!group.unified && !group.is_container);
	EXPECT(locate(hybrid_groups, hybrid_mounts, true, &group));
	EXPECT_STRING(group.folder, "/sys/fs/cgroup/unified/user.slice/x");
	EXPECT(group.unified && !group.is_container);
}

TEST(a_container_with_a_namespace_of_its_own)
{
	struct memory_group group;

	EXPECT(locate("0::/\n", "700 690 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n", true, &group));
	EXPECT_STRING(group.folder, "/sys/fs/cgroup");
	EXPECT(group.is_container);
}

TEST(a_container_that_sees_its_part_under_the_whole_path)
{
	struct memory_group group;

	EXPECT(locate("5:memory:/kubepods/pod1/c2\n",
		      "700 690 0:26 /kubepods/pod1/c2 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n", false,
		      &group));
	EXPECT_STRING(group.folder, "/sys/fs/cgroup/memory");
	EXPECT(group.is_container);
	/* A path outside of what is mounted: its own part is all that there can be. */
	EXPECT(locate("0::/../sibling\n", "700 690 0:26 /other /sys/fs/cgroup ro - cgroup2 cgroup rw\n", true, &group));
	EXPECT_STRING(group.folder, "/sys/fs/cgroup");
}

TEST(what_is_not_there_is_not_found)
{
	struct memory_group group;

	EXPECT(!locate("", hybrid_mounts, true, &group));
	EXPECT(!locate("1:cpu:/\n", hybrid_mounts, false, &group));
	EXPECT(!locate(hybrid_groups, "", true, &group));
	EXPECT(!locate("nonsense\n0\n:::\n", "- cgroup2\n1 2 3 - cgroup2 x y\n - \n", true, &group));
	EXPECT(!locate("4:memory:/a\n", "31 30 0:28 / /x rw - cgroup cgroup rw,memory2\n", false, &group));
}

TEST(the_real_one_is_read_or_is_unknown)
{
	int64_t count = memory_kills_count();

	EXPECT(count >= -1);
	EXPECT_NUMBER(memory_kills_count(), count);
	EXPECT(memory_kills_limit() >= -1);
}

UNIT_MAIN
