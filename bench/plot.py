"""The figures as an SVG: bars in a logarithmic scale, and costs against size as lines."""

import html
import math

from report import UNITS

COLOURS = ["#1b6ca8", "#6baed6", "#bdd7e7", "#d9822b", "#7a5195", "#5b8c3e", "#b0413e", "#888888"]
WIDTH, LEFT, RIGHT = 900, 330, 90
BAR, GAP, LINE_HEIGHT = 11, 9, 230


class Drawing:
    def __init__(self):
        self.parts, self.height = [], 0

    def add(self, part):
        self.parts.append(part)

    def text(self, x, y, text, size=12, anchor="start", more=""):
        self.add(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" {more}>'
                 f"{html.escape(text)}</text>")

    def rectangle(self, x, y, width, height, colour):
        self.add(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" '
                 f'height="{height:.1f}" fill="{colour}"/>')

    def line(self, points, colour, width=1.0):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.add(f'<polyline points="{path}" fill="none" stroke="{colour}" '
                 f'stroke-width="{width}"/>')

    def document(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{self.height}" '
                f'viewBox="0 0 {WIDTH} {self.height}" font-family="sans-serif">\n'
                f'<rect width="{WIDTH}" height="{self.height}" fill="#ffffff"/>\n'
                + "\n".join(self.parts) + "\n</svg>\n")


class Scale:
    """A logarithmic axis from x0 to x1, whole decades around the values."""

    def __init__(self, values, x0, x1):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.x0, self.x1 = x0, x1

    def __call__(self, value):
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return self.x0 + part * (self.x1 - self.x0)

    def decades(self):
        return [10.0 ** k for k in range(self.low, self.high + 1)]


def _short(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _tick(value):
    for factor, letter in ((1 << 20, "Mi"), (1 << 10, "Ki")):
        if value >= factor and value % factor == 0:
            return f"{value // factor} {letter}"
    return str(value)


def _shown(entry):
    """(simulator, median, least, greatest) of each that gave a positive figure."""
    key = UNITS[entry["show"]][0]
    triples = [(f["simulator"], *f[key]) for f in entry["simulators"] if key in f]
    return [t for t in triples if min(t[1:]) > 0]


def _bars(drawing, title, entries, colours):
    entries = [e for e in entries if _shown(e)]
    if not entries:
        return
    top = drawing.height + 40
    drawing.text(20, top - 12, title, 14, more='font-weight="bold"')
    scale = Scale([t[1] for e in entries for t in _shown(e)], LEFT, WIDTH - RIGHT)
    height = sum(len(_shown(e)) * BAR + GAP for e in entries)
    for decade in scale.decades():
        x = scale(decade)
        drawing.line([(x, top), (x, top + height)], "#dddddd")
        drawing.text(x, top + height + 13, f"{decade:g}", 10, "middle", 'fill="#666666"')
    y = top + GAP / 2
    for e in entries:
        shown = _shown(e)
        drawing.text(LEFT - 8, y + len(shown) * BAR / 2 + 4, e["title"], 11, "end")
        for name, median, least, most in shown:
            drawing.rectangle(LEFT, y, scale(median) - LEFT, BAR - 1, colours[name])
            drawing.line([(scale(least), y + BAR / 2), (scale(most), y + BAR / 2)], "#000000", 1)
            drawing.text(scale(median) + 5, y + BAR - 2, _short(median), 9)
            y += BAR
        y += GAP
    drawing.height = int(top + height + 24)


def _curve(drawing, entries, left, top, width, colours):
    """One sweep: a figure for each size, as a line for each simulator."""
    variable = "size" if "size" in entries[0] else "harts"
    sizes = [e[variable] for e in entries]
    unit = UNITS[entries[0]["show"]][1]
    values = [t[1] for e in entries for t in _shown(e)]
    if not values:
        return
    bottom, right = top + LINE_HEIGHT - 70, left + width - 70
    up = Scale(values, bottom, top)
    across = [left + k * (right - left) / max(len(sizes) - 1, 1) for k in range(len(sizes))]
    drawing.text(left - 40, top - 14, f"{entries[0]['title']}: {unit}", 11)
    for decade in up.decades():
        drawing.line([(left, up(decade)), (right, up(decade))], "#dddddd")
        drawing.text(left - 5, up(decade) + 4, f"{decade:g}", 10, "end", 'fill="#666666"')
    for x, size in zip(across, sizes):
        drawing.text(x, bottom + 14, _tick(size), 10, "middle", 'fill="#666666"')
    for name in dict.fromkeys(t[0] for e in entries for t in _shown(e)):
        points = [(x, up(t[1])) for x, e in zip(across, entries) for t in _shown(e) if t[0] == name]
        drawing.line(points, colours[name], 2)


def _curves(drawing, entries, colours):
    names = list(dict.fromkeys(e["row"] for e in entries))
    for k, name in enumerate(names):
        left = 60 + k % 2 * (WIDTH // 2)
        if k % 2 == 0:
            top = drawing.height + 40
            drawing.height += LINE_HEIGHT
        _curve(drawing, [e for e in entries if e["row"] == name], left, top, WIDTH // 2, colours)


def _legend(drawing, names, colours):
    x = 20
    for name in names:
        drawing.rectangle(x, 42, 12, 12, colours[name])
        drawing.text(x + 17, 52, name, 12)
        x += 40 + 7 * len(name)
    drawing.height = 60


def svg(document):
    """The picture of what run.py writes as JSON."""
    machine, names = document["machine"], list(document["simulators"])
    colours = {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(names)}
    drawing = Drawing()
    drawing.text(20, 24, f"{machine['cpu']}, Linux {machine['kernel']}, {machine['date']}; "
                         f"medians of {document['runs']}, with least and greatest", 12)
    _legend(drawing, names, colours)
    single = [e for e in document["rows"] if "size" not in e and "harts" not in e]
    for show, title in (("mips", "Guest instructions per microsecond (longer is better)"),
                        ("event", "Nanoseconds an event (shorter is better)"),
                        ("run", "Milliseconds of CPU for a whole run (shorter is better)")):
        _bars(drawing, title, [e for e in single if e["show"] == show], colours)
    _curves(drawing, [e for e in document["rows"] if e not in single], colours)
    return drawing.document()
