"""Template words: sentences, and amounts and moments as the trade writes them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hoppo.portal import speech
from hoppo.portal.states import state_of
from hoppo.values.moments import BEIJING

register = template.Library()


@register.simple_tag
def say(en: str, zh: str) -> str:
    """The sentence in the reader's language; `{% say "Find" "查询" %}`."""
    return zh if speech.in_chinese() else en


@register.simple_tag
def both(item: Any, name: str) -> str:
    """Of two values `name_en` and `name_zh`, the reader's."""
    key = f"{name}_zh" if speech.in_chinese() else f"{name}_en"
    return str(item[key] if isinstance(item, dict) else getattr(item, key))


@register.filter
def yuan(amount: Decimal | str | None) -> str:
    """An amount with thousands and two decimals."""
    return "" if amount in (None, "") else f"{Decimal(str(amount)):,.2f}"


@register.filter
def beijing(moment: datetime | str | None) -> str:
    """A moment in Beijing, to the second."""
    if not moment:
        return ""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{found.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


@register.filter
def state(status: str) -> SafeString:
    """A status as a word with its code, coloured by what it means."""
    found = state_of(status)
    return format_html(
        '<span class="state {}">{} <small>{}</small></span>', found.tone, str(found.name), status
    )
