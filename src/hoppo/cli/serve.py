"""`hoppo serve`: the HTTP door and the workers behind it."""

import os
import socket
import time
from datetime import UTC, datetime
from logging import ERROR, WARNING
from pathlib import Path
from typing import Any, NamedTuple

import click
from granian import Granian
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels

from hoppo.api.open_database import KEY_FILE_VARIABLE
from hoppo.cli.options import database_options, end_cleanly_when_told, kept_database
from hoppo.cli.registering import unusable
from hoppo.cli.supervising import LOG, Clock, announce, worked, write_log
from hoppo.cli.tls import SOON, check_tls
from hoppo.commerce.register import read_register
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.engine.address import URL_VARIABLE
from hoppo.engine.database import Database, open_database
from hoppo.engine.tracing import check_tracing
from hoppo.engine.watching import Style, tell
from hoppo.wire.certificate import CertificateError, read_certificate

REST_SECONDS = 1.0
LEAST_LETTERS = 16  # different characters of a secret
FILE = click.Path(dir_okay=False, path_type=Path)


class Parts(NamedTuple):
    """What a house is put together from: what answers HTTP, and the workers' clock, if not real.

    With a certificate and its key the door speaks HTTPS.
    """

    application: str = "hoppo.api.wsgi:application"
    clock: Clock | None = None
    certificate: Path | None = None
    key: Path | None = None


USUAL = Parts()


def check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be served or is served already.

    The server binds in a way that lets another process share its port without a word.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as fault:
        raise unusable(
            f"{host}:{port} cannot be served: {fault.strerror or fault}; choose --host and --port"
        ) from fault


def check_production() -> None:
    """Refuse a house that says it is in production (HOPPO_SECURE=1) and is not made for it."""
    if os.environ.get("HOPPO_SECURE") != "1":
        return
    given = os.environ.get("HOPPO_SECRET_KEY")
    if given is not None and len(set(given)) < LEAST_LETTERS:
        raise unusable(
            "HOPPO_SECRET_KEY is too easy to guess: leave it out, and it is derived from the master"
            " key, or give 50 random characters."
        )
    if not os.environ.get("HOPPO_HOSTS", "").strip(" ,*"):
        raise unusable(
            "HOPPO_SECURE=1 needs HOPPO_HOSTS: the names under which the window is reached,"
            " parted by commas, for example HOPPO_HOSTS=window.example.org"
        )


def certificate_warnings(database: Database, now: datetime) -> list[str]:
    """A sentence for each enterprise whose certificate has run out, or will within a month."""
    warnings = []
    with database.connect() as connection:
        for entry in read_register(connection).values():
            if not entry.certificate:
                continue
            try:
                until = read_certificate(entry.certificate.encode()).not_after
            except CertificateError as fault:
                warnings.append(f"The certificate of {entry.code} cannot be read: {fault}")
                continue
            day = f"{until:%Y-%m-%d}"
            if until < now:
                warnings.append(
                    f"The certificate of {entry.code} ran out on {day}: its lists are refused."
                    " Load a new one: hoppo enterprise load."
                )
            elif until < now + SOON:
                warnings.append(f"The certificate of {entry.code} runs out on {day}.")
    return warnings


def run_server(
    database: Database, host: str, port: int, workers: int = 1, style: Style = "text",
    parts: Parts = USUAL,
) -> None:  # fmt: skip
    """Serve until interrupted."""
    write_log(style)
    check_tracing()
    for warning in certificate_warnings(database, datetime.now(UTC)):
        tell(warning, level=WARNING)
    os.environ[URL_VARIABLE] = database.url
    os.environ[KEY_FILE_VARIABLE] = str(database.key_file)
    os.environ.setdefault("HOPPO_SECRET_KEY", database.keys.session_secret)
    address = f"{'https' if parts.certificate else 'http'}://{host}:{port}"
    announce(
        style,
        f"Serving on {address}  (POST /ceb/messages, GET /ceb/receipts)",
        "serving",
        address=address,
        workers=workers,
    )
    with worked(database, workers, style, parts.clock):
        while not serve_until_told(host, port, style, parts):
            tell("the door died twice in a row, it is opened again", level=ERROR)
            end_cleanly_when_told()
            time.sleep(REST_SECONDS)


def serve_until_told(host: str, port: int, style: Style, parts: Parts) -> bool:
    """Serve; returns whether it ended because it was told to.

    A door that dies is opened again; when it dies twice within seconds the HTTP server gives up.
    """
    server = Granian(
        parts.application,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=8,
        respawn_failed_workers=True,
        log_access=False,
        log_level=LogLevels.error,
        log_dictconfig=server_log(style),
        ssl_cert=parts.certificate,
        ssl_key=parts.key,
        ssl_protocol_min=SSLProtocols.tls12,
    )
    try:
        server.serve()
    except SystemExit:
        if server.interrupt_signal:
            raise
        return False
    return bool(server.interrupt_signal)


def server_log(style: Style) -> dict[str, Any]:
    """Where the HTTP server writes what it has to say: to standard error, in our form."""
    return {
        "formatters": {"hoppo": {"()": "hoppo.engine.watching.formatter", "style": style}},
        "handlers": {"hoppo": {"class": "logging.StreamHandler", "formatter": "hoppo"}},
        "loggers": {"_granian": {"handlers": ["hoppo"], "propagate": False}},
    }


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(0, 64))
@click.option(
    "--sandbox", is_flag=True, help="Register unknown enterprises, accept unsigned messages."
)
@click.option("--tls-certificate", type=FILE, help="Serve HTTPS: the certificate's chain (PEM).")
@click.option("--tls-key", type=FILE, help="The certificate's private key (PEM).")
@LOG
@database_options
def serve(  # noqa: PLR0913 - one argument an option
    host: str, port: int, workers: int, style: Style, data: Path | None, url: str | None,
    tls_certificate: Path | None, tls_key: Path | None, *, sandbox: bool,
) -> None:  # fmt: skip
    """Take messages over HTTP, clear them, hand out receipts.

    With --workers 0 it is the door alone; `hoppo work` clears elsewhere.
    """
    end_cleanly_when_told()
    check_production()
    check_free(host, port)
    if short := check_tls(tls_certificate, tls_key, datetime.now(UTC)):
        click.echo(f"hoppo: {short}", err=True)
    parts = USUAL._replace(certificate=tls_certificate, key=tls_key)
    with open_database(*kept_database(data, url)) as database:
        with database.connect() as connection:
            write_setting(connection, "sandbox", "Y" if sandbox else "N")
            registers_changed(connection)
        run_server(database, host, port, workers, style, parts)
