"""Each directive of `op` in a revision's words: the database has it, and the way back takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from laws.snapshot import differences, snapshot
from sqlalchemy.dialects import postgresql

from flask_schemaver import op as all_directives
from flask_schemaver.errors import CommandError
from flask_schemaver.operations.facade import Operations

from .live import Database

pytestmark = pytest.mark.databases("sqlite", "postgresql", "mariadb")

NAMES = {name: getattr(sa, name) for name in dir(sa)} | {"postgresql": postgresql}

NOTHING = ""
"""The database has no such thing, and the call does nothing."""


@dataclass(frozen=True)
class Case:
    """Calls there and back, and a piece of what is seen in between on each database."""

    there: str
    back: str
    sqlite: str
    postgresql: str
    mysql: str
    before: str = ""


def same(there: str, back: str, seen: str, before: str = "") -> Case:
    return Case(there, back, seen, seen, seen, before)


REFUSED = "refused: "
"""The call is an error, with a piece of its message."""

CASES = {
    "add_column": same(
        "op.add_column('t', Column('new', String(9), server_default='x'))",
        "op.drop_column('t', 'new')",
        "new",
    ),
    "add_column if it is not there": same(
        "op.add_column('t', Column('new', Integer), if_not_exists=True);"
        "op.add_column('t', Column('new', Integer), if_not_exists=True);"
        "op.add_column('t', Column('n', Text, unique=True, index=True), if_not_exists=True)",
        "op.drop_column('t', 'new', if_exists=True); op.drop_column('t', 'new', if_exists=True)",
        "new",
    ),
    "add_column with its references inside": Case(
        "op.add_column('t', Column('u_id', Integer, ForeignKey('u.id', name='fk')),"
        " inline_references=True)",
        "op.drop_constraint('fk', 't', 'foreignkey'); op.drop_column('t', 'u_id')",
        "fk",
        "FOREIGN KEY (u_id) REFERENCES u(id)",
        "FOREIGN KEY (`u_id`) REFERENCES `u` (`id`)",
    ),
    "add_column as the primary key": Case(
        "op.add_column('bare', Column('new', Integer, primary_key=True), inline_primary_key=True)",
        "op.drop_column('bare', 'new')",
        "'primary', None, '( new )'",
        "PRIMARY KEY (new)",
        "AUTO_INCREMENT",
    ),
    "add_column that is computed": Case(
        "op.add_column('t', Column('new', Integer, Computed('n * 2', persisted=True)))",
        "op.drop_column('t', 'new')",
        "n * 2",
        "(n * 2)",
        "GENERATED ALWAYS AS (`n` * 2) STORED",
    ),
    "add_column that counts": Case(
        "op.add_column('empty', Column('new', Integer, Identity(always=True, start=5)))",
        "op.drop_column('empty', 'new')",
        "new",
        "'integer', True, None, 'a'",
        "`new` int(11) NOT NULL",
    ),
    "drop_column": same(
        "op.drop_column('empty', 'old')",
        "op.add_column('empty', Column('old', String(20)))",
        "old",
        "op.add_column('empty', Column('old', String(20)))",
    ),
    "alter_column type": Case(
        "op.alter_column('t', 'n', type_=Text, existing_type=Integer)",
        "op.alter_column('t', 'n', type_=Integer, existing_type=Text,"
        " postgresql_using='n::integer')",
        "TEXT",
        "'n', 'text'",
        "`n` text",
    ),
    "alter_column null and default": Case(
        "op.alter_column('t', 'n', nullable=False, server_default='4')",
        "op.alter_column('t', 'n', nullable=True, server_default=None)",
        "'n', 'INTEGER', 1, \"'4'\"",
        "'n', 'integer', True, '4'",
        "`n` int(11) NOT NULL DEFAULT 4",
    ),
    "alter_column name": same(
        "op.alter_column('t', 'n', new_column_name='renamed')",
        "op.alter_column('t', 'renamed', new_column_name='n')",
        "renamed",
    ),
    "alter_column comment": Case(
        "op.alter_column('t', 'n', comment='it''s')".replace("it''s", "%: said"),
        "op.alter_column('t', 'n', comment=None, existing_comment='%: said')",
        NOTHING,
        "%: said",
        "COMMENT '%: said'",
    ),
    "alter_column to count": Case(
        "op.alter_column('t', 'id', server_default=Identity(start=7), existing_nullable=False)",
        "op.alter_column('t', 'id', server_default=None, existing_server_default=Identity())",
        REFUSED + "IDENTITY",
        "'integer', True, None, 'd'",
        REFUSED + "IDENTITY",
    ),
    "alter_column computed": Case(
        "op.alter_column('t', 'double', existing_server_default=Computed('n + 1', persisted=True),"
        " server_default=Computed('n + 3', persisted=True))",
        "op.alter_column('t', 'double', existing_server_default=Computed('n + 3', persisted=True),"
        " server_default=Computed('n + 1', persisted=True))",
        REFUSED + "GENERATED",
        REFUSED + "GENERATED",
        "GENERATED ALWAYS AS (`n` + 3) STORED",
        "op.add_column('t', Column('double', Integer, Computed('n + 1', persisted=True)))",
    ),
    "create_table": same(
        "op.create_table('new', Column('id', Integer, primary_key=True),"
        " Column('x', String(9), index=True, comment='c'),"
        " Column('u', Integer, ForeignKey('u.id')),"
        " CheckConstraint(\"x <> 'a'\", name='ck_new'), comment='y', if_not_exists=True);"
        "op.create_table('new', Column('id', Integer), if_not_exists=True)",
        "op.drop_table('new', if_exists=True); op.drop_table('new', if_exists=True)",
        "ck_new",
    ),
    "drop_table": same(
        "op.drop_table('empty')",
        "op.create_table('empty', Column('id', Integer, primary_key=True, autoincrement=False))",
        "- ",
    ),
    "rename_table": same(
        "op.rename_table('t', 'renamed')", "op.rename_table('renamed', 't')", "renamed"
    ),
    "create_index": same(
        "op.create_index('ix', 't', ['n', 's'], unique=True, mysql_length={'s': 5},"
        " if_not_exists=True); op.create_index('ix', 't', ['n'], if_not_exists=True)",
        "op.drop_index('ix', 't', if_exists=True); op.drop_index('ix', 't', if_exists=True)",
        "ix",
    ),
    "create_index of some rows": Case(
        "op.create_index('ix', 't', [text('n DESC')], sqlite_where=text('n > 1'),"
        " postgresql_where=text('n > 1'))",
        "op.drop_index('ix', table_name='t')",
        "( n desc ) where n > 1",
        "(n DESC) WHERE (n > 1)",
        "KEY `ix` (`n`",
    ),
    "rename_index": same(
        "op.rename_index('ix_old', 'ix_new', table_name='t')",
        "op.rename_index('ix_new', 'ix_old', table_name='t')",
        "ix_new",
        "op.create_index('ix_old', 't', ['n'])",
    ),
    "create_primary_key": Case(
        "op.create_primary_key('pk_bare', 'bare', ['id'])",
        "op.drop_constraint('pk_bare', 'bare', 'primary')",
        "pk_bare",
        "pk_bare",
        "PRIMARY KEY (`id`)",
    ),
    "create_unique_constraint": same(
        "op.create_unique_constraint('uq', 't', ['n', 's'])",
        "op.drop_constraint('uq', 't', type_='unique', if_exists=True)",
        "uq",
    ),
    "create_check_constraint": same(
        "op.create_check_constraint('ck', 't', \"s <> ':x 5%'\")",
        "op.drop_constraint('ck', 't')",
        "':x 5%'",
    ),
    "create_foreign_key": Case(
        "op.create_foreign_key('fk', 't', 'u', ['n'], ['id'], ondelete='CASCADE')",
        "op.drop_constraint('fk', 't', 'foreignkey'); op.execute('DROP INDEX IF EXISTS fk')"
        " if op.get_context().dialect.name != 'mysql' else op.drop_index('fk', 't')",
        "on delete cascade",
        "ON DELETE CASCADE",
        "ON DELETE CASCADE",
    ),
    "create_exclude_constraint": Case(
        "op.create_exclude_constraint('ex', 't', ('n', '='), using='btree', where='n > 1')",
        "op.drop_constraint('ex', 't', type_='exclude')",
        REFUSED + "no such constraints",
        "EXCLUDE USING btree (n WITH =) WHERE ((n > 1))",
        REFUSED + "no such constraints",
    ),
    "rename_constraint": same(
        "op.rename_constraint('uq_old', 'uq_new', 't', 'unique')",
        "op.rename_constraint('uq_new', 'uq_old', 't', 'unique')",
        "uq_new",
        "op.create_unique_constraint('uq_old', 't', ['n'])",
    ),
    "create_table_comment": Case(
        "op.create_table_comment('t', 'said')",
        "op.drop_table_comment('t', existing_comment='said')",
        NOTHING,
        "said",
        "COMMENT='said'",
    ),
    "create_table_comment in the place of another": Case(
        "op.create_table_comment('t', 'new', existing_comment='old')",
        "op.create_table_comment('t', 'old', existing_comment='new')",
        NOTHING,
        "new",
        "COMMENT='new'",
        "op.create_table_comment('t', 'old')",
    ),
    "set_constraint_comment": Case(
        "op.set_constraint_comment('uq', 't', 'said')",
        "op.set_constraint_comment('uq', 't', None, existing_comment='said')",
        NOTHING,
        "said",
        NOTHING,
        "op.create_unique_constraint('uq', 't', ['n'])",
    ),
    "alter_table_options": Case(
        "op.alter_table_options('t', sqlite_strict=True, existing={'sqlite_strict': False})",
        "op.alter_table_options('t', sqlite_strict=False)",
        "+ tables ('main', 't', 'table', 0, 1)",
        NOTHING,
        NOTHING,
        "op.drop_column('t', 's')",
    ),
    "create_enum": Case(
        "op.create_enum('mood', ['ok', 'sad']); op.create_enum('mood', ['ok', 'sad'])",
        "op.drop_enum('mood')",
        NOTHING,
        "['ok', 'sad']",
        NOTHING,
    ),
    "rename_enum_value": Case(
        "op.rename_enum_value('mood', 'ok', 'fine')",
        "op.rename_enum_value('mood', 'fine', 'ok')",
        NOTHING,
        "['fine', 'sad']",
        NOTHING,
        "op.create_enum('mood', ['ok', 'sad'])",
    ),
    # There is no way back for a value: the type goes.
    "add_enum_value": Case(
        "op.create_enum('mood', ['sad']); op.add_enum_value('mood', 'ok', before='sad',"
        " if_not_exists=True); op.add_enum_value('mood', 'ok', if_not_exists=True)",
        "op.drop_enum('mood')",
        NOTHING,
        "['ok', 'sad']",
        NOTHING,
    ),
    "create_sequence": Case(
        "op.create_sequence('numbers', start=10, increment=5, if_not_exists=True);"
        "op.create_sequence('numbers', if_not_exists=True)",
        "op.drop_sequence('numbers', if_exists=True); op.drop_sequence('numbers', if_exists=True)",
        NOTHING,
        "numbers",
        "numbers: [(10, 1, 9223372036854775806, 10, 5,",
    ),
    "rename_sequence": Case(
        "op.rename_sequence('numbers', 'figures')",
        "op.rename_sequence('figures', 'numbers')",
        NOTHING,
        "figures",
        "figures",
        "op.create_sequence('numbers')",
    ),
    "alter_sequence": Case(
        "op.alter_sequence('numbers', increment=5, existing={'increment': 1})",
        "op.alter_sequence('numbers', increment=1, existing={'increment': 5})",
        NOTHING,
        "('numbers', 1, 5)",
        "numbers: [(1, 1, 9223372036854775806, 1, 5,",
        "op.create_sequence('numbers', increment=1)",
    ),
    "change_enum_values": Case(
        "op.change_enum_values('mood', ['ok', 'new'], mapping={'sad': 'ok'})",
        "op.change_enum_values('mood', ['ok', 'sad'], mapping={'new': 'sad'})",
        NOTHING,
        "['ok', 'new']",
        NOTHING,
        "op.create_enum('mood', ['ok', 'sad'])",
    ),
    "create_domain": Case(
        "op.create_domain('positive', Integer, check='VALUE > 0')",
        "op.drop_domain('positive')",
        NOTHING,
        "('positive', 'integer', False, 'CHECK ((VALUE > 0))')",
        NOTHING,
    ),
    "alter_domain": Case(
        "op.alter_domain('positive', not_null=True)",
        "op.alter_domain('positive', not_null=False)",
        NOTHING,
        "('positive', 'integer', True, 'CHECK ((VALUE > 0))')",
        NOTHING,
        "op.create_domain('positive', Integer, check='VALUE > 0')",
    ),
    "create_schema": Case(
        "op.create_schema('sv_extra', if_not_exists=True);"
        "op.create_schema('sv_extra', if_not_exists=True)",
        "op.drop_schema('sv_extra', if_exists=True); op.drop_schema('sv_extra', if_exists=True)",
        NOTHING,
        "sv_extra",
        "sv_extra",
    ),
    "create_extension": Case(
        "op.create_extension('citext'); op.create_extension('citext', if_not_exists=True)",
        "op.drop_extension('citext', if_exists=True)",
        NOTHING,
        "citext",
        NOTHING,
    ),
    "execute": same(
        'op.execute("INSERT INTO empty VALUES (5)")',
        "op.execute(text('DELETE FROM empty WHERE id = :id').bindparams(id=5))",
        "(5,)",
    ),
    "bulk_insert": same(
        "op.bulk_insert(table('u', column('id', Integer)), [{'id': 8}, {'id': 9}]);"
        "op.bulk_insert(table('u', column('id')), [{'id': op.inline_literal(7)}],"
        " multiinsert=False)",
        "op.execute('DELETE FROM u WHERE id > 3')",
        "(7,), (8,), (9,)",
    ),
    "invoke": same(
        "from flask_schemaver.operations import ops;"
        "made = ops.AddColumnOp('t', Column('new', Integer)); op.invoke(made)",
        "op.invoke(made.reverse())",
        "new",
    ),
    "batch_alter_table": same(
        "with op.batch_alter_table('t') as batch_op:\n"
        "    batch_op.add_column(Column('new', Integer))\n"
        "    batch_op.alter_column('n', new_column_name='m')\n"
        "    batch_op.create_check_constraint('ck', column('m') < 9)\n"
        "    batch_op.execute(\"UPDATE t SET s = 'b' WHERE s = 'a'\")\n",
        "with op.batch_alter_table('t') as batch_op:\n"
        "    batch_op.execute(\"UPDATE t SET s = 'a'\")\n"
        "    batch_op.drop_constraint('ck', 'check')\n"
        "    batch_op.alter_column('m', new_column_name='n')\n"
        "    batch_op.drop_column('new')\n",
        "'b'",
    ),
    "f": same(
        "op.create_index(op.f('ix'), 't', ['n'])", "op.drop_index(op.f('ix'), table_name='t')", "ix"
    ),
    "get_bind": same(
        "op.get_bind().execute(text('INSERT INTO u (id) VALUES (99)'))",
        "op.get_bind().execute(text('DELETE FROM u WHERE id = 99'))",
        "(99,)",
    ),
    "get_context": same(
        "op.get_context().execute('INSERT INTO u (id) VALUES (99)')",
        "op.get_context().execute('DELETE FROM u WHERE id = 99')",
        "(99,)",
    ),
    "todo": same("op.todo('think')", "op.todo('think')", REFUSED + "think"),
}

MORE_OF_POSTGRESQL = {
    "sequences": "SELECT sequencename, start_value, increment_by FROM pg_sequences "
    "WHERE schemaname = 'public'",
    "schemas": r"SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'",
    "domains": "SELECT typname, format_type(typbasetype, typtypmod), typnotnull, "
    "pg_get_constraintdef(c.oid) FROM pg_type t LEFT JOIN pg_constraint c ON c.contypid = t.oid "
    "WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace",
    "extensions": "SELECT extname FROM pg_extension",
    "comments": "SELECT objoid::regclass::text, objsubid, description FROM pg_description "
    "WHERE objoid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)",
}


def everything(connection: sa.Connection) -> dict[str, list[Any]]:
    """The catalogue and all rows."""
    found = snapshot(connection)
    name = connection.dialect.name
    more = dict(MORE_OF_POSTGRESQL) if name == "postgresql" else {}
    if name == "mysql":
        more["schemas"] = (
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'sv_extra'"
        )
    for what, question in more.items():
        found[what] = sorted(str(tuple(row)) for row in connection.exec_driver_sql(question))
    quote = connection.dialect.identifier_preparer.quote
    inspector = sa.inspect(connection)
    tables = inspector.get_table_names()
    if name == "mysql":
        tables += inspector.get_sequence_names()
    found["rows"] = [
        f"{table}: {sorted(tuple(r) for r in connection.exec_driver_sql(select))}"
        for table in sorted(tables)
        for select in [f"SELECT * FROM {quote(table)}"]
    ]
    return found


@pytest.fixture
def tables(database: Database) -> Database:
    """Tables with a row, without a key, without rows."""
    op = database.op
    op.create_table("u", sa.Column("id", sa.Integer, primary_key=True, autoincrement=False))
    op.create_table(
        "t",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("s", sa.String(20)),
        sa.Column("n", sa.Integer),
    )
    op.create_table("bare", sa.Column("id", sa.Integer, nullable=False))
    op.create_table("empty", sa.Column("id", sa.Integer, primary_key=True, autoincrement=False))
    op.execute("INSERT INTO u (id) VALUES (3)")
    op.execute("INSERT INTO t (id, s, n) VALUES (3, 'a', 3)")
    return database


@pytest.mark.parametrize("name", CASES)
def test_there_and_back(tables: Database, name: str) -> None:
    """What the calls say is seen, and nothing of it after those that take it back."""
    case = CASES[name]
    words = NAMES | {"op": tables.op}
    exec(case.before, words)
    before = everything(tables.connection)
    seen = getattr(case, tables.name)
    if seen.startswith(REFUSED):
        with pytest.raises(CommandError, match=seen.removeprefix(REFUSED)):
            exec(case.there, words)
        assert differences(before, everything(tables.connection)) == []
        return
    exec(case.there, words)
    changes = differences(before, everything(tables.connection))
    assert (seen in "\n".join(changes)) if seen else not changes, changes
    exec(case.back, words)
    assert differences(before, everything(tables.connection)) == []


def test_each_directive_is_there_and_back() -> None:
    """A new directive needs a case; `run_async` has a test of its own, with an async engine."""
    directives = {n for n in vars(all_directives) if callable(getattr(Operations, n, None))}
    called = set(re.findall(r"op\.(\w+)\(", " ".join(c.there + c.back for c in CASES.values())))
    assert {n for n in directives if not n.startswith("_")} - called == {"run_async"}
