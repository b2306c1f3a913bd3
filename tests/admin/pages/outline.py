"""A page read as a browser and a screen reader do: `complaints` lists what is wrong with its structure."""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
MAY_STAY_OPEN = {"li", "p", "dt", "dd", "tr", "td", "th", "tbody", "thead", "option"}
"""HTML lets these be closed by what follows."""
FIELDS = {"input", "select", "textarea"}
SILENT = {"hidden", "submit", "button", "image", "reset"}
NAMED = {"a", "button", "summary", "h1", "h2", "h3", "h4", "h5", "h6"}
HEADINGS = {f"h{level}" for level in range(1, 7)}
NAMES = ("aria-label", "aria-labelledby", "title")
Attributes = dict[str, str]


@dataclass
class Element:
    """One open element: the text in it as far as it was read."""

    tag: str
    given: Attributes
    line: int
    text: str = ""
    hidden: bool = False

    def __str__(self) -> str:
        return f"<{self.tag}> in line {self.line}"


@dataclass
class Outline(HTMLParser):
    """What a page is made of."""

    complaints: list[str] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)
    labelled: set[str] = field(default_factory=set)
    fields: list[tuple[Element, bool]] = field(default_factory=list)
    headings: list[tuple[str, str]] = field(default_factory=list)
    """Tag and text, of the main part only."""
    elements: list[tuple[str, Attributes]] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    closed: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the element; complain of what may not stand here."""
        given = {name: value or "" for name, value in attrs}
        here = Element(tag, given, self.getpos()[0])
        here.hidden = "hidden" in given or given.get("type") == "hidden" or any(one.hidden for one in self.open)
        self.elements.append((tag, given))
        twice = [name for name, count in Counter(name for name, _ in attrs).items() if count > 1]
        if twice:
            self.complaints.append(f"{here} has {twice[0]} twice")
        if tag in ("a", "form", "button") and any(one.tag == tag for one in self.open):
            self.complaints.append(f"{here} stands in another")
        self._attributes(here)
        if tag == "img" and self.open:
            self.open[-1].text += given.get("alt", "")
        if tag not in VOID:
            self.open.append(here)

    def _attributes(self, here: Element) -> None:
        given = here.given
        if given.get("id"):
            self.ids[given["id"]] += 1
        if here.tag == "label" and given.get("for"):
            self.labelled.add(given["for"])
        if here.tag in FIELDS and given.get("type") not in SILENT and not here.hidden:
            self.fields.append((here, any(one.tag == "label" for one in self.open)))
        if here.tag == "th" and given.get("scope") not in ("col", "row"):
            self.complaints.append(f"{here} has no scope")
        if here.tag == "img" and "alt" not in given:
            self.complaints.append(f"{here} has no alt")
        self.references += [given[name] for name in ("aria-labelledby", "aria-describedby", "list") if given.get(name)]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path/>` and its like hold nothing."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Text belongs to everything it stands in."""
        for one in self.open:
            one.text += data

    def handle_endtag(self, tag: str) -> None:
        """Close it; what was left open in between may be only what HTML allows."""
        if not any(one.tag == tag for one in self.open):
            self.complaints.append(f"</{tag}> in line {self.getpos()[0]} closes nothing")
            return
        while (last := self.open.pop()).tag != tag:
            if last.tag not in MAY_STAY_OPEN:
                self.complaints.append(f"{last} is not closed before </{tag}> in line {self.getpos()[0]}")
        self._closed(last)

    def names(self, tags: tuple[str, ...]) -> set[str]:
        """What the elements of these kinds say; a cell that names its row is data."""
        kept = (one for one in self.closed if one.tag in tags and one.given.get("scope") != "row")
        return {" ".join(one.text.split()) for one in kept}

    def _closed(self, here: Element) -> None:
        self.closed.append(here)
        named = here.text.strip() or any(here.given.get(name) for name in NAMES)
        if here.tag in NAMED and not named and not here.hidden:
            self.complaints.append(f"{here} says nothing")
        if here.tag in HEADINGS and any(one.tag == "main" for one in self.open):
            self.headings.append((here.tag, " ".join(here.text.split())))


def read(page: str) -> Outline:
    """Parse a whole page."""
    outline = Outline()
    outline.feed(page)
    outline.close()
    return outline


def complaints(page: str) -> list[str]:
    """What is wrong with the structure of a page; [] when nothing is."""
    found = read(page)
    wrong = list(found.complaints)
    wrong += [f"{one} is never closed" for one in found.open if one.tag not in MAY_STAY_OPEN]
    wrong += [f"the id {name} is given {count} times" for name, count in found.ids.items() if count > 1]
    wrong += [f"nothing has the id {name}" for each in found.references for name in each.split() if not found.ids[name]]
    for one, wrapped in found.fields:
        named = any(one.given.get(name) for name in NAMES)
        if not (wrapped or named or one.given.get("id") in found.labelled):
            wrong.append(f"{one} {one.given.get('name')} has no label")
    return wrong + _headings(found.headings)


def _headings(found: list[tuple[str, str]]) -> list[str]:
    """One h1, first, and no level left out on the way down."""
    levels = [int(tag[1]) for tag, _ in found]
    wrong = [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of the first level"]
    if levels and levels[0] != 1:
        wrong.append(f"the first heading is {found[0]}")
    steps = zip(levels, levels[1:], found[1:], strict=False)
    return wrong + [f"{heading} skips a level" for before, level, heading in steps if level > before + 1]
