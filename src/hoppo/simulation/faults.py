"""Everything that can be wrong with one purchase, and which rules must say so.

Each fault is one row: its name, the rules that must find it, and what it does. Where no rule is
named the purchase still passes: a changed payment, a copy, a purchase exactly at a limit.
"""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import NamedTuple

from hoppo.simulation.cast import Cast
from hoppo.simulation.day import DAY_TEXT, guid, stamp
from hoppo.simulation.people import People
from hoppo.simulation.purchase import BONDED, DIRECT, ORDER, PAYMENT, WAYBILL, Paper, Purchase

ONE = Decimal(1)


class Town(NamedTuple):
    """What a fault may draw on."""

    rng: Random
    cast: Cast
    people: People


Change = Callable[[Purchase, Town], None]


class Fault(NamedTuple):
    """One fault. `basket` names the goods it needs, see `baskets`; `mode` the trade mode."""

    name: str
    rules: tuple[str, ...]
    change: Change
    mode: str = ""
    basket: str = "plain"
    status: str = "100"


def same(_bought: Purchase, _town: Town) -> None:
    """Nothing: what is special is in the basket."""


def put(paper: str, name: str, value: object) -> Change:
    """Put a value into the head of a paper."""

    def change(bought: Purchase, _town: Town) -> None:
        getattr(bought, paper).head[name] = value

    return change


def put_line(name: str, value: object) -> Change:
    """Put a value into the list's first line."""

    def change(bought: Purchase, _town: Town) -> None:
        bought.declared.lines[0][name] = value

    return change


def add(*places: tuple[str, str], amount: Decimal = ONE) -> Change:
    """Add an amount to values in heads of papers."""

    def change(bought: Purchase, _town: Town) -> None:
        for paper, name in places:
            getattr(bought, paper).head[name] += amount

    return change


def edit(paper: str, wire: str, text: str | None) -> Change:
    """Write something that no writer would write: another text, or None for no element."""

    def change(bought: Purchase, _town: Town) -> None:
        getattr(bought, paper).edits = ((wire, text),)

    return change


def leave_out(*kinds: str) -> Change:
    """Never send papers."""

    def change(bought: Purchase, _town: Town) -> None:
        bought.absent.update(kinds)

    return change


def other(paper: str, name: str, kind: str) -> Change:
    """Another name, telephone, address or (valid) identity number of somebody else."""

    def change(bought: Purchase, town: Town) -> None:
        head = getattr(bought, paper).head
        draw = getattr(town.people, kind)
        head[name] = draw() if kind == "id_number" else draw(other_than=head[name])

    return change


def other_party(paper: str, prefix: str, group: str) -> Change:
    """Another registered enterprise of the same trade."""

    def change(bought: Purchase, town: Town) -> None:
        head = getattr(bought, paper).head
        party = town.rng.choice(
            [row for row in getattr(town.cast, group) if row.code != head[f"{prefix}_code"]]
        )
        head[f"{prefix}_code"], head[f"{prefix}_name"] = party.code, party.name

    return change


def stranger(prefix: str, *papers: str) -> Change:
    """An enterprise that stands in no register, the same on all papers."""

    def change(bought: Purchase, town: Town) -> None:
        for paper in papers:
            head = getattr(bought, paper).head
            head[f"{prefix}_code"] = town.cast.stranger.code
            if prefix != "guarantor":
                head[f"{prefix}_name"] = town.cast.stranger.name

    return change


def wrong_role(bought: Purchase, town: Town) -> None:
    """A carrier declares: registered, but not as a declarant."""
    carrier = town.cast.carriers[0]
    bought.declared.head["declarant_code"] = carrier.code
    bought.declared.head["declarant_name"] = carrier.name


def wrong_identity_number(bought: Purchase, _town: Town) -> None:
    """The same wrong check digit on every paper."""
    number = bought.buyer.id_number
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    bought.order.head["buyer_id_number"] = wrong
    bought.payment.head["payer_id_number"] = wrong
    bought.declared.head["buyer_id_number"] = wrong


def other_number(paper: str, name: str) -> Change:
    """A number that belongs to nothing."""

    def change(bought: Purchase, _town: Town) -> None:
        head = getattr(bought, paper).head
        head[name] = f"{head[name]}9"

    return change


def order_line_total(bought: Purchase, _town: Town) -> None:
    """The total of an order's line is a yuan too high."""
    bought.order.lines[0]["total_price"] += ONE


def list_line_total(bought: Purchase, _town: Town) -> None:
    """The total of a list's line is a yuan too high."""
    bought.declared.lines[0]["total_price"] += ONE


def list_price(bought: Purchase, _town: Town) -> None:
    """The list has another price than the order."""
    line = bought.declared.lines[0]
    line["price"] += ONE
    line["total_price"] = line["price"] * line["quantity"]


def list_quantity(bought: Purchase, _town: Town) -> None:
    """The list has one more than the order."""
    line, article = bought.declared.lines[0], bought.basket[0].article
    line["quantity"] += ONE
    line["statutory_quantity"] = article.measured(line["statutory_unit"], line["quantity"])
    line["second_quantity"] = article.measured(line["second_unit"], line["quantity"])
    line["total_price"] = line["price"] * line["quantity"]


def list_unit(bought: Purchase, _town: Town) -> None:
    """The list counts in another unit than the order, and than the tariff."""
    line = bought.declared.lines[0]
    line["unit"] = next(
        unit
        for unit in ("140", "142", "122", "125")
        if unit not in {line["unit"], line["statutory_unit"], line["second_unit"]}
    )


def list_goods(bought: Purchase, _town: Town) -> None:
    """The list names other goods than the order."""
    bought.declared.lines[0]["commodity_name"] += "（另款）"


def list_lines(bought: Purchase, _town: Town) -> None:
    """The list lacks the order's last line."""
    bought.declared.lines.pop()


def list_numbers(bought: Purchase, _town: Town) -> None:
    """Line numbers leave one out."""
    bought.declared.lines[-1]["line_no"] += 1


def net_above_gross(bought: Purchase, _town: Town) -> None:
    """The net weight is more than the gross weight."""
    bought.declared.head["net_weight"] = bought.declared.head["gross_weight"] + ONE


def second_quantity(bought: Purchase, _town: Town) -> None:
    """A second quantity without its unit, or a unit without quantity."""
    line = bought.declared.lines[0]
    line["second_quantity"] = None if line["second_unit"] else ONE


def statutory_quantity(bought: Purchase, _town: Town) -> None:
    """Trade unit and statutory unit are one, and their quantities are not."""
    line = bought.declared.lines[0]
    name = "statutory" if line["statutory_unit"] == line["unit"] else "second"
    line[f"{name}_quantity"] += ONE


def paid_next_day(bought: Purchase, _town: Town) -> None:
    """The payment is dated on the day after the declaration."""
    bought.payment.head["pay_time"] = f"{int(DAY_TEXT) + 1}090000"


def risky_origin(bought: Purchase, _town: Town) -> None:
    """Goods of an origin on the risk list."""
    for paper in (bought.order, bought.declared):
        paper.lines[0]["country"] = "109"


def poor_guarantor(bought: Purchase, town: Town) -> None:
    """The guarantor has lodged less than the tax."""
    bought.declared.head["guarantor_code"] = town.cast.poor_guarantor.code


def forged(bought: Purchase, _town: Town) -> None:
    """The message is changed after it was signed."""
    bought.declared.forged = True


def copied(bought: Purchase, _town: Town) -> None:
    """Every message arrives twice."""
    for paper in (bought.order, bought.payment, bought.waybill, bought.declared):
        paper.copied = True


def older(paper: str, name: str, value: object, app_type: str) -> Change:
    """A version that came before, other in one value; which arrives first is left to the dice."""

    def change(bought: Purchase, town: Town) -> None:
        last: Paper = getattr(bought, paper)
        head = {**last.head, "guid": guid(town.rng), "app_type": "1", name: value}
        second = last.second
        last.head["app_time"] = stamp(second + 60)
        last.head["app_type"] = app_type
        late = town.rng.random() < 0.3  # noqa: PLR2004 - share of old versions that come late
        last.second = second + (0 if late else 60)
        arrives = second + 1800 if late else second
        lines = [dict(line) for line in last.lines]
        bought.further.append(Paper(last.kind, last.sender, arrives, head, lines))

    return change


FAULTS = (
    Fault("order_arithmetic", ("ORDER-01",),
          add(("order", "actual_paid"), ("payment", "amount_paid"))),
    Fault("order_line_total", ("ORDER-02", "ORDER-03", "MATCH-21"), order_line_total),
    Fault("order_sum", ("ORDER-03",), add(
        ("order", "goods_value"), ("order", "actual_paid"), ("payment", "amount_paid"))),
    Fault("order_currency", ("ORDER-04",), edit("order", "currency", "502")),
    Fault("order_id_type", ("ORDER-05",), put("order", "buyer_id_type", "2")),
    Fault("identity_number", ("ORDER-06", "PAY-03", "LIST-03"), wrong_identity_number),
    Fault("order_type", ("ORDER-07",), put("order", "order_type", "E")),
    Fault("order_negative", ("ORDER-08", "ORDER-01"), put("order", "discount", Decimal(-7))),
    Fault("payment_currency", ("PAY-01",), edit("payment", "currency", "502")),
    Fault("payment_id_type", ("PAY-02",), put("payment", "payer_id_type", "2")),
    Fault("payment_negative", ("PAY-04", "MATCH-05"), put("payment", "amount_paid", Decimal(-1))),
    Fault("payer_name", ("MATCH-04",), other("payment", "payer_name", "name")),
    Fault("payer_number", ("MATCH-04",), other("payment", "payer_id_number", "id_number")),
    Fault("amount_paid", ("MATCH-05",), add(("payment", "amount_paid"), amount=Decimal("0.01"))),
    Fault("payment_company", ("MATCH-06",), other_party("payment", "payment", "payers")),
    Fault("payment_platform", ("MATCH-07",), other_party("payment", "platform", "platforms")),
    Fault("payment_transaction", ("MATCH-08",), other_number("payment", "transaction_no")),
    Fault("payment_order_no", ("MATCH-09",), other_number("payment", "order_no")),
    Fault("paid_next_day", ("LIST-16",), paid_next_day),
    Fault("waybill_currency", ("WAYBILL-01",), edit("waybill", "currency", "502")),
    Fault("waybill_packs", ("WAYBILL-02",), put("waybill", "pack_count", 2)),
    Fault("waybill_weight", ("WAYBILL-03",), put("waybill", "gross_weight", Decimal(0))),
    Fault("waybill_consignee", ("MATCH-10",), other("waybill", "consignee", "name")),
    Fault("waybill_telephone", ("MATCH-11",),
          other("waybill", "consignee_telephone", "telephone")),
    Fault("waybill_address", ("MATCH-12",), other("waybill", "consignee_address", "address")),
    Fault("waybill_order_no", ("MATCH-13",), other_number("waybill", "order_no")),
    Fault("waybill_number", ("MATCH-14",), other_number("waybill", "waybill_no")),
    Fault("list_currency", ("LIST-01",), edit("declared", "currency", "502")),
    Fault("list_id_type", ("LIST-02",), put("declared", "buyer_id_type", "2")),
    Fault("list_packs", ("LIST-04",), put("declared", "pack_count", 2)),
    Fault("list_line_numbers", ("LIST-05",), list_numbers),
    Fault("list_line_total", ("LIST-06", "MATCH-21"), list_line_total),
    Fault("net_above_gross", ("LIST-07",), net_above_gross),
    Fault("bonded_without_book", ("LIST-08",), put("declared", "account_book_no", None), BONDED),
    Fault("bonded_without_zone", ("LIST-08",), put("declared", "zone_code", None), BONDED),
    Fault("bonded_without_record", ("LIST-08",), put_line("record_item_no", None), BONDED),
    Fault("bonded_from_abroad", ("LIST-08",), put("declared", "country", "116"), BONDED),
    Fault("bonded_with_transport", ("LIST-09",), put("declared", "transport_no", "SIM1"), BONDED),
    Fault("direct_without_bill", ("LIST-10",), put("declared", "bill_no", None), DIRECT),
    Fault("direct_without_voyage", ("LIST-10",), put("declared", "voyage_no", None), DIRECT),
    Fault("trade_mode", ("LIST-11",), put("declared", "trade_mode", "0110"), DIRECT),
    Fault("export_flag", ("LIST-12",), put("declared", "ie_flag", "E")),
    Fault("second_quantity", ("LIST-13",), second_quantity),
    Fault("list_negative", ("LIST-14",), put("declared", "insurance", Decimal(-1))),
    Fault("transport_code", ("LIST-15",), put("declared", "transport_mode", "Q")),
    Fault("origin_code", ("LIST-15",), put_line("country", "999")),
    Fault("list_buyer_name", ("MATCH-15",), other("declared", "buyer_name", "name")),
    Fault("list_telephone", ("MATCH-16",), other("declared", "buyer_telephone", "telephone")),
    Fault("list_buyer_number", ("MATCH-17",), other("declared", "buyer_id_number", "id_number")),
    Fault("list_line_count", ("MATCH-18",), list_lines, basket="two_lines"),
    Fault("list_goods", ("MATCH-19",), list_goods),
    Fault("list_quantity", ("MATCH-20", "MATCH-21"), list_quantity),
    Fault("list_unit", ("MATCH-20",), list_unit),
    Fault("list_price", ("MATCH-21",), list_price),
    Fault("list_freight", ("MATCH-22",), add(("declared", "freight"), amount=Decimal(9))),
    Fault("list_shop", ("MATCH-23",), other_party("declared", "ebc", "shops")),
    Fault("list_address", ("MATCH-24",), other("declared", "consignee_address", "address")),
    Fault("strange_shop", ("ENTERPRISE-01",), stranger("ebc", "order", "declared")),
    Fault("strange_payer", ("ENTERPRISE-01",), stranger("payment", "order", "payment")),
    Fault("strange_carrier", ("ENTERPRISE-01",), stranger("logistics", "waybill", "declared")),
    Fault("strange_declarant", ("ENTERPRISE-01",), stranger("declarant", "declared")),
    Fault("wrong_role", ("ENTERPRISE-01",), wrong_role),
    Fault("unknown_commodity", ("TARIFF-01",), put_line("commodity_code", "9999999999")),
    Fault("off_the_list", ("TARIFF-02",), same, basket="off_the_list"),
    Fault("bonded_only", ("TARIFF-03",), same, DIRECT, "bonded_only"),
    Fault("quantity_cap", ("TARIFF-04",), same, basket="capped"),
    Fault("statutory_unit", ("TARIFF-05",), put_line("statutory_unit", "019")),
    Fault("statutory_quantity", ("TARIFF-06",), statutory_quantity, basket="same_unit"),
    Fault("over_single_limit", ("TAX-01",), same, basket="over_limit"),
    Fault("at_single_limit", (), same, basket="at_limit"),
    Fault("single_item", (), same, basket="single_item"),
    Fault("over_yearly_limit", ("TAX-02",), same, basket="over_year"),
    Fault("guarantee", ("TAX-03",), poor_guarantor),
    Fault("order_missing", ("MATCH-01",), leave_out(ORDER)),
    Fault("payment_missing", ("MATCH-02",), leave_out(PAYMENT)),
    Fault("waybill_missing", ("MATCH-03",), leave_out(WAYBILL)),
    Fault("order_field_missing", ("MATCH-01",), edit("order", "buyerName", None)),
    Fault("payment_field_missing", ("MATCH-02",), edit("payment", "payerName", None)),
    Fault("waybill_field_missing", ("MATCH-03",), edit("waybill", "consignee", None)),
    Fault("order_staged_only", ("MATCH-01",), put("order", "app_status", "1")),
    Fault("list_field_missing", (), edit("declared", "buyerName", None), status="-621001"),
    Fault("list_forged", (), forged, status="-621029"),
    Fault("risky_origin", ("RISK-02",), risky_origin, status="300"),
    Fault("risky_goods", ("RISK-01",), same, basket="risky", status="300"),
    Fault("copied", (), copied),
    Fault("payment_changed", (), older("payment", "amount_paid", ONE, "2")),
    Fault("order_staged", (), older("order", "app_status", "1", "1")),
    Fault("list_staged", (), older("declared", "app_status", "1", "1")),
    Fault("list_changed", (), older("declared", "buyer_name", "甲乙", "2")),
)  # fmt: skip
