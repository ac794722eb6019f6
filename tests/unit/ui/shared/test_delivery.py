"""What is drawn arrives whole: nothing is dropped before it is sent, when a fragment runs again."""

import asyncio

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from ui.shared import server


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app has been served: so Streamlit's queues are as they are then."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)  # put back at the end
    monkeypatch.setattr(server, "share_arenas", lambda: None)

    async def serve() -> None:
        async with server.keep_house(None):  # type: ignore[arg-type]  # it asks nothing of the app
            pass

    asyncio.run(serve())


def drawn(path: list[int], fragment: str, text: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path[:] = path
    message.delta.fragment_id = fragment
    message.delta.new_element.text.body = text
    return message


def texts(queue: ForwardMsgQueue) -> list[tuple[list[int], str]]:
    return [
        (list(one.metadata.delta_path), one.delta.new_element.text.body)
        for one in queue.flush()
        if one.HasField("delta")
    ]


def test_no_element_comes_without_the_one_before_it_when_the_fragment_around_it_runs_again() -> None:
    queue = ForwardMsgQueue()
    queue.enqueue(drawn([0, 3, 3], "outer", "old"))
    queue.enqueue(drawn([0, 3, 4], "inner"))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["outer"])
    queue.enqueue(drawn([0, 3, 3], "outer", "new"))
    assert texts(queue) == [([0, 3, 3], "old"), ([0, 3, 4], ""), ([0, 3, 3], "new")]


def test_before_a_run_of_the_whole_page_what_was_drawn_is_dropped() -> None:
    queue = ForwardMsgQueue()
    queue.enqueue(drawn([0, 3, 3], "outer"))
    finished = ForwardMsg()
    finished.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    queue.enqueue(finished)
    queue.clear(retain_lifecycle_msgs=True)
    (kept,) = queue.flush()
    assert kept.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


def test_what_was_sent_is_forgotten() -> None:
    queue = ForwardMsgQueue()
    queue.enqueue(drawn([0, 0], ""))
    assert texts(queue) == [([0, 0], "")]
    assert queue.is_empty()
