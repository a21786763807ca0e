"""docker-compose.yml names only commands, settings, services and volumes that there are."""

import re
from typing import Any

import yaml

from kesu.cli import names, parser_for
from kesu.commands.compose_env import secret_names
from kesu.commands.gateway import told_upstreams
from kesu.embedded import kafka
from kesu.home import PROJECT, SERVICES
from services.intake_service.settings import IntakeSettings
from shared.contracts.registry import SERVICES as SPEAKERS
from shared.plumbing.settings import Settings

TEXT = (PROJECT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: part for name, part in PARTS.items() if part["image"] == "kesu:local"}
OTHER_SETTINGS = {
    "KESU_ADMIN_DATABASE_URL",
    "KESU_UPSTREAMS",
    *(f"KESU_{service.upper()}_PASSWORD" for service in SERVICES),
}


def test_there_is_a_container_per_service_and_per_worker() -> None:
    for service in SERVICES:
        assert PARTS[service]["command"] == ["serve", service, "--only", "api"]
        assert PARTS[f"{service}-worker"]["command"] == ["serve", service, "--only", "worker"]


def test_every_command_exists_and_takes_its_arguments() -> None:
    for name, part in OURS.items():
        command = part.get("command", [])
        if command:
            assert command[0] in names(), name
            parser_for(command).parse_args(command)


def test_every_setting_is_one_somebody_reads() -> None:
    known = {f"KESU_{field.upper()}" for field in Settings.model_fields} | OTHER_SETTINGS
    known |= {f"KESU_INTAKE_{field.upper()}" for field in IntakeSettings.model_fields}
    for name, part in OURS.items():
        assert set(part.get("environment", {})) <= known, name


def test_a_service_gets_its_own_login_and_nobody_elses() -> None:
    for name, part in OURS.items():
        service = name.removesuffix("-worker")
        if service in SERVICES:
            url = part["environment"]["KESU_DATABASE_URL"]
            assert url.startswith(f"postgresql://kesu_{service}_app:${{KESU_{service.upper()}_")
            assert url.endswith("@postgres:5432/kesu")
            assert "KESU_ADMIN_DATABASE_URL" not in part["environment"]


def test_everybody_waits_for_somebody_who_can_be_ready() -> None:
    for name, part in PARTS.items():
        for other, how in part.get("depends_on", {}).items():
            wanted = "healthcheck" if how["condition"] == "service_healthy" else "restart"
            assert wanted in PARTS[other], (name, other)
            if wanted == "restart":
                assert PARTS[other]["restart"] == "no"


def test_nobody_waits_in_a_circle() -> None:
    waiting = {name: set(part.get("depends_on", {})) for name, part in PARTS.items()}
    while waiting:
        free = {name for name, others in waiting.items() if not others & set(waiting)}
        assert free, f"these wait for each other: {sorted(waiting)}"
        waiting = {name: others for name, others in waiting.items() if name not in free}


def test_every_volume_is_declared_and_every_long_runner_comes_back() -> None:
    for name, part in PARTS.items():
        named = {volume.split(":")[0] for volume in part.get("volumes", []) if volume[0] != "."}
        assert named <= set(COMPOSE["volumes"]), name
        once = part.get("restart") == "no"
        assert once or ("healthcheck" in part and part["restart"] == "unless-stopped"), name


def test_every_secret_asked_for_is_drawn() -> None:
    asked = set(re.findall(r"\$\{(\w+)", TEXT))
    assert asked == set(secret_names())


def test_the_gateway_reaches_every_service() -> None:
    told = told_upstreams(PARTS["documents"]["environment"]["KESU_UPSTREAMS"])
    assert told == {service: (service, 8000) for service in SERVICES}
    routes = (PROJECT / "deploy/gateway/services.conf").read_text()
    for service in SERVICES:
        assert f"~^/{service}/ {service}:8000;" in routes


def test_compose_and_tests_run_the_same_kafka() -> None:
    assert PARTS["kafka"]["image"] == f"apache/kafka:{kafka.version()}"


def test_the_images_lock_takes_nothing_that_the_projects_lock_does_not() -> None:
    pins = re.compile(r"^[a-z0-9.\-]+==\S+", re.MULTILINE)
    image = set(pins.findall((PROJECT / "deploy/requirements.lock").read_text()))
    assert image <= set(pins.findall((PROJECT / "requirements.lock").read_text()))
    assert not {pin.partition("==")[0] for pin in image} & {"pytest", "mypy", "ruff"}


def test_the_runtime_and_the_contracts_know_the_same_services() -> None:
    assert tuple(SPEAKERS) == SERVICES
