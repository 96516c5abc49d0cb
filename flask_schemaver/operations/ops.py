"""The operations by their public names: an import list."""

from __future__ import annotations

from ..kinds._constraint import AddConstraintOp, DropConstraintOp
from ..kinds.check import CreateCheckConstraintOp
from ..kinds.column.operations import AddColumnOp, AlterColumnOp, DropColumnOp
from ..kinds.comment import CreateTableCommentOp, DropTableCommentOp
from ..kinds.enum import CreateEnumOp, DropEnumOp
from ..kinds.foreign_key import CreateForeignKeyOp
from ..kinds.index import CreateIndexOp, DropIndexOp
from ..kinds.primary_key import CreatePrimaryKeyOp
from ..kinds.table import CreateTableOp, DropTableOp, RenameTableOp
from ..kinds.unique import CreateUniqueConstraintOp
from ..schema.operation import Operation as MigrateOperation
from ..schema.operation import TableOperation as AlterTableOp
from .containers import DowngradeOps, MigrationScript, ModifyTableOps, OpContainer, UpgradeOps
from .data import BulkInsertOp, ExecuteSQLOp

__all__ = [
    "AddColumnOp",
    "AddConstraintOp",
    "AlterColumnOp",
    "AlterTableOp",
    "BulkInsertOp",
    "CreateCheckConstraintOp",
    "CreateEnumOp",
    "CreateForeignKeyOp",
    "CreateIndexOp",
    "CreatePrimaryKeyOp",
    "CreateTableCommentOp",
    "CreateTableOp",
    "CreateUniqueConstraintOp",
    "DowngradeOps",
    "DropColumnOp",
    "DropConstraintOp",
    "DropEnumOp",
    "DropIndexOp",
    "DropTableCommentOp",
    "DropTableOp",
    "ExecuteSQLOp",
    "MigrateOperation",
    "MigrationScript",
    "ModifyTableOps",
    "OpContainer",
    "RenameTableOp",
    "UpgradeOps",
]
