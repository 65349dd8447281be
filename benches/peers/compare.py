"""Whether two engines told the same."""

from __future__ import annotations

import math
from typing import Any

TOLERANCE = 1e-9
"""Relative, of sums and averages, which some engines add up as doubles."""


def same(a: Any, b: Any) -> bool:
    """Numbers that are whole must be equal, others nearly; everything else must be the same."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) or isinstance(b, float):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=1e-6)
    return a == b


def short(result: Any) -> str:
    text = str(result)
    return text if len(text) <= 120 else text[:117] + "…"
