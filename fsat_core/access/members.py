"""The list of those who may sign in, with the role of each, in the label database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from fsat_core.access.audit import Audit, add_row
from fsat_core.access.roles import ROLES, Role
from fsat_core.errors import AccessError
from fsat_core.labels import LabelStore
from fsat_core.labels.tables import is_readable, member_roles
from fsat_core.text import shorten

_MOST_CHARACTERS = 254  # of an address, by RFC 5321


@dataclass(frozen=True)
class Member:
    """Who may sign in.

    Parameters
    ----------
    address : str
        An e-mail address in lower case, or `@example.org` for everybody whose address ends so.
    role : Role
    given_by : str
        Who gave it.
    given_at : datetime
        When, in UTC.
    """

    address: str
    role: Role
    given_by: str
    given_at: datetime


def read_members(store: LabelStore) -> list[Member]:
    """All members by address; a LabelError where the database cannot be read."""
    return store.database.read(_read)


def role_of(members: Sequence[Member], address: str) -> Role | None:
    """The role of an address: its own, or else that of its domain; None for a stranger."""
    roles = {member.address: member.role for member in members}
    address = tidy(address)
    return roles.get(address) or roles.get(f"@{address.rpartition('@')[2]}" if "@" in address else "")


def give_role(store: LabelStore, address: str, role: str, by: str) -> None:
    """Give an address a role in place of the one that it had.

    Raises
    ------
    AccessError
        If it is no address, there is no such role, everybody of a domain would be an owner, or no owner
        would be left.
    """
    address = check_address(address)
    if role not in ROLES:
        raise AccessError(
            f"The role '{shorten(role)}': expected one of {', '.join(ROLES)}. Give one of these."
        )
    if role == "owner" and address.startswith("@"):
        raise AccessError(
            f"Everybody of {address} as an owner: expected an address of one person. Give them one by one."
        )
    store.database.write(lambda connection: _change(connection, address, role, by))


def take_role(store: LabelStore, address: str, by: str) -> None:
    """Take the role of an address away: who signs in with it is a stranger from then on.

    Raises
    ------
    AccessError
        If it has none, or no owner would be left.
    """
    address = tidy(address)
    if all(member.address != address for member in read_members(store)):
        raise AccessError(
            f"'{shorten(address)}' has no role: expected the address of a member. See the list of them."
        )
    store.database.write(lambda connection: _change(connection, address, None, by))


def check_address(address: str) -> str:
    """An address as it is kept; an AccessError if it is none."""
    tidied = tidy(address)
    name, at, domain = tidied.rpartition("@")
    is_one = at and domain.strip(".") == domain != "" and "@" not in name
    is_plain = tidied.isprintable() and not set(tidied) & set(" ,;<>\"'")
    if not (is_one and is_plain) or len(tidied) > _MOST_CHARACTERS:
        raise AccessError(
            f"The address '{shorten(address)}': expected one such as somebody@example.org, or @example.org "
            "for everybody there. Correct it."
        )
    return tidied


def tidy(address: str) -> str:
    """An address by which people are known: providers differ in how they write the same one."""
    return address.strip().lower()


def _read(connection: Connection) -> list[Member]:
    """The latest row of each address; one without a role is that of somebody who has left."""
    if not is_readable(connection, member_roles):
        return []
    rows = connection.execute(select(member_roles).order_by(member_roles.c.id)).all()
    latest = {row.address: row for row in rows}
    # Roles of a later version are none that this one could keep to.
    return [
        Member(row.address, row.role, row.given_by, row.created_at)
        for row in sorted(latest.values(), key=lambda row: row.address)
        if row.role in ROLES
    ]


def _change(connection: Connection, address: str, role: Role | None, by: str) -> None:
    """Give or take a role, if that changes anything; one statement of the audit goes with it."""
    before = _read(connection)
    had = next((member.role for member in before if member.address == address), None)
    if had == role:
        return
    row = {"address": address, "role": role or "", "given_by": by, "created_at": datetime.now(UTC)}
    connection.execute(insert(member_roles), row)
    if had == "owner" and not any(member.role == "owner" for member in _read(connection)):
        raise AccessError(
            f"{address} is the only owner: expected one to be left. Make somebody else an owner first."
        )
    add_row(connection, Audit(by, "change a role", f"{address}: {had or 'no role'} to {role or 'no role'}"))
