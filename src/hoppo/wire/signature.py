"""Check and make the enveloped XML signature of a customs message (202205, `ds:Signature`).

The digest is taken over the canonical root without its signature; the signature over the canonical
SignedInfo. Clients in the field disagree about the white space around and inside the signature, so
a few forms are tried; each habit that was needed is named in the notes. None of them lets a value
change: only white space between elements beside and inside the signature.
"""

import base64
import codecs
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Literal

import gmssl_pyx
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from lxml import etree

from hoppo.wire import algorithms as names
from hoppo.wire import sandbox_sm2
from hoppo.wire import signature_sentences as said
from hoppo.wire.algorithms import (
    Sm2Pair,
    Sm2PublicKey,
    Suite,
    raw_sm2_signature,
    read_sm2_signature,
    rsa_verifies,
    sm2_verifies,
)
from hoppo.wire.certificate import (
    Certificate,
    CertificateError,
    Sm2PrivateKey,
    read_certificate,
    read_private_key,
)
from hoppo.wire.sentence import SentenceError
from hoppo.wire.signature_shape import (
    DS,
    SignatureError,
    base64_of,
    canonical,
    digest_as_sent,
    digest_candidates,
    method_of,
    only_signature,
    read_signed_info,
)

NAMES = {"rsa-sha1": (names.RSA_SHA1, names.SHA1), "sm2-sm3": (names.SM2_SM3, names.SM3)}
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking a signature found.

    `valid` says that the holder of the certificate's key signed this content; whether that
    certificate may sign for the sender is the enterprise register's to say. `algorithm` is
    "rsa-sha1", "rsa-sha256", "sm2-sm3", an unknown method's own address, or "" without a
    signature. `notes` are names in HABITS of signature_sentences. Reasons are empty when valid.
    """

    valid: bool
    algorithm: str
    certificate_der: bytes | None
    key_name: str | None
    notes: tuple[str, ...]
    reason_en: str
    reason_zh: str
    readable_certificate: bool


@dataclass(slots=True)
class _Found:
    """What is known of a signature while it is being checked."""

    algorithm: str = ""
    certificate: Certificate | None = None
    key_name: str | None = None
    notes: list[str] = field(default_factory=list)

    def verdict(self, refusal: SignatureError | None) -> Verification:
        return Verification(
            valid=refusal is None,
            algorithm=self.algorithm,
            certificate_der=self.certificate.der if self.certificate else None,
            key_name=self.key_name,
            notes=tuple(self.notes),
            reason_en=refusal.sentence.en if refusal else "",
            reason_zh=refusal.sentence.zh if refusal else "",
            readable_certificate=self.certificate is not None,
        )


def verify(
    root: etree._Element, *, moment: datetime | None = None, sent: bytes = b""
) -> Verification:
    """Check the signature of a parsed message; the tree is left as it is.

    `sent` may be the bytes it was parsed from: then a message that came in canonical form is
    checked faster. With an aware `moment` the certificate must be within its days then. Whatever is
    wrong with the signature or its certificate comes back as the reason: content raises nothing.
    """
    found = _Found()
    try:
        signature = only_signature(root)
        unreadable = _read_key_info(signature, found)
        found.algorithm = method_of(signature)
        signed = read_signed_info(signature)
        found.notes.extend(signed.habits)
        if unreadable:
            raise unreadable
        if digest_as_sent(sent, signature, signed.suite) != signed.digest:
            _check_digest(root, signature, signed.suite, signed.digest, found.notes)
        _check_signature(signature, signed.suite, found)
        _check_days(found.certificate, moment)
    except SignatureError as refusal:
        return found.verdict(refusal)
    return found.verdict(None)


def _read_key_info(signature: etree._Element, found: _Found) -> SignatureError | None:
    """Read KeyName and the certificate; why there is none to use, if there is none."""
    name = signature.findtext(f"{DS}KeyInfo/{DS}KeyName")
    found.key_name = (name or "").strip()[:64] or None
    sent = signature.findall(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate")
    if not sent:
        return SignatureError(said.NO_CERTIFICATE)
    try:
        found.certificate = read_certificate(base64_of(sent[0], "X509Certificate"))
    except CertificateError as fault:
        return SignatureError(fault.sentence)
    except SignatureError as refusal:
        return refusal
    if len(sent) > 1:
        found.notes.append("several-certificates")
    if found.key_name and not _names(found.key_name, found.certificate):
        found.notes.append("key-name-differs")
    return None


def _names(key_name: str, certificate: Certificate) -> bool:
    return key_name.lower().lstrip("0") == certificate.serial_hex.lstrip("0")


def _check_digest(
    root: etree._Element,
    signature: etree._Element,
    suite: Suite,
    digest_value: bytes,
    notes: list[str],
) -> None:
    for habit, digest in digest_candidates(root, signature, suite):
        if digest == digest_value:
            notes.extend([habit] if habit else [])
            return
    raise SignatureError(said.CONTENT_CHANGED)


def _check_signature(signature: etree._Element, suite: Suite, found: _Found) -> None:
    value = base64_of(signature[1], "SignatureValue")
    octets = canonical(signature[0])
    compact = re.sub(rb">[ \t\n]+<", b"><", octets)
    key = found.certificate.key if found.certificate else None
    if isinstance(key, RSAPublicKey) and suite.name != "sm2-sm3":
        holds = partial(rsa_verifies, key, value, name=suite.name)
    elif isinstance(key, Sm2PublicKey) and suite.name == "sm2-sm3":
        holds = partial(sm2_verifies, key, _sm2_pair(value, found.notes))
    else:
        kind = found.certificate.algorithm if found.certificate else ""
        raise SignatureError(said.KEY_KIND.filled(method=suite.name, kind=kind))
    if holds(octets=octets):
        return
    if compact != octets and holds(octets=compact):
        found.notes.append("signed-info-compact")
        return
    raise SignatureError(said.OTHER_KEY)


def _sm2_pair(value: bytes, notes: list[str]) -> Sm2Pair:
    read = read_sm2_signature(value)
    if read is None:
        raise SignatureError(said.NOT_SM2.filled(count=len(value)))
    notes.extend(["sm2-signature-der"] if read[1] else [])
    return read[0]


def _check_days(certificate: Certificate | None, moment: datetime | None) -> None:
    if moment is None or certificate is None or certificate.valid_on(moment):
        return
    days = said.OUT_OF_DAYS.filled(
        since=certificate.not_before.date(), until=certificate.not_after.date(), moment=moment
    )
    raise SignatureError(days)


class SignError(SentenceError):
    """The message cannot be signed."""


def sign(
    data: bytes,
    *,
    private_key_pem: bytes,
    certificate_pem: bytes,
    algorithm: Literal["rsa-sha1", "sm2-sm3"],
    before: str | None = None,
    reproducible: bool = False,
) -> bytes:
    """Sign an XML message; the signature goes in without any white space around it.

    It becomes the last child of the root, as in import messages, or stands in front of the child
    with the local name `before` when there is one, as export messages ask ("ExtendMessage").
    `reproducible` makes SM2 signatures that depend on key and content alone; it is for the sandbox,
    see `sandbox_sm2`. Raises SignError, or CertificateError for what key or certificate lack.
    """
    key, certificate = read_private_key(private_key_pem), read_certificate(certificate_pem)
    _check_pair(key, certificate, algorithm)
    root = _parse(data)
    if root.find(f".//{DS}Signature") is not None:
        raise SignError(said.SIGNED_ALREADY)
    method, digest_method = NAMES[algorithm]
    signature = _unsigned(method, digest_method, certificate)
    place = next((n for n, child in enumerate(root) if _local(child) == before), len(root))
    root.insert(place, signature)
    suite = names.SUITES[method, digest_method]
    try:
        digest = digest_candidates(root, only_signature(root), suite)[0][1]
        signature[0][2][2].text = base64.b64encode(digest).decode()
        value = _sign_octets(key, canonical(signature[0]), reproducible=reproducible)
    except SignatureError as refusal:
        raise SignError(refusal.sentence) from refusal
    signature[1].text = base64.b64encode(value).decode()
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return mark + DECLARATION + etree.tostring(root.getroottree(), encoding="UTF-8")


def _parse(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, strip_cdata=False
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SignError(said.BROKEN_XML.filled(why=error)) from error


def _local(node: etree._Element) -> str | None:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else None


def _check_pair(
    key: RSAPrivateKey | Sm2PrivateKey, certificate: Certificate, algorithm: str
) -> None:
    """Refuse a key that is not the certificate's, or not the algorithm's."""
    public = key.public_key() if isinstance(key, RSAPrivateKey) else Sm2PublicKey(key.point)
    if public != certificate.key:
        raise SignError(said.NOT_A_PAIR)
    if isinstance(key, RSAPrivateKey) != (algorithm == "rsa-sha1"):
        raise SignError(said.KEY_KIND.filled(method=algorithm, kind=certificate.algorithm))


def _unsigned(method: str, digest: str, certificate: Certificate) -> etree._Element:
    """A signature with everything in place but the two values."""
    body = base64.b64encode(certificate.der).decode()
    return etree.fromstring(
        f'<ds:Signature xmlns:ds="{names.XMLDSIG}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{names.C14N}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/>'
        f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{names.ENVELOPED}"/>'
        f'</ds:Transforms><ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/>'
        f"</ds:Reference></ds:SignedInfo><ds:SignatureValue/>"
        f"<ds:KeyInfo><ds:KeyName>{certificate.serial_hex}</ds:KeyName>"
        f"<ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data>"
        f"</ds:KeyInfo></ds:Signature>"
    )


def _sign_octets(key: RSAPrivateKey | Sm2PrivateKey, octets: bytes, *, reproducible: bool) -> bytes:
    if isinstance(key, RSAPrivateKey):
        return key.sign(octets, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the wire's
    if reproducible:
        return raw_sm2_signature(sandbox_sm2.sign_again(key.secret, key.point, octets))
    der = gmssl_pyx.sm2_sign(key.secret.to_bytes(32), key.point, octets)
    return raw_sm2_signature(asn1.decode_der(Sm2Pair, der))
