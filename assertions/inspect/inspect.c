#include "assertions/inspect/inspect_private.h"

#include <stddef.h>
#include <stdlib.h>

#include "assertions/base/memory.h"
#include "assertions/bytes/cursor.h"
#include "assertions/bytes/ring.h"
#include "assertions/formats/decode.h"
#include "assertions/formats/verifier.h"

#define DEPTH_MAX 8
#define MEMBERS_MAX 100000000
#define RATIO_MAX 20000.0

/*
 * Bytes with one more layer taken off, on their way through a pass: what they begin with can be looked at before
 * anything is taken, what they cost is counted, and how they ended can be asked afterwards.
 */
struct stage {
	struct source source;
	struct cursor cursor;
	struct source *decoder; /* NULL: these are the bytes as they lie */
	struct spending spending;
};

static int stage_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		      struct trouble *ret_trouble)
{
	struct stage *stage = (struct stage *)source;

	*ret_length = cursor_piece(&stage->cursor, UINT64_MAX, ret_data);
	if (*ret_length > 0 && stage->decoder != NULL &&
	    budget_spend(&stage->spending, *ret_length, &stage->cursor.trouble) < 0)
		*ret_length = stage->cursor.length = stage->cursor.rest_length = 0;
	return *ret_length == 0 && cursor_failed(&stage->cursor, ret_trouble) ? -1 : 0;
}

static void stage_init(struct stage *stage, struct source *raw)
{
	stage->source = (struct source){.next = stage_next};
	stage->decoder = NULL;
	cursor_init(&stage->cursor, raw);
}

static struct stage *stage_new(const struct codec *codec, struct stage *under, struct inspection *inspection)
{
	struct stage *stage = memory_grow(NULL, 1, sizeof(*stage));

	stage_init(stage, NULL);
	stage->decoder = decode_open(codec, &under->source);
	decode_allow(stage->decoder, inspection->limits.window_bytes);
	stage->cursor.source = stage->decoder;
	stage->spending = (struct spending){.budget = &inspection->budget, .packed = &under->source};
	return stage;
}

/* Of stage_new(). */
static void stage_free(struct stage *stage)
{
	if (stage == NULL)
		return;
	source_close(stage->decoder);
	free(stage);
}

/* What they begin with; fewer than RECOGNISE_HEAD_BYTES only where there are no more, or stage_failed(). */
static size_t stage_head(struct stage *stage, const unsigned char **ret_head)
{
	return cursor_view(&stage->cursor, RECOGNISE_HEAD_BYTES, ret_head);
}

static bool stage_failed(const struct stage *stage, struct trouble *ret_trouble)
{
	return cursor_failed(&stage->cursor, ret_trouble);
}

struct pass {
	struct inspection *inspection;
	struct inspect_listener *listener;
	unsigned wants, depth;
	struct inspect_result *result;

	struct stage raw;
	struct stage *unpacked[INSPECT_LAYERS_MAX]; /* [i] is layer i taken off */
	size_t unpacked_count;
	struct source tap; /* what is left when all compression is off */
	bool hand_out; /* it is text that somebody wants */
	enum format innermost; /* that is no compression: the last layer; FORMAT_UNKNOWN: none */
	bool encrypted;
};

static struct stage *top(struct pass *pass)
{
	return pass->unpacked_count > 0 ? pass->unpacked[pass->unpacked_count - 1] : &pass->raw;
}

static bool looks_inside(const struct pass *pass)
{
	return (pass->wants & (INSPECT_TEXT | INSPECT_MEMBERS)) != 0;
}

/* NULL, and the bound told, where there are too many. */
static struct layer *add_layer(struct pass *pass, enum format format)
{
	struct inspect_result *result = pass->result;

	if (result->layer_count == INSPECT_LAYERS_MAX) {
		trouble_set(&result->layers[INSPECT_LAYERS_MAX - 1].trouble, BOUNDED,
			    "there are more than %d layers in one another", INSPECT_LAYERS_MAX);
		return NULL;
	}
	struct layer *layer = &result->layers[result->layer_count++];

	layer->format = format;
	trouble_clear(&layer->trouble);
	return layer;
}

static bool take_compression_off(struct pass *pass, enum format format)
{
	if (add_layer(pass, format) == NULL)
		return false;
	pass->unpacked[pass->unpacked_count] = stage_new(decode_find(format), top(pass), pass->inspection);
	pass->unpacked_count++;
	return true;
}

/* What is of a version that is not known may be sound: that is no damage, and nothing to hand out. */
static bool refuse_version(struct pass *pass, enum format format)
{
	const unsigned char *head;
	size_t length = stage_head(top(pass), &head);
	struct trouble trouble;
	struct layer *layer;

	if (!recognise_other_version(format, head, length, &trouble))
		return false;
	layer = add_layer(pass, format);
	pass->hand_out = false;
	if (layer != NULL)
		layer->trouble = trouble;
	return true;
}

static bool refuse_versions(struct pass *pass, enum format_class class)
{
	for (enum format format = FORMAT_UNKNOWN + 1; format < FORMAT_COUNT; format++)
		if (format_class(format) == class && refuse_version(pass, format))
			return true;
	return false;
}

/* Where the bytes cannot even be had, that is their trouble, and not what they look like. */
static void refuse(struct pass *pass, enum format format, const char *expected)
{
	const unsigned char *head;
	size_t length = stage_head(top(pass), &head);
	char text[RECOGNISE_TEXT_MAX];
	struct layer *layer = add_layer(pass, format);

	if (layer != NULL && !stage_failed(top(pass), &layer->trouble))
		trouble_set(&layer->trouble, DAMAGED, "expected %s, saw %s", expected,
			    recognise_describe(head, length, text));
}

static void refuse_after(struct pass *pass, enum format outer, enum format format)
{
	struct layer *layer = add_layer(pass, format);

	pass->hand_out = false;
	if (layer == NULL)
		return;
	if (format_class(outer) == FORMAT_ENCRYPTED)
		trouble_set(&layer->trouble, OPAQUE, "%s would be inside of %s, which is encrypted",
			    format_name(format), format_name(outer));
	else
		trouble_set(&layer->trouble, DAMAGED, "%s is no layer that %s could be inside of", format_name(outer),
			    format_name(format));
}

static bool take_declared(struct pass *pass)
{
	const struct inspect_listener *listener = pass->listener;

	for (size_t i = 0; i < listener->layer_count; i++) {
		enum format format = listener->layers[i];
		const unsigned char *head;
		size_t length = stage_head(top(pass), &head);

		if (!recognise_is(format, head, length)) {
			if (!refuse_version(pass, format))
				refuse(pass, format, format_name(format));
			return false;
		}
		if (format_is_compression(format)) {
			if (!take_compression_off(pass, format))
				return false;
			continue;
		}
		if (add_layer(pass, format) == NULL)
			return false;
		pass->innermost = format;
		if (i + 1 < listener->layer_count)
			refuse_after(pass, format, listener->layers[i + 1]);
		return true;
	}
	return true;
}

/* What nobody declared is told from its first bytes, and what nothing here can read is opaque to who wants to look inside. */
static bool take_recognised(struct pass *pass)
{
	const unsigned char *head;
	size_t length = stage_head(top(pass), &head);
	enum format format;
	const char *foreign;

	while ((format = recognise_of(FORMAT_COMPRESSION, head, length)) != FORMAT_UNKNOWN) {
		if (!take_compression_off(pass, format))
			return false;
		length = stage_head(top(pass), &head);
	}
	if (!looks_inside(pass))
		return true;
	pass->innermost = recognise_of(FORMAT_ENCRYPTED, head, length);
	if (pass->innermost == FORMAT_UNKNOWN && (pass->wants & INSPECT_RECOGNISE) != 0)
		pass->innermost = recognise_of(FORMAT_VERIFIED, head, length);
	if (pass->innermost != FORMAT_UNKNOWN)
		return add_layer(pass, pass->innermost) != NULL;
	if (refuse_versions(pass, FORMAT_COMPRESSION) || refuse_versions(pass, FORMAT_ENCRYPTED))
		return false;
	foreign = recognise_foreign(head, length);
	if (foreign != NULL) {
		struct layer *layer = add_layer(pass, FORMAT_UNKNOWN);

		if (layer != NULL)
			trouble_set(&layer->trouble, OPAQUE, "this is %s, which cannot be looked into here", foreign);
	}
	return foreign == NULL;
}

/* The bytes go by once, and its own reader takes them. */
static void refuse_members(struct pass *pass)
{
	struct layer *layer = add_layer(pass, FORMAT_UNKNOWN);

	if (layer != NULL)
		trouble_set(&layer->trouble, OPAQUE, "the members of %s are looked at by that format alone",
			    format_name(pass->innermost));
}

/* Whoever wants members gets an archive, or is told that there is none. */
static void find_archive(struct pass *pass)
{
	const unsigned char *head;
	size_t length;

	if ((pass->wants & INSPECT_MEMBERS) == 0 || format_is_archive(pass->innermost) || pass->encrypted)
		return;
	if (format_class(pass->innermost) == FORMAT_FOLDER) {
		refuse_members(pass);
		return;
	}
	length = stage_head(top(pass), &head);
	if (pass->innermost == FORMAT_UNKNOWN) {
		enum format format = recognise_of(FORMAT_ARCHIVE, head, length);

		if (format != FORMAT_UNKNOWN && add_layer(pass, format) != NULL)
			pass->innermost = format;
		if (format != FORMAT_UNKNOWN || refuse_versions(pass, FORMAT_ARCHIVE))
			return;
	}
	if ((pass->wants & INSPECT_RECOGNISE) == 0 && !stage_failed(top(pass), &(struct trouble){.soundness = SOUND}))
		refuse(pass, FORMAT_UNKNOWN, "an archive (tar, zip, cpio)");
}

static int tap_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		    struct trouble *ret_trouble)
{
	struct pass *pass = (struct pass *)((char *)source - offsetof(struct pass, tap));

	if (source_next(&top(pass)->source, ret_data, ret_length, ret_trouble) < 0)
		return -1;
	if (pass->hand_out && *ret_length > 0)
		pass->listener->text(pass->listener->self, (const char *)*ret_data, *ret_length);
	return 0;
}

static int verify_innermost(struct pass *pass, struct trouble *ret_trouble)
{
	const struct verifier *verifier = verifier_find(pass->innermost);
	struct cursor cursor;
	int result;

	cursor_init(&cursor, &pass->tap);
	result = verifier->verify(&cursor, &pass->inspection->budget, ret_trouble);
	return cursor_failed(&cursor, ret_trouble) ? -1 : result;
}

static void read_innermost(struct pass *pass)
{
	struct inspect_result *result = pass->result;
	struct trouble trouble = {.soundness = SOUND};
	int failed = 0;

	if (format_is_archive(pass->innermost))
		failed = walk_archive(pass->inspection, pass->innermost, &pass->tap, pass->listener, pass->depth,
				      result, &trouble);
	else if (pass->innermost != FORMAT_UNKNOWN)
		failed = verify_innermost(pass, &trouble);
	for (size_t i = 0; failed < 0 && i < result->layer_count; i++)
		if (result->layers[i].format == pass->innermost)
			result->layers[i].trouble = trouble;
}

static void drain(struct pass *pass)
{
	source_drain(&pass->tap);
	/* What an inner layer left over where it was damaged has checksums of its own. */
	for (size_t i = pass->unpacked_count; i > 0; i--)
		source_drain(&pass->unpacked[i - 1]->source);
	source_drain(&pass->raw.source);
}

static int badness(const struct trouble *trouble)
{
	switch (trouble->soundness) {
	case SOUND:
		return 0;
	case OPAQUE:
		return 1;
	case UNREADABLE:
		return 2;
	default:
		return 3;
	}
}

static void note_worse(struct inspect_result *result, const struct trouble *trouble)
{
	if (badness(trouble) > badness(&result->trouble))
		result->trouble = *trouble;
}

static void conclude(struct pass *pass)
{
	struct inspect_result *result = pass->result;

	result->size_bytes = (int64_t)pass->raw.source.offset;
	if (pass->wants != 0)
		result->unpacked_bytes = (int64_t)pass->tap.offset;
	for (size_t i = 0; i < pass->unpacked_count; i++)
		stage_failed(pass->unpacked[i], &result->layers[i].trouble);
	note_worse(result, &pass->raw.cursor.trouble);
	for (size_t i = 0; i < result->layer_count; i++)
		note_worse(result, &result->layers[i].trouble);
	if (result->trouble.soundness == SOUND && pass->encrypted && looks_inside(pass))
		trouble_set(&result->trouble, OPAQUE, "%s: it is encrypted, and cannot be looked into",
			    format_name(pass->innermost));
}

static void begin_result(struct inspect_result *result)
{
	result->size_bytes = 0;
	result->unpacked_bytes = -1;
	result->layer_count = 0;
	result->walked = false;
	result->members = 0;
	result->zero_tails = (struct zero_tails){.members = 0};
	trouble_clear(&result->trouble);
	result->digests = (struct digest_result){.bytes = 0};
}

static void take_layers(struct pass *pass)
{
	bool fits;

	if (pass->wants == 0)
		return;
	fits = pass->listener->layers != NULL ? take_declared(pass) : take_recognised(pass);
	pass->encrypted = format_class(pass->innermost) == FORMAT_ENCRYPTED;
	pass->hand_out = pass->hand_out && fits && !pass->encrypted;
	if (fits)
		find_archive(pass);
}

void pass_run(struct inspection *inspection, struct source *raw, struct inspect_listener *listener, unsigned depth,
	      struct inspect_result *ret_result)
{
	struct pass pass;

	begin_result(ret_result);
	pass.inspection = inspection;
	pass.listener = listener;
	pass.wants = listener->wants;
	pass.depth = depth;
	pass.result = ret_result;
	pass.unpacked_count = 0;
	pass.tap = (struct source){.next = tap_next};
	pass.hand_out = (listener->wants & INSPECT_TEXT) != 0 && listener->text != NULL;
	pass.innermost = FORMAT_UNKNOWN;
	pass.encrypted = false;
	stage_init(&pass.raw, raw);
	take_layers(&pass);
	read_innermost(&pass);
	drain(&pass);
	conclude(&pass);
	while (pass.unpacked_count > 0)
		stage_free(pass.unpacked[--pass.unpacked_count]);
}

void inspect(const struct inspect_request *request, struct inspect_result *ret_result)
{
	struct inspect_listener nobody = {.wants = 0}, *listener = request->listener;
	struct inspection inspection = {.limits = request->limits};
	struct ring *ring =
		ring_open(request->source, &request->digests, request->cancelled, request->cancelled_context);

	ring_set_progress(ring, request->progress);
	if (inspection.limits.depth == 0)
		inspection.limits.depth = DEPTH_MAX;
	if (inspection.limits.members == 0)
		inspection.limits.members = MEMBERS_MAX;
	if (inspection.limits.ratio <= 0)
		inspection.limits.ratio = RATIO_MAX;
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
