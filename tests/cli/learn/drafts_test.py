#!/usr/bin/python3
# test: slow, optimised, about 19
"""What `muster learn` drafts passes on what it was drafted from, whatever that is, and catches what is less."""

import gzip
import io
import os
import random
import re
import signal
import sqlite3
import sys
import tarfile
import time
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from as_root import needs_root
import support  # noqa: E402
from support import expect, expect_equal, expect_match, expect_no_match  # noqa: E402

FIXTURES = os.path.join(support.ROOT, "tests", "unit", "fixtures")
DUMP = ("--\n-- PostgreSQL database cluster dump\n--\n\n\\connect template1\n\\connect shop\n\n"
        "COPY public.items (id, name) FROM stdin;\n" + "".join(f"{i}\titem {i}\n" for i in range(3000)) + "\\.\n\n"
        "\\connect -reuse-previous=on \"dbname='my wiki'\"\n\n--\n-- PostgreSQL database cluster dump complete\n--\n\n")
CANARY = "canary-9d1f77"
DAY = 86400


def learn(path, *sources, passes=True, **options):
    """Drafts, and lets lint and verify look at the draft; gives it."""
    drafted = support.muster("learn", *sources, cwd=path, **options)
    expect_equal(drafted.code, 0, drafted)
    linted = support.muster("lint", manifest=drafted.out, cwd=path, report=False)
    expect_equal(linted.code, 0, f"{linted}\n{drafted.out}")
    if passes:
        verified = verify(path, drafted.out, **options)
        expect_equal(verified.code, 0, f"{verified}\n{drafted.out}")
    return drafted.out


def verify(path, manifest, **options):
    return support.muster("verify", manifest=manifest, cwd=path, **options)


def tar_of(members, mode="w", target=None):
    packed = target or io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue() if target is None else None


def dated(path, name, content, days_ago):
    written = support.write(path, name, content)
    moment = time.time() - days_ago * DAY
    os.utime(written, (moment, moment))
    return written


def test_dump_of_a_cluster():
    with support.Folder() as path:
        support.write(path, "all.sql.gz", gzip.compress(DUMP.encode()))
        draft = learn(path, "all.sql.gz")
        expect_match(r"^      - shop$", draft)
        expect_match(r"^      - 'my wiki'$", draft)
        expect_match(r"# run: \[psql, ", draft)
        expect_match(r"covers: \{inventory: databases, of: databases\}", draft)
        expect_match(r"format: gzip  #", draft)
        for damaged, failed in ((DUMP.replace("\\connect shop\n", ""), "covers"), (DUMP[:-40], "text"), (DUMP.replace("item ", ""), None),
                                (DUMP[:300] + DUMP[len(DUMP) // 2 + 300:], "unpacked")):
            support.write(path, "all.sql.gz", gzip.compress(damaged.encode()))
            run = verify(path, draft)
            expect_equal(run.code, 1 if failed else 0, run)
            expect(failed is None or run.verdict(f"artifact:all/{failed}") == "fail", run)
        support.write(path, "all.sql.gz", gzip.compress(DUMP.encode())[:-500])
        expect_equal(verify(path, draft).verdict("artifact:all/format"), "fail")


def test_plain_dumps_and_their_ends():
    ends = {"-- PostgreSQL database dump complete": "-- PostgreSQL database dump\nCOPY a (b) FROM stdin;\n1\n\\.\n",
            "-- Dump completed": "-- MySQL dump 10.13\n-- Current Database: `shop`\nINSERT INTO `a` VALUES (1);\n"}
    for end, begin in ends.items():
        with support.Folder() as path:
            support.write(path, "one.sql", begin + "x\n" * 100 + end + " on 2026-01-01 2:30:00\n")
            draft = learn(path, "one.sql")
            support.write(path, "one.sql", begin + "x\n" * 100 + "y" * 60 + "\n")
            expect_equal(verify(path, draft).verdict("artifact:one/text"), "fail", draft)
    with support.Folder() as path:
        text = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE a(b);\nINSERT INTO a VALUES(1);\nCOMMIT;\n"
        support.write(path, "app.sql", text)
        draft = learn(path, "app.sql")
        support.write(path, "app.sql", text.replace("COMMIT;", "ROLLBACK; -- due to errors"))
        expect_equal(verify(path, draft).verdict("artifact:app/text"), "fail", draft)


def test_databases_however_they_are_quoted():
    names = ["shop", "my wiki", "it's", "a\"b", "back\\\\slash", "-dash", "Ünï"]
    text = "-- PostgreSQL database cluster dump\n\\connect template1\n"
    for name in names:
        escaped = name.replace("\\", "\\\\").replace("'", "\\'")
        quoted = "dbname='" + escaped + "'"
        text += '\\connect -reuse-previous=on "' + quoted.replace('"', '""') + '"\n' + "select 1;\n" * 9
    text += "COPY public.a (b) FROM stdin;\n\\\\connect fake\n\\.\n-- PostgreSQL database cluster dump complete\n"
    with support.Folder() as path:
        support.write(path, "all.sql", text)
        draft = learn(path, "all.sql")
        expect_equal(draft[draft.index("    items:"):draft.index("artifacts:")].count("\n      - "), len(names), draft)
        expect_no_match("fake|template1", draft)
        support.write(path, "all.sql", text.replace("shop", "shoe"))
        expect_equal(verify(path, draft).verdict("artifact:all/covers"), "fail")
    mysql = "-- MariaDB dump 10.19\nUSE `shop`;\n" + "INSERT INTO `a` VALUES (1);\n" * 20 + "USE `my``wiki`;\n-- Dump completed\n"
    with support.Folder() as path:
        support.write(path, "all.sql", mysql)
        draft = learn(path, "all.sql")
        expect_match(r"^      - shop\n      - 'my`wiki'$", draft)
        expect_match(r"# run: \[mysql, .*\n(.*\n)*.*of: databases", draft)
        support.write(path, "all.sql", mysql.replace("USE `my``wiki`;\n", ""))
        expect_equal(verify(path, draft).verdict("artifact:all/covers"), "fail")
        support.write(path, "notes.txt", "use the force;\nUse it;\n" * 20)
        expect_no_match("covers|inventor", learn(path, "notes.txt"))


def test_formats_of_databases():
    with support.Folder() as path:
        database = sqlite3.connect(os.path.join(path, "app.db"))
        database.execute("create table a(b)")
        database.executemany("insert into a values (?)", [("x" * 500,)] * 200)
        database.commit()
        database.close()
        with open(os.path.join(path, "app.db"), "rb") as file:
            support.write(path, "state.db.gz", gzip.compress(file.read()))
        expect_match(r"format: sqlite ", learn(path, "app.db"))
        expect_match(r"format: \[gzip, sqlite\]", learn(path, "state.db.gz"))
    for name, layers in (("pg15.dump", "pg_custom"), ("pg17-zstd.dump", "pg_custom"), ("pg15-tar.gz", r"\[gzip, pg_directory\]"),
                         ("pg15-directory.tgz", r"\[gzip, pg_directory\]"), ("redis7.rdb", "rdb")):
        with support.Folder() as path:
            with open(os.path.join(FIXTURES, name), "rb") as file:
                support.write(path, name, file.read())
            expect_match(f"format: {layers} ", learn(path, name))


def gitlab():
    chance = random.Random(1)
    bundles = [(f"repositories/@hashed/{i:02x}/{i * 7 % 256:02x}/{chance.randbytes(32).hex()}.git/001.bundle", chance.randbytes(2000))
               for i in range(12)]
    information = (b"---\n:db_version: '20240913140032'\n:backup_created_at: 2026-04-21 02:30:00 UTC\n:gitlab_version: 17.5.1-ee\n"
                   b":skipped: builds,pages\n")
    parts = [(f"{name}.tar.gz", tar_of([("./", b""), (f"./{name}/1", chance.randbytes(3000))], "w:gz"))
             for name in ("registry", "uploads", "artifacts", "lfs", "packages")]
    return [("backup_information.yml", information), ("db/database.sql.gz", gzip.compress(DUMP.encode()))] + bundles + parts


def test_tar_in_the_shape_of_gitlabs():
    name = "1776738600_2026_04_21_17.5.1-ee_gitlab_backup.tar"
    with support.Folder() as path:
        members = gitlab()
        support.write(path, "tars/" + name, tar_of(members))
        draft = learn(path, "tars/" + name)
        expect_match(r"key: '\*-ee_gitlab_backup.tar'", draft)
        expect_match(r"path: registry.tar.gz$", draft)
        expect_match(r"path: 'repositories/@hashed/\*/\*/\*.git/001.bundle'\n +count: \{min: 6\}", draft)
        expect_match(r"\^:skipped:.*registry", draft)
        for broken, failed in (
                ([m for m in members if m[0] != "registry.tar.gz"], "member:registry.tar.gz"),
                ([m for m in members if "bundle" not in m[0]], "member:repositories/@hashed/*/*/*.git/001.bundle"),
                ([(n, c.replace(b"builds,pages", b"builds,registry")) for n, c in members], "member:backup_information.yml/text"),
                ([(n, gzip.compress(DUMP[:-300].encode()) if n.startswith("db/") else c) for n, c in members],
                 "member:db/database.sql.gz/text"),
                ([(n, c[:-9] if n == "lfs.tar.gz" else c) for n, c in members], "member:lfs.tar.gz/format")):
            support.write(path, "tars/1776825000_2026_04_22_17.5.1-ee_gitlab_backup.tar", tar_of(broken))
            run = verify(path, draft)
            expect_equal(run.code, 1, run)
            expect_equal(run.verdict("artifact:ee_gitlab_backup/" + failed), "fail", run)


def test_nested_and_compressed_archives():
    inner = tar_of([("data/notes.txt", b"text\n" * 100), ("data/dump.sql", DUMP.encode())], "w:xz")
    with support.Folder() as path:
        support.write(path, "outer.tar.bz2", tar_of([("a/inner.tar.xz", inner), ("a/empty", b""), ("b", b"b" * 5000)], "w:bz2"))
        draft = learn(path, "outer.tar.bz2")
        expect_match(r"format: \[bzip2, tar\]", draft)
        expect_match(r"format: \[xz, tar\]", draft)
        expect_match(r"path: data/dump.sql", draft)
        expect_no_match(r"notes", draft)
        with zipfile.ZipFile(os.path.join(path, "site.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("index.html", "<html>" * 1000)
            archive.writestr("db/site.sql", DUMP)
            link = zipfile.ZipInfo("db/latest.sql")
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, "site.sql")
        draft = learn(path, "site.zip")
        expect_match(r"format: zip", draft)
        expect_no_match(r"latest", draft)


def test_what_holds_nothing_but_zeros_is_no_tar():
    sizes = {"short": 100, "odd": 200000, "empty": 10240, "blocks": 1024}
    with support.Folder() as path:
        support.write(path, "disk.tar", tar_of([(name, bytes(size)) for name, size in sizes.items()] + [("data", b"data" * 900)]))
        draft = learn(path, "disk.tar")
        expect_equal(draft.count("format:"), 1, draft)
        expect_no_match("nothing is expected of", draft)
        for name in sizes:
            expect_match(f"^# - '{name}' in 'disk' holds nothing but zeros: only its size speaks for it", draft)
        support.write(path, "disk.tar", tar_of([(name, b"x" * size) for name, size in sizes.items()] + [("data", b"data" * 900)]))
        expect_equal(verify(path, draft).code, 0)
        support.write(path, "disk.tar", tar_of([(name, bytes(size // 2)) for name, size in sizes.items()] + [("data", b"data" * 900)]))
        expect_equal(verify(path, draft).verdict("artifact:disk/member:odd/size"), "fail", draft)
        support.write(path, "empty.tar.gz", gzip.compress(bytes(10240)))
        expect_match("format: gzip ", learn(path, "empty.tar.gz"))
        support.write(path, "cut.tar.gz", gzip.compress(bytes(1 << 20))[:-9])
        expect_equal(support.muster("learn", "cut.tar.gz", cwd=path).code, 1)


def test_what_cannot_be_looked_into_is_said():
    with support.Folder() as path:
        support.write(path, "blob.bin", random.Random(3).randbytes(5000))
        for source in ("blob.bin", "."):
            expect_match("^# - 'blob' is of a kind that is not known here: only its size speaks for it", learn(path, source))
        support.write(path, "a.txt", "text\n" * 9)
        expect_no_match("kind that is not known", learn(path, "a.txt"))


def test_a_hundred_thousand_members():
    with support.Folder() as path:
        with open(os.path.join(path, "many.tar"), "wb") as file:
            tar_of(((f"srv/{i % 97:02x}/user{i}/file-{i * 31}.{('txt', 'jpg', 'bin')[i % 3]}", b"x" * (i % 700 + 1))
                    for i in range(10000 if support.SANITIZED else 100000)), target=file)
        small = support.muster("learn", "many.tar", cwd=path)
        expect(len(small.out.splitlines()) < 200, small.out[:4000])
        expect(support.SANITIZED or small.max_rss_bytes < 64 << 20, f"{small.max_rss_bytes} bytes of memory")
        learn(path, "many.tar")
        chance = random.Random(7)
        with open(os.path.join(path, "wild.tar"), "wb") as file:
            tar_of((("/".join("".join(chance.choices("abcdefxyz-_. ", k=chance.randint(1, 12))).strip(". ") or "x" for _ in
                              range(chance.randint(1, 5))), b"x") for _ in range(20000)), target=file)
        expect(len(learn(path, "wild.tar").splitlines()) < 400)


AWKWARD = ["*", "# x", "a: b", "- a", "it's", '"quoted"', "a\nb", "é", "日本", "{a,b}", "[a]", "a\\b", "?", "&a", "!t", "%x", "@y", "`z`",
           "true", "null", "12", "1.5", "~", " x", "x ", "${env.HOME}", "$$x", "$", "a$$", "\u0085", "\u2028", "\ufeff", "\ud7ff", "\U0001f600",
           "tab\tx", "\x7f", "a|b", ">", "=", "<<", "...", "--- x", "a #b", "a:", ":a", "'", "\\", "\\*", "**", "x,y", "}{", "-", "key: [", "../x"]


def test_names_of_every_kind():
    with support.Folder() as path:
        members = [(name, b"content " * 300) for name in AWKWARD[:34]] + [("d/" + name, b"content " * 300) for name in AWKWARD]
        support.write(path, "names.tar", tar_of(members))
        learn(path, "names.tar")
        for some in (AWKWARD[:18], AWKWARD[18:36], AWKWARD[36:]):
            with support.Folder() as folder:
                for name in some:
                    if "/" not in name:
                        support.write(folder, "in/" + name, "content\n" * 30)
                learn(folder, "in")
        for name in AWKWARD:
            if "/" not in name and not name.startswith("-"):
                with support.Folder() as folder:
                    support.write(folder, name, "content\n" * 30)
                    learn(folder, name)
    with support.Folder() as path:
        raw = os.fsencode(path) + b"/in/caf\xe9-\xff.txt"
        os.mkdir(os.path.join(path, "in"))
        with open(raw, "wb") as file:
            file.write(b"content\n" * 30)
        expect_match(r"key: 'caf\*-\*.txt'", learn(path, "in"))


def test_several_backups_in_a_folder():
    with support.Folder() as path:
        for day in range(8):
            dated(path, f"vault/shop-2026-01-0{day + 1}.sql.gz", gzip.compress(random.Random(day).randbytes(20000 + 300 * day)),
                  7 - day + 0.4)
        draft = learn(path, "vault")
        expect_match(r"^max_age: 26h  # of 8 backups one came every 1d", draft)
        expect_match(r"key: 'shop-\*.sql.gz'", draft)
        expect_match(r"size: \{min: 1[67].*shrink: \d+%\}  # 8 backups", draft)
        dated(path, "vault/shop-2026-01-09.sql.gz", gzip.compress(random.Random(9).randbytes(12000)), 0)
        expect_equal(verify(path, draft).verdict("artifact:shop/size"), "fail")
        os.unlink(os.path.join(path, "vault/shop-2026-01-09.sql.gz"))
        for day in range(8):
            dated(path, f"vault/shop-2026-01-0{day + 1}.sql.gz", gzip.compress(random.Random(day).randbytes(20000)), 40 - day)
        draft = learn(path, "vault")
        expect_match(r"^# max_age: 26h  # of 8 .*would fail today", draft)
        expect_match(r"^# - no-max-age: ", draft)


def test_one_of_another_size_is_left_out_and_named():
    usual = {day: random.Random(day).randbytes(20000 + 50 * day) for day in range(1, 6)}
    for odd, size, newest in ((3, 2, False), (1, 0, False), (2, 90000, False), (5, 2, True)):
        with support.Folder() as path:
            for day, content in usual.items():
                dated(path, f"vault/a-2026-01-0{day}.bin", bytes(size) if day == odd else content, 6 - day)
            draft = learn(path, "vault", passes=not newest)
            expect_match(f"^# - 'vault/a-2026-01-0{odd}.bin' was left out: it has .*, where 19.[67] KiB are usual", draft)
            expect_match(r"size: \{min: 1[0-9.]+KiB, shrink: 1\d%" + (", grow: 50%" if size > 50000 else "") + r"\}  # 4 backups have 19", draft)
            dated(path, "vault/a-2026-01-06.bin", usual[5] if newest else usual[5][:16000], 0)
            expect_equal(verify(path, draft).verdict("artifact:a/size"), "pass" if newest else "fail", draft)
    with support.Folder() as path:
        for day, size in enumerate((1000, 3000, 9000, 27000)):
            dated(path, f"vault/a-2026-01-0{day + 1}.bin", random.Random(day).randbytes(size), 4 - day)
        expect_no_match("left out", learn(path, "vault"))


def test_several_files_and_what_lies_beside_them():
    with support.Folder() as path:
        for day in range(3):
            dated(path, f"all-2026040{day + 1}.sql.gz", gzip.compress(DUMP.encode()), 3 - day)
        draft = learn(path, "all-20260401.sql.gz", "all-20260402.sql.gz", "all-20260403.sql.gz")
        expect_equal(draft.count("- name: all"), 1)
        expect_match(r"key: 'all-\*.sql.gz'", draft)
        draft = learn(path, "all-20260402.sql.gz", passes=False)
        expect_match(r"file: all-20260402.sql.gz", draft)
        expect_match(r"^# - .*a newer file beside it", draft)
    with support.Folder() as path:
        support.write(path, "d/db-2026-01-01.sql", DUMP)
        support.write(path, "d/db-2026-01-01-schema.sql", "-- PostgreSQL database dump\n-- PostgreSQL database dump complete\n")
        support.write(path, "d/db-2026-01-01.sql.asc", "signature")
        learn(path, "d")


def test_folder_of_files_of_all_sorts():
    with support.Folder() as path:
        support.write(path, "in/dump.sql", DUMP)
        support.write(path, "in/files.tar.gz", tar_of([(f"f{i}", b"x" * i) for i in range(60)], "w:gz"))
        support.write(path, "in/conf/app.ini", "[a]\nb=1\n")
        support.write(path, "in/empty", "")
        draft = learn(path, "in")
        expect_equal(draft.count("  - name: "), 4, draft)
        expect_match(r"'empty' is empty", draft)
        os.unlink(os.path.join(path, "in/conf/app.ini"))
        expect_equal(verify(path, draft).ids("fail")[:1], ["artifact:app/exists"])


def test_files_of_a_folder_that_are_alike_are_looked_at_together():
    with support.Folder() as path:
        for number in range(1, 10):
            support.write(path, f"in/part-{number}.sql.gz", gzip.compress(DUMP.encode()))
        for number in range(23):
            support.write(path, "tenants/" + chr(ord("a") + number) * 3 + ".sql", DUMP)
        draft = learn(path, "in", "tenants")
        expect_match(r"file: 'in/part-\*.sql.gz'\n +count: \{min: 9\}  # as many as there are", draft)
        expect_match(r"file: 'tenants/\*.sql'\n +count: \{min: 23\}  # as many as there are", draft)
        dated(path, "in/part-3.sql.gz", gzip.compress(DUMP.encode())[:-300], 0.1)
        dated(path, "tenants/ccc.sql", DUMP[:-40], 0.1)
        run = verify(path, draft)
        expect_equal((run.verdict("artifact:part/format"), run.verdict("artifact:sql/text")), ("fail", "fail"), run)
        expect_match("in/part-3.sql.gz.*not sound", support.muster("learn", "in", cwd=path).err)


def test_folder_of_pg_dump():
    for name, data in (("pg15-directory.tgz", "dat.gz"), ("pg15-plain-directory.tgz", "dat")):
        with support.Folder() as path:
            with tarfile.open(os.path.join(FIXTURES, name)) as archive:
                archive.extractall(os.path.join(path, "dump"))
            draft = learn(path, "dump")
            inner, folder = next((root, os.path.relpath(root, path)) for root, _, names in os.walk(path) if "toc.dat" in names)
            expect_match(rf"file: '{folder}/\[0-9\]\*.{data}'\n +count: ", draft)
            expect_match(r"^# - .* is what pg_dump -Fd writes: .*format: pg_directory", draft)
            tables = [name for name in os.listdir(inner) if name[0].isdigit()]
            for name in tables:
                if data == "dat.gz":
                    support.write(inner, name, open(os.path.join(inner, name), "rb").read()[:-4])
                else:
                    os.unlink(os.path.join(inner, name))
            expect_equal(verify(path, draft).code, 1, draft)
            os.unlink(os.path.join(inner, "toc.dat"))
            expect_equal(verify(path, draft).verdict("artifact:toc/exists"), "fail", draft)


def test_log_of_a_tool():
    log = ("2026-04-21 02:30:00 UTC -- Dumping database ... done\n\033[33mWARNING: clock\033[0m\n"
           f"Login with password {CANARY} done\nuploaded https://me:{CANARY}@host/x successfully\n"
           "\033[32m[DONE] Backup can be found at s3://ge-1/1776738600.tar\033[0m\n")
    with support.Folder() as path:
        support.write(path, "run.log", log)
        draft = learn(path, "run.log")
        expect_match(r"\[DONE\\\]\.\*Backup", draft)
        support.write(path, "plain.log", re.sub("\033[^m]*m", "", log))
        expect_match(r"\[DONE\\\] \+Backup", learn(path, "plain.log"))
        expect_match(r"^# steps:", draft)
        expect_match(r"warning.* already", draft)
        expect_no_match(CANARY, draft)
        for text in ("ERROR: x\n" + log, log.replace("[DONE]", "")):
            support.write(path, "run.log", text)
            expect_equal(verify(path, draft).verdict("artifact:run/text"), "fail", draft)
        support.write(path, "printed", log)
        expect_equal(learn(path, "log:printed").count("never:"), 2)


def test_report_of_a_run():
    manifest = ("muster: 1\nname: nightly\nsteps:\n"
                "  - {name: dump, pipe: [[echo, \"it's: 1\"], [gzip, '-6']], stdout: out.gz}\n"
                f"  - {{name: tool, run: ['true', --password, {CANARY}]}}\n"
                "artifacts: [{name: out, file: out.gz, step: dump, expect: {format: gzip, size: {min: 1B}}}]\n")
    with support.Folder() as path:
        run = support.muster("run", manifest=manifest, cwd=path)
        support.write(path, "report.json", run.report["_text"])
        draft = learn(path, "report.json", "out.gz")
        expect_match(r"- \[echo, 'it''s: 1'\]", draft)
        expect_match(r"duration: \{max: ", draft)
        expect_no_match(CANARY, draft)
        again = support.muster("run", manifest=draft.replace("[gzip, '-6']", "[cat]"), cwd=path)
        expect_equal(again.verdict("step:dump/exit"), "pass", again)
        failed = support.muster("run", manifest=manifest.replace("'true'", "'false'"), cwd=path)
        support.write(path, "report.json", failed.report["_text"])
        expect_equal(support.muster("learn", "report.json", cwd=path).code, 1)


def test_nothing_is_learnt_from_what_is_not_sound():
    with support.Folder() as path:
        support.write(path, "a.gz", gzip.compress(random.Random(1).randbytes(50000))[:-2000])
        run = support.muster("learn", "a.gz", cwd=path)
        expect_equal((run.code, run.out), (1, ""), run)
        expect_match("not sound: gzip", run.err)
        expect_equal(support.muster("learn", "nothing", cwd=path).code, 2)
        os.mkdir(os.path.join(path, "void"))
        expect_equal(support.muster("learn", "void", cwd=path).code, 2)
        expect_equal(support.muster("learn", "s3://", cwd=path).code, 2)
        expect_equal(support.muster("learn", cwd=path).code, 2)
        # A damaged member is no reason to learn nothing of the others.
        support.write(path, "b.tar", tar_of([("good", b"x" * 3000), ("bad.gz", gzip.compress(b"y" * 90000)[:-30])]))
        expect_match(r"^# - nothing is expected of the bytes of 'bad.gz'", learn(path, "b.tar"))


def test_what_cannot_be_looked_into():
    with support.Folder() as path:
        support.write(path, "a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(5000))
        expect_match("cannot be looked into", learn(path, "a.7z"))
        support.write(path, "x.bin", bytes(range(256)) * 40)
        learn(path, "x.bin")
        support.write(path, "nothing", "")
        learn(path, "nothing")


def test_output_is_not_overwritten_unless_asked():
    with support.Folder() as path:
        support.write(path, "a.sql", DUMP)
        expect_equal(support.muster("learn", "a.sql", "--output", "m.yml", cwd=path).code, 0)
        with open(os.path.join(path, "m.yml"), encoding="utf-8") as file:
            draft = file.read()
        expect_equal(verify(path, draft).code, 0)
        support.write(path, "m.yml", "mine")
        run = support.muster("learn", "a.sql", "--output", "m.yml", cwd=path)
        expect_equal(run.code, 2, run)
        expect_match("--overwrite", run.err)
        with open(os.path.join(path, "m.yml"), encoding="utf-8") as file:
            expect_equal(file.read(), "mine")
        expect_equal(support.muster("learn", "a.sql", "--output", "m.yml", "--overwrite", cwd=path).code, 0)


@needs_root("looks at what muster has open")
def test_it_ends_when_it_is_told_to():
    with support.Folder() as path:
        with gzip.open(os.path.join(path, "long.gz"), "wb", compresslevel=1) as file:
            for _ in range(1500):
                file.write(os.urandom(1 << 10) * 1024)

        def is_reading(process):
            try:
                folder = f"/proc/{process.pid}/fd"
                return any(os.readlink(os.path.join(folder, name)).endswith("long.gz") for name in os.listdir(folder))
            except OSError:
                return False

        def tell(process):
            expect(support.wait_for(lambda: is_reading(process)), "it did not start")
            os.kill(process.pid, signal.SIGTERM)

        run = support.muster("learn", "long.gz", cwd=path, meanwhile=tell)
        expect_equal((run.code, run.out), (128 + signal.SIGTERM, ""), run)


support.main()
