"""What a fault does to a purchase that was good: one function a kind of wrong."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import NamedTuple

from hoppo.simulation.cast import Cast
from hoppo.simulation.day import DAY_TEXT, LAST_SECOND, guid, stamp
from hoppo.simulation.people import People
from hoppo.simulation.purchase import Head, Paper, Purchase

ONE = Decimal(1)


class Town(NamedTuple):
    """What a fault may draw on."""

    rng: Random
    cast: Cast
    people: People


Change = Callable[[Purchase, Town], None]


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


def unit_apart_from(line: Head) -> str:
    """A unit that a line does not use."""
    used = {line["unit"], line["statutory_unit"], line["second_unit"]}
    return next(unit for unit in ("140", "142", "122", "125") if unit not in used)


def statutory_unit(bought: Purchase, _town: Town) -> None:
    """The statutory unit is not the tariff's."""
    line = bought.declared.lines[0]
    line["statutory_unit"] = unit_apart_from(line)


def unmeasured(bought: Purchase, _town: Town) -> None:
    """The list leaves out the quantity that the tax is reckoned by."""
    line = bought.declared.lines[0]
    line["second_quantity"] = line["second_unit"] = None


def negative_insurance(bought: Purchase, _town: Town) -> None:
    """The insurance is negative; the freight is the order's."""
    bought.declared.head["freight"] = bought.order.head["freight"]
    bought.declared.head["insurance"] = -ONE


def list_unit(bought: Purchase, _town: Town) -> None:
    """The list counts in another unit than the order, and than the tariff."""
    line = bought.declared.lines[0]
    line["unit"] = unit_apart_from(line)


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
    """A version that came before, other in one value; now and then it arrives late."""

    def change(bought: Purchase, town: Town) -> None:
        last: Paper = getattr(bought, paper)
        before = min(last.second, LAST_SECOND) - 60
        head = {**last.head, "guid": guid(town.rng), "app_time": stamp(before), name: value}
        last.head["app_type"] = app_type
        late = town.rng.random() < 0.3  # noqa: PLR2004 - share of old versions that come late
        arrives = last.second + (1800 if late else -60)
        lines = [dict(line) for line in last.lines]
        bought.further.append(Paper(last.kind, last.sender, arrives, head, lines))

    return change
