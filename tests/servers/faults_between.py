"""Faults of what stands between, of clocks and of contents: redirects, interim answers, proxies, other objects."""

import base64
import gzip
import hashlib
import time

from fault_protocol import *

OTHER = bytes(255 - byte for byte in CONTENT)
EMPTY_PAGE = f'<ListBucketResult {XMLNS}><IsTruncated>false</IsTruncated></ListBucketResult>'


def elsewhere(status):
    """To the same server under another name, where the bucket "trap" notes what it is sent."""
    def serve(request):
        port = request.connection.getsockname()[1]
        request.answer(status, "", Location=f"http://localhost:{port}/trap/{request.fault}")
    return serve


def trap(request):
    count("trapped")
    serve_well(request)


def trapped(request):
    request.answer(200, str(count("trapped") - 1))


def interim(status, times):
    def serve(request):
        for _ in range(times):
            request.send(f"HTTP/1.1 {status}\r\n\r\n".encode())
        serve_well(request)
    return serve


def interim_without_end(request):
    while True:
        request.send(b"HTTP/1.1 100 Continue\r\n\r\n")


def many_headers(request):
    request.begin(200, 0, **{f"X_Field_{number}": "x" for number in range(1000)})


def one_long_header(request):
    request.begin(200, 0, X_Long="x" * 400000)


def other_bytes(request):
    wanted = wanted_range(request) or (0, len(CONTENT) - 1)
    body = OTHER[wanted[0]:wanted[1] + 1]
    request.answer(200, body, ETag=f'"{ETAG}"', Last_Modified=MODIFIED)


def compressed(request):
    """As a proxy does it that leaves everything else as it was."""
    request.answer(200, gzip.compress(CONTENT), ETag=f'"{ETAG}"', Last_Modified=MODIFIED, Content_Encoding="gzip")


def compressed_chunks(request):
    body = gzip.compress(CONTENT)
    request.begin(200, ETag=f'"{ETAG}"', Last_Modified=MODIFIED, Transfer_Encoding="chunked", Content_Encoding="gzip")
    request.send(f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")


def etag_of_get(etag):
    """HEAD saw another object than GET gives, whatever If-Match says."""
    def serve(request):
        request.answer(200, CONTENT, ETag=f'"{etag}"', Last_Modified=MODIFIED)
    return only_get(serve)


def shorter_by_head(request):
    if request.method == "HEAD" and request.key:
        return request.begin(200, len(CONTENT) - 1, ETag=f'"{ETAG}"', Last_Modified=MODIFIED)
    return serve_well(request)


def no_content(request):
    request.begin(204)


def nothing(request):
    """A good answer without a body or a word on the object."""
    request.begin(200, 0)


def only_head(fault):
    def serve(request):
        if request.method == "HEAD" and request.key:
            return fault(request)
        return serve_well(request)
    return serve


def only_object(fault):
    return lambda request: fault(request) if request.key else serve_well(request)


def duplicates(request):
    if request.key:
        return serve_well(request)
    return request.answer(200, listing(["a", "a", "a"]))


def first_page_again(request):
    """Other tokens, the same keys."""
    if request.key:
        return serve_well(request)
    number = int(request.query.get("continuation-token", "0"))
    return request.answer(200, listing(["a", "b"], truncated(number + 1) if number < 5 else ""))


def listed_only(request):
    if request.key:
        return request.error(404, "NoSuchKey")
    return serve_well(request)


def listing_of(keys, more=""):
    def serve(request):
        if request.key or "location" in request.query:
            return serve_well(request)
        return request.answer(200, listing(keys, more))
    return serve


def dated(hours):
    def serve(request):
        date = time.strftime(DATE, time.gmtime(time.time() + hours * 3600))
        if request.key:
            return serve_object(request, date=date)
        return request.answer(200, listing(["a", "b", "c"]), date=date)
    return serve


WRITTEN = {}  # by bucket: when; "" until it is asked for a second time


def just_written(serve):
    """Written in a run: not there at the look at what was there before it, and from then on not written again."""
    def serve_written(request):
        if not request.key:
            return serve_well(request)
        if WRITTEN.get(request.bucket, "") == "" and (request.method != "HEAD" or request.bucket not in WRITTEN):
            WRITTEN[request.bucket] = ""
            return request.error(404, "NoSuchKey")
        WRITTEN[request.bucket] = WRITTEN[request.bucket] or time.strftime(DATE, time.gmtime())
        return serve(request, WRITTEN[request.bucket])
    return serve_written


@just_written
def now(request, written):
    """The object as it should be, just written."""
    return serve_object(request, Last_Modified=written)


def spoiled(body=CONTENT, etag=ETAG, length=None, **headers):
    """Just written, but with other bytes or another ETag."""
    @just_written
    def serve(request, written):
        first_byte, last = wanted_range(request) or (0, len(body) - 1)
        return request.answer(200, body[first_byte:last + 1], ETag=f'"{etag}"', Last_Modified=written, **headers,
                              **({} if length is None else {"length": length}))
    return serve


def promised(body, **headers):
    """What who uploaded says of the bytes is right for CONTENT, and the ETag is none of any bytes."""
    return spoiled(body, "opaque-7", **headers)


PROMISES = {"x_amz_meta_sha256": hashlib.sha256(CONTENT).hexdigest(),
            "x_amz_meta_md5chksum": base64.b64encode(hashlib.md5(CONTENT).digest()).decode(),
            "x_amz_meta_s3cmd_attrs": "atime:1/md5:" + ETAG + "/mode:33188"}


PACKED = gzip.compress(CONTENT, mtime=0)


def unpacks(request):
    """As Google's store: what was stored packed is unpacked on its way to who does not say that he takes it."""
    if not request.key:
        return serve_well(request)
    signed = request.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    facts = {"ETag": f'"{hashlib.md5(PACKED).hexdigest()}"', "Last_Modified": MODIFIED}
    if "gzip" in request.headers.get("accept-encoding", "") and "accept-encoding" not in signed:
        return request.answer(200, PACKED, Content_Encoding="gzip", **facts)
    return request.answer(200, CONTENT, **facts)


def takes(fault, times=1 << 30, lag=0):
    """A key that is free until something was put there, which the fault meets so often; HEAD comes to know of it after so many more."""
    def serve(request):
        puts = request.bucket + " puts"
        if request.key and request.method == "PUT":
            request.body()
            return fault(request) if count(puts) <= times else request.answer(200, "", ETag=f'"{ETAG}"')
        if request.key and (counters.get(puts, 0) <= times or count(request.bucket + " heads") <= lag):
            return request.error(404, "NoSuchKey")
        return now(request)
    return serve


def lagging(then):
    """What was uploaded is not seen the first times; or what was there before is, until it is known that it was replaced."""
    def serve(request):
        if not request.key or count(request.bucket) > 4:
            return now(request)
        return request.error(404, "NoSuchKey") if then is now else then(request)
    return serve


def modified(text):
    return lambda request: serve_object(request, Last_Modified=text) if request.key else serve_well(request)


def dateless(request):
    """Neither form of date that anybody knows; the listing has one, of the object with this ETag."""
    if request.key:
        return serve_object(request, etag="e" * 32 if "other" in request.bucket else ETAG, Last_Modified="yesterday" if "odd" in request.bucket else None)
    return request.answer(200, listing(["k"]))


DATES = ("Tuesday, 21-Apr-26 02:30:00 GMT", "Tue Apr 21 02:30:00 2026", "Tue, 21 Apr 2026 02:30:00 UTC", "Tue, 21 Apr 2026 02:30:00.000000001 GMT",
         "Tue, 21 Apr 2026 02:30:00 +0000")


def hangs_on(method):
    """Until then all is well; a key is there only where it hangs on being read."""
    def serve(request):
        if request.key and request.method != method and method == "PUT":
            return request.error(404, "NoSuchKey")
        if not request.key or request.method != method or (method == "GET" and not WRITTEN.get(request.bucket)):
            return now(request)
        if method == "GET":
            return serve_object(request, stop_after=1000, ending="hang", Last_Modified=time.strftime(DATE, time.gmtime()))
        return request.hang()
    return serve


FAULTS = {
    "to-elsewhere-301": elsewhere(301), "to-elsewhere-302": elsewhere(302), "to-elsewhere-307": elsewhere(307),
    "object-to-elsewhere": only_get(elsewhere(307)),
    "trap": trap, "trapped": trapped,
    "continue-once": interim(100, 1), "hints-twice": interim(103, 2), "continue-for-ever": interim_without_end,
    "many-headers": only_object(many_headers), "long-header": only_object(one_long_header),
    "no-content": no_content, "no-content-head": only_head(no_content), "no-content-get": only_get(no_content),
    "empty-head": only_head(nothing), "empty-get": only_get(nothing),
    "other-bytes": only_get(other_bytes), "compressed": only_get(compressed), "compressed-chunks": only_get(compressed_chunks),
    "other-etag-of-get": etag_of_get("e" * 32), "no-etag-of-get": only_get(lambda request: request.answer(200, CONTENT)),
    "precondition-unasked": only_get(always_error(412, "PreconditionFailed")), "shorter-by-head": shorter_by_head,
    "storm-of-heads": only_head(always_error(503, "SlowDown")), "storm-of-gets": only_get(always_error(503, "SlowDown")),
    "storm-of-objects-twice": only_object(first(2, always_error(503, "SlowDown"))),
    "error-in-200-get": only_get(always(200, "<Error><Code>InternalError</Code></Error>")),
    "duplicates": duplicates, "first-page-again": first_page_again, "listed-only": listed_only,
    "listed-but-denied": only_object(always_error(403, "AccessDenied")),
    "not-truncated-said": lambda request: serve_well(request) if request.key else request.answer(
        200, listing(["a"]).replace("<IsTruncated>false</IsTruncated>", "")),
    "token-missing": listing_of(["a"], "<IsTruncated>true</IsTruncated><NextMarker></NextMarker>"
                                       "<NextContinuationToken></NextContinuationToken>"),
    "empty-listing": lambda request: serve_well(request) if request.key else request.answer(200, EMPTY_PAGE),
    "clock-ahead": dated(2), "clock-behind": dated(-2),
    "now": now, "now-other-bytes": spoiled(OTHER), "now-other-etag": spoiled(etag="d" * 32),
    "now-other-etag-and-bytes": spoiled(OTHER, "d" * 32),
    **{f"promised{number}-{name}": promised(body, **{header: value}) for number, (header, value) in enumerate(PROMISES.items())
       for name, body in (("kept", CONTENT), ("broken", OTHER))},
    **{f"dated{number}": modified(text) for number, text in enumerate(DATES)},
    "dateless": dateless, "dateless-odd": dateless, "dateless-other": dateless,
    "lagging": takes(None, 0, lag=4), "lagging-uploaded": lagging(now), "lagging-older": lagging(serve_well),
    "customers-key": lambda request: serve_well(request) if not request.key else request.answer(400, "" if request.method == "HEAD" else
        "<Error><Code>InvalidRequest</Code><Message>The object was stored using a form of Server Side Encryption. The correct parameters must "
        "be provided to retrieve the object.</Message></Error>"),
    "unpacks": unpacks, "conflict-once": takes(always_error(409, "ConditionalRequestConflict"), 1),
    "mangled-once": takes(always_error(400, "XAmzContentSHA256Mismatch"), 1), "mangled": takes(always_error(400, "XAmzContentSHA256Mismatch")),
    "too-large": takes(always(413, "<html><body>413 Request Entity Too Large</body></html>", x_amz_request_id=None)),
    "full": takes(always_error(507, "XMinioStorageFull")), "full-without-a-code": takes(always(507, "")),
    "now-hanging": hangs_on("GET"), "put-hanging": hangs_on("PUT"),
    "now-empty": spoiled(b"", "d41d8cd98f00b204e9800998ecf8427e"), "now-cut": spoiled(CONTENT[:-1]),
}
