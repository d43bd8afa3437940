"""Delivered files to valid rows, findings and row accounting.

All sheets of one feed in a run are one frame: read, parsed, validated by the two contracts of the feed, and split by
the failure cases. Nothing is decided per row in Python, and nothing is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from data_contracts.answers.findings import FINDING_SCHEMA, Listing, findings_on
from data_contracts.declarations.feeds import (
    FEEDS,
    SURPLUS_CELLS,
    TIMES_OF_DAY,
    Column,
    Feed,
    plain_number,
    with_own_headers,
)
from data_contracts.declarations.rules import RULES, fill
from data_contracts.declarations.settings import Organization
from data_contracts.declarations.validation import failures
from data_contracts.declarations.vocabulary import GROSS_ENERGY, SEEDS, Vocabulary, name_key
from data_contracts.judging.header_units import HeaderUnits
from data_contracts.judging.heating_values import heating_value_bases
from data_contracts.judging.normalised import Normalised
from data_contracts.judging.number_styles import PLAIN_NUMBER, Styles, Written, check_signs, is_ambiguous, split_sign
from data_contracts.judging.plausibility import check_totals, measured_of, suspect_magnitudes
from data_contracts.judging.totals import TOTAL_LABEL, total_labels
from data_contracts.readers import parsing
from data_contracts.readers.delivered_files import (
    EXAMPLE,
    FILLED_CELLS,
    FIRST_CELL,
    IS_HEADER,
    IS_SIGNATURE,
    SOURCE_ROW,
    TEXT_MARK,
    Delivery,
    Notice,
    Sheet,
    read_delivery,
)
from data_contracts.readers.delivered_files import (
    VERSION as READER_VERSION,
)
from data_contracts.readers.distinct import Distinct
from data_contracts.readers.persons import without_persons

VERSION = "1.6.0"

SHEET_SCHEMA: dict[str, pl.DataType] = {
    "load_id": pl.String(),
    "submission_id": pl.String(),
    "source_sheet": pl.String(),
    "feed": pl.String(),
    "rows_in": pl.Int32(),
    "rows_rejected": pl.Int32(),
}

NOTE_WORDS = (
    r"^[(\[]?(?:注|备注|说明|附注|填表|填报|审核|制表|编制|复核|单位负责人|note|notes|remark|remarks|prepared|\*)"
)
ONLY_FIGURES = r"^[0-9.,+\-/年月日季度期号QqTt:： ()%]+$"
# A formula nobody calculated, or the error of one; cells of programs that calculate (=cmd|…) are formulas too.
FORMULA = r"^(?:=.|[+@-][A-Za-z]+[(|]|#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|GETTING_DATA)$)"

# 度 is a kilowatt-hour on an electricity bill and a cubic metre on a gas bill; 万度 a multiple of either.
DEGREES = r"^[十百千万亿]*度$"

# What a spreadsheet shows, and saves, of a number of twelve digits and more.
DIGITS_LOST = r"^[1-9](?:\.[0-9]+)?[eE]\+?(?:1[1-9]|[2-9][0-9])$"

# What is known of the cells of valid rows.
KNOWN_OF_VALID = ("__text", "__rounded", "__by_words", "__fill")

# What the check of totals needs besides the columns of the feed.
TOTALS_NEED = ("row", "sheet", SOURCE_ROW, "rule", TOTAL_LABEL)

# Takes valid rows of a feed (columns of raw.<feed>).
Emit = Callable[[str, pl.DataFrame], None]

# Rows typed and validated at a time.
SLICE_ROWS = 200_000

# What a row may say of its own factor, per the unit of the row.
OWN_FACTORS = ("factor_kgco2e_per_unit", "supplier_factor_kgco2e_per_unit")

# Kinds whose cells may hold a mark for "nothing here" instead of being empty.
MARKED_EMPTY_KINDS = ("number", "date", "period", "unit", "currency", "choice", "name")


@dataclass(frozen=True)
class DeliveredFile:
    """A file to judge. path: relative to landing/, posix; location: where its bytes are (the name does not matter)."""

    path: str
    location: Path
    submission_id: str
    load_id: str


@dataclass(frozen=True)
class Context:
    """Everything a judgement depends on besides the bytes. Equal hashes mean equal judgements, on any machine."""

    organization: Organization
    vocabulary: Vocabulary
    context_hash: str
    feeds: Mapping[str, Feed] = field(default_factory=lambda: FEEDS)

    @classmethod
    def build(
        cls,
        workspace: Path,
        organization: Organization,
        reference: Mapping[str, pl.DataFrame],
        seeds: Path = SEEDS,
    ) -> Context:
        """The context of a workspace; `reference` as `reference.load_reference` returns it.

        `workspace` itself plays no part in the judgement: equal settings and tables elsewhere give an equal context.
        """
        vocabulary = Vocabulary.build(reference, seeds)
        heating_value_bases(organization, vocabulary)
        parts = {
            "judging": VERSION,
            "reading": READER_VERSION,
            "feeds": {feed.name: feed.version for feed in FEEDS.values()},
            "period_end": organization.period_end,
            "time_zone": organization.time_zone,
            "vocabulary": vocabulary.fingerprint(),
        }
        aliases = reference.get("header_aliases")
        own = [] if aliases is None else aliases.select("feed", "column", "header").rows()
        if own:
            parts["headers"] = sorted(own)
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        return cls(organization, vocabulary, digest[:16], with_own_headers(own))


@dataclass(frozen=True)
class Judgement:
    """rows: feed -> valid rows (columns of raw.<feed>); findings: FINDING_SCHEMA; sheets: SHEET_SCHEMA."""

    rows: dict[str, pl.DataFrame]
    findings: pl.DataFrame
    sheets: pl.DataFrame


def judge(files: Sequence[DeliveredFile], context: Context, emit: Emit | None = None) -> Judgement:
    """Judge files as one run. Every data row of every sheet is either in `rows` or rejected: with an error
    finding of its own or, where a rule has too many of them to list, in the one that counts the rest.

    emit: takes valid rows of a feed as they come; then `rows` holds none, and files of any length are judged within the
    memory of a slice.
    """
    # No name holds what has been read, so that its text can go as soon as it is typed.
    return judge_deliveries(
        ((file, read_delivery(file.path, file.location, context.feeds)) for file in files), context, emit
    )


def judge_deliveries(
    deliveries: Iterable[tuple[DeliveredFile, Delivery]], context: Context, emit: Emit | None = None
) -> Judgement:
    """Judge what has been read already."""
    deliveries = list(deliveries)
    rows: dict[str, list[pl.DataFrame]] = {
        feed.name: [pl.DataFrame(schema=feed.raw_schema())] for feed in FEEDS.values()
    }
    keep = emit or (lambda feed, valid: rows[feed].append(valid))
    findings = [_notices(deliveries)]
    sheets = [_refused_sheets(deliveries)]
    delivered: dict[str, list[tuple[DeliveredFile, Sheet]]] = {name: [] for name in FEEDS}
    for file, delivery in deliveries:
        for sheet in delivery.sheets:
            if not sheet.is_refused:
                delivered[sheet.feed.name].append((file, sheet))
    del deliveries
    for feed in FEEDS.values():
        if not (of_feed := delivered.pop(feed.name)):
            continue
        found, counted = _judge_feed(feed, of_feed, context, lambda valid, to=feed.name: keep(to, valid))
        del of_feed
        findings += found
        sheets.append(counted)
    return Judgement(
        rows={feed: pl.concat(frames) for feed, frames in rows.items()},
        findings=pl.concat(findings).sort("load_id", "feed", "source_sheet", "source_row", maintain_order=True),
        # Tables that stand below each other in one sheet are one sheet.
        sheets=pl.concat(sheets)
        .group_by("load_id", "submission_id", "source_sheet", "feed", maintain_order=True)
        .agg(pl.col("rows_in", "rows_rejected").sum())
        .select(pl.col(name).cast(dtype) for name, dtype in SHEET_SCHEMA.items()),
    )


def _judge_feed(
    feed: Feed,
    delivered: Sequence[tuple[DeliveredFile, Sheet]],
    context: Context,
    keep: Callable[[pl.DataFrame], None],
) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    """The findings on the sheets of a feed, and their row accounting; valid rows are kept as they come.

    The rows are gone through twice: what is so of a whole sheet, such as how its numbers are written, is known before
    the first row is typed.
    """
    pieces, origins, headers = _gather(feed, delivered)
    submitters = [_submitter(file.path) for file, _ in delivered]
    listing, styles = Listing(feed), Styles(feed, any(sheet.pieces for _, sheet in delivered))
    with_totals: set[int] = set()
    with_units: set[int] = set()
    with_data: set[int] = set()
    left_out: list[pl.DataFrame] = []
    for marked in pieces(context.vocabulary):
        _list_aside(marked, listing)
        left_out.append(marked.filter(pl.col("rule").is_in(["total_row", "no_activity"])).unique("sheet", keep="first"))
        with_totals |= set(marked.filter(pl.col("rule") == "total_row")["sheet"])
        data = _data_rows(marked)
        with_data |= set(data["sheet"].unique())
        styles.add(data)
        if "unit" in feed.by_name:
            with_units |= set(data.filter(pl.col("unit").is_not_null())["sheet"].unique())
    if with_totals:
        needed = [*TOTALS_NEED, *feed.by_name]
        some = [
            marked.select(needed).filter(pl.col("sheet").is_in(list(with_totals)))
            for marked in pieces(context.vocabulary)
        ]
        numbers = [column.name for column in feed.columns if column.kind == "number"]
        check_totals(feed, pl.concat(some).with_columns(pl.col(numbers).str.strip_prefix(TEXT_MARK)), listing)
        del some
    _nothing_counts(pl.concat(left_out), with_data, origins, listing)
    header_units = HeaderUnits.build(feed, headers, context.vocabulary)
    normalised, written = Normalised(feed), styles.written()
    rejected, places = [pl.Series([], dtype=pl.UInt32)], [pl.DataFrame(schema={"row": pl.UInt32, "sheet": pl.UInt32})]
    measured: list[pl.DataFrame] = []
    before = 0
    for marked in pieces(context.vocabulary):
        data = _data_rows(marked).with_row_index("row", before)
        del marked
        before += len(data)
        data = header_units.fill(data, with_units)
        places.append(data.select("row", "sheet"))
        while len(data):
            typed = type_rows(feed, data.head(SLICE_ROWS), context, header_units, written)
            data = data.slice(SLICE_ROWS)
            faulty = _faults(feed, typed, context.vocabulary, listing)
            others = _of_another(feed, typed, submitters, context.vocabulary, listing, faulty)
            faulty = pl.concat([faulty, others]).unique()
            kept = [name for name in typed.columns if "__" not in name or name.endswith(KNOWN_OF_VALID)]
            valid = typed.select(kept).filter(~pl.col("row").is_in(faulty.implode()))
            rejected.append(faulty)
            keep(_raw(feed, valid, origins))
            measured.append(measured_of(feed, valid))
            normalised.add(valid)
            _rounded(feed, valid, listing)
            del typed, valid
        del data
    if measured:
        suspect_magnitudes(feed, measured, listing)
    found = [
        _locate(feed, found, origins)
        for found in (
            *listing.found(),
            header_units.filled(),
            header_units.scaled(),
            normalised.found(),
            normalised.names(),
        )
    ]
    return found, _count(feed, pl.concat(places), pl.concat(rejected), origins)


# --- gathering ----------------------------------------------------------------------------------------------------


def _gather(
    feed: Feed, delivered: Iterable[tuple[DeliveredFile, Sheet]]
) -> tuple[Callable[[Vocabulary], Iterator[pl.DataFrame]], pl.DataFrame, pl.DataFrame]:
    """All rows of a feed, `_marked`, as often as they are asked for (`sheet`: the position of their sheet in the second
    frame): one frame of all sheets that were read whole, and the pieces of each other. Then where the sheets come from,
    and what their headers say beside the names (sheet, column, header)."""
    frames, others, origins, headers = [], [], [], []
    for file, sheet in delivered:
        place = {
            "sheet": pl.lit(len(origins), dtype=pl.UInt32),
            "serials": pl.lit(sheet.serials, dtype=pl.Boolean),
            "separator": pl.lit(sheet.separator, dtype=pl.String),
        }
        if sheet.pieces is None:
            frames.append(sheet.frame.with_columns(**place))
        else:
            others.append((sheet.pieces, place))
        headers += [(len(origins), column, text) for column, text in sheet.header_units.items()]
        origins.append((len(origins), file.load_id, file.submission_id, sheet.name))
    whole = [pl.concat(frames).with_row_index("row")] if frames else []
    del frames
    kept: list[pl.DataFrame] = []

    def pieces(vocabulary: Vocabulary) -> Iterator[pl.DataFrame]:
        while whole:
            kept.append(_marked(feed, whole.pop(), vocabulary))
        yield from kept
        for make, place in others:
            for piece in make():
                yield _marked(feed, piece.with_columns(**place).with_row_index("row"), vocabulary)

    schema = {"sheet": pl.UInt32, "load_id": pl.String, "submission_id": pl.String, "source_sheet": pl.String}
    said = {"sheet": pl.UInt32, "column": pl.String, "header": pl.String}
    return (
        pieces,
        pl.DataFrame(origins, schema=schema, orient="row"),
        pl.DataFrame(headers, schema=said, orient="row"),
    )


def _marked(feed: Feed, frame: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """The rows with the `rule` of those that are no data: totals, notes, examples, repeated headers."""
    # Only a row with a single cell may be a note: few rows are looked at closely.
    single = frame.select((pl.col(FILLED_CELLS) == 1).fill_null(False)).to_series()
    notes = pl.Series([False]).new_from_index(0, len(frame))
    if single.any():
        first = pl.col(FIRST_CELL).str.normalize("NFKC").str.to_lowercase()
        figures = pl.col(FIRST_CELL).str.normalize("NFKC").str.contains(ONLY_FIGURES)
        facilities = [vocabulary.facilities["facility_id"], vocabulary.labelled_facilities["key"]]
        names = pl.concat([*facilities, vocabulary.activity_names["key"]])
        known = name_key(pl.col(FIRST_CELL)).is_in(
            names.to_frame("name").select(name_key(pl.col("name"))).to_series().unique().implode()
        )
        said = frame.filter(single).select((first.str.contains(NOTE_WORDS) | ~(figures | known)).fill_null(False))
        notes = notes.scatter(single.arg_true(), said.to_series())
    note = pl.lit(notes) | pl.col(IS_SIGNATURE)
    return frame.with_columns(total_labels(feed, frame, vocabulary), *_reasons(feed, frame, vocabulary)).with_columns(
        rule=pl.when(IS_HEADER)
        .then(pl.lit("repeated_header_row"))
        .when(pl.col(FIRST_CELL).str.contains(EXAMPLE))
        .then(pl.lit("example_row"))
        .when(pl.col(TOTAL_LABEL).is_not_null())
        .then(pl.lit("total_row"))
        .when(note)
        .then(pl.lit("note_row"))
        .when(pl.col("reason_en").is_not_null())
        .then(pl.lit("no_activity"))
    )


def _list_aside(marked: pl.DataFrame, listing: Listing) -> None:
    aside = marked.filter(pl.col("rule").is_not_null())
    for rule in ("repeated_header_row", "example_row", "total_row", "note_row"):
        listed = listing.take(rule, None, aside.filter(pl.col("rule") == rule))
        if rule == "note_row":
            listed = listed.with_columns(without_persons(pl.col(FIRST_CELL)))
        quoted = TOTAL_LABEL if rule == "total_row" else FIRST_CELL
        listing.add(findings_on(listed, rule, None, value=quoted))
    listed = listing.take("no_activity", None, aside.filter(pl.col("rule") == "no_activity"))
    if len(listed):
        reasons = ("reason_en", "reason_zh")
        listing.add(findings_on(listed, "no_activity", None, value="activity_type", columns=reasons))


def _nothing_counts(left_out: pl.DataFrame, with_data: set[int], origins: pl.DataFrame, listing: Listing) -> None:
    """Files of which all rows were left out: a total without the rows that it adds up is the only figure there is."""
    loads = dict(origins.select("sheet", "load_id").iter_rows())
    with_loads = {loads[sheet] for sheet in with_data}
    alone = [sheet for sheet in left_out["sheet"].unique() if loads[sheet] not in with_loads]
    if alone:
        first = left_out.filter(pl.col("sheet").is_in(alone)).unique("sheet", keep="first")
        listing.add(findings_on(first, "nothing_counts", None, value=FIRST_CELL))


def _data_rows(marked: pl.DataFrame) -> pl.DataFrame:
    data = marked.filter(pl.col("rule").is_null()) if marked["rule"].null_count() < len(marked) else marked
    return data.drop(
        "rule", "row", "reason_en", "reason_zh", TOTAL_LABEL, FIRST_CELL, FILLED_CELLS, IS_HEADER, IS_SIGNATURE
    )


def _reasons(feed: Feed, frame: pl.DataFrame, vocabulary: Vocabulary) -> list[pl.Series]:
    """Why the activity of each row is none (reason_en, reason_zh), null for all others. What is bought counts by its
    purchase, whatever it is."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(frame))
    if "activity_type" not in feed.by_name or feed.name == "procurement":
        return [nothing.alias("reason_en"), nothing.alias("reason_zh")]
    return vocabulary.no_activities(frame["activity_type"]).get_columns()


# --- typing -------------------------------------------------------------------------------------------------------


def type_rows(
    feed: Feed,
    delivered: pl.DataFrame,
    context: Context,
    header_units: HeaderUnits,
    written: Written,
) -> pl.DataFrame:
    """The rows as the typed contract wants them; every fault of a cell is in `<column>__fault`."""
    vocabulary = context.vocabulary
    parts: list[pl.DataFrame] = [delivered.select("row", "sheet", "serials", SOURCE_ROW, SURPLUS_CELLS)]
    for column in feed.columns:
        cells = delivered.select("sheet", "serials", "separator", column.name)
        read = _read_plain if column.kind in ("number", "text") else _read_distinct
        said = read(column, cells, context, written)
        parts.append(said.rename({name: f"{column.name}__{name}" for name in said.columns if name != "value"}))
        parts[-1] = parts[-1].rename({"value": column.name})
    typed = check_signs(feed, pl.concat(parts, how="horizontal"), vocabulary)
    typed = _by_fill(feed, header_units.apply(typed), vocabulary).with_columns(_times_of_day(feed))
    typed = _cover(feed, typed, context.organization)
    return _connect_units(feed, typed, vocabulary)


def _read_plain(column: Column, cells: pl.DataFrame, context: Context, written: Written) -> pl.DataFrame:
    """As `_read_cells`, of numbers and texts: almost all are plain, and only the others are looked at closely."""
    text = cells[column.name]
    if column.kind == "text":
        plain = ~text.str.contains(f"{FORMULA}|{DIGITS_LOST}")
    elif column.name in written.unclear:
        plain = text.is_null()
    else:
        plain = text.str.contains(PLAIN_NUMBER)
    plain = plain.fill_null(True)
    said = _plain(column, text.filter(plain)) if not plain.all() else _plain(column, text)
    if len(said) == len(text):
        return said
    others = _read_cells(column, cells.filter(~plain), context, written)
    place = pl.when(plain).then(plain.cum_sum()).otherwise(len(said) + (~plain).cum_sum()) - 1
    return pl.concat([said, others], how="diagonal").select(pl.all().gather(pl.select(place).to_series()))


def _plain(column: Column, text: pl.Series) -> pl.DataFrame:
    nothing = pl.lit(None, dtype=pl.String)
    read = pl.DataFrame({"value": text.cast(column.dtype), "text": text}).with_columns(fault=nothing)
    return read.with_columns(rounded=pl.lit(False)) if column.kind == "number" else read


def _read_distinct(column: Column, cells: pl.DataFrame, context: Context, written: Written) -> pl.DataFrame:
    """As `_read_cells`, of names, units and days: each spelling is read once."""
    serials = cells["serials"]
    if column.kind in ("date", "period") and (
        serials.n_unique() > 1 or (column.kind == "date" and written.orders(cells["sheet"]))
    ):
        return _read_cells(column, cells, context, written)
    distinct = Distinct.of(cells[column.name])
    alone = distinct.values.to_frame(column.name).with_columns(serials=pl.lit(serials.any()))
    return distinct.spread(_read_cells(column, alone, context, written))


def _read_cells(column: Column, cells: pl.DataFrame, context: Context, written: Written) -> pl.DataFrame:
    """What the cells of a column say: `value`, `fault`, `text` (as delivered, null where it says that there is
    nothing), and what else is known of them by the kind of the column.

    cells: the column, and what it takes to read it: `serials`, and `sheet` and `separator` of numbers and dates.
    """
    if column.kind in MARKED_EMPTY_KINDS:
        cells = cells.with_columns(parsing.nothing_to_null(pl.col(column.name)))
    text = cells[column.name]
    if column.kind == "number":
        text = text.str.strip_prefix(TEXT_MARK)
    # An apostrophe in front is how spreadsheets mark text.
    bare = text if column.kind in ("text", "name") else text.str.strip_prefix("'")
    signs = split_sign(bare) if column.unit == "currency" else None
    bare = signs[0] if signs else bare
    if column.kind == "number":
        bare = written.with_points(column.name, bare, cells["sheet"])
    elif column.kind == "date" and "sheet" in cells.columns:
        bare = written.year_first(bare, cells["sheet"])
    parsed = _parse(column, bare, cells["serials"], context)
    if signs:
        parsed = parsed.with_columns(sign=signs[1])
    if column.name in written.unclear:
        unsure = cells.select(is_ambiguous(column.name, written)).to_series()
        parsed = parsed.with_columns(fault=pl.when(unsure).then(pl.lit("ambiguous_number")).otherwise("fault"))
    if column.kind == "text" and (lost := text.str.contains(DIGITS_LOST).fill_null(False)).any():
        parsed = parsed.with_columns(fault=pl.when(lost).then(pl.lit("digits_lost")).otherwise("fault"))
    if (formula := text.str.contains(FORMULA).fill_null(False)).any():
        parsed = parsed.with_columns(fault=pl.when(formula).then(pl.lit(column.formula_rule)).otherwise("fault"))
    return parsed.with_columns(pl.col("value").cast(column.dtype), text=text)


def _parse(column: Column, text: pl.Series, serials: pl.Series, context: Context) -> pl.DataFrame:
    vocabulary = context.vocabulary
    match column.kind:
        case "number":
            return parsing.numbers(text)
        case "date":
            return parsing.dates(text, serials, context.organization.time_zone)
        case "period":
            return parsing.periods(text, serials)
        case "facility":
            return vocabulary.resolve_facility(text)
        case "activity_type":
            return vocabulary.resolve_activity_type(text)
        case "unit":
            return vocabulary.resolve_measure(text)
        case "currency":
            return vocabulary.resolve_currency(text)
        case "choice" | "name":
            return _choose(column, text)
        case "text":
            return pl.DataFrame(
                {"value": text, "fault": pl.Series([None], dtype=pl.String).new_from_index(0, len(text))}
            )


def _choose(column: Column, text: pl.Series) -> pl.DataFrame:
    spellings = {one: code for code, others in column.values.items() for one in (code, *others)}
    # As templates list them: the code with its name behind it.
    spellings |= {f"{code} {one}": code for code, others in column.values.items() for one in others}
    known = pl.DataFrame({"key": list(spellings), "code": list(spellings.values())}).with_columns(
        key=name_key(pl.col("key"))
    )
    frame = pl.DataFrame({"text": text}).with_columns(key=name_key(pl.col("text")))
    frame = frame.join(known.unique("key", keep="first"), on="key", how="left", maintain_order="left")
    if column.kind == "name":
        return frame.select(value=pl.coalesce("code", "text"), fault=pl.lit(None, dtype=pl.String))
    unknown = pl.col("text").is_not_null() & pl.col("code").is_null()
    return frame.select(value="code", fault=pl.when(unknown).then(pl.lit("value_not_accepted")))


def _times_of_day(feed: Feed) -> pl.Expr:
    """Text such as `start_date=00:15;end_date=00:30`: readings of the same day are rows of their own, though the date
    columns hold days. Null where no date cell says more than a day."""
    dates = [column.name for column in feed.columns if column.kind == "date"]
    said = [pl.concat_str(pl.lit(f"{name}="), f"{name}__time") for name in dates]
    times = pl.concat_str(said, separator=";", ignore_nulls=True) if said else pl.lit(None, dtype=pl.String)
    return pl.when(times != "").then(times).alias(TIMES_OF_DAY)


def _cover(feed: Feed, typed: pl.DataFrame, organization: Organization) -> pl.DataFrame:
    start, end = pl.lit(None, dtype=pl.Date), pl.lit(None, dtype=pl.Date)
    if feed.covered_by:
        first, last = feed.covered_by
        start, end = pl.col(first), pl.col(last)
        if organization.period_end == "exclusive" and first != last:
            # A reading that ends within the day it begins on covers that day.
            within = pl.col(f"{last}__time").is_not_null() & (end == start)
            end = pl.when(within).then(end).otherwise(end.dt.offset_by("-1d"))
        elif first != last:
            # One that begins within a day and ends at midnight ends with the day before. A workbook cannot tell
            # midnight from the bare date, unless an offset makes it a moment; there the reading of the last minutes of
            # a day ends on the next.
            tells = ~pl.col("serials") | pl.col(f"{last}__text").str.contains(parsing.WITH_OFFSET).fill_null(False)
            moments = pl.col(f"{first}__time").is_not_null() & pl.col(f"{last}__midnight")
            next_day = end == start.dt.offset_by("1d")
            closes = moments & (end > start) & (next_day | tells)
            # From midnight to midnight of whole days or months; exports of mere dates carry midnights, too, and end
            # with their last day.
            whole = next_day | (end.dt.day() == start.dt.day())
            if "period" in feed.by_name:
                whole |= end == pl.col("period__end").dt.offset_by("1d")
            midnights = pl.col(f"{first}__midnight") & pl.col(f"{last}__midnight") & tells
            closes |= midnights & (end > start) & whole.fill_null(False)
            end = pl.when(closes).then(end.dt.offset_by("-1d")).otherwise(end)
        if not feed.by_name[last].required and "period" not in feed.by_name:
            end = pl.when(pl.col(f"{last}__text").is_null()).then(start).otherwise(end)
    if "period" in feed.by_name:
        dated = start.is_not_null() & end.is_not_null()
        start = pl.when(dated).then(start).otherwise("period__start")
        end = pl.when(dated).then(end).otherwise("period__end")
    return typed.with_columns(coverage_start=start, coverage_end=end)


def _by_fill(feed: Feed, typed: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """The rows with quantities of bottles and drums times what one holds, as the unit says it or else the name: LPG
    50公斤瓶. A factor of the row speaks of the bottle, so that its quantity has to be in what the factor speaks of."""
    counted = [column for column in feed.columns if column.kind == "number" and column.unit == "unit"]
    if "unit__fill" not in typed.columns:
        return typed
    unsaid = pl.col("unit__fault") == "fill_not_stated"
    if "activity_type" in feed.by_name and typed.select(unsaid.any()).item():
        held_in = vocabulary.fills_in(typed.filter(unsaid)["activity_type__text"])
        typed = typed.join(held_in, left_on="activity_type__text", right_on="name", how="left", maintain_order="left")
        says = unsaid & pl.col("fill").is_not_null()
        typed = typed.with_columns(
            pl.when(says).then("fill").otherwise("unit__fill").alias("unit__fill"),
            pl.when(says).then("held").otherwise("unit").alias("unit"),
            pl.when(says).then("held_dimension").otherwise("unit__dimension").alias("unit__dimension"),
            pl.when(says).then(None).otherwise("unit__fault").alias("unit__fault"),
        ).drop("fill", "held", "held_dimension")
    if typed["unit__fill"].is_null().all():
        return typed
    held = pl.col("unit__fill").cast(pl.Decimal(18, 6), strict=False)
    for column in counted:
        quantity, fault = pl.col(column.name), pl.col(f"{column.name}__fault")
        product = quantity.cast(pl.Decimal(38, 9)) * held
        fits = (product.abs() < pl.lit("9" * 13).cast(pl.Decimal(38, 9))).fill_null(True)
        typed = typed.with_columns(
            pl.when(held.is_null()).then(quantity).when(fits).then(product.cast(column.dtype)).alias(column.name),
            pl.when(fits).then(fault).otherwise(pl.lit("number_out_of_range")).alias(f"{column.name}__fault"),
        )
    factors = [pl.col(name).is_not_null() for name in OWN_FACTORS if name in feed.by_name]
    speaks = pl.any_horizontal(factors) & held.is_not_null() if factors else pl.lit(False)
    fault = pl.when(speaks).then(pl.lit("fill_not_stated")).otherwise("unit__fault")
    return typed.with_columns(fault.alias("unit__fault"))


def _connect_units(feed: Feed, typed: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """Fault units that no bridge connects with the activity type of their row. A purchase of a type that is measured in
    money counts by its amount, whatever unit its quantity has."""
    if "activity_type" not in feed.by_name:
        return typed
    names = feed.by_name
    own_factor = next((name for name in OWN_FACTORS if name in names), None)
    enthalpy = [pl.col(name).is_not_null() for name in ("temperature_c", "enthalpy_kj_per_kg") if name in names]
    # Energy by the gross calorific value is energy to a fuel, and nothing to anything else.
    is_fuel = pl.col("activity_type").is_in(vocabulary.fuel_types)
    gross = (pl.col("unit__dimension") == GROSS_ENERGY) & is_fuel
    asked = typed.select(
        "activity_type",
        pl.when(gross).then(pl.lit("energy")).otherwise("unit__dimension").alias("dimension"),
        has_enthalpy=pl.any_horizontal(enthalpy) if enthalpy else pl.lit(False),
        has_factor=pl.col(own_factor).is_not_null() if own_factor else pl.lit(False),
        has_amount=pl.col("net_amount").is_not_null() if feed.name == "procurement" else pl.lit(False),
    )
    accepted = vocabulary.acceptance.with_columns(accepted=pl.lit(True))
    answers = (
        asked.unique()
        .join(accepted, on=["activity_type", "dimension"], how="left")
        .join(vocabulary.spend_types, on="activity_type", how="left")
        .with_columns(
            refused=pl.col("activity_type").is_not_null()
            & pl.col("dimension").is_not_null()
            & ~pl.col("has_factor")
            & ~(pl.col("has_amount") & pl.col("is_spend").fill_null(False))
            & (pl.col("accepted").is_null() | (pl.col("enthalpy_only") & ~pl.col("has_enthalpy")))
        )
        .select(*asked.columns, "refused")
    )
    refused = asked.join(answers, on=asked.columns, how="left", nulls_equal=True, maintain_order="left")["refused"]
    degrees = pl.col("unit__text").str.contains(DEGREES) & pl.col("activity_type").is_in(vocabulary.energy_or_volume)
    return typed.with_columns(
        unit__fault=pl.when(refused)
        .then(pl.lit("unit_not_connected"))
        .when(degrees)
        .then(pl.lit("ambiguous_unit"))
        .otherwise("unit__fault")
    )


# --- validating ---------------------------------------------------------------------------------------------------


def _faults(feed: Feed, typed: pl.DataFrame, vocabulary: Vocabulary, listing: Listing) -> pl.Series:
    """The rows both contracts refuse; lists one finding per row and rule."""
    text = typed.select(SURPLUS_CELLS, *(pl.col(f"{column.name}__text").alias(column.name) for column in feed.columns))
    cases = pl.concat([failures(feed.delivered_contract, text), failures(feed.typed_contract, typed)])
    surplus = cases.filter(pl.col("rule") == "too_many_cells")
    # Surplus cells shift the others, so what else is wrong with the row says nothing.
    cases = cases.join(surplus, on="index", how="anti").vstack(surplus)
    rejected = [pl.Series([], dtype=pl.UInt32)]
    for (column, rule), indexes in cases.group_by("column", "rule", maintain_order=True):
        about = feed.by_name.get(column)
        rows = typed.select(_needed(feed, rule, about, typed.columns))[indexes["index"]]
        if RULES[rule].severity == "error":
            rejected.append(rows["row"])
        listing.add(_describe(feed, rule, about, listing.take(rule, about, rows), vocabulary))
    return pl.concat(rejected).unique()


def _submitter(path: str) -> str | None:
    """The folder of who sends the file; None where it is checked elsewhere than in landing/."""
    parts = path.split("/")
    return parts[1] if len(parts) == 3 else None


def _of_another(
    feed: Feed,
    typed: pl.DataFrame,
    submitters: Sequence[str | None],
    vocabulary: Vocabulary,
    listing: Listing,
    faulty: pl.Series,
) -> pl.Series:
    """The rows of facilities that their submitter does not deliver (submitters.csv): one who is listed delivers those
    of its list, another those of nobody's list. Lists one finding per row."""
    listed = vocabulary.submitters
    none = pl.Series([], dtype=pl.UInt32)
    if listed.is_empty() or "facility_id" not in typed.columns:
        return none
    sheets = pl.DataFrame(
        {
            "sheet": pl.Series(range(len(submitters)), dtype=pl.UInt32),
            "submitter": pl.Series(submitters, dtype=pl.String),
        }
    ).filter(pl.col("submitter").is_not_null())
    of_all = listed.filter(pl.col("facility_id").is_null())["submitter"].implode()
    sheets = sheets.filter(~pl.col("submitter").is_in(of_all)).with_columns(
        is_listed=pl.col("submitter").is_in(listed["submitter"].implode())
    )
    owned = listed["facility_id"].drop_nulls().unique().implode()
    wrong = (
        typed.filter(pl.col("facility_id").is_not_null() & ~pl.col("row").is_in(faulty.implode()))
        .join(sheets, on="sheet", maintain_order="left")
        .join(listed.with_columns(is_own=pl.lit(True)), on=["submitter", "facility_id"], how="left")
        .filter(pl.col("is_own").is_null() & (pl.col("is_listed") | pl.col("facility_id").is_in(owned)))
    )
    if wrong.is_empty():
        return none
    column = feed.by_name["facility_id"]
    rule = "facility_of_another"
    rows = wrong.select(*_needed(feed, rule, column, typed.columns), "submitter")
    taken = listing.take(rule, column, rows)
    listing.add(findings_on(taken, rule, column, value="facility_id", columns=("submitter",)))
    return wrong["row"]


def _needed(feed: Feed, rule: str, column: Column | None, available: Sequence[str]) -> list[str]:
    """The columns that the findings of a rule are made of: gathering the others would double the memory."""
    needed = {"row", "sheet", SOURCE_ROW, SURPLUS_CELLS, "facility_id", "activity_type", "coverage_start"}
    for known in feed.rules:
        if column and (known.code, known.column) == (rule, column.name):
            needed |= {name for detail in known.details().values() for name in detail.meta.root_names()}
    if rule in ("header_unit_conflict", "currency_sign"):
        needed |= {"unit__text", "currency__text"}
    own = f"{column.name}__" if column else " "
    return [name for name in available if name in needed or name.startswith(own)]


def _describe(feed: Feed, rule: str, column: Column | None, rows: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """The findings of one rule on one column, with their messages."""
    constants: dict[str, str] = {}
    details: dict[str, pl.Expr] = {}
    if column is None:
        return findings_on(rows.with_columns(surplus=SURPLUS_CELLS), rule, None, columns=("surplus",))
    row_rule = next((known for known in feed.rules if (known.code, known.column) == (rule, column.name)), None)
    if row_rule:
        details |= row_rule.details()
        if row_rule.other:
            other = feed.by_name[row_rule.other]
            constants |= {"other_en": other.label_en, "other_zh": other.label_zh}
    match rule:
        case "required_cell":
            constants["example"] = column.example
        case "header_unit_conflict":
            details |= {name: pl.col(f"{column.name}__{name}") for name in ("header", "expected")}
        case "currency_sign":
            details["currency"] = pl.col("currency__text").fill_null("")
        case "value_not_accepted":
            constants["accepted"] = ", ".join(column.values)
        case "unknown_facility":
            constants["accepted"] = vocabulary.facility_list
            details |= {name: pl.col(f"{column.name}__{name}") for name in ("hint_en", "hint_zh")}
        case "unknown_activity_type" | "ambiguous_activity_type" | "activity_type_open":
            said = ("candidates", "hint_en", "hint_zh", "reason_en", "reason_zh")
            details |= {name: pl.col(f"{column.name}__{name}") for name in said}
        case "ambiguous_unit":
            rows = rows.join(vocabulary.accepted_units, on="activity_type", how="left", maintain_order="left")
            details |= {name: pl.col(name) for name in ("type_en", "type_zh")}
        case "unknown_unit" | "unit_not_connected":
            details |= {name: pl.col(f"{column.name}__{name}") for name in ("hint_en", "hint_zh")}
            if "activity_type" in feed.by_name:
                rows = rows.join(vocabulary.accepted_units, on="activity_type", how="left", maintain_order="left")
                details |= {name: pl.col(name) for name in ("type_en", "type_zh")}
            else:
                rows = rows.with_columns(accepted=pl.lit(None, dtype=pl.String))
            details["accepted"] = pl.col("accepted").fill_null(
                "kWh, MWh, GJ, tce, kg, t, L, m3, Nm3, km, t.km, p.km, CNY …"
            )
    return findings_on(
        rows.with_columns(**details),
        rule,
        column,
        value=f"{column.name}__text",
        constants=constants,
        columns=tuple(details),
    )


def _rounded(feed: Feed, valid: pl.DataFrame, listing: Listing) -> None:
    numbers = [column for column in feed.columns if column.kind == "number"]
    rounded = valid.select(pl.col(f"{column.name}__rounded").any() for column in numbers).row(0)
    for column in (column for column, any_rounded in zip(numbers, rounded, strict=True) if any_rounded):
        rows = listing.take("quantity_rounded", column, valid.filter(pl.col(f"{column.name}__rounded")))
        rows = rows.with_columns(rounded=plain_number(pl.col(column.name)))
        text = f"{column.name}__text"
        listing.add(findings_on(rows, "quantity_rounded", column, value=text, columns=("rounded",)))


# --- results ------------------------------------------------------------------------------------------------------


def _raw(feed: Feed, valid: pl.DataFrame, origins: pl.DataFrame) -> pl.DataFrame:
    # The position of a sheet among the origins is its number.
    of_sheets = origins.drop("sheet").select(pl.all().gather(valid["sheet"]))
    schema = feed.raw_schema()
    rows = valid.select(name for name in schema if name not in of_sheets.columns).hstack(of_sheets)
    return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _locate(feed: Feed, found: pl.DataFrame, origins: pl.DataFrame) -> pl.DataFrame:
    return (
        found.join(origins, on="sheet", how="left", maintain_order="left")
        .with_columns(feed=pl.lit(feed.name))
        .select(pl.col(name).cast(dtype) for name, dtype in FINDING_SCHEMA.items())
    )


def _count(feed: Feed, data: pl.DataFrame, rejected: pl.Series, origins: pl.DataFrame) -> pl.DataFrame:
    counted = data.group_by("sheet").agg(rows_in=pl.len(), rows_rejected=pl.col("row").is_in(rejected.implode()).sum())
    return (
        origins.join(counted, on="sheet", how="left", maintain_order="left")
        .with_columns(pl.col("rows_in", "rows_rejected").fill_null(0), feed=pl.lit(feed.name))
        .select(pl.col(name).cast(dtype) for name, dtype in SHEET_SCHEMA.items())
    )


def _notices(deliveries: Sequence[tuple[DeliveredFile, Delivery]]) -> pl.DataFrame:
    """Findings on files, sheets, headers and title rows."""
    found = [
        {
            "load_id": file.load_id,
            "submission_id": file.submission_id,
            "feed": notice.feed,
            "source_sheet": notice.sheet,
            "source_row": notice.row,
            "column_name": notice.column,
            "source_value": notice.value,
            "rule": notice.rule,
            "severity": RULES[notice.rule].severity,
            "message_en": fill(RULES[notice.rule].en, _filled(notice, "en")),
            "message_zh": fill(RULES[notice.rule].zh, _filled(notice, "zh")),
        }
        for file, delivery in deliveries
        for notice in delivery.notices
    ]
    return pl.DataFrame(found, schema=FINDING_SCHEMA)


def _filled(notice: Notice, language: str) -> dict[str, str | None]:
    column = notice.details.get(f"column_{language}", notice.column)
    return {**notice.details, "value": notice.value, "column": column}


def _refused_sheets(deliveries: Sequence[tuple[DeliveredFile, Delivery]]) -> pl.DataFrame:
    refused = [
        (
            file.load_id,
            file.submission_id,
            sheet.name,
            sheet.feed.name,
            sheet.rows_refused,
            sheet.rows_refused,
        )
        for file, delivery in deliveries
        for sheet in delivery.sheets
        if sheet.is_refused
    ]
    return pl.DataFrame(refused, schema=SHEET_SCHEMA, orient="row")
