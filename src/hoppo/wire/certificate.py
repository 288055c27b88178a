"""Certificates and private keys, RSA and SM2, as they come on the wire and in files.

Only what a certificate says is read. Whether it may sign for an enterprise is settled by the
enterprise register, which keeps the fingerprint: nobody outside the customs holds their root.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

import gmssl_pyx
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hoppo.wire import sandbox_sm2
from hoppo.wire.algorithms import SM2_ORDER, Sm2PublicKey
from hoppo.wire.sentence import Sentence, SentenceError
from hoppo.wire.x509_structures import (
    EC_KEY,
    SM2_CURVE,
    EcPrivateKey,
    PrivateKeyInfo,
    PublicKeyInfo,
    ToBeSigned,
)

MOST_BYTES = 16_384
NOT_A_CERTIFICATE = Sentence(
    "This is no X.509 certificate that can be read: {why}.", "无法读取X.509证书：{why}。"
)
NOT_A_KEY = Sentence(
    "This is no unencrypted RSA or SM2 private key in PEM.", "不是未加密的PEM格式RSA或SM2私钥。"
)
TOO_LONG = Sentence(
    "A certificate must not be longer than {most} bytes, found {count}.",
    "证书不得超过{most}字节，实际{count}字节。",
)
BROKEN_PEM = Sentence("{label} is not base64: {why}.", "{label}不是有效的base64：{why}。")
PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s([A-Za-z0-9+/=\s]+)-----END \1-----")


class CertificateError(SentenceError):
    """A certificate or private key cannot be read."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an X.509 certificate says. Who issued it, and whether it was revoked, is not looked at.

    `serial_hex` is written as in KeyName: 8 or 16 hexadecimal digits, longer when the number is.
    `algorithm` is "rsa", "sm2" or the dotted number of a key that signs no customs message.
    """

    subject: str
    serial_hex: str
    not_before: datetime
    not_after: datetime
    algorithm: str
    der: bytes = field(repr=False)
    fingerprint: str
    key: rsa.RSAPublicKey | Sm2PublicKey | None = field(repr=False, compare=False)

    def valid_on(self, moment: datetime) -> bool:
        """Whether an aware moment lies within the certificate's days, both ends included."""
        return self.not_before <= moment <= self.not_after


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """An SM2 secret with its public point."""

    secret: int = field(repr=False)
    point: bytes


def read_certificate(pem_or_der: bytes) -> Certificate:
    """Read an X.509 certificate. Raises CertificateError when it is none."""
    if len(pem_or_der) > MOST_BYTES:
        raise CertificateError(TOO_LONG.filled(count=len(pem_or_der), most=MOST_BYTES))
    return _read_der(_der(pem_or_der, ("CERTIFICATE", "X509 CERTIFICATE")))


@lru_cache(maxsize=256)
def read_private_key(pem: bytes) -> rsa.RSAPrivateKey | Sm2PrivateKey:
    """Read an unencrypted private key, PKCS #8 or the older forms. Raises CertificateError."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return _read_sm2_private_key(pem)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CertificateError(NOT_A_KEY)
    return key


@lru_cache(maxsize=1024)
def _read_der(der: bytes) -> Certificate:
    try:
        read = x509.load_der_x509_certificate(der)
        number = f"{read.serial_number:x}"
        key = _public_key(read)
        names = {rsa.RSAPublicKey: "rsa", Sm2PublicKey: "sm2"}
        kind = next((name for kind, name in names.items() if isinstance(key, kind)), None)
        return Certificate(
            subject=read.subject.rfc4514_string(),
            serial_hex=number.zfill(8 if len(number) <= 8 else max(16, len(number))),  # noqa: PLR2004
            not_before=read.not_valid_before_utc,
            not_after=read.not_valid_after_utc,
            algorithm=kind or read.public_key_algorithm_oid.dotted_string,
            der=der,
            fingerprint=hashlib.sha256(der).hexdigest(),
            key=key,
        )
    except (ValueError, TypeError, UserWarning) as error:
        raise CertificateError(NOT_A_CERTIFICATE.filled(why=error)) from error


def _public_key(read: x509.Certificate) -> rsa.RSAPublicKey | Sm2PublicKey | None:
    if read.public_key_algorithm_oid == EC_KEY:
        return _sm2_public_key(asn1.decode_der(ToBeSigned, read.tbs_certificate_bytes).key)
    try:
        key = read.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, rsa.RSAPublicKey) else None


def _sm2_public_key(tlv: asn1.TLV) -> Sm2PublicKey | None:
    info = asn1.decode_der(PublicKeyInfo, asn1.encode_der(tlv))
    if info.algorithm.curve != SM2_CURVE:
        return None
    try:
        return Sm2PublicKey(gmssl_pyx.normalize_sm2_public_key(info.key.as_bytes()))
    except gmssl_pyx.InvalidValueError as error:
        message = "the SM2 public key is no point of the curve"
        raise ValueError(message) from error


def _read_sm2_private_key(pem: bytes) -> Sm2PrivateKey:
    try:
        if b"BEGIN EC PRIVATE KEY" in pem:
            inner = asn1.decode_der(EcPrivateKey, _der(pem, ("EC PRIVATE KEY",)))
            curve = inner.curve
        else:
            outer = asn1.decode_der(PrivateKeyInfo, _der(pem, ("PRIVATE KEY",)))
            inner = asn1.decode_der(EcPrivateKey, outer.key)
            curve = outer.algorithm.curve
    except ValueError as error:
        raise CertificateError(NOT_A_KEY) from error
    secret = int.from_bytes(inner.secret)
    if curve != SM2_CURVE or not 0 < secret < SM2_ORDER - 1:
        raise CertificateError(NOT_A_KEY)
    return Sm2PrivateKey(secret, sandbox_sm2.public_point(secret))


def _der(text: bytes, labels: tuple[str, ...]) -> bytes:
    """The DER of the first PEM block with one of the labels; the bytes themselves without one."""
    for label, body in PEM.findall(text):
        if label.decode() in labels:
            try:
                return base64.b64decode(b"".join(body.split()), validate=True)
            except binascii.Error as error:
                raise CertificateError(
                    BROKEN_PEM.filled(label=label.decode(), why=error)
                ) from error
    return text
