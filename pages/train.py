"""Train: choose what to train, start it in the background, and watch it and all other runs."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core.errors import ConfigError, FsatError
from fsat_core.runs.device import detect_device
from fsat_core.training.config import TrainConfig
from fsat_core.training.folds import pin_labels
from fsat_core.training.recipes import FIELDS, INPUT_FIELDS, RECIPES
from ui import state, training
from ui.guard import require_app

require_app(__file__)

NETWORKS = {
    "mfcc_cnn": "2-D network on 40 MFCCs of 2 s at 44.1 kHz",
    "wave_cnn": "1-D network on 2 s of raw audio at 16 kHz",
    "mfcc_dummy": "one layer on MFCCs, to try the chain in seconds",
    "wave_dummy": "one layer on raw audio, to try the chain in seconds",
}
TASK_NAMES = {"single": "Single label", "multi": "Several labels"}
TASKS = {
    "single": "Clips with exactly one label; the probabilities of a clip sum to 1.",
    "multi": "All labelled clips; each class has a probability of its own.",
}
EXECUTORS = {"worker": "One after the other", "processes": "Several at once", "dask": "On a Dask cluster"}
FROM_RECIPE = (*FIELDS, *INPUT_FIELDS)
FROM_NETWORK = ("sampling_rate", *INPUT_FIELDS)
REFRESH_S = 2


def value_of(name: str) -> Any:
    """What the form holds for a field of `TrainConfig`."""
    return st.session_state[f"train_{name}"]


def fill_form(present: Sequence[str]) -> None:
    """Give each field that has no value yet its default; of the splits, keep those that are there."""
    for name, value in TrainConfig.from_recipe("mfcc_cnn").model_dump().items():
        st.session_state.setdefault(f"train_{name}", value)
    st.session_state["train_splits"] = [split for split in value_of("splits") if split in present]


def take_defaults(names: Sequence[str]) -> None:
    """Put the recipe's and the network's own values into these fields."""
    defaults = TrainConfig.from_recipe(value_of("model"), value_of("recipe"))
    for name in names:
        st.session_state[f"train_{name}"] = getattr(defaults, name)


def form_config() -> TrainConfig:
    """The configuration that the form describes; a ConfigError where it is impossible."""
    values = {name: value_of(name) for name in TrainConfig.model_fields}
    return TrainConfig.from_values(values)


def start() -> None:
    """Start what the form describes, and make room for the run."""
    try:
        training.start_run(form_config())
    except FsatError as error:
        st.session_state["train_error"] = str(error)
    else:
        st.session_state["train_open"] = False


@st.cache_data(max_entries=64, show_spinner=False)
def training_set(
    version: int,
    splits: tuple[str, ...],
    task: str,
    n_folds: int,
    _catalogue: pd.DataFrame,
    _config: TrainConfig,
) -> tuple[int, int, list[str]]:
    """Number of clips and classes that a run would train on, and warnings about them."""
    pinned = pin_labels(_catalogue, _config)
    return len(pinned.table), len(pinned.classes), pinned.warnings


def number(name: str, label: str, **options: Any) -> None:
    """A number of the form; what it may be is for `TrainConfig` to say."""
    st.number_input(label, key=f"train_{name}", persist_state="session", **options)


def show_form(present: Sequence[str]) -> None:
    """The fields of a new run."""
    st.radio(
        "Network",
        list(NETWORKS),
        format_func=lambda name: f"**{name}:** {NETWORKS[name]}",
        key="train_model",
        on_change=take_defaults,
        args=(FROM_NETWORK,),
        persist_state="session",
    )
    with st.container(horizontal=True, gap="medium"):
        st.segmented_control(
            "Recipe",
            list(RECIPES),
            required=True,
            format_func=str.capitalize,
            key="train_recipe",
            on_change=take_defaults,
            args=(FROM_RECIPE,),
            persist_state="session",
        )
        st.segmented_control(
            "Task",
            list(TASK_NAMES),
            required=True,
            format_func=TASK_NAMES.__getitem__,
            key="train_task",
            persist_state="session",
        )
        st.pills(
            "Splits",
            present,
            selection_mode="multi",
            format_func=str.capitalize,
            key="train_splits",
            persist_state="session",
        )
    st.caption(f"{RECIPES[value_of('recipe')].description} {TASKS[value_of('task')]}")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        number("n_folds", "Folds", step=1, width=130)
        number("max_epochs", "Epochs, at most", step=1, width=130)
        with st.popover("Advanced", icon=":material/tune:"):
            show_advanced()


def show_advanced() -> None:
    """The fields that few runs change."""
    with st.grid(2, min_column_width=150):
        number("learning_rate", "Learning rate", step=1e-4, format="%g")
        number("batch_size", "Batch size", step=1)
        number(
            "patience",
            "Patience",
            step=1,
            help="Epochs without a better validation loss that end a fold; 0 for all epochs.",
        )
        number("mixup", "Mixup", step=0.1, format="%g", help="Mixes pairs of clips; 0 mixes nothing.")
        number("masks", "Masks", step=1, help="Stretches of time, and of frequency, left out of each crop.")
        number("seed", "Seed", step=1, help="Decides folds, first weights and crops.")
        number("sampling_rate", "Sampling rate in Hz", step=50, help="Every clip is resampled to it.")
        number("audio_duration", "Window in s", step=0.5, format="%g", help="Length of the network's input.")
        number("n_mfcc", "MFCCs", step=1, disabled=value_of("model").startswith("wave"))
        st.selectbox(
            "Folds are trained",
            list(EXECUTORS),
            format_func=EXECUTORS.__getitem__,
            key="train_executor",
            persist_state="session",
        )


def show_start() -> None:
    """What the run would train on and where, and the button; or the line that says what is impossible."""
    error = st.session_state.pop("train_error", None)
    possible = False
    try:
        show_training_set(form_config())
        possible = True
    except ConfigError as impossible:
        error = str(impossible)
    show_device()
    if error is not None:
        st.error(error, icon=":material/block:")
    st.button(
        "Start training", type="primary", icon=":material/play_arrow:", on_click=start, disabled=not possible
    )


def show_training_set(config: TrainConfig) -> None:
    """How many clips and classes there are for a run, and how the folds share them."""
    num_clips, num_classes, warnings = training_set(
        state.version(), config.splits, config.task, config.n_folds, state.catalogue(), config
    )
    per_fold = num_clips - num_clips // config.n_folds
    st.markdown(
        f":material/dataset: **{num_clips:,} clips** of {num_classes} classes. Each of the "
        f"{config.n_folds} folds trains a network on about {per_fold:,} of them, "
        f"for up to {config.max_epochs:,} epochs."
    )
    for line in warnings:
        st.caption(f":material/warning: {line}")


def show_device() -> None:
    """Where it would be trained; a warning where that is slow."""
    device = detect_device()
    if device.kind == "gpu":
        st.markdown(f":material/memory: {device.description}")
        return
    st.warning(
        f"No GPU was found: training will run on the {device.description}, and take much longer. "
        "Fewer folds, or the recipe quick for a first try, are sensible here.",
        icon=":material/memory:",
    )


st.title("Train", anchor=False)
labelled = state.catalogue().query("split != 'test'")["split"].unique().tolist()
runs = training.all_runs()
active = bool(training.active_runs(runs))
fill_form(labelled)
st.session_state.setdefault("train_open", not active)
with st.expander("New run", icon=":material/add_circle:", key="train_open", on_change="rerun"):
    show_form(labelled)
    show_start()
if runs:
    st.fragment(training.show_runs, run_every=REFRESH_S if active else None)(active)
else:
    st.info(
        "No runs yet. Start one above; it goes on when this page is closed.", icon=":material/model_training:"
    )
