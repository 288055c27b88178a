"""What a capable team writes first: each document in a transaction of its own, checks by query."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import DatabaseError, transaction
from lxml import etree

from hoppo.wire.signature import verify
from plain.models import Limit, Listing, Order, Payment, Receipt, Waybill

CEB = "{http://www.chinaport.gov.cn/ceb}"


class Peer:
    """Takes messages one document at a time."""

    def take(self, body: bytes) -> int:
        """Store a message's documents, each in its transaction; returns lists that became final."""
        try:
            root = etree.fromstring(body)
        except etree.XMLSyntaxError:
            return 0
        now = datetime.now(UTC)
        kind = str(root.tag).removeprefix(CEB)
        if not verify(root, moment=now, sent=body).valid:
            return 0
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
        Receipt.objects.create(key=key, status=status, info=info, at=now)

    def _order(self, v: dict[str, Any], now: datetime) -> int:
        Order.objects.update_or_create(
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
        return self._match(Listing.objects.filter(order_number=v["orderNo"]), now)

    def _payment(self, v: dict[str, Any], now: datetime) -> int:
        Payment.objects.update_or_create(
            payer=v["payCode"], transaction=v["payTransactionId"],
            defaults={
                "received_at": now, "order_number": v["orderNo"], "name": v["payerName"],
                "identity": v["payerIdNumber"], "amount": Decimal(v["amountPaid"]),
            },
        )  # fmt: skip
        self._receipt(v["payTransactionId"], "2", "received", now)
        self._receipt(v["payTransactionId"], "120", "stored", now)
        return self._match(Listing.objects.filter(order_number=v["orderNo"]), now)

    def _waybill(self, v: dict[str, Any], now: datetime) -> int:
        Waybill.objects.update_or_create(
            carrier=v["logisticsCode"], number=v["logisticsNo"],
            defaults={
                "received_at": now, "order_number": v["orderNo"], "consignee": v["consignee"],
                "phone": v["consigneeTelephone"],
            },
        )  # fmt: skip
        self._receipt(v["logisticsNo"], "2", "received", now)
        self._receipt(v["logisticsNo"], "120", "stored", now)
        return self._match(Listing.objects.filter(waybill=v["logisticsNo"]), now)

    def _listing(self, v: dict[str, Any], now: datetime) -> int:
        listing, _made = Listing.objects.update_or_create(
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
        return self._match(Listing.objects.filter(pk=listing.pk), now)

    def _match(self, listings: Any, now: datetime) -> int:
        final = 0
        for one in listings.select_for_update().filter(status="2"):
            order = Order.objects.filter(platform=one.platform, number=one.order_number).first()
            payment = Payment.objects.filter(order_number=one.order_number).first()
            waybill = Waybill.objects.filter(carrier=one.carrier, number=one.waybill).first()
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
            "declared once": not Listing.objects.filter(
                platform=one.platform, order_number=one.order_number, status="800"
            ).exclude(pk=one.pk).exists(),
            "waybill once": not Listing.objects.filter(
                carrier=one.carrier, waybill=one.waybill, status="800"
            ).exclude(pk=one.pk).exists(),
        }  # fmt: skip
        value = sum((Decimal(line["totalPrice"]) for line in one.lines), one.freight)
        checks["single limit"] = value <= Decimal(5000) or len(one.lines) == 1
        limit, _made = Limit.objects.select_for_update().get_or_create(
            person=one.buyer_id, year=now.year
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
