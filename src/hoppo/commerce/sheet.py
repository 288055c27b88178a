"""The enterprise register as a CSV sheet."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from hoppo.commerce.register import ROLES
from hoppo.values.identifiers import USCC_LENGTH, is_enterprise_code
from hoppo.wire.sentence import Sentence
from hoppo.wire.sheet import (
    Column,
    Misfit,
    Rows,
    SheetFault,
    Source,
    read_number,
    read_sheet,
    read_text,
)

# The customs' classes since 2021 (GAC Decree 251) and the words sheets use for them.
CREDIT_CLASSES = {
    "advanced": "advanced",
    "aeo": "advanced",
    "高级认证": "advanced",
    "高级认证企业": "advanced",
    "registered": "registered",
    "regular": "registered",
    "general": "registered",
    "备案": "registered",
    "常规": "registered",
    "discredited": "discredited",
    "失信": "discredited",
    "失信企业": "discredited",
}


class EnterpriseRow(NamedTuple):
    """One enterprise of the sheet.

    `guarantee` is yuan. `certificate` is the path of a PEM file, absolute or from the sheet's
    folder; empty where there is none.
    """

    code: str
    name: str
    roles: frozenset[str]
    credit_class: str
    guarantee: Decimal
    certificate: str


def _code(cell: str) -> str:
    code = cell.upper()
    if is_enterprise_code(code):
        return code
    if len(code) == USCC_LENGTH:
        raise Misfit(
            Sentence("a USCC whose check digit is right", "校验位正确的统一社会信用代码"),
            Sentence("Copy it again from the licence.", "请按营业执照重新填写。"),
        )
    raise Misfit(
        Sentence(
            "a customs code of 10 letters and digits, or a USCC of 18",
            "10位海关注册编码或18位统一社会信用代码",
        )
    )


def _roles(cell: str) -> frozenset[str]:
    roles = frozenset(part.strip().lower() for part in cell.split("|"))
    if not roles <= set(ROLES):
        names = ", ".join(ROLES)
        raise Misfit(
            Sentence(f"roles from {names}", f"{names}中的角色"),
            Sentence(
                "Join several with |, as in platform|ebc.", "多个角色以|分隔，如platform|ebc。"
            ),
        )
    return roles


def _credit_class(cell: str) -> str:
    found = CREDIT_CLASSES.get(cell.lower())
    if found is None:
        raise Misfit(Sentence("advanced, registered or discredited", "高级认证、备案或失信"))
    return found


COLUMNS = (
    Column("code", _code),
    Column("name", read_text(200)),
    Column("roles", _roles),
    Column("credit_class", _credit_class, required=False, empty="registered"),
    Column("guarantee", read_number(), required=False, empty=Decimal(0)),
    Column("certificate", read_text(1000), required=False, empty=""),
)


def read_enterprises(source: Source) -> list[EnterpriseRow]:
    """Read an enterprise sheet: its bytes, its path or its lines; see `COLUMNS` for the format.

    Raises SheetFaults with every wrong cell and every code that stands twice; nothing is half
    read.
    """
    return [EnterpriseRow(**values) for _, values in read_sheet(source, COLUMNS, _check)]


def _check(rows: Rows) -> Iterator[SheetFault]:
    first: dict[str, int] = {}
    for row, values in rows:
        code = values["code"]
        if first.setdefault(code, row) != row:
            yield SheetFault(
                row,
                "code",
                code,
                f"each code once; row {first[code]} has it too",
                f"每个代码只出现一次（第{first[code]}行已有）",
                Sentence("Join the roles in one row.", "请将各角色合并为一行。"),
            )
