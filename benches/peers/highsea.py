"""Highsea's process, and what its answers come to in the form that all engines share."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

from engine import month, size
from highsea_text import CREATE_KEPT, request, rule_text
from invented import standing
from process import Process
from questions import Question
from values import TODAY

MEMORY = 12 << 30
LOAD_SECONDS = 3600.0
TEN_COLUMNS = [
    "region",
    "city",
    "gender",
    "age",
    "signup_date",
    "channel",
    "orders_90d",
    "spend_365d",
    "last_order_date",
    "is_subscribed",
]
FIRST_RULE = 'region = "US" and orders_90d >= 3'


class Highsea:
    """The engine under the yardstick."""

    name = "highsea"

    def __init__(self, binary: Path, files: Path, own: Path, log: Path, backend: str | None = None) -> None:
        self.binary, self.files, self.own, self.log, self.backend = binary, files, own, log, backend
        self.process: Process | None = None

    def start(self, threads: int, path: Path | None = None) -> dict[str, Any]:
        """Opens the pool in a process of its own."""
        self.process = Process([str(self.binary)], self.log, threads == 1)
        opening = {"do": "open", "path": str(path or self.own / "pool"), "threads": threads, "memory": MEMORY}
        opening |= {"backend": self.backend} if self.backend else {}
        return self.do(opening, LOAD_SECONDS)

    def do(self, asked: dict[str, Any], within: float = LOAD_SECONDS) -> dict[str, Any]:
        assert self.process
        reply = self.process.ask(asked, within)
        if "error" in reply and asked["do"] != "count":
            raise RuntimeError(f"{json.dumps(asked)[:300]}: {reply['error']}")
        return reply

    def close(self) -> None:
        assert self.process
        self.process.close()

    def answer(self, question: Question, repetition: int, within: float) -> dict[str, Any]:
        """The time and the answer of a question."""
        assert self.process
        constants = question.constants(repetition)
        reply = self.process.ask(request(question, constants), within)
        if "error" in reply:
            return reply
        return {"ms": reply["ms"], "result": told(question, constants, reply)}

    # Loading.

    def load(self, n_groups: int) -> dict[str, Any]:
        """Makes the pool, unless it is there, and tells what that took."""
        facts_file = self.own / "loaded.json"
        facts: dict[str, Any]
        if facts_file.exists():
            facts = json.loads(facts_file.read_text())
            if facts["groups"] == n_groups:
                return facts
        shutil.rmtree(self.own, ignore_errors=True)
        self.own.mkdir(parents=True)
        facts = {"groups": n_groups, "ten_columns": self._ten_columns()}
        facts["customers"] = self.import_customers()
        facts["reopen"] = self.reopened()
        facts["orders"], facts["visits"] = self._import("orders"), self._import("visits")
        facts["reopen_all"] = self.reopened()
        facts["kept"] = self._keep(n_groups)
        facts["reopen_groups"] = self.reopened()
        facts_file.write_text(json.dumps(facts))
        return facts

    def _closed(self, facts: dict[str, Any]) -> dict[str, Any]:
        self.close()
        return facts | {"disk": size(self.own / "pool")}

    def _import(self, table: str | None, columns: list[str] | None = None, pool: str = "pool") -> dict[str, Any]:
        self.start(2, self.own / pool)
        if table is None:
            self.do({"do": "run", "text": f"set now = {TODAY}"})
        path = self.files / f"{table or 'customers'}.parquet"
        reply = self.do({"do": "import", "path": str(path), "table": table, "columns": columns})
        memory = self.process.memory() if self.process else {}
        reply["close_ms"] = self.do({"do": "close"})["ms"]
        return self._closed(reply | {"memory": memory})

    def import_customers(self) -> dict[str, Any]:
        """All columns of the customers, and nothing else."""
        return self._import(None)

    def _ten_columns(self) -> dict[str, Any]:
        facts = self._import(None, ["id", *TEN_COLUMNS], "ten")
        shutil.rmtree(self.own / "ten")
        return facts

    def reopened(self) -> dict[str, Any]:
        """From the start of a process to the answer of its first rule."""
        began = time.perf_counter()
        opened = self.start(2)["ms"]
        first = self.do({"do": "count", "rules": [FIRST_RULE]})["ms"]
        spent = (time.perf_counter() - began) * 1e3
        second = self.do({"do": "count", "rules": [FIRST_RULE]})["ms"]
        self.close()
        return {"open_ms": opened, "first_ms": first, "spent_ms": spent, "again_ms": second}

    def _keep(self, n_groups: int) -> dict[str, Any]:
        """Makes the attribute and the groups that are kept."""
        self.start(2)
        before = self.process.memory() if self.process else {}
        attribute = self.do({"do": "run", "text": CREATE_KEPT})["ms"]
        groups = [
            self.do({"do": "run", "text": f"create dynamic group g{n} as {rule_text(rule)}"})["ms"]
            for n, rule in enumerate(standing(n_groups))
        ]
        memory = self.process.memory() if self.process else {}
        self.do({"do": "run", "text": "checkpoint"})
        return self._closed({"attribute_ms": attribute, "groups_ms": sum(groups), "before": before, "memory": memory})


def told(question: Question, constants: Any, reply: dict[str, Any]) -> Any:
    """An answer in the form that all engines share."""
    if question.form == "ids":
        return [reply["count"], reply["sum"], reply["xor"]]
    if question.form == "count":
        return reply["counts"][0]
    if question.kind == "tiers":
        return reply["counts"]
    if question.kind == "groups":
        return sorted(int(name[1:]) for name in reply["groups"])
    answer = reply["answer"]
    match question.kind:
        case "sums":
            return sorted([row[0], int(row[1]), float(row[2]), float(row[3])] for row in answer["rows"])
        case "overlap":
            return _overlap(answer["overlap"])
        case "ranking":
            return sorted([int(row[0]), int(row[1])] for row in answer["rows"])
        case "intervals":
            found = answer["intervals"]
            return [[float(found["days"]["median"]), found["intervals"]]]
        case "transitions":
            return sorted([p["from"], p["to"], p["count"]] for p in answer["successions"]["pairs"])
        case _:
            return _cohorts(answer["cohorts"])


def _overlap(found: dict[str, Any]) -> list[int]:
    """How many are in every two sets, row by row above the diagonal."""
    names = [each["name"] for each in found["sets"]]
    both = {(each["name"], each["name"]): each["customers"] for each in found["sets"]}
    for pair in found["pairs"]:
        both[pair["a"], pair["b"]] = both[pair["b"], pair["a"]] = pair["both"]
    return [both[a, b] for n, a in enumerate(names) for b in names[n:]]


def _cohorts(found: dict[str, Any]) -> list[list[Any]]:
    """How many of those who came first in a month came in another, where any did."""
    rows = []
    for cohort in found["cohorts"]:
        start = month(cohort["start"])
        year, number = int(start[:4]), int(start[5:]) - 1
        for later, n in enumerate(cohort["active"]):
            at = number + later
            if n:
                rows.append([start, f"{year + at // 12}-{at % 12 + 1:02d}", n])
    return sorted(rows)
