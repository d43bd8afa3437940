"""Product footprints: those of suppliers in as emission factors, the own one out, both as PACT records."""

from __future__ import annotations

import csv
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_contracts.declarations.footprints import FACTOR_UNITS, SPECIFICATION
from data_contracts.judging.footprints import problems
from orchestration.reporting.reading import NotPublished

if TYPE_CHECKING:
    import duckdb

# kg per declared unit = kg per kW x kW per declared unit, to six decimals, half up; in SQL like every figure.
QUERY = """
    select
        cast(round(
            cast(sum(co2e_kg_per_kw) as decimal(24, 12)) * cast(? as decimal(12, 6)), 6
        ) as decimal(38, 6)) as co2e_kg,
        cast(sum(co2e_kg_per_kw) as decimal(38, 6)) as co2e_kg_per_kw,
        max(output_mw) as output_mw
    from product_footprints
    where year = ?
    having count(*) > 0
"""
FACTOR_COLUMNS = (
    "factor_id", "activity_type", "stage", "scope", "ghg_protocol_category", "iso_14064_category", "geography",
    "valid_from", "valid_to", "per_unit", "co2e_kg", "gwp_set", "data_year", "publication", "published_on", "licence",
    "source",
)  # fmt: skip
GWP_SETS = ("AR6", "AR5", "AR4", "SAR")


class NotAFootprint(Exception):
    """A file or record that is none, with all that is wrong."""


def read_records(path: Path) -> list[Mapping[str, Any]]:
    """The sound records of a JSON file: one, a list, or a list under `data`. Raises NotAFootprint, OSError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise NotAFootprint(f"{path} is no JSON: {error}") from None
    if isinstance(content, dict) and isinstance(content.get("data"), list):
        content = content["data"]
    records = content if isinstance(content, list) else [content]
    found = [f"{position}: {said}" for position, record in enumerate(records, 1) for said in problems(record)]
    if found or not records:
        raise NotAFootprint("\n".join([f"{path}: no product footprint of PACT {SPECIFICATION}.", *found]))
    return records


def factor_rows(records: Sequence[Mapping[str, Any]], activity_type: str, supplier: str) -> list[dict[str, str]]:
    """Rows of reference/emission_factors.csv: each footprint without biogenic uptake, for purchases of this supplier.

    A footprint is that of its declared unit, which is an amount (of 12 litres): the factor is of one unit of measure.
    Raises NotAFootprint for a declared unit that no factor can have, and for a record that its maker has withdrawn.
    """
    rows = []
    for record in records:
        pcf = record["pcf"]
        if record["status"] == "Deprecated":
            raise NotAFootprint(
                f"{record['id']}: deprecated; ask the supplier for its successor / 已作废，请索取新版本"
            )
        unit = FACTOR_UNITS.get(pcf["declaredUnitOfMeasurement"])
        if unit is None:
            declared = pcf["declaredUnitOfMeasurement"]
            raise NotAFootprint(f"{record['id']}: a factor cannot be declared per {declared} / 因子不支持该申报单位")
        first = record.get("validityPeriodStart") or pcf["referencePeriodStart"]
        last = record.get("validityPeriodEnd") or ""
        rows.append(
            dict(
                zip(
                    FACTOR_COLUMNS,
                    (
                        f"pact:{record['id']}", activity_type, "direct", "3", "1", "4", supplier, first[:10], last[:10],
                        unit, _of_one(pcf["pcfExcludingBiogenicUptake"], pcf["declaredUnitAmount"]),
                        next((gwp for gwp in GWP_SETS if gwp in pcf["ipccCharacterizationFactors"]), ""),
                        pcf["referencePeriodStart"][:4],
                        f"{record['companyName']}: {record['productNameCompany']}, PACT {record['specVersion']}",
                        record["created"][:10], "supplier", record["id"],
                    ),
                    strict=True,
                )
            )
        )  # fmt: skip
    return rows


def _of_one(footprint: str, amount: str) -> str:
    """The footprint of one unit of measure, to the nine decimals that a factor has, half up."""
    from decimal import ROUND_HALF_UP, Decimal, localcontext

    if Decimal(amount) == 1:
        return footprint
    with localcontext() as context:
        context.prec = 50
        return f"{(Decimal(footprint) / Decimal(amount)).quantize(Decimal('1e-9'), ROUND_HALF_UP):f}"


def write_rows(rows: Sequence[Mapping[str, str]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FACTOR_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def own_record(
    marts: duckdb.DuckDBPyConnection, product: Mapping[str, Any], year: int, release_id: str, created: datetime
) -> dict[str, Any]:
    """The footprint of a product as a record: what the ledger knows over what its maker says of it.

    product: `power_kw` of a declared unit, and `footprint`: the fields of the record that no ledger knows (mass, carbon
    content, ids, standards, what was left out). marts: a connection whose schema is `marts`. Raises NotPublished for a
    year without output in MW, NotAFootprint where fields are missing or wrong.
    """
    from decimal import Decimal, InvalidOperation

    given = product.get("footprint")
    try:
        power = Decimal(str(product.get("power_kw")))
    except InvalidOperation:
        power = Decimal(0)
    if not isinstance(given, Mapping) or power <= 0:
        raise NotAFootprint("The product needs `power_kw`, above 0, and `footprint` / 缺少 power_kw 或 footprint")
    found = marts.execute(QUERY, [str(power), year]).fetchone()
    if found is None:
        raise NotPublished(f"There is no output in MW of {year} (business metric production_mw).")
    per_unit, per_kw, output = found
    (name, gwp_set, method) = marts.execute("select name, gwp_set, target_scope2_method from organization").fetchone()  # type: ignore[misc]
    known = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{release_id}/{year}/{given.get('productIds')}/{power}")),
        "specVersion": SPECIFICATION,
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": "Active",
        "companyName": name,
        "comment": f"{per_kw:f} kg CO2e per kW x {power:f} kW. Average over {output:f} MW of the year; release"
        f" {release_id}.",
    }
    known_pcf = {
        "referencePeriodStart": f"{year}-01-01T00:00:00Z",
        "referencePeriodEnd": f"{year + 1}-01-01T00:00:00Z",
        "pcfExcludingBiogenicUptake": f"{per_unit:f}",
        "pcfIncludingBiogenicUptake": f"{per_unit:f}",
        "fossilGhgEmissions": f"{per_unit:f}",
        "ipccCharacterizationFactors": [gwp_set],
        "allocationRulesDescription": "Scope 1, Scope 2 and Scope 3 categories 1, 3, 4 and 5 of the organisation over"
        " its output in kW; other categories are unallocated.",
        "boundaryProcessesDescription": f"Cradle to gate; Scope 2 {method}-based. Biogenic uptake is not quantified.",
    }
    record = {**given, **known, "pcf": {**(given.get("pcf") or {}), **known_pcf}}
    found_wrong = problems(record)
    if found_wrong:
        raise NotAFootprint("\n".join(["The product's record would be no footprint.", *found_wrong]))
    return record
