"""Bringing a part of a page into view."""

import time

import streamlit as st


def scroll_to(key: str) -> None:
    """Scroll to the container of this key."""
    # Streamlit has no call that scrolls to an element, so a script does it. The time in it makes each script
    # new, so that the browser runs it again the next time.
    st.html(
        f"<script>/* {time.time()} */ document.querySelector('.st-key-{key}')"
        ".scrollIntoView({block: 'center', behavior: 'smooth'})</script>",
        unsafe_allow_javascript=True,
    )
