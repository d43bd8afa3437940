"""What was known when: every version of settings, reference tables and submissions, and of the product, with the time
from which it counted.

A state is what changed between two takings-in; the bytes of all files are in archive/, by hash. Before the first state,
which a ledger that is older than this history begins with, the times at which files were received tell what was known.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from orchestration import __version__, inputs, journal, landing, warehouse
from orchestration.workspace import Workspace

FILES = ("settings", "reference")
PRODUCT = "product"


class NothingKnown(Exception):
    """At that moment nothing was known yet, or its bytes are lost."""


def now() -> datetime:
    """UTC, as the tables hold it."""
    return datetime.now(UTC).replace(tzinfo=None)


def present(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> dict[tuple[str, str], str]:
    """(kind, path) -> sha256 of what counts now, the files of settings and reference put into archive/."""
    found = {(PRODUCT, name): version for name, version in product().items()}
    settings = [workspace.organization_file] if workspace.organization_file.is_file() else []
    for kind, files in (("settings", settings), ("reference", inputs.files_below(workspace.reference))):
        for file in files:
            found[kind, file.relative_to(workspace.root).as_posix()] = landing.archive(file, workspace.archive)[0]
    rows = connection.execute(
        "select c.path, v.sha256 from raw.current_submissions c join raw.submission_versions v using (submission_id)"
    ).fetchall()
    return found | {("submission", path): sha256 for path, sha256 in rows}


def product() -> dict[str, str]:
    """What computes: its version, and the hashes of its shared tables and of its models."""
    return {"helioledger": __version__, "seeds": inputs.seeds_hash(), "dbt_project": inputs.dbt_project_hash()}


def product_of(files: Mapping[tuple[str, str], str]) -> str:
    """What computed, as closes keep it: another one may give other digits of the same inputs."""
    return f"{files.get((PRODUCT, 'helioledger'), '')} {files.get((PRODUCT, 'dbt_project'), '')}"


def known(
    connection: duckdb.DuckDBPyConnection, state_id: str | None = None, relation: str = "raw.input_changes"
) -> dict[tuple[str, str], str]:
    """(kind, path) -> sha256 as of a state; None: the latest."""
    rows = connection.execute(
        f"select kind, path, arg_max(coalesce(sha256, ''), state_id) from {relation}"
        " where ? is null or state_id <= ? group by kind, path",
        [state_id, state_id],
    ).fetchall()
    return {(kind, path): sha256 for kind, path, sha256 in rows if sha256}


def latest_state(connection: duckdb.DuckDBPyConnection) -> str | None:
    ((state_id,),) = connection.execute("select max(state_id) from raw.input_states").fetchall()
    return state_id


def record(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> str | None:
    """Keep what has changed since the latest state; the state of now. The caller holds the run lock."""
    before, after = known(connection), present(connection, workspace)
    changes = [(kind, path, sha) for (kind, path), sha in sorted(after.items()) if before.get((kind, path)) != sha]
    changes += [(kind, path, None) for kind, path in sorted(set(before) - set(after))]
    former = latest_state(connection)
    if not changes:
        return former
    state_id = f"{int(former or 0) + 1:06}"

    def insert() -> None:
        connection.execute("insert into raw.input_states values (?, ?)", [state_id, now()])
        connection.execute(
            "insert into raw.input_changes select ?, unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[])",
            [state_id, *(list(column) for column in zip(*changes, strict=True))],
        )

    journal.add(connection, workspace, insert)
    return state_id


def moment_of(text: str, time_zone: str) -> datetime:
    """In UTC, a date (its end, where the organisation is) or a time (UTC, as the marts print it, unless it says
    otherwise; the end of its second where it names no part of one). Raises ValueError."""
    try:
        end = datetime.combine(date.fromisoformat(text), time.max, ZoneInfo(time_zone))
    except ValueError:
        end = datetime.fromisoformat(text)
        end = end if end.tzinfo else end.replace(tzinfo=UTC)
        if not end.microsecond:
            end = end.replace(microsecond=time.max.microsecond)
    return end.astimezone(UTC).replace(tzinfo=None)


def known_at(connection: duckdb.DuckDBPyConnection, moment: datetime) -> tuple[dict[tuple[str, str], str], bool]:
    """(kind, path) -> sha256 of what was known at a moment, and whether the history goes back so far.

    Before its beginning a file was known from when it was received, and settings and reference tables are the first
    that were kept. Raises NothingKnown.
    """
    ((state_id, first),) = connection.execute(
        "select max(case when recorded_at <= ? then state_id end), min(state_id) from raw.input_states", [moment]
    ).fetchall()
    if first is None:
        raise NothingKnown("nothing has been taken in yet; `helioledger run` first.")
    if state_id:
        return known(connection, state_id), True
    rows = connection.execute(
        "select path, arg_max(sha256, (received_at, submission_id)) from raw.submission_versions"
        " where received_at <= ? and sha256 <> ? group by path",
        [moment, landing.NO_BYTES],
    ).fetchall()
    if not rows:
        ((receipt, begun),) = connection.execute(
            "select (select min(received_at) from raw.submission_versions), min(recorded_at) from raw.input_states"
        ).fetchall()
        earliest = min(filter(None, (receipt, begun)))
        raise NothingKnown(
            f"nothing was known at {moment:%Y-%m-%d %H:%M:%S} UTC: the first file was received, or the first settings "
            f"were kept, at {earliest:%Y-%m-%d %H:%M:%S} UTC. 此时尚无任何数据。"
        )
    kept = {key: sha256 for key, sha256 in known(connection, first).items() if key[0] != "submission"}
    return kept | {("submission", path): sha256 for path, sha256 in rows}, False


def lay_out(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, files: Mapping[tuple[str, str], str], root: Path
) -> None:
    """Write settings, reference/ and landing/ of (kind, path) -> sha256 into a folder, from the archive. Raises
    NothingKnown where bytes are lost."""
    received = {
        (path, sha256): at.replace(tzinfo=UTC).timestamp()
        for path, sha256, at in connection.execute(
            "select path, sha256, min(received_at) from raw.submission_versions group by path, sha256"
        ).fetchall()
    }
    root.mkdir(parents=True, exist_ok=True)
    for (kind, path), sha256 in files.items():
        if kind == PRODUCT or sha256 == landing.NO_BYTES:
            continue
        target = root / "landing" / path if kind == "submission" else root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(workspace.archive / sha256, target)
        except FileNotFoundError as error:
            raise NothingKnown(f"the bytes of {path} of then are lost ({sha256}).") from error
        if at := received.get((path, sha256)):
            os.utime(target, (at, at))


def log_publication(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    release_id: str,
    fingerprint: Mapping[str, str],
    digest: str,
) -> None:
    """Add a publication to the log unless the latest one says the same, with what it says of base-year events."""
    warehouse.create_raw_tables(connection)
    former = connection.execute(
        "select publication_id, digest from raw.publications order by published_at desc, publication_id limit 1"
    ).fetchone()
    previous_id, previous_digest = former or (None, None)
    has_events = connection.execute("select 1 from raw.reference_base_year_events limit 1").fetchone()
    if has_events:
        warehouse.attach_marts(connection, workspace)
    if previous_digest == digest:
        # A publication that is older than the log of events.
        if has_events and not connection.execute("select 1 from raw.published_events limit 1").fetchone():
            journal.add(connection, workspace, lambda: _log_events(connection, previous_id))
        return
    publication_id = hashlib.sha256(f"{previous_id or ''}\0{digest}".encode()).hexdigest()[:16]
    row = [publication_id, now(), latest_state(connection), release_id, json.dumps(fingerprint, sort_keys=True), digest]

    def insert() -> None:
        connection.execute(
            "insert into raw.publications values (?, ?, ?, ?, ?, ?, ?, ?)", [*row, previous_id, previous_digest]
        )
        if has_events:
            _log_events(connection, publication_id)

    journal.add(connection, workspace, insert)


def _log_events(connection: duckdb.DuckDBPyConnection, publication_id: str) -> None:
    """Keep what the marts that are being published say of each base-year event: later runs are held against it."""
    connection.execute(
        "insert into raw.published_events by name"
        " select ? as publication_id, told.base_year, organization.target_scope2_method, given.event_id, given.kind,"
        " given.facility_id, given.effective_on, given.delta_base_co2e_t, given.scope as given_scope,"
        " given.ghg_protocol_category, told.scope, told.as_reported_t, told.effect_t, told.decision, case told.scope"
        " when '3' then counted.for_scope_3 else counted.for_scopes_1_and_2 end as counts_from"
        " from release.marts.base_year_recalculation as told"
        " join raw.reference_base_year_events as given using (event_id)"
        " cross join release.marts.organization as organization"
        " left join (select source_row, min(year) filter (counts_for_scopes_1_and_2) as for_scopes_1_and_2,"
        " min(year) filter (counts_for_scope_3) as for_scope_3"
        " from intermediate.int_base_year_decisions group by source_row) as counted using (source_row)"
        " where told.scope in ('1;2', '3')",
        [publication_id],
    )
