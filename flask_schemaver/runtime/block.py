"""The transaction of a block that env.py or a program opens around statements of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from .transaction import Transaction, settle, transaction_for

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


class TransactionBlock:
    """The transaction of a `begin_transaction` block; it begins when something is written."""

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection
        self._stack: ExitStack | None = None
        self.transaction: Transaction | None = None

    def begin(self) -> None:
        if self.transaction is not None or self._connection is None:
            return
        self.transaction = transaction_for(self._connection)
        self._stack = ExitStack()
        self._stack.enter_context(self.transaction.session())
        self.transaction.begin()

    def commit(self) -> None:
        if self.transaction is not None:
            self.transaction.commit()
            self._close()
        elif self._connection is not None:
            settle(self._connection)

    @contextmanager
    def open(self) -> Iterator[None]:
        try:
            yield
            self.commit()
        except BaseException:
            if self.transaction is not None:
                self.transaction.rollback()
            elif self._connection is not None and self._connection.in_transaction():
                self._connection.rollback()
            self._close()
            raise

    def _close(self) -> None:
        stack, self._stack, self.transaction = self._stack, None, None
        if stack is not None:
            stack.close()


@contextmanager
def single_autocommit(connection: Connection, block: TransactionBlock | None) -> Iterator[None]:
    """An autocommit block outside of a run."""
    if block is not None:
        block.begin()
        assert block.transaction is not None
        with block.transaction.autocommit():
            yield
        return
    transaction = transaction_for(connection)
    if not transaction.joined:
        settle(connection)
    with transaction.autocommit():
        yield
    transaction.commit()
