#!/usr/bin/python3
"""What is there and cannot be read, or changes while it is read, has not been examined: that never passes."""

import contextlib
import os
import signal
import subprocess

from support import MUSTER, Folder, PublicFolder, environment, expect, expect_equal, main, muster, processes, write


def call(path, *arguments, **options):
    return muster(*arguments, cwd=path, report=False, **options)


def test_a_file_that_cannot_be_opened():
    with PublicFolder() as folder:
        path = folder.path
        subprocess.run("echo x | gzip > a.gz; echo rubbish > b.gz; chmod 000 b.gz", shell=True, cwd=path, check=True)
        write(path, "m.yml", "muster: 1\nname: x\nartifacts:\n  - {name: a, file: '*.gz', count: 2, expect: {format: gzip}}\n")
        nobody = (lambda: os.setuid(65534)) if os.getuid() == 0 else None
        run = subprocess.run([folder.muster, "run", "m.yml"], cwd=path, env=environment(), preexec_fn=nobody, capture_output=True, text=True,
                             timeout=60)
        expect_equal(run.returncode, 5, run.stdout + run.stderr)


def test_a_file_that_is_written_to_meanwhile():
    with Folder() as path:
        subprocess.run("head -c 300M /dev/zero > a", shell=True, cwd=path, check=True)
        write(path, "m.yml", "muster: 1\nname: x\nartifacts:\n  - {name: a, file: a, expect: {size: {min: 1B}}}\n")
        writer = subprocess.Popen(["bash", "-c", "for i in $(seq 2000); do echo x >> a; sleep 0.005; done"], cwd=path)
        try:
            run = call(path, "run", "m.yml")
        finally:
            writer.kill()
            writer.wait()
        expect_equal(run.code, 1, run)


def test_a_run_that_is_killed_leaves_no_old_report():
    marker = f"muster-test-killed-{os.getpid()}"
    with Folder() as path:
        write(path, "m.yml", "muster: 1\nname: x\nvars: {n: '0'}\n"
              f"steps: [{{name: s, run: [bash, -c, 'exec -a {marker} sleep \"$1\"', bash, '${{vars.n}}']}}]\n")
        expect_equal(call(path, "run", "--report", "json=r.json", "m.yml").code, 0)
        expect(os.path.exists(os.path.join(path, "r.json")), "there is no report")
        killed = subprocess.Popen([MUSTER, "run", "--var", "n=20", "--report", "json=r.json", "m.yml"], cwd=path,
                                  stdout=subprocess.PIPE)
        killed.stdout.readline()
        killed.stdout.readline()
        killed.kill()
        killed.wait()
        for left in processes(marker):
            with contextlib.suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)
        expect(not os.path.exists(os.path.join(path, "r.json")), "the old report is still there")


main()
