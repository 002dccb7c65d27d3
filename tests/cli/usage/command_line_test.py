#!/usr/bin/python3
# test: slow, optimised, about 3
"""The command line: exit code 2 for what is wrong with it, and help for whoever asks."""

import os
import re
import resource

from support import Folder, SANITIZED, expect, expect_equal, expect_match, main, muster, write

GOOD = "muster: 1\nname: good\nsteps:\n  - {name: a, run: [touch, ran]}\n"


def call(path, *arguments, **options):
    return muster(*arguments, cwd=path, report=False, **options)


def test_wrong_command_lines():
    with Folder() as path:
        write(path, "m.yml", GOOD)
        for arguments in (["rnu", "m.yml"], ["run"], ["run", "m.yml", "m.yml"], ["run", "--no-such-option", "m.yml"], ["run", "--var"],
                          ["run", "--var", "novalue", "m.yml"], ["run", "--report", "json", "m.yml"], ["run", "--report", "xml2=a", "m.yml"],
                          ["run", "--color=blue", "m.yml"], ["verify"], ["lint"], ["schema", "extra"], ["--no-such-option"],
                          ["explain", "no-such-word"], ["run", "--report", "json=", "m.yml"]):
            run = call(path, *arguments)
            expect_equal(run.code, 2, run)
            expect(run.err.strip(), f"nothing on standard error: {run}")
            expect(not os.path.exists(os.path.join(path, "ran")), run)


def verbs_with_options():
    """{verb: its own options}, of each verb's help; what all verbs have is left out."""
    with Folder() as path:
        verbs = re.findall(r"^  ([a-z]+) ", call(path, "--help").out.partition("Options:")[0], re.M)
        options = {verb: set(re.findall(r"^  --([a-z-]+)", call(path, verb, "--help").out, re.M)) for verb in verbs}
    for_all = set.intersection(*options.values())
    return {verb: names - for_all for verb, names in options.items()}


def test_a_verb_takes_its_own_options_only():
    """What a verb does not read would be a wish that nobody hears."""
    values = {"var": "a=b", "report": "json=r.json", "grace": "9s", "deadline": "9s", "endpoint": "http://127.0.0.1:9", "region": "a", "man": "muster",
              "format": "human", "diff": "m.yml", "output": "o", "history": "s", "from": "r.json"}
    verbs = verbs_with_options()
    expect_equal(sorted(verb for verb in verbs if "no-weaker" in verbs[verb]), ["plan"])
    expect_equal(sorted(verb for verb in verbs if "report" in verbs[verb]), ["probe", "report", "run", "verify"])
    with Folder() as path:
        write(path, "m.yml", GOOD)
        for option in sorted(set.union(*verbs.values())):
            for verb in verbs:
                written = [f"--{option}"] + ([values[option]] if option in values else [])
                run = call(path, verb, *written, *(["m.yml"] if verb != "schema" else []))
                if option in verbs[verb]:
                    expect("has no option" not in run.err, run)
                else:
                    expect_equal((run.code, run.out), (2, ""), run)
                    expect_match(rf"'{verb}' has no option --{option}; these have: .*[a-z]", run.err)
            expect(verbs["run"] >= {option} or not os.path.exists(os.path.join(path, "ran")), option)
            if os.path.exists(os.path.join(path, "ran")):
                os.unlink(os.path.join(path, "ran"))


def test_words_of_other_programs():
    with Folder() as path:
        expect_equal((call(path, "help").code, call(path, "help").out), (0, call(path, "--help").out))
        expect_equal((call(path, "help", "lint").code, call(path, "help", "lint").out), (0, call(path, "lint", "--help").out))
        expect_equal(call(path, "version").out, call(path, "--version").out)
        expect_equal(call(path, "help", "nonsense").code, 2)
        for word in ("validate", "check"):
            said = call(path, word, "m.yml")
            expect_equal(said.code, 2, said)
            expect_match("did you mean 'lint'", said.err)


def test_suggestions():
    with Folder() as path:
        expect_match("did you mean 'run'", call(path, "rnu", "m.yml").err)
        expect_match("did you mean '(--)?report'", call(path, "run", "--reprot", "json=a", "m.yml").err)


def test_nothing_at_all():
    with Folder() as path:
        import support
        code, out, err, _ = support.execute([support.MUSTER], path, support.environment())
        expect_equal(code, 2, out + err)
        expect_match(r"run\s+MANIFEST", out + err)


def test_help_and_version():
    with Folder() as path:
        help_of_all = call(path, "--help")
        expect_equal(help_of_all.code, 0, help_of_all)
        for verb in ("run", "verify", "lint", "schema", "explain"):
            expect_match(rf"^\s+(muster )?{verb}\b", help_of_all.out)
            help_of_one = call(path, verb, "--help")
            expect_equal((help_of_one.code, help_of_one.err), (0, ""), help_of_one)
            expect_match(verb, help_of_one.out)
        version = call(path, "--version")
        expect_equal(version.code, 0, version)
        expect_match(r"\Amuster \d+\.\d+\.\d+\n\Z", version.out)


def test_manifest_that_cannot_be_read():
    with Folder() as path:
        os.mkdir(os.path.join(path, "folder"))
        write(path, "binary", os.urandom(2000))
        write(path, "empty", "")
        write(path, "large", b"# " + b"x" * (2 << 20) + b"\n" + GOOD.encode())
        for name in ("nowhere.yml", "folder", "binary", "empty", "large"):
            run = call(path, "run", name)
            expect_equal(run.code, 3, run)
            expect_match(name, run.said)
            expect(not os.path.exists(os.path.join(path, "ran")), run)


def test_json_is_read_too():
    with Folder() as path:
        write(path, "m.json", '{\n\t"muster": 1,\n\t"name": "json \\u00e9 \\ud83d\\ude00",\n\t"steps": [\n\t\t{"name": "a", "run": ["true"]}\n\t]\n}\n')
        run = muster("run", path="m.json", cwd=path)
        expect_equal((run.code, run.report["name"]), (0, "json é 😀"), run)
        write(path, "m.json", '{"muster": 1,\n "name": "json",\n "steps": [{"name": "a", "run": ["true"], "timeout": "fast"}]}\n')
        run = call(path, "run", "m.json")
        expect_equal(run.code, 3, run)
        expect_match(r"^m\.json:3:54: error", run.said)


def test_quiet_and_verbose():
    with Folder() as path:
        write(path, "m.yml", "muster: 1\nname: good\nsteps:\n  - {name: a, run: [echo, chatter]}\n  - {name: b, run: ['false']}\n")
        quiet = call(path, "run", "--quiet", "m.yml")
        expect("chatter" not in quiet.said, quiet)
        expect_match("step:b/exit", quiet.said)
        verbose = call(path, "run", "--verbose", "m.yml")
        expect_match("chatter", verbose.said)
        expect_match("step:a/exit", verbose.said)


def test_colours():
    with Folder() as path:
        write(path, "m.yml", GOOD)
        for arguments, env, coloured in ((["--color=always"], {}, True), (["--color=never"], {}, False), ([], {}, False),
                                         (["--color=auto"], {"NO_COLOR": "1"}, False)):
            run = call(path, "run", *arguments, "m.yml", env=env)
            expect_equal("\x1b[" in run.said, coloured, run)


def test_verify_takes_several_and_a_folder():
    with Folder() as path:
        for name in ("one", "two"):
            write(path, f"all/{name}.yml", f"muster: 1\nname: {name}\nartifacts:\n  - {{name: a, file: {name}}}\n")
        write(path, "one", "x")
        run = call(path, "verify", "all/one.yml", "all/two.yml")
        expect_equal(run.code, 1, run)
        expect_equal(call(path, "verify", "all").code, 1)
        write(path, "two", "x")
        expect_equal(call(path, "verify", "all/one.yml", "all/two.yml").code, 0)
        expect_equal(call(path, "verify", "all").code, 0)
        os.mkdir(os.path.join(path, "nothing"))
        expect(call(path, "verify", "nothing").code != 0, "a folder without manifests passes")
        write(path, "all/three.yml", "muster: 1\nname: three\n")
        expect_equal(call(path, "verify", "all").code, 3)


def test_too_few_descriptors_never_pass():
    """Whatever muster cannot do for want of descriptors, it does not say that all is well."""
    with Folder() as path:
        write(path, "m.yml", "muster: 1\nname: few\nsteps:\n  - {name: a, pipe: [[echo, a], [cat], [cat]], stdout: out}\n"
              "artifacts:\n  - {name: a, file: out, expect: {size: {min: 1}}}\n")
        seen = set()
        for limit in range(3, 40):
            run = call(path, "run", "m.yml", preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            seen.add(run.code)
            if run.code == 0:
                with open(os.path.join(path, "out"), encoding="ascii") as file:
                    expect_equal(file.read(), "a\n", "passed without its output")
                os.remove(os.path.join(path, "out"))
        expect(0 in seen and len(seen) > 1, seen)
        expect(seen <= {0, 1, 3, 5, 70, 127}, seen)  # 127: the loader itself has too few


def test_too_little_memory_never_passes():
    if SANITIZED:
        return
    with Folder() as path:
        write(path, "m.yml", GOOD.replace("touch, ran", "'true'"))
        seen = {}
        for mebibytes in (1, 8, 16, 24, 32, 48, 64, 96, 128, 256, 1024):
            size = mebibytes << 20
            run = call(path, "run", "--report", "json=r.json", "m.yml", preexec=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))
            seen[mebibytes] = run.code
        expect_equal(seen[1024], 0, seen)
        expect(all(code in (0, 1, 5, 70, 127) or code < 0 for code in seen.values()), seen)


main()
