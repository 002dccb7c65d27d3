#!/usr/bin/python3
"""Every secret that the manifest names is masked from the first line on, whoever is to use it and whenever: what is run may print it first."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import *  # noqa: E402,F403

CANARIES = {name: f"canary-{name}-8c1d7e2b90" for name in ("header", "ping", "hook", "push", "asked", "bearer", "key", "env")}


def manifest_of(folder):
    for name, value in CANARIES.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(value + "\n")
    for name in ("hook", "push", "asked"):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(f"http://127.0.0.1:9/{CANARIES[name]}/x")
    files = {name: {"file": os.path.join(folder, name)} for name in CANARIES}
    show = "cat " + " ".join(files) + " 2>/dev/null || true; cat header >&2; echo shown"
    return {"muster": 1, "name": "masked",
            "preflight": [{"command": {"run": ["sh", "-c", show], "stdout": ["canary-header"]}},
                          {"http": {"url": files["asked"], "headers": {"Authorization": files["bearer"]}, "timeout": "1s"}}],
            "stores": {"s": {"s3": {"endpoint": "http://127.0.0.1:9", "bucket": "b", "timeout": "1s", "retry": {"attempts": 1},
                                    "credentials": {"access_key": files["key"], "secret_key": files["key"]}}}},
            "steps": [{"name": "show", "shell": show}, {"name": "later", "run": ["true"], "env": {"X": files["env"]}}],
            "notify": {"ping": files["ping"], "webhook": {"url": files["hook"], "headers": {"X-A": files["header"]}},
                       "pushgateway": {"url": files["push"]}, "timeout": "1s"}}


def expect_masked(folder, verb, manifest):
    with open(os.path.join(folder, "m.json"), "w", encoding="utf-8") as file:
        json.dump(manifest, file)
    run = muster(verb, "--verbose", manifest=json.dumps(manifest), cwd=folder)
    expect("shown" in run.said or verb != "run", run)
    for value in CANARIES.values():
        expect(value not in run.said + json.dumps(run.report) + str(run.termination), f"{value}: {run}")
    return run


def test_before_anything_is_printed():
    with tempfile.TemporaryDirectory() as folder:
        manifest = manifest_of(folder)
        for verb in ("run", "verify"):
            expect_masked(folder, verb, manifest)
        # Without what stops the run before its first step; what nobody names is no secret.
        del manifest["stores"], manifest["preflight"]
        for name in ("asked", "bearer", "key"):
            os.unlink(os.path.join(folder, name))
        run = expect_masked(folder, "run", manifest)
        expect("show | [secret]" in run.said and run.code == 0, run)
        expect(len(run.report["notifications"]) > 2, run)


main()
