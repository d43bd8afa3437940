"""What every row of the seeds says, as a reviewer has agreed to it.

`seed_values.csv` beside this file has one line per row of every seed: its key, its publication and the hash of its
cells. A value that changes changes its line here, so that no slip of a digit goes in unseen. After a meant change:

    python -m tests.contracts.seed_values
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from data_contracts.declarations.vocabulary import SEEDS, read_seed

PINNED = Path(__file__).with_name("seed_values.csv")
KEYS = {
    "activity_types": ["activity_type"],
    "data_quality_grades": ["grade"],
    "data_quality_levels": ["indicator", "class"],
    "disclosure_datapoints": ["framework", "framework_version", "datapoint"],
    "uncertainty_bands": ["quantity", "class"],
    "electricity_markets": ["country"],
    "emission_factors": ["factor_id"],
    "exchange_rates": ["currency", "per_currency", "year"],
    "factor_exclusions": ["factor_id", "geography"],
    "finding_rules": ["rule", "variant"],
    "framework_items": ["framework", "framework_version", "item"],
    "fuel_densities": ["fuel", "geography", "density_unit", "valid_from"],
    "fuel_properties": ["factor_set", "fuel", "use", "geography", "valid_from"],
    "gas_blends": ["blend", "component"],
    "geographies": ["geography"],
    "ghg_protocol_categories": ["ghg_protocol_category"],
    "gwp": ["gwp_set", "gas"],
    "heating_value_ratios": ["carrier_class"],
    "iso_14064_categories": ["iso_14064_category"],
    "metrics": ["metric"],
    "name_answers": ["answer"],
    "name_characters": ["traditional"],
    "name_meanings": ["meaning"],
    "name_words": ["word", "kind", "meaning"],
    "price_indices": ["price_index", "currency", "year"],
    "process_gas_parameters": ["parameter_set", "gas", "process", "parameter", "by_product"],
    "restatement_causes": ["cause", "event_kind"],
    "source_catalogue": ["emission_source"],
    "standard_coal_coefficients": ["activity_carrier"],
    "target_rules": ["rule_id", "valid_from", "alternative", "criterion"],
    "units": ["unit"],
    "vintage_windows": ["market", "claims_from"],
}
# Wording, which no figure follows from.
TEXTS = {
    "finding_rules": ["text_en", "text_zh"],
    "name_answers": ["reason_en", "reason_zh"],
    "source_catalogue": ["name_en", "name_zh"],
    "target_rules": [
        *(f"{text}_{language}" for text in ("name", "arithmetic", "missing", "else") for language in ("en", "zh")),
    ],
}


def seed_rows(name: str, seed: pl.DataFrame) -> Iterator[dict[str, str]]:
    """seed, row (its key), publication (or where it was read) and sha256 (16 hex digits) of each row."""
    for cells in seed.drop(TEXTS.get(name, [])).iter_rows(named=True):
        said = json.dumps(cells, ensure_ascii=False, sort_keys=True)
        yield {
            "seed": name,
            "row": " | ".join(cells[column] or "" for column in KEYS[name]),
            "publication": cells.get("publication") or cells.get("source") or "",
            "sha256": hashlib.sha256(said.encode()).hexdigest()[:16],
        }


def pinned_rows(seeds: Path = SEEDS) -> pl.DataFrame:
    """Every row of every seed of a folder, ordered by seed and key."""
    names = sorted(path.stem for path in seeds.glob("*.csv"))
    rows = [row for name in names for row in seed_rows(name, read_seed(name, seeds))]
    return pl.DataFrame(rows).sort("seed", "row", maintain_order=True)


def main() -> None:
    pinned_rows().write_csv(PINNED)
    print(PINNED)


if __name__ == "__main__":
    main()
