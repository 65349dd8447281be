"""What is told of Highsea without a peer: first and repeated, members in other forms, memory, a
profile, and where the time goes."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from highsea import Highsea
from highsea_text import member_rule
from profiled import profiled
from questions import Question

PROFILE = 'profile where region = "US" and orders_90d >= 3'


def alone(
    highsea: Highsea, questions: list[Question], threads: int, times: int, budget: float, urgent: bool
) -> dict[str, Any]:
    """Asks every rule with new constants, and at once again with the same."""
    highsea.start(threads)
    if urgent and highsea.process:
        highsea.process.urge()
    counted = [q for q in questions if q.form == "count"]
    rules = [q for q in counted if q.kind == "rule"]
    facts: dict[str, Any] = {"rules": _rules(highsea, rules, times), "memory": _settings(highsea)}
    facts["resident"] = highsea.process.memory() if highsea.process else {}
    facts["rules"] |= _rules(highsea, [q for q in counted if q.kind != "rule"], times)
    facts["profile"] = _profile(highsea, times, budget)
    facts["memory_all"] = _settings(highsea)
    facts["where"] = profiled(highsea, [q for q in questions if q.form != "ids"], times)
    highsea.close()
    return facts


def _rules(highsea: Highsea, rules: list[Question], times: int) -> dict[str, Any]:
    """Each asked once untimed before any is timed."""
    for question in rules:
        _count(highsea, question, times)
    return {question.name: _rule(highsea, question, times) for question in rules}


def _count(highsea: Highsea, question: Question, repetition: int) -> tuple[float, float]:
    """Milliseconds from the text, and from the parsed rule."""
    rule = member_rule(question, question.constants(repetition))
    reply = highsea.do({"do": "count", "rules": [rule]})
    return float(reply["ms"]), float(reply["prepared_ms"])


def _rule(highsea: Highsea, question: Question, times: int) -> dict[str, Any]:
    first, prepared, again, sets, bitmaps, counts = [], [], [], [], [], []
    for repetition in range(times):
        ms, after = _count(highsea, question, repetition)
        first.append(ms)
        prepared.append(after)
        again.append(_count(highsea, question, repetition)[0])
        rule = member_rule(question, question.constants(repetition))
        members = highsea.do({"do": "members", "rule": rule})
        sets.append(members["ms"])
        bitmaps.append(members["bitmap_ms"])
        counts.append(members["count"])
    return {
        "first": median(first),
        "prepared": median(prepared),
        "again": median(again),
        "set": median(sets),
        "bitmap": median(bitmaps),
        "members": median(counts),
    }


def _settings(highsea: Highsea) -> dict[str, int]:
    rows = highsea.do({"do": "run", "text": "show settings"})["answer"]["rows"]
    return {name: value for name, value in rows if name.startswith("memory_")}


def _profile(highsea: Highsea, times: int, budget: float) -> list[float]:
    began = time.monotonic()
    spent: list[float] = []
    while len(spent) < times and time.monotonic() - began < budget:
        spent.append(float(highsea.do({"do": "run", "text": PROFILE})["ms"]))
    return spent
