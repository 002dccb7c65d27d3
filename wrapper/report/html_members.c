#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/checks/registry.h"
#include "wrapper/report/report_private.h"

#define MEMBERS_MAX 2000
#define DEPTH_MAX 64
#define MARK "/member:"

/* The declared members, as the ids of the checks tell of them: a member's own row, and below it what is checked on it. */
struct tree {
	const struct report *report;
	size_t members[MEMBERS_MAX]; /* their checks */
	size_t count, left_out;
	long *owners; /* by check: the member that it is about, as an index into members; -1 */
};

static bool is_below(const char *id, const char *above)
{
	size_t length = strlen(above);

	return strncmp(id, above, length) == 0 && id[length] == '/';
}

/* A member may itself be called like its kind, archive: only where the row above is there, too, this is the check of that name. */
static bool is_member(const struct report *report, const struct report_check *check)
{
	const struct assertion_kind *kind = registry_find(SUBJECT_BYTES, check->kind);
	size_t length = strlen(check->id), suffix = strlen(check->kind) + 1;

	if (kind == NULL || kind->children == NULL || strstr(check->id, MARK) == NULL)
		return false;
	if (length <= suffix || check->id[length - suffix] != '/' ||
	    strcmp(check->id + length - suffix + 1, kind->name) != 0)
		return true;
	for (size_t i = 0; i < report->check_count; i++)
		if (strlen(report->checks[i].id) == length - suffix &&
		    strncmp(report->checks[i].id, check->id, length - suffix) == 0)
			return false;
	return true;
}

static const char *id_of(const struct tree *tree, size_t member)
{
	return tree->report->checks[tree->members[member]].id;
}

static long owner_of(const struct tree *tree, const char *id)
{
	long owner = -1;
	size_t longest = 0;

	for (size_t m = 0; m < tree->count; m++)
		if (strlen(id_of(tree, m)) > longest && is_below(id, id_of(tree, m))) {
			owner = (long)m;
			longest = strlen(id_of(tree, m));
		}
	return owner;
}

static void build(struct tree *tree)
{
	const struct report *report = tree->report;

	for (size_t i = 0; i < report->check_count; i++) {
		if (!is_member(report, &report->checks[i]))
			continue;
		if (tree->count < MEMBERS_MAX)
			tree->members[tree->count++] = i;
		else
			tree->left_out++;
	}
	for (size_t i = 0; i < report->check_count; i++)
		tree->owners[i] = owner_of(tree, report->checks[i].id);
}

static void put_checks(FILE *file, const struct tree *tree, long member)
{
	const struct report *report = tree->report;

	for (size_t i = 0; i < report->check_count; i++) {
		const struct report_check *check = &report->checks[i];
		if (tree->owners[i] != member || is_member(report, check))
			continue;
		fputs("<br><span class=\"small soft\">", file);
		markup_text(file, check->id + strlen(id_of(tree, (size_t)member)) + 1);
		fputs(": ", file);
		markup_text(file, check->observed);
		fputs("</span> ", file);
		if (check->verdict != VERDICT_PASS)
			html_badge(file, check->verdict);
	}
}

static void put_members(FILE *file, const struct tree *tree, long above, const char *prefix, unsigned depth);

static void put_member(FILE *file, const struct tree *tree, size_t member, unsigned depth)
{
	const struct report_check *check = &tree->report->checks[tree->members[member]];
	long owner = tree->owners[tree->members[member]];
	const char *path = strstr(owner >= 0 ? check->id + strlen(id_of(tree, (size_t)owner)) : check->id, MARK);

	fputs("<li><code>", file);
	markup_text(file, path != NULL ? path + strlen(MARK) : check->id);
	fputs("</code> ", file);
	html_badge(file, check->verdict);
	fputs(" <span class=\"small soft\">", file);
	markup_text(file, check->observed);
	fputs("</span>", file);
	put_checks(file, tree, (long)member);
	put_members(file, tree, (long)member, check->id, depth + 1);
	fputs("</li>\n", file);
}

static void put_members(FILE *file, const struct tree *tree, long above, const char *prefix, unsigned depth)
{
	bool any = false;

	for (size_t m = 0; m < tree->count && depth < DEPTH_MAX; m++) {
		if (tree->owners[tree->members[m]] != above || !is_below(id_of(tree, m), prefix))
			continue;
		if (!any)
			fputs(depth == 0 ? "<ul class=\"tree\">\n" : "<ul>\n", file);
		any = true;
		put_member(file, tree, m, depth);
	}
	fputs(any ? "</ul>\n" : "", file);
}

static bool has_members(const struct tree *tree, const char *prefix)
{
	for (size_t m = 0; m < tree->count; m++)
		if (is_below(id_of(tree, m), prefix))
			return true;
	return false;
}

void html_members(FILE *file, const struct report *report)
{
	struct tree *tree = memory_alloc(sizeof(*tree));

	tree->report = report;
	tree->owners = memory_array(report->check_count, sizeof(*tree->owners));
	build(tree);
	if (tree->count > 0)
		fputs("<section><h2>Members</h2>\n", file);
	for (size_t i = 0; i < report->artifact_count; i++) {
		char *prefix = memory_format("artifact:%s", report->artifacts[i].name);
		if (has_members(tree, prefix)) {
			html_element(file, "h3", NULL, report->artifacts[i].name);
			put_members(file, tree, -1, prefix, 0);
		}
		free(prefix);
	}
	if (tree->left_out > 0)
		fprintf(file, "<p class=\"soft\">and %zu more</p>\n", tree->left_out);
	fputs(tree->count > 0 ? "</section>\n" : "", file);
	free(tree->owners);
	free(tree);
}
