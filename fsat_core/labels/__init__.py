"""Labels by people: decisions, what follows from them, label sets, exchange, agreement and queues."""

from fsat_core.labels.agreement import agreement_per_class, agreement_table, disputes
from fsat_core.labels.decision import Decision
from fsat_core.labels.exchange import (
    LabelImport,
    UnknownNamesError,
    export_labels,
    format_labels,
    read_import,
)
from fsat_core.labels.label_sets import (
    LabelSet,
    create_label_set,
    diff_label_sets,
    list_label_sets,
    load_label_set,
    view_label_set,
)
from fsat_core.labels.queues.build import build_queue
from fsat_core.labels.queues.kinds import KINDS, QueueKind
from fsat_core.labels.queues.progress import QueueProgress, count_done, measure_progress
from fsat_core.labels.queues.queue import Queue
from fsat_core.labels.queues.request import DecidedAs
from fsat_core.labels.queues.saved import (
    delete_queue,
    list_queues,
    load_queue,
    rename_queue,
    restore_queue,
    save_queue,
)
from fsat_core.labels.resolve import (
    AgreementRule,
    LatestRule,
    Rule,
    decisions_of,
    describe_rule,
    resolve,
    standing,
)
from fsat_core.labels.store import LabelStore

__all__ = [
    "KINDS",
    "AgreementRule",
    "DecidedAs",
    "Decision",
    "LabelImport",
    "LabelSet",
    "LabelStore",
    "LatestRule",
    "Queue",
    "QueueKind",
    "QueueProgress",
    "Rule",
    "UnknownNamesError",
    "agreement_per_class",
    "agreement_table",
    "build_queue",
    "count_done",
    "create_label_set",
    "decisions_of",
    "delete_queue",
    "describe_rule",
    "diff_label_sets",
    "disputes",
    "export_labels",
    "format_labels",
    "list_label_sets",
    "list_queues",
    "load_label_set",
    "load_queue",
    "measure_progress",
    "read_import",
    "rename_queue",
    "resolve",
    "restore_queue",
    "save_queue",
    "standing",
    "view_label_set",
]
