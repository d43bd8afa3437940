"""The pages say what the code does."""

from __future__ import annotations

import pytest

from data_contracts.answers.documentation import PAGE, render_contracts
from data_contracts.declarations.feeds import FEEDS
from data_contracts.declarations.reference_tables import TABLES, ReferenceTable
from data_contracts.declarations.reference_texts import COLUMN_TEXTS, TABLE_TEXTS, text_of


def test_contracts_page_is_rendered_from_the_declarations() -> None:
    """After a change: python -m data_contracts.answers.documentation"""
    assert PAGE.read_text(encoding="utf-8") == render_contracts()


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_and_column_is_explained_in_both_languages(table: ReferenceTable) -> None:
    assert all(TABLE_TEXTS[table.name])
    for column in table.columns:
        text = text_of(table.name, column.name)
        assert text.description
        assert any("\u4e00" <= character <= "\u9fff" or character.isdigit() for character in text.description_zh)
        assert text.example or column.name == "remark"
        assert not column.values or set(text.example.split(";")) <= set(column.values)


def test_no_explanation_is_left_over() -> None:
    columns = {column.name for table in TABLES.values() for column in table.columns}
    columns |= {f"{table.name}.{column.name}" for table in TABLES.values() for column in table.columns}
    assert set(COLUMN_TEXTS) <= columns
    assert set(TABLE_TEXTS) == set(TABLES)


def test_every_feed_and_column_stands_on_the_page() -> None:
    page = render_contracts()
    for feed in FEEDS.values():
        assert f"\n### {feed.name}\n" in page
        assert f"{feed.zh}, version {feed.version}. {feed.description}\n{feed.description_zh}" in page
        for column in feed.columns:
            assert f" {column.zh} | " in page
            assert column.description_zh in page
