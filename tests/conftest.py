"""What all tests share: programs that are not Python packages, and what the workers make once for all of them."""

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from orchestration import transformation
from orchestration.workspace import Workspace
from tests.started import Programs

# One worker begins with the run that most others need, and the other with what needs none. Then it alone makes the
# workspaces of the published cases; at the end each worker would wait for what the other makes.
FIRST = (
    "tests/pipeline/test_company.py",
    "tests/contracts/test_accounting.py",
    "tests/contracts/test_said_wrongly.py",
    "tests/cases/test_boundaries.py",
)

# How long an example takes says something about the machine only.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]
        return FIRST.index(file) if file in FIRST else len(FIRST)

    items.sort(key=place)


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
def programs() -> Iterator[Programs]:
    """Run console scripts of the environment, each in a process of its own."""
    programs = Programs()
    yield programs
    programs.close()


@pytest.fixture(scope="session")
def helioledger(programs: Programs) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in a process of its own; options: of `Programs.run`."""
    return partial(programs.run, "helioledger")


@pytest.fixture(scope="session")
def dbt(programs: Programs) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of dbt on a workspace that has been run, in a process of its own."""

    def run(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
        return programs.run("tests.dbt_command:main", workspace.root, *arguments)

    return run


@pytest.fixture(scope="session")
def publish(helioledger: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., str]:
    """Run a workspace up to its publication; what was printed."""

    def run(root: Path, *options: str) -> str:
        finished = helioledger("run", "--workspace", root, *options)
        assert finished.returncode == 0, f"exit {finished.returncode}\n{finished.stdout}\n{finished.stderr}"
        return finished.stdout

    return run


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One worker at a time."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def made_once(shared: Path) -> Callable[[str, Callable[[Path], object]], Path]:
    """A folder that the first worker in need of it makes for all; a failure is that of everyone who needs it."""

    def make(name: str, write: Callable[[Path], object]) -> Path:
        folder, outcome = shared / name, shared / f"{name}.outcome"
        with locked(folder):
            if not outcome.exists():
                try:
                    write(folder)
                except Exception as error:
                    outcome.write_text(str(error) or repr(error))
                    raise
                outcome.touch()
        if failure := outcome.read_text():
            pytest.fail(f"{name} could not be made: {failure}", pytrace=False)
        return folder

    return make


@pytest.fixture(scope="session", autouse=True)
def cache(shared: Path) -> Path:
    """The user's cache of all workers, in place of the one of who runs the tests."""
    os.environ["XDG_CACHE_HOME"] = str(shared / "cache")
    return shared / "cache"


@pytest.fixture(scope="session")
def parsed_dbt_project(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Callable[[Path], Path]:
    """Gives back a workspace's folder when a worker has had the dbt project parsed, which takes as long as a small run:
    every workspace takes it from the cache."""

    def give(root: Path) -> Path:
        made_once("parsed_dbt_project", lambda first: transformation.parsed_project(Workspace(first)))
        return root

    return give
