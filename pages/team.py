"""Team: who may sign in with which role, and what was done by whom. For owners, where people sign in."""

import streamlit as st

from fsat_core.errors import FsatError
from ui.shared import access
from ui.shared.guard import require_app
from ui.shared.texts import show_error
from ui.team.history import show_history
from ui.team.members import show_members

require_app(__file__)

st.title("Team", anchor=False)
try:
    access.check("manage")
    show_members()
    show_history()
except FsatError as error:
    show_error(error)
