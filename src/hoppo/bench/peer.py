"""The plain peer, run beside: `bench/peer.py` of the project's source."""

import subprocess
import sys
from pathlib import Path

import hoppo

PEER = Path(hoppo.__file__).parents[2] / "bench" / "peer.py"
ORDERS_A_SECOND = 60  # about what it manages; it is to come to the end of its messages
PATIENCE = 5


def peer(url: str, folder: Path, workers: int, seconds: float) -> float:
    """Lists a second that the peer brings to an end, in a database of its own on the same server.

    Raises RuntimeError with the last line of what it said when it fails.
    """
    command = [
        *(sys.executable, str(PEER), url, str(folder), str(workers), str(seconds * PATIENCE))
    ]
    ran = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603 - ours
    if ran.returncode:
        raise RuntimeError(ran.stderr.strip().rpartition("\n")[2])
    return float(ran.stdout)
