"""Numbers and tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def ms(value: float | None) -> str:
    """Milliseconds to three figures."""
    if value is None:
        return "–"
    if value >= 10_000:
        return f"{value / 1e3:,.0f} s"
    if value >= 1000:
        return f"{value / 1e3:.2f} s"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3
    return f"{value:.{digits}f}"


def times(value: float | None) -> str:
    """A ratio, such as `12×`."""
    if value is None:
        return "–"
    return f"{value:,.0f}×" if value >= 10 else f"{value:.1f}×" if value >= 1 else f"{value:.2f}×"


def size(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value / 1e9:.2f} GB" if value >= 1e9 else f"{value / 1e6:.0f} MB"


def seconds(value_ms: float | None) -> str:
    return "–" if value_ms is None else f"{value_ms / 1e3:.1f} s" if value_ms >= 1e4 else f"{value_ms / 1e3:.2f} s"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> list[str]:
    """A table whose first columns are aligned to the left."""
    rule = ["---" if n < left else "---:" for n in range(len(heads))]
    return ["| " + " | ".join(row) + " |" for row in (heads, rule, *rows)]
