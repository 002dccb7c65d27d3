#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/units.h"
#include "wrapper/report/report_private.h"

#define FAILED_SHOWN 5
#define REASONS_SHOWN 4
#define IDS_SHOWN 8

static void put_pair(FILE *file, const char *term, const char *text)
{
	html_element(file, "dt", NULL, term);
	html_element(file, "dd", NULL, text);
}

static void put_card(FILE *file, const struct report *report, const struct report_check *check)
{
	cleanup_free char *declared = memory_format("%s:%d", report->manifest_path, check->line);
	struct report_fact facts[REPORT_FACTS_MAX];

	fprintf(file, "<article class=\"card %s\"><h3>", verdict_name(check->verdict));
	html_badge(file, check->verdict);
	fputs(" <span class=\"id\">", file);
	markup_text(file, check->id);
	fputs("</span></h3><dl>", file);
	report_facts(check, facts);
	for (const struct report_fact *fact = facts; fact->title != NULL; fact++)
		put_pair(file, fact->title, fact->text);
	put_pair(file, "declared", declared);
	fputs("</dl></article>\n", file);
}

static void put_cards(FILE *file, const struct report *report, enum verdict verdict, size_t all)
{
	size_t shown = 0;

	for (size_t i = 0; i < report->check_count && shown < FAILED_SHOWN; i++) {
		if (report->checks[i].verdict != verdict)
			continue;
		put_card(file, report, &report->checks[i]);
		shown++;
	}
	if (all > shown)
		fprintf(file, "<p class=\"soft\">and %zu more that %s: see <a href=\"#checks\">the roll</a></p>\n",
			all - shown, verdict == VERDICT_FAIL ? "failed" : "are waived");
}

/* What shares a reason, such as the failure of the step before it, is said together. Gives how many there were. */
static size_t put_unproven(FILE *file, const struct report *report, size_t first)
{
	const struct report_check *checks = report->checks;
	size_t same = 0, shown = 0;

	for (size_t i = first; i < report->check_count; i++)
		same += report_is_unproven_for(&checks[i], checks[first].observed);
	if (same == 1) {
		put_card(file, report, &checks[first]);
		return same;
	}
	fputs("<article class=\"card unproven\"><h3>", file);
	html_badge(file, VERDICT_UNPROVEN);
	fprintf(file, " %zu checks</h3><dl>", same);
	put_pair(file, "because", checks[first].observed);
	fputs("<dt>namely</dt><dd>", file);
	for (size_t i = first; i < report->check_count && shown < IDS_SHOWN; i++) {
		if (!report_is_unproven_for(&checks[i], checks[first].observed))
			continue;
		fputs(shown++ > 0 ? ", " : "", file);
		html_element(file, "span", "id", checks[i].id);
	}
	if (same > shown)
		fprintf(file, " and %zu more", same - shown);
	fputs("</dd></dl></article>\n", file);
	return same;
}

static void put_all_unproven(FILE *file, const struct report *report)
{
	const char *reasons[REASONS_SHOWN];
	size_t count = 0, told = 0;

	for (size_t i = 0; i < report->check_count && count < REASONS_SHOWN; i++) {
		bool is_known = report->checks[i].verdict != VERDICT_UNPROVEN;
		for (size_t r = 0; r < count && !is_known; r++)
			is_known = strcmp(reasons[r], report->checks[i].observed) == 0;
		if (is_known)
			continue;
		reasons[count++] = report->checks[i].observed;
		told += put_unproven(file, report, i);
	}
	if (report->counts.unproven > told)
		fprintf(file,
			"<p class=\"soft\">and %zu more that were not proven: see <a href=\"#checks\">the "
			"roll</a></p>\n",
			report->counts.unproven - told);
}

void html_reasons(FILE *file, const struct report *report)
{
	cleanup_free char *failure = report_other_failure(report);

	if (!report->passed) {
		fputs("<section aria-label=\"why it did not pass\">\n", file);
		if (failure != NULL) {
			fputs("<article class=\"card fail\">", file);
			html_element(file, "p", NULL, failure);
			fputs("</article>\n", file);
		}
		put_cards(file, report, VERDICT_FAIL, report->counts.failed);
		put_all_unproven(file, report);
		fputs("</section>\n", file);
	}
	if (report->counts.waived == 0)
		return;
	fputs("<section><h2>Waived</h2>\n", file);
	put_cards(file, report, VERDICT_WAIVED, report->counts.waived);
	fputs("</section>\n", file);
}

static const struct filter {
	const char *id, *label;
} subjects[] = {
	{"store", "stores"}, {"preflight", "preflight"}, {"inventory", "inventories"},
	{"step", "steps"},   {"artifact", "artifacts"},  {"upload", "uploads"},
};
static const enum verdict verdicts[] = {VERDICT_FAIL, VERDICT_UNPROVEN, VERDICT_WAIVED, VERDICT_PASS};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *subject_of(const struct report_check *check)
{
	size_t length = strcspn(check->id, ":");

	for (size_t i = 0; i < COUNT(subjects); i++)
		if (strlen(subjects[i].id) == length && strncmp(subjects[i].id, check->id, length) == 0)
			return subjects[i].id;
	return "other";
}

static size_t count_subject(const struct report *report, const char *subject)
{
	size_t count = 0;

	for (size_t i = 0; i < report->check_count; i++)
		count += strcmp(subject_of(&report->checks[i]), subject) == 0;
	return count;
}

static void put_rule(FILE *file, const char *group, const char *id)
{
	fprintf(file,
		"#%s-%s:checked~#roll tbody tr:not(.%s){display:none}"
		"#%s-%s:checked~.filters label[for=%s-%s]{background:var(--fg);color:var(--bg)}"
		"#%s-%s:focus-visible~.filters label[for=%s-%s]{outline:2px solid var(--bar);outline-offset:2px}",
		group, id, id, group, id, group, id, group, id, group, id);
}

/* A filter is a radio button whose state the style sheet reads: it works where scripts are forbidden. */
static void put_rules(FILE *file)
{
	fputs("<style>", file);
	for (size_t i = 0; i < COUNT(verdicts); i++)
		put_rule(file, "verdict", verdict_name(verdicts[i]));
	for (size_t i = 0; i < COUNT(subjects); i++)
		put_rule(file, "subject", subjects[i].id);
	put_rule(file, "verdict", "all");
	put_rule(file, "subject", "all");
	fputs("</style>\n", file);
}

static void put_pick(FILE *file, const char *group, const char *id, bool checked)
{
	fprintf(file, "<input class=\"pick\" type=\"radio\" name=\"%s\" id=\"%s-%s\"%s>", group, group, id,
		checked ? " checked" : "");
}

static void put_label(FILE *file, const char *group, const char *id, const char *text, size_t count)
{
	fprintf(file, "<label for=\"%s-%s\">%s %zu</label>", group, id, text, count);
}

static void put_filters(FILE *file, const struct report *report)
{
	put_pick(file, "verdict", "all", true);
	for (size_t i = 0; i < COUNT(verdicts); i++)
		put_pick(file, "verdict", verdict_name(verdicts[i]), false);
	put_pick(file, "subject", "all", true);
	for (size_t i = 0; i < COUNT(subjects); i++)
		put_pick(file, "subject", subjects[i].id, false);
	fputs("\n<div class=\"filters\">", file);
	put_label(file, "verdict", "all", "all", report->check_count);
	for (size_t i = 0; i < COUNT(verdicts); i++)
		if (report_verdict_count(&report->counts, verdicts[i]) > 0)
			put_label(file, "verdict", verdict_name(verdicts[i]), report_verdict_words(verdicts[i]),
				  report_verdict_count(&report->counts, verdicts[i]));
	fputs("</div>\n<div class=\"filters\">", file);
	put_label(file, "subject", "all", "everything", report->check_count);
	for (size_t i = 0; i < COUNT(subjects); i++)
		if (count_subject(report, subjects[i].id) > 0)
			put_label(file, "subject", subjects[i].id, subjects[i].label,
				  count_subject(report, subjects[i].id));
	fputs("</div>\n", file);
}

static void put_cell(FILE *file, const char *name, const char *text)
{
	fprintf(file, "<td data-name=\"%s\">", name);
	markup_text(file, text);
	fputs("</td>", file);
}

static void put_row(FILE *file, const struct report_check *check)
{
	char time[UNITS_TEXT_MAX];

	fprintf(file, "<tr class=\"all %s %s\"><td>", verdict_name(check->verdict), subject_of(check));
	html_badge(file, check->verdict);
	fputs("</td><td><span class=\"id\">", file);
	markup_text(file, check->id);
	fprintf(file, "</span> <span class=\"soft small\">line&nbsp;%d</span></td>", check->line);
	put_cell(file, "expected", check->expected);
	put_cell(file, "observed", check->observed);
	fprintf(file, "<td class=\"number soft\" data-name=\"took\">%s</td></tr>\n",
		check->seconds > 0 ? units_format_duration((int64_t)(check->seconds * 1000), time) : "");
}

void html_roll(FILE *file, const struct report *report)
{
	put_rules(file);
	fputs("<section id=\"checks\"><h2>The roll</h2>\n", file);
	put_filters(file, report);
	fputs("<table id=\"roll\" class=\"wide\"><colgroup><col class=\"v\"><col><col><col><col "
	      "class=\"t\"></colgroup><thead><tr><th>verdict</th><th>check</th><th>expected</th><th>observed</th><th "
	      "class=\"number\">took</th></tr></thead>\n<tbody>\n",
	      file);
	for (size_t i = 0; i < report->check_count; i++)
		put_row(file, &report->checks[i]);
	fputs("</tbody></table></section>\n", file);
}
