"""DuckDB, on native tables, with texts as they are or as enums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb

from engine import CATEGORIES, TABLES, Engine
from questions import Question
from sql import DuckDialect


class Duck(Engine):
    """Texts as they are."""

    dialect = DuckDialect()
    prepared = False

    def load(self) -> bool:
        fresh = self.begin()
        self.connection = duckdb.connect(str(self.place.own / "pool.duckdb"))
        self.connection.execute(f"set threads = {self.place.threads}")
        self.connection.execute("set memory_limit = '8GB'")
        if fresh:
            for table in TABLES:
                self.create(table)
            self.connection.execute("checkpoint")
            self.done()
        return fresh

    def create(self, table: str) -> None:
        self.connection.execute(f"create table {table} as select * from '{self.place.parquet(table)}'")

    def version(self) -> str:
        return f"DuckDB {duckdb.__version__}"

    def ask(self, question: Question, constants: Any) -> Callable[[], Any]:
        if question.kind == "groups":
            return self._customer(question, constants)
        text = self.dialect.write(question, constants)
        run = self.connection.execute
        match question.form:
            case "ids":
                return lambda: run(text).fetchnumpy()["id"]
            case "count":
                return lambda: run(text).fetchall()[0][0]
            case _:
                return lambda: run(text).fetchall()

    def _customer(self, question: Question, constants: Any) -> Callable[[], Any]:
        """Prepared once: only the execution is timed."""
        if not self.prepared:
            self.connection.execute("prepare customer as " + self.dialect.write(question, constants))
            self.prepared = True
        return lambda: self.connection.execute(f"execute customer({constants[0]})").fetchall()


class DuckEnums(Duck):
    """Texts with few values as enums."""

    def create(self, table: str) -> None:
        file = self.place.parquet(table)
        for column in CATEGORIES[table]:
            self.connection.execute(
                f"create type {table}_{column} as enum "
                f"(select distinct {column} from '{file}' where {column} is not null order by 1)"
            )
        casts = ", ".join(f"{column}::{table}_{column} as {column}" for column in CATEGORIES[table])
        self.connection.execute(f"create table {table} as select * replace ({casts}) from '{file}'")
