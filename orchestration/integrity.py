"""Whether anything that was taken in or published has been changed since, and the way back.

Every run and `helioledger verify` look at the same things: the published files against their seals, the archive
against its hashes, the journal against its manifests, the raw tables against the digests of the journal, and reference
tables and seeds in the work database against those of the latest build. A run hashes a file again only when its size,
inode or times have changed since it was last found sound (a writer cannot set back the change time); `verify` hashes
every file. The raw tables are digested whole by both.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from orchestration import closing, journal, landing, release, warehouse
from orchestration.workspace import Workspace

SEEDS_SCHEMA = "seeds"
# What people and their computers leave in a folder that they have opened.
LEFT_BY_OTHERS = ("thumbs.db", "desktop.ini")
HASH = re.compile(r"[0-9a-f]{64}")
LOST_FILE = "lost.json"
RECOVER = "`helioledger recover` puts it right"
RECOVER_ZH = "请运行 helioledger recover 修复"
RUN = "`helioledger run` publishes the latest again"
RUN_ZH = "请运行 helioledger run 重新发布最新版本"
BACKUP = "bring warehouse/ back from a backup"
BACKUP_ZH = "请从备份恢复 warehouse/"


@dataclass(frozen=True)
class Mismatch:
    """Something that is not as it was: the file or load, what is wrong, the way back."""

    kind: str
    subject: str
    said: str
    said_zh: str

    def __str__(self) -> str:
        ways = {"close": (BACKUP, BACKUP_ZH), "link": (RUN, RUN_ZH)}
        way, way_zh = ways.get(self.kind, (RECOVER, RECOVER_ZH))
        return f"{self.subject} {self.said}; {way}. {self.said_zh}；{way_zh}。"


class Altered(Exception):
    """What was taken in or published has been changed; nothing is computed from it."""

    def __init__(self, mismatches: list[Mismatch]):
        self.mismatches = mismatches
        listed = "\n".join(f"  {mismatch}" for mismatch in mismatches)
        super().__init__(f"{len(mismatches)} thing(s) differ from their digests 与摘要不符:\n{listed}")


@dataclass
class Stamps:
    """Which files were last found sound, by what changes when somebody writes to one. full: hash every file."""

    workspace: Workspace
    full: bool = False
    known: dict[str, list[int]] = field(default_factory=dict)
    seen: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def load(cls, workspace: Workspace, full: bool) -> "Stamps":
        try:
            known = json.loads(workspace.stamps_file.read_bytes())
            return cls(workspace, full, known if isinstance(known, dict) else {})
        except (OSError, ValueError):
            return cls(workspace, full)

    def is_sound(self, file: Path, digests: list[str]) -> bool:
        """Whether a file has one of these hashes. Raises OSError."""
        found = file.stat()
        stamp = [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]
        name = str(file.relative_to(self.workspace.warehouse))
        entry: list = [*stamp, *digests]
        if (self.full or self.known.get(name) != entry) and journal.sha256_of(file) not in digests:
            return False
        self.seen[name] = entry
        return True

    def keep(self) -> None:
        if self.seen != self.known:
            journal.write_whole(self.workspace.stamps_file, self.seen)


def check(workspace: Workspace, full: bool = False, on_wait: Callable[[str], None] | None = None) -> list[Mismatch]:
    """Everything that differs from its digest. The caller holds the run lock."""
    stamps = Stamps.load(workspace, full)
    found = [*_published(workspace, stamps), *_journal(workspace, stamps)]
    found += _raw(workspace, on_wait)
    if full and not found:
        found += _closes(workspace)
    found += [*_archive(workspace, stamps), *_marts(workspace, stamps)]
    if full and (behind := is_behind(workspace)):
        found.append(behind)
    stamps.keep()
    return found


def require(workspace: Workspace, on_wait: Callable[[str], None] | None = None) -> None:
    """Raises Altered when anything differs from its digest."""
    if found := check(workspace, on_wait=on_wait):
        raise Altered(found)


def _published(workspace: Workspace, stamps: Stamps) -> Iterator[Mismatch]:
    """To a run a file that is missing is no alteration: it publishes anew."""
    folder = release.published_folder(workspace)
    if folder is None or not folder.is_dir():
        return
    seal = release.seal_of(workspace, folder)
    if seal is None and any("publications" in batch.tables for batch in journal.batches(workspace)):
        yield Mismatch("published", str(workspace.seals / f"{folder.name}.json"), "is missing", "缺失")
        return
    if seal is None:  # published by a version that kept none
        seal = release.seal(workspace, folder)
        manifest = release.published_manifest(workspace) or {}
        seal |= {name: [value] for name, value in manifest.get("parquet_sha256", {}).items()}
    for name, digests in sorted(seal.items()):
        file = folder / name
        if not file.is_file():
            if stamps.full:
                yield Mismatch("published", str(file), "is missing", "缺失")
        elif not stamps.is_sound(file, digests):
            yield Mismatch("published", str(file), "was changed after it was published", "发布后被改动")
    for file in sorted(folder.iterdir()):
        if file.name not in seal and not file.name.startswith((".", "~$")) and file.name.lower() not in LEFT_BY_OTHERS:
            yield Mismatch("published", str(file), "is no part of the publication", "不属于该次发布")


def is_behind(workspace: Workspace) -> Mismatch | None:
    """Whether another release is published than the one that the log of publications has last. A run that was killed
    while it published leaves that, too, so that a run says it, goes on, and publishes the latest again."""
    folder = release.published_folder(workspace)
    if folder is None or not workspace.work_database.exists():
        return None
    try:
        with warehouse.connect(workspace.work_database) as connection:
            last = connection.execute(
                "select release_id from raw.publications order by published_at desc, publication_id limit 1"
            ).fetchone()
    except (duckdb.Error, warehouse.WarehouseUnreadable):
        return None
    if last is None or last[0] == folder.name:
        return None
    said, said_zh = (
        f"leads to release {folder.name}, and the latest is {last[0]}",
        f"指向 {folder.name}，最新为 {last[0]}",
    )
    return Mismatch("link", str(workspace.published), said, said_zh)


def _marts(workspace: Workspace, stamps: Stamps) -> Iterator[Mismatch]:
    """The marts of the latest build, of which what is published is a copy."""
    digest, file = _build_seal(workspace).get("marts"), workspace.marts_database
    if digest and file.is_file() and not stamps.is_sound(file, [digest]):
        yield Mismatch("build", str(file), "was changed after it was built", "生成后被改动")


def marts_are_sound(workspace: Workspace) -> bool:
    """Whether the file of the marts is, to the byte, the one that was published last, by this DuckDB."""
    seal = _build_seal(workspace)
    is_sealed = "marts" in seal and seal.get("duckdb") == duckdb.__version__ and workspace.marts_database.is_file()
    return is_sealed and not list(_marts(workspace, Stamps(workspace, full=True)))


def require_marts(workspace: Workspace) -> None:
    """Raises Altered where the marts are not what the latest build made of them, so that nothing of them is
    published."""
    if found := list(_marts(workspace, Stamps(workspace, full=True))):
        raise Altered(found)


def _journal(workspace: Workspace, stamps: Stamps) -> Iterator[Mismatch]:
    for missing in journal.missing_batches(workspace):
        yield Mismatch("journal", str(missing), "is missing", "缺失")
    for batch in journal.batches(workspace):
        try:
            for table, kept in batch.tables.items():
                if not stamps.is_sound(batch.file(table), [kept["sha256"]]):
                    yield Mismatch("journal", str(batch.file(table)), "was changed", "被改动")
        except (OSError, ValueError, KeyError, AttributeError) as error:
            yield Mismatch("journal", str(batch.folder), f"cannot be read ({error})", f"无法读取（{error}）")


def _raw(workspace: Workspace, on_wait: Callable[[str], None] | None = None) -> list[Mismatch]:
    """The raw tables against the digests of the journal, load by load."""
    database = str(workspace.work_database)
    taken_in = journal.batches(workspace)
    if taken_in and not workspace.work_database.exists():
        return [Mismatch("work", database, "is missing", "不存在")]
    if not workspace.work_database.exists():
        return []
    try:
        with warehouse.open_work(workspace, on_wait=on_wait) as connection:
            warehouse.create_raw_tables(connection)
            built = list(_built(connection, workspace))
            if not taken_in:
                return built
            journal.rehash(connection, workspace)
            _finish(connection, taken_in[-1])
            return [*_loads(connection, workspace), *built]
    except (OSError, ValueError, KeyError) as error:
        return [Mismatch("journal", str(workspace.journal), f"cannot be read ({error})", f"无法读取（{error}）")]
    except (duckdb.Error, warehouse.WarehouseUnreadable) as error:
        said = str(error).strip().split("\n")[0]
        return [Mismatch("work", database, f"is damaged ({said})", "已损坏")]


def _digests_of_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Rows and digest of every table that a build reads and no load adds to."""
    seeds = connection.execute(
        "select table_name from duckdb_tables() where schema_name = ? order by all", [SEEDS_SCHEMA]
    ).fetchall()
    names = [f"raw.{table}" for table in warehouse.REPLACED_TABLES] + [f"{SEEDS_SCHEMA}.{name}" for (name,) in seeds]
    rows = connection.execute(
        " union all ".join(
            f"select '{name}', cast(count(*) as varchar), cast(sum(cast(hash(t) as hugeint)) as varchar)"
            f" from {name} as t"
            for name in names
        )
    ).fetchall()
    return {name: [count, digest or ""] for name, count, digest in rows}


def seal_build(workspace: Workspace) -> None:
    """Keep the digests of the tables that the published figures were computed with, and of the marts as they were
    built."""
    with warehouse.open_work(workspace) as connection:
        tables = _digests_of_tables(connection)
    marts = workspace.marts_database
    sealed = {"marts": journal.sha256_of(marts)} if marts.is_file() else {}
    workspace.seals.mkdir(exist_ok=True)
    journal.write_whole(workspace.build_seal, {"duckdb": duckdb.__version__, "tables": tables, **sealed})


def unseal_build(workspace: Workspace, marts: bool = True) -> None:
    """These tables are about to be replaced, and the marts, unless they are still to be left as they are."""
    seal = _build_seal(workspace)
    if not marts and "marts" in seal:
        journal.write_whole(workspace.build_seal, {**seal, "tables": {}})
    else:
        workspace.build_seal.unlink(missing_ok=True)


def needs_build(workspace: Workspace) -> bool:
    """Whether `recover` found tables that a build has to make anew."""
    return _build_seal(workspace).get("spoiled", False)


def _build_seal(workspace: Workspace) -> dict:
    try:
        return json.loads(workspace.build_seal.read_bytes())
    except (OSError, ValueError):
        return {}


def _built(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> Iterator[Mismatch]:
    """Digests are of one DuckDB; those of another are made anew by the next build."""
    seal = _build_seal(workspace)
    if seal.get("duckdb") != duckdb.__version__:
        return
    found = _digests_of_tables(connection)
    for name, kept in sorted(seal["tables"].items()):
        if found.get(name) != kept:
            yield Mismatch("build", f"{name} in {workspace.work_database}", "was changed", "被改动")


def _closes(workspace: Workspace) -> Iterator[Mismatch]:
    """Closed years made again from their rows, and the log of closes followed; the journal holds the same rows, so that
    nothing here puts them right."""
    if not workspace.work_database.exists():
        return
    with warehouse.open_work(workspace) as connection:
        for close_id, said, said_zh in closing.problems(connection):
            yield Mismatch("close", f"Close {close_id}", said, said_zh)


def _finish(connection: duckdb.DuckDBPyConnection, last: journal.Batch) -> None:
    """A run that was killed between the journal and the database left a batch that the database lacks as a whole."""
    for table in last.tables:
        ((present,),) = connection.execute(
            f"select count(*) from raw.{table} where list_contains(?, {journal.KEYS[table]})", [list(last.ids(table))]
        ).fetchall()
        if present:
            return
    if last.tables:
        with warehouse.transaction(connection):
            journal.put_in(connection, last, {table: set() for table in journal.KEYS})


def _loads(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> Iterator[Mismatch]:
    wrong: dict[str, set[str]] = {}
    known: dict[str, set[str]] = {}
    for table, columns, kept in journal.expected(workspace):
        key = journal.KEYS[table]
        found = journal.digests(connection, f"raw.{table}", key, columns)
        known.setdefault(table, set()).update(kept)
        for identity in kept:
            if found.get(identity) != kept[identity]:
                wrong.setdefault(identity, set()).add(table)
    for table, key in journal.KEYS.items():
        rows = connection.execute(f"select distinct {key} from raw.{table}").fetchall()
        for (identity,) in rows:
            if identity not in known.get(table, ()):
                wrong.setdefault(str(identity), set()).add(table)
    if not wrong:
        return
    paths = dict(
        connection.execute(
            "select l.load_id, v.path from raw.loads l join raw.submission_versions v using (submission_id)"
            " union all select submission_id, path from raw.submission_versions"
        ).fetchall()
    )
    names = {"state_id": "State of the inputs", "publication_id": "Publication", "close_id": "Close"}
    for identity, tables in sorted(wrong.items()):
        listed = ", ".join(f"raw.{table}" for table in sorted(tables))
        name = names.get(journal.KEYS[min(tables)])
        subject = f"{name} {identity}" if name else f"Load {identity} ({paths.get(identity, 'of no known file')})"
        yield Mismatch("work", subject, f"was changed in {listed}", f"在 {listed} 中被改动")


def _archive(workspace: Workspace, stamps: Stamps) -> Iterator[Mismatch]:
    lost = lost_files(workspace)
    present = set()
    for file in sorted(workspace.archive.iterdir()) if workspace.archive.is_dir() else []:
        if not HASH.fullmatch(file.name):
            continue
        present.add(file.name)
        if not stamps.is_sound(file, [file.name]):
            yield Mismatch("archive", str(file), "was changed", "被改动")
    for sha256, path in sorted(_archived(workspace).items()):
        if sha256 in present or sha256 in lost or _is_there(workspace.root / path, sha256):
            continue
        subject = f"{workspace.archive / sha256} (a version of {path.removeprefix('landing/')})"
        yield Mismatch("archive", subject, "is missing", "缺失")


def _archived(workspace: Workspace) -> dict[str, str]:
    """sha256 -> path in the workspace of every version that the archive must hold."""
    found: dict[str, str] = {}
    if not workspace.work_database.exists():
        return found
    try:
        with warehouse.connect(workspace.work_database) as connection:
            rows = connection.execute(
                "select sha256, 'landing/' || path from raw.submission_versions where sha256 <> ? union all"
                " select sha256, path from raw.input_changes where kind in ('settings', 'reference')"
                " and sha256 is not null order by all",
                [landing.NO_BYTES],
            ).fetchall()
    except (duckdb.Error, warehouse.WarehouseUnreadable):
        return found
    return dict(rows)


def _is_there(file: Path, sha256: str) -> bool:
    """Whether the workspace still has these bytes: the next look at it archives them again."""
    try:
        return journal.sha256_of(file) == sha256
    except OSError:
        return False


def lost_files(workspace: Workspace) -> set[str]:
    """Bytes that somebody has accepted as lost."""
    try:
        return set(json.loads((workspace.journal / LOST_FILE).read_bytes()))
    except (OSError, ValueError):
        return set()


def recover(workspace: Workspace, say: Callable[[str], None], accept_losses: bool = False) -> list[Mismatch]:
    """Put right what differs from its digest; what cannot be, unless it is accepted as lost. The caller holds the run
    lock. What was damaged is set aside, never deleted."""
    found = check(workspace, full=True)
    kinds = {mismatch.kind for mismatch in found}
    left: list[Mismatch] = []
    if "journal" in kinds:
        left += _mend_journal(workspace, say)
    if "journal" not in kinds and "work" in kinds:
        for file in (workspace.work_database, workspace.work_database.with_name("helioledger.duckdb.wal")):
            if file.exists():
                say(f"Set aside: {_set_aside(workspace, file)}")
        with warehouse.open_work(workspace) as connection:
            warehouse.create_raw_tables(connection)
            loads = journal.restore(connection, workspace)
        unseal_build(workspace)
        left += _raw(workspace)
        say(f"Made anew: {workspace.work_database}, with {loads} loads of {workspace.journal}.")
    elif "build" in kinds:
        journal.write_whole(workspace.build_seal, {"spoiled": True})
        say("`helioledger run` makes reference tables, seeds and marts anew from their files.")
    if "archive" in kinds:
        left += _mend_archive(workspace, say)
    if "published" in kinds:
        folder = release.published_folder(workspace)
        assert folder is not None
        workspace.published.unlink()
        say(f"Set aside: {_set_aside(workspace, folder)}")
        say("`helioledger run` publishes anew; until then nothing is published.")
    if accept_losses and left:
        lost = {mismatch.subject for mismatch in left if mismatch.kind == "archive"}
        hashes = {match[0] for subject in lost if (match := HASH.search(subject))}
        workspace.journal.mkdir(exist_ok=True)
        journal.write_whole(workspace.journal / LOST_FILE, sorted(lost_files(workspace) | hashes))
        for subject in sorted(lost):
            say(f"Accepted as lost: {subject}")
        left = [mismatch for mismatch in left if mismatch.kind != "archive"]
    return left


def _mend_journal(workspace: Workspace, say: Callable[[str], None]) -> list[Mismatch]:
    """Write damaged batches again from raw tables that hold what their digests say; what is left damaged."""
    damaged = list(_journal(workspace, Stamps(workspace, full=True)))
    if mismatches := _raw(workspace):
        return damaged + mismatches
    # One batch in place of all: the raw tables hold every row, and were just found to be what the digests say.
    say(f"Set aside: {_set_aside(workspace, workspace.journal, keep=(journal.CURRENT_FILE, LOST_FILE))}")
    with warehouse.open_work(workspace) as connection:
        journal.adopt(connection, workspace)
    say(f"Made anew: {workspace.journal}.")
    return []


def _mend_archive(workspace: Workspace, say: Callable[[str], None]) -> list[Mismatch]:
    """Put back archived bytes that landing/ still holds; what it does not."""
    left = []
    by_hash = _archived(workspace)
    for mismatch in _archive(workspace, Stamps(workspace, full=True)):
        match = HASH.search(mismatch.subject)
        assert match
        file = workspace.archive / match[0]
        if file.exists():
            say(f"Set aside: {_set_aside(workspace, file)}")
        path = by_hash.get(match[0])
        source = next((one for one in _copies(workspace, path) if journal.sha256_of(one) == match[0]), None)
        if source:
            part = workspace.archive / f".incoming-{os.getpid()}"
            shutil.copyfile(source, part)
            part.chmod(0o444)
            os.replace(part, file)
            say(f"Put back: {file}")
        elif path:
            left.append(mismatch)
    return left


def _copies(workspace: Workspace, path: str | None) -> Iterator[Path]:
    if path and (workspace.root / path).is_file():
        yield workspace.root / path


def _set_aside(workspace: Workspace, path: Path, keep: tuple[str, ...] = ()) -> Path:
    workspace.set_aside.mkdir(exist_ok=True)
    number = 1
    while (target := workspace.set_aside / f"{path.name}-{number}").exists():
        number += 1
    os.rename(path, target)
    if keep:
        path.mkdir()
        for name in keep:
            if (target / name).exists():
                shutil.copy2(target / name, path / name)
    return target
