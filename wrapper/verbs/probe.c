#include "wrapper/verbs/execute_several.h"

#include <stdio.h>

#include "assertions/base/clock.h"
#include "assertions/base/units.h"
#include "wrapper/roll.h"

#define DEADLINE "30s"

/* Quiet, as what is asked every few seconds should be; --verbose says all the same what was seen. */
static int probe(const struct command_options *options)
{
	struct command_options own = *options;
	struct error err;
	int64_t deadline_ms;

	if (units_parse_duration(options->deadline != NULL ? options->deadline : DEADLINE, &deadline_ms, &err) < 0 ||
	    deadline_ms <= 0) {
		fprintf(stderr, "muster: probe: --deadline takes a duration such as 5s, not '%s'\n", options->deadline);
		return EXIT_USAGE;
	}
	own.quiet = !options->verbose;
	own.until_ms = clock_monotonic_ms() + deadline_ms;
	return execute_several("probe", RUN_MODE_PROBE, &own);
}

const struct command command_probe = {
	.name = "probe",
	.arguments = "MANIFEST...",
	.help = "stores and preflight only, within a deadline, quiet unless something is wrong: for a readiness probe",
	.arguments_min = 1,
	.arguments_max = 1000,
	.run = probe,
	.unattended = true,
};
