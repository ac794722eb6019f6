"""What occurs together with a class, on the page *Classes*."""

import streamlit as st

from fsat_core.charts.class_view import company_figure
from fsat_core.charts.style import name_of
from fsat_core.dataset import statistics
from fsat_core.text import counted
from ui.shared import state
from ui.shared.charts import choose_point
from ui.shared.links import clips_query, open_clips

_MOST = 10


def show_company(label: str) -> None:
    """The classes of the same clips, most clips first; a click opens those clips."""
    st.subheader("Occurs with", anchor=False)
    pairs = state.worked_out(statistics.cooccurrence, state.splits(), "all")
    if label not in pairs.index:
        st.info("No clip of this class has another label.", icon=":material/label:")
        return
    counts = pairs.loc[label]
    counts = counts[counts > 0].sort_values(ascending=False, kind="stable")
    which = f" The {_MOST} classes that do so most, of {len(counts):,}." if len(counts) > _MOST else ""
    most = f"{counts.index[0]} in {counted(counts.iloc[0], 'clip')}"
    point = choose_point(
        company_figure(counts.head(_MOST)),
        counts.rename_axis("class").rename("clips").reset_index(),
        key="class_company",
        caption=f"Clips that carry both labels.{which} Click a bar to open them.",
        alt=f"Classes that occur with {label}, most often {most}",
    )
    if point:
        open_clips(clips_query(label=label, also=name_of(point["y"])))
