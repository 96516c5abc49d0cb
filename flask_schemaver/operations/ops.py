"""The operations by their public names: an import list."""

from __future__ import annotations

from ..kinds._constraint import AddConstraintOp, DropConstraintOp
from ..kinds.check import CreateCheckConstraintOp
from ..kinds.column.alter import AlterColumnOp
from ..kinds.column.operations import AddColumnOp, DropColumnOp
from ..kinds.comment import CreateTableCommentOp, DropTableCommentOp
from ..kinds.constraint_comment import SetConstraintCommentOp
from ..kinds.domain import AlterDomainOp, CreateDomainOp, DropDomainOp
from ..kinds.enum import CreateEnumOp, DropEnumOp
from ..kinds.enum_values import AddEnumValueOp, ChangeEnumValuesOp, RenameEnumValueOp
from ..kinds.exclude import CreateExcludeConstraintOp
from ..kinds.extension import CreateExtensionOp, DropExtensionOp
from ..kinds.foreign_key import CreateForeignKeyOp
from ..kinds.index import CreateIndexOp, DropIndexOp
from ..kinds.namespace import CreateSchemaOp, DropSchemaOp
from ..kinds.other_name import RenameConstraintOp, RenameIndexOp, RenameSequenceOp
from ..kinds.primary_key import CreatePrimaryKeyOp
from ..kinds.sequence import AlterSequenceOp, CreateSequenceOp, DropSequenceOp
from ..kinds.table import CreateTableOp, DropTableOp
from ..kinds.table_name import RenameTableOp
from ..kinds.table_options import AlterTableOptionsOp
from ..kinds.unique import CreateUniqueConstraintOp
from ..schema.operation import Operation as MigrateOperation
from ..schema.operation import TableOperation as AlterTableOp
from .containers import DowngradeOps, MigrationScript, ModifyTableOps, OpContainer, UpgradeOps
from .data import BulkInsertOp, ExecuteSQLOp
from .todo import TodoOp

__all__ = [
    "AddColumnOp",
    "AddConstraintOp",
    "AddEnumValueOp",
    "AlterColumnOp",
    "AlterDomainOp",
    "AlterSequenceOp",
    "AlterTableOp",
    "AlterTableOptionsOp",
    "BulkInsertOp",
    "ChangeEnumValuesOp",
    "CreateCheckConstraintOp",
    "CreateDomainOp",
    "CreateEnumOp",
    "CreateExcludeConstraintOp",
    "CreateExtensionOp",
    "CreateForeignKeyOp",
    "CreateIndexOp",
    "CreatePrimaryKeyOp",
    "CreateSchemaOp",
    "CreateSequenceOp",
    "CreateTableCommentOp",
    "CreateTableOp",
    "CreateUniqueConstraintOp",
    "DowngradeOps",
    "DropColumnOp",
    "DropConstraintOp",
    "DropDomainOp",
    "DropEnumOp",
    "DropExtensionOp",
    "DropIndexOp",
    "DropSchemaOp",
    "DropSequenceOp",
    "DropTableCommentOp",
    "DropTableOp",
    "ExecuteSQLOp",
    "MigrateOperation",
    "MigrationScript",
    "ModifyTableOps",
    "OpContainer",
    "RenameConstraintOp",
    "RenameEnumValueOp",
    "RenameIndexOp",
    "RenameSequenceOp",
    "RenameTableOp",
    "SetConstraintCommentOp",
    "TodoOp",
    "UpgradeOps",
]
