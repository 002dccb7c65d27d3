#!/usr/bin/python3
"""What no schema finds: which exit code is tried again, names that lead nowhere, and the restricted Pod Security Standard."""

import copy
import os
import posixpath
import re

from cluster import OVERLAYS, build, build_own_image, containers, examples, of_kind, only, pod_templates, problems, read, support, yaml

from support import expect, expect_equal

JOBS = {"postgres": "muster", "k3s": "muster", "canary": "muster", "gitlab": "toolbox-backup"}  # and the container that is muster
FAIL_AT_ONCE = {1, 2, 3, 4}
# Provided by the chart, in the release's namespace.
OF_THE_CHART = re.compile(r"gitlab-[a-z-]+")
# https://kubernetes.io/docs/concepts/security/pod-security-standards/
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
CAPABILITIES = {"NET_BIND_SERVICE"}


def job_of(overlay):
    return only(build(overlay), "CronJob")["spec"]["jobTemplate"]["spec"]


def action(job, codes, conditions=()):
    """
    What the Job controller does with a pod that has failed: the first rule that matches counts, of the containers' exit codes only those
    that are not 0 are looked at (KEP-3329). `codes` are those of the containers, by name.
    """
    for rule in job["podFailurePolicy"]["rules"]:
        if "onExitCodes" in rule:
            wanted = rule["onExitCodes"]
            for name, code in codes.items():
                if code != 0 and wanted.get("containerName", name) == name and (code in wanted["values"]) == (wanted["operator"] == "In"):
                    return rule["action"]
        for pattern in rule.get("onPodConditions", []):
            if (pattern["type"], pattern.get("status", "True")) in conditions:
                return rule["action"]
    return "Count"


def violations(template, restricted=True):
    """Of the baseline and the restricted standard, rule by rule, for Linux."""
    spec = template["spec"]
    pod = spec.get("securityContext", {})
    found = []

    def rule(holds, text):
        if not holds:
            found.append(text)

    for name in ("hostNetwork", "hostPID", "hostIPC"):
        rule(not spec.get(name), name)
    rule(not pod.get("sysctls"), "sysctls")
    for volume in spec.get("volumes", []):
        kinds = set(volume) - {"name"} or {"emptyDir"}
        rule("hostPath" not in kinds, f"hostPath {volume['name']}")
        rule(kinds <= VOLUMES | {"hostPath"}, f"volume {volume['name']}: {kinds}")
    for container in containers(template):
        own = container.get("securityContext", {})
        name = container["name"]

        def effective(field):
            return own.get(field, pod.get(field))

        rule(not own.get("privileged"), f"{name}: privileged")
        rule(own.get("procMount", "Default") == "Default", f"{name}: procMount")
        rule(not any("hostPort" in port for port in container.get("ports", [])), f"{name}: hostPort")
        rule(own.get("allowPrivilegeEscalation") is False, f"{name}: allowPrivilegeEscalation")
        rule(effective("runAsNonRoot") is True, f"{name}: runAsNonRoot")
        rule(effective("runAsUser") != 0, f"{name}: runAsUser")
        rule((effective("seccompProfile") or {}).get("type") in ("RuntimeDefault", "Localhost"), f"{name}: seccompProfile")
        capabilities = own.get("capabilities", {})
        rule("ALL" in capabilities.get("drop", []), f"{name}: capabilities are kept")
        rule(set(capabilities.get("add", [])) <= CAPABILITIES, f"{name}: capabilities are added")
    return found


def test_which_exit_code_is_tried_again():
    for overlay, container in JOBS.items():
        job = job_of(overlay)
        expect(job["backoffLimit"] >= 1, f"{overlay}: nothing is tried again")
        expect_equal({code for code in range(1, 256) if action(job, {container: code}) == "FailJob"}, FAIL_AT_ONCE, overlay)
        expect_equal({code for code in range(1, 256) if action(job, {container: code}) == "Count"}, set(range(1, 256)) - FAIL_AT_ONCE, overlay)
        evicted = {("DisruptionTarget", "True")}
        expect_equal({action(job, {container: code}, evicted) for code in range(1, 256)}, {"Ignore"}, overlay)
        expect_equal(action(job, {container: 143}, {("DisruptionTarget", "False")}), "Count", overlay)
        for one in containers(job["template"]):
            if one["name"] != container:
                expect_equal(action(job, {one["name"]: 1}), "Count", f"{overlay}: {one['name']} is not muster")


def test_the_exit_codes_are_those_of_muster():
    with open(os.path.join(support.ROOT, "examples", "REFERENCE.md"), encoding="utf-8") as file:
        codes = {int(code) for code in re.findall(r"^\| `(\d+)` \|", file.read(), re.M)}
    expect_equal(codes, {0, 5, 70} | FAIL_AT_ONCE)


def test_the_policy_is_one_that_the_api_takes():
    """What the API server checks beyond the schema (validation of batch/v1)."""
    for overlay in JOBS:
        job = job_of(overlay)
        rules = job["podFailurePolicy"]["rules"]
        expect_equal(job["template"]["spec"]["restartPolicy"], "Never", overlay)
        expect(0 < len(rules) <= 20, overlay)
        names = {one["name"] for one in containers(job["template"])}
        for rule in rules:
            expect_equal(("onExitCodes" in rule) + ("onPodConditions" in rule), 1, overlay)
            if "onExitCodes" in rule:
                values = rule["onExitCodes"]["values"]
                expect(values == sorted(set(values)) and 0 not in values and max(values) < 256, f"{overlay}: {values}")
                expect(rule["onExitCodes"]["containerName"] in names, f"{overlay}: {rule}")


def test_every_job_is_started_and_ended():
    for overlay, container in JOBS.items():
        cron = only(build(overlay), "CronJob")["spec"]
        job = cron["jobTemplate"]["spec"]
        expect_equal(cron["concurrencyPolicy"], "Forbid", overlay)
        # More than 100 schedules within it, and none is started any more; under 10 s, and the controller may come too late.
        expect(10 < cron["startingDeadlineSeconds"] <= 3600, overlay)
        expect(cron["failedJobsHistoryLimit"] >= 1 and cron.get("suspend", False) is False, overlay)
        expect(1 <= job["backoffLimit"] <= 6, overlay)
        expect(600 <= job["activeDeadlineSeconds"] < 86400, f"{overlay}: Forbid without an end")
        expect("ttlSecondsAfterFinished" not in job, f"{overlay}: a failed Job goes away by itself")
        expect_equal(cron.get("timeZone", "Etc/UTC"), "Etc/UTC", overlay)
        muster = next(one for one in containers(job["template"]) if one["name"] == container)
        expect_equal(muster["terminationMessagePolicy"], "FallbackToLogsOnError", overlay)
        expect_equal(muster.get("terminationMessagePath", "/dev/termination-log"), "/dev/termination-log", overlay)
        grace = job["template"]["spec"].get("terminationGracePeriodSeconds", 30)
        given = [one["value"] for one in muster.get("env", []) if one["name"] == "MUSTER_GRACE"]
        seconds = int(re.fullmatch(r"(\d+)s", given[0])[1]) if given else 25  # which is muster's own
        expect(3 <= grace - seconds <= 15, f"{overlay}: {seconds} s of {grace} s")
    hourly = only(build("canary"), "CronJob")["spec"]
    expect(hourly["jobTemplate"]["spec"]["activeDeadlineSeconds"] < 3600, "a canary longer than its hour")


def test_the_restricted_standard():
    for overlay in OVERLAYS:
        for name, template in pod_templates(build(overlay)):
            expected = []
            if overlay == "k3s":  # state.db is root's, on the host
                expected = ["hostPath state", "muster: runAsNonRoot", "muster: runAsUser"]
            expect_equal(violations(template), expected, f"{overlay}: {name}")


def test_the_standard_is_looked_at():
    """Each rule, broken."""
    good = next(template for _, template in pod_templates(build("postgres")))
    own, pod = ("containers", 0, "securityContext"), ("securityContext",)
    for path, value in ((("hostNetwork",), True), (("hostPID",), True), (("hostIPC",), True), (pod + ("sysctls",), [{"name": "a", "value": "b"}]),
                        (("volumes", 0), {"name": "x", "hostPath": {"path": "/"}}), (("volumes", 0), {"name": "x", "nfs": {}}),
                        (own + ("privileged",), True), (own + ("procMount",), "Unmasked"), (own + ("allowPrivilegeEscalation",), None),
                        (pod + ("runAsNonRoot",), None), (pod + ("runAsUser",), 0), (own + ("runAsUser",), 0), (own + ("runAsNonRoot",), False),
                        (pod + ("seccompProfile",), None), (own + ("seccompProfile",), {"type": "Unconfined"}),
                        (own + ("capabilities", "drop"), ["KILL"]), (own + ("capabilities", "add"), ["SYS_ADMIN"]),
                        (("containers", 0, "ports"), [{"hostPort": 80}]), (("initContainers",), [{"name": "x"}])):
        template = copy.deepcopy(good)
        place = template["spec"]
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value
        expect(violations(template), f"not found: {path}: {value}")


def test_beyond_the_standard():
    """No token of the API server, nothing writable but what is meant to be, and bounds on all of it."""
    for overlay in OVERLAYS:
        for name, template in pod_templates(build(overlay)):
            ours = [one for one in containers(template) if "/muster" in one["image"]]
            for one in ours:
                where = f"{overlay}: {name}: {one['name']}"
                expect(one["securityContext"]["readOnlyRootFilesystem"] is True, where)
                expect({"cpu", "memory"} <= set(one["resources"]["requests"]) and "memory" in one["resources"]["limits"], where)
            if overlay == "gitlab":
                continue
            expect_equal(template["spec"].get("automountServiceAccountToken"), False, f"{overlay}: {name}")
            for volume in template["spec"].get("volumes", []):
                expect("emptyDir" not in volume or "sizeLimit" in volume["emptyDir"], f"{overlay}: {name}: {volume} has no end")
    for one in of_kind(build("k3s"), "CronJob"):
        mounts = containers(one["spec"]["jobTemplate"]["spec"]["template"])[0]["volumeMounts"]
        expect_equal([mount for mount in mounts if mount["name"] == "state"],
                     [{"name": "state", "mountPath": "/host/db", "readOnly": True}])


def test_namespaces_enforce_what_they_can():
    levels = {overlay: only(build(overlay), "Namespace")["metadata"]["labels"] for overlay in ("postgres", "k3s", "canary")}
    for overlay, labels in levels.items():
        enforced = "privileged" if overlay == "k3s" else "restricted"
        expect_equal([labels["pod-security.kubernetes.io/" + mode] for mode in ("enforce", "audit", "warn")],
                     [enforced, "restricted", "restricted"], overlay)
        expect_equal({one["metadata"].get("namespace") for one in build(overlay) if one["kind"] != "Namespace"}, {f"muster-{overlay}"})


def test_no_name_leads_nowhere():
    for overlay in OVERLAYS:
        objects = build(overlay)
        configs = {one["metadata"]["name"]: set(one["data"]) for one in of_kind(objects, "ConfigMap")}
        secrets = {one["metadata"]["name"]: set(one["stringData"]) for one in examples(overlay)}
        for name, template in pod_templates(objects):
            volumes = {}
            for volume in template["spec"].get("volumes", []):
                expect(volume["name"] not in volumes, f"{overlay}: {name}: two volumes {volume['name']}")
                volumes[volume["name"]] = volume
                known = configs.get(volume.get("configMap", {}).get("name"), secrets.get(volume.get("secret", {}).get("secretName")))
                expect(known or not {"configMap", "secret"} & set(volume), f"{overlay}: {name}: {volume}")
                for source in volume.get("projected", {}).get("sources", []):
                    (inner,) = source.values()
                    expect(OF_THE_CHART.fullmatch(inner["name"]), f"{overlay}: {name}: {inner}")
            mounted = set()
            for one in containers(template):
                places = [mount["mountPath"].rstrip("/") for mount in one.get("volumeMounts", [])]
                expect_equal(len(places), len(set(places)), f"{overlay}: {name}: {one['name']} mounts twice: {places}")
                for mount in one.get("volumeMounts", []):
                    expect(mount["name"] in volumes, f"{overlay}: {name}: {mount} of no volume")
                    mounted.add(mount["name"])
            expect_equal(set(volumes) - mounted, set(), f"{overlay}: {name}: volumes that nobody mounts")
            names = [one["name"] for one in containers(template)]
            expect_equal(len(names), len(set(names)), f"{overlay}: {name}: {names}")


def commands(container):
    yield container.get("args", [])
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        if probe in container:
            yield container[probe]["exec"]["command"]


def test_what_is_run_is_mounted():
    """Every manifest that muster is given, and muster itself where an image has none."""
    seen = 0
    for overlay in OVERLAYS:
        objects = build(overlay)
        configs = {one["metadata"]["name"]: set(one["data"]) for one in of_kind(objects, "ConfigMap")}
        for name, template in pod_templates(objects):
            volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
            for one in containers(template):
                files = set()
                for mount in one.get("volumeMounts", []):
                    config = volumes[mount["name"]].get("configMap")
                    keys = configs[config["name"]] if config else set()
                    files |= {posixpath.join(mount["mountPath"], key) for key in keys} | {mount["mountPath"]}
                for argv in commands(one):
                    for word in argv:
                        if word.startswith("/etc/muster"):
                            expect(word in files, f"{overlay}: {name}: {word} is not among {files}")
                            seen += 1
                        if word == "/muster-bin/muster":
                            expect("/muster-bin" in files, f"{overlay}: {name}: {word} is not mounted")
                            installs = [init for init in template["spec"]["initContainers"] if init.get("args") == ["install", "/muster-bin"]]
                            expect_equal(len(installs), 1, f"{overlay}: {name}")
    expect_equal(seen, 6)


def test_an_image_of_ones_own():
    objects = build_own_image()
    expect_equal([found for found in problems(objects) if found], [])
    (_, template), = pod_templates(objects)
    expect_equal(violations(template), [])
    install, muster = containers(template)
    expect_equal((install["args"], muster["command"], muster["args"]),
                 (["install", "/muster-bin"], ["/muster-bin/muster"], ["run", "/etc/muster/backup.yml"]))
    expect("/muster:" in install["image"] and "/postgres:" in muster["image"], f"{install['image']} {muster['image']}")
    for one in install, muster:
        expect("/muster-bin" in [mount["mountPath"] for mount in one["volumeMounts"]], one)
    plain = containers(next(pod_templates(build("postgres")))[1])[0]
    expect_equal({name for name in {*plain, *muster} if plain.get(name) != muster.get(name)}, {"image", "command", "volumeMounts"})


def test_probes():
    """The kubelet's time ends after muster's own, which then has said what it was; and nobody pays for a request a second."""
    probed = 0
    for overlay in ("canary", "readiness"):
        for name, template in pod_templates(build(overlay)):
            for one in containers(template):
                if "readinessProbe" not in one:
                    continue
                probe = one["readinessProbe"]
                argv = probe["exec"]["command"]
                deadline = int(re.fullmatch(r"(\d+)s", argv[argv.index("--deadline") + 1])[1])
                expect("probe" in argv and deadline < probe["timeoutSeconds"] < probe["periodSeconds"], f"{overlay}: {name}: {probe}")
                expect(probe["periodSeconds"] >= 60, f"{overlay}: {name}: {probe}")
                probed += 1
    expect_equal(probed, 2)


def matches(selector, labels):
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())


def test_selectors():
    for overlay in OVERLAYS:
        objects = build(overlay)
        for one in of_kind(objects, "Deployment"):
            expect(matches(one["spec"]["selector"], one["spec"]["template"]["metadata"]["labels"]), f"{overlay}: {one['metadata']['name']}")
        labels = [template["metadata"]["labels"] for _, template in pod_templates(objects)]
        for policy in of_kind(objects, "NetworkPolicy"):
            selected = [each for each in labels if matches(policy["spec"]["podSelector"], each)]
            expect_equal(len(selected), len(labels), f"{overlay}: {policy['metadata']['name']}")


def test_network():
    """Nothing but names, the store over TLS, the Pushgateway, and the database."""
    for overlay in ("postgres", "k3s", "canary"):
        policies = of_kind(build(overlay), "NetworkPolicy")
        closed = only(policies, "NetworkPolicy", "deny-all")["spec"]
        expect_equal((closed["podSelector"], sorted(closed["policyTypes"])), ({}, ["Egress", "Ingress"]))
        expect("egress" not in closed and "ingress" not in closed, closed)
        ports = set()
        for policy in policies:
            expect("ingress" not in policy["spec"], policy)
            for rule in policy["spec"].get("egress", []):
                expect(rule.get("to") and rule.get("ports"), f"{overlay}: open to all: {rule}")
                ports |= {(port["protocol"], port["port"]) for port in rule["ports"]}
                for peer in rule["to"]:
                    expect(set(peer) in ({"ipBlock"}, {"namespaceSelector", "podSelector"}), f"{overlay}: {peer}")
                    expect(peer.get("ipBlock", {}).get("cidr") != "0.0.0.0/0", f"{overlay}: {peer}")
        expect_equal(ports, {("UDP", 53), ("TCP", 53), ("TCP", 443), ("TCP", 9091)} | ({("TCP", 5432)} if overlay == "postgres" else set()),
                     overlay)


def test_placeholders_are_marked():
    """What must be changed says so where it stands."""
    expect_equal(read("base", "networkpolicy.yaml").count("CHANGE"), 1)
    for overlay in ("postgres", "k3s", "canary", "gitlab", "readiness"):
        text = read("overlays", overlay, "kustomization.yaml")
        expect(all("CHANGE" in line for line in text.splitlines() if "registry.example" in line), overlay)
        yaml.safe_load(text)


support.main()
