"""Whose rows a submitter may deliver."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from data_contracts.declarations.problems import ReferenceProblems
from data_contracts.judging.judgement import DeliveredFile, judge

from .conftest import context_of, counts, errors, write_feed

ROWS = ({"facility_id": "ningjin"}, {"facility_id": "yangzhou"})


@pytest.fixture
def refused(workspace: Path, tmp_path: Path) -> Callable[..., list[tuple]]:
    """The rows that are refused of a ledger for two facilities, by path and submitters.csv (None: there is none)."""

    def find(path: str, submitters: str | None) -> list[tuple]:
        table = workspace / "reference" / "submitters.csv"
        table.unlink(missing_ok=True)
        if submitters is not None:
            table.write_text(f"submitter,facilities\n{submitters}\n", encoding="utf-8")
        file = write_feed(tmp_path / "energy_ledger.csv", "energy_ledger", *ROWS)
        result = judge([DeliveredFile(path, file, "submission", "load")], context_of(workspace))
        found = errors(result)
        assert set(found["rule"]) <= {"facility_of_another"}
        assert counts(result) == (2, len(found))
        assert len(result.rows["energy_ledger"]) == 2 - len(found)
        return found.select("source_row", "source_value").rows()

    return find


@pytest.mark.parametrize(
    ("submitters", "expected"),
    [
        (None, []),
        ("NORTH,ningjin;yangzhou", []),
        ("NORTH,", []),
        ("NORTH, ningjin ", [(3, "yangzhou")]),
        ("NORTH,ningjin\nSOUTH,yangzhou", [(3, "yangzhou")]),
        ("SOUTH,yangzhou", [(3, "yangzhou")]),  # NORTH may deliver what is nobody's
        ("SOUTH,", []),
    ],
)
def test_rows_of_another_submitters_facility_are_refused(
    refused: Callable[..., list[tuple]], submitters: str | None, expected: list[tuple]
) -> None:
    assert refused("2024-03/NORTH/energy_ledger.csv", submitters) == expected


def test_a_file_that_is_checked_before_it_is_submitted_has_no_submitter(refused: Callable[..., list[tuple]]) -> None:
    assert refused("energy_ledger.csv", "NORTH,ningjin") == []


def test_the_facilities_of_a_submitter_are_facilities(workspace: Path) -> None:
    (workspace / "reference" / "submitters.csv").write_text("submitter,facilities\nNORTH,ningjin;nowhere\n")
    with pytest.raises(ReferenceProblems, match=r"submitters\.csv, row 2.*nowhere"):
        context_of(workspace)
