"""Which locks a batch needs: one for each order and each number that its records may touch.

Two batches that hold parts of one purchase must see each other, or neither would find the set
complete. A batch tries its locks and waits for none: a message whose keys are in another batch's
hands is left for the next batch. So batches never wait for each other here, and nothing deadlocks.
"""

from hoppo.customs.reading import Incoming
from hoppo.customs.references import names_of, order_name


def lock_names(record: Incoming) -> set[str]:
    """The names of the locks that a record needs by what stands in it."""
    names = names_of(record)
    if record.kind != "waybill_status":
        names.add(order_name(record.head["order_no"]))
    return names
