"""What the invented customers are made of: names, how often each occurs, and the day it all is told on."""

from __future__ import annotations

import datetime as dt

import numpy as np

TODAY = dt.date(2026, 6, 30)
TODAY_DAYS = (TODAY - dt.date(1970, 1, 1)).days

REGIONS = (
    "US CN IN BR GB DE FR JP ID MX CA IT ES KR AU TR NL SA PL SE TH AR CH BE NO AE SG MY PH VN "
    "ZA EG NG CL CO PE PT GR CZ RO HU AT DK FI IE NZ IL UA PK BD"
).split()
LANGUAGES = "en zh hi pt de fr ja id es it ko tr nl ar pl".split()
CURRENCIES = "USD CNY INR BRL GBP EUR JPY IDR MXN CAD".split()
GENDERS = ["F", "M", "X"]
SIZES = ["small", "medium", "large"]
CHANNELS = ["online", "offline", "mixed"]
SOURCES = "search ads social email referral store affiliate app event partner import other".split()
OCCUPATIONS = [f"occ_{n:02d}" for n in range(40)]
INDUSTRIES = [f"ind_{n:02d}" for n in range(20)]
TAGS = [f"tag_{n:03d}" for n in range(200)]
CATEGORIES = ["shoes", "shirts", "phones", "toys", "books"] + [f"cat_{n:02d}" for n in range(5, 50)]
KEYWORDS = [f"kw_{n:04d}" for n in range(5000)]
N_PRODUCTS = 20_000
CITIES_PER_REGION = 100


def _cities() -> list[str]:
    """5,000 distinct names, a hundred for each region in turn."""
    first = (
        "San Por Lan Bri Mor Kel Tan Vel Dor Har Ost Nor Wes Lin Mar Bel Cas Fen Gar Hol Jas Kor Lem Nab Pel"
    ).split()
    middle = "ta ri no ve lo mi sa du ke ra".split()
    last = (
        "ville ford berg ton polis burg stad mouth field haven port dale wick ham ley shire moor gate wood bury"
    ).split()
    names = [a + b + c for a in first for b in middle for c in last]
    np.random.default_rng(7).shuffle(names)
    return names


CITIES = _cities()


def zipf(n: int, exponent: float = 1.0) -> np.ndarray:
    """Cumulated shares of `n` values of which the k-th occurs k^-exponent as often as the first."""
    cumulated = np.cumsum(1.0 / np.arange(1, n + 1) ** exponent)
    return cumulated / cumulated[-1]


def draw(rng: np.random.Generator, shares: np.ndarray, n: int) -> np.ndarray:
    """`n` values 0, 1, … by their cumulated shares."""
    found = np.searchsorted(shares, rng.random(n), side="right")
    return np.minimum(found, len(shares) - 1)
