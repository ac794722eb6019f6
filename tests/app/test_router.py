"""app.py: navigation, sidebar, opening the data set, and deep links."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.settings import Settings

REPOSITORY = Path(__file__).parents[2]
PAGES = ("explore", "clips", "classes", "train", "evaluate", "predict")
OpenApp = Callable[..., AppTest]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_the_demo_set_and_says_so(open_app: OpenApp, page: str) -> None:
    app = open_app(page)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == page.capitalize()
    assert "Demo set" in [heading.value for heading in app.sidebar.header]
    assert any("Demo data" in badge.value for badge in app.sidebar.markdown)
    assert any("-- --data DIR" in text.value for text in app.sidebar.markdown)


@pytest.mark.parametrize("page", PAGES)
def test_deep_link_on_a_fresh_server_goes_through_the_app(demo_settings: Settings, page: str) -> None:
    app = AppTest.from_file(REPOSITORY / "app.py", default_timeout=300).run()
    app.query_params["label"] = "Bark"
    # AppTest takes each run for the first visit: without the guard, the page would run without app.py.
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    assert app.title[0].value == page.capitalize()
    assert app.sidebar.header
    assert app.query_params["label"] == "Bark"


def test_own_set_is_not_called_demo(open_app: OpenApp, settings: Settings) -> None:
    app = open_app()
    assert not app.exception
    assert app.sidebar.header[0].value == "kaggle_set"
    assert not any("Demo" in text.value for text in app.sidebar.markdown)
    assert app.metric[0].value == "22"


def test_data_option_wins_over_the_environment(
    open_app: OpenApp, kaggle_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DATA_DIR", "/no/such/folder")
    monkeypatch.setattr(sys, "argv", ["app.py", "--data", str(kaggle_set)])
    app = open_app()
    assert not app.exception
    assert app.sidebar.header[0].value == "kaggle_set"


def break_folder(root: Path) -> Path:
    return root / "nowhere"


def break_header(root: Path) -> Path:
    (root / "train_curated.csv").write_text("file,labels\na.wav,Bark\n")
    return root


def break_labels(root: Path) -> Path:
    table = root / "train_curated.csv"
    table.write_text(table.read_text() + "bark_9.wav,Brak\n")
    return root


@pytest.mark.parametrize(
    ("damage", "words"), [(break_folder, "nowhere"), (break_header, "fname"), (break_labels, "Brak")]
)
def test_broken_set_is_one_clear_line(
    open_app: OpenApp,
    kaggle_set: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], Path],
    words: str,
) -> None:
    monkeypatch.setenv("FSAT_DATA_DIR", str(damage(kaggle_set)))
    app = open_app()
    assert not app.exception
    assert len(app.error) == 1
    assert words in app.error[0].value
    assert "\n" not in app.error[0].value
    assert not app.title


def test_mended_set_opens_at_the_next_visit(
    open_app: OpenApp, kaggle_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = kaggle_set.rename(kaggle_set.with_name("elsewhere"))
    monkeypatch.setenv("FSAT_DATA_DIR", str(kaggle_set))
    app = open_app()
    assert app.error
    elsewhere.rename(kaggle_set)
    app.run()
    assert not app.error
    assert not app.exception
    assert app.metric[0].value == "22"


def test_data_option_without_a_folder_is_one_clear_line(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", "--data"])
    app = open_app()
    assert not app.exception
    assert [error.value for error in app.error] == [
        "\\--data has no value: expected a folder. Start with `streamlit run app.py -- --data DIR`."
    ]


def test_demo_set_is_made_on_the_first_visit(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "cache"))
    app = open_app()
    assert not app.exception
    assert (tmp_path / "cache" / "demo" / "train_curated.csv").is_file()
    assert app.sidebar.header[0].value == "Demo set"


def test_rescan_finds_removed_rows(open_app: OpenApp, settings: Settings) -> None:
    app = open_app()
    assert app.metric[0].value == "22"
    table = settings.data_dir / "train_curated.csv"
    table.write_text("\n".join(table.read_text().splitlines()[:-2]) + "\n")
    app.run()
    assert app.metric[0].value == "22"
    app.button(key="rescan").click().run()
    assert not app.exception
    assert app.metric[0].value == "20"


def test_active_run_is_shown_on_every_page(
    open_app: OpenApp, new_run: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fsat_core.runs import Run

    run = new_run()
    assert isinstance(run, Run)
    for page in ("explore", "predict"):
        app = open_app(page)
        assert not app.exception
        assert run.run_id in [link.value for link in app.sidebar.page_link]


def run_python(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_pages_take_no_deep_learning_framework(demo_settings: Settings) -> None:
    out = run_python(
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('app.py', default_timeout=300).run()\n"
        f"for page in {PAGES}:\n"
        "    app.switch_page(f'pages/{page}.py').run()\n"
        "    assert not app.exception and app.title[0].value.lower() == page\n"
        "print(sorted({'tensorflow', 'keras', 'torch', 'jax'} & set(sys.modules)))\n"
    )
    assert out.splitlines()[-1] == "[]"


def test_core_takes_no_streamlit() -> None:
    out = run_python(
        "import importlib, pkgutil, sys\n"
        "import fsat_core\n"
        "names = [m.name for m in pkgutil.walk_packages(fsat_core.__path__, 'fsat_core.')]\n"
        "for name in names:\n"
        "    if not name.endswith('__main__'):\n"
        "        importlib.import_module(name)\n"
        "print(len(names) > 20, 'streamlit' in sys.modules)\n"
    )
    assert out.split() == ["True", "False"]
