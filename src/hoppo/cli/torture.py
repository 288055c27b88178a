"""`hoppo torture`: hurt a house on purpose and check that nothing is lost."""

import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from hoppo.cli.options import end_cleanly_when_told
from hoppo.cli.registering import load_enterprises
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.engine.clients import add_client
from hoppo.engine.database import Database, open_database
from hoppo.simulation.city import simulate
from hoppo.torture.house import House, small_disk
from hoppo.torture.races import races as run_races
from hoppo.torture.rounds import FIRM_SEED, Round

DISK_MEGABYTES = 900
RECOVERY_SECONDS = 10.0


@click.command()
@click.option("--minutes", type=click.FloatRange(0.01), help="How long to go on.")
@click.option("--rounds", type=click.IntRange(1), help="How many rounds; else by --minutes.")
@click.option("--seed", default=1, show_default=True, help="The seed of the first round.")
@click.option("--races", type=click.IntRange(1), help="Race for the last yuan so many times.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16))
@click.option("--keep", type=click.Path(path_type=Path), help="Keep a failed house here.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object only.")
def torture(  # noqa: PLR0913 - one argument an option
    minutes: float | None, rounds: int | None, seed: int, races: int | None, workers: int,
    keep: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Kill, cut, fill, drop, double and reorder while traffic flows; then check everything.

    Each round has a seed of its own, the next after the last; a failed one is replayed by it.
    """
    end_cleanly_when_told()
    if minutes is None and rounds is None and races is None:
        rounds = 10
    result: dict[str, Any] = {"seed": seed}
    with tempfile.TemporaryDirectory(prefix="hoppo-torture-") as folder, ExitStack() as stack:
        if races is not None:
            with open_database() as database:
                result["races"] = run_races(database, seed, races)
        if minutes is not None or rounds is not None:
            disk = Path(folder) / "disk"
            is_small = stack.enter_context(small_disk(disk, DISK_MEGABYTES))
            ends = time.monotonic() + (minutes or 0) * 60 if rounds is None else None
            result |= run_rounds(disk, seed, rounds, ends, workers, tell=not as_json,
                                 may_fill_disk=is_small)  # fmt: skip
            if result["complaints"] and keep is not None:
                shutil.copytree(disk, keep, dirs_exist_ok=True)
    failed = bool(result.get("complaints")) or not result.get("races", {}).get("clean", True)
    if not as_json:
        for complaint in result.get("complaints", []):
            click.echo(complaint)
    click.echo(json.dumps(result))
    if failed:
        sys.exit(1)


def run_rounds(  # noqa: PLR0913 - the whole of a torture
    disk: Path, seed: int, rounds: int | None, ends: float | None, workers: int,
    *, tell: bool, may_fill_disk: bool,
) -> dict[str, Any]:  # fmt: skip
    """Rounds until there were enough of them or the time is over; stops at the first complaint."""
    faults: Counter[str] = Counter()
    longest, count = 0.0, 0
    complaints: list[str] = []
    with open_database(disk / "data") as database:
        token = prepared(database, disk)
        house = House(disk / "data", database, workers, seed)
        try:
            while not complaints and (
                count < rounds if rounds is not None else time.monotonic() < (ends or 0)
            ):
                number = seed + count
                found = Round(house, token, number, may_fill_disk=may_fill_disk).run()
                count += 1
                faults.update(found.faults)
                longest = max(longest, found.longest_recovery)
                if found.complaints:
                    again = f"hoppo torture --rounds 1 --seed {number} --workers {workers}"
                    complaints = [f"round of seed {number}; again: {again}", *found.complaints]
                if tell:
                    click.echo(
                        f"round {count}, seed {number}: {sum(found.faults.values())} faults,"
                        f" {'complaints' if found.complaints else 'nothing lost'}", err=True,
                    )  # fmt: skip
        finally:
            house.end()
    if longest > RECOVERY_SECONDS:
        complaints.append(f"recovery took {longest:.1f} s, more than {RECOVERY_SECONDS:.0f} s")
    return {
        "rounds": count,
        "faults": dict(sorted(faults.items())),
        "longest_recovery_s": round(longest, 2),
        "skipped": [] if may_fill_disk else ["disk filled: no small disk could be mounted"],
        "complaints": complaints,
    }


def prepared(database: Database, folder: Path) -> str:
    """Load the registers every round's city uses; returns a client's token."""
    city = folder / "city"
    simulate(FIRM_SEED, 1, city)
    load_enterprises(database, city / "enterprises.csv")
    with database.connect() as connection:
        write_setting(connection, "sandbox", "N")
        registers_changed(connection)
        return add_client(connection, "torture", "", datetime.now(UTC)) or ""
