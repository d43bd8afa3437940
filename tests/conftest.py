"""What all tests share: programs that are not Python packages, and the parsed dbt project."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says something about the machine only.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def need_program() -> Callable[..., str]:
    """The path of the first program of some names that is installed. Without one the test is skipped; in continuous
    integration, which installs them, it fails."""

    def find(what: str, *names: str) -> str:
        found = next(filter(None, map(shutil.which, names)), None)
        if found is None:
            reason = f"{what} is not installed (none of {', '.join(names)} is on PATH)"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
        return found

    return find


@pytest.fixture(scope="session")
def parsed_dbt_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Gives a workspace the parsed dbt project of the session and all its workers: parsing takes longer than a run."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "dbt_target"
    shared.mkdir(exist_ok=True)

    def link(workspace: Path) -> Path:
        target = workspace / "warehouse" / "dbt" / "target"
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            target.rmdir()
        target.symlink_to(shared)
        return workspace

    return link
