"""Labels by people: decisions, what follows from them, label sets, exchange, agreement and queues."""

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
from fsat_core.labels.queues.build import STOP_AFTER, Progress, Queue, build_queue, progress
from fsat_core.labels.queues.kinds import KINDS, Kind
from fsat_core.labels.queues.saved import list_queues, load_queue, save_queue
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
    "KINDS",
    "STATUSES",
    "STOP_AFTER",
    "Agreement",
    "Decision",
    "Import",
    "Kind",
    "LabelSet",
    "LabelStore",
    "Latest",
    "Progress",
    "Queue",
    "Rule",
    "UnknownNamesError",
    "agreement",
    "agreement_per_class",
    "build_queue",
    "create_label_set",
    "diff",
    "disputes",
    "export_labels",
    "format_labels",
    "hash_labels",
    "list_label_sets",
    "list_queues",
    "load_label_set",
    "load_queue",
    "new_token",
    "progress",
    "read_import",
    "resolve",
    "rule_from_json",
    "rule_to_json",
    "save_queue",
    "standing",
    "view_label_set",
]
