"""Known attacks on the app's server: none succeeds, and the next visitor is answered."""

from pathlib import Path

from benchmarks.hostile import siege
from tests.faults.test_hostile import succeeded
from tools.app_server import AppServer


def secret_of(server: AppServer) -> Path:
    return server.runs_dir.parents[1] / "secret.txt"


def test_requests(besieged: AppServer) -> None:
    assert succeeded(siege.over_http(besieged, secret_of(besieged)), 70) == []


def test_what_is_no_message(besieged: AppServer) -> None:
    assert succeeded(siege.through_the_socket(besieged), 8) == []


def test_addresses(besieged: AppServer) -> None:
    assert succeeded(siege.in_addresses(besieged, every=5), 50) == []
