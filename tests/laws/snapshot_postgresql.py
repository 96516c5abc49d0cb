"""What PostgreSQL's catalogue says of a database, all of it, in the server's own words.

It shares no code with the comparer: one plain question for each sort of object.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

OURS = "n.nspname NOT LIKE 'pg!_%' ESCAPE '!' AND n.nspname <> 'information_schema'"
NOT_OF_EXTENSION = "NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = {oid} AND e.deptype = 'e')"

SCHEMAS = f"SELECT n.nspname, obj_description(n.oid) FROM pg_namespace n WHERE {OURS}"
TABLES = f"""
    SELECT n.nspname, c.relname, c.relkind, c.relpersistence, c.reloptions, s.spcname, m.amname,
           pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
           (SELECT array_agg(i.inhparent::regclass::text ORDER BY i.inhseqno)
            FROM pg_inherits i WHERE i.inhrelid = c.oid),
           obj_description(c.oid, 'pg_class')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
    LEFT JOIN pg_am m ON m.oid = c.relam
    WHERE {OURS} AND c.relkind IN ('r', 'p') AND {NOT_OF_EXTENSION.format(oid="c.oid")}
"""
COLUMNS = f"""
    SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attislocal,
           (SELECT o.collname FROM pg_collation o WHERE o.oid = a.attcollation),
           col_description(c.oid, a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE {OURS} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
      AND {NOT_OF_EXTENSION.format(oid="c.oid")}
"""
CONSTRAINTS = f"""
    SELECT n.nspname, k.conrelid::regclass::text, k.contypid::regtype::text, k.conname,
           pg_get_constraintdef(k.oid), k.connoinherit, obj_description(k.oid, 'pg_constraint')
    FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
    WHERE {OURS} AND k.contype <> 'n' AND {NOT_OF_EXTENSION.format(oid="k.oid")}
"""
INDEXES = f"""
    SELECT n.nspname, t.relname, i.relname, pg_get_indexdef(i.oid), x.indisvalid, s.spcname
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_tablespace s ON s.oid = i.reltablespace
    WHERE {OURS}
"""
ENUMS = f"""
    SELECT n.nspname, t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    JOIN pg_enum e ON e.enumtypid = t.oid
    WHERE {OURS} AND {NOT_OF_EXTENSION.format(oid="t.oid")} GROUP BY 1, 2
"""
DOMAINS = f"""
    SELECT n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod), t.typnotnull,
           t.typdefault, (SELECT o.collname FROM pg_collation o WHERE o.oid = t.typcollation)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE {OURS} AND t.typtype = 'd' AND {NOT_OF_EXTENSION.format(oid="t.oid")}
"""
SEQUENCES = f"""
    SELECT n.nspname, c.relname, format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement,
           q.seqmin, q.seqmax, q.seqcache, q.seqcycle,
           (SELECT d.refobjid::regclass::text || '.' || a.attname || ' ' || d.deptype::text
            FROM pg_depend d
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_sequence q ON q.seqrelid = c.oid
    WHERE {OURS} AND {NOT_OF_EXTENSION.format(oid="c.oid")}
"""
QUESTIONS = {
    "schemas": SCHEMAS,
    "tables": TABLES,
    "columns": COLUMNS,
    "constraints": CONSTRAINTS,
    "indexes": INDEXES,
    "enums": ENUMS,
    "domains": DOMAINS,
    "sequences": SEQUENCES,
}


def postgresql_snapshot(connection: sa.Connection) -> dict[str, list[Any]]:
    """Everything that two equal databases must agree on; columns without their order."""
    options = {"no_parameters": True}
    return {
        name: sorted(
            str(tuple(row))
            for row in connection.exec_driver_sql(question, execution_options=options)
        )
        for name, question in QUESTIONS.items()
    }
