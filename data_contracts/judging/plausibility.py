"""What is possible but unlikely: totals that do not add up, and quantities a thousand times the usual.

Nothing here refuses a row; it asks somebody to look.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import polars as pl

from data_contracts.answers.findings import Listing, findings_on
from data_contracts.declarations.feeds import TIMES_OF_DAY, Feed, plain_number
from data_contracts.judging.totals import TOTAL_LABEL
from data_contracts.readers import parsing
from data_contracts.readers.delivered_files import SOURCE_ROW

# Totals of other periods, which do not add up here.
RUNNING_TOTAL = r"(?i)累计|本年|全年|年度|季|平均|均值|average|mean|annual|year"
# What a total can have in common with the rows it stands for.
SHARED = ("period", "facility_id", "activity_type", "workshop", "product", "metric", "unit", "currency")
# A row is suspect when it is about 1000 times the median of its like, or a thousandth; of how many rows at least.
MAGNITUDE = 1000
MAGNITUDE_SPREAD = 2.5
MAGNITUDE_ROWS = 3
# Where so many times more rows lie between them and the usual, from MAGNITUDE_NEAR times the median onwards, quantities
# vary that much by themselves: purchases from one piece to a shipload.
MAGNITUDE_NEAR = 10
MAGNITUDE_BETWEEN = 3


def check_totals(feed: Feed, marked: pl.DataFrame, listing: Listing) -> None:
    """List the totals that equal no sum they can stand for: of the whole sheet, of the rows above, of those since the
    total before, or of the rows that share what else the total says, such as its facility or its unit, or some of
    it."""
    is_total = pl.col("rule").eq_missing("total_row")
    checked = is_total & ~pl.col(TOTAL_LABEL).str.contains(RUNNING_TOTAL)
    sheets = marked.filter(is_total)["sheet"].unique()
    if sheets.is_empty():
        return
    some = marked.filter(pl.col("sheet").is_in(sheets.implode()) & (is_total | pl.col("rule").is_null()))
    keys = [name for name in SHARED if name in feed.by_name]
    some = some.with_columns(
        pl.when(~is_total | pl.col(name).ne_missing(pl.col(TOTAL_LABEL))).then(name).alias(name) for name in keys
    )
    given = some.filter(checked).select(pl.col(keys).is_not_null()).unique().rows()
    shared = {
        subset
        for row in given
        for size in range(1, len(keys) + 1)
        for subset in itertools.combinations([name for name, is_given in zip(keys, row, strict=True) if is_given], size)
    }
    groups = sorted(shared, key=lambda subset: (-len(subset), subset))
    for column in feed.columns:
        if column.unit not in ("unit", "currency") or column.name.endswith("_stock"):
            continue
        number = pl.Series("number", parsing.numbers(some[column.name], precision=30)["value"])
        decimals = pl.col(column.name).str.extract(r"\.([0-9]+)$", 1).str.len_chars().fill_null(0)
        half = 0.5 * pl.lit(10.0).pow(-decimals.cast(pl.Float64))
        frame = (
            some.with_columns(number)
            .with_columns(own=pl.when(~is_total).then("number").otherwise(None), half=half)
            .with_columns(
                above=pl.col("own").fill_null(0).cum_sum().over("sheet"),
                whole=pl.col("own").sum().over("sheet"),
                finest=pl.when(pl.col("own").is_not_null()).then("half").min().over("sheet"),
                count=pl.col("own").count().over("sheet"),
            )
        )
        sums = [pl.col("above"), pl.col("whole"), pl.col("above") - pl.col("before")]
        expected = [pl.col("above")]
        for at, group in enumerate(groups):
            own = pl.col("own")
            of = pl.when(own.count() > 0).then(own.sum()).over("sheet", *group)
            before = pl.when(own.is_not_null().cum_sum() > 0).then(own.fill_null(0).cum_sum()).over("sheet", *group)
            frame = frame.with_columns(of.alias(f"of_{at}"), before.alias(f"above_{at}"))
            applies = pl.all_horizontal(pl.col(name).is_not_null() for name in group)
            sums += [pl.when(applies).then(f"{which}_{at}") for which in ("of", "above")]
            expected.insert(at, sums[-2])
        totals = frame.filter(checked & pl.col("number").is_not_null()).with_columns(
            before=pl.col("above").shift(1).over("sheet").fill_null(0)
        )
        # What rounding can explain: half of the last decimal of the total, and of every row with decimals.
        slack = pl.when(pl.col("finest") < 0.5).then(pl.col("finest") * pl.col("count")).otherwise(0)
        close = pl.col("half") + slack + pl.col("number").abs().cast(pl.Float64) * 1e-12 + 1e-9
        wrong = totals.filter(
            pl.all_horizontal(
                ((pl.col("number") - total).abs().cast(pl.Float64) > close).fill_null(True) for total in sums
            )
        ).with_columns(expected=plain_number(pl.coalesce(expected)))
        listed = listing.take("total_mismatch", column, wrong)
        found = findings_on(listed, "total_mismatch", column, value=column.name, columns=("expected",))
        listing.add(found)


def measured_of(feed: Feed, valid: pl.DataFrame) -> pl.DataFrame:
    """What the comparison of magnitudes needs of valid rows. Readings of parts of a day are none of them: they go from
    standby to full load."""
    alike = [name for name in ("activity_type", "product", "workshop", "metric") if name in feed.by_name]
    place = ["row", "sheet", SOURCE_ROW, "facility_id", "coverage_start", "unit", *alike]
    measured = valid.select(
        *dict.fromkeys(place), text=pl.col(f"{feed.measured}__text"), size=pl.col(feed.measured).cast(pl.Float64).abs()
    ).filter((pl.col("size") > 0) & valid[TIMES_OF_DAY].is_null())
    # Kept until the last row is read: names that repeat are kept once.
    return measured.with_columns(pl.col("facility_id", "unit", *alike).cast(pl.Categorical))


def suspect_magnitudes(feed: Feed, measured: Sequence[pl.DataFrame], listing: Listing) -> None:
    """List rows that are about a thousand times the median of their like in one sheet, or a thousandth, unless their
    like fill the way there. measured: what `measured_of` took of each slice of the rows."""
    alike = [name for name in measured[0].columns if name not in ("row", SOURCE_ROW, "coverage_start", "text", "size")]
    sizes = pl.concat([part.select(*alike, "size") for part in measured])
    size = pl.col("size")
    medians = sizes.group_by(alike).agg(median=size.median(), low=size.min(), high=size.max(), like=pl.len())
    # Mostly none is far from its median, and no row need be looked at.
    far = MAGNITUDE / MAGNITUDE_SPREAD
    is_far = (pl.col("high") / pl.col("median") >= far) | (1 / (pl.col("low") / pl.col("median")) >= far)
    medians = medians.filter((pl.col("like") >= MAGNITUDE_ROWS) & is_far).select(*alike, "median")
    if medians.is_empty():
        return
    suspect = pl.concat([_far_from(medians, alike, part) for part in measured])
    if suspect.is_empty():
        return
    scattered = _scattered(medians.join(suspect.select(alike), on=alike, how="semi", nulls_equal=True), alike, measured)
    suspect = suspect.join(scattered, on=[*alike, "is_larger"], how="anti", nulls_equal=True, maintain_order="left")
    suspect = suspect.with_columns(pl.col(pl.Categorical).cast(pl.String))
    column = feed.by_name[feed.measured]
    rows = listing.take("magnitude_suspect", column, suspect)
    details = ("ratio", "median", "unit")
    listing.add(findings_on(rows, "magnitude_suspect", column, value="text", columns=details))


def _scattered(medians: pl.DataFrame, alike: Sequence[str], measured: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The groups, and the side of their median, on which rows lie all the way to the suspect ones."""
    distance = pl.when("is_larger").then(pl.col("size") / pl.col("median")).otherwise(pl.col("median") / pl.col("size"))
    low, high = MAGNITUDE / MAGNITUDE_SPREAD, MAGNITUDE * MAGNITUDE_SPREAD
    counted = [
        part.join(medians, on=alike, how="inner", nulls_equal=True)
        .with_columns(is_larger=pl.col("size") > pl.col("median"))
        .group_by(*alike, "is_larger")
        .agg(
            between=(distance.is_between(MAGNITUDE_NEAR, low, closed="left")).sum(),
            suspect=distance.is_between(low, high).sum(),
        )
        for part in measured
    ]
    return (
        pl.concat(counted)
        .group_by(*alike, "is_larger")
        .agg(pl.col("between", "suspect").sum())
        .filter(pl.col("between") >= MAGNITUDE_BETWEEN * pl.col("suspect"))
        .select(*alike, "is_larger")
    )


def _far_from(medians: pl.DataFrame, alike: Sequence[str], measured: pl.DataFrame) -> pl.DataFrame:
    ratio = pl.col("size") / pl.col("median")
    low, high = MAGNITUDE / MAGNITUDE_SPREAD, MAGNITUDE * MAGNITUDE_SPREAD
    return (
        measured.join(medians, on=alike, how="inner", nulls_equal=True, maintain_order="left")
        .with_columns(ratio=ratio)
        .filter(pl.col("ratio").is_between(low, high) | (1 / pl.col("ratio")).is_between(low, high))
        .with_columns(
            is_larger=pl.col("ratio") > 1,
            ratio=pl.when(pl.col("ratio") > 1)
            .then(pl.col("ratio").round(0).cast(pl.Int64).cast(pl.String))
            .otherwise(pl.format("1/{}", (1 / pl.col("ratio")).round(0).cast(pl.Int64))),
            median=pl.col("median").round_sig_figs(6).cast(pl.String).str.replace(r"\.0$", ""),
        )
    )
