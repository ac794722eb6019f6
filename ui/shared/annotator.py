"""Who labels: the signed-in user, or a name that is asked for once and kept by the browser."""

import streamlit as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ui.shared.sign_in import signed_in_as
from ui.shared.texts import plain, show_error

_KEY = "label_name"
_MEMORY = "label_name_memory"
_ERROR = "label_name_error"
_MOST_CHARACTERS = 60


class _Kept(BaseModel):
    """What a browser says that it has kept; anybody can say anything."""

    model_config = ConfigDict(strict=True)

    name: str = Field(max_length=_MOST_CHARACTERS)


# Keeps a name in the browser: `{"asked": true, "name": ""}` means that there is none.
_memory = st.components.v2.component(
    "fsat_label_name",
    html="<span></span>",
    js="""
export default function ({ data, setStateValue }) {
  const KEY = "fsat-label-annotator";
  try {
    if (data.name !== null) localStorage.setItem(KEY, data.name);
    if (!data.asked) setStateValue("kept", { asked: true, name: localStorage.getItem(KEY) ?? "" });
  } catch {
    if (!data.asked) setStateValue("kept", { asked: true, name: "" }); // storage is forbidden
  }
}
""",
)


def known_name() -> str:
    """Who labels, as far as this session knows; "" before it does."""
    return signed_in_as() or _known() or ""


def recall_name() -> str | None:
    """Who labels, asking the browser where need be; "" where it has no name, None until it has answered."""
    if (user := signed_in_as()) is not None:
        return user
    name = _known()
    _memory(
        key=_MEMORY,
        data={"name": st.session_state.get(_KEY), "asked": name is not None},
        width=1,
        on_kept_change=_nothing,
    )
    if name:
        st.session_state[_KEY] = name  # on another page the component and its state are gone
    return name


def show_annotator() -> str | None:
    """Who labels, in a corner where the name can be changed; None while it is not known."""
    if (user := signed_in_as()) is not None:
        st.badge(plain(user), icon=":material/person:", color="gray")
        return user
    if not (name := recall_name()):
        return None
    corner = st.popover(plain(name), icon=":material/person:", type="tertiary", help="Who labels")
    with corner, st.form("label_rename", border=False):
        st.text_input("Your name", value=name, key="label_name_new", max_chars=_MOST_CHARACTERS)
        st.form_submit_button("Change", on_click=lambda: _take("label_name_new"))
        _show_error()
    return name


def ask_annotator() -> None:
    """Ask for the name if the browser does not have one."""
    if _known() is None:
        return
    st.info("Every decision carries the name of the one who made it. Who are you?", icon=":material/person:")
    with st.form("label_name_form", border=False, width=400):
        st.text_input(
            "Your name",
            key="label_name_asked",
            max_chars=_MOST_CHARACTERS,
            help="Asked once: this browser keeps it.",
        )
        st.form_submit_button("Start labelling", type="primary", on_click=lambda: _take("label_name_asked"))
    _show_error()


def _show_error() -> None:
    if _ERROR in st.session_state:
        show_error(st.session_state.pop(_ERROR))


def _known() -> str | None:
    """The name; "" if there is none, None until the browser has answered."""
    if _KEY in st.session_state:
        return str(st.session_state[_KEY])
    if not (kept := st.session_state.get(_MEMORY, {}).get("kept")):
        return None
    try:
        return _clean(_Kept.model_validate(kept).name)
    except ValidationError:
        return ""


def _nothing() -> None:
    """Streamlit keeps the state of a component only under names that have a callback."""


def _clean(name: str) -> str:
    """A name without needless spaces, and on one line."""
    return " ".join(name.split())


def _take(key: str) -> None:
    name = _clean(str(st.session_state[key]))
    if len(name) > _MOST_CHARACTERS:  # which the field does not take: a browser would not send it
        st.session_state[_ERROR] = (
            f"A name of {len(name):,} characters: expected {_MOST_CHARACTERS} or fewer. Shorten it."
        )
    elif name:
        st.session_state[_KEY] = name
