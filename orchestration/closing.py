"""Closed years: an immutable version of what was published of a year, with a digest that is the same wherever the same
is published, chained to the close before it.

The digest is the root of a Merkle tree (orchestration.merkle) whose leaves are rows of text, ordered by their bytes:

    part TAB field TAB field ...

The parts are `columns` (the columns of each part), `settings` and `submissions` (paths and SHA-256 of files),
`factors`, `figures` and `lines`. A field is text in Unicode NFC; a decimal has no exponent and no zeros at its end; a
date is YYYY-MM-DD; NULL is `\\N`, and backslash, tab, line feed and carriage return are written `\\\\`, `\\t`, `\\n`,
`\\r`, so that no text stands for another. There is no time in it. The acts of closing and reopening are a log with a
Merkle root of its own, whose leaves have the time, the reason and the digest: each act holds the log's root up to it.

What is closed does not change what is computed: the marts go on to show the present figures, the closed ones stand in
`closed_inventories`, and `pending_restatements` says what tells them apart, and why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration import inputs, journal, merkle, release, timeline, warehouse
from orchestration.workspace import Workspace

# Another way to write rows, or other columns, is another hasher; closes keep the one they were made with.
HASHER = 1
NULL = "\\N"
PARTS = ("columns", "factors", "figures", "lines", "settings", "submissions")
LINE_COLUMNS = tuple(warehouse.HISTORY_TABLES["closed_lines"])[1:-2]
FIGURE_COLUMNS = tuple(warehouse.HISTORY_TABLES["closed_figures"])[1:]
# Settings that change a figure without another factor, share or set of potentials to tell it.
METHODS = ("combustion_gases", "fuel_factor_set", "residual_mix_policy", "period_end")

# The lines of a published database that is attached as `published`, with the columns that closed lines have after them.
PUBLISHED_LINES = (
    f"select {', '.join(f'lines.{column}' for column in LINE_COLUMNS)}, coalesce(submissions.path, '') as path,"
    " submissions.sha256 from published.marts.emissions as lines"
    " left join published.marts.submissions as submissions using (submission_id)"
)
# Its figures, by scope, by category and by facility.
PUBLISHED_FIGURES = (
    "select year, basis, scope, scope2_method, null::integer as ghg_protocol_category, null as facility_id,"
    " sum(co2e_t)::decimal(38, 21) as co2e_t from published.marts.scope_emissions group by all"
    " union all select year, basis, scope, scope2_method, ghg_protocol_category, null, sum(co2e_t)::decimal(38, 21)"
    " from published.marts.category_emissions where ghg_protocol_category is not null and co2e_t is not null"
    " group by all"
    " union all select extract(year from period)::integer, 'calculated', scope, scope2_method, null, facility_id,"
    " sum(co2e_t)::decimal(38, 21) from published.marts.facility_emissions group by all"
)
SETTINGS = ", ".join(f"coalesce({name}, '')" for name in METHODS)
PUBLISHED_SETTINGS = f"select concat_ws(';', {SETTINGS}) from published.marts.organization"


class NotClosable(Exception):
    """The year cannot be closed or reopened as asked, and why."""


@dataclass(frozen=True)
class Close:
    """An act of the log. close_id: such as 2024.1; digest: hexadecimal."""

    close_id: str
    year: int
    version: int
    action: str
    digest: str
    leaves: int


def field_sql(column: str, kind: str) -> str:
    """An SQL expression for the canonical text of a column. Raises ValueError for a kind that has none."""
    kind, name = kind.upper(), f'"{column}"'
    if kind.startswith("DECIMAL") and not kind.endswith(",0)"):
        text = f"rtrim(rtrim(cast({name} as varchar), '0'), '.')"
    elif kind.startswith(("DECIMAL", "DATE")) or "INT" in kind:
        text = f"cast({name} as varchar)"
    elif kind == "VARCHAR":
        text = f"nfc_normalize({name})"
        for sign, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
            text = f"replace({text}, {_literal(sign)}, '{written}')"
    else:
        raise ValueError(f"no canonical text for {kind} {column}")
    return f"coalesce({text}, '{NULL}')"


def _literal(sign: str) -> str:
    return "'\\'" if sign == "\\" else f"chr({ord(sign)})"


def leaf_sql(connection: duckdb.DuckDBPyConnection, part: str, query: str, columns: tuple[str, ...]) -> str:
    """A query of the leaves of a part: one VARCHAR column, `leaf`."""
    kinds = {name: str(kind) for name, kind, *_ in connection.execute(f"describe {query}").fetchall()}
    fields = [field_sql(column, kinds[column]) for column in columns]
    return f"select concat_ws(chr(9), {', '.join([repr(part), *fields])}) as leaf from ({query})"


def leaf_hashes(connection: duckdb.DuckDBPyConnection, leaves: str) -> list[bytes]:
    """The hashes of the leaves of a query, in the order of the leaves."""
    rows = connection.execute(
        f"select unhex(sha256('\\x00'::blob || encode(leaf))) from ({leaves}) order by leaf"
    ).fetchall()
    return [row[0] for row in rows]


@contextmanager
def published(connection: duckdb.DuckDBPyConnection, database: Path) -> Iterator[None]:
    path = str(database.resolve()).replace("'", "''")
    connection.execute(f"attach '{path}' as published (read_only)")
    try:
        yield
    finally:
        connection.execute("detach published")


def content(connection: duckdb.DuckDBPyConnection, database: Path, files: dict[tuple[str, str], str], year: int) -> str:
    """Put what a close of a year holds into temporary tables closing_rows (part, leaf), closing_figures, closing_lines;
    a query of all leaves.

    database: a published one; files: (kind, path) -> sha256 of what it was computed from.
    """
    with published(connection, database):
        connection.execute("set variable closing_year = ?", [year])
        of_year = "year = getvariable('closing_year')"
        connection.execute(
            f"create or replace temp table closing_lines as {PUBLISHED_LINES}"
            " where extract(year from lines.period) = getvariable('closing_year')"
        )
        connection.execute(
            "create or replace temp table closing_figures as"
            f" select * exclude (year) from ({PUBLISHED_FIGURES}) where {of_year}"
        )
        connection.execute("create or replace temp table closing_rows (part varchar, leaf varchar)")
        chosen = [(kind, path, sha256) for (kind, path), sha256 in sorted(files.items()) if kind in timeline.FILES]
        settings = [f"settings\t{path}\t{sha256}" for _, path, sha256 in chosen]
        factors = (
            "select * from published.marts.factor_register"
            " where factor_row_id in (select factor_row_id from closing_lines)"
        )
        factor_columns = ("factor_row_id", "factor_table", "factor_id", "part", "value", "unit", "formula", "geography",
                          "valid_from", "valid_to", "data_year", "published_on", "publication", "source")  # fmt: skip
        used = (
            "select distinct path, sha256 from (select path, sha256 from closing_lines where path <> '' union all"
            " select path, sha256 from published.marts.instrument_allocation"
            " join published.marts.submissions using (submission_id)"
            " where extract(year from period) = getvariable('closing_year'))"
        )
        columns = [
            f"columns\t{part}\t" + "\t".join(names)
            for part, names in {
                "inventory": (str(year), str(HASHER)),
                "factors": factor_columns,
                "figures": FIGURE_COLUMNS,
                "lines": LINE_COLUMNS,
                "settings": ("path", "sha256"),
                "submissions": ("path", "sha256"),
            }.items()
        ]
        connection.execute(
            "insert into closing_rows select split_part(leaf, chr(9), 1), leaf from (select unnest(?::varchar[]) leaf)",
            [columns + settings],
        )
        for part, query, names in (("factors", factors, factor_columns), ("submissions", used, ("path", "sha256"))):
            connection.execute(
                f"insert into closing_rows select '{part}', leaf from ({leaf_sql(connection, part, query, names)})"
            )
    return leaves_of(connection, "closing_rows", "closing_figures", "closing_lines")


def leaves_of(connection: duckdb.DuckDBPyConnection, rows: str, figures: str, lines: str, where: str = "true") -> str:
    """A query of all leaves of what stands in three tables."""
    typed = (("figures", figures, FIGURE_COLUMNS), ("lines", lines, LINE_COLUMNS))
    queries = [
        leaf_sql(connection, part, f"select * from {table} where {where}", names) for part, table, names in typed
    ]
    return " union all ".join([f"select leaf from {rows} where {where}", *queries])


def closed_leaves(connection: duckdb.DuckDBPyConnection, close_id: str) -> str:
    """A query of all leaves of a close, made again of its rows."""
    connection.execute("set variable close_id = ?", [close_id])
    tables = ("raw.closed_rows", "raw.closed_figures", "raw.closed_lines")
    return leaves_of(connection, *tables, where="close_id = getvariable('close_id')")


def digest_of(connection: duckdb.DuckDBPyConnection, database: Path, files: dict, year: int) -> str:
    """The digest that a close of a year would have, of a published database."""
    return merkle.root(leaf_hashes(connection, content(connection, database, files, year))).hex()


def digests(connection: duckdb.DuckDBPyConnection, database: Path, files: dict) -> dict[int, str]:
    """The digest of each year of a published database."""
    with published(connection, database):
        years = connection.execute("select distinct year from published.marts.scope_emissions order by year").fetchall()
    return {year: digest_of(connection, database, files, year) for (year,) in years}


def acts(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The log of closes and reopens, in order."""
    cursor = connection.execute("select * from raw.closes order by number")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def act_hash(act: dict[str, Any]) -> bytes:
    """The leaf of an act in the log."""
    fields = [act[name] for name in ("number", "year", "version", "action", "reason")]
    fields += [
        act["recorded_at"].isoformat() + "Z",
        act["hasher"],
        act["leaves"],
        act["digest"],
        act["previous_digest"],
    ]
    return merkle.leaf_hash("\t".join(NULL if one is None else _escaped(str(one)) for one in fields).encode())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def act(connection: duckdb.DuckDBPyConnection, workspace: Workspace, action: str, year: int, reason: str) -> Close:
    """Close a year as it is published, or reopen it. The caller holds the run lock. Raises NotClosable."""
    if not reason.strip():
        raise NotClosable("a reason is needed. 请说明原因。")
    warehouse.create_raw_tables(connection)
    _require_published(connection, workspace)
    log = acts(connection)
    last = next((one for one in reversed(log) if one["year"] == year), None)
    closed = [one for one in log if one["action"] == "close"]
    entry: dict[str, Any] = {
        "number": len(log) + 1, "year": year, "action": action, "reason": reason.strip(), "hasher": HASHER,
        "recorded_at": timeline.now(), "previous_digest": closed[-1]["digest"] if closed else None,
    }  # fmt: skip
    if action == "reopen":
        if last is None or last["action"] != "close":
            raise NotClosable(f"{year} is not closed. {year} 年未关账。")
        same = ("version", "leaves", "digest", "state_id", "publication_id", "product", "settings", "base_co2e_t")
        entry |= {name: last[name] for name in same}
        entry["close_id"] = f"{last['close_id']}.reopened"
    else:
        if last is not None and last["action"] == "close":
            raise NotClosable(
                f"{year} is closed (version {last['version']}); `helioledger reopen {year} --reason ...` first. "
                f"{year} 年已关账，请先重新打开。"
            )
        entry["version"] = last["version"] + 1 if last else 1
        entry["close_id"] = f"{year}.{entry['version']}"
        entry |= _freeze(connection, workspace, year)
        require_event(connection, year, last)
    log_leaves = [act_hash(one) for one in [*log, entry]]
    entry["log_root"] = merkle.root(log_leaves).hex()

    def insert() -> None:
        names = list(warehouse.HISTORY_TABLES["closes"])
        connection.execute(
            f"insert into raw.closes values ({', '.join('?' * len(names))})", [entry.get(name) for name in names]
        )
        if action == "close":
            for table in ("rows", "figures", "lines"):
                connection.execute(
                    f"insert into raw.closed_{table} by name select ? as close_id, * from closing_{table}",
                    [entry["close_id"]],
                )

    journal.add(connection, workspace, insert)
    return Close(entry["close_id"], year, entry["version"], action, entry["digest"], entry["leaves"])


def _require_published(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """What is published is what the latest run took in, by the product as it is: a close is of that, and publishes it
    with nothing else changed."""
    manifest = release.published_manifest(workspace)
    if manifest is None:
        raise NotClosable("nothing is published yet; `helioledger run` first. 尚未发布，请先运行。")
    changed = inputs.differences(manifest["inputs"], inputs.loaded_fingerprint(connection))
    if set(changed) - {"closed years"}:
        raise NotClosable(
            f"{', '.join(changed)} changed since the publication; `helioledger run` first. 发布后有变化，请先运行。"
        )


def _freeze(connection: duckdb.DuckDBPyConnection, workspace: Workspace, year: int) -> dict[str, Any]:
    """What a close of a year as it is published says of itself; its content is in temporary tables then."""
    logged = connection.execute(
        "select publication_id, state_id from raw.publications order by published_at desc limit 1"
    ).fetchone()
    if logged is None:
        raise NotClosable("the publication is older than the log of publications; `helioledger run --rebuild` first.")
    files = timeline.known(connection, logged[1])
    leaves = leaf_hashes(connection, content(connection, workspace.published_database, files, year))
    ((figures,),) = connection.execute("select count(*) from closing_figures").fetchall()
    if not figures:
        raise NotClosable(f"no figure of {year} is published. 未发布 {year} 年的数据。")
    with published(connection, workspace.published_database):
        ((settings,),) = connection.execute(PUBLISHED_SETTINGS).fetchall()
        ((method, base),) = connection.execute(
            "select target_scope2_method, case when base_year = ? then base_as_reported_co2e_t end"
            " from published.marts.organization",
            [year],
        ).fetchall()
    product = timeline.product_of(files)
    return {
        "leaves": len(leaves), "digest": merkle.root(leaves).hex(), "publication_id": logged[0], "state_id": logged[1],
        "product": product, "settings": settings, "target_scope2_method": method, "base_co2e_t": base,
    }  # fmt: skip


def whole_months(workspace: Workspace, year: int) -> int:
    """Of how many months of a year Scopes 1 and 2 are whole, as it is published; 12 where they were reported."""
    with duckdb.connect() as connection, published(connection, workspace.published_database):
        ((months,),) = connection.execute(
            "select max(case when reported_co2e_t is not null then 12 else months_covered end)"
            " from published.marts.headline where year = ? and scope = '1+2'",
            [year],
        ).fetchall()
    return months or 0


def require_event(connection: duckdb.DuckDBPyConnection, year: int, last: dict[str, Any] | None) -> None:
    """A figure of the base year changes from one version to the next only by an event of base_year_events.csv."""
    ((base_year,),) = connection.execute("select base_year from raw.organization").fetchall()
    if last is None or year != base_year:
        return
    ((changed,),) = connection.execute(
        "select count(*) from (select basis, scope, scope2_method, co2e_t from closing_figures where scope in (1, 2)"
        " and facility_id is null and ghg_protocol_category is null except select basis, scope, scope2_method, co2e_t"
        " from raw.closed_figures where close_id = ? and scope in (1, 2) and facility_id is null"
        " and ghg_protocol_category is null)",
        [f"{year}.{last['version']}"],
    ).fetchall()
    ((events,),) = connection.execute("select count(*) from raw.reference_base_year_events").fetchall()
    if changed and not (events and _events(connection, last["state_id"]) != _events(connection)):
        raise NotClosable(
            f"Scope 1 or 2 of the base year {year} differs from its version {last['version']}, and reference/"
            "base_year_events.csv holds no new event that says why."
            " 基准年数值已变，但 base_year_events.csv 无新的对应事件。"
        )


def _events(connection: duckdb.DuckDBPyConnection, state_id: str | None = None) -> dict[str, str]:
    """The files of base-year events as of a state; None: the latest."""
    files = timeline.known(connection, state_id)
    return {path: sha256 for (_, path), sha256 in files.items() if Path(path).stem == "base_year_events"}


def problems(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str]]:
    """(close, what is wrong, the same in Chinese): every close made again, and the log followed from act to act."""
    log = acts(connection)
    hashes = [act_hash(one) for one in log]
    previous_digest, previous_root = None, merkle.EMPTY
    for number, one in enumerate(log, start=1):
        if one["action"] == "close":
            leaves = leaf_hashes(connection, closed_leaves(connection, one["close_id"]))
            if merkle.root(leaves).hex() != one["digest"] or len(leaves) != one["leaves"]:
                yield one["close_id"], "does not give its digest", "与其摘要不符"
        if one["previous_digest"] != previous_digest:
            yield one["close_id"], "does not follow the close before it", "与前一次关账不衔接"
        log_root = bytes.fromhex(one["log_root"])
        proof = merkle.consistency_proof(hashes[:number], number - 1)
        is_continued = number == 1 or merkle.is_consistent(number - 1, number, previous_root, log_root, proof)
        if merkle.root(hashes[:number]) != log_root or not is_continued or one["number"] != number:
            yield one["close_id"], "does not continue the log of closes", "与关账日志不一致"
        previous_digest = one["digest"] if one["action"] == "close" else previous_digest
        previous_root = log_root


@dataclass(frozen=True)
class Proof:
    """That a line is in a close: its row as it is hashed, its place, and the way to the root (hexadecimal)."""

    close_id: str
    leaf: str
    index: int
    size: int
    leaf_hash: str
    path: tuple[str, ...]
    root: str

    @property
    def holds(self) -> bool:
        path = [bytes.fromhex(one) for one in self.path]
        leaf = merkle.leaf_hash(self.leaf.encode())
        return merkle.is_included(self.index, self.size, leaf, path, bytes.fromhex(self.root))


def prove(connection: duckdb.DuckDBPyConnection, emission_id: str, close_id: str | None = None) -> Proof | None:
    """The proof of a line in the latest close that holds it, of a year (2024) or version (2024.1) if one is named; None
    where none does."""
    found = connection.execute(
        "select closes.close_id, closes.digest from raw.closed_lines lines join raw.closes closes using (close_id)"
        " where lines.emission_id = ? and (? is null or ? in (closes.close_id, cast(closes.year as varchar)))"
        " order by closes.number desc limit 1",
        [emission_id, close_id, close_id],
    ).fetchone()
    if found is None:
        return None
    leaves = closed_leaves(connection, found[0])
    hashes = leaf_hashes(connection, leaves)
    ((leaf,),) = connection.execute(
        f"select leaf from ({leaves}) where starts_with(leaf, ?)", [f"lines\t{emission_id}\t"]
    ).fetchall()
    ((index,),) = connection.execute(f"select count(*) from ({leaves}) where leaf < ?", [leaf]).fetchall()
    path = tuple(one.hex() for one in merkle.inclusion_proof(hashes, index))
    return Proof(found[0], leaf, index, len(hashes), hashes[index].hex(), path, found[1])
