"""Polars, over frames in memory."""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Callable
from typing import Any

import polars as pl

from engine import CATEGORIES, TABLES, Engine
from questions import Events, InGroup, Question, Sets
from rules import MONEY, NULLABLE, All, AnyTag, Either, Flag, Leaf, Missing, Not, OneOf, Prefix, Range, Rule, positive
from sql import NUDGE
from values import TODAY

col = pl.col
spend = col("spend_365d")


def _leaf(leaf: Leaf) -> pl.Expr:
    column = col(leaf.column)
    match leaf:
        case OneOf(values=(value,)):
            return column == value
        case OneOf(values=values):
            return column.is_in(list(values))
        case Missing():
            return column.is_null()
        case Flag():
            return column
        case AnyTag(values=tags):
            return column.list.eval(pl.element().is_in(list(tags))).list.any()
        case Prefix(text=text):
            return column.cat.starts_with(text)
        case Range(low=None, high=high):
            return column < high
        case Range(low=low, high=None):
            return column >= low
        case Range(low=low, high=high):
            return column.is_between(low, high, closed="left")
    raise TypeError(leaf)


def expression(rule: Rule) -> pl.Expr:
    """A rule as an expression; a missing value may leave it missing, which a filter takes as false."""
    return _write(positive(rule))


def _write(rule: Rule) -> pl.Expr:
    match rule:
        case All(parts):
            return functools.reduce(operator.and_, map(_write, parts))
        case Either(parts):
            return functools.reduce(operator.or_, map(_write, parts))
        case Not():
            raise TypeError(rule)
    if not rule.negated:
        return _leaf(rule)
    missing = rule.column in NULLABLE and not isinstance(rule, Missing)
    return ~_leaf(rule) | col(rule.column).is_null() if missing else ~_leaf(rule)


def _level(share: float) -> float:
    return 1 - share / 100 + NUDGE


def _later(days: int) -> pl.Expr:
    return col("ts") > dt.datetime.combine(TODAY - dt.timedelta(days), dt.time())


class Polars(Engine):
    """Texts as categories, money as doubles."""

    def load(self) -> bool:
        self.customers, self.orders, self.visits = (self._frame(table) for table in TABLES)
        return True

    def _frame(self, table: str) -> pl.LazyFrame:
        frame = pl.read_parquet(self.place.parquet(table))
        money = [name for name in (*MONEY, "amount") if name in frame.columns]
        categories = [col(name).cast(pl.Categorical) for name in CATEGORIES[table]]
        if table == "customers":
            categories.append(col("tags").cast(pl.List(pl.Categorical)))
        return frame.with_columns(categories + [col(name).cast(pl.Float64) for name in money]).rechunk().lazy()

    def disk(self) -> None:
        return None

    def version(self) -> str:
        return f"Polars {pl.__version__}, {pl.thread_pool_size()} threads"

    def ask(self, question: Question, constants: Any) -> Callable[[], Any]:
        frame = getattr(self, f"_{question.kind}")(constants)
        match question.form:
            case "ids":
                return lambda: frame.select("id").collect()["id"].to_numpy()
            case "count":
                return lambda: frame.select(pl.len()).collect().item()
            case _:
                return lambda: frame.collect().rows()

    def _rule(self, rule: Rule) -> pl.LazyFrame:
        return self.customers.filter(expression(rule))

    _stored = _rule

    def _tiers(self, shares: tuple[float, ...]) -> pl.LazyFrame:
        cuts = self.customers.select(
            spend.quantile(_level(s), "equiprobable").alias(f"c{n}") for n, s in enumerate(shares)
        )
        below = functools.reduce(operator.add, ((spend < col(f"c{n}")).cast(pl.UInt8) for n in range(len(shares))))
        return self.customers.select(spend).join(cuts, how="cross").group_by(below.alias("tier")).len()

    def _top(self, share: float) -> pl.LazyFrame:
        cuts = self.customers.group_by("region").agg(spend.quantile(_level(share), "equiprobable").alias("cut"))
        return self.customers.select("id", "region", spend).join(cuts, on="region").filter(spend >= col("cut"))

    def _sums(self, rule: Rule) -> pl.LazyFrame:
        return self._rule(rule).group_by("region").agg(pl.len(), spend.sum().alias("s"), spend.mean().alias("a"))

    def _events(self, ask: Events) -> pl.LazyFrame:
        late = (self.visits if ask.ask == "visits" else self.orders).filter(_later(ask.days))
        match ask.ask:
            case "none":
                return self.customers.filter(col("age") > ask.than).join(
                    late, left_on="id", right_on="customer_id", how="anti"
                )
            case "sum":
                found = (
                    late.group_by("customer_id").agg(col("amount").sum().alias("s")).filter(col("s") > ask.than + 0.005)
                )
            case _:
                kind = "source" if ask.ask == "visits" else "category"
                found = late.filter(col(kind) == ask.value).group_by("customer_id").len().filter(col("len") >= ask.than)
        return found.rename({"customer_id": "id"})

    def _overlap(self, ask: Sets) -> pl.LazyFrame:
        sets = [expression(rule).fill_null(False).alias(f"s{n}") for n, rule in enumerate(ask.rules)]
        size = range(len(ask.rules))
        pairs = [(col(f"s{a}") & col(f"s{b}")).sum().alias(f"n{a}_{b}") for a in size for b in size if a <= b]
        return self.customers.select(sets).select(pairs)

    def _groups(self, constants: tuple[int, list[Rule]]) -> pl.LazyFrame:
        key, rules = constants
        held = [expression(rule).alias(f"g{n}") for n, rule in enumerate(rules)]
        return self.customers.filter(col("id") == key).select(held)

    def _in_group(self, ask: InGroup) -> pl.LazyFrame:
        orders = self.orders if ask.days is None else self.orders.filter(_later(ask.days))
        members = self._rule(ask.group).select(col("id").alias("customer_id"))
        return orders.join(members, on="customer_id", how="semi")

    def _ranking(self, ask: InGroup) -> pl.LazyFrame:
        counted = self._in_group(ask).group_by("product_id").agg(pl.len().alias("n"))
        return counted.sort(["n", "product_id"], descending=[True, False]).head(20)

    def _steps(self, ask: InGroup, **values: pl.Expr) -> pl.LazyFrame:
        """Each order beside the one before it of the same customer."""
        sorted_ = self._in_group(ask).select("customer_id", "ts", "category").sort("customer_id", "ts")
        same = col("customer_id") == col("customer_id").shift(1)
        return sorted_.select(same=same, **values).filter(col("same"))

    def _intervals(self, ask: InGroup) -> pl.LazyFrame:
        steps = self._steps(ask, d=(col("ts") - col("ts").shift(1)).dt.total_seconds())
        return steps.select(col("d").median() / 86_400.0, pl.len().alias("n"))

    def _transitions(self, ask: InGroup) -> pl.LazyFrame:
        return self._steps(ask, a=col("category").shift(1), b=col("category")).group_by("a", "b").agg(pl.len())

    def _cohorts(self, ask: InGroup) -> pl.LazyFrame:
        bought = self._in_group(ask).select("customer_id", m=col("ts").dt.truncate("1mo")).unique()
        first = bought.group_by("customer_id").agg(col("m").min().alias("m0"))
        return bought.join(first, on="customer_id").group_by("m0", "m").agg(pl.len())
