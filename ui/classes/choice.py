"""Which class the page *Classes* shows. The address says it: every choice is written there first."""

import streamlit as st

from ui.shared import state
from ui.shared.links import LABEL, class_query, write_address
from ui.shared.texts import show_error

_CHOSEN = "class_label"  # the picker
_LAST = "class_last"  # the class in view, also while another page is


def choose_class() -> str | None:
    """The class in view, and ways to the others; None where the data set has no class."""
    classes = list(state.dataset().classes)
    if not classes:
        return None
    label = _follow_address(classes)
    at = classes.index(label)
    st.session_state[_CHOSEN] = label
    last = len(classes) - 1
    _offer_step("Previous", ":material/chevron_left:", classes[max(at - 1, 0)], at == 0)
    _offer_step("Next", ":material/chevron_right:", classes[min(at + 1, last)], at == last)
    st.selectbox(
        "Class",
        classes,
        key=_CHOSEN,
        on_change=lambda: _choose(st.session_state[_CHOSEN]),
        label_visibility="collapsed",
        width=310,  # for the longest names of AudioSet
    )
    return label


def _follow_address(classes: list[str]) -> str:
    """The class that the address names, else the one that was in view, else the first one."""
    asked = st.query_params.get(LABEL)
    if asked is not None and asked not in classes:
        show_error(
            f"There is no class '{asked}' in this data set: expected one of its {len(classes):,}. Choose it "
            "above.",
            ":material/search_off:",
        )
    label = next(name for name in (asked, st.session_state.get(_LAST), classes[0]) if name in classes)
    _choose(label)
    return label


def _offer_step(name: str, icon: str, label: str, disabled: bool) -> None:
    st.button(name, icon=icon, key=f"class_{name}", disabled=disabled, on_click=lambda: _choose(label))


def _choose(label: str) -> None:
    st.session_state[_LAST] = label
    if st.query_params.get(LABEL) != label:
        write_address(class_query(label))
