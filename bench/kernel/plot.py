"""Line charts as SVG, on logarithmic axes; readable on light and dark pages."""
import math

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 120, 36, 52
COLOURS = {"ours": "#2f7fd0", "geos": "#d0802f", "s2": "#3f9a52", "boost": "#b0508f"}
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #333 }
  .title { font-weight: 600 }
  .grid { stroke: #ccc } .axis { stroke: #777 }
  polyline { fill: none; stroke-width: 2.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .grid { stroke: #444 } .axis { stroke: #999 }
  }
"""


def decades(low, high):
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0 ** n for n in range(first, max(last, first + 1) + 1)]


def number(value):
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def chart(path, title, x_title, y_title, lines):
    """lines: name -> [(x, y)], all positive. Nothing is written when there is nothing to show."""
    lines = {name: sorted(points) for name, points in lines.items() if len(points) > 1}
    if not lines:
        return False
    xs = sorted({x for points in lines.values() for x, _ in points})
    ys = decades(min(y for points in lines.values() for _, y in points),
                 max(y for points in lines.values() for _, y in points))
    x_low, x_high = math.log10(xs[0]), math.log10(xs[-1])
    y_low, y_high = math.log10(ys[0]), math.log10(ys[-1])

    def at(x, y):
        return (LEFT + (math.log10(x) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - (math.log10(y) - y_low) / (y_high - y_low)
                * (HEIGHT - TOP - BOTTOM))

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
           f'aria-label="{title}">', f"<style>{STYLE}</style>",
           f'<text class="title" x="{LEFT}" y="20">{title}</text>']
    for y in ys:
        _, top = at(xs[0], y)
        out.append(f'<line class="grid" x1="{LEFT}" y1="{top:.1f}" x2="{WIDTH - RIGHT}" '
                   f'y2="{top:.1f}"/><text x="{LEFT - 8}" y="{top + 4:.1f}" text-anchor="end">'
                   f"{number(y)}</text>")
    for x in xs:
        left, _ = at(x, ys[0])
        out.append(f'<line class="axis" x1="{left:.1f}" y1="{HEIGHT - BOTTOM}" x2="{left:.1f}" '
                   f'y2="{HEIGHT - BOTTOM + 5}"/><text x="{left:.1f}" y="{HEIGHT - BOTTOM + 20}" '
                   f'text-anchor="middle">{number(x)}</text>')
    out.append(f'<line class="axis" x1="{LEFT}" y1="{HEIGHT - BOTTOM}" x2="{WIDTH - RIGHT}" '
               f'y2="{HEIGHT - BOTTOM}"/>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">'
               f"{x_title}</text>")
    out.append(f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
               f'text-anchor="middle">{y_title}</text>')
    for name, points in lines.items():
        colour = COLOURS.get(name, "#888")
        places = [at(x, y) for x, y in points]
        out.append(f'<polyline stroke="{colour}" points="'
                   + " ".join(f"{x:.1f},{y:.1f}" for x, y in places) + '"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
        out.append(f'<text x="{places[-1][0] + 9:.1f}" y="{places[-1][1] + 4:.1f}">{name}</text>')
    path.write_text("\n".join(out) + "\n</svg>\n", encoding="utf-8")
    return True
