"""Labels by people: their decisions, what follows from them, label sets, exchange and agreement."""

from fsat_core.labels.agreement import agreement, agreement_per_class, disputes
from fsat_core.labels.decision import ACTIONS, Decision, new_token
from fsat_core.labels.exchange import Import, UnknownNamesError, export_labels, format_labels, read_import
from fsat_core.labels.label_sets import (
    LabelSet,
    create_label_set,
    diff,
    hash_labels,
    list_label_sets,
    load_label_set,
    view_label_set,
)
from fsat_core.labels.resolve import (
    STATUSES,
    Agreement,
    Latest,
    Rule,
    resolve,
    rule_from_json,
    rule_to_json,
    standing,
)
from fsat_core.labels.store import LabelStore

__all__ = [
    "ACTIONS",
    "STATUSES",
    "Agreement",
    "Decision",
    "Import",
    "LabelSet",
    "LabelStore",
    "Latest",
    "Rule",
    "UnknownNamesError",
    "agreement",
    "agreement_per_class",
    "create_label_set",
    "diff",
    "disputes",
    "export_labels",
    "format_labels",
    "hash_labels",
    "list_label_sets",
    "load_label_set",
    "new_token",
    "read_import",
    "resolve",
    "rule_from_json",
    "rule_to_json",
    "standing",
    "view_label_set",
]
