"""The dbt project as the code location uses it: its parsed manifest, and what stopped a build."""

import contextlib
import hashlib
import json
import os
import queue
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration import compiled, dbt_patches, inputs, parsed_projects, release, spark, warehouse
from orchestration.console import complain
from orchestration.engines import DUCKDB, SPARK, Engine
from orchestration.limits import Limits
from orchestration.workspace import DBT_PROJECT_DIR, Workspace

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

MANIFEST_FILE = "manifest.json"
PARSE_FILE = "partial_parse.msgpack"
PARSED_FILES = (MANIFEST_FILE, PARSE_FILE, compiled.COMPILED_FILE)
PARSED_SEAL = "parsed.json"
RUN_RESULTS_FILE = "run_results.json"
# The events of dbt that say how a node ended.
RESULT_EVENTS = frozenset({"LogSeedResult", "LogModelResult", "LogTestResult"})
INPUTS_FILE = "inputs.json"
KEPT_MANIFESTS = 2
SAMPLE_ROWS = 5
ROWS_WORTH_KEEPING = 100_000


class DbtProjectError(Exception):
    """The dbt project does not parse."""


class BuildFailed(Exception):
    """A model, seed or check did not pass, or dbt itself could not go on."""


@dataclass(frozen=True)
class FailedNode:
    """A model, seed or test that stopped `dbt build`. columns and rows: a sample of the rows a test found."""

    name: str
    kind: str
    file: str
    message: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple, ...] = ()


def parsed_project(workspace: Workspace, target: str = DUCKDB) -> Path:
    """The folder with manifest.json of the dbt project and seeds as they are now; parsed when they have changed, unless
    another workspace of this user has had it parsed.

    It lies in the workspace, so that the checkout may be read-only. target: of profiles.yml. Raises DbtProjectError.
    """
    packages = ["dbt-core", "dbt-adapters", "dbt-duckdb", "duckdb", *([] if target == DUCKDB else ["dbt-spark"])]
    versions = [version(package) for package in packages]
    content = "\0".join([str(DBT_PROJECT_DIR), inputs.dbt_project_hash(), inputs.seeds_hash(), *versions])
    folder = workspace.dbt_target / hashlib.sha256(content.encode()).hexdigest()[:16]
    if (folder / MANIFEST_FILE).is_file():
        if _is_as_parsed(folder):
            return folder
        aside = workspace.dbt_target / f"damaged-{folder.name}"
        shutil.rmtree(aside, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):  # another process was quicker
            os.rename(folder, aside)
        for file in PARSED_FILES:  # else it would be taken for a parsed project
            (aside / file).replace(aside / f"{file}.damaged") if (aside / file).exists() else None
        complain(f"The parsed dbt project was damaged; it is set aside in {aside} and parsed anew.")
    workspace.dbt_target.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=workspace.dbt_target, prefix=".parsing-"))
    try:
        is_taken = parsed_projects.take(folder.name, aside) and _is_as_parsed(aside)
        if not is_taken:
            finished = _invoke(workspace, ["--log-level", "none", "parse", "--target", target], aside)
            if not finished.success:
                reason = str(finished.exception) or repr(finished.exception)
                raise DbtProjectError(f"dbt cannot parse {DBT_PROJECT_DIR}:\n{reason}")
            _seal(aside)
        try:
            os.rename(aside, folder)
        except OSError:
            if not (folder / MANIFEST_FILE).is_file():  # else another process was quicker
                raise
        if not is_taken:
            parsed_projects.keep(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    parsed = [entry for entry in workspace.dbt_target.iterdir() if (entry / MANIFEST_FILE).is_file()]
    parsed.sort(key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
    for former in parsed[KEPT_MANIFESTS:]:
        shutil.rmtree(former, ignore_errors=True)
    return folder


def _parsed_hashes(folder: Path) -> dict[str, str]:
    files = [folder / file for file in PARSED_FILES]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()}


def _seal(folder: Path, to_come: dict[str, str] | None = None) -> None:
    """Write down the hashes of a parsed project's files, and of those that are about to be put beside them."""
    part = folder / f".{PARSED_SEAL}-{os.getpid()}"
    part.write_text(json.dumps(_parsed_hashes(folder) | (to_come or {})))
    os.replace(part, folder / PARSED_SEAL)


def _is_as_parsed(folder: Path) -> bool:
    """Whether the files of a parsed project are whole; asked once for each state of them."""
    files = [folder / file for file in (*PARSED_FILES, PARSED_SEAL)]
    return _are_whole(folder, tuple(file.stat().st_ctime_ns if file.is_file() else 0 for file in files))


@lru_cache(maxsize=4)
def _are_whole(folder: Path, state: tuple[int, ...]) -> bool:
    try:
        found = _parsed_hashes(folder)
        return PARSE_FILE in found and found.items() <= json.loads((folder / PARSED_SEAL).read_bytes()).items()
    except (OSError, ValueError, AttributeError):
        return False


@cache
def manifest(parsed: Path) -> dict[str, Any]:
    """dbt's manifest.json of a parsed project."""
    return json.loads((parsed / MANIFEST_FILE).read_bytes())


def marts(parsed: Path) -> dict[str, dict[str, Any]]:
    """The models in dbt's folder marts, by name, as the manifest has them."""
    nodes = manifest(parsed)["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model" and node["fqn"][1] == "marts"}


def downstream(parsed_manifest: dict[str, Any], sources: Sequence[str]) -> set[str]:
    """The ids of all models that read one of some nodes, or read such a model."""
    found, waiting = set(), list(sources)
    while waiting:
        for child in parsed_manifest["child_map"].get(waiting.pop(), ()):
            if child.startswith("model.") and child not in found:
                found.add(child)
                waiting.append(child)
    return found


def descriptions(parsed: Path) -> dict[str, release.Description]:
    """What dbt's project says of each mart and its columns."""
    return {
        name: release.Description(
            node["description"].strip(),
            {column["name"]: column["description"].strip() for column in node["columns"].values()},
        )
        for name, node in marts(parsed).items()
    }


def _invoke(
    workspace: Workspace, arguments: Sequence[str], target: Path, rows: int | None = None, **runner: Any
) -> "dbtRunnerResult":
    """Run dbt in this process, which spares the start of another; on its end no connection is left open. rows: how many
    were delivered, where DuckDB computes of them."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt_common.events import event_manager_client

    from orchestration.dbt_events import HeardEvents

    dbt_patches.apply()
    if SPARK in arguments:
        dbt_patches.apply_to_spark()
    os.environ.update({**workspace.environment(), **Limits.of(workspace).environment(rows)})
    places = {
        "--project-dir": DBT_PROJECT_DIR,
        "--profiles-dir": DBT_PROJECT_DIR,
        "--target-path": target,
        "--log-path": workspace.dbt_logs,
    }
    placed = [str(word) for place in places.items() for word in place]
    if "manifest" in runner:
        dbt_patches.IS_VALIDATED.set()
    try:
        event_manager_client.ctx_set_event_manager(HeardEvents(RESULT_EVENTS))
        return dbtRunner(**runner).invoke(["--no-use-colors", "--use-fast-test-edges", *arguments, *placed])
    finally:
        dbt_patches.IS_VALIDATED.clear()
        DuckDBConnectionManager.close_all_connections()


def make_way(connection: duckdb.DuckDBPyConnection, parsed: Path) -> None:
    """Drop what stands in the work database as a table and is a view in a parsed project, or the reverse.

    So it is after another version of the product, and DuckDB puts neither in place of the other. The marts' own file
    is made anew by a whole build.
    """
    nodes = manifest(parsed)["nodes"].values()
    wanted = {(node["schema"], node["name"]): node["config"]["materialized"] == "view" for node in nodes}
    standing = connection.execute(
        "select schema_name, view_name, true from duckdb_views()"
        " where not internal and database_name = current_database()"
        " union all select schema_name, table_name, false from duckdb_tables()"
        " where database_name = current_database()"
    )
    for schema, name, is_view in standing.fetchall():
        if wanted.get((schema, name), is_view) != is_view:
            connection.execute(f'drop {"view" if is_view else "table"} "{schema}"."{name}"')
    # What partitions are made of is written down by models that are computed at the same time.
    connection.execute("create schema if not exists partitions")


def _rows_worth_keeping() -> int:
    return int(os.environ.get("HELIOLEDGER_ROWS_WORTH_KEEPING", ROWS_WORTH_KEEPING))


def keeps_tables(rows: int) -> bool:
    """Whether so many rows were delivered that tables may be left standing; of fewer no model needs to ask."""
    return rows >= _rows_worth_keeping()


def delivered_rows(connection: duckdb.DuckDBPyConnection) -> int:
    """How many rows were delivered, about."""
    ((rows,),) = connection.execute(
        "select coalesce(sum(estimated_size), 0) from duckdb_tables() where schema_name = 'raw'"
    ).fetchall()
    return int(rows)


def tell_kept_tables(project: "Manifest", keeps: bool, is_rebuilt: bool = False) -> str:
    """Tell the materialization of each model with `is_kept` what it is made of: the tables that it reads
    (DATABASE.SCHEMA.NAME, views seen through to what they read), and a version that changes with anything else that its
    rows depend on. A model that reads fewer than ROWS_WORTH_KEEPING rows is made anew.

    keeps: whether any table may stand; where not, what a former build was told is forgotten. is_rebuilt: each is made
    again even where that changes nothing. Returns the version; empty where no table may stand.
    """
    kept = {name: node for name, node in project.nodes.items() if node.config.meta.get("is_kept")}
    if not keeps:
        for node in kept.values():
            node.config.meta.pop("reads", None)
        return ""
    versions = [version(package) for package in ("dbt-core", "dbt-adapters", "dbt-duckdb", "duckdb")]
    content = "\0".join([inputs.dbt_project_hash(), inputs.seeds_hash(), inputs.package_hash(), *versions])
    told = hashlib.sha256(content.encode()).hexdigest()[:16]
    least = _rows_worth_keeping()

    def tables(name: str) -> set[str]:
        node = project.nodes.get(name) or project.sources[name]
        if node.resource_type == "model" and node.config.materialized == "view":
            return set().union(*map(tables, node.depends_on.nodes))
        return {_name(node)}

    def read_by(node: Any, through: Sequence[str]) -> dict[str, Any]:
        found = {}
        for name in node.depends_on.nodes:
            one = project.nodes.get(name) or project.sources[name]
            found |= read_by(one, through) if one.name in through else {name: one}
        return found

    # What is made as a part of the same build, and says in its comment what it holds.
    in_partitions = {_name(node) for node in kept.values() if _in_partitions(node)}
    known = set(map(_name, kept.values())) - in_partitions
    for node in kept.values():
        partitions = node.config.meta.get("partitions", {})
        by_partition = partitions.get("inputs", {})
        read = read_by(node, partitions.get("through", ()))
        named = {one.name: one for one in read.values()}
        joined = {name for one in by_partition.values() for name in one.get("joined", ())}
        if missing := (by_partition.keys() | joined) - named.keys():
            raise DbtProjectError(
                f"{node.name} does not read {', '.join(sorted(missing))}, an input of its partitions."
            )
        reads = sorted(set().union(*map(tables, node.depends_on.nodes)))
        node.config.meta["reads"] = {
            "tables": reads,
            "kept": sorted(known.intersection(reads)),
            # What says in a table of its partitions what they hold.
            "in_partitions": sorted(in_partitions.intersection(reads)),
            "whole": sorted(
                set().union(
                    *(tables(name) for name, one in read.items() if one.name not in by_partition.keys() | joined)
                )
            ),
            "partitioned": [
                {
                    **how,
                    "name": name,
                    "relation": named[name].relation_name,
                    "is_written_down": _in_partitions(named[name])
                    == {key: how.get(key) for key in ("month", "facility")},
                    "joined": [
                        {"relation": named[other].relation_name, "column": column, "of": of}
                        for other, key in how.get("joined", {}).items()
                        for column, of in (key if isinstance(key, dict) else {key: key}).items()
                    ],
                }
                for name, how in by_partition.items()
            ],
            "version": told,
            "least": least,
        }
        node.config.meta["is_rebuilt"] = is_rebuilt
    return "" if is_rebuilt else told


def _in_partitions(node: Any) -> dict[str, str | None] | None:
    """The columns of a model by which it is kept in partitions; None of one that is kept by years."""
    meta = node.config.meta if node.resource_type == "model" else {}
    partitions = None if meta.get("enumerated") else meta.get("partitions")
    return partitions and {key: partitions.get(key) for key in ("month", "facility")}


def _name(node: Any) -> str:
    return f"{node.database}.{node.schema}.{node.identifier if node.resource_type == 'source' else node.name}"


def build(
    workspace: Workspace,
    arguments: Sequence[str] = (),
    of_all: bool = False,
    keeps: bool = False,
    rows: int = 0,
    is_rebuilt: bool = False,
    engine: Engine | None = None,
    marts_are_sound: bool = False,
) -> Iterator[dict[str, Any]]:
    """Run `dbt build` and yield the result of each node as dbt's JSON log has it, as soon as it is there.

    of_all: every mart is made, in a file that holds nothing else. keeps: tables of many rows that would come out as
    they are stand, unless is_rebuilt; what another engine computes is made anew. rows: how many were delivered; of few,
    and of so many that models do not find room beside each other, one is computed at a time. engine: what computes the
    models, DuckDB without one. marts_are_sound: the marts' file is that of the latest publication, so that years of it
    may stand. The artifacts go into an empty folder; from here until `complete_build` nothing can be
    published. Raises BuildFailed, and EngineUnavailable.
    A consumer that stops early, as an interrupted run does, has the running queries cancelled.
    """
    parsed = parsed_project(workspace)
    is_compiled = (parsed / compiled.COMPILED_FILE).is_file()
    project = compiled.load(parsed / (compiled.COMPILED_FILE if is_compiled else PARSE_FILE))
    shutil.rmtree(workspace.dbt_build, ignore_errors=True)
    workspace.dbt_build.mkdir(parents=True)
    in_process = engine is None or engine.name == DUCKDB
    told = tell_kept_tables(project, keeps and in_process, is_rebuilt)
    if of_all and not (marts_are_sound and told and _years_stand(workspace, told)):
        for suffix in ("", ".wal"):
            workspace.marts_database.with_name(workspace.marts_database.name + suffix).unlink(missing_ok=True)
    if in_process:
        yield from _told(workspace, project, ["build", *arguments], rows)
    else:
        yield from _told(workspace, project, ["seed", *arguments])
        try:
            _compute_in_spark(workspace, arguments, of_all, engine)
            # The same tables with the same contracts, checks and events, their rows as Spark made them.
            made = json.dumps({spark.MADE_IN: str(workspace.spark_made)})
            taken = ["build", "--exclude-resource-type", "seed", "--vars", made, *arguments]
            yield from _told(workspace, project, taken, rows)
        finally:
            shutil.rmtree(workspace.spark, ignore_errors=True)
    if of_all and not is_compiled:
        content = compiled.compiled_project(project)
        _seal(parsed, {compiled.COMPILED_FILE: hashlib.sha256(content).hexdigest()})
        part = parsed / f".{compiled.COMPILED_FILE}-{os.getpid()}"
        part.write_bytes(content)
        os.replace(part, parsed / compiled.COMPILED_FILE)
        parsed_projects.keep(parsed)


def _years_stand(workspace: Workspace, told: str) -> bool:
    """Whether the marts' file holds years of a mart that this version made (dbt_project/macros/years.sql); all other
    marts are dropped from it."""
    with warehouse.connect(workspace.marts_database) as connection:
        query = "select 1 from duckdb_tables() where schema_name = ? and starts_with(comment, ?)"
        if not connection.execute(query, [release.STORED_SCHEMA, f"{told} "]).fetchone():
            return False
        connection.execute(f"drop schema {release.MARTS_SCHEMA} cascade")
    return True


def _compute_in_spark(workspace: Workspace, arguments: Sequence[str], of_all: bool, engine: Engine) -> None:
    """Have the chosen models computed by Spark, from what they read of the work database, into `spark_made`."""
    spark.require(engine.master)
    parsed = parsed_project(workspace, engine.name)
    project = compiled.load(parsed / PARSE_FILE)
    spark_manifest = manifest(parsed)
    models = [name for name, node in spark_manifest["nodes"].items() if node["resource_type"] == "model"]
    if not of_all:
        named = ["--quiet", "ls", "--target", engine.name, "--resource-type", "model", "--output", "name", *arguments]
        found = set(_invoke(workspace, named, workspace.dbt_build, manifest=project).result)
        models = [name for name in models if spark_manifest["nodes"][name]["name"] in found]
    shutil.rmtree(workspace.spark, ignore_errors=True)
    with warehouse.open_work(workspace) as connection:
        if workspace.marts_database.exists():
            warehouse.attach_marts(connection, workspace)
        tables = spark.export(connection, workspace, spark.read_by(spark_manifest, models))
    with spark.session(workspace, engine, tables):
        for _ in _told(workspace, project, ["run", "--target", engine.name, "--no-populate-cache", *arguments]):
            pass  # told when the rows stand in the tables of the release


def _told(
    workspace: Workspace, project: Any, arguments: Sequence[str], rows: int | None = None
) -> Iterator[dict[str, Any]]:
    """Run a command of dbt on a parsed project, and yield the result of each node. Raises BuildFailed."""
    from dbt_common.events.functions import msg_to_dict

    target = workspace.dbt_build
    messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    finished: list[dbtRunnerResult] = []

    def tell(message: Any) -> None:
        if message.info.name in RESULT_EVENTS:
            messages.put(msg_to_dict(message))

    def run() -> None:
        try:
            finished.append(
                _invoke(
                    workspace,
                    ["--no-write-json", *arguments],
                    target,
                    rows=rows,
                    # With it dbt neither looks for changed files, nor parses again because another workspace's
                    # warehouse lies elsewhere.
                    manifest=project,
                    callbacks=[tell],
                )
            )
        finally:
            messages.put(None)

    # In a thread of its own, so that results are told while others are still computed.
    worker = threading.Thread(target=run, name="dbt build", daemon=True)
    worker.start()
    try:
        while (message := messages.get()) is not None:
            yield message
    finally:
        while worker.is_alive():
            _cancel_queries()
            worker.join(timeout=0.1)
    if not finished or finished[0].exception:
        raise BuildFailed(str(finished[0].exception) if finished else "dbt broke off; see the log.")
    if not finished[0].success:
        finished[0].result.write(str(target / RUN_RESULTS_FILE))
        failed = [node.name for node in failed_nodes(workspace)]
        raise BuildFailed(f"{len(failed)} node(s) of the dbt project did not pass: {', '.join(failed)}.")


def _cancel_queries() -> None:
    from dbt.adapters.factory import get_adapter_by_type

    spark.cancel()
    with contextlib.suppress(Exception):  # there is none before dbt has come to its first query
        for name in get_adapter_by_type("duckdb").cancel_open_connections() or ():
            print(f"Cancelled {name}.")


def complete_build(workspace: Workspace, fingerprint: dict[str, str]) -> None:
    """Record that every model and check of the build passed, and what it was computed from."""
    (workspace.dbt_build / INPUTS_FILE).write_text(json.dumps(fingerprint))


def completed_inputs(workspace: Workspace) -> dict[str, str] | None:
    """The fingerprint of the latest build, or None when it did not pass."""
    try:
        return json.loads((workspace.dbt_build / INPUTS_FILE).read_text())
    except (OSError, ValueError):
        return None


def failed_nodes(workspace: Workspace) -> list[FailedNode]:
    """What stopped the latest build, by name; empty when nothing did or dbt did not come that far."""
    try:
        results = json.loads((workspace.dbt_build / RUN_RESULTS_FILE).read_text())["results"]
        nodes = manifest(parsed_project(workspace))["nodes"]
    except (OSError, ValueError, KeyError):
        return []
    failed = []
    for result in results:
        if result["status"] not in ("error", "fail"):
            continue
        node = nodes.get(result["unique_id"], {})
        columns, rows = (), ()
        if result["status"] == "fail":
            columns, rows = _sample(workspace, result.get("compiled_code"))
        failed.append(
            FailedNode(
                name=node.get("name", result["unique_id"]),
                kind=node.get("resource_type", "node"),
                file=node.get("original_file_path", ""),
                message=(result.get("message") or "").strip(),
                columns=columns,
                rows=rows,
            )
        )
    return sorted(failed, key=lambda node: (node.kind, node.name))


def _sample(workspace: Workspace, compiled_test: str | None) -> tuple[tuple[str, ...], tuple[tuple, ...]]:
    """The first rows that a test found in the work file."""
    if not compiled_test:
        return (), ()
    try:
        with warehouse.connect(workspace.work_database, read_only=True, wait_seconds=10) as connection:
            warehouse.attach_marts(connection, workspace)
            cursor = connection.execute(f"select * from ({compiled_test}) as found limit {SAMPLE_ROWS}")
            return tuple(column[0] for column in cursor.description or ()), tuple(cursor.fetchall())
    except (duckdb.Error, warehouse.WarehouseBusy, warehouse.WarehouseUnreadable):
        return (), ()
