"""All messages of the 202205 edition, by type."""

from collections.abc import Mapping
from types import MappingProxyType

from hoppo.commerce import messages as commerce
from hoppo.customs import export_messages, messages
from hoppo.goods import messages as goods
from hoppo.tax import messages as tax
from hoppo.wire.table import Message

MESSAGES: Mapping[str, Message] = MappingProxyType(
    {
        message.type: message
        for family in (
            commerce.MESSAGES,
            goods.MESSAGES,
            tax.MESSAGES,
            messages.MESSAGES,
            export_messages.MESSAGES,
        )
        for message in family
    }
)
