#!/usr/bin/python3
# test: linked, slow
"""The check 'http' against a server of its own: tokens, JSON, certificates, and nobody there."""

import http.server
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import support  # noqa: E402

TOKEN = "canary-token-5121"
BODY = {"active": True, "expires_at": "2027-01-31", "scopes": ["api", "read"], "a/b": {"m~n": 7}, "token": TOKEN}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        good = self.headers.get("PRIVATE-TOKEN") == TOKEN
        body = b"no json" if self.path == "/text" else json.dumps(BODY).encode()
        if self.path == "/long":
            body = b"[" + b" " * (5 << 20) + b"]"
        self.send_response(302 if self.path == "/moved" else 200 if good else 401)
        if self.path == "/moved":
            self.send_header("Location", "/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *_):
        pass


def serve(folder, days=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if days is not None:
        key, certificate = os.path.join(folder, f"key{days}"), os.path.join(folder, f"cert{days}")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days",
                        str(days), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def probe(folder, check, env=None):
    text = "muster: 1\nname: http\npreflight:\n  - http: " + json.dumps(check) + "\nsteps: [{name: s, run: ['true']}]\n"
    return support.muster("run", "--verbose", manifest=text, cwd=folder, env={"TOKEN": TOKEN, **(env or {})})


def cases(folder):
    plain, tls = f"http://127.0.0.1:{serve(folder)}", f"https://localhost:{serve(folder, 30)}"
    headers = {"PRIVATE-TOKEN": {"env": "TOKEN"}}
    good = {"url": plain + "/", "headers": headers}
    trusted = {"url": tls + "/", "headers": headers, "ca_file": os.path.join(folder, "cert30")}

    def expect(name, check, code, rows, **env):
        run = probe(folder, check, env)
        wrong = [f"{row} is {run.verdict('preflight:0/http' + row)}" for row, verdict in rows.items()
                 if run.verdict("preflight:0/http" + row) != verdict]
        hidden = TOKEN in run.said or TOKEN in json.dumps(run.report)
        yield name, run.code == code and not wrong and not hidden, f"{wrong} {run}"

    yield from expect("a good token", good, 0, rows={"": "pass"})
    yield from expect("a bad token", {**good, "headers": {"PRIVATE-TOKEN": "old"}}, 4, rows={"": "fail"})
    yield from expect("a status that counts", {"url": plain + "/", "status": [200, 401]}, 0, rows={"": "pass"})
    yield from expect("a redirect", {**good, "url": plain + "/moved"}, 4, rows={"": "fail"})
    values = {"/active": "^true$", "/scopes/1": "read", "/a~1b/m~0n": "^7$", "/expires_at": "^2027"}
    yield from expect("values", {**good, "json": values}, 0, rows={f"/json:{pointer}": "pass" for pointer in values})
    yield from expect("wrong values", {**good, "json": {"/active": "false", "/none": ".", "/token": "other"}}, 4,
                      rows={"": "pass", "/json:/active": "fail", "/json:/none": "fail", "/json:/token": "fail"})
    yield from expect("no JSON", {**good, "url": plain + "/text", "json": {"/a": "."}}, 4, rows={"": "pass", "/json:/a": "fail"})
    yield from expect("too much JSON", {**good, "url": plain + "/long", "json": {"/a": "."}}, 5, rows={"/json:/a": "unproven"})
    yield from expect("nobody there", {"url": "http://127.0.0.1:9/", "timeout": "2s"}, 5, rows={"": "unproven"})
    yield from expect("a trusted certificate", {**trusted, "certificate": "14d"}, 0, rows={"": "pass", "/certificate": "pass"})
    yield from expect("a certificate that ends", {**trusted, "certificate": "60d"}, 4, rows={"": "pass", "/certificate": "fail"})
    yield from expect("an unknown certificate", {"url": tls + "/", "headers": headers}, 4, rows={"": "fail"})
    yield from expect("a URL that is a secret", {**good, "url": {"env": "ADDRESS"}}, 0, rows={"": "pass"}, ADDRESS=plain + "/" + TOKEN)
    yield from expect("one that cannot be asked", {**good, "url": {"env": "ADDRESS"}}, 4, rows={"": "fail"}, ADDRESS="https://me:" + TOKEN + "@h/")
    yield from expect("one that nobody answers", {**good, "url": {"env": "ADDRESS"}}, 5, rows={"": "unproven"},
                      ADDRESS="http://127.0.0.1:9/" + TOKEN)
    yield from expect("an unset URL", {**good, "url": {"env": "UNSET"}}, 4, rows={"": "fail"})
    yield from expect("an unset token", {**good, "headers": {"PRIVATE-TOKEN": {"env": "UNSET"}}}, 4, rows={"": "fail"})


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, good, why in cases(folder):
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"FAILED {name}: {why}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
