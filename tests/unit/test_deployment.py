"""The Dockerfile, the compose files and their page say what is true of the program."""

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from distributed.cli import dask_scheduler, dask_worker
from streamlit import config

from fsat_core.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE_TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
GPU: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.gpu.yaml").read_text())
SIGN_IN: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.sign-in.yaml").read_text())
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text()
SAMPLE = (ROOT / "deploy" / ".env.example").read_text()
PAGE = (ROOT / "docs" / "deployment.md").read_text()
ALL = [DOCKERFILE, COMPOSE_TEXT, CADDYFILE, SAMPLE, PAGE, str(GPU)]
PORT = config.get_option("server.port")


def test_every_variable_is_one_that_the_program_knows() -> None:
    named = {name for text in ALL for name in re.findall(r"\bFSAT_[A-Z_]+\b", text)}
    assert {"FSAT_RUNS_DIR", "FSAT_DASK_SCHEDULER", "FSAT_DATABASE_URL"} <= named
    assert named <= Settings.from_environment().environment().keys()


def test_every_variable_of_streamlit_is_one_of_its_options() -> None:
    named = {name for text in ALL for name in re.findall(r"\bSTREAMLIT_[A-Z_]+\b", text)}
    assert {"STREAMLIT_SERVER_ADDRESS", "STREAMLIT_SERVER_ALLOWED_HOSTS"} <= named
    assert named <= {option.env_var for option in config.get_config_options().values()}


def test_the_app_is_asked_where_it_answers() -> None:
    address = re.search(r"urlopen\('(http[^']+)'", DOCKERFILE)
    assert address
    asked = urlsplit(address[1])
    assert asked.port == PORT
    # Where tests wait for a real server.
    assert f'{{self.url}}{asked.path}"' in (ROOT / "tools" / "app_server.py").read_text()
    assert f"EXPOSE {PORT}\n" in DOCKERFILE
    assert f"dynamic a app {PORT}\n" in CADDYFILE
    hosts = SERVICES["app"]["environment"]["STREAMLIT_SERVER_ALLOWED_HOSTS"]
    assert asked.hostname in hosts.split()  # else the app refuses the check
    assert "${SITE_NAME:-localhost}" in hosts.split()


def test_extras_are_those_of_the_project() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    taken = re.search(r"ARG EXTRAS=(\S+)", DOCKERFILE)
    assert taken
    assert {*taken[1].split(","), "cpu", "gpu"} <= extras.keys()


def test_what_the_image_runs_is_let_into_it() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    assert allowed == {"app.py", "pages", "ui", "fsat_core", "pyproject.toml", ".streamlit/config.toml"}
    assert all((ROOT / name).exists() for name in allowed)
    copied = re.findall(r"^COPY (\S+)", DOCKERFILE, flags=re.MULTILINE)
    assert set(copied) - {"."} <= allowed


def test_services_are_named_as_they_are() -> None:
    assert SERVICES.keys() == {"proxy", "app", "database", "scheduler", "worker"}
    assert GPU["services"].keys() <= SERVICES.keys()
    assert SIGN_IN["services"].keys() == {"app"}
    hosts = set(re.findall(r"(?:@|tcp://)(\w+)[:/]", COMPOSE_TEXT))
    assert {"database", "scheduler"} == hosts
    in_page = re.findall(r"docker compose exec (\S+)|--scale (\w+)=", PAGE)
    assert in_page
    assert {name for pair in in_page for name in pair if name} <= SERVICES.keys()


@pytest.mark.parametrize(("service", "module"), [("scheduler", dask_scheduler), ("worker", dask_worker)])
def test_dask_knows_its_options(service: str, module: Any) -> None:
    known = {
        name
        for parameter in module.main.params
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name.startswith("--")
    }
    command = SERVICES[service]["command"]
    in_page = re.findall(rf"dask {service}[^`\n]*", PAGE)
    used = {word for line in [" ".join(command), *in_page] for word in re.findall(r"--[\w-]+", line)}
    assert command[:2] == ["dask", service]
    assert in_page
    assert used <= known


def test_workers_see_the_folders_of_the_app_under_the_same_paths() -> None:
    app, worker = SERVICES["app"], SERVICES["worker"]
    assert worker["volumes"] == app["volumes"]
    data, *rest = app["volumes"]
    assert data["read_only"]
    assert data["target"] == app["environment"]["FSAT_DATA_DIR"]
    stated = dict(re.findall(r"(FSAT_\w+)=(\S+)", DOCKERFILE))
    assert {volume.partition(":")[2] for volume in rest} == {
        stated["FSAT_RUNS_DIR"],
        stated["FSAT_CACHE_DIR"],
    }


def test_secrets_come_from_outside() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", COMPOSE_TEXT))
    sample = dict(re.findall(r"^(\w+)=(.*)$", SAMPLE, flags=re.MULTILINE))
    assert sample.keys() == wanted
    for name in ("POSTGRES_PASSWORD", "COOKIE_SECRET", "DATA_FOLDER"):
        assert sample[name] == ""
        assert set(re.findall(rf"\$\{{{name}(..)", COMPOSE_TEXT)) == {":?"}  # Compose refuses to do without
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/.env", ".streamlit/secrets.toml"} <= set(ignored)


def test_nothing_but_the_proxy_is_published() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert all(SERVICES[name]["networks"] == ["back"] for name in ("database", "scheduler", "worker"))
