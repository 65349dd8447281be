"""Where Highsea's time goes, by `perf` where the machine has it."""

from __future__ import annotations

import re
import shutil
import signal
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


Shares = list[tuple[float, str]]
"""Functions by their share of the time, the greatest first."""


class Recorder:
    """Records where a process is, until it is stopped."""

    def __init__(self, pid: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.data = str(Path(self.folder.name) / "perf.data")
        self.process = None
        if shutil.which("perf"):
            command = ["perf", "record", "-q", "-F", "2000", "-o", self.data, "-p", str(pid)]
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> Shares:
        found: Shares = []
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
            shown = ["perf", "report", "-i", self.data, "--no-children", "--stdio", "-F", "overhead,symbol"]
            told = subprocess.run(shown, capture_output=True, text=True)
            lines = [match for line in told.stdout.splitlines() if (match := LINE.match(line))]
            found = [(float(match[1]) / 100, match[2]) for match in lines]
        self.folder.cleanup()
        return found


def profiled(highsea: Highsea, questions: list[Question], times: int) -> dict[str, Shares]:
    """Of each question, asked with its constants in turn, the functions that take most, as shares."""
    if not shutil.which("perf") or not highsea.process:
        return {}
    return {question.name: _of(highsea, question, times) for question in questions}


def _of(highsea: Highsea, question: Question, times: int) -> Shares:
    assert highsea.process
    recorder = Recorder(highsea.process.process.pid)
    end, n = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        highsea.do(request(question, question.constants(n % times)))
        n += 1
    return shares(recorder.stop()[:MOST])


def shares(found: Shares) -> Shares:
    """The same with names as they are told."""
    return [(share, _short(symbol)) for share, symbol in found]


def _short(symbol: str) -> str:
    """The last parts of a path, without what it is generic over."""
    bare = re.sub(r"<impl [^>]*>|<[^<>]*>", "", symbol).replace("[k] ", "")
    return "::".join(part for part in bare.split("::")[-2:] if part)
