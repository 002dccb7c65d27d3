#!/usr/bin/python3
"""An S3 server that misbehaves as real ones won't on demand. It serves faults and nothing else.

    fault_server.py [--tls CERTIFICATE KEY]

writes its port (on 127.0.0.1) and serves until it is ended. Path-style; the bucket's name chooses the fault, see FAULTS below;
what comes after a "." in it only makes its counters its own. Signatures are not verified.
The object of every bucket is CONTENT, under whatever key.
"""

import datetime
import hashlib
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse

CONTENT = bytes((i * 7 + i // 251) % 256 for i in range(300000))
ETAG = hashlib.md5(CONTENT).hexdigest()
PARTS_ETAG = "0123456789abcdef0123456789abcdef-3"
PART = 131072
MODIFIED = "Tue, 21 Apr 2026 02:30:00 GMT"
DATE = "%a, %d %b %Y %H:%M:%S GMT"
XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
REASONS = {200: "OK", 206: "Partial Content", 301: "Moved", 307: "Temporary Redirect", 400: "Bad", 403: "Forbidden",
           404: "Not Found", 412: "Precondition Failed", 416: "Range", 500: "Internal", 501: "Not Implemented",
           503: "Slow Down"}

lock = threading.Lock()
counters = {}


def count(name):
    """How often this was called for the name, this time included."""
    with lock:
        counters[name] = counters.get(name, 0) + 1
        return counters[name]


class Gone(Exception):
    """The client has closed the connection."""


class Request:
    def __init__(self, connection):
        self.connection = connection
        head = b""
        while b"\r\n\r\n" not in head:
            block = connection.recv(65536)
            if not block:
                raise Gone
            head += block
            if head.startswith(b"\x16\x03"):
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                raise Gone
        lines = head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        self.method, target, _ = lines[0].split(" ")
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        _, self.bucket, *rest = urllib.parse.unquote(path).split("/", 2)
        self.key = rest[0] if rest else ""
        self.fault = self.bucket.partition(".")[0]

    def number(self):
        return count(self.bucket)

    def send(self, data):
        self.connection.sendall(data)

    def begin(self, status, length=None, date=None, **headers):
        """The head of an answer; `headers` with _ for -."""
        fields = {"x-amz-request-id": "tx-fault", "Date": time.strftime(DATE, time.gmtime()) if date is None else date}
        if length is not None:
            fields["Content-Length"] = str(length)
        fields.update({name.replace("_", "-"): value for name, value in headers.items()})
        lines = [f"HTTP/1.1 {status} {REASONS[status]}", *(f"{n}: {v}" for n, v in fields.items() if v is not None)]
        self.send("\r\n".join([*lines, "", ""]).encode())

    def answer(self, status, body=b"", **headers):
        body = body.encode() if isinstance(body, str) else body
        self.begin(status, headers.pop("length", len(body)), **headers)
        if self.method != "HEAD":
            self.send(body)

    def error(self, status, code, inside="", **headers):
        self.answer(status, f"<Error><Code>{code}</Code><Message></Message>{inside}</Error>", **headers)

    def hang(self, seconds=600):
        self.connection.settimeout(seconds)
        while self.connection.recv(1000):
            pass
        raise Gone

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone


def entry(key):
    return (f"<Contents><Key>{key}</Key><LastModified>2026-04-21T02:30:00.000Z</LastModified>"
            f"<ETag>&quot;{ETAG}&quot;</ETag><Size>{len(CONTENT)}</Size></Contents>")


def listing(keys, more=""):
    more = more or "<IsTruncated>false</IsTruncated>"
    return f'<?xml version="1.0"?><ListBucketResult {XMLNS}>{more}{"".join(map(entry, keys))}</ListBucketResult>'


def truncated(token):
    return f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"


def serve_well(request):
    if request.key:
        serve_object(request)
    elif "location" in request.query:
        request.answer(200, f"<LocationConstraint {XMLNS}>fault-1</LocationConstraint>")
    elif request.method == "HEAD":
        request.answer(200)
    else:
        request.answer(200, listing(["a", "b", "c"]))


def wanted_range(request):
    text = request.headers.get("range", "")
    if not text.startswith("bytes="):
        return None
    first, _, last = text[6:].partition("-")
    return int(first), min(int(last) if last else len(CONTENT) - 1, len(CONTENT) - 1)


def serve_object(request, etag=ETAG, total=None, stop_after=None, ending="close", **headers):
    """The object or a range of it, perhaps cut after so many bytes."""
    if request.headers.get("if-match", f'"{etag}"') != f'"{etag}"':
        return request.error(412, "PreconditionFailed")
    wanted = wanted_range(request)
    first, last = wanted or (0, len(CONTENT) - 1)
    total = len(CONTENT) if total is None else total
    body = CONTENT[first:last + 1]
    facts = {"ETag": f'"{etag}"', "Last_Modified": MODIFIED, "length": total - first if not wanted or last + 1 == len(CONTENT) else len(body),
             **headers}
    if wanted:
        facts["Content_Range"] = f"bytes {first}-{last}/{total}"
    length = facts.pop("length")
    request.begin(206 if wanted else 200, length, **facts)
    if request.method == "HEAD":
        return None
    if stop_after is None:
        request.send(body)
        if len(body) < length:
            raise Gone
        return None
    request.send(body[:stop_after])
    if ending == "hang":
        request.hang()
    if ending == "reset":
        time.sleep(0.1)
        request.reset()
    raise Gone


def only_get(fault):
    """The fault on reading an object; all else is served well."""
    def serve(request):
        if request.method == "GET" and request.key:
            return fault(request)
        return serve_well(request)
    return serve


def first(times, fault, then=serve_well):
    """The fault for so many requests of the bucket."""
    def serve(request):
        return fault(request) if request.number() <= times else then(request)
    return serve


def always_error(status, code, inside="", **headers):
    return lambda request: request.error(status, code, inside, **headers)


def always(status, body, **headers):
    return lambda request: request.answer(status, body, **headers)


def then_if_resumed(fault):
    """A body cut after 1000 bytes; the fault is what asking for the rest meets."""
    def serve(request):
        if "range" in request.headers:
            return fault(request)
        return serve_object(request, stop_after=1000)
    return only_get(serve)


def endless_keys(request):
    request.begin(200)
    request.send(f"<ListBucketResult {XMLNS}><IsTruncated>false</IsTruncated>".encode())
    block = "".join(entry(f"k{i}") for i in range(1000)).encode()
    while True:
        request.send(block)


def endless_tag(request):
    request.begin(200)
    request.send(b"<ListBucketResult a='")
    while True:
        request.send(b"x" * 65536)


def endless_headers(request):
    request.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.send(b"X-More: " + b"x" * 1000 + b"\r\n")


def endless_error(request):
    request.begin(403)
    request.send(b"<Error><Code>AccessDenied</Code>")
    while True:
        request.send(b" " * 65536)


def token_circle(request):
    now = request.query.get("continuation-token", "")
    request.answer(200, listing(["a"], truncated({"": "one", "one": "two", "two": "three", "three": "one"}[now])))


def token_always_new(request):
    request.answer(200, listing([], truncated(f"t{request.number()}")))


def version_1(request):
    keys = [f"k{i:02}" for i in range(25)]
    marker = request.query.get("marker", "")
    page = [key for key in keys if key > marker][:10]
    more = "true" if page and page[-1] != keys[-1] else "false"
    request.answer(200, listing(page, f"<Marker>{marker}</Marker><IsTruncated>{more}</IsTruncated>"))


def version_1_only(request):
    if "list-type" in request.query:
        return request.error(501, "NotImplemented")
    return version_1(request)


def version_2(request):
    keys = [f"k{i:02}" for i in range(25)]
    begin = int(request.query.get("continuation-token", "0"))
    more = truncated(str(begin + 10)) if begin + 10 < len(keys) else "<IsTruncated>false</IsTruncated>"
    return listing(keys[begin:begin + 10], more)


def pages_cut_once(request):
    """Every page breaks off the first time."""
    body = version_2(request).encode()
    if count(request.bucket + request.query.get("continuation-token", "")) == 1:
        request.begin(200, len(body))
        request.send(body[:len(body) // 2])
        raise Gone
    request.answer(200, body)


def control_character_keys(request):
    if request.query.get("encoding-type") == "url":
        request.answer(200, listing(["a%01b", "c+d%2B"], "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"))
    else:
        request.answer(200, listing(["a\x01b"]))


def region_of_signature(request):
    return request.headers.get("authorization", "").split("/")[2]


def wrong_region_by_header(request):
    if region_of_signature(request) == "eu-test-1":
        return serve_well(request)
    return request.error(301, "PermanentRedirect", x_amz_bucket_region="eu-test-1")


def wrong_region_by_code(request):
    if region_of_signature(request) == "eu-test-1":
        return serve_well(request)
    return request.error(400, "AuthorizationHeaderMalformed", "<Region>eu-test-1</Region>")


def evil_region(request):
    return request.error(400, "AuthorizationHeaderMalformed", "<Region>evil.example/</Region>")


def skewed(request, hours=2):
    server = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)
    date = server.strftime(DATE)
    claimed = datetime.datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
    if abs((claimed.replace(tzinfo=datetime.timezone.utc) - server).total_seconds()) > 900:
        return request.error(403, "RequestTimeTooSkewed", date=date)
    if request.key:
        return serve_object(request, date=date)
    return request.answer(200, listing(["a"]), date=date)


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


def trickled_listing(request):
    body = listing(["a", "b", "c"]).encode()
    request.begin(200, len(body))
    for byte in body:
        request.send(bytes([byte]))
        time.sleep(0.001)


def garbage(request):
    request.send(b"\x00\x01\x02 this is not HTTP\r\n\r\n" * 100)
    raise Gone


def close_at_once(_):
    raise Gone


def echo_of_what_was_sent(request):
    request.answer(403, f"<Error><Code>SignatureDoesNotMatch</Code><Message>{request.headers['authorization']}"
                        f" {request.headers.get('x-amz-security-token')}</Message></Error>")


def without_etag(request):
    serve_object(request, stop_after=1000, ETag=None)


FAULTS = {
    "well": serve_well,
    # the same for every request
    "silent": lambda request: request.hang(),
    "closed": close_at_once,
    "garbage": garbage,
    "endless-headers": endless_headers,
    "endless-error": endless_error,
    "storm": always_error(503, "SlowDown"),
    "storm-twice": first(2, always_error(503, "SlowDown")),
    "retry-after": first(1, always_error(503, "SlowDown", Retry_After="2")),
    "internal-once": first(1, always_error(500, "InternalError")),
    "closed-once": first(1, close_at_once),
    "timeout-code-once": first(1, always_error(400, "RequestTimeout")),
    "forbidden": always_error(403, "AccessDenied"),
    "expired": always_error(400, "ExpiredToken"),
    "web-server": always(404, "<html><body>not here</body></html>", x_amz_request_id=None),
    "empty-200": always(200, ""),
    "redirect-301": always(301, "", Location="http://127.0.0.1:1/elsewhere"),
    "redirect-307": always(307, "", Location="http://127.0.0.1:1/elsewhere"),
    "region-header": wrong_region_by_header,
    "region-code": wrong_region_by_code,
    "region-evil": evil_region,
    "skewed": skewed,
    "skewed-always": lambda request: request.error(403, "RequestTimeTooSkewed"),
    "echo": echo_of_what_was_sent,
    # listings
    "error-in-200": always(200, "<Error><Code>InternalError</Code></Error>"),
    "error-in-200-once": first(1, always(200, "<Error><Code>SlowDown</Code></Error>")),
    "denied-in-200": always(200, "<Error><Code>AccessDenied</Code></Error>"),
    "not-xml": always(200, "it works!"),
    "html": always(200, "<html><body>it works</body></html>"),
    "half-xml": always(200, listing(["a", "b"])[:-30]),
    "half-xml-once": first(1, always(200, listing(["a", "b"])[:-30])),
    "no-end-known": always(200, f"<ListBucketResult {XMLNS}>{entry('a')}</ListBucketResult>"),
    "doctype": always(200, '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + listing(["&a;"])),
    "laughs": always(200, '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {b} "{("&" + a + ";") * 10}">' for a, b in zip("abcdefghi", "bcdefghij")) + "]>" + listing(["&j;"])),
    "external": always(200, '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + listing(["&a;"])),
    "deep": always(200, "<ListBucketResult>" + "<a>" * 200000),
    "huge-name": always(200, "<" + "n" * 3000000 + "/>"),
    "huge-key": always(200, listing(["k" * 2000])),
    "giant-key": always(200, listing(["k" * 3000000])),
    "endless-keys": endless_keys,
    "endless-tag": endless_tag,
    "token-repeated": lambda request: request.answer(200, listing(["a"], truncated("again"))),
    "token-circle": token_circle,
    "token-always-new": token_always_new,
    "token-blank": always(200, listing(["a"], truncated(""))),
    "token-blank-at-end": always(200, listing(["a"], "<IsTruncated>false</IsTruncated>"
                                                     "<NextContinuationToken></NextContinuationToken>")),
    "version-1": version_1,
    "version-1-only": version_1_only,
    "version-2": lambda request: request.answer(200, version_2(request)),
    "pages-cut-once": pages_cut_once,
    "control-characters": control_character_keys,
    "prefix-ignored": always(200, listing(["a", "other/b", "c"])),
    "trickled-listing": trickled_listing,
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


def serve_connection(connection, tls):
    try:
        if tls is not None:
            connection = tls.wrap_socket(connection, server_side=True)
        with connection:
            while True:
                request = Request(connection)
                FAULTS[request.fault](request)
    except (Gone, OSError):
        connection.close()


def main(arguments):
    tls = None
    if arguments[:1] == ["--tls"]:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(arguments[1], arguments[2])
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve_connection, args=(connection, tls), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1:])
