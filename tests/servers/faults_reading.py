"""Faults on asking for an object and on reading it."""

import time

from fault_protocol import *


def head_refused(request):
    return request.answer(403) if request.method == "HEAD" else serve_well(request)


def no_length(request):
    if request.method == "HEAD":
        return request.begin(200, ETag=f'"{ETAG}"', Last_Modified=MODIFIED, Connection="close")
    return serve_well(request)


def part_sizes(request):
    return {"parts": [PART, PART, len(CONTENT) - 2 * PART], "parts-variable": [PART, PART - 1, len(CONTENT) - 2 * PART + 1],
            "parts-shorter": [PART + 9, PART, len(CONTENT) - 2 * PART - 9],
            "parts-miscounted": [PART, PART, len(CONTENT) - 2 * PART]}[request.fault]


def in_parts(request):
    if request.method == "HEAD" and "partNumber" in request.query:
        count_said = "4" if request.fault == "parts-miscounted" else "3"
        return request.begin(206, part_sizes(request)[int(request.query["partNumber"]) - 1], ETag=f'"{PARTS_ETAG}"',
                             Last_Modified=MODIFIED, x_amz_mp_parts_count=count_said)
    return serve_object(request, PARTS_ETAG)


def chunked(request, body, complete=True):
    request.begin(200, ETag=f'"{ETAG}"', Last_Modified=MODIFIED, Transfer_Encoding="chunked")
    for begin in range(0, len(body), 50000):
        block = body[begin:begin + 50000]
        request.send(f"{len(block):x}\r\n".encode() + block + b"\r\n")
    if not complete:
        raise Gone
    request.send(b"0\r\n\r\n")


def chunked_then_short(request):
    if "range" in request.headers:
        return request.error(416, "InvalidRange")
    return chunked(request, CONTENT[:100000])


def whatever_range(request):
    body = CONTENT[500:]
    request.begin(206, len(body), ETag=f'"{ETAG}"', Content_Range=f"bytes 500-{len(CONTENT) - 1}/{len(CONTENT)}")
    request.send(body)


def whole_again(request):
    request.answer(200, CONTENT, ETag=f'"{ETAG}"', Last_Modified=MODIFIED)


def whole_but_other(request):
    request.answer(200, CONTENT, ETag='"other"', Last_Modified=MODIFIED)


def longer_now(request):
    first_byte, _ = wanted_range(request)
    body = CONTENT[first_byte:] + b"more"
    request.begin(206, len(body), ETag=f'"{ETAG}"',
                  Content_Range=f"bytes {first_byte}-{len(CONTENT) + 3}/{len(CONTENT) + 4}")
    request.send(body)


def trickle(request):
    request.begin(200, len(CONTENT), ETag=f'"{ETAG}"', Last_Modified=MODIFIED)
    for byte in CONTENT:
        request.send(bytes([byte]))
        time.sleep(0.02)


def without_etag(request):
    serve_object(request, stop_after=1000, ETag=None)


FAULTS = {
    # asking for an object
    "head-refused": head_refused,
    "no-length": no_length,
    "parts": in_parts, "parts-variable": in_parts, "parts-shorter": in_parts, "parts-miscounted": in_parts,
    "parts-ignored": lambda request: serve_object(request, PARTS_ETAG),
    "upper-etag": lambda request: serve_object(request, ETAG.upper()),
    "kms": lambda request: serve_object(request, x_amz_server_side_encryption="aws:kms"),
    "deleted": lambda request: request.error(404, "NoSuchKey", x_amz_delete_marker="true"),
    # reading one
    "cut-once": only_get(lambda request: serve_object(request, stop_after=100000 if request.number() == 1 else None)),
    "cut-always": only_get(lambda request: serve_object(request, stop_after=50000)),
    "cut-dead": only_get(lambda request: serve_object(request, stop_after=0 if "range" in request.headers else 1000)),
    "reset-once": only_get(lambda request: serve_object(request, stop_after=100000 if request.number() == 1 else None,
                                                        ending="reset")),
    "hang-in-body": only_get(lambda request: serve_object(request, stop_after=1000, ending="hang")),
    "lying-long": only_get(lambda request: serve_object(request, total=len(CONTENT) + 1000)),
    "lying-short": only_get(lambda request: serve_object(request, total=len(CONTENT) - 1000)),
    "changed": then_if_resumed(lambda request: request.error(412, "PreconditionFailed")),
    "changed-etag": then_if_resumed(lambda request: serve_object(request, "f" * 32) if request.headers.pop("if-match") else None),
    "changed-size": then_if_resumed(longer_now),
    "gone": then_if_resumed(lambda request: request.error(404, "NoSuchKey")),
    "out-of-range": then_if_resumed(lambda request: request.error(416, "InvalidRange")),
    "forbidden-later": then_if_resumed(lambda request: request.error(403, "AccessDenied")),
    "storm-later": then_if_resumed(lambda request: request.error(503, "SlowDown")),
    "range-ignored": then_if_resumed(whole_again),
    "range-ignored-other": then_if_resumed(whole_but_other),
    "range-wrong": then_if_resumed(whatever_range),
    "no-etag": only_get(without_etag),
    "chunked": only_get(lambda request: chunked(request, CONTENT)),
    "chunked-cut": only_get(lambda request: serve_object(request) if "range" in request.headers
                            else chunked(request, CONTENT[:100000], False)),
    "chunked-short": only_get(chunked_then_short),
    "chunked-long": only_get(lambda request: chunked(request, CONTENT + b"more")),
    "encoded": only_get(lambda request: serve_object(request, Content_Encoding="gzip")),
    "trickle": only_get(trickle),
    "partial-unasked": only_get(lambda request: request.answer(206, CONTENT, ETag=f'"{ETAG}"')),
    "error-body": only_get(always_error(500, "InternalError")),
}
