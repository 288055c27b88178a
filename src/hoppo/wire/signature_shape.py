"""What a customs signature must look like, and the canonical bytes it covers.

Everything that could make two readers see two messages is refused before anything is computed:
a second signature, one elsewhere than under the root, references to parts, comments in values.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from hoppo.wire import algorithms as names
from hoppo.wire import signature_sentences as said
from hoppo.wire.algorithms import Suite
from hoppo.wire.sentence import SentenceError

C14N_FORMS = (names.C14N, names.C14N_WITH_COMMENTS)
DS = f"{{{names.XMLDSIG}}}"
# What may stand before the root of a message whose bytes are looked at as they came: nothing that
# could make the parser read other characters than UTF-8 spells.
AHEAD = re.compile(
    rb'(?:<\?xml version="1\.0"(?: encoding="[Uu][Tt][Ff]-8")?'
    rb'(?: standalone="(?:yes|no)")?[ ]*\?>)?[ \t\n]*+(?=<[^?!])'
)


class SignatureError(SentenceError):
    """The signature does not count."""


@dataclass(frozen=True, slots=True)
class SignedInfo:
    """What a SignedInfo asks to be checked, once its shape is accepted."""

    suite: Suite
    digest: bytes
    habits: tuple[str, ...]


def only_signature(root: etree._Element) -> etree._Element:
    """The one signature, a child of the root. Raises SignatureError for what has two readings."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise SignatureError(said.DOCTYPE)
    signatures: list[etree._Element] = []
    for node in root.iter(f"{DS}Signature", etree.Comment, etree.PI, etree.Entity):
        if isinstance(node.tag, str):
            signatures.append(node)
        elif node.tag is not etree.Comment:
            raise SignatureError(said.INSTRUCTION)
        elif _cuts_a_value(node):
            raise SignatureError(said.COMMENT_IN_VALUE)
    if not signatures:
        raise SignatureError(said.UNSIGNED)
    if len(signatures) > 1:
        raise SignatureError(said.SEVERAL.filled(count=len(signatures)))
    if signatures[0].getparent() is not root:
        raise SignatureError(said.MISPLACED)
    return signatures[0]


def _cuts_a_value(comment: etree._Element) -> bool:
    """Comments are not signed: one inside a value would let readers see half of it."""
    parent = comment.getparent()
    if parent is None:
        return False
    previous = comment.getprevious()
    ahead = parent.text if previous is None else previous.tail
    return parent.tag.startswith(DS) or bool(((ahead or "") + (comment.tail or "")).strip())


def method_of(signature: etree._Element) -> str:
    """Our name of the signature method, or its address when we know none; "" without one."""
    method = signature.find(f"{DS}SignedInfo/{DS}SignatureMethod")
    address = "" if method is None else _algorithm(method)
    return names.METHODS.get(address, address)


def read_signed_info(signature: etree._Element) -> SignedInfo:
    """Check the shape of the signature before anything is computed from it."""
    signed_info = _children(signature, ("SignedInfo", "SignatureValue"), ("KeyInfo",))[0]
    canonicalization, method, reference = _children(
        signed_info, ("CanonicalizationMethod", "SignatureMethod", "Reference")
    )
    transforms, digest_method, digest = _children(
        reference, ("Transforms", "DigestMethod", "DigestValue")
    )
    habits = _check_coverage(reference, transforms, _algorithm(canonicalization))
    pair = _algorithm(method), _algorithm(digest_method)
    suite = names.SUITES.get(pair)
    if suite is None:
        raise SignatureError(said.ALGORITHMS.filled(method=pair[0][:99], digest=pair[1][:99]))
    if suite.habit:
        habits = (*habits, suite.habit)
    return SignedInfo(suite, base64_of(digest, "DigestValue"), habits)


def _check_coverage(
    reference: etree._Element, transforms: etree._Element, canonicalization: str
) -> tuple[str, ...]:
    """The reference must cover the whole message, and nothing else may be done to it."""
    if reference.get("URI") != "":
        raise SignatureError(said.COVERAGE)
    steps = [_algorithm(step) for step in transforms if step.tag == f"{DS}Transform"]
    accepted = ([names.ENVELOPED], *([names.ENVELOPED, form] for form in C14N_FORMS))
    if len(steps) != len(transforms) or steps not in accepted:
        raise SignatureError(said.TRANSFORMS)
    if canonicalization not in C14N_FORMS:
        raise SignatureError(said.CANONICALIZATION.filled(found=canonicalization[:99]))
    commented = names.C14N_WITH_COMMENTS in (canonicalization, *steps)
    return ("c14n-with-comments",) if commented else ()


def _children(
    parent: etree._Element, required: Sequence[str], optional: Sequence[str] = ()
) -> list[etree._Element]:
    """The children, when they are the required ones in order and then at most the optional."""
    found = list(parent)
    shown = [str(child.tag).removeprefix(DS) for child in found]
    if shown not in ([*required], [*required, *optional]):
        raise SignatureError(said.SHAPE.filled(
            parent=parent.tag.removeprefix(DS),
            wanted=", ".join([*required, *optional]),
            found=", ".join(shown)[:200] or "nothing",
        ))  # fmt: skip
    return found


def _algorithm(element: etree._Element) -> str:
    """The Algorithm named; an element with parameters inside names none that is accepted."""
    return element.get("Algorithm", "") if len(element) == 0 else ""


def base64_of(element: etree._Element, name: str) -> bytes:
    """The bytes an element holds in base64. Raises SignatureError when it holds none."""
    text = "".join((element.text or "").split())
    try:
        value = base64.b64decode(text, validate=True) if len(element) == 0 else b""
    except (binascii.Error, ValueError):
        value = b""
    if not value:
        raise SignatureError(said.NOT_BASE64.filled(name=name))
    return value


def digest_candidates(
    root: etree._Element, signature: etree._Element, suite: Suite
) -> list[tuple[str, bytes]]:
    """The digests of the root without its signature: as it stands (""), then by habit."""
    start, end = _around(root, signature)
    before, after = start.rstrip(b" \t\n"), end.lstrip(b" \t\n")
    head, tail = start[len(before) :], end[: len(end) - len(after)]
    forms = {head + tail: ""}
    if before.endswith(b">") and after.startswith(b"<"):
        forms.setdefault(head, "tail-dropped")
        forms.setdefault(tail, "head-dropped")
        forms.setdefault(b"", "white-space-dropped")
        forms.setdefault(b"\n", "one-newline")
    found = names.digests(suite, before, tuple(forms), after)
    return list(zip(forms.values(), found, strict=True))


def digest_as_sent(text: bytes, signature: etree._Element, suite: Suite) -> bytes | None:
    """The digest of a message's bytes as they came, without the signature; None where unsafe.

    When it equals the signed digest, those bytes are the canonical form that was signed, and
    nothing has to be made canonical: most of the cost of checking a large message. "<" stands only
    in front of markup here too, since a text with a comment, CDATA or DOCTYPE is not looked at.
    """
    ahead = AHEAD.match(text)
    if ahead is None or b"<!" in text:
        return None
    parts = _parted_by(signature, text[ahead.end() :].rstrip(b" \t\n"))
    return None if parts is None else next(names.digests(suite, parts[0], (b"",), parts[1]))


def _around(root: etree._Element, signature: etree._Element) -> tuple[bytes, bytes]:
    """The canonical root before and after its signature.

    The signature is cut out of the canonical text, so that the tree need not be touched. In that
    text "<" stands only in front of markup, and the caller has refused all but elements.
    """
    parts = _parted_by(signature, canonical(root))
    if parts is None:
        raise SignatureError(said.LOOKALIKE)
    return parts


def _parted_by(signature: etree._Element, text: bytes) -> tuple[bytes, bytes] | None:
    """What stands before and after the one signature in a text; None where it is not one."""
    prefix = f"{signature.prefix}:" if signature.prefix else ""
    name = re.escape(f"{prefix}Signature".encode())
    starts = [found.start() for found in re.finditer(b"<" + name + b"[ >]", text)]
    ends = [found.end() for found in re.finditer(b"</" + name + b">", text)]
    if len(starts) != 1 or len(ends) != 1 or starts[0] > ends[0]:
        return None
    return text[: starts[0]], text[ends[0] :]


def canonical(element: etree._Element) -> bytes:
    """Inclusive C14N 1.0 without comments. Raises SignatureError for what has no such form."""
    try:
        return etree.tostring(element, method="c14n", with_comments=False, with_tail=False)
    except (etree.C14NError, ValueError) as error:
        raise SignatureError(said.NO_CANONICAL_FORM.filled(why=error)) from error
