"""The questions in SQL, with the places where dialects differ as methods."""

from __future__ import annotations

import datetime as dt
from typing import Any

from questions import Events, InGroup, Question, Sets
from rules import NULLABLE, All, AnyTag, Bound, Either, Flag, Leaf, Missing, Not, OneOf, Prefix, Range, Rule, positive
from values import TODAY

NUDGE = 1e-10
"""Brings `1 - share` to the right side of a whole number of rows; less than one row in a billion."""


def quoted(texts: tuple[str, ...]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


class Dialect:
    """SQL as most engines have it."""

    lag = "lag"
    median = "median(d)"
    month = "date_trunc('month', {})"
    gap = "date_diff('second', lag(ts) over w, ts)"

    def date(self, day: dt.date) -> str:
        return f"date '{day}'"

    def instant(self, day: dt.date) -> str:
        return f"timestamp '{day} 00:00:00'"

    def any_tag(self, tags: tuple[str, ...]) -> str:
        return "(" + " or ".join(f"list_contains(tags, '{tag}')" for tag in tags) + ")"

    def prefix(self, column: str, text: str) -> str:
        return f"{column} like '{text}%'"

    def count_where(self, condition: str) -> str:
        return f"count(*) filter (where {condition})"

    def cut(self, share: float) -> str:
        """The smallest value in the top share of a hundred."""
        return f"quantile_disc(spend_365d, {1 - share / 100 + NUDGE:.12f})"

    def cuts(self, shares: tuple[float, ...]) -> str:
        """A row of such values, `c0` the one of the first share."""
        columns = ", ".join(f"{self.cut(share)} as c{n}" for n, share in enumerate(shares))
        return f"(select {columns} from customers) cuts"

    # Rules.

    def bound(self, value: Bound) -> str:
        return self.date(value) if isinstance(value, dt.date) else str(value)

    def where(self, rule: Rule) -> str:
        return self._write(positive(rule))

    def _write(self, rule: Rule) -> str:
        match rule:
            case All(parts):
                return "(" + " and ".join(map(self._write, parts)) + ")"
            case Either(parts):
                return "(" + " or ".join(map(self._write, parts)) + ")"
            case Not():
                raise TypeError(rule)
        return self._leaf(rule)

    def _leaf(self, leaf: Leaf) -> str:
        text = self._predicate(leaf)
        if leaf.negated and leaf.column in NULLABLE and not isinstance(leaf, Missing):
            return f"({text} or {leaf.column} is null)"
        return text

    def _predicate(self, leaf: Leaf) -> str:
        column, no = leaf.column, "not " if leaf.negated else ""
        match leaf:
            case OneOf(values=(value,)):
                return f"{column} {'<>' if leaf.negated else '='} '{value}'"
            case OneOf(values=values):
                return f"{column} {no}in ({quoted(values)})"
            case Missing():
                return f"{column} is {no}null"
            case Flag():
                return f"{no}{column}"
            case AnyTag(values=tags):
                return no + self.any_tag(tags)
            case Prefix(text=text):
                return no + self.prefix(column, text)
            case Range(low=low, high=high):
                ends = [(low, "<" if leaf.negated else ">="), (high, ">=" if leaf.negated else "<")]
                parts = [f"{column} {sign} {self.bound(end)}" for end, sign in ends if end is not None]
                return "(" + (" or " if leaf.negated else " and ").join(parts) + ")"
        raise TypeError(leaf)

    # Questions.

    def write(self, question: Question, constants: Any) -> str:
        """The statement; of `groups` with `$1` for the customer."""
        return getattr(self, f"_{question.kind}")(question.form, constants)

    def _members(self, form: str, inner: str) -> str:
        return inner if form == "ids" else f"select count(*) as n from ({inner}) members"

    def _rule(self, form: str, rule: Rule) -> str:
        what = "id" if form == "ids" else "count(*) as n"
        return f"select {what} from customers where {self.where(rule)}"

    _stored = _rule

    def _tiers(self, form: str, shares: tuple[float, ...]) -> str:
        cases = " ".join(f"when spend_365d >= c{n} then {n}" for n in range(len(shares)))
        return (
            f"select case {cases} else {len(shares)} end as tier, count(*) as n "
            f"from customers cross join {self.cuts(shares)} group by 1 order by 1"
        )

    def _top(self, form: str, share: float) -> str:
        what = "c.id as id" if form == "ids" else "count(*) as n"
        return (
            f"with cuts as (select region, {self.cut(share)} as cut from customers group by region) "
            f"select {what} from customers c join cuts on c.region = cuts.region where c.spend_365d >= cuts.cut"
        )

    def _sums(self, form: str, rule: Rule) -> str:
        return (
            "select region, count(*) as n, sum(spend_365d) as s, avg(spend_365d) as a from customers "
            f"where {self.where(rule)} group by region order by region"
        )

    def _since(self, days: int) -> str:
        return f"ts > {self.instant(TODAY - dt.timedelta(days))}"

    def _events(self, form: str, ask: Events) -> str:
        since = self._since(ask.days)
        match ask.ask:
            case "none":
                what = "id" if form == "ids" else "count(*) as n"
                return (
                    f"select {what} from customers where age > {ask.than} "
                    f"and id not in (select customer_id from orders where {since})"
                )
            case "sum":
                inner = f"from orders where {since} group by customer_id having sum(amount) > {ask.than}.005"
            case "count":
                inner = f"from orders where category = '{ask.value}' and {since} group by customer_id having count(*) >= {ask.than}"
            case _:
                inner = f"from visits where source = '{ask.value}' and {since} group by customer_id having count(*) >= {ask.than}"
        return self._members(form, f"select customer_id as id {inner}")

    def _overlap(self, form: str, ask: Sets) -> str:
        rules = ask.rules
        sets = ", ".join(f"coalesce({self.where(rule)}, false) as s{n}" for n, rule in enumerate(rules))
        pairs = [(a, b) for a in range(len(rules)) for b in range(a, len(rules))]
        counts = ", ".join(f"{self.count_where(f's{a} and s{b}')} as n{a}_{b}" for a, b in pairs)
        return f"select {counts} from (select {sets} from customers) sets"

    def _groups(self, form: str, constants: tuple[int, list[Rule]]) -> str:
        columns = ", ".join(f"({self.where(rule)}) as g{n}" for n, rule in enumerate(constants[1]))
        return f"select {columns} from customers where id = $1"

    def _in_group(self, ask: InGroup) -> str:
        within = f"customer_id in (select id from customers where {self.where(ask.group)})"
        return within if ask.days is None else f"{self._since(ask.days)} and {within}"

    def _ranking(self, form: str, ask: InGroup) -> str:
        return (
            f"select product_id, count(*) as n from orders where {self._in_group(ask)} "
            "group by product_id order by n desc, product_id limit 20"
        )

    def _intervals(self, form: str, ask: InGroup) -> str:
        return (
            f"select {self.median} / 86400.0 as days, count(*) as n from (select {self.gap} as d from orders "
            f"where {self._in_group(ask)} window w as (partition by customer_id order by ts)) gaps where d is not null"
        )

    def _transitions(self, form: str, ask: InGroup) -> str:
        return (
            f"select a, b, count(*) as n from (select {self.lag}(category) over "
            f"(partition by customer_id order by ts) as a, category as b from orders where {self._in_group(ask)}) steps "
            "where a is not null group by a, b"
        )

    def _cohorts(self, form: str, ask: InGroup) -> str:
        return (
            f"with bought as (select customer_id, {self.month.format('ts')} as m from orders where {self._in_group(ask)} "
            "group by 1, 2), "
            "first as (select customer_id, min(m) as m0 from bought group by customer_id) "
            "select m0, m, count(*) as n from bought join first on bought.customer_id = first.customer_id "
            "group by m0, m order by m0, m"
        )


class DuckDialect(Dialect):
    """DuckDB's."""

    def cuts(self, shares: tuple[float, ...]) -> str:
        levels = ", ".join(f"{1 - share / 100 + NUDGE:.12f}" for share in shares)
        columns = ", ".join(f"q[{n + 1}] as c{n}" for n in range(len(shares)))
        return f"(select {columns} from (select quantile_disc(spend_365d, [{levels}]) as q from customers)) cuts"


class ClickDialect(Dialect):
    """ClickHouse's."""

    lag = "lagInFrame"
    median = "quantileExactInclusive(0.5)(d)"
    month = "toStartOfMonth({})"
    gap = "dateDiff('second', lagInFrame(toNullable(ts)) over w, ts)"

    def date(self, day: dt.date) -> str:
        return f"toDate32('{day}')"

    def instant(self, day: dt.date) -> str:
        return f"toDateTime64('{day} 00:00:00', 3, 'UTC')"

    def any_tag(self, tags: tuple[str, ...]) -> str:
        return f"hasAny(tags, [{quoted(tags)}])"

    def count_where(self, condition: str) -> str:
        return f"countIf({condition})"

    def cut(self, share: float) -> str:
        return f"quantileExact({1 - share / 100 + NUDGE:.12f})(spend_365d)"

    def cuts(self, shares: tuple[float, ...]) -> str:
        levels = ", ".join(f"{1 - share / 100 + NUDGE:.12f}" for share in shares)
        columns = ", ".join(f"q[{n + 1}] as c{n}" for n in range(len(shares)))
        return f"(select {columns} from (select quantilesExact({levels})(spend_365d) as q from customers)) cuts"

    def _transitions(self, form: str, ask: InGroup) -> str:
        return (
            "select a, b, count(*) as n from (select lagInFrame(toNullable(category)) over "
            "(partition by customer_id order by ts rows between 1 preceding and current row) as a, category as b "
            f"from orders where {self._in_group(ask)}) steps where a is not null group by a, b"
        )


class FusionDialect(Dialect):
    """DataFusion's."""

    gap = "arrow_cast(arrow_cast(ts, 'Int64') - lag(arrow_cast(ts, 'Int64')) over w, 'Float64') / 1000.0"

    def any_tag(self, tags: tuple[str, ...]) -> str:
        return f"array_has_any(tags, make_array({quoted(tags)}))"

    def cut(self, share: float) -> str:
        return f"percentile_cont(spend_365d, {1 - share / 100 - NUDGE:.12f})"


class LiteDialect(Dialect):
    """SQLite's, where days and instants are numbers, and tags a table."""

    gap = "ts - lag(ts) over w"
    month = "cast(strftime('%Y%m', {}, 'unixepoch') as int)"

    def date(self, day: dt.date) -> str:
        return str((day - dt.date(1970, 1, 1)).days)

    def instant(self, day: dt.date) -> str:
        return str((day - dt.date(1970, 1, 1)).days * 86_400)

    def any_tag(self, tags: tuple[str, ...]) -> str:
        return f"id in (select id from tags where tag in ({quoted(tags)}))"

    def cuts(self, shares: tuple[float, ...]) -> str:
        columns = ", ".join(
            "(select spend_365d from customers order by spend_365d desc limit 1 offset "
            f"(select cast(ceil(count(*) * {share} / 100 - {NUDGE}) as int) - 1 from customers)) as c{n}"
            for n, share in enumerate(shares)
        )
        return f"(select {columns}) cuts"

    def _top(self, form: str, share: float) -> str:
        what = "id" if form == "ids" else "count(*) as n"
        return (
            f"select {what} from (select id, count(*) over (partition by region) as n, "
            "rank() over (partition by region order by spend_365d desc) as place from customers) ranked "
            f"where place <= cast(ceil(n * {share} / 100 - {NUDGE}) as int)"
        )

    def _intervals(self, form: str, ask: InGroup) -> str:
        return (
            f"with gaps as (select {self.gap} as d from orders where {self._in_group(ask)} "
            "window w as (partition by customer_id order by ts)), "
            "sorted as (select d, row_number() over (order by d) as r, count(*) over () as n from gaps where d is not null) "
            "select avg(d) / 86400.0 as days, max(n) as n from sorted where r in ((n + 1) / 2, (n + 2) / 2)"
        )
