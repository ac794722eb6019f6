"""Evaluate in a real browser: a click on a cell or a row lists the clips behind it."""

import re
import shutil
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.label_text import label_matrix
from fsat_core.evaluation import confused_clips, confusion, load_oof
from fsat_core.runs import Run, RunStatus
from fsat_core.training.create import create_run
from tools.app_server import AppServer

LONG_MS = 120_000


@pytest.fixture
def run(app_server: AppServer) -> Iterator[Run]:
    """A finished run on the demo set that was never trained: its answers are drawn, and often wrong."""
    dataset = open_dataset(app_server.data_dir)
    config = TrainConfig.from_recipe("mfcc_dummy", "quick")
    run = create_run(app_server.settings, dataset, scan(dataset, app_server.cache_dir), config)
    labels = run.labels()
    truth = label_matrix(labels["labels"], run.classes)
    values = np.random.default_rng(1).random(truth.shape) + 0.5 * truth
    oof = pd.DataFrame(values / values.sum(axis=1, keepdims=True), columns=run.classes)
    oof.insert(0, "clip_id", labels["clip_id"])
    oof.to_parquet(run.path / "oof.parquet", index=False)
    RunStatus("finished").save(run.path / "status.json")
    yield run
    shutil.rmtree(run.path)


def test_a_click_on_the_map_or_the_table_lists_exactly_those_clips(
    app_server: AppServer, page: Page, run: Run
) -> None:
    predictions = load_oof(run)
    counts = confusion(predictions)
    page.goto(f"{app_server.url}/evaluate?evaluate={run.run_id}&view=Confusion")
    chart = page.locator("[data-testid=stPlotlyChart]").first
    expect(chart).to_be_visible(timeout=LONG_MS)

    for true, predicted in (("Bark", "Bark"), first_confusion(counts, "Hi-hat")):
        click_cell(page, chart, counts, true, predicted)
        num_clips = len(confused_clips(predictions, true, predicted))
        title = f"{true} heard as {predicted}: {num_clips} clip{'' if num_clips == 1 else 's'}"
        expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=LONG_MS)
        expect(page.locator("audio")).to_have_count(1)

    pairs = page.locator("[data-testid=stDataFrame]").first
    pairs.scroll_into_view_if_needed()
    pairs.click(position={"x": 150, "y": 35 + 17})  # the first row, below the header
    largest = rf"^\S+ heard as \S+: {int(np.max(counts.to_numpy() * (1 - np.eye(len(counts)))))} clips?$"
    expect(page.get_by_role("heading", name=re.compile(largest))).to_be_visible(timeout=LONG_MS)


def first_confusion(counts: pd.DataFrame, true: str) -> tuple[str, str]:
    """A cell beside the diagonal that has clips."""
    row = counts.loc[true].drop(true)
    return true, str(row.index[row > 0][0])


def click_cell(page: Page, chart: Locator, counts: pd.DataFrame, true: str, predicted: str) -> None:
    chart.scroll_into_view_if_needed()
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    row, column = counts.index.get_loc(true), counts.columns.get_loc(predicted)
    x = box["x"] + box["width"] * (column + 0.5) / counts.shape[1]
    y = box["y"] + box["height"] * (row + 0.5) / counts.shape[0]
    page.mouse.move(x, y)
    expect(chart.locator(".hoverlayer")).to_contain_text(f"{true} heard as {predicted}")
    page.mouse.click(x, y)
