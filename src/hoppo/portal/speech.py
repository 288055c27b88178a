"""Both languages of a sentence, said in the one that the reader chose.

English and Chinese stand beside each other where the sentence is used, as in the rule book, so
that none can be forgotten.
"""

from typing import NamedTuple

from django.utils.translation import get_language


def in_chinese() -> bool:
    """Whether the reader chose Chinese."""
    return (get_language() or "zh").startswith("zh")


class Said(NamedTuple):
    """A sentence in both languages; as text it is the reader's."""

    en: str
    zh: str

    def __str__(self) -> str:
        """The sentence in the reader's language."""
        return self.zh if in_chinese() else self.en
