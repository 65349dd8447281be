"""The questions in Highsea's own language."""

from __future__ import annotations

import datetime as dt
from typing import Any

from questions import Events, InGroup, Question, Sets
from rules import DATES, All, AnyTag, Bound, Either, Flag, Missing, Not, OneOf, Prefix, Range, Rule
from values import TODAY

KEPT = "kept_90d"
CREATE_KEPT = f"create attribute {KEPT} as count(orders over last 90 days)"


def quoted(texts: tuple[str, ...]) -> str:
    return ", ".join(f'"{text}"' for text in texts)


def _bound(value: Bound | None) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _range(ask: Range) -> str:
    column = ask.column
    if column in DATES and ask.high is None and isinstance(ask.low, dt.date):
        return f"{column} within last {(TODAY - ask.low).days + 1} days"
    if ask.high is None:
        return f"{column} >= {_bound(ask.low)}"
    if ask.low is None:
        return f"{column} < {_bound(ask.high)}"
    return f"({column} >= {_bound(ask.low)} and {column} < {_bound(ask.high)})"


def rule_text(rule: Rule) -> str:
    """A rule as a user writes it."""
    match rule:
        case All(parts):
            return " and ".join(f"({rule_text(p)})" if isinstance(p, Either) else rule_text(p) for p in parts)
        case Either(parts):
            return " or ".join(f"({rule_text(p)})" if isinstance(p, All) else rule_text(p) for p in parts)
        case Not(part):
            return f"not ({rule_text(part)})"
        case OneOf(column, (value,)):
            return f'{column} = "{value}"'
        case OneOf(column, values):
            return f"{column} in ({quoted(values)})"
        case Missing(column):
            return f"{column} is null"
        case Flag(column):
            return column
        case AnyTag(column, tags):
            return f"{column} contains any ({quoted(tags)})"
        case Prefix(column, text):
            return f'{column} starts with "{text}"'
        case Range():
            return _range(rule)
    raise TypeError(rule)


def _events(ask: Events) -> str:
    over = f"over last {ask.days} days"
    match ask.ask:
        case "count":
            return f'count(orders where category = "{ask.value}" {over}) >= {ask.than}'
        case "sum":
            return f"sum(orders.amount {over}) > {ask.than}.005"
        case "none":
            return f"no(orders {over}) and age > {ask.than}"
        case _:
            return f'count(visits where source = "{ask.value}" {over}) >= {ask.than}'


def _stored(rule: Rule) -> str:
    return rule_text(rule).replace("orders_90d", KEPT)


def member_rule(question: Question, constants: Any) -> str:
    """The rule of a question whose form is `count` or `ids`."""
    match question.kind:
        case "rule":
            return rule_text(constants)
        case "stored":
            return _stored(constants)
        case "top":
            return f"spend_365d in top {constants:g}% per region"
        case _:
            return _events(constants)


def _overlap(ask: Sets) -> str:
    if ask.groups:
        return "overlap " + ", ".join(f"g{number}" for number in ask.groups)
    return "overlap " + ", ".join(f"{rule_text(rule)} as s{n}" for n, rule in enumerate(ask.rules))


def _report(kind: str, ask: InGroup) -> str:
    where = f"where {rule_text(ask.group)}"
    match kind:
        case "ranking":
            return f"rank product_id in orders {where} over last {ask.days} days limit 20"
        case "intervals":
            return f"intervals of orders {where}"
        case "transitions":
            return f"transitions of category in orders {where}"
        case _:
            return f"cohorts of orders by month {where}"


def request(question: Question, constants: Any) -> dict[str, Any]:
    """What the runner is asked to do."""
    if question.form == "ids":
        return {"do": "ids", "rule": member_rule(question, constants)}
    if question.form == "count":
        return {"do": "count", "rules": [member_rule(question, constants)]}
    match question.kind:
        case "tiers":
            return {"do": "count", "rules": [f"spend_365d in top {share:g}%" for share in constants]}
        case "groups":
            return {"do": "groups", "key": constants[0]}
        case "sums":
            text = f"summarize count, sum(spend_365d), avg(spend_365d) by region where {rule_text(constants)}"
        case "overlap":
            text = _overlap(constants)
        case kind:
            text = _report(kind, constants)
    return {"do": "run", "text": text}
