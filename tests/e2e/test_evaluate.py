"""Evaluate in a real browser: a click on a cell or a row lists the clips behind it."""

import json
import re
from collections.abc import Callable
from itertools import count

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from fsat_core.evaluation import confused_clips, confusion, load_oof
from fsat_core.runs import Run
from tests.helpers.browsers import settle
from tools.app_server import AppServer

LONG_MS = 120_000
WaitUntil = Callable[[Callable[[], bool]], None]


@pytest.fixture
def run(drawn_run: Run) -> Run:
    return drawn_run


def test_a_click_on_the_map_or_the_table_lists_exactly_those_clips(
    app_server: AppServer, page: Page, run: Run, wait_until: WaitUntil
) -> None:
    predictions = load_oof(run)
    counts = confusion(predictions)
    page.goto(f"{app_server.url}/evaluate?evaluate={run.run_id}&view=Confusion")
    chart = page.locator("[data-testid=stPlotlyChart]").first
    expect(chart).to_be_visible(timeout=LONG_MS)
    settle(page)

    for true, predicted in (("Bark", "Bark"), first_confusion(counts, "Hi-hat")):
        click_cell(page, chart, counts, true, predicted, wait_until)
        num_clips = len(confused_clips(predictions, true, predicted))
        title = f"{true} heard as {predicted}: {num_clips} clip{'' if num_clips == 1 else 's'}"
        expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=LONG_MS)
        expect(page.locator("audio")).to_have_count(1)
        settle(page)

    pairs = page.locator("[data-testid=stDataFrame]").first
    pairs.scroll_into_view_if_needed()
    pairs.click(position={"x": 150, "y": 35 + 17})  # the first row, below the header
    largest = rf"^\S+ heard as \S+: {int(np.max(counts.to_numpy() * (1 - np.eye(len(counts)))))} clips?$"
    expect(page.get_by_role("heading", name=re.compile(largest))).to_be_visible(timeout=LONG_MS)


def test_of_many_classes_what_fits_is_drawn_and_the_rest_can_be_looked_for(
    app_server: AppServer, page: Page, run: Run
) -> None:
    names = give_many_classes(run, 600)
    address = f"{app_server.url}/evaluate?evaluate={run.run_id}&view="
    for view, drawn in (("Classes", 50), ("Confusion", 50)):
        page.goto(address + view)
        chart = page.locator("[data-testid=stPlotlyChart]").first
        expect(chart.locator(".ytick")).to_have_count(drawn, timeout=LONG_MS)
        assert chart.locator("path.point").count() <= drawn * drawn
        page.get_by_role("combobox", name="Classes in the chart").click()
        page.keyboard.type(names[-1])
        page.get_by_role("option", name=names[-1]).click()
        expect(chart.locator(".ytick", has_text=names[-1])).to_have_count(1, timeout=LONG_MS)


def give_many_classes(run: Run, number: int) -> list[str]:
    """Let a run have drawn answers about so many classes, of which each has a clip."""
    names = [f"Class_{index:03d}" for index in range(number)]
    clips = pd.DataFrame({"clip_id": [f"curated/{index}.wav" for index in range(4 * number)], "fold": 0})
    clips.insert(1, "labels", names * 4)
    clips.to_csv(run.path / "labels.csv", index=False)
    # Of another data set than the one in use, so that it is judged by its own labels.
    (run.path / "dataset.json").write_text(json.dumps({"data_dir": str(run.path)}))
    (run.path / "classes.json").write_text(json.dumps(names))
    oof = pd.DataFrame(np.random.default_rng(1).random((len(clips), number)), columns=names)
    oof.insert(0, "clip_id", clips["clip_id"])
    oof.to_parquet(run.path / "oof.parquet", index=False)
    return names


def first_confusion(counts: pd.DataFrame, true: str) -> tuple[str, str]:
    """A cell beside the diagonal that has clips."""
    row = counts.loc[true].drop(true)
    return true, str(row.index[row > 0][0])


def click_cell(
    page: Page, chart: Locator, counts: pd.DataFrame, true: str, predicted: str, wait_until: WaitUntil
) -> None:
    """A click on a cell, once the chart says that the pointer is there: it says so of one that moves."""
    row, column = counts.index.get_loc(true), counts.columns.get_loc(predicted)
    offset = count()

    def points_at_it() -> bool:
        chart.scroll_into_view_if_needed()
        box = chart.locator(".nsewdrag").first.bounding_box()
        assert box is not None
        x = box["x"] + box["width"] * (column + 0.5) / counts.shape[1]
        y = box["y"] + box["height"] * (row + 0.5) / counts.shape[0]
        page.mouse.move(x + next(offset) % 2, y)
        page.wait_for_timeout(100)
        return f"{true} heard as {predicted}" in (chart.locator(".hoverlayer").text_content() or "")

    wait_until(points_at_it)
    page.mouse.down()
    page.mouse.up()
