"""The few settings by which the status page looks like its owner's: logo, links, colours, templates of one's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from notifier.model import Texts
from notifier.values import value

COLORS: Mapping[str, str] = {
    "accent": "#0b57a4",
    "background": "#f4f6f8",
    "accent_dark": "#86bdff",
    "background_dark": "#0f1317",
}
LOGOS = ("svg", "png", "webp", "avif", "jpg", "jpeg", "gif")
CONTRAST = 4.5  # WCAG 2.2, 1.4.3
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.I)
# What the style sets text in, and the paper it sets it on, besides the two colours that are the owner's.
_INK = {"": ("#1a2128", "#55606b", "#ffffff"), "_dark": ("#e8ecf0", "#a5b0bb", "#191f25")}


@value
class Link:
    """A link at the foot of each page: words, in one or more languages, and an address."""

    label: Texts
    url: str


@value
class Theme:
    """``logo``: path of a picture, or ""; ``colors``: those of :data:`COLORS` that are the owner's, as #rrggbb;
    ``templates``: folder of files that stand in for ours of the same name, or ""."""

    logo: str = ""
    links: tuple[Link, ...] = ()
    colors: Mapping[str, str] = {}
    templates: str = ""

    def style(self) -> str:
        """The owner's colours as CSS, to come after the sheet. Paper stays as the sheet has it."""
        light, dark = (_rules(self.colors, end) for end in ("", "_dark"))
        return (f"\n@media screen {{ :root {{{light} }} }}" if light else "") + (
            f"\n@media screen and (prefers-color-scheme: dark) {{ :root {{{dark} }} }}" if light or dark else ""
        )


def _rules(colors: Mapping[str, str], end: str) -> str:
    names = {"accent": "--link", "background": "--back"}
    given = {variable: colors.get(name + end) for name, variable in names.items()}
    if end and any(colors.get(name) for name in names):  # what is light only must not show in the dark
        given = {variable: colors.get(name + end, COLORS[name + end]) for name, variable in names.items()}
    return "".join(f" {variable}: {color};" for variable, color in given.items() if color)


def faults(colors: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """What is wrong with colours of a configuration: name and a sentence with the remedy."""
    bad = [name for name, color in colors.items() if not _HEX.fullmatch(color)]
    for name in bad:
        yield name, f'"{colors[name]}" is no colour; write it as #0b57a4'
    if bad:
        return
    known = {**COLORS, **colors}
    for end, (text, soft, card) in _INK.items():
        back, accent = known[f"background{end}"], known[f"accent{end}"]
        for ink, what in ((text, "text"), (soft, "small print")):
            if (found := contrast(ink, back)) < CONTRAST:
                yield (
                    f"background{end}",
                    f"{what} ({ink}) on {back} has a contrast of {found:.1f}, and 4.5 is the least "
                    f"(WCAG 2.2); take {_nearest(back, ink)} or {'a darker' if end else 'a lighter'} one",
                )
                break
        else:
            paper = min((back, card), key=lambda p: contrast(accent, p))
            if (found := contrast(accent, paper)) < CONTRAST:
                yield (
                    f"accent{end}",
                    f"links in {accent} on {paper} have a contrast of {found:.1f}, and 4.5 is the least "
                    f"(WCAG 2.2); take {_nearest(accent, paper)}",
                )


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _nearest(color: str, against: str) -> str:
    """The colour nearest to this one, darker or lighter, that can be read with the other."""
    aim = 0 if _luminance(against) > 0.18 else 255
    rgb = _rgb(color)
    for step in range(1, 101):
        mixed = "#" + "".join(f"{round(part + (aim - part) * step / 100):02x}" for part in rgb)
        if contrast(mixed, against) >= CONTRAST:
            return mixed
    return "#000000" if aim == 0 else "#ffffff"


def _rgb(color: str) -> tuple[int, ...]:
    digits = color[1:] if len(color) == 7 else "".join(d * 2 for d in color[1:])
    return tuple(int(digits[at : at + 2], 16) for at in (0, 2, 4))


def _luminance(color: str) -> float:
    parts = [c / 255 for c in _rgb(color)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
