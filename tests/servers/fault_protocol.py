"""What the faults are made of: a request as it came, a good answer to it, and ways to spoil one."""

import hashlib
import socket
import struct
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
REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 301: "Moved", 302: "Found", 307: "Temporary Redirect", 400: "Bad", 403: "Forbidden",
           404: "Not Found", 409: "Conflict", 412: "Precondition Failed", 416: "Range", 500: "Internal", 501: "Not Implemented",
           413: "Request Entity Too Large", 503: "Slow Down", 507: "Insufficient Storage"}

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
        head, _, self.begun_body = head.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.method, target, _ = lines[0].split(" ")
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if target.startswith("http://"):  # where this is asked as a proxy
            target = "/" + target.split("/", 3)[3]
        path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        _, self.bucket, *rest = urllib.parse.unquote(path).split("/", 2)
        self.key = rest[0] if rest else ""
        self.fault = self.bucket.partition(".")[0]

    def number(self):
        return count(self.bucket)

    def body(self):
        """What was sent, which nobody has to read."""
        blocks, left = [self.begun_body], int(self.headers.get("content-length", 0)) - len(self.begun_body)
        while left > 0:
            blocks.append(self.connection.recv(min(left, 1 << 20)))
            if not blocks[-1]:
                raise Gone
            left -= len(blocks[-1])
        self.begun_body = b"".join(blocks)
        return self.begun_body

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
