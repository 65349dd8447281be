"""Rules as trees, without any engine's dialect.

Each dialect module writes a tree in its own words. Highsea has two truth values, so `not` is the
complement; SQL has three, so for the peers `positive` moves every `not` down to the predicates,
where a missing value is asked for by name. That is also what a person would write for them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

from values import TODAY

TEXTS = (
    "region",
    "city",
    "gender",
    "occupation",
    "industry",
    "company_size",
    "channel",
    "source",
    "language",
    "currency",
)
MONEY = ("spend_90d", "spend_365d", "aov_365d", "profit_365d")
NUMBERS = ("age", "orders_90d", "orders_365d", "visits_30d", "consults_30d", "influence", *MONEY)
DATES = ("birth_date", "signup_date", "last_order_date", "last_visit_date")
NULLABLE = frozenset(("gender", "age", "birth_date", "last_order_date"))

Bound = int | dt.date


@dataclasses.dataclass(frozen=True)
class OneOf:
    """A text is one of these."""

    column: str
    values: tuple[str, ...]
    negated: bool = False


@dataclasses.dataclass(frozen=True)
class Range:
    """A number or a date lies between two bounds, the low one in, the high one out."""

    column: str
    low: Bound | None = None
    high: Bound | None = None
    negated: bool = False


@dataclasses.dataclass(frozen=True)
class Missing:
    """There is no value."""

    column: str
    negated: bool = False


@dataclasses.dataclass(frozen=True)
class Flag:
    """A bool is true."""

    column: str
    negated: bool = False


@dataclasses.dataclass(frozen=True)
class AnyTag:
    """A set holds any of these."""

    column: str
    values: tuple[str, ...]
    negated: bool = False


@dataclasses.dataclass(frozen=True)
class Prefix:
    """A text begins so."""

    column: str
    text: str
    negated: bool = False


@dataclasses.dataclass(frozen=True)
class All:
    parts: tuple[Rule, ...]


@dataclasses.dataclass(frozen=True)
class Either:
    parts: tuple[Rule, ...]


@dataclasses.dataclass(frozen=True)
class Not:
    part: Rule


Leaf = OneOf | Range | Missing | Flag | AnyTag | Prefix
Rule = Leaf | All | Either | Not


def one(column: str, *values: str) -> OneOf:
    return OneOf(column, values)


def least(column: str, low: Bound) -> Range:
    return Range(column, low=low)


def below(column: str, high: Bound) -> Range:
    return Range(column, high=high)


def between(column: str, low: Bound, high: Bound) -> Range:
    return Range(column, low, high)


def recent(column: str, days: int) -> Range:
    """A date of the last days, today among them."""
    return Range(column, low=TODAY - dt.timedelta(days - 1))


def positive(rule: Rule, negated: bool = False) -> Rule:
    """The same rule with every `not` at a predicate."""
    match rule:
        case Not(part):
            return positive(part, not negated)
        case All(parts) | Either(parts):
            kind = All if isinstance(rule, All) != negated else Either
            return kind(tuple(positive(part, negated) for part in parts))
        case _:
            return dataclasses.replace(rule, negated=rule.negated != negated)


def leaves(rule: Rule) -> Iterator[Leaf]:
    match rule:
        case Not(part):
            yield from leaves(part)
        case All(parts) | Either(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield rule
