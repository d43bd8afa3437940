"""The dbt project as the code location uses it: its parsed manifest, and what stopped a build."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import duckdb

from orchestration import inputs, warehouse
from orchestration.workspace import DBT_PROJECT_DIR, Workspace, script

INPUTS_FILE = "inputs.json"
KEPT_MANIFESTS = 2
SAMPLE_ROWS = 5


class DbtProjectError(Exception):
    """The dbt project does not parse."""


@dataclass(frozen=True)
class FailedNode:
    """A model, seed or test that stopped `dbt build`. columns and rows: a sample of the rows a test found."""

    name: str
    kind: str
    file: str
    message: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple, ...] = ()


def parsed_project(workspace: Workspace) -> Path:
    """The folder with manifest.json of the dbt project and seeds as they are now; parsed when they have changed.

    It lies in the workspace, so that the checkout may be read-only. Raises DbtProjectError.
    """
    content = "\0".join([str(DBT_PROJECT_DIR), inputs.dbt_project_hash(), inputs.seeds_hash(), version("dbt-core")])
    folder = workspace.dbt_target / hashlib.sha256(content.encode()).hexdigest()[:16]
    if (folder / "manifest.json").is_file():
        return folder
    aside = Path(tempfile.mkdtemp(dir=workspace.dbt_target, prefix=".parsing-"))
    try:
        finished = subprocess.run(
            [script("dbt"), "--no-use-colors", "--quiet", "parse"],
            cwd=DBT_PROJECT_DIR,
            env={
                **os.environ,
                **workspace.environment(),
                "DBT_TARGET_PATH": str(aside),
                "DBT_PROJECT_DIR": str(DBT_PROJECT_DIR),
                "DBT_PROFILES_DIR": str(DBT_PROJECT_DIR),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode != 0:
            raise DbtProjectError(f"dbt cannot parse {DBT_PROJECT_DIR}:\n{finished.stdout}{finished.stderr}".strip())
        try:
            os.rename(aside, folder)
        except OSError:
            if not (folder / "manifest.json").is_file():  # else another process was quicker
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    parsed = [entry for entry in workspace.dbt_target.iterdir() if (entry / "manifest.json").is_file()]
    parsed.sort(key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
    for former in parsed[KEPT_MANIFESTS:]:
        shutil.rmtree(former, ignore_errors=True)
    return folder


def begin_build(workspace: Workspace) -> Path:
    """An empty folder for the artifacts of a build. From here until `complete_build` nothing can be published."""
    shutil.rmtree(workspace.dbt_build, ignore_errors=True)
    workspace.dbt_build.mkdir(parents=True)
    partial_parse = parsed_project(workspace) / "partial_parse.msgpack"
    if partial_parse.is_file():
        shutil.copy(partial_parse, workspace.dbt_build)
    return workspace.dbt_build


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
        results = json.loads((workspace.dbt_build / "run_results.json").read_text())["results"]
        nodes = json.loads((workspace.dbt_build / "manifest.json").read_text())["nodes"]
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
            cursor = connection.execute(f"select * from ({compiled_test}) as found limit {SAMPLE_ROWS}")
            return tuple(column[0] for column in cursor.description or ()), tuple(cursor.fetchall())
    except (duckdb.Error, warehouse.WarehouseBusy, warehouse.WarehouseUnreadable):
        return (), ()
