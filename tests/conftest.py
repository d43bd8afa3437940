"""What all tests share: programs that are not Python packages."""

import os
import shutil
from collections.abc import Callable

import pytest


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
