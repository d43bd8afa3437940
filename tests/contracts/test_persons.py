"""Names, telephone numbers and addresses in notes are not quoted in findings."""

from __future__ import annotations

import polars as pl
import pytest

from data_contracts.readers.persons import text_without_persons, without_persons


@pytest.mark.parametrize(
    ("note", "quoted"),
    [
        ("填表人：张三", "填表人：…"),
        ("填表人:张三  审核人:李四  日期:2024-04-02", "填表人：…  审核人：…  日期:2024-04-02"),
        ("审核：李四", "审核：…"),
        ("联系人（设备部）：王五 13800138000", "联系人：… …"),
        ("电话 138-0013-8000", "电话 …"),
        ("电话：0317-5221234，如有疑问请致电", "电话：…，如有疑问请致电"),
        ("Prepared by: Jane Q. Doe, tel. +86 319 580 1234", "Prepared by: …, tel. …"),
        ("Contact person Jane Doe; jane.doe@example.com", "Contact person: …; …"),
        ("call 555-123-4567", "call …"),
        # What is no person stays.
        ("注：以电表读数为准", "注：以电表读数为准"),
        ("注：2024-03-01 起换表，倍率 1200", "注：2024-03-01 起换表，倍率 1200"),
        ("Readings of meter 00123456 from 2024-03-01", "Readings of meter 00123456 from 2024-03-01"),
    ],
)
def test_persons_are_left_out(note: str, quoted: str) -> None:
    assert text_without_persons(note) == quoted
    assert pl.DataFrame({"note": [note]}).select(without_persons(pl.col("note"))).item() == quoted
