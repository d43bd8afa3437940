"""A deployment: one Dagster instance for several workspaces, each a code location of its own.

A folder with the files that Dagster's web server and daemon read, and systemd units that run the two. See
docs/deployment.md.
"""

import json
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from orchestration.workspace import (
    DEPLOYMENT_VARIABLE,
    ENVIRONMENT_VARIABLE,
    REPOSITORY,
    WRITTEN_BY_US,
    Workspace,
    dagster_instance_settings,
    write_own,
)

UNITS = REPOSITORY / "deployment" / "systemd"
# What the shipped units name, so that they can be read and used as they are.
SHIPPED_BIN, SHIPPED_FOLDER, SHIPPED_USER = "/opt/helioledger/.venv/bin", "/srv/helioledger", "User=helioledger"
SHIPPED_HOST, SHIPPED_PORT = '--host "127.0.0.1"', '--port "3000"'

LOCATION = f"""\
{WRITTEN_BY_US}: the code location of a workspace. `helioledger deploy` adds and removes it.
import os

os.environ["{ENVIRONMENT_VARIABLE}"] = %(workspace)s
os.environ["{DEPLOYMENT_VARIABLE}"] = %(deployment)s

from orchestration.definitions import defs  # noqa: E402, F401
"""


class DeploymentError(Exception):
    """The workspaces cannot be deployed together, or not in this folder."""


@dataclass(frozen=True)
class Service:
    """How the units run: the system's user, and where the web server listens."""

    user: str
    host: str = "127.0.0.1"
    port: int = 3000


def deploy(folder: Path, workspaces: Sequence[Workspace], service: Service, concurrent_runs: int = 1) -> list[Path]:
    """Write a deployment of these workspaces and no others; the files that are new or changed.

    The same call again changes nothing. A file whose first line has been taken away is left alone. Raises
    DeploymentError.
    """
    _check(folder, workspaces)
    locations = folder / "locations"
    for made in (locations, folder / "systemd", folder / "history" / "runs"):
        made.mkdir(parents=True, exist_ok=True)
    names = [workspace.location_name for workspace in workspaces]
    files = {
        folder / "dagster.yaml": dagster_instance_settings(folder, concurrent_runs),
        folder / "workspace.yaml": _workspace_file(folder, names),
        **{locations / f"{workspace.location_name}.py": _location(folder, workspace) for workspace in workspaces},
        **{folder / "systemd" / unit.name: _unit(unit.read_text(), folder, service) for unit in UNITS.iterdir()},
    }
    written = [path for path, text in files.items() if write_own(path, text)]
    for former in locations.glob("*.py"):
        if former not in files and former.read_text().startswith(WRITTEN_BY_US):
            former.unlink()
    return written


def _check(folder: Path, workspaces: Sequence[Workspace]) -> None:
    names: dict[str, Workspace] = {}
    for workspace in workspaces:
        other = names.setdefault(workspace.location_name, workspace)
        if other is not workspace:
            raise DeploymentError(
                f"{other.root} and {workspace.root} would both be the code location {workspace.location_name}; "
                "rename one of the folders."
            )
        if folder.is_relative_to(workspace.root) or workspace.root.is_relative_to(folder):
            raise DeploymentError(f"{folder} and the workspace {workspace.root} must not contain each other.")
    if any(character in '"\\\n' for character in str(folder)):
        raise DeploymentError(f"{folder}: a systemd unit cannot name this folder.")


def _workspace_file(folder: Path, names: Sequence[str]) -> str:
    targets = [
        {"python_file": {"relative_path": str(folder / "locations" / f"{name}.py"), "location_name": name}}
        for name in names
    ]
    listed = yaml.safe_dump({"load_from": targets}, allow_unicode=True, sort_keys=False)
    return f"{WRITTEN_BY_US}, and again by each `helioledger deploy`.\n{listed}"


def _location(folder: Path, workspace: Workspace) -> str:
    values = {"workspace": str(workspace.root), "deployment": str(folder)}
    return LOCATION % {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}


def _unit(shipped: str, folder: Path, service: Service) -> str:
    """A shipped unit with the paths, the user and the address of this deployment; a % is systemd's own."""
    replaced = {
        SHIPPED_BIN: sysconfig.get_path("scripts").replace("%", "%%"),
        SHIPPED_FOLDER: str(folder).replace("%", "%%"),
        SHIPPED_USER: f"User={service.user}",
        SHIPPED_HOST: f'--host "{service.host}"',
        SHIPPED_PORT: f'--port "{service.port}"',
    }
    settings = shipped[shipped.index("[Unit]") :]
    for was, becomes in replaced.items():
        settings = settings.replace(was, becomes)
    return f"{WRITTEN_BY_US}, and again by each `helioledger deploy`.\n{settings}"
