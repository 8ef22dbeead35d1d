"""The manifests: valid by Kubernetes' own schemas, whole among themselves, and true of the programs they start."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.commands import DEPLOY, OUR_VARIABLES, parsed

FOLDER = DEPLOY / "kubernetes"
FILES = sorted(FOLDER.rglob("*.yaml"))
OLDEST = "1.31"

Manifest = dict[str, Any]


def documents(path: Path) -> list[Manifest]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


MANIFESTS = [each for path in FILES if path.name != "kustomization.yaml" for each in documents(path)]
WORKLOADS = [each for each in MANIFESTS if each["kind"] in ("Deployment", "StatefulSet")]


def named(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def of_kind(kind: str) -> dict[str, Manifest]:
    return {each["metadata"]["name"]: each for each in MANIFESTS if each["kind"] == kind}


def pod(workload: Manifest) -> Manifest:
    return workload["spec"]["template"]


def containers(workload: Manifest) -> list[Manifest]:
    return pod(workload)["spec"]["containers"]


def selected(selector: dict[str, str]) -> list[Manifest]:
    return [each for each in WORKLOADS if selector.items() <= pod(each)["metadata"]["labels"].items()]


def workload(name: str) -> Manifest:
    return next(each for each in WORKLOADS if each["metadata"]["name"] == name)


# --- schemas --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
@pytest.mark.parametrize("manifest", MANIFESTS, ids=named)
def test_every_manifest_fits_the_schema(manifest: Manifest, version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_a_misspelt_field_would_be_found() -> None:
    wrong = yaml.safe_load(yaml.safe_dump(workload("load-worker")))
    wrong["spec"]["replica"] = 3
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, OLDEST, strict=True)


def test_every_file_is_in_a_kustomization_and_every_entry_exists() -> None:
    reached = set()
    for path in FILES:
        if path.name != "kustomization.yaml":
            continue
        [content] = documents(path)
        assert content["kind"] == "Kustomization"
        assert set(content) <= {"apiVersion", "kind", "namespace", "resources", "images", "replicas"}
        for entry in content["resources"]:
            target = path.parent / entry
            reached.add(target / "kustomization.yaml" if target.is_dir() else target)
        for entry in content.get("replicas", ()):
            assert workload(entry["name"])["spec"]["replicas"] == entry["count"]
    assert reached | {FOLDER / "kustomization.yaml"} == set(FILES)


def test_the_parts_live_in_the_namespace_that_is_made() -> None:
    [namespace] = of_kind("Namespace")
    for part in ("csms", "load"):
        assert documents(FOLDER / part / "kustomization.yaml")[0]["namespace"] == namespace
    assert not [named(each) for each in MANIFESTS if "namespace" in each["metadata"]]


def test_nothing_is_defined_twice() -> None:
    names = [named(each) for each in MANIFESTS]
    assert len(names) == len(set(names)) >= 12


# --- references -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workload", WORKLOADS, ids=named)
def test_a_workload_selects_its_own_pods(workload: Manifest) -> None:
    assert selected(workload["spec"]["selector"]["matchLabels"]) == [workload]


@pytest.mark.parametrize("service", of_kind("Service").values(), ids=named)
def test_a_service_finds_pods_and_their_ports(service: Manifest) -> None:
    [target] = selected(service["spec"]["selector"])
    ports = {port["name"]: port["containerPort"] for each in containers(target) for port in each["ports"]}
    for port in service["spec"]["ports"]:
        assert ports[port["targetPort"]] == port["port"]


def test_the_stateful_set_has_its_headless_service() -> None:
    for each in of_kind("StatefulSet").values():
        assert of_kind("Service")[each["spec"]["serviceName"]]["spec"]["clusterIP"] == "None"


@pytest.mark.parametrize("budget", of_kind("PodDisruptionBudget").values(), ids=named)
def test_a_disruption_budget_protects_somebody(budget: Manifest) -> None:
    [target] = selected(budget["spec"]["selector"]["matchLabels"])
    assert target["spec"]["replicas"] == 1


def volumes(workload: Manifest) -> Iterator[tuple[str, Manifest]]:
    yield from ((each["name"], each) for each in pod(workload)["spec"].get("volumes", ()))
    claims = workload["spec"].get("volumeClaimTemplates", ())
    yield from ((each["metadata"]["name"], each) for each in claims)


@pytest.mark.parametrize("workload", WORKLOADS, ids=named)
def test_mounts_volumes_and_what_is_in_them_exist(workload: Manifest) -> None:
    there = dict(volumes(workload))
    mounted = {mount["name"] for each in containers(workload) for mount in each["volumeMounts"]}
    assert mounted == set(there)
    for volume in there.values():
        if "secret" in volume:
            assert volume["secret"]["secretName"] in of_kind("Secret")
        if "configMap" in volume:
            assert volume["configMap"]["name"] in of_kind("ConfigMap")


@pytest.mark.parametrize("workload", WORKLOADS, ids=named)
def test_probes_look_at_ports_that_are_there(workload: Manifest) -> None:
    for each in containers(workload):
        ports = {port["name"] for port in each.get("ports", ())}
        probes = [each[key] for key in each if key.endswith("Probe")]
        assert {(probe.get("httpGet") or probe["tcpSocket"])["port"] for probe in probes} <= ports
        assert bool(probes) == bool(ports)


@pytest.mark.parametrize("workload", WORKLOADS, ids=named)
def test_environment_variables_are_known_and_their_sources_exist(workload: Manifest) -> None:
    for each in containers(workload):
        for variable in each.get("env", ()):
            assert variable["name"] in OUR_VARIABLES
            key = variable["valueFrom"]["secretKeyRef"]
            assert key["key"] in of_kind("Secret")[key["name"]]["stringData"]


# --- what runs ------------------------------------------------------------------------------------------------


def mounted_files(workload: Manifest, container: Manifest) -> dict[str, str]:
    there, files = dict(volumes(workload)), {}
    for mount in container["volumeMounts"]:
        volume = there[mount["name"]]
        if "secret" in volume:
            content = of_kind("Secret")[volume["secret"]["secretName"]]["stringData"]
        else:
            content = of_kind("ConfigMap").get(volume.get("configMap", {}).get("name"), {}).get("data", {})
        files |= {f"{mount['mountPath']}/{name}": text for name, text in content.items()}
    return files


def options(name: str) -> dict[str, Any]:
    found = workload(name)
    [container] = containers(found)
    return parsed(container["args"], mounted_files(found, container))


def test_there_is_one_image_and_the_kustomization_names_it() -> None:
    images = {each["image"] for found in WORKLOADS for each in containers(found)}
    [entry] = documents(FOLDER / "kustomization.yaml")[0]["images"]
    assert images == {f"{entry['name']}:{entry['newTag']}"}
    assert f"-t {images.copy().pop()} " in (DEPLOY / "Containerfile").read_text()


def test_the_csms_command_is_one_that_we_have() -> None:
    assert options("csms")["workers"] == 4


def test_the_settings_open_the_ports_that_are_named() -> None:
    settings = yaml.safe_load(of_kind("Secret")["csms-settings"]["stringData"]["csms.yaml"])
    ports = {port["name"]: port["containerPort"] for port in containers(workload("csms"))[0]["ports"]}
    assert (settings.get("port", 9000), settings.get("api_port", 9080)) == (ports["ocpp"], ports["api"])
    assert settings["host"] == settings["api_host"] == "0.0.0.0"
    assert settings["database"].startswith("sqlite:////var/lib/chargebench/")


def test_locust_finds_its_master_its_csms_and_its_workers() -> None:
    master, worker = options("load-master"), options("load-worker")
    assert master["master"]
    assert worker["worker"]
    services = of_kind("Service")
    assert worker["master_host"] in services
    assert worker["master_port"] in [port["port"] for port in services["load-master"]["spec"]["ports"]]
    assert master["host"] == "ws://csms:9000/"
    assert services["csms"]["spec"]["ports"][0]["port"] == 9000
    assert master["expect_workers"] == workload("load-worker")["spec"]["replicas"]


def test_every_worker_has_ports_for_its_share_and_listeners_lie_below_them() -> None:
    [sysctl] = pod(workload("load-worker"))["spec"]["securityContext"]["sysctls"]
    low, high = map(int, sysctl["value"].split())
    share = int(str(options("load-master")["num_users"])) / workload("load-worker")["spec"]["replicas"]
    assert share < 0.8 * (high - low + 1)
    listening = [port["port"] for each in of_kind("Service").values() for port in each["spec"]["ports"]]
    assert max(listening) < low


@pytest.mark.parametrize("workload", WORKLOADS, ids=named)
def test_nobody_is_root_and_everybody_says_what_they_need(workload: Manifest) -> None:
    assert pod(workload)["spec"]["securityContext"]["runAsNonRoot"]
    assert pod(workload)["spec"]["securityContext"]["runAsUser"] == 10001
    for each in containers(workload):
        assert each["securityContext"]["readOnlyRootFilesystem"]
        assert not each["securityContext"]["allowPrivilegeEscalation"]
        assert {"cpu", "memory"} == set(each["resources"]["requests"])
