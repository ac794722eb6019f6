"""A button on Evaluate that compares a run with the one that it came from."""

import streamlit as st

from fsat_core.runs import Run
from ui.evaluate.results import OTHER
from ui.shared.baseline import best_comparison
from ui.shared.links import VIEW
from ui.shared.texts import plain


def offer_comparison(run: Run, other: Run | None) -> None:
    """The button; none where the run is compared already, or there is nothing to compare it with."""
    if other is not None or (comparison := best_comparison(run)) is None:
        return
    st.button(
        plain(comparison.label),
        type="primary" if comparison.is_next else "secondary",
        icon=":material/compare_arrows:",
        key="evaluate_baseline",
        help=plain(comparison.baseline.run_id),
        on_click=_compare,
        args=(comparison.baseline.run_id,),
    )


def _compare(run_id: str) -> None:
    st.session_state[OTHER] = run_id
    st.session_state[VIEW] = "Changes"
