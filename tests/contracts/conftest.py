"""A small workspace on disk, and real files written into it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data_contracts.declarations.settings import load_organization
from data_contracts.judging.judgement import Context, DeliveredFile, Judgement, judge
from data_contracts.judging.reference import load_reference

ORGANIZATION = """\
name: Example Solar Co., Ltd.
consolidation_approach: operational_control
gwp_set: AR5
base_year: 2023
currency: CNY
target_scope2_method: market
"""

FACILITIES = "facility_id,name,country\nningjin,Ningjin plant,CHN\nyangzhou,Yangzhou plant,CHN\n"

ACTIVITY_TYPES = (
    "activity_type,name_en,name_zh,source_class,method,canonical_unit\n"
    "solar_glass,Solar glass,光伏玻璃,purchased_goods,emission_factor,t\n"
    "office_services,Office services,办公服务,purchased_services,emission_factor,CNY\n"
)

# One sound row per feed, by canonical column.
GOOD_ROWS: dict[str, dict[str, str]] = {
    "energy_ledger": {
        "period": "2024-03",
        "facility_id": "ningjin",
        "activity_type": "grid_electricity",
        "quantity": "1234.5",
        "unit": "MWh",
        "start_date": "2024-03-01",
        "end_date": "2024-03-31",
        "meter_id": "E1",
        "supplier": "State Grid",
        "opening_stock": "",
        "received": "",
        "closing_stock": "",
        "temperature_c": "",
        "enthalpy_kj_per_kg": "",
        "data_quality": "measured",
        "source_document": "DL-1",
        "remark": "",
    },
    "invoices": {
        "invoice_number": "24372000000012345678",
        "invoice_date": "2024-04-05",
        "supplier": "State Grid",
        "facility_id": "ningjin",
        "activity_type": "grid_electricity",
        "service_start": "2024-03-01",
        "service_end": "2024-03-31",
        "quantity": "1234500",
        "unit": "kWh",
        "net_amount": "100.00",
        "tax_amount": "13.00",
        "gross_amount": "113.01",
        "currency": "CNY",
        "meter_id": "",
        "corrects_invoice_number": "",
        "remark": "",
    },
    "procurement": {
        "document_number": "4500012345",
        "line_number": "10",
        "posting_date": "2024-03-15",
        "facility_id": "yangzhou",
        "supplier_id": "S-1001",
        "activity_type": "solar_glass",
        "quantity": "12.5",
        "unit": "t",
        "net_amount": "25000",
        "currency": "CNY",
        "supplier_factor_kgco2e_per_unit": "",
        "supplier_factor_includes_transport": "",
        "transport_mode": "road",
        "transport_distance_km": "850",
        "transported_mass_t": "12.5",
        "remark": "",
    },
    "activity_log": {
        "record_id": "R-1",
        "start_date": "2024-03-05",
        "end_date": "",
        "facility_id": "ningjin",
        "activity_type": "fugitive_r410a",
        "quantity": "3.2",
        "unit": "kg",
        "factor_kgco2e_per_unit": "",
        "payer": "",
        "process": "",
        "counterparty": "",
        "data_quality": "measured",
        "source_document": "",
        "remark": "",
    },
    "production": {
        "period": "2024-03",
        "facility_id": "ningjin",
        "workshop": "Cell 1",
        "product": "PERC cell",
        "quantity": "120.5",
        "unit": "MW",
    },
    "energy_instruments": {
        "instrument_id": "GEC-2024-0001",
        "instrument_type": "gec",
        "vintage_start": "2024-01-01",
        "vintage_end": "2024-12-31",
        "country": "CHN",
        "quantity": "5000",
        "unit": "MWh",
        "claim_start": "2024-01-01",
        "claim_end": "2024-12-31",
        "retired_on": "2025-01-15",
        "facility_id": "ningjin",
        "factor_kgco2e_per_kwh": "0",
        "tracking_id": "",
        "registry": "",
        "project": "",
        "serial": "",
        "beneficiary": "",
        "remark": "",
        "technology": "wind",
        "commissioned_on": "2021-06-30",
        "grid_region": "",
        "generated_from": "",
        "generated_to": "",
        "tradable": "yes",
        "contract_date": "",
        "retired_for_year": "2024",
    },
    "business_metrics": {
        "period": "2024",
        "metric": "revenue",
        "value": "815.56",
        "unit": "10^8 CNY",
        "facility_id": "",
    },
}


def write_csv(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def write_feed(path: Path, feed: str, *changes: dict[str, str]) -> Path:
    """A CSV of a feed: its good row, once per set of changes (an empty set: the good row itself)."""
    rows = [{**GOOD_ROWS[feed], **change} for change in changes]
    return write_csv(path, [list(GOOD_ROWS[feed]), *(list(row.values()) for row in rows)])


def write_xlsx(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for index, row in enumerate(rows):
                sheet.write_row(index, 0, row)
    return path


SUBMITTERS = "submitter,facilities\nbase,\nningjin,\nguest,yangzhou\n"


def build_workspace(root: Path) -> Path:
    (root / "reference").mkdir(parents=True)
    (root / "organization.yml").write_text(ORGANIZATION, encoding="utf-8")
    (root / "reference" / "facilities.csv").write_text(FACILITIES, encoding="utf-8")
    (root / "reference" / "activity_types.csv").write_text(ACTIVITY_TYPES, encoding="utf-8")
    return root


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return build_workspace(tmp_path / "workspace")


def context_of(workspace: Path) -> Context:
    return Context.build(workspace, load_organization(workspace), load_reference(workspace))


def corpus_context(root: Path) -> Context:
    """Of the example workspace, with submitters."""
    build_workspace(root)
    (root / "reference" / "submitters.csv").write_text(SUBMITTERS, encoding="utf-8")
    return context_of(root)


@pytest.fixture(scope="session")
def shared_context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The context of the example workspace, built once."""
    return corpus_context(tmp_path_factory.mktemp("shared") / "workspace")


def judge_paths(context: Context, *paths: Path) -> Judgement:
    files = [
        DeliveredFile(
            path=f"2024-03/base/{path.name}", location=path, submission_id=path.name, load_id=f"load-{path.name}"
        )
        for path in paths
    ]
    return judge(files, context)


@pytest.fixture
def judged(shared_context: Context) -> Callable[..., Judgement]:
    return lambda *paths: judge_paths(shared_context, *paths)


def errors(judgement: Judgement) -> pl.DataFrame:
    return judgement.findings.filter(pl.col("severity") == "error")


def counts(judgement: Judgement) -> tuple[int, int]:
    """Rows in and rows rejected, over all sheets."""
    return int(judgement.sheets["rows_in"].sum()), int(judgement.sheets["rows_rejected"].sum())


def judge_each(context: Context, paths: dict[str, Path]) -> dict[str, Judgement]:
    """What comes of each file when all are judged in one run, as the files of one month are."""
    files = [DeliveredFile(f"2024-03/base/{path.name}", path, name, f"load-{name}") for name, path in paths.items()]
    together = judge(files, context)

    def of(frame: pl.DataFrame, name: str) -> pl.DataFrame:
        return frame.filter(pl.col("submission_id") == name)

    return {
        name: Judgement(
            {feed: of(rows, name) for feed, rows in together.rows.items()},
            of(together.findings, name),
            of(together.sheets, name),
        )
        for name in paths
    }
