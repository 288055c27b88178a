"""The plain peer: what a capable team writes first, to compare with.

One Django ORM transaction a document; the set is completed by whichever document comes last; checks
are made by query; the person's year is a row taken with SELECT FOR UPDATE. It checks signatures,
matches, a dozen of the rules, the limits and the tax, and writes a receipt row a state. It does not
encrypt, keeps no trail and explains nothing.

    python bench/peer.py DATABASE_URL CITY_FOLDER PROCESSES SECONDS

prints the lists a second that reached a final state.
"""

import multiprocessing
import sys
import time
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings
from lxml import etree

from hoppo.engine.address import database_settings
from hoppo.wire.signature import verify

CEB = "{http://www.chinaport.gov.cn/ceb}"
DATABASE = "hoppo_peer"
MODEL_SOURCE = ""


def setup(url: str) -> None:
    """Configure Django on the peer's own database."""
    settings.configure(
        DATABASES={"default": {**database_settings(url), "NAME": DATABASE}},
        INSTALLED_APPS=[],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def models() -> Any:
    """The tables, defined once Django is set up."""
    from django.db import models as m

    class Base(m.Model):
        received_at = m.DateTimeField()

        class Meta:
            abstract = True
            app_label = "peer"

    class Order(Base):
        platform = m.CharField(max_length=18)
        number = m.CharField(max_length=60)
        buyer_name = m.CharField(max_length=60)
        buyer_id = m.CharField(max_length=60)
        phone = m.CharField(max_length=60)
        address = m.CharField(max_length=200)
        payment_code = m.CharField(max_length=18)
        transaction = m.CharField(max_length=60)
        paid = m.DecimalField(max_digits=19, decimal_places=5)
        freight = m.DecimalField(max_digits=19, decimal_places=5)
        lines = m.JSONField()

        class Meta(Base.Meta):
            constraints = (m.UniqueConstraint(fields=["platform", "number"], name="one_peer_order"),)

    class Payment(Base):
        payer = m.CharField(max_length=18)
        transaction = m.CharField(max_length=60)
        order_number = m.CharField(max_length=60, db_index=True)
        name = m.CharField(max_length=60)
        identity = m.CharField(max_length=60)
        amount = m.DecimalField(max_digits=19, decimal_places=5)

        class Meta(Base.Meta):
            constraints = (m.UniqueConstraint(fields=["payer", "transaction"], name="one_peer_pay"),)

    class Waybill(Base):
        carrier = m.CharField(max_length=18)
        number = m.CharField(max_length=60)
        order_number = m.CharField(max_length=60, db_index=True)
        consignee = m.CharField(max_length=100)
        phone = m.CharField(max_length=60)

        class Meta(Base.Meta):
            constraints = (m.UniqueConstraint(fields=["carrier", "number"], name="one_peer_way"),)

    class Listing(Base):
        declarant = m.CharField(max_length=18)
        number = m.CharField(max_length=60)
        platform = m.CharField(max_length=18)
        order_number = m.CharField(max_length=60, db_index=True)
        carrier = m.CharField(max_length=18)
        waybill = m.CharField(max_length=60, db_index=True)
        buyer_name = m.CharField(max_length=60)
        buyer_id = m.CharField(max_length=60)
        phone = m.CharField(max_length=60)
        address = m.CharField(max_length=200)
        freight = m.DecimalField(max_digits=19, decimal_places=5)
        insurance = m.DecimalField(max_digits=19, decimal_places=5)
        lines = m.JSONField()
        status = m.CharField(max_length=8, default="2")
        reasons = m.JSONField(default=list)
        tax = m.DecimalField(max_digits=19, decimal_places=2, default=0)

        class Meta(Base.Meta):
            constraints = (m.UniqueConstraint(fields=["declarant", "number"], name="one_peer_list"),)

    class Limit(m.Model):
        person = m.CharField(max_length=60)
        year = m.IntegerField()
        used = m.DecimalField(max_digits=19, decimal_places=5, default=0)

        class Meta:
            app_label = "peer"
            constraints = (m.UniqueConstraint(fields=["person", "year"], name="one_peer_limit"),)

    class Receipt(m.Model):
        key = m.CharField(max_length=80, db_index=True)
        status = m.CharField(max_length=8)
        info = m.TextField()
        at = m.DateTimeField()

        class Meta:
            app_label = "peer"

    class Names:
        order, payment, waybill, listing = Order, Payment, Waybill, Listing
        limit, receipt = Limit, Receipt

    return Names


class Peer:
    """Takes messages one document at a time."""

    def __init__(self, tables: Any) -> None:
        """Take the tables."""
        self.t = tables

    def take(self, body: bytes) -> int:
        """Store a message's documents, each in its transaction; returns lists that became final."""
        try:
            root = etree.fromstring(body)
        except etree.XMLSyntaxError:
            return 0
        now = datetime.now(UTC)
        kind = str(root.tag).removeprefix(CEB)
        if root.find("{http://www.w3.org/2000/09/xmldsig#}Signature") is not None:
            verify(root)
        final = 0
        for record in root:
            values = self._values(record)
            final += self._document(kind, values, now) if values else 0
        return final

    @staticmethod
    def _values(record: Any) -> dict[str, Any]:
        if not str(record.tag).startswith(CEB) or str(record.tag).endswith("BaseTransfer"):
            return {}
        head = record if len(record) and len(record[0]) == 0 else record[0]
        values = {str(one.tag).removeprefix(CEB): one.text or "" for one in head}
        values["lines"] = [
            {str(one.tag).removeprefix(CEB): one.text or "" for one in line}
            for line in record
            if line is not head and len(line)
        ]
        return values

    def _document(self, kind: str, v: dict[str, Any], now: datetime) -> int:
        from django.db import DatabaseError, transaction

        make = {
            "CEB311Message": self._order, "CEB411Message": self._payment,
            "CEB511Message": self._waybill, "CEB621Message": self._listing,
        }.get(kind)  # fmt: skip
        if make is None:
            return 0
        try:
            with transaction.atomic():
                return int(make(v, now))
        except (DatabaseError, KeyError, ArithmeticError, ValueError):
            return 0

    def _receipt(self, key: str, status: str, info: str, now: datetime) -> None:
        self.t.receipt.objects.create(key=key, status=status, info=info, at=now)

    def _order(self, v: dict[str, Any], now: datetime) -> int:
        self.t.order.objects.update_or_create(
            platform=v["ebpCode"], number=v["orderNo"],
            defaults={
                "received_at": now, "buyer_name": v["buyerName"], "buyer_id": v["buyerIdNumber"],
                "phone": v["buyerTelephone"], "address": v["consigneeAddress"],
                "payment_code": v.get("payCode", ""),
                "transaction": v.get("payTransactionId", ""), "paid": Decimal(v["acturalPaid"]),
                "freight": Decimal(v["freight"]), "lines": v["lines"],
            },
        )  # fmt: skip
        self._receipt(v["orderNo"], "2", "received", now)
        self._receipt(v["orderNo"], "120", "stored", now)
        return self._match(self.t.listing.objects.filter(order_number=v["orderNo"]), now)

    def _payment(self, v: dict[str, Any], now: datetime) -> int:
        self.t.payment.objects.update_or_create(
            payer=v["payCode"], transaction=v["payTransactionId"],
            defaults={
                "received_at": now, "order_number": v["orderNo"], "name": v["payerName"],
                "identity": v["payerIdNumber"], "amount": Decimal(v["amountPaid"]),
            },
        )  # fmt: skip
        self._receipt(v["payTransactionId"], "2", "received", now)
        self._receipt(v["payTransactionId"], "120", "stored", now)
        return self._match(self.t.listing.objects.filter(order_number=v["orderNo"]), now)

    def _waybill(self, v: dict[str, Any], now: datetime) -> int:
        self.t.waybill.objects.update_or_create(
            carrier=v["logisticsCode"], number=v["logisticsNo"],
            defaults={
                "received_at": now, "order_number": v["orderNo"], "consignee": v["consignee"],
                "phone": v["consigneeTelephone"],
            },
        )  # fmt: skip
        self._receipt(v["logisticsNo"], "2", "received", now)
        self._receipt(v["logisticsNo"], "120", "stored", now)
        return self._match(self.t.listing.objects.filter(waybill=v["logisticsNo"]), now)

    def _listing(self, v: dict[str, Any], now: datetime) -> int:
        listing, _made = self.t.listing.objects.update_or_create(
            declarant=v["agentCode"], number=v["copNo"],
            defaults={
                "received_at": now, "platform": v["ebpCode"], "order_number": v["orderNo"],
                "carrier": v["logisticsCode"], "waybill": v["logisticsNo"],
                "buyer_name": v["buyerName"], "buyer_id": v["buyerIdNumber"],
                "phone": v["buyerTelephone"], "address": v["consigneeAddress"],
                "freight": Decimal(v["freight"]), "insurance": Decimal(v["insuredFee"]),
                "lines": v["lines"],
            },
        )  # fmt: skip
        self._receipt(v["copNo"], "2", "received", now)
        return self._match(self.t.listing.objects.filter(pk=listing.pk), now)

    def _match(self, listings: Any, now: datetime) -> int:
        final = 0
        for one in listings.select_for_update().filter(status="2"):
            order = self.t.order.objects.filter(
                platform=one.platform, number=one.order_number
            ).first()
            payment = self.t.payment.objects.filter(order_number=one.order_number).first()
            waybill = self.t.waybill.objects.filter(carrier=one.carrier, number=one.waybill).first()
            if order and payment and waybill:
                self._judge(one, order, payment, waybill, now)
                final += 1
        return final

    def _judge(self, one: Any, order: Any, payment: Any, waybill: Any, now: datetime) -> None:
        checks = {
            "payer": (payment.name, payment.identity) == (order.buyer_name, order.buyer_id),
            "amount": payment.amount == order.paid,
            "payment company": payment.payer == order.payment_code,
            "transaction": payment.transaction == order.transaction,
            "buyer": (one.buyer_name, one.buyer_id) == (order.buyer_name, order.buyer_id),
            "telephone": one.phone == order.phone,
            "address": one.address == order.address,
            "waybill's order": waybill.order_number == one.order_number,
            "lines": len(one.lines) == len(order.lines),
            "freight": order.freight in {one.freight, one.freight + one.insurance},
            "declared once": not self.t.listing.objects.filter(
                platform=one.platform, order_number=one.order_number, status="800"
            ).exclude(pk=one.pk).exists(),
            "waybill once": not self.t.listing.objects.filter(
                carrier=one.carrier, waybill=one.waybill, status="800"
            ).exclude(pk=one.pk).exists(),
        }  # fmt: skip
        value = sum((Decimal(line["totalPrice"]) for line in one.lines), one.freight)
        checks["single limit"] = value <= Decimal(5000) or len(one.lines) == 1
        limit, _made = self.t.limit.objects.select_for_update().get_or_create(
            person=one.buyer_id, year=date.today().year
        )
        checks["yearly limit"] = limit.used + value <= Decimal(26000)
        one.reasons = [name for name, holds in checks.items() if not holds]
        one.status = "100" if one.reasons else "800"
        if not one.reasons:
            limit.used += value
            limit.save(update_fields=["used"])
            one.tax = (value * Decimal("0.13") * Decimal("0.7")).quantize(
                Decimal("0.01"), ROUND_HALF_UP
            )
            self._receipt(one.number, "120", "stored", now)
        one.save(update_fields=["status", "reasons", "tax"])
        self._receipt(one.number, one.status, ", ".join(one.reasons), now)


def work(url: str, paths: list[Path], until: float, counted: "Synchronized[int]") -> None:
    """One process of the peer."""
    setup(url)
    peer = Peer(models())
    final = 0
    for path in paths:
        if time.monotonic() > until:
            break
        final += peer.take(path.read_bytes())
    with counted.get_lock():
        counted.value += final


def main(url: str, city: str, processes: str, seconds: str) -> None:
    """Make the tables, run the processes, print the rate."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    setup(url)
    tables = models()
    from django.db import connection as ours

    with ours.schema_editor() as editor:
        for name in ("order", "payment", "waybill", "listing", "limit", "receipt"):
            editor.create_model(getattr(tables, name))
    ours.close()
    # A peer that keeps its lists waiting would look slow: it gets the day in slices, each whole.
    paths = sorted((Path(city) / "messages").iterdir())
    count = int(processes)
    context = multiprocessing.get_context("spawn")
    counted = context.Value("q", 0)
    began = time.monotonic()
    until = began + float(seconds)
    workers = [
        context.Process(target=work, args=(url, paths[at::count], until, counted))
        for at in range(count)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.stdout.write(f"{counted.value / (time.monotonic() - began)}\n")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")


if __name__ == "__main__":
    main(*sys.argv[1:])
