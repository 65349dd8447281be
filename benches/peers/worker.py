"""A peer's process: does what lines of JSON say, one after the other, and answers each with one.

worker.py ENGINE --files DIR --own DIR --threads N --seed N --groups N
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

ENGINES = {
    "duckdb": ("duck", "Duck"),
    "duckdb-enums": ("duck", "DuckEnums"),
    "polars": ("frames", "Polars"),
    "clickhouse": ("clickhouse", "Click"),
    "clickhouse-bitmaps": ("bitmaps", "Bitmaps"),
    "datafusion": ("fusion", "Fusion"),
    "sqlite": ("lite", "Lite"),
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--own", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--groups", type=int, required=True)
    return parser.parse_args()


class Worker:
    """The engine and the questions it may be asked."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        import importlib

        from engine import Place
        from questions import questions

        module, name = ENGINES[arguments.engine]
        place = Place(arguments.files, arguments.own, arguments.threads)
        self.engine = getattr(importlib.import_module(module), name)(place)
        self.questions = {question.name: question for question in questions(arguments.seed, arguments.groups)}

    def act(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "load":
            began = time.perf_counter()
            fresh = self.engine.load()
            spent = (time.perf_counter() - began) * 1e3
            return {"ms": spent, "fresh": fresh, "disk": self.engine.disk(), "version": self.engine.version()}
        return self.answer(request)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        from engine import Cannot

        question = self.questions[request["question"]]
        try:
            ask = self.engine.ask(question, question.constants(request["repetition"]))
        except Cannot as reason:
            return {"cannot": str(reason)}
        began = time.perf_counter()
        result = ask()
        spent = (time.perf_counter() - began) * 1e3
        return {"ms": spent, "result": self.engine.tell(question, result)}


def main() -> None:
    arguments = _arguments()
    os.environ["POLARS_MAX_THREADS"] = str(arguments.threads)
    if arguments.threads == 1:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = Worker(arguments)
    for line in sys.stdin:
        try:
            reply = worker.act(json.loads(line))
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"[:500]}
        out.write(json.dumps(reply) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
