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
# The kinds of record that clearing takes, and the message each comes in.
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "order": "CEB311Message",
        "payment": "CEB411Message",
        "waybill": "CEB511Message",
        "waybill_status": "CEB513Message",
        "list": "CEB621Message",
        "cancellation": "CEB623Message",
        "return": "CEB625Message",
    }
)
