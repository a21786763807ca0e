"""Cost against the number of complaints: an SVG drawn by hand and a table, for docs/speed.md."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

BEGIN, END = "<!-- growth:begin -->", "<!-- growth:end -->"
PICTURE = "speed-growth.svg"
WIDTH, HEIGHT = 800, 560
PLOT_WIDTH, PLOT_HEIGHT = 300, 150
LEFT, TOP = 62, 74
ROW, COLUMN = 254, 390
STYLE = """
svg{font-family:system-ui,sans-serif;font-size:12px}
.paper{fill:#fff}.title{font-weight:600;font-size:14px}text{fill:#24292f}
.quiet{fill:#57606a}.grid{stroke:#d0d7de;stroke-width:1}.even{stroke:#8c959f;stroke-dasharray:4 3}
.a{stroke:#0969da}.b{stroke:#bc4c00}.da{fill:#0969da}.db{fill:#bc4c00}
.line{fill:none;stroke-width:2}.label{paint-order:stroke;stroke:#fff;stroke-width:4}
@media(prefers-color-scheme:dark){
.paper{fill:#0d1117}.label{stroke:#0d1117}text{fill:#e6edf3}.quiet{fill:#9198a1}.grid{stroke:#3d444d}
.even{stroke:#656c76}.a{stroke:#58a6ff}.b{stroke:#f0883e}.da{fill:#58a6ff}.db{fill:#f0883e}}
"""

Size: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Series:
    """One cost: where it stands in a size's results, times what to be in its unit."""

    name: str
    path: str
    unit: str
    factor: float = 1.0

    @property
    def part(self) -> str:
        return self.path.split(".")[0]

    def of(self, size: Size) -> float:
        """The absolute figure in its unit."""
        found: Any = size
        for name in self.path.split("."):
            found = found[name]
        return float(found) * self.factor

    def shown(self, size: Size) -> str:
        return f"{figure(self.of(size))} {self.unit}"


@dataclass(frozen=True, slots=True)
class Panel:
    """Two costs that belong together."""

    title: str
    series: tuple[Series, Series]


PANELS = (
    Panel(
        "Registration",
        (
            Series("CPU, application + PostgreSQL", "intake.8.cpu_ms", "ms"),
            Series("p50, 1 client", "intake.1.p50_ms", "ms"),
        ),
    ),
    Panel(
        "Page of the list of complaints, p50",
        (
            Series("first", "pages.intake.first.p50_ms", "ms"),
            Series("in the middle", "pages.intake.deep.p50_ms", "ms"),
        ),
    ),
    Panel(
        "Hop to escalation, 50 a second",
        (
            Series("commit → applied, p50", "hop.p50_ms", "ms"),
            Series("CPU a fact, escalation", "hop.consumer_cpu_ms", "ms"),
        ),
    ),
    Panel(
        "Clocks due at one moment",
        (
            Series("until all have fired", "clocks.seconds", "s"),
            Series("CPU a clock", "clocks.cpu_us_per_clock", "ms", 0.001),
        ),
    ),
)
MORE = (
    Series("Registration: p50, 8 clients", "intake.8.p50_ms", "ms"),
    Series("Page of the list of cases, p50: first", "pages.escalation.first.p50_ms", "ms"),
    Series("Page of the list of cases, p50: in the middle", "pages.escalation.deep.p50_ms", "ms"),
    Series("Hop to escalation, 50 a second: p99", "hop.p99_ms", "ms"),
)


def figure(value: float) -> str:
    """Three significant digits, never as a power of ten."""
    digits = 0 if value >= 100 else 2 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{value:.{max(digits, 0)}f}"


def into_docs(results: dict[str, Any], docs: Path) -> None:
    """Draws the picture, and puts it with its table between the marks of speed.md.

    Raises ValueError when the marks are not there.
    """
    page = docs / "speed.md"
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{page} has no marks {BEGIN} and {END}")
    shown = f"{BEGIN}\n{section(results)}\n{END}"
    page.write_text(pattern.sub(lambda _: shown, text), encoding="utf-8")
    (docs / PICTURE).write_text(picture(results), encoding="utf-8")


def section(results: dict[str, Any]) -> str:
    """The picture, the figures, and what they were measured on."""
    sizes, machine = results["sizes"], results["machine"]
    heads = " | ".join(f"{size['size']:,}".replace(",", " ") for size in sizes)
    whole = [(f"{p.title}: {s.name}", s) for p in PANELS for s in p.series]
    whole = sorted([*whole, *[(s.name, s) for s in MORE]], key=lambda row: _order(row[1]))
    rows = [
        f"| {name} | {' | '.join(series.shown(size) for size in sizes)} | {_ratio(series, sizes)} |"
        for name, series in whole
    ]
    clocks = ", ".join(
        f"{size['clocks']['due']:.0f} among {size['clocks']['open_cases']:.0f}" for size in sizes
    )
    told = (
        f"Medians of {results['rounds']} rounds on {machine['cores']} cores "
        f"({machine['processor']}), load average {machine['load_before']} before, "
        f"{results['broker']}, commit {machine['commit']}; `make bench-growth` repeats it. "
        f"Clocks due among open cases: {clocks}. The points of the picture stand where the number "
        "of complaints was halfway through each measurement."
    )
    return "\n".join(
        [
            f"![Cost against the number of complaints]({PICTURE})",
            "",
            f"| complaints | {heads} | last : first |",
            f"|---|{'--:|' * (len(sizes) + 1)}",
            *rows,
            "",
            told,
        ]
    )


def _order(series: Series) -> int:
    return ["intake", "pages", "hop", "clocks"].index(series.part)


def _ratio(series: Series, sizes: Sequence[Size]) -> str:
    return f"× {series.of(sizes[-1]) / series.of(sizes[0]):.2f}"


def picture(results: dict[str, Any]) -> str:
    """Four panels: each cost relative to the smallest size, with the figure beside the point."""
    sizes = results["sizes"]
    drawn = [_panel(panel, sizes, place) for place, panel in enumerate(PANELS)]
    machine = results["machine"]
    where = f"{machine['processor']}, {machine['cores']} cores, commit {machine['commit']}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            "<title>Cost against the number of complaints</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
            _text(16, 24, "Cost against the number of complaints, smallest = 1", "title"),
            *drawn,
            _text(16, HEIGHT - 10, where, "quiet"),
            "</svg>",
            "",
        ]
    )


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where a panel stands and what its edges mean: decades below, times the smallest left."""

    left: float
    top: float
    first: float
    last: float
    most: float

    def x(self, complaints: float) -> float:
        share = (math.log10(complaints) - self.first) / (self.last - self.first)
        return round(self.left + share * PLOT_WIDTH, 1)

    def y(self, ratio: float) -> float:
        return round(self.top + PLOT_HEIGHT * (1 - ratio / self.most), 1)


def _panel(panel: Panel, sizes: Sequence[Size], place: int) -> str:
    counts = [size[series.part]["complaints"] for size in sizes for series in panel.series]
    ratios = [each.of(size) / each.of(sizes[0]) for each in panel.series for size in sizes]
    axes = _Axes(
        left=LEFT + place % 2 * COLUMN,
        top=TOP + place // 2 * ROW,
        first=math.log10(min(*counts, sizes[0]["size"])) - 0.16,
        last=math.log10(max(counts)) + 0.18,
        most=max(math.ceil(max(ratios) * 1.25), 2),
    )
    title = _text(axes.left - 46, axes.top - 16, panel.title, "title")
    curves = [_curve(axes, panel, number, sizes) for number in (0, 1)]
    return "\n".join([title, *_grid(axes), *curves, *_legend(axes, panel)])


def _grid(axes: _Axes) -> list[str]:
    """Lines at whole multiples and at the decades."""
    step = max(1, math.ceil(axes.most / 4))
    right = axes.left + PLOT_WIDTH
    drawn = []
    for ratio in range(0, int(axes.most) + 1, step):
        kind = "even" if ratio == 1 else "grid"
        height = axes.y(ratio)
        drawn += [
            f'<path class="{kind}" d="M{axes.left} {height}H{right}"/>',
            _text(axes.left - 8, height + 4, f"× {ratio}", "quiet", "end"),
        ]
    for decade in range(math.ceil(axes.first), math.floor(axes.last) + 1):
        named = f"{10**decade // 1000} k" if decade >= 3 else str(10**decade)
        across, bottom = axes.x(10**decade), axes.y(0)
        drawn += [
            f'<path class="grid" d="M{across} {bottom}v5"/>',
            _text(across, bottom + 18, named, "quiet", "middle"),
        ]
    return drawn


def _curve(axes: _Axes, panel: Panel, number: int, sizes: Sequence[Size]) -> str:
    own, other = panel.series[number], panel.series[1 - number]
    drawn, points = [], []
    for size in sizes:
        ratio, beside = (each.of(size) / each.of(sizes[0]) for each in (own, other))
        across, height = axes.x(size[own.part]["complaints"]), axes.y(ratio)
        points.append(f"{across} {height}")
        above = ratio > beside or (ratio == beside and number == 0)
        drawn += [
            f'<circle class="d{"ab"[number]}" cx="{across}" cy="{height}" r="3.5"/>',
            _text(
                across,
                height + (-9 if above else 18),
                own.shown(size),
                f"label d{'ab'[number]}",
                "middle",
            ),
        ]
    line = f'<path class="line {"ab"[number]}" d="M{"L".join(points)}"/>'
    return "\n".join([line, *drawn])


def _legend(axes: _Axes, panel: Panel) -> list[str]:
    drawn, across = [], axes.left
    for number, series in enumerate(panel.series):
        height = axes.y(0) + 36
        drawn += [
            f'<circle class="d{"ab"[number]}" cx="{across}" cy="{height - 4}" r="4"/>',
            _text(across + 9, height, series.name, "quiet"),
        ]
        across += 28 + 6.6 * len(series.name)
    return drawn


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'
