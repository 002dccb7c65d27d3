#include "assertions/checks/distinct.h"

#include <stdio.h>

#include "assertions/checks/numbers.h"
#include "tests/unit/unit.h"

static void add_numbers(struct distinct *distinct, int from, int to)
{
	char name[16];

	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "%d", i);
		distinct_add(distinct, name);
	}
}

TEST(names_are_counted_once)
{
	struct distinct distinct = {.limit = 100000};

	add_numbers(&distinct, 0, 5000);
	add_numbers(&distinct, 0, 5000);
	EXPECT_NUMBER(distinct.count, 5000);
	distinct_remove(&distinct, "17");
	distinct_remove(&distinct, "17");
	distinct_remove(&distinct, "5000");
	EXPECT_NUMBER(distinct.count, 4999);
	add_numbers(&distinct, 0, 20000);
	EXPECT_NUMBER(distinct.count, 20000);
	EXPECT(!distinct.is_full);
	distinct_release(&distinct);
}

TEST(what_cannot_be_told_apart_is_unknown)
{
	const struct bounds few = {3, PARAMETER_UNSET}, many = {11, PARAMETER_UNSET}, most = {PARAMETER_UNSET, 9},
			    more = {3, 10};
	struct distinct distinct = {.limit = 10};

	add_numbers(&distinct, 0, 10);
	add_numbers(&distinct, 0, 10);
	EXPECT(!distinct.is_full && distinct_compare(&distinct, &many) == DISTINCT_BELOW);
	add_numbers(&distinct, 0, 20);
	EXPECT_NUMBER(distinct.count, 10);
	EXPECT(distinct.is_full && distinct_compare(&distinct, &few) == DISTINCT_WITHIN);
	EXPECT(distinct_compare(&distinct, &many) == DISTINCT_UNKNOWN);
	EXPECT(distinct_compare(&distinct, &most) == DISTINCT_ABOVE);
	EXPECT(distinct_compare(&distinct, &more) == DISTINCT_UNKNOWN);
	distinct_release(&distinct);
}

TEST(bounds_say_how_many_must_be_told_apart)
{
	EXPECT(distinct_limit(&(struct bounds){1, PARAMETER_UNSET}) >= 1000);
	EXPECT(distinct_limit(&(struct bounds){1000000, PARAMETER_UNSET}) > 1000000);
	EXPECT(distinct_limit(&(struct bounds){1, 1000000}) > 1000000);
	EXPECT(distinct_limit(&(struct bounds){INT64_MAX, INT64_MAX}) < (size_t)1 << 24);
}

UNIT_MAIN
