"""The commands users: members and their roles from the command line, and what was done."""

from tests.helpers.commands import Command

OWNER, BEN = "ada@example.org", "ben@example.org"


def test_members_are_added_changed_and_taken_off(command: Command) -> None:
    assert "Begin with: fsat users give ADDRESS owner" in command("users", "list")
    assert command.json("users", "give", " Ada@Example.org", "owner") == {"address": OWNER, "role": "owner"}
    command("users", "give", BEN, "viewer")
    assert command("users", "give", BEN, "trainer") == f"{BEN} is trainer now\n"
    assert [(row["address"], row["role"]) for row in command.json("users", "list")] == [
        (OWNER, "owner"),
        (BEN, "trainer"),
    ]
    assert command.json("users", "remove", BEN) == {"address": BEN, "role": None}
    assert command("users", "list") == f"owner     {OWNER}\n"
    rows = command.json("users", "audit")
    assert [row["subject"] for row in rows][:2] == [f"{BEN}: trainer to no role", f"{BEN}: viewer to trainer"]
    assert all(row["who"].endswith(" on the server") for row in rows)
    assert len(command("users", "audit", "--top", "2").splitlines()) == 2


def test_what_is_wrong_is_one_line(command: Command) -> None:
    command("users", "give", OWNER, "owner")
    assert "The role 'admin': expected one of" in command.error("users", "give", BEN, "admin")
    assert "expected one such as somebody@example.org" in command.error("users", "give", "ben", "viewer")
    assert "has no role: expected the address of a member" in command.error("users", "remove", BEN)
    assert "is the only owner" in command.error("users", "remove", OWNER)
