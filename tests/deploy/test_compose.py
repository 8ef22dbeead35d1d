"""The local trial: what can be said of a compose file without a container engine."""

import re
from typing import Any

import yaml

from csms_reference.settings import Settings
from tests.deploy.commands import DEPLOY, OUR_VARIABLES, parsed
from tests.deploy.test_kubernetes import WORKLOADS, containers

FILE = DEPLOY / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
KNOWN = {
    "image", "build", "user", "read_only", "tmpfs", "cap_drop", "security_opt", "ulimits", "command", "configs",
    "volumes", "ports", "sysctls", "stop_grace_period", "healthcheck", "depends_on", "environment", "deploy",
}  # fmt: skip
"""Those service elements of the compose specification that we use; a new one is looked up there and entered here."""


def test_every_element_is_one_of_the_specification() -> None:
    assert set(COMPOSE) <= {"name", "services", "configs", "volumes", "x-image"}
    for name, service in SERVICES.items():
        assert set(service) <= KNOWN, name
        for port in service.get("ports", ()):
            assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port), "a trial is for this machine alone"


def test_what_is_referred_to_exists() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        for needed, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert not SERVICES[needed].get("healthcheck", {}).get("disable")
        for mount in service.get("volumes", ()):
            assert mount.split(":")[0] in COMPOSE["volumes"]
        for mount in service.get("configs", ()):
            assert mount["source"] in COMPOSE["configs"]
        build = service["build"]
        assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Containerfile"
    assert all((DEPLOY / each["file"]).is_file() for each in COMPOSE["configs"].values())


def test_it_is_the_image_of_the_cluster() -> None:
    assert {each["image"] for each in SERVICES.values()} == {containers(WORKLOADS[0])[0]["image"]}


def options(name: str) -> dict[str, Any]:
    mounted = {each["target"]: (DEPLOY / "csms.yaml").read_text() for each in SERVICES[name].get("configs", ())}
    return parsed(SERVICES[name]["command"], mounted)


def test_commands_and_variables_are_known() -> None:
    assert options("csms")["workers"] == 2
    assert options("load-master")["host"] == "ws://csms:9000/"
    assert options("load-worker")["master_host"] in SERVICES
    assert SERVICES["load-worker"]["deploy"]["replicas"] == 2
    assert {name for each in SERVICES.values() for name in each.get("environment", {})} <= OUR_VARIABLES


def test_the_settings_open_the_ports_that_are_published() -> None:
    settings = Settings.of(yaml.safe_load((DEPLOY / "csms.yaml").read_text()))
    published = {int(port.rsplit(":", 1)[1]) for port in SERVICES["csms"]["ports"]}
    assert {settings.port, settings.api_port} == published
