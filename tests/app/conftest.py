"""The app on the demo set, run without a browser."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ["STREAMLIT_CLIENT_SHOW_ERROR_DETAILS"] = "full"  # visitors do not see them, but tests do

from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from fsat_core.runs import Run
from fsat_core.settings import Settings

APP_FILE = Path(__file__).parents[2] / "app.py"
TIMEOUT_S = 300.0  # no limit on speed: only so that a page that hangs is a failure


@pytest.fixture
def demo_settings(demo_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings on the demo set, also in the environment; the runs folder is new for each test."""
    monkeypatch.delenv("FSAT_DATA_DIR", raising=False)
    monkeypatch.setenv("FSAT_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("FSAT_CACHE_DIR", str(demo_cache))
    return Settings.from_environment()


@pytest.fixture
def visited_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets AppTest run app.py at every run, as a server does after its first visit.

    AppTest takes each run for the first visit to a server, where Streamlit may run a page without app.py
    (see ui/shared/guard.py).
    """
    create = PagesManager.__init__

    def create_visited(self: PagesManager, *args: object, **kwargs: object) -> None:
        create(self, *args, **kwargs)  # type: ignore[arg-type]
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", create_visited)


@pytest.fixture
def open_app(demo_settings: Settings, visited_server: None) -> Callable[..., AppTest]:
    """Opens a page through app.py: `open_app("clips", label="Bark")` returns an AppTest that has run.

    The page is the name of its file; keyword arguments are query parameters, but for `user`: what a provider
    says of whoever has signed in. The data set is the demo set, unless the test sets `FSAT_DATA_DIR` before.
    """

    def open_page(
        page: str = "explore", user: dict[str, object] | None = None, **query: str | list[str]
    ) -> AppTest:
        app = AppTest.from_file(APP_FILE, default_timeout=TIMEOUT_S)
        if user is not None:
            app.user = user
        for name, value in query.items():
            app.query_params[name] = value
        if page != "explore":
            app.switch_page(f"pages/{page}.py")
        return app.run()

    return open_page


@pytest.fixture
def finished(finished_runs: dict[str, Run], settings: Settings) -> Run:
    """A finished run of two folds in the runs folder of the app; may be changed."""
    source = finished_runs["mfcc_dummy"].path
    return Run(Path(shutil.copytree(source, settings.runs_dir / source.name)))


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of runs that a page has started; none of them gets a worker."""
    run_ids: list[str] = []
    monkeypatch.setattr("ui.shared.runs.launch", lambda run, settings: run_ids.append(run.run_id))
    return run_ids
