"""What can be wrong with a message: one table of sentences, and the three ways to say them.

A `Fault` belongs to one record (or to the message as a whole) and never costs another record its
answer. `Unreadable` is raised when nothing at all can be read; it is what a CEB900 answers.
`WriteFault` is raised when we ourselves try to write what the table forbids.

No sentence repeats the text of a field: it could be a person's name or number. Texts are described
by their length, numbers by what they are not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from hoppo.wire.sentence import Sentence

MOST_FAULTS = 200  # of one record: enough to mend it, and a bound on memory
SHOWN = 40  # characters of a foreign name that a sentence repeats

FAULTS: Mapping[str, Sentence] = {
    "missing": Sentence(
        "{path} is required and was not sent; send it.",
        "{path}（{label}）为必填项，未报送；请补报。",
    ),
    "empty": Sentence(
        "{path} is required and was sent empty; fill it.",
        "{path}（{label}）为必填项，内容为空；请填写。",
    ),
    "fixed": Sentence("{path} must be {expected}.", "{path}（{label}）只能为{expected}。"),
    "too-long": Sentence(
        "{path} has {found} characters; allowed is {expected}. Shorten it.",
        "{path}（{label}）长度为{found}个字符，应为{expected}；请缩短。",
    ),
    "too-short": Sentence(
        "{path} has {found} characters; allowed is {expected}. Complete it.",
        "{path}（{label}）长度为{found}个字符，应为{expected}；请补全。",
    ),
    "not-a-number": Sentence(
        "{path} is not a number ({expected}); write digits and a point only.",
        "{path}（{label}）不是数字（{expected}）；只能含数字和小数点。",
    ),
    "not-whole": Sentence(
        "{path} is not a whole number ({expected}); write digits only.",
        "{path}（{label}）不是整数（{expected}）；只能含数字。",
    ),
    "too-many-digits": Sentence(
        "{path} has {found} digits; allowed is {expected}.",
        "{path}（{label}）有{found}位数字，应为{expected}。",
    ),
    "too-many-decimals": Sentence(
        "{path} has {found} digits after the point; allowed is {expected}. Round it.",
        "{path}（{label}）有{found}位小数，最多{expected}位；请舍入。",
    ),
    "duplicate": Sentence(
        "{path} was sent more than once; the first one was read. Send it once.",
        "{path}（{label}）重复出现，只读取第一个；请只报一次。",
    ),
    "out-of-order": Sentence(
        "{path} stands in the wrong place; it belongs before {found}.",
        "{path}（{label}）顺序错误，应位于{found}之前。",
    ),
    "unknown": Sentence(
        "{path} holds an element that the message does not have: {found}. Remove it.",
        "{path} 含有报文未定义的元素：{found}；请删除。",
    ),
    "nested": Sentence(
        "{path} holds an element where only a value may stand. Write the value alone.",
        "{path}（{label}）只能为值，不得含有子元素。",
    ),
    "stray-text": Sentence(
        "{path} holds text between its elements. Remove it.",
        "{path} 的元素之间含有多余文字；请删除。",
    ),
    "attribute": Sentence(
        "{path} has the attribute {found}; it may have none. Remove it.",
        "{path} 含有属性{found}，不得带有属性；请删除。",
    ),
    "wrong-type": Sentence(
        "{path} was given a {found}; {expected} is needed.",
        "{path}（{label}）类型为{found}，应为{expected}。",
    ),
    "no-character": Sentence(
        "{path} holds the character {found}, which XML cannot carry. Remove it.",
        "{path} 含有XML不允许的字符{found}；请删除。",
    ),
    "no-lines": Sentence(
        "{path} has {found} of {expected}; there must be one at least.",
        "{path} 缺少表体{expected}，至少应有一项。",
    ),
    "too-many-lines": Sentence(
        "{path} has {found} lines; at most {expected} are allowed. Split it.",
        "{path} 表体有{found}项，最多{expected}项；请拆分。",
    ),
    "too-many-records": Sentence(
        "{path} is one of {found} records; a message carries at most {expected}. "
        "Send it in another message.",
        "{path} 超过报文表头数据限制：共{found}项，最多{expected}项；请另行报送。",
    ),
    "too-many-parts": Sentence(
        "{path} stands {found} times; at most {expected} are allowed.",
        "{path} 出现{found}次，最多{expected}次。",
    ),
}

UNREADABLE: Mapping[str, Sentence] = {
    "too-big": Sentence(
        "The message has {found} bytes; at most {expected} are read. Split it.",
        "报文为{found}字节，上限{expected}字节；请拆分。",
    ),
    "too-many-marks": Sentence(
        "The message has {found} tags or attributes; at most {expected} are read. Split it.",
        "报文含{found}个标记或属性，上限{expected}个；请拆分。",
    ),
    "encoding": Sentence(
        "The message is written in {found}; write it in {expected}.",
        "报文编码为{found}，应为{expected}。",
    ),
    "broken-text": Sentence(
        "Byte {path} is not {expected}. Check the encoding the message was saved in.",
        "第{path}字节不是{expected}；请检查报文编码。",
    ),
    "doctype": Sentence(
        "The message has a DOCTYPE, which no customs message has. Remove it.",
        "报文含有DOCTYPE，海关报文不得含有；请删除。",
    ),
    "too-deep": Sentence(
        "The elements are nested deeper than {expected} levels.",
        "报文元素嵌套过深，上限{expected}层。",
    ),
    "not-xml": Sentence(
        "The message is not XML: {found} ({path}).", "报文不是合法的XML：{found}（{path}）。"
    ),
    "namespace": Sentence(
        "The root is in the namespace {found}; it must be in {expected}.",
        "根元素命名空间为{found}，应为{expected}。",
    ),
    "root": Sentence(
        "The root is {found}; no message is called so. Expected: {expected}.",
        "根元素为{found}，没有此种报文；应为{expected}。",
    ),
    "too-many-records": Sentence(
        "{path} has {found} records; at most {expected} are read. Split it.",
        "{path} 有{found}项记录，上限{expected}项；请拆分。",
    ),
    "no-records": Sentence(
        "{path} has no {expected}; there is nothing to answer.", "{path} 中没有{expected}。"
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong at one place. `field` is the wire name; `code` a key of `FAULTS`."""

    path: str
    field: str
    found: str
    expected: str
    sentence_en: str
    sentence_zh: str
    code: str


def fault(code: str, path: str, *, found: str = "", expected: str = "", label: str = "") -> Fault:
    """The fault of a code at a path, said in both languages."""
    name = path.rpartition("/")[2]
    sentence = FAULTS[code].filled(path=path, found=found, expected=expected, label=label or name)
    return Fault(path, name, found, expected, sentence.en, sentence.zh, code)


class Faults(list[Fault]):
    """The faults of a record or message; past a bound further ones are not kept."""

    @property
    def full(self) -> bool:
        """Whether looking for more is a waste of time."""
        return len(self) >= MOST_FAULTS

    def append(self, fault: Fault) -> None:
        """Keep one more."""
        if not self.full:
            super().append(fault)

    def extend(self, faults: Iterable[Fault]) -> None:
        """Keep some more."""
        super().extend(islice(faults, MOST_FAULTS - len(self)))


class Unreadable(ValueError):
    """Nothing of the message can be read. `code` is a key of `UNREADABLE`."""

    def __init__(self, code: str, path: str = "", found: str = "", expected: str = "") -> None:
        """Say what was found where, and what was expected."""
        sentence = UNREADABLE[code].filled(path=path, found=found, expected=expected)
        super().__init__(sentence.en)
        self.code = code
        self.path = path
        self.found = found
        self.expected = expected
        self.sentence_en = sentence.en
        self.sentence_zh = sentence.zh


class WriteFault(ValueError):
    """What was to be written is forbidden by the table."""

    def __init__(self, fault: Fault) -> None:
        """Keep the fault beside its sentence."""
        super().__init__(fault.sentence_en)
        self.fault = fault


def shown(name: str) -> str:
    """A foreign name, cut so that it fits in a sentence."""
    return name if len(name) <= SHOWN else f"{name[:SHOWN]}…"
