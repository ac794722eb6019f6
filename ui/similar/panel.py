"""Clips that sound like the one in view: each can be played, opened on Clips, and labelled with others."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fsat_core.dataset.clip_ids import fname_of
from fsat_core.embedding import EmbeddingStore
from fsat_core.errors import FsatError
from ui.label.sending import offer_labelling
from ui.shared import state
from ui.shared.ears import heard_clips, offer_listening
from ui.shared.links import CLIPS_PAGE, clips_query
from ui.shared.texts import plain, show_error
from ui.similar.nearest import Stretch, like_clip, sound_of

_PLAYED = "similar_played"  # beside which sound a clip is played, and which one
_FEWEST = 3  # windows of a clip of which a stretch can be chosen
_STEP_S = 0.1
_BROKEN = ":material/broken_image:"


@st.fragment
def show_similar(clip_id: str) -> None:
    """A part to open, with the clips that sound most like one; nothing is looked for before that."""
    part = st.expander("Similar clips", icon=":material/graphic_eq:", key="similar_clips", on_change="rerun")
    if not part.open:
        return
    with part:
        offer_listening("Clips that sound alike are found by ear.")
        store = heard_clips()
        if store is not None:
            _show_near(store, clip_id)


def list_similar(near: pd.DataFrame, beside: str) -> None:
    """A row for each clip; the one whose button was pressed is played below.

    Parameters
    ----------
    near : pd.DataFrame
        As from `like_clip`.
    beside : str
        Identifies the sound that they are like.
    """
    ids = near["clip_id"].tolist()
    of_sound, played = st.session_state.get(_PLAYED, ("", ""))
    if of_sound != beside or played not in ids:
        played = ""
    with st.container(gap="xxsmall"):
        for clip_id, labels, similarity, is_same in zip(
            ids, _labels_of(ids), near["similarity"], near["is_same"], strict=True
        ):
            _show_row(clip_id, labels, f"{similarity:.2f}", is_same, (beside, played))
    if played:
        _play(played)


def offer_queue(clip_ids: Sequence[str], name: str) -> None:
    """A button that sends a clip and those that sound like it to be labelled."""
    explanation = "Decide on this clip and those that sound like it, in this order."
    offer_labelling("similar", clip_ids, "Label these", explanation, name=name, is_next=False)


def _show_near(store: EmbeddingStore, clip_id: str) -> None:
    row = _rows([clip_id])
    if row.empty or store.row(clip_id) is None:
        st.caption(
            "This clip is no longer in the data set." if row.empty else "YAMNet cannot read this clip."
        )
        return
    is_long = len(store.windows(clip_id)) >= _FEWEST
    stretch = _choose_stretch(clip_id, float(row["duration_s"].iloc[0])) if is_long else None
    near = like_clip(store, clip_id, stretch)
    if near.empty:
        st.caption("Nothing is heard there, or there is no other clip: none sounds like it.")
        return
    list_similar(near, f"{clip_id} {stretch}")
    offer_queue([clip_id, *near["clip_id"]], f"like {fname_of(clip_id)}")


def _choose_stretch(clip_id: str, duration_s: float) -> Stretch | None:
    """The part of a clip that others are to sound like; None for all of it."""
    start_s, stop_s = st.slider(
        "Like this stretch of it",
        0.0,
        duration_s,
        (0.0, duration_s),
        step=_STEP_S,
        format="%.1f s",
        key=f"similar_stretch_{clip_id}",
    )
    if stop_s > duration_s - _STEP_S:  # a handle stands at the last step before the end
        stop_s = duration_s
    return None if (start_s, stop_s) == (0.0, duration_s) else (start_s, stop_s)


def _rows(clip_ids: Sequence[str]) -> pd.DataFrame:
    """These clips with their labels, by whose labels count, and without those that are gone."""
    return state.labelled().rows_of(clip_ids).set_index("clip_id")


def _labels_of(clip_ids: list[str]) -> list[str]:
    labels = _rows(clip_ids)["labels"]
    return [str(labels.get(clip_id, "")).replace(",", ", ") for clip_id in clip_ids]


def _show_row(clip_id: str, labels: str, similarity: str, is_same: bool, playing: tuple[str, str]) -> None:
    beside, played = playing
    is_played = clip_id == played
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(plain(similarity), width=32)
        st.button(
            plain(fname_of(clip_id)),
            icon=":material/stop:" if is_played else ":material/play_arrow:",
            type="tertiary",
            key=f"similar_play_{clip_id}",
            on_click=_take_press,
            args=(beside, "" if is_played else clip_id),
            help="Stop it" if is_played else "Play this clip",
        )
        if is_same:
            st.badge("Same sound", color="orange")
        st.caption(plain(labels) or "No label", width="stretch")
        st.page_link(
            CLIPS_PAGE,
            label="Clips",
            icon=":material/headphones:",
            query_params=clips_query(clip=clip_id),
            help="Open it in Clips",
        )


def _take_press(beside: str, clip_id: str) -> None:
    st.session_state[_PLAYED] = beside, clip_id


def _play(clip_id: str) -> None:
    try:
        content, mime = sound_of(clip_id, state.version())
    except FsatError as error:
        show_error(error, _BROKEN)
        return
    if content:
        st.audio(content, format=mime, autoplay=True, alt=clip_id)
    else:
        st.caption("This clip is too long to be played here; Clips shows all of it.")
