"""Parsed and compiled dbt projects of all workspaces of a user: what one has paid for, the others take.

A cache in the sense of the platform (on Linux `$XDG_CACHE_HOME/helioledger/dbt`, else `~/.cache`): nothing is lost with
it, and where it cannot be read or written each workspace parses for itself. Whether a copy is whole says the seal that
lies in it, to whoever takes it (`transformation.parsed_project`).
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

KEPT_PROJECTS = 4
ASIDE = "."  # the first letter of what is not in its place yet, or no longer


def cache() -> Path:
    """The folder of this user's parsed projects, one folder per content. It need not exist."""
    from platformdirs import user_cache_path

    return user_cache_path("helioledger", appauthor=False) / "dbt"


def take(name: str, folder: Path) -> bool:
    """Copy a parsed project into an empty folder; False, and the folder empty, where there is none to be read."""
    try:
        shutil.copytree(cache() / name, folder, dirs_exist_ok=True)
    except (OSError, shutil.Error):  # shutil's where another process puts a newer one in its place meanwhile
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(exist_ok=True)
        return False
    return True


def keep(project: Path) -> None:
    """Put a copy of a parsed project in the cache, as a whole, in place of one of its name; the latest few are kept."""
    with contextlib.suppress(OSError, shutil.Error):
        kept = cache()
        kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = Path(tempfile.mkdtemp(dir=kept, prefix=ASIDE))
        try:
            new, former = aside / "new", aside / "former"
            shutil.copytree(project, new).touch()
            with contextlib.suppress(FileNotFoundError):
                os.rename(kept / project.name, former)
            os.rename(new, kept / project.name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        projects = [entry for entry in kept.iterdir() if not entry.name.startswith(ASIDE)]
        projects.sort(key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
        for old in projects[KEPT_PROJECTS:]:
            shutil.rmtree(old, ignore_errors=True)
