#include "assertions/inspect/inspect_private.h"

#include "assertions/formats/container.h"

struct walk {
	struct inspection *inspection;
	struct inspect_listener *listener;
	struct container *container;
	struct spending spending;
	bool announces;
	unsigned depth;
};

static void inspect_member(const struct walk *walk, struct member_source *source, struct inspect_listener *listener,
			   const struct inspect_member *member)
{
	struct inspect_result result;

	pass_run(walk->inspection, &source->source, listener, walk->depth + 1, &result);
	if (source->trouble.soundness == OPAQUE && walk->container->told_bytes > 0)
		result.size_bytes = walk->container->told_bytes;
	if (listener->done != NULL)
		listener->done(listener->self, member, &result);
}

static int visit(struct walk *walk, const struct inspect_member *member, struct trouble *ret_trouble)
{
	struct inspect_listener *outer = walk->listener, *listener = NULL;
	struct member_source source;

	if (walk->announces)
		listener = outer->member(outer->self, member);
	if (member->corrected || (listener == NULL && !walk->container->unpacks))
		return 0;
	member_source_init(&source, walk->container,
			   walk->container->unpacks || walk->container->expands ? &walk->spending : NULL);
	if (listener != NULL)
		inspect_member(walk, &source, listener, member);
	else
		source_drain(&source.source);
	/* Only where bytes must be unpacked to be verified does it matter to the archive that they were not. */
	if (!walk->container->unpacks || source.trouble.soundness == SOUND || source.trouble.soundness == OPAQUE)
		return 0;
	*ret_trouble = source.trouble;
	return -1;
}

static int walk_members(struct walk *walk, struct inspect_result *result, struct trouble *ret_trouble)
{
	struct inspect_member member;
	int more;

	while ((more = walk->container->next(walk->container, &member, ret_trouble)) > 0) {
		if (!member.corrected)
			result->members += member.type != MEMBER_FOLDER;
		else if (member.type == MEMBER_FOLDER && result->members > 0)
			result->members--;
		if (result->members > walk->inspection->limits.members)
			return trouble_set(ret_trouble, BOUNDED, "has more than %llu members",
					   (unsigned long long)walk->inspection->limits.members);
		if (visit(walk, &member, ret_trouble) < 0)
			return -1;
	}
	return more;
}

int walk_archive(struct inspection *inspection, enum format format, struct source *bytes,
		 struct inspect_listener *listener, unsigned depth, struct inspect_result *result,
		 struct trouble *ret_trouble)
{
	struct walk walk = {.inspection = inspection, .listener = listener, .depth = depth};
	int failed;

	/* Once: the same listener may be given out for a member, and change what it wants. */
	walk.announces = (listener->wants & INSPECT_MEMBERS) != 0 && listener->member != NULL;
	if (depth >= inspection->limits.depth)
		return trouble_set(ret_trouble, BOUNDED, "archives are inside one another more than %u deep",
				   inspection->limits.depth);
	result->walked = true;
	walk.spending = (struct spending){.budget = &inspection->budget, .packed = bytes};
	walk.container = archive_find(format)->open(bytes);
	failed = walk_members(&walk, result, ret_trouble);
	result->zero_tails = walk.container->zero_tails;
	walk.container->close(walk.container);
	return failed;
}
