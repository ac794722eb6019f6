"""The list of Clips, as the browser is sent it."""

import json
from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest


def shown_list(app: AppTest) -> dict[str, Any]:
    """What the browser is sent for the list."""
    assert not app.exception
    (element,) = (each for each in app.get("bidi_component") if each.proto.component_name == "fsat_clip_list")
    return json.loads(element.proto.json)


def table(app: AppTest) -> pd.DataFrame:
    """The rows of the list that the browser is sent."""
    names = [column["name"] for column in shown_list(app)["columns"]]
    rows = pd.DataFrame([cells for _, _, *cells in shown_list(app)["rows"]], columns=names)
    return rows.assign(Frames=pd.to_numeric(rows["Frames"].str.replace(",", "")).fillna(0).astype(int))
