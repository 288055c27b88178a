"""Makes messages out of field tables: valid ones, and ones with a single fault.

All values are drawn from a seed and mean nothing: no real person, firm or number is among them.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any

from lxml import etree

from hoppo.wire.codec import write_message
from hoppo.wire.table import CEB, CEB_TAG, Block, Field, Kind, Message

Head = dict[str, Any]
Record = tuple[Head, list[Head]]
PLAIN = "ABCxyz019-_/ 测试货物甲乙é€😀\"'"
SPECIAL = PLAIN + "&<>"
GUID = "00000000-0000-4000-8000-{:012d}"
DS = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"""<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>
<ds:SignatureMethod Algorithm="{DS}rsa-sha1"/><ds:Reference URI=""><ds:Transforms>
<ds:Transform Algorithm="{DS}enveloped-signature"/></ds:Transforms>
<ds:DigestMethod Algorithm="{DS}sha1"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>
</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>"""
TRANSFER = {"cop_code": "0000000000", "cop_name": "测试", "dxp_mode": "DXP", "dxp_id": "DXPTEST"}
SUBSCRIBE = {"status": "ALL", "dxp_mode": "DXP", "dxp_address": "DXPTEST"}


def text(kind: Kind, random: Random) -> str:
    """A text of an allowed length that is no white space at its ends."""
    most = min(kind.most if kind.most is not None else 50, max(kind.least, 40))
    length = random.choice((most, random.randint(max(kind.least, 1), most)))
    alphabet = SPECIAL if random.random() < 0.02 else PLAIN
    letters = [random.choice(alphabet) for _ in range(length)]
    for end in (0, -1):
        letters[end] = letters[end].replace(" ", "测")
    drawn = "".join(letters)
    return drawn.replace("  ", "测试") if kind.collapse else drawn


def value(field: Field, random: Random) -> str | Decimal | int:
    """A value that the table allows."""
    kind = field.kind
    if kind.fixed is not None:
        return kind.fixed
    if kind.name == "text":
        return text(kind, random)
    if kind.name == "integer":
        return random.randint(0, 10 ** min(kind.most or 9, 9) - 1)
    digits = random.choice((2, 6, 14))
    return Decimal(random.randint(-99, 10**digits)).scaleb(-random.randint(0, 5))


def fields(block: Block, random: Random) -> Head:
    """All required fields and about half of the others; the others are None."""
    return {
        field.name: value(field, random) if field.required or random.random() < 0.5 else None
        for field in block.fields
    }


def record(message: Message, random: Random) -> Record:
    """A head, and one or two lines where the message has lines."""
    line = message.record.line
    lines = [fields(line, random) for _ in range(random.randint(1, 2))] if line else []
    return fields(message.record.head, random), lines


def records(message: Message, random: Random, most: int = 2) -> list[Record]:
    """One record or more, as many as the message may carry."""
    return [record(message, random) for _ in range(min(most, message.record.most or most))]


def written(message: Message, carried: Sequence[Record], number: int = 1) -> bytes:
    """The message as we write it."""
    transfer = TRANSFER if message.transfer else None
    subscribes = [SUBSCRIBE] if message.transfer else []
    return write_message(message, GUID.format(number), carried, transfer, subscribes)


def tree(message: Message, random: Random) -> etree._Element:
    """A valid message, signed (by no one) where it must be."""
    root = etree.fromstring(written(message, records(message, random)))
    if message.signature == "required":
        root.append(etree.fromstring(SIGNATURE))
    return root


# Single faults. Each takes the tree of a valid message and breaks (or only bends) one thing.
Fault = Callable[[Any, Message, Random], None]

NUMBERS = (
    "1e5", "NaN", "1,5", "", " ", "0x1", "+5", "05", ".5", "5.", "1.500000", "1.123456", "-0", "-",
    " 7 ", "7 7", "12345678901234", "123456789012345", "12345678901234.12345", "٣", "1_0",
    "0.000001", "00000000000000000000000001", "2147483647", "2147483648", "-2147483648",
    "-2147483649", "999999999", "1000000000", "99999", "100000", "INF", "+", ".",
    "1234567890.123450",
    "00001234567890123456789", "-12345678901234.12345", "0.00000", "1.0", "\t8\n",
)  # fmt: skip


def ours(root: etree._Element) -> list[etree._Element]:
    """All elements but those of a signature, which nobody here reads."""
    return list(root.iter(f"{CEB_TAG}*"))


def parent_of(element: etree._Element) -> etree._Element:
    """The element around an element that is not the root."""
    parent = element.getparent()
    assert parent is not None
    return parent


def leaf(root: etree._Element, message: Message, random: Random) -> tuple[etree._Element, Field]:
    """Any field of any block of the message."""
    blocks = {block.wire: block for block in (message.record.head, message.record.line) if block}
    named = [element for element in root.iter() if etree.QName(element).localname in blocks]
    block = random.choice([element for element in named if len(element)])
    table = {field.wire: field for field in blocks[etree.QName(block).localname].fields}
    child = random.choice(list(block))
    return child, table[etree.QName(child).localname]


def of_kind(
    root: etree._Element, message: Message, random: Random, *names: str
) -> tuple[etree._Element, Field]:
    """A field of one of the kinds, or any when the draw has none."""
    drawn = [leaf(root, message, random) for _ in range(30)]
    return next(
        ((element, field) for element, field in drawn if field.kind.name in names), drawn[0]
    )


def change_text(root: etree._Element, message: Message, random: Random) -> None:
    """A text of a length at, just inside or just outside its bounds."""
    element, field = of_kind(root, message, random, "text")
    bounds = [field.kind.least, field.kind.most or 60]
    length = max(random.choice(bounds) + random.choice((-1, 0, 1)), 0)
    element.text = random.choice(("字", "a", " ", "😀")) * length


def change_number(root: etree._Element, message: Message, random: Random) -> None:
    """A number written in every right and wrong way."""
    element, _ = of_kind(root, message, random, "decimal", "integer")
    element.text = random.choice(NUMBERS)


def empty(root: etree._Element, message: Message, random: Random) -> None:
    """A field without content, or with white space only."""
    leaf(root, message, random)[0].text = random.choice((None, " ", "\n\t"))


def drop(root: etree._Element, message: Message, random: Random) -> None:
    """A field left out."""
    element, _ = leaf(root, message, random)
    parent_of(element).remove(element)


def double(root: etree._Element, message: Message, random: Random) -> None:
    """A field sent twice."""
    element, _ = leaf(root, message, random)
    element.addnext(deepcopy(element))


def move(root: etree._Element, message: Message, random: Random) -> None:
    """A field elsewhere in its block."""
    element, _ = leaf(root, message, random)
    parent = parent_of(element)
    parent.insert(random.randrange(len(parent)), element)


def add_unknown(root: etree._Element, _message: Message, random: Random) -> None:
    """An element nobody knows, anywhere."""
    names = (f"{CEB_TAG}surprise", "surprise", "{http://example.org/other}guid", f"{CEB_TAG}guid")
    parent = random.choice([element for element in ours(root) if len(element)])
    parent.insert(random.randint(0, len(parent)), etree.Element(random.choice(names)))


def other_namespace(root: etree._Element, message: Message, random: Random) -> None:
    """A field in no namespace or a foreign one."""
    element, field = leaf(root, message, random)
    element.tag = random.choice((field.wire, f"{{http://example.org/other}}{field.wire}"))


def nest(root: etree._Element, message: Message, random: Random) -> None:
    """An element inside a value."""
    element, field = leaf(root, message, random)
    etree.SubElement(element, f"{CEB_TAG}{field.wire}").text = "1"


def add_text(root: etree._Element, _message: Message, random: Random) -> None:
    """Text (or only white space) where elements belong."""
    parent = random.choice([element for element in ours(root) if len(element)])
    words = random.choice(("x", " \n\t", "\u00a0", "\u3000"))
    if random.random() < 0.5:
        parent.text = words
    else:
        random.choice(list(parent)).tail = words


def add_attribute(root: etree._Element, _message: Message, random: Random) -> None:
    """An attribute anywhere below the signature."""
    element = random.choice(ours(root))
    xsi = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
    element.set(random.choice(("id", "{http://example.org/o}id", xsi)), f"{CEB} a.xsd")


def change_root(root: etree._Element, _message: Message, random: Random) -> None:
    """A guid or version of every wrong kind."""
    name = random.choice(("guid", "version"))
    words = random.choice((None, "", "1", "x" * 36, "x" * 10, "x" * 11, "字" * 36))
    if words is None:
        del root.attrib[name]
    else:
        root.set(name, words)


def drop_part(root: etree._Element, _message: Message, random: Random) -> None:
    """A record, block or part of the tail left out."""
    parts = [element for child in root for element in (child, *child) if len(element)]
    part = random.choice([part for part in parts if etree.QName(part).namespace == CEB])
    parent_of(part).remove(part)


def double_part(root: etree._Element, _message: Message, random: Random) -> None:
    """A record, block or part of the tail sent again: twice, or up to and past its bound."""
    parts = [element for child in root for element in (child, *child) if len(element)]
    part = random.choice([part for part in parts if etree.QName(part).namespace == CEB])
    for _ in range(random.choice((1, 4, 5, 97, 98, 99, 100))):
        part.addnext(deepcopy(part))


def move_part(root: etree._Element, _message: Message, random: Random) -> None:
    """Records, blocks and tail in another order."""
    parent = random.choice([root, *(child for child in ours(root) if len(child))])
    parent.insert(random.randrange(len(parent)), random.choice(list(parent)))


def sign_otherwise(root: etree._Element, _message: Message, _random: Random) -> None:
    """A signature taken away where there is one, put where there is none."""
    signature = root.find(f"{{{DS}}}Signature")
    if signature is None:
        root.append(etree.fromstring(SIGNATURE))
    else:
        root.remove(signature)


def add_tail(root: etree._Element, _message: Message, random: Random) -> None:
    """Signature and extension, once or twice, in either order, in messages of every kind."""
    extension = (
        f'<ceb:ExtendMessage xmlns:ceb="{CEB}"><ceb:name>n</ceb:name><ceb:version>1</ceb:version>'
        "<ceb:Message>{}</ceb:Message></ceb:ExtendMessage>"
    )
    inside = random.choice(("", "<a>1</a>", '<b xmlns="urn:x" c="2"/>', "<a/><a/>", "text"))
    parts = [SIGNATURE, extension.format(inside)]
    random.shuffle(parts)
    for part in parts[: random.randint(1, 2)]:
        root.append(etree.fromstring(part))


FAULTS: tuple[Fault, ...] = (
    change_text, change_number, empty, drop, double, move, add_unknown, other_namespace, nest,
    add_text, add_attribute, change_root, drop_part, double_part, move_part, add_tail,
    sign_otherwise,
)  # fmt: skip
