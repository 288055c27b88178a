"""The page that shows every message, record and field: `docs/messages.md`."""

from collections.abc import Mapping

from hoppo.wire.leniency import LENIENCIES
from hoppo.wire.table import EXTEND, SUBSCRIBE, Block, Field, Message, Record, transfer_block

INTRODUCTION = """# Messages

Generated from the field tables; change those, then run `make generate`.

All messages of the 202205 edition. Types: `C36` exactly 36 characters, `C1..60` from 1 to 60,
`C..60` at most 60 (`~`: white space is collapsed first), `N19,5` a decimal of 19 digits of which 5
stand after the point, `N9` a whole number of 9 digits, `N` a whole number of 32 bits, `X` at most
one element of any kind; `=142` always 142, `|1` empty stands for 1. Characters are counted, not
bytes. Fields stand on the wire in this order.
"""
DIRECTIONS = {"import": "import 进口", "export": "export 出口", "both": "both 进出口"}


def describe(messages: Mapping[str, Message]) -> str:
    """The whole page: an index, each message, what follows the records, what is put up with."""
    ordered = sorted(messages.values(), key=lambda message: message.type)
    parts = [INTRODUCTION, _index(ordered), *map(_message, ordered), _tail(), _leniencies()]
    return "\n".join(parts)


def _index(messages: list[Message]) -> str:
    rows = [
        f"| [{message.type}](#{message.type.lower()}) | {message.title} | {message.label} "
        f"| {DIRECTIONS[message.direction]} | {message.signature} |"
        for message in messages
    ]
    head = ["| Message | Meaning | 中文 | Direction | Signature |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def _message(message: Message) -> str:
    record = message.record
    blocks = record.blocks or (record.head,)
    parts = [
        f"## {message.type}\n",
        f"{message.title} {message.label}. {_structure(message)}\n",
        *(_table(block, flat=record.flat) for block in blocks),
    ]
    return "\n".join(parts)


def _structure(message: Message) -> str:
    record = message.record
    inside = " + ".join(f"`{block.wire}` {_span(block)}" for block in record.blocks)
    tail = ", ".join(f"`{name}`" for name in message.tail)
    return (
        f"Record: `{record.wire}` {_records(record)}"
        + (f" = {inside}" if inside else "")
        + (f"; then {tail}. Signature {message.signature}." if tail else ".")
    )


def _records(record: Record) -> str:
    return "1" if record.most == 1 else f"1..{record.most or '∞'}"


def _span(block: Block) -> str:
    most = "∞" if block.most is None else block.most
    return str(most) if block.least == block.most else f"{block.least}..{most}"


def _table(block: Block, *, flat: bool = False) -> str:
    head = [
        f"### {block.wire}{' (the record itself)' if flat else ''}\n",
        "| # | On the wire | Our name | 中文 | Type | Required | Codes | Sense |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows = [
        f"| {at} | `{field.wire}` | `{field.name}` | {field.label} | {_type(field)} "
        f"| {'yes' if field.required else ''} | {field.codes or ''} | {field.sense} |"
        for at, field in enumerate(block.fields, 1)
    ]
    return "\n".join([*head, *rows, ""])


def _type(field: Field) -> str:
    return str(field.kind).replace("|", "&#124;")


def _tail() -> str:
    blocks = (transfer_block("import"), SUBSCRIBE, EXTEND)
    told = (
        "## What follows the records\n\n"
        "`BaseTransfer` once, `BaseSubscribe` up to five times, `ExtendMessage` at most once. "
        "On export `copCode` may be empty.\n"
    )
    return "\n".join([told, *map(_table, blocks)])


def _leniencies() -> str:
    rows = [
        f"| `{leniency.name}` | {leniency.message or 'any'} | {leniency.sentence.en} "
        f"| {leniency.sentence.zh} |"
        for leniency in LENIENCIES
    ]
    told = (
        "## What is put up with when reading\n\n"
        "Each is reported as a note, never as a fault. Nothing of it is ever written.\n"
    )
    return "\n".join([told, "| Name | Message | What | 中文 |", "|---|---|---|---|", *rows, ""])
