"""The fingerprint of everything that a publication is computed from.

Equal fingerprints give equal marts, so a run that finds the published one again has nothing to do.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import duckdb

from orchestration import __version__
from orchestration.workspace import DBT_PROJECT_DIR, REPOSITORY, SEEDS_DIR, Workspace

DBT_IGNORED_FOLDERS = frozenset({"target", "logs", "dbt_packages", "dbt_internal_packages"})


def _hash_files(root: Path, files: Iterable[Path]) -> str:
    """Hash over the relative paths and bytes of files."""
    digest = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def files_below(folder: Path) -> list[Path]:
    return [
        file
        for file in folder.rglob("*")
        if file.is_file()
        and not any(part.startswith(".") or part in DBT_IGNORED_FOLDERS for part in file.relative_to(folder).parts)
    ]


@cache
def seeds_hash() -> str:
    """Of the product's own seeds, which do not change while it runs."""
    return _hash_files(SEEDS_DIR, files_below(SEEDS_DIR))


@cache
def dbt_project_hash() -> str:
    return _hash_files(DBT_PROJECT_DIR, files_below(DBT_PROJECT_DIR))


@cache
def package_hash() -> str:
    """Of the Python that reads, judges and publishes."""
    packages = [REPOSITORY / "data_contracts", REPOSITORY / "orchestration"]
    return _hash_files(REPOSITORY, [file for package in packages for file in package.rglob("*.py")])


def reference_fingerprint(workspace: Workspace) -> dict[str, str]:
    """The state of organization.yml and of reference/, by part."""
    settings = [workspace.organization_file] if workspace.organization_file.is_file() else []
    return {
        "settings": _hash_files(workspace.root, settings),
        "reference": _hash_files(workspace.root, files_below(workspace.reference)),
    }


def fingerprint(
    current: dict[str, tuple[str, str]],
    versions: Iterable[str],
    reference: dict[str, str],
    unread: Mapping[str, str] | None = None,
    closes: str = "",
) -> dict[str, str]:
    """What a run depends on, part by part.

    current: path -> (submission_id, load_id); versions: ids of every version ever delivered, because the marts list
    them all; reference: a `reference_fingerprint`; unread: path -> what is said about a file that cannot be read;
    closes: a `closes_hash`.
    """
    lines = [f"{path}\0{ids[0]}\0{ids[1]}" for path, ids in sorted(current.items())]
    lines += [f"{path}\0{said}" for path, said in sorted((unread or {}).items())]
    submissions = "\n".join([*lines, "", *sorted(versions)])
    return {
        "submissions": hashlib.sha256(submissions.encode()).hexdigest()[:16],
        **reference,
        "closed_years": closes,
        "seeds": seeds_hash(),
        "dbt_project": dbt_project_hash(),
        "helioledger": __version__,
        "duckdb": version("duckdb"),
        "dbt": f"{version('dbt-core')}, dbt-duckdb {version('dbt-duckdb')}",
    }


def loaded_fingerprint(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The fingerprint of what the raw tables hold, which is what dbt builds from."""
    current = connection.execute("select path, submission_id, load_id from raw.current_submissions").fetchall()
    versions = connection.execute("select submission_id from raw.submission_versions").fetchall()
    reference = connection.execute("select part, hash from raw.reference_fingerprint").fetchall()
    unread = connection.execute("select path, message_en from raw.landing_findings").fetchall()
    return fingerprint(
        {path: (submission_id, load_id) for path, submission_id, load_id in current},
        (submission_id for (submission_id,) in versions),
        dict(reference),
        dict(unread),
        closes_hash(connection),
    )


def closes_hash(connection: duckdb.DuckDBPyConnection) -> str:
    """Of all that was closed and reopened; empty when nothing was."""
    ((log_root,),) = connection.execute("select arg_max(log_root, number) from raw.closes").fetchall()
    return (log_root or "")[:16]


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The parts in which two fingerprints differ, in words."""
    return [part.replace("_", " ") for part in after if before.get(part) != after[part]]
