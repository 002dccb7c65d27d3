#include "wrapper/manifest/manifest_private.h"

#include <assert.h>
#include <string.h>

#define STAGES_MAX 64 /* of a pipe */
#define ATTEMPTS_MAX 100

static const struct parameter text_item = {.type = &value_text, .flags = PARAMETER_MAY_BE_EMPTY};
static const struct parameter argv_item = {.type = &value_list,
					   .flags = PARAMETER_STRICT_LIST,
					   .item = &text_item,
					   .example = "[gzip, -6]"};
static const struct parameter string_item = {.type = &value_string};
static const struct parameter step_item = {.type = &value_step};
static const struct parameter var_item = {.type = &value_string, .flags = PARAMETER_MAY_BE_EMPTY};
static const struct parameter environment_item = {.type = &value_text_or_secret, .flags = PARAMETER_MAY_BE_EMPTY};

static bool is_empty(const struct text *text)
{
	return text->count == 1 && text->parts[0].literal != NULL && text->parts[0].literal[0] == '\0';
}

static bool names_no_program(const struct parameter_list *argv)
{
	return argv->count > 0 && is_empty(((struct text *const *)argv->items)[0]);
}

/* Inventories. */

static const struct parameter objects_table[] = {
	{"store", &value_store, PARAMETER_REQUIRED, AT(manifest_object, store),
	 .help = "the store whose keys are the items", .example = "offsite"},
	{"key", &value_glob_text, PARAMETER_REQUIRED, AT(manifest_object, key), .help = "which of its keys",
	 .example = "'tenants/*'"},
	{0},
};

static const struct record objects_record = {.name = "an 'objects' of an inventory",
					     .help = "keys of a store as items of an inventory",
					     STRUCT(manifest_object),
					     .parameters = objects_table};

static const struct parameter exception_table[] = {
	{"item", &value_string, PARAMETER_REQUIRED, AT(manifest_exception, item),
	 .help = "the item that need not be covered", .example = "scratch"},
	{"reason", &value_string, PARAMETER_REQUIRED, AT(manifest_exception, reason), .help = "why not",
	 .example = "'rebuilt every night'"},
	{"until", &value_date, 0, AT(manifest_exception, until_ms), .help = "the last day on which this holds",
	 .example = "2027-01-31"},
	{0},
};

static const struct record exception_record = {.name = "an exception of an inventory",
					       .help = "an item that a backup need not cover",
					       STRUCT(manifest_exception),
					       .parameters = exception_table};

static const struct parameter exception_item = {.type = &value_record, .record = &exception_record};

static const struct parameter inventory_table[] = {
	{"run", &value_list, PARAMETER_ALTERNATIVE | PARAMETER_STRICT_LIST, AT(manifest_inventory, run),
	 .item = &text_item, .help = "a command that prints one item a line",
	 .example = "[psql, -AtXc, 'select datname from pg_database']"},
	{"env", &value_map, 0, AT(manifest_inventory, env), .item = &environment_item, .needs = "run",
	 .help = "environment variables for the command, as a step's 'env'",
	 .example = "{PGPASSWORD: {env: DUMP_PASSWORD}}"},
	{"file", &value_text, PARAMETER_ALTERNATIVE, AT(manifest_inventory, file),
	 .help = "a file that holds one item a line", .example = "/etc/tenants"},
	{"items", &value_list, PARAMETER_ALTERNATIVE | PARAMETER_STRICT_LIST, AT(manifest_inventory, items),
	 .item = &string_item, .more = MORE_IS_STRONGER, .help = "the items themselves", .example = "[billing, shop]"},
	{"objects", &value_record, PARAMETER_ALTERNATIVE, AT(manifest_inventory, objects), .record = &objects_record,
	 .help = "the keys of a store", .example = "{store: offsite, key: 'tenants/*'}"},
	{"after", &value_step, 0, AT(manifest_inventory, after),
	 .help = "asked when that step is done, for lists that the backup itself writes, and for what may vanish while "
		 "it is made; of 'objects' those that were written since the run began, by the store's time, are left "
		 "out then, since they came after. Under verify it is asked as ever",
	 .example = "dump"},
	{"except", &value_list, 0, AT(manifest_inventory, except), .item = &exception_item,
	 .help = "items that need not be covered, each with its reason",
	 .example = "[{item: scratch, reason: rebuilt every night}]"},
	{"min", &value_integer, 0, AT(manifest_inventory, minimum), .fallback = "1", .more = MORE_IS_STRONGER,
	 .help = "at least so many items, since an empty inventory proves nothing", .example = "3"},
	{0},
};

static int validate_environment(const struct parameter_map *env, struct error *err)
{
	for (size_t i = 0; i < env->count; i++)
		if (strchr(env->entries[i].name, '=') != NULL)
			return error_set(err, "the name of an environment variable holds no '=': '%s'",
					 env->entries[i].name);
	return 0;
}

static int validate_inventory(const void *record, struct error *err)
{
	const struct manifest_inventory *inventory = record;

	return names_no_program(&inventory->run) ? error_set(err, "'run' names no program")
						 : validate_environment(&inventory->env, err);
}

const struct record manifest_inventory_record = {.name = "an inventory",
						 .help = "the live list of what a backup must cover",
						 STRUCT(manifest_inventory),
						 .parameters = inventory_table,
						 PLACED(manifest_inventory),
						 .validate = validate_inventory};

/* Steps. */

static const struct parameter retry_table[] = {
	{"attempts", &value_integer, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, AT(manifest_retry, attempts),
	 .minimum = 1, .maximum = ATTEMPTS_MAX, .more = MORE_IS_WEAKER,
	 .help = "how often the step is tried, the first time included", .example = "3"},
	{"wait", &value_duration, 0, AT(manifest_retry, wait_ms), .fallback = "10s",
	 .help = "the time between two attempts", .example = "30s"},
	{0},
};

static const struct record retry_record = {.name = "a retry",
					   .help = "what is done when a step fails; its checks judge the last attempt",
					   STRUCT(manifest_retry),
					   .parameters = retry_table};

/* In the order of enum store_algorithm, without its first. */
static const char *const checksums[] = {"sha256", "sha1", "crc32", "crc32c", "crc64nvme", NULL};

static const struct parameter output_table[] = {
	{"file", &value_text, PARAMETER_SHORTHAND, AT(manifest_output, path), .help = "the file it is written to",
	 .example = "'/backup/all-${run.date}.sql'"},
	{"store", &value_store, 0, AT(manifest_output, store),
	 .help = "the store it is uploaded to, as a stream and without a temporary file", .example = "offsite",
	 .excludes = "file", .needs = "key"},
	{"key", &value_text, 0, AT(manifest_output, key), .help = "the key it gets there",
	 .example = "'pg/all-${run.time}.sql.gz'", .excludes = "file", .needs = "store"},
	{"overwrite", &value_bool, 0, AT(manifest_output, overwrite), .fallback = "false", .more = MORE_IS_WEAKER,
	 .help = "true: an object that has the key already is replaced", .example = "true"},
	{"checksum", &value_choice, 0, AT(manifest_output, checksum), .choices = checksums,
	 .help = "a checksum that the store is to verify and keep (x-amz-checksum-*), for stores that know it",
	 .example = "sha256"},
	{0},
};

static int validate_output(const void *record, struct error *err)
{
	const struct manifest_output *output = record;

	if (output->path != NULL && (output->overwrite || output->checksum >= 0))
		return error_set(err, "'overwrite' and 'checksum' are for output that goes to a store");
	if (output->path == NULL && output->store == NULL)
		return error_set(err, "nothing says where the output goes: 'file', or 'store' and 'key'");
	return 0;
}

static const struct record output_record = {.name = "a step's output",
					    .help = "where the standard output of a step goes, written by muster: it "
						    "appears there when it is whole and the "
						    "step succeeded, and not at all else; a text alone is a file",
					    STRUCT(manifest_output),
					    .parameters = output_table,
					    .needs_one = true,
					    .validate = validate_output};

static const char *const backgrounds[] = {"fail", "allow", NULL};

static const struct parameter step_table[] = {
	{"name", &value_string, PARAMETER_REQUIRED, AT(manifest_step, name),
	 .help = "what it is called, each name once", .example = "dump"},
	{"run", &value_list, PARAMETER_ALTERNATIVE | PARAMETER_STRICT_LIST, AT(manifest_step, run), .item = &text_item,
	 .help = "a program and its arguments, executed without a shell",
	 .example = "[backup-utility, --skip, registry]"},
	{"pipe", &value_list, PARAMETER_ALTERNATIVE | PARAMETER_STRICT_LIST, AT(manifest_step, pipe),
	 .item = &argv_item,
	 .help = "several programs, each one's output the next one's input; every exit status is checked",
	 .example = "[[pg_dumpall, --clean], [gzip, -6]]"},
	{"shell", &value_script, PARAMETER_ALTERNATIVE, AT(manifest_step, shell),
	 .help = "a script for bash, with errexit, nounset and pipefail; a variable of the manifest in it is one word, or a "
		 "part of one, whatever it holds, and is refused where bash would read it as a script",
	 .example = "'tar -c /srv | zstd > /backup/srv.tar.zst'"},
	{"stdin", &value_text, 0, AT(manifest_step, stdin_path),
	 .help = "the file it reads; without it there is nothing to read", .example = "/srv/list"},
	{"stdout", &value_record, 0, AT(manifest_step, output), .record = &output_record,
	 .help = "the file its output is written to, by muster, so that a full disk cannot hide, or the object it is "
		 "uploaded to; it appears when it is whole",
	 .example = "'/backup/all-${run.date}.sql'"},
	{"cwd", &value_text, 0, AT(manifest_step, cwd), .help = "the folder it runs in", .example = "/srv"},
	{"env", &value_map, 0, AT(manifest_step, env), .item = &environment_item,
	 .help = "environment variables, besides muster's own; of these no child inherits those that a store's "
		 "credentials or 'notify' take a secret from ('{env: NAME}'), unless it is declared here",
	 .example = "{PGPASSWORD: {env: DUMP_PASSWORD}, PGHOST: db}"},
	{"env_only", &value_bool, 0, AT(manifest_step, env_only), .fallback = "false", .more = MORE_IS_STRONGER,
	 .help = "true: its environment is what 'env' says, and nothing of muster's; without a PATH in it programs are "
		 "looked for in the usual folders",
	 .example = "true"},
	{"no_new_privs", &value_bool, 0, AT(manifest_step, no_new_privs), .fallback = "false", .more = MORE_IS_STRONGER,
	 .help = "true: nothing that it executes gains privileges, such as by a set-user-ID bit (sudo, ping)",
	 .example = "true"},
	{"timeout", &value_duration, 0, AT(manifest_step, timeout_ms), .more = MORE_IS_WEAKER,
	 .help = "when its time is up it is ended, and has failed", .example = "6h"},
	{"grace", &value_duration, 0, AT(manifest_step, grace_ms), .fallback = "10s",
	 .help = "the time between SIGTERM and SIGKILL; once muster itself was told to end it is cut to what --grace "
		 "(or MUSTER_GRACE) leaves",
	 .example = "30s"},
	{"background", &value_choice, 0, AT(manifest_step, background), .choices = backgrounds, .fallback = "fail",
	 .more = MORE_IS_WEAKER,
	 .help = "what becomes of what it leaves running (after a second, in which it may end by itself): 'fail', by name "
		 "of what it is, or 'allow': it is waited for, up to the step's 'timeout', and must end with a code that "
		 "its 'exit' lets count; what has not ended by then is, and fails the step",
	 .example = "allow"},
	{"retry", &value_record, 0, AT(manifest_step, retry), .record = &retry_record,
	 .help = "try again when it failed", .example = "{attempts: 3, wait: 30s}"},
	{"needs", &value_list, 0, AT(manifest_step, needs), .item = &step_item,
	 .help = "the steps before this one that must have passed for it to be run, whatever became of the others; "
		 "without it, a step that failed stops all that follow, but for those with 'always'",
	 .example = "[dump]"},
	{"always", &value_bool, 0, AT(manifest_step, always), .fallback = "false",
	 .help = "it is run whatever happened before: a clean-up; also once muster was told to end, as long as its "
		 "grace lasts",
	 .example = "true"},
	{"expect", &value_checks, 0, AT(manifest_step, expect), .subject = SUBJECT_STEP,
	 .help = "checks on it; 'exit: 0' holds even without", .example = "{output: {never: ['^ERROR']}}"},
	{0},
};

static int validate_step(const void *record, struct error *err)
{
	const struct manifest_step *step = record;
	const struct parameter_list *stages = step->pipe.items;

	if (step->pipe.count > STAGES_MAX)
		return error_set(err, "'pipe' has %zu stages, more than %d", step->pipe.count, STAGES_MAX);
	for (size_t i = 0; i < step->pipe.count; i++)
		if (names_no_program(&stages[i]))
			return error_set(err, "stage %zu of 'pipe' names no program", i + 1);
	if (names_no_program(&step->run))
		return error_set(err, "'run' names no program");
	if (step->timeout_ms == 0)
		return error_set(err, "a 'timeout' of nothing ends the step before it begins");
	return validate_environment(&step->env, err);
}

const struct record manifest_step_record = {.name = "a step",
					    .help = "something that is run; steps are run one after the other",
					    STRUCT(manifest_step),
					    .parameters = step_table,
					    PLACED(manifest_step),
					    .validate = validate_step};

/* Artifacts and uploads. */

static const struct parameter count_table[] = {
	{"min", &value_integer, PARAMETER_SHORTHAND, AT(manifest_count, min), .fallback = "1", .minimum = 1,
	 .more = MORE_IS_STRONGER, .help = "at least so many", .example = "2"},
	{"max", &value_integer, PARAMETER_SHORTHAND, AT(manifest_count, max), .minimum = 1, .more = MORE_IS_WEAKER,
	 .help = "at most so many", .example = "10"},
	{0},
};

static int validate_count(const void *record, struct error *err)
{
	const struct manifest_count *count = record;

	if (count->max != PARAMETER_UNSET && count->min > count->max)
		return error_set(err, "'min' is over 'max'");
	return 0;
}

static const struct record count_record = {.name = "a count of files",
					   .help = "how many files the glob matches; a number alone is exactly so many",
					   STRUCT(manifest_count),
					   .parameters = count_table,
					   .needs_one = true,
					   .validate = validate_count};

static const struct parameter object_table[] = {
	{"store", &value_store, PARAMETER_REQUIRED, AT(manifest_object, store), .help = "the store it lies in",
	 .example = "backups"},
	{"key", &value_glob_text, PARAMETER_REQUIRED, AT(manifest_object, key),
	 .help = "its key; of several the newest is examined", .example = "'*_gitlab_backup.tar'"},
	{0},
};

static const struct record object_record = {.name = "an object",
					    .help = "an artifact that lies in a store and is examined there",
					    STRUCT(manifest_object),
					    .parameters = object_table};

static const struct parameter upload_table[] = {
	{"store", &value_store, PARAMETER_REQUIRED, AT(manifest_upload, store),
	 .help = "the store it was uploaded to, or is to be", .example = "offsite"},
	{"key", &value_glob_text, PARAMETER_REQUIRED, AT(manifest_upload, key), .help = "the key it has there",
	 .example = "'pg/all-${run.date}.sql.gz'"},
	{"put", &value_bool, 0, AT(manifest_upload, put), .fallback = "false",
	 .help = "true: muster uploads it, once it was examined and no check on it failed that is not waived",
	 .example = "true"},
	{"overwrite", &value_bool, 0, AT(manifest_upload, overwrite), .fallback = "false", .more = MORE_IS_WEAKER,
	 .help = "with 'put': an object that has the key already is replaced", .example = "true"},
	{"checksum", &value_choice, 0, AT(manifest_upload, checksum), .choices = checksums,
	 .help = "with 'put': a checksum that the store is to verify and keep (x-amz-checksum-*), for stores that know "
		 "it",
	 .example = "sha256"},
	{"expect", &value_checks, 0, AT(manifest_upload, expect), .subject = SUBJECT_UPLOAD,
	 .help = "checks on it, besides that it is there, as large as the artifact and written in this run",
	 .example = "{match: auto}"},
	{0},
};

static int validate_upload(const void *record, struct error *err)
{
	const struct manifest_upload *upload = record;

	if (!upload->put && (upload->overwrite || upload->checksum >= 0))
		return error_set(err, "'overwrite' and 'checksum' are for what muster uploads: 'put: true' is missing");
	return 0;
}

static const struct record upload_record = {
	.name = "an upload",
	.help = "a copy of an artifact in a store, looked for where the manifest says; with "
		"'put: true' made by muster itself",
	STRUCT(manifest_upload),
	.parameters = upload_table,
	PLACED(manifest_upload),
	.validate = validate_upload};

static const struct parameter upload_item = {.type = &value_record, .record = &upload_record};

static const struct parameter limits_table[] = {
	{"depth", &value_integer, 0, AT(manifest_limits, depth), .fallback = "8", .minimum = 1, .maximum = 64,
	 .more = MORE_IS_WEAKER, .help = "archives inside archives", .example = "12"},
	{"members", &value_integer, 0, AT(manifest_limits, members), .fallback = "100000000", .minimum = 1,
	 .more = MORE_IS_WEAKER, .help = "members of one archive", .example = "1000"},
	{"ratio", &value_integer, 0, AT(manifest_limits, ratio), .fallback = "20000", .minimum = 2,
	 .maximum = 1000000000, .more = MORE_IS_WEAKER,
	 .help = "unpacked bytes for each packed one, tried from 64 MiB unpacked on: the guard against decompression "
		 "bombs",
	 .example = "1000"},
	{"window", &value_size, 0, AT(manifest_limits, window_bytes), .fallback = "134217728", .minimum = 1,
	 .maximum = (int64_t)2 << 30, .more = MORE_IS_WEAKER,
	 .help = "the window of zstd (--long=31), or the dictionary of xz, that a stream may ask for, and that muster "
		 "then needs in memory; never less than 128MiB",
	 .example = "1GiB"},
	{0},
};

static const struct record limits_record = {.name = "limits",
					    .help = "bounds of what is unpacked",
					    STRUCT(manifest_limits),
					    .parameters = limits_table,
					    .needs_one = true};

static const struct parameter artifact_table[] = {
	{"name", &value_string, PARAMETER_REQUIRED, AT(manifest_artifact, name),
	 .help = "what it is called, each name once", .example = "cluster dump"},
	{"file", &value_glob_text, PARAMETER_ALTERNATIVE, AT(manifest_artifact, file),
	 .help = "the file; a glob must match exactly one, unless 'count' says otherwise",
	 .example = "/backup/all.sql.gz"},
	{"object", &value_record, PARAMETER_ALTERNATIVE, AT(manifest_artifact, object), .record = &object_record,
	 .excludes = "count", .help = "the object, where it lies in a store already",
	 .example = "{store: backups, key: '*_gitlab_backup.tar'}"},
	{"step", &value_step, 0, AT(manifest_artifact, step),
	 .help = "the step that makes it: it must have been made by it, in this run", .example = "dump"},
	{"count", &value_record, 0, AT(manifest_artifact, count), .record = &count_record,
	 .help = "how many files match", .example = "{min: 2}"},
	{"expect", &value_checks, 0, AT(manifest_artifact, expect), .subject = SUBJECT_BYTES,
	 .help = "checks on its bytes", .example = "{size: {min: 10KiB}, format: gzip}"},
	{"limits", &value_record, 0, AT(manifest_artifact, limits), .record = &limits_record,
	 .help = "bounds of what is unpacked; over one of them it fails", .example = "{depth: 12}"},
	{"uploads", &value_list, 0, AT(manifest_artifact, uploads), .item = &upload_item, .excludes = "count",
	 .help = "where it must have been uploaded to",
	 .example = "[{store: offsite, key: all.sql.gz, expect: {match: auto}}]"},
	{0},
};

const struct record manifest_artifact_record = {
	.name = "an artifact",
	.help = "something that the steps leave behind and that the backup consists of",
	STRUCT(manifest_artifact),
	.parameters = artifact_table,
	PLACED(manifest_artifact)};

static const struct parameter report_item = {.type = &value_record, .record = &manifest_report_record};
static const struct parameter waiver_item = {.type = &value_record, .record = &manifest_waiver_record};

/* Stores: a key for each driver, which brings its own table, and `expect`. */

#define DRIVERS_MAX (sizeof(((struct manifest_store *)0)->drivers) / sizeof(void *))

static const struct parameter store_expect = {"expect",
					      &value_checks,
					      0,
					      AT(manifest_store, expect),
					      .subject = SUBJECT_STORE,
					      .help = "checks on the store, besides that it can be reached with good "
						      "credentials, that the bucket is there and the clocks agree",
					      .example = "{region: europe-1, not_empty: true}"};

static struct parameter store_table[DRIVERS_MAX + 2];

static const struct record store_record = {.name = "a store",
					   .help = "a place where backups are kept",
					   STRUCT(manifest_store),
					   .parameters = store_table,
					   PLACED(manifest_store)};

/* The drivers' tables are known by their addresses only, which no initialiser may read: the rows are made at the start. */
__attribute__((constructor)) static void add_drivers(void)
{
	size_t count = 0;

	for (; store_drivers[count] != NULL; count++) {
		assert(count < DRIVERS_MAX);
		store_table[count] = (struct parameter){
			.name = store_drivers[count]->name,
			.type = &value_record,
			.flags = PARAMETER_ALTERNATIVE,
			.offset = AT(manifest_store, drivers) + count * sizeof(void *),
			.help = store_drivers[count]->help,
			.example = store_drivers[count]->example,
			.record = store_drivers[count]->parameters,
		};
	}
	store_table[count] = store_expect;
}

/* The manifest. */

static const struct parameter store_item = {.type = &value_record, .record = &store_record};
static const struct parameter inventory_item = {.type = &value_record, .record = &manifest_inventory_record};
static const struct parameter preflight_item = {.type = &value_checks, .subject = SUBJECT_SURROUNDINGS};
static const struct parameter step_record_item = {.type = &value_record, .record = &manifest_step_record};
static const struct parameter artifact_item = {.type = &value_record, .record = &manifest_artifact_record};

static const struct parameter manifest_table[] = {
	{"muster", &value_integer, PARAMETER_REQUIRED, AT(manifest, version), .minimum = MANIFEST_VERSION,
	 .maximum = MANIFEST_VERSION, .help = "the version of the manifest's words", .example = "1"},
	{"name", &value_string, PARAMETER_REQUIRED, AT(manifest, name), .help = "what the backup is called in reports",
	 .example = "pg-dumpall"},
	{"max_age", &value_duration, 0, AT(manifest, max_age_ms), .more = MORE_IS_WEAKER,
	 .help = "how old the newest backup may be when it is looked at by 'verify': by the clock of where it lies, and by "
		 "what ${run.date} or ${run.time} stands for in its name, whichever is older",
	 .example = "26h"},
	{"sample", &value_bool, 0, AT(manifest, sample), .fallback = "false", .more = MORE_IS_WEAKER,
	 .help = "whether 'verify --sample' may leave what heads, tails and listings cannot tell to a full 'verify', "
		 "instead of calling it not proven",
	 .example = "true"},
	{"no_new_privs", &value_bool, 0, AT(manifest, no_new_privs), .fallback = "false", .more = MORE_IS_STRONGER,
	 .help = "true: neither muster nor anything that it runs gains privileges, such as by a set-user-ID bit (sudo, "
		 "ping); a step can ask for it by itself",
	 .example = "true"},
	{"vars", &value_map, 0, AT(manifest, vars), .item = &var_item,
	 .help = "values that '${vars.NAME}' stands for; '--var NAME=VALUE' sets them from outside",
	 .example = "{folder: /backup}"},
	{"stores", &value_map, 0, AT(manifest, stores), .item = &store_item,
	 .help = "the places where backups are kept, by name",
	 .example = "{offsite: {directory: {path: /mnt/offsite}}}"},
	{"inventories", &value_map, 0, AT(manifest, inventories), .item = &inventory_item,
	 .help = "the live lists that the backup must cover, by name",
	 .example = "{databases: {items: [billing, shop]}}"},
	{"preflight", &value_list, PARAMETER_STRICT_LIST, AT(manifest, preflight), .item = &preflight_item,
	 .help = "checks on the surroundings; when one fails nothing is run",
	 .example = "[{env: PGHOST}, {tool: pg_dumpall}]"},
	{"steps", &value_list, PARAMETER_STRICT_LIST, AT(manifest, steps), .item = &step_record_item,
	 .help = "what is run, in this order", .example = "[{name: dump, shell: 'pg_dumpall > /backup/all.sql'}]"},
	{"artifacts", &value_list, PARAMETER_STRICT_LIST, AT(manifest, artifacts), .item = &artifact_item,
	 .help = "what the backup consists of when the steps are done",
	 .example = "[{name: dump, file: /backup/all.sql, expect: {size: {min: 10KiB}}}]"},
	{"waivers", &value_list, PARAMETER_STRICT_LIST, AT(manifest, waivers), .item = &waiver_item,
	 .help = "checks that may fail for a while, each with its reason",
	 .example = "[{check: 'step:dump/duration', reason: the new disk comes in June, until: 2027-06-30}]"},
	{"reports", &value_list, PARAMETER_STRICT_LIST, AT(manifest, reports), .item = &report_item,
	 .help = "reports that are put into stores when a run is over",
	 .example = "[{format: json, store: offsite, key: 'reports/${run.time}.json'}]"},
	{"notify", &value_record, 0, AT(manifest, notify), .record = &manifest_notify_record,
	 .help = "who is told of a run", .example = "{ping: {env: PING_URL}}"},
	{0},
};

const struct record manifest_record = {.name = "a manifest",
				       .help = "what a backup must consist of, and what makes it",
				       STRUCT(manifest),
				       .parameters = manifest_table,
				       .has_place = true,
				       .place_offset = offsetof(struct manifest, place)};
