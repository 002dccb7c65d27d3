"""A stand-in for what gives out credentials: STS, a container's endpoint, an instance's metadata. It knows no more of them
than their documentation says of the requests that muster makes.

    fake = CredentialsFake()
    fake.url                    http://127.0.0.1:PORT
    fake.requests               what was asked: (method, path, headers, body)
    fake.answers["/sts/"]       a list of (status, body), of which the last is for ever; a callable is asked with the request
"""

import http.server
import json
import threading
import urllib.parse


def sts_reply(access_key, secret_key, token, expiration="2099-01-01T00:00:00Z"):
    return (200, '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                 "<AssumeRoleWithWebIdentityResult><SubjectFromWebIdentityToken>s</SubjectFromWebIdentityToken><Credentials>"
                 f"<AccessKeyId>{access_key}</AccessKeyId><SecretAccessKey>{secret_key}</SecretAccessKey>"
                 f"<SessionToken>{token}</SessionToken><Expiration>{expiration}</Expiration>"
                 "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>")


def sts_error(status, code, message):
    return (status, '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
                    f"<Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>")


def json_keys(access_key, secret_key, token, expiration="2099-01-01T00:00:00Z", **more):
    return (200, json.dumps({"AccessKeyId": access_key, "SecretAccessKey": secret_key, "Token": token,
                             "Expiration": expiration, **more}))


class CredentialsFake:
    def __init__(self):
        self.answers = {}
        self.requests = []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                fake.requests.append((self.command, self.path, dict(self.headers.items()), body))
                path = urllib.parse.urlsplit(self.path).path
                chosen = fake.answers.get((self.command, path), fake.answers.get(path, [(404, "not here")]))
                status, text = (chosen(self, body) if callable(chosen)
                                else chosen.pop(0) if len(chosen) > 1 else chosen[0])
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                if self.command == "HEAD":
                    return
                try:
                    self.wfile.write(text.encode())
                except OSError:
                    self.close_connection = True

            do_GET = do_PUT = do_POST = do_HEAD = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
