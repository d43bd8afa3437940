"""Dagster's event log on SQLite, written with one open connection per database and by statements that are written once.

Dagster's own storage makes an engine, opens, commits and closes a database for every event of a run, waits for the disk
each time, asks again whether its tables have been migrated, and composes each statement anew; that takes longer than a
small inventory. dagster.yaml of a workspace names this class.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from dagster import AssetKey, EventLogEntry, EventLogRecord
from dagster._core.assets import AssetDetails
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.base import AssetEntry, AssetRecord
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

# The index of all runs and the run that is being written or looked at.
KEPT_OPEN = 3
# Events that are in the index of all runs, too.
INDEXED = ASSET_EVENTS | ASSET_CHECK_EVENTS | EVENT_TYPE_TO_PIPELINE_RUN_STATUS.keys()

EVENT_COLUMNS = ("run_id", "event", "dagster_event_type", "timestamp", "step_key", "asset_key", "partition")
INSERT_EVENT = f"insert into event_logs ({', '.join(EVENT_COLUMNS)}) values (?, ?, ?, ?, ?, ?, ?)"
PUT_PLANNED = (
    "insert into asset_keys (asset_key, last_run_id, last_materialization_timestamp) values (?, ?, ?)"
    " on conflict (asset_key) do update set last_run_id = excluded.last_run_id,"
    " last_materialization_timestamp = excluded.last_materialization_timestamp"
)
PUT_MATERIALIZED = (
    "insert into asset_keys (asset_key, last_run_id, last_materialization_timestamp, last_materialization)"
    " values (?, ?, ?, ?)"
    " on conflict (asset_key) do update set last_run_id = excluded.last_run_id,"
    " last_materialization_timestamp = excluded.last_materialization_timestamp,"
    " last_materialization = excluded.last_materialization"
    " returning id, asset_details"
)
INSERT_PLANNED_CHECK = (
    "insert into asset_check_executions (asset_key, check_name, partition, run_id, execution_status, evaluation_event,"
    " evaluation_event_timestamp, evaluation_event_storage_id) values (?, ?, ?, ?, ?, ?, ?, ?)"
)
UPDATE_CHECK = (
    "update asset_check_executions set execution_status = ?, evaluation_event = ?, evaluation_event_timestamp = ?,"
    " evaluation_event_storage_id = ?, materialization_event_storage_id = ?"
    " where asset_key = ? and check_name = ? and run_id = ? and partition is ?"
)


class EventLog(SqliteEventLogStorage):
    """The same events in the same files as by default; a power failure may cost the last of them, never a figure:
    those are in DuckDB and the releases.

    Overrides of Dagster 1.13; a test compares all rows of both. `_connect`, in which that class opens a database; the
    two questions about its tables; `store_event`, `_store_asset_event` and the two of checks, by written statements;
    `store_event_batch`, by which the events of what a run is going to make are one transaction; and
    `get_asset_records`: what a step materializes it soon asks for again, as the input of the next asset, and is
    answered from memory.
    """

    def __init__(self, base_dir: str, inst_data: Any = None):
        self._opened: dict[str, Connection] = {}
        self._migrated: set[str] = set()
        self._materialized: dict[AssetKey, AssetRecord] = {}
        self._last: tuple[EventLogEntry, dict[str, Any]] | None = None
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
                connection = self._connection(shard)
                self._batch.stack.enter_context(connection.begin())
                begun[shard] = connection
            yield begun[shard]
            return
        with self._db_lock:
            connection = self._connection(shard)
            with connection.begin():
                yield connection

    def _connection(self, shard: str) -> Connection:
        """To a database, and kept. The caller holds the lock."""
        connection = self._opened.pop(shard, None)
        if connection is None:
            connection = self._engine(shard).connect()
        self._opened[shard] = connection  # the last used one last
        while len(self._opened) > KEPT_OPEN:
            _close(self._opened.pop(next(iter(self._opened))))
        return connection

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """As Dagster's, which stores one after the other, in one transaction of each database."""
        with self._db_lock, ExitStack() as stack:
            self._batch.begun, self._batch.stack = {}, stack
            try:
                for entry in events:
                    self.store_event(entry)
            finally:
                self._batch.begun = None

    def _engine(self, shard: str) -> Engine:
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

    def store_event(self, event: EventLogEntry) -> None:
        row = self._event_to_row(event)
        values = tuple(_stored(row[column]) for column in EVENT_COLUMNS)
        with self._connect(event.run_id) as connection:
            connection.exec_driver_sql(INSERT_EVENT, values)
        kind = event.dagster_event_type
        if kind not in INDEXED:
            return
        with self._connect(INDEX_SHARD_NAME) as connection:
            event_id = connection.exec_driver_sql(INSERT_EVENT, values).lastrowid
            if kind in ASSET_EVENTS:
                self._store_asset_event_tags(connection, [event], [event_id])
                self._store_asset_event(connection, event, event_id)
        if kind in ASSET_CHECK_EVENTS:
            self.store_asset_check_event(event, event_id)

    def _event_to_row(self, event: EventLogEntry) -> dict[str, Any]:
        """As Dagster's; the last one is kept, because an event's text is stored in up to three tables."""
        last = self._last
        if last is None or last[0] is not event:
            last = self._last = event, super()._event_to_row(event)
        return last[1]

    def _store_asset_event(self, conn: Connection, event: EventLogEntry, event_id: int) -> None:
        told = event.dagster_event
        if (
            told is None
            or not told.asset_key
            or not (told.is_step_materialization or told.is_asset_materialization_planned)
            or not self._has_asset_key_index_cols_on_connection(conn)
        ):
            super()._store_asset_event(conn, event, event_id)
            return
        row = self._event_to_row(event)
        values = (row["asset_key"], event.run_id, _stored(row["timestamp"]))
        if told.is_asset_materialization_planned:
            conn.exec_driver_sql(PUT_PLANNED, values)
            return
        record = f'{{"__class__": "EventLogRecord", "event_log_entry": {row["event"]}, "storage_id": {event_id}}}'
        ((row_id, details),) = conn.exec_driver_sql(PUT_MATERIALIZED, (*values, record)).fetchall()
        if event.step_key:
            entry = AssetEntry(
                asset_key=told.asset_key,
                last_materialization_record=EventLogRecord(storage_id=event_id, event_log_entry=event),
                last_run_id=event.run_id,
                asset_details=AssetDetails.from_db_string(details),
            )
            self._materialized[told.asset_key] = AssetRecord(storage_id=row_id, asset_entry=entry)

    def _store_asset_check_evaluation_planned(self, event: EventLogEntry, event_id: int | None) -> None:
        planned = event.dagster_event.event_specific_data
        if planned.partitions_subset:
            super()._store_asset_check_evaluation_planned(event, event_id)
            return
        row = self._event_to_row(event)
        check = (planned.asset_key.to_string(), planned.check_name, None, event.run_id)
        status = AssetCheckExecutionRecordStatus.PLANNED.value
        with self._connect(INDEX_SHARD_NAME) as connection:
            told = (status, row["event"], _stored(row["timestamp"]), event_id)
            connection.exec_driver_sql(INSERT_PLANNED_CHECK, (*check, *told))

    def _update_asset_check_evaluation(self, event: EventLogEntry, event_id: int | None) -> None:
        found = event.dagster_event.event_specific_data
        row, target = self._event_to_row(event), found.target_materialization_data
        status = AssetCheckExecutionRecordStatus.SUCCEEDED if found.passed else AssetCheckExecutionRecordStatus.FAILED
        check = (found.asset_key.to_string(), found.check_name, event.run_id, found.partition)
        with self._connect(INDEX_SHARD_NAME) as connection:
            told = (status.value, row["event"], _stored(row["timestamp"]), event_id, target and target.storage_id)
            if connection.exec_driver_sql(UPDATE_CHECK, (*told, *check)).rowcount == 1:
                return
        super()._update_asset_check_evaluation(event, event_id)  # one that nothing had planned

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> Sequence[AssetRecord]:
        """As Dagster's; those that this process has materialized in a run are not read back."""
        if asset_keys and all(key in self._materialized for key in asset_keys):
            return [self._materialized[key] for key in asset_keys]
        return super().get_asset_records(asset_keys)

    def delete_events(self, run_id: str) -> None:
        """Of a run, with the file that held them, which Dagster leaves empty."""
        super().delete_events(run_id)
        with self._db_lock:
            if connection := self._opened.pop(run_id, None):
                _close(connection)
            self._initialized_dbs.discard(run_id)
            for suffix in ("", "-wal", "-shm", "-journal"):
                Path(f"{self.path_for_shard(run_id)}{suffix}").unlink(missing_ok=True)

    def dispose(self) -> None:
        while self._opened:
            _close(self._opened.popitem()[1])
        super().dispose()


def _close(connection: Connection) -> None:
    connection.close()
    connection.engine.dispose()


def _stored(value: Any) -> Any:
    """A value of a row as SQLAlchemy gives it to SQLite."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="microseconds")
    return value
