"""Classes: one class, from its clips to its scores. Each class has an address of its own."""

import pandas as pd
import streamlit as st

from fsat_core.dataset import Catalogue
from fsat_core.dataset.filters import with_label
from ui.classes.choice import choose_class
from ui.classes.company import show_company
from ui.classes.examples import find_examples, show_examples
from ui.classes.facts import show_counts, show_lengths
from ui.classes.scores import show_confusions, show_history
from ui.label.sending import offer_labelling
from ui.shared import state
from ui.shared.guard import require_app
from ui.shared.links import link_clips
from ui.shared.runs import best_usable, usable_runs
from ui.shared.texts import plain

require_app(__file__)


@st.cache_resource(max_entries=8, show_spinner=False)
def read_rows(key: str, label: str, _clips: Catalogue) -> pd.DataFrame:
    """The clips of a class with all facts; shared by all visitors."""
    return _clips.frame()


def show_class(label: str, clips: Catalogue, rows: pd.DataFrame) -> None:
    """All that is known of a class that has clips."""
    runs = usable_runs()
    best = runs.get(best_usable(runs) or "")
    examples = find_examples(label, rows, best)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(plain(label), anchor=False, width="content")
        st.space("stretch")
        link_clips(label=label)
        oddest_first = examples.ranked["clip_id"].iloc[::-1]
        if len(oddest_first):
            explanation = "Decide on the clips of this class, the oddest first."
            offer_labelling(
                "judged", oddest_first, "Label these", explanation, best, f"{label}, oddest first"
            )
    show_counts(rows)
    st.subheader("Clips", anchor=False)
    st.fragment(show_examples)(label, rows, examples)
    show_history(label, list(runs.values()))
    show_confusions(label, best)
    show_company(label)
    show_lengths(label, clips, rows)


with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Classes", anchor=False, width="content")
    st.space("stretch")
    label = choose_class()
if label is None:
    st.info("This data set has no labels yet, so there is no class.", icon=":material/label_off:")
    st.page_link("pages/label.py", label="Give its clips labels", icon=":material/label:")
    st.stop()
clips = with_label(state.labelled(), label)
rows = read_rows(state.labels_in_use().key, label, clips)
if rows.empty:
    st.header(plain(label), anchor=False)
    st.info(
        "No clip carries this label: it is in the list of classes alone. Give it to clips on Label.",
        icon=":material/label_off:",
    )
    st.page_link("pages/label.py", label="Open Label", icon=":material/label:")
    st.stop()
show_class(label, clips, rows)
