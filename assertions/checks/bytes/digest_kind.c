#include "assertions/checks/assertion.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define SHA256_DIGITS 64
#define MD5_DIGITS 32

struct digest_parameters {
	const char *sha256;
	const char *sidecar;
	bool changed;
};

static const struct parameter parameters[] = {
	{"sha256", &value_string, PARAMETER_SHORTHAND, offsetof(struct digest_parameters, sha256),
	 .help = "the SHA-256 of the bytes as they lie, 64 hexadecimal digits",
	 .example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", .pattern = "^[0-9a-fA-F]{64}$"},
	{"sidecar", &value_string, 0, offsetof(struct digest_parameters, sidecar),
	 .help = "a file beside it that holds its SHA-256 or MD5, as sha256sum and md5sum write it: what follows the "
		 "artifact's name",
	 .example = ".sha256"},
	{"changed", &value_bool, 0, offsetof(struct digest_parameters, changed), .fallback = "false",
	 .more = MORE_IS_STRONGER, .help = "it is not identical to the backup before", .example = "true"},
	{0},
};

static size_t hex_length(const char *text)
{
	size_t length = 0;

	while (isxdigit((unsigned char)text[length]))
		length++;
	return length;
}

static int validate(const void *self, struct error *err)
{
	const struct digest_parameters *digest = self;

	if (digest->sha256 == NULL && digest->sidecar == NULL && !digest->changed)
		return error_set(err, "one of 'sha256', 'sidecar' and 'changed: true' must be given");
	if (digest->sha256 != NULL &&
	    (hex_length(digest->sha256) != SHA256_DIGITS || digest->sha256[SHA256_DIGITS] != '\0'))
		return error_set(err, "a SHA-256 has 64 hexadecimal digits, not '%s'", digest->sha256);
	return 0;
}

static const struct record record = {.name = "a digest",
				     .help = "digests of the bytes",
				     .size = sizeof(struct digest_parameters),
				     .parameters = parameters,
				     .needs_one = true,
				     .validate = validate};

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct digest_parameters *digest = self;
	const char *separator = "";

	(void)row;
	if (digest->sha256 != NULL)
		buffer_print(out, "SHA-256 %s", digest->sha256), separator = ", ";
	if (digest->sidecar != NULL)
		buffer_print(out, "%sthe digest in its '%s' file", separator, digest->sidecar), separator = ", ";
	if (digest->changed)
		buffer_print(out, "%snot identical to the backup before", separator);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The digest on a line: the run of hexadecimal digits of a known length, wherever it stands ("HEX  name", "MD5 (name) = HEX"). */
static size_t find_hex(const char *line, size_t length, const char **ret_hex)
{
	for (size_t i = 0; i < length; i++) {
		size_t digits = 0;
		while (i + digits < length && isxdigit((unsigned char)line[i + digits]))
			digits++;
		bool begins_word = i == 0 || !isalnum((unsigned char)line[i - 1]);
		if (begins_word && (digits == SHA256_DIGITS || digits == MD5_DIGITS)) {
			*ret_hex = line + i;
			return digits;
		}
		i += digits;
	}
	return 0;
}

/* The name as a word of its own: "HEX *name", "MD5 (name) = HEX", "HEX  ./folder/name". */
static bool names(const char *line, size_t length, const char *name)
{
	size_t name_length = strlen(name);
	const char *end = line + length;

	for (const char *at = line; at < end && (at = memmem(at, (size_t)(end - at), name, name_length)) != NULL;
	     at++) {
		const char *after = at + name_length;
		bool begins = at == line || strchr(" \t*(/", at[-1]) != NULL;
		bool ends = after == end || strchr(" \t)\r", *after) != NULL;
		if (begins && ends)
			return true;
	}
	return false;
}

/* Of several lines the one that names the artifact; of one alone, that one. */
static size_t find_in_sidecar(const char *text, const char *name, const char **ret_hex)
{
	size_t found = 0;

	for (const char *line = text; *line != '\0';) {
		size_t length = strcspn(line, "\n");
		const char *hex = NULL;
		size_t digits = find_hex(line, length, &hex);
		if (digits > 0 && names(line, length, name)) {
			*ret_hex = hex;
			return digits;
		}
		if (digits > 0 && found == 0) {
			*ret_hex = hex;
			found = digits;
		} else if (digits > 0) {
			found = 1;
		}
		line += length + (line[length] == '\n');
	}
	return found > 1 ? found : 0;
}

/* True where it decides that the digest does not pass. */
static bool sidecar_is_against(const struct bytes_evidence *bytes, struct finding *finding)
{
	const struct digest_result *digests = &bytes->result->digests;
	const char *hex = NULL, *own;
	size_t digits;

	if (bytes->sidecar == NULL || bytes->sidecar->text == NULL) {
		if (bytes->sidecar != NULL && bytes->sidecar->is_missing)
			finding_fail(finding, "%s", bytes->sidecar->trouble.message);
		else
			finding_unproven(finding, "%s",
					 bytes->sidecar != NULL ? bytes->sidecar->trouble.message
								: "a member has no file beside it");
		return true;
	}
	digits = find_in_sidecar(bytes->sidecar->text, base_name(bytes->path), &hex);
	own = digits == SHA256_DIGITS ? digests->sha256 : digests->md5;
	if (digits == 0)
		finding_fail(finding, "the file beside it holds no digest of '%s'", base_name(bytes->path));
	else if (own[0] == '\0')
		finding_unproven(finding, "its own digest is not known");
	else if (strncasecmp(hex, own, digits) != 0)
		finding_fail(finding, "the file beside it says %.*s, the bytes have %s", (int)digits, hex, own);
	else
		return false;
	return true;
}

static bool sha256_is_against(const struct digest_parameters *digest, const struct bytes_evidence *bytes,
			      struct finding *finding)
{
	const char *own = bytes->result->digests.sha256;

	if (own[0] == '\0')
		finding_unproven(finding, "its SHA-256 is not known");
	else if (strcasecmp(own, digest->sha256) != 0)
		finding_fail(finding, "SHA-256 %s", own);
	else
		return false;
	return true;
}

static bool sameness_is_against(const struct bytes_evidence *bytes, struct finding *finding)
{
	const struct newest_earlier *newest = bytes->newest_earlier;
	const struct digest_result *own = &bytes->result->digests;
	bool by_sha256, by_md5;

	if (newest == NULL || bytes->earlier->trouble != NULL) {
		finding_unproven(finding, "the backup before could not be seen: %s",
				 newest != NULL ? bytes->earlier->trouble : "a member has none");
		return true;
	}
	if (newest->name == NULL || newest->size_bytes != bytes->result->size_bytes)
		return false;
	by_sha256 = newest->sha256[0] != '\0' && own->sha256[0] != '\0';
	by_md5 = !by_sha256 && newest->md5[0] != '\0' && own->md5[0] != '\0';
	if (!by_sha256 && !by_md5) {
		finding_unproven(finding, "as many bytes as the backup before, '%s', whose digest is not known: %s",
				 newest->name, newest->trouble.message);
		return true;
	}
	if (by_sha256 ? strcasecmp(newest->sha256, own->sha256) != 0 : strcasecmp(newest->md5, own->md5) != 0)
		return false;
	if (newest->is_of_same_night) {
		finding_unproven(finding,
				 "identical to the attempt before, '%s', and of an earlier night there is none",
				 newest->name);
		return true;
	}
	finding_fail(finding, "identical to the backup before, '%s'", newest->name);
	finding_hint(finding, "an old dump was stored again, or its source does not change any more");
	return true;
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct digest_parameters *digest = self;
	const struct bytes_evidence *bytes = evidence->bytes;

	(void)state;
	if (bytes->result->trouble.soundness == UNREADABLE && finding_of_trouble(findings, bytes))
		return;
	if (digest->sha256 != NULL && sha256_is_against(digest, bytes, findings))
		return;
	if (digest->sidecar != NULL && sidecar_is_against(bytes, findings))
		return;
	if (digest->changed && sameness_is_against(bytes, findings))
		return;
	if (digest->changed && bytes->newest_earlier->name == NULL)
		finding_pass(findings,
			     "the first backup in this place: there is none of an earlier night to compare with");
	else
		finding_pass(findings, "SHA-256 %.16s...", bytes->result->digests.sha256);
}

static unsigned needs_of(const void *self)
{
	const struct digest_parameters *digest = self;

	return (digest->changed ? NEED_EARLIER | NEED_EARLIER_DIGEST : 0u) |
	       (digest->sidecar != NULL ? NEED_SIDECAR : 0u);
}

static const char *sidecar_suffix(const void *self)
{
	return ((const struct digest_parameters *)self)->sidecar;
}

const struct assertion_kind kind_digest = {
	.name = "digest",
	.subject = SUBJECT_BYTES,
	.summary = "the digest of the bytes as they lie: a known one, that of the file beside it, or another than the "
		   "last backup's",
	.details =
		"'changed' compares with the newest backup of an earlier night that lay in the same place before this "
		"run and that the manifest's rules of size accept, not with an earlier attempt of the same night: by "
		"size, then by what the store knows of its digest, and by reading it where the store knows none.",
	.example = "digest: {sidecar: .sha256, changed: true}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
	.needs_of = needs_of,
	.which = sidecar_suffix,
};
