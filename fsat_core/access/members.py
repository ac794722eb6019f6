"""The list of those who may sign in, with the role of each, in the label database."""

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from fsat_core.access.audit import Audit, add_row
from fsat_core.access.roles import ROLES, Role
from fsat_core.errors import AccessError
from fsat_core.labels import LabelStore
from fsat_core.labels.tables import check_there, is_readable, member_roles
from fsat_core.text import shorten

_MOST_CHARACTERS = 254  # of an address, by RFC 5321
# Letters that only look like those of another address are not among these.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # `lower` makes a k of a Kelvin sign
_ADDRESS = re.compile(r"[a-z0-9!#$%&*+/=?^_`{|}~.-]*@[a-z0-9-]+(\.[a-z0-9-]+)*")


@dataclass(frozen=True)
class Member:
    """Who may sign in.

    Parameters
    ----------
    address : str
        An e-mail address in lower case, or `@example.org` for everybody whose address ends so.
    role : Role or None
        None where it was taken away: then the role of the domain does not count for this address.
    given_by : str
        Who gave it.
    given_at : datetime
        When, in UTC.
    """

    address: str
    role: Role | None
    given_by: str
    given_at: datetime


def read_members(store: LabelStore) -> list[Member]:
    """All members by address; a LabelError where the database cannot be read.

    Among them are those whose role was taken away, as long as their domain has one.
    """
    members = store.database.read(_read)
    domains = {member.address for member in members if member.role is not None}
    return [member for member in members if member.role is not None or _domain(member.address) in domains]


def role_of(members: Sequence[Member], address: str) -> Role | None:
    """The role of an address: its own, or else that of its domain; None for a stranger."""
    roles = {member.address: member.role for member in members}
    address = tidy(address)
    return roles[address] if address in roles else roles.get(_domain(address))


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
    """Take the role of an address away: who signs in with it is a stranger, also where its domain has a role.

    Raises
    ------
    AccessError
        If it has none, or no owner would be left.
    """
    address = tidy(address)
    if role_of(read_members(store), address) is None:
        raise AccessError(
            f"'{shorten(address)}' has no role: expected the address of a member. See the list of them."
        )
    store.database.write(lambda connection: _change(connection, address, None, by))


def check_address(address: str) -> str:
    """An address as it is kept; an AccessError if it is none."""
    tidied = tidy(address)
    if not _ADDRESS.fullmatch(tidied) or len(tidied) > _MOST_CHARACTERS:
        raise AccessError(
            f"The address '{shorten(address)}': expected one such as somebody@example.org, or @example.org "
            "for everybody there. Correct it."
        )
    return tidied


def tidy(address: str) -> str:
    """An address by which people are known: providers differ in how they write the same one."""
    return address.strip(" ").translate(_LOWER)


def _domain(address: str) -> str:
    _, at, domain = address.rpartition("@")
    return at + domain if at else ""


def _read(connection: Connection) -> list[Member]:
    """The latest row of each address; one without a role is that of somebody whose role was taken away."""
    if not is_readable(connection, member_roles):
        return []
    rows = connection.execute(select(member_roles).order_by(member_roles.c.id)).all()
    latest = {row.address: row for row in rows}
    # Roles of a later version are none that this one could keep to.
    return [
        Member(row.address, row.role if row.role in ROLES else None, row.given_by, row.created_at)
        for row in sorted(latest.values(), key=lambda row: row.address)
    ]


def _change(connection: Connection, address: str, role: Role | None, by: str) -> None:
    """Give or take a role, if that changes anything; one statement of the audit goes with it."""
    check_there(connection, member_roles)
    rows = {member.address: member.role for member in _read(connection)}
    had = rows.get(address)
    if address in rows and had == role:
        return
    row = {"address": address, "role": role or "", "given_by": by, "created_at": datetime.now(UTC)}
    connection.execute(insert(member_roles), row)
    if had == "owner" and not any(member.role == "owner" for member in _read(connection)):
        raise AccessError(
            f"{address} is the only owner: expected one to be left. Make somebody else an owner first."
        )
    add_row(connection, Audit(by, "change a role", f"{address}: {had or 'no role'} to {role or 'no role'}"))
