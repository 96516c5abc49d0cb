"""Enumerated types and domains of PostgreSQL: made, changed and dropped.

https://www.postgresql.org/docs/current/sql-altertype.html has no word to take a value away or to
move one: such a type is made anew, and every column that uses it is converted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOMAIN, CreateDomainType

from ..base import Dialect

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable
    from sqlalchemy.types import TypeEngine

REBUILD: Final = """
DO $schemaver$
DECLARE
  old_type oid := {name}::regtype;
  old_name text := {bare};
  kept_name text := left({bare}, 50) || '__replaced';
  place record; bad record; thing record;
  again text[] := '{{}}'; line text; source text; target text; rows bigint;
BEGIN
  FOR place IN
    SELECT c.oid AS relation, a.attname, a.attnum, a.atttypid <> old_type AS is_array,
           pg_get_expr(d.adbin, d.adrelid) AS standard
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated = ''
    WHERE a.atttypid IN (old_type, (SELECT typarray FROM pg_type WHERE oid = old_type))
      AND NOT a.attisdropped AND a.attinhcount = 0
    ORDER BY c.oid, a.attnum
  LOOP
    source := quote_ident(place.attname);
    EXECUTE format(
      CASE WHEN place.is_array THEN
        'SELECT v::text AS held, count(*) AS rows FROM %s, unnest(%s) v '
      ELSE 'SELECT %2$s::text AS held, count(*) AS rows FROM %1$s ' END
      || 'WHERE NOT %3$s::text = ANY (%4$L::text[]) GROUP BY 1 ORDER BY 1 LIMIT 1',
      place.relation::regclass, source, CASE WHEN place.is_array THEN 'v' ELSE source END,
      {accepted}::text[]) INTO bad;
    IF bad.held IS NOT NULL THEN
      RAISE EXCEPTION '% row(s) of %.% hold the value ''%'', which the enum type ''%'' is to lose',
        bad.rows, place.relation::regclass, source, bad.held, old_name
        USING HINT = {hint}, ERRCODE = 'check_violation';
    END IF;
    FOR thing IN
      SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname) AS away,
             format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname,
                    pg_get_constraintdef(k.oid)) AS back,
             obj_description(k.oid, 'pg_constraint') AS said,
             format('CONSTRAINT %I ON %s', k.conname, k.conrelid::regclass) AS name
      FROM pg_constraint k
      WHERE k.coninhcount = 0
        AND (k.conrelid = place.relation AND k.contype IN ('c', 'x', 'f')
             AND place.attnum = ANY (k.conkey)
             OR k.confrelid = place.relation AND place.attnum = ANY (k.confkey))
    LOOP
      EXECUTE thing.away;
      again := again || thing.back;
      IF thing.said IS NOT NULL THEN
        again := again || format('COMMENT ON %s IS %L', thing.name, thing.said);
      END IF;
    END LOOP;
    FOR thing IN
      SELECT format('DROP INDEX %s', x.indexrelid::regclass) AS away,
             pg_get_indexdef(x.indexrelid) AS back,
             obj_description(x.indexrelid, 'pg_class') AS said, x.indexrelid::regclass::text AS name
      FROM pg_index x
      WHERE x.indrelid = place.relation AND (x.indpred IS NOT NULL OR x.indexprs IS NOT NULL)
        AND EXISTS (SELECT FROM pg_depend d WHERE d.objid = x.indexrelid
                    AND d.classid = 'pg_class'::regclass AND d.refobjid = place.relation
                    AND d.refobjsubid = place.attnum)
    LOOP
      EXECUTE thing.away;
      again := again || thing.back;
      IF thing.said IS NOT NULL THEN
        again := again || format('COMMENT ON INDEX %s IS %L', thing.name, thing.said);
      END IF;
    END LOOP;
    IF place.standard IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', place.relation::regclass,
                     place.attname);
      FOR thing IN SELECT key, value FROM json_each_text({mapping}::json) LOOP
        place.standard := replace(place.standard, quote_literal(thing.key) || '::',
                                  coalesce(quote_literal(thing.value), 'NULL') || '::');
      END LOOP;
      again := again || format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s',
                               place.relation::regclass, place.attname, place.standard);
    END IF;
  END LOOP;
  EXECUTE format('ALTER TYPE %s RENAME TO %I', old_type::regtype, kept_name);
  EXECUTE {create};
  target := {name};
  FOR place IN
    SELECT c.oid AS relation, a.attname, a.atttypid <> old_type AS is_array
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
    WHERE a.atttypid IN (old_type, (SELECT typarray FROM pg_type WHERE oid = old_type))
      AND NOT a.attisdropped AND a.attinhcount = 0
    ORDER BY c.oid, a.attnum
  LOOP
    source := quote_ident(place.attname)
      || CASE WHEN place.is_array THEN '::text[]' ELSE '::text' END;
    FOR thing IN SELECT key, value FROM json_each_text({mapping}::json) LOOP
      source := CASE WHEN NOT place.is_array THEN
          format('CASE WHEN %1$I::text = %2$L THEN %3$L ELSE %4$s END', place.attname, thing.key,
                 thing.value, source)
        WHEN thing.value IS NULL THEN format('array_remove(%s, %L)', source, thing.key)
        ELSE format('array_replace(%s, %L, %L)', source, thing.key, thing.value) END;
    END LOOP;
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE %s USING (%s)::%s',
      place.relation::regclass, place.attname,
      target || CASE WHEN place.is_array THEN '[]' ELSE '' END, source,
      target || CASE WHEN place.is_array THEN '[]' ELSE '' END);
  END LOOP;
  FOREACH line IN ARRAY again LOOP
    BEGIN
      EXECUTE line;
    EXCEPTION WHEN invalid_text_representation THEN
      -- A default that is no value any more: the column gets another one, or none.
      IF line NOT LIKE '% SET DEFAULT %' THEN RAISE; END IF;
    END;
  END LOOP;
  EXECUTE format('DROP TYPE %s', old_type::regtype);
END $schemaver$
"""


REPLACE_DOMAIN: Final = """
DO $schemaver$
DECLARE
  old_type oid := {name}::regtype;
  kept_name text := left({bare}, 50) || '__replaced';
  place record; thing record; again text[] := '{{}}'; line text;
BEGIN
  SELECT coalesce(' DEFAULT ' || typdefault, '')
      || CASE WHEN typnotnull THEN ' NOT NULL' ELSE '' END
    INTO line FROM pg_type WHERE oid = old_type;
  FOR thing IN SELECT conname, pg_get_constraintdef(oid) AS text FROM pg_constraint
               WHERE contypid = old_type AND contype = 'c' ORDER BY conname LOOP
    line := line || format(' CONSTRAINT %I %s', thing.conname, thing.text);
  END LOOP;
  EXECUTE format('ALTER DOMAIN %s RENAME TO %I', old_type::regtype, kept_name);
  EXECUTE 'CREATE DOMAIN ' || {name} || ' AS ' || {type} || line;
  FOR place IN
    SELECT c.oid AS relation, a.attname, a.atttypid <> old_type AS is_array,
           pg_get_expr(d.adbin, d.adrelid) AS standard
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated = ''
    WHERE a.atttypid IN (old_type, (SELECT typarray FROM pg_type WHERE oid = old_type))
      AND NOT a.attisdropped AND a.attinhcount = 0
    ORDER BY c.oid, a.attnum
  LOOP
    IF place.standard IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', place.relation::regclass,
                     place.attname);
      place.standard := replace(place.standard, quote_ident(kept_name), {name});
      again := again || format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s',
                               place.relation::regclass, place.attname, place.standard);
    END IF;
    line := {name} || CASE WHEN place.is_array THEN '[]' ELSE '' END;
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE %s USING %I::text::%s',
      place.relation::regclass, place.attname, line, place.attname, line);
  END LOOP;
  FOREACH line IN ARRAY again LOOP EXECUTE line; END LOOP;
  EXECUTE format('DROP DOMAIN %s', old_type::regtype);
END $schemaver$
"""


class NamedTypes(Dialect):
    """The statements for types that have a name of their own."""

    # -- enumerated types -------------------------------------------------------------------

    def prepare_column(self, column: sa.Column[Any]) -> Iterator[str | Executable]:
        return self.prepare_type(column.type)

    def prepare_type(self, type_: TypeEngine[Any]) -> Iterator[str]:
        """The named type of a column, unless it is there."""
        element: Any = self.native_type(getattr(type_, "item_type", type_))
        if not getattr(element, "create_type", True) or not getattr(element, "name", None):
            return
        if isinstance(element, sa.Enum) and element.native_enum:
            yield from self.create_enum(str(element.name), element.enums, element.schema)
        elif isinstance(element, DOMAIN):
            yield from self.prepare_type(element.data_type)
            yield self._unless_there(self.domain_text(element))

    def _unless_there(self, create: str) -> str:
        # CREATE TYPE has no IF NOT EXISTS, and several tables may share the type.
        return (
            f"DO $schemaver$ BEGIN {create}; "
            "EXCEPTION WHEN duplicate_object THEN NULL; END $schemaver$"
        )

    def create_enum(self, name: str, values: Sequence[str], schema: str | None) -> Iterator[str]:
        yield self._unless_there(self._creating(name, values, schema))

    def _creating(self, name: str, values: Sequence[str], schema: str | None) -> str:
        literals = ", ".join(self.literal(value) for value in values)
        return f"CREATE TYPE {self.qualified(name, schema)} AS ENUM ({literals})"

    def drop_enum(self, name: str, schema: str | None) -> Iterator[str]:
        yield f"DROP TYPE IF EXISTS {self.qualified(name, schema)}"

    def add_enum_value(
        self, name: str, value: str, schema: str | None, place: str, *, if_not_exists: bool = False
    ) -> Iterator[str]:
        guard = "IF NOT EXISTS " if if_not_exists else ""
        words = f"ALTER TYPE {self.qualified(name, schema)} ADD VALUE {guard}{self.literal(value)}"
        yield f"{words} {place}".strip()

    def rename_enum_value(self, name: str, old: str, new: str, schema: str | None) -> Iterator[str]:
        type_ = self.qualified(name, schema)
        yield f"ALTER TYPE {type_} RENAME VALUE {self.literal(old)} TO {self.literal(new)}"

    def change_enum_values(
        self,
        name: str,
        values: Sequence[str],
        schema: str | None,
        mapping: Mapping[str, str | None],
    ) -> Iterator[str]:
        """Other values, or another order: a new type under the old name, in one statement.

        Defaults, checks and indexes that name values are dropped before and made again after.
        """
        import json

        accepted = ", ".join(self.literal(value) for value in [*values, *mapping])
        hint = (
            "Say what becomes of it: op.change_enum_values(..., mapping={'old': 'new'}), or "
            "update the rows before."
        )
        yield REBUILD.format(
            name=self.literal(self.qualified(name, schema)),
            bare=self.literal(name),
            accepted=f"ARRAY[{accepted}]",
            hint=self.literal(hint),
            create=self.literal(self._creating(name, values, schema)),
            mapping=self.literal(json.dumps(dict(mapping))),
        ).strip()

    # -- domains ----------------------------------------------------------------------------

    def create_domain(self, domain: Any) -> Iterator[str | Executable]:
        yield self.domain_text(domain)

    def domain_text(self, domain: Any) -> str:
        return " ".join(str(self.ddl.process(CreateDomainType(domain))).split("\n")).strip()

    def drop_domain(self, name: str, schema: str | None) -> Iterator[str]:
        yield f"DROP DOMAIN {self.qualified(name, schema)}"

    def change_domain_type(
        self, name: str, schema: str | None, type_: TypeEngine[Any]
    ) -> Iterator[str]:
        """Another type under the same name: a new domain, to which all columns are converted."""
        yield REPLACE_DOMAIN.format(
            name=self.literal(self.qualified(name, schema)),
            bare=self.literal(name),
            type=self.literal(self.type_spelling(type_)),
        ).strip()

    def alter_domain(
        self, name: str, schema: str | None, changes: Mapping[str, Any]
    ) -> Iterator[str]:
        """`changes`: default (SQL or None), not_null, drop_checks (names), add_checks (pairs)."""
        start = f"ALTER DOMAIN {self.qualified(name, schema)}"
        for check in changes.get("drop_checks", ()):
            yield f"{start} DROP CONSTRAINT {self.quote(check)}"
        if "default" in changes:
            default = changes["default"]
            yield f"{start} {'DROP DEFAULT' if default is None else f'SET DEFAULT {default}'}"
        if "not_null" in changes:
            yield f"{start} {'SET' if changes['not_null'] else 'DROP'} NOT NULL"
        for check, text in changes.get("add_checks", ()):
            named = "" if check is None else f"CONSTRAINT {self.quote(check)} "
            yield f"{start} ADD {named}CHECK ({text})"
