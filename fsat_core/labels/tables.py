"""The tables of the label database. Rows are only ever added.

A new table or column is also a step in `fsat_core.labels.schema`, or older databases would lack it. Those of
`OPTIONAL` are none: nothing else refers to them, so programs that do not know them work beside those that do,
and a database that can only be read does without.
"""

from sqlalchemy import (
    DDL,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    event,
    func,
    inspect,
    select,
)

metadata = MetaData()


def _text(name: str) -> Column:
    return Column(name, Text, nullable=False, default="")


decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("clip_id"),
    _text("annotator"),
    _text("action"),
    _text("labels"),
    _text("previous_labels"),
    _text("queue"),
    _text("run_id"),
    _text("note"),
    _text("batch"),
    Column("token", Text, nullable=False, unique=True),
    # Unique: two people, or two tabs, cannot take the same decision back twice.
    Column("undoes", ForeignKey("decisions.id"), unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("decisions_of_a_clip", "clip_id", "id"),
    Index("decisions_of_an_annotator", "annotator", "id"),
    Index("decisions_of_a_batch", "batch"),
)

label_sets = Table(
    "label_sets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("parent", ForeignKey("label_sets.name")),
    Column("rule", Text, nullable=False),
    Column("sha256", Text, nullable=False, unique=True),
    Column("num_clips", Integer, nullable=False),
)

label_set_clips = Table(
    "label_set_clips",
    metadata,
    Column("set_id", ForeignKey("label_sets.id"), primary_key=True),
    Column("clip_id", Text, primary_key=True),
    Column("labels", Text, nullable=False),
)

queues = Table(
    "queues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("settings", Text, nullable=False),
    _text("explanation"),
    Column("num_clips", Integer, nullable=False),
    _text("created_by"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    _text("run_id"),
)

queue_clips = Table(
    "queue_clips",
    metadata,
    Column("queue_id", ForeignKey("queues.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("clip_id", Text, nullable=False),
    _text("reason"),
    Column("suggested", Text),
)

queue_settings = Table(
    "queue_settings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("queue_id", ForeignKey("queues.id"), nullable=False),
    _text("annotator"),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("queue_settings_of_an_annotator", "annotator", "queue_id", "name", "id"),
)

# The classes that a decision denies, and those of a clip in a label set, joined by commas.
decision_denials = Table(
    "decision_denials",
    metadata,
    Column("decision_id", ForeignKey("decisions.id"), primary_key=True),
    Column("denied", Text, nullable=False),
)

label_set_denials = Table(
    "label_set_denials",
    metadata,
    Column("set_id", ForeignKey("label_sets.id"), primary_key=True),
    Column("clip_id", Text, primary_key=True),
    Column("denied", Text, nullable=False),
)

annotator_settings = Table(
    "annotator_settings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("annotator", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("settings_of_an_annotator", "annotator", "name", "id"),
)

OPTIONAL = (queue_settings, annotator_settings, decision_denials, label_set_denials)

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))  # one row
# Who may use the other tables of a shared database is up to its owner; without the number nobody could.
event.listen(
    schema_version,
    "after_create",
    DDL("GRANT SELECT ON schema_version TO PUBLIC").execute_if(dialect="postgresql"),
)


def is_readable(connection: Connection, table: Table) -> bool:
    """Whether an optional table is there, and whoever is connected may read it."""
    if not inspect(connection).has_table(table.name):
        return False
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(select(func.has_table_privilege(table.name, "SELECT"))))
