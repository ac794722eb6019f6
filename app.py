"""The app: `streamlit run app.py`, or `streamlit run app.py -- --data DIR`.

Only the router is here: page config, navigation, and the sidebar that all pages share. What the server around
it does is in `ui.shared.server`.
"""

from pathlib import Path

import streamlit as st
from streamlit import runtime

from ui.shared import access, admission, news, server, state
from ui.shared.data_sets import choose_data_set, open_data
from ui.shared.download import show_download
from ui.shared.guard import inside_app
from ui.shared.history import keep_history
from ui.shared.links import clips_query, open_clips
from ui.shared.spectrogram import choose_style
from ui.shared.texts import explain, plain
from ui.shared.truth import choose_truth

ICON = Path(__file__).parent / "ui" / "icon.svg"
PAGE_STYLE = Path(__file__).parent / "ui" / "shared" / "page.css"
REFRESH_S = 3
SIDEBAR_WIDTH = 320  # in pixels: wide enough for the start command on one line

EXPLORE = st.Page(
    "pages/explore.py",
    title="Explore",
    icon=":material/bar_chart:",
    default=True,
    url_path="",
    help="What is in the data set: class counts, clip lengths, label combinations, and the rows themselves.",
)
CLIPS = st.Page(
    "pages/clips.py",
    title="Clips",
    icon=":material/headphones:",
    help="Find clips, abnormal lengths first; listen, and look at waveform, spectrogram and MFCC.",
)
CLASSES = st.Page(
    "pages/classes.py",
    title="Classes",
    icon=":material/category:",
    help="One class: how many clips it has, typical and odd ones, its score over runs, what it is confused "
    "with, and what occurs with it.",
)
LABEL = st.Page(
    "pages/label.py",
    title="Label",
    icon=":material/label:",
    help="Decide by ear which labels are right: queues of the clips most likely to be wrong, keys for "
    "everything, undo.",
)
TRAIN = st.Page(
    "pages/train.py",
    title="Train",
    icon=":material/model_training:",
    help="Train a network in the background, watch its curves, stop it, and find all earlier runs.",
)
EVALUATE = st.Page(
    "pages/evaluate.py",
    title="Evaluate",
    icon=":material/monitoring:",
    help="How good a finished run is: scores per class, mistakes and worst clips, and what an ensemble adds.",
)
PREDICT = st.Page(
    "pages/predict.py",
    title="Predict",
    icon=":material/sell:",
    help="Drag in or record clips, and see which classes the trained networks hear in them.",
)
TEAM = st.Page(
    "pages/team.py",
    title="Team",
    icon=":material/group:",
    help="Who may sign in, with which role, and what was done by whom.",
)


def redirect_to_explore() -> None:
    """What /explore shows: the default page, whose own address is the bare one."""
    st.switch_page(EXPLORE, query_params={name: st.query_params.get_all(name) for name in st.query_params})


@access.needs("train")
def rescan() -> None:
    """Have the data folder looked at again."""
    state.rescan()


def show_data_set() -> None:
    """The data set in use and how to open another."""
    data = state.dataset()
    with st.container(gap="xsmall"):
        if not choose_data_set():
            st.caption("Data set")
            st.header(plain(data.name), anchor=False)
        st.markdown(f"{len(state.catalogue()):,} clips, {len(data.classes)} classes")
        if num_unreadable := state.num_unreadable():
            st.button(
                f"{num_unreadable:,} cannot be read",
                icon=":material/warning:",
                type="tertiary",
                on_click=open_clips,
                args=(clips_query(show="unreadable"),),
            )
    for line in filter(None, (*data.warnings, state.runs_fault())):
        st.caption(f":material/warning: {explain(line)}")
    show_download()
    if data.is_demo:
        st.badge("Demo data", icon=":material/science:", color="orange")
        with st.container(gap="xsmall"):
            st.caption("These sounds are synthesised, to try things out. Open your own set with")
            st.markdown("`streamlit run app.py -- --data DIR`")
    st.button(
        "Rescan",
        key="rescan",
        icon=":material/sync:",
        on_click=rescan,
        disabled=not access.may("train"),
        help=access.hint("train", "Look at the data folder again, for new, changed and removed files."),
    )


def show_active_runs() -> None:
    """The runs on this data set that train now, each with its progress.

    When the last of all has ended, the whole page again.
    """
    active = state.active_runs()
    if not active or news.has_ended():
        st.rerun()
    news.show_title(active)
    here = [run for run in active if not state.is_elsewhere(run.data_set)]
    if here:
        st.caption("Training now")
    for run in here:
        with st.container(gap="xsmall"):
            st.page_link(TRAIN, label=plain(run.run_id), icon=":material/model_training:")
            st.progress(run.progress, text=explain(run.message or run.state.capitalize()))


def route() -> None:
    """Draw the page that was asked for, with the sidebar that all pages share."""
    st.set_page_config(
        page_title="Freesound audio tagging",
        page_icon=ICON,
        layout="wide",
        initial_sidebar_state=SIDEBAR_WIDTH,
    )
    st.logo(ICON, size="large")
    st.html(PAGE_STYLE)
    # config.toml turns the navigation off, which hides Streamlit's own list of pages/ at the first visit.
    st.set_option("client.showSidebarNavigation", True)
    is_admitted = admission.admit()
    pages = [EXPLORE, CLIPS, CLASSES, LABEL, TRAIN, EVALUATE, PREDICT]
    if is_admitted and access.is_owner():
        pages.append(TEAM)
    page = st.navigation(
        [*pages, st.Page(redirect_to_explore, url_path="explore", visibility="hidden")],
        position="sidebar" if is_admitted else "hidden",
    )
    server.enter(page.url_path)
    if not is_admitted:
        return
    open_data(page)
    news.tell_ended()
    with st.sidebar:
        admission.show_visitor()
        choose_truth(page.url_path)
        show_data_set()
        if state.active_runs():
            st.fragment(show_active_runs, run_every=REFRESH_S)()
        else:
            news.show_title([])
        choose_style()
        admission.say_open()
        keep_history()
    with inside_app():
        page.run()


if runtime.exists():
    route()
else:  # the first time, when `streamlit run` looks for what to serve: this same file, for every visit
    app = st.App(
        __file__,
        middleware=server.MIDDLEWARE,
        lifespan=server.keep_house,
        on_script_error=server.show_uncaught,
    )
