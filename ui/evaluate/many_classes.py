"""Which classes a chart shows where there are more than fit: the first ones, or those that are looked for."""

from collections.abc import Iterable

import streamlit as st

MOST = 100  # up to so many are drawn, all of them
DRAWN = 50  # of more than that


def look_for(all_names: Iterable[str], key: str, which: str) -> list[str]:
    """The classes that somebody looks for; none where all are drawn.

    Parameters
    ----------
    all_names : iterable of str
        All classes.
    key : str
        Of the choice.
    which : str
        Which ones are drawn else, such as `the hardest`.
    """
    names = sorted(all_names)
    if len(names) <= MOST:
        return []
    st.session_state[key] = [name for name in st.session_state.get(key, []) if name in names]
    return st.multiselect(
        f"Classes in the chart, of {len(names):,}",
        names,
        key=key,
        placeholder=f"{which}; type to look for others",
        max_selections=DRAWN,
        bind="query-params",
    )
