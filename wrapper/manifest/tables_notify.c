#include "wrapper/manifest/manifest_private.h"

#include "assertions/base/glob.h"
#include "wrapper/report_table.h"

/* Waivers. */

static const struct parameter waiver_table[] = {
	{"check", &value_glob, PARAMETER_REQUIRED, AT(manifest_waiver, check),
	 .help = "the id of the check, as reports give it; a glob may name several", .example = "'step:dump/duration'"},
	{"reason", &value_string, PARAMETER_REQUIRED, AT(manifest_waiver, reason), .help = "why it may fail",
	 .example = "'the registry moves to its own bucket'"},
	{"until", &value_date, PARAMETER_REQUIRED, AT(manifest_waiver, until_ms),
	 .help = "the last day on which it may", .example = "2027-01-31"},
	{0},
};

/* "**", and what comes to the same, such as "*" with "/" and "*" behind it. */
static bool matches_every_kind(const struct glob *check)
{
	static const char *const ids[] = {"store:s/bucket", "preflight:0/env", "inventory:i/items",
					  "step:s/exit",    "artifact:a/size", "upload:a@s/match"};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (!glob_matches(check, ids[i]))
			return false;
	return true;
}

static int validate_waiver(const void *record, struct error *err)
{
	const struct manifest_waiver *waiver = record;

	if (waiver->check != NULL && matches_every_kind(waiver->check))
		return error_set(err, "'%s' would waive every check", glob_text(waiver->check));
	return 0;
}

const struct record manifest_waiver_record = {
	.name = "a waiver",
	.help = "a check that may fail, or stay unproven, for a while: it is reported and does not fail the run. After "
		"the date it fails again, and a waiver that waives nothing fails itself",
	STRUCT(manifest_waiver),
	.parameters = waiver_table,
	PLACED(manifest_waiver),
	.validate = validate_waiver};

/* Notifications. */

static const struct parameter header_item = {.type = &value_text_or_secret};
static const char *const notify_verbs[] = {"run", "verify", NULL};
static const struct parameter verb_item = {.type = &value_choice, .choices = notify_verbs};

static const struct parameter webhook_table[] = {
	{"url", &value_text_or_secret, PARAMETER_REQUIRED, AT(manifest_webhook, url),
	 .help = "what the JSON report is posted to", .example = "{env: WEBHOOK_URL}"},
	{"headers", &value_map, 0, AT(manifest_webhook, headers), .item = &header_item,
	 .help = "headers of the request", .example = "{Authorization: {file: /run/secrets/webhook}}"},
	{0},
};

static const struct record webhook_record = {.name = "a webhook",
					     .help = "a server that gets the JSON report when a run is over",
					     STRUCT(manifest_webhook),
					     .parameters = webhook_table};

static const struct parameter pushgateway_table[] = {
	{"url", &value_text_or_secret, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, AT(manifest_pushgateway, url),
	 .help = "the Pushgateway", .example = "http://pushgateway:9091"},
	{"job", &value_string, 0, AT(manifest_pushgateway, job),
	 .help = "the group's job; the manifest's name where it is not given", .example = "pg-backup"},
	{"headers", &value_map, 0, AT(manifest_pushgateway, headers), .item = &header_item,
	 .help = "headers of the request", .example = "{Authorization: {env: PUSH_AUTHORIZATION}}"},
	{0},
};

static const struct record pushgateway_record = {.name = "a pushgateway",
						 .help = "a Prometheus Pushgateway that gets the metrics of a run",
						 STRUCT(manifest_pushgateway),
						 .parameters = pushgateway_table};

static const struct parameter notify_table[] = {
	{"ping", &value_text_or_secret, 0, AT(manifest_notify, ping),
	 .help = "a URL that is asked for when a run is over, with /start behind it when it begins, with /fail when it "
		 "did not pass",
	 .example = "{env: PING_URL}"},
	{"webhook", &value_record, 0, AT(manifest_notify, webhook), .record = &webhook_record,
	 .help = "a server that gets the JSON report", .example = "{url: {env: WEBHOOK_URL}}"},
	{"pushgateway", &value_record, 0, AT(manifest_notify, pushgateway), .record = &pushgateway_record,
	 .help = "a Prometheus Pushgateway", .example = "http://pushgateway:9091"},
	{"on", &value_list, 0, AT(manifest_notify, on), .item = &verb_item, .fallback = "run",
	 .help = "the verbs that notify: a canary's success must not stand for the Job's", .example = "[run, verify]"},
	{"timeout", &value_duration, 0, AT(manifest_notify, timeout_ms), .fallback = "10s",
	 .help = "how long nothing may come from each of them", .example = "5s"},
	{"ca_file", &value_string, 0, AT(manifest_notify, ca_file),
	 .help = "certificates to trust instead of the system's, in PEM", .example = "/etc/ssl/internal.pem"},
	{0},
};

const struct record manifest_notify_record = {
	.name = "a notify",
	.help = "who is told of a run. It never changes the verdict, and that it failed is reported",
	STRUCT(manifest_notify),
	.parameters = notify_table,
	.needs_one = true};

/* Reports. */

#define NAME(name) #name,
const char *const manifest_report_formats[] = {REPORT_TABLE(NAME) NULL};

static const struct parameter report_table[] = {
	{"format", &value_choice, 0, AT(manifest_report, format), .choices = manifest_report_formats,
	 .fallback = "json", .help = "how it is written; of 'json' ones a history can be made", .example = "html"},
	{"store", &value_store, PARAMETER_REQUIRED, AT(manifest_report, store), .help = "the store it is put into",
	 .example = "offsite"},
	{"key", &value_glob_text, PARAMETER_REQUIRED, AT(manifest_report, key),
	 .help = "the key it has there; one that is there already is replaced",
	 .example = "'reports/${run.time}.json'"},
	{0},
};

const struct record manifest_report_record = {
	.name = "a report",
	.help = "a report that 'run' puts into a store when it is over; that it could not "
		"be changes no verdict and is told",
	STRUCT(manifest_report),
	.parameters = report_table};
