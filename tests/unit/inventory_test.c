#include "assertions/checks/inventory.h"
#include "assertions/value/parameter.h"
#include "unit.h"

#include <stdlib.h>

static void add(struct inventory *inventory, const char *item)
{
	struct error err = {""};

	EXPECT_NUMBER(inventory_add(inventory, item, strlen(item), &err), 0);
	EXPECT_STRING(err.message, "");
}

TEST(items_are_sorted_and_there_once)
{
	static const char *const items[] = {"b", "a", "", "ab", "b", "\xc3\xa4", "a", "B"};
	static const char *const sorted[] = {"B", "a", "ab", "b", "\xc3\xa4"};
	struct inventory inventory = {.name = "x"};

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		add(&inventory, items[i]);
	EXPECT(!inventory.gathered);
	inventory_sort(&inventory);
	EXPECT(inventory.gathered);
	EXPECT_NUMBER(inventory.count, 5);
	for (size_t i = 0; i < inventory.count; i++) {
		EXPECT_STRING(inventory.items[i], sorted[i]);
		EXPECT_NUMBER(inventory_find(&inventory, sorted[i], strlen(sorted[i])), i);
	}
	EXPECT_NUMBER(inventory_find(&inventory, "abc", 3), -1);
	EXPECT_NUMBER(inventory_find(&inventory, "abc", 2), 2);
	EXPECT_NUMBER(inventory_find(&inventory, "", 0), -1);
	EXPECT_NUMBER(inventory_find(&inventory, "a\0b", 3), -1);
	EXPECT_NUMBER(inventory_find(&inventory, "zzz", 3), -1);
	inventory_release(&inventory);
	EXPECT_NUMBER(inventory.count, 0);
	inventory_release(&inventory);
}

TEST(an_empty_inventory)
{
	struct inventory inventory = {.name = "x"};

	inventory_sort(&inventory);
	EXPECT(inventory.gathered);
	EXPECT_NUMBER(inventory_find(&inventory, "a", 1), -1);
	inventory_release(&inventory);
}

TEST(many_items_are_found)
{
	struct inventory inventory = {.name = "x"};
	char item[16];

	for (unsigned i = 0; i < 10000; i++) {
		snprintf(item, sizeof(item), "%u", i * 7919 % 10007);
		add(&inventory, item);
	}
	inventory_sort(&inventory);
	EXPECT_NUMBER(inventory.count, 10000);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(item, sizeof(item), "%u", i * 7919 % 10007);
		long place = inventory_find(&inventory, item, strlen(item));
		EXPECT(place >= 0 && strcmp(inventory.items[place], item) == 0);
	}
	inventory_release(&inventory);
}

TEST(what_cannot_be_held_is_refused)
{
	struct inventory inventory = {.name = "x"};
	struct error err = {""};
	char long_item[INVENTORY_ITEM_MAX + 2];

	memset(long_item, 'x', sizeof(long_item));
	EXPECT_NUMBER(inventory_add(&inventory, "a\0b", 3, &err), -1);
	EXPECT(strstr(err.message, "NUL") != NULL);
	EXPECT_NUMBER(inventory_add(&inventory, long_item, INVENTORY_ITEM_MAX + 1, &err), -1);
	EXPECT(strstr(err.message, "longer than 4096 bytes") != NULL);
	EXPECT_NUMBER(inventory_add(&inventory, long_item, INVENTORY_ITEM_MAX, &err), 0);
	size_t real_count = inventory.count;
	inventory.count = INVENTORY_ITEMS_MAX;
	EXPECT_NUMBER(inventory_add(&inventory, "one more", 8, &err), -1);
	EXPECT(strstr(err.message, "more than 5000000 items") != NULL);
	inventory.count = real_count;
	inventory_release(&inventory);
}

TEST(exceptions_end)
{
	static const struct inventory_exception exceptions[] = {{"old", "was migrated", 1000},
								{"old", "again", 500},
								{"test", "never backed up", PARAMETER_UNSET}};
	struct inventory inventory = {.exceptions = exceptions, .exception_count = 3};

	EXPECT(inventory_excepts(&inventory, "old", 999) == &exceptions[0]);
	EXPECT(inventory_excepts(&inventory, "old", 1000) == NULL);
	EXPECT(inventory_excepts(&inventory, "test", INT64_MAX) == &exceptions[2]);
	EXPECT(inventory_excepts(&inventory, "tes", 0) == NULL);
	EXPECT(inventory_excepts(&inventory, "Test", 0) == NULL);
}

UNIT_MAIN
