"""Dagster's event log on SQLite, written with one open connection per database.

Dagster's own storage makes an engine, opens, commits and closes a database for every event of a run, waits for the disk
each time, and asks again whether its tables have been migrated; that takes longer than a small inventory. dagster.yaml
of a workspace names this class.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from dagster import AssetKey, EventLogEntry, EventLogRecord
from dagster._core.assets import AssetDetails
from dagster._core.storage.event_log.base import AssetEntry, AssetRecord
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

# The index of all runs and the run that is being written or looked at.
KEPT_OPEN = 3


class EventLog(SqliteEventLogStorage):
    """The same events in the same files as by default; a power failure may cost the last of them, never a figure:
    those are in DuckDB and the releases.

    Overrides of Dagster 1.13: `_connect`, in which that class opens a database, the two questions about its tables,
    `store_event_batch`, by which the events of what a run is going to make are one transaction, and
    `_store_asset_event`, to which each materialization comes: what a step materializes it soon asks for again, as the
    input of the next asset, and is answered from memory.
    """

    def __init__(self, base_dir: str, inst_data: Any = None):
        self._engines: dict[str, Engine] = {}
        self._migrated: set[str] = set()
        self._materialized: dict[AssetKey, AssetRecord] = {}
        self._batch = threading.local()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "EventLog":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        begun: dict[str, Connection] | None = getattr(self._batch, "begun", None)
        if begun is not None:
            if shard not in begun:
                begun[shard] = self._batch.stack.enter_context(self._engine(shard).begin())
            yield begun[shard]
            return
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        """Of a database, with its connection kept. The caller holds the lock."""
        engine = self._engines.pop(shard, None) or self._open(shard)
        self._engines[shard] = engine  # the last used one last
        while len(self._engines) > KEPT_OPEN:
            self._engines.pop(next(iter(self._engines))).dispose()
        return engine

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """As Dagster's, which stores one after the other, in one transaction of each database."""
        with self._db_lock, ExitStack() as stack:
            self._batch.begun, self._batch.stack = {}, stack
            try:
                for entry in events:
                    self.store_event(entry)
            finally:
                self._batch.begun = None

    def _open(self, shard: str) -> Engine:
        engine = create_engine(self.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
        event.listen(engine, "connect", lambda opened, _: opened.execute("pragma synchronous = off"))
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        return engine

    def has_table(self, table_name: str) -> bool:
        if table_name not in self._migrated and super().has_table(table_name):
            self._migrated.add(table_name)
        return table_name in self._migrated

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        name = f"asset_keys.{column_name}"
        if name not in self._migrated and super()._has_asset_key_col_on_connection(conn, column_name):
            self._migrated.add(name)
        return name in self._migrated

    def _store_asset_event(self, conn: Connection, event: EventLogEntry, event_id: int) -> None:
        super()._store_asset_event(conn, event, event_id)
        stored = event.dagster_event
        if stored and stored.asset_key and stored.is_step_materialization and event.step_key:
            ((row_id, details),) = conn.exec_driver_sql(
                "select id, asset_details from asset_keys where asset_key = ?", (stored.asset_key.to_string(),)
            )
            entry = AssetEntry(
                asset_key=stored.asset_key,
                last_materialization_record=EventLogRecord(storage_id=event_id, event_log_entry=event),
                last_run_id=event.run_id,
                asset_details=AssetDetails.from_db_string(details),
            )
            self._materialized[stored.asset_key] = AssetRecord(storage_id=row_id, asset_entry=entry)

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> Sequence[AssetRecord]:
        """As Dagster's; those that this process has materialized in a run are not read back."""
        if asset_keys and all(key in self._materialized for key in asset_keys):
            return [self._materialized[key] for key in asset_keys]
        return super().get_asset_records(asset_keys)

    def delete_events(self, run_id: str) -> None:
        """Of a run, with the file that held them, which Dagster leaves empty."""
        super().delete_events(run_id)
        with self._db_lock:
            if engine := self._engines.pop(run_id, None):
                engine.dispose()
            self._initialized_dbs.discard(run_id)
            for suffix in ("", "-wal", "-shm", "-journal"):
                Path(f"{self.path_for_shard(run_id)}{suffix}").unlink(missing_ok=True)

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()
