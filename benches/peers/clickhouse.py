"""ClickHouse within the process (chdb), on a merge tree ordered by customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chdb
import numpy as np
from chdb import session

from engine import CATEGORIES, TABLES, Engine
from questions import Question
from sql import ClickDialect

ORDER = {"customers": "id", "orders": "customer_id, ts", "visits": "customer_id, ts"}


class Click(Engine):
    """Texts with few values of low cardinality; events ordered by customer and time."""

    dialect = ClickDialect()
    tables: tuple[str, ...] = TABLES

    def load(self) -> bool:
        fresh = self.begin()
        self.session = session.Session(str(self.place.own / "store"))
        self.run(f"set max_threads = {self.place.threads}")
        if fresh:
            self.run("create database pool engine = Atomic")
        self.run("use pool")
        if fresh:
            self.fill()
            self.done()
        return fresh

    def fill(self) -> None:
        for table in self.tables:
            self.create(table)

    def create(self, table: str) -> None:
        file = f"file('{self.place.parquet(table)}', Parquet)"
        columns = []
        for line in self.lines(f"describe table {file}", "TSVRaw"):
            name, kind = line.split("\t")[:2]
            plain = kind.removeprefix("Nullable(").removesuffix(")") if kind.startswith("Nullable(") else kind
            nullable = name in ("gender", "age", "birth_date", "last_order_date")
            if name in CATEGORIES[table]:
                plain = "LowCardinality(Nullable(String))" if nullable else "LowCardinality(String)"
            elif name == "tags":
                plain = "Array(LowCardinality(String))"
            elif nullable:
                plain = f"Nullable({plain})"
            columns.append(f"{name} {plain}")
        self.run(f"create table {table} ({', '.join(columns)}) engine = MergeTree order by ({ORDER[table]})")
        self.run(f"insert into {table} select * from {file}")
        self.run(f"optimize table {table} final")

    def run(self, text: str, form: str = "TSV") -> Any:
        return self.session.query(text, form)

    def lines(self, text: str, form: str = "TSV") -> list[str]:
        return self.run(text, form).bytes().decode().splitlines()

    def version(self) -> str:
        return f"ClickHouse {self.lines('select version()')[0]} (chdb {chdb.__version__})"

    def ask(self, question: Question, constants: Any) -> Callable[[], Any]:
        text = self.dialect.write(question, constants)
        if question.kind == "groups":
            text = text.replace("$1", str(constants[0]))
        match question.form:
            case "ids":
                return lambda: np.frombuffer(self.run(text, "RowBinary").bytes(), np.int32)
            case "count":
                return lambda: self.lines(text)[0]
            case _:
                return lambda: [line.split("\t") for line in self.lines(text)]
