"""A customs office to test: registers filled, a clock that is set by hand, one worker."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.conftest import KEPT
from tests.purchase import (
    CARRIER,
    DECLARANT,
    EBC,
    PAYER,
    PLATFORM,
    TYPES,
    ZONE,
    Parts,
    changed,
    guid,
    message,
    purchase,
)

from hoppo.commerce.register import Enterprise, register
from hoppo.customs.applications import goods_back
from hoppo.customs.catalogue import MESSAGES
from hoppo.customs.registers import Registers, registers_changed, write_setting
from hoppo.customs.reporting import verdict_lines
from hoppo.customs.sweeping import decide, pay_bill, return_batch
from hoppo.customs.tables import APPLICATIONS, VERDICTS
from hoppo.customs.values import Verdict
from hoppo.engine import inbox, outbox
from hoppo.engine.database import Database
from hoppo.tariff.commodity import Commodity
from hoppo.tariff.store import replace_tariff
from hoppo.tax.ledger import grant
from hoppo.wire.codec import read_message
from hoppo.workers.clearing import Worker

SENDER = "sender"
NAPPIES, PLAIN, UNLISTED, BONDED, CAPPED, WINE, RISKY, EXPIRED, FUTURE = (
    "9619001000",
    "6110110000",
    "2402200000",
    "0303130000",
    "1901101000",
    "2204210000",
    "3808911900",
    "9503002100",
    "9503002900",
)
FIRST = date(2016, 4, 8)
ROLES = {
    PLATFORM: "platform",
    EBC: "ebc",
    PAYER: "payment",
    CARRIER: "logistics",
    DECLARANT: "declarant|guarantor",
    ZONE: "zone",
    "440196E002": "ebc",
    "440196Y002": "payment",
    "440196L002": "logistics",
    "440196P002": "platform",
    "440196G001": "guarantor",
    "440196G002": "guarantor",
}


def commodity(code: str, **values: Any) -> Commodity:
    """A commodity measured like nappies, at 13 percent VAT and nothing else."""
    row = Commodity(
        code, "货物", "035", "011", Decimal(10), Decimal(13), Decimal(0), None, None,
        positive_list=True, note="", max_qty_per_order=None, bonded_only=False,
        since=FIRST, until=None,
    )  # fmt: skip
    return row._replace(**values)


TARIFF = (
    commodity(NAPPIES),
    commodity(PLAIN, unit2=None),
    commodity(UNLISTED, positive_list=False),
    commodity(BONDED, bonded_only=True),
    commodity(CAPPED, max_qty_per_order=Decimal("3.8")),
    commodity(WINE, consumption_per_unit=Decimal(2), consumption_unit="095"),
    commodity(RISKY),
    commodity(EXPIRED, until=date(2026, 6, 18)),
    commodity(FUTURE, since=date(2026, 6, 18)),
)


def empty(database: Database) -> None:
    """Empty every table but those that migrations and keys need."""
    with database.connect() as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = ", ".join(f'"{name}"' for (name,) in rows.fetchall() if name not in KEPT)
        connection.execute(f"TRUNCATE {names} RESTART IDENTITY")


def identity(number: int) -> str:
    """The number-th invented identity number with a right date and check digit."""
    day = date(1960, 1, 1) + timedelta(days=number // 900)
    body = f"110101{day:%Y%m%d}{number % 900 + 100}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def one(number: int, **values: Any) -> Parts:
    """A good purchase of a buyer of its own."""
    return purchase(number, **{"id_number": identity(number), **values})


def worth(number: int, value: str, person: int = 1, **values: Any) -> Parts:
    """A purchase of one line of two pieces whose dutiable value is this many yuan."""
    price = str((Decimal(value) - 10) / 2)
    return one(number, price=price, id_number=identity(person), **values)


class Office:
    """One database with a worker whose clock stands where the test puts it."""

    def __init__(self, database: Database, now: datetime, *, sandbox: bool = True) -> None:
        """Fill registers and tariff; unsigned messages pass in a sandbox only."""
        self.database, self.now = database, now
        self.connection = database.connect()
        register(
            self.connection,
            [
                Enterprise(
                    code, f"测试{code}", frozenset(roles.split("|")), "sandbox", "",
                    active=True, sandbox=False,
                )
                for code, roles in ROLES.items()
            ],
        )  # fmt: skip
        replace_tariff(self.connection, TARIFF)
        self.grant(Decimal(1_000_000))
        write_setting(self.connection, "sandbox", "Y" if sandbox else "N")
        registers_changed(self.connection)
        self.connection.commit()
        self.workers: list[Worker] = []
        self.worker = self.new_worker()

    def close(self) -> None:
        """Let go of the connections."""
        self.connection.close()
        for worker in self.workers:
            worker.connection.close()

    def new_worker(self, most: int = 40) -> Worker:
        """One more worker, which claims so many messages at a time."""
        self.workers.append(Worker(self.database, lambda: self.now, most=most))
        return self.workers[-1]

    def grant(self, amount: Decimal) -> None:
        """Set the declarant's guarantee."""
        grant(self.connection, [(DECLARANT, amount)])
        self.connection.commit()

    def accept(self, *bodies: bytes, sender: str = SENDER) -> None:
        """Put messages into the inbox, committed."""
        for body in bodies:
            inbox.accept(self.connection, self.database, sender, body, self.now)
        self.connection.commit()

    def send(self, *bodies: bytes, sender: str = SENDER) -> None:
        """Put messages into the inbox and work them as one batch or more."""
        self.accept(*bodies, sender=sender)
        self.worker.drain()
        self._all_worked()

    def _all_worked(self) -> None:
        aside = self.rows("SELECT id, reason FROM inbox WHERE state <> 1")
        assert not aside, aside

    def send_purchases(self, purchases: Iterable[Parts]) -> None:
        """Send many purchases, a hundred records of a kind in a message."""
        found = list(purchases)
        for kind in ("order", "payment", "waybill", "list"):
            records = [parts[kind] for parts in found if kind in parts]
            for at in range(0, len(records), 100):
                self.accept(message(kind, *records[at : at + 100]))
        self.worker.drain()
        self._all_worked()

    def sweep(self, *, final: bool = False) -> None:
        """Let time do its work."""
        self.worker.sweep(final=final)

    def verdict(self, number: int = 1) -> dict[str, Any]:
        """The verdict line of a purchase's list."""
        return self.verdicts()[f"COP{number:08d}"]

    def verdicts(self) -> dict[str, dict[str, Any]]:
        """All verdict lines by the list's own number."""
        self.connection.rollback()
        found = {line["copNo"]: line for line in verdict_lines(self.connection)}
        self.connection.rollback()
        return found

    def rules(self, number: int = 1) -> set[str]:
        """The rules that a purchase's list broke."""
        return {finding["rule"] for finding in self.verdict(number)["findings"]}

    def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a statement, on a fresh snapshot."""
        self.connection.rollback()
        found = self.connection.execute(statement, parameters).fetchall()
        self.connection.rollback()
        return list(found)

    def value(self, statement: str, *parameters: object) -> Any:
        """The one value of a statement."""
        ((found,),) = self.rows(statement, *parameters)
        return found

    def receipts(self, message_type: str = "") -> list[dict[str, Any]]:
        """All receipt records so far in order, each read back strictly, with its `type`."""
        self.connection.rollback()
        found = []
        for stored in outbox.every(self.connection, self.database):
            if message_type and stored.message_type != message_type:
                continue
            reading = read_message(stored.body, MESSAGES)
            assert not [record.faults for record in reading.records if record.faults]
            found += [
                {**record.head, "type": stored.message_type, "receiver": stored.receiver}
                for record in reading.records
            ]
        self.connection.rollback()
        return found

    def statuses(self, message_type: str) -> list[str]:
        """The return statuses of a type's receipts, in order."""
        return [str(record["return_status"]) for record in self.receipts(message_type)]

    def used(self) -> Decimal:
        """What all persons have had counted."""
        return Decimal(self.value("SELECT coalesce(sum(used), 0) FROM limit_account"))

    def held(self) -> Decimal:
        """What is held of the declarant's guarantee."""
        return Decimal(
            self.value("SELECT held FROM guarantee_account WHERE guarantor_code = %s", DECLARANT)
        )

    def check_sums(self) -> None:
        """Every account equals the sum of its entries."""
        assert not self.rows(
            "SELECT a.person FROM limit_account a LEFT JOIN limit_entry e"
            " ON e.person = a.person AND e.year = a.year GROUP BY a.person, a.year, a.used"
            " HAVING a.used <> coalesce(sum(e.amount), 0)"
        )
        assert not self.rows(
            "SELECT a.guarantor_code FROM guarantee_account a LEFT JOIN guarantee_entry e"
            " ON e.guarantor_code = a.guarantor_code GROUP BY a.guarantor_code, a.held"
            " HAVING a.held <> coalesce(sum(e.amount), 0)"
        )

    def seen(self, number: int) -> Verdict:
        """A list as somebody sees it at this moment."""
        with self.database.connect() as connection:
            (verdict,) = VERDICTS.by_key(connection, [(f"COP{number:08d}",)], on=("cop_no",))
        found: Verdict = verdict
        return found

    def decide(self, number: int, *, release: bool, seen: Verdict | None = None) -> bool:
        """An officer decides a list, perhaps as he saw it some time ago."""
        verdict = seen or self.seen(number)
        with self.database.connect() as connection:
            return decide(
                connection, self.database, Registers(), self.now, verdict,
                release=release, reason="包装破损",
            )  # fmt: skip

    def pay(self) -> Decimal | None:
        """Pay the one tax bill there is."""
        number = self.value("SELECT bill_tax_no FROM tax_bill")
        with self.database.connect() as connection:
            return pay_bill(connection, self.database, Registers(), self.now, number, "NOTICE-1")

    def arrive(self, cop_no: str) -> list[str]:
        """The goods of a return application are back; what speaks against it, if anything."""
        with self.database.connect() as connection:
            (found,) = APPLICATIONS.by_key(connection, [(cop_no,)], on=("cop_no",))
            batch = return_batch(connection, self.database, Registers(), self.now, found)
            faults = goods_back(batch, batch.space.applications.get(APPLICATIONS.key_of(found)))
            if not faults:
                batch.write()
        return faults

    def application(
        self, kind: str, number: int, cop_no: str, quantities: dict[int, str] | None = None
    ) -> bytes:
        """A cancellation, or a return of quantities by line, about a purchase's list."""
        head, lines = one(number)["list"]
        names = (
            "app_type", "app_time", "app_status", "order_no", "platform_code", "platform_name",
            "ebc_code", "ebc_name", "waybill_no", "logistics_code", "logistics_name",
            "customs_code", "buyer_id_type", "buyer_id_number", "buyer_name", "buyer_telephone",
            "declarant_code", "declarant_name", "note",
        )  # fmt: skip
        applied = {
            **{name: head[name] for name in names},
            "guid": guid(kind + cop_no),
            "cop_no": cop_no,
            "pre_no": None,
            "list_no": self.verdict(number)["invtNo"],
            "reason": "测试原因",
        }
        back = [
            {
                "line_no": line_no,
                "commodity_code": lines[0]["commodity_code"],
                "commodity_name": lines[0]["commodity_name"],
                "quantity": Decimal(quantity),
                "unit": lines[0]["unit"],
                "note": None,
            }
            for line_no, quantity in (quantities or {}).items()
        ]
        return message(kind, (applied, back))


__all__ = ["TYPES", "Office", "changed", "identity", "message", "one", "worth"]
