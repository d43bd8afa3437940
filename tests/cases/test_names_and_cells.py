"""Names, cells and rows of ledgers, as peers read them and as the product reads them; numbers as they are printed."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from data_contracts.declarations.vocabulary import Vocabulary
from data_contracts.readers import parsing
from orchestration.console import rounded

from .conftest import Replay
from .workspaces import Row, published


def case_id(row: Row) -> str:
    return row["case_id"]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.build({})


@pytest.mark.parametrize("row", published("fuel_names"), ids=case_id)
def test_fuel_name(row: Row, vocabulary: Vocabulary) -> None:
    """A name is never guessed: it resolves, or the message lists the types of its fuels, or it is unknown."""
    answer = vocabulary.resolve_activity_type(pl.Series([row["name"]])).row(0, named=True)
    match row["product_rule"]:
        case "resolved":
            assert answer["value"] == row["product_answer"]
        case "candidates":
            assert answer["fault"] == "ambiguous_activity_type"
            types = vocabulary.activity_types.filter(pl.col("activity_type").is_in(answer["candidates"].split(", ")))
            assert set(types["fuel"]) == set(row["product_answer"].split(";"))
        case _:
            assert (answer["value"], answer["fault"]) == (None, "unknown_activity_type")


NAMES = [row for row in published("fuel_names") if row["product_rule"] != "resolved" and row["peer_match"] == "alias"]


def test_a_workspace_teaches_its_names() -> None:
    """What the seeds refuse or leave open, an alias of the workspace's own type resolves."""
    own = pl.DataFrame(
        {
            "activity_type": [f"own_{position}" for position in range(len(NAMES))],
            "aliases": [row["name"] for row in NAMES],
            "source_class": "stationary_combustion",
            "method": "fuel_combustion",
            "canonical_unit": "t",
            "fuel": "diesel",
        }
    )
    taught = Vocabulary.build({"activity_types": own})
    resolved = taught.resolve_activity_type(pl.Series([row["name"] for row in NAMES]))
    assert resolved["value"].to_list() == own["activity_type"].to_list()


def parse(kind: str, text: str | None) -> tuple[object, str | None]:
    cells = pl.DataFrame({"text": [text or None]}, schema={"text": pl.String})
    cells = cells.select(parsing.nothing_to_null(pl.col("text")))["text"]
    frame = parsing.dates(cells, pl.Series([False])) if kind == "date" else parsing.numbers(cells)
    row = frame.row(0, named=True)
    return row["value"], row["fault"]


@pytest.mark.parametrize("row", published("cells"), ids=case_id)
def test_cell(row: Row) -> None:
    """The product's answer; a date that reads in two ways is refused where the peer assumes the American order."""
    value, fault = parse(row["kind"], row["text"])
    if row["product_answer"] == "ambiguous_date":
        assert (value, fault) == (None, "ambiguous_date")
        return
    typed = date.fromisoformat if row["kind"] == "date" else Decimal
    expected = typed(row["product_answer"]) if row["product_answer"] else None
    assert (value, fault) == (expected, None)


def test_where_the_peer_differs() -> None:
    differing = {row["case_id"] for row in published("cells") if row["peer_answer"] != row["product_answer"]}
    assert differing == {"PX-date-03", "PX-date-07", "PX-date-11", "PX-num-05"}


@pytest.mark.parametrize("row", published("refused_rows"), ids=case_id)
def test_refused_row(row: Row, replay: Callable[[str], Replay]) -> None:
    run = replay("AR5")
    assert run.lines(row["case_id"]) == []
    assert row["finding"] in run.findings(row["case_id"])


@pytest.mark.parametrize("row", published("spikes"), ids=case_id)
def test_unusual_month(row: Row, replay: Callable[[str], Replay]) -> None:
    """Three standard deviations from at least six other months; too little history says nothing."""
    months = len(list(filter(None, row["history"].split(";")))) + 1
    found = replay("AR5").rows(
        "select extract(month from period) from findings where rule = 'unusual_quantity' and facility_id = ?",
        f"at_{row['case_id'].lower().replace('-', '_')}",
    )
    assert found == ([(months,)] if row["unusual"] == "yes" else [])


@pytest.mark.parametrize("row", published("rounding"), ids=case_id)
def test_printed_number(row: Row) -> None:
    """Half up, away from zero, and only where a report prints."""
    printed = rounded(Decimal(row["numerator"]) / Decimal(row["denominator"]), int(row["places"]))
    assert Decimal(printed.replace(",", "")) == Decimal(row["expected"])
