"""Traditional Chinese characters and their simplified forms (seeds/name_characters.csv), for `str.translate`."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "seeds" / "name_characters.csv"


@cache
def simplified_characters() -> dict[int, str]:
    """Code point of a traditional character -> its simplified form."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {ord(row["traditional"]): row["simplified"] for row in csv.DictReader(file)}
