"""Highsea and one peer, alive together and asked in turn."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import time
from pathlib import Path
from typing import Any

from compare import same, short
from highsea import LOAD_SECONDS, Highsea
from process import Gone, Process, TooLong
from questions import Question


def say(text: str) -> None:
    print(f"{dt.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


class Peer:
    """A peer's process, started again when it had to be ended."""

    def __init__(self, name: str, files: Path, own: Path, log: Path, threads: int, seed: int, groups: int) -> None:
        self.name = name
        worker = Path(__file__).with_name("worker.py")
        self.command = [sys.executable, str(worker), name, "--files", str(files), "--own", str(own / name)]
        self.command += ["--threads", str(threads), "--seed", str(seed), "--groups", str(groups)]
        self.log, self.threads = log, threads
        self.process: Process | None = None
        self.urgent = False

    def start(self) -> dict[str, Any]:
        self.process = Process(self.command, self.log, self.threads == 1)
        loaded = self.process.ask({"do": "load"}, LOAD_SECONDS)
        if "error" in loaded:
            raise RuntimeError(f"{self.name}: {loaded['error']}")
        return loaded | {"memory": self.process.memory()}

    def answer(self, question: Question, repetition: int, within: float) -> dict[str, Any]:
        """The time and the answer of a question; a process that is late or gone is made anew."""
        assert self.process
        try:
            return self.process.ask({"do": "ask", "question": question.name, "repetition": repetition}, within)
        except TooLong:
            self.again()
            return {"late": within}
        except (Gone, BrokenPipeError) as gone:
            self.again()
            return {"error": f"the process {gone}"}

    def again(self) -> None:
        self.start()
        self.urge()

    def urge(self) -> None:
        if self.urgent and self.process:
            self.process.urge()

    def close(self) -> None:
        assert self.process
        self.process.close()


class Asked:
    """What came of one question in a pair."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.peer: list[float] = []
        self.highsea: list[float] = []
        self.spent = 0.0
        self.over: dict[str, str] = {}

    def facts(self) -> dict[str, Any]:
        return {"peer": self.peer, "highsea": self.highsea} | self.over


class Pair:
    """A run of rounds."""

    def __init__(self, highsea: Highsea, peer: Peer, options: argparse.Namespace) -> None:
        self.highsea, self.peer = highsea, peer
        self.times, self.budget, self.before = options.times, options.budget, options.before
        peer.urgent = options.urgent
        self.within = max(30.0, 3 * self.budget)

    def run(self, questions: list[Question]) -> dict[str, Any]:
        """Every question once untimed, since engines put off what they can until they are first asked;
        then in rounds, the engines in turn."""
        opened = self.highsea.start(self.peer.threads)
        loaded = self.peer.start()
        facts: dict[str, Any] = {
            "date": f"{dt.datetime.now():%Y-%m-%d %H:%M}",
            "loaded": loaded,
            "opened_ms": opened["ms"],
        }
        self.peer.urge()
        if self.peer.urgent and self.highsea.process:
            self.highsea.process.urge()
        asked = [Asked(question) for question in questions]
        loads = [os.getloadavg()[0]]
        for each in asked:
            self._ask(each, self.times, warm=True)
        for round_ in range(self.times):
            for n, each in enumerate(asked):
                if not each.over and each.spent < self.budget:
                    self._ask(each, round_, peer_first=(round_ + n) % 2 == 0)
            loads.append(os.getloadavg()[0])
        facts["load_average"] = [min(loads), max(loads)]
        facts["questions"] = {each.question.name: each.facts() for each in asked}
        for name, engine in (("memory", self.peer), ("highsea_memory", self.highsea)):
            facts[name] = engine.process.memory() if engine.process else {}
        self.highsea.close()
        self.peer.close()
        return facts

    def _ask(self, each: Asked, repetition: int, warm: bool = False, peer_first: bool = True) -> None:
        """Both engines, one after the other; a time counts when the answers are the same."""
        replies: dict[str, dict[str, Any]] = {}
        engines: list[Highsea | Peer] = [self.peer, self.highsea] if peer_first else [self.highsea, self.peer]
        began = time.monotonic()
        for engine in engines:
            for n in range(0 if warm else self.before):
                engine.answer(each.question, self.times + 1 + n, self.within)
            replies[engine.name] = engine.answer(each.question, repetition, self.within)
        each.spent += 0.0 if warm else time.monotonic() - began
        peer, highsea = replies[self.peer.name], replies[self.highsea.name]
        for name, reply in replies.items():
            if over := {kind: reply[kind] for kind in ("cannot", "error", "late") if kind in reply}:
                each.over = {kind: f"{name}: {value}" for kind, value in over.items()}
                if "cannot" not in over:
                    say(f"  {each.question.name}: {each.over}")
                return
        if not same(peer["result"], highsea["result"]):
            each.over = {"differs": f"{short(peer['result'])} but highsea {short(highsea['result'])}"}
            say(f"  {each.question.name} of {repetition}: {self.peer.name} {each.over['differs']}")
            each.peer.clear()
            each.highsea.clear()
        elif not warm:
            each.peer.append(peer["ms"])
            each.highsea.append(highsea["ms"])
