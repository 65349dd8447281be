"""What every peer's engine has in common."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from questions import Question

TABLES = ("customers", "orders", "visits")
CATEGORIES = {
    "customers": [
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
    ],
    "orders": ["category", "channel"],
    "visits": ["keyword", "source"],
}
"""The columns with few values, kept as codes where an engine can."""


class Cannot(Exception):
    """The engine has no way to answer, and why."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where an engine finds the files, keeps its own, and how many threads it has."""

    files: Path
    own: Path
    threads: int

    def parquet(self, table: str) -> str:
        return str(self.files / f"{table}.parquet")


def size(path: Path) -> int:
    """Bytes on disk of a file or all files of a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())


def digest(ids: np.ndarray) -> list[int]:
    """How many ids, their sum, and all of them mixed by exclusive or."""
    wide = ids.astype(np.int64)
    return [len(wide), int(wide.sum()), int(np.bitwise_xor.reduce(wide)) if len(wide) else 0]


class Engine:
    """One engine. `ask` gives a call that is timed, and `tell` makes of its result what is compared."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def begin(self) -> bool:
        """Whether the engine's own files are still to be made; what a broken load left goes."""
        if (self.place.own / "loaded").exists():
            return False
        shutil.rmtree(self.place.own, ignore_errors=True)
        self.place.own.mkdir(parents=True)
        return True

    def done(self) -> None:
        """The engine's own files are whole."""
        (self.place.own / "loaded").touch()

    def load(self) -> bool:
        """Makes the engine ready; tells whether anything was loaded, rather than found on disk."""
        raise NotImplementedError

    def disk(self) -> int | None:
        """Bytes on disk, `None` of an engine in memory."""
        return size(self.place.own)

    def version(self) -> str:
        raise NotImplementedError

    def ask(self, question: Question, constants: Any) -> Callable[[], Any]:
        raise NotImplementedError

    def tell(self, question: Question, result: Any) -> Any:
        """A count; the digest of ids; or rows as lists of numbers and texts."""
        if question.form == "ids":
            return digest(result)
        if question.form == "count":
            return int(result)
        return self.rows(question, result)

    def rows(self, question: Question, result: Any) -> Any:
        """Rows in the form that all engines share, by kind of question."""
        match question.kind:
            case "groups":
                return [n for n, held in enumerate(result[0]) if held in (True, 1, "1", "true")]
            case "tiers":
                return list(itertools.accumulate(int(n) for _, n in sorted((int(a), int(n)) for a, n in result)))[:-1]
            case "ranking":
                return sorted([int(a), int(b)] for a, b in result)
            case "sums":
                return sorted([row[0], int(row[1]), float(row[2]), float(row[3])] for row in result)
            case "overlap":
                return [int(n) for n in result[0]]
            case "intervals":
                return [[float(days), int(n)] for days, n in result]
            case "transitions":
                return sorted([a, b, int(n)] for a, b, n in result)
            case _:
                return sorted([month(a), month(b), int(n)] for a, b, n in result)


def month(value: Any) -> str:
    """A month as `2026-06`, whatever stands for it."""
    digits = "".join(c for c in str(value) if c.isdigit())
    return f"{digits[:4]}-{digits[4:6]}"
