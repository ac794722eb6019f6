"""Who may do what where people sign in: roles, the list of members, and the audit of what was done."""

from fsat_core.access.audit import Audit, note, read_audit
from fsat_core.access.members import Member, give_role, read_members, role_of, take_role
from fsat_core.access.roles import ACTS, ROLES, Act, Role, check_may, may, why_not

__all__ = [
    "ACTS",
    "ROLES",
    "Act",
    "Audit",
    "Member",
    "Role",
    "check_may",
    "give_role",
    "may",
    "note",
    "read_audit",
    "read_members",
    "role_of",
    "take_role",
    "why_not",
]
