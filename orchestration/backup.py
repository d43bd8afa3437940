"""One file with everything that a workspace's figures come from, and a workspace made of it again.

It holds the settings, reference/, landing/, the archive, the journal, and the published release with its seal; not the
work database, which the journal makes again, and not Dagster's history. So it can be taken while a run goes on: what is
in the journal never changes, and what the archive holds for it was there before.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from orchestration import integrity, journal, release, warehouse
from orchestration.workspace import Workspace

CONTENTS_FILE = "contents.json"
FORMAT = 1


class BackupError(Exception):
    """The backup cannot be written, or is not one that can be restored."""


def backup(workspace: Workspace, target: Path) -> int:
    """Write a backup to a file that does not exist yet; the number of files in it. Raises BackupError, OSError."""
    if target.exists():
        raise BackupError(f"{target} exists already; nothing was changed.")
    part = target.with_name(f".{target.name}-{os.getpid()}")
    contents: dict[str, str] = {}
    published = release.published_folder(workspace)
    try:
        with tarfile.open(part, "w:gz", compresslevel=1) as archive:
            for file, name in _files(workspace, published):
                if added := _add(archive, file, name):
                    contents[name] = added
            said = {"format": FORMAT, "published": published.name if published else None, "sha256": contents}
            text = json.dumps(said, ensure_ascii=False).encode()
            entry = tarfile.TarInfo(CONTENTS_FILE)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
        with part.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return len(contents)


def _files(workspace: Workspace, published: Path | None) -> Iterator[tuple[Path, str]]:
    """(location, name in the backup); the journal before the archive, which holds all that the journal names."""
    folders = [workspace.journal, workspace.archive, workspace.reference, workspace.landing]
    if published:
        folders.append(published)
        yield workspace.seals / f"{published.name}.json", f"warehouse/seals/{published.name}.json"
    yield workspace.organization_file, workspace.organization_file.name
    for folder in folders:
        for directory, below, files in os.walk(folder):
            below[:] = sorted(name for name in below if not (folder == workspace.journal and name.startswith(".")))
            for name in sorted(files):
                file = Path(directory, name)
                if folder in (workspace.journal, workspace.archive) and name.startswith("."):
                    continue
                yield file, str(file.relative_to(workspace.root))


def _add(archive: tarfile.TarFile, file: Path, name: str) -> str | None:
    """Put a file into the backup, as it is at one moment; its sha256. None where it has gone, or is no plain file (a
    link stands as one)."""
    try:
        if file.is_symlink():
            archive.add(file, name, recursive=False)
            return None
        if not file.is_file():
            return None
        with tempfile.TemporaryFile() as copy:  # somebody may be writing to it
            with file.open("rb") as content:
                found = os.fstat(content.fileno())
                shutil.copyfileobj(content, copy, 1 << 20)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = copy.tell(), found.st_mtime, found.st_mode & 0o777
            copy.seek(0)
            digest = hashlib.file_digest(copy, "sha256").hexdigest()
            copy.seek(0)
            archive.addfile(entry, copy)
            return digest
    except FileNotFoundError:
        return None


def restore(source: Path, directory: Path, say: Callable[[str], None]) -> Workspace:
    """Make a workspace of a backup in a folder that is new or empty. Raises BackupError, OSError."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise BackupError(f"{directory} exists already and is not empty; nothing was changed.")
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(source) as archive:
            archive.extractall(directory, filter="tar")
        listed = directory / CONTENTS_FILE
        contents = json.loads(listed.read_bytes())
        listed.unlink()
        if contents["format"] != FORMAT:
            raise BackupError(f"{source} is a backup of another version of helioledger.")
        for name, sha256 in contents["sha256"].items():
            if journal.sha256_of(directory / name) != sha256:
                raise BackupError(f"{name} in {source} is damaged.")
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError) as error:
        raise BackupError(f"{source} is no whole backup of helioledger ({error}).") from error
    workspace = Workspace.open(directory).prepare()
    with warehouse.run_lock(workspace):
        if published := contents["published"]:
            with contextlib.suppress(FileExistsError):
                workspace.published.symlink_to(Path("releases") / published, target_is_directory=True)
        left = integrity.recover(workspace, say) if journal.batches(workspace) else []
    if left:
        raise BackupError("\n".join(str(mismatch) for mismatch in left))
    return workspace
