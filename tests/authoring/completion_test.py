#!/usr/bin/python3
"""`muster completion`: the command line as real shells complete it."""

import os
import pty
import re
import select
import subprocess
import time

from authoring import said, support

FOLDER = support.Folder()
PLACE = FOLDER.__enter__()
SCRIPTS = {shell: support.write(PLACE, f"completion.{shell}", said("completion", shell)) for shell in ("bash", "zsh", "fish")}
support.write(PLACE, "backup.yml", "")
VERBS = {"run", "verify", "probe", "lint", "plan", "learn", "schema", "explain", "report", "completion", "install"}


def bash(*words):
    """What is offered for the last word, as bash asks for it; files are left to bash itself."""
    split = [part for word in words for part in re.split(r"(=)", word) if part]
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _muster 2>&1; printf "%s\\n" "${COMPREPLY[@]}"')
    split += [""] if words[-1] == "" else []
    finished = subprocess.run(["bash", "-c", script, "bash", SCRIPTS["bash"], "muster", *split], capture_output=True, text=True)
    return {word for word in finished.stdout.split("\n") if word and "compopt" not in word}


def fish(line):
    finished = subprocess.run(["fish", "--no-config", "-c", f"source {SCRIPTS['fish']}; complete -C '{line}'"], capture_output=True, text=True,
                              cwd=PLACE, env={**os.environ, "HOME": PLACE, "XDG_CONFIG_HOME": PLACE})
    support.expect_equal(finished.stderr, "")
    return {offered.split("\t")[0] for offered in finished.stdout.splitlines()}


def zsh(line):
    """What stands on the line once the tabulator was pressed."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(PLACE)
        os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "HOME": PLACE, "TERM": "dumb", "PS1": "> ", "COLUMNS": "200"})

    def read_until(text, quiet_seconds=20):
        seen, end = "", time.monotonic() + quiet_seconds
        while (not text or text not in seen) and time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                seen += os.read(terminal, 65536).decode(errors="replace")
                end = time.monotonic() + quiet_seconds
        return seen

    os.write(terminal, f"autoload -U compinit; compinit -u -D; source {SCRIPTS['zsh']}; print rea''dy\n".encode())
    read_until("ready")
    os.write(terminal, line.encode() + b"\t")
    read_until(None, 1)
    os.write(terminal, b"\x01print -r -- '[\x05]'\n")
    seen = read_until("]\r\n")
    os.close(terminal)
    os.waitpid(process, 0)
    found = re.search(r"^\[(.*)\]\r?$", seen, re.M)
    return found[1] if found else seen


def test_bash():
    support.expect_equal(bash(""), VERBS)
    support.expect_equal(bash("le"), {"learn"})
    support.expect({"--var", "--no-weaker"} <= bash("plan", "--") and not {"--strict", "--report"} & bash("plan", "--"), bash("plan", "--"))
    support.expect({"--strict", "--format"} <= bash("lint", "--"), bash("lint", "--"))
    support.expect({"json=", "html=", "junit="} <= bash("run", "--report", ""), bash("run", "--report", ""))
    support.expect_equal(bash("lint", "--format", "s"), {"sarif"})
    support.expect_equal(bash("run", "--color", "a"), {"auto", "always"})
    support.expect_equal(bash("completion", ""), {"bash", "zsh", "fish"})
    support.expect({"covers", "timeout", "credentials", "no-minimum-size", "128+N", "duration"} <= bash("explain", ""), bash("explain", ""))
    support.expect_equal(bash("--var", "run=1", "l"), {"lint", "learn"}, "the value of an option is no verb")
    support.expect_equal(bash("run", ""), set(), "files are bash's own")


def test_fish():
    support.expect_equal(fish("muster "), VERBS)
    support.expect({"--strict"} <= fish("muster lint --s") and "--strict" not in fish("muster run --s"), fish("muster lint --s"))
    support.expect({"json=", "html="} <= fish("muster run --report "), fish("muster run --report "))
    support.expect({"covers", "timeout"} <= fish("muster explain "), "")
    support.expect({"backup.yml"} <= fish("muster run "), fish("muster run "))


def test_zsh():
    for line, completed in (("muster expl", "muster explain"), ("muster lint --stri", "muster lint --strict"),
                            ("muster explain no-minimum-si", "muster explain no-minimum-size"), ("muster completion fi", "muster completion fish"),
                            ("muster run back", "muster run backup.yml"), ("muster lint --format=sar", "muster lint --format=sarif")):
        support.expect_equal(zsh(line).rstrip(), completed)


def test_a_shell_that_is_not_known():
    finished = subprocess.run([support.MUSTER, "completion", "zhs"], capture_output=True, text=True)
    support.expect_equal((finished.returncode, finished.stdout), (2, ""))
    support.expect_match("did you mean 'zsh'", finished.stderr)


try:
    support.main()
finally:
    FOLDER.__exit__()
