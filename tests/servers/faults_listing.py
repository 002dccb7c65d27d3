"""Faults of listings."""

import hashlib
import time

from fault_protocol import *


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


def breaks_down_unless_encoded(request):
    """As Swift does over a key that XML cannot hold."""
    if request.key:
        return serve_object(request)
    if request.query.get("encoding-type") == "url":
        return request.answer(200, listing(["a%01b", "c"], "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"))
    return request.error(500, "InternalError")


def control_character_keys(request):
    if request.query.get("encoding-type") == "url":
        request.answer(200, listing(["a%01b", "c+d%2B"], "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"))
    else:
        request.answer(200, listing(["a\x01b"]))


def trickled_listing(request):
    body = listing(["a", "b", "c"]).encode()
    request.begin(200, len(body))
    for byte in body:
        request.send(bytes([byte]))
        time.sleep(0.001)


def placeholders(request):
    """No more than folders, but for what comes after many of them."""
    if "max-keys" not in request.query:
        return serve_well(request)
    keys = [f"f{number:04}/" for number in range(2500)] + (["last"] if "last" in request.bucket else [])
    begin = int(request.query.get("continuation-token", "0"))
    end = begin + int(request.query["max-keys"])
    return request.answer(200, listing(keys[begin:end], truncated(end) if end < len(keys) else "").replace(f"<Size>{len(CONTENT)}<", "<Size>0<"))


def breaks_down_when_cut_short(request):
    """As s3rver 3.7 and smarts3 do."""
    if request.query.get("max-keys") == "1":
        return request.error(500, "InternalError")
    return serve_well(request)


def without_next_marker(request):
    """A server that ignores list-type, and leaves out even the marker that it was given."""
    keys = [f"k{i:02}" for i in range(25)]
    page = [key for key in keys if key > request.query.get("marker", "")][:10]
    request.answer(200, listing(page, f"<IsTruncated>{'true' if page[-1] != keys[-1] else 'false'}</IsTruncated>"))


PAGES = 1000
NEWEST_PAGE = 617
MARK = "#page"


def full_page():
    """A thousand keys as AWS lists them, the page's number as MARK."""
    entries = (f"<Contents><Key>backups/{MARK}/database-{number:03}.sql.gz</Key><LastModified>2026-04-{number % 20 + 1:02}T02:30:00.000Z"
               f"</LastModified><ETag>&quot;{hashlib.md5(bytes([number % 256])).hexdigest()}&quot;</ETag><Size>{number * 1000}</Size>"
               "<StorageClass>STANDARD</StorageClass></Contents>" for number in range(1000))
    return "".join(entries).encode()


FULL_PAGE = full_page()


def keys_of(pages):
    """No fault, but a thousand keys a page, of which one is newer than all others."""
    newest = NEWEST_PAGE * pages // PAGES

    def serve(request):
        if request.key:
            return serve_object(request)
        page = int(request.query.get("continuation-token", "0"))
        if "marker" in request.query:
            page = int(request.query["marker"].split("/")[1]) + 1
        more = truncated(f"{page + 1:05}") if page + 1 < pages else "<IsTruncated>false</IsTruncated>"
        body = FULL_PAGE.replace(MARK.encode(), b"%05d" % page)
        if page == newest:
            body = body.replace(b"2026-04-20T", b"2026-05-01T", 1)
        begin = f'<?xml version="1.0"?><ListBucketResult {XMLNS}><Name>{request.bucket}</Name><MaxKeys>1000</MaxKeys>{more}'
        return request.answer(200, begin.encode() + body + b"</ListBucketResult>")

    return serve


FAULTS = {
    "million": keys_of(PAGES),
    "hundred-thousand": keys_of(100),
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
    "without-next-marker": without_next_marker,
    "placeholders": placeholders,
    "placeholders-last": placeholders,
    "cut-short": breaks_down_when_cut_short,
    "version-2": lambda request: request.answer(200, version_2(request)),
    "pages-cut-once": pages_cut_once,
    "control-characters": control_character_keys,
    "breaks-down-unless-encoded": breaks_down_unless_encoded,
    "prefix-ignored": always(200, listing(["a", "other/b", "c"])),
    "trickled-listing": trickled_listing,
}
