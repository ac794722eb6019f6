"""Train: choose what to train, start it in the background, and watch it and all other runs."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fsat_core.config.recipes import FIELDS, INPUT_FIELDS, RECIPES
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import Catalogue
from fsat_core.errors import FsatError
from fsat_core.labels import list_label_sets
from fsat_core.models import NETWORKS
from fsat_core.notifications import find_fault
from fsat_core.runs.device import detect_device
from fsat_core.text import counted, rough_duration
from fsat_core.training.create import check_pretrained, plan_run
from fsat_core.training.estimate import estimate_time, training_sizes, why_unknown
from fsat_core.training.executors import check_executor
from ui.shared import access, state
from ui.shared.ears import is_yamnet_here, offer_listening
from ui.shared.guard import require_app
from ui.shared.label_store import label_store
from ui.shared.links import RUN
from ui.shared.runs import active_runs, all_runs, start_run, tell_missing
from ui.shared.texts import explain, plain, show_error
from ui.train import run_list
from ui.train.run_form import (
    OPEN,
    copied_from,
    fill_form,
    finished_ids,
    follow_label_set,
    forget_copy,
    form_config,
    labelled_splits,
    leave_label_set,
    show_copy,
    take_defaults,
    value_of,
)

require_app(__file__)

TASK_NAMES = {"single": "Single label", "multi": "Several labels"}
TASKS = {
    "single": "Clips with exactly one label; the probabilities of a clip sum to 1.",
    "multi": "All labelled clips; each class has a probability of its own.",
}
EXECUTORS = {
    "worker": "One after the other",
    "processes": "Several at once",
    "dask": "On a Dask cluster",
    "slurm": "As jobs of Slurm",
    "vmapped": "Together, on JAX",
}
FROM_RECIPE = (*FIELDS, *INPUT_FIELDS)
FROM_NETWORK = ("sample_rate", "duration_s", *INPUT_FIELDS)
# The settings that decide which clips a run trains on.
CLIP_FIELDS = ("splits", "task", "n_folds", "label_set", "noisy_weight", "agree_with")
MONITORS = {"loss": "Validation loss", "lwlrap": "Validation lwlrap"}
REFRESH_S = 2


def start() -> None:
    """Start what the form describes, and make room for the run."""
    try:
        start_run(form_config(), copied_from())
    except FsatError as error:
        st.session_state["train_error"] = str(error)
    else:
        st.session_state[OPEN] = False
        forget_copy()
        leave_label_set()


@st.cache_data(max_entries=64, show_spinner=False)
def training_set(
    version: int, settings: str, _catalogue: Catalogue, _config: TrainConfig
) -> tuple[int, int, list[int], list[str]]:
    """Number of clips and classes that a run would train on, clips of each fold, and warnings about them."""
    plan = plan_run(state.settings(), _catalogue.frame(), _config)
    return len(plan.table), len(plan.classes), training_sizes(plan, _config.n_folds), plan.warnings


def number(name: str, label: str, **options: Any) -> None:
    """A number of the form; `TrainConfig` checks its range."""
    st.number_input(label, key=f"train_{name}", persist_state="session", **options)


def show_form(present: Sequence[str]) -> None:
    """The fields of a new run."""
    st.radio(
        "Network",
        list(NETWORKS),
        format_func=lambda name: f"**{plain(name)}:** {NETWORKS[name].description}",
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
        choose_label_set()
    # Not a popover: while that is closed, the browser ignores values set by a recipe or a copied run.
    with st.expander("Advanced", icon=":material/tune:"):
        show_advanced()


def choose_label_set() -> None:
    """Which labels are learnt: those of the tables, or a label set if there is one."""
    try:
        names = [kept.name for kept in reversed(list_label_sets(label_store()))]
    except FsatError as error:  # without it there are still the tables
        st.caption(f":material/warning: {explain(error)}")
        names = []
    if (asked := value_of("label_set")) and asked not in names:
        show_error(
            f"There is no label set '{asked}': expected one of {', '.join(names) or 'none yet'}. Make it on "
            "Label, or train on the labels of the tables."
        )
        st.session_state["train_label_set"] = ""
    if names:
        st.selectbox(
            "Labels",
            ["", *names],
            format_func=lambda name: name or "As in the tables",
            key="train_label_set",
            persist_state="session",
            width=260,
            help="A label set keeps what people decided on the page Label.",
        )


def show_advanced() -> None:
    """The fields that few runs change."""
    kind = NETWORKS[value_of("model")].input_kind
    is_head = kind == "embedding"  # which is given no sound
    with st.grid(3, min_column_width=150):
        number("learning_rate", "Learning rate", step=1e-4, format="%g")
        number("batch_size", "Batch size", step=1)
        number(
            "patience",
            "Patience",
            step=1,
            help="Epochs without a better value that end a fold; 0 for all epochs.",
        )
        st.selectbox(
            "Best epoch by",
            list(MONITORS),
            format_func=MONITORS.__getitem__,
            key="train_monitor",
            persist_state="session",
            help="What patience waits for, and which epoch is kept where a recipe keeps the best one.",
        )
        number(
            "speed",
            "Change of speed",
            step=0.05,
            format="%g",
            disabled=is_head,
            help="Plays each crop up to this much faster or slower; 0.15: by 15 %.",
        )
        number(
            "mixup",
            "Mixup",
            step=0.1,
            format="%g",
            disabled=is_head,
            help="Mixes pairs of clips; 0 mixes nothing.",
        )
        number(
            "masks",
            "Masks",
            step=1,
            disabled=is_head,
            help="Stretches of time, and of frequency, left out of each crop.",
        )
        number(
            "soft_labels",
            "Labels by YAMNet",
            step=0.1,
            format="%g",
            disabled=is_head,
            help="Share of each crop's labels that a head on YAMNet says, beside the labels of its clip.",
        )
        number(
            "embedding_loss",
            "Weight of YAMNet's embedding",
            step=0.5,
            format="%g",
            disabled=is_head,
            help="The network also learns what YAMNet makes of each crop; 0 learns the classes alone.",
        )
        number("seed", "Seed", step=1, help="Decides folds, first weights and crops.")
        number(
            "sample_rate",
            "Sample rate in Hz",
            step=50,
            disabled=is_head,
            help="Every clip is resampled to it.",
        )
        number(
            "duration_s",
            "Window in s",
            step=0.5,
            format="%g",
            disabled=is_head,
            help="Length of the network's input.",
        )
        number("n_mfcc", "MFCCs", step=1, disabled=kind != "mfcc")
        st.selectbox(
            "Folds are trained",
            list(EXECUTORS),
            format_func=EXECUTORS.__getitem__,
            key="train_executor",
            persist_state="session",
        )
    show_doubt()


def show_doubt() -> None:
    """How the run treats labels that may be wrong."""
    with_noisy = "noisy" in value_of("splits")
    both = len(value_of("splits")) > 1
    with st.grid(3, min_column_width=150):
        st.multiselect(
            "Check labels by runs",
            finished_ids(),
            key="train_agree_with",
            persist_state="session",
            placeholder="Trust all labels",
            help="A label that their out-of-fold predictions find wrong is left out of training.",
        )
        number(
            "noisy_weight",
            "Weight of noisy clips",
            step=0.1,
            format="%g",
            disabled=not with_noisy,
            help="What a noisy clip counts beside a curated one.",
        )
        number(
            "curated_epochs",
            "Last epochs on curated clips",
            step=5,
            disabled=not both,
            help="First all clips, then the curated ones alone for so many epochs.",
        )


def show_start() -> None:
    """What the run would train on and where, and the button; or the line that says what is impossible."""
    error = st.session_state.pop("train_error", None)
    possible = False
    try:
        config = form_config()
        check_executor(config)
        check_pretrained(config, state.settings().cache_dir)
        show_training_set(config)
        possible = True
    except FsatError as impossible:
        error = str(impossible)
    is_head = NETWORKS[value_of("model")].input_kind == "embedding"
    is_taught = bool(value_of("soft_labels") or value_of("embedding_loss"))
    if (is_head or is_taught) and not is_yamnet_here():
        learner = "head" if is_head else "network, as configured,"
        offer_listening(f"The {learner} learns from what a pretrained network hears.", needs_weights=True)
    if not is_head:
        show_device()
    if fault := find_fault(state.settings().notify_urls):
        st.caption(f":material/warning: {explain(fault)}")
    if error is not None:
        show_error(error, ":material/block:")
    st.button(
        "Start training",
        type="primary",
        icon=":material/play_arrow:",
        key="train_start",
        on_click=start,
        disabled=not possible,
    )


def show_training_set(config: TrainConfig) -> None:
    """How many clips and classes there are for a run, and how the folds share them."""
    chosen = config.model_dump_json(include=set(CLIP_FIELDS))
    num_clips, num_classes, sizes, warnings = training_set(state.version(), chosen, state.catalogue(), config)
    per_fold = num_clips - num_clips // config.n_folds
    st.markdown(
        f":material/dataset: **{num_clips:,} clips** of {num_classes} classes. Each of the "
        f"{config.n_folds} folds trains a network on about {per_fold:,} of them, "
        f"for {'up to ' if config.max_epochs > 1 else ''}{counted(config.max_epochs, 'epoch')}."
    )
    show_estimate(config, sizes)
    for line in warnings:
        st.caption(f":material/warning: {explain(line)}")


def show_estimate(config: TrainConfig, sizes: Sequence[int]) -> None:
    """How long the run would take, and by which earlier run; that nothing is known where there is none."""
    estimate = estimate_time(config, sizes, state.runs())
    if estimate is None:
        st.caption(f":material/schedule: {plain(why_unknown(config))}")
        return
    most = (
        "" if estimate.at_most < estimate.seconds * 1.1 else f", at most {rough_duration(estimate.at_most)}"
    )
    left_out = "" if estimate.with_rest else ", without reading the clips and what is between the folds"
    st.markdown(f":material/schedule: About **{rough_duration(estimate.seconds)}**{most}.")
    st.caption(
        f"By the run {plain(estimate.run_id)} on this machine: {estimate.step_s:.3g} s for a step of "
        f"{counted(config.batch_size, 'clip')}{left_out}."
    )


def show_device() -> None:
    """Where it would be trained; a warning where that is slow."""
    device = detect_device()
    if device.kind == "gpu":
        st.markdown(f":material/memory: {plain(device.description)}")
        return
    st.warning(
        f"No GPU was found: training will run on the {plain(device.description)}, and take much longer. "
        "Fewer folds, or the recipe starter, are sensible here.",
        icon=":material/memory:",
    )


st.title("Train", anchor=False)
labelled = labelled_splits()
if OPEN not in st.session_state:  # first run of this visit
    run_list.follow_link()
runs = all_runs()
active = bool(active_runs(runs))
fill_form(labelled)
follow_label_set()
# A link to a run is about that run: it is not to be looked for below the form.
st.session_state.setdefault(OPEN, not active and RUN not in st.query_params)
if access.may("train"):
    with st.expander("New run", icon=":material/add_circle:", key=OPEN, on_change="rerun"):
        show_copy()
        show_form(labelled)
        show_start()
else:
    st.caption(f":material/lock: {plain(access.hint('train'))}")
if runs:
    run_list.forget_missed()
    st.fragment(run_list.show_runs, run_every=REFRESH_S if active else None)(active)
else:
    if st.session_state.get(RUN):  # none any more where the last one was deleted here
        tell_missing("pages/train.py", RUN)
    st.info(
        "No runs yet. Start one above; it goes on when this page is closed."
        if access.may("train")
        else "No runs yet: a trainer can start one.",
        icon=":material/model_training:",
    )
