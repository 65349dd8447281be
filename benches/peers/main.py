"""The yardstick: one pool, the same questions of every engine, a page of what came out.

Run it by `benches/peers/run`, which brings the packages; `--help` tells the options.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from alone import alone
from elsewhere import elsewhere
from generate import generate
from highsea import Highsea
from machine import machine
from page import write_page
from pair import Pair, Peer, say
from questions import Question, questions
from worker import ENGINES

ROOT = Path(__file__).resolve().parents[2]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benches/peers/run", description=__doc__)
    add = parser.add_argument
    add("--customers", type=int, default=1_000_000, help="how many, with five orders and a visit each")
    add("--seed", type=int, default=1, help="of the twenty random rules")
    add("--threads", default="2,1", help="each number in turn")
    add("--times", type=int, default=9, help="repetitions of every question")
    add("--engines", default=",".join(ENGINES), help="the peers")
    add("--groups", type=int, default=1000, help="how many groups are kept")
    add("--questions", default="", help="only those whose names begin so, by commas; what is there of the others stays")
    add(
        "--budget",
        type=float,
        default=20.0,
        help="seconds for a question in a pair; fewer repetitions then, and marked",
    )
    add(
        "--before",
        type=int,
        default=0,
        help="ask so often, untimed and with other constants, before each timed answer, so that caches hold what it reads",
    )
    add(
        "--urgent",
        action="store_true",
        help="ask in real time, ahead of what else the machine does; needs the right to",
    )
    add("--elsewhere", action="store_true", help="measure what no peer is asked for in place of all else")
    add("--data", type=Path, default=ROOT / "target/peers/data", help="where the files and the engines' own lie")
    add("--out", type=Path, default=ROOT / "target/peers/out", help="where the figures of every run lie")
    add("--page", type=Path, default=ROOT / "docs/benchmarks.md", help="what is written")
    add("--page-only", action="store_true", help="write the page of the figures that are there")
    return parser.parse_args()


def _build() -> Path:
    """Highsea's side, built as its users build it; the messages tell where it lies."""
    command = [
        "cargo",
        "build",
        "--release",
        "--locked",
        "--example",
        "peer",
        "--message-format",
        "json-render-diagnostics",
    ]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    made = [json.loads(line) for line in done.stdout.splitlines()]
    return Path(next(m["executable"] for m in made if m.get("executable") and m["target"]["name"] == "peer"))


def _commit() -> str:
    """What of Highsea was measured."""
    told = subprocess.run(
        ["git", "log", "-1", "--format=%h", "--", "src", "Cargo.lock"], cwd=ROOT, capture_output=True, text=True
    )
    return told.stdout.strip() or "unknown"


def _chosen(arguments: argparse.Namespace) -> list[Question]:
    names = tuple(filter(None, arguments.questions.split(",")))
    return [q for q in questions(arguments.seed, arguments.groups) if not names or q.name.startswith(names)]


class Run:
    """One size of pool and one number of threads."""

    def __init__(self, arguments: argparse.Namespace, threads: int, facts: dict[str, Any]) -> None:
        self.arguments, self.threads = arguments, threads
        before = f"-before-{arguments.before}" if arguments.before else ""
        self.path = arguments.out / f"{arguments.customers}-{threads}{before}.json"
        old = json.loads(self.path.read_text()) if self.path.exists() else {}
        kept = old.get("pairs", {}) if old.get("seed") == arguments.seed else {}
        self.facts: dict[str, Any] = {"customers": arguments.customers, "threads": threads, "seed": arguments.seed}
        self.facts |= {"groups": arguments.groups, "urgent": arguments.urgent, "before": arguments.before}
        self.facts |= {"times": arguments.times, "budget": arguments.budget, "date": f"{dt.date.today()}"}
        command = shlex.join(["benches/peers/run", *_shown(sys.argv[1:])])
        commands = [*old.get("commands", []), command] if kept else [command]
        self.facts |= {"commands": list(dict.fromkeys(commands))} | facts
        self.facts["pairs"] = kept
        self.facts["alone"] = old.get("alone", {})

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.facts, indent=1))

    def pairs(self, highsea: Highsea, asked: list[Question]) -> None:
        arguments = self.arguments
        folder = highsea.files
        for name in filter(None, arguments.engines.split(",")):
            say(f"{name}, {arguments.customers:,} customers, threads {self.threads}")
            peer = Peer(
                name, folder, folder, arguments.out / "errors.log", self.threads, arguments.seed, arguments.groups
            )
            try:
                pair = Pair(highsea, peer, arguments).run(asked)
            except Exception as failed:
                say(f"  {name} was given up: {failed}")
                continue
            _remember_load(folder / f"{name}-loaded.json", pair)
            if arguments.questions and name in self.facts["pairs"]:
                pair["questions"] = self.facts["pairs"][name]["questions"] | pair["questions"]
            self.facts["pairs"][name] = pair
            self.save()


def _shown(given: list[str]) -> list[str]:
    """The options, without the places on this machine."""
    places = ("--data", "--out", "--page")
    shown, skip = [], False
    for word in given:
        if not skip and not word.startswith(places):
            shown.append(word)
        skip = word in places
    return shown


def _remember_load(path: Path, pair: dict[str, Any]) -> None:
    """What a load took is kept beside what it made, for runs that find it made."""
    if pair["loaded"]["fresh"]:
        path.write_text(json.dumps(pair["loaded"]))
    elif path.exists():
        pair["loaded"] = json.loads(path.read_text())


def main() -> None:
    arguments = _arguments()
    if not arguments.page_only:
        measure(arguments)
    write_page(arguments.out, arguments.page)


def measure(arguments: argparse.Namespace) -> None:
    binary = _build()
    folder = arguments.data / str(arguments.customers)
    say(f"making {arguments.customers:,} customers")
    made = generate(arguments.customers, folder)
    highsea = Highsea(binary, folder, folder / "highsea", arguments.out / "errors.log")
    say("loading Highsea")
    if arguments.elsewhere:
        highsea.load(arguments.groups)
        return elsewhere(ROOT, highsea, arguments.customers, arguments.out, _commit())
    facts = {"machine": machine(), "commit": _commit(), "data": made, "highsea": highsea.load(arguments.groups)}
    asked = _chosen(arguments)
    for threads in map(int, arguments.threads.split(",")):
        run = Run(arguments, threads, facts)
        if not arguments.questions:
            say(f"Highsea alone, threads {threads}")
            run.facts["alone"] = alone(highsea, asked, threads, arguments.times, arguments.budget, arguments.urgent)
            run.save()
        run.pairs(highsea, asked)


if __name__ == "__main__":
    main()
