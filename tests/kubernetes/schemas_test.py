#!/usr/bin/python3
"""Everything in container/kubernetes is what the API knows: by the schemas, and by what these leave open."""

import copy
import os
import re

from cluster import KUBERNETES, OVERLAYS, build, examples, paths, problems, read, support, yaml

from support import expect, expect_equal

# Fields that hold whatever names their user likes: there a schema knows no unknown ones.
FREE = {"labels", "annotations", "matchLabels", "data", "stringData", "requests", "limits", "nodeSelector"}
# What the API's reference lists, where the schemas have a string.
VALUES = {
    "concurrencyPolicy": {"Allow", "Forbid", "Replace"},
    "action": {"FailJob", "FailIndex", "Ignore", "Count"},
    "operator": {"In", "NotIn", "Exists", "Equal", "DoesNotExist"},
    "restartPolicy": {"Always", "OnFailure", "Never"},
    "terminationMessagePolicy": {"File", "FallbackToLogsOnError"},
    "effect": {"NoSchedule", "PreferNoSchedule", "NoExecute"},
    "protocol": {"TCP", "UDP", "SCTP"},
    "policyTypes": {"Ingress", "Egress"},
    "medium": {"", "Memory"},
}
JOB = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "x"},
       "spec": {"schedule": "0 1 * * *", "jobTemplate": {"spec": {"template": {"spec": {
           "restartPolicy": "Never", "containers": [{"name": "a", "image": "b", "resources": {"limits": {"memory": "1Gi"}}}]}}}}}}


def everything():
    for overlay in OVERLAYS:
        for one in build(overlay) + examples(overlay):
            yield overlay, one


def changed(path, value):
    one = copy.deepcopy(JOB)
    place = one
    for name in path[:-1]:
        place = place[name]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return one


def test_every_overlay_is_valid():
    expect_equal(OVERLAYS, ["canary", "gitlab", "k3s", "monitoring", "postgres", "readiness"])
    named = list(everything())
    for (overlay, one), found in zip(named, problems([one for _, one in named])):
        expect(not found, f"{overlay}: {one['kind']} {one['metadata']['name']}: {found}")


def test_the_validator_finds_what_is_wrong():
    template = ("spec", "jobTemplate", "spec", "template", "spec")
    container = template + ("containers", 0)
    wrong = {
        "a misspelt field": changed(("spec", "concurrencyPolcy"), "Forbid"),
        "one further down": changed(container + ("securityContex",), {}),
        "one in what is empty else": changed(template + ("volumes",), [{"name": "x", "emptyDir": {"sizelimit": "1Gi"}}]),
        "one in what all of is optional": changed(container + ("readinessProbe",), {"exec": {"comand": ["x"]}}),
        "a text for a number": changed(("spec", "startingDeadlineSeconds"), "3600"),
        "a text for a list": changed(container + ("args",), "run"),
        "a number for a text": changed(("spec", "schedule"), 5),
        "no schedule": changed(("spec", "schedule"), None),
        "no name of a container": changed(container + ("name",), None),
        "a policy that is none": changed(("spec", "concurrencyPolicy"), "Forbidden"),
        "no quantity": changed(container + ("resources",), {"limits": {"memory": "1 gigabyte"}}),
        "a kind that is none": {**JOB, "kind": "CornJob"},
        "a version that is none": {**JOB, "apiVersion": "batch/v2"},
    }
    expect_equal(problems([JOB])[0], [])
    for (name, one), found in zip(wrong.items(), problems(list(wrong.values()))):
        expect(len(found) > 0, f"not found: {name}: {one}")


def test_the_validator_finds_every_misspelling():
    """Each field of everything that is here, misspelt in turn."""
    cases, where = [], []
    for overlay, one in everything():
        for path, _ in paths(one):
            if isinstance(path[-1], int) or FREE & set(path[:-1]) or path[-1] in ("kind", "apiVersion"):
                continue
            wrong = copy.deepcopy({**one, **({"data": {}} if one["kind"] == "ConfigMap" and path[0] != "data" else {})})
            place = wrong
            for name in path[:-1]:
                place = place[name]
            place[path[-1] + "x"] = place.pop(path[-1])
            cases.append(wrong)
            where.append((overlay, one["kind"], path))
    expect(len(cases) > 500, len(cases))
    for place, found in zip(where, problems(cases)):
        expect(any("x: unknown" in problem for problem in found), f"not found: {place}: {found}")


def test_values_are_among_those_of_the_api():
    for overlay, one in everything():
        for path, value in paths(one):
            if path[-1] in VALUES and not FREE & set(path):
                for text in value if isinstance(value, list) else [value]:
                    expect(text in VALUES[path[-1]], f"{overlay}: {path}: {text}")


def test_names_fit():
    """RFC 1123; a CronJob's name leaves room for what its Jobs and pods append."""
    for overlay, one in everything():
        name = one["metadata"]["name"]
        expect(re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", name), f"{overlay}: {name}")
        expect(len(name) <= (52 if one["kind"] == "CronJob" else 253), f"{overlay}: {name}")


def test_images_are_of_this_version():
    with open(os.path.join(support.ROOT, ".version"), encoding="utf-8") as file:
        version = file.read().strip()
    ours = set()
    for overlay, one in everything():
        for path, value in paths(one):
            if path[-1] == "image":
                expect(re.search(r":[^/:]+$", value) and not value.endswith(":latest"), f"{overlay}: {value} names no version")
                if "/muster" in value:
                    expect(value.endswith(":" + version), f"{overlay}: {value} is not of version {version}")
                    ours.add(overlay)
    expect_equal(sorted(ours), ["canary", "gitlab", "k3s", "postgres", "readiness"])
    expect_equal(yaml.safe_load(read("overlays", "gitlab", "plugin.yaml"))["version"], version)


def test_no_secret_is_in_here():
    for overlay in OVERLAYS:
        expect(not [one for one in build(overlay) if one["kind"] == "Secret"], f"{overlay} makes a Secret")
        for one in examples(overlay):
            for name, value in one["stringData"].items():
                expect("REPLACE-ME" in value, f"{overlay}: {name} in the example is not obviously one")
    for folder, _, names in os.walk(KUBERNETES):
        for name in names:
            expect(not name.endswith((".env", ".pem", ".key")), os.path.join(folder, name))


def test_the_readme_knows_every_folder():
    text = read("README.md")
    folders = [f"{kind}/{name}" for kind in ("overlays", "components") for name in os.listdir(os.path.join(KUBERNETES, kind))]
    for name in ["base", *folders]:
        expect(f"| `{name}` |" in text, name)


support.main()
