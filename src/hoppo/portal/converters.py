"""How numbers that parties chose stand in an address: any character, a stroke too."""

from django.urls import register_converter


class Number:
    """A number as one part of a path; `/` is written `~s`, `~` is `~t`, a lone dot `~d`."""

    regex = r"[^/\x00]+"

    def to_python(self, text: str) -> str:
        """From the address."""
        return text.replace("~d", ".").replace("~s", "/").replace("~t", "~")

    def to_url(self, value: object) -> str:
        """For the address."""
        text = str(value).replace("~", "~t").replace("/", "~s")
        # Browsers leave out a part that is nothing but dots.
        return text.replace(".", "~d") if set(text) == {"."} else text


register_converter(Number, "number")
