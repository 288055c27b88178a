"""`python -m hoppo.torture.door`: `hoppo serve` with the clocks of a torture."""

import os
from pathlib import Path

import click

from hoppo.cli.options import end_cleanly_when_told
from hoppo.cli.serve import Parts, run_server
from hoppo.engine.database import open_database
from hoppo.torture.clock import JumpingClock

# The same names as in `web`, which only the process that answers HTTP may import.
SEED_VARIABLE, BOUND_VARIABLE = "HOPPO_TORTURE_SEED", "HOPPO_TORTURE_BOUND"


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True)
@click.option("--port", type=int, required=True)
@click.option("--workers", type=int, required=True)
def main(data: Path, port: int, workers: int) -> None:
    """Open the house at a folder's database, until told to end."""
    end_cleanly_when_told()
    seed = os.environ.get(SEED_VARIABLE)
    parts = Parts("hoppo.torture.web:application", JumpingClock(int(seed)) if seed else None)
    with open_database(data) as database:
        run_server(database, "127.0.0.1", port, workers, "text", parts)


if __name__ == "__main__":
    main()
