#!/usr/bin/python3
# test: waits, slow, about 5
"""A child's environment is what the manifest says; the secrets that only muster needs are not in it unless they are declared."""

import email.utils
import http.server
import os
import threading

from support import Folder, expect, expect_equal, expect_match, expect_no_match, main, muster, write

CANARY = "c4nary-of-a-store"
PRINT = "#!/bin/sh\nenv >\"$1\"\necho 1.0\n"
LIST = b"""<?xml version="1.0"?><ListBucketResult><Name>b</Name><Prefix></Prefix><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys>
<IsTruncated>false</IsTruncated></ListBucketResult>"""


class Bucket(http.server.BaseHTTPRequestHandler):
    """As much of a store as lets the steps be run."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(LIST)))
        self.end_headers()
        self.wfile.write(LIST)

    do_HEAD = do_GET

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(timestamp, usegmt=True)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
threading.Thread(target=server.serve_forever, daemon=True).start()
STORE = f"""stores:
  s: {{s3: {{endpoint: "http://127.0.0.1:{server.server_port}", region: europe-1, bucket: b, CREDENTIALS}}}}
"""
NAMED = STORE.replace("CREDENTIALS", "credentials: {access_key: {env: STORE_ID}, secret_key: {env: STORE_KEY}, "
                                     "session_token: {env: STORE_TOKEN}}")
NAMED_ENV = {"STORE_ID": "AKIACANARY", "STORE_KEY": CANARY, "STORE_TOKEN": CANARY + "-token", "OUTER": "outer"}


def run(text, path, env=None, code=0):
    ran = muster("run", manifest="muster: 1\nname: environment\n" + text, cwd=path, env=env)
    expect_equal(ran.code, code, ran)
    return ran


def seen(path, name):
    with open(os.path.join(path, name), encoding="utf-8") as file:
        return dict(line.split("=", 1) for line in file.read().splitlines() if "=" in line)


def test_only_what_is_declared():
    with Folder() as path:
        write(path, "secret", "hidden\n")
        run("""steps:
  - {name: nothing, run: [env], env_only: true, stdout: nothing}
  - {name: some, run: [env], env_only: true, stdout: some,
     env: {A: b, EMPTY: "", OUTER: "${env.OUTER}", KEY: {env: OUTSIDE}, FILE: {file: secret}}}
  - {name: pipe, pipe: [[sh, -c, 'env >first'], [sh, -c, 'env >second']], env_only: true, env: {A: b}}
  - {name: bash, shell: 'env >bash', env_only: true, env: {A: b}}
""", path, {"OUTER": "outer", "OUTSIDE": "outside"})
        expect_equal(seen(path, "nothing"), {})
        expect_equal(seen(path, "some"), {"A": "b", "EMPTY": "", "OUTER": "outer", "KEY": "outside", "FILE": "hidden"})
        for name in ("first", "second", "bash"):
            expect_equal({key: value for key, value in seen(path, name).items() if key not in ("PWD", "SHLVL", "_", "OLDPWD")},
                         {"A": "b"}, name)


def test_besides_muster_s_own():
    with Folder() as path:
        run("steps: [{name: a, run: [env], stdout: a, env: {A: b, OUTER: inner}}, {name: b, run: [env], stdout: b}]\n", path,
            {"OUTER": "outer"})
        expect_equal(seen(path, "a"), {**seen(path, "b"), "A": "b", "OUTER": "inner"})
        expect_equal(seen(path, "b")["OUTER"], "outer")
        with open(os.path.join(path, "a"), encoding="utf-8") as file:
            expect_equal([line for line in file.read().splitlines() if line.startswith("OUTER=")], ["OUTER=inner"], "once")


def test_programs_are_looked_for_in_the_child_s_path():
    with Folder() as path:
        os.mkdir(os.path.join(path, "bin"))
        os.chmod(write(path, "bin/only-here", "#!/bin/sh\necho found\n"), 0o755)
        run(f"steps: [{{name: a, run: [only-here], env_only: true, env: {{PATH: {path}/bin}}, expect: {{stdout: {{always: [found]}}}}}}]\n",
            path)
        ran = run("steps: [{name: a, run: [only-here], env_only: true}]\n", path, {"PATH": f"{path}/bin:/usr/bin:/bin"}, code=1)
        expect_match("its environment has no PATH, and it is not in /usr/local/sbin:", ran.check("step:a/exit")["observed"], ran)
        ran = run("steps: [{name: a, run: [env], env_only: true, env: {PATH: /nowhere}}]\n", path, code=1)
        expect_match("not found in PATH", ran.check("step:a/exit")["observed"], ran)


def test_a_store_s_secrets_are_withheld_from_everything_that_is_run():
    with Folder() as path:
        os.chmod(write(path, "print", PRINT), 0o755)
        os.chmod(write(path, "tool", "#!/bin/sh\nenv >by-tool\necho 1.0\n"), 0o755)
        run(NAMED + """inventories: {i: {run: [./print, by-inventory]}}
preflight: [{tool: {name: ./tool, version: ">=1"}}, {command: {run: [./print, by-command]}}]
steps:
  - {name: a, run: [./print, by-step]}
  - {name: b, pipe: [[./print, by-stage-1], [sh, -c, "cat && ./print by-stage-2"]], env: {A: b}}
  - {name: c, shell: ./print by-shell}
  - {name: d, run: [./print, by-clean-up], always: true}
""", path, NAMED_ENV)
        for name in ("inventory", "tool", "command", "step", "stage-1", "stage-2", "shell", "clean-up"):
            environment = seen(path, "by-" + name)
            expect_equal([key for key in environment if key.startswith("STORE_")], [], name)
            expect_equal(environment["OUTER"], "outer", name)


def test_what_is_declared_is_handed_on():
    with Folder() as path:
        run(NAMED + """inventories: {i: {run: [sh, -c, 'env >by-inventory; echo 1'], env: {STORE_KEY: {env: STORE_KEY}}}}
steps:
  - {name: a, run: [env], stdout: a, env: {STORE_KEY: {env: STORE_KEY}, OTHER: {env: STORE_ID}}}
  - {name: b, run: [env], stdout: b, env_only: true, env: {STORE_TOKEN: another}}
""", path, NAMED_ENV)
        for name in ("by-inventory", "a"):
            expect_equal(seen(path, name)["STORE_KEY"], CANARY, name)
        a = seen(path, "a")
        expect_equal((a["OTHER"], "STORE_ID" in a, "STORE_TOKEN" in a), ("AKIACANARY", False, False))
        expect_equal(seen(path, "b"), {"STORE_TOKEN": "another"})


def test_keys_that_the_manifest_does_not_name_are_inherited():
    ambient = {"AWS_ACCESS_KEY_ID": "AKIACANARY", "AWS_SECRET_ACCESS_KEY": CANARY}
    step = "steps: [{name: a, run: [env], stdout: a}]\n"
    with Folder() as path:
        run(STORE.replace(", CREDENTIALS", "") + step, path, ambient)
        expect_equal(seen(path, "a")["AWS_SECRET_ACCESS_KEY"], CANARY)
        named = "credentials: {access_key: {env: AWS_ACCESS_KEY_ID}, secret_key: {env: AWS_SECRET_ACCESS_KEY}}"
        run(STORE.replace("CREDENTIALS", named) + step, path, ambient)
        expect_equal([key for key in seen(path, "a") if key.startswith("AWS_") and key in ambient], [])


def test_those_of_bunny_and_notify():
    with Folder() as path:
        ran = run(f"""stores: {{s: {{bunny: {{zone: z, access_key: {{env: ZONE_KEY}}, endpoint: "http://127.0.0.1:9", timeout: 1s}}}}}}
notify:
  ping: {{env: PING_URL}}
  webhook: {{url: {{env: HOOK_URL}}, headers: {{Authorization: {{env: HOOK_KEY}}}}}}
  pushgateway: {{url: "http://127.0.0.1:{server.server_port}", headers: {{Authorization: {{env: PUSH_KEY}}}}}}
  timeout: 1s
preflight: [{{command: {{run: [sh, -c, 'env >seen']}}}}]
steps: [{{name: a, run: ["true"]}}]
""", path, {name: f"http://127.0.0.1:{server.server_port}/{CANARY}" for name in ("PING_URL", "HOOK_URL")}
            | {"ZONE_KEY": CANARY, "HOOK_KEY": CANARY, "PUSH_KEY": CANARY}, code=5)
        expect("PATH" in seen(path, "seen"), ran)
        expect_no_match("ZONE_KEY|PING_URL|HOOK_|PUSH_KEY|" + CANARY, str(seen(path, "seen")))


main()
