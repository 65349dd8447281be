"""A process that answers each line of JSON with a line of JSON."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any


HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""Has the C library ask for large pages, which many systems give only to those who ask. It does so for
its first arena alone, which is about half of what Highsea holds. Engines that bring an allocator of
their own ask by themselves or not at all."""


class TooLong(Exception):
    """No answer came in time; the process was ended."""


class Gone(Exception):
    """The process ended by itself."""


class Process:
    """One engine's process, asked by lines."""

    def __init__(self, command: list[str], log: Path, one_core: bool) -> None:
        core = {max(os.sched_getaffinity(0))}
        log.parent.mkdir(parents=True, exist_ok=True)
        self.began = time.monotonic()
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=os.environ | HUGE_PAGES,
                preexec_fn=(lambda: os.sched_setaffinity(0, core)) if one_core else None,
            )
        self.rest = b""

    def ask(self, request: dict[str, Any], within: float) -> dict[str, Any]:
        """The reply, if it comes within so many seconds."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self._line(time.monotonic() + within))

    def _line(self, until: float) -> bytes:
        assert self.process.stdout
        pipe = self.process.stdout.fileno()
        while b"\n" not in self.rest:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                self.end()
                raise TooLong
            more = os.read(pipe, 1 << 20)
            if not more:
                raise Gone(f"ended with {self.process.wait()}")
            self.rest += more
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def memory(self) -> dict[str, int]:
        """Resident bytes, now and at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        facts = dict(line.split(":", 1) for line in status)
        return {name: int(facts[field].split()[0]) * 1024 for name, field in (("now", "VmRSS"), ("peak", "VmHWM"))}

    def urge(self) -> None:
        """Lets all its threads, and those they start, go ahead of whatever is not in real time."""
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            os.sched_setscheduler(int(task), os.SCHED_RR, os.sched_param(1))

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Lets the process end by itself, for it may have something to write."""
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.end()
