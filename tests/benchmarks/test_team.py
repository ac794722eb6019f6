"""The figures of a team at work: a killed app is noticed, and a lost decision would be."""

import os
import shutil
from pathlib import Path

import pytest

from benchmarks.targets.team import make_apps, measure_two
from fsat_core.labels import LabelStore
from tools.postgres_server import postgres_server, why_no_server


def test_of_two_apps_one_is_killed_and_no_decision_is_lost(tmp_path: Path) -> None:
    if reason := why_no_server():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with postgres_server() as database:
        apps = make_apps(tmp_path, database.new_database())
        figures = {figure.item: figure for figure in measure_two(apps, 6, 16)}
        with LabelStore.open(apps[1].settings.database_url) as store:
            assert store.decisions()["annotator"].nunique() >= 2
    assert figures["people whose app was killed under them"].value >= 2
    assert figures["uncaught errors"].value == 0
    (lost,) = (figure.value for item, figure in figures.items() if item.startswith("decisions lost"))
    assert lost == 0
    shutil.rmtree(tmp_path)
