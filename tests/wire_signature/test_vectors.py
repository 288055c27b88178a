"""Published vectors of SM3 and SM2, and sandbox keys and certificates against them."""

from datetime import UTC, datetime, timedelta

import gmssl_pyx
import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hoppo.wire import sandbox_sm2
from hoppo.wire.algorithms import (
    SM2_ORDER,
    Sm2Pair,
    Sm2PublicKey,
    raw_sm2_signature,
    read_sm2_signature,
    sm2_verifies,
    sm3,
)
from hoppo.wire.certificate import (
    CertificateError,
    Sm2PrivateKey,
    read_certificate,
    read_private_key,
)
from hoppo.wire.sandbox_certificate import SANDBOX_UNIT, CertificateAlgorithm, make_certificate
from hoppo.wire.x509_structures import Signed

# GB/T 32918.5, A.2: recommended curve, message, secret, nonce, public key and signature.
SECRET = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
POINT = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
MESSAGE = b"message digest"

SINCE = datetime(2022, 1, 1, tzinfo=UTC)
UNTIL = datetime(2052, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        # GB/T 32905, A.1 and A.2
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_published_digest(message: bytes, digest: str) -> None:
    assert sm3(message).hex() == digest


def test_the_published_sm2_signature_verifies() -> None:
    key, pair = Sm2PublicKey(POINT), Sm2Pair(r=R, s=S)
    assert sm2_verifies(key, pair, MESSAGE)
    assert not sm2_verifies(key, pair, MESSAGE + b".")
    assert not sm2_verifies(key, Sm2Pair(r=R, s=S - 1), MESSAGE)


def test_the_sandbox_signer_reproduces_the_published_signature() -> None:
    assert sandbox_sm2.public_point(SECRET) == POINT
    pair = sandbox_sm2.sign_with(NONCE, SECRET, POINT, MESSAGE)
    assert pair
    assert (pair.r, pair.s) == (R, S)


def test_sandbox_signatures_repeat_and_verify_with_the_library() -> None:
    for number in range(20):
        secret = sandbox_sm2.secret_from(b"seed %d" % number)
        point = sandbox_sm2.public_point(secret)
        one, two = (sandbox_sm2.sign_again(secret, point, b"%d" % number) for _ in range(2))
        assert raw_sm2_signature(one) == raw_sm2_signature(two)
        assert gmssl_pyx.sm2_verify(point, b"%d" % number, asn1.encode_der(one))


def test_the_base_point_is_multiplied_rightly_at_the_edges() -> None:
    x, y = sandbox_sm2.base_times(1)
    assert (x, y) == sandbox_sm2.G
    assert sandbox_sm2.base_times(SM2_ORDER - 1) == (x, sandbox_sm2.P - y)
    x, y = sandbox_sm2.base_times(2)
    assert sandbox_sm2.base_times(SM2_ORDER - 2) == (x, sandbox_sm2.P - y)
    with pytest.raises(ValueError, match="must not be 0"):
        sandbox_sm2.base_times(0)


def test_raw_and_der_signatures_are_read_and_nonsense_is_not() -> None:
    pair = Sm2Pair(r=R, s=S)
    for value, der in ((raw_sm2_signature(pair), False), (asn1.encode_der(pair), True)):
        read = read_sm2_signature(value)
        assert read
        assert (read[0].r, read[0].s, read[1]) == (R, S, der)
    for value in (b"", b"0", bytes(64), b"\xff" * 64, bytes(128), b"\x30\x06\x02\x01\x00"):
        assert read_sm2_signature(value) is None


def test_a_seed_gives_the_same_sm2_certificate_and_another_seed_another() -> None:
    made = [
        make_certificate("Test Trader", "4401000001", "sm2-sm3", SINCE, UNTIL, seed=seed)
        for seed in (b"1", b"1", b"2", None, None)
    ]
    assert made[0] == made[1]
    assert len(set(made)) == 4


def test_an_rsa_key_from_a_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="sm2-sm3"):
        make_certificate("Test", "4401000001", "rsa-sha1", SINCE, UNTIL, seed=b"1")


@pytest.mark.parametrize("algorithm", ["sm2-sm3", "rsa-sha1"])
def test_a_sandbox_certificate_says_what_it_is(algorithm: CertificateAlgorithm) -> None:
    key, pem = make_certificate("测试企业", "440100000X", algorithm, SINCE, UNTIL)
    read = read_certificate(pem)
    assert read == read_certificate(read.der)
    assert "测试企业" in read.subject
    assert "440100000X" in read.subject
    assert SANDBOX_UNIT in read.subject
    assert (read.not_before, read.not_after) == (SINCE, UNTIL)
    assert read.algorithm == algorithm[:3]
    assert len(read.serial_hex) == (16 if algorithm == "sm2-sm3" else 8)
    assert len(read.fingerprint) == 64
    secret = read_private_key(key)
    public = (
        secret.public_key() if isinstance(secret, RSAPrivateKey) else Sm2PublicKey(secret.point)
    )
    assert public == read.key


def test_a_certificate_is_valid_from_its_first_to_its_last_moment() -> None:
    read = read_certificate(make_certificate("T", "C", "sm2-sm3", SINCE, UNTIL, seed=b"1")[1])
    second = timedelta(seconds=1)
    days = {SINCE - second: False, SINCE: True, UNTIL: True, UNTIL + second: False}
    assert {moment: read.valid_on(moment) for moment in days} == days


def test_a_sandbox_sm2_certificate_is_signed_by_its_own_key() -> None:
    read = read_certificate(make_certificate("T", "C", "sm2-sm3", SINCE, UNTIL, seed=b"1")[1])
    signed = asn1.decode_der(Signed, read.der)
    assert isinstance(read.key, Sm2PublicKey)
    assert gmssl_pyx.sm2_verify(
        read.key.point,
        x509.load_der_x509_certificate(read.der).tbs_certificate_bytes,
        signed.signature.as_bytes(),
    )


def test_private_keys_do_not_show_in_representations() -> None:
    key = read_private_key(make_certificate("T", "C", "sm2-sm3", SINCE, UNTIL, seed=b"1")[0])
    assert isinstance(key, Sm2PrivateKey)
    assert str(key.secret) not in repr(key)


def test_what_is_no_certificate_is_said_so() -> None:
    for data in (
        b"",
        b"junk",
        b"0" * 20_000,
        b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----",
    ):
        with pytest.raises(CertificateError):
            read_certificate(data)


def test_what_is_no_private_key_is_said_so() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for data in (b"", b"junk", other):
        with pytest.raises(CertificateError, match="private key"):
            read_private_key(data)
