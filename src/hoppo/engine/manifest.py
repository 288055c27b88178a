"""A copy of a server's files compared with the manifest that was written while it was made.

PostgreSQL's own pg_verifybackup does this too; the embedded package's does not run on every
machine, and a backup that was never verified is none.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

MANIFEST = "backup_manifest"
# What may be there, or be otherwise, without harm: PostgreSQL leaves out the same.
UNLISTED = frozenset({MANIFEST, "postgresql.auto.conf", "recovery.signal", "standby.signal"})
JOURNAL = "pg_wal"


class JournalRange(NamedTuple):
    """A part of the journal that the copy needs to become consistent."""

    timeline: int
    start: str
    end: str


def read_manifest(base: Path) -> dict[str, Any]:
    """The manifest of a copy. Raises ValueError when it is damaged, OSError when not there."""
    body = (base / MANIFEST).read_bytes()
    manifest: dict[str, Any] = json.loads(body)
    signed = body[: body.rindex(b'"Manifest-Checksum"')]
    if hashlib.sha256(signed).hexdigest() != manifest["Manifest-Checksum"]:
        message = f"{MANIFEST} was altered"
        raise ValueError(message)
    return manifest


def journal_ranges(manifest: dict[str, Any]) -> list[JournalRange]:
    """What must be read of the journal."""
    return [
        JournalRange(part["Timeline"], part["Start-LSN"], part["End-LSN"])
        for part in manifest["WAL-Ranges"]
    ]


def faults(base: Path, manifest: dict[str, Any]) -> Iterator[str]:
    """Every file that is not as it was copied: missing, of another size, altered, or strange."""
    listed = set()
    for entry in manifest["Files"]:
        name = entry.get("Path") or bytes.fromhex(entry["Encoded-Path"]).decode("utf-8", "replace")
        listed.add(name)
        if name in UNLISTED:
            continue
        path = base / name
        if not path.is_file():
            yield f"{name} is missing"
        elif path.stat().st_size != entry["Size"]:
            yield f"{name} has {path.stat().st_size} bytes, expected {entry['Size']}"
        elif entry["Checksum-Algorithm"] != "SHA256":
            yield f"{name} has no SHA256 in the manifest"
        elif _sha256(path) != entry["Checksum"]:
            yield f"the checksum of {name} is wrong"
    listed |= UNLISTED
    for path in sorted(base.rglob("*")):
        name = path.relative_to(base).as_posix()
        if path.is_file() and name not in listed and not name.startswith(JOURNAL):
            yield f"{name} is not in the manifest"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
