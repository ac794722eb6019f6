"""Predict: drag in or record clips, and see which classes the trained networks hear in them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from fsat_core.audio.types import TYPES
from fsat_core.dataset.known_files import clips_among
from fsat_core.errors import FsatError, RunError
from fsat_core.prediction import ClipPrediction, Combination, predictions_csv
from fsat_core.prediction.choice import (
    best_runs,
    can_be_weighed,
    default_combination,
    usable_runs,
)
from fsat_core.prediction.pretrained import leave_out_unheard
from fsat_core.prediction.together import weights_of
from fsat_core.runs import Run
from fsat_core.text import duration_text
from ui.label.sending import offer_labelling
from ui.predict import prediction
from ui.predict.answers import Ensemble, predict, predict_whole
from ui.predict.clips import MOST_PACKED, Clip, gather_clips
from ui.predict.evidence import show_evidence
from ui.predict.prediction import RUNS
from ui.shared import access, state
from ui.shared.guard import require_app
from ui.shared.links import RUN, set_query
from ui.shared.runs import active_runs, all_runs, find_here, offer_set, show_progress, tell_missing
from ui.shared.tables import choose_row
from ui.shared.texts import explain, plain, show_error, without_folders

require_app(__file__)

COMBINATIONS: dict[Combination, str] = {
    "geometric": "Geometric mean",
    "arithmetic": "Arithmetic mean",
    "weighted": "Weighted mean",
}
RECORDING_RATE = 44_100  # the rate of mfcc_cnn; other networks resample it
MAX_ROWS = 8
MOST_ERRORS = 12
TABLE_HEIGHT = 320
WAIT_S = 2
NO_NETWORK = ":material/info:"
BROKEN = ":material/broken_image:"


def choose_clips() -> list[Clip]:
    """The uploaded and recorded clips, the recording first."""
    with st.grid(2, min_column_width=300):
        uploads = st.file_uploader(
            "Sound files, and ZIPs of them",
            type=[*TYPES, "zip"],
            accept_multiple_files=True,
            key="predict_files",
        )
        recording = st.audio_input("Or record one", sample_rate=RECORDING_RATE, key="predict_recording")
    longest = duration_text(state.settings().max_clip_s)
    st.caption(f"Each of at most {longest}; of a ZIP the first {MOST_PACKED:,} clips.")
    clips, said = gather_clips(uploads, recording)
    for line in said:
        st.caption(f":material/warning: {explain(line)}")
    return clips


def choose_ensemble(usable: dict[str, Run]) -> Ensemble | None:
    """The networks that take part; None while none is chosen."""
    choose_runs(usable)
    summary = ", ".join(summarise(usable[run_id]) for run_id in st.session_state[RUNS])
    label = f"Networks: {plain(summary or 'none')}"
    with st.expander(label, icon=":material/hub:", key="predict_networks", on_change="rerun"):
        chosen = st.multiselect(
            "Runs",
            list(usable),
            key=RUNS,
            bind="query-params",
            help="Their networks answer together. At first, the best finished run of each network.",
        )
        folds = {run_id: choose_folds(usable[run_id]) for run_id in chosen}
        taking_part = tuple(usable[run_id] for run_id in chosen if folds[run_id])
        combine = choose_combination(taking_part)
    return Ensemble(taking_part, folds, combine) if taking_part else None


def choose_combination(runs: Sequence[Run]) -> Combination:
    """How the answers of these runs are combined."""
    how = st.segmented_control(
        "Combination",
        [name for name in COMBINATIONS if name != "weighted" or can_be_weighed(runs)],
        default=default_combination(runs),
        required=True,
        format_func=COMBINATIONS.__getitem__,
        key="predict_combine",
        bind="query-params",
        help="The weighted mean gives each run a weight, learned from what it said out of fold; it is "
        "offered for several finished runs on the same clips. In the geometric mean all count alike, and a "
        "confident no of one network weighs more than in the arithmetic mean.",
    )
    if how == "weighted":
        weights = [f"{run.config.model} {at:.2f}" for run, at in zip(runs, weights_of(runs), strict=True)]
        st.caption(f"Weights, in the order of the runs: {plain(', '.join(weights))}.")
    return how


def without_unheard(ensemble: Ensemble) -> Ensemble:
    """The ensemble, without runs whose pretrained network is not here: then a line says so."""
    runs, left_out = leave_out_unheard(ensemble.runs, state.settings().cache_dir)
    if left_out:
        st.caption(f":material/warning: {explain(left_out)}")
    return replace(ensemble, runs=tuple(runs))


def choose_runs(usable: dict[str, Run]) -> None:
    """Fill in the runs: those asked for by the URL, else the best ones."""
    asked = st.session_state.get(RUNS)
    if asked is None:
        asked = st.query_params.get_all(RUNS)
    for run_id in asked:
        if run_id not in usable:
            show_error(why_not(run_id), ":material/search_off:")
            offer_set(run_id, "pages/predict.py", RUNS)
    known = [run_id for run_id in asked if run_id in usable]
    if RUNS not in st.session_state and not known:
        known = [run.run_id for run in best_runs(list(usable.values()), state.dataset().root)]
    st.session_state[RUNS] = known


def why_not(run_id: str) -> str:
    """Why a run that was asked for cannot take part."""
    try:
        run = find_here(run_id)
        if run.fault:
            return run.fault
        return f"Run '{run_id}' ({run.state}) has no saved fold yet: expected at least one."
    except RunError as error:
        return str(error)


def folds_key(run: Run) -> str:
    """Key of the choice of folds. It changes when another fold is saved, so that the new fold takes part."""
    return f"folds-{run.run_id}-{len(run.folds)}"


def summarise(run: Run) -> str:
    """A run that takes part: `mfcc_cnn (3 of 5 folds)`."""
    chosen = st.session_state.get(folds_key(run), run.folds)
    return f"{run.config.model} ({len(chosen)} of {run.config.n_folds} folds)"


def choose_folds(run: Run) -> list[int]:
    """The folds of a run that take part; all at first."""
    return st.pills(
        plain(f"Folds of {run.run_id} ({prediction.describe_run(run)})"),
        run.folds,
        default=run.folds,
        selection_mode="multi",
        format_func=lambda fold: str(fold + 1),
        key=folds_key(run),
        bind="query-params",
    )


def offer_training() -> None:
    """What to do while there is no network: wait for the one that trains, or train one."""
    tell_missing("pages/predict.py", RUNS)
    if active := active_runs(all_runs()):
        st.fragment(wait_for, run_every=WAIT_S)(active[-1])
        return
    config = prediction.starter_config()
    if config is None:
        st.info(
            "No trained network yet, and no labelled clip to train one on. Give clips labels on *Label* and "
            "train on a label set of them, put a finished run into the folder of runs, or open another set.",
            icon=NO_NETWORK,
        )
        return
    st.info("No trained network yet. Train one here, or choose what to train on *Train*.", icon=NO_NETWORK)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Train a network now",
            type="primary",
            icon=":material/play_arrow:",
            key="predict_train",
            on_click=prediction.start_training,
            disabled=not access.may("train"),
            help=access.hint("train"),
        )
        st.page_link("pages/train.py", label="Open Train", icon=":material/model_training:")
    st.caption(
        f"A short training for useful answers, not for the best ones: {plain(config.model)} on the data set "
        f"in use, {config.n_folds} folds of at most {config.max_epochs} epochs."
    )
    if error := st.session_state.pop("predict_error", None):
        show_error(error)


def wait_for(run: Run) -> None:
    """The progress of a run; the whole page again as soon as it has a fold to predict with, or ends."""
    if run.folds or not run.is_active:
        st.rerun()
    st.info("No trained network yet: answers come as soon as the first fold is trained.", icon=NO_NETWORK)
    show_progress(run.status, f"{run.run_id}: ")
    st.page_link(
        "pages/train.py",
        label="Watch it on Train",
        icon=":material/model_training:",
        query_params={RUN: run.run_id} | set_query(),
    )


def select_clip(names: list[str], good: list[bool]) -> int:
    """The row that is shown: the one chosen in the table, or the first of those that came last."""
    known = st.session_state.get("predict_names", [])
    fresh = [name for name, fine in zip(names, good, strict=True) if fine and name not in known]
    if fresh:
        st.session_state["predict_clip"] = fresh[0]
    st.session_state["predict_names"] = names
    chosen = st.session_state.get("predict_clip")
    return names.index(chosen) if chosen in names else 0


def take_row(row: int, drawn: int) -> None:
    """Remember the clip whose row was chosen in the table."""
    if row != drawn:  # the browser may send the old row again with a new file
        st.session_state["predict_clip"] = st.session_state["predict_names"][row]


def show_odd(answers: Sequence[ClipPrediction]) -> None:
    """A line for each file that cannot be read; of many, the first ones and a list."""
    odd = [answer.error for answer in answers if answer.error]
    for error in odd[:MOST_ERRORS]:
        show_error(error, BROKEN)
    if len(odd) > MOST_ERRORS:
        listing = st.expander(f"All {len(odd):,} files that cannot be read", icon=BROKEN)
        with listing.container(height=TABLE_HEIGHT, border=False):
            st.text("\n".join(map(without_folders, odd)))


def find_known(clips: Sequence[Clip]) -> list[str]:
    """The clips of the data set among these, looked for once."""
    asked = (state.version(), tuple(clip.key for clip in clips), tuple(clip.name for clip in clips))
    if st.session_state.get("predict_known", (None,))[0] != asked:
        known = clips_among([clip.describe() for clip in clips], state.dataset(), state.catalogue())
        st.session_state["predict_known"] = asked, known
    return list(st.session_state["predict_known"][1])


def show_results(all_clips: list[Clip], ensemble: Ensemble) -> None:
    """The answers for all clips as a table, and one clip in detail."""
    answered = list(zip(all_clips, predict(all_clips, ensemble), strict=True))
    clips = [clip for clip, answer in answered if answer is not None]
    answers = [answer for _, answer in answered if answer is not None]
    if not answers:
        return
    show_odd(answers)
    row = select_clip([clip.name for clip in clips], [not answer.error for answer in answers])
    choose_row(
        prediction.results_table(answers),
        row,
        lambda chosen: take_row(chosen, row),
        key="predict_table",
        alt="Likeliest classes of each clip; choosing a row shows that clip below",
        columns={
            "Probability": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100),
            "Length in s": st.column_config.NumberColumn(format="%.2f"),
        },
        max_rows=MAX_ROWS,
        height=TABLE_HEIGHT,
    )
    with st.container(horizontal=True):
        st.download_button(
            "Download all probabilities",
            partial(predictions_csv, answers),
            "predictions.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="A CSV with a row per clip and a column per class.",
        )
        if known := find_known(clips):
            offer_labelling("sent", known, "Send to labelling", "Decide on the clips of the data set in it.")
    if not answers[row].error:
        prediction.show_clip(clips[row], predict_whole(clips[row], ensemble))
        show_evidence(clips[row])


st.title("Predict", anchor=False)
clips = choose_clips()
usable = {run.run_id: run for run in usable_runs(all_runs())}
if not usable:
    offer_training()
else:
    ensemble = choose_ensemble(usable)
    if ensemble is None:
        st.info("Choose at least one run and one fold of it.", icon=":material/hub:")
    elif not clips:
        st.info("Drag in one or many clips, or a ZIP of them, or record one.", icon=":material/upload:")
    else:
        try:
            show_results(clips, without_unheard(ensemble))
        except FsatError as error:
            show_error(error, BROKEN)
