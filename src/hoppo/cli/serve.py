"""`hoppo serve`: the HTTP door and the workers behind it."""

import os
import secrets
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from hoppo.api.open_database import KEY_FILE_VARIABLE
from hoppo.cli.options import database_options, end_cleanly_when_told, kept_database
from hoppo.cli.registering import unusable
from hoppo.cli.supervising import LOG, worked, write_log
from hoppo.commerce.register import read_register
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.engine.address import URL_VARIABLE
from hoppo.engine.database import Database, open_database
from hoppo.engine.watching import Style, Tracer
from hoppo.wire.certificate import CertificateError, read_certificate

SOON = timedelta(days=30)


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
    database: Database, host: str, port: int, workers: int = 1, style: Style = "text"
) -> None:
    """Serve until interrupted."""
    write_log(style)
    Tracer()
    for warning in certificate_warnings(database, datetime.now(UTC)):
        click.echo(f"hoppo: {warning}", err=True)
    os.environ[URL_VARIABLE] = database.url
    os.environ[KEY_FILE_VARIABLE] = str(database.key_file)
    os.environ.setdefault("HOPPO_SECRET_KEY", secrets.token_hex(32))
    click.echo(
        f"Serving on http://{host}:{port}  (POST /ceb/messages, GET /ceb/receipts)", err=True
    )
    with worked(database, workers, style):
        Granian(
            "hoppo.api.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=8,
            respawn_failed_workers=True,
            log_access=False,
            log_level=LogLevels.error,
        ).serve()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(0, 64))
@click.option(
    "--sandbox", is_flag=True, help="Register unknown enterprises, accept unsigned messages."
)
@LOG
@database_options
def serve(  # noqa: PLR0913 - one argument an option
    host: str, port: int, workers: int, style: Style, data: Path | None, url: str | None,
    *, sandbox: bool,
) -> None:  # fmt: skip
    """Take messages over HTTP, clear them, hand out receipts.

    With --workers 0 it is the door alone; `hoppo work` clears elsewhere.
    """
    end_cleanly_when_told()
    check_free(host, port)
    with open_database(*kept_database(data, url)) as database:
        with database.connect() as connection:
            write_setting(connection, "sandbox", "Y" if sandbox else "N")
            registers_changed(connection)
        run_server(database, host, port, workers, style)
