"""What tells two versions of the inventory apart, tonne by tonne: the bridge of the marts over any two of them.

A version is a close, a publication, a moment, or a trial of other settings or reference tables. One that is no longer
kept is computed again from the bytes of its inputs, by the product as it is now. The query is the view that the run
itself uses (int_restatement_lines): here its tables are those of a database in memory, which holds the two versions as
two closes of every year.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from orchestration import closing, inputs, release, timeline, warehouse
from orchestration.workspace import DEPLOYMENT_VARIABLE, SEEDS_DIR, Workspace

VIEWS = ("int_restatement_lines", "int_restatement_figures")
GRAIN = ("year", "basis", "facility_id", "scope", "scope2_method", "ghg_protocol_category", "cause", "cdp_reason")
BY_FACTOR = ("year", "scope", "scope2_method", "cause", "from_factors", "to_factors")
RUN = "from orchestration.cli import command; command()"
INPUTS = "inputs"
ASIDE = ".aside-"


class NoVersion(Exception):
    """There is no such version, or it cannot be computed again, and why."""


@dataclass(frozen=True)
class Version:
    """One side of a comparison. Its lines are those of a close (close_id), or of a published database.

    files: (kind, path) -> sha256 of its inputs; year: the only one it holds.
    """

    name: str
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)
    database: Path | None = None
    close_id: str | None = None
    year: int | None = None
    settings: str = ""
    product: str = ""


@contextmanager
def aside(workspace: Workspace) -> Iterator[Path]:
    """A folder for what is computed and thrown away. The caller holds the run lock."""
    for leftover in workspace.warehouse.glob(f"{ASIDE}*"):  # of a killed process
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=workspace.warehouse, prefix=ASIDE) as folder:
        yield Path(folder)


def find(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, name: str, time_zone: str, aside: Path
) -> Version:
    """The version of a name: close:2024, close:2024.1, publication:ID, current, or a moment. aside: a folder for what
    has to be computed again. Raises NoVersion."""
    kind, _, said = name.partition(":")
    if kind == "close":
        return find_close(connection, name)
    if name == "current":
        if not workspace.published_database.is_file():
            raise NoVersion("nothing is published yet; `helioledger run` first. 尚未发布。")
        return of_database(name, workspace.published_database, timeline.known(connection, _published_state(connection)))
    if kind == "publication":
        found = connection.execute(
            "select publication_id, release_id, state_id from raw.publications"
            " where starts_with(publication_id, ?) or starts_with(release_id, ?) order by published_at desc limit 1",
            [said, said],
        ).fetchone()
        if found is None or not said:
            raise NoVersion(f"no publication is called {said!r}. 没有该发布。")
        files = timeline.known(connection, found[2])
        kept = workspace.releases / found[1] / release.DATABASE_FILE
        return of_database(name, kept if kept.is_file() else _computed(connection, workspace, files, aside), files)
    try:
        files, _ = inputs_at(connection, name, time_zone)
    except timeline.NothingKnown as error:
        raise NoVersion(str(error)) from error
    return of_database(name, _computed(connection, workspace, files, aside), files)


def find_close(connection: duckdb.DuckDBPyConnection, name: str) -> Version:
    """Raises NoVersion."""
    said = name.removeprefix("close:")
    found = connection.execute(
        "select close_id, year, state_id, settings, product from raw.closes where action = 'close'"
        " and (close_id = ? or cast(year as varchar) = ?) order by version desc limit 1",
        [said, said],
    ).fetchone()
    if found is None:
        raise NoVersion(f"no year was closed as {name}. 没有该关账版本。")
    close_id, year, state_id, settings, product = found
    files = timeline.known(connection, state_id)
    return Version(f"close:{close_id}", files, close_id=close_id, year=year, settings=settings, product=product)


def inputs_at(
    connection: duckdb.DuckDBPyConnection, name: str, time_zone: str
) -> tuple[dict[tuple[str, str], str], bool]:
    """What was known at a moment or a close, as `timeline.known_at`. Raises NoVersion and NothingKnown."""
    if name.startswith("close:"):
        return dict(find_close(connection, name).files), True
    try:
        return timeline.known_at(connection, timeline.moment_of(name, time_zone))
    except ValueError:
        raise NoVersion(
            f"{name!r} is no version: close:2024, close:2024.1, publication:ID, a date such as 2025-04-15, or current."
        ) from None


def moment_at(connection: duckdb.DuckDBPyConnection, name: str, time_zone: str) -> datetime:
    """The moment of a version that `inputs_at` knows, in UTC; of a close, the one before it."""
    if not name.startswith("close:"):
        return timeline.moment_of(name, time_zone)
    close_id = find_close(connection, name).close_id
    ((recorded_at,),) = connection.execute(
        "select recorded_at from raw.closes where close_id = ?", [close_id]
    ).fetchall()
    return recorded_at - timedelta(microseconds=1)


def _published_state(connection: duckdb.DuckDBPyConnection) -> str | None:
    found = connection.execute("select state_id from raw.publications order by published_at desc limit 1").fetchone()
    return found[0] if found else None


def of_database(name: str, database: Path, files: Mapping[tuple[str, str], str]) -> Version:
    """A published database as a version; files: its inputs."""
    with duckdb.connect() as connection, closing.published(connection, database):
        ((settings,),) = connection.execute(closing.PUBLISHED_SETTINGS).fetchall()
    return Version(name, files, database, settings=settings, product=timeline.product_of(files))


def _computed(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, files: Mapping[tuple[str, str], str], aside: Path
) -> Path:
    try:
        return compute(connection, workspace, files, aside).published_database
    except timeline.NothingKnown as error:
        raise NoVersion(str(error)) from error


def compute(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    files: Mapping[tuple[str, str], str],
    folder: Path,
    instead: Mapping[str, Path] | None = None,
    closed_until: datetime | None = None,
) -> Workspace:
    """Compute inputs (kind, path) -> sha256 into another warehouse, a new folder, which holds those inputs too; a
    workspace of it. instead: path in the workspace -> a file to take in place of it. closed_until: the years that were
    closed by then stand closed, and the base of the trend on them. Raises NothingKnown, NoVersion.

    By a run of its own, which knows of nothing but those inputs.
    """
    root = folder / INPUTS
    timeline.lay_out(connection, workspace, files, root)
    for path, file in (instead or {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, root / path)
    (root / "warehouse").symlink_to("..", target_is_directory=True)
    trial = Workspace(root.resolve())
    if workspace.dbt_target.is_dir():  # the parsed project is the same
        shutil.copytree(workspace.dbt_target, trial.dbt_target, dirs_exist_ok=True)
    if closed_until:
        _carry_closes(connection, trial, closed_until)
    environment = {name: value for name, value in os.environ.items() if name != DEPLOYMENT_VARIABLE}
    command = [sys.executable, "-c", RUN, "run", "--workspace", str(trial.root)]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise NoVersion(f"what was to be computed did not pass:\n{finished.stdout}{finished.stderr}")
    return trial


def _carry_closes(connection: duckdb.DuckDBPyConnection, trial: Workspace, moment: datetime) -> None:
    """Begin a warehouse with the acts of closing up to a moment, and with the states of the inputs that they are of."""
    if not connection.execute("select 1 from raw.closes where recorded_at <= ? limit 1", [moment]).fetchone():
        return
    path = str(trial.work_database).replace("'", "''")
    connection.execute(f"attach '{path}' as carried")
    connection.execute("create schema carried.raw")
    for table, key, log in (
        *((table, "close_id", "closes") for table in warehouse.CLOSED_TABLES),
        *((table, "state_id", "input_states") for table in ("input_states", "input_changes")),
    ):
        connection.execute(
            f"create table carried.raw.{table} as from raw.{table}"
            f" where {key} in (select {key} from raw.{log} where recorded_at <= ?)",
            [moment],
        )
    connection.execute("detach carried")


@contextmanager
def bridge(
    workspace: Workspace, former: Version, later: Version, year: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory in which a table `bridge` has what each cause moved, slot by slot, kg CO2e.

    year: only this one. Nobody has the work database open, which holds what is closed, and the query. Raises NoVersion.
    """
    years = {one for one in (year, former.year, later.year) if one is not None}
    if len(years) > 1:
        raise NoVersion(
            f"{former.name} and {later.name} are compared for one year, not for"
            f" {' and '.join(map(str, sorted(years)))}. 只能比较同一年度的版本。"
        )
    only = next(iter(years), None)
    manifest = release.published_manifest(workspace)
    if manifest is None or manifest["inputs"].get("dbt_project") != inputs.dbt_project_hash():
        raise NoVersion(
            "the product has changed since the publication; `helioledger run` first. 产品已更新，请先运行。"
        )
    with duckdb.connect() as memory:
        path = str(workspace.work_database).replace("'", "''")
        memory.execute(f"attach '{path}' as work (read_only)")
        found = memory.execute(
            "select sql from duckdb_views() where database_name = 'work' and list_contains(?, view_name)",
            [list(VIEWS)],
        ).fetchall()
        if len(found) < len(VIEWS):
            raise NoVersion("the latest run did not come as far as the bridge; `helioledger run` first.")
        memory.execute("attach ':memory:' as helioledger")
        memory.execute("use helioledger")
        memory.execute("attach ':memory:' as release; create schema release.marts")
        for schema in ("raw", "intermediate", "seeds"):
            memory.execute(f"create schema {schema}")
        for table in (
            "closes",
            "closed_lines",
            "closed_figures",
            "input_changes",
            "current_submissions",
            "submission_versions",
        ):
            columns = warehouse.RAW_TABLES[table]
            memory.execute(
                f"create table raw.{table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
            )
        memory.execute("create table raw.reference_base_year_events as from work.raw.reference_base_year_events")
        lines = warehouse.RAW_TABLES["closed_lines"]
        emissions = ", ".join(f"{name} {lines[name]}" for name in closing.LINE_COLUMNS)
        memory.execute(f"create table release.marts.emissions ({emissions})")
        figures = warehouse.RAW_TABLES["closed_figures"]
        columns = ", ".join(f"{name} {kind}" for name, kind in {"year": "INTEGER", **figures}.items())
        for mart in ("scope_emissions", "category_emissions"):
            memory.execute(f"create table release.marts.{mart} ({columns})")
        memory.execute(
            f"create table intermediate.int_organization ({', '.join(f'{name} varchar' for name in closing.METHODS)})"
        )
        seed = str(SEEDS_DIR / "restatement_causes.csv").replace("'", "''")
        memory.execute(
            f"create table seeds.restatement_causes as from read_csv('{seed}', header = true, all_varchar = true)"
        )
        for number, version in enumerate((former, later), start=1):
            _put_in(memory, version, number, only, former.files if number == 2 else {})
        ((lines_and_figures,),) = memory.execute(
            "select (select count(*) from raw.closed_lines) + (select count(*) from raw.closed_figures)"
        ).fetchall()
        if only is not None and not lines_and_figures:
            raise NoVersion(f"neither {former.name} nor {later.name} holds {only}. 两个版本均无 {only} 年数据。")
        memory.execute(
            "insert into raw.closes (close_id, year, version, action, state_id, settings, product)"
            " select number || ':' || year, year, number, 'close', number, settings, product from ("
            " select distinct split_part(close_id, ':', 2)::int as year"
            " from (select close_id from raw.closed_lines union select close_id from raw.closed_figures)) cross join"
            " (select unnest([1, 2]) as number, unnest(?::varchar[]) as settings, unnest(?::varchar[]) as product)",
            [[former.settings, later.settings], [former.product, later.product]],
        )
        for (view,) in found:
            memory.execute(view)
        of_lines, of_figures = (f"intermediate.{view} where to_version <> 'current'" for view in VIEWS)
        memory.execute(
            "create table bridge as select 'calculated' as basis, * exclude (from_version, to_version)"
            f" from {of_lines} union all by name"
            " select 'reported' as basis, * exclude (from_version, to_version, co2e_t), co2e_t * 1000 as co2e_kg"
            f" from {of_figures}"
        )
        yield memory


def _put_in(
    memory: duckdb.DuckDBPyConnection,
    version: Version,
    number: int,
    year: int | None,
    gone: Mapping[tuple[str, str], str],
) -> None:
    """Add a version's lines and files; gone: what the version before it had, of which the rest is gone."""
    inserted = (
        f"insert into raw.closed_lines by name select '{number}:' || extract(year from period)::int as close_id, *"
    )
    of_year = "where ? is null or extract(year from period) = ?"
    figures = f"insert into raw.closed_figures by name select '{number}:' || year as close_id, * exclude (year)"
    if version.database:
        with closing.published(memory, version.database):
            memory.execute(f"{inserted} from ({closing.PUBLISHED_LINES}) {of_year}", [year, year])
            memory.execute(
                f"{figures} from ({closing.PUBLISHED_FIGURES}) where basis = 'reported' and (? is null or year = ?)",
                [year, year],
            )
    else:
        closed = "(select * exclude (close_id) from work.raw.closed_lines where close_id = ?)"
        memory.execute(f"{inserted} from {closed} {of_year}", [version.close_id, year, year])
        of_close = "select ? as year, * exclude (close_id) from work.raw.closed_figures where close_id = ?"
        memory.execute(f"{figures} from ({of_close}) where basis = 'reported'", [version.year, version.close_id])
    files: dict[tuple[str, str], str | None] = {**dict.fromkeys(gone), **version.files}
    kinds, paths = [kind for kind, _ in files], [path for _, path in files]
    memory.execute(
        "insert into raw.input_changes select ?, unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[])",
        [str(number), kinds, paths, list(files.values())],
    )


def summed(memory: duckdb.DuckDBPyConnection, grain: tuple[str, ...] = GRAIN) -> duckdb.DuckDBPyConnection:
    """The bridge by a grain, in tonnes."""
    return memory.execute(
        f"select {', '.join(grain)}, (sum(co2e_kg) * 0.001)::decimal(38, 21) as co2e_t from bridge group by all"
        f" having sum(co2e_kg) <> 0 order by {', '.join(grain)}"
    )
