"""A pool as Parquet files: customers, their orders and their visits, the same ones every time.

A million customers at a time, each million from a random stream of its own. Attributes that sum
orders up (`orders_90d`, `spend_365d`, …) are computed from the orders, so that rules over
attributes and rules over events agree. No customer has two orders in the same second. Money is
counted in cents here and is `decimal(12,2)` in the files.
"""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import values
from values import TODAY_DAYS, draw, zipf

SEED = 20260630
PART = 1_000_000
ROW_GROUP = 131_072
DAY = 86_400
YEARS_BACK = 6 * 365
ORDER_DAYS = 730

REGION = zipf(50)
CITY = zipf(values.CITIES_PER_REGION)
OCCUPATION = zipf(40, 0.7)
INDUSTRY = zipf(20, 0.7)
SOURCE = zipf(12)
LANGUAGE = zipf(15)
CURRENCY = zipf(10)
CATEGORY = zipf(50)
PRODUCT = zipf(values.N_PRODUCTS, 0.9)
TAG = zipf(200)
KEYWORD = zipf(5000)

Columns = dict[str, np.ndarray]


def texts(codes: np.ndarray, names: list[str], missing: np.ndarray | None = None) -> pa.Array:
    index = pa.array(codes.astype(np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(index, pa.array(names, pa.string())).cast(pa.string())


def money(cents: np.ndarray) -> pa.Array:
    """Decimals of two digits, made without going through doubles."""
    words = np.empty((len(cents), 2), np.int64)
    words[:, 0] = cents
    words[:, 1] = words[:, 0] >> 63
    return pa.Array.from_buffers(pa.decimal128(12, 2), len(words), [None, pa.py_buffer(words)])


def dates(days: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=missing).cast(pa.date32())


def instants(seconds: np.ndarray) -> pa.Array:
    return pa.array(seconds.astype(np.int64)).cast(pa.timestamp("s")).cast(pa.timestamp("ms"))


@dataclasses.dataclass
class Part:
    """A million customers and what they did."""

    customers: pa.Table
    orders: Columns
    visits: Columns


def _orders(rng: np.random.Generator, signup: np.ndarray, channel: np.ndarray) -> tuple[Columns, np.ndarray]:
    """Orders of two years, by customer and in order of time, and how many each customer has."""
    n = len(signup)
    counts = rng.poisson(rng.gamma(0.55, 5.0 / 0.55, n))
    quiet = np.where(rng.random(n) < 0.55, 0, rng.exponential(240, n)).astype(np.int64)
    until = TODAY_DAYS - np.minimum(quiet, ORDER_DAYS - 1)
    since = np.minimum(np.maximum(signup, TODAY_DAYS - ORDER_DAYS), until - 1)
    basket = np.exp(rng.normal(3.4, 0.9, n))
    customer = np.repeat(np.arange(n), counts)
    m = len(customer)
    seconds = ((since[customer] + rng.random(m) * (until - since)[customer]) * DAY).astype(np.int64)
    key = (customer << 32) | seconds
    key.sort()
    seconds = key & 0xFFFF_FFFF
    while len(again := np.flatnonzero((np.diff(customer) == 0) & (np.diff(seconds) <= 0))):
        seconds[again + 1] = seconds[again] + 1
    cents = (basket[customer] * np.exp(rng.normal(0, 0.6, m)) * 100).astype(np.int64)
    mixed = channel[customer] == 2
    orders = {
        "customer_id": customer,
        "ts": seconds,
        "amount": np.maximum(cents, 50),
        "category": draw(rng, CATEGORY, m),
        "product_id": draw(rng, PRODUCT, m),
        "channel": np.where(mixed, rng.integers(0, 2, m), channel[customer]),
    }
    return orders, counts


def _sums(orders: Columns, n: int, days: int) -> tuple[np.ndarray, np.ndarray]:
    """How many orders of the last days every customer has, and what they come to."""
    late = orders["ts"] > (TODAY_DAYS - days) * DAY
    customer = orders["customer_id"][late]
    counts = np.bincount(customer, minlength=n)
    spend = np.bincount(customer, orders["amount"][late], minlength=n).astype(np.int64)
    return counts, spend


def _tags(rng: np.random.Generator, n: int) -> pa.Array:
    """None to five of 200 tags a customer."""
    row = np.repeat(np.arange(n), np.minimum(rng.poisson(1.5, n), 5))
    pair = np.unique(row * 200 + draw(rng, TAG, len(row)))
    ends = np.zeros(n + 1, np.int32)
    np.cumsum(np.bincount(pair // 200, minlength=n), out=ends[1:])
    return pa.ListArray.from_arrays(pa.array(ends), texts(pair % 200, values.TAGS))


def part(n_total: int, start: int, n: int) -> Part:
    """The customers from `start` on."""
    rng = np.random.default_rng([SEED, start])
    ids = np.arange(start, start + n, dtype=np.int64)
    region = draw(rng, REGION, n)
    gender = np.searchsorted([0.46, 0.90], rng.random(n))
    age_days = np.clip(rng.normal(40, 15, n) * 365.25, 18 * 365.25 + 1, 90.9 * 365.25).astype(np.int64)
    no_age = rng.random(n) < 0.10
    joined = TODAY_DAYS - YEARS_BACK + (ids / n_total * (YEARS_BACK - 1)).astype(np.int64)
    signup = np.clip(joined + rng.integers(-30, 31, n), TODAY_DAYS - YEARS_BACK, TODAY_DAYS - 1)
    channel = np.searchsorted([0.5, 0.75], rng.random(n))
    source = draw(rng, SOURCE, n)
    orders, counts = _orders(rng, signup, channel)
    ends = np.cumsum(counts)
    bought = counts > 0
    last_order = np.full(n, -1, np.int64)
    last_order[bought] = orders["ts"][ends[bought] - 1] // DAY
    orders_90d, spend_90d = _sums(orders, n, 90)
    orders_365d, spend_365d = _sums(orders, n, 365)
    gap = np.minimum(rng.exponential(60, n).astype(np.int64), ORDER_DAYS - 1)
    last_visit = np.maximum(np.maximum(TODAY_DAYS - gap, last_order), signup)
    lately = last_visit > TODAY_DAYS - 30
    loss = (rng.random(n) < 0.1) * rng.integers(0, 3000, n)
    customers = pa.table(
        {
            "id": pa.array(ids.astype(np.int32)),
            "region": texts(region, values.REGIONS),
            "city": texts(region * values.CITIES_PER_REGION + draw(rng, CITY, n), values.CITIES),
            "gender": texts(gender, values.GENDERS, rng.random(n) < 0.07),
            "age": pa.array((age_days / 365.2425).astype(np.uint8), mask=no_age),
            "birth_date": dates(TODAY_DAYS - age_days, no_age),
            "signup_date": dates(signup),
            "occupation": texts(draw(rng, OCCUPATION, n), values.OCCUPATIONS),
            "industry": texts(draw(rng, INDUSTRY, n), values.INDUSTRIES),
            "company_size": texts(np.searchsorted([0.6, 0.9], rng.random(n)), values.SIZES),
            "channel": texts(channel, values.CHANNELS),
            "source": texts(source, values.SOURCES),
            "language": texts(np.where(rng.random(n) < 0.7, region % 15, draw(rng, LANGUAGE, n)), values.LANGUAGES),
            "currency": texts(np.where(rng.random(n) < 0.8, region % 10, draw(rng, CURRENCY, n)), values.CURRENCIES),
            "orders_90d": pa.array(orders_90d.astype(np.uint16)),
            "orders_365d": pa.array(orders_365d.astype(np.uint16)),
            "spend_90d": money(spend_90d),
            "spend_365d": money(spend_365d),
            "aov_365d": money(spend_365d // np.maximum(orders_365d, 1)),
            "last_order_date": dates(last_order, ~bought),
            "last_visit_date": dates(last_visit),
            "visits_30d": pa.array((lately * (1 + rng.poisson(rng.gamma(0.6, 4, n)))).astype(np.uint16)),
            "consults_30d": pa.array((lately * rng.poisson(0.4, n)).astype(np.uint16)),
            "influence": pa.array(np.clip(rng.beta(1.2, 3.0, n) * 101, 0, 100).astype(np.uint8)),
            "is_subscribed": pa.array(rng.random(n) < 0.35),
            "tags": _tags(rng, n),
            "profit_365d": money((spend_365d * rng.normal(0.12, 0.15, n)).astype(np.int64) - loss),
        }
    )
    visitor = np.repeat(np.arange(n), rng.poisson(1.0, n))
    m = len(visitor)
    visits = {
        "customer_id": visitor,
        "ts": ((TODAY_DAYS - rng.random(m) * 90) * DAY).astype(np.int64),
        "keyword": draw(rng, KEYWORD, m),
        "source": source[visitor],
    }
    return Part(customers, _narrow(orders, start), _narrow(visits, start))


NARROW = {
    "customer_id": np.int32,
    "ts": np.uint32,
    "amount": np.int32,
    "category": np.uint8,
    "product_id": np.uint16,
    "channel": np.uint8,
    "keyword": np.uint16,
    "source": np.uint8,
}

EVENTS = {
    "customer_id": pa.array,
    "ts": instants,
    "amount": lambda cents: money(cents.astype(np.int64)),
    "category": lambda codes: texts(codes, values.CATEGORIES),
    "product_id": pa.array,
    "channel": lambda codes: texts(codes, values.CHANNELS),
    "keyword": lambda codes: texts(codes, values.KEYWORDS),
    "source": lambda codes: texts(codes, values.SOURCES),
}


def _narrow(columns: Columns, start: int) -> Columns:
    shifted = columns | {"customer_id": columns["customer_id"] + start}
    return {name: column.astype(NARROW[name]) for name, column in shifted.items()}


def _write_events(path: Path, parts: list[Columns]) -> int:
    """All events in order of time."""
    columns = {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}
    order = np.argsort(columns["ts"], kind="stable")
    writer = None
    for start in range(0, len(order), 8 * ROW_GROUP):
        rows = order[start : start + 8 * ROW_GROUP]
        table = pa.table({name: EVENTS[name](column[rows]) for name, column in columns.items()})
        writer = writer or pq.ParquetWriter(path, table.schema, compression="snappy")
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer:
        writer.close()
    return len(order)


def generate(n: int, folder: Path) -> dict[str, float]:
    """Writes the files of `n` customers, unless they are there, and tells what they hold."""
    told = folder / "made.json"
    if told.exists():
        return json.loads(told.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    writer, orders, visits = None, [], []
    for start in range(0, n, PART):
        made = part(n, start, min(PART, n - start))
        writer = writer or pq.ParquetWriter(folder / "customers.parquet", made.customers.schema, compression="snappy")
        writer.write_table(made.customers, row_group_size=ROW_GROUP)
        orders.append(made.orders)
        visits.append(made.visits)
    if writer:
        writer.close()
    facts: dict[str, float] = {"customers": n}
    facts["orders"] = _write_events(folder / "orders.parquet", orders)
    facts["visits"] = _write_events(folder / "visits.parquet", visits)
    for name in ("customers", "orders", "visits"):
        facts[f"{name}_bytes"] = (folder / f"{name}.parquet").stat().st_size
    facts["seconds"] = round(time.monotonic() - began, 1)
    told.write_text(json.dumps(facts))
    return facts
