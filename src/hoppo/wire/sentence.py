"""A sentence for people, in English and Chinese."""

from typing import NamedTuple, Self


class Sentence(NamedTuple):
    """The same sentence twice, with {places} for what was found."""

    en: str
    zh: str

    def filled(self, **values: object) -> Self:
        """The sentence with its places filled."""
        return self._replace(en=self.en.format(**values), zh=self.zh.format(**values))


class SentenceError(ValueError):
    """Something cannot be read or done, said in both languages."""

    def __init__(self, sentence: Sentence) -> None:
        """Keep both languages beside the message."""
        super().__init__(sentence.en)
        self.sentence = sentence
