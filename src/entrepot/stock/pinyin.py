"""Keys by which Chinese names are sorted and found; the database server has no ICU."""

from __future__ import annotations

from collections.abc import Sequence


def sort_key(name: str) -> str:
    """Spell a name in pinyin, one blank between syllables; other scripts stay, in lower case.

    Examples
    --------
    >>> sort_key("一盘货 Mini")
    'yi pan huo mini'
    """
    return " ".join(" ".join(_syllables(name)).lower().split())


def search_text(*words: str) -> str:
    """Join words with their pinyin and initials, for a search by part of any of them.

    Examples
    --------
    >>> search_text("A-1", "一盘货")
    'a-1 一盘货 yipanhuo yph'
    """
    parts = [word.lower() for word in words if word]
    for word in words:
        if not word.isascii():
            parts.append("".join(_syllables(word)).lower())
            parts.append("".join(_syllables(word, initials=True)).lower())
    return " ".join(parts)


def like_patterns(query: str) -> list[str]:
    r"""Turn a search line into SQL LIKE patterns, one a word; all must match.

    Examples
    --------
    >>> like_patterns("YPH 50%")
    ['%yph%', '%50\\%%']
    """
    escaped = query.lower().replace("\x00", "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [f"%{word}%" for word in escaped.split()]


def _syllables(name: str, *, initials: bool = False) -> Sequence[str]:
    from pypinyin import Style, lazy_pinyin  # late: its dictionary takes half a second, and most commands spell nothing

    return lazy_pinyin(name, style=Style.FIRST_LETTER if initials else Style.NORMAL)
