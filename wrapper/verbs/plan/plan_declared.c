#include "wrapper/verbs/plan/plan_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"

/* What no check's words show, though checks rest on it. */

static const char *const places_of_stores[] = {"endpoint", "region", "bucket", "prefix", "zone", "path", NULL};
static const char *const sources[] = {"run", "env", "file", "objects", NULL};
static const char *const commands[] = {"run", "pipe", "shell", "stdin", "cwd", "env", NULL};
static const char *const outputs[] = {"stdout", NULL};
static const char *const time_limits[] = {"timeout", NULL};
static const char *const left_running[] = {"background", NULL};
static const char *const attempts[] = {"attempts", NULL};
static const char *const orders[] = {"needs", "always", NULL};

/* `set`: what it is for a flag to come; that it goes is the opposite. */
static void tell_flag(struct telling *telling, bool before, bool after, enum effect set, const char *what)
{
	static const char *const words[] = {"false", "true"};
	enum effect unset = set == EFFECT_WEAKER ? EFFECT_STRONGER : EFFECT_WEAKER;

	if (before != after)
		plan_tell(telling, after ? set : unset, what, words[before], words[after]);
}

static void tell_max_age(struct telling *telling, const struct manifest *before, const struct manifest *after)
{
	char old[UNITS_TEXT_MAX] = "none", new[UNITS_TEXT_MAX] = "none";
	bool weaker = after->max_age_ms == PARAMETER_UNSET ||
		      (before->max_age_ms != PARAMETER_UNSET && after->max_age_ms > before->max_age_ms);

	if (before->max_age_ms == after->max_age_ms)
		return;
	if (before->max_age_ms != PARAMETER_UNSET)
		units_declared_duration(before->max_age_ms, old);
	if (after->max_age_ms != PARAMETER_UNSET)
		units_declared_duration(after->max_age_ms, new);
	plan_tell(telling, weaker ? EFFECT_WEAKER : EFFECT_STRONGER, "max_age, of 'verify'", old, new);
}

/* Every check on a store holds of the place that it stands for. */
static void tell_stores(struct telling *telling, const struct manifest *before, const struct manifest *after)
{
	for (size_t i = 0; i < after->stores.count; i++) {
		const struct manifest_store *now = after->stores.entries[i].value;
		const struct manifest_store *then = manifest_store(before, after->stores.entries[i].name);
		cleanup_free char *what = memory_format("store:%s, the place itself", after->stores.entries[i].name);
		if (then != NULL &&
		    (then->driver != now->driver ||
		     plan_compare(now->driver->parameters, places_of_stores, then->config, now->config) != EFFECT_SAME))
			plan_tell(telling, EFFECT_CHANGED, what, NULL, NULL);
	}
}

static const struct manifest_exception *find_exception(const struct manifest_inventory *inventory, const char *item)
{
	for (size_t i = 0; inventory != NULL && i < inventory->except.count; i++) {
		const struct manifest_exception *exception =
			((struct manifest_exception *const *)inventory->except.items)[i];
		if (strcmp(exception->item, item) == 0)
			return exception;
	}
	return NULL;
}

static bool lasts_longer(const struct manifest_exception *now, const struct manifest_exception *then)
{
	return then->until_ms != PARAMETER_UNSET &&
	       (now->until_ms == PARAMETER_UNSET || now->until_ms > then->until_ms);
}

static void tell_exceptions(struct telling *telling, const struct manifest_inventory *then,
			    const struct manifest_inventory *now)
{
	for (size_t i = 0; i < now->except.count; i++) {
		const struct manifest_exception *exception = ((struct manifest_exception *const *)now->except.items)[i];
		const struct manifest_exception *known = find_exception(then, exception->item);
		if (known == NULL)
			plan_tell(telling, EFFECT_WEAKER, "an item that need not be covered any more", NULL,
				  exception->item);
		else if (lasts_longer(exception, known))
			plan_tell(telling, EFFECT_WEAKER, "an item that need not be covered for longer", NULL,
				  exception->item);
	}
}

static enum effect compare_sources(const struct manifest_inventory *then, const struct manifest_inventory *now)
{
	static const char *const items[] = {"items", NULL};

	/* What is gone compares as if it were weaker: another source is another one. */
	if (plan_compare(&manifest_inventory_record, sources, then, now) != EFFECT_SAME)
		return EFFECT_CHANGED;
	return plan_compare(&manifest_inventory_record, items, then, now);
}

static const struct manifest_inventory *find_inventory(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->inventories.count; i++)
		if (strcmp(manifest->inventories.entries[i].name, name) == 0)
			return manifest->inventories.entries[i].value;
	return NULL;
}

static void tell_inventories(struct telling *telling, const struct manifest *before, const struct manifest *after)
{
	for (size_t i = 0; i < after->inventories.count; i++) {
		const char *name = after->inventories.entries[i].name;
		const struct manifest_inventory *now = after->inventories.entries[i].value;
		const struct manifest_inventory *then = find_inventory(before, name);
		cleanup_free char *what = memory_format("inventory:%s, what must be covered", name);
		enum effect effect = then != NULL ? compare_sources(then, now) : EFFECT_SAME;
		if (effect != EFFECT_SAME)
			plan_tell(telling, effect, what, NULL, NULL);
		tell_exceptions(telling, then, now);
	}
}

static void tell_of(struct telling *telling, enum effect effect, const char *subject, const char *name,
		    const char *aspect)
{
	cleanup_free char *what = memory_format("%s:%s, %s", subject, name, aspect);

	if (effect != EFFECT_SAME)
		plan_tell(telling, effect, what, NULL, NULL);
}

static bool differs(const struct record *record, const char *const *names, const void *then, const void *now)
{
	return plan_compare(record, names, then, now) != EFFECT_SAME;
}

/* What a child inherits, or may gain, without the manifest's saying so is more than a reviewer sees. */
static void tell_confinement(struct telling *telling, const struct manifest_step *then, const struct manifest_step *now)
{
	cleanup_free char *environment = memory_format("step:%s, env_only", now->name);
	cleanup_free char *privileges = memory_format("step:%s, no_new_privs", now->name);

	tell_flag(telling, then->env_only, now->env_only, EFFECT_STRONGER, environment);
	tell_flag(telling, then->no_new_privs, now->no_new_privs, EFFECT_STRONGER, privileges);
}

static const struct record *record_at(const struct record *record, const char *name)
{
	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++)
		if (strcmp(parameter->name, name) == 0)
			return parameter->record;
	return NULL;
}

/* The checks judge the last attempt: what failed before it counts for nothing. */
static enum effect compare_retries(const struct manifest_retry *then, const struct manifest_retry *now)
{
	static const struct manifest_retry once = {.attempts = 1};

	return plan_compare(record_at(&manifest_step_record, "retry"), attempts, then != NULL ? then : &once,
			    now != NULL ? now : &once);
}

static void tell_step(struct telling *telling, const struct manifest_step *then, const struct manifest_step *now)
{
	bool other_command = differs(&manifest_step_record, commands, then, now);
	bool fewer_codes = then->pipe.count > now->pipe.count && then->pipe.count > 1;

	tell_of(telling, plan_compare(&manifest_step_record, time_limits, then, now), "step", now->name,
		"its time-out");
	tell_of(telling, plan_compare(&manifest_step_record, left_running, then, now), "step", now->name,
		"what it may leave running");
	tell_of(telling, compare_retries(then->retry, now->retry), "step", now->name, "how often it is tried");
	tell_of(telling, differs(&manifest_step_record, orders, then, now) ? EFFECT_CHANGED : EFFECT_SAME, "step",
		now->name, "which failures before it stop it, or what its own stops");
	tell_of(telling, differs(&manifest_step_record, outputs, then, now) ? EFFECT_CHANGED : EFFECT_SAME, "step",
		now->name, "where its output goes");
	tell_of(telling, fewer_codes ? EFFECT_CHANGED : EFFECT_SAME, "step", now->name,
		"how many exit codes are seen of it");
	tell_of(telling, other_command && !fewer_codes ? EFFECT_OTHER : EFFECT_SAME, "step", now->name, "what is run");
}

static void tell_steps(struct telling *telling, const struct manifest *before, const struct manifest *after)
{
	for (size_t i = 0; i < after->steps.count; i++) {
		const struct manifest_step *now = ((struct manifest_step *const *)after->steps.items)[i];
		const struct manifest_step *then = manifest_step(before, now->name);
		if (then == NULL)
			continue;
		tell_step(telling, then, now);
		tell_confinement(telling, then, now);
	}
}

static enum effect compare_limits(const struct record *record, const struct manifest_limits *then,
				  const struct manifest_limits *now)
{
	struct manifest_limits usual = {0};

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		int64_t value = strtoll(parameter->fallback, NULL, 10);
		memcpy((char *)&usual + parameter->offset, &value, sizeof(value));
	}
	return plan_compare(record, NULL, then != NULL ? then : &usual, now != NULL ? now : &usual);
}

static enum effect compare_makers(const char *then, const char *now)
{
	if (then == NULL || now == NULL)
		return then == now ? EFFECT_SAME : then == NULL ? EFFECT_STRONGER : EFFECT_WEAKER;
	return strcmp(then, now) == 0 ? EFFECT_SAME : EFFECT_CHANGED;
}

static void tell_uploads(struct telling *telling, const struct manifest_artifact *then,
			 const struct manifest_artifact *now)
{
	for (size_t i = 0; i < now->uploads.count; i++)
		for (size_t o = 0; o < then->uploads.count; o++) {
			const struct manifest_upload *new = ((struct manifest_upload *const *)now->uploads.items)[i];
			const struct manifest_upload *old = ((struct manifest_upload *const *)then->uploads.items)[o];
			cleanup_free char *name = memory_format("%s@%s", now->name, new->store);
			if (strcmp(old->store, new->store) != 0)
				continue;
			if (!old->overwrite && new->overwrite)
				tell_of(telling, EFFECT_CHANGED, "upload", name, "it replaces what is there");
			if (old->checksum >= 0 && new->checksum < 0)
				tell_of(telling, EFFECT_WEAKER, "upload", name, "the store verifies no checksum");
		}
}

static void tell_artifacts(struct telling *telling, const struct manifest *before, const struct manifest *after)
{
	const struct record *limits = record_at(&manifest_artifact_record, "limits");

	for (size_t i = 0; i < after->artifacts.count; i++) {
		const struct manifest_artifact *now = ((struct manifest_artifact *const *)after->artifacts.items)[i];
		for (size_t o = 0; o < before->artifacts.count; o++) {
			const struct manifest_artifact *then =
				((struct manifest_artifact *const *)before->artifacts.items)[o];
			if (strcmp(then->name, now->name) != 0)
				continue;
			tell_of(telling, compare_makers(then->step, now->step), "artifact", now->name,
				"the step that must have made it");
			tell_of(telling, compare_limits(limits, then->limits, now->limits), "artifact", now->name,
				"its limits");
			tell_uploads(telling, then, now);
		}
	}
}

void plan_tell_declared(struct telling *telling, const struct manifest *before, const struct manifest *after)
{
	tell_max_age(telling, before, after);
	/* By leave of the manifest checks are left out that were not proven else. */
	tell_flag(telling, before->sample, after->sample, EFFECT_WEAKER, "sample, of 'verify --sample'");
	tell_flag(telling, before->no_new_privs, after->no_new_privs, EFFECT_STRONGER, "no_new_privs");
	tell_stores(telling, before, after);
	tell_inventories(telling, before, after);
	tell_steps(telling, before, after);
	tell_artifacts(telling, before, after);
}
