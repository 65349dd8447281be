"""The page of what came out, for every size of pool and number of threads that was run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from elsewhere import read_elsewhere
from figures import TITLES, Figures, read
from highsea_text import member_rule
from questions import TWELVE, Question
from targets import targets
from words import ms, seconds, size, table, times

HEAD = """\
# Benchmarks

Highsea beside other engines: the same invented pool, the same questions, one run. `benches/peers/run` makes this page, and
the tables hold what it measured and nothing else; `benches/peers/run --help` tells its options.

- **A pair at a time.** Highsea and one peer are alive together, each in a process of its own, and are asked in turn, round by
  round, every question once a round. A ratio is taken within its pair; *fastest peer* is the lowest ratio of all pairs.
- **Equal first.** Every answer of every repetition is compared with the peer's: counts, digests of the ids, rankings, sums.
  A time counts only when they are equal; `≠` stands where they were not.
- **New constants at every repetition**, so nothing that keeps whole results is measured. Each question is asked once before,
  untimed. The random rules are of a seed given on the command line.
- All processes run with `GLIBC_TUNABLES=glibc.malloc.hugetlb=1`, so that those whose memory comes from the C library have large
  pages where the system gives them to who asks; the others have what their own allocators ask for.
- *Asked 2 times before*: before each timed answer the same engine was asked the same twice with other constants, untimed, so
  that the processor's caches held what the question reads; otherwise the other engine's answer came in between.
- Medians, in milliseconds unless it says s, from the text of a question to its answer in the process's memory; Polars has no
  text, and its expressions are made before the clock starts. `ids`: the members' ids as an array of the process. Fewer
  repetitions than said, for the time a question took, are marked `(n)`; `>` is a question that was ended; `–` one that the
  engine has no way to answer; a cell is empty where the question was not asked.
- Peers read texts with few values as codes where they can (DuckDB in a pool of its own with enums, Polars as categories,
  ClickHouse with low cardinality, DataFusion as dictionaries), money as decimals (DuckDB, ClickHouse) or doubles, and what is
  kept (`orders_90d`) as a column that came with the file, which nothing keeps current. *Bitmaps* is ClickHouse as it is used
  for groups: a bitmap of ids for each value of an attribute. SQLite has an index on what questions are about.
"""


def write_page(out: Path, page: Path) -> None:
    found = read(out)
    if not found:
        raise SystemExit(f"no figures in {out}")
    compared = [figures for figures in found if figures.peers]
    if not compared:
        raise SystemExit(f"no figures of a peer in {out}")
    lines = [HEAD, *_machine(compared), *_means(compared), *targets(compared, read_elsewhere(out))]
    for figures in compared:
        lines += _answers(figures)
    for figures in _each_size(found):
        lines += _loads(figures)
        lines += _repeated(figures)
    lines += _scale(_each_size(found)) + _random(compared[0])
    page.write_text("\n".join(lines).rstrip() + "\n")


def _each_size(found: list[Figures]) -> list[Figures]:
    """One of each size, that with most threads."""
    return list({figures.customers: figures for figures in reversed(found)}.values())[::-1]


def _named(figures: Figures) -> str:
    before = f", asked {figures.before} times before" if figures.before else ""
    return f"{figures.customers:,} customers, {figures.threads} thread{'s' if figures.threads > 1 else ''}{before}"


def _machine(found: list[Figures]) -> list[str]:
    machine = found[0].facts["machine"]
    pairs = [pair for figures in found for pair in figures.facts["pairs"].values()]
    versions = list(dict.fromkeys(pair["loaded"]["version"].split(", ")[0] for pair in pairs))
    return [
        "## The machine",
        "",
        f"{machine['cpu']}, {machine['cores']} cores, {size(machine['memory'])} of memory, {machine['system']}; one thread copies "
        f"{machine['bandwidth'] / 1e9:.1f} GB/s (read and written). "
        + ", ".join(versions)
        + f", Python {machine['python']}.",
        "",
        _load(pairs, all(figures.facts["urgent"] for figures in found)),
        "",
    ]


def _load(pairs: list[dict[str, Any]], is_urgent: bool) -> str:
    """What else the machine did, and what that means."""
    averages = [average for pair in pairs for average in pair["load_average"]]
    told = (
        f"Load averages while the pairs ran were {min(averages):.1f} to {max(averages):.1f}, of which a pair by itself makes one to "
        "two. "
    )
    if max(averages) < 2.5:
        told += "Nothing else of ours ran on these cores, which are a virtual machine's."
    elif is_urgent:
        told += "Other work ran on the same cores. The engines were asked in real time (`--urgent`), ahead of it; the caches they share with it all the same."
    else:
        told += "Other work ran on the same cores. It slows all engines, since they take turns, and those most whose threads wait for each other for less than a millisecond."
    return told + (
        " Unless a table says otherwise, between two questions of one engine comes one of the other, so that little is in the "
        "processor's caches but what a question brings there itself."
    )


def _means(found: list[Figures]) -> list[str]:
    """Geometric means of the fastest peers' ratios."""
    sets = (
        ("twelve rules, count", "rule-", False),
        ("twelve rules, ids", "rule-", True),
        ("random rules, count", "random-", False),
        ("random rules, ids", "random-", True),
    )
    rows = []
    for figures in found:
        row = [_named(figures)]
        for _, begin, ids in sets:
            names = figures.names(begin, ids)
            below = sum(1 for name in names if (low := figures.lowest(name)) and low[0] < 5)
            mean = figures.means(names)
            row.append(f"{times(mean)}, {below} below 5×" if mean else "not asked")
        rows.append(row)
    heads = ["geometric mean of fastest peer / Highsea", *(title for title, _, _ in sets)]
    return ["## In short", "", *table(heads, rows), ""]


def _cell(figures: Figures, peer: str, name: str) -> str:
    asked = figures.asked(peer, name)
    if not asked:
        return ""
    for kind, shown in (("differs", "≠"), ("error", "error"), ("cannot", "–")):
        if kind in asked:
            return shown
    if "late" in asked and not asked.get("peer"):
        return f"> {asked['late'].split(': ')[1].split('.')[0]} s"
    n = len(asked.get("peer", []))
    return ms(figures.peer(peer, name)) + (f" ({n})" if 0 < n < figures.times else "")


def _row(figures: Figures, question: Question, text: str) -> list[str]:
    low = figures.lowest(question.name)
    cells = [_cell(figures, peer, question.name) for peer in figures.peers]
    return [text, ms(figures.highsea(question.name)), *cells, times(low[0]) if low else "–"]


def _mean_row(figures: Figures, names: list[str]) -> list[str]:
    means = [times(figures.mean_of(peer, names)) for peer in figures.peers]
    return ["*geometric mean of peer / Highsea*", "", *means, f"**{times(figures.means(names))}**"]


def _answers(figures: Figures) -> list[str]:
    heads = ["", "Highsea", *(TITLES[peer] for peer in figures.peers), "fastest peer / Highsea"]
    facts = figures.facts
    lines = [
        f"## {_named(figures)}",
        "",
        ", ".join(f"`{command}`" for command in facts["commands"])
        + f", {facts['date']}, Highsea of commit {facts['commit']}, seed {facts['seed']}, medians of {figures.times}.",
        "",
    ]
    if missing := [title for name, title in TITLES.items() if name not in figures.peers]:
        lines += [f"Not measured here: {', '.join(missing)}.", ""]
    for title, begin in (("Rules", "rule-"), ("Random rules", "random-")):
        for ids in (False, True):
            names = figures.names(begin, ids)
            chosen = [q for q in figures.questions if q.name in names]
            if not any(figures.was_asked(q.name) for q in chosen):
                continue
            rows = [_row(figures, q, _rule_text(q)) for q in chosen]
            lines += [f"### {title}, {'ids' if ids else 'count'}", ""]
            lines += [*table(heads, [*rows, _mean_row(figures, names)]), ""]
    others = [q for q in figures.questions if q.kind != "rule" and figures.was_asked(q.name)]
    if others:
        rows = [_row(figures, q, q.text.replace("|", "/")) for q in others]
        lines += ["### Other questions", "", *table(heads, rows), ""]
    return lines + _below(figures)


def _rule_text(question: Question) -> str:
    number = question.name.removesuffix("-ids").split("-")[1]
    return f"{number}. {TWELVE[int(number) - 1][0]}" if question.name.startswith("rule") else number


def _alone_text(question: Question) -> str:
    if question.kind != "rule":
        return question.text
    return _rule_text(question) if question.text else f"random {_rule_text(question)}"


def _below(figures: Figures) -> list[str]:
    """What is less than five times the fastest peer, and what memory allows."""
    rows, others = [], []
    for question in figures.questions:
        low = figures.lowest(question.name)
        if low is None or low[0] >= 5:
            continue
        if question.kind == "rule":
            bound = figures.bound(question)
            row = [question.name, times(low[0]), TITLES[low[1]], ms(figures.highsea(question.name)), ms(bound)]
            rows.append([*row, figures.where(question.name)])
        else:
            others.append(f"{question.name} {times(low[0])}")
    lines = [f"Other questions below 5×: {', '.join(others) or 'none'}.", "", *_where(figures)]
    if not rows:
        return [*lines, "No rule is below 5×.", ""]
    text = (
        "Rules below 5×, with the bound beside them in which memory gives a bit a customer and predicate, and takes eight "
        "bytes an id, at the speed at which one thread copies (ms), and with the functions that take most of a count:"
    )
    return [*lines, text, "", *table(["rule", "ratio", "fastest peer", "Highsea", "bound", "where"], rows, 1), ""]


def _where(figures: Figures) -> list[str]:
    """Of what is no rule, the functions that take most."""
    rows = [
        [question.text, where]
        for question in figures.questions
        if question.kind != "rule" and question.form != "ids" and (where := figures.where(question.name))
    ]
    if not rows:
        return []
    text = "Where the time of these goes, by `perf` of Highsea alone, asked over and over:"
    return [text, "", *table(["", "functions"], rows, 2), ""]


def _loads(figures: Figures) -> list[str]:
    """What loading took, and what it takes on disk and in memory."""
    facts = figures.facts
    mine, data = facts["highsea"], facts["data"]
    resident = facts["alone"].get("resident", {})
    load = sum(mine[part]["ms"] + mine[part]["close_ms"] for part in ("customers", "orders", "visits"))
    rows = [
        [
            "Highsea",
            seconds(load),
            size(mine["visits"]["disk"]),
            size(resident.get("now")),
            size(_most_memory(figures)),
        ]
    ]
    for peer in figures.peers:
        pair = facts["pairs"][peer]
        loaded = pair["loaded"]
        rows.append(
            [
                TITLES[peer],
                seconds(loaded["ms"]),
                size(loaded["disk"]),
                size(pair["memory"]["now"]),
                size(loaded["memory"]["peak"]),
            ]
        )
    return [
        f"## Loading {figures.customers:,} customers",
        "",
        f"{int(data['customers']):,} customers of 27 columns, {int(data['orders']):,} orders, {int(data['visits']):,} visits, as Parquet "
        f"{size(data['customers_bytes'] + data['orders_bytes'] + data['visits_bytes'])}. Memory is what the process has, its "
        "files mapped into memory among it: after all questions (Highsea: after all rules), and at most while it loaded. Highsea's "
        "load is its three imports and the closing of the pool after each; its disk is without the groups, which came after.",
        "",
        *table(["", "load", "disk", "memory", "at most"], rows),
        "",
        *_highsea_loads(mine),
        "",
    ]


def _most_memory(figures: Figures) -> int:
    """The most that any of Highsea's imports took."""
    mine = figures.facts["highsea"]
    return max(mine[part]["memory"]["peak"] for part in ("customers", "orders", "visits"))


def _highsea_loads(mine: dict[str, Any]) -> list[str]:
    def rate(part: str) -> str:
        return f"{mine[part]['rows'] / mine[part]['ms'] * 1e3:,.0f} a second"

    kept = mine["kept"]
    return [
        f"Highsea imports {rate('ten_columns')} customers of ten columns, {rate('customers')} of all, {rate('orders')} orders, "
        f"{rate('visits')} visits. A new process, its files in the system's cache, has answered its first rule {seconds(mine['reopen']['spent_ms'])} after its start with "
        f"customers only, {seconds(mine['reopen_all']['spent_ms'])} with orders and visits, {seconds(mine['reopen_groups']['spent_ms'])} "
        f"with {mine['groups']:,} groups; opening is {seconds(mine['reopen']['open_ms'])}, {seconds(mine['reopen_all']['open_ms'])} and "
        f"{seconds(mine['reopen_groups']['open_ms'])} of it. Making the attribute `kept_90d` of the orders took "
        f"{seconds(kept['attribute_ms'])}, making {mine['groups']:,} dynamic groups {seconds(kept['groups_ms'])}, for which the process grew by "
        f"{size(kept['memory']['now'] - kept['before']['now'])} and the disk by {size(kept['disk'] - mine['visits']['disk'])}."
    ]


def _repeated(figures: Figures) -> list[str]:
    """What is kept of a rule's parts shows when the same is asked again."""
    alone = figures.facts["alone"]
    if not alone:
        return []
    rules = alone["rules"]
    rows = [
        [
            _alone_text(q),
            *(ms(rules[q.name][part]) for part in ("first", "prepared", "again", "set", "bitmap")),
        ]
        for q in figures.questions
        if q.name in rules
    ]
    return [
        f"## First and again, {_named(figures)}",
        "",
        "Highsea alone: a count with constants that were not asked before in this process, and the same once more, which shows what is kept of "
        "a rule's parts. Beside it the members as the set the engine answers with, and as a roaring bitmap of row numbers.",
        "",
        *table(["rule", "first", "of it after parsing", "again", "members", "as a bitmap"], rows),
        "",
        f"`profile` of a group of the first rule takes {seconds(_median(alone['profile']) or 0.0)}; no peer has one.",
        "",
    ]


def _median(values: list[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None


def _scale(found: list[Figures]) -> list[str]:
    """The same beside the number of customers."""
    found = found[::-1]

    def row(text: str, of: Any) -> list[str]:
        return [text, *(of(figures) for figures in found)]

    rule = lambda f, name: f.highsea(name) if f.peers else f.facts["alone"]["rules"][name]["first"]
    rows = [row("asked", lambda f: "in turn with a peer" if f.peers else "alone")]
    rows += [row(f"{text} (ms)", lambda f, n=n: ms(rule(f, f"rule-{n}"))) for n, (text, _) in enumerate(TWELVE, 1)]
    memory = lambda f: f.facts["alone"].get("memory", {})
    rows += [
        row("of commit", lambda f: f.facts["commit"]),
        row("most memory of an import", lambda f: size(_most_memory(f))),
        row(
            "import, customers a second",
            lambda f: f"{f.facts['highsea']['customers']['rows'] / f.facts['highsea']['customers']['ms'] * 1e3:,.0f}",
        ),
        row(
            "first answer of a new process, customers only", lambda f: seconds(f.facts["highsea"]["reopen"]["spent_ms"])
        ),
        row(
            "the same with orders, visits and groups",
            lambda f: f"{seconds(f.facts['highsea']['reopen_groups']['spent_ms'])} ({f.facts['groups']:,} groups)",
        ),
        row(
            "columns that rules read, bytes a customer",
            lambda f: f"{memory(f).get('memory_columns', 0) / f.customers:.0f}",
        ),
        row(
            "disk of the customers, bytes a customer",
            lambda f: f"{f.facts['highsea']['customers']['disk'] / f.customers:.0f}",
        ),
    ]
    sizes = [figures.customers for figures in found]
    missing = [f"{size:,}" for size in (1_000_000, 10_000_000, 50_000_000) if size not in sizes]
    told = [f"Not measured: {', '.join(missing)} customers.", ""] if missing else []
    return ["## Sizes", "", *told, *table(["", *(f"{figures.customers:,}" for figures in found)], rows), ""]


def _random(figures: Figures) -> list[str]:
    """The random rules with the constants of their first repetition."""
    rows = [
        [_rule_text(q), f"`{member_rule(q, q.constants(0))}`".replace("|", "/")]
        for q in figures.questions
        if q.name.startswith("random") and q.form == "count"
    ]
    return [
        f"## The random rules of seed {figures.facts['seed']}",
        "",
        *table(["", "at the first repetition"], rows, 2),
        "",
    ]
