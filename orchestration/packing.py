"""The re-performance pack: a year's inputs, the published figures and plain SQL, with which anybody who has a DuckDB
computes every line again and compares it with what was published (recompute.sql)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration import release, warehouse
from orchestration.workspace import Workspace

SQL_FILE = Path(__file__).with_name("recompute.sql")
README_FILE = Path(__file__).with_name("recompute.md")
# Licences under which a value may be used but not passed on, by their words.
CLOSED_LICENCE = (
    r"(?i)proprietary|confidential|not for disclosure|redistribut\w* (?:is )?(?:not|prohibited)|no redistribution"
    r"|may not be (?:shared|redistributed|disclosed)|subscription|all rights reserved|ecoinvent"
    r"|保密|不得公开|不得转载|不得披露|专有"
)
# Columns of feeds that may name people or business partners: left out, with one hash per row.
PERSONAL_COLUMNS = (
    "remark", "counterparty", "supplier", "supplier_id", "source_document", "beneficiary", "project", "serial",
)  # fmt: skip
RUN = "import duckdb; print(duckdb.sql(open('recompute.sql', encoding='utf-8').read()))"


class PackDiffers(Exception):
    """The pack does not come back to the published figures."""


@dataclass(frozen=True)
class Pack:
    """A pack that was written. digest: SHA-256 of its hashes.csv, which stands for all its files; outcome: what its own
    SQL said."""

    folder: Path
    lines: int
    withheld: int
    digest: str
    outcome: str


def write(workspace: Workspace, year: int, folder: Path, facilities: Sequence[str] = ()) -> Pack:
    """Write the pack of a year, of all facilities or some, into an empty folder, and run it there.

    Raises ValueError when the year has no lines or the folder is not empty, PackDiffers when the recomputation fails.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty.")
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    with warehouse.connect(workspace.work_database, read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{release._quoted(workspace.published_database)}' as published (read_only)")
        connection.execute("create temp table asked as select unnest(?::varchar[]) as facility_id", [list(facilities)])
        for name, sql in tables(connection).items():
            connection.execute(f'create temp table "{name}" as {sql}', {"year": year} if "$year" in sql else None)
        ((lines, withheld),) = connection.execute("select count(*), count_if(is_withheld) from lines").fetchall()
        if not lines:
            shutil.rmtree(folder)
            raise ValueError(f"No line of {year}{' of ' + ', '.join(facilities) if facilities else ''} is published.")
        for name in tables(connection):
            if name != "closed":
                connection.execute(
                    f"copy (from \"{name}\" order by all) to '{release._quoted(data / f'{name}.parquet')}'"
                    " (format parquet, compression zstd)"
                )
        connection.execute(
            "copy (select factor_id, factor_row_id, part, licence,"
            " sha256(factor_row_id || '|' || part || '|' || value || '|' || unit) as sha256"
            f" from closed order by all) to '{release._quoted(folder / 'withheld.csv')}' (header)"
        )
    shutil.copyfile(workspace.published / release.MANIFEST_FILE, folder / "publication.json")
    shutil.copyfile(SQL_FILE, folder / SQL_FILE.name)
    (folder / "README.md").write_text(readme(year, facilities, lines, withheld), encoding="utf-8")
    digest = _write_hashes(folder)
    finished = subprocess.run([sys.executable, "-c", RUN], cwd=folder, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise PackDiffers(finished.stderr.strip().split("\n")[-1])
    return Pack(folder, lines, withheld, digest, finished.stdout.strip())


def tables(connection) -> dict[str, str]:
    """The tables of the pack by name, in an order in which they can be made. Catalogs: published and the work file."""
    existing = {
        (table, column)
        for table, column in connection.execute(
            "select table_name, column_name from duckdb_columns()"
            " where schema_name = 'raw' and database_name <> 'published'"
        ).fetchall()
    }
    delivered = []
    for feed in warehouse.FEED_TABLES:
        columns = {column for table, column in existing if table == feed}
        left_out = [f"coalesce({name}, '')" for name in PERSONAL_COLUMNS if name in columns]
        given = {
            "feed": f"'{feed}'",
            "quantity": "quantity" if "quantity" in columns else "value",
            "factor_kgco2e_per_unit": next(
                (
                    name
                    for name in ("factor_kgco2e_per_unit", "supplier_factor_kgco2e_per_unit", "factor_kgco2e_per_kwh")
                    if name in columns
                ),
                "null",
            ),
            "withheld_sha256": f"sha256({' || chr(31) || '.join(left_out)})" if left_out else "null",
        }
        names = (
            "feed", "submission_id", "source_sheet", "source_row", "facility_id", "activity_type", "coverage_start",
            "coverage_end", "quantity", "unit", "net_amount", "currency", "meter_id", "process", "transport_mode",
            "transport_distance_km", "transported_mass_t", "temperature_c", "enthalpy_kj_per_kg", "data_quality",
            "factor_kgco2e_per_unit", "withheld_sha256",
        )  # fmt: skip
        listed = ", ".join(f"{given.get(name) or (name if name in columns else 'null')} as {name}" for name in names)
        delivered.append(
            f"select {listed} from raw.{feed} where load_id in (select load_id from raw.current_submissions)"
        )
    return {
        "closed": "select * from published.marts.factor_register"
        f" where regexp_matches(coalesce(licence, ''), '{CLOSED_LICENCE}')",
        # What a closed factor would follow from, a quantity beside its emissions, is left out with it.
        "lines": """
            select
                emissions.* replace (
                    case when not is_withheld then quantity end as quantity,
                    case when not is_withheld then exact_quantity end as exact_quantity,
                    case when not is_withheld then given_quantity end as given_quantity,
                    case when not is_withheld then factor_kgco2e_per_unit end as factor_kgco2e_per_unit
                ),
                submissions.path as submission_path, submissions.sha256 as submission_sha256, is_withheld
            from published.marts.emissions
            left join published.marts.submissions using (submission_id),
            lateral (select coalesce(factor_row_id in (select factor_row_id from closed), false) as is_withheld)
            where year(period) = $year
                and (emissions.facility_id in (from asked) or not exists (from asked))
            """,
        "factors": "select * from published.marts.factor_register"
        " where factor_row_id in (select factor_row_id from lines)"
        " and factor_row_id not in (select factor_row_id from closed)",
        "properties": """
            select distinct
                factor_row_id, factor_set, fuel, fuel_use, ncv, ncv_unit, carbon_content_tc_per_gj, oxidation_rate,
                co2_kg_per_tj, ch4_kg_per_tj, n2o_kg_per_tj, biogenic, geography, publication, source
            from intermediate.int_fuel_contexts where factor_row_id in (select factor_row_id from factors)
            """,
        "gwp": "select gwp.* from intermediate.int_gwp as gwp"
        " inner join published.marts.organization as organization on gwp.gwp_set = organization.gwp_set",
        "units": "select unit, dimension, to_base, is_currency, heating_value_basis from intermediate.int_units",
        "money": "select from_currency, spend_year, to_currency, price_year, exchange_factor, price_factor, factor,"
        " exchange_note, price_note from intermediate.int_currency_bridges where spend_year = $year",
        "shares": "select * from intermediate.int_consolidation_shares"
        " where facility_id in (select facility_id from lines)",
        # Days of a month on which another share holds.
        "line_parts": """
            with changing as (
                select
                    emission_id, activity_id, period, stage, scope2_method, market_basis, instrument_id, factor_row_id,
                    segment_start, segment_end
                from lines
                inner join shares
                    on
                        lines.facility_id = shares.facility_id and lines.boundary_route = shares.boundary_route
                        and shares.valid_from <= segment_end and shares.valid_to >= segment_start
                where not is_withheld
                group by all
                -- A product is rounded part by part where a quantity has more than six decimals.
                having count(distinct share) > 1 or max(exact_quantity) <> max(quantity)
            )
            select changing.emission_id, parts.segment_start, parts.quantity + parts.quantity_rest as quantity
            from changing
            inner join intermediate.int_line_factors as parts
                on
                    changing.activity_id = parts.activity_id and changing.period = parts.period
                    and changing.stage = parts.stage
                    and changing.scope2_method is not distinct from parts.scope2_method
                    and changing.market_basis is not distinct from parts.market_basis
                    and changing.instrument_id is not distinct from parts.instrument_id
                    and changing.factor_row_id is not distinct from parts.factor_row_id
                    and parts.segment_start between changing.segment_start and changing.segment_end
                    and parts.failure is null
            """,
        "instruments": """
            select
                instrument_id, instrument_type, country, facility_id, claim_start, claim_end, quantity_mwh,
                factor_kgco2e_per_kwh, submission_id, source_sheet, source_row
            from intermediate.int_instruments where instrument_id in (select instrument_id from lines)
            """,
        "delivered": "with every_row as (" + " union all ".join(delivered) + ")"
        " select every_row.* from every_row where (submission_id, coalesce(source_sheet, ''), source_row) in ("
        " select (submission_id, coalesce(source_sheet, ''), source_row) from lines where not is_withheld"
        " union select (submission_id, coalesce(source_sheet, ''), source_row) from instruments)",
        "settings": "select * from published.marts.organization",
        "figures": """
            select
                'facility_emissions' as figure, cast(year(period) as bigint) as year,
                cast(month(period) as bigint) as month, facility_id, scope, scope2_method, ghg_protocol_category,
                iso_14064_category, co2e_t
            from published.marts.facility_emissions
            where year(period) = $year and (facility_id in (from asked) or not exists (from asked))
            union all
            select 'scope_emissions', year, month, null, scope, scope2_method, null, null, co2e_t
            from published.marts.scope_emissions
            where year = $year and basis = 'calculated' and not exists (from asked)
            union all
            select
                'category_emissions', year, null, null, scope, scope2_method, ghg_protocol_category, iso_14064_category,
                co2e_t
            from published.marts.category_emissions
            where year = $year and basis = 'calculated' and not exists (from asked)
            """,
    }


def _write_hashes(folder: Path) -> str:
    """hashes.csv: the SHA-256 of every other file; its own is returned."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    listed = "".join(
        f"{file.relative_to(folder).as_posix()},{hashlib.sha256(file.read_bytes()).hexdigest()}\n" for file in files
    )
    content = f"file,sha256\n{listed}".encode()
    (folder / "hashes.csv").write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def readme(year: int, facilities: Sequence[str], lines: int, withheld: int) -> str:
    return README_FILE.read_text(encoding="utf-8").format(
        year=year,
        which=f" ({', '.join(facilities)})" if facilities else "",
        lines=f"{lines:,}",
        withheld=f"{withheld:,}",
        personal=", ".join(f"`{name}`" for name in PERSONAL_COLUMNS),
    )
