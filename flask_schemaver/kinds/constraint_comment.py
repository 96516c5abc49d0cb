"""The comment of a constraint that has a name; nothing where a database keeps none of these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ..schema.model import Kind, Ref, Schema, table_ref
from ..schema.operation import Call, Operation, TableOperation
from ..schema.record import record
from ._constraint import KIND_OF_TYPE
from ._items import given, rendered_name

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedTable


@record
class ConstraintCommentModel:
    """What is said of a constraint; it is a part of its own beside the constraint."""

    schema: str | None
    table: str
    name: str
    comment: str

    @property
    def ref(self) -> Ref:
        return Ref("constraint_comment", self.schema, self.table, self.name)

    def requires(self) -> frozenset[Ref]:
        own = (Ref(kind, self.schema, self.table, self.name) for kind in KIND_OF_TYPE.values())
        return frozenset([table_ref(self.schema, self.table), *own])

    def settled(self, stored: ConstraintCommentModel) -> ConstraintCommentModel:
        return self


class SetConstraintCommentOp(TableOperation):
    """From one comment of a constraint, None if it has none, to another."""

    directive = "set_constraint_comment"

    def __init__(
        self,
        constraint_name: str,
        table_name: str,
        comment: str | None,
        *,
        existing_comment: str | None = None,
        schema: str | None = None,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.constraint_name = constraint_name
        self.comment = comment
        self.existing_comment = existing_comment

    @classmethod
    def call(
        cls,
        constraint_name: str,
        table_name: str,
        comment: str | None,
        *,
        existing_comment: str | None = None,
        schema: str | None = None,
    ) -> SetConstraintCommentOp:
        """Comment a constraint, or take its comment back with None; on PostgreSQL only.

        `existing_comment` is what a downgrade says again.
        """
        options = given(existing_comment=existing_comment, schema=schema)
        return cls(constraint_name, table_name, comment, **options)

    @property
    def ref(self) -> Ref:
        return Ref("constraint_comment", self.schema, self.table_name, self.constraint_name)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        if self.comment is None or not dialect.constraint_comments:
            return schema.without(self.ref)
        place = (self.schema, self.table_name, self.constraint_name)
        return schema.with_models(ConstraintCommentModel(*place, self.comment))

    def reverse(self) -> SetConstraintCommentOp:
        return SetConstraintCommentOp(
            self.constraint_name,
            self.table_name,
            self.existing_comment,
            existing_comment=self.comment,
            schema=self.schema,
        )

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        if dialect.constraint_comments:
            place = (self.table_name, self.schema)
            yield from dialect.comment_constraint(self.constraint_name, *place, self.comment)

    def describe(self) -> str:
        words = "comment" if self.comment is not None else "drop the comment of"
        return f"{words} constraint '{self.constraint_name}' of table '{self.table_name}'"

    def rendering(self) -> Call:
        options = given(existing_comment=self.existing_comment, schema=self.schema)
        name = rendered_name(self.constraint_name)
        return Call("op.set_constraint_comment", name, self.table_name, self.comment, **options)

    def requires(self) -> Iterable[Ref]:
        if self.comment is None:
            return ()
        place = (self.schema, self.table_name, self.constraint_name)
        return ConstraintCommentModel(*place, self.comment).requires()

    def provides(self) -> Iterable[Ref]:
        return (self.ref,) if self.existing_comment is None else ()

    def removes(self) -> Iterable[Ref]:
        return (self.ref,) if self.comment is None else ()


class ConstraintCommentKind(Kind):
    """Comments of constraints."""

    name = "constraint_comment"
    scratch = False

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[ConstraintCommentModel]:
        if not dialect.constraint_comments:
            return
        schema = dialect.normal_schema(table.schema)
        for constraint in table.constraints:
            if constraint.comment:
                name = dialect.constraint_name(constraint)
                if name is not None:
                    place = (schema, table.name, name)
                    yield ConstraintCommentModel(*place, constraint.comment)

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[ConstraintCommentModel]:
        for name, comment in table.constraint_comments.items():
            yield ConstraintCommentModel(table.schema, table.name, name, comment)

    def created(
        self, model: ConstraintCommentModel, after: Schema, dialect: Dialect
    ) -> Iterable[Operation]:
        yield _commenting(model, model.comment, None)

    def dropped(
        self, model: ConstraintCommentModel, before: Schema, dialect: Dialect
    ) -> Iterable[Operation]:
        yield _commenting(model, None, model.comment)

    def altered(
        self,
        old: ConstraintCommentModel,
        new: ConstraintCommentModel,
        before: Schema,
        after: Schema,
        dialect: Dialect,
    ) -> Iterable[Operation]:
        if all(before.get(ref) == after.get(ref) for ref in new.requires()):
            yield _commenting(new, new.comment, old.comment)
        else:  # the constraint leaves and comes back, in either direction without a comment
            yield from super().altered(old, new, before, after, dialect)


def _commenting(
    model: ConstraintCommentModel, comment: str | None, existing: str | None
) -> SetConstraintCommentOp:
    return SetConstraintCommentOp(
        model.name, model.table, comment, existing_comment=existing, schema=model.schema
    )
