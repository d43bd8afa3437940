"""What a verifier does with whole runs: walk lines back, perform them again, draw a sample, take its outcome in."""

import hashlib
import html
import json
import re
from collections.abc import Callable
from decimal import Decimal

import duckdb
import pytest

from orchestration import tracing
from orchestration.workspace import Workspace

from .conftest import Company

# --- trace ----------------------------------------------------------------------------------------------------------

# Quantity, factor, share (where it is not 1) and emissions of a line, as its product in words has them.
PRODUCT = re.compile(
    r"^([\d.-]+) \S+ x ([\d.-]+) kg CO2e/\S+(?: = ([\d.-]+) kg CO2e; x ([\d.-]+))? = ([\d.-]+) kg CO2e"
)
TWELVE = Decimal(1).scaleb(-12)


@pytest.fixture(scope="module", params=["company", "sangle", "ja_solar"])
def traced(request) -> list[tracing.Trace]:
    """One line of each factor, unit and conversion of a run."""
    run: Company = request.getfixturevalue(request.param)
    lines = run.rows("select min(emission_id) from emissions group by factor_row_id, factor_table, unit, unit_bridge")
    with duckdb.connect(str(run.database), read_only=True) as connection:
        connection.execute("set schema = 'marts'")
        return tracing.traces(
            Workspace.open(run.root), connection, "list_contains(?, emission_id)", [[line for (line,) in lines]]
        )


def test_a_calculator_confirms_every_product_and_every_factor(traced: list[tracing.Trace]) -> None:
    in_numbers = 0
    for trace in traced:
        quantity, factor, gross, share, emissions = PRODUCT.match(trace.line["formula_en"]).groups()
        assert Decimal(quantity) == trace.line["quantity"]
        assert Decimal(emissions) == trace.line["co2e_kg"]
        if gross is None:
            assert Decimal(quantity) * Decimal(factor) == Decimal(emissions)
        else:
            assert Decimal(quantity) * Decimal(factor) == Decimal(gross)
            assert abs(Decimal(gross) * Decimal(share) - Decimal(emissions)) <= abs(Decimal(quantity)) * 8 * TWELVE
        if trace.in_numbers:
            in_numbers += 1
            outcome = tracing.calculated(trace.in_numbers).quantize(TWELVE, "ROUND_HALF_UP")
            assert outcome == trace.line["factor_kgco2e_per_unit"], trace.in_numbers
    assert in_numbers >= 3


def test_the_delivered_cells_say_the_quantity_of_the_line(traced: list[tracing.Trace]) -> None:
    read = 0
    for trace in traced:
        if trace.line["feed"] == "estimate":
            assert trace.rows == []
            continue
        delivered = trace.rows[0]
        assert hashlib.sha256(delivered.archived.read_bytes()).hexdigest() == delivered.sha256
        texts = [re.sub(r"[,，\s]", "", cell.text or "") for cell in delivered.cells]
        if trace.line["given_unit"] != "t.km":  # of a purchase's freight: mass x distance
            numbers = {Decimal(text) for text in texts if re.fullmatch(r"-?\d+(\.\d+)?", text)}
            assert trace.line["given_quantity"] in numbers, delivered
            read += 1
    assert read >= 3


def test_a_line_is_walked_back_by_hand(sangle: Company, helioledger: Callable, tmp_path) -> None:
    """Petrol in March: 1.789 t of the year, 31 of 365 days, x 44.8 GJ/t x 0.0189 tC/GJ x 0.98 x 44/12."""
    figure = ["--facility", "jinan", "--period", "2019-03", "--scope", "1"]
    said = helioledger("trace", "--workspace", sangle.root, *figure)
    assert said.returncode == 0, said.stderr
    for expected in (
        "Product: 0.151942 t x 3042.5472 kg CO2e/t = 462.2907066624 kg CO2e.",
        "Factor in numbers: 1000 × (44.8 × 1000 / 1000) × (0.0189 × 0.98 × 44 / 12) = 3042.5472",
        "    消耗量: 1.789",
        "All lines of this activity: 12 lines, 1.789 t",
        "2019-12/sangle/energy_ledger.xlsx 能源台账 3 (SHA-256",
        "Sum of the lines 2.399179797834306461387 t CO2e;"
        " published in facility_emissions 2.399179797834306461387 t CO2e",
    ):
        assert expected in said.stdout
    in_chinese = helioledger("trace", "--workspace", sangle.root, *figure, "--language", "zh").stdout
    assert "算式: 0.151942 t × 3042.5472 kg CO2e/t = 462.2907066624 kg CO2e。因子：数量 × 低位发热量 ×" in in_chinese

    written = helioledger("trace", "--workspace", sangle.root, *figure, "--output", tmp_path)
    assert written.returncode == 0, written.stderr
    (source,) = (tmp_path / "sources").iterdir()
    listed = json.loads((tmp_path / "trace.json").read_text(), parse_float=Decimal)
    emissions = [line["co2e_kg"] for line in listed["lines"]]
    assert emissions == [Decimal("1936.889091171906461387"), Decimal("462.2907066624")]
    assert listed["lines"][1]["delivered_rows"][0]["source"] == f"sources/{source.name}"
    assert hashlib.sha256(source.read_bytes()).hexdigest() == listed["lines"][1]["submission_sha256"]
    page = (tmp_path / "trace.html").read_text()
    assert html.unescape(page).count("1.789") >= 2
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)


def test_an_unknown_line_and_two_methods_at_once_are_refused(sangle: Company, helioledger: Callable) -> None:
    assert helioledger("trace", "--workspace", sangle.root, "nothing").returncode == 1
    assert helioledger("trace", "--workspace", sangle.root).returncode == 2
    both = helioledger("trace", "--workspace", sangle.root, "--period", "2019-03", "--scope", "2")
    assert both.returncode == 2
    assert "--scope2-method" in both.stderr
