"""The training runs on every page: all, the finished ones, a new one, and how each is described."""

from collections.abc import Mapping, Sequence

import streamlit as st

from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import FsatError, RunError
from fsat_core.prediction.choice import best_run
from fsat_core.runs import Run, RunStatus, delete_run, find_run, launch
from fsat_core.training.create import create_run
from ui.shared import access, state
from ui.shared.links import DATA_SET, RUN
from ui.shared.news import watch
from ui.shared.texts import explain, plain, show_error

TAGS = "runs_tags"  # the tags that Train lists runs of: a key of the session
_STARTED = "started_run"


@access.needs("train")
def start_run(config: TrainConfig, copied_from: str = "") -> Run:
    """Create a run on the data set in use, start its worker and choose it.

    `copied_from` names the run whose configuration it began with.

    Raises
    ------
    ConfigError
        If there are too few clips for the configuration.
    RunError
        If the runs folder cannot be written.
    AccessError
        If that is not for the visitor's role.
    """
    run = create_run(state.settings(), state.dataset(), state.catalogue().frame(), config, copied_from)
    try:
        access.write_down("start a run", run.run_id)
    except FsatError:
        delete_run(run)
        raise
    launch(run, state.settings())
    st.session_state[_STARTED] = st.session_state[RUN] = run.run_id
    watch(run)
    state.forget_runs()
    st.session_state[TAGS] = []  # the new run has no tags and must not be filtered out
    return run


def all_runs() -> list[Run]:
    """All runs but those of other data sets that the operator lists, newest first.

    The one that this visitor has just started is among them.
    """
    # A run may just have been deleted.
    runs = [run for run in state.runs() if run.path.is_dir() and not state.is_elsewhere(state.set_of(run))]
    started = st.session_state.get(_STARTED)
    if started is None or any(run.run_id == started for run in runs):
        return runs
    try:
        return [find_run(state.settings().runs_dir, started), *runs]
    except RunError:  # its folder has been deleted since
        del st.session_state[_STARTED]
        return runs


def find_here(run_id: str) -> Run:
    """A run by its name, where `all_runs` may have it.

    Raises
    ------
    RunError
        If there is no such run, or it is of another data set that the operator lists.
    """
    run = find_run(state.settings().runs_dir, run_id)
    if state.is_elsewhere(name := state.set_of(run)):
        raise RunError(
            f"Run '{run_id}' is of the data set {name}: expected a run of {state.settings().set_name}, which "
            f"is in use. Open {name}, or choose another run."
        )
    return run


def offer_set(run_id: str, page: str, parameter: str) -> None:
    """A link to a run that `find_here` refuses, on a page in the run's own data set; nothing for others."""
    try:
        name = state.set_of(find_run(state.settings().runs_dir, run_id))
    except RunError:
        return
    if state.is_elsewhere(name):
        query = {parameter: run_id, DATA_SET: name}
        st.page_link(page, label=f"Open it in {plain(name)}", icon=":material/database:", query_params=query)


def tell_missing(page: str, parameter: str) -> None:
    """Say of the runs that the address asks for, on a page that has none, why they are not here."""
    for run_id in st.query_params.get_all(parameter):
        try:
            find_here(run_id)
        except RunError as error:
            show_error(error, ":material/search_off:")
            offer_set(run_id, page, parameter)


def active_runs(runs: Sequence[Run]) -> list[Run]:
    """The runs that wait, prepare or train."""
    return [run for run in runs if run.is_active]


def finished_runs() -> dict[str, Run]:
    """The runs that can be evaluated by their name, newest first."""
    return {run.run_id: run for run in all_runs() if run.state == "finished"}


def is_of_this_set(run: Run) -> bool:
    """Whether a run was trained on the data set in use."""
    try:
        return run.data_dir == state.dataset().root
    except FsatError:  # the run comes from elsewhere
        return False


def usable_runs() -> dict[str, Run]:
    """The finished runs of the data set in use by their names, newest first."""
    return {run_id: run for run_id, run in finished_runs().items() if is_of_this_set(run)}


def best_usable(runs: Mapping[str, Run]) -> str | None:
    """The name of the run to begin with: the best of these, as on Predict."""
    best = best_run(list(runs.values()), state.dataset().root)
    return best.run_id if best else None


def scores_of(run: Run) -> dict[str, float] | None:
    """Out-of-fold scores of a finished run; None if there are none or they cannot be read."""
    try:
        return run.scores
    except FsatError:  # a damaged file; the rest of the run can still be shown
        return None


def describe_run(run: Run) -> str:
    """A run in a line of Markdown: its network, its recipe, and what it was trained on."""
    config = run.config
    return (
        f"**{plain(config.network.title)}**, {plain(config.recipe)}, {plain(config.task)}-label, "
        f"{plain(' + '.join(config.splits))}, "
        f"{config.n_folds} folds, {len(run.classes)} classes"
    )


def show_progress(status: RunStatus, prefix: str = "") -> None:
    """A bar over all folds and epochs, with the position in words."""
    st.progress(min(max(status.progress, 0.0), 1.0), text=explain(prefix + position(status)))


def position(status: RunStatus) -> str:
    """Where a run is, in words: `Fold 2 of 5, epoch 13 of 50`."""
    if status.state != "training" or not status.epoch or status.progress >= 1:
        return status.message or status.state.capitalize()
    epoch = min(status.epoch, status.max_epochs)
    return f"Fold {status.fold + 1} of {status.num_folds}, epoch {epoch} of {status.max_epochs}"
