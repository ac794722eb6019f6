"""A visitor without a browser: speaks Streamlit's protocol with a running app, and measures its answers.

That protocol is private to Streamlit (`streamlit.proto`, and the address `/_stcore/stream`): an upgrade may
change it without notice. When this breaks then, the app is fine; mend the messages here, or measure with
`benchmarks.targets.pages`, which drives a browser.
"""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

from fsat_core.errors import RunError

TIMEOUT_S = 300.0
TEXTS = {"heading": "body", "markdown": "body", "metric": "body", "alert": "body"}
CHARTS = ("plotly_chart", "bidi_component", "imgs", "arrow_data_frame")


@dataclass(frozen=True)
class Answer:
    """What the app sent for one run of its script.

    Parameters
    ----------
    seconds : float
        From the question to the last message.
    num_bytes : int
        Of all messages.
    charts_bytes : int
        Of those that hold charts, pictures and tables.
    text : str
        Of headings, captions, metrics and alerts, in order.
    faults : tuple of str
        The uncaught errors, as far as the app says what they were.
    """

    seconds: float
    num_bytes: int
    charts_bytes: int
    text: str
    faults: tuple[str, ...] = ()


class Viewer:
    """One visitor of the app at `url`; a context manager, since the connection is kept open.

    `cookies` are those of a browser that has signed in, where the app asks for that.
    """

    def __init__(self, url: str, cookies: Mapping[str, str] = MappingProxyType({})) -> None:
        token = cookies.get("_streamlit_xsrf")  # without it Streamlit believes no cookie
        self._socket = connect(
            url.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=["streamlit", token] if token else ["streamlit"],  # type: ignore[list-item]
            origin=url if token else None,  # type: ignore[arg-type]
            additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
            max_size=None,
            open_timeout=TIMEOUT_S,
        )
        self.session_id = ""
        self.media: set[str] = set()  # the addresses of sounds and pictures so far
        self._pages: dict[str, str] = {}
        self._page = ""
        self._ids: dict[str, str] = {}
        self._part_of: dict[str, str] = {}  # the fragment that a widget is in, by its key
        self._widgets: dict[str, WidgetState] = {}
        self._parts: dict[str, float] = {}  # that refresh themselves, and after how many seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def open(self, page: str = "", query: str = "") -> Answer:
        """Go to a page by its address, "" for the first one.

        At first it is opened as in a new tab, later as by a click on the navigation.
        """
        name = "" if self._pages else page
        self._page = self._pages.get(page, self._page)
        self._ids, self._part_of, self._widgets, self._parts = {}, {}, {}, {}
        answer = self._ask(query, name=name)
        self._page = self._pages.get(page, self._page)
        return answer

    def choose(self, key: str, **value: Any) -> Answer:
        """Set the widget with this key, by the field of `WidgetState` that it takes.

        As in a browser, only the part of the page that it is in runs again.
        """
        widget_id = self._find(key)
        self._widgets[widget_id] = WidgetState(id=widget_id, **value)
        answer = self._ask("", part=self._part_of[key])
        if value.keys() & {"trigger_value"}:
            del self._widgets[widget_id]
        return answer

    def shows(self, key: str) -> bool:
        """Whether the page has a widget with this key."""
        return key in self._ids

    def stay(self, seconds: float) -> None:
        """Stay on the page and ask for each part that refreshes itself when it is due, as a browser does.

        Raises
        ------
        RunError
            If no part of the page refreshes itself.
        """
        if not self._parts:
            raise RunError(
                "Nothing on the page refreshes itself: expected a part that does. Open another page."
            )
        end = time.monotonic() + seconds
        due = {part: time.monotonic() + every for part, every in self._parts.items()}
        while due and (soonest := min(due, key=lambda part: due[part])) and due[soonest] < end:
            time.sleep(max(due[soonest] - time.monotonic(), 0))
            self._ask("", part=soonest)
            due[soonest] = time.monotonic() + self._parts.get(soonest, math.inf)
        time.sleep(max(end - time.monotonic(), 0))

    def _find(self, key: str) -> str:
        try:
            return self._ids[key]
        except KeyError:
            raise RunError(
                f"The page has no widget '{key}' (it has {', '.join(sorted(self._ids))}): expected one. "
                "Mend the script that measures it."
            ) from None

    def _ask(self, query: str, part: str = "", name: str = "") -> Answer:
        message = BackMsg()
        message.rerun_script.page_name = name
        message.rerun_script.fragment_id = part
        message.rerun_script.is_auto_rerun = part in self._parts
        message.rerun_script.query_string = query
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.widget_states.widgets.extend(self._widgets.values())
        start = time.perf_counter()
        self._socket.send(message.SerializeToString())
        return self._read_answer(start)

    def _read_answer(self, start: float) -> Answer:
        size, charts, texts, faults = 0, 0, [], []
        known, self._part_of = self._part_of, {}
        while True:
            content = self._socket.recv(timeout=TIMEOUT_S, decode=False)
            received = ForwardMsg.FromString(content)
            size += len(content)
            self.media |= {found.decode() for found in re.findall(rb"/media/[0-9a-f]+\.[a-z]{3}", content)}
            kind = received.WhichOneof("type")
            if kind == "navigation":
                self._pages = {
                    page.url_pathname: page.page_script_hash for page in received.navigation.app_pages
                }
            elif kind == "delta":
                element, part = received.delta.new_element, received.delta.fragment_id
                block = received.delta.add_block
                for unfolds in (block.tab_container, block.expandable):
                    self._take_element(unfolds, part)
                name = element.WhichOneof("type")
                charts += len(content) if name in CHARTS else 0
                self._take_element(getattr(element, name) if name else None, part)
                texts += [getattr(getattr(element, name), TEXTS[name])] if name in TEXTS else []
                faults += [element.exception.message] if name == "exception" else []
            elif kind == "auto_rerun":
                self._parts[received.auto_rerun.fragment_id] = received.auto_rerun.interval
            elif kind == "new_session":
                self.session_id = received.new_session.initialize.session_id
            elif received.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                continue  # the answer is what comes next
            elif kind == "script_finished":
                # Of what a whole page no longer shows, the part is gone, too.
                is_part = received.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
                self._part_of = (known if is_part else dict.fromkeys(known, "")) | self._part_of
                return Answer(time.perf_counter() - start, size, charts, " ".join(texts), tuple(faults))

    def _take_element(self, element: Any, part: str) -> None:
        widget_id = getattr(element, "id", "")
        if widget_id.startswith("$$ID-"):
            key = widget_id.split("-", 2)[2]
            self._ids[key], self._part_of[key] = widget_id, part
