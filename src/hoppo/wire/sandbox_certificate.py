"""Certificates for the sandbox and the simulator.

Made by us, signed by themselves, and saying so in their subject; a real one comes from the customs'
certificate authority, on a card.
"""

import base64
import hmac
import secrets
from datetime import UTC, datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from hoppo.wire import sandbox_sm2
from hoppo.wire.x509_structures import (
    EC_KEY,
    SM2_CURVE,
    SM2_WITH_SM3,
    EcAlgorithm,
    EcPrivateKey,
    Extension,
    PrivateKeyInfo,
    PublicKeyInfo,
    SignatureAlgorithm,
    Signed,
    ToBeSigned,
    Validity,
)

SANDBOX_UNIT = "Hoppo sandbox - not a customs certificate"
EXTENSIONS: tuple[x509.ExtensionType, ...] = (
    x509.BasicConstraints(ca=False, path_length=None),
    x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=False,
        crl_sign=False, encipher_only=False, decipher_only=False,
    ),
)  # fmt: skip
CertificateAlgorithm = Literal["rsa-sha1", "sm2-sm3"]


def make_certificate(
    common_name: str,
    code: str,
    algorithm: CertificateAlgorithm,
    not_before: datetime,
    not_after: datetime,
    *,
    seed: bytes | None = None,
) -> tuple[bytes, bytes]:
    """Make a self-signed sandbox certificate: the private key and the certificate, both PEM.

    `code` is the enterprise's customs code or USCC; moments are aware. The same seed gives the same
    bytes; only SM2 keys can be made from one. Raises ValueError otherwise.
    """
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, SANDBOX_UNIT),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, code),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    if algorithm == "sm2-sm3":
        return _make_sm2(name, not_before, not_after, seed)
    if seed is not None:
        message = "RSA keys cannot be made from a seed: use sm2-sm3, or leave the seed out"
        raise ValueError(message)
    return _make_rsa(name, not_before, not_after)


def _make_rsa(name: x509.Name, not_before: datetime, not_after: datetime) -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    builder = x509.CertificateBuilder(
        issuer_name=name, subject_name=name, public_key=key.public_key(),
        serial_number=0x10000000 | secrets.randbits(28),
        not_valid_before=not_before, not_valid_after=not_after,
    )  # fmt: skip
    for value in EXTENSIONS:
        builder = builder.add_extension(value, critical=True)
    made = builder.sign(key, hashes.SHA256())
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        made.public_bytes(serialization.Encoding.PEM),
    )


def _make_sm2(
    name: x509.Name, not_before: datetime, not_after: datetime, seed: bytes | None
) -> tuple[bytes, bytes]:
    """Drawn from the seed, or from the system's random source when there is none."""
    source = secrets.token_bytes(32) if seed is None else seed
    secret = sandbox_sm2.secret_from(source)
    point = sandbox_sm2.public_point(secret)
    drawn = hmac.digest(source, b"hoppo sandbox serial" + name.public_bytes(), "sha256")
    algorithm = EcAlgorithm(algorithm=EC_KEY, curve=SM2_CURVE)
    bits = asn1.BitString(b"\x04" + point, 0)
    subject = _any(name.public_bytes())
    extensions = (
        Extension(oid=value.oid, critical=True, value=value.public_bytes()) for value in EXTENSIONS
    )
    validity = Validity(not_before=_time(not_before), not_after=_time(not_after))
    body = asn1.encode_der(ToBeSigned(
        version=2,
        serial=0x1000000000000000 | int.from_bytes(drawn[:8]) >> 4,
        signature=_any(asn1.encode_der(SignatureAlgorithm(algorithm=SM2_WITH_SM3))),
        issuer=subject,
        validity=_any(asn1.encode_der(validity)),
        subject=subject,
        key=_any(asn1.encode_der(PublicKeyInfo(algorithm=algorithm, key=bits))),
        issuer_id=None,
        subject_id=None,
        extensions=[_any(asn1.encode_der(extension)) for extension in extensions],
    ))  # fmt: skip
    pair = sandbox_sm2.sign_again(secret, point, body)
    signed = Signed(
        body=_any(body),
        algorithm=SignatureAlgorithm(algorithm=SM2_WITH_SM3),
        signature=asn1.BitString(asn1.encode_der(pair), 0),
    )
    inner = EcPrivateKey(version=1, secret=secret.to_bytes(32), curve=SM2_CURVE, point=bits)
    outer = PrivateKeyInfo(
        version=0, algorithm=algorithm, key=asn1.encode_der(inner), attributes=None
    )
    return (
        _pem("PRIVATE KEY", asn1.encode_der(outer)),
        _pem("CERTIFICATE", asn1.encode_der(signed)),
    )


def _any(der: bytes) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, der)


def _time(moment: datetime) -> asn1.UTCTime | asn1.GeneralizedTime:
    """RFC 5280: two digits of the year until 2049, four from then on."""
    utc = moment.astimezone(UTC).replace(microsecond=0)
    return asn1.UTCTime(utc) if utc.year < 2050 else asn1.GeneralizedTime(utc)  # noqa: PLR2004


def _pem(label: str, der: bytes) -> bytes:
    body = base64.b64encode(der).decode()
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()
