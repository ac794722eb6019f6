"""The commands users list, users give, users remove and users audit."""

import argparse

from fsat_core.cli.command import OK, Commands, add_top, num_shown
from fsat_core.cli.opened import login_name, open_labels
from fsat_core.cli.output import json_rows, print_result
from fsat_core.settings import Settings

_SHOWN = 50


def add_commands(commands: Commands) -> None:
    """Add them."""
    users = commands.group("users", "Who may sign in to the app, with which role")
    users.add("list", _list, "The members and their roles", data=True, runs=True)
    give = users.add(
        "give", _give, "Give somebody a role, in place of the one that they had", data=True, runs=True
    )
    give.add_argument("address", metavar="ADDRESS", help="an e-mail address, or @example.org for all there")
    give.add_argument("role", metavar="ROLE", help="viewer, annotator, trainer or owner")
    remove = users.add("remove", _remove, "Take somebody's role away", data=True, runs=True)
    remove.add_argument("address", metavar="ADDRESS")
    audit = users.add("audit", _audit, "What was done by whom, the latest first", data=True, runs=True)
    add_top(audit, _SHOWN, "rows")


def _list(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.access import read_members

    with open_labels(settings) as store:
        members = read_members(store)
    rows = [
        {
            "address": member.address,
            "role": member.role,
            "given_by": member.given_by,
            "given_at": member.given_at.isoformat(),
        }
        for member in members
    ]
    lines = [f"{row['role'] or 'none':<9} {row['address']}" for row in rows]
    print_result(options, rows, "\n".join(lines) or "Nobody yet. Begin with: fsat users give ADDRESS owner")
    return OK


def _give(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.access import give_role

    with open_labels(settings) as store:
        give_role(store, options.address, options.role, by=_caller())
    value = {"address": options.address.strip().lower(), "role": options.role}
    print_result(options, value, "{address} is {role} now".format(**value))
    return OK


def _remove(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.access import take_role

    with open_labels(settings) as store:
        take_role(store, options.address, by=_caller())
    value = {"address": options.address.strip().lower(), "role": None}
    print_result(options, value, f"{value['address']} has no role any more")
    return OK


def _audit(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.access import read_audit

    with open_labels(settings) as store:
        rows = read_audit(store, num_shown(options, _SHOWN))
    lines = [
        f"{row.at:%Y-%m-%d %H:%M:%S}  {row.who}  {row.act}  {row.subject}".rstrip()
        for row in rows.itertuples()
    ]
    print_result(options, json_rows(rows), "\n".join(lines) or "Nothing yet.")
    return OK


def _caller() -> str:
    """Whoever calls the command, told from members by having no address."""
    return f"{login_name()} on the server"
