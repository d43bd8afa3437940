"""What a sender wrote around a table, without the names, telephone numbers and addresses of people: it is quoted in
findings, which are published."""

from __future__ import annotations

import re

import polars as pl

MASK = "…"
# Patterns that Python and Polars read alike, and what stands in place of a match.
PERSONAL = (
    (r"[\w.+-]+@[\w-]+\.[\w.-]+", MASK),
    (r"\+[0-9][0-9 ()-]{7,}[0-9]|\b1[3-9][0-9](?:[ -]?[0-9]{4}){2}\b", MASK),
    (r"\(?\b0[0-9]{2,3}\)?[ -]?[0-9]{7,8}\b|\(?\b[0-9]{3}\)?[ -][0-9]{3}[ -][0-9]{4}\b", MASK),
    (
        r"((?:填表|填报|审核|审批|制表|编制|复核|校核|联系|经办|负责|批准|核准|抄表|统计|签字|签名|主管)[人者]?)"
        r"(?:[(（][^)）]*[)）])?[ \t]*[:：]?[ \t]*[^ \t:：;；,，|/、。]+",
        "${1}：" + MASK,
    ),
    (
        r"(?i)\b((?:prepared|reviewed|approved|checked|signed|compiled|submitted|filled(?: in| out)?|verified) by"
        r"|contact(?: person)?|signature|name)\b[ \t]*[:：]?[ \t]*[^:：;；,，|/]+",
        "${1}: " + MASK,
    ),
)


def without_persons(text: pl.Expr) -> pl.Expr:
    for pattern, instead in PERSONAL:
        text = text.str.replace_all(pattern, instead)
    return text


def text_without_persons(text: str) -> str:
    for pattern, instead in PERSONAL:
        text = re.sub(pattern, instead.replace("${1}", r"\1"), text)
    return text
