#!/usr/bin/python3
"""The CronJob of GitLab's chart with muster in front: what differs, and nothing else. Through kustomize, and through a real helm."""

import json
import os
import re
import shutil

from cluster import KUBERNETES, build, command, documents, only, paths, read, support, tool

from support import expect, expect_equal

# Everything in which the patched CronJob may differ from the chart's own, and what muster needs it for.
CONTAINER = "spec.jobTemplate.spec.template.spec.containers.toolbox-backup"
POD = "spec.jobTemplate.spec.template.spec"
ALLOWED = {
    "spec.concurrencyPolicy": "Replace kills a backup that takes too long, every night",
    "spec.startingDeadlineSeconds": "without it a CronJob that missed 100 times is never started again",
    "spec.jobTemplate.spec.activeDeadlineSeconds": "with Forbid, a Job that hangs keeps all others from starting",
    "spec.jobTemplate.spec.backoffLimit": "how often what is transient is tried again",
    "spec.jobTemplate.spec.podFailurePolicy": "which exit codes are transient",
    f"{POD}.restartPolicy": "a podFailurePolicy wants Never",
    f"{POD}.initContainers.muster-install": "brings muster into the pod; the toolbox image stays as it is",
    f"{POD}.volumes.muster-bin": "where it is brought to",
    f"{POD}.volumes.muster-manifest": "the manifest",
    f"{CONTAINER}.volumeMounts./muster-bin": "muster",
    f"{CONTAINER}.volumeMounts./etc/muster": "the manifest",
    f"{CONTAINER}.args": "muster runs the utility, in the place of bash",
    f"{CONTAINER}.terminationMessagePolicy": "the verdict, or the log of what was killed before it",
}
UNTOUCHED = ("image", "env", "envFrom", "command", "resources", "securityContext", "terminationMessagePath")
# How the elements of a list are told apart.
KEYS = {"containers": "name", "initContainers": "name", "volumes": "name", "env": "name", "volumeMounts": "mountPath"}
CHART = os.path.join("overlays", "gitlab", "rendered.yaml")


def keyed(value, name=None):
    """Lists as mappings by what identifies their elements: where an element stands is no difference."""
    if isinstance(value, list) and name in KEYS:
        named = {one[KEYS[name]]: keyed(one) for one in value}
        expect_equal(len(named), len(value), f"{name}: two of one name")
        return named
    if isinstance(value, dict):
        return {key: keyed(inner, key) for key, inner in value.items()}
    return value


def differences(left, right, where=()):
    """The topmost paths at which two values differ; what is null is not there."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}):
            yield from differences(left.get(key), right.get(key), where + (key,))
    elif left != right:
        yield ".".join(where)


def charts():
    return only(documents(read(CHART)), "CronJob")


def patched(objects=None):
    return only(objects or build("gitlab"), "CronJob")


def test_what_differs_is_what_muster_needs():
    found = list(differences(keyed(charts()), keyed(patched())))
    expect_equal(set(found), set(ALLOWED))
    expect(all(ALLOWED.values()), "without a reason")


def test_a_difference_is_found():
    before = keyed(charts())
    for path, value in paths(before):
        if isinstance(value, (dict, list)) or value is None:
            continue
        after = json.loads(json.dumps(before))
        place = after
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = "another"
        found = list(differences(before, after))
        expect(len(found) == 1 and ".".join(map(str, path)).startswith(found[0]), f"{path}: {found}")


def test_the_container_is_the_charts():
    before, after = ({one["name"]: one for one in job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]}
                     for job in (charts(), patched()))
    expect_equal(list(before), list(after))
    for name in UNTOUCHED:
        expect_equal(before["toolbox-backup"].get(name), after["toolbox-backup"].get(name), name)
    for job in charts(), patched():
        spec = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        expect_equal((spec.get("serviceAccountName"), spec["securityContext"]["runAsUser"]), (None, 1000))


def test_the_manifest_does_what_the_args_did():
    """The chart's two commands are its two steps, and what the chart's environment says is what the manifest declares."""
    said = charts()["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"]
    expect_equal(said, ["/bin/bash", "-c", "cp /etc/gitlab/.s3cfg $HOME/.s3cfg && backup-utility"])
    path = os.path.join(KUBERNETES, "components", "gitlab-toolbox", "backup.yml")
    environment = {one["name"]: one["value"] for one in patched()["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["env"]}
    plan = command(support.MUSTER, "plan", path, env={**environment, "HOME": "/var/git"}).stdout
    steps = re.findall(r"(cp /etc/gitlab/\.s3cfg /var/git/\.s3cfg|backup-utility)$", plan, re.M)
    expect("cp /etc/gitlab/.s3cfg /var/git/.s3cfg" in plan and "backup-utility" in steps, plan)
    # The preflight that the chart's own environment would pass.
    with support.Folder() as folder:
        env_checks = re.findall(r"- env: \{name: (\w+), equals: (.*)\}", read("components", "gitlab-toolbox", "backup.yml"))
        text = "muster: 1\nname: chart\npreflight:\n" + "".join(
            f"  - env: {{name: {name}, equals: {environment[name]}}}\n" for name, _ in env_checks) + "steps: [{name: s, run: ['true']}]\n"
        run = support.muster("run", manifest=text, cwd=folder, env=environment)
        expect_equal(run.code, 0, run)
        buckets = {name: environment[name] for name, _ in env_checks if name.endswith("_BUCKET_NAME")}
        manifest = read("components", "gitlab-toolbox", "backup.yml")
        for name, bucket in buckets.items():
            expect(f"bucket: {bucket}," in manifest, f"{name}: the manifest knows no bucket {bucket}")
        expect_equal(len(buckets), 10)


def test_another_name_of_the_release():
    rendered = read(CHART).replace("name: gitlab-toolbox-backup", "name: our-git-toolbox-backup")
    other = rendered + "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: other}\nspec: {schedule: 0 1 * * *}\n"
    found = documents(post_render(other).stdout)
    expect_equal(patched([only(found, "CronJob", "our-git-toolbox-backup")])["spec"]["concurrencyPolicy"], "Forbid")
    expect_equal(only(found, "CronJob", "other")["spec"], {"schedule": "0 1 * * *"})


def post_render(text, code=0):
    return command(os.path.join(KUBERNETES, "overlays", "gitlab", "post-render"), stdin=text, code=code, env={"KUBECTL": tool("kubectl")})


def test_post_render():
    expect_equal(documents(post_render(read(CHART)).stdout), build("gitlab"))


def test_everything_else_comes_out_as_it_went_in():
    """Byte for byte: what kustomize would reorder, rewrite or refuse (two objects of one name) is none of its business."""
    rest = ("---\n# Source: a\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  y: |\n    ---\n    kind: CronJob\n    name: toolbox-backup\n"
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
            "---\napiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: other\nspec: {schedule: 0 1 * * *}\n")
    finished = post_render(rest + "---\n" + read(CHART))
    expect(finished.stdout.startswith(rest + "---\n"), finished.stdout[:600])
    expect_equal(documents(finished.stdout[len(rest):]), build("gitlab"))


def test_a_chart_without_the_backup_is_told():
    """Nothing is handed on then: helm ends, rather than install a backup without muster."""
    finished = post_render("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", code=1)
    expect(finished.stdout == "" and "no CronJob named" in finished.stderr, finished)
    for text in ("", "apiVersion: ["):
        finished = post_render(text, code=1)
        expect(finished.stdout == "" and finished.stderr != "", finished)


class Chart:
    """A chart that renders just that CronJob and something else, and a copy of container/kubernetes, as people have it who take only that."""

    def __enter__(self):
        self.folder = support.Folder()
        path = self.folder.__enter__()
        self.path = os.path.join(path, "chart")
        os.makedirs(os.path.join(self.path, "templates"))
        support.write(path, "chart/Chart.yaml", "apiVersion: v2\nname: gitlab\nversion: 9.5.1\n")
        support.write(path, "chart/templates/backup-job.yaml", read(CHART))
        support.write(path, "chart/templates/other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: b}\n")
        shutil.copytree(KUBERNETES, os.path.join(path, "kubernetes"))
        self.overlay = os.path.join(path, "kubernetes", "overlays", "gitlab")
        self.env = {"HELM_DATA_HOME": path + "/data", "HELM_CONFIG_HOME": path + "/config", "HELM_CACHE_HOME": path + "/cache",
                    "KUBECTL": tool("kubectl"), "HOME": path}
        return self

    def __exit__(self, *_):
        self.folder.__exit__()

    def render(self, helm, post_renderer=None, code=0):
        return command(tool(helm), "template", "gitlab", self.path, "--namespace", "gitlab",
                       *(["--post-renderer", post_renderer] if post_renderer else []), env=self.env, code=code)

    def check(self, helm, post_renderer):
        found = documents(self.render(helm, post_renderer).stdout)
        expect_equal(patched(found), patched())
        expect_equal(only(found, "ConfigMap", "other")["data"], {"a": "b"})
        expect_equal(only(found, "ConfigMap", "muster-gitlab-backup"), only(build("gitlab"), "ConfigMap"))
        expect("podFailurePolicy" not in self.render(helm).stdout, "patched without the post-renderer")
        # A chart whose backup is off: nothing is installed. What the post-renderer said only helm 3 hands on.
        os.unlink(os.path.join(self.path, "templates", "backup-job.yaml"))
        refused = self.render(helm, post_renderer, code=1)
        expect("post" in refused.stderr and "ConfigMap" not in refused.stdout, refused)
        expect(helm != "helm-3" or "no CronJob named" in refused.stderr, refused)


def test_helm_4():
    with Chart() as chart:
        command(tool("helm"), "plugin", "install", chart.overlay, env=chart.env)
        chart.check("helm", "muster-gitlab")


def test_helm_3():
    with Chart() as chart:
        chart.check("helm-3", os.path.join(chart.overlay, "post-render"))


support.main()
