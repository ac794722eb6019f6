"""The tables of the label database. Rows are only ever added.

A new table or column is also a step in `fsat_core.labels.schema`, or older databases would lack it. Those of
`OPTIONAL` are none: nothing else refers to them, so programs that do not know them can have the database
open, too, and one that can only be read does without. What is in them such programs do not know: they take a
decision that only denies classes for a removal, and show queues under their first names, deleted ones, too.
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

from fsat_core.errors import LabelError

metadata = MetaData()
_FOUND = "tables_found"  # what a connection remembers


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

# Who may sign in, and with which role; "" for somebody who may no more.
member_roles = Table(
    "member_roles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("role", Text, nullable=False),
    _text("given_by"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("roles_of_an_address", "address", "id"),
)

# What was done by whom, where people sign in.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("who"),
    Column("act", Text, nullable=False),
    _text("subject"),
    Column("token", Text, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

# The optional tables, each with one that older databases have, too. Who may use that may use the new one; but
# who may write roles is for the owner of the database to say.
_OPTIONAL: dict[Table, Table | None] = {
    queue_settings: queues,
    annotator_settings: decisions,
    decision_denials: decisions,
    label_set_denials: label_set_clips,
    member_roles: None,
    audit: None,
}
OPTIONAL = tuple(_OPTIONAL)
_SHARE = """
DO $$ DECLARE given record; BEGIN
FOR given IN
    SELECT privilege_type AS what,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS who
    FROM pg_class, aclexplode(relacl)
    WHERE oid = to_regclass('{other}') AND privilege_type IN ('SELECT', 'INSERT')
LOOP
    EXECUTE 'GRANT ' || given.what || ' ON {table} TO ' || given.who;
    IF given.what = 'INSERT' AND to_regclass('{table}_id_seq') IS NOT NULL THEN
        EXECUTE 'GRANT USAGE ON SEQUENCE {table}_id_seq TO ' || given.who;
    END IF;
END LOOP;
END $$
"""
for _table, _other in _OPTIONAL.items():
    if _other is None:
        continue
    _share = DDL(_SHARE.format(table=_table.name, other=_other.name))
    event.listen(_table, "after_create", _share.execute_if(dialect="postgresql"))

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))  # one row
# Who may use the other tables of a shared database is up to its owner; without the number nobody could.
event.listen(
    schema_version,
    "after_create",
    DDL("GRANT SELECT ON schema_version TO PUBLIC").execute_if(dialect="postgresql"),
)


def is_readable(connection: Connection, table: Table) -> bool:
    """Whether an optional table is there; a LabelError if so and whoever is connected may not read it.

    Without it something else would be read: labels without what is denied, an annotator's keys as none. Once
    found it is not looked for again by the same connection: tables stay, and each look is two queries.
    """
    found = connection.info.setdefault(_FOUND, set())
    if table.name in found:
        return True
    if not inspect(connection).has_table(table.name):
        return False
    is_shared = connection.dialect.name == "postgresql"
    if is_shared and not connection.scalar(select(func.has_table_privilege(table.name, "SELECT"))):
        raise LabelError(
            f"Whoever is connected to the label database may not read its table {table.name}; expected the "
            f"rights of the other tables. Have its owner GRANT SELECT, INSERT ON {table.name}."
        )
    found.add(table.name)
    return True


def check_there(connection: Connection, table: Table) -> None:
    """Raise a LabelError where an optional table is not there, or whoever is connected may not add to it."""
    is_shared = connection.dialect.name == "postgresql"
    has_table = inspect(connection).has_table(table.name)
    if has_table and not (
        is_shared and not connection.scalar(select(func.has_table_privilege(table.name, "INSERT")))
    ):
        return
    raise LabelError(
        f"The label database has no table {table.name} that whoever is connected may add to; expected one. "
        f"Open it once as its owner, who may then GRANT SELECT, INSERT ON {table.name} to others."
    )
