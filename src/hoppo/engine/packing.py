"""Bodies as they are kept: compressed, then encrypted. XML shrinks to a tenth and less."""

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 1
MAGIC = b"\x28\xb5\x2f\xfd"  # RFC 8878; no XML begins with it


def pack(body: bytes) -> bytes:
    """The compressed body."""
    return zstd.compress(body, LEVEL)


def unpack(kept: bytes) -> bytes:
    """The body; one from before bodies were compressed is as it was."""
    return zstd.decompress(kept) if kept.startswith(MAGIC) else kept
