"""Medians and ratios out of what runs left."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from questions import Question, questions
from rules import leaves

TITLES = {
    "duckdb": "DuckDB",
    "duckdb-enums": "DuckDB, enums",
    "polars": "Polars",
    "clickhouse": "ClickHouse",
    "clickhouse-bitmaps": "ClickHouse, bitmaps",
    "datafusion": "DataFusion",
    "sqlite": "SQLite",
}


REGION, AMOUNT, DAY, CATEGORY = 5, 20, 12, 4
"""Bits that a value takes."""

ORDERS = 5
"""Of a customer, on the average."""

BITS = {
    "tiers": AMOUNT,
    "top": REGION + AMOUNT,
    "sums": REGION + AMOUNT,
    "sums-all": REGION + AMOUNT,
    "overlap": 10,
    "overlap-groups": 10,
    "twice": ORDERS * (DAY + CATEGORY),
}
"""What a question has to read of a customer, at the least: every value of a column where members lie
so close that every line of it is read, and of orders, which lie by customer, all days."""


def geometric(values: Iterable[float]) -> float | None:
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs)) if logs else None


class Figures:
    """One size of pool on one number of threads."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        self.customers: int = facts["customers"]
        self.threads: int = facts["threads"]
        self.times: int = facts["times"]
        self.before: int = facts["before"]
        self.peers = [name for name in TITLES if name in facts["pairs"]]
        self.questions = questions(facts["seed"], facts["groups"])

    def asked(self, peer: str, question: str) -> dict[str, Any]:
        return self.facts["pairs"][peer]["questions"].get(question, {})

    def was_asked(self, question: str) -> bool:
        return any(self.asked(peer, question) for peer in self.peers)

    def highsea(self, question: str) -> float | None:
        """The median of all its repetitions beside any peer."""
        times = [ms for peer in self.peers for ms in self.asked(peer, question).get("highsea", [])]
        return median(times) if times else None

    def peer(self, peer: str, question: str) -> float | None:
        times = self.asked(peer, question).get("peer", [])
        return median(times) if times else None

    def ratio(self, peer: str, question: str) -> float | None:
        """How many times Highsea's median beside this peer the peer's is."""
        asked = self.asked(peer, question)
        if not asked.get("peer"):
            return None
        return median(asked["peer"]) / median(asked["highsea"])

    def lowest(self, question: str) -> tuple[float, str] | None:
        """The ratio of the fastest peer, and which it is."""
        found = [(ratio, peer) for peer in self.peers if (ratio := self.ratio(peer, question)) is not None]
        return min(found) if found else None

    def means(self, names: list[str]) -> float | None:
        """The geometric mean of the fastest peers' ratios."""
        return geometric(low[0] for name in names if (low := self.lowest(name)))

    def mean_of(self, peer: str, names: list[str]) -> float | None:
        return geometric(ratio for name in names if (ratio := self.ratio(peer, name)) is not None)

    def names(self, begin: str, ids: bool) -> list[str]:
        """The questions whose names begin so, those for ids or the others."""
        return [q.name for q in self.questions if q.name.startswith(begin) and (q.form == "ids") == ids]

    def where(self, name: str) -> str:
        """The functions that take most of a question's time, and their shares; empty where nobody
        looked."""
        found = self.facts["alone"].get("where", {}).get(name.removesuffix("-ids"), [])
        return ", ".join(f"{share:.0%} {function}" for share, function in found)

    def bound(self, question: Question) -> float | None:
        """Milliseconds in which memory gives what the least imaginable form of the answer holds: of a
        rule a bit a customer and predicate, and of ids eight bytes a member are written besides; of
        other questions what [`BITS`] says."""
        if bits := BITS.get(question.name.removesuffix("-ids")):
            return bits * self.customers / 8 / self.facts["machine"]["bandwidth"] * 1e3
        if question.kind != "rule":
            return None
        told = self.facts["alone"].get("rules", {}).get(question.name.removesuffix("-ids"))
        if told is None:
            return None
        size = len(list(leaves(question.constants(0)))) * self.customers / 8
        size += 8 * told["members"] if question.form == "ids" else 0
        return size / self.facts["machine"]["bandwidth"] * 1e3


def read(out: Path) -> list[Figures]:
    """What lies in a folder, the largest pools first and of these most threads first."""
    found = [Figures(json.loads(path.read_text())) for path in out.glob("*-*.json")]
    told = (each for each in found if each.peers or each.facts["alone"])
    return sorted(told, key=lambda each: (-each.customers, -each.threads, each.before))
