"""What a run found: a table for people, JSON for programs, and costs against size as a drawing."""

import json
from collections.abc import Iterator
from math import log10
from pathlib import Path
from typing import Any, Final

from bench import goals

WIDTH, HEIGHT, MARGIN = 720, 420, 60
_INKS: Final = {"ours": "#2a78d6", "raw": "#e34948", "duckdb": "#008300"}
_NAMES: Final = {"ours": "Putler", "raw": "PostgreSQL, raw", "duckdb": "DuckDB"}


def text(results: goals.Results, provider: dict[str, Any]) -> Iterator[str]:
    """The tables."""
    for size, found in sorted(results.items()):
        yield f"\n## {size:,} rows\n"
        yield from _road_in(found)
        yield from _widgets(found)
        yield from _table(["page", "ms"], [[name, _ms(took)] for name, took in found["pages"].items()])
    if provider:
        yield "\n## Provider over HTTP\n"
        yield from _table(["what", "figure"], [[name, f"{value:.4g}"] for name, value in provider.items()])
    yield "\n## Goals\n"
    yield from _table(["", "what", "figure", "must", ""], [list(line) for line in goals.lines(results, provider)])


def keep(results: goals.Results, provider: dict[str, Any], folder: Path) -> None:
    """Write JSON and drawing."""
    (folder / "results.json").write_text(json.dumps({"sizes": results, "provider": provider}, indent=1, default=str))
    (folder / "cost-by-size.svg").write_text(drawn(results))


def drawn(results: goals.Results) -> str:
    """All widgets over five years against the number of rows, both axes logarithmic."""
    costs = {
        who: [(size, sum(took[who] for took in found["widgets"]["5 y"].values())) for size, found in results.items()]
        for who in _INKS
    }
    sizes = sorted(results)
    every = [cost for line in costs.values() for _, cost in line]
    low, high = log10(min(every)) - 0.2, log10(max(every)) + 0.2
    first, last = log10(sizes[0]) - 0.1, log10(sizes[-1]) + 0.1

    def place(size: int, cost: float) -> tuple[float, float]:
        x = MARGIN + (log10(size) - first) / (last - first) * (WIDTH - 2 * MARGIN)
        return x, HEIGHT - MARGIN - (log10(cost) - low) / (high - low) * (HEIGHT - 2 * MARGIN)

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for size in sizes:
        parts.append(_word(place(size, 10**low)[0], HEIGHT - MARGIN / 2, f"{size:,} rows", "middle"))
    for power in range(int(low) - 1, int(high) + 1):
        if low <= power <= high:
            y = place(sizes[0], 10.0**power)[1]
            parts.append(f'<path d="M{MARGIN},{y:.1f}H{WIDTH - MARGIN}" stroke="#ddd"/>')
            parts.append(_word(MARGIN - 6, y + 4, f"{10.0**power:g} s", "end"))
    for who, line in costs.items():
        points = [place(size, cost) for size, cost in sorted(line)]
        path = "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="{_INKS[who]}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_INKS[who]}"/>' for x, y in points]
        parts.append(_word(points[-1][0] - 8, points[-1][1] - 8, _NAMES[who], "end", _INKS[who]))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}</svg>\n'


def _word(x: float, y: float, words: str, anchor: str, ink: str = "#333") -> str:
    style = f'font-family="sans-serif" font-size="12" text-anchor="{anchor}" fill="{ink}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{words}</text>'


def _road_in(found: dict[str, Any]) -> Iterator[str]:
    first, again, peer, size = found["import"], found["again"], found["peer"], found["size"]
    rows = [
        ["check of the files", first["check"]],
        ["import", first["post"]],
        ["rollups follow", first["follow"]],
        ["check of the same files again", again["check"]],
        ["import again", again["post"]],
        ["bare COPY-upsert, facts", peer["facts"]],
        ["bare COPY-upsert, facts and bookings", peer["ledger"]],
        ["bare COPY-upsert of the facts again", peer["again"]],
        ["rollups from nothing", found["rebuild"]],
        ["indexed copy of the ledger", found["copied"]],
    ]
    yield from _table(["road in", "s", "rows/s"], [[name, f"{took:.1f}", f"{size / took:,.0f}"] for name, took in rows])
    parts = ", ".join(f"{name} {count / 2**20:,.0f} MB" for name, count in found["bytes"].items())
    yield f"\nOn disk: {parts}. From a new transaction to Home: {found['seen_after']:.2f} s."


def _widgets(found: dict[str, Any]) -> Iterator[str]:
    names = list(next(iter(found["widgets"].values())))
    rows = []
    for name in [*names, "all"]:
        row = [name]
        for widgets in found["widgets"].values():
            chosen = widgets.values() if name == "all" else [widgets[name]]
            row += [_ms(sum(took[who] for took in chosen)) for who in _INKS]
        rows.append(row)
    head = [f"{asked} {who}" for asked in found["widgets"] for who in ("ours", "raw", "DuckDB")]
    yield from _table(["widget, ms", *head], rows)


def _table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield ""
    for row in (head, ["---"] + ["---:"] * (len(head) - 1), *rows):
        yield f"| {' | '.join(row)} |"


def _ms(took: float) -> str:
    return f"{took * 1000:,.1f}"
