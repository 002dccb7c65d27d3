"""Faults that any request meets."""

import datetime

from fault_protocol import *


def endless_headers(request):
    request.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.send(b"X-More: " + b"x" * 1000 + b"\r\n")


def endless_error(request):
    request.begin(403)
    request.send(b"<Error><Code>AccessDenied</Code>")
    while True:
        request.send(b" " * 65536)


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


def garbage(request):
    request.send(b"\x00\x01\x02 this is not HTTP\r\n\r\n" * 100)
    raise Gone


def close_at_once(_):
    raise Gone


def echo_of_what_was_sent(request):
    request.answer(403, f"<Error><Code>SignatureDoesNotMatch</Code><Message>{request.headers['authorization']}"
                        f" {request.headers.get('x-amz-security-token')}</Message></Error>")


FAULTS = {
    "well": serve_well,
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
}
