"""The algorithms a customs signature may name, and the checks under them.

RSA with SHA-1 is what cards issued before 2022 make; SM2 with SM3 (GB/T 32918, GB/T 32905) is what
the 202205 edition asks for. RSA is checked by `cryptography`, SM2 by GmSSL through `gmssl_pyx`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import gmssl_pyx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
CHINAPORT = "http://www.chinaport.gov.cn/2022/04/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_WITH_COMMENTS = C14N + "#WithComments"
ENVELOPED = XMLDSIG + "enveloped-signature"

RSA_SHA1 = XMLDSIG + "rsa-sha1"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SM2_SM3 = CHINAPORT + "sm2-sm3"
SM2_SM3_FIELD = XMLDSIG + "sm2-sm3"
SHA1 = XMLDSIG + "sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SM3 = CHINAPORT + "sm3"

SM2_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
RAW_SM2_LENGTH = 64

Algorithm = Literal["rsa-sha1", "rsa-sha256", "sm2-sm3"]


@dataclass(frozen=True, slots=True)
class Suite:
    """A signature method with a digest method that may go with it.

    `habit` names what is unusual about the pair; None when it is the official one.
    """

    name: Algorithm
    digest: type[hashes.SHA1] | type[hashes.SHA256] | type[hashes.SM3]
    habit: str | None = None


SUITES: dict[tuple[str, str], Suite] = {
    (RSA_SHA1, SHA1): Suite("rsa-sha1", hashes.SHA1),
    (RSA_SHA256, SHA256): Suite("rsa-sha256", hashes.SHA256, "rsa-sha256"),
    (SM2_SM3, SM3): Suite("sm2-sm3", hashes.SM3),
    (SM2_SM3, SHA1): Suite("sm2-sm3", hashes.SHA1, "sha1-digest-with-sm2"),
    (SM2_SM3_FIELD, SHA1): Suite("sm2-sm3", hashes.SHA1, "sm2-method-of-the-field"),
    (SM2_SM3_FIELD, SM3): Suite("sm2-sm3", hashes.SM3, "sm2-method-of-the-field"),
}
METHODS: dict[str, str] = {
    RSA_SHA1: "rsa-sha1",
    RSA_SHA256: "rsa-sha256",
    SM2_SM3: "sm2-sm3",
    SM2_SM3_FIELD: "sm2-sm3",
}


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point on the SM2 curve: x and y, 32 bytes each."""

    point: bytes


@asn1.sequence
class Sm2Pair:
    """The DER form of an SM2 signature."""

    r: int
    s: int


def sm3(data: bytes) -> bytes:
    """The SM3 digest (GB/T 32905), 32 bytes."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def read_sm2_signature(value: bytes) -> tuple[Sm2Pair, bool] | None:
    """Read r and s, and whether they came as DER; None when they are no SM2 signature.

    The customs' form is the raw 64 bytes; some signing programs leave DER.
    """
    raw = len(value) == RAW_SM2_LENGTH
    if raw:
        pair = Sm2Pair(r=int.from_bytes(value[:32]), s=int.from_bytes(value[32:]))
    else:
        try:
            pair = asn1.decode_der(Sm2Pair, value)
        except ValueError:
            return None
    # GmSSL complains on standard error about values out of range: they never reach it.
    if not (0 < pair.r < SM2_ORDER and 0 < pair.s < SM2_ORDER):
        return None
    return pair, not raw


def raw_sm2_signature(pair: Sm2Pair) -> bytes:
    """The 64 bytes r and s that the customs' form asks for."""
    return pair.r.to_bytes(32) + pair.s.to_bytes(32)


def sm2_verifies(key: Sm2PublicKey, pair: Sm2Pair, octets: bytes) -> bool:
    """Whether an SM2 signature with the default user id holds over the octets.

    For one that does not, GmSSL writes two lines of its own source positions to standard error;
    they hold no data, and the library has no switch for them.
    """
    try:
        return bool(gmssl_pyx.sm2_verify(key.point, octets, asn1.encode_der(pair)))
    except gmssl_pyx.GmsslInnerError:
        return False


def rsa_verifies(key: RSAPublicKey, value: bytes, octets: bytes, name: Algorithm) -> bool:
    """Whether a PKCS #1 v1.5 signature holds over the octets."""
    digest = hashes.SHA1() if name == "rsa-sha1" else hashes.SHA256()  # noqa: S303 - the wire's
    try:
        key.verify(value, octets, padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


def digests(suite: Suite, start: bytes, middles: tuple[bytes, ...], end: bytes) -> Iterator[bytes]:
    """The digest of start + middle + end for each middle, hashing the start only once."""
    common = hashes.Hash(suite.digest())
    common.update(start)
    for middle in middles:
        digest = common.copy()
        digest.update(middle)
        digest.update(end)
        yield digest.finalize()
