"""The container files agree with each other and with the program."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from pumphouse.config.load import Settings, load
from pumphouse.runtime.plugins import sink_types, source_types
from pumphouse.web.access.password import hashed

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"


def read_yaml(path: str) -> Any:
    return yaml.safe_load((PACKAGING / path).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compose() -> Any:
    return read_yaml("compose.yaml")


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = (PACKAGING / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", text)).splitlines()
    parts = (line.split(maxsplit=1) for line in lines if line.strip())
    return [(word, rest) for word, rest in parts]


def project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


class TestCompose:
    def test_the_four_services_are_there(self, compose):
        assert set(compose["services"]) == {"pumphouse", "mosquitto", "influxdb", "grafana"}

    def test_each_is_switched_on_by_a_profile_of_its_own(self, compose):
        profiles = {
            name: service.get("profiles", []) for name, service in compose["services"].items()
        }
        assert profiles.pop("pumphouse") == []
        assert all(profile == [name] for name, profile in profiles.items())
        switched_on = re.search(r"COMPOSE_PROFILES=(.*)", (PACKAGING / ".env").read_text())
        assert switched_on is not None
        assert set(switched_on[1].split(",")) == set(profiles)

    def test_mounted_files_exist_and_volumes_and_secrets_are_declared(self, compose):
        for name, service in compose["services"].items():
            for volume in service["volumes"]:
                outside = volume.split(":")[0]
                assert (
                    (PACKAGING / outside).exists()
                    if outside.startswith("./")
                    else outside in compose["volumes"]
                ), f"{name}: {outside}"
            assert set(service.get("secrets", ())) <= set(compose["secrets"])

    def test_ports_are_open_to_this_machine_only(self, compose):
        ports = [port for s in compose["services"].values() for port in s.get("ports", ())]
        assert ports
        assert all(port.startswith("127.0.0.1:") for port in ports)

    def test_images_are_pinned_and_everything_is_started_again(self, compose):
        for name, service in compose["services"].items():
            assert service["restart"] == "unless-stopped"
            if name != "pumphouse":
                assert re.search(r":\d", service["image"])
                assert "healthcheck" in service

    def test_pumphouse_is_built_here_and_may_do_little(self, compose, instructions):
        service = compose["services"]["pumphouse"]
        assert (PACKAGING / service["build"]["context"]).resolve() == ROOT
        assert (ROOT / service["build"]["dockerfile"]).is_file()
        assert service["read_only"] is True
        assert ("USER", service["user"]) in instructions

    def test_grafana_finds_what_it_is_given(self, compose):
        service = compose["services"]["grafana"]
        inside = {volume.split(":")[1] for volume in service["volumes"]}
        [provider] = read_yaml("grafana/provisioning/dashboards/pumphouse.yaml")["providers"]
        assert provider["options"]["path"] in inside
        [source] = read_yaml("grafana/provisioning/datasources/influxdb.yaml")["datasources"]
        assert source["url"] == "$INFLUXDB_URL"
        assert "INFLUXDB_URL" in service["environment"]

    def test_the_configuration_speaks_to_the_services(self, compose):
        settings = tomllib.loads((PACKAGING / "pumphouse.toml").read_text(encoding="utf-8"))
        hosts = {
            re.sub(r".*//([^:/]+).*", r"\1", sink["url"]) for sink in settings["sinks"].values()
        }
        assert hosts == {"mosquitto", "influxdb"}
        database = settings["sinks"]["history"]["database"]
        assert compose["services"]["influxdb"]["environment"]["INFLUXDB_DB"] == database
        [source] = read_yaml("grafana/provisioning/datasources/influxdb.yaml")["datasources"]
        assert source["jsonData"]["dbName"] == database
        secret = Path(settings["sources"]["pump"]["client_secret"]["file"])
        assert secret.parent == Path("/run/secrets")
        assert secret.name in compose["services"]["pumphouse"]["secrets"]

    def test_the_program_takes_the_configuration(self, compose, tmp_path, monkeypatch):
        monkeypatch.setenv("PUMPHOUSE_WEB__HOST", "0.0.0.0")  # as the image says
        text = (PACKAGING / "pumphouse.toml").read_text(encoding="utf-8")
        for name in compose["services"]["pumphouse"]["secrets"]:
            (tmp_path / name).write_text("secret")
        (tmp_path / "web_password_hash").write_text(hashed("an invented password"))
        path = tmp_path / "pumphouse.toml"
        path.write_text(text.replace("/run/secrets", str(tmp_path)))
        settings = load(path, source_types(), sink_types())
        assert {name: one.type for name, one in settings.sinks.items()} == {
            "broker": "mqtt",
            "history": "influxdb",
        }
        assert settings.sources["pump"].type == "myuplink"
        assert settings.web.guarded


class TestDockerfile:
    def test_what_is_copied_exists_and_is_not_ignored(self, instructions):
        ignored = (PACKAGING / "Dockerfile.dockerignore").read_text().splitlines()
        copied = [
            name
            for word, rest in instructions
            if word == "COPY" and "--from" not in rest
            for name in rest.split()[:-1]
        ]
        assert "uv.lock" in copied
        for name in copied:
            assert (ROOT / name).exists()
            assert f"!{name}" in ignored

    def test_it_runs_a_command_of_the_project(self, instructions):
        words = dict(instructions)
        assert words["ENTRYPOINT"] == '["pumphouse"]'
        assert words["CMD"] == '["run"]'
        assert "pumphouse" in project()["scripts"]

    def test_its_variables_are_settings(self, instructions):
        variables = dict(
            pair.split("=", 1)
            for word, rest in instructions
            if word == "ENV"
            for pair in shlex.split(rest)
        )
        names = [name for name in variables if name.startswith("PUMPHOUSE_")]
        assert "PUMPHOUSE_CONFIG" in names
        for name in set(names) - {"PUMPHOUSE_CONFIG"}:
            section, field = name.removeprefix("PUMPHOUSE_").lower().split("__")
            model = Settings.model_fields[section].annotation
            assert field in getattr(model, "model_fields", {})

    def test_its_python_is_one_that_is_supported(self, instructions):
        versions = {
            match[1]
            for word, rest in instructions
            if word == "FROM" and (match := re.match(r"python:(\d\.\d+)", rest))
        }
        [version] = versions
        assert f"Programming Language :: Python :: {version}" in project()["classifiers"]


@pytest.mark.parametrize("kind", ["influxdb", "prometheus"])
def test_a_data_source_has_a_fixed_address_in_grafana(kind):
    [source] = read_yaml(f"grafana/provisioning/datasources/{kind}.yaml")["datasources"]
    assert source["uid"] == f"pumphouse-{kind}"
    assert source["type"] == kind
