#!/usr/bin/python3
# test: waits
"""A secret is never shown: not as it is, not encoded, not in pieces, in nothing that muster writes."""

import base64
import os
import urllib.parse

from support import Folder, expect, expect_equal, expect_match, main, muster, write

CANARY = "c4nary/of+the=secret&value"
FORMS = [CANARY, base64.b64encode(CANARY.encode()).decode(), urllib.parse.quote(CANARY, safe="")]


def expect_hidden(run, forms=FORMS):
    everything = run.said + run.report["_text"] + run.termination.decode(errors="replace")
    for form in forms:
        expect(form not in everything, f"'{form}' can be seen\n{run}")


def test_in_what_a_step_prints():
    with Folder() as path:
        write(path, "print.py", f"""import os, sys, time
value = os.environ["PASSWORD"]
print("plain", value); print({FORMS[1]!r}); print({FORMS[2]!r}, file=sys.stderr)
for part in (value[:7], value[7:20], value[20:] + "\\n"):
    sys.stdout.write(part); sys.stdout.flush(); time.sleep(0.05)
sys.exit(3)
""")
        run = muster("run", manifest="""muster: 1
name: secrets
steps:
  - name: a
    run: [/usr/bin/python3, print.py]
    env: {PASSWORD: {env: OUTSIDE}}
    expect: {output: {never: [plain], always: ['nothing']}}
""", cwd=path, env={"OUTSIDE": CANARY})
        expect_equal(run.code, 1, run)
        expect_match("plain", run.check("step:a/output/never:0")["observed"], run)
        expect_hidden(run)


def test_in_arguments_paths_and_messages():
    with Folder() as path:
        write(path, "secret", CANARY + "\n")
        run = muster("run", manifest=f"""muster: 1
name: secrets
steps:
  - {{name: use, run: ["true"], env: {{S: {{file: secret}}}}}}
  - {{name: argument, run: [echo, "{CANARY}"], expect: {{stdout: {{always: ['other']}}}}}}
  - {{name: missing, run: ["./{CANARY}"], always: true}}
artifacts:
  - {{name: a, file: "{CANARY}"}}
""", cwd=path)
        expect_equal(run.code, 1, run)
        expect_hidden(run)


def test_of_several_lines():
    lines = ["-----BEGIN KEY-----", "first-line-of-the-canary", "second-line-of-the-canary"]
    with Folder() as path:
        write(path, "secret", "\n".join(lines) + "\n")
        run = muster("run", manifest="""muster: 1
name: secrets
steps:
  - {name: a, run: [sh, -c, 'echo "$KEY" | tail -n 1; exit 1'], env: {KEY: {file: secret}}}
""", cwd=path)
        expect_hidden(run, lines[1:])


def test_of_a_store():
    with Folder() as path:
        write(path, "secret", CANARY + "\n")
        run = muster("run", manifest="""muster: 1
name: secrets
stores:
  s:
    s3:
      endpoint: http://127.0.0.1:9
      region: europe-1
      bucket: ge-pg
      timeout: 1s
      credentials: {access_key: {env: KEY}, secret_key: {file: secret}}
steps:
  - {name: a, run: [env]}
""", cwd=path, env={"KEY": "AKIACANARY"})
        expect_equal(run.code, 5, run)
        expect_hidden(run)


def test_that_is_not_there():
    with Folder() as path:
        run = muster("run", manifest="""muster: 1
name: secrets
steps:
  - {name: a, run: [touch, ran], env: {S: {env: SURELY_NOT_SET}, T: {file: nowhere}}}
""", cwd=path)
        expect(run.code != 0, run)
        expect(not os.path.exists(os.path.join(path, "ran")), "the step ran without its secret")
        expect_match("SURELY_NOT_SET", run.said)


main()
