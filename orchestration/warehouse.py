"""The DuckDB work file: its raw tables, connections to it, and the lock that keeps runs apart.

Holds the only statement of the raw tables' types. Everything under schema `raw` is written here; everything else in
the file belongs to dbt.
"""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from orchestration.limits import Limits
from orchestration.workspace import Workspace

QUANTITY = "DECIMAL(22,9)"
FACTOR = "DECIMAL(28,12)"
SHARE = "DECIMAL(18,9)"

WAIT_FOR_DATABASE_SECONDS = 180.0


class WarehouseBusy(Exception):
    """Another process kept the database file open for too long."""


class WarehouseUnreadable(Exception):
    """The database file is not one that this DuckDB can open."""


def _columns(declaration: str) -> dict[str, str]:
    """`name` or `name:TYPE` words as a column -> type mapping; text is the default."""
    kinds = {"D": QUANTITY, "F": FACTOR, "S": SHARE, "U": "DECIMAL(38,18)", "I": "INTEGER", "B": "BOOLEAN"}
    columns = {}
    for word in declaration.split():
        name, _, kind = word.partition(":")
        columns[name] = kinds.get(kind, kind or "VARCHAR")
    return columns


ROW_COLUMNS = "load_id submission_id source_sheet source_row:I "
DERIVED_COLUMNS = " times_of_day coverage_start:DATE coverage_end:DATE"

FEED_TABLES = {
    feed: _columns(ROW_COLUMNS + columns + DERIVED_COLUMNS)
    for feed, columns in {
        "energy_ledger": "period facility_id activity_type quantity:D unit start_date:DATE end_date:DATE meter_id"
        " supplier opening_stock:D received:D closing_stock:D temperature_c:D enthalpy_kj_per_kg:D data_quality"
        " source_document remark",
        "invoices": "invoice_number invoice_date:DATE supplier facility_id activity_type service_start:DATE"
        " service_end:DATE quantity:D unit net_amount:D tax_amount:D gross_amount:D currency meter_id"
        " corrects_invoice_number remark",
        "procurement": "document_number line_number posting_date:DATE facility_id supplier_id activity_type quantity:D"
        " unit net_amount:D currency supplier_factor_kgco2e_per_unit:D supplier_factor_includes_transport"
        " transport_mode transport_distance_km:D transported_mass_t:D remark",
        "activity_log": "record_id start_date:DATE end_date:DATE facility_id activity_type quantity:D unit"
        " factor_kgco2e_per_unit:D payer process counterparty data_quality source_document remark",
        "production": "period facility_id workshop product quantity:D unit",
        "energy_instruments": "instrument_id instrument_type vintage_start:DATE vintage_end:DATE country quantity:D"
        " unit claim_start:DATE claim_end:DATE retired_on:DATE facility_id factor_kgco2e_per_kwh:D tracking_id"
        " registry project serial beneficiary remark technology commissioned_on:DATE grid_region generated_from"
        " generated_to tradable contract_date:DATE retired_for_year",
        "business_metrics": "period metric value:D unit facility_id",
    }.items()
}

LOAD_TABLES = {
    "submission_versions": _columns(
        "submission_id path sha256 size_bytes:BIGINT landing_month submitter file_name received_at:TIMESTAMP"
    ),
    "loads": _columns("load_id submission_id context_hash"),
    "load_sheets": _columns("load_id submission_id source_sheet feed rows_in:I rows_rejected:I"),
    "current_submissions": _columns("path submission_id load_id"),
    "landing_findings": _columns("path submission_id load_id unread_submission_id rule severity message_en message_zh"),
    "intake_findings": _columns(
        "load_id submission_id feed source_sheet source_row:I column_name source_value rule severity facility_id"
        " period:DATE message_en message_zh"
    ),
}

ORGANIZATION_TABLES = {
    "organization": _columns(
        "name name_zh consolidation_approach gwp_set base_year:I currency target_scope2_method combustion_gases"
        " fuel_factor_set significance_threshold:S materiality:S acceptance residual_mix_policy time_zone"
        " schedule_day:I schedule_hour:I first_month period_end estimate_warn:S estimate_block:S data_notice"
        " high_income_country:B data_notice_zh"
    ),
    "reconciliation_tolerances": _columns("activity_type tolerance:S"),
    "heating_value_bases": _columns("fuel unit basis"),
    "estimation_methods": _columns("position:I method"),
    "organization_statements": _columns("topic text_en text_zh"),
}

REFERENCE_TABLES = {
    table: _columns(columns + " source_row:I")
    for table, columns in {
        "facilities": "facility_id name name_zh base legal_entity country grid_region equity_share:F"
        " operational_control:B financial_control outside_boundary_category valid_from:DATE valid_to:DATE"
        " expected_activity_types heating_value_basis",
        "meters": "facility_id meter_id workshop activity_type parent_meter_id model accuracy calibrated_on:DATE"
        " calibration_due:DATE",
        "submitters": "submitter facilities",
        "header_aliases": "feed column header",
        "activity_types": "activity_type name_en name_zh source_class method canonical_unit fuel gas carrier_class"
        " aliases fuel_use",
        "activity_aliases": "name activity_type remark",
        "emission_factors": "factor_id activity_type stage scope ghg_protocol_category:I iso_14064_category:I"
        " scope2_method geography valid_from:DATE valid_to:DATE per_unit co2_kg:F ch4_kg:F n2o_kg:F co2e_kg:F gwp_set"
        " biogenic_co2_kg:F uncertainty_share:F loss_share:F loss_basis data_year:I publication published_on"
        " licence source",
        "fuel_properties": "factor_set fuel use ncv:F ncv_unit carbon_content_tc_per_gj:F oxidation_rate:F"
        " co2_kg_per_tj:F ch4_kg_per_tj:F n2o_kg_per_tj:F biogenic:B geography valid_from:DATE valid_to:DATE"
        " publication source",
        "fuel_densities": "fuel density:F density_unit geography valid_from:DATE valid_to:DATE publication source",
        "gwp": "gwp_set gas formula gwp100:F gas_group kyoto_basket:B publication source",
        "gas_blends": "blend component mass_share:F publication source",
        "units": "unit dimension to_base:U heating_value_basis aliases name_en name_zh source",
        "geographies": "geography parent name_en name_zh",
        "electricity_markets": "country market publication source",
        "process_gas_parameters": "parameter_set gas process parameter by_product value:F publication source",
        "exchange_rates": "currency per_currency year:I rate:F publication source",
        "price_indices": "price_index currency year:I value:F base_year publication source",
        "metrics": "metric name_en name_zh kind",
        "targets": "target_id name_en name_zh kind scopes ghg_protocol_categories scope2_method denominator"
        " base_year:I target_year:I reduction:F pathway method_version status submitted_on:DATE term coverage:F",
        "target_progress_published": "target_id year:I progress:F document",
        "measures": "measure_id name_en name_zh facility_id year:I started_on:DATE ended_on:DATE expected_t:D"
        " expected_mwh:F measured_activity_type realised_t:D realised_mwh:F document",
        "reported_inventories": "year:I scope scope2_method ghg_protocol_category:I iso_14064_category:I source_class"
        " facility_id co2e_t:D document verifier statement_number verified_on:DATE",
        "base_year_events": "event_id kind facility_id effective_on:DATE delta_base_co2e_t:D scope"
        " ghg_protocol_category:I waived_reason withdrawn_reason document",
        "category_notes": "year:I ghg_protocol_category:I iso_14064_category:I treatment reason_en reason_zh document",
        "source_declarations": "facility_id emission_source year:I reason_en reason_zh document",
        "neutrality_statements": "statement_id subject subject_zh facility_id period_start:DATE period_end:DATE scopes"
        " scope_1_t:D scope_2_location_t:D scope_2_market_t:D total_t:D energy_instruments offset_t:D offset_share:F"
        " offset_units offset_programme standard issuer statement_number issued_on:DATE document remark",
        "avoided_emissions": "year:I co2e_t:D qualifier basis capacity_mw:F full_load_hours:F"
        " baseline_factor_kg_per_kwh:F baseline_source assumption_en assumption_zh document",
        "data_quality_assessments": "activity_type facility_id valid_from:DATE valid_to:DATE activity_data_class"
        " factor_class calibration_class technology:I time:I geography:I completeness:I reliability:I document remark",
        "verification": "statement_number year:I scope scope2_method verified_t:D printed_to_t:D body body_zh"
        " accreditation criteria assurance materiality:F opinion verified_on:DATE version_verified document",
        "nonconformities": "nonconformity_id statement_number year:I facility_id raised_on:DATE description_en"
        " description_zh cause_en cause_zh correction_en correction_zh closed_on:DATE conclusion_en conclusion_zh"
        " document",
        "verification_samples": "sample_id year:I scope scope2_method stratum emission_id interval_t:D confidence:F"
        " materiality:F seed release_id recorded_t:D verified_t:D remark",
    }.items()
}

# The load and feed tables are appended to, never rewritten: a published line can be walked back to the version of the
# file it came from. The others, and of the load tables current_submissions and landing_findings, are replaced.

# What was known when: every change of an input, every publication, every close of a year. Appended to; the journal
# keeps them as it keeps submissions.
HISTORY_TABLES = {
    # sha256: of the bytes that came into force; NULL: the file went. kind: settings, reference, submission, or product.
    "input_states": _columns("state_id recorded_at:TIMESTAMP"),
    "input_changes": _columns("state_id kind path sha256"),
    "publications": _columns(
        "publication_id published_at:TIMESTAMP state_id release_id inputs digest previous_id previous_digest"
    ),
    # What a publication said of each base-year event: the row as it was given, and what it did to each scope.
    "published_events": _columns(
        "publication_id base_year:I target_scope2_method event_id kind facility_id effective_on:DATE"
        " delta_base_co2e_t:D given_scope ghg_protocol_category:I scope as_reported_t:U effect_t:U decision"
        " counts_from:I"
    ),
    # action: close or reopen; product: what computed the lines; settings: the methods they were computed by;
    # base_co2e_t: of a base year, Scope 1 + 2 as reported, in the Scope 2 method of the target.
    "closes": _columns(
        "close_id number:I year:I version:I action reason recorded_at:TIMESTAMP hasher:I leaves:I digest"
        " previous_digest log_root state_id publication_id product settings target_scope2_method base_co2e_t:U"
    ),
    "closed_rows": _columns("close_id part leaf"),
    "closed_figures": _columns(
        "close_id basis scope:I scope2_method ghg_protocol_category:I facility_id co2e_t:DECIMAL(38,21)"
    ),
    # After the columns of the mart: the file of the line, and its bytes.
    "closed_lines": _columns(
        "close_id emission_id activity_id submission_id source_sheet source_row:I feed period:DATE facility_id"
        " activity_type source_class stage scope:I scope2_method market_basis instrument_id ghg_protocol_category:I"
        " iso_14064_category:I quantity:DECIMAL(19,6) unit factor_id factor_row_id factor_table factor_level"
        " factor_distance:I factor_kgco2e_per_unit:DECIMAL(24,18) given_quantity:D given_unit unit_bridge gwp_set"
        " boundary_route consolidation_share:DECIMAL(13,12) gross_co2e_kg:U co2e_kg:U co2_kg:U ch4_kg_co2e:U"
        " n2o_kg_co2e:U hfcs_kg_co2e:U pfcs_kg_co2e:U sf6_kg_co2e:U nf3_kg_co2e:U co2e_unspecified_kg:U"
        " other_gases_kg_co2e:U biogenic_co2_kg:U data_quality segment_start:DATE segment_end:DATE"
        " path sha256"
    ),
}
# What the landing step fills, or, of publications, finds.
LANDED_TABLES = (*FEED_TABLES, *LOAD_TABLES, "input_states", "input_changes", "publications", "published_events")
# The database itself refuses to change what is closed (a table that is dropped is noticed by its digests).
CLOSED_TABLES = ("closes", "closed_rows", "closed_figures", "closed_lines")
CLOSED = "a closed year is never changed; helioledger reopen makes its next version"

# Which state of organization.yml and of reference/ the replaced tables hold (inputs.reference_fingerprint).
FINGERPRINT_TABLES = {"reference_fingerprint": _columns("part hash")}

REPLACED_TABLES = {
    **ORGANIZATION_TABLES,
    **{f"reference_{table}": columns for table, columns in REFERENCE_TABLES.items()},
}
RAW_TABLES = {**LOAD_TABLES, **FEED_TABLES, **REPLACED_TABLES, **FINGERPRINT_TABLES, **HISTORY_TABLES}


class Frame:
    """A polars frame as an Arrow stream, the form in which DuckDB takes it without pyarrow."""

    def __init__(self, frame: Any):
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


@contextlib.contextmanager
def connect(
    database: Path,
    *,
    read_only: bool = False,
    wait_seconds: float = WAIT_FOR_DATABASE_SECONDS,
    on_wait: Callable[[str], None] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a DuckDB file, closed at the end of the block.

    Waits while another process holds the file (a dbt child of a killed run lives for some seconds more); `on_wait`
    is told once. Raises WarehouseBusy after `wait_seconds`, WarehouseUnreadable for anything else.
    """
    deadline = time.monotonic() + wait_seconds
    said = False
    while True:
        try:
            connection = duckdb.connect(str(database), read_only=read_only)
            break
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise WarehouseUnreadable(f"{database} cannot be opened: {error}") from error
            if time.monotonic() >= deadline:
                raise WarehouseBusy(f"{database} is kept open by another process: {error}") from error
            if on_wait and not said:
                on_wait(f"Waiting for another process to close {database.name} ...")
                said = True
            time.sleep(0.2)
        except duckdb.Error as error:
            raise WarehouseUnreadable(f"{database} cannot be opened: {error}") from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def open_work(
    workspace: Workspace, on_wait: Callable[[str], None] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-write connection to the work file, within the workspace's limits; see `connect`."""
    with connect(workspace.work_database, on_wait=on_wait) as connection:
        Limits.of(workspace).apply(connection, workspace)
        # Rows are told apart by their file, sheet and row, never by their place in a table.
        connection.execute("set preserve_insertion_order = false")
        yield connection


@contextlib.contextmanager
def kept_open(workspace: Workspace) -> Iterator[None]:
    """Keep the work file open, so that what opens and closes it within the block does neither: DuckDB reads the
    catalogue at each opening of a file that is open nowhere in the process, and tidies it up when it is closed for the
    last time. Whoever opens it says what is wrong with a file that cannot be opened."""
    with contextlib.ExitStack() as kept:
        if workspace.work_database.exists():
            with contextlib.suppress(WarehouseBusy, WarehouseUnreadable):
                kept.enter_context(connect(workspace.work_database, wait_seconds=0))
        yield


def attach_marts(connection: duckdb.DuckDBPyConnection, workspace: Workspace, read_only: bool = True) -> None:
    """Let a connection to the work file see the marts of the latest build too, as dbt names them: release.marts."""
    file = str(workspace.marts_database).replace("'", "''")
    connection.execute(f"attach '{file}' as release{' (read_only)' if read_only else ''}")


@contextlib.contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All statements of the block, or none."""
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing of schema raw. A column that a newer version adds is added to the kept rows as NULL, one
    whose decimals it widens is widened; a replaced table of another shape is made anew."""
    with transaction(connection):
        connection.execute("create schema if not exists raw")
        connection.execute("drop schema if exists marts cascade")  # of a version that had no file of their own for them
        present: dict[str, dict[str, str]] = {}
        for table, column, kind in connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'raw'"
            " order by table_name, column_index"
        ).fetchall():
            present.setdefault(table, {})[column] = kind
        for table, columns in RAW_TABLES.items():
            if table not in present or (table in REPLACED_TABLES and present[table] != columns):
                definition = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
                connection.execute(f"create or replace table raw.{table} ({definition})")
                continue
            for column, kind in columns.items():
                if column not in present[table]:
                    connection.execute(f"alter table raw.{table} add column {column} {kind}")
                elif present[table][column] != kind and kind.startswith("DECIMAL"):
                    _widen(connection, table, column, kind)
        _refuse_changes_of_closed_years(connection)


def _widen(connection: duckdb.DuckDBPyConnection, table: str, column: str, kind: str) -> None:
    """Give a column a type of more decimals. The triggers of its table, which stand in the way, are to be made anew."""
    triggers = "select trigger_name from duckdb_triggers() where schema_name = 'raw' and table_name = ?"
    for (name,) in connection.execute(triggers, [table]).fetchall():
        connection.execute(f"drop trigger {name} on raw.{table}")
    connection.execute(f"alter table raw.{table} alter column {column} type {kind}")


def _refuse_changes_of_closed_years(connection: duckdb.DuckDBPyConnection) -> None:
    """What the database can refuse by itself, statement by statement: changing or deleting what is closed, adding to
    it, and closing under a name that is taken. It cannot refuse to drop a trigger or a table: `verify` finds that."""
    present = {
        name
        for (name,) in connection.execute(
            "select trigger_name from duckdb_triggers() where schema_name = 'raw'"
        ).fetchall()
    }
    refused = f"insert into raw.refusals select error('{CLOSED}')"
    triggers = {
        f"{table}_{change}": f"after {change} on raw.{table} for each statement {refused}"
        for table in CLOSED_TABLES
        for change in ("update", "delete")
    }
    taken = "from raw.closes group by close_id having count(*) > 1"
    triggers["closes_insert"] = f"after insert on raw.closes for each statement {refused} {taken}"
    # The rows of a close come at once: a table that had some of it before is not added to. A trigger speaks of its own
    # table alone, so that none keeps another table from being made anew.
    for table in CLOSED_TABLES[1:]:
        had = f"(select count(*) from raw.{table} t where t.close_id = a.close_id)"
        triggers[f"{table}_insert"] = (
            f"after insert on raw.{table} referencing new table as added for each statement {refused}"
            f" from (select close_id, count(*) as rows from added group by close_id) a where a.rows < {had}"
        )
    if set(triggers) <= present:
        return
    connection.execute("create table if not exists raw.refusals (said VARCHAR)")
    for name, body in triggers.items():
        if name not in present:
            connection.execute(f"create trigger {name} {body}")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, frame: Any) -> None:
    """Insert a polars frame into raw.<table> by column name; a column of the table that it lacks is NULL.

    Raises ValueError for a column that the table does not have.
    """
    unknown = set(frame.columns) - set(RAW_TABLES[table])
    if unknown:
        raise ValueError(f"raw.{table} has no column {', '.join(sorted(unknown))}")
    if frame.is_empty():
        return
    connection.register("incoming", Frame(frame))
    try:
        connection.execute(f"insert into raw.{table} by name select * from incoming")
    finally:
        connection.unregister("incoming")


def replace_reference(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Any],
    organization: Mapping[str, Any],
    fingerprint: Mapping[str, str],
) -> dict[str, int]:
    """Put the workspace's reference tables and settings in place of the former ones, in one transaction.

    tables: polars frame per reference table (file name without .csv); a table that is absent becomes empty.
    organization: setting -> value; `reconciliation_tolerance` is a mapping by activity type, `estimation_methods` a
    list in order of preference, `heating_value_basis` one of fuel, unit and basis, each of STATEMENTS a text by
    language.
    fingerprint: of the files they were read from, by part.
    Returns the number of rows per raw table.
    """
    from data_contracts.declarations.settings import STATEMENTS

    unknown = set(tables) - set(REFERENCE_TABLES)
    if unknown:
        raise ValueError(f"Reference table without a raw table: {', '.join(sorted(unknown))}")
    tolerances = dict(organization.get("reconciliation_tolerance") or {})
    with transaction(connection):
        for table in (*REPLACED_TABLES, *FINGERPRINT_TABLES):
            connection.execute(f"delete from raw.{table}")
        for part, value in sorted(fingerprint.items()):
            connection.execute("insert into raw.reference_fingerprint values (?, ?)", [part, value])
        settings = list(ORGANIZATION_TABLES["organization"])
        connection.execute(
            f"insert into raw.organization ({', '.join(settings)}) values ({', '.join('?' * len(settings))})",
            [organization.get(setting) for setting in settings],
        )
        for activity_type, tolerance in sorted(tolerances.items()):
            connection.execute("insert into raw.reconciliation_tolerances values (?, ?)", [activity_type, tolerance])
        for setting in organization.get("heating_value_basis") or []:
            named = [setting["fuel"], setting["unit"], setting["basis"]]
            connection.execute("insert into raw.heating_value_bases values (?, ?, ?)", named)
        for position, method in enumerate(organization.get("estimation_methods") or [], start=1):
            connection.execute("insert into raw.estimation_methods values (?, ?)", [position, method])
        for topic in STATEMENTS:
            if text := organization.get(topic):
                said = [topic, text.get("en") or text["zh"], text.get("zh") or text["en"]]
                connection.execute("insert into raw.organization_statements values (?, ?, ?)", said)
        for table, frame in tables.items():
            _insert(connection, f"reference_{table}", frame)
        return count_rows(connection, REPLACED_TABLES)


def append_load(
    connection: duckdb.DuckDBPyConnection,
    *,
    versions: Any,
    loads: Any,
    judged: Callable[[Callable[[str, Any], None]], tuple[Iterable[Any], Iterable[Any]]],
    record: Callable[[], Path] | None = None,
) -> None:
    """Add submissions in one transaction: their versions and loads, valid rows by feed, sheets and findings.

    judged: is given what inserts rows of a feed, as often as it likes, and returns sheets and findings. All frames are
    polars frames of the raw tables' columns; versions and loads are ones that are not there yet. record: keeps them
    in the journal before the transaction ends, and says in which folder.
    """
    recorded = None
    try:
        with transaction(connection):
            _insert(connection, "submission_versions", versions)
            _insert(connection, "loads", loads)
            sheets, findings = judged(lambda feed, frame: _insert(connection, feed, frame))
            for frame in sheets:
                _insert(connection, "load_sheets", frame)
            for frame in findings:
                _insert(connection, "intake_findings", frame)
            recorded = record() if record else None
    except BaseException:
        if recorded:
            shutil.rmtree(recorded, ignore_errors=True)
        raise


def replace_current_submissions(connection: duckdb.DuckDBPyConnection, current: Any, findings: Any = None) -> None:
    """Make `current` (path, submission_id, load_id) the submissions that count, and `findings` (of landing_findings)
    what is said about the files of which a former version does."""
    with transaction(connection):
        connection.execute("delete from raw.current_submissions")
        connection.execute("delete from raw.landing_findings")
        _insert(connection, "current_submissions", current.select("path", "submission_id", "load_id"))
        if findings is not None:
            _insert(connection, "landing_findings", findings)


def count_rows(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Any]) -> dict[str, int]:
    """Rows per raw table."""
    return {
        table: connection.execute(f"select count(*) from raw.{table}").fetchone()[0]  # type: ignore[index]
        for table in tables
    }


class RunLock:
    """The lock of a workspace while it is held by this process.

    `abandoned_run` is the id of the Dagster run whose process died while holding the lock before, if any.
    """

    def __init__(self, descriptor: int, abandoned_run: str | None):
        self._descriptor = descriptor
        self.abandoned_run = abandoned_run
        self.depth = 1

    def claim(self, run_id: str) -> None:
        """Write down which run holds the lock, so that the next one can tell that it was killed."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, run_id.encode(), 0)

    def close(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


_held: dict[Path, RunLock] = {}


@contextlib.contextmanager
def run_lock(workspace: Workspace, on_wait: Callable[[str], None] | None = None) -> Iterator[RunLock]:
    """Hold the workspace's run lock for the block: one run at a time, whoever started it.

    Re-entrant within a process. Waits for another process without limit and tells `on_wait` once. The lock is the
    kernel's (flock), so it goes with a killed process.
    """
    path = workspace.lock_file
    lock = _held.get(path)
    if lock:
        lock.depth += 1
    else:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if on_wait:
                on_wait("Another run of this workspace is under way; waiting for it to end ...")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        # What a killed run spilled; while the lock is held nobody else spills.
        shutil.rmtree(workspace.spill, ignore_errors=True)
        lock = _held[path] = RunLock(descriptor, os.pread(descriptor, 256, 0).decode(errors="replace") or None)
    try:
        yield lock
    finally:
        lock.depth -= 1
        if lock.depth == 0:
            shutil.rmtree(workspace.spill, ignore_errors=True)
            del _held[path]
            lock.close()


@contextlib.contextmanager
def while_idle(workspace: Workspace) -> Iterator[None]:
    """Keep runs from starting for the block. Raises WarehouseBusy while one is under way: between its steps it has the
    file closed, and whoever opened it then would be in the way of the next step."""
    if workspace.lock_file in _held:
        raise WarehouseBusy("A run of this workspace is under way.")
    descriptor = os.open(workspace.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WarehouseBusy("A run of this workspace is under way.") from None
        yield
    finally:
        os.close(descriptor)


def take_abandoned_run(workspace: Workspace) -> str | None:
    """The run whose process died while holding the lock, once; None while a run holds it."""
    if workspace.lock_file in _held or not workspace.lock_file.exists():
        return None
    descriptor = os.open(workspace.lock_file, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        run_id = os.pread(descriptor, 256, 0).decode(errors="replace")
        os.ftruncate(descriptor, 0)
        return run_id or None
    except BlockingIOError:
        return None
    finally:
        os.close(descriptor)
