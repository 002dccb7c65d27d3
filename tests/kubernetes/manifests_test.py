#!/usr/bin/python3
# test: servers, waits, about 30
"""The manifests in the ConfigMaps: without a weak spot, and run as the pods run them, with real PostgreSQL, SQLite and S3 servers."""

import json
import os
import shutil
import sqlite3
import subprocess
import time
import threading

from cluster import KUBERNETES, OVERLAYS, S3, Postgres, build, command, containers, of_kind, only, pod_templates, read, support

from support import expect, expect_equal, expect_match

NOBODY = 65532
SERVER, CLUSTER = S3(), Postgres()
READ_ONLY = ["s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject"]


def mount(folder, data):
    """A ConfigMap or Secret as the kubelet mounts it: symbolic links to a folder whose name begins with two dots."""
    os.makedirs(os.path.join(folder, "..2026_11_29_01_30_00.1"))
    os.symlink("..2026_11_29_01_30_00.1", os.path.join(folder, "..data"))
    for name, text in data.items():
        path = support.write(folder, f"..data/{name}", text)
        os.chmod(path, 0o440)
        if os.getuid() == 0:
            os.chown(path, 0, NOBODY)
        os.symlink(f"..data/{name}", os.path.join(folder, name))
    return folder


def manifests(overlay):
    """What is mounted at /etc/muster, with buckets of this program's own."""
    objects = build(overlay)
    for _, template in pod_templates(objects):
        for volume in template["spec"]["volumes"]:
            if "configMap" in volume and any(one["mountPath"] == "/etc/muster" and one["name"] == volume["name"]
                                             for container in containers(template) for one in container["volumeMounts"]):
                data = only(objects, "ConfigMap", volume["configMap"]["name"])["data"]
                return {name: SERVER.named(text) for name, text in data.items()}
    return {}


class Pod:
    """The folders of a pod; muster in it is the user 65532, as the pod says."""

    def __init__(self, overlay, scoped=False, user=NOBODY, **secrets):
        self.folder = support.Folder()
        self.path = self.folder.__enter__()
        os.chmod(self.path, 0o755)
        keys = {"access_key": SERVER.env["S3_SCOPED_ACCESS_KEY" if scoped else "S3_ACCESS_KEY"],
                "secret_key": SERVER.env["S3_SCOPED_SECRET_KEY" if scoped else "S3_SECRET_KEY"]}
        self.manifest = mount(os.path.join(self.path, "manifest"), manifests(overlay))
        self.secrets = mount(os.path.join(self.path, "secrets"), {**keys, **secrets})
        self.scratch = os.path.join(self.path, "scratch")
        os.mkdir(self.scratch, 0o700)
        self.user = user if os.getuid() == 0 else os.getuid()
        if os.getuid() == 0:
            os.chown(self.scratch, self.user, self.user)
        self.termination = support.write(self.path, "termination-log", "")
        os.chmod(self.termination, 0o666)
        self.program = shutil.copy(support.MUSTER, os.path.join(self.path, "muster"))  # where it was built others may not come

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.__exit__()

    def drop(self):
        if os.getuid() == 0 and self.user != 0:
            os.setgroups([])
            os.setgid(self.user)
            os.setuid(self.user)

    def muster(self, verb, where, env=None, prefix=(), **variables):
        variables = {"endpoint": SERVER.endpoint, "region": "default", "pushgateway": "http://127.0.0.1:9", **variables}
        argv = [*prefix, self.program, verb]
        for name, value in variables.items():
            argv += ["--var", f"{name}={value}"]
        finished = subprocess.run([*argv, where], cwd=self.path, capture_output=True, text=True, errors="replace", timeout=240,
                                  preexec_fn=self.drop, env=support.environment(
                                      {"MUSTER_TERMINATION_LOG": self.termination, "TMPDIR": self.scratch, **(env or {})}))
        with open(self.termination, encoding="utf-8") as file:
            finished.verdict = file.read()
        finished.said = finished.stdout + finished.stderr
        return finished


def make_buckets(*names):
    SERVER.s3cmd("mb", *[f"s3://{SERVER.bucket(name)}" for name in names])


def let_read(name):
    name = SERVER.bucket(name)
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": [SERVER.arn("SCOPED_")]}, "Action": READ_ONLY,
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]}]}
    SERVER.s3cmd("setpolicy", support.write(SERVER.path, "policy.json", json.dumps(policy)), f"s3://{name}")


def fill(*names):
    """An object in each bucket, put there by muster."""
    stores = {name: {"s3": {"endpoint": SERVER.endpoint, "region": "default", "bucket": SERVER.bucket(name)}} for name in names}
    uploads = [{"store": name, "key": "one", "put": True} for name in names]
    text = json.dumps({"muster": 1, "name": "fill", "stores": stores, "artifacts": [{"name": "one", "file": __file__, "uploads": uploads}]})
    with support.Folder() as folder:
        run = support.muster("run", manifest=text, cwd=folder, env=SERVER.keys)
        expect_equal(run.code, 0, run)


def test_no_manifest_has_a_weak_spot():
    found = 0
    for overlay in OVERLAYS:
        for config in of_kind(build(overlay), "ConfigMap"):
            texts = {name: text for name, text in config["data"].items() if name.endswith(".yml")}
            with support.Folder() as folder:
                finished = command(support.MUSTER, "lint", "--strict", mount(os.path.join(folder, "m"), texts), code=None) if texts else None
                expect(finished is None or finished.returncode == 0, f"{overlay}: {finished}")
            found += len(texts)
            for name, text in texts.items():
                folder = "components/gitlab-toolbox" if overlay == "gitlab" else f"overlays/{overlay}"
                expect_equal(text, read(*folder.split("/"), name), f"{overlay}: {name} is not the file")
    expect_equal(found, 7)


def test_a_weak_spot_would_be_found():
    for old, new in (("shrink: 30%", "shrnk: 30%"), ("max_age: 26h\n", "")):
        text = read("overlays", "postgres", "backup.yml")
        expect(old in text, old)
        with support.Folder() as folder:
            command(support.MUSTER, "lint", "--strict", support.write(folder, "m.yml", text.replace(old, new)), code=3)


def test_postgres():
    make_buckets("ge-pg")
    CLUSTER.psql("create role nightly login superuser password 'known-to-nobody'")
    CLUSTER.psql("create database shop")
    CLUSTER.psql("create table items as select md5(i::text) from generate_series(1, 500) i", "shop")
    service = f"[backup]\nhost={CLUSTER.env['PGHOST']}\nport=5432\nuser=nightly\npassword=known-to-nobody\n"
    with Pod("postgres", **{"pg_service.conf": service}) as pod:
        container = containers(next(pod_templates(build("postgres")))[1])[0]
        given = {one["name"]: one["value"].replace("/run/secrets/backup", pod.secrets) for one in container["env"]}
        expect_equal(container["args"], ["run", "/etc/muster/backup.yml"])
        env = {name: given[name] for name in ("PGSERVICEFILE", "PGSERVICE")}
        where = {"scratch": pod.scratch, "secrets": pod.secrets}
        expect_equal(pod.muster("probe", pod.manifest + "/backup.yml", env=env, **where).returncode, 0)
        run = pod.muster("run", pod.manifest + "/backup.yml", env=env, **where)
        expect(run.returncode == 0, run)
        expect_match(r"^pg-dumpall: pass: all \d+ checks", run.verdict)
        expect("known-to-nobody" not in run.said, run.said)
        bucket = SERVER.bucket("ge-pg")
        expect_match(rf"s3://{bucket}/pg/all-\d{{8}}T\d{{6}}Z\.sql\.gz", SERVER.s3cmd("ls", "--recursive", f"s3://{bucket}"))
        CLUSTER.psql("create database closed with allow_connections false")
        run = pod.muster("run", pod.manifest + "/backup.yml", env=env, **where)
        expect(run.returncode == 1 and "closed" in run.verdict, run)
        expect_match(r"^pg-dumpall: FAIL|^pg-dumpall: fail", run.verdict)
        run = pod.muster("run", pod.manifest + "/backup.yml", env=env, **{**where, "bucket": "ge-gp"})
        expect_equal(run.returncode, 4, run)


class Writer:
    """Writes to a database in WAL mode without an end, as k3s does."""

    def __init__(self, path):
        self.path, self.over = path, threading.Event()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.write)

    def write(self):
        connection = sqlite3.connect(self.path)
        connection.execute("pragma journal_mode=wal")
        connection.execute("create table kine (id integer primary key autoincrement, value blob)")
        connection.executemany("insert into kine (value) values (?)", ((os.urandom(500),) for _ in range(4000)))
        connection.commit()
        self.ready.set()
        while not self.over.wait(0.002):
            connection.execute("insert into kine (value) values (?)", (os.urandom(500),))
            connection.commit()
        connection.close()

    def __enter__(self):
        self.thread.start()
        expect(self.ready.wait(120), "no database")
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def test_k3s():
    """From a read-only mount without capabilities, beside a server that writes."""
    make_buckets("ge-k3s-state-snapshots")
    with Pod("k3s", user=0) as pod:
        db, host = os.path.join(pod.path, "db"), os.path.join(pod.path, "host")
        os.mkdir(db, 0o700)
        os.mkdir(host)
        bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
        prefix = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"]), "sh", "-ec",
                  'mount --bind "$0" "$1"; mount -o remount,ro,bind "$1"; shift; exec "$@"', db, host, *(bare if os.getuid() == 0 else [])]
        where = {"scratch": pod.scratch, "secrets": pod.secrets, "state": host + "/state.db"}
        with Writer(db + "/state.db"):
            run = pod.muster("run", pod.manifest + "/backup.yml", prefix=prefix, **where)
            expect(run.returncode == 0, run)
            expect_equal(sorted(os.listdir(db)), ["state.db", "state.db-shm", "state.db-wal"])
            expect_match(r"^k3s-state: pass", run.verdict)
        # Nobody has it open any more, and a read-only folder has no room for what sqlite3 would make to read it: told, not masked.
        for name in os.listdir(pod.scratch):
            os.unlink(os.path.join(pod.scratch, name))
        run = pod.muster("run", pod.manifest + "/backup.yml", prefix=prefix, **where)
        expect_equal(run.returncode, 1, run)
        run = pod.muster("run", pod.manifest + "/backup.yml", prefix=prefix, **{**where, "state": host + "/stat.db"})
        expect_equal(run.returncode, 4, run)


def test_the_canary():
    """With keys that may only read; after what the two Jobs above have left."""
    let_read("ge-pg")
    let_read("ge-k3s-state-snapshots")
    with Pod("canary", scoped=True) as pod:
        where = {"secrets": pod.secrets}
        for name in ("postgres", "k3s"):
            run = pod.muster("verify", f"{pod.manifest}/{name}.yml", **where)
            expect(run.returncode == 0, run)
        expect_equal(pod.muster("probe", f"{pod.manifest}/postgres.yml", **where).returncode, 0)
        # The whole folder, as the CronJob does, with GitLab's bucket not there.
        probe = pod.muster("probe", pod.manifest, **where)
        expect(probe.returncode == 4 and "gitlab-backup" in probe.said, probe)
        run = pod.muster("verify", pod.manifest, **where)
        expect(run.returncode in (1, 4) and "pg-dumpall" in run.said and "gitlab-backup" in run.said, run)
        SERVER.s3cmd("put", support.write(pod.path, "cut.sql.gz", b"\x1f\x8b\x08\x00"), f"s3://{SERVER.bucket('ge-pg')}/pg/all-20991231T000000Z.sql.gz")
        run = pod.muster("verify", f"{pod.manifest}/postgres.yml", **where)
        expect_equal(run.returncode, 1, run)


def test_gitlab():
    """The stand-in of examples/gitlab in the place of the image's utility."""
    chart = {one["name"]: one["value"] for one in containers(next(pod_templates(build("gitlab")))[1])[-1]["env"]}
    expect("BACKUP_BUCKET_NAME" in chart, chart)
    buckets = {name: value for name, value in chart.items() if name.endswith("_BUCKET_NAME") and name != "TMP_BUCKET_NAME"}
    make_buckets(*buckets.values())
    fill(*[name for name in buckets.values() if name != chart["BACKUP_BUCKET_NAME"]])
    time.sleep(3)  # what was written since the run began need not be in the backup, and the store's times are in seconds
    with Pod("gitlab") as pod:
        text = SERVER.named(read("components", "gitlab-toolbox", "backup.yml"))
        expect("free: 20GiB" in text, "no 20 GiB")
        manifest = support.write(pod.path, "backup.yml", text.replace("free: 20GiB", "free: 1MiB"))
        s3cfg = os.path.join(pod.path, "given.s3cfg")
        with open(os.path.join(SERVER.path, ".s3cfg"), encoding="utf-8") as file:
            os.chmod(support.write(pod.path, "given.s3cfg", file.read()), 0o644)
        tools = shutil.copytree(os.path.join(support.ROOT, "examples", "gitlab"), os.path.join(pod.path, "tools"))
        env = {**{name: SERVER.bucket(value) if name in buckets else value for name, value in chart.items()}, "PATH": tools + ":/usr/bin:/bin", "HOME": pod.scratch,
               "GITLAB_TMP": pod.scratch}
        where = {"s3cfg": s3cfg, "tmp": pod.scratch}

        def run(**changed):
            argv = [pod.program, "run"]
            for name, value in {**where, "region": "default", "pushgateway": "http://127.0.0.1:9"}.items():
                argv += ["--var", f"{name}={value}"]
            return subprocess.run([*argv, manifest], cwd=pod.path, capture_output=True, text=True, timeout=240, preexec_fn=pod.drop,
                                  env=support.environment({**env, **changed}))

        good = run()
        expect(good.returncode == 0, good)
        drifted = run(REGISTRY_BUCKET_NAME="regsitry")
        expect(drifted.returncode == 4 and "REGISTRY_BUCKET_NAME" in drifted.stdout + drifted.stderr, drifted)


def in_servers():
    with SERVER, CLUSTER:
        support.main()


expect(os.path.isdir(KUBERNETES), KUBERNETES)
in_servers()
