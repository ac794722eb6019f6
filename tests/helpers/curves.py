"""The learning curves that a page has drawn."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def drawn_curves(app: AppTest) -> list[dict[str, Any]]:
    """What the browser was sent to draw, chart by chart."""
    sent = [element.proto for element in app.get("bidi_component")]
    return [json.loads(proto.json) for proto in sent if proto.component_name == "fsat_curves"]
