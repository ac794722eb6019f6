"""Members and audit on both label databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, text

from fsat_core.access import (
    ROLES,
    Audit,
    Member,
    give_role,
    note,
    read_audit,
    read_members,
    role_of,
    take_role,
)
from fsat_core.errors import AccessError, LabelError
from fsat_core.labels import LabelStore
from fsat_core.labels.tables import member_roles
from tests.helpers.messages import refuses

OWNER = "ada@example.org"


@pytest.fixture
def store(url: str) -> Iterator[LabelStore]:
    with LabelStore.open(url) as opened:
        give_role(opened, OWNER, "owner", by="the server")
        yield opened


def roles(store: LabelStore) -> dict[str, str | None]:
    return {member.address: member.role for member in read_members(store)}


def test_a_role_is_given_changed_and_taken(store: LabelStore, url: str) -> None:
    give_role(store, "Ben@Example.org ", "viewer", by=OWNER)
    assert roles(store) == {OWNER: "owner", "ben@example.org": "viewer"}
    give_role(store, "ben@example.org", "trainer", by=OWNER)
    with LabelStore.open(url) as other:
        assert roles(other) == {OWNER: "owner", "ben@example.org": "trainer"}
    take_role(store, "BEN@example.org", by=OWNER)
    assert roles(store) == {OWNER: "owner"}
    give_role(store, "ben@example.org", "viewer", by=OWNER)
    assert roles(store)["ben@example.org"] == "viewer"


def test_who_gave_a_role_and_when_is_kept(store: LabelStore) -> None:
    give_role(store, "ben@example.org", "viewer", by=OWNER)
    member = next(member for member in read_members(store) if member.address == "ben@example.org")
    assert member.given_by == OWNER
    assert member.given_at.year >= 2026


def test_every_change_is_in_the_audit_and_what_changes_nothing_is_not(store: LabelStore) -> None:
    give_role(store, "ben@example.org", "viewer", by=OWNER)
    give_role(store, "ben@example.org", "viewer", by=OWNER)
    give_role(store, "ben@example.org", "owner", by=OWNER)
    take_role(store, "ben@example.org", by=OWNER)
    assert read_audit(store)["subject"].tolist() == [
        "ben@example.org: owner to no role",
        "ben@example.org: viewer to owner",
        "ben@example.org: no role to viewer",
        f"{OWNER}: no role to owner",
    ]
    assert read_audit(store, most=2)["who"].tolist() == [OWNER, OWNER]


@pytest.mark.parametrize(
    "change",
    [lambda store: take_role(store, OWNER, by=OWNER)]
    + [lambda store, role=role: give_role(store, OWNER, role, by=OWNER) for role in ROLES[:-1]],
)
def test_the_last_owner_stays(store: LabelStore, change: Callable[[LabelStore], None]) -> None:
    with refuses(AccessError, "is the only owner: expected one to be left. Make somebody"):
        change(store)
    assert roles(store) == {OWNER: "owner"}
    assert len(read_audit(store)) == 1, "what was not done is not in the audit"
    give_role(store, "ben@example.org", "owner", by=OWNER)
    change(store)
    assert roles(store)["ben@example.org"] == "owner"


def test_of_two_owners_who_leave_at_once_one_stays(store: LabelStore, url: str) -> None:
    give_role(store, "ben@example.org", "owner", by=OWNER)

    def leave(address: str) -> bool:
        with LabelStore.open(url) as own:
            try:
                take_role(own, address, by=address)
            except AccessError:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        left = list(pool.map(leave, [OWNER, "ben@example.org"]))
    assert sorted(left) == [False, True]
    assert list(roles(store).values()) == ["owner"]


def test_nobody_is_taken_off_who_is_not_there(store: LabelStore) -> None:
    with refuses(AccessError, "'ben@example.org' has no role: expected the address of a member"):
        take_role(store, "ben@example.org", by=OWNER)


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "ada",
        "@",
        "ada@",
        "a@b@c",
        "a b@example.org",
        "a,b@example.org",
        "a@example.org.",
        "a@.org",
        "<a@example.org>",
        "\u212aarl@example.org",
        "a@ex\u0430mple.org",
        "a\n@example.org",
        "a\x00@example.org",
        "a@" + "x" * 300,
    ],
)
def test_what_is_no_address_has_no_role(store: LabelStore, address: str) -> None:
    with refuses(AccessError, "expected one such as somebody@example.org"):
        give_role(store, address, "viewer", by=OWNER)
    assert roles(store) == {OWNER: "owner"}


def test_there_are_four_roles(store: LabelStore) -> None:
    with refuses(AccessError, "The role 'admin': expected one of viewer, annotator, trainer, owner."):
        give_role(store, "ben@example.org", "admin", by=OWNER)


def test_a_domain_is_for_everybody_there_and_ones_own_role_comes_first(store: LabelStore) -> None:
    give_role(store, "@Example.org", "viewer", by=OWNER)
    give_role(store, "ben@example.org", "trainer", by=OWNER)
    members = read_members(store)
    assert role_of(members, "Cem@EXAMPLE.org") == "viewer"
    assert role_of(members, "ben@example.org") == "trainer"
    assert role_of(members, OWNER) == "owner"
    for stranger in (
        "cem@sub.example.org",
        "cem@notexample.org",
        "cem@example.org.evil.net",
        "example.org",
        "@",
        "",
    ):
        assert role_of(members, stranger) is None, stranger


def test_who_has_no_role_any_more_has_not_that_of_the_domain(store: LabelStore) -> None:
    give_role(store, "@example.org", "trainer", by=OWNER)
    give_role(store, "eve@example.org", "viewer", by=OWNER)
    take_role(store, "eve@example.org", by=OWNER)
    assert role_of(read_members(store), "eve@example.org") is None
    take_role(store, "mallory@example.org", by=OWNER)  # who had none but that of the domain
    members = read_members(store)
    assert role_of(members, "mallory@example.org") is None
    assert {member.address for member in members if member.role is None} == {
        "eve@example.org",
        "mallory@example.org",
    }
    take_role(store, "@example.org", by=OWNER)
    assert [member.address for member in read_members(store)] == [OWNER]


def test_a_domain_owns_nothing(store: LabelStore) -> None:
    with refuses(AccessError, "Everybody of @example.org as an owner"):
        give_role(store, "@example.org", "owner", by=OWNER)


def test_a_role_of_a_later_version_is_none(store: LabelStore) -> None:
    row = {
        "address": "ben@example.org",
        "role": "auditor",
        "given_by": "",
        "created_at": read_members(store)[0].given_at,
    }
    store.database.write(lambda connection: connection.execute(insert(member_roles), row))
    assert role_of(read_members(store), "ben@example.org") is None


def test_an_act_with_a_token_is_noted_once(store: LabelStore) -> None:
    for _ in range(3):
        note(store, Audit(OWNER, "sign in", token="one"))
    note(store, Audit(OWNER, "sign in", token="two"))
    note(store, Audit(OWNER, "start a run", "20260131-142530-mfcc_cnn-3f2a"))
    note(store, Audit(OWNER, "start a run", "20260131-142530-mfcc_cnn-3f2a"))
    table = read_audit(store)
    assert table["act"].tolist()[:4] == ["start a run", "start a run", "sign in", "sign in"]
    assert str(table["at"].dtype) == "datetime64[us, UTC]"


def test_a_database_of_before_has_no_members_and_gets_the_tables_when_it_is_opened(
    store: LabelStore, url: str
) -> None:
    store.database.write(
        lambda c: [c.execute(text(f"DROP TABLE {name}")) for name in ("member_roles", "audit")]
    )
    store.close()  # what connections remember of tables, too
    assert read_members(store) == []
    assert read_audit(store).empty
    with LabelStore.open(url) as again:
        give_role(again, OWNER, "owner", by="the server")
        assert [type(member) for member in read_members(again)] == [Member]


def test_a_database_that_is_away_says_so(store: LabelStore) -> None:
    store.database.write(lambda c: c.execute(text("ALTER TABLE member_roles RENAME COLUMN address TO was")))
    with pytest.raises(LabelError):
        read_members(store)


def test_without_the_tables_it_is_said_what_to_do(store: LabelStore) -> None:
    for name in ("member_roles", "audit"):
        store.database.write(lambda connection, name=name: connection.execute(text(f"DROP TABLE {name}")))  # type: ignore[misc]
    with refuses(LabelError, "has no table member_roles"):
        give_role(store, "ben@example.org", "viewer", by=OWNER)
    with refuses(LabelError, "has no table audit"):
        note(store, Audit(OWNER, "sign in"))


def test_who_may_only_decide_gives_no_roles(url: str, store: LabelStore) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("SQLite has no rights of its own")
    for sql in (
        "DROP TABLE member_roles, audit",
        "CREATE ROLE decider LOGIN",
        "GRANT SELECT, INSERT ON decisions, queues TO decider",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO decider",
    ):
        store.database.write(lambda connection, sql=sql: connection.execute(text(sql)))  # type: ignore[misc]
    LabelStore.open(url).close()
    with LabelStore.open(url.replace("postgres@", "decider@")) as theirs:
        with refuses(LabelError, "may add to; expected one"):
            give_role(theirs, "decider@example.org", "owner", by="myself")
        with refuses(LabelError, "may add to; expected one"):
            note(theirs, Audit(OWNER, "sign in"))
        with refuses(LabelError, "may not read its table member_roles"):
            read_members(theirs)
