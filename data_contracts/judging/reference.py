"""The reference tables of a workspace: read from reference/, typed, judged one by one and against each other."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from data_contracts.declarations.contracts import Contract
from data_contracts.declarations.feeds import FEEDS, SURPLUS_CELLS, feed_of_name, header_key
from data_contracts.declarations.problems import Problem, ReferenceProblems
from data_contracts.declarations.reference_tables import (
    EARLIEST,
    FACTOR,
    FOLDER,
    LATEST,
    SOURCE_ROW,
    TABLES,
    ReferenceColumn,
    ReferenceTable,
)
from data_contracts.declarations.validation import failures
from data_contracts.declarations.vocabulary import SEEDS, Vocabulary, meter_key, name_key, read_seed
from data_contracts.judging.number_styles import unclear_points
from data_contracts.readers import parsing
from data_contracts.readers.delivered_files import Grid, read_csv, surplus_cells
from data_contracts.readers.limits import Unreadable, reasons

# How much of the name of a file must be that of a table.
NAMED_LIKE = 0.85
# Tables whose rows are of a place.
OF_PLACES = ("emission_factors", "fuel_properties", "fuel_densities")
OTHER_FORMATS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet", ".tsv", ".txt", ".json")


def load_reference(workspace: Path, seeds: Path = SEEDS) -> dict[str, pl.DataFrame]:
    """Every reference table of a workspace, typed as raw.reference_<table>; empty where there is no CSV. Units,
    activity types and facilities are their canonical codes.

    Raises ReferenceProblems with all problems of all tables at once.
    """
    folder = Path(workspace) / FOLDER
    problems: list[Problem] = []
    present = {path.stem: path for path in sorted(folder.glob("*")) if path.suffix.lower() == ".csv"}
    for name, path in present.items():
        if name not in TABLES and not name.startswith((".", "~")):
            problems.append(
                Problem.of(
                    "unknown_reference_table",
                    f"{FOLDER}/{path.name}",
                    value=path.name,
                    accepted=", ".join(TABLES),
                )
            )
    problems += _other_formats(folder)
    typed: dict[str, pl.DataFrame] = {}
    for table in TABLES.values():
        if table.name in present:
            frame, found = _load_table(table, present[table.name].read_bytes())
            problems += found
            typed[table.name] = frame
        else:
            typed[table.name] = pl.DataFrame(schema=table.raw_schema())
            if table.required:
                problems.append(Problem.of("missing_file", table.file, value=table.file))
    vocabulary = Vocabulary.build(typed, seeds)
    resolved, found = _resolve(typed, vocabulary)
    problems += found
    for table in TABLES.values():
        # A date that was not understood would look like an open end.
        unclear = [p.row for p in problems if p.file == table.file and p.column in ("valid_from", "valid_to")]
        problems += _overlaps(table, resolved[table.name].filter(~pl.col(SOURCE_ROW).is_in(unclear)))
    problems += _between_tables(resolved, seeds)
    if problems:
        raise ReferenceProblems(problems)
    return resolved


def _other_formats(folder: Path) -> list[Problem]:
    """Files that are tables by their name but no CSV: whoever put one there believes that it counts."""
    problems = []
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() not in OTHER_FORMATS or path.name.startswith((".", "~")) or not path.is_file():
            continue
        # Versions and slips of the pen, too: Emission Factors (1), emission_factor-2024.
        words = re.sub(r"[^a-z]+", "_", path.stem.lower()).strip("_")
        for table in difflib.get_close_matches(words, TABLES, n=1, cutoff=NAMED_LIKE):
            problems.append(
                Problem.of("reference_table_not_csv", f"{FOLDER}/{path.name}", value=path.name, table=table)
            )
    return problems


def _load_table(table: ReferenceTable, content: bytes) -> tuple[pl.DataFrame, list[Problem]]:
    empty = pl.DataFrame(schema=table.raw_schema())
    try:
        grid = read_csv(content, lambda header: header_key(header) in table.column_of_header)
    except (Unreadable, pl.exceptions.PolarsError) as error:
        return empty, [Problem.of("unreadable_file", table.file, value=table.file, **reasons(error))]
    delivered, problems = _delivered(table, grid)
    if delivered is None:
        return empty, problems
    if table.required and not len(delivered):
        problems.append(Problem.of("empty_file", table.file, value=table.file))
    typed = _typed(table, delivered, grid.separator)
    problems += _problems(table, table.delivered_contract, delivered, typed)
    problems += _problems(table, table.typed_contract, typed, typed)
    defaults = [
        pl.col(column.name).fill_null(pl.lit(column.default).cast(column.dtype))
        for column in table.columns
        if column.default is not None and typed[column.name].null_count()
    ]
    return typed.with_columns(defaults).select(list(table.raw_schema())), problems


def _delivered(table: ReferenceTable, grid: Grid) -> tuple[pl.DataFrame | None, list[Problem]]:
    cells = grid.cells
    filled = cells.select(pl.any_horizontal(pl.all().is_not_null()).arg_true()).to_series() if cells.width else []
    if not len(filled):
        return None, [Problem.of("empty_file", table.file, value=table.file)]
    at = int(filled[0])
    titles, row, width = cells.row(at), int(grid.rows[at]), int(grid.widths[at])
    problems: list[Problem] = []
    positions: dict[str, int] = {}
    for position, title in enumerate(titles[:width]):
        name = table.column_of_header.get(header_key(title)) if title else None
        if title and name is None:
            accepted = ", ".join(table.by_name)
            problems.append(
                Problem.of(
                    "unknown_reference_column",
                    table.file,
                    row=row,
                    column=title,
                    value=title,
                    accepted=accepted,
                )
            )
        elif name in positions:
            both = f"'{titles[positions[name]]}', '{title}'"
            problems.append(Problem.of("duplicate_column", table.file, row=row, column=name, value=both))
        elif name:
            positions[name] = position
    problems += [
        Problem.of("missing_reference_column", table.file, row=row, column=column.name)
        for column in table.columns
        if column.required and column.name not in positions
    ]
    if problems:
        return None, problems
    absent = pl.lit(None, dtype=pl.String)
    frame = cells.select(
        *((pl.col(str(positions[n])) if n in positions else absent).alias(n) for n in table.by_name),
        grid.rows.alias(SOURCE_ROW),
        surplus_cells(grid, width, range(width)).alias(SURPLUS_CELLS),
    )
    kept = filled.filter(filled > at)
    return frame[kept], []


def _typed(table: ReferenceTable, delivered: pl.DataFrame, separator: str | None) -> pl.DataFrame:
    series = [delivered[SOURCE_ROW]]
    for column in table.columns:
        text = delivered[column.name]
        value, fault = _parse(column, text, separator)
        series += [
            value.cast(column.dtype).alias(column.name),
            fault.alias(f"{column.name}__fault"),
            text.alias(f"{column.name}__text"),
        ]
    return pl.DataFrame(series)


def _parse(column: ReferenceColumn, text: pl.Series, separator: str | None) -> tuple[pl.Series, pl.Series]:
    """The values of a column, and the rules that its cells break."""
    if text.null_count() == len(text):
        # Most tables leave most columns empty.
        return _nothing(column.dtype, len(text)), _nothing(pl.String(), len(text))
    match column.kind:
        case "decimal" | "tonnes" | "conversion":
            parsed = parsing.numbers(text, scale=column.dtype.scale, precision=column.dtype.precision)
            if (unclear := unclear_points(text, separator)).any():
                parsed = parsed.with_columns(fault=pl.when(unclear).then(pl.lit("ambiguous_number")).otherwise("fault"))
        case "date":
            parsed = parsing.dates(text, pl.Series([False]).new_from_index(0, len(text)))
        case "boolean":
            parsed = parsing.booleans(text)
        case "integer" | "country" | "choice":
            value, rule = _chosen(column)
            fault = pl.when(pl.col("text").is_not_null() & value.is_null()).then(pl.lit(rule))
            parsed = pl.DataFrame({"text": text}).select(value=value, fault=fault)
        case _:
            return text, _nothing(pl.String(), len(text))
    return parsed["value"], parsed["fault"]


def _nothing(dtype: pl.DataType, length: int) -> pl.Series:
    return pl.Series([None], dtype=dtype).new_from_index(0, length)


def _chosen(column: ReferenceColumn) -> tuple[pl.Expr, str]:
    """What `text` says in a column of few forms, null where it says nothing that the column takes; and the rule that it
    breaks then."""
    match column.kind:
        case "integer":
            return pl.when(pl.col("text").str.contains(r"^[0-9]{1,9}$")).then("text").cast(
                pl.Int32
            ), "not_a_whole_number"
        case "country":
            return pl.when(pl.col("text").str.contains(r"^[A-Z]{3}$")).then("text"), "not_a_country"
    # Lists and single values alike: `1;2` is accepted where the column takes several.
    lower = pl.col("text").str.normalize("NFKC").str.to_lowercase()
    parts = lower.str.split(";").list.eval(pl.element().str.strip_chars().replace(dict(column.aliases)))
    known = parts.list.eval(pl.element().is_in(list(column.values))).list.all()
    single = pl.lit(True) if column.one_of_many else parts.list.len() == 1
    return pl.when(known & single).then(parts.list.join(";")), "value_not_accepted"


def _problems(table: ReferenceTable, contract: Contract, frame: pl.DataFrame, typed: pl.DataFrame) -> list[Problem]:
    cases = failures(contract, frame, "required_reference_cell").sort("index", maintain_order=True)
    problems: list[Problem] = []
    for column, code, index in cases.select("column", "rule", "index").iter_rows():
        row = typed.row(index, named=True)
        if code == "duplicate_key":
            continue
        if code == "too_many_cells":
            surplus = frame[SURPLUS_CELLS][index]
            problems.append(Problem.of(code, table.file, row=row[SOURCE_ROW], surplus=surplus))
            continue
        rule = next((rule for rule in table.rules if (rule.code, rule.column) == (code, column)), None)
        known = table.by_name[column]
        details = {"accepted": known.accepted}
        value = row[f"{rule.value_of or column}__text"] if rule else row[f"{column}__text"]
        problems.append(
            Problem.of(
                code,
                table.file,
                row=row[SOURCE_ROW],
                column=column,
                value=value,
                **{**details, **(rule.details if rule else {})},
            )
        )
    repeated = cases.filter(pl.col("rule") == "duplicate_key")["index"]
    if len(repeated):
        groups = typed[repeated].group_by(table.unique, maintain_order=True).agg(SOURCE_ROW)
        problems += [
            Problem.of(
                "duplicate_key",
                table.file,
                row=rows[1],
                column=", ".join(table.unique),
                value=" / ".join("" if part is None else str(part) for part in key),
                rows=", ".join(map(str, rows)),
            )
            for *key, rows in groups.iter_rows()
        ]
    return problems


def _overlaps(table: ReferenceTable, typed: pl.DataFrame) -> list[Problem]:
    if not table.valid_per:
        return []
    name = pl.col(table.named_by) if table.named_by else pl.col("valid_from").cast(pl.String).fill_null("…")
    # An empty cell is what it stands for: two rows of one key differ in their order alone.
    meant = {"stage": "direct", "geography": "WORLD"}
    rows = typed.select(
        *(pl.col(column).fill_null(meant[column]) if column in meant else column for column in table.valid_per),
        SOURCE_ROW,
        name=name,
        start=pl.col("valid_from").fill_null(EARLIEST),
        end=pl.col("valid_to").fill_null(LATEST),
    ).filter(pl.col("start") <= pl.col("end"))
    # Only keys with an overlap are paired, so that long tables stay cheap.
    before = rows.sort(*table.valid_per, "start", "end").with_columns(
        reached=pl.col("end").cum_max().shift(1).over(table.valid_per)
    )
    clashing = before.filter(pl.col("reached") >= pl.col("start")).select(table.valid_per).unique()
    some = rows.join(clashing, on=table.valid_per, how="semi", nulls_equal=True)
    pairs = (
        some.join(some, on=table.valid_per, how="inner", nulls_equal=True, suffix="_2")
        .filter(
            (pl.col(SOURCE_ROW) < pl.col(f"{SOURCE_ROW}_2"))
            & (pl.col("start") <= pl.col("end_2"))
            & (pl.col("start_2") <= pl.col("end"))
        )
        .sort(SOURCE_ROW, f"{SOURCE_ROW}_2")
    )
    return [
        Problem.of(
            "overlapping_validity",
            table.file,
            row=pair[f"{SOURCE_ROW}_2"],
            column=", ".join(table.valid_per),
            value=" / ".join(pair[part] or "*" for part in table.valid_per),
            first=f"{pair['name']} (row {pair[SOURCE_ROW]})",
            second=f"{pair['name_2']} (row {pair[f'{SOURCE_ROW}_2']})",
        )
        for pair in pairs.iter_rows(named=True)
    ]


# --- between tables ---------------------------------------------------------------------------------------------------


def _resolve(
    tables: Mapping[str, pl.DataFrame], vocabulary: Vocabulary
) -> tuple[dict[str, pl.DataFrame], list[Problem]]:
    """The tables with names of units, activity types and facilities as their codes, and the names nobody knows."""
    resolved = dict(tables)
    resolved["header_aliases"] = _named_in_code(tables["header_aliases"])
    problems: list[Problem] = []

    def put(table: str, column: str, resolve: Callable[[pl.Series], pl.DataFrame], **details: str) -> None:
        frame = resolved[table]
        if frame.is_empty():
            return
        answers = resolve(frame[column])
        bad = pl.concat([frame.select(SOURCE_ROW, pl.col(column).alias("cell")), answers], how="horizontal").filter(
            pl.col("fault").is_not_null()
        )
        for row in bad.iter_rows(named=True):
            more = {name: row.get(name) for name in ("candidates", "hint_en", "hint_zh", "reason_en", "reason_zh")}
            problems.append(
                Problem.of(
                    row["fault"],
                    f"{FOLDER}/{table}.csv",
                    row=row[SOURCE_ROW],
                    column=column,
                    value=row.get("part") or row["cell"],
                    **{**more, **details},
                )
            )
        resolved[table] = frame.with_columns(pl.coalesce(answers["value"], frame[column]).alias(column))

    units = "units.csv"
    put("activity_types", "canonical_unit", vocabulary.resolve_unit, accepted=units)
    put("emission_factors", "per_unit", vocabulary.resolve_unit, accepted=units)
    for table in ("activity_aliases", "emission_factors", "meters", "data_quality_assessments"):
        put(table, "activity_type", vocabulary.resolve_activity_type)
    put(
        "facilities",
        "expected_activity_types",
        lambda text: _resolve_list(text, vocabulary.resolve_activity_type),
    )
    for table, column, above, below in (
        ("fuel_properties", "ncv_unit", ("energy",), ("mass", "volume", "normal_volume")),
        ("fuel_densities", "density_unit", ("mass",), ("volume", "normal_volume")),
    ):
        accepted = "GJ/t, GJ/Nm3, GJ/10^4 Nm3" if above == ("energy",) else "kg/L, kg/m3, kg/Nm3"
        put(
            table,
            column,
            lambda text, above=above, below=below: _resolve_ratio(text, vocabulary, above, below),
            accepted=accepted,
        )
    for table in (
        "meters", "reported_inventories", "base_year_events", "source_declarations", "neutrality_statements",
        "data_quality_assessments", "nonconformities",
    ):  # fmt: skip
        put(table, "facility_id", vocabulary.resolve_facility, accepted=vocabulary.facility_list)
    return resolved, problems


def _resolve_list(text: pl.Series, resolve: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    frame = pl.DataFrame({"list": text}).with_row_index("at")
    parts = frame.with_columns(part=pl.col("list").str.split(";")).explode("part")
    parts = parts.with_columns(pl.col("part").str.strip_chars()).filter(pl.col("part") != "")
    answers = pl.concat([parts, resolve(parts["part"])], how="horizontal")
    grouped = answers.group_by("at", maintain_order=True).agg(
        pl.col("value").str.join(";"),
        *(
            pl.col(name).filter(pl.col("fault").is_not_null()).first()
            for name in ("part", "fault", "candidates", "hint_en", "hint_zh", "reason_en", "reason_zh")
        ),
    )
    return frame.join(grouped, on="at", how="left", maintain_order="left").drop("at", "list")


def _resolve_ratio(text: pl.Series, vocabulary: Vocabulary, above: Sequence[str], below: Sequence[str]) -> pl.DataFrame:
    parts = pl.DataFrame({"text": text}).select(
        first=pl.col("text").str.extract(r"^([^/]+)/[^/]+$", 1).str.strip_chars(),
        second=pl.col("text").str.extract(r"^[^/]+/([^/]+)$", 1).str.strip_chars(),
    )
    first, second = vocabulary.resolve_unit(parts["first"]), vocabulary.resolve_unit(parts["second"])
    fits = (first["dimension"].is_in(list(above)) & second["dimension"].is_in(list(below))).fill_null(False)
    return pl.DataFrame({"text": text, "first": first["value"], "second": second["value"], "fits": fits}).select(
        value=pl.when("fits").then(pl.concat_str("first", pl.lit("/"), "second")),
        fault=pl.when(pl.col("text").is_not_null() & ~pl.col("fits")).then(pl.lit("unit_ratio")),
    )


def _between_tables(tables: Mapping[str, pl.DataFrame], seeds: Path) -> list[Problem]:
    problems: list[Problem] = []
    gases = pl.concat([tables["gwp"]["gas"], read_seed("gwp", seeds)["gas"]])
    blends = pl.concat([tables["gas_blends"]["blend"], read_seed("gas_blends", seeds)["blend"]])
    problems += _absent(tables, "gas_blends", "component", gases, "gwp.csv")
    problems += _absent(tables, "activity_types", "gas", pl.concat([gases, blends]), "gwp.csv / gas_blends.csv")
    problems += _blend_sums(tables["gas_blends"])
    problems += _submitters_facilities(tables)
    problems += _own_headers(tables["header_aliases"])

    meters = _with_parents_as_registered(tables["meters"])
    pairs = meters.select("facility_id", parent_meter_id="meter_id")
    orphans = meters.filter(pl.col("parent_meter_id").is_not_null()).join(
        pairs, on=["facility_id", "parent_meter_id"], how="anti"
    )
    problems += [
        Problem.of(
            "parent_not_found",
            TABLES["meters"].file,
            row=row,
            column="parent_meter_id",
            value=parent,
            where_en=f" for facility {facility}",
            where_zh=f"（设施 {facility}）",
        )
        for row, parent, facility in orphans.select(SOURCE_ROW, "parent_meter_id", "facility_id").iter_rows()
    ]
    nodes = pl.concat_str("facility_id", pl.lit("\0"), "meter_id")
    parents = pl.concat_str("facility_id", pl.lit("\0"), "parent_meter_id")
    problems += _cycles(
        "meters", "parent_meter_id", meters.select(SOURCE_ROW, child=nodes, parent=parents, name="meter_id")
    )

    geographies = tables["geographies"]
    shared = read_seed("geographies", seeds).select("geography", "parent")
    known = pl.concat([geographies["geography"], shared["geography"]])
    problems += _absent(tables, "geographies", "parent", known, "geographies.csv")
    every = pl.concat(
        [
            geographies.select(SOURCE_ROW, child="geography", parent="parent", name="geography"),
            shared.join(geographies, on="geography", how="anti").select(
                pl.lit(None, dtype=pl.Int32).alias(SOURCE_ROW),
                child="geography",
                parent="parent",
                name="geography",
            ),
        ]
    )
    problems += _cycles("geographies", "parent", every)
    problems += _geographies(tables, read_seed("geographies", seeds))
    return problems


def _with_parents_as_registered(meters: pl.DataFrame) -> pl.DataFrame:
    """Each parent under the name of its own row, however it is written: `E-01` is `e01`."""
    as_written = meters.select("facility_id", parent_meter_id="meter_id", registered="meter_id")
    by_key = meters.group_by("facility_id", key=meter_key(pl.col("meter_id"))).agg(alike=pl.col("meter_id").min())
    return (
        meters.with_columns(key=meter_key(pl.col("parent_meter_id")))
        .join(as_written, on=["facility_id", "parent_meter_id"], how="left", maintain_order="left")
        .join(by_key, on=["facility_id", "key"], how="left", maintain_order="left")
        .with_columns(parent_meter_id=pl.coalesce("registered", "alike", "parent_meter_id"))
        .drop("key", "registered", "alike")
    )


def _geographies(tables: Mapping[str, pl.DataFrame], shared: pl.DataFrame) -> list[Problem]:
    """Places that no table knows, for which the factor of a wider one would count, and grid regions of another country
    than their facility's. A factor may be of a supplier, so that of its places only names are told from codes."""
    columns = ["geography", "parent", "name_en", "name_zh"]
    places = pl.concat([tables["geographies"].select(columns), shared.select(columns)]).unique(
        "geography", keep="first"
    )
    own = pl.concat([tables[table]["geography"] for table in OF_PLACES])
    facilities = tables["facilities"]
    regions, codes = facilities["grid_region"], places["geography"]
    problems = _unknown_places("facilities", "country", facilities, codes, places)
    problems += _unknown_places("facilities", "grid_region", facilities, pl.concat([codes, own]), places)
    others = pl.concat([codes, regions, facilities["facility_id"]])
    for table in OF_PLACES:
        problems += _unknown_places(table, "geography", tables[table], others, places, named=True)
    parent_of = dict(places.select("geography", "parent").iter_rows())
    countries = {code for code, parent in parent_of.items() if parent == "WORLD" and len(code) == 3}
    for row, region, country in facilities.select(SOURCE_ROW, "grid_region", "country").drop_nulls().iter_rows():
        above, seen = region, set()
        while above is not None and above not in countries and above not in seen:
            seen.add(above)
            above = parent_of.get(above)
        if above in countries and above != country:
            problems.append(
                Problem.of(
                    "geography_of_another_country",
                    TABLES["facilities"].file,
                    row=row,
                    column="grid_region",
                    value=region,
                    of=above,
                    country=country,
                )
            )
    return problems


def _unknown_places(
    table: str, column: str, frame: pl.DataFrame, known: pl.Series, places: pl.DataFrame, named: bool = False
) -> list[Problem]:
    """named: whether only what is the name of a place, or differs from its code by case, is a problem."""
    asked = frame.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(known.drop_nulls().unique().implode()))
    if asked.is_empty():
        return []
    columns = [pl.col(name) for name in ("geography", "name_en", "name_zh")]
    names = pl.concat([places.select(key=name_key(one), code="geography") for one in columns]).drop_nulls()
    found = asked.select(SOURCE_ROW, column, key=name_key(pl.col(column))).join(
        names.unique("key", keep="first"), on="key", how="left", maintain_order="left"
    )
    return [
        Problem.of(
            "unknown_geography",
            TABLES[table].file,
            row=row,
            column=column,
            value=value,
            hint_en=f" Did you mean {code}?" if code else "",
            hint_zh=f"是否指 {code}？" if code else "",
        )
        for row, value, code in found.select(SOURCE_ROW, column, "code").iter_rows()
        if code or not named
    ]


def _absent(
    tables: Mapping[str, pl.DataFrame], table: str, column: str, known: Iterable[str], where: str
) -> list[Problem]:
    frame = tables[table]
    known = pl.Series(known).drop_nulls().unique()
    missing = frame.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(known.implode()))
    return [
        Problem.of("not_in_reference", f"{FOLDER}/{table}.csv", row=row, column=column, value=value, table=where)
        for row, value in missing.select(SOURCE_ROW, column).iter_rows()
    ]


def _submitters_facilities(tables: Mapping[str, pl.DataFrame]) -> list[Problem]:
    """The facilities that submitters.csv names and facilities.csv does not."""
    named = tables["submitters"].with_columns(pl.col("facilities").str.split(";")).explode("facilities")
    named = named.with_columns(pl.col("facilities").str.strip_chars().replace("", None))
    known = tables["facilities"]["facility_id"]
    return _absent({"submitters": named}, "submitters", "facilities", known, "facilities.csv")


def _named_in_code(aliases: pl.DataFrame) -> pl.DataFrame:
    """The rows with feeds and columns by their codes, which may be given in Chinese, too."""
    feeds = [feed_of_name(name or "") for name in aliases["feed"]]
    columns = [
        feed.match_header(column) or column if feed and column else column
        for feed, column in zip(feeds, aliases["column"], strict=True)
    ]
    names = [feed.name if feed else name for feed, name in zip(feeds, aliases["feed"], strict=True)]
    return aliases.with_columns(
        pl.Series("feed", names, dtype=pl.String), pl.Series("column", columns, dtype=pl.String)
    )


def _own_headers(aliases: pl.DataFrame) -> list[Problem]:
    """Headers of no feed or no column, and those that stand for two columns of a feed."""
    problems = []
    columns: dict[tuple[str, str], str] = {}
    for row, name, column, header in aliases.select(SOURCE_ROW, "feed", "column", "header").drop_nulls().iter_rows():
        feed = FEEDS.get(name)
        place = {"file": TABLES["header_aliases"].file, "row": row}
        if feed is None:
            accepted = ", ".join(FEEDS)
            problems.append(Problem.of("value_not_accepted", column="feed", value=name, accepted=accepted, **place))
        elif column not in feed.by_name:
            accepted = ", ".join(feed.by_name)
            problems.append(Problem.of("value_not_accepted", column="column", value=column, accepted=accepted, **place))
        elif columns.setdefault((name, header_key(header)), column) != column:
            problems.append(Problem.of("header_of_two_columns", column="header", value=header, **place))
    return problems


def _blend_sums(blends: pl.DataFrame) -> list[Problem]:
    sums = blends.group_by("blend", maintain_order=True).agg(pl.col("mass_share").sum(), pl.col(SOURCE_ROW).first())
    wrong = sums.filter((pl.col("mass_share") - pl.lit(1).cast(FACTOR)).abs() > pl.lit("0.001").cast(FACTOR))
    return [
        Problem.of(
            "blend_shares_sum",
            TABLES["gas_blends"].file,
            row=row,
            column="mass_share",
            value=blend,
            expected=f"{share.normalize():f}",
        )
        for blend, share, row in wrong.iter_rows()
    ]


def _cycles(table: str, column: str, links: pl.DataFrame) -> list[Problem]:
    """Problems for rows that are their own ancestor: after enough doublings only cycles still have a parent."""
    parent_of = links.filter(pl.col("parent").is_not_null()).unique("child", keep="first").select("child", "parent")
    reached = parent_of
    for _ in range(max(len(parent_of), 1).bit_length() + 1):
        reached = reached.join(reached.select(parent="child", next="parent"), on="parent", how="inner").select(
            "child", parent="next"
        )
        if not len(reached):
            return []
    # What still climbs leads into a cycle; the members are what it reaches.
    members = links.join(reached.select(child="parent").unique(), on="child", how="semi").filter(
        pl.col(SOURCE_ROW).is_not_null()
    )
    return [
        Problem.of("parent_cycle", f"{FOLDER}/{table}.csv", row=row, column=column, value=name)
        for row, name in members.select(SOURCE_ROW, "name").sort(SOURCE_ROW).iter_rows()
    ]
