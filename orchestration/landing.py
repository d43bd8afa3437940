"""What lies in landing/, and how it differs from what the warehouse holds.

A file's path identifies a submission and its bytes the version. Scanning puts every version's bytes into archive/,
under their sha256; whatever is judged afterwards is read from there, so that the bytes judged are the bytes hashed.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

from data_contracts.declarations.rules import VARIANTS, fill
from orchestration.workspace import Workspace, WorkspaceError

if TYPE_CHECKING:
    import duckdb

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")  # \d takes full-width digits too
CHUNK_BYTES = 1 << 20
EPOCH = datetime(1970, 1, 1)

# Not deliveries: hidden files, and what office programs and file managers leave beside an open file.
IGNORED_PREFIXES = (".", "~$")
IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini"})

# What browsers and copying programs call a file until it is complete.
PARTIAL_SUFFIXES = (".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp")
# Folders nested deeper than anybody means them to be are not followed.
DEEPEST_FOLDER = 50
NO_BYTES = hashlib.sha256().hexdigest()
UNREADABLE = "unreadable_file"
# A load with such a finding on the whole file, and no row, says nothing about what was delivered before.
UNREADABLE_RULES = (UNREADABLE, "empty_file", "file_too_large")
LISTED_VANISHED = 10


@dataclass(frozen=True)
class Refusal:
    """Why a file in landing/ is not read at all. `reason` is part of the load's identity, so that the file is judged
    once the reason is gone."""

    reason: str
    rule: str
    message_en: str
    message_zh: str

    @classmethod
    def of(cls, rule: str, variant: str = "", reason: str = "", **values: str) -> Refusal:
        """By a rule of finding_rules and its variant; what it says differs by language where a value is named so."""
        said = VARIANTS[rule, variant]
        return cls(reason or variant or rule, rule, fill(said.en, values), fill(said.zh, values))


@dataclass(frozen=True)
class Submission:
    """One version of a file: identity, place in landing/, and where its bytes are kept.

    is_unread: its bytes could not be had, so that it says nothing about the version before it.
    """

    path: str
    sha256: str
    size_bytes: int
    landing_month: str | None
    submitter: str | None
    file_name: str
    received_at: datetime
    refusal: Refusal | None = None
    is_unread: bool = False

    @property
    def submission_id(self) -> str:
        return _digest(f"{self.path}\0{self.sha256}")

    @property
    def is_arriving(self) -> bool:
        return self.refusal is not None and self.refusal.reason == "still_arriving"

    def context_hash(self, context_hash: str) -> str:
        return f"landing:{self.refusal.reason}" if self.refusal else context_hash

    def load_id(self, context_hash: str) -> str:
        return _digest(self.submission_id + self.context_hash(context_hash))


@dataclass(frozen=True)
class Months:
    """The landing months that have a partition, both ends inclusive, as YYYY-MM."""

    first: str
    last: str

    def __contains__(self, month: str) -> bool:
        return self.first <= month <= self.last

    def between(self, start: str, end: str) -> Iterator[str]:
        """The months from start to end."""
        year, month = int(start[:4]), int(start[5:])
        while (text := f"{year:04}-{month:02}") <= end:
            yield text
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)


@dataclass(frozen=True)
class Unread:
    """Why the present bytes of a file do not count, in both languages; version: their id, where they could be had."""

    message_en: str
    message_zh: str
    version: str | None = None

    @classmethod
    def of(cls, said_en: str, said_zh: str, version: str | None = None) -> Unread:
        said = VARIANTS[UNREADABLE, "former_version_counts"]
        values = {"said_en": said_en, "said_zh": said_zh}
        return cls(fill(said.en, values), fill(said.zh, values), version)


class WithdrawalsNotConfirmed(Exception):
    """More submissions have vanished at once than anybody withdraws: a folder that is not mounted, a slip."""


@dataclass
class Plan:
    """What a run has to do. Paths are relative to landing/.

    to_judge: submissions that have no load under the present context; known: ids of versions already recorded;
    current: path -> (submission_id, load_id) after the run; arriving: files that are being written, whose former
    version stays current until they are complete; unread: the same of files that cannot be read, by path.

    vanished: withdrawn files of which landing/ has no copy either; counting: the number of current submissions that
    were read, before the run; is_emptied: landing/ holds nothing at all.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    arriving: list[str] = field(default_factory=list)
    to_judge: list[Submission] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    current: dict[str, tuple[str, str]] = field(default_factory=dict)
    pending_months: set[str] = field(default_factory=set)
    unread: dict[str, Unread] = field(default_factory=dict)
    found: list[Submission] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    counting: int = 0
    is_emptied: bool = False

    @property
    def versions(self) -> set[str]:
        """Ids of all versions after the run."""
        return self.known | {submission.submission_id for submission in self.to_judge}

    def describe(self) -> str:
        counts = {
            "new": self.new,
            "changed": self.changed,
            "withdrawn": self.withdrawn,
            "to be judged again": self.stale,
            "unchanged": self.unchanged,
            "still arriving": self.arriving,
            "unreadable (the last readable version counts)": self.unread,
        }
        said = [f"{len(paths)} {word}" for word, paths in counts.items() if paths]
        return ", ".join(said) or "no submissions"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_empty(workspace: Workspace) -> bool:
    """Whether landing/ is missing or holds nothing, as when a share is not mounted."""
    try:
        entries = os.scandir(workspace.landing)
    except OSError:
        return True
    return all(entry.name.startswith(IGNORED_PREFIXES) or entry.name.lower() in IGNORED_NAMES for entry in entries)


def landing_months(workspace: Workspace) -> list[str]:
    """The month folders of landing/, in order."""
    if not workspace.landing.is_dir():
        return []
    return sorted(
        entry.name for entry in os.scandir(workspace.landing) if entry.is_dir() and MONTH.fullmatch(entry.name)
    )


def latest_month(workspace: Workspace) -> str:
    """The latest landing month that files were ever taken in from; empty when there is none."""
    try:
        kept = workspace.latest_month_file.read_text().strip()
    except OSError:
        return ""
    return kept if MONTH.fullmatch(kept) else ""


def keep_latest_month(workspace: Workspace, taken_in: Collection[str | None]) -> None:
    """Remember the latest of the months that files were taken in from."""
    latest = max((month for month in taken_in if month), default="")
    if latest > latest_month(workspace):
        part = workspace.latest_month_file.with_suffix(f".{os.getpid()}")
        part.write_text(latest)
        part.replace(workspace.latest_month_file)


def months_with_partition(
    workspace: Workspace, first_month: str | None, time_zone: str | None, now: datetime | None = None
) -> Months:
    """From first_month (else the earliest landing folder, else January) to the current month in the time zone, or to
    the latest month that was taken in: a clock that runs back does not make it a month to come."""
    now = (now or datetime.now(UTC)).astimezone(ZoneInfo(time_zone or "UTC"))
    last = max(now.strftime("%Y-%m"), latest_month(workspace))
    landed = [month for month in landing_months(workspace) if month <= last]
    first = first_month or (landed[0] if landed else now.strftime("%Y-01"))
    return Months(min(first, last), last)


def _text(name: str) -> str:
    """A file name as valid Unicode. Bytes that are not UTF-8, such as those of a Chinese name out of a ZIP archive,
    are written as \\xb6: names that differ stay different, so that no file takes the place of another."""
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")


def _files(folder: Path, parts: tuple[str, ...], root: Path, ancestors: tuple[Path, ...]) -> Iterator[tuple]:
    """(parts of the path, location, why it is not read) of every file below a folder, by name. A folder too deep to be
    looked into, or that cannot be, stands as a file."""
    if len(parts) > DEEPEST_FOLDER:
        yield parts, folder, None
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield parts, folder, unreadable(error.strerror or str(error))
        return
    for entry in entries:
        if entry.name.startswith(IGNORED_PREFIXES) or entry.name.lower() in IGNORED_NAMES:
            continue
        location, place = Path(entry.path), (*parts, entry.name)
        if entry.is_symlink():
            target = Path(os.path.realpath(location))
            if not target.is_relative_to(root) or target in ancestors:
                yield place, location, Refusal.of("link_outside_workspace")
                continue
        if _is_folder(entry):
            yield from _files(location, place, root, (*ancestors, Path(os.path.realpath(location))))
        else:
            yield place, location, None


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links that lead to each other
        return False


def _refusal_of_place(parts: tuple[str, ...], months: Months) -> Refusal | None:
    if len(parts) != 3 or not MONTH.fullmatch(parts[0]):
        return Refusal.of("misplaced_file", reason="misplaced")
    if parts[0] < months.first:
        return Refusal.of("misplaced_file", "before_first_month", value=parts[0], first=months.first)
    if parts[0] > months.last:
        return Refusal.of("misplaced_file", "future_month", value=parts[0])
    return None


def unreadable(en: str, zh: str = "") -> Refusal:
    """The refusal of a file that cannot be read, and why; what a program says is quoted in its language."""
    return Refusal.of(UNREADABLE, "not_opened", "unreadable", reason_en=en, reason_zh=zh or en)


def _still_arriving(variant: str) -> Refusal:
    return Refusal.of("still_arriving", variant, "still_arriving")


def _state(location: Path) -> tuple[int, ...] | None:
    """What changes when somebody writes to a file; None where there is none."""
    try:
        found = location.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def archive(location: Path, archive: Path) -> tuple[str, int]:
    """Hash of a file's bytes and their number, after making sure that archive/ holds them."""
    if location.exists() and not (location.is_file() or location.is_dir()):
        raise OSError("not a regular file")  # opening a pipe would wait for its writer
    digest = hashlib.sha256()
    with location.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
        size = file.tell()
        kept = archive / digest.hexdigest()
        if kept.is_file() and kept.stat().st_size == size:
            return digest.hexdigest(), size
        # Hash again while copying: the file may be written to between the two readings.
        file.seek(0)
        return _copy(file, archive)


def _copy(file: BinaryIO, archive: Path) -> tuple[str, int]:
    """Hash and number of the bytes put into archive/. Raises WorkspaceError where they cannot be written: a full disk
    must not turn a sound file into one that cannot be read."""
    digest, incoming = hashlib.sha256(), archive
    try:
        with tempfile.NamedTemporaryFile(dir=archive, prefix=".incoming-", delete=False) as copy:
            incoming = Path(copy.name)
            while chunk := _read(file):
                digest.update(chunk)
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
            size = copy.tell()
        incoming.chmod(0o444)
        os.replace(incoming, archive / digest.hexdigest())
    except BaseException as error:
        if incoming != archive:
            incoming.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise WorkspaceError(f"Nothing can be written to {archive} ({error.strerror or error}).") from error
        raise
    return digest.hexdigest(), size


class _ReadError(Exception):
    """Reading failed while writing went on."""


def _read(file: BinaryIO) -> bytes:
    try:
        return file.read(CHUNK_BYTES)
    except OSError as error:
        raise _ReadError(error.strerror or str(error)) from error


def _received_at(location: Path) -> datetime:
    try:
        return datetime.fromtimestamp(int(location.lstat().st_mtime), UTC).replace(tzinfo=None)
    except (OSError, OverflowError, ValueError):
        return EPOCH


def scan(workspace: Workspace, months: Months, selected: Collection[str] | None = None) -> list[Submission]:
    """Every file below landing/ whose month is selected (None: all), in order of path, its bytes archived.

    Files that belong to no month of `months`, what cannot be read, and what was written to while we looked come with a
    refusal. Raises WorkspaceError when landing/ itself leads out of the workspace, or archive/ cannot be written.
    """
    if not workspace.landing.exists():
        return []
    if not Path(os.path.realpath(workspace.landing)).is_relative_to(workspace.root):
        raise WorkspaceError(f"{workspace.landing} is a link that leads out of the workspace.")
    if not os.access(workspace.landing, os.R_OK | os.X_OK) or not workspace.landing.is_dir():
        raise WorkspaceError(f"{workspace.landing} is not a folder that can be read.")
    for leftover in workspace.archive.glob(".incoming-*"):
        leftover.unlink(missing_ok=True)

    found: list[tuple[Submission, Path, tuple[int, ...] | None]] = []
    inbox = Path(os.path.realpath(workspace.landing))
    for parts, location, not_read in _files(workspace.landing, (), workspace.root, (inbox,)):
        if not parts:
            raise WorkspaceError(f"{workspace.landing} cannot be read. {not_read.message_en if not_read else ''}")
        refusal = _refusal_of_place(parts, months)
        if refusal is None and selected is not None and parts[0] not in selected:
            continue
        received_at = _received_at(location)
        sha256, size = NO_BYTES, 0
        state = _state(location)
        if not_read:
            refusal = not_read
        elif refusal is None and location.name.lower().endswith(PARTIAL_SUFFIXES):
            refusal = _still_arriving("named_partial")
        else:
            try:
                sha256, size = archive(location, workspace.archive)
            except FileNotFoundError:
                if not location.is_symlink():
                    continue  # withdrawn while we looked
                refusal = not_read = unreadable("the link leads nowhere", "链接无效")
            except (OSError, _ReadError) as error:
                not_read = unreadable(getattr(error, "strerror", None) or str(error))
                refusal = refusal or not_read
        names = [_text(part) for part in parts]
        submission = Submission(
            path="/".join(names),
            sha256=sha256,
            size_bytes=size,
            landing_month=names[0] if MONTH.fullmatch(names[0]) else None,
            submitter=names[1] if len(names) == 3 else None,
            file_name=names[-1],
            received_at=received_at,
            refusal=refusal,
            is_unread=not_read is not None,
        )
        found.append((submission, location, state))
    return [settled for one in found if (settled := _settled(*one))]


def _settled(submission: Submission, location: Path, before: tuple[int, ...] | None) -> Submission | None:
    """The submission if its file is as it was before it was read, refused if somebody is writing to it, for half a file
    must not stand for the whole; None if it has been withdrawn. Asked after all files have been read: the longer the
    time between, the slower the writer that is noticed."""
    if submission.refusal or (now := _state(location)) == before:
        return submission
    if now is None:
        return None
    refusal = _still_arriving("being_written")
    return replace(submission, sha256=NO_BYTES, size_bytes=0, refusal=refusal)


def plan(
    connection: duckdb.DuckDBPyConnection,
    found: list[Submission],
    context_hash: str,
    months: Months,
    selected: Collection[str] | None = None,
) -> Plan:
    """Compare a scan with the warehouse. `months` and `selected` are those of the scan: what it did not look at keeps
    its state, except that a context other than the present one makes every current submission stale."""
    result = Plan(found=found)
    loads = {row[0] for row in connection.execute("select load_id from raw.loads").fetchall()}
    result.known = {
        row[0] for row in connection.execute("select submission_id from raw.submission_versions").fetchall()
    }
    current = {
        row[0]: row
        for row in connection.execute(
            "select c.path, c.submission_id, c.load_id, v.sha256, v.size_bytes, v.landing_month, v.submitter,"
            " v.file_name, v.received_at, l.context_hash"
            " from raw.current_submissions c join raw.submission_versions v using (submission_id)"
            " join raw.loads l on l.load_id = c.load_id order by c.path"
        ).fetchall()
    }
    readable = {path for path, row in current.items() if not row[-1].startswith("landing:")}
    result.counting = len(readable)
    unreadable_loads = _unreadable_loads(connection, current, found, context_hash)

    def take(submission: Submission) -> None:
        load_id = submission.load_id(context_hash)
        result.current[submission.path] = (submission.submission_id, load_id)
        if load_id not in loads:
            result.to_judge.append(submission)

    def keeps_former(submission: Submission, before: tuple | None) -> bool:
        """Whether former versions go on to count because the present one cannot be read."""
        said = unreadable_loads.get(submission.load_id(context_hash))
        if submission.is_unread:
            path = submission.path
            kept = [path] if path in readable else [below for below in readable if below.startswith(f"{path}/")]
            assert submission.refusal is not None
            unread = Unread.of(submission.refusal.message_en, submission.refusal.message_zh)
        elif said and before and before[1] != submission.submission_id and before[2] not in unreadable_loads:
            kept, unread = [submission.path], Unread.of(*said, submission.submission_id)
            kept = [path for path in kept if path in readable]
        else:
            return False
        result.unread.update(dict.fromkeys(kept, unread))
        return bool(kept)

    paths, readable_bytes = set(), set()
    for submission in found:
        before = current.get(submission.path)
        if submission.is_arriving:
            result.arriving.append(submission.path)
            if before is not None:
                continue
        if keeps_former(submission, before):
            continue
        paths.add(submission.path)
        if not submission.refusal:
            readable_bytes.add(submission.sha256)
        if before is None:
            result.new.append(submission.path)
        elif before[1] != submission.submission_id:
            result.changed.append(submission.path)
        elif before[2] != submission.load_id(context_hash):
            result.stale.append(submission.path)
        else:
            result.unchanged.append(submission.path)
        if submission.landing_month and submission.path not in result.unchanged[-1:]:
            result.pending_months.add(submission.landing_month)
        take(submission)

    for path, row in current.items():
        if path in paths:
            continue
        _, submission_id, load_id, sha256, size, month, submitter, file_name, received_at, loaded_context = row
        looked_at = selected is None or month is None or month not in months or month in selected
        waits = path in result.arriving or path in result.unread
        if (looked_at or path.count("/") != 2) and not waits:
            result.withdrawn.append(path)
            if path in readable and sha256 not in readable_bytes:
                result.vanished.append(path)
            if month:
                result.pending_months.add(month)
        elif loaded_context == context_hash or loaded_context.startswith("landing:"):
            if path not in result.unread:
                result.unchanged.append(path)
            result.current[path] = (submission_id, load_id)
        else:
            result.stale.append(path)
            take(Submission(path, sha256, size, month, submitter, file_name, received_at))

    said = dict(connection.execute("select path, message_en from raw.landing_findings").fetchall())
    for path in {*said, *result.unread}:
        now = result.unread.get(path)
        if (now and now.message_en) != said.get(path):
            result.pending_months.add(path[:7])
    result.pending_months = {month for month in result.pending_months if month in months}
    return result


def _unreadable_loads(
    connection: duckdb.DuckDBPyConnection, current: dict[str, tuple], found: list[Submission], context_hash: str
) -> dict[str, tuple[str, str]]:
    """Of the changed files and the versions before them, the loads of which nothing could be read, with what was
    said."""
    asked = set()
    for submission in found:
        before = current.get(submission.path)
        if before and before[1] != submission.submission_id and not submission.refusal:
            asked |= {submission.load_id(context_hash), before[2]}
    if not asked:
        return {}
    rows = connection.execute(
        "select load_id, min(message_en), min(message_zh) from raw.intake_findings"
        " where list_contains(?, load_id) and list_contains(?, rule) and severity = 'error'"
        " and load_id not in (select load_id from raw.load_sheets where rows_in > 0) group by load_id",
        [sorted(asked), list(UNREADABLE_RULES)],
    ).fetchall()
    return {load_id: (said_en, said_zh) for load_id, said_en, said_zh in rows}


def confirm_withdrawals(workspace: Workspace, plan: Plan, limit: Decimal, confirmed: bool = False) -> None:
    """Let a plan pass unless too much has vanished that nobody has confirmed: landing/ as a whole, or, of several
    submissions, more than the share `limit` of those that counted. A file moved within landing/ has not vanished.

    Raises WithdrawalsNotConfirmed, which says what has vanished and what to do.
    """
    gone = len(plan.vanished)
    if confirmed or not gone or not (plan.is_emptied or (gone > 1 and gone > limit * plan.counting)):
        return
    listed = [f"  {path}" for path in plan.vanished[:LISTED_VANISHED]]
    if gone > len(listed):
        listed.append(f"  ... and {gone - len(listed)} more")
    what = "landing/ is empty or missing" if plan.is_emptied else f"withdrawal_limit in organization.yml is {limit}"
    what_zh = "landing/ 为空或不存在" if plan.is_emptied else f"organization.yml 的 withdrawal_limit 为 {limit}"
    raise WithdrawalsNotConfirmed(
        "\n".join(
            [
                f"{gone} of {plan.counting} submissions have vanished from {workspace.landing} ({what}):",
                *listed,
                "Bring them back (is the share mounted?), or, if they are meant to be withdrawn, run once with "
                "--confirm-withdrawals.",
                f"{plan.counting} 份提交中有 {gone} 份从 landing/ 消失（{what_zh}）。请恢复文件（检查共享目录）；"
                "如确需撤回，请加 --confirm-withdrawals 运行一次。",
            ]
        )
    )
