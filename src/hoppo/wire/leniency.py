"""What we put up with when reading, by name. One line, one leniency; writing knows none of them.

Each was seen on messages of real clients, in the official samples or in the official documents
(fact sheet, sections 1.1, 1.4, 1.5). A leniency is reported as a `Note`, never as a fault.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hoppo.wire.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Leniency:
    """A named departure from the table that is read all the same.

    `valid` says that the official schema accepts it too. The rest says what it allows, and in which
    message (any, when empty): another name of the root, fields that are skipped, required fields
    that may be absent, fields that may stand in each other's place.
    """

    name: str
    sentence: Sentence
    valid: bool = False
    message: str = ""
    root: str = ""
    skipped: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A leniency that was used: where first, how often, and what about it."""

    leniency: str
    path: str
    sentence_en: str
    sentence_zh: str
    count: int = 1


LENIENCIES = (
    Leniency("byte-order-mark", Sentence(
        "The message starts with a byte order mark.",
        "报文以BOM开头。"), valid=True),
    Leniency("other-encoding", Sentence(
        "The message is not in UTF-8; it was converted.",
        "报文编码不是UTF-8，已转换。"), valid=True),
    Leniency("wrong-encoding", Sentence(
        "The message is in UTF-8 but declares another encoding.",
        "报文实为UTF-8，但声明了其他编码。")),
    Leniency("no-namespace", Sentence(
        "Elements stand in no namespace.",
        "元素未使用命名空间。")),
    Leniency("root-attribute", Sentence(
        "The root has an attribute that is not defined; it was ignored.",
        "根元素含有未定义的属性，已忽略。")),
    Leniency("repeated-transfer", Sentence(
        "BaseTransfer stands more than once; the first was read.",
        "BaseTransfer重复，只读取第一个。")),
    Leniency("tail-order", Sentence(
        "What follows the records stands in another order.",
        "记录之后的节点顺序不同。")),
    Leniency("empty-optional", Sentence(
        "An optional field was sent empty; it was read as not sent.",
        "选填项内容为空，视为未报。")),
    Leniency("other-than-fixed", Sentence(
        "A value that the schema fixes is another one; it was read and is left to the rules.",
        "固定值字段填报了其他值，已读取，由业务规则判断。")),
    Leniency("short-root", Sentence(
        "The root is called CEB214 instead of CEB214Message.",
        "根元素名为CEB214，应为CEB214Message。"), message="CEB214Message", root="CEB214"),
    Leniency("tax-bill-extras", Sentence(
        "The tax bill names order or waybill, which the schema does not have; ignored.",
        "电子税单含有schema未定义的订单号或运单号，已忽略。"),
        message="CEB816Message", skipped=("orderNo", "logisticsNo", "logisticNo")),
    Leniency("cancel-sequence", Sentence(
        "The receipt carries msgSeqNo, which the schema does not have; ignored.",
        "回执含有schema未定义的msgSeqNo，已忽略。"),
        message="CEB606Message", skipped=("msgSeqNo",)),
    Leniency("no-running-number", Sentence(
        "The result lacks gseqno, as the official sample does.",
        "汇总结果缺少gseqno，与官方样例相同。"),
        message="CEB792Message", absent=("gseqno",)),
    Leniency("time-before-text", Sentence(
        "returnTime stands before returnInfo.",
        "returnTime位于returnInfo之前。"),
        message="CEB900Message", moved=("returnInfo", "returnTime")),
)  # fmt: skip

BY_NAME = {leniency.name: leniency for leniency in LENIENCIES}
ROOTS = {leniency.root: leniency for leniency in LENIENCIES if leniency.root}


class Notes:
    """Collects the leniencies a message needed: each once, with its first path and a count."""

    def __init__(self) -> None:
        """Nothing was needed yet."""
        self._found: dict[str, tuple[str, int]] = {}

    def add(self, name: str, path: str) -> None:
        """One more use of a leniency."""
        first, count = self._found.get(name, (path, 0))
        self._found[name] = (first, count + 1)

    def __iter__(self) -> Iterator[Note]:
        """The notes, in the order of their first use."""
        for name, (path, count) in self._found.items():
            sentence = BY_NAME[name].sentence
            yield Note(name, path, sentence.en, sentence.zh, count)


def of_message(message_type: str) -> tuple[Leniency, ...]:
    """The leniencies that only one type of message has."""
    return tuple(leniency for leniency in LENIENCIES if leniency.message == message_type)
