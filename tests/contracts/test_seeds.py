"""Seeds: every row is the one that was reviewed; and published results follow from the seeds alone."""

import shutil
from pathlib import Path

import polars as pl
import pytest
import yaml

from data_contracts.declarations.vocabulary import SEEDS, read_seed

from .seed_values import KEYS, PINNED, pinned_rows


def changed(seeds: Path = SEEDS) -> set[tuple[str, str]]:
    """seed and key of the rows that are not as reviewed: other values, new or gone."""
    now = {(row["seed"], row["row"]): row for row in pinned_rows(seeds).iter_rows(named=True)}
    reviewed = {
        (row["seed"], row["row"]): {name: text or "" for name, text in row.items()}
        for row in pl.read_csv(PINNED, infer_schema=False).iter_rows(named=True)
    }
    return {key for key in now.keys() | reviewed.keys() if now.get(key) != reviewed.get(key)}


def test_every_row_is_the_one_that_was_reviewed() -> None:
    """After a change that is meant: python -m tests.contracts.seed_values"""
    assert changed() == set()


def test_every_row_has_a_key_of_its_own() -> None:
    assert {path.stem for path in SEEDS.glob("*.csv")} == set(KEYS)
    for name, key in KEYS.items():
        assert read_seed(name).select(key).is_duplicated().sum() == 0, name


def test_the_types_of_every_seed_are_those_of_its_columns_in_the_order_of_the_file() -> None:
    """By place: the materialization of seeds reads no header."""
    declared = yaml.safe_load((SEEDS / "_seeds.yml").read_text(encoding="utf-8"))["seeds"]
    types = {seed["name"]: list(seed["config"]["column_types"]) for seed in declared}
    assert types == {path.stem: pl.read_csv(path, n_rows=0).columns for path in SEEDS.glob("*.csv")}


@pytest.mark.parametrize(
    ("seed", "row", "column", "slip"),
    [
        ("emission_factors", "cn_grid_2022_js", "co2_kg", "0.5987"),
        ("exchange_rates", "CNY | USD | 2015", "rate", "6.2872"),
        ("price_indices", "cpi | CNY | 2019", "value", "94.79486"),
        ("process_gas_parameters", "cn_electronics_2015 | HFC-23 | any | utilisation | ", "value", "0.66"),
        ("units", "kWh", "to_base", "3.96"),
        ("gwp", "AR5 | HFC-227ea", "gwp100", "3530"),
        ("fuel_properties", "cn_other_industry_2015 | anthracite |  | CHN | 2013-01-01", "publication", "another"),
        ("finding_rules", "unknown_file | ", "severity", "warning"),
    ],
)
def test_a_slip_of_a_digit_is_noticed(seed: str, row: str, column: str, slip: str, tmp_path: Path) -> None:
    seeds = shutil.copytree(SEEDS, tmp_path / "seeds")
    key = pl.concat_str([pl.col(name).fill_null("") for name in KEYS[seed]], separator=" | ")
    value = pl.when(key == row).then(pl.lit(slip)).otherwise(column).alias(column)
    read_seed(seed).with_columns(value).write_csv(seeds / f"{seed}.csv")
    assert changed(seeds) == {(seed, row)}


def test_a_row_more_and_a_row_less_are_noticed(tmp_path: Path) -> None:
    seeds = shutil.copytree(SEEDS, tmp_path / "seeds")
    lines = (seeds / "metrics.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    gone = lines.pop(1).split(",")[0]
    lines.append("moons,Moons,月亮,flow\n")
    (seeds / "metrics.csv").write_text("".join(lines), encoding="utf-8")
    assert changed(seeds) == {("metrics", gone), ("metrics", "moons")}
