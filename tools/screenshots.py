"""Take the README's pictures: `python -m tools.screenshots [--out DIR] [--widths 1280 800]`.

Starts the app on the demo set, trains a small ensemble, lets YAMNet listen, and photographs every page in
both themes. YAMNet has to be in the cache folder: `fsat pretrained`.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import YAMNET, build_store, locate
from fsat_core.embedding.pretrained import weights_path
from fsat_core.embedding.projection import draw_map
from fsat_core.settings import Settings
from fsat_core.training.create import create_run
from fsat_core.training.foreground import train_in_foreground
from tools.app_server import CHROMIUM, CHROMIUM_FLAGS, AppServer

OUT = Path(__file__).parents[1] / "docs" / "screenshots"
# Each page or view, and the window height that shows all that matters of it.
PAGES = {
    "explore": 900,
    "map": 1270,
    "clips": 990,
    "classes": 1500,
    "label": 900,
    "train": 2030,
    "evaluate": 1300,
    "predict": 1500,
}
ADDRESSES = {"explore": "", "map": "?tab=Map"}  # of the others: their names
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
TIMEOUT_MS = 60_000
BUSY = "[data-testid=stStatusWidget], [data-testid=stSkeleton], [data-stale=true]"


def main() -> None:
    """Parse the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--widths", type=int, nargs="+", default=[1280])
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = AppServer(Path(folder))
        train_example(server)
        listen(server)
        server.start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        try:
            for theme in THEMES:
                for width in options.widths:
                    photograph(browser, server, theme, width, options.out)
        finally:
            browser.close()
            server.stop()


def train_example(server: AppServer) -> None:
    """A finished run for the Train and Predict pages."""
    dataset = open_dataset(server.data_dir)
    catalogue = scan(dataset, server.cache_dir)
    config = TrainConfig.from_recipe("mfcc_cnn", n_folds=4, max_epochs=20, batch_norm_momentum=0.9)
    train_in_foreground(create_run(server.settings, dataset, catalogue, config), server.settings)


def listen(server: AppServer) -> None:
    """What YAMNet hears in the demo set, and its map."""
    weights = weights_path(server.cache_dir)
    weights.parent.mkdir(parents=True, exist_ok=True)
    weights.symlink_to(weights_path(Settings.from_environment().cache_dir).absolute())
    dataset = open_dataset(server.data_dir)
    place = locate(dataset, scan(dataset, server.cache_dir), server.cache_dir, YAMNET)
    draw_map(build_store(place, server.cache_dir))


def photograph(browser: Browser, server: AppServer, theme: Theme, width: int, out: Path) -> None:
    """One picture of every page."""
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    for name, height in PAGES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{server.url}/{ADDRESSES.get(name, name)}")
        settle(page)
        if prepare := PREPARE.get(name):
            prepare(page, server)
            settle(page)
        page.screenshot(path=out / f"{name}-{theme}-{width}.png")
    context.close()


def settle(page: Page) -> None:
    """Wait until the page is drawn: the script has ended and the charts are in place."""
    page.get_by_role("heading").first.wait_for(timeout=TIMEOUT_MS)
    page.wait_for_function("busy => !document.querySelector(busy)", arg=BUSY, timeout=TIMEOUT_MS)
    page.wait_for_timeout(2_000)  # what comes in from the browser may run the script once more
    page.wait_for_function("busy => !document.querySelector(busy)", arg=BUSY, timeout=TIMEOUT_MS)


def drop_test_clip(page: Page, server: AppServer) -> None:
    """Drag a test clip into Predict and wait for the answer."""
    clips = sorted((server.data_dir / "test").glob("*.wav"), key=lambda path: -path.stat().st_size)
    page.locator("input[type=file]").first.set_input_files(clips[0])
    page.locator("[data-testid=stPlotlyChart]").first.wait_for(timeout=TIMEOUT_MS)


def open_queue(page: Page, server: AppServer) -> None:
    """Give a name to Label, and make a queue where there is none yet."""
    name = page.get_by_role("textbox", name="Your name")
    name.fill("annotator")
    name.press("Enter")
    page.get_by_role("button", name="New queue").wait_for(timeout=TIMEOUT_MS)
    board = page.get_by_test_id("label-board")
    if page.get_by_text("Make the first one").is_visible():
        page.get_by_role("button", name="New queue").click()
        page.get_by_role("button", name="Make the queue").click(timeout=TIMEOUT_MS)
    board.wait_for(timeout=TIMEOUT_MS)


PREPARE: dict[str, Callable[[Page, AppServer], None]] = {"label": open_queue, "predict": drop_test_clip}

if __name__ == "__main__":
    main()
