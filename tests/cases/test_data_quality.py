"""Published data quality: levels, score and grade of emission sources, and what they weigh in the inventory."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from .conftest import Replay, same
from .workspaces import Row, published, slug

CASES = published("data_quality_scores")


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["case_id"])
def test_score_and_grade_of_a_source(row: Row, replay: Callable[[str], Replay]) -> None:
    ((*levels, score, grade),) = replay("AR6").rows(
        "select activity_data_level, factor_level, calibration_level, score, grade from data_quality"
        " where activity_type = ?",
        f"case_{slug(row['case_id'])}",
    )
    assert levels == [int(row[f"{name}_level"]) for name in ("activity", "factor", "calibration")]
    assert same(score, row)
    assert grade == row["grade"]


def test_scores_are_weighted_by_emissions(replay: Callable[[str], Replay]) -> None:
    """Every source emits one tonne: the weighted score is the plain mean, the shares by grade are counts."""
    ((score, shared_out, *shares),) = replay("AR6").rows(
        "select score, scored_share, excellent_share, good_share, fair_share, poor_share from data_quality_summary"
        " where year = 2024 and scope = 1"
    )
    tonnes = replay("AR6").value(
        "select co2e_t from annual_inventory where year = 2024 and scope = 1 and basis = 'calculated'"
    )
    assert abs(score - sum(Decimal(row["expected"]) for row in CASES) / len(CASES)) < Decimal("0.000001")
    assert abs(shared_out * tonnes - len(CASES)) < Decimal("0.000001")
    counted = [sum(row["grade"] == grade for row in CASES) for grade in ("excellent", "good", "fair", "poor")]
    assert [round(share * tonnes, 6) for share in shares] == counted
