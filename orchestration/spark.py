"""Spark as the engine that computes dbt's models, beside DuckDB.

What the models read of the work database is written as Parquet, registered in a catalogue that lives as long as the
build, and the models write Parquet in their turn. Seeds are read by DuckDB and come with the rest. Nothing is ever
written over: each build begins with empty folders, so that no rows of an earlier one are left where a month is empty
now. dbt then builds the tables of the release in DuckDB from the Parquet of Spark (macros/materializations.sql), with
the contracts and checks of every run.
"""

import contextlib
import importlib.util
import re
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from data_contracts.declarations.settings import megabytes
from orchestration.engines import Engine, EngineUnavailable
from orchestration.limits import Limits
from orchestration.workspace import Workspace, java, keep_spark_here

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# The variable of dbt that names the folder of the tables that Spark made.
MADE_IN = "made_in"
PACKAGES = ("pyspark", "dbt.adapters.spark")
# The schema of the steps of long queries (spark_statements).
SCRATCH = "scratch"
SCHEMAS = ("raw", "seeds", "staging", "intermediate", "marts", SCRATCH)
LEAST_JAVA = 17
MASTER_ANSWERS_IN_SECONDS = 5
# What the same digits on both engines depend on.
EXACT = {
    # What does not fit a type is an error, never NULL or another number; dbt-spark would have it the other way
    # (dbt_patches).
    "spark.sql.ansi.enabled": "true",
    # A decimal that needs more than 38 digits is an error too, not a decimal of fewer places.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # A backslash in a text is a backslash.
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.sql.session.timeZone": "UTC",
    # A timestamp is what the clock showed, without a zone.
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.cteRecursionLevelLimit": "-1",
}
DEFAULTS = {
    # The catalogue is in the driver's memory: no metastore that one build at a time may open.
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.sources.default": "parquet",
    "spark.sql.execution.pythonUDF.arrow.enabled": "false",
    # Java compiles the many statements of a build; without room for what it made it stops.
    "spark.driver.extraJavaOptions": "-XX:ReservedCodeCacheSize=512m",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
# Of fewer raw rows a build spends its time on preparing Java for many: what it compiles, it runs once.
FEW_ROWS = 100_000
OF_FEW_ROWS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=512m -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
TYPES = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "timestamp_ntz",
}
DECIMAL = re.compile(r"DECIMAL\(\d+,\d+\)")


@dataclass(frozen=True)
class Table:
    """A table as Parquet: where, its columns in Spark's words (None where Spark has to look for itself), its rows."""

    schema: str
    name: str
    path: Path
    columns: str | None
    rows: int


def require(master: str) -> None:
    """Raises EngineUnavailable, with the remedy, where Spark cannot start."""
    missing = [package for package in PACKAGES if not _is_installed(package)]
    if missing:
        raise EngineUnavailable(
            f"The engine spark needs {' and '.join(missing)}, which this environment lacks: "
            "pip install -r requirements-spark.lock\n"
            "Spark 引擎所需的软件包未安装；请执行 pip install -r requirements-spark.lock，或改用 --engine duckdb。"
        )
    found = java()
    if found is None:
        raise EngineUnavailable(
            f"The engine spark needs Java {LEAST_JAVA} or later, and no java is on PATH or in JAVA_HOME: install "
            "a Java runtime (Debian: apt-get install openjdk-17-jre-headless), or set JAVA_HOME.\n"
            f"Spark 引擎需要 Java {LEAST_JAVA} 或更高版本；请安装 Java 运行环境或设置 JAVA_HOME。"
        )
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if version is None or int(version[1]) < LEAST_JAVA:
        raise EngineUnavailable(
            f"The engine spark needs Java {LEAST_JAVA} or later; {found} is {said.splitlines()[0] if said else 'none'}."
            " JAVA_HOME names another.\n"
            f"Spark 引擎需要 Java {LEAST_JAVA} 或更高版本；可用 JAVA_HOME 指定。"
        )
    if address := re.match(r"spark://([^:,]+):(\d+)", master):
        try:
            socket.create_connection((address[1], int(address[2])), MASTER_ANSWERS_IN_SECONDS).close()
        except OSError as error:
            raise EngineUnavailable(
                f"No Spark master answers at {master} ({error.strerror or error}). Start the cluster, or name another "
                "by spark_master in organization.yml or HELIOLEDGER_SPARK_MASTER.\n"
                f"{master} 没有响应；请启动集群，或在 organization.yml 的 spark_master 中指定其他地址。"
            ) from error


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def read_by(manifest: Mapping[str, Any], models: Iterable[str]) -> list[tuple[str | None, str, str]]:
    """What some models read and none of them makes: database (None: the work file), schema and name of each table."""
    chosen = set(models)
    read = {parent for model in chosen for parent in manifest["parent_map"][model]} - chosen
    nodes = [manifest["sources"].get(name) or manifest["nodes"][name] for name in sorted(read)]
    return [(node["config"].get("database"), node["schema"], node["name"]) for node in nodes]


def export(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, tables: Iterable[tuple[str | None, str, str]]
) -> list[Table]:
    """Write tables of the work database as Parquet."""
    exported = []
    for database, schema, name in tables:
        relation = f'{f"{database}." if database else ""}{schema}."{name}"'
        path = workspace.spark_read / schema / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        ((rows,),) = connection.execute(f"copy (from {relation}) to '{_quoted(path)}' (format parquet)").fetchall()
        columns = connection.execute(f"describe {relation}").fetchall()
        types = [_spark_type(kind) for _, kind, *_ in columns]
        declared = [f"`{column}` {kind}" for (column, *_), kind in zip(columns, types, strict=True)]
        exported.append(Table(schema, name, path, ", ".join(declared) if all(types) else None, rows))
    return exported


def _spark_type(kind: str) -> str | None:
    return TYPES.get(kind) or (kind.lower() if DECIMAL.fullmatch(kind) else None)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@contextlib.contextmanager
def session(workspace: Workspace, engine: Engine, tables: Sequence[Table]) -> Iterator["SparkSession"]:
    """A session in which the tables and the functions of the models are known; dbt takes it as it is.

    What is made goes to `spark_made`. The processes of Spark end with the block. Raises EngineUnavailable.
    """
    from pyspark.sql import SparkSession

    require(engine.master)
    if engine.master.startswith("local") or "127.0.0.1" in engine.master:
        keep_spark_here()
    builder = SparkSession.builder.master(engine.master).appName(f"helioledger {workspace.root.name}")
    for key, value in settings(workspace, engine, tables).items():
        builder = builder.config(key, value)
    opened = builder.getOrCreate()
    try:
        register_functions(opened)
        register_tables(opened, workspace, tables)
        yield opened
    finally:
        with contextlib.suppress(Exception):  # Java may be dead; what failed of it is the error to tell
            opened.stop()
        _end_java()


def settings(workspace: Workspace, engine: Engine, tables: Sequence[Table]) -> dict[str, str]:
    """Those of a session: of the product, over them those of the workspace, over all EXACT."""
    limits = Limits.of(workspace)
    chosen = DEFAULTS | {"spark.driver.memory": f"{int(megabytes(limits.memory_limit))}m"}
    if engine.master.startswith("local"):  # as many parts of a table as there are processors are enough
        chosen["spark.sql.shuffle.partitions"] = str(limits.threads)
    if sum(table.rows for table in tables if table.schema == "raw") < FEW_ROWS:
        chosen |= OF_FEW_ROWS
    return {**chosen, **engine.settings, **EXACT, "spark.sql.warehouse.dir": workspace.spark_made.as_uri()}


def register_functions(opened: "SparkSession") -> None:
    """The functions that SQL lacks, as dbt_functions registers them in DuckDB. They are sent to the workers, which need
    their libraries and nothing of this product."""
    from pyspark import cloudpickle

    from orchestration import statistics_functions as functions

    cloudpickle.register_pickle_by_value(functions)

    for name, (function, kind) in functions.FOR_SPARK.items():
        opened.udf.register(name, function, kind)


def register_tables(opened: "SparkSession", workspace: Workspace, tables: Iterable[Table]) -> None:
    """Have Spark's catalogue know the tables, and nothing of an earlier build."""
    for (schema,) in opened.sql("show schemas").collect():
        if schema != "default":
            opened.sql(f"drop schema {schema} cascade")
    shutil.rmtree(workspace.spark_made, ignore_errors=True)
    for schema in SCHEMAS:
        place = (workspace.spark_made / schema).as_uri()
        opened.sql(f"create schema {schema} location '{place}'")
    for table in tables:
        columns = f"({table.columns})" if table.columns else ""
        opened.sql(f"create table {table.schema}.{table.name} {columns} using parquet location '{table.path.as_uri()}'")


def _end_java() -> None:
    """End the Java process of the driver, which pyspark keeps to the end of Python's: it holds the memory that DuckDB
    needs next."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    gateway = SparkContext._gateway
    if gateway is None:
        return
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
    # `stop` leaves them where Java is dead already.
    SparkSession._instantiatedSession = SparkSession._activeSession = None
    with contextlib.suppress(Exception):
        gateway.shutdown()
    if process := getattr(gateway, "proc", None):
        process.stdin.close()
        process.wait(timeout=60)


def cancel() -> None:
    """Stop what Spark computes in this process, if anything."""
    import sys

    if "pyspark" in sys.modules:
        from pyspark import SparkContext

        with contextlib.suppress(Exception):  # it may be about to end
            if active := SparkContext._active_spark_context:
                active.cancelAllJobs()
