#include "wrapper/run/evidence.h"

#include <stdio.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/checks/observation.h"

/* A configuration that cannot be opened: credentials that are nowhere to be found, above all. */
static void probe_of_unopened(const struct error *err, struct store_probe *ret_probe)
{
	memset(ret_probe, 0, sizeof(*ret_probe));
	ret_probe->status = STORE_BAD_CREDENTIALS;
	ret_probe->trouble = *err;
	snprintf(ret_probe->hint, sizeof(ret_probe->hint), "%s",
		 "'muster explain credentials MANIFEST' says where keys, endpoint and certificates are taken from");
}

static void judge(struct run *run, struct run_store *store, double seconds)
{
	const struct check_list *list = &store->checks;
	struct bucket_facts facts;
	struct store_evidence evidence = {
		.description = store->open != NULL ? store->open->description : store->name,
		.asked = store->open != NULL,
		.probe = &store->probe,
	};

	if (bucket_bring(store, &facts))
		evidence.facts = &facts;
	observation_make(list, &run->state->context, &(struct evidence){SUBJECT_STORE, .store = &evidence}, seconds);
	roll_call_answer(run, list, "not reached");
	bucket_lifecycle_release(&facts.lifecycle);
}

void stores_open_and_probe(struct run *run)
{
	struct evidence_state *state = run->state;

	for (size_t i = 0; i < state->store_count && !run_is_cancelled(run); i++) {
		struct run_store *store = &state->stores[i];
		int64_t began_ms = clock_monotonic_ms();
		struct error err;
		if (store->store->driver->open(store->store->config, &store->open, &err) < 0)
			probe_of_unopened(&err, &store->probe);
		else
			store->open->probe(store->open, &store->probe);
		if (store->open != NULL && store->probe.clock_known)
			store->open->clock_offset_ms = store->probe.clock_offset_ms;
		judge(run, store, (double)(clock_monotonic_ms() - began_ms) / 1000.0);
		run->listener->store(run, store->name, store->open, store->probe.status == STORE_OK);
	}
}

void stores_close(struct run *run)
{
	for (size_t i = 0; i < run->state->store_count; i++) {
		store_close(run->state->stores[i].open);
		run->state->stores[i].open = NULL;
	}
}

struct run_store *stores_find(struct run *run, const char *name)
{
	for (size_t i = 0; i < run->state->store_count; i++)
		if (strcmp(run->state->stores[i].name, name) == 0)
			return &run->state->stores[i];
	return NULL;
}
