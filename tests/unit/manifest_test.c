#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/glob.h"
#include "assertions/scan/pattern.h"
#include "assertions/base/secrets.h"
#include "assertions/checks/registry.h"
#include "wrapper/manifest/manifest.h"
#include "diagnosed.h"

#define HEAD "muster: 1\nname: n\n"
#define STEP "steps: [{name: s, run: [a]}]\n"
#define STORES "stores: {st: {s3: {bucket: b, region: r, endpoint: 'https://e'}}, dir: {directory: /srv}}\n"

static const struct manifest_options plain = {.run_id = "20260421T023000Z-1a2b", .run_started_ms = 1776738600000};

/* Every manifest is read by itself; `line` is the test's. */
static void expect_said(const char *text, const struct manifest_options *options, const char *expected, int line)
{
	struct diagnostics diagnostics = {0};
	struct manifest *manifest = manifest_parse("test", text, strlen(text), options, &diagnostics);
	char *seen = diagnosed(&diagnostics);

	unit_expect_string(seen, expected, __FILE__, line);
	if ((manifest == NULL) != (diagnostics.errors > 0)) {
		printf("%s:%d: a manifest with errors, or none without\n", __FILE__, line);
		unit_failures++;
	}
	manifest_free(manifest);
	diagnostics_release(&diagnostics);
	free(seen);
}

static struct manifest *load(const char *text, const struct manifest_options *options)
{
	struct diagnostics diagnostics = {0};
	struct manifest *manifest = manifest_parse("test", text, strlen(text), options, &diagnostics);

	if (manifest == NULL)
		diagnostics_print(&diagnostics, stdout);
	EXPECT(manifest != NULL);
	diagnostics_release(&diagnostics);
	return manifest;
}

#define EXPECT_SAID(text, expected) expect_said(text, &plain, expected, __LINE__)
#define EXPECT_FINE(text) expect_said(text, &plain, "", __LINE__)

static const struct manifest_step *step_at(const struct manifest *manifest, size_t i)
{
	return ((struct manifest_step *const *)manifest->steps.items)[i];
}

static const struct manifest_artifact *artifact_at(const struct manifest *manifest, size_t i)
{
	return ((struct manifest_artifact *const *)manifest->artifacts.items)[i];
}

static void expect_text(const struct text *text, const char *expected, int line)
{
	char *seen = text_describe(text);

	unit_expect_string(seen, expected, __FILE__, line);
	free(seen);
}

#define EXPECT_TEXT(text, expected) expect_text(text, expected, __LINE__)

TEST(what_must_be_there)
{
	EXPECT_SAID("muster: 1\n", "1:1: 'name' is missing in a manifest\n"
				   "1:1: the manifest declares nothing that could be checked");
	EXPECT_SAID("name: n\n" STEP, "1:1: 'muster' is missing in a manifest");
	EXPECT_SAID("muster: 2\nwhatever: x\n",
		    "1:9: version 2 of the manifest is not known to this muster, which reads version 1");
	EXPECT_SAID("muster: '1'\nname: n\n" STEP, "1:9: 'muster': '1' in quotes is a text, not a number");
	EXPECT_SAID("[a]", "1:1: the manifest must be a mapping, not a list");
	EXPECT_SAID("a", "1:1: the manifest must be a mapping, not 'a'");
	EXPECT_SAID(HEAD "stores: {s: {directory: /x}}\n", "1:1: the manifest declares nothing that could be checked");
	EXPECT_FINE(HEAD STEP);
	EXPECT_FINE(HEAD "artifacts: [{name: a, file: /x}]\n");
	EXPECT_FINE("{\"muster\": 1, \"name\": \"n\",\n\t\"steps\": [{\"name\": \"s\", \"run\": [\"a\"]}]}");
}

TEST(unknown_keys)
{
	struct diagnostics diagnostics = {0};
	static const char text[] = HEAD STEP "stpes: 1\nzzzzzz: 1\nartifacts: [{name: a, file: x, size: 3}]\n";

	manifest_free(manifest_parse("test", text, strlen(text), &plain, &diagnostics));
	free(diagnosed(&diagnostics));
	EXPECT_NUMBER(diagnostics.errors, 3);
	EXPECT_STRING(diagnostics.items[0].message, "unknown key 'stpes' in a manifest");
	EXPECT_STRING(diagnostics.items[0].hint, "did you mean 'steps'?");
	EXPECT(strstr(diagnostics.items[1].hint, "and 'notify' are known here") != NULL);
	EXPECT_STRING(diagnostics.items[2].message, "unknown key 'size' in an artifact");
	EXPECT_STRING(diagnostics.items[2].hint, "it is a check: it stands under 'expect'");
	diagnostics_release(&diagnostics);
	EXPECT_SAID(HEAD STEP "waivers: []\nreports: []\nnotify: {}\n",
		    "4:10: 'waivers' is an empty list\n5:10: 'reports' is an empty list\n"
		    "6:9: a notify is empty: it needs 'ping', 'webhook', 'pushgateway', 'on', 'timeout' or 'ca_file'");
}

TEST(wrong_types)
{
	EXPECT_SAID(HEAD "steps: {name: s}\n", "3:8: 'steps' must be a list, each of them a step, not a mapping");
	EXPECT_SAID(HEAD "steps: [s]\n", "3:9: an item of 'steps' must be a mapping, not 's'");
	EXPECT_SAID(HEAD "steps: [{name: s, run: a b}]\n", "3:24: 'run' must be a list of strings, not 'a b'");
	EXPECT_SAID(HEAD "steps: [{name: s, pipe: [a, [b]]}]\n",
		    "3:26: an item of 'pipe' must be a list of strings, not 'a'");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [[a]]}]\n", "3:25: an item of 'run' must be a string, not a list");
	EXPECT_SAID(HEAD "steps: [{name: {a: b}, run: [a]}]\n", "3:16: 'name' must be a string, not a mapping");
	EXPECT_SAID(HEAD STEP "vars: [a]\n", "4:7: 'vars' must be a mapping, not a list");
	EXPECT_SAID(HEAD STEP "vars: {a: [b]}\n", "4:11: 'a' must be a string, not a list");
	EXPECT_SAID(HEAD STEP "max_age: 26\n", "4:10: 'max_age': a unit is missing: '26' (ms, s, m, h, d, w)");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], expect: exit}]\n",
		    "3:37: 'expect' must be a mapping of checks, not 'exit'");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], retry: [3]}]\n", "3:36: 'retry' must be a mapping, not a list");
	EXPECT_SAID(HEAD STEP "stores: {s: /srv}\n", "4:13: 's' must be a mapping, not '/srv'");
}

TEST(booleans_are_true_and_false)
{
	static const char *const wrong[] = {"yes", "no",     "on",        "off", "True",  "FALSE",
					    "1",   "'true'", "\"false\"", "x",   "[true]"};
	char text[256];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct diagnostics diagnostics = {0};
		snprintf(text, sizeof(text), HEAD "steps: [{name: s, run: [a], always: %s}]\n", wrong[i]);
		EXPECT(manifest_parse("test", text, strlen(text), &plain, &diagnostics) == NULL);
		EXPECT_NUMBER(diagnostics.errors, 1);
		EXPECT(strstr(diagnostics.items[0].message, "'always' must be true or false, not ") != NULL);
		diagnostics_release(&diagnostics);
	}
	EXPECT_FINE(HEAD "steps: [{name: s, run: [a], always: false}]\n");
	EXPECT_FINE(HEAD "vars: {x: true}\nsteps: [{name: s, run: [a], always: '${vars.x}'}]\n");
}

TEST(numbers_and_their_bounds)
{
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], expect: {exit: [0, 256, x, '3', 1.5, -1]}}]\n",
		    "3:48: an item of 'exit': 256 is not within 0 to 255\n"
		    "3:53: an item of 'exit': a digit is missing: 'x'\n"
		    "3:56: an item of 'exit': '3' in quotes is a text, not a number\n"
		    "3:61: an item of 'exit': not a whole number: '1.5'\n"
		    "3:66: an item of 'exit': negative values make no sense here: '-1'");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], expect: {exit: 010}}]\n",
		    "3:44: 'exit': a number begins with no zero: '010'");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], retry: 0}]\n", "3:36: 'retry': 0 is not within 1 to 100");
	EXPECT_SAID(HEAD "artifacts: [{name: a, file: x, count: 0}]\n", "3:39: 'count': 0 is less than 1");
	EXPECT_SAID(HEAD "artifacts: [{name: a, file: x, count: {min: 3, max: 2}}]\n", "3:39: 'min' is over 'max'");
	EXPECT_SAID(HEAD "artifacts: [{name: a, file: x, expect: {size: {min: 5XB}}}]\n",
		    "3:53: 'min': unknown unit 'XB' in '5XB' (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB)");
	EXPECT_SAID(HEAD "inventories: {i: {items: [a], except: [{item: a, reason: r, until: tomorrow}]}}\n" STEP,
		    "3:68: 'until': not a date such as 2026-04-21: 'tomorrow'");
}

TEST(nothing_may_be_empty)
{
	EXPECT_SAID(HEAD "steps: []\n", "3:8: 'steps' is an empty list");
	EXPECT_SAID(HEAD "steps:\n", "3:1: 'steps' has no value");
	EXPECT_SAID("muster: 1\nname: ''\n" STEP, "2:7: 'name' is empty");
	EXPECT_SAID(HEAD "stores: {}\n" STEP, "3:9: 'stores' is an empty mapping");
	EXPECT_SAID(HEAD "steps: [{name: s, run: []}]\n", "3:24: 'run' is an empty list");
	EXPECT_SAID(HEAD "steps: [{name: s, run: ['']}]\n", "3:9: 'run' names no program");
	EXPECT_SAID(HEAD "steps: [{name: s, pipe: [[a], ['', x]]}]\n", "3:9: stage 2 of 'pipe' names no program");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], expect: {}}]\n",
		    "3:37: 'expect' is an empty mapping: it checks nothing");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], expect: {output: {}}}]\n",
		    "3:38: an output is empty: it needs 'always', 'never' or 'each'");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], expect: {output: {never: []}}}]\n",
		    "3:54: 'never' is an empty list");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], expect: {output: {never: ['']}}}]\n",
		    "3:55: an item of 'never' is empty");
	EXPECT_SAID(HEAD "artifacts: [{name: a, file: ''}]\n", "3:29: 'file' is empty");
	EXPECT_SAID(HEAD "vars: {e: ''}\nartifacts: [{name: a, file: '${vars.e}'}]\n", "4:29: 'file' is empty");
	EXPECT_FINE(HEAD "vars: {e: ''}\nsteps: [{name: s, run: [a, ''], env: {X: ''}}]\n");
}

TEST(one_of_several)
{
	EXPECT_SAID(HEAD "steps: [{name: s}]\n", "3:9: 'run', 'pipe' or 'shell' is missing in a step");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], shell: b}]\n",
		    "3:9: 'run' and 'shell' exclude each other in a step");
	EXPECT_SAID(HEAD "artifacts: [{name: a}]\n", "3:13: 'file' or 'object' is missing in an artifact");
	EXPECT_SAID(HEAD "stores: {s: {expect: {not_empty: true}}}\n" STEP,
		    "3:10: 's3', 'bunny' or 'directory' is missing in a store");
	EXPECT_SAID(HEAD STEP "inventories: {i: {items: [a], file: b}}\n",
		    "4:15: 'file' and 'items' exclude each other in an inventory");
	EXPECT_SAID(HEAD STORES "artifacts: [{name: a, object: {store: st, key: k}, count: 2}]\n",
		    "4:23: 'count' and 'object' exclude each other in an artifact");
}

TEST(choices)
{
	struct diagnostics diagnostics = {0};
	static const char text[] = HEAD "artifacts: [{name: a, file: x, expect: {format: [gzip, sqlit]}}]\n";

	manifest_free(manifest_parse("test", text, strlen(text), &plain, &diagnostics));
	EXPECT_NUMBER(diagnostics.errors, 1);
	EXPECT_STRING(diagnostics.items[0].hint, "did you mean 'sqlite'?");
	EXPECT(strstr(diagnostics.items[0].message, "an item of 'format' must be one of gzip, ") != NULL);
	diagnostics_release(&diagnostics);
}

TEST(checks_stand_on_their_subject)
{
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], expect: {size: {min: 1}}}]\n",
		    "3:38: 'size' is a check on bytes, not on a step");
	EXPECT_SAID(HEAD "artifacts: [{name: a, file: x, expect: {exit: 0}}]\n",
		    "3:41: 'exit' is a check on a step, not on bytes");
	EXPECT_SAID(HEAD STEP "preflight: [{region: r}]\n",
		    "4:14: 'region' is a check on a store, not on the surroundings");
	EXPECT_SAID(HEAD STEP "preflight: [{evn: r}]\n", "4:14: unknown check 'evn' on the surroundings");
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], expect: {exitt: 0}}]\n", "3:38: unknown check 'exitt' on a step");
	EXPECT_SAID(HEAD STORES
		    "artifacts: [{name: a, file: x, uploads: [{store: st, key: k, expect: {exists: true}}]}]\n",
		    "4:71: unknown check 'exists' on an upload");
}

TEST(patterns_and_globs_that_do_not_compile)
{
	EXPECT_SAID(HEAD "steps: [{name: s, run: [a], expect: {output: {never: 'a('}}}]\n",
		    "3:54: 'never': missing closing parenthesis at offset 2 of the pattern 'a('");
	EXPECT_SAID(HEAD "artifacts: [{name: a, file: 'x['}]\n", "3:29: 'file': unclosed [ in the glob 'x['");
}

TEST(secrets_are_not_written)
{
	static const char text[] = HEAD STEP "stores:\n"
					     "  s:\n"
					     "    s3:\n"
					     "      bucket: b\n"
					     "      credentials:\n"
					     "        access_key: {env: A}\n"
					     "        secret_key: wJalrXUtnFEMI\n";
	struct diagnostics diagnostics = {0};
	char *printed = NULL;
	size_t length;
	FILE *file = open_memstream(&printed, &length);

	EXPECT(manifest_parse("test", text, strlen(text), &plain, &diagnostics) == NULL);
	diagnostics_print(&diagnostics, file);
	fclose(file);
	EXPECT(strstr(printed, "test:10:21: error: 'secret_key' is a secret, which is not written in the manifest\n") !=
	       NULL);
	EXPECT(strstr(printed, "hint: write {env: NAME} or {file: PATH}\n") != NULL);
	EXPECT(strstr(printed, "wJalr") == NULL);
	free(printed);
	diagnostics_release(&diagnostics);
	secrets_forget_all();
	EXPECT_SAID(
		HEAD "steps: [{name: s, run: [a], env: {X: {env: A, file: B}, Y: {}, Z: [a]}}]\n",
		"3:38: 'env' and 'file' exclude each other in a secret\n3:60: 'env' or 'file' is missing in a secret\n"
		"3:67: 'Z' must be a string, {env: NAME} or {file: PATH}, not a list");
}

TEST(what_is_read)
{
	static const char text[] = HEAD
		"max_age: 26h\n" STORES "inventories:\n"
		"  i: {run: [psql, -c, ''], except: [{item: x, reason: y, until: 2026-04-21}, {item: z, reason: q}]}\n"
		"steps:\n"
		"  - {name: s, pipe: [[a, b], [c]], stdout: /out, timeout: 2h, retry: 3, env: {P: {env: Q}, R: '1'}}\n"
		"  - {name: t, run: [x], needs: s, always: true, grace: 1s, retry: {attempts: 2, wait: 5s}}\n"
		"artifacts:\n"
		"  - {name: a, file: '/x/*', step: s, uploads: {store: st, key: k}}\n"
		"  - {name: several, file: '/y/*', count: {max: 3}}\n"
		"  - {name: b, object: {store: dir, key: '*.tar'}}\n";
	struct manifest *manifest = load(text, &plain);

	EXPECT_NUMBER(manifest->version, 1);
	EXPECT_STRING(manifest->name, "n");
	EXPECT_NUMBER(manifest->max_age_ms, 26 * 3600000);
	EXPECT_STRING(manifest_store(manifest, "st")->driver->name, "s3");
	EXPECT_STRING(manifest_store(manifest, "dir")->driver->name, "directory");
	EXPECT(manifest_store(manifest, "dir")->config != NULL);
	EXPECT_NUMBER(manifest_store(manifest, "st")->place.column, 10);
	const struct manifest_inventory *inventory = manifest->inventories.entries[0].value;
	EXPECT_NUMBER(inventory->run.count, 3);
	EXPECT_NUMBER(inventory->minimum, 1);
	struct manifest_exception *const *exceptions = inventory->except.items;
	EXPECT_NUMBER(exceptions[0]->until_ms, INT64_C(1776816000000));
	EXPECT_NUMBER(exceptions[1]->until_ms, PARAMETER_UNSET);
	const struct manifest_step *dump = manifest_step(manifest, "s"), *second = step_at(manifest, 1);
	const struct parameter_list *stages = dump->pipe.items;
	EXPECT_NUMBER(dump->pipe.count, 2);
	EXPECT_NUMBER(stages[0].count, 2);
	EXPECT_TEXT(((struct text *const *)stages[0].items)[1], "b");
	EXPECT_NUMBER(dump->place.line, 8);
	EXPECT_NUMBER(dump->grace_ms, MANIFEST_GRACE_MS);
	EXPECT_NUMBER(dump->timeout_ms, 7200000);
	EXPECT_NUMBER(dump->retry->attempts, 3);
	EXPECT_NUMBER(dump->retry->wait_ms, 10000);
	EXPECT(!dump->always && !dump->stdout_wanted && dump->expect == NULL && dump->shell == NULL);
	EXPECT_TEXT(dump->output->path, "/out");
	EXPECT_STRING(((struct text_or_secret *)dump->env.entries[0].value)->secret->env, "Q");
	EXPECT_TEXT(((struct text_or_secret *)dump->env.entries[1].value)->text, "1");
	EXPECT_STRING(((const char *const *)second->needs.items)[0], "s");
	EXPECT(second->always);
	EXPECT_NUMBER(second->timeout_ms, PARAMETER_UNSET);
	EXPECT_NUMBER(second->retry->wait_ms, 5000);
	EXPECT_NUMBER(artifact_at(manifest, 1)->count->min, 1);
	EXPECT_NUMBER(artifact_at(manifest, 1)->count->max, 3);
	EXPECT_NUMBER(artifact_at(manifest, 0)->uploads.count, 1);
	EXPECT(artifact_at(manifest, 0)->file->quoting == TEXT_GLOB);
	EXPECT_STRING(artifact_at(manifest, 2)->object->store, "dir");
	manifest_free(manifest);
}

TEST(checks_are_made)
{
	static const char text[] = HEAD "steps:\n"
					"  - name: s\n"
					"    run: [a]\n"
					"    expect:\n"
					"      output: {never: [a, b], always: c}\n"
					"      exit: [0, 3]\n"
					"preflight:\n"
					"  - env: HOME\n"
					"  - {tool: gzip, disk: {path: /, free: 1}}\n";
	struct manifest *manifest = load(text, &plain);
	const struct check_list *checks = step_at(manifest, 0)->expect;
	struct check_list *const *preflight = manifest->preflight.items;

	EXPECT_NUMBER(checks->count, 2);
	EXPECT_NUMBER(checks->items[0]->rows, 3);
	EXPECT_NUMBER(checks->items[0]->place.line, 7);
	EXPECT_NUMBER(checks->items[0]->place.column, 7);
	EXPECT(check_list_find(checks, "exit") == checks->items[1]);
	EXPECT_NUMBER(manifest->preflight.count, 2);
	EXPECT_NUMBER(preflight[1]->count, 2);
	manifest_free(manifest);
}

TEST(variables)
{
	setenv("MUSTER_TEST_SET", "from outside ${vars.a}", 1);
	static const char text[] = HEAD STORES
		"vars: {a: one, b: '${vars.a}-two', c: '$$ $x $$$${vars.a} ${vars.b}$'}\n"
		"steps:\n"
		"  - {name: s, run: ['${vars.c}', '${env.MUSTER_TEST_SET}', "
		"'${stores.st.bucket}/${stores.dir.path}']}\n"
		"  - {name: t, run: ['${run.date}|${run.time}|${run.id}', '<${step.s.stdout}>${vars.a}']}\n";
	struct manifest *manifest = load(text, &plain);
	struct text *const *first = step_at(manifest, 0)->run.items, *const *second = step_at(manifest, 1)->run.items;

	EXPECT_TEXT(first[0], "$ $x $${vars.a} one-two$");
	EXPECT_TEXT(first[1], "from outside ${vars.a}");
	EXPECT_TEXT(first[2], "b//srv");
	EXPECT_TEXT(second[0], "2026-04-21|20260421T023000Z|20260421T023000Z-1a2b");
	EXPECT_TEXT(second[1], "<<output of s>>one");
	EXPECT(text_is_known(second[0]) && !text_is_known(second[1]));
	EXPECT(step_at(manifest, 0)->stdout_wanted && !step_at(manifest, 1)->stdout_wanted);
	EXPECT_STRING(*(const char **)manifest->vars.entries[1].value, "one-two");
	manifest_free(manifest);
}

TEST(variables_that_are_not_there)
{
	unsetenv("MUSTER_TEST_UNSET");
	EXPECT_SAID(HEAD
		    "vars: {abc: x}\nsteps: [{name: s, run: ['a ${vars.abd}', \"\\t${env.MUSTER_TEST_UNSET}\"]}]\n",
		    "4:28: 'vars' has no 'abd'\n4:45: the environment variable 'MUSTER_TEST_UNSET' is not set");
	EXPECT_SAID(HEAD STORES
		    "steps: [{name: s, run: ['${stores.ts.bucket}', '${stores.st.buckt}', '${stores.st.prefix}']}]\n",
		    "4:26: no store 'ts' is declared\n4:49: the store 'st' has no 'buckt'\n"
		    "4:71: the store 'st' does not say its 'prefix'");
	EXPECT_SAID(HEAD "steps: [{name: s, run: ['${run.now}', '${HOME}', '${vars}', '${x', '${}', '${stores.x}']}]\n",
		    "3:26: a run has 'id', 'date' and 'time', no 'now'\n3:40: unknown variable '${HOME}'\n"
		    "3:51: unknown variable '${vars}'\n3:62: '${' without its '}'\n3:69: unknown variable '${}'\n"
		    "3:76: of a store '${stores.NAME.KEY}' can be had, such as '${stores.offsite.bucket}'");
	EXPECT_SAID(HEAD "vars: {a: '${vars.b}', b: '${vars.a}', c: '${vars.c}'}\n" STEP,
		    "3:12: '${vars.b}' refers to itself\n3:44: '${vars.c}' refers to itself");
	EXPECT_SAID(HEAD "vars: {a: [x]}\nsteps: [{name: s, shell: '${vars.a}'}]\n",
		    "3:11: 'a' must be a string, not a list\n4:27: the variable 'a' is no text");
}

TEST(values_from_outside_are_text)
{
	static const char *const settings[] = {"a=\xff"};
	struct manifest_options options = plain;

	setenv("MUSTER_TEST_BYTES", "x\xe9y", 1);
	EXPECT_SAID(HEAD "steps: [{name: s, run: ['${env.MUSTER_TEST_BYTES}']}]\n",
		    "3:26: the environment variable 'MUSTER_TEST_BYTES' is no UTF-8 text");
	unsetenv("MUSTER_TEST_BYTES");
	options.vars = settings;
	options.var_count = 1;
	expect_said(HEAD STEP, &options, "0:0: --var is given something that is no UTF-8 text", __LINE__);
}

TEST(variables_of_one_text_end)
{
	char *text = malloc(1 << 16);
	size_t length = (size_t)sprintf(text, HEAD "steps: [{name: s, shell: '");

	for (int i = 0; i < 1001; i++)
		length += (size_t)sprintf(text + length, "${run.date}");
	sprintf(text + length, "'}]\n");
	EXPECT_SAID(text, "3:11027: more than 1000 variables in one text");
	free(text);
}

TEST(variables_are_told_where_they_stand)
{
	EXPECT_SAID(HEAD "steps:\n"
			 "  - name: s\n"
			 "    shell: |\n"
			 "      echo ${vars.x}\n"
			 "      \xc3\xa9 ${vars.y} ${vars.x}\n",
		    "6:12: 'vars' has no 'x'\n7:9: 'vars' has no 'y'\n7:19: 'vars' has no 'x'");
	EXPECT_SAID(HEAD "steps:\n"
			 "  - name: s\n"
			 "    shell: \"a\\\"b ${vars.x} \\\n"
			 "       c $${vars.x} ${vars.x}\"\n",
		    "5:18: 'vars' has no 'x'\n6:21: 'vars' has no 'x'");
}

TEST(values_in_patterns_and_globs_mean_themselves)
{
	static const char text[] =
		HEAD "vars: {v: 'a.*[b]'}\n"
		     "steps: [{name: s, run: [a], expect: {output: {never: ['^${vars.v}$']}}}]\n"
		     "artifacts: [{name: a, file: '${vars.v}-*', expect: {archive: {members: ['${vars.v}']}}}]\n";
	struct manifest *manifest = load(text, &plain);
	struct glob *glob = NULL;
	struct error err;
	char *file = text_describe(artifact_at(manifest, 0)->file);
	const struct check *output = check_list_find(step_at(manifest, 0)->expect, "output");
	struct pattern *const *never = ((const struct parameter_list *)output->parameters)[1].items;

	EXPECT_NUMBER(glob_compile(file, &glob, &err), 0);
	EXPECT(glob_matches(glob, "a.*[b]-x") && !glob_matches(glob, "a.xxb-x"));
	EXPECT_NUMBER(pattern_matches(never[0], "a.*[b]", 6), 1);
	EXPECT_NUMBER(pattern_matches(never[0], "axxb", 4), 0);
	glob_free(glob);
	free(file);
	manifest_free(manifest);
}

TEST(when_verifying_what_is_of_a_run_matches_anything)
{
	static const char text[] = HEAD STORES
		"vars: {d: '${run.date}'}\n"
		"steps: [{name: s, run: ['${run.date}'], expect: {output: {never: ['^${run.time}\\.$']}}}]\n"
		"artifacts:\n"
		"  - name: a\n"
		"    file: /b/all-${run.date}.gz\n"
		"    uploads: [{store: st, key: 'x/${vars.d}${run.time}'}, {store: dir, key: "
		"'\\*${run.id}'}]\n";
	struct manifest_options verify = plain;
	verify.verify = true;
	struct manifest *manifest = load(text, &verify);
	struct manifest_upload *const *uploads = artifact_at(manifest, 0)->uploads.items;
	struct text *const *run = step_at(manifest, 0)->run.items;
	const struct check *output = check_list_find(step_at(manifest, 0)->expect, "output");
	struct pattern *const *never = ((const struct parameter_list *)output->parameters)[1].items;
	struct glob *glob = NULL;
	struct error err;

	EXPECT_TEXT(run[0], "2026-04-21");
	EXPECT_TEXT(artifact_at(manifest, 0)->file, "/b/all-*.gz");
	EXPECT_NUMBER(pattern_matches(never[0], "what ever.", 10), 1);
	EXPECT_NUMBER(pattern_matches(never[0], "what\never", 9), 0);
	char *key = text_describe(uploads[0]->key);
	EXPECT_NUMBER(glob_compile(key, &glob, &err), 0);
	EXPECT(glob_matches(glob, "x/2026-04-2120260421T023000Z"));
	EXPECT(!glob_matches(glob, "x/2026-04-21/20260421T023000Z"));
	glob_free(glob);
	free(key);
	manifest_free(manifest);
}

TEST(vars_from_the_command_line)
{
	static const char *const settings[] = {"a=$x ${vars.b}", "new=1=2", "a=${literal}"};
	struct manifest_options options = plain;
	options.vars = settings;
	options.var_count = 3;
	struct manifest *manifest = load(HEAD "vars: {a: '${env.MUSTER_TEST_UNSET}', b: x}\n"
					      "steps: [{name: s, run: ['${vars.a}${vars.new}']}]\n",
					 &options);
	EXPECT_TEXT(((struct text *const *)step_at(manifest, 0)->run.items)[0], "${literal}1=2");
	EXPECT_STRING(*(const char **)manifest->vars.entries[0].value, "${literal}");
	manifest_free(manifest);

	manifest = load(HEAD "steps: [{name: s, run: ['${vars.a}${vars.new}']}]\n", &options);
	manifest_free(manifest);
	expect_said(HEAD "vars: {a: 1}\nsteps: [{name: s, run: ['${vars.a}']}]\n", &options,
		    "0:0: --var sets 'new', which nothing in the manifest refers to", __LINE__);
	static const char *const bad[] = {"novalue", "=x"};
	options.vars = bad;
	options.var_count = 2;
	expect_said(HEAD STEP, &options, "0:0: '--var =x' has no name\n0:0: '--var novalue' has no value", __LINE__);
}

TEST(usage_errors_are_told_apart)
{
	static const char *const settings[] = {"x=1"};
	struct manifest_options options = plain;
	struct diagnostics diagnostics = {0};

	options.vars = settings;
	options.var_count = 1;
	EXPECT(manifest_parse("test", HEAD STEP, strlen(HEAD STEP), &options, &diagnostics) == NULL);
	EXPECT_NUMBER(diagnostics.errors, 1);
	EXPECT_NUMBER(diagnostics.usage_errors, 1);
	diagnostics_release(&diagnostics);
}

TEST(when_linting_an_unset_environment_is_a_warning)
{
	struct manifest_options options = plain;
	options.unset_env_is_warning = true;
	expect_said(
		HEAD
		"steps: [{name: '${env.MUSTER_TEST_UNSET}', run: [a], timeout: '${env.MUSTER_TEST_UNSET}h',\n"
		"  expect: {output: {never: ['${env.MUSTER_TEST_UNSET}', b]}}, needs: ['${env.MUSTER_TEST_UNSET}']}]\n"
		"artifacts: [{name: a, file: '${env.MUSTER_TEST_UNSET}', step: other}]\n",
		&options,
		"3:17: warning: the environment variable 'MUSTER_TEST_UNSET' is not set here\n"
		"3:64: warning: the environment variable 'MUSTER_TEST_UNSET' is not set here\n"
		"4:30: warning: the environment variable 'MUSTER_TEST_UNSET' is not set here\n"
		"4:72: warning: the environment variable 'MUSTER_TEST_UNSET' is not set here\n"
		"5:30: warning: the environment variable 'MUSTER_TEST_UNSET' is not set here",
		__LINE__);
}

TEST(references)
{
	EXPECT_SAID(
		HEAD STORES
		"inventories: {inv: {objects: {store: ts, key: k}}}\n"
		"artifacts: [{name: a, file: x, step: s, expect: {covers: {inventory: inw, line: '(?<item>x)'}},\n"
		"  uploads: [{store: sd, key: k}]}]\n",
		"4:38: no store 'ts' is declared\n5:38: no step 's' is declared\n5:70: no inventory 'inw' is declared\n"
		"6:21: no store 'sd' is declared");
	EXPECT_SAID(HEAD "steps:\n"
			 "  - {name: a, run: [x], needs: [b, a]}\n"
			 "  - {name: b, run: ['${step.b.stdout}', '${step.c.stdout}', '${step.d.stdout}']}\n"
			 "  - {name: c, run: [x], stdin: '${step.a.stdout}'}\n",
		    "4:33: the step 'b' has not run yet at this point\n4:36: the step 'a' refers to itself\n"
		    "5:22: the step 'b' refers to itself\n5:42: the step 'c' has not run yet at this point\n"
		    "5:62: no step 'd' is declared");
	EXPECT_SAID(HEAD "steps:\n"
			 "  - {name: a, run: [x], always: true}\n"
			 "  - {name: b, run: [x]}\n"
			 "  - {name: c, run: [x, '${step.a.stdout}'], always: true}\n"
			 "  - {name: d, run: [x, '${step.c.stdout}'], always: true}\n"
			 "artifacts:\n"
			 "  - {name: a, file: '${step.a.stdout}', step: a}\n"
			 "  - {name: b, file: '${step.d.stdout}', step: c}\n",
		    "10:22: the step 'd' has not run yet when this is looked at\n"
		    "10:47: the step 'c' has not run yet when this is looked at");
	EXPECT_SAID(HEAD "inventories: {i: {run: [x, '${step.a.stdout}']}}\n"
			 "steps: [{name: a, run: [x], stdout: /f}, {name: b, run: ['${step.a.stdout}']}]\n",
		    "3:29: the output of the step 'a' goes to a file or a store, and cannot be used here\n"
		    "3:29: the step 'a' has not run yet when this is looked at\n"
		    "4:59: the output of the step 'a' goes to a file or a store, and cannot be used here");
	EXPECT_SAID(HEAD "steps: [{nmae: a, run: [x]}, {name: b, run: [x], needs: [a]}]\n",
		    "3:9: 'name' is missing in a step\n3:10: unknown key 'nmae' in a step");
}

TEST(outputs_of_steps_cannot_stand_everywhere)
{
	EXPECT_SAID(HEAD "steps: [{name: a, run: [x]}, {name: b, run: [x], timeout: '${step.a.stdout}',\n"
			 "  expect: {output: {never: ['x${step.a.stdout}']}}}]\n",
		    "3:60: '${step.a.stdout}' is not known yet when this is read\n"
		    "4:31: '${step.a.stdout}' is not known yet when this is read");
	EXPECT_SAID(HEAD "steps: [{name: a, run: ['${step.a.code}']}]\n",
		    "3:26: of a step '${step.NAME.stdout}' can be had, its standard output");
}

TEST(names_and_ids)
{
	EXPECT_SAID(HEAD "steps: [{name: a, run: [x]}, {name: a, run: [y]}]\n",
		    "3:30: two steps are called 'a', the other on line 3");
	EXPECT_SAID(HEAD "artifacts: [{name: a, file: x}, {name: a, file: y}]\n",
		    "3:33: two artifacts are called 'a', the other on line 3");
	EXPECT_SAID(HEAD STORES
		    "artifacts: [{name: a, file: x, uploads: [{store: st, key: k}, {store: st, key: l}]}]\n",
		    "4:63: the artifact 'a' is uploaded to 'st' twice, first on line 4");
	EXPECT_SAID(HEAD "steps: [{name: \"a\\nb\", run: [x]}]\n", "3:9: the name of a step holds a control character");
	EXPECT_SAID(HEAD STEP "stores: {\"a\\x1b\": {directory: /x}, '': {directory: /y}}\n",
		    "4:10: a name in 'stores' holds a control character\n4:36: a name in 'stores' is empty");
	EXPECT_SAID(HEAD "artifacts:\n"
			 "  - {name: a, file: x, expect: {archive: {members: [{path: p, expect: {size: 3}}]}}}\n"
			 "  - {name: 'a/member:p', file: y, expect: {size: {min: 3}}}\n",
		    "4:78: 'size' must be a mapping, not '3'");
	EXPECT_SAID(HEAD "artifacts:\n"
			 "  - {name: a, file: x, expect: {archive: {members: [{path: p, expect: {size: {min: 3}}}]}}}\n"
			 "  - {name: 'a/member:p', file: y, expect: {size: {min: 3}}}\n",
		    "5:44: two checks have the id 'artifact:a/member:p/size', the other is declared on line 4");
	EXPECT_FINE(HEAD STORES
		    "artifacts: [{name: a b/c@d, file: x, uploads: [{store: st, key: k}, {store: dir, key: k}]}]\n");
}

TEST(many_records_end)
{
	char *text = malloc(1 << 20);
	size_t length = (size_t)sprintf(text, HEAD "steps:\n");

	for (int i = 0; i < 1001; i++)
		length += (size_t)sprintf(text + length, "  - {name: s%d, run: [x]}\n", i);
	EXPECT_SAID(text, "4:3: 'steps' holds 1001 entries, more than 1000");
	free(text);
}

TEST(expansions_end)
{
	char text[8192] = HEAD "vars:\n  v0: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n";
	struct diagnostics diagnostics = {0};

	for (int i = 1; i < 30; i++)
		snprintf(text + strlen(text), 200, "  v%d: '${vars.v%d}${vars.v%d}${vars.v%d}${vars.v%d}'\n", i, i - 1,
			 i - 1, i - 1, i - 1);
	strcat(text, STEP);
	EXPECT(manifest_parse("test", text, strlen(text), &plain, &diagnostics) == NULL);
	EXPECT_NUMBER(diagnostics.errors, 1);
	EXPECT_STRING(diagnostics.items[0].message, "the values of variables and aliases make more than 16 MiB");
	diagnostics_release(&diagnostics);

	char *large = malloc(1 << 20);
	size_t length = (size_t)sprintf(large, HEAD "steps: [{name: &a '%0400000d', run: [", 0);
	for (int i = 0; i < 90000; i++)
		length += (size_t)sprintf(large + length, "%s*a", i > 0 ? "," : "");
	strcpy(large + length, "]}]\n");
	EXPECT(manifest_parse("test", large, strlen(large), &plain, &diagnostics) == NULL);
	EXPECT_NUMBER(diagnostics.errors, 1);
	diagnostics_release(&diagnostics);
	free(large);

	strcpy(text, HEAD STEP "vars:\n  v0: x\n");
	for (int i = 1; i < 100; i++)
		snprintf(text + strlen(text), 64, "  v%d: '${vars.v%d}'\n", 100 - i, 99 - i);
	EXPECT(manifest_parse("test", text, strlen(text), &plain, &diagnostics) == NULL);
	EXPECT(strstr(diagnostics.items[0].message, "more than 50 variables refer to one another") != NULL);
	diagnostics_release(&diagnostics);
}

/* Where a check of a subject can stand. */
static const char *wrapping(enum subject subject)
{
	switch (subject) {
	case SUBJECT_STEP:
		return "steps:\n  - name: s\n    run: [x]\n    expect:\n      %s\n";
	case SUBJECT_BYTES:
		return "artifacts:\n  - name: a\n    file: x\n    expect:\n      %s\n";
	case SUBJECT_UPLOAD:
		return "artifacts:\n  - name: a\n    file: x\n    uploads:\n      - store: st\n        key: k\n        "
		       "expect:\n"
		       "          %s\n";
	case SUBJECT_STORE:
		return "stores:\n  s:\n    s3: {bucket: b}\n    expect:\n      %s\n" STEP;
	case SUBJECT_SURROUNDINGS:
		return STEP "preflight:\n  - %s\n";
	default:
		return NULL;
	}
}

TEST(every_kind_s_example_can_be_loaded)
{
	unsigned tried = 0;

	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++) {
		char text[4096] = HEAD "inventories: {databases: {items: [x]}, tenants: {items: [x]}}\n", body[2048];
		if ((*kind)->never_written || wrapping((*kind)->subject) == NULL)
			continue;
		EXPECT((*kind)->example != NULL);
		if ((*kind)->example == NULL)
			continue;
		if ((*kind)->subject != SUBJECT_STORE)
			strcat(text, STORES);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(body, sizeof(body), wrapping((*kind)->subject), (*kind)->example);
#pragma GCC diagnostic pop
		strcat(text, body);
		int failures = unit_failures;
		manifest_free(load(text, &plain));
		if (unit_failures > failures)
			printf("the example of '%s' cannot be loaded: %s\n", (*kind)->name, (*kind)->example);
		tried++;
	}
	EXPECT(tried >= 15);
}

UNIT_MAIN
