"""Options of tables of MySQL and MariaDB: engine, character set, row format and the like.

https://mariadb.com/kb/en/create-table/#table-options
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..base import Dialect
from .types import same_charset

if TYPE_CHECKING:
    import sqlalchemy as sa

    from .facts import ServerDefaults

CHARSET_OPTIONS = ("CHARSET", "DEFAULT_CHARSET", "CHARACTER_SET", "DEFAULT_CHARACTER_SET")
COLLATE_OPTIONS = ("COLLATE", "DEFAULT_COLLATE")
# What says nothing of how a table is, or what the catalogue does not tell.
NOT_COMPARED = {
    *("AUTO_INCREMENT", "COMMENT", "DATA_DIRECTORY", "INDEX_DIRECTORY", "CONNECTION"),
    # What Aria adds of its own: https://mariadb.com/kb/en/aria-storage-engine/
    *("TRANSACTIONAL", "PAGE_CHECKSUM"),
    *("PARTITION_BY", "PARTITIONS", "SUBPARTITION_BY", "SUBPARTITIONS"),
    # What a MERGE table is made of.
    *("INSERT_METHOD", "UNION"),
}
SPACED_OPTIONS = {"DATA_DIRECTORY", "INDEX_DIRECTORY", "CHARACTER_SET", "DEFAULT_CHARACTER_SET"}
TEXT_OPTIONS = {"COMMENT", "DATA_DIRECTORY", "INDEX_DIRECTORY", "PASSWORD", "CONNECTION"}
USUAL_OPTIONS = dict.fromkeys(
    ("KEY_BLOCK_SIZE", "CHECKSUM", "DELAY_KEY_WRITE", "MAX_ROWS", "MIN_ROWS", "AVG_ROW_LENGTH"), "0"
)


class TableOptions(Dialect):
    """What a table is asked for beside its columns, compared and changed."""

    defaults: ServerDefaults

    def declared_collation(self, table: sa.Table) -> str | None:
        """The collation that a declared table gives its columns, None for that of the database."""
        given = self.given_options(table.dialect_kwargs)
        collation = given.get("COLLATE") or given.get("DEFAULT_COLLATE")
        charset = next((given[word] for word in CHARSET_OPTIONS if word in given), None)
        if collation is not None:
            return same_charset(str(collation).lower())
        return None if charset is None else self.defaults.collation_of(_charset(charset))

    def chooses_method(self, table: sa.Table | None) -> bool:
        """Whether USING says anything of the indexes of a declared table."""
        given = {} if table is None else self.given_options(table.dialect_kwargs)
        return str(given.get("ENGINE", self.defaults.engine)).upper() == "MEMORY"

    def given_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options that are meant for this database, by the words of the server."""
        start = f"{self.engine.name}_"
        return {n.removeprefix(start).upper(): v for n, v in options.items() if n.startswith(start)}

    def has_table_option(self, name: str) -> bool:
        return name.startswith(f"{self.engine.name}_")

    def compared_options(
        self, options: Mapping[str, Any], prefixes: Sequence[str], schema: str | None = None
    ) -> dict[str, Any]:
        """Engine and collation as the table has them; other options where they are said."""
        given = self.given_options(options)
        charsets = [_charset(given.pop(word)) for word in CHARSET_OPTIONS if word in given]
        collations = [given.pop(w) for w in COLLATE_OPTIONS if w in given]
        usual = self.defaults.databases.get(schema)
        found: dict[str, Any] = {"ENGINE": str(given.pop("ENGINE", self.defaults.engine))}
        if collations:
            found["COLLATE"] = same_charset(str(collations[0]).lower())
        elif charsets:
            found["COLLATE"] = self.defaults.collation_of(charsets[0]) or charsets[0]
        elif usual is not None:
            found["COLLATE"] = usual
        found["ENGINE"] = found["ENGINE"].lower()
        for word, value in given.items():
            usual_values = ("DEFAULT", "", USUAL_OPTIONS.get(word))
            if word not in NOT_COMPARED and str(value).upper() not in usual_values:
                found[word] = str(value).upper()
        return {f"{self.engine.name}_{word.lower()}": value for word, value in found.items()}

    def alter_table_options(
        self,
        table: str,
        schema: str | None,
        options: Mapping[str, Any],
        existing: Mapping[str, Any] | None = None,
    ) -> Iterator[str]:
        """One statement; columns keep the character sets that they have."""
        words = []
        for name, value in self.given_options(options).items():
            word = name.replace("_", " ") if name in SPACED_OPTIONS else name
            usual = USUAL_OPTIONS.get(name, "DEFAULT")
            if value is None and name == "ENGINE":
                usual = self.defaults.engine
            words.append(f"{word}={usual if value is None else self._option(name, value)}")
        start = f"ALTER TABLE {self.qualified(table, schema)} "
        if words:
            yield start + " ".join(words)
        if "ENGINE" in self.given_options(options) and self._is_aria(existing):
            yield f"{start}PAGE_CHECKSUM=DEFAULT"  # which Aria left behind

    def _is_aria(self, options: Mapping[str, Any] | None) -> bool:
        return str(self.given_options(options or {}).get("ENGINE")).lower() == "aria"

    def declared_comment(self, table: sa.Table) -> str | None:
        if table.comment is not None:
            return super().declared_comment(table)
        return self.stored_comment(self.given_options(table.dialect_kwargs).get("COMMENT"))

    def _option(self, name: str, value: Any) -> str:
        return self.literal(str(value)) if name in TEXT_OPTIONS else str(value)


def _charset(name: Any) -> str:
    return same_charset(str(name).lower()) or ""
