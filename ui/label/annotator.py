"""Who labels: the signed-in user, or a name that is asked for once and kept by the browser."""

import streamlit as st

_KEY = "label_name"
_MEMORY = "label_name_memory"

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


def signed_in_as() -> str | None:
    """The signed-in user; None where nobody signs in."""
    if not st.user.get("is_logged_in"):
        return None
    return str(st.user.get("email") or st.user.get("name") or "").strip() or None


def known_name() -> str:
    """Who labels, as far as this session knows; "" before it does."""
    return signed_in_as() or _known() or ""


def show_annotator() -> str | None:
    """Who labels, in a corner where the name can be changed; None while it is not known."""
    if (user := signed_in_as()) is not None:
        st.badge(user, icon=":material/person:", color="gray")
        return user
    name = _known()
    _memory(
        key=_MEMORY,
        data={"name": st.session_state.get(_KEY), "asked": name is not None},
        width=1,
        on_kept_change=_nothing,
    )
    if not name:
        return None
    corner = st.popover(name, icon=":material/person:", type="tertiary", help="Who labels")
    with corner, st.form("label_rename", border=False):
        st.text_input("Your name", value=name, key="label_name_new", max_chars=60)
        st.form_submit_button("Change", on_click=lambda: _take("label_name_new"))
    return name


def ask_annotator() -> None:
    """Ask for the name if the browser does not have one."""
    if _known() is None:
        return
    st.info("Every decision carries the name of the one who made it. Who are you?", icon=":material/person:")
    with st.form("label_name_form", border=False, width=400):
        st.text_input(
            "Your name", key="label_name_asked", max_chars=60, help="Asked once: this browser keeps it."
        )
        st.form_submit_button("Start labelling", type="primary", on_click=lambda: _take("label_name_asked"))


def _known() -> str | None:
    """The name; "" if there is none, None until the browser has answered."""
    kept = st.session_state.get(_MEMORY, {}).get("kept")
    return st.session_state.get(_KEY, kept["name"] if kept else None)


def _nothing() -> None:
    """Streamlit keeps the state of a component only under names that have a callback."""


def _take(key: str) -> None:
    if name := str(st.session_state[key]).strip():
        st.session_state[_KEY] = name
