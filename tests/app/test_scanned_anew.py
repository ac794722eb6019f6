"""A part of a page is drawn alone after the set was scanned anew: the whole page is drawn first."""

from streamlit.testing.v1 import AppTest


def part_of_a_page() -> None:
    import streamlit as st

    from ui.shared import state

    state.open_data()
    drawn = [*st.session_state.get("drawn", []), state.version()]
    st.session_state["drawn"] = drawn
    if len(drawn) == 2:  # that part alone, after somebody pressed Rescan
        state.rescan()
        state.open_data()
    else:
        state.use_labels(None)
    st.write(len(state.labelled()))


def test_labels_of_an_earlier_scan_are_chosen_again(settings: object) -> None:
    app = AppTest.from_function(part_of_a_page, default_timeout=300).run()
    app.run()
    assert not app.exception
    first, second, third = app.session_state["drawn"]
    assert first == second < third
