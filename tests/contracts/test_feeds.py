"""Every feed takes a good file, and refuses one defect at a time with the right finding."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pandera.errors
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data_contracts.declarations.feeds import FEEDS, SURPLUS_CELLS, Feed, feed_of_name
from data_contracts.declarations.rules import PLACEHOLDER, RULES
from data_contracts.declarations.validation import failures
from data_contracts.judging.judgement import FINDING_SCHEMA, SHEET_SCHEMA, Context, Judgement

from .conftest import (
    GOOD_ROWS,
    context_of,
    counts,
    errors,
    judge_each,
    judge_paths,
    write_csv,
    write_feed,
    write_xlsx,
)
from .corpus import DEFECTS

Judged = Callable[..., Judgement]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_good_csv_in_english(feed: Feed, judged: Judged, tmp_path: Path) -> None:
    result = judged(write_feed(tmp_path / f"{feed.name}.csv", feed.name, {}))
    assert errors(result).is_empty()
    rows = result.rows[feed.name]
    assert rows.schema == pl.Schema(feed.raw_schema())
    assert rows["source_row"].to_list() == [2]
    assert rows["source_sheet"].to_list() == [""]
    assert result.sheets.rows() == [(f"load-{feed.name}.csv", f"{feed.name}.csv", "", feed.name, 1, 0)]
    assert result.findings.schema == pl.Schema(FINDING_SCHEMA)
    assert result.sheets.schema == pl.Schema(SHEET_SCHEMA)
    assert all(result.rows[other].is_empty() for other in FEEDS if other != feed.name)


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_good_workbook_in_chinese_with_title_note_and_total(feed: Feed, judged: Judged, tmp_path: Path) -> None:
    good = GOOD_ROWS[feed.name]
    total = [value if feed.by_name[name].kind == "number" else "" for name, value in good.items()]
    path = write_xlsx(
        tmp_path / "三月汇总.xlsx",
        {
            feed.zh: [
                ["示例太阳能有限公司 2024 年 3 月"],
                [],
                [feed.by_name[name].zh for name in good],
                list(good.values()),
                [],
                ["合 计", *total[1:]],
                ["注：以上数据均已核对。"],
            ]
        },
    )
    result = judged(path)
    assert errors(result).is_empty()
    assert result.rows[feed.name]["source_row"].to_list() == [4]
    assert counts(result) == (1, 0)
    aside = result.findings.select("rule", "source_row").rows()
    assert set(aside) == {("title_row", 1), ("blank_rows", None), ("total_row", 6), ("note_row", 7)}


def test_values_arrive_typed_and_canonical(judged: Judged, tmp_path: Path) -> None:
    changes = {"activity_type": "外购电力", "unit": "万kWh", "facility_id": "NINGJIN", "data_quality": "实测"}
    row = (
        judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", changes))
        .rows["energy_ledger"]
        .row(0, named=True)
    )
    assert row["activity_type"] == "grid_electricity"
    assert row["unit"] == "10^4 kWh"
    assert row["facility_id"] == "ningjin"
    assert row["data_quality"] == "measured"
    assert row["quantity"] == Decimal("1234.500000000")
    assert (row["coverage_start"], row["coverage_end"]) == (date(2024, 3, 1), date(2024, 3, 31))


@pytest.mark.parametrize(
    ("feed", "changes", "start", "end"),
    [
        ("energy_ledger", {"start_date": "", "end_date": "", "period": "2024-Q1"}, date(2024, 1, 1), date(2024, 3, 31)),
        ("energy_ledger", {"start_date": "2024-02-26", "end_date": "2024-03-25"}, date(2024, 2, 26), date(2024, 3, 25)),
        ("invoices", {}, date(2024, 3, 1), date(2024, 3, 31)),
        ("procurement", {}, date(2024, 3, 15), date(2024, 3, 15)),
        ("activity_log", {}, date(2024, 3, 5), date(2024, 3, 5)),
        ("activity_log", {"end_date": "2024-04-04"}, date(2024, 3, 5), date(2024, 4, 4)),
        ("production", {}, date(2024, 3, 1), date(2024, 3, 31)),
        ("business_metrics", {}, date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_coverage(feed: str, changes: dict, start: date, end: date, judged: Judged, tmp_path: Path) -> None:
    row = judged(write_feed(tmp_path / f"{feed}.csv", feed, changes)).rows[feed].row(0, named=True)
    assert (row["coverage_start"], row["coverage_end"]) == (start, end)


def test_exclusive_period_end_leaves_the_last_day_out(workspace: Path, tmp_path: Path) -> None:
    with (workspace / "organization.yml").open("a", encoding="utf-8") as file:
        file.write("period_end: exclusive\n")
    changes = [{"service_end": "2024-04-01"}, {"service_end": "2024-03-01"}]
    path = write_feed(tmp_path / "invoices.csv", "invoices", *changes)
    result = judge_paths(context_of(workspace), path)
    assert result.rows["invoices"].select("service_end", "coverage_end").rows() == [
        (date(2024, 4, 1), date(2024, 3, 31))
    ]
    assert errors(result).select("source_row", "rule").rows() == [(3, "end_before_start")]


def test_exclusive_period_end_of_a_reading_within_a_day(workspace: Path, tmp_path: Path) -> None:
    """23:30 to 23:45 and 23:45 to midnight are both of the one day, and of no other."""
    with (workspace / "organization.yml").open("a", encoding="utf-8") as file:
        file.write("period_end: exclusive\n")
    moments = ("2024-03-05 23:30", "2024-03-05 23:45", "2024-03-06 00:00")
    changes = [{"start_date": start, "end_date": end} for start, end in pairwise(moments)]
    result = judge_paths(context_of(workspace), write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", *changes))
    day = date(2024, 3, 5)
    assert result.rows["energy_ledger"].select("coverage_start", "coverage_end").rows() == [(day, day), (day, day)]


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("2024-03-31 23:30", "2024-04-01 00:00", 31, 31),
        ("2024-03-31T23:30+08:00", "2024-04-01T00:00:00+08:00", 31, 31),
        ("2024-03-29 22:00", "2024-03-31 00:00", 29, 30),
        ("2024-03-30 22:00", "2024-03-31 06:00", 30, 31),
        # The days of a stay, and days that a database wrote as midnights.
        ("2024-03-30 22:00", "2024-03-31", 30, 31),
        ("2024-03-01 00:00", "2024-03-31 00:00", 1, 31),
    ],
)
def test_a_reading_that_ends_at_midnight_ends_with_its_day(
    start: str, end: str, first: int, last: int, judged: Judged, tmp_path: Path
) -> None:
    path = write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {"start_date": start, "end_date": end})
    covered = judged(path).rows["energy_ledger"].select("coverage_start", "coverage_end").row(0)
    assert covered == (date(2024, 3, first), date(2024, 3, last))


@pytest.fixture(scope="module")
def defective(shared_context: Context, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judgement]:
    """By its place in DEFECTS: what comes of a sound row followed by one with the defect."""
    paths = {}
    for at, (feed, changes, *_) in enumerate(DEFECTS):
        paths[str(at)] = write_feed(tmp_path_factory.mktemp("defect") / f"{feed}.csv", feed, {}, changes)
    return judge_each(shared_context, paths)


@pytest.mark.parametrize("at", range(len(DEFECTS)), ids=lambda at: f"{DEFECTS[at][0]} {DEFECTS[at][1]}"[:60])
def test_one_defect(at: int, defective: dict[str, Judgement]) -> None:
    feed, _, rule, column, value = DEFECTS[at]
    result = defective[str(at)]
    assert result.rows[feed]["source_row"].to_list() == [2]
    assert counts(result) == (2, 1)
    found = [finding for finding in errors(result).iter_rows(named=True) if finding["rule"] == rule]
    assert [(finding["source_row"], finding["column_name"], finding["source_value"]) for finding in found] == [
        (3, column, value)
    ]
    # A unit nobody knows or a missing end date may break a second rule; nothing else may.
    assert errors(result)["source_row"].unique().to_list() == [3]
    finding = found[0]
    shown = FEEDS[feed].by_name[column]
    assert finding["feed"] == feed
    assert finding["severity"] == "error"
    for message, label in ((finding["message_en"], shown.label_en), (finding["message_zh"], shown.label_zh)):
        assert "{" not in message
        assert value is None or value in message
        assert rule == "quantity_or_amount_required" or label in message


def test_every_rule_of_the_feeds_has_a_defect_here() -> None:
    declared = {rule.code for feed in FEEDS.values() for rule in feed.rules}
    declared |= {check.rule for feed in FEEDS.values() for column in feed.columns for check in column.checks()}
    assert declared - {rule for _, _, rule, _, _ in DEFECTS} == {
        "coverage_unusually_long",
        "dates_outside_period",
        "end_after_period",
        "digits_lost",
        "formula_as_text",
        "header_unit_conflict",
        # Seen beside other rows only.
        "ambiguous_number",
    }


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_what_breaks_a_contract_is_what_pandera_finds(feed: Feed) -> None:
    """`failures` asks all checks at once and pandera only those that do not hold; the answer is that of pandera alone,
    cell by cell and in its order."""
    rows = pl.DataFrame(
        {column.name: ["x", None, "y"] if at % 2 else ["x", "y", "z"] for at, column in enumerate(feed.columns)}
        | {SURPLUS_CELLS: pl.Series([0, 2, 0], dtype=pl.UInt32)}
    )
    with pytest.raises(pandera.errors.SchemaErrors) as refused:
        feed.delivered_contract.schema().validate(rows, lazy=True)
    whole = refused.value.failure_cases.select(
        "index", "column", rule=pl.col("check").replace({"not_nullable": "required_cell"})
    )
    assert_frame_equal(failures(feed.delivered_contract, rows), whole)
    assert len(whole) > 1
    sound = rows.with_columns(pl.col(pl.String).fill_null("w"), pl.col(SURPLUS_CELLS) * 0)
    assert failures(feed.delivered_contract, sound).is_empty()
    with pytest.raises(AssertionError, match="does not fit"):
        failures(feed.delivered_contract, sound.drop(feed.columns[0].name))


def test_every_bad_cell_of_a_row_is_reported(judged: Judged, tmp_path: Path) -> None:
    changes = {
        "period": "March",
        "facility_id": "?",
        "activity_type": "?",
        "quantity": "x",
        "unit": "?",
        "data_quality": "?",
    }
    result = judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", changes))
    assert set(errors(result)["column_name"]) == set(changes)
    assert counts(result) == (1, 1)


def test_finding_carries_facility_and_period_where_they_are_readable(judged: Judged, tmp_path: Path) -> None:
    result = judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {"quantity": "x"}))
    assert errors(result).select("facility_id", "period").rows() == [("ningjin", date(2024, 3, 1))]


@pytest.mark.parametrize(
    ("feed", "changes"),
    [
        ("energy_ledger", {"quantity": "-1", "data_quality": "correction"}),
        ("energy_ledger", {"quantity": "-1", "activity_type": "exported_electricity"}),
        ("energy_ledger", {"quantity": "0"}),
        ("energy_ledger", {"activity_type": "purchased_heat", "unit": "t", "temperature_c": "95"}),
        ("energy_ledger", {"activity_type": "diesel_mobile", "unit": "L"}),
        ("energy_ledger", {"activity_type": "natural_gas_stationary", "unit": "m3"}),
        ("energy_ledger", {"activity_type": "natural_gas_stationary", "unit": "1e4Nm3"}),
        ("invoices", {"quantity": "-1234500", "corrects_invoice_number": "1"}),
        ("procurement", {"quantity": "", "unit": ""}),
        ("procurement", {"net_amount": "", "currency": ""}),
        ("procurement", {"unit": "km", "supplier_factor_kgco2e_per_unit": "2.1"}),
        ("procurement", {"activity_type": "spend_industrial_gases", "unit": "t"}),
        ("activity_log", {"unit": "m2", "factor_kgco2e_per_unit": "2.1"}),
        ("activity_log", {"quantity": "-1", "data_quality": "更正"}),
        ("activity_log", {"quantity": "1-", "data_quality": "更正"}),
        ("energy_ledger", {"data_quality": "Actual"}),
        ("energy_ledger", {"data_quality": "Estimated Read"}),
        ("business_metrics", {"metric": "headcount", "value": "446", "unit": "人"}),
        ("business_metrics", {"value": "-5"}),
        ("business_metrics", {"metric": "利润", "unit": "万元"}),
        ("business_metrics", {"metric": "综合能耗", "unit": "GWh"}),
    ],
)
def test_what_is_accepted(feed: str, changes: dict, judged: Judged, tmp_path: Path) -> None:
    result = judged(write_feed(tmp_path / f"{feed}.csv", feed, changes))
    assert errors(result)["message_en"].to_list() == []
    assert counts(result) == (1, 0)


def test_heat_by_mass_needs_its_state(judged: Judged, tmp_path: Path) -> None:
    path = write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {"activity_type": "purchased_heat", "unit": "t"})
    finding = errors(judged(path)).row(0, named=True)
    assert finding["rule"] == "unit_not_connected"
    assert "temperature_c / enthalpy_kj_per_kg: kg, t, g, lb, short ton …)." in finding["message_en"]
    # The unit that heat is kept in comes first.
    assert "Accepted: GJ, kWh, " in finding["message_en"]
    assert "无法用于外购热力（purchased_heat）的换算" in finding["message_zh"]


def test_a_refused_unit_hears_of_every_kind_of_unit_that_is_accepted(judged: Judged, tmp_path: Path) -> None:
    row = {"activity_type": "natural_gas_stationary", "unit": "p.km"}
    (message,) = errors(judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", row)))["message_en"]
    assert "Natural gas, stationary (natural_gas_stationary)" in message
    assert {"Nm3", "GJ", "t", "m3"} <= set(message.partition("Accepted: ")[2].partition(". To")[0].split(", "))


def test_refused_unit_lists_the_accepted_ones(judged: Judged, tmp_path: Path) -> None:
    path = write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {"unit": "kg"}, {"unit": "kwH"})
    connected, unknown = errors(judged(path))["message_en"].to_list()
    assert "grid_electricity" in connected
    assert "Accepted: MWh, kWh, " in connected
    assert "Did you mean kWh?" in unknown
    for shown in ("GJ", "MMBtu, therm", "…"):
        assert shown in connected


def test_the_list_of_accepted_units_is_not_cut(judged: Judged, tmp_path: Path) -> None:
    changes = {"activity_type": "natural_gas_stationary", "unit": "gal"}
    finding = errors(judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", changes))).row(0, named=True)
    for unit in ("therm", "short ton", "10^4 Nm3", "ccf"):
        assert unit in finding["message_en"]
        assert unit in finding["message_zh"]


@pytest.mark.parametrize("unit", ["度", "万度"])
def test_a_degree_of_gas_is_no_kilowatt_hour(unit: str, judged: Judged, tmp_path: Path) -> None:
    """A degree of electricity is a kilowatt-hour, but the degrees of a gas bill are cubic metres."""
    changes = [{"unit": unit}, {"unit": unit, "activity_type": "natural_gas_stationary"}]
    result = judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", *changes))
    assert errors(result).select("source_row", "rule", "column_name", "source_value").rows() == [
        (3, "ambiguous_unit", "unit", unit)
    ]
    assert counts(result) == (2, 1)
    finding = errors(result).row(0, named=True)
    assert "Natural gas, stationary (natural_gas_stationary)" in finding["message_en"]
    assert "天然气（固定源）（natural_gas_stationary）" in finding["message_zh"]


def test_a_negative_reading_hears_every_way_out_of_it(judged: Judged, tmp_path: Path) -> None:
    finding = errors(judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {"quantity": "-1"})))
    for message in ("message_en", "message_zh"):
        assert "exported_electricity" in finding[message][0]
        assert "exported_heat" in finding[message][0]


def test_ambiguous_name_lists_its_candidates(judged: Judged, tmp_path: Path) -> None:
    path = write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {"activity_type": "柴油"})
    finding = errors(judged(path)).row(0, named=True)
    assert "diesel_mobile, diesel_stationary" in finding["message_en"]
    assert "diesel_mobile, diesel_stationary" in finding["message_zh"]


def test_rounding_is_recorded_and_accepted(judged: Judged, tmp_path: Path) -> None:
    result = judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {"quantity": "0.1234567895"}))
    assert result.rows["energy_ledger"]["quantity"].to_list() == [Decimal("0.123456790")]
    found = result.findings.select("rule", "severity", "column_name", "source_value").rows()
    assert found == [("quantity_rounded", "info", "quantity", "0.1234567895")]


def test_dates_beside_the_period_are_a_warning(judged: Judged, tmp_path: Path) -> None:
    result = judged(write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", {"period": "2024-05"}))
    assert result.findings.select("rule", "severity").rows() == [("dates_outside_period", "warning")]
    assert counts(result) == (1, 0)


def test_files_of_one_run_keep_their_own_accounting(judged: Judged, tmp_path: Path) -> None:
    first = write_feed(tmp_path / "energy_ledger-a.csv", "energy_ledger", {}, {"unit": "?"})
    second = write_feed(tmp_path / "能源台账-b.csv", "energy_ledger", {}, {}, {"period": "?"})
    result = judged(first, second)
    assert result.sheets.select("submission_id", "rows_in", "rows_rejected").rows() == [
        ("energy_ledger-a.csv", 2, 1),
        ("能源台账-b.csv", 3, 1),
    ]
    assert errors(result).select("submission_id", "source_row").rows() == [
        ("energy_ledger-a.csv", 3),
        ("能源台账-b.csv", 4),
    ]


@pytest.mark.parametrize(
    ("name", "feed"),
    [
        ("energy_ledger", "energy_ledger"),
        ("Energy_Ledger-2024-03", "energy_ledger"),
        ("能源台账-三月", "energy_ledger"),
        ("采购", "procurement"),
        ("energy_ledger2", None),
        ("my energy_ledger", None),
    ],
)
def test_feed_of_a_name(name: str, feed: str | None) -> None:
    found = feed_of_name(name)
    assert (found.name if found else None) == feed


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_every_spelling_of_a_header_is_accepted(feed: Feed, judged: Judged, tmp_path: Path) -> None:
    good = GOOD_ROWS[feed.name]
    for spelling in ("zh", "bilingual_header"):
        header = [getattr(feed.by_name[name], spelling) for name in good]
        path = write_csv(tmp_path / f"{feed.name}-{spelling}.csv", [header, list(good.values())])
        assert errors(judged(path)).is_empty()
    assert feed.match_header(" Period ") == feed.match_header("PERIOD") == feed.match_header("period*")
    assert feed.match_header("单位（必填）") == "unit"


def test_messages_have_both_languages_and_the_same_placeholders() -> None:
    for rule in RULES.values():
        assert rule.en
        assert any("\u4e00" <= character <= "\u9fff" for character in rule.zh)
        english, chinese = (
            {re.sub("_(en|zh)$", "", name) for name in PLACEHOLDER.findall(text)} for text in (rule.en, rule.zh)
        )
        assert english == chinese, rule.code
