"""Names of others are shown as they are: no page takes one for Markdown, HTML, a formula or an icon."""

from collections.abc import Iterator
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.label_text import label_matrix
from fsat_core.labels import (
    Decision,
    LabelStore,
    LatestRule,
    build_queue,
    create_label_set,
    resolve,
    save_queue,
)
from fsat_core.runs import RunStatus, save_notes
from fsat_core.training.create import create_run
from tests.helpers.browsers import new_context, settle
from tools.app_server import AppServer

NAMES = ("*star*", ":dog:", "<b>x</b>", "$x$ and $y$", "[a](b)", "`code`", "2020-01-01")
# What each of them would become, in the main part of a page.
TAKEN = (
    "em:text-is('star')",
    "b:text-is('x')",
    "strong:text-is('x')",
    "tspan[style*=bold]:text-is('x')",
    "a:text-is('a')",
    "code:text-is('code')",
    ".katex",
)
LONG_MS = 120_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app on a set whose classes and files, and all that people named, have such names."""
    folder = tmp_path_factory.mktemp("odd")
    data = folder / "set"
    (data / "train_curated").mkdir(parents=True)
    rows = []
    for index, (name, other) in enumerate(zip(NAMES * 4, NAMES[1:] * 4 + NAMES[:4], strict=True)):
        fname = f"{index} {name.replace('/', '')}.wav"
        wave = 0.3 * np.sin(np.arange(16_000) * (0.05 + 0.01 * index))
        soundfile.write(data / "train_curated" / fname, wave, 16_000)
        rows.append((fname, name if index % 4 else f"{name},{other}"))
    pd.DataFrame(rows, columns=["fname", "labels"]).to_csv(data / "train_curated.csv", index=False)
    server = AppServer(folder, data)
    _fill(server)
    server.start()
    yield server
    server.stop()


def _fill(server: AppServer) -> None:
    """A finished run with a note and tags, a queue, a decision and a label set."""
    dataset = open_dataset(server.data_dir)
    catalogue = scan(dataset, server.cache_dir)
    for seed in range(2):
        run = create_run(
            server.settings, dataset, catalogue, TrainConfig.from_recipe("mfcc_dummy", "quick", task="multi")
        )
        labels = run.labels()
        truth = label_matrix(labels["labels"], run.classes)
        oof = pd.DataFrame(np.random.default_rng(seed).random(truth.shape) + 0.4 * truth, columns=run.classes)
        oof.insert(0, "clip_id", labels["clip_id"])
        oof.to_parquet(run.path / "oof.parquet", index=False)
        RunStatus("finished").save(run.path / "status.json")
        save_notes(run, "\n\n".join(NAMES), [*NAMES[:4]])
    with LabelStore.open(server.settings.database_url) as store:
        chosen = catalogue["clip_id"].tolist()
        store.add(Decision(chosen[0], NAMES[0], "relabel", NAMES[1]))
        save_queue(store, build_queue("random", catalogue, label=NAMES[2], created_by=NAMES[0]))
        resolved = resolve(store.decisions(), catalogue, LatestRule())
        create_label_set(store, "star", resolved, rule=LatestRule())


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    """One for all addresses: a fresh one for each would have everything to fetch and to compile again."""
    return new_context(browser).new_page()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("", NAMES),
        ("?tab=Lengths", NAMES),
        ("?tab=Labels+per+clip", NAMES),
        ("clips?show=all", ("*star*", ":dog:")),
        *((f"classes?label={quote(name)}", (name,)) for name in NAMES[2:4]),
        ("train", ("*star*", ":dog:", "<b>x</b>", "[a](b)")),
        ("evaluate?view=Classes&label=" + quote("[a](b)"), ("<b>x</b>", "[a](b)")),
        ("evaluate?view=Confusion", ("*star*", "<b>x</b>")),
        ("evaluate?view=Worst+clips", ("*star*",)),
        ("label", ("<b>x</b>",)),
        ("predict", ()),
    ],
)
def test_names_are_shown_as_they_are(
    server: AppServer, page: Page, address: str, shown: tuple[str, ...]
) -> None:
    page.goto(f"{server.url}/{address}")
    main = page.locator("[data-testid=stMain]")
    expect(main.get_by_role("heading", level=1)).to_be_visible(timeout=LONG_MS)
    if address == "label":
        page.get_by_role("textbox", name="Your name").fill(NAMES[0])
        page.keyboard.press("Enter")
    settle(page)
    for name in shown:
        expect(main).to_contain_text(name, timeout=LONG_MS)
    expect(main).not_to_contain_text("\N{DOG FACE}")
    for taken in TAKEN:
        expect(main.locator(taken)).to_have_count(0)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
