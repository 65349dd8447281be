"""SQLite, with an index on each column that a question is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engine import TABLES, Cannot, Engine
from questions import Question
from sql import LiteDialect

INDEXES = {
    "customers": [
        "region, orders_90d",
        "region, spend_365d",
        "city",
        "age",
        "orders_90d",
        "spend_365d",
        "last_order_date",
        "orders_365d",
        "influence",
        "occupation",
    ],
    "orders": ["customer_id, ts, category, product_id, amount", "category, ts, customer_id"],
    "visits": ["source, ts, customer_id"],
}
MOST_ORDERS = 10_000_000
"""Beyond these a load takes longer than anybody would wait for it, and questions longer still."""


class Lite(Engine):
    """Days and seconds as whole numbers, money as doubles, tags as a table."""

    dialect = LiteDialect()

    def load(self) -> bool:
        fresh = self.begin()
        self.connection = sqlite3.connect(self.place.own / "pool.sqlite", isolation_level=None)
        for pragma in (
            "cache_size = -2000000",
            "mmap_size = 8000000000",
            "case_sensitive_like = on",
            f"threads = {self.place.threads}",
            "temp_store = memory",
        ):
            self.connection.execute(f"pragma {pragma}")
        self.whole = pq.read_metadata(self.place.parquet("orders")).num_rows <= MOST_ORDERS
        if fresh:
            self._fill()
            self.done()
        return fresh

    def _fill(self) -> None:
        run = self.connection.execute
        run("pragma journal_mode = off")
        run("pragma synchronous = off")
        run("create table tags (tag, id, primary key (tag, id)) without rowid")
        run("begin")
        for table in TABLES if self.whole else TABLES[:1]:
            self._copy(table)
            for n, columns in enumerate(INDEXES[table]):
                run(f"create index {table}_{n} on {table} ({columns})")
        run("analyze")
        run("commit")

    def _copy(self, table: str) -> None:
        file = pq.ParquetFile(self.place.parquet(table))
        names = [name for name in file.schema_arrow.names if name != "tags"]
        columns = ", ".join(f"{name} integer primary key" if name == "id" else name for name in names)
        self.connection.execute(f"create table {table} ({columns})")
        insert = f"insert into {table} values ({', '.join('?' * len(names))})"
        for batch in file.iter_batches(131_072):
            self.connection.executemany(insert, zip(*(_plain(batch.column(name)).to_pylist() for name in names)))
            if table == "customers":
                self.connection.executemany("insert into tags values (?, ?)", _pairs(batch))

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def ask(self, question: Question, constants: Any) -> Callable[[], Any]:
        if not self.whole and question.kind in ("events", "ranking", "intervals", "transitions", "cohorts"):
            raise Cannot("orders and visits were not loaded")
        text = self.dialect.write(question, constants)
        run = self.connection.execute
        if question.kind == "groups":
            text = text.replace("$1", "?")
            return lambda: run(text, (constants[0],)).fetchall()
        match question.form:
            case "ids":
                return lambda: np.fromiter((row[0] for row in run(text)), np.int64)
            case "count":
                return lambda: run(text).fetchone()[0]
            case _:
                return lambda: run(text).fetchall()


def _plain(column: pa.Array) -> pa.Array:
    """Values of types that SQLite has."""
    kind = column.type
    if pa.types.is_date(kind):
        return column.cast(pa.int32())
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("s")).cast(pa.int64())
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    return column.cast(pa.int8()) if pa.types.is_boolean(kind) else column


def _pairs(batch: pa.RecordBatch) -> Iterator[tuple[str, int]]:
    for key, tags in zip(batch.column("id").to_pylist(), batch.column("tags").to_pylist()):
        for tag in tags:
            yield tag, key
