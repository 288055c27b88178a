"""What an envelope of the exchange consists of, and how long its parts may be.

Source: terminal-node schema of the 202205 edition (the same in 2018).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

NAMESPACE: Final = "http://www.chinaport.gov.cn/dxp"
MOST_RECEIVERS: Final = 5
MOST_KEYS: Final = 5

# How many characters each element may hold: least, most.
LENGTHS: Final[Mapping[str, tuple[int, int]]] = {
    "CopMsgId": (1, 255),
    "SenderId": (1, 16),
    "ReceiverId": (1, 16),
    "MsgType": (0, 30),
    "FileName": (1, 255),
    "IcCard": (1, 13),
    "Key": (1, 64),
    "name": (1, 32),
    "Encode": (0, 50),
}


@dataclass(frozen=True, slots=True)
class AddInfo:
    """What a sender may add. `keys` are name and value; a key may have no name ("")."""

    file_name: str = ""
    ic_card: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    text_encoding: str = ""


@dataclass(frozen=True, slots=True)
class TransInfo:
    """Who sent what to whom and when; `created` is aware, Beijing when the wire names no zone."""

    cop_msg_id: str
    sender_id: str
    receiver_ids: tuple[str, ...]
    created: datetime
    message_type: str


@dataclass(frozen=True, slots=True)
class Envelope(TransInfo):
    """An opened envelope: its head, the business message's bytes, and what was added.

    `signed` says that the envelope itself, not its content, carries a signature.
    """

    data: bytes
    add_info: AddInfo
    signed: bool
