"""The table of roles and acts: each role may do what those before it may, and one thing more."""

import pytest

from fsat_core.access import ACTS, ROLES, Act, Role, check_may, may
from fsat_core.errors import AccessError
from tests.helpers.messages import refuses

TABLE: dict[Role | None, set[Act]] = {
    None: set(),
    "viewer": {"look"},
    "annotator": {"look", "label"},
    "trainer": {"look", "label", "train"},
    "owner": {"look", "label", "train", "manage"},
}


@pytest.mark.parametrize("role", TABLE)
@pytest.mark.parametrize("act", ACTS)
def test_the_table(role: Role | None, act: Act) -> None:
    assert may(role, act) == (act in TABLE[role])
    if act in TABLE[role]:
        check_may(role, act)
        return
    with refuses(AccessError, f"expected {ACTS[act][0]}"):
        check_may(role, act)


def test_every_role_has_an_act_of_its_own() -> None:
    assert [least for least, _ in ACTS.values()] == list(ROLES)
