"""What Streamlit draws reaches the browser whole, even if a part of the page is drawn again before that."""

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def deliver_whole() -> None:
    """Let nothing that a fragment has drawn be dropped before it is sent, in any session from now on.

    When a fragment runs again, Streamlit drops what that fragment has in the queue, but not what fragments
    within it have there. Then a browser is told to put an element behind one that it never got, and the page
    goes white ("Bad delta path index"). To drop nothing is what happens on a faster connection.
    """
    ForwardMsgQueue.clear = _clear_for_whole_runs  # type: ignore[assignment, method-assign]


def _clear_for_whole_runs(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    if fragment_ids_this_run is None:
        _clear(queue, retain_lifecycle_msgs)
    else:
        queue._delta_index_map = {}  # what is drawn from now on comes after it, and not in its place
