#include "assertions/inspect/inspect.h"

#include "assertions/inspect/pass.h"
#include "assertions/bytes/ring.h"

#define DEPTH 8
#define MEMBERS 100000000
#define RATIO 20000.0

void inspect(const struct inspect_request *request, struct inspect_result *ret_result)
{
	struct inspect_listener nobody = {.wants = 0}, *listener = request->listener;
	struct inspection inspection = {.limits = request->limits};
	struct ring *ring =
		ring_open(request->source, &request->digests, request->cancelled, request->cancelled_context);

	ring_set_progress(ring, request->progress);
	if (inspection.limits.depth == 0)
		inspection.limits.depth = DEPTH;
	if (inspection.limits.members == 0)
		inspection.limits.members = MEMBERS;
	if (inspection.limits.ratio <= 0)
		inspection.limits.ratio = RATIO;
	inspection.budget = (struct budget){
		.ratio = inspection.limits.ratio,
		.outermost = ring_source(ring),
		.cancelled = request->cancelled,
		.context = request->cancelled_context,
	};
	pass_run(&inspection, ring_source(ring), listener != NULL ? listener : &nobody, 0, ret_result);
	ret_result->size_bytes = (int64_t)ring_finish(ring, &ret_result->digests);
	ring_close(ring);
	if (listener != NULL && listener->done != NULL)
		listener->done(listener->self, NULL, ret_result);
}
