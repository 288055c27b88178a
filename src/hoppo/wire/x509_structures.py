"""The ASN.1 structures around an SM2 key: RFC 5280, 5208, 5915 and GM/T 0006.

`cryptography` reads X.509 but knows no SM2 key, so what it will not open is declared here.
"""

from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1

EC_KEY = x509.ObjectIdentifier("1.2.840.10045.2.1")
SM2_CURVE = x509.ObjectIdentifier("1.2.156.10197.1.301")
SM2_WITH_SM3 = x509.ObjectIdentifier("1.2.156.10197.1.501")


@asn1.sequence
class EcAlgorithm:
    """A key algorithm with its curve."""

    algorithm: x509.ObjectIdentifier
    curve: x509.ObjectIdentifier


@asn1.sequence
class PublicKeyInfo:
    """The public key in a certificate."""

    algorithm: EcAlgorithm
    key: asn1.BitString


@asn1.sequence
class SignatureAlgorithm:
    """How a certificate is signed."""

    algorithm: x509.ObjectIdentifier


@asn1.sequence
class Validity:
    """The first and last moment of a certificate."""

    not_before: asn1.UTCTime | asn1.GeneralizedTime
    not_after: asn1.UTCTime | asn1.GeneralizedTime


@asn1.sequence
class ToBeSigned:
    """The part of a certificate that is signed."""

    version: Annotated[int, asn1.Explicit(0), asn1.Default(0)]
    serial: int
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    key: asn1.TLV
    issuer_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Explicit(3)]


@asn1.sequence
class Extension:
    """One extension of a certificate."""

    oid: x509.ObjectIdentifier
    critical: Annotated[bool, asn1.Default(False)]  # noqa: FBT003 - a DER default
    value: bytes


@asn1.sequence
class Signed:
    """A certificate."""

    body: asn1.TLV
    algorithm: SignatureAlgorithm
    signature: asn1.BitString


@asn1.sequence
class EcPrivateKey:
    """A secret with its public point."""

    version: int
    secret: bytes
    curve: Annotated[x509.ObjectIdentifier | None, asn1.Explicit(0)]
    point: Annotated[asn1.BitString | None, asn1.Explicit(1)]


@asn1.sequence
class PrivateKeyInfo:
    """PKCS #8 around an EC private key."""

    version: int
    algorithm: EcAlgorithm
    key: bytes
    attributes: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]
