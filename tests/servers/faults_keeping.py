"""No fault at all: a bucket that keeps what is put into it, for whoever breaks muster and not the server."""

import collections

from fault_protocol import *

BUCKETS_MAX = 32  # the oldest is forgotten

buckets = collections.OrderedDict()


class Bucket:
    def __init__(self):
        self.objects, self.uploads = {}, {}


def bucket_of(request):
    with lock:
        bucket = buckets.setdefault(request.bucket, Bucket())
        while len(buckets) > BUCKETS_MAX:
            buckets.popitem(last=False)
        return bucket


def keep(bucket, key, body, etag=None):
    etag = etag or hashlib.md5(body).hexdigest()
    bucket.objects[key] = (body, etag, time.gmtime())
    return etag


def put(request, bucket):
    body = request.body()
    if "uploadId" in request.query:
        etag = hashlib.md5(body).hexdigest()
        bucket.uploads[request.query["uploadId"]][int(request.query["partNumber"])] = body
    elif request.headers.get("if-none-match") == "*" and request.key in bucket.objects:
        return request.error(412, "PreconditionFailed")
    else:
        etag = keep(bucket, request.key, body)
    return request.answer(200, ETag=f'"{etag}"')


def post(request, bucket):
    request.body()
    if "uploads" in request.query:
        name = f"upload-{len(bucket.uploads)}"
        bucket.uploads[name] = {}
        return request.answer(200, f"<InitiateMultipartUploadResult {XMLNS}><Bucket>{request.bucket}</Bucket><Key>{request.key}</Key>"
                                   f"<UploadId>{name}</UploadId></InitiateMultipartUploadResult>")
    parts = bucket.uploads.pop(request.query.get("uploadId"), None)
    if parts is None:
        return request.error(404, "NoSuchUpload")
    bodies = [parts[number] for number in sorted(parts)]
    etag = hashlib.md5(b"".join(hashlib.md5(body).digest() for body in bodies)).hexdigest() + f"-{len(bodies)}"
    keep(bucket, request.key, b"".join(bodies), etag)
    return request.answer(200, f'<CompleteMultipartUploadResult {XMLNS}><Bucket>{request.bucket}</Bucket><Key>{request.key}</Key>'
                               f'<ETag>&quot;{etag}&quot;</ETag></CompleteMultipartUploadResult>')


def remove(request, bucket):
    (bucket.uploads if "uploadId" in request.query else bucket.objects).pop(request.query.get("uploadId", request.key), None)
    request.answer(204)


def get_object(request, bucket):
    if request.key not in bucket.objects:
        return request.error(404, "NoSuchKey")
    body, etag, moment = bucket.objects[request.key]
    facts = {"ETag": f'"{etag}"', "Last_Modified": time.strftime(DATE, moment)}
    if "range" in request.headers:
        first, _, last = request.headers["range"][6:].partition("-")
        last = min(int(last or len(body)), len(body) - 1)
        return request.answer(206, body[int(first):last + 1], Content_Range=f"bytes {first}-{last}/{len(body)}", **facts)
    return request.answer(200, body, **facts)


def list_bucket(request, bucket):
    if "uploads" in request.query:
        open_ones = "".join(f"<Upload><Key>{request.query.get('prefix', '')}</Key><UploadId>{name}</UploadId></Upload>" for name in bucket.uploads)
        return request.answer(200, f"<ListMultipartUploadsResult {XMLNS}><IsTruncated>false</IsTruncated>{open_ones}</ListMultipartUploadsResult>")
    rows = "".join(f"<Contents><Key>{key}</Key><LastModified>{time.strftime('%Y-%m-%dT%H:%M:%S.000Z', moment)}</LastModified>"
                   f"<ETag>&quot;{etag}&quot;</ETag><Size>{len(body)}</Size></Contents>"
                   for key, (body, etag, moment) in sorted(bucket.objects.items()) if key.startswith(request.query.get("prefix", "")))
    return request.answer(200, f'<?xml version="1.0"?><ListBucketResult {XMLNS}><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>')


def serve(request):
    bucket = bucket_of(request)
    if request.method in ("PUT", "POST", "DELETE"):
        return {"PUT": put, "POST": post, "DELETE": remove}[request.method](request, bucket)
    if request.key:
        return get_object(request, bucket)
    if request.method == "HEAD" or "location" in request.query:
        return serve_well(request)
    return list_bucket(request, bucket)


FAULTS = {"keeps": serve}
