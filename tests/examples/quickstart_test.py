#!/usr/bin/python3
# test: about 3
"""examples/quickstart: the demonstration, and the same on its own."""

import os

from live import EXAMPLES, sh, support

from support import expect, expect_equal, expect_match

HERE = os.path.join(EXAMPLES, "quickstart")
BACKUP = os.path.join(HERE, "backup.yml")
NIGHTLY = os.path.join(HERE, "nightly.yml")


class Shop(support.Folder):
    def __enter__(self):
        path = super().__enter__()
        sh(f"'{HERE}/make-database.sh' shop.db; mkdir scratch vault", path, {})
        return path


def nightly(path, *arguments):
    return support.muster("run", "--var", f"script={HERE}/nightly.sh", *arguments, path=NIGHTLY, cwd=path)


def test_demo():
    with support.Folder() as path:
        finished = sh(f"'{HERE}/demo.sh'", path, {}, check=False)
        expect_equal(finished.returncode, 0, finished.stdout + finished.stderr)
        expect_match("^muster's exit code: 0$", finished.stdout)
        expect_match("^the script's exit code: 0", finished.stdout)
        expect_match("^muster's exit code: 1$", finished.stdout)


def test_good_night_passes_and_can_be_restored():
    with Shop() as path:
        run = support.muster("run", path=BACKUP, cwd=path)
        expect_equal(run.code, 0, run)
        stored = sorted(os.listdir(os.path.join(path, "vault")))
        expect_equal(len(stored), 2)  # its digest, and it
        sh(f"cd vault; sha256sum --check --strict {stored[0]}", path, {})
        count = sh(f"gunzip -c vault/{stored[1]} > restored.db; sqlite3 restored.db 'select count(*) from orders'", path, {})
        expect_equal(count.stdout, "10000\n")
        again = support.muster("verify", path=BACKUP, cwd=path)
        expect_equal(again.code, 0, again)


def test_script_passes_on_a_good_night():
    with Shop() as path:
        run = nightly(path)
        expect_equal(run.code, 0, run)


def test_masked_failure_is_told():
    with Shop() as path:
        run = nightly(path, "--var", "database=not-mounted/shop.db")
        expect_equal(run.code, 1, run)
        expect_equal(run.verdict("step:nightly/exit"), "pass", run)
        expect_equal(run.verdict("step:nightly/output/never:0"), "fail", run)
        expect_match("unable to open database", run.check("step:nightly/output/never:0")["observed"])
        expect_equal(run.verdict("artifact:dump/unpacked"), "fail", run)
        expect_match("unable to open database", run.said)


def test_nothing_to_back_up_is_told_before_anything_is_run():
    with Shop() as path:
        run = support.muster("run", "--var", "database=not-mounted/shop.db", path=BACKUP, cwd=path)
        expect_equal(run.code, 4, run)
        expect(not os.listdir(os.path.join(path, "scratch")), run)


def test_damaged_database_is_told():
    with Shop() as path:
        with open(os.path.join(path, "shop.db"), "r+b") as file:
            file.seek(4096 * 20)
            file.write(b"\xff" * 4096)
        run = support.muster("run", path=BACKUP, cwd=path)
        expect_equal(run.code, 1, run)
        expect_equal(run.verdict("step:integrity/stdout/always:0"), "fail", run)


def test_upload_that_never_happened_is_told():
    with Shop() as path:
        with open(BACKUP, encoding="utf-8") as file:
            text = file.read()
        expect("put: true, " in text, "the example does not upload")
        run = support.muster("run", manifest=text.replace("put: true, ", ""), cwd=path)
        expect_equal(run.code, 1, run)
        expect(any(check_id.startswith("upload:snapshot@vault") for check_id in run.ids("fail")), run)


support.main()
