#include "assertions/base/suggest.h"
#include "unit.h"

static const char *const words[] = {"steps",     "stores",      "stdout",  "stderr", "archive",
				    "artifacts", "inventories", "max_age", "a",      "run"};

static const char *nearest(const char *word)
{
	return suggest_nearest(word, words, sizeof(words) / sizeof(words[0]));
}

TEST(near_words_are_suggested)
{
	EXPECT_STRING(nearest("step"), "steps");
	EXPECT_STRING(nearest("stpes"), "steps");
	EXPECT_STRING(nearest("STEPS"), "steps");
	EXPECT_STRING(nearest("store"), "stores");
	EXPECT_STRING(nearest("stdotu"), "stdout");
	EXPECT_STRING(nearest("artefacts"), "artifacts");
	EXPECT_STRING(nearest("inventorys"), "inventories");
	EXPECT_STRING(nearest("maxage"), "max_age");
	EXPECT_STRING(nearest("rn"), "run");
	EXPECT_STRING(nearest("steps"), "steps");
}

TEST(others_are_not)
{
	char word[200];

	EXPECT(nearest("bananas") == NULL);
	EXPECT(nearest("") == NULL);
	EXPECT(nearest("x") == NULL);
	EXPECT(nearest("sxxps") == NULL);
	EXPECT(nearest("nur") == NULL);
	EXPECT(suggest_nearest("steps", NULL, 0) == NULL);
	memset(word, 's', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	EXPECT(nearest(word) == NULL);
	const char *const candidates[] = {word, "steps"};
	EXPECT_STRING(suggest_nearest("step", candidates, 2), "steps");
}

UNIT_MAIN
