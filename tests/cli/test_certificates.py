"""Certificates that have run out, or will: said at start, by whose and on which day."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.cli.served import HOPPO, Served, free_port

from hoppo.cli.serve import certificate_warnings
from hoppo.cli.tls import check_tls
from hoppo.commerce.register import Enterprise, register
from hoppo.engine.database import Database
from hoppo.wire.sandbox_certificate import make_certificate

NOW = datetime(2026, 6, 18, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def door_certificate(folder: Path, since: datetime, until: datetime) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    (folder / "door.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "door.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "door.pem", folder / "door.key"


def refused(certificate: Path | None, key: Path | None) -> str:
    with pytest.raises(click.ClickException) as caught:
        check_tls(certificate, key, NOW)
    assert caught.value.exit_code == 2
    return caught.value.message


def test_a_certificate_in_force_is_served_without_a_word(tmp_path: Path) -> None:
    assert check_tls(*door_certificate(tmp_path, NOW - DAY, NOW + 90 * DAY), NOW) is None
    assert check_tls(None, None, NOW) is None


def test_the_door_is_not_opened_with_what_cannot_serve(tmp_path: Path) -> None:
    old, old_key = door_certificate(tmp_path / "old", NOW - 9 * DAY, NOW - DAY)
    young, young_key = door_certificate(tmp_path / "young", NOW + DAY, NOW + 9 * DAY)
    good, good_key = door_certificate(tmp_path / "good", NOW - DAY, NOW + 90 * DAY)
    assert "ran out on 2026-06-17" in refused(old, old_key)
    assert "begins on 2026-06-19" in refused(young, young_key)
    assert "belongs to" in refused(good, old_key)
    assert "belongs to" in refused(good, good)
    assert "expected one in PEM" in refused(good_key, good_key)
    assert "cannot be read" in refused(tmp_path / "nowhere.pem", good_key)
    assert "together" in refused(good, None)


def test_a_certificate_that_has_run_out_ends_the_start(tmp_path: Path) -> None:
    pem, key = door_certificate(tmp_path, NOW - 9 * DAY, NOW - DAY)
    ran = subprocess.run(
        [str(HOPPO), "serve", "--port", str(free_port()), "--data", str(tmp_path / "data"),
         "--tls-certificate", str(pem), "--tls-key", str(key)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1
    assert "ran out on 2026-06-17" in ran.stderr
    assert not (tmp_path / "data").exists()


def test_a_locked_key_is_refused_without_asking(tmp_path: Path) -> None:
    good, key = door_certificate(tmp_path, NOW - DAY, NOW + 90 * DAY)
    locked = serialization.load_pem_private_key(key.read_bytes(), None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"a password"),
    )
    key.write_bytes(locked)
    assert "unencrypted" in refused(good, key)


def test_the_door_warns_a_month_before(tmp_path: Path) -> None:
    warning = check_tls(*door_certificate(tmp_path, NOW - DAY, NOW + 5 * DAY), NOW)
    assert "runs out on 2026-06-23" in (warning or "")


@pytest.mark.database
def test_enterprises_whose_certificate_runs_out_are_named(database: Database) -> None:
    days = {"4401000001": -2, "4401000002": 29, "4401000003": 31}
    entries = [
        Enterprise(
            code, "测试", frozenset({"declarant"}), "registered", pem.decode(),
            active=True, sandbox=False,
        )
        for code, left in days.items()
        for _, pem in [make_certificate("测试", code, "sm2-sm3", NOW - 99 * DAY, NOW + left * DAY)]
    ]  # fmt: skip
    with database.connect() as connection:
        register(connection, entries)
    over, soon = certificate_warnings(database, NOW)
    assert "4401000001 ran out on 2026-06-16" in over
    assert "4401000002 runs out on 2026-07-17" in soon


@pytest.mark.database
def test_https_is_served(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    pem, key = door_certificate(tmp_path, now - DAY, now + 90 * DAY)
    served = Served(
        tmp_path / "data", "--tls-certificate", str(pem), "--tls-key", str(key), tls=pem
    )
    try:
        assert json.loads(served.get("/healthz")[1])["status"] == "ok"
    finally:
        served.stop()
