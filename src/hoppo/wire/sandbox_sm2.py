"""SM2 keys and signatures that come out the same every time: for the sandbox and the simulator.

A simulated day must give the same bytes for the same seed, and GmSSL draws its own random numbers.
This is plain Python, not hardened against timing: never give it a key that matters. Verification
never comes here. Curve, Z value and formulas: GB/T 32918.2 and 32918.5.
"""

import hashlib
import hmac
from functools import lru_cache

from hoppo.wire.algorithms import SM2_ORDER as N
from hoppo.wire.algorithms import Sm2Pair, sm3

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
USER_ID = b"1234567812345678"

Point = tuple[int, int]


def _add(one: Point, two: Point) -> Point:
    """Add two points that are not each other's opposite."""
    (x1, y1), (x2, y2) = one, two
    if one == two:
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


@lru_cache(maxsize=1)
def _multiples() -> list[list[Point]]:
    """For each of 64 hexadecimal digits, 1 to 15 times 16**place times the base point."""
    table, point = [], G
    for _ in range(64):
        row = [point]
        for _ in range(14):
            row.append(_add(row[-1], point))
        table.append(row)
        point = _add(row[-1], point)
    return table


def base_times(scalar: int) -> Point:
    """The base point times a scalar in 1..N-1."""
    total: tuple[int, int, int] | None = None
    for row in _multiples():
        scalar, digit = divmod(scalar, 16)
        if not digit:
            continue
        x2, y2 = row[digit - 1]
        if total is None:
            total = x2, y2, 1
            continue
        # Mixed addition. While the scalar is below N, the sum of the lower digits is never the
        # next term or its opposite, so h is not 0.
        x1, y1, z1 = total
        zz = z1 * z1 % P
        h = (x2 * zz - x1) % P
        slope = (y2 * zz * z1 - y1) % P
        hh = h * h % P
        hhh, v = h * hh % P, x1 * hh % P
        x3 = (slope * slope - hhh - 2 * v) % P
        total = x3, (slope * (v - x3) - y1 * hhh) % P, z1 * h % P
    if total is None:
        message = "the scalar must not be 0"
        raise ValueError(message)
    x, y, z = total
    inverse = pow(z, -1, P)
    square = inverse * inverse % P
    return x * square % P, y * square * inverse % P


def public_point(secret: int) -> bytes:
    """The public key of a secret, x and y, 64 bytes."""
    x, y = base_times(secret)
    return x.to_bytes(32) + y.to_bytes(32)


def secret_from(seed: bytes) -> int:
    """A secret that depends on the seed alone."""
    return 1 + int.from_bytes(hmac.digest(seed, b"hoppo sandbox sm2 key", hashlib.sha512)) % (N - 2)


def sign_with(nonce: int, secret: int, point: bytes, message: bytes) -> Sm2Pair | None:
    """Sign with a given nonce; None where the standard asks for another (1 case in 2**255)."""
    e = int.from_bytes(sm3(_z(point) + message))
    r = (e + base_times(nonce)[0]) % N
    s = pow(1 + secret, -1, N) * (nonce - r * secret) % N
    return Sm2Pair(r=r, s=s) if r and s and r + nonce != N else None


def sign_again(secret: int, point: bytes, message: bytes) -> Sm2Pair:
    """Sign with a nonce drawn from the key and the message, in the manner of RFC 6979."""
    drawn = message
    while True:
        drawn = hmac.digest(secret.to_bytes(32), drawn, hashlib.sha512)
        pair = sign_with(1 + int.from_bytes(drawn) % (N - 1), secret, point, message)
        if pair:
            return pair


def _z(point: bytes) -> bytes:
    """The digest of the signer's id, the curve and the public key."""
    length = (8 * len(USER_ID)).to_bytes(2)
    return sm3(length + USER_ID + b"".join(n.to_bytes(32) for n in (A, B, *G)) + point)
