"""What a field table is: from it a message is read, written, checked and described.

A table is text, one line a field, in the notation of the customs' own specification:

    orderNo   order_no   C1..60   Y   -   订单编号   order number

Columns are parted by two or more spaces: the name on the wire, our name, the type, Y when required
or N, the code list or `-`, the Chinese label, the sense in English (unless our name says it).
Types: `C36` exactly 36 characters, `C1..60` from 1 to 60, `C..60` at most 60, `C` any text,
`N19,5` a decimal of 19 digits of which 5 after the point, `N9` a whole number of 9 digits, `N` a
whole number of 32 bits, `X` at most one element of any kind. A `~` after a text type collapses
white space before it is measured. `=142` after a type: always 142; `|1`: an empty element stands
for 1. An empty element of a fixed field stands for its value too.
"""

import dataclasses
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

CEB = "http://www.chinaport.gov.cn/ceb"  # the namespace of every business message
CEB_TAG = f"{{{CEB}}}"  # how the parser writes it in front of a name
COLUMNS = re.compile(r" {2,}")
TEXT = re.compile(r"C(?:(\d*)(\.\.)(\d+)|(\d+))?(~?)")
NUMBER = re.compile(r"N(\d*)(?:,(\d+))?")
IMPLIED = re.compile(r"([^=|]+)(?:([=|])(\w+))?")
LEAST_COLUMNS, MOST_COLUMNS = 6, 7

Direction = Literal["import", "export", "both"]
Signature = Literal["none", "optional", "required"]
Value = str | Decimal | int | None


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a field. `least`, `most`: characters of a text; `most`: digits of a number."""

    name: Literal["text", "decimal", "integer", "xml"]
    least: int = 0
    most: int | None = None
    fraction: int = 0
    collapse: bool = False
    fixed: str | None = None
    default: str | None = None

    @property
    def implied(self) -> str | None:
        """The text an empty element stands for, if any."""
        return self.default if self.fixed is None else self.fixed

    def __str__(self) -> str:
        """The type in the notation of the tables."""
        mark = "=" if self.fixed is not None else "|"
        return self._bare() + ("" if self.implied is None else f"{mark}{self.implied}")

    def _bare(self) -> str:
        most = "" if self.most is None else str(self.most)
        if self.name == "xml":
            return "X"
        if self.name == "decimal":
            return f"N{most},{self.fraction}"
        if self.name == "integer":
            return f"N{most}"
        span = f"{self.least or ''}..{most}" if self.least != self.most else most
        return f"C{span if most else ''}{'~' if self.collapse else ''}"


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a table. `codes` names a code list; `label` is the official Chinese name."""

    wire: str
    name: str
    label: str
    kind: Kind
    required: bool
    codes: str | None = None
    sense: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A group of fields that stands once (the head) or repeats (the lines) inside a record."""

    wire: str
    fields: tuple[Field, ...]
    least: int = 1
    most: int | None = 1


@dataclass(frozen=True, slots=True)
class Record:
    """What a message carries many of: either fields, or a head and perhaps lines."""

    wire: str
    blocks: tuple[Block, ...] = ()
    fields: tuple[Field, ...] = ()
    most: int | None = 100

    @property
    def flat(self) -> bool:
        """Whether the fields stand directly in the record."""
        return not self.blocks

    @property
    def head(self) -> Block:
        """The block whose fields become the head; of a flat record, the record itself."""
        return self.blocks[0] if self.blocks else Block(self.wire, self.fields)

    @property
    def line(self) -> Block | None:
        """The block that repeats, when there is one."""
        return self.blocks[1] if len(self.blocks) > 1 else None


@dataclass(frozen=True, slots=True)
class Message:
    """A business message. `type` is the name of its root, `transfer`: a declaration."""

    type: str
    title: str
    label: str
    direction: Direction
    record: Record
    transfer: bool = False
    signature: Signature = "none"

    @property
    def tail(self) -> tuple[str, ...]:
        """What follows the records, in order; import and export end differently."""
        if not self.transfer:
            return ()
        ending = ("ExtendMessage", "Signature")
        return (
            "BaseTransfer",
            "BaseSubscribe",
            *(ending if self.direction == "import" else reversed(ending)),
        )


def kind(notation: str) -> Kind:
    """The type a notation stands for.

    Raises ValueError for a notation that is none.
    """
    parts = IMPLIED.fullmatch(notation)
    bare, mark, text = parts.groups() if parts else ("", None, None)
    plain = _bare_kind(bare)
    if mark == "=":
        return dataclasses.replace(plain, fixed=text)
    return dataclasses.replace(plain, default=text) if mark == "|" else plain


def _bare_kind(notation: str) -> Kind:
    if notation == "X":
        return Kind("xml")
    if match := TEXT.fullmatch(notation):
        least, span, most, exact, collapse = match.groups()
        if exact:
            return Kind("text", int(exact), int(exact), collapse=bool(collapse))
        return Kind("text", int(least or 0), int(most) if span else None, collapse=bool(collapse))
    if match := NUMBER.fullmatch(notation):
        digits, fraction = match.groups()
        most = int(digits) if digits else None
        return Kind("decimal", 0, most, int(fraction)) if fraction else Kind("integer", 0, most)
    message = f"no type is written {notation!r}; see the notation in hoppo.wire.table"
    raise ValueError(message)


def field(row: str) -> Field:
    """The field a line of a table declares.

    Raises ValueError when the line has too few or too many columns.
    """
    columns = COLUMNS.split(row.strip())
    if not LEAST_COLUMNS <= len(columns) <= MOST_COLUMNS or columns[3] not in {"Y", "N"}:
        message = f"not a line of a field table: {row.strip()!r}"
        raise ValueError(message)
    wire, name, notation, required, codes, label, *sense = columns
    return Field(
        wire, name, label, kind(notation), required == "Y",
        None if codes == "-" else codes, sense[0] if sense else name.replace("_", " "),
    )  # fmt: skip


def fields(table: str) -> tuple[Field, ...]:
    """The fields of a table, in the order of the wire."""
    return tuple(field(row) for row in table.splitlines() if row.strip())


# What follows the records of a declaration. The export schema lets copCode be empty.
TRANSFER_IMPORT = Block("BaseTransfer", fields("""
    copCode     cop_code     C1..18    Y  -              传输企业代码      transmitting enterprise
    copName     cop_name     C..100    Y  -              传输企业名称      its name
    dxpMode     dxp_mode     C3        Y  -              报文传输模式      always DXP
    dxpId       dxp_id       C..30     Y  -              报文传输编号      its exchange number
    note        note         C..1000   N  -              备注              remark
"""))  # fmt: skip
TRANSFER_EXPORT = Block("BaseTransfer", fields("""
    copCode     cop_code     C..18     Y  -              传输企业代码      transmitting enterprise
    copName     cop_name     C..100    Y  -              传输企业名称      its name
    dxpMode     dxp_mode     C3        Y  -              报文传输模式      always DXP
    dxpId       dxp_id       C..30     Y  -              报文传输编号      its exchange number
    note        note         C..1000   N  -              备注              remark
"""))  # fmt: skip
SUBSCRIBE = Block("BaseSubscribe", fields("""
    status      status       C..100    Y  subscriptions  用户订阅单证业务状态  ALL, DATA or RET
    dxpMode     dxp_mode     C3        Y  -              收发方通讯模式    always DXP
    dxpAddress  dxp_address  C..100    Y  -              收发方通讯地址    the subscriber's number
    note        note         C..1000   N  -              备注              remark
"""), least=0, most=5)  # fmt: skip
EXTEND = Block("ExtendMessage", fields("""
    name        name         C..30     Y  -              自定义报文名称    name of what follows
    version     version      C..30     Y  -              自定义报文版本    its version
    Message     message      X         Y  -              自定义报文实体    what it is
"""), least=0)  # fmt: skip


def transfer_block(direction: Direction) -> Block:
    """The BaseTransfer of a direction."""
    return TRANSFER_EXPORT if direction == "export" else TRANSFER_IMPORT
