"""The values of the form for a new run: a key of the session for each field of `TrainConfig`."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fsat_core.config.train_config import TrainConfig
from fsat_core.runs import Run
from ui.shared import state
from ui.shared.links import LABEL_SET
from ui.shared.scroll import scroll_to
from ui.shared.texts import plain

OPEN = "train_open"  # whether the form is unfolded
_COPIED = "train_copied"  # which run it was filled in from, in words
_SOURCE = "train_copied_from"  # the same run by its name
_FOLLOWED = "train_label_set_followed"  # the label set that the address named and that has been chosen
_SCROLL = "train_scroll"


def value_of(name: str) -> Any:
    """What the form holds for a field of `TrainConfig`."""
    return st.session_state[f"train_{name}"]


def labelled_splits() -> list[str]:
    """The splits of the data set in use that a network can be trained on."""
    return [split for split in state.splits() if split != "test"]


def finished_ids() -> list[str]:
    """The runs whose out-of-fold predictions a new one can agree with, newest first."""
    return [run.run_id for run in state.runs() if run.state == "finished"]


def fill_form(present: Sequence[str]) -> None:
    """Give each empty field its default, and drop splits and runs that no longer exist."""
    for name, value in TrainConfig.from_recipe("mfcc_cnn").model_dump().items():
        st.session_state.setdefault(f"train_{name}", value)
    st.session_state["train_splits"] = [split for split in value_of("splits") if split in present]
    finished = finished_ids()
    st.session_state["train_agree_with"] = [run for run in value_of("agree_with") if run in finished]


def take_defaults(names: Sequence[str]) -> None:
    """Put the recipe's and the network's own values into these fields."""
    defaults = TrainConfig.from_recipe(value_of("model"), value_of("recipe"))
    for name in names:
        st.session_state[f"train_{name}"] = getattr(defaults, name)


def form_config() -> TrainConfig:
    """The configuration that the form describes; a ConfigError where it is impossible."""
    values = {name: value_of(name) for name in TrainConfig.model_fields}
    return TrainConfig.from_values(values)


def copy_run(run: Run) -> None:
    """Unfold the form with a run's configuration, without splits that this data set does not have."""
    for name, value in run.config.model_dump().items():
        st.session_state[f"train_{name}"] = value
    absent = [split for split in run.config.splits if split not in labelled_splits()]
    left_out = (
        f" Left out, because this data set has no such clips: {plain(', '.join(absent))}." if absent else ""
    )
    st.session_state[_SOURCE] = run.run_id
    st.session_state[_COPIED] = f"Filled in from the run {plain(run.run_id)}.{left_out}"
    st.session_state[OPEN] = st.session_state[_SCROLL] = True


def forget_copy() -> None:
    """Say no longer which run the form was filled in from."""
    for name in (_COPIED, _SOURCE):
        st.session_state.pop(name, None)


def copied_from() -> str:
    """The run that the form was filled in from; "" for none."""
    return str(st.session_state.get(_SOURCE, ""))


def follow_label_set() -> None:
    """Choose the label set that the address names, and unfold the form for it."""
    asked = st.query_params.get(LABEL_SET)
    if asked is not None and st.session_state.get(_FOLLOWED) != asked:
        st.session_state["train_label_set"] = asked
        st.session_state[OPEN] = True
    st.session_state[_FOLLOWED] = asked


def leave_label_set() -> None:
    """Take the label set out of the address: the form has been used."""
    st.query_params.pop(LABEL_SET, None)


def show_copy() -> None:
    """Say which run the form was filled in from, and bring that into view: the run is far below."""
    if _COPIED not in st.session_state:
        return
    with st.container(key=_COPIED):
        st.info(st.session_state[_COPIED], icon=":material/content_copy:")
    if st.session_state.pop(_SCROLL, False):
        scroll_to(_COPIED)
