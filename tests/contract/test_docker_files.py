"""The docker files cannot be built in development; what they name must at least exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
DOCKERFILES = ["Dockerfile", "Dockerfile.gpu"]


def instructions(name: str) -> list[tuple[str, str]]:
    """(instruction, arguments) of a Dockerfile, continued lines joined."""
    text = re.sub(r"\\\n", " ", (DOCKER / name).read_text())
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines]


def compose() -> dict[str, Any]:
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())


def gpu_overlay() -> dict[str, Any]:
    return yaml.safe_load((DOCKER / "compose.gpu.yaml").read_text())


def commands() -> list[list[str]]:
    """Every command that an image or a service runs out of our own code."""
    found = [
        yaml.safe_load(args) for name in DOCKERFILES for word, args in instructions(name) if word == "CMD"
    ]
    return found + [
        service["command"]
        for service in compose()["services"].values()
        if "build" in service and "command" in service
    ]


@pytest.mark.parametrize("name", DOCKERFILES)
def test_every_copied_path_exists(name: str) -> None:
    sources = [path for word, args in instructions(name) if word == "COPY" for path in args.split()[:-1]]
    assert sources
    assert [path for path in sources if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", DOCKERFILES)
def test_every_requirements_file_installed_was_copied_before(name: str) -> None:
    copied = {path for word, args in instructions(name) if word == "COPY" for path in args.split()[:-1]}
    installed = re.findall(r"-r (\S+)", " ".join(args for word, args in instructions(name) if word == "RUN"))
    assert installed
    assert set(installed) <= copied


@pytest.mark.parametrize("name", DOCKERFILES)
def test_image_does_not_run_as_root(name: str) -> None:
    assert ("USER", "foresight") in instructions(name)


def test_modules_and_management_commands_that_are_run_exist() -> None:
    names = {"uvicorn": "asgi", "celery": "celery"}
    for command in commands():
        if command[0] == "python":
            assert command[1] == "manage.py"
            builtin = command[2] in {"migrate", "check"}
            assert builtin or list(ROOT.glob(f"webapp/*/management/commands/{command[2]}.py")), command
        else:
            module = command[1].split(":")[0] if command[0] == "uvicorn" else command[command.index("-A") + 1]
            assert module == f"webapp.{names[command[0]]}"
            assert importlib.util.find_spec(module) is not None


def test_compose_builds_from_dockerfiles_that_exist() -> None:
    services = [*compose()["services"].values(), *gpu_overlay()["services"].values()]
    files = {s["build"]["dockerfile"] for s in services if isinstance(s.get("build"), dict)}
    assert files == {"docker/Dockerfile", "docker/Dockerfile.gpu"}
    assert all((ROOT / file).is_file() for file in files)


def test_gpu_overlay_changes_services_that_exist() -> None:
    assert set(gpu_overlay()["services"]) <= set(compose()["services"])


def test_services_depend_on_services_that_exist() -> None:
    services = compose()["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        if "pid" in service:
            assert service["pid"].removeprefix("service:") in services


def test_volumes_that_are_mounted_are_declared() -> None:
    declared = set(compose()["volumes"])
    used = {v.split(":")[0] for s in compose()["services"].values() for v in s.get("volumes", [])}
    assert used == declared


def test_every_variable_of_the_compose_files_is_in_the_example() -> None:
    text = (DOCKER / "compose.yaml").read_text() + (DOCKER / "compose.gpu.yaml").read_text()
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    example = set(re.findall(r"^([A-Z_]+)=", (DOCKER / "example.env").read_text(), re.MULTILINE))
    assert used == example


def test_every_foresight_variable_that_is_set_is_read_by_the_web_side() -> None:
    code = "".join(path.read_text() for path in (ROOT / "webapp").rglob("*.py"))
    read = set(re.findall(r'"(FORESIGHT_[A-Z_]+|DATABASE_URL|REDIS_URL)"', code))
    environment = set(compose()["services"]["web"]["environment"])
    assert environment <= read


def test_secrets_have_no_default() -> None:
    text = (DOCKER / "compose.yaml").read_text()
    for name in ("FORESIGHT_SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", text)
        assert uses
        assert all(use.startswith(":?") for use in uses)


def test_port_that_is_published_is_the_port_that_is_served() -> None:
    web = compose()["services"]["web"]
    served = web["command"][web["command"].index("--port") + 1]
    exposed = [args for word, args in instructions("Dockerfile") if word == "EXPOSE"]
    assert exposed == [served]
    assert [port.rsplit(":", 1)[1] for port in web["ports"]] == [served]
    assert f":{served}/healthz" in " ".join(web["healthcheck"]["test"])


def test_database_and_broker_hosts_are_services() -> None:
    environment = compose()["services"]["web"]["environment"]
    hosts = [re.search(r"@([a-z]+):\d+", environment[name]) for name in ("DATABASE_URL", "REDIS_URL")]
    assert all(host and host.group(1) in compose()["services"] for host in hosts)


def test_gpu_requirements_pin_every_package_and_the_same_web_versions() -> None:
    def pins(path: Path) -> dict[str, str]:
        lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
        pairs = [re.sub(r"\[.*\]", "", line).split("==") for line in lines if line]
        assert all(len(pair) == 2 for pair in pairs)
        return {name.lower().replace("_", "-"): version for name, version in pairs}

    gpu, web = pins(DOCKER / "requirements-gpu.txt"), pins(ROOT / "requirements.txt")
    shared = [
        "django",
        "celery",
        "redis",
        "channels",
        "channels-redis",
        "verl",
        "ray",
        "whitenoise",
        "django-htmx",
    ]
    assert {name: gpu[name] for name in shared} == {name: web[name] for name in shared}
    assert (gpu["vllm"], gpu["torch"]) == ("0.24.0", "2.11.0")
