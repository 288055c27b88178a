"""The embedded server: durable settings, and its start anew after it was killed."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest

from hoppo.engine.server import EmbeddedServer, write_settings


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path / "postgres", lasting=False)
    yield server
    server.stop()


def test_what_is_committed_is_on_disk_before_it_is_answered(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {name}").fetchone() == ("on",)


def test_a_killed_server_is_started_again_with_what_was_committed(server: EmbeddedServer) -> None:
    assert server.ensure_running() is False
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept (n int8)")
        connection.execute("INSERT INTO kept VALUES (7)")
        connection.commit()
    with closing(psycopg.connect(server.url)) as connection:
        connection.execute("INSERT INTO kept VALUES (8)")
        pid = int((server.folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
    while not server.ensure_running():
        time.sleep(0.01)  # the kernel has not ended it yet
    assert server.ensure_running() is False
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]


def killed(server: EmbeddedServer) -> None:
    """Kill the server's first process, and wait until it is gone."""
    first = psutil.Process(int((server.folder / "postmaster.pid").read_text().split()[0]))
    first.kill()
    psutil.wait_procs([first], 10)


def test_of_two_that_watch_one_folder_one_starts_it_and_both_go_on(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    other = EmbeddedServer(tmp_path / "postgres", lasting=False)
    killed(server)
    assert other.ensure_running() is True
    number = (server.folder / "postmaster.pid").read_text().split()[0]
    with psycopg.connect(server.url) as connection:
        assert server.ensure_running() is False
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert (server.folder / "postmaster.pid").read_text().split()[0] == number


def test_a_server_that_another_started_again_is_stopped_with_the_last_user(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    server = EmbeddedServer(folder, lasting=False)
    # A user that was killed stands on the package's list for ever.
    (folder / ".handle_pids.json").write_text(f"[4194303, {os.getpid()}]")
    other = EmbeddedServer(folder, lasting=False)
    killed(server)
    other.ensure_running()
    server.stop()
    assert not (folder / "postmaster.pid").exists()


def test_an_operators_own_settings_stand_and_ours_are_written_once(tmp_path: Path) -> None:
    own = tmp_path / "postgresql.conf"
    own.write_text("shared_buffers = 128MB\n#fsync = on\nmax_connections = 100 # initdb\n")
    write_settings(tmp_path, lasting=True)
    own.write_text(own.read_text() + "shared_buffers = 3GB\n")
    write_settings(tmp_path, lasting=True)
    lines = own.read_text().splitlines()
    assert lines.count("include_if_exists = 'hoppo.conf'") == 1
    assert lines[-1] == "shared_buffers = 3GB"
    assert "#shared_buffers = 128MB" in lines
