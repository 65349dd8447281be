"""DataFusion, over record batches in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import datafusion
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engine import CATEGORIES, TABLES, Engine
from questions import Question
from sql import FusionDialect

ROWS = 65_536


class Fusion(Engine):
    """Texts as dictionaries, money as doubles."""

    dialect = FusionDialect()

    def load(self) -> bool:
        config = datafusion.SessionConfig().with_target_partitions(self.place.threads)
        self.context = datafusion.SessionContext(config)
        for table in TABLES:
            self.context.register_record_batches(table, self._batches(table))
        return True

    def _batches(self, table: str) -> list[list[pa.RecordBatch]]:
        parts: list[list[pa.RecordBatch]] = [[] for _ in range(self.place.threads)]
        file = pq.ParquetFile(self.place.parquet(table), read_dictionary=CATEGORIES[table])
        for n, batch in enumerate(file.iter_batches(ROWS)):
            columns = [c.cast(pa.float64()) if pa.types.is_decimal(c.type) else c for c in batch.columns]
            parts[n % self.place.threads].append(pa.RecordBatch.from_arrays(columns, names=batch.schema.names))
        return parts

    def disk(self) -> None:
        return None

    def version(self) -> str:
        return f"DataFusion {datafusion.__version__}"

    def ask(self, question: Question, constants: Any) -> Callable[[], Any]:
        text = self.dialect.write(question, constants)
        if question.kind == "groups":
            text = text.replace("$1", str(constants[0]))
        collect = lambda: self.context.sql(text).collect()
        match question.form:
            case "ids":
                return lambda: np.concatenate(
                    [b.column(0).to_numpy(zero_copy_only=False) for b in collect()] or [np.empty(0)]
                )
            case "count":
                return lambda: collect()[0].column(0)[0].as_py()
            case _:
                return lambda: [row for batch in collect() for row in zip(*(c.to_pylist() for c in batch.columns))]
