"""One purchase: its order, payment, waybill and declaration list, in agreement with each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from hoppo.simulation.cast import Cast, Party
from hoppo.simulation.day import DAY_TEXT, guid, stamp
from hoppo.simulation.goods import ORIGINS, Bought
from hoppo.simulation.levy import levy
from hoppo.simulation.people import Buyer, People
from hoppo.tariff.commodity import Commodity
from hoppo.values.money import to_fen

Head = dict[str, Any]
Lines = list[Head]
Rows = dict[str, Commodity]
ZERO, YUAN = Decimal(0), "142"
DIRECT, BONDED = "9610", "1210"
ORDER, PAYMENT, WAYBILL, LIST, STATUS = "311", "411", "511", "621", "513"
WRAPPING = Decimal("0.05")
CUSTOMS = {DIRECT: ("2916", "2910"), BONDED: ("2909", "2901")}


@dataclass(slots=True)
class Paper:
    """One record to be sent: which message, by whom, when, what.

    `edits` are (wire name, text or None to take the element out) for what no writer would write;
    `copied` sends its whole message twice; `forged` changes its message after it was signed.
    """

    kind: str
    sender: Party
    second: int
    head: Head
    lines: Lines
    edits: tuple[tuple[str, str | None], ...] = ()
    copied: bool = False
    forged: bool = False


@dataclass(slots=True)
class Purchase:
    """The four papers of a purchase, and further ones: older versions, states of delivery."""

    order: Paper
    payment: Paper
    waybill: Paper
    declared: Paper
    buyer: Buyer
    shop: Party
    basket: Sequence[Bought]
    absent: set[str] = field(default_factory=set)
    further: list[Paper] = field(default_factory=list)

    def papers(self) -> list[Paper]:
        """What is sent, in no order."""
        main = (self.order, self.payment, self.waybill, self.declared)
        return [*(paper for paper in main if paper.kind not in self.absent), *self.further]

    def tax(self) -> dict[str, str] | None:
        """What the list owes as it stands now."""
        rows = _rows(self.basket)
        lines = self.declared.lines
        return levy(self.declared.head, lines, [rows.get(row["commodity_code"]) for row in lines])


class Maker:
    """Makes purchases."""

    def __init__(self, rng: Random, cast: Cast, people: People, first: int = 0) -> None:
        """Take the dice, the enterprises, the people, and how many were made elsewhere."""
        self._rng, self._cast, self._people = rng, cast, people
        self._made = first

    def purchase(
        self, second: int, buyer: Buyer, basket: Sequence[Bought], mode: str, carriage: Decimal
    ) -> Purchase:
        """A purchase that nothing is wrong with, made at a second of the day."""
        rng, cast = self._rng, self._cast
        self._made += 1
        discredited = cast.shops[-1]
        shop = discredited if rng.random() < 0.02 else rng.choice(cast.shops[:-1])  # noqa: PLR2004
        platform, payer = rng.choice(cast.platforms), rng.choice(cast.payers)
        carrier, declarant = rng.choice(cast.carriers), rng.choice(cast.declarants)
        insurance = min(carriage, Decimal(rng.choice((0, 0, 0, 2))))
        shared = {
            "platform_code": platform.code, "platform_name": platform.name,
            "order_no": f"D{DAY_TEXT}{self._made:07d}{rng.randrange(1000):03d}",
        }  # fmt: skip
        carried = {
            "logistics_code": carrier.code, "logistics_name": carrier.name,
            "waybill_no": f"Y{self._made:08d}{rng.randrange(10000):04d}",
        }  # fmt: skip
        traded = {"ebc_code": shop.code, "ebc_name": shop.name}
        bought = {
            "buyer_id_type": "1", "buyer_id_number": buyer.id_number, "buyer_name": buyer.name,
            "buyer_telephone": buyer.telephone, "consignee_address": buyer.address,
        }  # fmt: skip
        paid_at = second + rng.randrange(15, 300)
        carried_at = paid_at + rng.randrange(120, 3000)
        declared_at = carried_at + rng.randrange(60, 4800)
        lines = self._list_lines(basket, mode)
        head = {
            **self._opening(declared_at), **shared, **traded, **carried, **bought,
            **self._mode_fields(mode), **_weights(basket),
            "cop_no": f"L{self._made:09d}{rng.randrange(1000):03d}",
            "guarantor_code": declarant.code, "ie_flag": "I", "declared_on": DAY_TEXT,
            "declarant_code": declarant.code, "declarant_name": declarant.name,
            "freight": carriage - insurance, "insurance": insurance, "currency": YUAN,
            "packing": "2", "pack_count": 1,
        }  # fmt: skip
        payment = {
            **self._opening(paid_at), **shared, "payment_code": payer.code,
            "payment_name": payer.name, "transaction_no": f"Z{self._made:010d}{shop.code[-3:]}",
            "payer_id_type": "1", "payer_id_number": buyer.id_number, "payer_name": buyer.name,
            "telephone": buyer.telephone, "currency": YUAN, "pay_time": stamp(paid_at),
        }  # fmt: skip
        order = {
            **self._opening(second), **shared, **traded, **bought,
            **self._order_fields(buyer, payment, head, lines, _rows(basket)),
        }  # fmt: skip
        payment["amount_paid"] = order["actual_paid"]
        waybill = {**self._opening(carried_at), **carried, **_waybill_fields(order, head, lines)}
        return Purchase(
            Paper(ORDER, platform, second, order, _order_lines(lines)),
            Paper(PAYMENT, payer, paid_at, payment, []),
            Paper(WAYBILL, carrier, carried_at, waybill, []),
            Paper(LIST, declarant, declared_at, head, lines),
            buyer, shop, basket,
        )  # fmt: skip

    def _opening(self, second: int) -> Head:
        return {
            "guid": guid(self._rng), "app_type": "1", "app_time": stamp(second), "app_status": "2",
        }  # fmt: skip

    def _mode_fields(self, mode: str) -> Head:
        rng = self._rng
        customs, port = CUSTOMS[mode]
        common = {"trade_mode": mode, "customs_code": customs, "port_code": port}
        if mode == BONDED:
            zone = rng.choice(self._cast.zones)
            return {
                **common, "zone_code": zone.code, "zone_name": zone.name, "transport_mode": "7",
                "account_book_no": f"T2909W{int(zone.code[-3:]):06d}", "country": YUAN,
            }  # fmt: skip
        flight = f"S{rng.randrange(100, 400)}"
        return {
            **common, "transport_mode": "5", "transport_no": f"SIM{flight}", "voyage_no": flight,
            "bill_no": f"999-{rng.randrange(10**8):08d}", "country": rng.choice(ORIGINS),
            "ie_date": DAY_TEXT,
        }  # fmt: skip

    def _list_lines(self, basket: Sequence[Bought], mode: str) -> Lines:
        lines = []
        for number, item in enumerate(basket, 1):
            article, quantity = item.article, Decimal(item.quantity)
            row = article.commodity
            lines.append({
                "line_no": number, "item_no": f"SKU{row.code}",
                "record_item_no": f"{row.code[:6]}{number:03d}" if mode == BONDED else None,
                "commodity_code": row.code, "commodity_name": row.name,
                "specification": f"模拟|{article.net_weight}千克", "currency": YUAN,
                "country": self._rng.choice(ORIGINS), "quantity": quantity, "unit": article.unit,
                "statutory_quantity": article.measured(row.unit1, quantity),
                "statutory_unit": row.unit1,
                "second_quantity": article.measured(row.unit2, quantity), "second_unit": row.unit2,
                "price": item.price, "total_price": item.total,
            })  # fmt: skip
        return lines

    def _order_fields(
        self, buyer: Buyer, payment: Head, declared: Head, lines: Lines, rows: Rows
    ) -> Head:
        rng = self._rng
        tax = levy(declared, lines, [rows.get(line["commodity_code"]) for line in lines])
        goods = sum((line["total_price"] for line in lines), ZERO)
        freight = declared["freight"] + declared["insurance"]
        withheld = Decimal(tax["total"]) if tax else ZERO
        discount = to_fen(goods * rng.choice((0, 0, 0, 0, 0, 5, 10)) / 100)
        # Some parcels are presents: the consignee need not be the buyer.
        present = rng.random() < 0.08  # noqa: PLR2004 - share of presents
        return {
            "order_type": "I", "goods_value": goods, "freight": freight, "discount": discount,
            "tax_withheld": withheld, "actual_paid": goods + freight + withheld - discount,
            "currency": YUAN, "buyer_reg_no": buyer.account,
            "payment_code": payment["payment_code"], "payment_name": payment["payment_name"],
            "transaction_no": payment["transaction_no"],
            "consignee": self._people.name() if present else buyer.name,
            "consignee_telephone": self._people.telephone() if present else buyer.telephone,
            "consignee_district": buyer.district,
        }  # fmt: skip


def _order_lines(lines: Lines) -> Lines:
    alike = (
        "line_no", "item_no", "specification", "unit", "quantity", "price", "total_price",
        "currency", "country",
    )  # fmt: skip
    return [
        {**{name: line[name] for name in alike}, "item_name": line["commodity_name"]}
        for line in lines
    ]


def _waybill_fields(order: Head, declared: Head, lines: Lines) -> Head:
    return {
        "order_no": order["order_no"], "bill_no": declared.get("bill_no"),
        "freight": declared["freight"], "insurance": declared["insurance"], "currency": YUAN,
        "gross_weight": declared["gross_weight"], "pack_count": 1,
        "goods_info": lines[0]["commodity_name"][:100],
        "consignee": order["consignee"], "consignee_address": order["consignee_address"],
        "consignee_telephone": order["consignee_telephone"],
    }  # fmt: skip


def _rows(basket: Sequence[Bought]) -> Rows:
    return {item.article.commodity.code: item.article.commodity for item in basket}


def _weights(basket: Sequence[Bought]) -> dict[str, Decimal]:
    """Net weight in kilograms, and the gross weight with the box around it."""
    net = sum((item.quantity * item.article.net_weight for item in basket), ZERO)
    gross = (net * Decimal("1.08") + WRAPPING).quantize(Decimal("0.001"))
    return {"net_weight": net, "gross_weight": gross}
