"""Clips of ZIPs that lie on disk while they are played."""

from pathlib import Path

from streamlit.testing.v1 import AppTest


def play(visitor: str, num_clips: int) -> None:
    """What a visitor's page does who plays so many clips of a ZIP."""
    from pathlib import Path

    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from fsat_core.prediction.archive import PackedClip
    from ui.predict.clips import _unpack

    class Packed(PackedClip):
        def __init__(self) -> None:
            pass

        def write(self, path: Path) -> None:
            path.write_bytes(b"sound")

    context = get_script_run_ctx()
    assert context is not None
    context.session_id = visitor
    st.session_state["paths"] = [_unpack(f"{visitor} {i}", Packed())[0] for i in range(num_clips)]


def paths(visitor: str, num_clips: int) -> list[Path]:
    app = AppTest.from_function(play, args=(visitor, num_clips)).run()
    assert not app.exception
    return list(app.session_state["paths"])


def test_what_one_visitor_plays_stays_while_another_plays_many() -> None:
    (played,) = paths("ann", 1)
    others = paths("bo", 12)
    assert played.read_bytes() == b"sound"
    assert [path.exists() for path in others] == [False] * 4 + [True] * 8
