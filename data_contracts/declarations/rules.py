"""Every rule a cell, row, sheet, file or reference table can break, with the message its author reads.

A message names the value and the column and says what to do. Placeholders in braces are filled per finding:
`{column}` and `{value}` always, the others by the code that raises the rule. Both languages use the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

Severity = Literal["error", "warning", "info"]
PLACEHOLDER = re.compile(r"\{(\w+)\}")
LONGEST_VALUE = 80
# What the product itself says in a message; cut in the middle, it would name the wrong choices.
OWN_WORDS = frozenset({"accepted", "candidates", "hint_en", "hint_zh", "remedy_en", "remedy_zh"})


@dataclass(frozen=True)
class Rule:
    """One rule: its code, how grave a breach is, and the message in both languages."""

    code: str
    severity: Severity
    en: str
    zh: str


def _rules(*rules: Rule) -> dict[str, Rule]:
    return {rule.code: rule for rule in rules}


RULES: dict[str, Rule] = _rules(
    # --- files and sheets -------------------------------------------------------------------------------------
    Rule(
        "unknown_file",
        "error",
        "'{value}' is not a file this inbox knows. Name it FEED.csv or FEED-anything.csv (also .xlsx, .xls, .parquet), "
        "where FEED is one of {accepted}; a workbook with another name needs a sheet named by a feed. Workbooks with "
        "macros (.xlsm) and other formats are not read: save them as .xlsx.",
        "无法识别文件“{value}”。请按“数据类型.csv”或“数据类型-说明.csv”（也可为 .xlsx、.xls、.parquet）命名，"
        "数据类型为：{accepted}；"
        "其他名称的工作簿须含有以数据类型命名的工作表。不读取含宏的工作簿（.xlsm）及其他格式，请另存为 .xlsx。",
    ),
    Rule(
        "file_too_large",
        "error",
        "'{value}' was not read, because that would take too much memory: {reason_en}. Split it by month or "
        "facility, delete rows and columns outside the table, or deliver it as CSV or Parquet.",
        "未读取文件“{value}”，因其占用内存过大：{reason_zh}。请按月份或设施拆分，删除表格以外的空行空列，"
        "或以 CSV、Parquet 提交。",
    ),
    Rule(
        "active_content",
        "info",
        "'{value}' carries {kinds_en}. Only the stored values of its cells were read; nothing was run or followed.",
        "文件“{value}”含有{kinds_zh}。仅读取单元格中保存的值，未运行或访问任何内容。",
    ),
    Rule(
        "error_cells",
        "warning",
        "'{value}' holds cells with error values (such as #DIV/0!), which an .xls file shows as empty. Correct them, "
        "or save the workbook as .xlsx so that they can be named.",
        "文件“{value}”中有错误值单元格（如 #DIV/0!），.xls 格式中读为空。请更正，或另存为 .xlsx 以便指明位置。",
    ),
    Rule(
        "hidden_sheet",
        "info",
        "The sheet '{value}' is hidden and was read like any other. If it is not meant to count, delete it.",
        "工作表“{value}”处于隐藏状态，已照常读取。如不应计入，请删除。",
    ),
    Rule(
        "hidden_rows",
        "info",
        "Hidden rows were read like any other: {value}. If they are not meant to count, delete them.",
        "隐藏的行已照常读取：第 {value} 行。如不应计入，请删除。",
    ),
    Rule(
        "read_otherwise",
        "info",
        "Some cells were read otherwise than they are written: {value}. Nothing needs to be done if that is meant.",
        "部分单元格按规范形式读取：{value}。如无误，无需处理。",
    ),
    Rule(
        "unit_in_title",
        "warning",
        "A title above the header speaks of a unit: '{value}'. It was not applied. Write the unit into the header of "
        "its column, or into the unit column.",
        "表头上方的标题提到单位：“{value}”，系统未采用。请将单位写在对应列的表头或单位列中。",
    ),
    Rule(
        "unit_from_header",
        "info",
        "The unit '{value}' of the header of {column} was taken for the rows that give none themselves: {rows}.",
        "{column}表头中的单位“{value}”已用于未填写单位的行，共 {rows} 行。",
    ),
    Rule(
        "scaled_by_header",
        "info",
        "The header of {column} says '{value}': the amounts below were multiplied by {factor}.",
        "{column}的表头注明“{value}”：其下金额已乘以 {factor}。",
    ),
    Rule(
        "further_findings",
        "error",
        "{rows} more rows of this sheet break the rule '{value}'{where_en}; only {listed} are listed. All are counted.",
        "此表另有 {rows} 行违反规则“{value}”{where_zh}；仅列出 {listed} 行，但均已计数。",
    ),
    Rule(
        "encoding_assumed",
        "warning",
        "'{value}' is not in UTF-8 and was read as GB18030 (Chinese), for example '{example}'. If that is not how it "
        "should read, save the file as CSV (UTF-8) or .xlsx and deliver it anew.",
        "文件“{value}”不是 UTF-8 编码，已按 GB18030 读取，例如“{example}”。如显示有误，请另存为 CSV（UTF-8）或 .xlsx "
        "后重新提交。",
    ),
    Rule(
        "unreadable_file",
        "error",
        "'{value}' cannot be read ({reason_en}). Open it, save it again as .xlsx or as CSV (UTF-8), and deliver it "
        "anew.",
        "无法读取文件“{value}”（{reason_zh}）。请打开后另存为 .xlsx 或 CSV（UTF-8），再重新提交。",
    ),
    Rule(
        "empty_file",
        "error",
        "'{value}' holds no rows. Deliver a file with one header row and at least one data row, or delete it.",
        "文件或工作表“{value}”没有任何内容。请提交含一行表头和至少一行数据的文件，或将其删除。",
    ),
    Rule(
        "no_data_rows",
        "warning",
        "'{value}' has no data rows. Fill in rows, or delete it.",
        "“{value}”没有数据行。请填写数据或将其删除。",
    ),
    Rule(
        "missing_columns",
        "error",
        "The headers {missing} are missing; found: {found}. Add them (English or Chinese header) in one header row.",
        "缺少表头：{missing}；现有表头：{found}。请在同一表头行中补齐（中文或英文均可）。",
    ),
    Rule(
        "duplicate_column",
        "error",
        "The headers {value} all mean {column}. Keep one of them and remove or rename the others.",
        "表头{value}都表示{column}。请只保留一个，删除或改名其余各列。",
    ),
    Rule(
        "unknown_column",
        "info",
        "The header '{value}' is not known and its column was not read. If it matters, use one of the known headers.",
        "未知表头“{value}”，该列未被读取。如需读取，请改用已知表头。",
    ),
    Rule(
        "unnamed_column",
        "info",
        "Column {value} has cells but no header and was not read. Give it a header, or clear it.",
        "第 {value} 列有内容但没有表头，未被读取。请补写表头或清空该列。",
    ),
    Rule(
        "unused_sheet",
        "info",
        "The sheet '{value}' is not named by a feed and was not read. To deliver it, name it one of {accepted}.",
        "工作表“{value}”未以数据类型命名，未被读取。如需提交，请命名为：{accepted}。",
    ),
    Rule(
        "unread_data_sheet",
        "warning",
        "The sheet '{value}' has the headers of {feed}, but is not named so and was not read. To deliver it, name it "
        "{name} or {name}-anything; if it is a copy, delete it.",
        "工作表“{value}”含有{feed}的表头，但未以其命名，未被读取。如需提交，请命名为 {name} 或“{name}-说明”；"
        "如为副本，请删除。",
    ),
    Rule(
        "title_row",
        "info",
        "A row above the header was taken as a title: '{value}'. If it is data, move it below the header.",
        "表头上方的行按标题处理：“{value}”。如为数据，请移到表头下方。",
    ),
    Rule(
        "note_row",
        "info",
        "A row without figures was taken as a note: '{value}'. If it is data, fill in its other cells.",
        "不含数据的行按备注处理：“{value}”。如为数据，请补齐其他单元格。",
    ),
    Rule(
        "example_row",
        "info",
        "A row marked as an example was left out: '{value}'. If it is data, remove the mark from its first cell.",
        "标为示例的行未计入：“{value}”。如为数据，请删除首个单元格中的“示例”字样。",
    ),
    Rule(
        "total_row",
        "info",
        "A total row was left out, because the ledger adds up the rows itself: '{value}'. If it is data, give its "
        "facility and replace that word.",
        "合计行未计入，系统自行汇总各行：“{value}”。如为数据，请填写设施编号并修改该字样。",
    ),
    Rule(
        "total_mismatch",
        "warning",
        "The total row says {value} for {column}, but the rows it can stand for add up to {expected}. Check whether a "
        "row is missing, hidden or wrong; the rows count, the total does not.",
        "合计行中{column}为 {value}，但所汇总的各行之和为 {expected}。请核对是否有缺行、隐藏行或错误；"
        "系统以各行为准，不采用合计。",
    ),
    Rule(
        "repeated_header_row",
        "info",
        "A repetition of the header row was left out. Nothing needs to be done.",
        "重复的表头行未计入，无需处理。",
    ),
    Rule(
        "blank_rows",
        "info",
        "Blank rows left out: {value}. Nothing needs to be done.",
        "有 {value} 个空行未计入，无需处理。",
    ),
    # --- rows and cells ---------------------------------------------------------------------------------------
    Rule(
        "too_many_cells",
        "error",
        "The row has {surplus} more cells than the header. Put cells that contain the separator or a "
        "thousands comma in "
        "quotation marks, or remove the surplus cells.",
        "该行比表头多 {surplus} 个单元格。请为含分隔符或千分位逗号的单元格加引号，或删除多余单元格。",
    ),
    Rule(
        "required_cell",
        "error",
        "{column} is empty, but every row needs it. Fill it in, for example '{example}'.",
        "{column}为空，但此项必填。请填写，例如“{example}”。",
    ),
    Rule(
        "quantity_or_amount_required",
        "error",
        "The row has neither a quantity with its unit nor a net_amount with its currency. Fill in one of the "
        "two pairs.",
        "该行既无“数量＋单位”，也无“不含税金额＋币种”。请至少填写其中一组。",
    ),
    Rule(
        "incomplete_pair",
        "error",
        "{column} is empty, but {other_en} is given ('{value}'). Fill in both, or leave both empty.",
        "已填写{other_zh}（“{value}”），但{column}为空。请两项都填写，或都留空。",
    ),
    Rule(
        "not_a_number",
        "error",
        "'{value}' in {column} is not a number. Write digits with a decimal point, such as 1234.5 or 1,234.5; no unit, "
        "no percent sign, no decimal comma.",
        "{column}中的“{value}”不是数字。请用小数点书写，例如 1234.5 或 1,234.5；不要带单位、百分号或小数逗号。",
    ),
    Rule(
        "ambiguous_number",
        "error",
        "'{value}' in {column} can be read as two numbers: the column, or a file separated by semicolons, has decimal "
        "commas. Write it with a decimal point and without thousands separators, such as 1234.5.",
        "{column}中的“{value}”可读作两个数：该列或以分号分隔的文件使用小数逗号。"
        "请用小数点书写，不加千分位，例如 1234.5。",
    ),
    Rule(
        "currency_sign",
        "error",
        "'{value}' in {column} carries a currency sign, but the currency of the row is '{currency}'. Write the code of "
        "the right currency into `currency`; the sign is not needed.",
        "{column}中的“{value}”带有货币符号，但该行币种为“{currency}”。"
        "请在「币种 currency」中填写正确的代码，金额无需符号。",
    ),
    Rule(
        "number_out_of_range",
        "error",
        "'{value}' in {column} is too large: numbers must stay below 10,000,000,000,000. Check the digits, or use a "
        "larger unit.",
        "{column}中的“{value}”过大，须小于 10 万亿（10^13）。请核对位数或改用更大的单位。",
    ),
    Rule(
        "not_a_date",
        "error",
        "'{value}' in {column} is not a date. Write it as 2024-03-05.",
        "{column}中的“{value}”不是日期。请写成 2024-03-05 的形式。",
    ),
    Rule(
        "ambiguous_date",
        "error",
        "'{value}' in {column} can be read as two dates (day first or month first). Write it as 2024-03-05.",
        "{column}中的“{value}”可读作两个日期（日在前或月在前）。请写成 2024-03-05 的形式。",
    ),
    Rule(
        "date_out_of_range",
        "error",
        "'{value}' in {column} lies outside 1990 to 2100. Check the year.",
        "{column}中的“{value}”不在 1990 至 2100 年之间。请核对年份。",
    ),
    Rule(
        "not_a_period",
        "error",
        "'{value}' in {column} is not a period. Write a month (2024-03), a quarter (2024-Q1) or a year (2024).",
        "{column}中的“{value}”不是统计期。请写月份（2024-03）、季度（2024-Q1）或年份（2024）。",
    ),
    Rule(
        "ambiguous_period",
        "error",
        "'{value}' in {column} can be January or October, because a spreadsheet drops the zero of {value}0. Write a "
        "month as 2024-03.",
        "{column}中的“{value}”可能是 1 月，也可能是 10 月（表格软件会省去 {value}0 末尾的零）。"
        "月份请写成 2024-03 的形式。",
    ),
    Rule(
        "unknown_facility",
        "error",
        "'{value}' in {column} is not a facility of this organisation.{hint_en} Use a facility_id of facilities.csv: "
        "{accepted}.",
        "{column}中的“{value}”不是本组织的设施。{hint_zh}请使用 facilities.csv 中的设施编号：{accepted}。",
    ),
    Rule(
        "unknown_activity_type",
        "error",
        "'{value}' in {column} is not a known activity type.{hint_en} Use a code, English name or Chinese name of the "
        "activity types, or add the type to reference/activity_types.csv.",
        "{column}中的“{value}”不是已知的活动类型。{hint_zh}请使用活动类型的代码、英文名或中文名，"
        "或在 reference/activity_types.csv 中新增。",
    ),
    Rule(
        "ambiguous_activity_type",
        "error",
        "'{value}' in {column} fits several activity types: {candidates}. Write the one that is meant.",
        "{column}中的“{value}”对应多个活动类型：{candidates}。请写明具体是哪一个。",
    ),
    Rule(
        "unknown_unit",
        "error",
        "'{value}' in {column} is not a known unit (capitals matter).{hint_en} Accepted here: {accepted}.",
        "{column}中的“{value}”不是已知单位（区分大小写）。{hint_zh}此处可用：{accepted}。",
    ),
    Rule(
        "ambiguous_unit",
        "error",
        "'{value}' in {column} can be a kilowatt-hour or, on a gas bill, a cubic metre for {type_en}. Write kWh "
        "or m3, or Nm3 or m3(20C) where the bill states the basis.",
        "{column}中的“{value}”用于{type_zh}时可能指千瓦时，也可能指立方米（燃气费单上的“度”）。"
        "请写 kWh 或 m3；账单注明工况的，写 Nm3 或 m3(20C)。",
    ),
    Rule(
        "unit_not_connected",
        "error",
        "'{value}' in {column} cannot be converted for {type_en}. Accepted: {accepted}. To use another unit, add "
        "a factor per that unit, a calorific value or a density to the reference tables.",
        "{column}中的“{value}”无法用于{type_zh}的换算。可用单位：{accepted}。如需其他单位，"
        "请在参考表中补充按该单位的排放因子、热值或密度。",
    ),
    Rule(
        "metric_unit",
        "error",
        "'{value}' in {column} is no unit of {metric}. Accepted: {accepted}. Correct the metric or its unit.",
        "{column}中的“{value}”不是 {metric} 的单位。可用单位：{accepted}。请更正指标或单位。",
    ),
    Rule(
        "header_unit_conflict",
        "error",
        "The header of {column} says '{header}', but the row needs '{expected}' for its '{value}'. Make the header and "
        "the row say the same unit.",
        "{column}的表头注明“{header}”，但该行数值“{value}”应以“{expected}”计。请使表头与该行的单位一致。",
    ),
    Rule(
        "formula_not_a_value",
        "error",
        "'{value}' in {column} is a formula without its result, or the error of one. Write the value itself (in Excel: "
        "open, recalculate and save, or paste as values).",
        "{column}中的“{value}”是没有计算结果的公式或公式错误值。请填写数值本身"
        "（在 Excel 中打开、重新计算并保存，或粘贴为值）。",
    ),
    Rule(
        "formula_as_text",
        "warning",
        "'{value}' in {column} looks like a formula or the error of one. It was kept as text and is never calculated; "
        "write plain text if that is not meant.",
        "{column}中的“{value}”形似公式或公式错误值，已按文本保存，不会计算。如有误，请改为普通文字。",
    ),
    Rule(
        "digits_lost",
        "warning",
        "'{value}' in {column} is a long number that a spreadsheet has shortened: its last digits are lost, and other "
        "numbers look the same. It was kept as it stands. Format the column as text and write the whole number.",
        "{column}中的“{value}”是被表格软件缩短的长数字，末尾数字已丢失，不同的号码会变得相同。已按现有内容保留。"
        "请将该列设为文本格式并填写完整号码。",
    ),
    Rule(
        "magnitude_suspect",
        "warning",
        "'{value}' in {column} is about {ratio} times the usual {median} {unit} of this file (same facility, same "
        "kind, same unit). Check the unit: kWh and MWh are easily confused. The row counts as written.",
        "{column}中的“{value}”约为本文件同一设施、同类、同单位常见值 {median} {unit} 的 {ratio} 倍。"
        "请核对单位（如 kWh 与 MWh）。该行仍按所填计入。",
    ),
    Rule(
        "unknown_currency",
        "error",
        "'{value}' in {column} is not an ISO 4217 currency. Write its three-letter code, such as CNY, USD or EUR.",
        "{column}中的“{value}”不是 ISO 4217 币种。请写三位字母代码，例如 CNY、USD、EUR。",
    ),
    Rule(
        "value_not_accepted",
        "error",
        "'{value}' in {column} is not one of the accepted values. Write one of: {accepted}.",
        "{column}中的“{value}”不在可选值之列。请填写：{accepted}。",
    ),
    Rule(
        "negative_quantity",
        "error",
        "{column} is negative ('{value}'). Only corrections and exports may be: {remedy_en}.",
        "{column}为负数（“{value}”）。仅更正和外供允许为负：{remedy_zh}。",
    ),
    Rule(
        "negative_value",
        "error",
        "{column} is negative ('{value}'). Write zero or a positive number.",
        "{column}为负数（“{value}”）。请填写零或正数。",
    ),
    Rule(
        "end_before_start",
        "error",
        "{column} ('{value}') leaves no day covered after {start}. Correct one of the two dates.",
        "{column}（“{value}”）早于起始日期 {start}，未覆盖任何一天。请更正其中一个日期。",
    ),
    Rule(
        "incomplete_coverage",
        "error",
        "{column} is empty, but {other_en} is given ('{value}'). Give both dates, or leave both empty so "
        "that the period "
        "counts.",
        "已填写{other_zh}（“{value}”），但{column}为空。请同时填写两个日期，或都留空以统计期为准。",
    ),
    Rule(
        "coverage_too_long",
        "error",
        "The dates cover more than 20 years (to '{value}' in {column}). Correct the dates, or split the row.",
        "日期跨度超过 20 年（{column}为“{value}”）。请更正日期或拆分该行。",
    ),
    Rule(
        "dates_outside_period",
        "warning",
        "The dates of the row share no day with its period '{value}'; the dates count. Correct the period or the dates "
        "if that is not meant.",
        "该行的起止日期与统计期“{value}”没有重叠，以日期为准。如有误，请更正统计期或日期。",
    ),
    Rule(
        "invoice_total_mismatch",
        "error",
        "{column} is '{value}', but net and tax add up to {expected}. Correct the amounts; up to 0.02 of rounding is "
        "accepted.",
        "{column}为“{value}”，但不含税金额与税额之和为 {expected}。请更正金额；允许 0.02 以内的舍入差。",
    ),
    Rule(
        "quantity_rounded",
        "info",
        "'{value}' in {column} has more than 9 decimals and was rounded half up to {rounded}. Nothing needs "
        "to be done.",
        "{column}中的“{value}”超过 9 位小数，已四舍五入为 {rounded}，无需处理。",
    ),
    Rule(
        "duplicate_row",
        "info",
        "The row equals an earlier one in every column ({first}) and would count only once. Remove it if it was copied "
        "by mistake; if both are meant, let them differ in a column, such as a document or the offset of a time.",
        "该行与前面的行（{first}）各列完全相同，只计一次。如为误复制，请删除；如两行均有效，请使某一列有所区别，"
        "例如凭证号或时刻的时区偏移。",
    ),
    # --- organization.yml and reference tables ----------------------------------------------------------------
    Rule(
        "missing_file",
        "error",
        "The file {value} is missing. Create it; `helioledger init` writes an example.",
        "缺少文件 {value}。请创建该文件；helioledger init 可生成示例。",
    ),
    Rule(
        "not_yaml",
        "error",
        "organization.yml is not a YAML mapping ({reason}). Write one `key: value` per line.",
        "organization.yml 不是有效的 YAML 映射（{reason}）。请每行写一个 `键: 值`。",
    ),
    Rule(
        "unknown_key",
        "error",
        "The key '{column}' is not known. Remove it, or correct its spelling; known keys: {accepted}.",
        "未知的键“{column}”。请删除或更正拼写；可用的键：{accepted}。",
    ),
    Rule(
        "missing_key",
        "error",
        "The key '{column}' is required. Add it to organization.yml.",
        "缺少必需的键“{column}”。请在 organization.yml 中补充。",
    ),
    Rule(
        "invalid_setting",
        "error",
        "'{value}' is not accepted for {column}: {reason}. Correct it in organization.yml.",
        "{column} 的值“{value}”不被接受：{reason}。请在 organization.yml 中更正。",
    ),
    Rule(
        "unknown_reference_table",
        "error",
        "'{value}' is not a reference table. Rename it to one of {accepted}, or move it out of reference/.",
        "“{value}”不是参考表。请改名为：{accepted}，或移出 reference/ 文件夹。",
    ),
    Rule(
        "reference_table_not_csv",
        "error",
        "'{value}' is named like the reference table {table}, but tables are read from CSV files only. Save it as "
        "{table}.csv (CSV UTF-8), and move this file out of reference/.",
        "“{value}”以参考表 {table} 命名，但参考表仅从 CSV 文件读取。请另存为 {table}.csv（CSV UTF-8），"
        "并将此文件移出 reference/ 文件夹。",
    ),
    Rule(
        "unknown_reference_column",
        "error",
        "The column '{value}' is not known in this table. Remove it, or correct its spelling; known columns: "
        "{accepted}.",
        "此表没有列“{value}”。请删除或更正拼写；可用的列：{accepted}。",
    ),
    Rule(
        "missing_reference_column",
        "error",
        "The column '{column}' is required. Add it to the header and fill it in.",
        "缺少必需的列“{column}”。请在表头中补充并填写。",
    ),
    Rule(
        "required_reference_cell",
        "error",
        "{column} is empty, but every row of this table needs it. Fill it in, or remove the row.",
        "{column}为空，但此表每行必填。请填写，或删除该行。",
    ),
    Rule(
        "not_a_whole_number",
        "error",
        "'{value}' in {column} is not a whole number. Write it without decimals, such as 2023.",
        "{column}中的“{value}”不是整数。请写整数，例如 2023。",
    ),
    Rule(
        "not_a_boolean",
        "error",
        "'{value}' in {column} is neither true nor false. Write true or false.",
        "{column}中的“{value}”既不是 true 也不是 false。请填写 true 或 false。",
    ),
    Rule(
        "value_out_of_range",
        "error",
        "'{value}' in {column} is outside the accepted range: {accepted}. Correct it (shares and rates are fractions).",
        "{column}中的“{value}”超出允许范围：{accepted}。请更正（份额和比率用小数表示）。",
    ),
    Rule(
        "not_a_country",
        "error",
        "'{value}' in {column} is not an ISO 3166 alpha-3 code. Write three capital letters, such as CHN or VNM.",
        "{column}中的“{value}”不是 ISO 3166 三位国家代码。请写三个大写字母，例如 CHN、VNM。",
    ),
    Rule(
        "duplicate_key",
        "error",
        "The key {value} ({column}) stands in rows {rows}. Keep one of them, or make the key differ.",
        "主键 {value}（{column}）重复出现在第 {rows} 行。请只保留一行或修改主键。",
    ),
    Rule(
        "overlapping_validity",
        "error",
        "Two rows for {value} are valid on the same days: {first} and {second}. End one (valid_to) before the other "
        "begins (valid_from).",
        "{value} 有两行在相同日期有效：{first} 与 {second}。请让前一行的 valid_to 早于后一行的 valid_from。",
    ),
    Rule(
        "validity_ends_before_it_starts",
        "error",
        "{column} '{value}' is before valid_from. Correct one of the two dates.",
        "{column}“{value}”早于 valid_from。请更正其中一个日期。",
    ),
    Rule(
        "not_in_reference",
        "error",
        "'{value}' in {column} is not in {table}. Correct it, or add it to {table}.",
        "{column}中的“{value}”不在 {table} 中。请更正，或在 {table} 中补充。",
    ),
    Rule(
        "parent_not_found",
        "error",
        "'{value}' in {column} is not listed in the same table{where_en}. Correct it, or add a row for it.",
        "{column}中的“{value}”不在同一表中{where_zh}。请更正，或为其增加一行。",
    ),
    Rule(
        "parent_cycle",
        "error",
        "'{value}' is, through its parents, its own parent ({column}). Break the circle.",
        "“{value}”经由上级最终成为自身的上级（{column}）。请打断循环。",
    ),
    Rule(
        "factor_without_value",
        "error",
        "Factor '{value}' gives none of co2_kg, ch4_kg, n2o_kg, co2e_kg, biogenic_co2_kg. Fill in one; zero "
        "is a value.",
        "因子“{value}”未填写 co2_kg、ch4_kg、n2o_kg、co2e_kg、biogenic_co2_kg 中的任何一项。请至少填写一项，"
        "零也是有效值。",
    ),
    Rule(
        "factor_sum_and_gases",
        "error",
        "Factor '{value}' gives co2e_kg together with single gases, which would count twice. Keep either the gases or "
        "the sum.",
        "因子“{value}”同时填写了 co2e_kg 和单项气体，会重复计算。请只保留单项气体或合计值。",
    ),
    Rule(
        "incomplete_values",
        "error",
        "{column} is empty, but {other_en} is given ('{value}'). Fill in {column}.",
        "已填写{other_zh}（“{value}”），但{column}为空。请填写{column}。",
    ),
    Rule(
        "assessment_without_value",
        "error",
        "The assessment of '{value}' rates nothing. Give activity_data_class, factor_class and calibration_class, or "
        "technology, time, geography, completeness and reliability, or all of them.",
        "“{value}”的评价没有任何内容。请填写 activity_data_class、factor_class、calibration_class，"
        "或 technology、time、geography、completeness、reliability，或全部填写。",
    ),
    Rule(
        "blend_shares_sum",
        "error",
        "The mass shares of blend '{value}' add up to {expected}, not 1. Correct mass_share (fractions, not percent).",
        "混合物“{value}”的质量份额之和为 {expected}，不等于 1。请更正 mass_share（小数，不是百分数）。",
    ),
    Rule(
        "unit_ratio",
        "error",
        "'{value}' in {column} is not a ratio of two known units. Write it as in {accepted}.",
        "{column}中的“{value}”不是两个已知单位之比。请按 {accepted} 的形式填写。",
    ),
    Rule(
        "target_before_base_year",
        "error",
        "{column} '{value}' is not after base_year. Correct one of the two years.",
        "{column}“{value}”不晚于 base_year。请更正其中一个年份。",
    ),
    Rule(
        "compound_to_zero",
        "error",
        "{column} '{value}' cannot be reached by a compound pathway, which always leaves a part. Write pathway linear, "
        "or a reduction below 1.",
        "{column}“{value}”无法按 compound 路径达到：每年按比例递减总会有剩余。请改用 linear，或填写小于 1 的值。",
    ),
)


def fill(template: str, values: Mapping[str, object]) -> str:
    """The template with its placeholders filled; a placeholder without a value becomes empty."""
    return PLACEHOLDER.sub(lambda match: _shorten(values.get(match.group(1))), template)


def fill_expression(
    template: str, constants: Mapping[str, str], columns: Collection[str], shorten: bool = True
) -> pl.Expr:
    """The template as a polars expression: `constants` are literal, `columns` are read from the frame; what senders
    wrote is cut where `shorten` says so."""
    parts: list[pl.Expr] = []
    position = 0
    for match in PLACEHOLDER.finditer(template):
        parts.append(pl.lit(template[position : match.start()]))
        name = match.group(1)
        if name in columns:
            text = pl.col(name).cast(pl.String)
            shortened = pl.concat_str(text.str.slice(0, LONGEST_VALUE), pl.lit("…"))
            cut = text.str.len_chars() > LONGEST_VALUE if shorten and name not in OWN_WORDS else pl.lit(False)
            parts.append(pl.when(cut).then(shortened).otherwise(text).fill_null(""))
        else:
            parts.append(pl.lit(constants.get(name, "")))
        position = match.end()
    parts.append(pl.lit(template[position:]))
    return pl.concat_str(parts)


def _shorten(value: object) -> str:
    return "" if value is None else str(value)
