"""Rules that nobody chose: shapes from one seed, constants from the seed and the repetition."""

from __future__ import annotations

import datetime as dt
import random

import values
from rules import DATES, NULLABLE, NUMBERS, All, AnyTag, Either, Flag, Missing, Not, OneOf, Prefix, Range, Rule
from values import TODAY

STANDING = 5

NAMES: dict[str, list[str]] = {
    "region": values.REGIONS,
    "city": values.CITIES,
    "gender": values.GENDERS,
    "occupation": values.OCCUPATIONS,
    "industry": values.INDUSTRIES,
    "company_size": values.SIZES,
    "channel": values.CHANNELS,
    "source": values.SOURCES,
    "language": values.LANGUAGES,
    "currency": values.CURRENCIES,
}

SPANS: dict[str, tuple[int, int, int]] = {
    "age": (18, 90, 1),
    "orders_90d": (0, 9, 1),
    "orders_365d": (0, 21, 1),
    "visits_30d": (0, 11, 1),
    "consults_30d": (0, 3, 1),
    "influence": (0, 90, 1),
    "spend_90d": (0, 1000, 10),
    "spend_365d": (0, 4000, 10),
    "aov_365d": (0, 200, 10),
    "profit_365d": (-50, 500, 10),
}
"""Of each number the smallest and largest constant and the step between: money in tens, for the
bitmaps of the peer that keeps ranges of ten."""

BACK: dict[str, tuple[int, int]] = {
    "birth_date": (19 * 365, 80 * 365),
    "signup_date": (30, 2000),
    "last_order_date": (7, 600),
    "last_visit_date": (7, 300),
}
"""Of each date how many days back a constant lies."""

TEXT_SHAPES = ("one", "few")
NUMBER_SHAPES = ("least", "least", "below", "between")


def _shape(r: random.Random, column: str) -> str:
    """What is asked of the column."""
    if column in NAMES:
        return "prefix" if column == "city" and r.random() < 0.3 else r.choice(TEXT_SHAPES)
    if column in SPANS or column in BACK:
        shapes = NUMBER_SHAPES + (("missing",) if column in NULLABLE else ())
        return r.choice(shapes)
    return "own"


def _constants(r: random.Random, column: str, shape: str) -> Rule:
    """One predicate of a shape with constants drawn anew."""
    if shape == "missing":
        return Missing(column)
    if column == "tags":
        return AnyTag(column, tuple(r.sample(values.TAGS, r.randint(1, 3))))
    if column == "is_subscribed":
        return Flag(column)
    if shape == "prefix":
        return Prefix(column, r.choice(values.CITIES)[:3])
    if column in NAMES:
        names = NAMES[column]
        most = min(len(names) - 1, 20 if column == "city" else 4)
        n = 1 if shape == "one" else r.randint(2, max(2, most))
        return OneOf(column, tuple(r.sample(names, min(n, most))))
    low, high = sorted(_bound(r, column) for _ in range(2))
    if shape == "least":
        return Range(column, low=low)
    if shape == "below":
        return Range(column, high=high)
    return Range(column, low, high)


def _bound(r: random.Random, column: str) -> int | dt.date:
    if column in BACK:
        return TODAY - dt.timedelta(r.randint(*BACK[column]))
    low, high, step = SPANS[column]
    return low + step * r.randint(0, (high - low) // step)


def invented(seed: int, number: int, repetition: int) -> Rule:
    """The rule of a number with the constants of a repetition: one to five predicates, sometimes
    an `or`, sometimes a `not`."""
    shape = random.Random(f"{seed} shape {number}")
    fresh = random.Random(f"{seed} constants {number} {repetition}")
    columns = shape.sample([*NAMES, *NUMBERS, *DATES, "tags", "is_subscribed"], shape.randint(1, 5))
    parts = [_constants(fresh, column, _shape(shape, column)) for column in columns]
    if shape.random() < 0.2:
        parts[0] = Not(parts[0])
    if len(parts) >= 3 and shape.random() < 0.4:
        parts[-2:] = [Either(tuple(parts[-2:]))]
        if shape.random() < 0.3:
            parts[-1] = Not(parts[-1])
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def standing(n: int) -> list[Rule]:
    """Rules of groups that are kept, the same whatever the seed: two to five predicates over
    numbers and texts."""
    r = random.Random(STANDING)
    columns = [*(name for name in NAMES if name != "city"), *NUMBERS]
    made: list[Rule] = []
    for _ in range(n):
        chosen = r.sample(columns, r.randint(2, 5))
        made.append(All(tuple(_constants(r, column, r.choice(_plain(column))) for column in chosen)))
    return made


def _plain(column: str) -> tuple[str, ...]:
    return TEXT_SHAPES if column in NAMES else NUMBER_SHAPES
