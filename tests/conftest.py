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
from orchestration.compiled import COMPILED_FILE
from orchestration.workspace import Workspace
from tests.started import Programs

PARSED = "parsed_dbt_project"
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
def publish(
    helioledger: Callable[..., subprocess.CompletedProcess[str]],
    shared: Path,
) -> Callable[..., str]:
    """Run a workspace up to its publication; what was printed. What dbt compiled in it is later workspaces' too."""

    def run(root: Path, *options: str) -> str:
        finished = helioledger("run", "--workspace", root, *options)
        assert finished.returncode == 0, f"exit {finished.returncode}\n{finished.stdout}\n{finished.stderr}"
        with locked(shared / PARSED):
            for made in Workspace(root).dbt_target.glob(f"*/{COMPILED_FILE}"):
                kept = Workspace(shared / PARSED).dbt_target / made.parent.name
                if kept.is_dir() and not (kept / COMPILED_FILE).exists():
                    for file in (made, made.parent / transformation.PARSED_SEAL):
                        shutil.copy(file, kept)
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


@pytest.fixture(scope="session")
def parsed_dbt_project(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Callable[[Path], Path]:
    """Gives a workspace the dbt project as one worker parsed it, and as the first whole run compiled it: parsing takes
    as long as a small run."""

    def parse(root: Path) -> None:
        workspace = Workspace(root)
        workspace.dbt_target.mkdir(parents=True)
        transformation.parsed_project(workspace)

    def give(root: Path) -> Path:
        source, target = Workspace(made_once(PARSED, parse)), Workspace(root)
        with locked(source.root):
            shutil.copytree(source.dbt_target, target.dbt_target, dirs_exist_ok=True)
        return root

    return give
