"""The door's own certificate: that its file, its key and its days are right, said at start."""

import ssl
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from hoppo.cli.registering import read_file, unusable

SOON = timedelta(days=30)


def check_tls(certificate: Path | None, key: Path | None, now: datetime) -> str | None:
    """Refuse files that cannot serve TLS at this moment; returns a warning when days run short."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise unusable("give --tls-certificate and --tls-key together")
    pem = read_file(certificate)
    read_file(key)
    try:
        found = x509.load_pem_x509_certificates(pem)[0]
    except ValueError as fault:
        raise unusable(
            f"{certificate}: found no certificate, expected one in PEM, the server's own first"
        ) from fault
    day = f"{found.not_valid_after_utc:%Y-%m-%d}"
    if found.not_valid_after_utc < now:
        raise unusable(f"{certificate}: this certificate ran out on {day}; put a new one there")
    if found.not_valid_before_utc > now:
        raise unusable(
            f"{certificate}: this certificate begins on {found.not_valid_before_utc:%Y-%m-%d};"
            " check the clock, or put one there that is in force"
        )
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            certificate, key, password=_no_password
        )
    except (ssl.SSLError, ValueError) as fault:
        raise unusable(
            f"{key}: found no unencrypted private key in PEM that belongs to {certificate};"
            " name the key it was issued for"
        ) from fault
    if found.not_valid_after_utc < now + SOON:
        return f"{certificate}: the door's own certificate runs out on {day}."
    return None


def _no_password() -> str:
    """Nobody is asked at the terminal."""
    return ""
