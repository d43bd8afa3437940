"""The contracts as a page: every feed and reference table, its columns, units and rules, in English and Chinese.

`python -m data_contracts.answers.documentation` writes docs/contracts.md; a test compares it with the declarations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from data_contracts.declarations.feeds import FAULTS, FEEDS, Column, Feed
from data_contracts.declarations.reference_tables import FAULTS as REFERENCE_FAULTS
from data_contracts.declarations.reference_tables import HEADERS_ZH, TABLES, ReferenceColumn, ReferenceTable
from data_contracts.declarations.reference_texts import TABLE_TEXTS, text_of
from data_contracts.declarations.rules import PLACEHOLDER, RULES
from data_contracts.declarations.vocabulary import read_seed
from data_contracts.readers.delivered_files import EXTENSIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "contracts.md"

FEED_KINDS = {
    "text": ("text", "文本"),
    "number": ("decimal(22,9)", "小数(22,9)"),
    "date": ("date", "日期"),
    "period": ("month, quarter, half-year or year", "月份、季度、半年或年份"),
    "facility": ("facility", "设施"),
    "activity_type": ("activity type", "活动类型"),
    "unit": ("unit", "单位"),
    "currency": ("ISO 4217", "ISO 4217 币种"),
    "choice": ("one of", "可选值"),
    "name": ("name, known", "名称，已知"),
}
TABLE_KINDS = {
    "text": ("text", "文本"),
    "decimal": ("decimal(28,12)", "小数(28,12)"),
    "conversion": ("decimal(38,18)", "小数(38,18)"),
    "tonnes": ("decimal(22,9)", "小数(22,9)"),
    "date": ("date", "日期"),
    "integer": ("whole number", "整数"),
    "boolean": ("true, false", "true、false"),
    "choice": ("one of", "可选值"),
    "country": ("ISO 3166 alpha-3", "ISO 3166 三位代码"),
}
WORD_KINDS = {
    "substance": "物质",
    "change": "改变",
    "use": "用途",
    "event": "事件",
    "state": "状态",
    "place": "地点",
    "form": "形态",
    "charge": "费用",
}
UNITS = {"unit": "`unit`", "currency": "`currency`"}


def render_contracts() -> str:
    """docs/contracts.md."""
    blocks = [
        "# Data contracts / 数据合同",
        "Made by `python -m data_contracts.answers.documentation` from data_contracts/declarations/; "
        "a test compares the two. What becomes of a file that breaks them: [intake.md](intake.md).\n"
        "本页由合同声明自动生成，并由测试比对。文件不符合合同时的处理见 intake.md。",
        "**Bold** columns are required. Any listed header is accepted, in either language or as `中文 english`; case, "
        "width, white space, `_`, `-` and `*` do not matter, nor does a remark in brackets; a unit in brackets is read "
        "(用电量（万kWh）). Facilities, activity types and choices may be written as in the templates, with the name "
        "behind the code (grid_electricity 外购电力).\n"
        "**粗体**列必填。表头可用所列任一写法；大小写、全半角、空格、下划线和括号内备注不影响识别，"
        "括号内的单位会被读取。设施、活动类型和可选值也可按模板写成“代码 名称”。",
        *_names(),
        "## Feeds / 数据类型",
        f"Files: `FEED` or `FEED-anything` with {', '.join(EXTENSIONS)}; a workbook with any other name holds sheets "
        "named by feed.",
        _table(
            ("feed", "数据类型", "version", "description", "说明"),
            ((f"[{f.name}](#{f.name})", f.zh, f.version, f.description, f.description_zh) for f in FEEDS.values()),
        ),
        *(block for feed in FEEDS.values() for block in _feed(feed)),
        "## Reference tables / 参考表",
        "CSV files in `reference/`, one per table. An optional column may be absent. Lists are separated by `;`, "
        "shares are fractions.\n`reference/` 中的 CSV 文件，每表一个。非必填列可省略；列表用分号分隔，份额用小数表示。",
        _table(
            ("table", "参考表", "version", "description", "说明"),
            (
                (f"[{name}](#{name})", text.zh, text.version, text.description, text.description_zh)
                for name, text in TABLE_TEXTS.items()
            ),
        ),
        *(block for table in TABLES.values() for block in _reference(table)),
    ]
    return "\n\n".join(blocks) + "\n"


# --- names --------------------------------------------------------------------------------------------------------


def _names() -> Iterable[str]:
    """What names are understood as: the words, what follows from them together, and what is answered."""
    yield "## Names / 名称"
    yield (
        "A name in a column of activity types is a code, a name or an alias of the activity types, an answer in "
        "`reference/activity_aliases.csv`, or is read by words: substance, use, event, place and form in any order, "
        "width, case and Chinese script. Fuels, gases with their formulas and refrigerant numbers, and the names of "
        "activity types are words as well; numbers of grades and lines say nothing, and a part behind brackets, a "
        "comma or a colon of which no word is known is a remark. What fits several types is asked about; a name with "
        "an unknown word is refused as unknown, with the types of its substance as a hint. "
        "New words and meanings: seeds/name_words.csv, name_meanings.csv, name_answers.csv.\n"
        "活动类型列可填代码、名称、别名或 `reference/activity_aliases.csv` 中答复过的名称；其他写法按词识别（物质、"
        "用途、事件、地点、形态），不论词序、全半角、大小写和繁简体。燃料、气体（含化学式和制冷剂编号）及活动类型名称均为词；"
        "牌号、线号等数字不影响识别，括号、逗号、冒号之后全为未知词的部分视为备注。对应多个类型时会询问；"
        "含未知词的名称按未知处理，并提示同一物质的类型。"
    )
    words = read_seed("name_words").with_columns(chinese=pl.col("language") == "zh")
    words = words.sort("chinese", descending=True, maintain_order=True)
    grouped = words.group_by("kind", "meaning", maintain_order=True).agg(pl.col("word"))
    order = dict(zip(WORD_KINDS, range(len(WORD_KINDS)), strict=True))
    listed = sorted(grouped.iter_rows(), key=lambda row: (order[row[0]], row[1] or ""))
    yield _table(
        ("kind 词类", "meaning 含义", "words 词"),
        ((f"{kind} {WORD_KINDS[kind]}", meaning or "—", ", ".join(spellings)) for kind, meaning, spellings in listed),
    )
    yield (
        "What follows from them together; the most specific row decides. FUEL asks for its types, FUEL+mobile and "
        "FUEL+stationary name one; GAS, GAS+process, GAS+release and GAS+topup likewise, unless a row says otherwise. "
        "A class stands for all its members, `anything` for whatever is named.\n"
        "词义组合对应的类型，以最具体的一行为准；类（any_…）代表其全部成员，anything 代表任何名称。"
    )
    meanings = read_seed("name_meanings").select("meaning", pl.coalesce("activity_types", "answer"), "class")
    yield _table(
        ("meaning 含义", "activity types, or answer 活动类型或答复", "class 类"),
        ((meaning, types.replace(";", ", "), of_class or "") for meaning, types, of_class in meanings.iter_rows()),
    )
    yield "Answers / 答复"
    yield _table(("answer", "kind", "reason", "理由"), read_seed("name_answers").iter_rows())


# --- feeds --------------------------------------------------------------------------------------------------------


def _feed(feed: Feed) -> Iterable[str]:
    yield f"### {feed.name}"
    yield f"{feed.zh}, version {feed.version}. {feed.description}\n{feed.description_zh}"
    yield _table(
        ("column", "列", "type 类型", "unit 单位", "meaning", "说明", "example 示例", "also accepted 其他表头"),
        (_feed_column(column) for column in feed.columns),
    )
    codes = [
        *(rule.code for rule in feed.rules),
        *(code for column in feed.columns for code in (*FAULTS[column.kind], column.formula_rule)),
        *(["negative_value"] if any(column.not_negative for column in feed.columns) else []),
    ]
    yield _rules(["required_cell", *codes, "total_mismatch", "magnitude_suspect", "duplicate_row"])


def _feed_column(column: Column) -> Sequence[str]:
    en, zh = FEED_KINDS[column.kind]
    kind = f"{en} {zh}" if en != zh else en
    if column.values:
        kind += ": " + ", ".join(
            f"`{code}` ({', '.join(others)})" if others else f"`{code}`" for code, others in column.values.items()
        )
    if column.not_negative:
        kind += ", ≥ 0"
    return (
        f"**{column.name}**" if column.required else column.name,
        column.zh,
        kind,
        UNITS.get(column.unit or "", column.unit or ""),
        column.description,
        column.description_zh,
        column.example,
        ", ".join(column.headers),
    )


# --- reference tables ---------------------------------------------------------------------------------------------


def _reference(table: ReferenceTable) -> Iterable[str]:
    text = TABLE_TEXTS[table.name]
    yield f"### {table.name}"
    needed = " Required. 必需。" if table.required else ""
    yield f"{text.zh}, version {text.version}. {text.description}\n{text.description_zh}{needed}"
    yield _table(
        ("column", "type 类型", "accepted 可选值", "default 默认", "meaning", "说明", "example 示例", "also 其他表头"),
        (_reference_column(table, column) for column in table.columns),
    )
    keys = [f"Key / 主键: {', '.join(table.unique)}."] if table.unique else []
    if table.valid_per:
        keys.append(f"Valid once a day / 同日仅一行有效: {', '.join(table.valid_per)}.")
    if keys:
        yield " ".join(keys)
    bounded = any(column.at_least or column.at_most or column.above for column in table.columns)
    yield _rules(
        [
            *(["required_reference_cell"] if any(column.required for column in table.columns) else []),
            *(rule.code for rule in table.rules),
            *(code for column in table.columns for code in REFERENCE_FAULTS[column.kind]),
            *(["value_out_of_range"] if bounded else []),
            *(["duplicate_key"] if table.unique else []),
            *(["overlapping_validity"] if table.valid_per else []),
        ]
    )


def _reference_column(table: ReferenceTable, column: ReferenceColumn) -> Sequence[str]:
    text = text_of(table.name, column.name)
    en, zh = TABLE_KINDS[column.kind]
    default = str(column.default).lower() if isinstance(column.default, bool) else str(column.default or "")
    return (
        f"**{column.name}**" if column.required else column.name,
        f"{en} {zh}" if not zh.startswith(en) else en,
        column.accepted,
        default,
        text.description,
        text.description_zh,
        text.example,
        ", ".join(HEADERS_ZH.get(column.name, ())),
    )


# --- markdown -----------------------------------------------------------------------------------------------------


def _rules(codes: Iterable[str]) -> str:
    """The rules of a contract; what a message fills in stands in its braces."""
    rules = [RULES[code] for code in dict.fromkeys(codes)]
    rows = ((f"`{rule.code}`", rule.severity, _open(rule.en), _open(rule.zh)) for rule in rules)
    return "Rules / 规则\n\n" + _table(("rule", "severity", "message", "信息"), rows)


def _open(message: str) -> str:
    return PLACEHOLDER.sub("…", message)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render_contracts(), encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
