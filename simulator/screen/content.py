"""Texts for drivers: their formats and languages (MessageContentType)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

FALLBACK_LANGUAGE = "en"
"""What is shown where no text is in a language that the driver prefers (O01.FR.09)."""


@dataclass(frozen=True, slots=True)
class Content:
    """A text for drivers. ``format``: a MessageFormatEnumType; ``language``: an RFC 5646 tag."""

    format: str
    text: str
    language: str | None = None

    @property
    def plain(self) -> str:
        """What people read of it: HTML without its tags, any other text as it is."""
        return _without_tags(self.text) if self.format == "HTML" else self.text

    @property
    def fault(self) -> str | None:
        """Why the text is not of its format; None where it is (ASCII: 7-bit printable characters only)."""
        if self.format != "ASCII":
            return None
        strange = next((each for each in self.text if not " " <= each <= "~" and each not in "\r\n"), None)
        return None if strange is None else f"{strange!r} is no printable ASCII character"


def chosen(contents: Sequence[Content], languages: Iterable[str]) -> Content:
    """O01.FR.08, .09: the text in the language that comes first among the driver's; else English, else the first."""
    for language in (*languages, FALLBACK_LANGUAGE):
        wanted = language.lower()
        for same in (str.lower, _primary):
            found = [each for each in contents if each.language and same(each.language) == same(wanted)]
            if found:
                return found[0]
    return contents[0]


def _primary(tag: str) -> str:
    return tag.lower().partition("-")[0]


class _Reader(HTMLParser):
    """Collects what is between the tags; block tags begin a new line."""

    _BLOCKS = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3"))
    _SILENT = frozenset(("script", "style", "title"))

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent += tag in self._SILENT
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def _without_tags(text: str) -> str:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)
