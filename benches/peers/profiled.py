"""Where Highsea's time goes, by `perf` where the machine has it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from highsea import Highsea
from highsea_text import request
from questions import Question

SECONDS = 1.5
"""How long a question is asked over and over."""

MOST = 4
"""Functions that are told of each."""

LINE = re.compile(r"^\s*([0-9.]+)%\s+\[.\]\s+(.+?)\s*$")


def profiled(highsea: Highsea, questions: list[Question], times: int) -> dict[str, list[tuple[float, str]]]:
    """Of each question, asked with its constants in turn, the functions that take most, as shares."""
    if not shutil.which("perf") or not highsea.process:
        return {}
    return {question.name: _of(highsea, question, times) for question in questions}


def _of(highsea: Highsea, question: Question, times: int) -> list[tuple[float, str]]:
    assert highsea.process
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "perf.data")
        command = ["perf", "record", "-q", "-F", "2000", "-o", data, "-p", str(highsea.process.process.pid)]
        recorder = subprocess.Popen(
            [*command, "--", "sleep", str(SECONDS)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end, n = time.monotonic() + SECONDS, 0
        while time.monotonic() < end or recorder.poll() is None:
            highsea.do(request(question, question.constants(n % times)))
            n += 1
        shown = ["perf", "report", "-i", data, "--no-children", "--stdio", "-F", "overhead,symbol"]
        told = subprocess.run(shown, capture_output=True, text=True)
    found = [match for line in told.stdout.splitlines() if (match := LINE.match(line))]
    return [(float(match[1]) / 100, _short(match[2])) for match in found[:MOST]]


def _short(symbol: str) -> str:
    """The last parts of a path, without what it is generic over."""
    bare = re.sub(r"<impl [^>]*>|<[^<>]*>", "", symbol).replace("[k] ", "")
    return "::".join(part for part in bare.split("::")[-2:] if part)
