"""Sampling by tonnes: the published tables of factors, sizes and limits; selection; evaluation; and how often the limit
holds."""

import csv
import math
import random
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest

from orchestration import sampling
from orchestration.sampling import Item, Population

CASES = Path(__file__).parents[1] / "cases" / "published"


def cases(name: str) -> list[dict[str, str]]:
    with (CASES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_confidence_factors_are_those_of_the_published_table() -> None:
    rows = cases("sampling_confidence_factors")
    assert len(rows) > 30
    for row in rows:
        confidence, over = float(row["confidence"]), int(row["overstatements"])
        factor = sampling.confidence_factor(confidence, over)
        assert factor == pytest.approx(float(row["cumulative_factor"]), abs=1e-6)
        if over:
            increment = factor - sampling.confidence_factor(confidence, over - 1) - 1
            assert increment == pytest.approx(float(row["incremental_minus_one"]), abs=2e-6)
    assert [round(sampling.confidence_factor(0.95, k), 2) for k in range(3)] == [3.0, 4.74, 6.3]


def test_sample_sizes_are_those_of_the_published_table() -> None:
    rows = [row for row in cases("sampling_sizes") if row["likelihood"] == "poisson"]
    assert len(rows) > 150
    for row in rows:
        materiality = float(row["materiality"])
        size = sampling.sample_size(float(row["confidence"]), materiality, float(row["ratio"] or 0) * materiality)
        assert size == int(row["size"]), row
    with pytest.raises(ValueError, match="expected < materiality"):
        sampling.sample_size(0.95, 0.05, 0.05)


def test_upper_deviation_rates_are_those_of_the_published_table() -> None:
    rows = cases("sampling_deviation_rates")
    assert len(rows) > 150
    for row in rows:
        rate = sampling.upper_deviation_rate(float(row["confidence"]), int(row["size"]), int(row["deviations"]))
        assert rate * 100 == pytest.approx(float(row["percent"]), abs=0.1001), row


@pytest.mark.parametrize(
    ("share", "wrong", "size"),
    [(0.01, 0, 299), (0.01, 1, 473), (0.01, 2, 628), (0.05, 3, 153), (0.1, 0, 29), (0.1, 1, 46), (0.1, 2, 61)],
)
def test_the_smallest_attribute_sample_is_the_textbooks(share: float, wrong: int, size: int) -> None:
    """Touw and Hoogduin (2011), page 126: the smallest sample that holds the rate below a share at 95 %."""
    assert sampling.upper_deviation_rate(0.95, size, wrong) <= share
    assert sampling.upper_deviation_rate(0.95, size - 1, wrong) > share


def population(interval: str, total: str = "1000000") -> Population:
    return Population(1, None, 100, Decimal(total), 100, Decimal(interval), Decimal(0))


def item(recorded: str, verified: str, stratum: str = "sampled") -> Item:
    return Item("1", stratum, "x", Decimal(recorded), Decimal(verified))


def test_a_textbook_evaluation() -> None:
    """Interval 12,300; 15,000 found 12,500 as it is; taints 0.6 and 1/3: projected 2,500 + 7,380 + 4,100 = 13,980;
    basic 36,900, increments 0.75 x 7,380 + 0.55 x 4,100 by the printed factors 3.00, 4.75, 6.30: 58,670."""
    found = sampling.evaluate(
        population("12300"),
        [item("15000", "12500", "certain"), item("1000", "400"), item("900", "600"), item("50", "50")],
        0.95,
        0.05,
    )
    assert found.projected_over_t == pytest.approx(13_980)
    assert (found.examined, found.misstated, found.known_t) == (4, 3, 3400)
    printed = 12_300 * (3.0 + 1.75 * 0.6 + 1.55 / 3) + 2_500
    assert printed == pytest.approx(58_670)
    assert found.upper_t == pytest.approx(printed, rel=0.001)
    assert found.lower_t == pytest.approx(12_300 * -math.log(0.05))
    assert not found.is_within  # 58,670 of 50,000
    with pytest.raises(ValueError, match="no verified figure"):
        sampling.evaluate(population("1"), [Item("1", "sampled", "x", Decimal(1))], 0.95, 0.05)


@pytest.mark.parametrize("case", cases("sampling_evaluations"), ids=lambda case: case["case_id"])
def test_evaluations_are_those_of_the_textbooks(case: dict[str, str]) -> None:
    """Errors as recorded:verified. Textbooks compute with factors of two digits: 3.00, 4.75, 6.30."""
    interval, expected = Decimal(case["interval"]), float(case["expected"])
    pairs = [tuple(map(Decimal, error.split(":"))) for error in filter(None, case["errors"].split(";"))]
    items = [Item("1", "certain" if one >= interval else "sampled", "x", one, found) for one, found in pairs]
    found = sampling.evaluate(population(case["interval"]), [*items, item("10", "10")], 0.95, 0.05)
    basic = float(interval) * sampling.confidence_factor(0.95, 0)
    reached = {
        "projected": found.projected_over_t,
        "upper": found.upper_t,
        "basic": basic,
        "incremental": found.upper_t - basic - found.projected_over_t,
    }[case["measure"]]
    assert reached == pytest.approx(expected, abs=0.5 if case["measure"] == "projected" else expected * 0.01)


def test_the_size_by_factors_falls_short_of_the_exact_one() -> None:
    """1,000,000 with 50,000 tolerable and 10,000 expected: 3.0 / (5 % - 1.6 x 1 %) is 88, which does not reach 95 %;
    the tables' 93 do, and 2,500,000 in 93 is an interval of 26,882."""
    by_factors = round(1_000_000 * 3.0 / (50_000 - 1.6 * 10_000))
    assert by_factors == 88
    assert sampling.gamma_probability(1 + 88 * 0.01, 88 * 0.05) < 0.95
    assert sampling.sample_size(0.95, 0.05, 0.01) == 93
    assert round(2_500_000 / 93) == 26_882


def test_understatements_stand_apart_and_without_errors_the_basic_precision_is_left() -> None:
    found = sampling.evaluate(population("100"), [item("10", "15"), item("10", "10")], 0.95, 0.05)
    assert (found.projected_over_t, found.projected_under_t) == (0, pytest.approx(50))
    assert found.upper_t == pytest.approx(299.573227)
    assert found.lower_t == pytest.approx(100 * (2.995732 + (4.743865 - 2.995732) * 0.5), abs=1e-3)
    assert found.is_within


@pytest.fixture
def marts() -> duckdb.DuckDBPyConnection:
    """Ten lines whose tonnes are a textbook's: 7, 3, 4, 9, 0, 1, 8, 2, 6, 5; one is negative."""
    connection = duckdb.connect()
    values = ["7", "3", "4", "9", "0", "1", "8", "2", "6", "5", "-2"]
    listed = ", ".join(f"('{letter}', {value}000)" for letter, value in zip("ABCDEFGHIJK", values, strict=True))
    connection.execute(
        "create table emissions as select letter as emission_id, date '2024-01-01' as period, 'f' as facility_id,"
        " 'gas' as activity_type, 'direct' as stage, 1 as scope, null::varchar as scope2_method,"
        f" kg::decimal(38, 18) as co2e_kg from (values {listed}) as lines (letter, kg)"
    )
    columns = ", ".join(
        f"'-' as {name}" for name in sampling.SHOWN if name not in ("period", "facility_id", "activity_type")
    )
    connection.execute(f"create view emission_trace as select *, {columns} from emissions")
    return connection


def test_a_textbook_selection_by_fixed_intervals(marts) -> None:
    """Five of 45 t, from 2 on: every ninth tonne falls into A, C, G, I; D is as large as an interval."""
    drawn = sampling._select(
        marts, 2024, Population(1, None, 10, Decimal(45), 5, Decimal(9), Decimal(2) / Decimal(9) + Decimal("1e-12"))
    )
    by_stratum = {s: "".join(i.emission_id for i in drawn if i.stratum == s) for s in sampling.STRATA}
    assert by_stratum == {"certain": "D", "sampled": "ACGI", "zero_or_negative": "EK"}


def test_the_seed_gives_the_sample_and_the_workbook_brings_it_back(marts, tmp_path) -> None:
    terms = (Decimal("0.95"), Decimal("0.3"), Decimal(0))
    one = sampling.draw(marts, "r", 2024, [1], *terms, "7")
    assert one == sampling.draw(marts, "r", 2024, [1], *terms, "7")
    assert (
        one.populations[0].start_share != sampling.draw(marts, "r", 2024, [1], *terms, "8").populations[0].start_share
    )
    assert one.populations[0].size == 10
    assert one.populations[0].interval_t == Decimal("4.5")
    path = sampling.write_workbook(one, tmp_path / "sample.xlsx")
    back = sampling.read_workbook(path)
    assert (back.sample_id, back.populations) == (one.sample_id, one.populations)
    key = [(i.population, i.stratum, i.emission_id, i.recorded_t) for i in one.items]
    assert [(i.population, i.stratum, i.emission_id, i.recorded_t) for i in back.items] == key
    assert all(i.verified_t is None for i in back.items)
    with pytest.raises(sampling.NotASample):
        sampling.read_workbook(CASES / "sampling_sizes.csv")
    book = openpyxl.load_workbook(path)
    sheet = book[sampling.SHEET]
    ((header, column),) = (
        (cell.row, cell.column) for row in sheet.iter_rows() for cell in row if str(cell.value).endswith("\nverified_t")
    )
    sheet.cell(header + 2, column, "about ten")
    book.save(path)
    with pytest.raises(sampling.NotASample, match=f"^Row {header + 2}: 'about ten'"):
        sampling.read_workbook(path)


def test_the_limit_holds_in_the_stated_share_of_seeds() -> None:
    """2,000 lines of very different size, a fifth overstated by a tenth to all of it: in 1,000 seeds the limit is below
    the true misstatement in no more than one of twenty."""
    lots = random.Random(13)
    sizes = [lots.lognormvariate(0, 2) for _ in range(2_000)]
    errors = [size * lots.uniform(0.1, 1) if lots.random() < 0.2 else 0.0 for size in sizes]
    interval = sum(sizes) / 60
    certain = sum(error for size, error in zip(sizes, errors, strict=True) if size >= interval)
    rest = [(size, error) for size, error in zip(sizes, errors, strict=True) if size < interval]
    truth, steps = sum(errors), [sampling.confidence_factor(0.95, k) for k in range(62)]
    held = 0
    for seed in range(1_000):
        point, through, taints = random.Random(seed).random() * interval, 0.0, []
        for size, error in rest:
            through += size
            if through > point:
                point += interval
                if error:
                    taints.append(error / size)
        taints.sort(reverse=True)
        limit = steps[0] + sum((steps[k + 1] - steps[k]) * taint for k, taint in enumerate(taints))
        held += certain + interval * limit >= truth
    assert held >= 950
