"""Text to exact values: numbers, dates, periods, booleans.

Every function takes a text series (null = empty cell) and returns a frame of the same length with the column `value`
and the column `fault`: the code of the rule the text breaks, null where it was read. No number ever passes through a
float. Nothing here knows columns, feeds or vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

QUANTITY_SCALE = 9
FIRST_YEAR, LAST_YEAR = 1990, 2100

# Raised, lowered and circled digits and fractions, which the compatibility form would turn into plain digits: 10² is
# not 102.
ODD_DIGITS = r"[²³¹⁰⁴-⁹₀-₉①-⒛⓪-⓿❶-➓㉈-㉟㊱-㊿¼-¾⅐-⅟↉]"

# Marks people write into a cell to say that there is nothing to write.
NOTHING = r"(?i)^(n/?a|n\.a\.|nan|null|none|nil|-{1,3}|—{1,2}|–|/|\\|无|暂无)$"

# No thousands begin with a zero: 0,500 is a decimal comma.
# Lakhs and crores: 1,23,456.
_DIGITS = (
    r"(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?:[ '’][0-9]{3})+|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})"
)
_NUMBER = rf"^([+-]?) ?({_DIGITS})?(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{{1,4}}))? ?(万|萬|亿|億)?$"
_ZEROS = "0" * 80
_MONTHS = {
    name: f"{number:02d}"
    for number, names in enumerate(
        [
            ("JAN", "JANUARY", "JANUAR", "JÄNNER", "JANVIER", "ENERO", "JANEIRO", "GENNAIO"),
            ("FEB", "FEBRUARY", "FEBRUAR", "FÉVRIER", "FEVRIER", "FEBRERO", "FEVEREIRO", "FEBBRAIO"),
            ("MAR", "MARCH", "MÄRZ", "MAERZ", "MRZ", "MARS", "MARZO", "MARÇO"),
            ("APR", "APRIL", "AVRIL", "ABRIL", "APRILE"), ("MAY", "MAI", "MAYO", "MAIO", "MAGGIO"),
            ("JUN", "JUNE", "JUNI", "JUIN", "JUNIO", "JUNHO", "GIUGNO"),
            ("JUL", "JULY", "JULI", "JUILLET", "JULIO", "JULHO", "LUGLIO"),
            ("AUG", "AUGUST", "AOÛT", "AOUT", "AGOSTO"),
            ("SEP", "SEPT", "SEPTEMBER", "SEPTEMBRE", "SEPTIEMBRE", "SETEMBRO", "SETTEMBRE"),
            ("OCT", "OCTOBER", "OKT", "OKTOBER", "OCTOBRE", "OCTUBRE", "OUTUBRO", "OTTOBRE"),
            ("NOV", "NOVEMBER", "NOVEMBRE", "NOVIEMBRE", "NOVEMBRO"),
            ("DEC", "DECEMBER", "DEZ", "DEZEMBER", "DÉCEMBRE", "DECEMBRE", "DICIEMBRE", "DEZEMBRO", "DICEMBRE"),
        ],
        start=1,
    )
    for name in names
}  # fmt: skip
# The date, and of a time of day: hour, minute, second, half of the day, offset.
_TIME = (
    r"^(.+?)(?:[ T]+((?:[01]?[0-9]|2[0-4])):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]+)?))?"
    r" ?(?:([AaPp][Mm])|([Zz]|[+-][0-9]{2}:?[0-9]{2}))?)?$"
)
WITH_OFFSET = r":[0-9.]+ ?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})$"
_MIDNIGHT = r"(?i)[ T](?:0?0:00(?::00(?:\.0*)?)?|12:00(?::00)? ?AM)(?: ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?$"
_MONTHS_ZH = {
    name: str(number)
    for number, name in enumerate(["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"], start=1)
}


def _full_year(year: pl.Expr) -> pl.Expr:
    """Four digits of a year beside the name of a month; of two, those that only one year in range ends with."""
    short = year.str.len_chars() == 2
    return pl.when(~short).then(year).when(year <= "89").then(pl.concat_str(pl.lit("20"), year))


def nothing_to_null(text: pl.Expr) -> pl.Expr:
    """The text, null where it only says that there is no value (n/a, -, 无)."""
    return pl.when(~text.str.contains(NOTHING)).then(text)


def numbers(text: pl.Series, *, scale: int = QUANTITY_SCALE, precision: int = 22) -> pl.DataFrame:
    """Exact decimals: `value` Decimal(precision, scale), `fault`, `rounded` (more decimals than `scale` were given).

    Accepts thousands separators (comma, spaces, apostrophe; commas of lakhs and crores), full-width characters,
    accounting negatives `(1,234)` and `1,234-`, the suffixes 万 and 亿 and scientific notation. More than `scale`
    decimals are rounded half up (away from zero).
    """
    whole = precision - scale
    plain = text.str.contains(rf"^-?[0-9]{{1,{whole}}}(?:\.[0-9]{{1,{scale}}})?$").fill_null(True)
    plain &= ~text.str.contains("9" * whole, literal=True).fill_null(False)  # may be beyond the limit; see below
    if plain.all():
        return pl.DataFrame(
            {
                "value": text.cast(pl.Decimal(precision, scale)),
                "fault": pl.Series([None], dtype=pl.String).new_from_index(0, len(text)),
                "rounded": pl.Series([False]).new_from_index(0, len(text)),
            }
        )
    frame = pl.DataFrame({"text": text, "plain": plain})
    other = _numbers_in_full(frame.filter(~pl.col("plain"))["text"].unique(), scale, precision)
    return frame.join(other, on="text", how="left", maintain_order="left").select(
        value=pl.when("plain")
        .then(pl.col("text"))
        .cast(pl.Decimal(precision, scale), strict=False)
        .fill_null(pl.col("value")),
        fault="fault",
        rounded=pl.col("rounded").fill_null(False),
    )


def _numbers_in_full(text: pl.Series, scale: int, precision: int) -> pl.DataFrame:
    clean = pl.col("text").str.normalize("NFKC").str.replace_all("−", "-").str.strip_chars()
    bracketed = clean.str.contains(r"^\([^+-].*\)$")
    # Ledgers of business software print the sign behind the number.
    signed_behind = clean.str.contains(r"^[0-9.][^-]*-$")
    body = (
        pl.when(bracketed)
        .then(clean.str.slice(1, clean.str.len_chars() - 2).str.strip_chars())
        .when(signed_behind)
        .then(clean.str.strip_chars_end("- "))
        .otherwise(clean)
    )
    sign, digits, decimals, exponent, suffix = (body.str.extract(_NUMBER, group).fill_null("") for group in range(1, 6))
    parts = pl.DataFrame({"text": text}).select(
        "text",
        readable=body.str.contains(_NUMBER)
        & body.str.contains(r"^[+-]? ?\.?[0-9]")
        & ~pl.col("text").str.contains(ODD_DIGITS),
        negative=bracketed | signed_behind | (sign == "-"),
        digits=digits.str.replace_all(r"[ ,'’]", ""),
        decimals=decimals,
        shift=exponent.cast(pl.Int64, strict=False).fill_null(0).clip(-60, 60)
        + suffix.replace_strict({"万": 4, "萬": 4, "亿": 8, "億": 8}, default=0, return_dtype=pl.Int64),
    )
    padded = pl.concat_str(pl.lit(_ZEROS), "digits", "decimals", pl.lit(_ZEROS))
    point = pl.col("digits").str.len_chars().cast(pl.Int64) + len(_ZEROS) + pl.col("shift")
    split = parts.with_columns(
        whole=padded.str.slice(0, point).str.strip_chars_start("0"), fraction=padded.str.slice(point)
    )
    kept = pl.col("fraction").str.slice(0, scale).str.pad_end(scale, "0")
    wide = pl.Decimal(38, scale)
    fits = pl.col("whole").str.len_chars() <= precision - scale
    magnitude = pl.when(fits & pl.col("readable")).then(pl.concat_str(pl.lit("0"), "whole", pl.lit("."), kept)).cast(
        wide, strict=False
    ) + pl.when(pl.col("fraction").str.slice(scale, 1) >= "5").then(
        pl.lit("0." + "0" * (scale - 1) + "1").cast(wide)
    ).otherwise(pl.lit("0").cast(wide))
    # One below the power of ten: rounded to fewer decimals later on, it still has no digit more.
    limit = pl.lit("9" * (precision - scale)).cast(wide)
    return (
        split.with_columns(magnitude=magnitude)
        .with_columns(inside=(pl.col("magnitude") < limit).fill_null(False))
        .select(
            "text",
            value=pl.when("inside")
            .then(pl.when("negative").then(-pl.col("magnitude")).otherwise(pl.col("magnitude")))
            .cast(pl.Decimal(precision, scale), strict=False),
            fault=pl.when(~pl.col("readable"))
            .then(pl.lit("not_a_number"))
            .when(~pl.col("inside"))
            .then(pl.lit("number_out_of_range")),
            rounded=pl.col("inside") & pl.col("fraction").str.slice(scale).str.contains("[1-9]"),
        )
    )


def _as_typed(text: pl.Expr) -> pl.Expr:
    """The text in its compatibility form, unless that would make digits of what is none."""
    return pl.when(text.str.contains(ODD_DIGITS)).then(text).otherwise(text.str.normalize("NFKC")).str.strip_chars()


def _in_chinese_signs(text: pl.Expr) -> pl.Expr:
    """Korean dates are written as Chinese ones: 2024년 3월 5일, 2024년 1분기."""
    return text.str.replace_many(
        {"년": "年", "월": "月", "일": "日", "분기": "季度", "상반기": "上半年", "하반기": "下半年"}
    )


def dates(text: pl.Series, serials: pl.Series, zone: str | None = None) -> pl.DataFrame:
    """Dates: `value` Date, `fault`, `time` (of day, as text such as 00:15; null where none or midnight is given), and
    `midnight`: whether midnight is written, or may be meant, because a workbook cannot tell it from the bare date.

    Year-first forms, 年月日 and 년월일, compact 20240305, ISO date-times (the date as written), named months (also with
    the last two digits of the year), and day- or month-first forms that can be read in one way only. `serials`
    (Boolean) marks cells of workbooks, where a bare five digit number is an Excel serial. A moment with a UTC offset is
    that of the clock in `zone` (an IANA time zone; None: the date as written).
    """
    return _by_unique(text, serials, lambda unique: _dates(unique, zone))


def _dates(unique: pl.DataFrame, zone: str | None) -> pl.DataFrame:
    if unique["text"].str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$").all():
        days = unique["text"].str.to_date("%Y-%m-%d", strict=False)
        if days.dt.year().is_between(FIRST_YEAR, LAST_YEAR).fill_null(False).all():
            nothing = pl.lit(None, dtype=pl.String)
            return unique.with_columns(value=days, fault=nothing, time=nothing, midnight=pl.col("serials"))
    plain = _in_chinese_signs(_as_typed(pl.col("text")))
    frame = unique.with_columns(clean=plain.str.extract(_TIME, 1).str.to_uppercase(), time=_time_of_day(plain))

    def part(pattern: str, group: int) -> pl.Expr:
        return pl.col("clean").str.extract(pattern, group)

    year_first = r"^([0-9]{4}) ?[-/.年] ?([0-9]{1,2}) ?[-/.月] ?([0-9]{1,2}) ?日?$"
    compact = r"^([0-9]{4})([0-9]{2})([0-9]{2})$"
    year_last = r"^([0-9]{1,2})([-/.])([0-9]{1,2})[-/.]([0-9]{4})$"
    named = r"^([0-9]{1,2})(?:ST|ND|RD|TH)?[-/., ]*([A-Z]{3,9})[-/., ]*([0-9]{4}|[0-9]{2})$"
    named_first = r"^([A-Z]{3,9})[-/. ]+([0-9]{1,2})(?:ST|ND|RD|TH)?[-/., ]+([0-9]{4})$"
    short_year = r"^[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}$"
    first, second = part(year_last, 1).cast(pl.Int32), part(year_last, 3).cast(pl.Int32)
    ambiguous = ((first <= 12) & (second <= 12) & (first != second)).fill_null(False) | pl.col("clean").str.contains(
        short_year
    )
    ambiguous |= (part(named, 3).is_not_null() & _full_year(part(named, 3)).is_null()).fill_null(False)
    day_first = (first > 12) | (first == second)
    year = pl.coalesce(
        *(part(p, g) for p, g in ((year_first, 1), (compact, 1), (year_last, 4), (named_first, 3))),
        _full_year(part(named, 3)),
    )
    month_name = pl.coalesce(part(named, 2), part(named_first, 1)).replace_strict(
        _MONTHS, default=None, return_dtype=pl.String
    )
    month = pl.coalesce(
        part(year_first, 2), part(compact, 2),
        pl.when(day_first).then(second).otherwise(first).cast(pl.String), month_name,
    )  # fmt: skip
    day = pl.coalesce(
        part(year_first, 3), part(compact, 3),
        pl.when(day_first).then(first).otherwise(second).cast(pl.String), part(named, 1), part(named_first, 2),
    )  # fmt: skip
    written = pl.concat_str(year, pl.lit("-"), month.str.zfill(2), pl.lit("-"), day.str.zfill(2))
    with_fraction = r"^([0-9]{5})(?:\.([0-9]+))?$"
    serial = pl.when(pl.col("serials")).then(part(with_fraction, 1)).cast(pl.Int32)
    serial_time = pl.when(pl.col("serials")).then(_time_of_serial(part(with_fraction, 2)))
    value = pl.coalesce(written.str.to_date("%Y-%m-%d", strict=False), pl.date(1899, 12, 30) + pl.duration(days=serial))
    read = frame.with_columns(value=value, ambiguous=ambiguous, midnight=plain.str.contains(_MIDNIGHT))
    if zone:
        read = _in_zone(read, plain, zone)
    return read.with_columns(inside=pl.col("value").dt.year().is_between(FIRST_YEAR, LAST_YEAR)).select(
        "text",
        "serials",
        value=pl.when(pl.col("inside") & ~pl.col("ambiguous")).then("value"),
        fault=pl.when("ambiguous")
        .then(pl.lit("ambiguous_date"))
        .when(pl.col("value").is_null())
        .then(pl.lit("not_a_date"))
        .when(~pl.col("inside"))
        .then(pl.lit("date_out_of_range")),
        time=pl.coalesce("time", serial_time),
        midnight=pl.coalesce("time", serial_time).is_null() & (pl.col("midnight") | pl.col("serials")),
    )


def _in_zone(read: pl.DataFrame, plain: pl.Expr, zone: str) -> pl.DataFrame:
    """`value`, `time` and `midnight` of moments with an offset, as the clock in a zone shows them."""
    offset = plain.str.extract(_TIME, 6).str.to_uppercase().replace("Z", "+00:00")
    offsets = read.select(offset.alias("offset")).to_series()
    if offsets.null_count() == len(offsets):
        return read
    clock = pl.col("time").str.extract(r"^([0-9:.]+)").fill_null("00:00").str.replace(r"^([0-9]+:[0-9]+)$", "${1}:00")
    moment = pl.format("{} {} {}", "value", clock, offsets.str.replace(":", ""))
    local = (
        moment.str.replace(" 24:", " 00:")
        .str.to_datetime("%Y-%m-%d %H:%M:%S%.f %z", strict=False, time_unit="us")
        .dt.convert_time_zone(zone)
    )
    local += pl.when(clock.str.starts_with("24")).then(pl.duration(days=1)).otherwise(pl.duration())
    read = read.with_columns(local=local)
    told = local.dt.to_string("%H:%M:%S%.f").str.replace(r"(\.[0-9]*?)0+$", "$1").str.strip_chars_end(".")
    told = told.str.replace(r"^([0-9]+:[0-9]+):00$", "$1")
    moved = pl.col("local").is_not_null()
    time = pl.when(told != "00:00").then(pl.concat_str(told, local.dt.to_string("%z")))
    return read.with_columns(
        value=pl.when(moved).then(local.dt.date()).otherwise("value"),
        time=pl.when(moved).then(time).otherwise("time"),
        midnight=pl.when(moved).then(told == "00:00").otherwise("midnight"),
    ).drop("local")


def _time_of_day(text: pl.Expr) -> pl.Expr:
    """The time behind a date, in one form: 8:15:00 PM is 20:15. Null where none or midnight is given, because a
    workbook cannot tell the two apart."""
    hour, minute, second, half, offset = (text.str.extract(_TIME, group).str.to_uppercase() for group in range(2, 7))
    number = hour.cast(pl.Int32)
    number = (
        pl.when((half == "PM") & (number < 12)).then(number + 12).when((half == "AM") & (number == 12)).then(0)
        .otherwise(number)
    )  # fmt: skip
    second = second.fill_null("00").str.replace(r"(\.[0-9]*?)0+$", "$1").str.strip_chars_end(".")
    clock = pl.concat_str(
        number.cast(pl.String).str.zfill(2),
        pl.lit(":"),
        minute,
        pl.when(second == "00").then(pl.lit("")).otherwise(pl.concat_str(pl.lit(":"), second)),
    )
    offset = offset.fill_null("").str.replace(":", "").replace({"+0000": "Z", "-0000": "Z"})
    return pl.when(clock != "00:00").then(pl.concat_str(clock, offset))


def _time_of_serial(fraction: pl.Expr) -> pl.Expr:
    """The time that the fraction of an Excel serial stands for, to the second, as `_time_of_day` writes it."""
    billionths = fraction.str.slice(0, 9).str.pad_end(9, "0").cast(pl.Int64)
    second = ((billionths * 86_400 + 500_000_000) // 1_000_000_000).clip(0, 86_399)
    clock = pl.time(second // 3600, second // 60 % 60, second % 60).dt.to_string("%H:%M:%S").str.replace(":00$", "")
    return pl.when(clock != "00:00").then(clock)


def periods(text: pl.Series, serials: pl.Series) -> pl.DataFrame:
    """Periods: `value` text (`2024-03`, `2024-Q1`, `2024-H1` or `2024`), `start` and `end` Date (both inclusive),
    `fault`.

    `serials` (Boolean) marks cells of typed sources, where the date of a first of month stands for its month.
    """
    return _by_unique(text, serials, _periods)


def _periods(unique: pl.DataFrame) -> pl.DataFrame:
    if unique["text"].str.contains(r"^[0-9]{4}(?:-(?:0[1-9]|1[0-2]))?$").all():
        month = pl.col("text").str.len_chars() == 7
        day = (
            pl.when(month).then(pl.concat_str("text", pl.lit("-01"))).otherwise(pl.concat_str("text", pl.lit("-01-01")))
        )
        plain = unique.with_columns(start=day.str.to_date("%Y-%m-%d"))
        if plain["start"].dt.year().is_between(FIRST_YEAR, LAST_YEAR).all():
            end = pl.when(month).then("start").otherwise(pl.col("start").dt.offset_by("11mo")).dt.month_end()
            said = {
                "value": pl.col("text"),
                "start": pl.col("start"),
                "end": end,
                "fault": pl.lit(None, dtype=pl.String),
            }
            return plain.select("text", "serials", **said)
    clean = _in_chinese_signs(_as_typed(pl.col("text"))).str.to_uppercase().str.replace_all(" ", "")
    # marzo de 2024; tháng 3/2024; tháng 3 năm 2024
    clean = clean.str.replace(r"^(\p{L}{3,12})DEL?([0-9]{4})$", "${1}${2}").str.replace(r"^THÁNG([0-9])", "${1}")
    clean = clean.str.replace(r"^([0-9]{1,2})NĂM([0-9]{4})$", "${1}/${2}")
    frame = unique.with_columns(clean=clean)

    def part(pattern: str, group: int) -> pl.Expr:
        return pl.col("clean").str.extract(pattern, group)

    year_month = r"^([0-9]{4})[-/.年]([1-9]|[0-9]{2})(?:月份?)?$"
    year_month_zh = r"^([0-9]{4})年(十[一二]?|[一二三四五六七八九])月份?$"
    # What a spreadsheet leaves of 2024.10.
    ambiguous = pl.col("clean").str.contains(r"^[0-9]{4}\.1$")
    compact = r"^([0-9]{4})([0-9]{2})$"
    month_year = r"^([0-9]{1,2})[-/.]([0-9]{4})$"
    year_name = r"^([0-9]{4})[-/.]?(\p{L}{3,10})$"
    name_year = r"^(\p{L}{3,10})[-/.,]?(?:([0-9]{4})|['’]?([0-9]{2}))$"
    year_quarter = r"^([0-9]{4})年?[-/.]?(?:第?([1-4一二三四])季度?|Q([1-4]))$"
    quarter_year = r"^(?:Q([1-4])|([1-4])Q)[-/.]?([0-9]{4})$"
    year_half = r"^([0-9]{4})年?[-/.]?(?:([上下])半年度?|H([12]))$"
    half_year = r"^(?:H([12])|([12])H)[-/.]?([0-9]{4})$"
    whole = r"^([0-9]{4})(?:年度?|\.0)?$"
    first_of_month = r"^([0-9]{4})-([0-9]{2})-01(?:T?00:00:00(?:\.0+)?)?$"
    serial = pl.when(pl.col("serials")).then(part(r"^([0-9]{5})(?:\.0+)?$", 1)).cast(pl.Int32)
    serial_date = pl.date(1899, 12, 30) + pl.duration(days=serial)
    serial_month = pl.when(serial_date.dt.day() == 1).then(serial_date)
    named = pl.coalesce(part(year_name, 2), part(name_year, 1)).replace_strict(
        _MONTHS, default=None, return_dtype=pl.String
    )
    date_month = pl.when(pl.col("serials")).then(part(first_of_month, 2))
    month = pl.coalesce(
        part(year_month, 2), part(compact, 2), part(month_year, 1), named, date_month,
        part(year_month_zh, 2).replace(_MONTHS_ZH), serial_month.dt.month().cast(pl.String),
    ).cast(pl.Int32)  # fmt: skip
    quarter = pl.coalesce(
        part(year_quarter, 2).replace(_MONTHS_ZH), part(year_quarter, 3), part(quarter_year, 1), part(quarter_year, 2)
    ).cast(pl.Int32)
    half = pl.coalesce(
        part(year_half, 2).replace({"上": "1", "下": "2"}), part(year_half, 3), part(half_year, 1), part(half_year, 2)
    ).cast(pl.Int32)
    year = pl.coalesce(
        part(year_month, 1), part(compact, 1), part(month_year, 2), part(year_name, 1), part(name_year, 2),
        _full_year(part(name_year, 3)), part(year_quarter, 1), part(quarter_year, 3), part(first_of_month, 1),
        part(year_month_zh, 1), serial_month.dt.year().cast(pl.String), part(whole, 1), part(year_half, 1),
        part(half_year, 3),
    ).cast(pl.Int32)  # fmt: skip
    whole_year = pl.col("clean").str.contains(whole)
    parts = frame.with_columns(
        year=year, month=month, quarter=quarter, half=half, whole_year=whole_year, ambiguous=ambiguous
    ).with_columns(
        readable=~pl.col("ambiguous")
        & pl.col("year").is_between(FIRST_YEAR, LAST_YEAR)
        & (
            pl.col("month").is_between(1, 12)
            | pl.col("quarter").is_not_null()
            | pl.col("half").is_not_null()
            | pl.col("whole_year")
        )
    )
    start_month = pl.coalesce("month", pl.col("quarter") * 3 - 2, pl.col("half") * 6 - 5, pl.lit(1))
    year_text = pl.col("year").cast(pl.String)
    return (
        parts.with_columns(readable=pl.col("readable").fill_null(False))
        .with_columns(
            start=pl.when("readable")
            .then(pl.concat_str(year_text, pl.lit("-"), start_month.cast(pl.String).str.zfill(2), pl.lit("-01")))
            .str.to_date("%Y-%m-%d", strict=False)
        )
        .select(
            "text",
            "serials",
            value=pl.when("readable").then(
                pl.when(pl.col("month").is_not_null())
                .then(pl.concat_str(year_text, pl.lit("-"), pl.col("month").cast(pl.String).str.zfill(2)))
                .when(pl.col("quarter").is_not_null())
                .then(pl.concat_str(year_text, pl.lit("-Q"), pl.col("quarter").cast(pl.String)))
                .when(pl.col("half").is_not_null())
                .then(pl.concat_str(year_text, pl.lit("-H"), pl.col("half").cast(pl.String)))
                .otherwise(year_text)
            ),
            start="start",
            end=pl.when(pl.col("month").is_not_null())
            .then(pl.col("start").dt.month_end())
            .when(pl.col("quarter").is_not_null())
            .then(pl.col("start").dt.offset_by("2mo").dt.month_end())
            .when(pl.col("half").is_not_null())
            .then(pl.col("start").dt.offset_by("5mo").dt.month_end())
            .otherwise(pl.col("start").dt.offset_by("11mo").dt.month_end()),
            fault=pl.when("ambiguous")
            .then(pl.lit("ambiguous_period"))
            .when(~pl.col("readable"))
            .then(pl.lit("not_a_period")),
        )
    )


def booleans(text: pl.Series) -> pl.DataFrame:
    """Booleans: `value` Boolean, `fault`."""
    key = pl.col("text").str.normalize("NFKC").str.strip_chars().str.to_lowercase()
    value = (
        pl.when(key.is_in(["true", "yes", "y", "1", "t", "是", "有"]))
        .then(True)
        .when(key.is_in(["false", "no", "n", "0", "f", "否", "无"]))
        .then(False)
    )
    return pl.DataFrame({"text": text}).select(
        value=value,
        fault=pl.when(pl.col("text").is_not_null() & value.is_null()).then(pl.lit("not_a_boolean")),
    )


def _by_unique(text: pl.Series, serials: pl.Series, parse: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Parse each distinct text once: a column of dates has few of them, however long it is."""
    frame = pl.DataFrame({"text": text, "serials": serials})
    unique = frame.filter(pl.col("text").is_not_null()).unique()
    return frame.join(parse(unique), on=["text", "serials"], how="left", maintain_order="left").drop("text", "serials")
