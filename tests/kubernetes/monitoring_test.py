#!/usr/bin/python3
"""Rules and dashboard: they parse, they speak of metrics that muster has, and a real Prometheus answers them from real runs."""

import json
import os
import re
import socket
import subprocess
import time
import urllib.parse
import urllib.request

from cluster import HERE, build, command, of_kind, only, read, support, yaml

from support import expect, expect_equal, wait_for

NAME = re.compile(r"\bmuster_\w+")
DASHBOARD = "muster.json"
READY_SECONDS = 240
MANIFEST = """
muster: 1
name: {name}
max_age: 26h
stores: {{vault: {{directory: {{path: vault}}}}}}
inventories: {{tables: {{items: [a, b]}}}}
steps:
  - {{name: dump, run: [sh, -c, "printf 'a\\nb\\n' >a.txt; tar -cf {name}.tar a.txt"]}}
artifacts:
  - name: tar
    file: {name}.tar
    step: dump
    expect: {{size: {{min: {least}}}, format: tar, archive: {{members: [{{path: a.txt, expect: {{covers: {{inventory: tables, line: '^(?<item>.+)$'}}}}}}]}}}}
    uploads: [{{store: vault, key: "{name}-${{run.time}}.tar", put: true}}]
{more}
notify: {{on: [run, verify], pushgateway: {{url: "{gateway}", job: "{job}"}}}}
"""
WAIVER = 'waivers: [{check: "artifact:tar/size", reason: "so that there is one", until: 2099-01-01}]'


def rules():
    return only(build("monitoring"), "PrometheusRule")["spec"]


def dashboard():
    return json.loads(only(build("monitoring"), "ConfigMap")["data"][DASHBOARD])


def queries():
    """Title and query of everything on the dashboard, as Grafana sends it where all is chosen."""
    board = dashboard()
    expressions = [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel["targets"]]
    expressions += [(one["name"], one["expr"]) for one in board["annotations"]["list"]]
    return [(title, expression.replace("$name", ".*").replace("$mode", ".*")) for title, expression in expressions]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Program:
    """A server for the length of a with, until it says that it is ready."""

    def __init__(self, *argv, address, folder):
        self.argv, self.address, self.folder = argv, address, folder

    def __enter__(self):
        with open(os.path.join(self.folder, os.path.basename(self.argv[0]) + ".log"), "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.argv, stdout=log, stderr=log, cwd=self.folder)
        expect(wait_for(self.ready, READY_SECONDS), f"{self.argv[0]} does not come up")
        return self

    def ready(self):
        try:
            with urllib.request.urlopen(self.address + "/-/ready", timeout=30) as answer:
                return answer.status == 200
        except OSError:
            return False

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def ask(address, path, **parameters):
    with urllib.request.urlopen(f"{address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=120) as answer:
        return json.load(answer)["data"]


def emitted():
    """Every metric of muster, with its labels: a run with one of everything, and a canary."""
    found = {}
    with support.Folder() as folder:
        os.mkdir(os.path.join(folder, "vault"))
        text = MANIFEST.format(name="shop", least="1B", more="", gateway="http://127.0.0.1:9", job="shop")
        for verb, code in (("run", 0), ("verify", 0)):
            run = support.muster(verb, "--quiet", "--report", "prometheus=metrics", manifest=text, cwd=folder)
            expect_equal(run.code, code, run)
            with open(os.path.join(folder, "metrics"), encoding="utf-8") as file:
                exposition = file.read()
            expect_equal(command("promtool", "check", "metrics", stdin=exposition, code=None).returncode, 0)
            for name, labels in re.findall(r"^(\w+)\{(.*)\} ", exposition, re.M):
                found.setdefault(name, set()).update(re.findall(r"(\w+)=\"", labels))
            for name in re.findall(r"^# TYPE (\w+) ", exposition, re.M):
                found.setdefault(name, set())
    return found


def test_the_rules_are_sound():
    with support.Folder() as folder:
        path = support.write(folder, "rules.yml", yaml.safe_dump(rules()))
        said = command("promtool", "check", "rules", path).stdout
        expect_equal(re.findall(r"(\d+) rules found", said), ["13"], said)
        command("promtool", "check", "rules", support.write(folder, "bad.yml", yaml.safe_dump(rules()).replace("time() -", "time( -")), code=1)


def test_the_alerts():
    with support.Folder() as folder:
        support.write(folder, "rules.yml", yaml.safe_dump(rules()))
        described = {rule["alert"]: rule["annotations"]["description"] for group in rules()["groups"] for rule in group["rules"]}
        with open(os.path.join(HERE, "alerts_test.yml"), encoding="utf-8") as file:
            tests = yaml.safe_load(file.read().replace("RULES", "rules.yml"))
        tested = set()
        for test in tests["tests"]:
            for case in test["alert_rule_test"]:
                for alert in case["exp_alerts"]:
                    tested.add(case["alertname"])
                    labels = alert["exp_labels"]
                    alert["exp_annotations"]["description"] = re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found[1]],
                                                                     described[case["alertname"]])
        path = support.write(folder, "test.yml", yaml.safe_dump(tests))
        command("promtool", "test", "rules", path)
        expect_equal(tested, set(described), "an alert that has not been seen to fire")
        wrong = support.write(folder, "wrong.yml", yaml.safe_dump(tests).replace("26h", "25h"))
        command("promtool", "test", "rules", wrong, code=1)


def test_every_alert_says_what_to_do():
    for group in rules()["groups"]:
        for rule in group["rules"]:
            expect(set(rule["annotations"]) == {"summary", "description"} and len(rule["annotations"]["description"]) > 100, rule["alert"])
            expect(rule["labels"]["severity"] in ("critical", "warning", "info"), rule["alert"])


def test_the_backups_that_must_be_are_those_of_the_overlays():
    (unknown,) = [rule for group in rules()["groups"] for rule in group["rules"] if rule["alert"] == "MusterBackupUnknown"]
    named = set(re.findall(r'name="([^"]+)"', unknown["expr"]))
    manifests = {re.search(r"^name: (\S+)$", text, re.M)[1] for overlay in ("postgres", "k3s", "gitlab")
                 for config in of_kind(build(overlay), "ConfigMap") for text in config["data"].values()}
    expect_equal(named, manifests)
    canary = {re.search(r"^name: (\S+)$", text, re.M)[1] for config in of_kind(build("canary"), "ConfigMap") for text in config["data"].values()}
    expect_equal(canary, manifests, "a backup without a canary")
    for name in canary:
        expect(f"job: {name}-canary}}" in "".join(only(build("canary"), "ConfigMap")["data"].values()), f"{name}: its canary pushes over it")


def test_nothing_is_asked_that_muster_does_not_say():
    known = emitted()
    used = set()
    for where, expression in queries() + [(rule["alert"], rule["expr"]) for group in rules()["groups"] for rule in group["rules"]]:
        for name in NAME.findall(expression):
            expect(name in known, f"{where}: muster has no {name}")
            used.add(name)
        for name, labels in re.findall(r"(muster_\w+)\{([^}]*)\}", expression):
            for label in re.findall(r"(\w+)\s*[=!]~?", labels):
                expect(label in known[name], f"{where}: {name} has no label {label}")
    for variable in dashboard()["templating"]["list"][1:]:
        expect_equal(NAME.findall(variable["definition"]), ["muster_last_run_timestamp_seconds"])
    expect_equal(set(known) - used, {"muster_artifact_modified_timestamp_seconds"}, "shown nowhere")


def test_the_dashboard_is_one():
    board = dashboard()
    expect("uid" not in board and "id" not in board, "of one Grafana")
    expect_equal(only(build("monitoring"), "ConfigMap")["metadata"]["labels"], {"grafana_dashboard": "1"})
    expect_equal(board["templating"]["list"][0]["type"], "datasource")
    ids = [panel["id"] for panel in board["panels"]]
    expect_equal(len(ids), len(set(ids)))
    taken = set()
    for panel in board["panels"]:
        expect(panel["title"] and panel["description"], panel["id"])
        for source in [panel["datasource"]] + [target["datasource"] for target in panel["targets"]]:
            expect_equal(source, {"type": "prometheus", "uid": "${datasource}"}, panel["title"])
        place = panel["gridPos"]
        expect(place["x"] + place["w"] <= 24, panel["title"])
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        expect(not cells & taken, f"{panel['title']} lies over another")
        taken |= cells
    legends = re.findall(r"\{\{(\w+)\}\}", read("overlays", "monitoring", DASHBOARD))
    expect(set(legends) <= {"name", "mode", "check", "verdict", "artifact", "store", "step"}, set(legends))


def test_a_real_prometheus_answers():
    """Runs push to a real Pushgateway: one that passes, one that fails, one with a waiver, and a canary."""
    with support.Folder() as folder:
        pushed, asked = free_port(), free_port()
        gateway, prometheus = f"http://127.0.0.1:{pushed}", f"http://127.0.0.1:{asked}"
        support.write(folder, "rules.yml", yaml.safe_dump(rules()))
        config = support.write(folder, "prometheus.yml", yaml.safe_dump({
            "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"}, "rule_files": ["rules.yml"],
            "scrape_configs": [{"job_name": "pushgateway", "honor_labels": True, "static_configs": [{"targets": [f"127.0.0.1:{pushed}"]}]}]}))
        os.mkdir(os.path.join(folder, "vault"))
        with Program("prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{pushed}", address=gateway, folder=folder), \
                Program("prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address=127.0.0.1:{asked}",
                        address=prometheus, folder=folder):
            for name, least, more, verb, job, code in (
                    ("shop", "1B", "", "run", "shop", 0), ("shop", "1B", "", "verify", "shop-canary", 0),
                    ("wiki", "1GiB", "", "run", "wiki", 1), ("blog", "1GiB", WAIVER, "run", "blog", 0)):
                text = MANIFEST.format(name=name, least=least, more=more, gateway=gateway, job=job)
                run = support.muster(verb, manifest=text, cwd=folder)
                expect_equal((run.code, run.report["notifications"][0]["sent"]), (code, True), run)
            # Both modes of one backup are there, beside each other.
            wanted = {("shop", "run", "0"), ("shop", "verify", "0"), ("wiki", "run", "1"), ("blog", "run", "0")}
            codes = lambda: {(one["metric"]["name"], one["metric"]["mode"], one["value"][1])
                             for one in ask(prometheus, "query", query="muster_last_run_exit_code")["result"]}
            expect(wait_for(lambda: wanted <= codes(), 300), codes())
            for title, expression in queries():
                result = ask(prometheus, "query", query=expression)["result"]
                expect(result, f"{title}: nothing for {expression}")
                now = time.time()
                expect(ask(prometheus, "query_range", query=expression, start=now - 60, end=now, step=5)["result"], f"{title}: no graph")
            firing = lambda: {(one["labels"]["alertname"], one["labels"].get("name")) for one in ask(prometheus, "alerts")["alerts"]
                              if one["state"] == "firing"}
            wanted = {("MusterBackupFailed", "wiki"), ("MusterWaived", "blog")}
            expect(wait_for(lambda: wanted <= firing(), 300), firing())
            expect(not [one for one in firing() if one[1] == "shop"], firing())


support.main()
