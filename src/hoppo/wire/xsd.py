"""The XML Schema of field tables: accepts and refuses what the official schema does."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from hoppo.wire.table import (
    CEB,
    EXTEND,
    SUBSCRIBE,
    Block,
    Field,
    Kind,
    Message,
    Record,
    transfer_block,
)

SIGNATURE_SCHEMA = "xmldsig-core-schema.xsd"  # W3C's; it is expected beside the schema
HEADER = f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:ceb="{CEB}"
    xmlns:ds="http://www.w3.org/2000/09/xmldsig#" targetNamespace="{CEB}"
    elementFormDefault="qualified" attributeFormDefault="unqualified">
<xs:import namespace="http://www.w3.org/2000/09/xmldsig#" schemaLocation="{SIGNATURE_SCHEMA}"/>
<xs:attributeGroup name="Root">
<xs:attribute name="guid" use="required"><xs:simpleType><xs:restriction base="xs:string">\
<xs:length value="36"/></xs:restriction></xs:simpleType></xs:attribute>
<xs:attribute name="version" use="required"><xs:simpleType><xs:restriction base="xs:string">\
<xs:minLength value="1"/><xs:maxLength value="10"/></xs:restriction></xs:simpleType></xs:attribute>
</xs:attributeGroup>
<xs:complexType name="Any"><xs:sequence>\
<xs:any namespace="##any" processContents="skip" minOccurs="0"/></xs:sequence></xs:complexType>
"""


def schema(messages: Iterable[Message]) -> str:
    """The schema of messages of one direction; import and export name different blocks alike.

    Raises ValueError when two messages give one name to different blocks.
    """
    declared: dict[str, str] = {}
    for message in messages:
        _declare(declared, message.type, _message(message))
        record = message.record
        for block in record.blocks or (record.head,):
            _declare(declared, block.wire, _block(block))
        if record.blocks and message.direction == "export":
            _declare(declared, record.wire, _record(record))
        if message.transfer:
            for block in (transfer_block(message.direction), SUBSCRIBE, EXTEND):
                _declare(declared, block.wire, _block(block))
    elements = (
        f'<xs:element name="{name}">{content}</xs:element>\n' for name, content in declared.items()
    )
    return f"{HEADER}{''.join(elements)}</xs:schema>\n"


def _declare(declared: dict[str, str], name: str, content: str) -> None:
    if declared.setdefault(name, content) != content:
        message = f"{name} is declared twice, differently; write one schema a direction"
        raise ValueError(message)


def _message(message: Message) -> str:
    record = message.record
    times = _times(1, record.most)
    if record.flat or message.direction == "export":
        parts = [f'<xs:element ref="ceb:{record.wire}"{times}/>']
    else:
        parts = [f'<xs:element name="{record.wire}"{times}>{_record(record)}</xs:element>']
    least = {"BaseTransfer": 1, "Signature": int(message.signature == "required")}
    most = {"BaseSubscribe": SUBSCRIBE.most}
    for name in message.tail:
        mark = "ds" if name == "Signature" else "ceb"
        occurs = _times(least.get(name, 0), most.get(name, 1))
        parts.append(f'<xs:element ref="{mark}:{name}"{occurs}/>')
    sequence = f"<xs:sequence>{''.join(parts)}</xs:sequence>"
    return (
        f"{_told(message.label)}<xs:complexType>{sequence}"
        f'<xs:attributeGroup ref="ceb:Root"/></xs:complexType>'
    )


def _record(record: Record) -> str:
    parts = "".join(
        f'<xs:element ref="ceb:{block.wire}"{_times(block.least, block.most)}/>'
        for block in record.blocks
    )
    return f"<xs:complexType><xs:sequence>{parts}</xs:sequence></xs:complexType>"


def _block(block: Block) -> str:
    fields = "".join(f"\n{_field(field)}" for field in block.fields)
    return f"<xs:complexType><xs:sequence>{fields}\n</xs:sequence></xs:complexType>"


def _field(field: Field) -> str:
    optional = "" if field.required else ' minOccurs="0"'
    if field.kind.name == "xml":
        return f'<xs:element name="{field.wire}" type="ceb:Any"{optional}/>'
    implied = ""
    if field.kind.implied is not None:
        mark = "default" if field.kind.fixed is None else "fixed"
        implied = f' {mark}="{field.kind.implied}"'
    start = f'<xs:element name="{field.wire}"{optional}{implied}>'
    return f"{start}{_told(f'{field.label} {field.sense}')}{_type(field.kind)}</xs:element>"


def _type(kind: Kind) -> str:
    base = {"text": "string", "decimal": "decimal", "integer": "int"}[kind.name]
    facets: dict[str, int | None]
    if kind.name == "text":
        if kind.least == kind.most:
            facets = {"length": kind.most}
        else:
            facets = {"minLength": kind.least or None, "maxLength": kind.most}
    elif kind.name == "decimal":
        facets = {"totalDigits": kind.most, "fractionDigits": kind.fraction}
    else:
        facets = {"totalDigits": kind.most}
    marks = "".join(
        f'<xs:{name} value="{value}"/>' for name, value in facets.items() if value is not None
    )
    space = '<xs:whiteSpace value="collapse"/>' if kind.collapse else ""
    restriction = f'<xs:restriction base="xs:{base}">{marks}{space}</xs:restriction>'
    return f"<xs:simpleType>{restriction}</xs:simpleType>"


def _times(least: int, most: int | None) -> str:
    low = "" if least == 1 else f' minOccurs="{least}"'
    high = "" if most == 1 else f' maxOccurs="{"unbounded" if most is None else most}"'
    return low + high


def _told(text: str) -> str:
    documentation = f"<xs:documentation>{escape(text)}</xs:documentation>"
    return f"<xs:annotation>{documentation}</xs:annotation>"
