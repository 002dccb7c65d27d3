#!/usr/bin/python3
# test: waits, slow, about 19
"""Pings, webhook and Pushgateway: what they get, and that they never change the verdict. The Pushgateway is a real one."""

import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import support  # noqa: E402

SECRET = "canary-ping-a91f"
BASE = "muster: 1\nname: told\nsteps: [{name: s, run: [%s]}]\nnotify: %s\n"


class Receiver:
    """Takes down what it is sent; 200 unless the path says otherwise."""

    def __init__(self):
        self.got = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.got.append((self.path, body, dict(self.headers)))
                if "stall" in self.path:
                    time.sleep(20)
                answer = b"OK (not found)" if "unknown" in self.path else b"OK"
                self.send_response(500 if "broken" in self.path else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    def paths(self):
        return [re.sub(r"\?.*", "", path) for path, _, _ in self.got]


def run(folder, command, notify, verb="run", env=None):
    text = BASE % (command, json.dumps(notify))
    if verb == "verify":
        text += "artifacts: [{name: a, file: manifest.yml}]\n"
    return support.muster(verb, manifest=text, cwd=folder, env={"PING": "unset", **(env or {})})


def pings(folder):
    receiver = Receiver()
    passed = run(folder, '"true"', {"ping": receiver.url + "/" + SECRET + "/"})
    rids = {path.split("?rid=")[1] for path, _, _ in receiver.got}
    assert passed.code == 0 and receiver.paths() == [f"/{SECRET}/start", f"/{SECRET}"], (passed, receiver.got)
    assert len(rids) == 1 and re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", rids.pop()), receiver.got
    assert b"told: pass" in receiver.got[1][1], receiver.got
    failed = run(folder, '"false"', {"ping": {"env": "PING"}}, env={"PING": receiver.url + "/x?a=b"})
    path, body, _ = receiver.got[-1]
    assert failed.code == 1 and path.startswith("/x/fail?a=b&rid=") and b"step:s/exit" in body, (failed, path, body)
    assert [n["sent"] for n in failed.report["notifications"]] == [True, True], failed.report["notifications"]


def long_summary(folder):
    receiver = Receiver()
    never = ", ".join(f"p{number:04}" for number in range(900))
    text = ("muster: 1\nname: told\nsteps: [{name: s, run: [bash, -c, 'seq -f p%04.0f 0 899'], expect: {output: {never: [" + never +
            "]}}}]\nnotify: {ping: \"" + receiver.url + "/p\"}\n")
    seen = support.muster("run", manifest=text, cwd=folder)
    body = receiver.got[-1][1]
    assert seen.code == 1 and 9000 < len(body) <= 10000 and body.startswith(b"told: fail"), (len(body), body[:200])


def troubles(folder):
    receiver = Receiver()
    for notify, word in [({"ping": "http://127.0.0.1:9/x"}, ""), ({"ping": receiver.url + "/broken"}, "did not take it"),
                         ({"ping": receiver.url + "/unknown"}, "does not know this URL"),
                         ({"ping": receiver.url + "/stall", "timeout": "1s"}, ""),
                         ({"ping": {"env": "NOWHERE"}}, "NOWHERE"),
                         ({"webhook": {"url": receiver.url + "/broken"}}, "did not take it")]:
        seen = run(folder, '"true"', notify)
        told = seen.report["notifications"]
        assert seen.code == 0 and told and not any(n["sent"] for n in told), (notify, seen)
        assert all(word in n["trouble"] for n in told) and "not sent" in seen.said, (notify, told, seen.said)


def webhook(folder):
    receiver = Receiver()
    seen = run(folder, '"false"', {"webhook": {"url": receiver.url + "/hook", "headers": {"Authorization": {"env": "PING"}}}},
               env={"PING": SECRET})
    _, body, headers = receiver.got[-1]
    report = json.loads(body)
    assert report["verdict"] == "fail" and report["run"]["id"] == seen.report["run"]["id"], report
    assert headers["Authorization"] == SECRET and headers["Content-Type"] == "application/json", headers
    assert SECRET not in seen.said + json.dumps(seen.report)


def verify_is_silent(folder):
    receiver = Receiver()
    assert run(folder, '"true"', {"ping": receiver.url + "/p"}, verb="verify").code == 0 and not receiver.got, receiver.got
    run(folder, '"true"', {"ping": receiver.url + "/p", "on": ["run", "verify"]}, verb="verify")
    assert receiver.paths() == ["/p/start", "/p"], receiver.got


def signal(folder):
    receiver = Receiver()
    text = BASE % ("bash, -c, 'kill -TERM $PPID; sleep 20'", json.dumps({"ping": receiver.url + "/p"}))
    seen = support.muster("run", manifest=text, cwd=folder)
    assert seen.code == 143 and receiver.paths() == ["/p/start", "/p/fail"], (seen, receiver.got)


def secrets_in_urls(folder):
    for url in ["http://user:%s@127.0.0.1:9/x", "http://%s@127.0.0.1:9/x", "http://user:%s/x@127.0.0.1:9/", "http://127.0.0.1:9/%s",
                "http://user:%s@no.such.host.invalid/x", "ftp://user:%s@127.0.0.1/"]:
        seen = run(folder, '"true"', {"ping": {"env": "PING"}}, env={"PING": url % SECRET})
        assert seen.code == 0 and not seen.report["notifications"][-1]["sent"], seen
        assert SECRET not in seen.said + json.dumps(seen.report), (url, seen.said)


def signal_while_nobody_answers(folder):
    receiver = Receiver()
    with open(os.path.join(folder, "m.yaml"), "w", encoding="utf-8") as file:
        file.write(BASE % ('"true"', json.dumps({"ping": receiver.url + "/stall", "timeout": "10s"})))
    with subprocess.Popen([support.MUSTER, "run", "m.yaml"], cwd=folder, stdout=subprocess.DEVNULL) as process:
        time.sleep(1)
        began = time.monotonic()
        process.terminate()
        assert process.wait(60) == 143 and time.monotonic() - began < 18, time.monotonic() - began


def pushgateway(folder):
    port = 19000 + os.getpid() % 1000
    gateway = subprocess.Popen(["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                urllib.request.urlopen(url + "/-/ready").read()
                break
            except OSError:
                time.sleep(0.1)
        seen = run(folder, '"true"', {"pushgateway": url + "/"})
        assert seen.code == 0 and seen.report["notifications"][0]["sent"], seen.report["notifications"]
        first = urllib.request.urlopen(url + "/metrics").read().decode()
        success = re.search(r"^muster_last_success_timestamp_seconds\{.*job=\"told\".*\} (\S+)$", first, re.M)
        assert success, first
        seen = run(folder, '"false"', {"pushgateway": url})
        assert seen.code == 1 and seen.report["notifications"][0]["sent"], seen.report["notifications"]
        second = urllib.request.urlopen(url + "/metrics").read().decode()
        assert success[0] in second, "a failure leaves the time of the last success"
    finally:
        gateway.terminate()
        gateway.wait()


def main():
    passed = failed = 0
    for case in [pings, long_summary, troubles, webhook, verify_is_silent, signal, secrets_in_urls, signal_while_nobody_answers, pushgateway]:
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(folder)
                passed += 1
            except Exception as trouble:  # pylint: disable=broad-except
                failed += 1
                print(f"FAILED {case.__name__}: {type(trouble).__name__} {trouble}"[:3000])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
