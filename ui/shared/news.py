"""What visitors are told of the runs that they started, on whatever page they are.

The tab says how far a run is; when it ends, a toast does. The browser keeps the names of the runs that are
still to be told of in a cookie, so that whoever comes back reads once what ended meanwhile.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

import streamlit as st

from fsat_core.errors import RunError
from fsat_core.runs import Run, find_run
from fsat_core.runs.ending import ENDINGS, describe_end
from ui.shared import state
from ui.shared.links import DATA_SET, RUN, TRAIN_PAGE, set_query
from ui.shared.modules import join_modules
from ui.shared.texts import explain, plain

_WATCHED, _ENDED, _CHANGES, _LAST = "news_watched", "news_ended", "news_changes", "news_last"
_MOST = 20  # runs that are told of
_NAME = re.compile(r"[\w-]{1,100}", re.ASCII)
_ICONS = {"finished": ":material/check_circle:", "cancelled": ":material/cancel:"}

_mount = st.components.v2.component(
    "fsat_news", html="<span></span>", js=join_modules(Path(__file__).parent / "news.js")
)


def cookie_name(runs_dir: Path) -> str:
    """The name of the cookie of an app: a browser sends a cookie to all apps of a host, whatever the port."""
    return f"fsat_runs_{hashlib.sha256(os.fsencode(runs_dir.absolute())).hexdigest()[:8]}"


def watch(run: Run) -> None:
    """Tell this visitor how the run ends, here or when they come back."""
    watched = _watched()
    if run.run_id not in watched:
        watched.append(run.run_id)
    _change(run.run_id, is_watched=True)


def has_ended() -> bool:
    """Whether a run has ended of which this visitor has not been told yet."""
    return any(run is None or not run.is_active for run in map(_find, _watched()))


def tell_ended() -> None:
    """Say which runs have ended: by a toast, or in lines above the page where it was while one was away."""
    is_new = _WATCHED not in st.session_state
    watched = _watched()
    for run_id in list(watched):
        run = _find(run_id)
        if run is not None and run.is_active:
            continue
        watched.remove(run_id)
        _change(run_id, is_watched=False)
        if run is None:  # deleted meanwhile
            continue
        news = _news_of(run)
        if is_new:
            st.session_state.setdefault(_ENDED, []).append(news)
        else:
            icon = _ICONS.get(news["state"], ":material/error:")
            st.toast(f"{plain(news['ending'])}: {explain(news['text'])}", icon=icon, duration="long")
            title = f"{news['ending']} · Train"
            st.session_state[_LAST] = {"id": f"{run_id}-{run.status.finished_at}", "title": title}
    with st.container():  # also where there is nothing: what is below keeps its place
        for news in list(st.session_state.get(_ENDED, [])):
            _show_line(news)


def show_title(active: list[state.ActiveRun]) -> None:
    """Have the tab say how far this visitor's run is, or how the last one ended until they do something."""
    watched = _watched()
    mine = next((run for run in reversed(active) if run.run_id in watched and run.state != "queued"), None)
    mine = mine or next((run for run in active if run.run_id in watched), None)
    changes = st.session_state.pop(_CHANGES, {})
    data = {
        "title": _position(mine) if mine else "",
        "ended": st.session_state.get(_LAST),
        "cookie": cookie_name(state.settings().runs_dir),
        "changes": changes,
    }
    if mine or data["ended"] or changes:
        _mount(key="news", data=data, width=1)


def _watched() -> list[str]:
    """The runs that this visitor is still to be told of; at first those that the browser has kept."""
    if _WATCHED not in st.session_state:
        st.session_state[_WATCHED] = _kept_by_browser()
    watched: list[str] = st.session_state[_WATCHED]
    return watched


def _kept_by_browser() -> list[str]:
    names = (st.context.cookies.get(cookie_name(state.settings().runs_dir)) or "").split("~")
    return list(dict.fromkeys(name for name in names if _NAME.fullmatch(name)))[-_MOST:]


def _change(run_id: str, is_watched: bool) -> None:
    """Have the browser keep, or forget, the name of a run when it is next drawn."""
    st.session_state.setdefault(_CHANGES, {})[run_id] = is_watched


def _find(run_id: str) -> Run | None:
    try:
        return find_run(state.settings().runs_dir, run_id)
    except RunError:
        return None


def _news_of(run: Run) -> dict[str, Any]:
    run_state = run.state
    return {
        "run_id": run.run_id,
        "ending": ENDINGS.get(run_state, run_state),
        "text": f"{run.run_id}. {describe_end(run, run.status)}",
        "state": run_state,
        "data_set": state.set_of(run),
    }


def _show_line(news: dict[str, Any]) -> None:
    run_id = news["run_id"]
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"news-{run_id}"):
        icon = _ICONS.get(news["state"], ":material/error:")
        st.markdown(f"{icon} **{plain(news['ending'])}** while you were away: {explain(news['text'])}")
        own_set = {DATA_SET: news["data_set"]} if news["data_set"] else set_query()
        query = {RUN: run_id} | own_set
        st.page_link(TRAIN_PAGE, label="Open", icon=":material/model_training:", query_params=query)
        st.button("Dismiss", type="tertiary", key=f"dismiss-{run_id}", on_click=_dismiss, args=(news,))


def _dismiss(news: dict[str, Any]) -> None:
    st.session_state[_ENDED].remove(news)


def _position(run: state.ActiveRun) -> str:
    """Where a run is, as a tab says it."""
    if run.state == "training":
        return f"{run.fold + 1}/{run.num_folds} · Train"
    return f"{'Waiting' if run.state == 'queued' else 'Preparing'} · Train"
