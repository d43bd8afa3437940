"""Product footprints judged by the PACT specification: what is missing, of another kind, or does not add up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from data_contracts.declarations.footprints import ACCEPTED, OBJECTS, Field

NUMBER = re.compile(r"-?\d+(\.\d+)?")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
BOUNDS = {
    ">0": lambda number: number > 0,
    ">=0": lambda number: number >= 0,
    "<=0": lambda number: number <= 0,
}


def problems(record: Any) -> list[str]:
    """What is wrong with a ProductFootprint, with the path of each field, in both languages; empty if it is sound."""
    return list(_object(record, "ProductFootprint", ""))


def _object(value: Any, name: str, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path or name}: not an object / 不是对象"
        return
    fields = OBJECTS[name]
    for unknown in sorted(set(map(str, value)) - {field.name for field in fields}):
        yield f"{path}{unknown}: no field of {name} / {name} 无此字段"
    for field in fields:
        where = path + field.name
        if value.get(field.name) is None:
            if field.is_required:
                yield f"{where}: required and missing / 必填项缺失"
        else:
            yield from _value(value[field.name], field, where)
    if name == "CarbonFootprint":
        yield from _sum(value, path)


def _value(value: Any, field: Field, where: str) -> Iterator[str]:
    if field.kind in OBJECTS:
        yield from _object(value, field.kind, f"{where}.")
    elif field.kind == "list":
        if not isinstance(value, list) or (field.is_required and not value):
            yield f"{where}: not a list with an entry / 不是非空列表"
    elif field.kind == "boolean":
        if not isinstance(value, bool):
            yield f"{where}: neither true nor false / 不是布尔值"
    elif field.kind == "decimal" or field.kind in BOUNDS:
        number = decimal_of(value)
        if number is None:
            yield f"{where}: {value!r} is no decimal written as a text / 不是以文本表示的小数"
        elif field.kind in BOUNDS and not BOUNDS[field.kind](number):
            yield f"{where}: {value} is not {field.kind} / 数值超出范围（{field.kind}）"
    elif not isinstance(value, str) or (field.kind == "text" and not value.strip()):
        yield f"{where}: {value!r} is no text / 不是文本"
    elif field.kind == "uri" and not URI.fullmatch(value):
        yield f"{where}: {value!r} is no URI / 不是 URI"
    elif field.name in ACCEPTED and value not in ACCEPTED[field.name]:
        accepted = ", ".join(ACCEPTED[field.name])
        yield f"{where}: {value!r} is none of {accepted} / 不在允许取值内"


def decimal_of(value: Any) -> Decimal | None:
    """The number of a decimal as the specification writes them, a text; None for anything else."""
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def _sum(footprint: Mapping[str, Any], path: str) -> Iterator[str]:
    """With the uptake = without it + the uptake, as far as the digits that are printed can say."""
    including, excluding, uptake = (
        decimal_of(footprint.get(name))
        for name in ("pcfIncludingBiogenicUptake", "pcfExcludingBiogenicUptake", "biogenicCO2Uptake")
    )
    if including is None or excluding is None:
        return
    given = (including, excluding, uptake or Decimal(0))
    least = max(number.as_tuple().exponent for number in given if number)  # type: ignore[type-var]
    half = Decimal((0, (5,), int(least) - 1))
    difference = abs(including - excluding - given[2])
    if difference > half:
        yield (
            f"{path}pcfIncludingBiogenicUptake: {including} is not pcfExcludingBiogenicUptake {excluding}"
            f" + biogenicCO2Uptake {given[2]} / 不等于两者之和"
        )
