"""The questions to PostgreSQL's catalogue: one for each sort of object, however many there are.

https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

import functools
from typing import Final

import sqlalchemy as sa

IN_SCHEMA: Final = "n.nspname = coalesce(:schema, current_schema())"
IN_SCRATCH: Final = "n.oid = pg_catalog.pg_my_temp_schema()"

# Objects that came with an extension go with it, and are nobody else's.
NOT_OF_EXTENSION: Final = """
    NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                WHERE e.classid = 'pg_catalog.{catalogue}'::regclass AND e.objid = {oid}
                  AND e.deptype = 'e')
"""

# No partition: it is made and dropped by whoever divides the rows, not by a model.
_TABLES = """
    SELECT c.oid, c.relname, c.relpersistence::text, c.reloptions,
           pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
           CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_by,
           s.spcname, CASE WHEN m.amname <> 'heap' THEN m.amname END AS access_method,
           CASE WHEN c.relhassubclass OR c.relkind = 'r' THEN
             (SELECT array_agg(p.inhparent::regclass::text ORDER BY p.inhseqno)
              FROM pg_catalog.pg_inherits p WHERE p.inhrelid = c.oid) END AS inherits
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
    LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
    WHERE {where} AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND {own}
    ORDER BY c.relname
"""

_COLUMNS = """
    SELECT a.attrelid, a.attnum, a.attname,
           pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.atttypid,
           a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default,
           a.attidentity::text, {generated} AS generated,
           CASE WHEN a.attcollation <> t.typcollation THEN
             (SELECT quote_ident(o.collname) FROM pg_catalog.pg_collation o
              WHERE o.oid = a.attcollation) END AS collation,
           CASE WHEN a.attcollation <> t.typcollation THEN
             (SELECT n.nspname FROM pg_catalog.pg_collation o
              JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace
              WHERE o.oid = a.attcollation AND NOT pg_catalog.pg_collation_is_visible(o.oid))
           END AS collation_schema,
           w.description
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_description w ON w.objoid = a.attrelid AND w.objsubid = a.attnum
         AND w.classoid = 'pg_catalog.pg_class'::regclass
    WHERE a.attrelid = ANY(CAST(:oids AS oid[])) AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attislocal
    ORDER BY a.attrelid, a.attnum
"""

_CONSTRAINTS = """
    SELECT k.conrelid, k.conname, k.contype::text, k.conkey, k.condeferrable, k.condeferred,
           k.connoinherit, k.convalidated,
           CASE k.contype WHEN 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid)
                          WHEN 'x' THEN pg_catalog.pg_get_constraintdef(k.oid) END AS text,
           r.relname AS referred, rn.nspname AS referred_schema,
           CASE WHEN k.contype = 'f' THEN
             (SELECT array_agg(a.attname::text ORDER BY p.place)
              FROM unnest(k.confkey) WITH ORDINALITY p(number, place)
              JOIN pg_catalog.pg_attribute a
                ON a.attrelid = k.confrelid AND a.attnum = p.number) END AS referred_columns,
           k.confupdtype::text AS on_update, k.confdeltype::text AS on_delete,
           k.confmatchtype::text AS match, {set_columns} AS set_columns,
           CASE WHEN k.contype IN ('p', 'u') AND x.indnatts > x.indnkeyatts THEN
             (SELECT array_agg(a.attname::text ORDER BY p.place)
              FROM unnest(x.indkey) WITH ORDINALITY p(number, place)
              JOIN pg_catalog.pg_attribute a
                ON a.attrelid = k.conrelid AND a.attnum = p.number
              WHERE p.place > x.indnkeyatts) END AS include,
           {nulls} AS nulls_not_distinct, d.description AS comment
    FROM pg_catalog.pg_constraint k
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = k.oid
      AND d.classoid = 'pg_catalog.pg_constraint'::regclass
    LEFT JOIN pg_catalog.pg_class r ON r.oid = k.confrelid AND k.contype = 'f'
    LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
    LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = k.conindid AND k.contype IN ('p', 'u')
    WHERE k.conrelid = ANY(CAST(:oids AS oid[])) AND k.contype IN ('p', 'u', 'c', 'f', 'x')
      AND (k.conislocal OR k.contype <> 'c') AND k.conparentid = 0
    ORDER BY k.conrelid, k.conname
"""

# What makes a table's columns, constraints and indexes what they are: for each table one text a
# sort. `chr(30)` stands between the parts of a table, `chr(31)` between the words of a part.
_COLUMN_TEXTS = """
    SELECT c.attrelid, string_agg(concat(
             c.attname, chr(31), c.attnum, chr(31), c.type, chr(31),
             quote_ident(c.collation_schema) || '.', c.collation, chr(31),
             t.typnamespace = 'pg_catalog'::regnamespace, chr(31), c.attnotnull, chr(31),
             c.default, chr(31), c.attidentity, chr(31), c.generated, chr(31), c.description
           ), chr(30))
    FROM ({columns}) c JOIN pg_catalog.pg_type t ON t.oid = c.atttypid
    GROUP BY c.attrelid
"""
CONSTRAINT_TEXTS: Final = sa.text("""
    SELECT k.conrelid, string_agg(concat(
             k.conname, chr(31), k.contype, chr(31), n.nspname, chr(31),
             CASE WHEN k.contype = 'c' AND k.convalidated AND NOT k.connoinherit
                  THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid)
                  ELSE pg_catalog.pg_get_constraintdef(k.oid) END,
             chr(31), d.description), chr(30))
    FROM pg_catalog.pg_constraint k
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = k.oid
         AND d.classoid = 'pg_catalog.pg_constraint'::regclass
    LEFT JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
    WHERE k.conrelid = ANY(CAST(:oids AS oid[])) AND k.contype IN ('p', 'u', 'c', 'f', 'x')
    GROUP BY k.conrelid
""")
_INDEX_TEXTS = """
    SELECT x.indrelid, string_agg(concat(
             x.relname, chr(31), x.indisunique, chr(31), x.spcname, chr(31),
             substring(x.definition FROM ' (USING .*)')), chr(30))
    FROM ({indexes}) x
    GROUP BY x.indrelid
"""

# Indexes that no constraint owns, each with the statement that would make it.
_INDEXES = """
    SELECT x.indrelid, i.relname, x.indisunique, pg_catalog.pg_get_indexdef(i.oid) AS definition,
           s.spcname
    FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = i.reltablespace
    WHERE x.indrelid = ANY(CAST(:oids AS oid[]))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                      WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
    ORDER BY x.indrelid, i.relname
"""

# Types of no extension's and not of the server's own: enumerated ones and domains in all
# schemas, as columns of one schema may use those of another.
_TYPES = """
    SELECT t.oid, t.typarray, n.nspname, t.typname, t.typtype::text,
           CASE WHEN t.typtype = 'e' THEN
             (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
              FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) END AS labels,
           CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
           END AS base, t.typbasetype, t.typnotnull, t.typdefault,
           CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN
             (SELECT quote_ident(o.collname) FROM pg_catalog.pg_collation o
              WHERE o.oid = t.typcollation) END AS collation,
           CASE WHEN t.typtype = 'd' THEN
             (SELECT array_agg(ARRAY[k.conname::text, pg_catalog.pg_get_expr(k.conbin, 0)]
                               ORDER BY k.conname)
              FROM pg_catalog.pg_constraint k
              WHERE k.contypid = t.oid AND k.contype = 'c') END AS checks,
           {own} AS own
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
    WHERE t.typtype IN ('e', 'd', 'r', 'b') AND t.typelem = 0
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY n.nspname, t.typname
"""

# Free ones, and those behind serial ('a') and identity ('i') columns.
_SEQUENCES = """
    SELECT c.oid, c.relname, n.nspname, pg_catalog.format_type(q.seqtypid, NULL) AS type,
           q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle,
           d.refobjid, d.refobjsubid, d.deptype::text
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_sequence q ON q.seqrelid = c.oid
    LEFT JOIN pg_catalog.pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i')
         AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
         AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0
    WHERE {where} AND {own}
    ORDER BY c.relname
"""

# What else depends on types and sequences of a schema than the columns of the tables given:
# columns of other tables, views, functions. Who does not know them must not drop them.
_OTHERS_USES = """
    SELECT DISTINCT d.refobjid AS oid, u.nspname AS schema, t.relname AS name
    FROM pg_catalog.pg_depend d
    LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::regclass
         AND f.oid = d.objid
    LEFT JOIN pg_catalog.pg_constraint k ON d.classid = 'pg_catalog.pg_constraint'::regclass
         AND k.oid = d.objid
    LEFT JOIN pg_catalog.pg_class t ON t.relkind IN ('r', 'p') AND t.oid = coalesce(
         f.adrelid, k.conrelid,
         CASE WHEN d.classid = 'pg_catalog.pg_class'::regclass THEN d.objid END)
    LEFT JOIN pg_catalog.pg_namespace u ON u.oid = t.relnamespace
    WHERE d.refobjid = ANY(CAST(:objects AS oid[])) AND d.deptype IN ('n', 'a')
      AND d.objid <> ALL (CAST(:objects AS oid[]))
      AND coalesce(k.contypid, 0) <> ALL (CAST(:objects AS oid[]))
      AND d.refclassid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass)
      AND coalesce(t.oid, 0) <> ALL (CAST(:oids AS oid[]))
"""

# 'a' of a serial column, 'i' of an identity.
OWNED_SEQUENCES: Final = sa.text("""
    SELECT t.relname, a.attname, s.relname
    FROM pg_catalog.pg_class s
    JOIN pg_catalog.pg_depend d ON d.objid = s.oid AND d.classid = 'pg_catalog.pg_class'::regclass
    JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
    WHERE s.relkind = 'S' AND d.deptype IN ('a', 'i') AND t.relname = ANY(:tables)
      AND n.nspname = coalesce(:schema, current_schema())
""")
INVALID_INDEX: Final = sa.text("""
    SELECT 1 FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
    WHERE i.relname = :name AND NOT x.indisvalid
      AND n.nspname = coalesce(:schema, current_schema())
""")

HAS_SCHEMA: Final = sa.text(
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = "
    "coalesce(:schema, current_schema()))"
)


def own(catalogue: str, oid: str) -> str:
    return NOT_OF_EXTENSION.format(catalogue=catalogue, oid=oid)


@functools.cache
def tables(where: str) -> sa.TextClause:
    return sa.text(_TABLES.format(where=where, own=own("pg_class", "c.oid")))


@functools.cache
def columns(version: int) -> sa.TextClause:
    """Generated columns came with version 12."""
    return sa.text(_COLUMNS.format(generated="a.attgenerated::text" if version >= 12 else "''"))


@functools.cache
def constraints(version: int) -> sa.TextClause:
    """SET NULL of some columns, and NULLS NOT DISTINCT, came with version 15."""
    set_columns, nulls = "NULL", "false"
    if version >= 15:
        set_columns, nulls = "k.confdelsetcols", "coalesce(x.indnullsnotdistinct, false)"
    return sa.text(_CONSTRAINTS.format(set_columns=set_columns, nulls=nulls))


@functools.cache
def column_texts(version: int) -> sa.TextClause:
    return sa.text(_COLUMN_TEXTS.format(columns=columns(version).text))


indexes: Final = sa.text(_INDEXES)
INDEX_TEXTS: Final = sa.text(_INDEX_TEXTS.format(indexes=_INDEXES))
types: Final = sa.text(_TYPES.format(own=own("pg_type", "t.oid")))
others_uses: Final = sa.text(_OTHERS_USES)


@functools.cache
def sequences(where: str) -> sa.TextClause:
    return sa.text(_SEQUENCES.format(where=where, own=own("pg_class", "c.oid")))
