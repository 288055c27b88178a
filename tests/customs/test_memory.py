"""A worker stays as big as it is: what a batch made is gone when the batch is done."""

import gc

import pytest
from tests.customs.office import Office, one
from tests.purchase import message

from hoppo.customs.clearing import Batch

pytestmark = pytest.mark.database


def test_a_batch_is_gone_when_it_is_done(office: Office) -> None:
    """Without Python's search for cycles, which a worker makes too rarely to live by it."""
    office.accept(*(message(kind, record) for kind, record in one(1).items()), b"no XML")
    gc.collect()  # what other tests left
    gc.disable()
    try:
        office.worker.drain()
        office.sweep(final=True)
        kept = sum(type(value) is Batch for value in gc.get_objects())
    finally:
        gc.enable()
    assert office.verdict()["status"] == "800"
    assert kept == 0
