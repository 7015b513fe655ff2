"""The length of a text as X counts it: weighted, 280 at most.

Rules of X's published configuration, version 3, and of its link grammar (https://docs.x.com/fundamentals/counting-characters):
letters of most alphabets weigh 1, everything else 2, a link 23 whatever its length, an emoji 2 whatever its parts,
all after Unicode normalisation (NFC).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from unicodedata import normalize

from notifier.render import domains

LINK = 23
EMOJI = 2
LONGEST_LABEL = 63
LONGEST_URL = 4096
LONGEST_SHORT_LINK = 40

_SPACE = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BAD = "\ufffe\ufeff\uffff"
_MARKERS = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_ACCENTED = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b"
    "\u02bb\u0300-\u036f\u1e00-\u1eff"
    # other cases of letters above, which X takes too
    "\u0260\u0269\u0275\u0280\u0283\u0288\u028a\u028c\u0292\u0399\u03b9\u1fbe\u2c65\u2c66\u2c7e\u2c7f"
)
_HOST = rf"[^!'#%&()*+,\\\-./:;<=>?@\[\]^_{{|}}~${_SPACE}{_BAD}{_MARKERS}]"
_PATH = rf"[a-zA-Z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_ACCENTED}]"
_PATH_END = rf"[+\-a-zA-Z\u0400-\u04ff0-9=_#/{_ACCENTED}]"
_PARENS = rf"\((?:{_PATH}+|{_PATH}*\({_PATH}+\){_PATH}*)\)"
_QUERY = r"\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-zA-Z0-9\-_&=#/]"

Span = tuple[int, int]


def length(text: str) -> int:
    """Weighted length of ``text``: what X compares with 280. Never less than X's own count."""
    text = normalize("NFC", text)
    links = [(start, end, LINK) for start, end in urls(text)]
    emoji = [(m.start(), m.end(), EMOJI) for m in _emoji().finditer(text)]
    total = pos = 0
    for start, end, weight in sorted(links + emoji, key=lambda e: (e[0], -e[2])):
        if start >= pos:
            total += _weight(text[pos:start]) + weight
            pos = end
    return total + _weight(text[pos:])


def _weight(text: str) -> int:
    """Sum of the weights of single characters."""
    return len(text) + len(_heavy().findall(text))


@cache
def _heavy() -> re.Pattern[str]:
    return re.compile(r"[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")


def urls(text: str, bare: bool = True) -> Iterator[Span]:
    """Where X sees links, as (start, end); ``bare``: also domains without "http://" or "https://" before them."""
    if "." not in text:
        return
    if _astral().search(text) is None:
        yield from _urls(text, bare)
        return
    at = [i for i, c in enumerate(text) for _ in range(1 + (c > "\uffff"))] + [len(text)]
    for start, end in _urls(_astral().sub(_halves, text), bare):
        yield at[start], at[end]


@cache
def _astral() -> re.Pattern[str]:
    return re.compile("[\U00010000-\U0010ffff]")


def _halves(found: re.Match[str]) -> str:
    """A character as two: X's grammar sees UTF-16 code units, so that half an emoji can be a label of a domain."""
    code = ord(found[0]) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


def _urls(text: str, bare: bool) -> Iterator[Span]:
    pos = 0
    while found := _start().search(text, pos):
        start, hosts = found.end("before"), (found.start("hosts"), found.end("hosts"))
        ends = _domain_end(text, *hosts)
        if ends is None:
            pos = found.end() - 1 if _no_ending(text, *hosts) else found.start() + 1
            continue
        pos = _url_end(text, ends)
        if not _sound(text[start:pos], found["scheme"] or "https://", text[hosts[0] : ends]):
            continue
        if found["scheme"]:
            yield from _short_link(text, start, pos)
        elif bare and not re.search(r"[-_./]\Z", found["before"]):
            yield from _bare(text, start, ends, pos)


@cache
def _start() -> re.Pattern[str]:
    """What stands before a link, its scheme, and the labels of its domain up to the last dot."""
    return re.compile(
        rf"(?P<before>[^A-Za-z0-9@＠$#＃{_BAD}]|\A)(?P<scheme>[hH][tT][tT][pP][sS]?://)?"
        rf"(?P<hosts>(?:{_HOST}++(?:[_-]++{_HOST}++)*+\.)++)"
    )


def _domain_end(text: str, start: int, end: int) -> int | None:
    """End of the longest domain in the labels ``text[start:end]``, or None: the last label may hold no "_"."""
    dot = end - 1
    while dot > start:
        label = text.rfind(".", start, dot) + 1 or start
        ending = _ending(text, dot + 1)
        if ending is not None and "_" not in text[label:dot]:
            return ending
        dot = label - 1
    return None


def _no_ending(text: str, start: int, end: int) -> bool:
    """No dot among the labels has a known ending after it."""
    return all(_ending(text, m.end()) is None for m in re.compile(r"\.").finditer(text, start, end))


def _ending(text: str, pos: int) -> int | None:
    """End of the known domain ending that begins at ``pos``."""
    found = _endings().match(text, pos)
    if found and (found["word"] is None or found["word"].lower() in _latin()):
        return found.end()
    return None


@cache
def _latin() -> frozenset[str]:
    return frozenset(domains.LATIN.split())


@cache
def _endings() -> re.Pattern[str]:
    other = "|".join(sorted(domains.OTHER.split(), key=len, reverse=True))
    stop = r"(?![0-9a-zA-Z@+\-])"
    return re.compile(rf"(?i:{other}){stop}|(?P<word>[A-Za-z]++){stop}|[xX][nN]--[\-0-9A-Za-z]+")


def _url_end(text: str, pos: int) -> int:
    """End of port, path and query after a domain that ends at ``pos``."""
    found = _rest().match(text, pos)
    return found.end() if found else pos


@cache
def _rest() -> re.Pattern[str]:
    path = rf"/(?:{_PATH}*(?:{_PARENS}{_PATH}*)*{_PATH_END}|{_PARENS}|@{_PATH}+/)*"
    return re.compile(rf"(?::[0-9]+)?(?:{path})?(?:{_QUERY})?")


def _sound(url: str, scheme: str, domain: str) -> bool:
    """Lengths that X refuses: URLs over 4096, labels over 63 once they are ASCII (RFC 3490)."""
    if domain.startswith("xn--") and not any(_ascii_domains(domain)):
        return False
    return len(scheme) + len(url) <= LONGEST_URL and all(map(_short, domain.split(".")))


def _short(label: str) -> bool:
    """The label has at most 63 characters in its ASCII form; other full stops (RFC 3490, 3.1) divide it again."""
    label = label.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    if len(label) > LONGEST_LABEL:
        return False
    parts = re.split("[\u3002\uff0e\uff61]", label)
    ascii_form = [p if p.isascii() else "xn--" + p.encode("punycode").decode("ascii") for p in parts]
    return len(".".join(ascii_form)) <= LONGEST_LABEL


def _short_link(text: str, start: int, end: int) -> Iterator[Span]:
    """The link itself; one of X's own short links ends after its code, and is none when that is too long."""
    found = re.compile(rf"(?i:https?://t\.co)/([a-zA-Z0-9]+)(?:{_QUERY})?").match(text, start, end)
    if not found:
        yield start, end
    elif len(found[1]) <= LONGEST_SHORT_LINK:
        yield start, found.end()


def _bare(text: str, start: int, domain_end: int, end: int) -> Iterator[Span]:
    """Links without scheme: only the parts of the domain in Latin letters count, and the last takes the path."""
    found = list(_ascii_domains(text[start:domain_end]))
    for i, (a, b) in enumerate(found):
        path = end - domain_end if i == len(found) - 1 and _has_path(text, domain_end, end) else 0
        yield start + a, start + b + path


def _has_path(text: str, start: int, end: int) -> bool:
    """The link has a path; one with port or query alone counts only its domain."""
    return re.compile(r"(?::[0-9]+)?/").match(text, start, end) is not None


def _ascii_domains(domain: str) -> Iterator[Span]:
    pos = 0
    while found := _labels().search(domain, pos):
        pos = found.end()
        for dot in reversed([m.end() for m in re.compile(r"\.").finditer(domain, found.start(), found.end())]):
            ending = _ending(domain, dot)
            if ending is not None:
                yield found.start(), ending
                pos = ending
                break


@cache
def _labels() -> re.Pattern[str]:
    return re.compile(rf"(?:[\-a-zA-Z0-9{_ACCENTED}]+\.)+")


# Emoji 11, as X counts them. Only sequences that weigh less than their parts are listed.

_TEXT_STYLE = (
    "a9 ae 203c 2049 2122 2139 2194-2199 21a9-21aa 231a-231b 2328 23cf 23ed-23ef 23f1-23f2 23f8-23fa 24c2 25aa-25ab "
    "25b6 25c0 25fb-25fe 2600-2604 260e 2611 2614-2615 2618 2620 2622-2623 2626 262a 262e-262f 2638-263a 2640 2642 "
    "2648-2653 265f 2660 2663 2665-2666 2668 267b 267f 2692-2697 2699 269b-269c 26a0-26a1 26aa-26ab 26b0-26b1 "
    "26bd-26be 26c4-26c5 26c8 26cf 26d1 26d3-26d4 26e9-26ea 26f0-26f5 26f8 26fa 26fd 2702 2708-2709 270f 2712 2714 "
    "2716 271d 2721 2733-2734 2744 2747 2757 2763-2764 27a1 2934-2935 2b05-2b07 2b1b-2b1c 2b50 2b55 3030 303d 3297 "
    "3299 1f004 1f170-1f171 1f17e-1f17f 1f202 1f21a 1f22f 1f237 1f321 1f324-1f32c 1f336 1f37d 1f396-1f397 "
    "1f399-1f39b 1f39e-1f39f 1f3cd-1f3ce 1f3d4-1f3df 1f3f3 1f3f5 1f3f7 1f43f 1f441 1f4fd 1f549-1f54a 1f56f-1f570 "
    "1f573 1f576-1f579 1f587 1f58a-1f58d 1f5a5 1f5a8 1f5b1-1f5b2 1f5bc 1f5c2-1f5c4 1f5d1-1f5d3 1f5dc-1f5de 1f5e1 "
    "1f5e3 1f5e8 1f5ef 1f5f3 1f5fa 1f6cb 1f6cd-1f6cf 1f6e0-1f6e5 1f6e9 1f6f0 1f6f3"
)
_TONED_TEXT_STYLE = "261d 26f7 270c-270d 1f590 26f9 1f3cb-1f3cc 1f574-1f575"
_PEOPLE = (
    "1f3c3-1f3c4 1f3ca 1f46e 1f471 1f473 1f477 1f481-1f482 1f486-1f487 1f645-1f647 1f64b 1f64d-1f64e 1f6a3 1f6b4-1f6b6 "
    "1f926 1f935 1f937-1f939 1f93d-1f93e 1f9b8-1f9b9 1f9d6-1f9dd"
)
_TONED = (
    "270a-270b 1f385 1f3c2 1f3c7 1f442-1f443 1f446-1f450 1f466-1f469 1f470 1f472 1f474-1f476 1f478 1f47c 1f483 1f485 "
    "1f4aa 1f57a 1f595-1f596 1f64c 1f64f 1f6c0 1f6cc 1f918-1f91c 1f91e-1f91f 1f930-1f934 1f936 1f9b5-1f9b6 1f9d1-1f9d5 "
) + _PEOPLE
_TOOLS = "1f33e 1f373 1f393 1f3a4 1f3a8 1f3eb 1f3ed 1f4bb-1f4bc 1f527 1f52c 1f680 1f692 1f9b0-1f9b3"
_FLAGS = (
    "AC-GILMOQ-UWXZ BABD-JL-OQ-TVWYZ CACDF-IK-PRU-Z DEGJKMOZ EACEGHR-U FI-KMOR GABD-ILMNP-UWY HKMNRTU ICD-EL-OQ-T "
    "JEMOP KEG-IMNPRWYZ LA-CIKR-VY MACD-HK-Z NACE-GILOPRUZ OM PAE-HK-NR-TWY QA REOSUW SA-EG-OR-TVX-Z "
    "TACDF-HJ-ORTVWZ UAGMNSYZ VACEGINU WFS XK YET ZAMW"
)


def _class(ranges: str) -> str:
    """A character class from hexadecimal ranges."""
    ends = (r.partition("-") for r in ranges.split())
    return "[" + "".join(chr(int(a, 16)) + ("-" + chr(int(b, 16)) if b else "") for a, _, b in ends) + "]"


def _flags() -> str:
    """Pairs of regional indicators that are the code of a country or region."""
    regional = {chr(c): chr(0x1F1E6 + c - ord("A")) for c in range(ord("A"), ord("Z") + 1)}
    shown = ("".join(regional.get(c, c) for c in word) for word in _FLAGS.split())
    return "|".join(f"{word[0]}[{word[1:]}]" for word in shown)


@cache
def _emoji() -> re.Pattern[str]:
    """Emoji sequences of which X counts the whole as one."""
    tone, join, vs = "[\U0001f3fb-\U0001f3ff]", "\u200d", "\ufe0f"
    man, woman, kids = "\U0001f468", "\U0001f469", "[\U0001f466\U0001f467]"
    girl, boy, gender = "\U0001f467", "\U0001f466", f"{join}[\u2640\u2642]{vs}"
    heart, kiss = f"{join}\u2764{vs}{join}", f"\U0001f48b{join}"
    children = f"{join}(?:{girl}{join}{kids}|{boy}{join}{boy}|{kids})"
    tagged = "|".join("".join(chr(0xE0000 + ord(c)) for c in region) for region in ("gbeng", "gbsct", "gbwls"))
    sequences = (
        f"[{man}{woman}]{tone}?{join}(?:[\u2695\u2696\u2708]{vs}|{_class(_TOOLS)})",
        f"{_class('26f9 1f3cb-1f3cc 1f574-1f575')}(?:{tone}|{vs}){gender}",
        f"{_class(_PEOPLE)}{tone}?{gender}",
        f"{man}{heart}(?:{kiss})?{man}|{woman}{heart}(?:{kiss})?[{man}{woman}]",
        f"(?:{man}(?:{join}[{man}{woman}])?|{woman}(?:{join}{woman})?){children}",
        f"\U0001f3f3{vs}{join}\U0001f308|\U0001f3f4{join}\u2620{vs}|\U0001f441{join}\U0001f5e8",
        f"[\U0001f46f\U0001f93c\U0001f9de\U0001f9df]{gender}",
        f"[#*0-9]{vs}?\u20e3",
        f"{_class(_TEXT_STYLE)}{vs}",
        f"{_class(_TONED_TEXT_STYLE)}(?:{vs}{tone}?|{tone})|{_class(_TONED)}{tone}",
        f"\U0001f3f4(?:{tagged})\U000e007f",
        _flags(),
    )
    return re.compile("|".join(sequences))
