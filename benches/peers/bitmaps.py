"""ClickHouse as it is used for groups of customers: a bitmap of ids for each value of an attribute.

A rule is algebra over these bitmaps. Numbers and dates have a bitmap for each value, money one for
each ten; a missing value is a value of its own, so that complements need no other table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clickhouse import Click
from engine import Cannot
from invented import NAMES
from questions import Question
from rules import (
    DATES,
    MONEY,
    NUMBERS,
    All,
    AnyTag,
    Either,
    Flag,
    Leaf,
    Missing,
    Not,
    OneOf,
    Prefix,
    Range,
    Rule,
    positive,
)
from sql import quoted

MISSING = -2_000_000_000


def _number(column: str) -> str:
    """The number that stands for an attribute's value."""
    if column in MONEY:
        return f"toInt32(floor(toFloat64({column}) / 10))"
    return f"ifNull(toInt32({column}), {MISSING})"


class Bitmaps(Click):
    """Answers rules, and nothing else."""

    def fill(self) -> None:
        self.run(
            "create table bitmaps (attribute LowCardinality(String), text String, number Int32, "
            "ids AggregateFunction(groupBitmap, UInt32)) engine = MergeTree order by (attribute, number, text)"
        )
        for column in NAMES:
            self._fill(column, f"ifNull({column}, '')", "0")
        for column in (*NUMBERS, *DATES):
            self._fill(column, "''", _number(column))
        self._fill("is_subscribed", "''", "toInt32(is_subscribed)")
        self._fill("tags", "arrayJoin(tags)", "0")
        self.run("optimize table bitmaps final")

    def _fill(self, column: str, text: str, number: str) -> None:
        self.run(
            f"insert into bitmaps select '{column}', {text} as t, {number} as n, groupBitmapState(toUInt32(assumeNotNull(id))) "
            f"from file('{self.place.parquet('customers')}', Parquet) group by t, n"
        )

    def ask(self, question: Question, constants: Any) -> Callable[[], Any]:
        if question.kind not in ("rule", "stored"):
            raise Cannot("bitmaps answer rules over attributes")
        members = self._write(positive(constants))
        if question.form == "count":
            text = f"select bitmapCardinality({members})"
            return lambda: self.lines(text)[0]
        text = f"select arrayJoin(bitmapToArray({members}))"
        return lambda: np.frombuffer(self.run(text, "RowBinary").bytes(), np.uint32)

    def _write(self, rule: Rule) -> str:
        match rule:
            case All(parts) | Either(parts):
                combine = "bitmapAnd" if isinstance(rule, All) else "bitmapOr"
                text = self._write(parts[0])
                for part in parts[1:]:
                    text = f"{combine}({text}, {self._write(part)})"
                return text
            case Not():
                raise TypeError(rule)
        if isinstance(rule, AnyTag) and rule.negated:
            return f"bitmapAndnot({_merged('is_subscribed', 'true')}, {_merged(rule.column, _values(rule))})"
        return _merged(rule.column, _values(rule))


def _merged(column: str, condition: str) -> str:
    """Those who are in any of an attribute's bitmaps for which a condition holds."""
    return f"(select groupBitmapMergeState(ids) from bitmaps where attribute = '{column}' and {condition})"


def _values(leaf: Leaf) -> str:
    """Which of an attribute's bitmaps belong."""
    no = "not " if leaf.negated else ""
    match leaf:
        case OneOf(values=values):
            return f"text {no}in ({quoted(values)})"
        case Prefix(text=text):
            return f"{no}startsWith(text, '{text}')"
        case Flag():
            return f"number = {int(not leaf.negated)}"
        case Missing(column) if column in NAMES:
            return f"text {'<>' if leaf.negated else '='} ''"
        case Missing():
            return f"number {'<>' if leaf.negated else '='} {MISSING}"
        case AnyTag(values=tags):
            return f"text in ({quoted(tags)})"
        case Range():
            return f"{no}({_range(leaf)})"
    raise TypeError(leaf)


def _range(leaf: Range) -> str:
    low, high = (_bound(leaf.column, end) for end in (leaf.low, leaf.high))
    parts = [f"number > {MISSING}"]
    if low is not None:
        parts.append(f"number >= {low}")
    if high is not None:
        parts.append(f"number < {high}")
    return " and ".join(parts)


def _bound(column: str, end: Any) -> int | None:
    if end is None:
        return None
    if column in DATES:
        return end.toordinal() - 719_163
    if column in MONEY and end % 10:
        raise Cannot("bitmaps of money are of whole tens")
    return end // 10 if column in MONEY else end
