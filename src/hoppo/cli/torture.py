"""`hoppo torture`: hurt a house on purpose and check that nothing is lost."""

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from hoppo.cli.options import end_cleanly_when_told
from hoppo.cli.registering import load_enterprises
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.engine.clients import add_client
from hoppo.engine.database import Database, open_database
from hoppo.simulation.city import simulate
from hoppo.torture.crowds import crowds
from hoppo.torture.house import House, NotWellError, small_disk
from hoppo.torture.races import races as run_races
from hoppo.torture.rounds import FIRM_SEED, Round
from hoppo.torture.soak import Soak

DISK_MEGABYTES = 900
RECOVERY_SECONDS = 10.0
A_CROWD = 500  # races for one crowd
MOST_COMPLAINTS = 30
BUSY = 4  # so many processes a processor want to run: the machine, not the house, is slow
NO_DISK = "disk filled: no small disk could be mounted; run it as root, with mount"


class Wanted(NamedTuple):
    """What a torture is made of: rounds, or minutes of them, from a seed on."""

    seed: int
    rounds: int | None
    minutes: float | None
    workers: int
    keep: Path | None
    tell: bool


@click.command()
@click.option("--minutes", type=click.FloatRange(0.01), help="How long to go on with rounds.")
@click.option("--rounds", type=click.IntRange(1), help="How many rounds; else by --minutes.")
@click.option("--seed", default=1, show_default=True, help="The seed of the first round.")
@click.option("--races", type=click.IntRange(1), help="Race for the last yuan so many times.")
@click.option(
    "--soak", type=click.FloatRange(0.2), help="Offer twice the capacity for so many minutes."
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16))
@click.option("--keep", type=click.Path(path_type=Path), help="Keep a failed house here.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object only.")
def torture(  # noqa: PLR0913 - one argument an option
    minutes: float | None, rounds: int | None, seed: int, races: int | None, soak: float | None,
    workers: int, keep: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Kill, cut, fill, drop, double and reorder while traffic flows; then check everything.

    Each round has a seed of its own, the next after the last; a failed one is replayed by it, and
    its house is kept. Without --minutes, --rounds, --races or --soak there are 10 rounds.
    """
    end_cleanly_when_told()
    if minutes is None and rounds is None and races is None and soak is None:
        rounds = 10
    result: dict[str, Any] = {"seed": seed}
    complaints: list[str] = []
    if races is not None:
        result["races"] = run_all_races(seed, races, complaints)
    if minutes is not None or rounds is not None:
        wanted = Wanted(seed, rounds, minutes, workers, keep, tell=not as_json)
        result |= run_rounds(wanted, complaints)
    if soak is not None:
        result["soak"] = run_soak(soak, seed, workers, complaints, tell=not as_json)
    if len(complaints) > MOST_COMPLAINTS:
        complaints[MOST_COMPLAINTS:] = [f"and {len(complaints) - MOST_COMPLAINTS} more"]
    result["complaints"] = complaints
    if not as_json:
        for complaint in complaints:
            click.echo(complaint, err=True)
    click.echo(json.dumps(result))
    if complaints:
        sys.exit(1)


def run_all_races(seed: int, count: int, complaints: list[str]) -> dict[str, Any]:
    """Races for the ledgers alone, and now and then a crowd of whole purchases."""
    with tempfile.TemporaryDirectory(prefix="hoppo-races-") as folder, open_database() as database:
        prepared(database, Path(folder))
        raced = run_races(database, seed, count)
        crowded = crowds(database, seed, -(-count // A_CROWD))
    found = raced.pop("complaints") + crowded.pop("complaints")
    for one in found:
        number = one.partition(":")[0].rpartition(" ")[2]
        complaints.append(f"{one}; again: hoppo torture --races 1 --seed {number}")
    return {**raced, "crowds": crowded["crowds"], "clean": not found}


def run_rounds(wanted: Wanted, complaints: list[str]) -> dict[str, Any]:
    """Rounds until there were enough or the time is over; stops at the first that fails."""
    faults: Counter[str] = Counter()
    recovery: dict[str, float] = {}
    count, seed, began = 0, wanted.seed, time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hoppo-torture-")))
        may_fill = stack.enter_context(small_disk(folder / "disk", DISK_MEGABYTES))
        with open_database(folder / "disk" / "data") as database:
            token = prepared(database, folder)
            house = House(folder / "disk" / "data", database, wanted.workers, wanted.seed)
            house.token = token
            try:
                house.wait_until_well(b"torture begins")
                while not complaints and goes_on(wanted, count, began):
                    seed = wanted.seed + count
                    found = Round(house, seed, may_fill_disk=may_fill).run()
                    count += 1
                    faults.update(found.faults)
                    slow = too_slow(found.recovery)
                    for name, seconds in found.recovery.items():
                        recovery[name] = max(recovery.get(name, 0.0), seconds)
                    complaints += found.complaints + slow
                    if wanted.tell:
                        tell_round(count, seed, found.faults, failed=bool(complaints))
            except NotWellError as fault:
                complaints.append(str(fault))
            finally:
                house.end()
        if complaints:
            kept = keep_house(folder, wanted.keep, seed)
            again = f"hoppo torture --rounds 1 --seed {seed} --workers {wanted.workers}"
            complaints.insert(0, f"the round of seed {seed} failed; again: {again}; kept: {kept}")
    return {
        "rounds": count,
        "faults": dict(sorted(faults.items())),
        "longest_recovery_s": round(max(recovery.values(), default=0.0), 2),
        "recovery_s": {name: round(recovery[name], 2) for name in sorted(recovery)},
        "seconds": round(time.monotonic() - began, 1),
        "skipped": [] if may_fill else [NO_DISK],
    }


def goes_on(wanted: Wanted, count: int, began: float) -> bool:
    """Whether there is one more round."""
    if wanted.rounds is not None:
        return count < wanted.rounds
    return time.monotonic() - began < (wanted.minutes or 0) * 60


def too_slow(recovery: dict[str, float]) -> list[str]:
    """Recoveries that took too long, unless the machine was overloaded."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    if load > BUSY * processors:
        return []
    return [
        f"recovery took {seconds:.1f} s, more than {RECOVERY_SECONDS:.0f} s, after: {name};"
        f" {load:.1f} processes wanted to run on {processors} processors"
        for name, seconds in recovery.items()
        if seconds > RECOVERY_SECONDS
    ]


def tell_round(count: int, seed: int, faults: Counter[str], *, failed: bool) -> None:
    """One line a round."""
    what = "something is wrong" if failed else "nothing lost"
    done = ", ".join(f"{times} {name}" for name, times in sorted(faults.items()))
    click.echo(f"round {count}, seed {seed}: {what}. {done}", err=True)


def keep_house(folder: Path, keep: Path | None, seed: int) -> Path:
    """Copy the stopped house to where it stays."""
    kept = keep or Path(tempfile.mkdtemp(prefix=f"hoppo-torture-seed-{seed}-"))
    shutil.copytree(folder, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".s.PGSQL*"))
    return kept


def prepared(database: Database, folder: Path, sandbox: str = "N") -> str:
    """Load the registers every round's city uses; returns a client's token."""
    city = folder / "city"
    simulate(FIRM_SEED, 1, city)
    load_enterprises(database, city / "enterprises.csv")
    with database.connect() as connection:
        write_setting(connection, "sandbox", sandbox)
        registers_changed(connection)
        return add_client(connection, "torture", "", datetime.now(UTC)) or ""


def run_soak(
    minutes: float, seed: int, workers: int, complaints: list[str], *, tell: bool
) -> dict[str, Any]:
    """Twice the capacity for a while; what each process weighed."""
    with tempfile.TemporaryDirectory(prefix="hoppo-soak-") as name:
        folder = Path(name)
        with open_database(folder / "data") as database:
            token = prepared(database, folder, sandbox="Y")
            soak = Soak(folder / "data", database, token, workers, seed)
            try:
                found = soak.run(minutes * 60, click.echo if tell else None)
            finally:
                soak.end()
    complaints += found.complaints
    return found.told
