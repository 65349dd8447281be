"""The questions, each once: what is asked, and with which constants at which repetition.

No two repetitions of a question have the same constants, so that nothing that keeps whole results
is measured. The constants of the named rules stay near those that their text shows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

import values
from invented import invented, standing
from rules import All, AnyTag, Either, Flag, Missing, Not, Prefix, Rule, below, between, least, one, recent
from values import TODAY

N_INVENTED = 20
SHARES = (1.0, 1.25, 0.8, 2.0, 0.625, 1.5625, 0.5, 2.5, 0.4, 3.125, 4.0, 5.0)
"""Shares of a hundred that divide it, so that an engine which interpolates between two places still
finds the same customers."""
NAMED_REGIONS = ("US", "CN", "IN", "BR", "GB")


@dataclasses.dataclass(frozen=True)
class Question:
    """Something to ask of every engine.

    `kind` says how a dialect writes it, `form` what comes back: `count`, `ids` or `rows`.
    """

    name: str
    text: str
    kind: str
    form: str
    constants: Callable[[int], Any]


@dataclasses.dataclass(frozen=True)
class Events:
    """Customers by their orders or visits of the last days."""

    ask: str
    days: int
    than: int
    value: str = ""


@dataclasses.dataclass(frozen=True)
class InGroup:
    """A report about events of some customers."""

    group: Rule
    days: int | None = None


@dataclasses.dataclass(frozen=True)
class Sets:
    """Rules whose members overlap; `groups` are the numbers of the kept groups they are, if any."""

    rules: tuple[Rule, ...]
    groups: tuple[int, ...] = ()


def _region(n: int) -> str:
    return NAMED_REGIONS[n % len(NAMED_REGIONS)]


def _cities(n: int) -> tuple[str, ...]:
    ranks = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55] * 2
    return tuple(values.CITIES[100 * region + (rank + n) % 100] for region, rank in zip(range(0, 40, 2), ranks))


def _days_ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days)


def _eight(n: int) -> Rule:
    return Either(
        (
            All(
                (
                    one("region", "US", "CA", values.REGIONS[4 + n % 20]),
                    Either((least("orders_365d", 5), least("spend_365d", 1000 + 10 * n))),
                    Not(All((one("channel", "offline"), below("age", 30 + n % 10)))),
                )
            ),
            All(
                (
                    Flag("is_subscribed"),
                    least("influence", 60 - n % 10),
                    Either((Missing("last_order_date"), below("last_order_date", _days_ago(181 + n)))),
                )
            ),
        )
    )


TWELVE: list[tuple[str, Callable[[int], Rule]]] = [
    ('region = "US" and orders_90d >= 3', lambda n: All((one("region", _region(n)), least("orders_90d", 3 + n // 5)))),
    (
        "region, gender, age 25 to 34",
        lambda n: All((one("region", _region(n)), one("gender", "F"), between("age", 25 + n, 35 + n))),
    ),
    (
        "five regions by or, and spend_365d from 200 to 2000",
        lambda n: All(
            (
                Either(tuple(one("region", r) for r in ("CN", "BR", "DE", "JP", values.REGIONS[9 + n % 30]))),
                between("spend_365d", 200 + 10 * n, 2000 + 10 * n),
            )
        ),
    ),
    (
        "not (region or channel) and (age missing or >= 60) and gender known",
        lambda n: All(
            (
                Not(Either((one("region", _region(n)), one("channel", "offline")))),
                Either((Missing("age"), least("age", 60 - n))),
                Not(Missing("gender")),
            )
        ),
    ),
    ("20 of 5,000 cities", lambda n: one("city", *_cities(n))),
    ("age from 25 to 34", lambda n: between("age", 25 + n, 35 + n)),
    ("last order within 30 days", lambda n: recent("last_order_date", 30 + n)),
    ("any of three tags", lambda n: AnyTag("tags", tuple(values.TAGS[k + n] for k in (3, 17, 42)))),
    (
        "city begins with San",
        lambda n: Prefix("city", ("San", "Por", "Lan", "Bri", "Mor", "Kel")[n % 6] + "t" * (n // 6 % 2)),
    ),
    ("eight predicates with and, or, not", _eight),
    (
        "three predicates, 0.001 % of all",
        lambda n: All((one("region", values.REGIONS[19 + n]), one("occupation", "occ_30"), least("influence", 60))),
    ),
    ("orders_365d <= 10 or is_subscribed", lambda n: Either((below("orders_365d", 11 + n), Flag("is_subscribed")))),
]


def _group(n: int) -> Rule:
    return All((one("region", _region(n)), least("orders_90d", 2 + n // 5)))


def _sums_group(n: int) -> Rule:
    return All((least("orders_90d", 3), between("age", 25 + n, 35 + n)))


def _ten_rules(n: int) -> Sets:
    return Sets(tuple(TWELVE[number][1](n) for number in range(10)))


def _ten_groups(groups: list[Rule], n: int) -> Sets:
    chosen = [number % len(groups) for number in range(10 * n, 10 * n + 10)]
    return Sets(tuple(groups[number] for number in chosen), tuple(chosen))


def _forms(name: str, text: str, kind: str, constants: Callable[[int], Any]) -> list[Question]:
    """A question whose members are counted, and the same with their ids."""
    return [
        Question(name, text, kind, "count", constants),
        Question(f"{name}-ids", f"{text}: ids", kind, "ids", constants),
    ]


def questions(seed: int, n_groups: int) -> list[Question]:
    """All of them, in the order of the page."""
    asked: list[Question] = []
    for number, (text, rule) in enumerate(TWELVE, 1):
        asked += _forms(f"rule-{number}", text, "rule", rule)
    for number in range(1, N_INVENTED + 1):
        asked += _forms(f"random-{number}", "", "rule", functools.partial(invented, seed, number))
    groups = standing(n_groups)

    def rows(name: str, text: str, constants: Callable[[int], Any], kind: str = "") -> None:
        asked.append(Question(name, text, kind or name, "rows", constants))

    rows(
        "tiers", "tiers of spend_365d: top 1 %, next 4, next 15, rest", lambda n: (1 + n / 10, 5 + n / 10, 20 + n / 10)
    )
    asked += _forms("top", "spend_365d in top share (about 1 %) per region", "top", lambda n: SHARES[n % len(SHARES)])
    rows("sums", "count, sum and average of spend_365d by region, of a group", _sums_group)
    rows(
        "sums-all",
        "the same of nearly everybody",
        lambda n: below("influence", 95 + n % 5 if n < 5 else 80 + n),
        "sums",
    )
    for name, text, constants in EVENT_QUESTIONS:
        asked += _forms(name, text, "events", constants)
    asked += _forms(
        "stored",
        "orders of 90 days >= 3 in a region, kept in an attribute",
        "stored",
        lambda n: All((one("region", _region(n)), least("orders_90d", 3 + n // 5))),
    )
    rows("overlap", "overlap of ten rules", _ten_rules)
    rows("overlap-groups", "overlap of ten groups that are kept", lambda n: _ten_groups(groups, n), "overlap")
    rows("groups", f"which of {n_groups:,} groups is one customer in", lambda n: (_key(n), groups))
    rows("ranking", "20 products most ordered in 90 days, within a group", lambda n: InGroup(_group(n), 90 + n))
    rows("intervals", "median days between orders, within a group", lambda n: InGroup(_group(n)))
    rows("transitions", "which category follows which, within a group", lambda n: InGroup(_group(n)))
    rows("cohorts", "customers who order by month of their first order, within a group", lambda n: InGroup(_group(n)))
    return asked


def _key(n: int) -> int:
    """A customer of whom every size of pool has one."""
    return 12_345 + 7 * (n + 2)


EVENT_QUESTIONS: list[tuple[str, str, Callable[[int], Events]]] = [
    (
        "twice",
        'count(orders where category = "shoes" over last 90 days) >= 2',
        lambda n: Events("count", 90 + n, 2, values.CATEGORIES[n % 5]),
    ),
    ("spent", "sum(orders.amount over last 365 days) > 500", lambda n: Events("sum", 365 - n, 500 + 10 * n)),
    ("asleep", "no(orders over last 180 days) and age > 30", lambda n: Events("none", 180 + n, 30 + n)),
    (
        "visited",
        'count(visits where source = "search" over last 30 days) >= 2',
        lambda n: Events("visits", 30 + n, 2, values.SOURCES[n % 3]),
    ),
]
