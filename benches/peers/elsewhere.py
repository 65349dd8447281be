"""What the design aims at and no peer is asked for: deciding, a day's turn, redb, disk, and which column
takes how much memory. Each by the command that measures it, on the same machine, with where the time
goes by `perf` where the machine has it."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from highsea import Highsea
from pair import say
from profiled import Recorder, Shares, shares

FILE = "elsewhere.json"

MOST_ON_DISK = 1_000_000
"""Customers whose disk use is looked at: it grows with them."""

DECIDE = re.compile(r"(\d+) groups: ([\d.]+) us .*?, ([\d.]+) once more")
TURN = re.compile(r"a day's turn of the clock, ten attributes kept: ([\d.]+) ms")
BETWEEN = re.compile(r"a day's turn: [\d.]+ ms, of (\d+) orders in 90 days (\d+) are left")
DISK = re.compile(r"(\w+) (.+): (\d+) bytes, ([\d.]+) times (\d+)")


def elsewhere(root: Path, highsea: Highsea, customers: int, out: Path, commit: str) -> None:
    """Runs them all, which takes half an hour for ten million customers, and notes what came out."""
    facts: dict[str, Any] = {"date": f"{dt.date.today()}", "commit": commit, "customers": customers}
    say("deciding")
    tests = _built(root, ["test", "--release", "--locked", "--lib", "--no-run"], "highsea")
    facts["deciding"] = [_deciding(tests, n) for n in (1_000, 10_000)]
    _save(out, facts)
    say("columns in memory")
    facts["columns"] = _columns(highsea)
    facts["events_bits"] = events_bits(highsea.files, customers)
    _save(out, facts)
    say("redb")
    facts["redb"] = _redb(root, highsea)
    _save(out, facts)
    say("disk")
    facts["disk"] = _disk(tests, min(customers, MOST_ON_DISK))
    facts["disk_customers"] = min(customers, MOST_ON_DISK)
    _save(out, facts)
    say("a day's turn")
    bench = _built(root, ["bench", "--locked", "--bench", "events", "--no-run"], "events")
    facts["turn"] = _turn(bench, customers)
    _save(out, facts)


def read_elsewhere(out: Path) -> dict[str, Any]:
    """What was noted; empty where nothing was."""
    path = out / FILE
    return json.loads(path.read_text()) if path.exists() else {}


def _save(out: Path, facts: dict[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / FILE).write_text(json.dumps(facts, indent=1))


def _built(root: Path, arguments: list[str], name: str) -> Path:
    """What cargo makes of a target: the messages tell where it lies."""
    command = ["cargo", *arguments, "--message-format", "json-render-diagnostics"]
    done = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True)
    made = [json.loads(line) for line in done.stdout.splitlines()]
    return Path(next(m["executable"] for m in made if m.get("executable") and m["target"]["name"] == name))


def _watched(command: list[str], variables: dict[str, str], begin: str | None, end: str) -> tuple[list[str], Shares]:
    """Runs a command; its lines, and what took most between a line that holds `begin` (or its start) and
    one that holds `end`."""
    environment = os.environ | variables
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, errors="replace"
    )
    recorder = Recorder(process.pid) if begin is None else None
    lines: list[str] = []
    found: Shares = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line.rstrip())
        if begin and begin in line and recorder is None:
            recorder = Recorder(process.pid)
        if end in line and recorder:
            found, recorder = recorder.stop(), None
    process.wait()
    return lines, found


def _deciding(tests: Path, n: int) -> dict[str, Any]:
    command = [str(tests), "--ignored", "--nocapture", "deciding_one_purchase"]
    lines, found = _watched(command, {"HIGHSEA_DECIDE_GROUPS": str(n)}, None, "us to decide")
    told = next(match for line in lines if (match := DECIDE.search(line)))
    own = [(share, name) for share, name in found if "decide::" in name]
    whole = sum(share for share, _ in own)
    where = [(share / whole, name) for share, name in own[:4]] if whole else []
    return {"groups": n, "us": float(told[2]), "again_us": float(told[3]), "where": shares(where)}


def _turn(bench: Path, customers: int) -> dict[str, Any]:
    variables = {"HIGHSEA_BENCH_CUSTOMERS": str(customers), "HIGHSEA_BENCH_SECONDS": "1"}
    begin, end = "ten attributes kept:", "a day's turn of the clock"
    lines, found = _watched([str(bench), "--bench"], variables, begin, end)
    text = "\n".join(lines)
    told = TURN.search(text)
    assert told, text
    between = [(int(before), int(after)) for before, after in BETWEEN.findall(text)]
    lost = sorted(before - after for before, after in between)
    return {"ms": float(told[1]), "lost": lost[len(lost) // 2], "where": shares(found[:4])}


def _disk(tests: Path, customers: int) -> list[dict[str, Any]]:
    command = [str(tests), "--nocapture", "disk_use_stays_within_bounds"]
    variables = os.environ | {"HIGHSEA_DISK_CUSTOMERS": str(customers)}
    done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found = DISK.findall(done.stdout)
    assert found, done.stdout
    return [
        {"what": what, "bytes": int(size), "ratio": float(ratio), "roaring": int(roaring)}
        for _, what, size, ratio, roaring in found
    ]


def _redb(root: Path, highsea: Highsea) -> dict[str, Any]:
    """The customers in a pool on redb, and what opening it takes."""
    made = _built(root, ["build", "--release", "--locked", "--example", "peer", "--features", "redb"], "peer")
    with tempfile.TemporaryDirectory(dir=highsea.files) as folder:
        binary = Path(folder) / "peer"
        shutil.copy(made, binary)
        own = Highsea(binary, highsea.files, Path(folder), highsea.log, backend="redb")
        facts = own.import_customers()
        again = sorted((own.reopened() for _ in range(3)), key=lambda each: each["spent_ms"])
        return again[1] | {"import_ms": facts["ms"], "disk": facts["disk"]}


def _columns(highsea: Highsea) -> list[dict[str, Any]]:
    """Each attribute's bytes in memory with its index, and the bits that its values take, packed."""
    table = pq.read_table(highsea.files / "customers.parquet")
    highsea.start(2)
    found = []
    for name in table.column_names[1:]:
        before = _held(highsea)
        # A set is never missing, and asking that reads nothing.
        is_set = pa.types.is_list(table.column(name).type)
        highsea.do({"do": "count", "rules": [f'{name} contains ""' if is_set else f"{name} is null"]})
        found.append({"name": name, "bytes": _held(highsea) - before, "bits": _bits(table.column(name))})
    highsea.close()
    return found


def events_bits(files: Path, customers: int) -> float:
    """Bits a customer that the values of the events take side by side."""
    bits = 0.0
    for name in ("orders", "visits"):
        table = pq.read_table(files / f"{name}.parquet")
        bits += sum(_bits(column) for column in table.columns) * table.num_rows / customers
    return bits


def _held(highsea: Highsea) -> int:
    rows = highsea.do({"do": "run", "text": "show settings"})["answer"]["rows"]
    return int(dict(rows)["memory_columns"])


def _bits(column: pa.ChunkedArray) -> float:
    """Bits a customer that the values take side by side: from the least to the greatest, or a number for
    each text; one more where some are missing."""
    n, some_missing = len(column), int(column.null_count > 0)
    kind = column.type
    if pa.types.is_list(kind):
        elements = pc.list_flatten(column)
        return len(elements) / n * _width(len(pc.unique(elements))) + _width(8)
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        return _width(len(pc.unique(column))) + some_missing
    if pa.types.is_boolean(kind):
        return 1 + some_missing
    bounds = pc.min_max(column).as_py()
    low, high = bounds["min"], bounds["max"]
    if pa.types.is_decimal(kind):
        return _width(int((high - low).scaleb(kind.scale)) + 1) + some_missing
    if pa.types.is_timestamp(kind):
        return _width(int((high - low).total_seconds()) + 1) + some_missing
    return _width((high - low).days + 1 if pa.types.is_date(kind) else high - low + 1) + some_missing


def _width(n: int) -> int:
    return math.ceil(math.log2(max(n, 1)))
