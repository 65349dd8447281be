"""The design's targets beside what was measured: reached, missed and by how much, or not measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from figures import Figures, geometric
from words import ms, seconds, size, table, times

SMALL = (1, 2, 7, 11, 12)
"""The named rules of two or three predicates."""


CHANGED = 5
"""Of the ten attributes that the bench of a day's turn keeps, those that a day changes."""


MASKS = 13
"""Of a bit a group that deciding reads: one for each of nine attributes, two for each of the two that change."""


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
        Target(
            "rules, count, geometric mean of named and random ones", "≥ 10×", times(mean), _least(mean, 10), _parts(f)
        ),
        Target("of these below 5×", "none", f"{len(below)} of {len(every)}", not below, "their bounds are below"),
        Target(
            "rules of two or three predicates, the slowest named one",
            "≤ 0.5 ms",
            f"{ms(slow)} ms",
            _most(slow, 0.5),
            _slowest(f, SMALL),
        ),
        Target("member ids, geometric mean", "≥ 5×", times(mean_ids), _least(mean_ids, 5), _keys(f)),
        Target(
            "orders of 90 days counted, not stored",
            "≥ 3×",
            times(twice[0] if twice else None),
            _least(twice[0] if twice else None, 3),
            f"{ms(f.highsea('twice'))} ms here; {_bound(f, 'twice')}",
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
        note = _joined(_by(value, most), _bound(f, name))
        found.append(Target(work, f"≤ {most} ms", f"{ms(value)} ms", _most(value, most), note))
    return found


def _share(f: Figures, part: str) -> float | None:
    """A part of a rule's time asked first, as the geometric mean of all rules."""
    rules = f.facts["alone"].get("rules", {})
    return geometric(
        rules[q.name][part] / rules[q.name]["first"] for q in f.questions if q.kind == "rule" and q.name in rules
    )


def _parts(f: Figures) -> str:
    prepared, again = _share(f, "prepared"), _share(f, "again")
    if prepared is None or again is None:
        return ""
    return f"{prepared:.0%} of the time comes after parsing, and the same asked again at once takes {again:.0%} of it"


def _slowest(f: Figures, numbers: Iterable[int]) -> str:
    """Which of some rules is slowest, and why."""
    name = max((f"rule-{n}" for n in numbers), key=lambda name: f.highsea(name) or 0)
    return f"rule {name.removeprefix('rule-')}; {_bound(f, name)}"


def _keys(f: Figures) -> str:
    large = [
        (rule["set"], f.highsea(f"{name}-ids"))
        for name, rule in f.facts["alone"].get("rules", {}).items()
        if rule["members"] * 10 > f.customers
    ]
    share = geometric(members / ids for members, ids in large if ids)
    return (
        ""
        if share is None
        else f"of more than a tenth of all, the members as a set take {share:.0%} of that time, and writing their keys out the rest"
    )


def _joined(*parts: str) -> str:
    """What is told, one after the other."""
    return "; ".join(filter(None, parts))


def _by(value: float | None, most: float) -> str:
    return "" if value is None else f"{times(value / most)} the time aimed at"


def _bound(f: Figures, name: str) -> str:
    """What memory allows, and where the time goes."""
    question = next(q for q in f.questions if q.name == name)
    told = [f"memory allows {ms(f.bound(question))} ms"]
    if where := f.where(name):
        told.append(f"of the time {where}")
    return "; ".join(told)


def _small(f: Figures) -> list[Target]:
    slow = max(filter(None, (f.highsea(f"rule-{n}") for n in range(1, 13))), default=None)
    names = [str(n) for n in range(1, 13) if (value := f.highsea(f"rule-{n}")) and value > 0.1]
    return [
        Target(
            "the slowest named rule at a million customers",
            "≤ 0.1 ms",
            f"{ms(slow)} ms",
            _most(slow, 0.1),
            f"above it: rules {', '.join(names)}; {_slowest(f, range(1, 13))}",
        )
    ]


def _upkeep(f: Figures, elsewhere: dict[str, Any]) -> list[Target]:
    mine, alone = f.facts["highsea"], f.facts["alone"]
    columns = elsewhere.get("columns", [])
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
                _joined(
                    "read by the named and the random rules together, before any events",
                    _columns(columns, f.customers),
                ),
            ),
            Target(
                "memory with all columns and keys",
                "≤ 100 B a customer",
                f"{whole:.0f} B",
                whole <= 100,
                _joined(
                    "of what the pool accounts for itself after a profile, five orders and a visit a customer among it",
                    _values(columns, elsewhere.get("events_bits", 0.0)),
                ),
            ),
        ]
    return found


def _columns(told: list[dict[str, Any]], customers: int) -> str:
    """Which attributes take most, and what their values alone would."""
    if not told:
        return ""
    largest = sorted(told, key=lambda each: -each["bytes"])[:4]
    parts = ", ".join(f"{each['name']} {each['bytes'] / customers:.1f}" for each in largest)
    alone = sum(each["bits"] for each in told) / 8
    whole = sum(each["bytes"] for each in told) / customers
    return f"all {len(told)} attributes with their indexes take {whole:.0f} B, of these {parts}; the values side by side, with no index, {alone:.0f} B"


def _values(columns: list[dict[str, Any]], events_bits: float) -> str:
    """What all values alone would take."""
    if not columns:
        return ""
    own = sum(each["bits"] for each in columns) / 8
    return f"the values side by side, with no index, {own + events_bits / 8:.0f} B, of these {events_bits / 8:.0f} of events"


def _elsewhere(facts: dict[str, Any], bandwidth: float) -> list[Target]:
    """What `benches/peers/run --elsewhere` measured."""
    customers = facts.get("customers", 0)
    found = []
    for n, aim, told in zip((1_000, 10_000), (1, 10), facts.get("deciding", [None, None])):
        work = f"one change through {n:,} groups, deciding alone"
        if told is None:
            found.append(Target(work, f"≤ {aim} µs", "–", None))
            continue
        bound = MASKS * n / 8 / bandwidth * 1e6
        note = f"{told['again_us']:.1f} µs when asked again at once, the rest is what comes from memory, which allows {bound:.2f} µs; of the time {_named(told['where'])}"
        found.append(Target(work, f"≤ {aim} µs", f"{told['us']:.1f} µs", told["us"] <= aim, note))
    turn, redb, disk = facts.get("turn"), facts.get("redb"), facts.get("disk", [])
    bound = CHANGED * 2 * customers / bandwidth * 1e3
    found += [
        Target(
            "a day's turn of the clock, ten attributes kept of fifty million orders",
            "≤ 250 ms",
            f"{turn['ms']:,.0f} ms" if turn else "–",
            _most(turn["ms"], 250) if turn else None,
            f"{turn['lost']:,} orders go out of 90 days; {CHANGED} attributes of a byte a customer, read and written, are {bound:.1f} ms for memory; of the time {_named(turn['where'])}"
            if turn
            else "",
        ),
        Target(
            "first answer of a new process on redb, customers only",
            "≤ 1 s",
            seconds(redb["spent_ms"]) if redb else "–",
            _most(redb["spent_ms"], 1000) if redb else None,
            f"opening is {seconds(redb['open_ms'])} of it: redb reads and checks all of its {size(redb['disk'])}" if redb else "",
        ),
    ]
    loaded, worst = (disk[0], max(disk, key=lambda each: each["ratio"])) if disk else (None, None)
    for what, told in (("as loaded", loaded), ("after a tenth was rewritten five times", worst)):
        found.append(
            Target(
                f"disk on sled of {facts.get('disk_customers', 0):,} customers beside portable roaring, {what}",
                "≤ 3×",
                f"{told['ratio']:.1f}×" if told else "–",
                _most(told["ratio"], 3) if told else None,
                f"{size(told['bytes'])} beside {size(told['roaring'])}: sled keeps the space of what was replaced; `copy to` leaves it behind"
                if told
                else "",
            )
        )
    return found


def _named(where: list[tuple[float, str]]) -> str:
    return ", ".join(f"{share:.0%} {function}" for share, function in where) or "nobody looked"


def targets(found: list[Figures], elsewhere: dict[str, Any]) -> list[str]:
    """The table, of the sizes that were run with two threads."""
    two = [figures for figures in found if figures.threads == 2 and not figures.before]
    lines = ["## Targets of the design", ""]
    parts: list[tuple[int, Callable[[Figures], list[Target]]]] = [
        (10_000_000, _large),
        (1_000_000, _small),
        (10_000_000, lambda f: _upkeep(f, elsewhere)),
    ]
    rows: list[list[str]] = []
    for size, part in parts:
        chosen = next((figures for figures in two if figures.customers == size), None)
        if chosen is None:
            lines += [f"Not measured: what is aimed at for {size:,} customers.", ""]
        else:
            rows += [target.row() for target in part(chosen)]
    if two:
        rows += [target.row() for target in _elsewhere(elsewhere, two[0].facts["machine"]["bandwidth"])]
    lines += [*table(["work", "aimed at", "measured", "", "of those missed"], rows, 1), ""]
    if elsewhere:
        lines += [
            f"What no peer is asked for was measured by `benches/peers/run --customers {elsewhere['customers']} --elsewhere` on "
            f"{elsewhere['date']}, Highsea of commit {elsewhere['commit']}: the tests and benches that it runs make their own pools, and `perf` recorded while they "
            "decided and turned the day.",
            "",
        ]
    return lines
