"""What the tests of the images share: running containers as a cluster that takes security seriously would run them.

The images are those that container/image.sh has just built; MUSTER is the binary in them. Folders that are mounted belong to
the image's user, like a volume with an fsGroup."""

import atexit
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))

import support  # noqa: the path has to be known first

WITH_STORAGE = os.path.join(ROOT, "container", "with-storage.sh")
with open(os.path.join(ROOT, ".version"), encoding="utf-8") as file:
    VERSION = file.read().strip()
SMALL = f"localhost/muster:{VERSION}"
TOOLS = f"localhost/muster-tools:{VERSION}"
USER = 65532
MUSTER = os.path.abspath(os.environ.get("MUSTER") or os.path.join(ROOT, "build", "static", "muster"))
HARDENED = ["--read-only", "--read-only-tmpfs=false", "--cap-drop", "all", "--security-opt", "no-new-privileges", "--network", "none",
            "--pull", "never"]
started = 0


class Run:
    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err, self.said = argv, code, out, err, out + err

    def __str__(self):
        return "\n".join(["$ " + " ".join(self.argv), f"exit status {self.code}", *self.said.splitlines()[-60:]])


def call(*argv, stdin=None):
    """Runs a command on the storage of the images."""
    # conmon leaves a file "oom" where it runs.
    code, out, err, _ = support.execute([WITH_STORAGE, *argv], os.path.join(ROOT, "build", "image"), dict(os.environ), stdin=stdin)
    return Run(argv, code, out, err)


def podman(*arguments, **options):
    return call("podman", *arguments, **options)


def new_name():
    global started
    started += 1
    return f"muster-test-{os.getpid()}-{started}"


def mounted(volumes):
    """The options for {"/place": "folder"}, and {"/place:ro": ...}."""
    options = []
    for place, folder in volumes.items():
        place, _, mode = place.partition(":")
        options += ["--volume", f"{folder}:{place}" + (f":{mode}" if mode else "")]
    return options


def contained(image, *arguments, volumes=None, options=(), stdin=None):
    """Runs a container to its end: read-only root, no capabilities, no new privileges, no network, the image's own user."""
    interactive = ["--interactive"] if stdin is not None else []
    return podman("run", "--rm", "--name", new_name(), *HARDENED, *interactive, *mounted(volumes or {}), *options, image, *arguments,
                  stdin=stdin)


def inspect(image):
    run = podman("image", "inspect", image)
    support.expect_equal(run.code, 0, run)
    return json.loads(run.out)[0]


def report(folder, name="report.json"):
    with open(os.path.join(folder, name), encoding="utf-8") as content:
        return json.load(content)


def verdicts(folder):
    return {check["id"]: check["verdict"] for check in report(folder)["checks"]}


class Volume(support.Folder):
    """A fresh folder that belongs to the image's user."""

    def __enter__(self):
        path = super().__enter__()
        os.chown(path, USER, USER)
        os.chmod(path, 0o755)
        return path


def write(folder, name, content):
    """As a config map is mounted: readable for everybody, whoever it belongs to."""
    path = support.write(folder, name, content)
    os.chmod(path, 0o644)
    os.chmod(os.path.dirname(path), 0o755)
    return path


def remove_containers():
    for number in range(1, started + 1):
        subprocess.run([WITH_STORAGE, "podman", "rm", "--force", "--ignore", "--time", "0", f"muster-test-{os.getpid()}-{number}"],
                       cwd=ROOT, capture_output=True)


def base(suite, variant, *packages):
    """An image of other packages, by Debian's mmdebstrap; made once."""
    made = subprocess.run([os.path.join(ROOT, "container", "base.sh"), suite, variant, *packages], capture_output=True, text=True)
    if made.returncode != 0:
        raise support.Failure(made.stderr)
    tar = made.stdout.strip()
    image = "localhost/muster-test-base:" + os.path.basename(tar)[:-len(".tar")]
    if podman("image", "exists", image).code != 0:
        imported = podman("import", "--quiet", tar, image)
        support.expect_equal(imported.code, 0, imported)
    return image


atexit.register(remove_containers)
