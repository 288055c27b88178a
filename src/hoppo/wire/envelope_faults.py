"""Why an envelope cannot be opened or written, with the exchange's codes.

202205, table 7-1: 0001 bad format, 0002 schema validation failed, 0999 other format error.
"""

from typing import TYPE_CHECKING, NamedTuple

from hoppo.wire.sentence import Sentence, SentenceError

if TYPE_CHECKING:
    from hoppo.wire.envelope_form import TransInfo

BAD_FORMAT, BAD_SCHEMA, OTHER_FORMAT = "0001", "0002", "0999"


class Kind(NamedTuple):
    """A code with its sentence; {path}, {found} and {expected} are filled in."""

    code: str
    sentence: Sentence


class EnvelopeFault(SentenceError):
    """An envelope breaks the exchange's rules.

    `code` is the exchange's; `path` says where; `head` is the envelope's head when the fault lies
    behind it, so that the sender can still be answered.
    """

    def __init__(self, kind: Kind, *, path: str = "", found: str = "", expected: str = "") -> None:
        """Fill the sentence with what was found where."""
        super().__init__(kind.sentence.filled(path=path, found=found, expected=expected))
        self.code = kind.code
        self.path = path
        self.found = found
        self.expected = expected
        self.head: TransInfo | None = None

    @property
    def sentence_en(self) -> str:
        """The sentence in English."""
        return self.sentence.en

    @property
    def sentence_zh(self) -> str:
        """The sentence in Chinese."""
        return self.sentence.zh


TOO_BIG = Kind(OTHER_FORMAT, Sentence(
    "The envelope has {found} bytes, more than the {expected} allowed: split the message.",
    "信封大小为{found}字节，超过上限{expected}字节，请拆分报文。",
))  # fmt: skip
TOO_MANY = Kind(OTHER_FORMAT, Sentence(
    "The envelope has more than {expected} elements or attributes: no real one does.",
    "信封的元素或属性超过{expected}个，不是正常报文。",
))  # fmt: skip
ENCODING = Kind(OTHER_FORMAT, Sentence(
    "The envelope is encoded in {found}: send UTF-8.", "信封编码为{found}，请使用UTF-8。",
))  # fmt: skip
DOCTYPE = Kind(BAD_FORMAT, Sentence(
    "The envelope must have no DOCTYPE and declare no entities.", "信封不得含DOCTYPE或实体声明。",
))  # fmt: skip
BROKEN_XML = Kind(BAD_FORMAT, Sentence(
    "The envelope is not well-formed XML: {found}.", "信封不是格式正确的XML：{found}。",
))  # fmt: skip
NO_ENVELOPE = Kind(BAD_SCHEMA, Sentence(
    "The root element must be {expected} (or DxpMsgSv), found {found}.",
    "根元素应为{expected}（或DxpMsgSv），实际为{found}。",
))  # fmt: skip
NAMESPACE = Kind(BAD_SCHEMA, Sentence(
    "The namespace of {path} must be {expected}, found {found}.",
    "{path}的命名空间应为{expected}，实际为{found}。",
))  # fmt: skip
NOT_ONCE = Kind(BAD_SCHEMA, Sentence(
    "{path} must occur {expected} time(s), found {found}.",
    "{path}应出现{expected}次，实际{found}次。",
))  # fmt: skip
LENGTH = Kind(BAD_SCHEMA, Sentence(
    "{path} must have {expected} characters, found {found}.",
    "{path}长度应为{expected}个字符，实际{found}个。",
))  # fmt: skip
NO_MOMENT = Kind(BAD_SCHEMA, Sentence(
    "{path} must be a time like {expected}, found {found!r}.",
    "{path}应为{expected}格式的时间，实际为{found!r}。",
))  # fmt: skip
EMPTY = Kind(BAD_FORMAT, Sentence(
    "{path} is empty: it must hold the business message in base64.",
    "{path}为空，应为业务报文的base64编码。",
))  # fmt: skip
XML_AS_IT_IS = Kind(BAD_FORMAT, Sentence(
    "{path} holds XML as it is ({found}): encode the business message in base64.",
    "{path}直接含有XML（{found}），业务报文须先作base64编码。",
))  # fmt: skip
NOT_BASE64 = Kind(BAD_FORMAT, Sentence(
    "{path} is not base64: {found}.", "{path}不是有效的base64：{found}。",
))  # fmt: skip
CHARACTER = Kind(BAD_FORMAT, Sentence(
    "{path} holds a character that XML cannot carry: {found}.",
    "{path}含有XML不允许的字符：{found}。",
))  # fmt: skip
NO_ZONE = Kind(BAD_SCHEMA, Sentence(
    "{path} must be an aware moment, found {found}.", "{path}必须带时区，实际为{found}。",
))  # fmt: skip
