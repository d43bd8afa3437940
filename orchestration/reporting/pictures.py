"""Pictures of the report's tables: Vega-Lite specifications, drawn as SVG by vl-convert without browser or network.

Each picture is drawn from the rows of the table it stands above, so that whoever cannot see it reads the same. Colours
differ in lightness, and lines in dash and mark, so that a print in grey tells them apart.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestration.reporting import words
from orchestration.reporting.blocks import Column, Table, Text
from orchestration.reporting.reading import Contents, printed_number, said

VEGA_LITE = "5.20"
FONT = "Liberation Sans, Arial, Helvetica, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
INK, SOFT, LINE = "#1d2733", "#5b6875", "#d8dde3"
DARK, MIDDLE, LIGHT, PALE, RED = "#123b5d", "#2f7f86", "#8fbf9f", "#e6d8a8", "#a1341f"
WIDTH = 900
CONFIG = {
    "font": FONT,
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT, "titleColor": SOFT, "titleFontWeight": "normal", "labelFontSize": 12, "titleFontSize": 12,
        "gridColor": LINE, "domainColor": LINE, "tickColor": LINE, "labelLimit": 430,
    },
    "legend": {"labelColor": INK, "titleColor": SOFT, "labelFontSize": 12, "titleFontWeight": "normal", "orient": "top",
               "labelLimit": 320, "title": None},
    "text": {"color": INK, "fontSize": 12},
    "bar": {"color": DARK},
}  # fmt: skip

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Say:
    """What is written into a picture: texts in the language of the report, figures as the table beside prints them."""

    language: str
    columns: Mapping[str, Column]
    tonnes_decimals: int

    def __call__(self, text: Text) -> str:
        return " / ".join(words for _, words in said(text, self.language))

    def figure(self, column: str, value: Any) -> str:
        return printed_number(value, self.columns[column], self.tonnes_decimals)


@dataclass(frozen=True)
class Drawing:
    """A specification, and what a screen reader says of the picture. None where the rows have nothing to draw."""

    spec: dict[str, Any]
    description: Text


def draw(table: Table, rows: Rows, language: str, tonnes_decimals: int) -> str | None:
    """The SVG of a table's picture, with title and description; None where there is nothing to draw."""
    say = _say(table, language, tonnes_decimals)
    drawing = PICTURES[table.picture or ""](rows, say)
    if drawing is None:
        return None
    import vl_convert

    spec = {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE[0]}.json",
        "config": CONFIG,
        **drawing.spec,
    }
    svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    return _accessible(svg, table.name, say(table.title), say(drawing.description))


def _say(table: Table, language: str, tonnes_decimals: int) -> Say:
    return Say(language, {column.name: column for column in table.columns}, tonnes_decimals)


def images(contents: Contents, names: Sequence[str]) -> dict[str, str]:
    """Small PNG images of pictures, in base64, by name; those that have nothing to draw are left out."""
    import vl_convert

    drawn = {}
    for section in contents.sections:
        for answered in section.blocks:
            table, rows = answered.block, answered.answers[0].rows
            if isinstance(table, Table) and table.picture in names and rows:
                drawing = PICTURES[table.picture](rows, _say(table, "en", contents.tonnes_decimals))
                if drawing:
                    spec = {"config": {**CONFIG, "background": "#ffffff"}, **drawing.spec}
                    png = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=0.6)
                    drawn[table.picture] = base64.b64encode(png).decode()
    return drawn


def _accessible(svg: str, name: str, title: str, description: str) -> str:
    """With title and description, ids of its own, and the width of the page it stands in."""
    for found in set(re.findall(r'id="([^"]+)"', svg)):
        svg = svg.replace(f'id="{found}"', f'id="{name}-{found}"').replace(f"url(#{found})", f"url(#{name}-{found})")
    opening, rest = re.match(r"<svg ([^>]*)>(.*)", svg, re.DOTALL).groups()  # type: ignore[union-attr]
    view = re.search(r'viewBox="([^"]+)"', opening)[1]  # type: ignore[index]
    width = view.split()[2]
    # The parts are said by title, description and the table; read one by one they would be noise.
    rest = re.sub(r' (role|aria-[a-z]+)="[^"]*"', "", rest)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="{view}" style="max-width:{width}px"'
        f' role="img" aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{html.escape(title)}</title>'
        f'<desc id="{name}-desc">{html.escape(description)}</desc>{rest}'
    )


def _number(value: Any) -> float | None:
    """For drawing only; what is printed is never a float."""
    return None if value is None else float(value)


def _described(en: str, zh: str, count: int) -> Text:
    return Text(f"{en} {count} values; the table below has them.", f"{zh}共 {count} 个数值，详见下表。")


TONNES = Text("t CO₂e", "吨 CO₂e")


def _figures(values: list[dict[str, Any]]) -> dict[str, Any]:
    """An axis of figures: whole numbers, with decimals where all of them are small."""
    largest = max(abs(value["value"]) for value in values)
    return {"format": ",.0f" if largest >= 10 else ",.2f" if largest >= 0.1 else ",.4f", "tickCount": 5}


def _bars(values: list[dict[str, Any]], axis: str, step: int, labels: int) -> dict[str, Any]:
    """Horizontal bars with their figures beside them, in the order of the rows. labels: pixels that those take."""
    y = {
        "field": "label", "type": "nominal", "sort": [value["label"] for value in values], "title": None,
        "axis": {"domain": False, "ticks": False, "labelColor": INK},
    }  # fmt: skip
    x = {"field": "value", "type": "quantitative", "title": axis, "axis": _figures(values)}
    return {
        "width": WIDTH - 100 - labels,
        "height": {"step": step},
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.66}}, "encoding": {"y": y, "x": x}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {"y": y, "x": x, "text": {"field": "figure", "type": "nominal"}},
            },
        ],
    }


def scopes(rows: Rows, say: Say) -> Drawing | None:
    values = [
        {
            "label": say(Text(f"Scope {row['scope']}", f"范围 {row['scope']}")),
            "value": _number(row["co2e_t"]),
            "figure": say.figure("co2e_t", row["co2e_t"]),
        }
        for row in rows
        if row["scope"] in ("1", "2", "3") and row["co2e_t"] is not None
    ]
    if not values:
        return None
    said = _described("Bars of the emissions of each scope.", "各范围排放的条形图。", len(values))
    return Drawing(_bars(values, say(TONNES), 34, 110), said)


def categories(rows: Rows, say: Say) -> Drawing | None:
    values = [
        {
            "label": say(
                Text(
                    f"{row['ghg_protocol_category']} {row['category_name_en']}",
                    f"{row['ghg_protocol_category']} {row['category_name_zh']}",
                )
            ),
            "value": _number(row["co2e_t"]),
            "figure": say.figure("co2e_t", row["co2e_t"]),
        }
        for row in rows
        if row["ghg_protocol_category"] is not None and row["co2e_t"] is not None
    ]
    if not values:
        return None
    said = _described(
        "Bars of the Scope 3 categories in their order.", "范围 3 各类别（按编号）的条形图。", len(values)
    )
    return Drawing(_bars(values, say(TONNES), 26, 430 if " / " in values[0]["label"] else 280), said)


def waterfall(rows: Rows, say: Say) -> Drawing | None:
    return _waterfall(rows, say, "source_class", "base_t", words.SOURCE_CLASSES, Text("class of source", "排放源类别"))


def drivers(rows: Rows, say: Say) -> Drawing | None:
    return _waterfall(rows, say, "driver", "after_t", words.CAUSES, Text("driver", "驱动因素"))


def _waterfall(rows: Rows, say: Say, cause: str, total: str, names: Mapping[str, Text], by: Text) -> Drawing | None:
    """From the base year to now: each cause adds to what stood before it. total: column whose form totals have."""
    changes = [row for row in rows if row["change_t"]]
    if not changes:
        return None
    last = rows[0]["whole_base_t"]
    steps = [_step(say(Text("Base year", "基准年")), Decimal(0), last, "total", say.figure(total, last))]
    for row in changes:
        known = names.get(row[cause], Text(row[cause], row[cause]))
        kind = "more" if row["change_t"] > 0 else "less"
        steps.append(_step(say(known), last, row["after_t"], kind, say.figure("change_t", row["change_t"])))
        last = row["after_t"]
    now = rows[0]["whole_now_t"]
    steps.append(_step(say(Text("This year", "本年度")), Decimal(0), now, "total", say.figure(total, now)))
    kinds = {"total": DARK, "more": RED, "less": LIGHT}
    y = {
        "field": "label", "type": "nominal", "sort": [step["label"] for step in steps], "title": None,
        "axis": {"domain": False, "ticks": False, "labelColor": INK},
    }  # fmt: skip
    x = {"field": "start", "type": "quantitative", "title": say(TONNES), "axis": _figures(steps)}
    spec = {
        "width": WIDTH - 330,
        "height": {"step": 30},
        "data": {"values": steps},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.66}},
                "encoding": {
                    "y": y, "x": x, "x2": {"field": "end"},
                    "color": {
                        "field": "kind", "type": "nominal", "legend": None,
                        "scale": {"domain": list(kinds), "range": list(kinds.values())},
                    },
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {
                    "y": y, "x": {"field": "right", "type": "quantitative"},
                    "text": {"field": "figure", "type": "nominal"},
                },
            },
        ],
    }  # fmt: skip
    said = _described(
        f"Waterfall of Scope 1 + 2 from the base year to this year by {by.en}.",
        f"范围 1 + 2 自基准年至本年度按{by.zh}的瀑布图。",
        len(steps),
    )
    return Drawing(spec, said)


def _step(label: str, start: Decimal, end: Decimal, kind: str, figure: str) -> dict[str, Any]:
    places = {"start": float(start), "end": float(end), "right": float(max(start, end)), "value": float(end)}
    return {"label": label, "kind": kind, "figure": figure, **places}


def heat_map(rows: Rows, say: Say) -> Drawing | None:
    values = [
        {"base": row["base"], "month": month, "value": _number(row[f"month_{month}"])}
        for row in rows
        for month in range(1, 13)
        if row[f"month_{month}"] is not None
    ]
    if len(rows) < 2:  # of one base there is nothing to compare
        return None
    spec = {
        "width": WIDTH - 180,
        "height": {"step": 24},
        "data": {"values": values},
        "mark": {"type": "rect", "stroke": "#ffffff", "strokeWidth": 2},
        "encoding": {
            "x": {
                "field": "month", "type": "ordinal", "title": say(Text("Month", "月份")),
                "axis": {"labelAngle": 0, "domain": False, "ticks": False},
            },
            "y": {
                "field": "base", "type": "nominal", "sort": [row["base"] for row in rows], "title": None,
                "axis": {"domain": False, "ticks": False, "labelColor": INK},
            },
            # Light to dark in one hue: the order is the same in grey.
            "color": {
                "field": "value", "type": "quantitative", "title": say(TONNES),
                "scale": {"range": ["#eef3f1", "#8fbf9f", "#2f7f86", "#123b5d"], "zero": True},
                "legend": {"orient": "right", "format": ",.0f", "gradientLength": 180, "title": say(TONNES)},
            },
        },
    }  # fmt: skip
    said = _described(
        "Heat map of Scope 1 + 2 by base (rows, the largest first) and month (columns); darker is more.",
        "各基地（行，由大到小）各月（列）范围 1 + 2 热力图，颜色越深排放越多。",
        len(values),
    )
    return Drawing(spec, said)


def trend(rows: Rows, say: Say) -> Drawing | None:
    pathway = [{"year": r["year"], "value": _number(r["pathway_co2e_t"])} for r in rows if r["pathway_co2e_t"]]
    actual = [
        {
            "year": r["year"],
            "value": _number(r["actual_co2e_t"]),
            "figure": say.figure("actual_co2e_t", r["actual_co2e_t"]),
        }
        for r in rows
        if r["actual_co2e_t"] is not None
    ]
    if not actual or len(actual) + len(pathway) < 2:
        return None
    projected = [
        {
            "year": r["year"],
            "value": _number(r["expected_t"]),
            "lower": _number(r["lower_t"]),
            "upper": _number(r["upper_t"]),
        }
        for r in rows
        if r["expected_t"] is not None
    ]
    names = {
        "actual": say(Text("Actual", "实际")),
        "pathway": say(Text("Pathway of the targets", "目标路径")),
        "projected": say(Text("Present course, 95 % interval", "目前走势及 95 % 区间")),
    }
    shown = [
        names[key] for key, values in (("actual", actual), ("pathway", pathway), ("projected", projected)) if values
    ]
    colour = {
        "type": "nominal", "scale": {"domain": shown, "range": [DARK, MIDDLE, RED][: len(shown)]},
        "legend": {"symbolType": "stroke", "symbolStrokeWidth": 3} if len(shown) > 1 else None,
    }  # fmt: skip
    x = {
        "field": "year", "type": "quantitative", "title": None, "scale": {"nice": False, "zero": False, "padding": 14},
        "axis": {"format": "d", "tickCount": 8, "tickMinStep": 1, "grid": False},
    }  # fmt: skip
    y = {"field": "value", "type": "quantitative", "title": say(TONNES), "axis": _figures(actual)}

    def series(key: str, values: list[dict[str, Any]], mark: dict[str, Any]) -> dict[str, Any]:
        return {
            "data": {"values": [{**value, "series": names[key]} for value in values]},
            "mark": mark,
            "encoding": {"x": x, "y": y, "color": {"field": "series", **colour}},
        }

    layers = [
        {
            "data": {"values": projected},
            "mark": {"type": "area", "color": RED, "opacity": 0.15},
            "encoding": {"x": x, "y": {**y, "field": "lower"}, "y2": {"field": "upper"}},
        },
        series("pathway", pathway, {"type": "line", "strokeDash": [7, 4], "strokeWidth": 2}),
        series(
            "projected",
            projected,
            {"type": "line", "strokeDash": [2, 3], "strokeWidth": 2, "point": {"size": 40, "shape": "diamond"}},
        ),
        series(
            "actual",
            actual,
            {"type": "line", "strokeWidth": 3, "point": {"filled": True, "size": 70, "shape": "circle"}},
        ),
        {
            "data": {"values": [actual[0], *actual[1:][-1:]]},
            "mark": {"type": "text", "dy": -13, "align": "left", "dx": 3},
            "encoding": {"x": x, "y": y, "text": {"field": "figure", "type": "nominal"}},
        },
    ]
    said = _described(
        "Line of actual Scope 1 + 2 with points, dashed line of what the targets allow, and dotted line of the present"
        " course in the band of its 95 % interval.",
        "带标记实线为实际范围 1 + 2，虚线为目标路径允许值，点线及色带为目前走势及其 95 % 区间。",
        len(actual) + len(pathway) + len(projected),
    )
    return Drawing(
        {"width": WIDTH - 90, "height": 300, "layer": [layer for layer in layers if layer["data"]["values"]]}, said
    )


def projection(rows: Rows, say: Say) -> Drawing | None:
    years = [
        {
            "year": r["year"],
            "value": _number(r["expected_t"]),
            "lower": _number(r["lower_95_t"]),
            "upper": _number(r["upper_95_t"]),
        }
        for r in rows
        if r["expected_t"] is not None and r["months"] == 12
    ]
    if len(years) < 2:
        return None
    x = {
        "field": "year", "type": "quantitative", "title": None, "scale": {"nice": False, "zero": False, "padding": 14},
        "axis": {"format": "d", "tickCount": 8, "tickMinStep": 1, "grid": False},
    }  # fmt: skip
    y = {"type": "quantitative", "title": say(TONNES), "axis": _figures(years)}
    layers = [
        {
            "mark": {"type": "area", "color": MIDDLE, "opacity": 0.25},
            "encoding": {"x": x, "y": {"field": "lower", **y}, "y2": {"field": "upper"}},
        },
        {
            "mark": {"type": "line", "color": DARK, "strokeWidth": 3, "point": {"filled": True, "size": 60}},
            "encoding": {"x": x, "y": {"field": "value", **y}},
        },
    ]
    said = _described(
        "Line of the expected Scope 1 + 2 of each projected year, in the band of its 95 % interval.",
        "实线为各推算年份的范围 1 + 2 期望值，色带为其 95 % 区间。",
        len(years),
    )
    return Drawing({"width": WIDTH - 90, "height": 260, "data": {"values": years}, "layer": layers}, said)


# What intensities are drawn of, the first that the organisation has.
DRAWN_INTENSITIES = ("production_mw", "shipments_mw", "revenue", "gross_output")


def intensity(rows: Rows, say: Say) -> Drawing | None:
    present = {row["denominator"] for row in rows}
    chosen = next((metric for metric in DRAWN_INTENSITIES if metric in present), None)
    if chosen is None:
        return None
    values: dict[int, Mapping[str, Any]] = {}
    for row in rows:  # the reported one comes first
        if row["denominator"] == chosen:
            values.setdefault(row["year"], row)
    unit = next(iter(values.values()))["unit"]
    bars = [
        {"label": str(year), "value": _number(row["value"]), "figure": say.figure("value", row["value"])}
        for year, row in values.items()
    ]
    metric = words.METRICS.get(chosen, Text(chosen, chosen))
    said = _described(
        f"Bars of Scope 1 + 2 per {metric.en}, by year, in {unit}.",
        f"各年度范围 1 + 2 强度（{metric.zh}，{unit}）。",
        len(bars),
    )
    return Drawing(_bars(bars, unit.replace("CO2e", "CO₂e"), 34, 60), said)


def _stacked(
    values: list[dict[str, Any]], order: list[str], colours: list[str], axis: dict[str, Any], step: int = 40
) -> dict[str, Any]:
    """Horizontal bars made of parts, the lightest last."""
    return {
        "width": WIDTH - 200,
        "height": {"step": step},
        "data": {"values": [{**value, "rank": order.index(value["part"])} for value in values]},
        "mark": {"type": "bar", "stroke": "#ffffff", "strokeWidth": 1, "height": {"band": 0.66}},
        "encoding": {
            "y": {
                "field": "label", "type": "nominal", "title": None,
                "sort": list(dict.fromkeys(v["label"] for v in values)),
                "axis": {"domain": False, "ticks": False, "labelColor": INK},
            },
            "x": {"field": "value", "type": "quantitative", "stack": True, **axis},
            "color": {"field": "part", "type": "nominal", "scale": {"domain": order, "range": colours}, "sort": order},
            "order": {"field": "rank", "type": "quantitative"},
        },
    }  # fmt: skip


def green_share(rows: Rows, say: Say) -> Drawing | None:
    parts = {
        "onsite_mwh": say(Text("Generated on site", "自发自用")),
        "contracts_mwh": say(Text("Contracts", "绿电合同")),
        "certificates_mwh": say(Text("Certificates", "绿证")),
        "other": say(Text("Other", "其他")),
    }
    values = []
    for row in rows:
        consumed = row["consumption_mwh"]
        if not consumed:
            continue
        shown = {name: row[name] for name in ("onsite_mwh", "contracts_mwh", "certificates_mwh")}
        shown["other"] = max(consumed - row["green_mwh"], Decimal(0))
        label = f"{row['year']} ({say.figure('green_share', row['green_share'])})"
        values += [
            {"label": label, "part": parts[name], "value": float(value) / float(consumed)}
            for name, value in shown.items()
        ]
    if not any(value["value"] for value in values if value["part"] != parts["other"]):
        return None
    axis = {
        "title": say(Text("Share of consumption", "占用电量")),
        "axis": {"format": "%"},
        "scale": {"domain": [0, 1]},
    }
    said = _described(
        "Bars of what electricity rests on by year; the share of green electricity stands beside each year.",
        "各年度用电构成的条形图，年份旁为绿色电力占比。",
        len(values),
    )
    return Drawing(_stacked(values, list(parts.values()), [DARK, MIDDLE, LIGHT, "#e9ecef"], axis), said)


def instruments(rows: Rows, say: Say) -> Drawing | None:
    parts = {
        "allocated": say(Text("Used", "使用")),
        "surplus": say(Text("Surplus", "剩余")),
    }
    values = [
        {
            "label": say(words.INSTRUMENTS.get(row["instrument_type"], Text(*[row["instrument_type"]] * 2))),
            "part": text,
            "value": _number(row[name]),
        }
        for row in rows
        for name, text in parts.items()
    ]
    if not values:
        return None
    axis = {"title": "MWh", "axis": _figures(values)}
    said = _described(
        "Bars of what was purchased, made of what was used and what is left, by kind of instrument.",
        "各类凭证购入量的条形图，由使用量与剩余量组成。",
        len(values),
    )
    spec = _stacked(values, list(parts.values()), [MIDDLE, PALE], axis)
    spec["width"] = WIDTH - 300
    return Drawing(spec, said)


def data_quality(rows: Rows, say: Say) -> Drawing | None:
    parts = {
        "excellent_share": say(Text("Excellent", "优秀")),
        "good_share": say(Text("Good", "良好")),
        "fair_share": say(Text("Fair", "一般")),
        "poor_share": say(Text("Poor", "较差")),
        "unscored": say(Text("Not scored", "未评定")),
    }
    values = []
    for row in rows:
        shown = {name: row[name] or Decimal(0) for name in parts if name != "unscored"}
        shown["unscored"] = max(1 - (row["scored_share"] or Decimal(0)), Decimal(0))
        method = words.METHODS.get(row["scope2_method"])
        label = say(
            Text(
                f"Scope {row['scope']}" + (f", {method.en}" if method else ""),
                f"范围 {row['scope']}" + (f"（{method.zh}）" if method else ""),
            )
        )
        values += [{"label": label, "part": parts[name], "value": _number(value)} for name, value in shown.items()]
    if not any(value["value"] for value in values if value["part"] != parts["unscored"]):
        return None
    axis = {
        "title": say(Text("Share of the emissions", "占排放量")),
        "axis": {"format": "%"},
        "scale": {"domain": [0, 1]},
    }
    colours = [DARK, MIDDLE, LIGHT, PALE, "#eceff2"]
    said = _described("Bars of the data quality of each scope.", "各范围数据质量的条形图。", len(values))
    spec = _stacked(values, list(parts.values()), colours, axis, 36)
    spec["width"] = WIDTH - 280
    return Drawing(spec, said)


PICTURES: Mapping[str, Callable[[Rows, Say], Drawing | None]] = {
    "projection": projection,
    "scopes": scopes,
    "categories": categories,
    "heat_map": heat_map,
    "waterfall": waterfall,
    "drivers": drivers,
    "trend": trend,
    "intensity": intensity,
    "green_share": green_share,
    "instruments": instruments,
    "data_quality": data_quality,
}
