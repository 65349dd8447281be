"""The design's targets beside what was measured: reached, missed and by how much, or not measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from figures import Figures
from words import ms, seconds, table, times

SMALL = (1, 2, 7, 11, 12)
"""The named rules of two or three predicates."""


@dataclasses.dataclass(frozen=True)
class Target:
    """One line: what was aimed at, what came out, and whether that is enough."""

    work: str
    aim: str
    found: str
    reached: bool | None
    note: str = ""

    def row(self) -> list[str]:
        verdict = {True: "reached", False: "**missed**", None: "not measured here"}[self.reached]
        return [self.work, self.aim, self.found, verdict, "" if self.reached else self.note]


def _least(value: float | None, aim: float) -> bool | None:
    return None if value is None else value >= aim


def _most(value: float | None, aim: float) -> bool | None:
    return None if value is None else value <= aim


def _large(f: Figures) -> list[Target]:
    """What is aimed at for ten million customers."""
    count, ids = f.names("rule-", False), f.names("rule-", True)
    every = count + f.names("random-", False)
    mean = f.means(every)
    below = [name for name in every if (low := f.lowest(name)) and low[0] < 5]
    slow = max(filter(None, (f.highsea(f"rule-{n}") for n in SMALL)), default=None)
    mean_ids = f.means(ids + f.names("random-", True))
    twice = f.lowest("twice")
    found = [
        Target("rules, count, geometric mean of named and random ones", "≥ 10×", times(mean), _least(mean, 10)),
        Target(
            "of these below 5×", "none", str(len(below)), not below, ", ".join(below) + ": bounds are beside them above"
        ),
        Target(
            "rules of two or three predicates, the slowest named one", "≤ 0.5 ms", f"{ms(slow)} ms", _most(slow, 0.5)
        ),
        Target(
            "member ids, geometric mean",
            "≥ 5×",
            times(mean_ids),
            _least(mean_ids, 5),
            "keys come one by one from an iterator of the library",
        ),
        Target(
            "orders of 90 days counted, not stored",
            "≥ 3×",
            times(twice[0] if twice else None),
            _least(twice[0] if twice else None, 3),
        ),
    ]
    limits = (
        ("top", "top share per region", 5),
        ("tiers", "tiers of a number", 10),
        ("overlap", "overlap of ten rules", 15),
        ("overlap-groups", "overlap of ten groups that are kept", 15),
        ("sums", "sum and average of a group by region", 3),
        ("sums-all", "the same of nearly everybody", 3),
    )
    for name, work, most in limits:
        value = f.highsea(name)
        found.append(Target(work, f"≤ {most} ms", f"{ms(value)} ms", _most(value, most), _by(value, most)))
    return found


def _by(value: float | None, most: float) -> str:
    return "" if value is None else f"{times(value / most)} the time aimed at"


def _small(f: Figures) -> list[Target]:
    slow = max(filter(None, (f.highsea(f"rule-{n}") for n in range(1, 13))), default=None)
    names = [str(n) for n in range(1, 13) if (value := f.highsea(f"rule-{n}")) and value > 0.1]
    return [
        Target(
            "the slowest named rule at a million customers",
            "≤ 0.1 ms",
            f"{ms(slow)} ms",
            _most(slow, 0.1),
            f"above it: rules {', '.join(names)}",
        )
    ]


def _upkeep(f: Figures) -> list[Target]:
    mine, alone = f.facts["highsea"], f.facts["alone"]
    rate = mine["ten_columns"]["rows"] / mine["ten_columns"]["ms"] * 1e3
    reopen = mine["reopen"]["spent_ms"]
    found = [
        Target("import of ten columns, customers a second", "≥ 500,000", f"{rate:,.0f}", rate >= 500_000),
        Target("first answer of a new process, customers only", "≤ 3 s", seconds(reopen), reopen <= 3000),
    ]
    if alone:
        read = alone["memory"]["memory_columns"] / f.customers
        whole = (alone["memory_all"]["memory_columns"] + alone["memory_all"]["memory_keys"]) / f.customers
        found += [
            Target(
                "memory for what rules read",
                "≤ 60 B a customer",
                f"{read:.0f} B",
                read <= 60,
                "the rules read every attribute but none of the keys, and the twenty random ones are among them",
            ),
            Target(
                "memory with all columns and keys",
                "≤ 100 B a customer",
                f"{whole:.0f} B",
                whole <= 100,
                "of what the pool accounts for itself after a profile, events among it",
            ),
        ]
    return found


ELSEWHERE = [
    Target(
        "one change through 1,000 / 10,000 groups, deciding alone",
        "≤ 1 µs / ≤ 10 µs",
        "–",
        None,
        "`cargo test --release --lib -- --ignored --nocapture deciding`",
    ),
    Target("a day's turn of the clock", "≤ 250 ms", "–", None, "`cargo bench --bench groups`"),
    Target("reopening on redb", "≤ 1 s", "–", None, "the run is on sled, the default"),
    Target("disk, beside the columns as portable roaring", "≤ 3×", "–", None, "no such form was made to compare with"),
]


def targets(found: list[Figures]) -> list[str]:
    """The table, of the sizes that were run with two threads."""
    two = [figures for figures in found if figures.threads == 2]
    lines = ["## Targets of the design", ""]
    parts: list[tuple[int, Callable[[Figures], list[Target]]]] = [
        (10_000_000, _large),
        (1_000_000, _small),
        (10_000_000, _upkeep),
    ]
    rows: list[list[str]] = []
    for size, part in parts:
        chosen = next((figures for figures in two if figures.customers == size), None)
        if chosen is None:
            lines += [f"Not measured: what is aimed at for {size:,} customers.", ""]
        else:
            rows += [target.row() for target in part(chosen)]
    rows += [target.row() for target in ELSEWHERE]
    return [*lines, *table(["work", "aimed at", "measured", "", "of those missed"], rows, 1), ""]
