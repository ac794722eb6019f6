"""What visitors are told of their runs: how far they are, and once how each has ended."""

import json
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.runs import Run, RunStatus
from ui.shared import news

OpenApp = Callable[..., AppTest]
NewRun = Callable[..., Run]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that the browser has kept; AppTest has no cookies."""
    names: list[str] = []
    monkeypatch.setattr(news, "_kept_by_browser", lambda: list(names))
    return names


def sent(app: AppTest) -> dict[str, Any]:
    """What the browser was sent for its tab and its cookie."""
    protos = [element.proto for element in app.get("bidi_component")]
    (proto,) = [proto for proto in protos if proto.component_name == "fsat_news"]
    return json.loads(proto.json)


def lines(app: AppTest) -> list[str]:
    return [each.value for each in app.main.markdown if "while you were away" in each.value]


def write_running(run: Run, fold: int, num_folds: int) -> None:
    """A status as a worker writes it that trains; the worker is this process."""
    me = psutil.Process()
    who = {"pid": me.pid, "create_time": me.create_time(), "heartbeat": time.time()}
    RunStatus("training", fold=fold, num_folds=num_folds, **who).save(run.path / "status.json")


def end(run: Run, state: str, **values: Any) -> None:
    RunStatus(state, finished_at=1.0, **values).save(run.path / "status.json")


def test_who_comes_back_reads_once_what_has_ended(
    open_app: OpenApp, new_run: NewRun, browser: list[str]
) -> None:
    failed, stopped = new_run(), new_run(seed=1)
    end(failed, "failed", error="The disk *is* full.")
    end(stopped, "cancelled")
    browser += [failed.run_id, stopped.run_id, "../no-such-run"]
    app = open_app("explore")
    assert not app.exception
    first, second = lines(app)
    assert "**Failed**" in first
    assert r"The disk \*is\* full." in first
    assert "**Stopped**" in second
    assert "0 of 2 folds saved" in second
    assert sent(app)["changes"] == {failed.run_id: False, stopped.run_id: False, "../no-such-run": False}
    app.button(key=f"dismiss-{failed.run_id}").click().run()
    assert len(lines(app)) == 1
    assert not app.toast
    browser.clear()
    assert lines(open_app("explore")) == []


def test_a_run_that_ends_meanwhile_is_a_toast_and_the_title_of_the_tab(
    open_app: OpenApp, new_run: NewRun, browser: list[str]
) -> None:
    run, other = new_run(n_folds=4), new_run(seed=1)
    browser.append(run.run_id)
    write_running(run, fold=2, num_folds=4)
    write_running(other, fold=1, num_folds=2)
    app = open_app("clips")
    assert not app.exception
    cookie = news.cookie_name(run.path.parent)
    assert cookie != news.cookie_name(run.path.parent / "other"), "apps on one host share no cookie"
    assert sent(app) == {"title": "3/4 · Train", "ended": None, "cookie": cookie, "changes": {}}
    end(other, "finished")
    end(run, "failed", error="Broken.")
    app.run()
    assert [each.value for each in app.toast] == [f"Failed: {run.run_id}. Broken."], "not the other one"
    assert sent(app)["ended"]["title"] == "Failed · Train"
    assert sent(app)["changes"] == {run.run_id: False}
    assert lines(app) == []
    app.run()
    assert not app.toast


def test_without_runs_of_ones_own_nothing_is_said(open_app: OpenApp, new_run: NewRun) -> None:
    end(new_run(), "finished")
    app = open_app("explore")
    assert lines(app) == []
    assert "fsat_news" not in [element.proto.component_name for element in app.get("bidi_component")]
