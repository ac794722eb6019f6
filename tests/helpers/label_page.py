"""The page Label as the browser would use it: its messages, and what it is sent."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

BOARD, NAME = "label_board", "label_name_memory"


def remember(app: AppTest, name: str) -> AppTest:
    """What the browser answers when it is asked for the name."""
    app.session_state[NAME] = {"kept": {"asked": True, "name": name}}
    app.run()
    assert not app.exception
    return app


def board(app: AppTest) -> dict[str, Any]:
    """What the browser was sent."""
    assert not app.exception
    sent = [element.proto for element in app.get("bidi_component")]
    (proto,) = [proto for proto in sent if proto.component_name == "fsat_label_board"]
    return json.loads(proto.json)


def op(data: dict[str, Any], at: int, action: str, labels: str = "", **other: Any) -> dict[str, Any]:
    """A decision as the browser makes it."""
    info = data["infos"][str(at)]
    return {
        "token": f"token-{at}-{action}",
        "queue": data["queue"],
        "annotator": data["annotator"],
        "clip_id": info["clip_id"],
        "at": at,
        "action": action,
        "labels": labels or (info["labels"] if action == "accept" else ""),
        "previous": info["labels"],
        "run": data["run"],
        "batch": "",
        **other,
    }


def post(app: AppTest, *ops: dict[str, Any], at: int = 0, held: tuple[int, ...] = ()) -> dict[str, Any]:
    """Post decisions as the board does; returns the answer."""
    data = board(app)
    message = {"n": data["n"] + 1, "queue": data["queue"], "at": at, "ops": list(ops)}
    message |= {"want": [at, at + 1], "held": list(held), "heard": list(held)}
    app.session_state[BOARD] = {"post": message}
    app.run()
    answer = board(app)
    assert answer["n"] == message["n"]
    return answer


def captions(app: AppTest) -> str:
    return "\n".join(element.value for element in app.main.caption)


def open_part(app: AppTest, title: str) -> None:
    app.session_state[f"label_{title}"] = True
    app.run()
    assert not app.exception


def send(app: AppTest, kind: str) -> AppTest:
    """Press the button that sends clips, and go where it leads."""
    app.button(key=f"label_these_{kind}").click().run()
    assert not app.exception
    assert app.title[0].value == "Label"
    return remember(app.switch_page("pages/label.py"), "ada")
