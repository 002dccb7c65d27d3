#!/usr/bin/python3
"""The image with the backup tools: real steps in it, on a read-only root, and what becomes of them."""

import os
import subprocess
import threading

from containers import HARDENED, ROOT, TOOLS, Volume, WITH_STORAGE, contained, mounted, new_name, podman, report, verdicts, write
from as_root import root_only
from support import expect, expect_equal, expect_match, main, wait_for

root_only("runs containers")

TMP = ["--tmpfs", "/tmp:rw,mode=1777,size=16m"]
REPORT = ["run", "--report", "json=/backup/report.json", "/etc/muster/backup.yml"]
BACKUP = """muster: 1
name: shop
stores:
  vault: {directory: {path: /backup/vault}}
preflight:
  - tool: {name: sqlite3, version: ">=3.27"}
  - tool: {name: pg_dump, version: ">=15"}
  - tool: {name: psql, version: ">=15"}
  - tool: {name: s3cmd, version: ">=2.3"}
  - tool: {name: aws, version: ">=2"}
  - file: {path: /data/%s}
steps:
  - name: snapshot
    run: [sqlite3, /data/shop.db, ".backup /backup/shop.db"]
  - name: integrity
    run: [sqlite3, /backup/shop.db, "pragma integrity_check"]
    expect: {stdout: {always: ['\\Aok\\s*\\z']}}
  - name: dump
    pipe:
      - [sqlite3, -readonly, /data/%s, .dump]
      - [gzip, -9]
    stdout: /backup/shop.sql.gz
artifacts:
  - name: dump
    file: /backup/shop.sql.gz
    step: dump
    expect:
      format: gzip
      text: {starts: "PRAGMA foreign_keys=OFF;", ends: '^COMMIT;\\s*\\z', always: ["INSERT INTO orders VALUES"]}
    uploads:
      - {store: vault, key: "shop-${run.time}.sql.gz", put: true, expect: {match: read_back}}
"""


def make_database(folder):
    path = os.path.join(folder, "shop.db")
    subprocess.run(["/usr/bin/sqlite3", path, "create table orders (id integer primary key, article text); "
                    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) insert into orders select i, hex(i) from n;"],
                   check=True)
    os.chmod(path, 0o644)


def with_manifest(manifest, database=True):
    """Runs it in the tools' image; gives the run and the backup folder's report and files."""
    with Volume() as backup, Volume() as etc, Volume() as data:
        write(etc, "backup.yml", manifest)
        if database:
            make_database(data)
        os.mkdir(os.path.join(backup, "vault"))
        os.chown(os.path.join(backup, "vault"), 65532, 65532)
        run = contained(TOOLS, *REPORT, volumes={"/etc/muster:ro": etc, "/backup": backup, "/data:ro": data}, options=TMP)
        return run, report(backup), sorted(name for name in os.listdir(os.path.join(backup, "vault")) if name[0] != ".")


def test_a_backup_that_passes():
    run, seen, stored = with_manifest(BACKUP % ("shop.db", "shop.db"))
    expect_equal((run.code, seen["verdict"]), (0, "pass"), run)
    expect_equal(len(stored), 1, run)
    expect_equal(seen["counts"]["passed"], seen["counts"]["declared"], run)


def test_a_failure_that_its_script_masks():
    """sqlite3 finds nothing to dump, gzip is content, the script exits with 0."""
    masked = BACKUP % ("shop.db", "shop.db")
    masked = masked[:masked.index("    pipe:")] + """    run: [bash, -c, "sqlite3 -readonly /data/sohp.db .dump | gzip -9 >/backup/shop.sql.gz; true"]
""" + masked[masked.index("artifacts:"):]
    run, seen, stored = with_manifest(masked)
    expect_equal((run.code, seen["verdict"], stored), (1, "fail", []), run)
    by_id = {check["id"]: check["verdict"] for check in seen["checks"]}
    expect_equal(by_id["step:dump/exit"], "pass", run)
    expect("fail" in [verdict for check_id, verdict in by_id.items() if check_id.startswith("artifact:dump/text")], by_id)


def test_the_tools_run_on_a_read_only_root():
    """Also where not even /tmp can be written to."""
    patterns = {"pg_dump": r"^pg_dump \(PostgreSQL\) 15\.", "pg_dumpall": r"^pg_dumpall \(PostgreSQL\) 15\.", "psql": r"^psql .* 15\.",
                "sqlite3": r"^3\.40", "s3cmd": r"^s3cmd version 2", "aws": r"^aws-cli/2", "zstd": "Zstandard", "gzip": r"^gzip 1",
                "muster": r"^muster \d"}
    script = "set -e; " + "; ".join(f"{tool} --version" for tool in patterns)
    for options in ([], TMP):
        run = contained(TOOLS, "-c", script, options=[*options, "--entrypoint", "/bin/sh"])
        expect_equal((run.code, run.err), (0, ""), run)
        for pattern in patterns.values():
            expect_match(pattern, run.out, run)


def test_who_and_where_one_is_in_it():
    run = contained(TOOLS, "-c", "id; echo $HOME; stat -c '%U %a' $HOME; touch $HOME/x; readlink /usr/local/bin/muster; "
                    "ls /etc/apt/sources.list", options=["--entrypoint", "/bin/sh"])
    expect_equal(run.out.splitlines(), ["uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)", "/var/lib/muster", "nonroot 700",
                                        "/muster"], run)
    expect_match("touch: .*Read-only file system", run.err, run)
    expect_match("sources.list.: No such file", run.err, run)
    with Volume() as home:
        run = contained(TOOLS, "-c", "touch $HOME/x", volumes={"/var/lib/muster": home}, options=["--entrypoint", "/bin/sh"])
        expect_equal((run.code, os.listdir(home)), (0, ["x"]), run)


def test_uploading_tools_get_as_far_as_the_network():
    """There is none: what fails must be the connection, not a file that could not be written."""
    keys = ["--env", "AWS_ACCESS_KEY_ID=a", "--env", "AWS_SECRET_ACCESS_KEY=b", "--env", "AWS_DEFAULT_REGION=c", "--env", "AWS_MAX_ATTEMPTS=1"]
    run = contained(TOOLS, "--endpoint-url", "http://127.0.0.1:9", "s3", "cp", "/etc/passwd", "s3://bucket/key",
                    options=[*TMP, *keys, "--entrypoint", "aws"])
    expect_match("Could not connect to the endpoint URL", run.said, run)
    with Volume() as etc:
        write(etc, "s3cfg", "[default]\nhost_base = 127.0.0.1:9\nhost_bucket = 127.0.0.1:9\nuse_https = False\nmax_retries = 1\n")
        run = contained(TOOLS, "--config", "/etc/muster/s3cfg", "ls", volumes={"/etc/muster:ro": etc},
                        options=[*TMP, *keys, "--entrypoint", "s3cmd"])
        expect_match("Connection refused", run.said, run)


def test_being_stopped():
    """`podman stop`, like a cluster that evicts a pod, sends SIGTERM to process 1."""
    with Volume() as backup, Volume() as etc:
        write(etc, "backup.yml", "muster: 1\nname: slow\nsteps:\n  - name: wait\n    shell: 'touch /backup/began; sleep 300'\n")
        name = new_name()
        process = subprocess.Popen([WITH_STORAGE, "podman", "run", "--rm", "--name", name, *HARDENED,
                                    *mounted({"/etc/muster:ro": etc, "/backup": backup}), TOOLS, *REPORT],
                                   cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        killer = threading.Timer(60, process.kill)
        killer.start()
        expect(wait_for(lambda: os.path.exists(os.path.join(backup, "began")), 30), "the step did not begin")
        stopped = podman("stop", "--time", "20", name)
        said = process.communicate()[0]
        killer.cancel()
        expect_equal((stopped.code, process.returncode), (0, 143), f"{stopped}\n{said}")
        seen = report(backup)
        expect_equal((seen["verdict"], seen["exit_code"]), ("fail", 143), said)
        expect_equal(seen["steps"][0]["signal"], 15, seen["steps"])


def test_a_step_that_eats_more_memory_than_there_is():
    with Volume() as backup, Volume() as etc:
        write(etc, "backup.yml", "muster: 1\nname: greedy\nsteps:\n  - name: eat\n    pipe:\n      - [head, -c, 200M, /dev/zero]\n"
              "      - [tail, -c, 150M]\n    stdout: /backup/eaten\n")
        run = contained(TOOLS, *REPORT, volumes={"/etc/muster:ro": etc, "/backup": backup}, options=["--memory", "64m"])
        expect_equal(run.code, 1, run)
        expect_equal(verdicts(backup)["step:eat/exit"], "fail", run)
        stage = report(backup)["steps"][0]["stages"][1]
        expect_equal((stage["outcome"], stage.get("signal")), ("signaled", 9), stage)
        check = [check for check in report(backup)["checks"] if check["id"] == "step:eat/exit"][0]
        expect_match("tail.* killed by SIGKILL: out of memory", check["observed"])
        expect_match("at a limit of 64.*resources.limits.memory", check["hint"])


def test_no_step_masks_that_it_had_too_little_memory():
    with Volume() as backup, Volume() as etc:
        write(etc, "backup.yml", "muster: 1\nname: greedy\nsteps:\n  - {name: eat, shell: 'head -c 200M /dev/zero | tail -c 150M | wc -c || true'}\n")
        run = contained(TOOLS, *REPORT, volumes={"/etc/muster:ro": etc, "/backup": backup}, options=["--memory", "64m"])
        expect_equal(run.code, 1, run)
        check = [check for check in report(backup)["checks"] if check["id"] == "step:eat/exit"][0]
        expect_match("exited with 0, but a process of it was killed: out of memory", check["observed"])
        expect(not os.path.exists(os.path.join(backup, "eaten")), run)


main()
