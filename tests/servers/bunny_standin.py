#!/usr/bin/python3
"""A stand-in for Bunny's Edge Storage, written from its documentation (docs.bunny.net/storage/http and the API reference) and from
what Bunny's own libraries ask for. It is not Bunny: what is not documented is a guess.

    bunny_standin.py

writes its port (on 127.0.0.1) and serves until it is ended. A zone is there as soon as it is asked for, with FILES in it; what stands in
front of a "." in its name is its fault (see FAULTS), the rest makes it a zone of its own. KEY may do everything, READ_ONLY_KEY may
read. Kept are the files' bytes, in memory.
"""

import datetime
import hashlib
import http.server
import json
import socket
import struct
import sys
import threading
import time
import urllib.parse

KEY = "bunny-canary-of-the-password"
READ_ONLY_KEY = "bunny-canary-for-reading"
CONTENT = bytes((i * 11 + i // 253) % 256 for i in range(300000))
CHANGED = datetime.datetime(2026, 4, 21, 2, 30, 0, 250000)
AWKWARD = ["a b", "a+b", "a%b", "a=b&c?d#e", "a@b:c,d;e", "é-ü-雪", "'(a)!*$~", "dots...", ".hidden", "back\\slash", "q\"uote",
           "new\nline", "deep/er/and deeper/x", "n" * 255, "%2F", "a\u0301"]
FILES = {"all-1.gz": CONTENT, "all-2.gz": CONTENT[::-1], "dir/b.gz": b"b", "dir/sub/c": b"", "other": b"o",
         **{"awkward/" + name: name.encode() for name in AWKWARD}}

lock = threading.RLock()
zones = {}
counters = {}


def count(name):
    """How often this was called for the name, this time included."""
    with lock:
        counters[name] = counters.get(name, 0) + 1
        return counters[name]


class Stored:
    def __init__(self, data, changed):
        self.data = data
        self.changed = changed
        self.checksum = hashlib.sha256(data).hexdigest().upper()


def zone_named(name):
    with lock:
        if name not in zones:
            zones[name] = {key: Stored(data, CHANGED + datetime.timedelta(hours=number))
                           for number, (key, data) in enumerate(FILES.items())}
        return zones[name]


class Gone(Exception):
    """The connection is to be closed without another word."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def version_string(self):
        return "BunnyCDN-DE1-752"

    def date_time_string(self, timestamp=None):
        if timestamp is None and self.fault == "skewed":
            timestamp = time.time() + 7200
        return super().date_time_string(timestamp)

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (Gone, ConnectionError):
            self.close_connection = True

    def setup(self):
        self.zone = self.key = self.fault = ""
        super().setup()

    def serve(self):
        path = self.path.partition("?")[0]
        _, self.zone, *rest = urllib.parse.unquote(path).split("/", 2)
        self.key = rest[0] if rest else ""
        self.fault = self.zone.partition(".")[0]
        self.files = zone_named(self.zone)
        self.is_listing = self.command == "GET" and (self.key == "" or self.key.endswith("/"))
        FAULTS.get(self.fault, Handler.serve_well)(self)

    do_GET = do_PUT = do_DELETE = do_DESCRIBE = do_HEAD = do_POST = serve

    def number(self):
        return count(f"{self.zone} {self.command} {self.key}")

    # Answers.

    def begin(self, status, length, **headers):
        self.send_response(status)
        fields = {"Content-Type": "application/json", "Content-Length": length, **headers}
        for name, value in fields.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def say(self, status, said, **headers):
        body = said if isinstance(said, bytes) else (said if isinstance(said, str) else json.dumps(said)).encode()
        self.begin(status, len(body), **headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, message, **headers):
        self.close_connection = self.command == "PUT"
        self.say(status, {"HttpCode": status, "Message": message}, **headers)

    def cut(self, status, body, after, ending="close", length=None, **headers):
        self.begin(status, len(body) if length is None else length, **headers)
        self.wfile.write(body[:after])
        self.wfile.flush()
        if ending == "reset":
            time.sleep(0.1)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if ending == "hang":
            self.connection.settimeout(60)
            try:
                self.connection.recv(1)
            except OSError:
                pass
        raise Gone

    # What is documented.

    def serve_well(self):
        if self.headers.get("AccessKey") not in (KEY, READ_ONLY_KEY):
            return self.refuse(401, "Unauthorized")
        if self.command in ("PUT", "DELETE") and self.headers.get("AccessKey") != KEY:
            return self.refuse(401, "Unauthorized")
        serve = {"GET": self.get, "PUT": self.put, "DESCRIBE": self.describe, "DELETE": self.delete}.get(self.command)
        return serve() if serve else self.refuse(405, "Method Not Allowed")

    def entry(self, path, name, stored):
        return {"Guid": "11111111-2222-3333-4444-555555555555", "StorageZoneName": self.zone, "Path": f"/{self.zone}/{path}",
                "ObjectName": name, "Length": len(stored.data) if stored else 0,
                "LastChanged": stored.changed.isoformat(timespec="milliseconds") if stored else "2026-04-21T02:30:00",
                "ServerId": 752, "ArrayNumber": 2, "IsDirectory": stored is None, "UserId": "u", "ContentType": "",
                "DateCreated": "2026-04-20T02:30:00.123", "StorageZoneId": 4711, "Checksum": stored.checksum if stored else None,
                "ReplicatedZones": "" if stored else None}

    def folder(self):
        """The entries of the folder, or None where it is not there."""
        with lock:
            files = {key[len(self.key):]: stored for key, stored in self.files.items() if key.startswith(self.key)}
        folders = sorted({key.partition("/")[0] for key in files if "/" in key})
        entries = [self.entry(self.key, name, None) for name in folders]
        entries += [self.entry(self.key, name, stored) for name, stored in files.items() if "/" not in name]
        return entries if entries or self.key == "" else None

    def listing(self):
        return json.dumps(self.folder() or []).encode()

    def get(self):
        if self.is_listing:
            entries = self.folder()
            return self.refuse(404, "Object Not Found") if entries is None else self.say(200, entries)
        return self.get_file()

    def get_file(self, stop_after=None, ending="close", data=None, length=None, **headers):
        stored = self.files.get(self.key)
        if stored is None:
            return self.refuse(404, "Object Not Found")
        data = stored.data if data is None else data
        fields = {"Content_Type": "application/octet-stream", "Last_Modified": self.date_time_string(
            stored.changed.replace(tzinfo=datetime.timezone.utc).timestamp()), "Accept_Ranges": "bytes", **headers}
        status, body = 200, data
        wanted = self.headers.get("Range", "")
        if wanted.startswith("bytes="):
            first = int(wanted[6:].partition("-")[0])
            if first >= len(data):
                return self.refuse(416, "Requested Range Not Satisfiable")
            last = min(int(wanted.partition("-")[2] or len(data)), len(data) - 1)
            status, body = 206, data[first:last + 1]
            fields["Content_Range"] = f"bytes {first}-{last}/{len(data)}"
        if stop_after is not None:
            return self.cut(status, body, stop_after, ending, **fields)
        self.begin(status, len(body) if length is None else length, **fields)
        self.wfile.write(body)
        if length is not None:
            raise Gone
        return None

    def describe(self):
        stored = self.files.get(self.key)
        path, _, name = self.key.rpartition("/")
        if stored is None:
            if any(key.startswith(self.key + "/") for key in self.files):
                return self.say(200, self.entry(path + "/" if path else "", name, None))
            return self.refuse(404, "Object Not Found")
        return self.say(200, self.entry(path + "/" if path else "", name, stored))

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:
                raise Gone
            return body
        body = b""
        while True:
            size = int(self.rfile.readline().split(b";")[0] or b"0", 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return body

    def put(self):
        body = self.read_body()
        stored = Stored(body, datetime.datetime.utcnow())
        wanted = self.headers.get("Checksum")
        if self.key == "" or self.key.endswith("/"):
            return self.refuse(400, "Invalid path")
        if wanted is not None and wanted != stored.checksum:
            return self.refuse(400, "Checksum mismatch")
        with lock:
            self.files[self.key] = stored
        return self.say(201, {"HttpCode": 201, "Message": "File uploaded."})

    def delete(self):
        with lock:
            gone = self.files.pop(self.key, None)
        return self.say(200, {"HttpCode": 200, "Message": "File deleted successfuly."}) if gone \
            else self.refuse(404, "Object Not Found")


def only(wanted, fault):
    """The fault for those requests; all else is served well."""
    def serve(request):
        return fault(request) if wanted(request) else request.serve_well()
    return serve


def first(times, fault):
    """The fault for so many requests of a kind."""
    def serve(request):
        return fault(request) if request.number() <= times else request.serve_well()
    return serve


def of_listings(fault):
    return only(lambda request: request.is_listing, fault)


def of_reading(fault):
    return only(lambda request: request.command == "GET" and not request.is_listing, fault)


def of_describing(fault):
    return only(lambda request: request.command == "DESCRIBE", fault)


def when_resumed(fault):
    return of_reading(lambda request: fault(request) if "Range" in request.headers else request.get_file(stop_after=1000))


def refuse(status, message="", **headers):
    return lambda request: request.refuse(status, message, **headers)


def say(status, said, **headers):
    return lambda request: request.say(status, said, **headers)


def cut_listing(times, after):
    def serve(request):
        if request.number() > times:
            return request.serve_well()
        return request.cut(200, request.listing(), after(request.number() - 1))
    return of_listings(serve)


def listing_changes(request):
    """Cut once; then the folder holds another file in front."""
    if request.number() == 1:
        return request.cut(200, request.listing(), len(request.listing()) - 40)
    return request.say(200, [request.entry(request.key, "new", Stored(b"", CHANGED))] + request.folder())


def listing_shrinks(request):
    if request.number() == 1:
        return request.cut(200, request.listing(), len(request.listing()) - 40)
    return request.say(200, request.folder()[:2])


def entries_with(**changes):
    """The listing, its entries changed; DESCRIBE as well."""
    def serve(request):
        if request.is_listing and request.key == "":
            return request.say(200, [{**entry, **(changes if not entry["IsDirectory"] else {})} for entry in request.folder()])
        if request.command == "DESCRIBE":
            path, _, name = request.key.rpartition("/")
            return request.say(200, {**request.entry(path, name, request.files[request.key]), **changes})
        return request.serve_well()
    return serve


def entries_without(*names):
    def serve(request):
        folder = request.folder() or []
        return request.say(200, [{name: value for name, value in entry.items() if name not in names} for entry in folder])
    return of_listings(serve)


def send_for_ever(request, begin, block):
    request.send_response(200)
    request.send_header("Connection", "close")
    request.end_headers()
    request.wfile.write(begin)
    while True:
        request.wfile.write(block)


def many(request):
    """A folder of 200,000 files in one answer."""
    if request.key != "":
        return request.serve_well()
    request.send_response(200)
    request.send_header("Connection", "close")
    request.end_headers()
    entry = json.dumps(request.entry("", "@", Stored(b"x", CHANGED)))
    for begin in range(0, 200000, 1000):
        block = ",".join(entry.replace("@", f"k{begin + i:06}") for i in range(1000))
        request.wfile.write(("[" if begin == 0 else ",").encode() + block.encode())
    request.wfile.write(b"]")
    raise Gone


def folders_without_end(request):
    return request.say(200, [request.entry(request.key, "d", None), request.entry(request.key, "f", Stored(b"x", CHANGED))])


def trickle(request):
    request.begin(200, len(CONTENT))
    for byte in CONTENT:
        request.wfile.write(bytes([byte]))
        time.sleep(0.02)


def echo(request):
    request.refuse(401, "you sent " + request.headers.get("AccessKey", ""))


def swapped(request):
    """The bytes changed since the store looked, their number did not."""
    return request.get_file(data=request.files[request.key].data[::-1])


def swapped_when_resumed(request):
    data = request.files[request.key].data
    return request.get_file(data=data[:1000] + bytes(len(data) - 1000))


def hang(request):
    request.connection.settimeout(60)
    try:
        request.connection.recv(1)
    except OSError:
        pass
    raise Gone


def close(_):
    raise Gone


def refuse_puts(status, message, times=10 ** 9):
    def serve(request):
        if request.number() <= times:
            request.read_body()
            return request.refuse(status, message)
        return request.serve_well()
    return only(lambda request: request.command == "PUT", serve)


def put_cut_once(request):
    if request.command == "PUT" and request.number() == 1:
        request.rfile.read(1000)
        raise Gone
    return request.serve_well()


def put_damaged(request):
    """Says that all is well, and holds something else."""
    if request.command != "PUT":
        return request.serve_well()
    body = bytearray(request.read_body())
    body[len(body) // 2] ^= 1
    with lock:
        request.files[request.key] = Stored(bytes(body), datetime.datetime.utcnow())
    return request.say(201, {"HttpCode": 201, "Message": "File uploaded."})


def put_half(request):
    """Keeps a half, and breaks off; for a zone put-half-kept it cannot be deleted."""
    if request.command == "DELETE" and request.fault == "put-half-kept":
        return request.refuse(400, "Not deleted")
    if request.command != "PUT":
        return request.serve_well()
    body = request.read_body()
    with lock:
        request.files[request.key] = Stored(body[:len(body) // 2], datetime.datetime.utcnow())
    raise Gone


def put_lies(request):
    """Keeps it all, and says that it failed."""
    if request.command != "PUT":
        return request.serve_well()
    with lock:
        request.files[request.key] = Stored(request.read_body(), datetime.datetime.utcnow())
    return request.refuse(500, "Internal")


FAULTS = {
    # who may not
    "denied": refuse(403, "Forbidden"),
    "echo": echo,
    "zone-missing": refuse(404, "Object Not Found"),
    "web-server": lambda request: (setattr(request, "version_string", lambda: "nginx"),
                                   request.say(404, "<html>404 Not Found</html>", Content_Type="text/html")),
    "redirect": lambda request: request.refuse(301, "", Location="http://127.0.0.1:1/elsewhere"),
    # transient
    "storm": refuse(503, "Service Unavailable"),
    "storm-twice": first(2, refuse(503, "Service Unavailable")),
    "too-many": first(1, refuse(429, "Too Many Requests", Retry_After="2")),
    "closed": close,
    "closed-once": first(1, close),
    "silent": hang,
    # listings
    "listing-cut-once": cut_listing(1, lambda request: 700),
    "listing-cut-later": cut_listing(2, lambda _: 2500),
    "listing-cut": of_listings(lambda request: request.cut(200, request.listing(), 700)),
    "listing-lies": of_listings(lambda request: request.cut(200, request.listing(), None, length=10 ** 6)),
    "listing-changes": of_listings(listing_changes),
    "listing-shrinks": of_listings(listing_shrinks),
    "listing-half": of_listings(lambda request: request.say(200, request.listing()[:-40])),
    "listing-half-once": of_listings(first(1, lambda request: request.say(200, request.listing()[:-40]))),
    "listing-empty-body": of_listings(say(200, b"")),
    "listing-html": of_listings(say(200, "<html>It works!</html>")),
    "listing-object": of_listings(say(200, {"HttpCode": 200, "Message": "OK"})),
    "listing-null": of_listings(say(200, "null")),
    "listing-numbers": of_listings(say(200, "[1, 2]")),
    "listing-no-comma": of_listings(lambda request: request.say(200, request.listing().replace(b"}, {", b"} {"))),
    "listing-trailing": of_listings(lambda request: request.say(200, request.listing() + b"[]")),
    "listing-not-utf8": of_listings(lambda request: request.say(200, request.listing().replace(b"all-1", b"all-\xff"))),
    "listing-deep": of_listings(say(200, "[" * 200000)),
    "listing-deep-entry": of_listings(say(200, '[{"ObjectName": ' + "[" * 60000)),
    "listing-huge-entry": of_listings(say(200, '[{"ObjectName": "' + "n" * 3000000 + '"}]')),
    "listing-endless-name": of_listings(lambda request: send_for_ever(request, b'[{"ObjectName": "', b"n" * 65536)),
    "listing-endless-blanks": of_listings(lambda request: request.cut(200, b"[" + b" " * 2000000, None, length=10 ** 9)),
    "listing-no-name": entries_without("ObjectName"),
    "listing-no-length": entries_without("Length"),
    "listing-no-date": entries_without("LastChanged"),
    "listing-no-kind": entries_without("IsDirectory"),
    "name-with-slash": entries_with(ObjectName="../../etc/passwd"),
    "name-dots": entries_with(ObjectName=".."),
    "name-empty": entries_with(ObjectName=""),
    "name-long": entries_with(ObjectName="n" * 1100),
    "length-negative": entries_with(Length=-1),
    "length-text": entries_with(Length="300000"),
    "length-huge": entries_with(Length=10 ** 30),
    "date-nonsense": entries_with(LastChanged="yesterday"),
    "date-zulu": entries_with(LastChanged="2026-04-21T02:30:00Z"),
    "date-short": entries_with(LastChanged="2026-04-21T02:30:00"),
    "checksum-null": entries_with(Checksum=None),
    "checksum-empty": entries_with(Checksum=""),
    "checksum-odd": entries_with(Checksum="md5:0123"),
    "checksum-wrong": entries_with(Checksum="0" * 64),
    "many": of_listings(many),
    "folders-without-end": of_listings(folders_without_end),
    # describing
    "no-describe": of_describing(refuse(405, "Method Not Allowed")),
    "no-describe-400": of_describing(refuse(400, "Bad Request")),
    "no-describe-501": of_describing(refuse(501, "Not Implemented")),
    "describe-other": of_describing(lambda request: request.say(200, request.entry("", "something else", Stored(b"", CHANGED)))),
    "describe-listing": of_describing(lambda request: request.say(200, request.listing())),
    "describe-html": of_describing(say(200, "<html></html>")),
    "describe-half": of_describing(lambda request: request.say(200, b'{"ObjectName": "all-1.gz"')),
    "describe-storm-once": of_describing(first(1, refuse(500, "Internal"))),
    # reading
    "cut-once": of_reading(lambda request: request.get_file(stop_after=100000 if request.number() == 1 else None)),
    "cut-always": of_reading(lambda request: request.get_file(stop_after=50000)),
    "cut-dead": of_reading(lambda request: request.get_file(stop_after=0 if "Range" in request.headers else 1000)),
    "reset-once": of_reading(lambda request: request.get_file(stop_after=100000 if request.number() == 1 else None, ending="reset")),
    "hang-in-body": of_reading(lambda request: request.get_file(stop_after=1000, ending="hang")),
    "lying-long": of_reading(lambda request: request.get_file(length=len(CONTENT) + 1000)),
    "lying-short": of_reading(lambda request: request.get_file(length=len(CONTENT) - 1000)),
    "swapped": of_reading(swapped),
    "swapped-when-resumed": when_resumed(swapped_when_resumed),
    "changed-when-resumed": when_resumed(lambda request: request.get_file(Last_Modified="Tue, 21 Apr 2026 09:00:00 GMT")),
    "gone-when-resumed": when_resumed(refuse(404, "Object Not Found")),
    "denied-when-resumed": when_resumed(refuse(401, "Unauthorized")),
    "range-ignored": when_resumed(lambda request: (request.headers.__delitem__("Range"), request.get_file())),
    "no-date": of_reading(lambda request: request.get_file(stop_after=1000, Last_Modified=None)),
    "storm-on-get": of_reading(refuse(503, "Service Unavailable")),
    "trickle": of_reading(trickle),
    # writing
    "put-storm": refuse_puts(503, "Service Unavailable"),
    "put-storm-once": refuse_puts(503, "Service Unavailable", 1),
    "put-denied": refuse_puts(401, "Unauthorized"),
    "put-mismatch": refuse_puts(400, "Checksum mismatch"),
    "put-cut-once": put_cut_once,
    "put-damaged": put_damaged,
    "put-half": put_half,
    "put-half-kept": put_half,
    "put-lies": put_lies,
}


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
