"""The enterprises of the city, all invented; the register as a sheet, and their certificates."""

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import NamedTuple

from hoppo.simulation.day import CERTIFIED_FROM, CERTIFIED_UNTIL
from hoppo.wire.sandbox_certificate import make_certificate

AMPLE, SCANT, NOTHING = "200000000", "0.01", "0"


class Party(NamedTuple):
    """One enterprise; guarantee in yuan."""

    code: str
    name: str
    roles: tuple[str, ...]
    credit_class: str = "registered"
    guarantee: str = NOTHING

    @property
    def dxp_id(self) -> str:
        """Its address in the customs' exchange."""
        return f"DXPENT{self.code}"


class KeyPair(NamedTuple):
    """A private key and its certificate, PEM."""

    private_key: bytes
    certificate: bytes


@dataclass(frozen=True, slots=True)
class Cast:
    """Who trades in the city. Strangers act in a role and stand in no register."""

    platforms: tuple[Party, ...]
    shops: tuple[Party, ...]
    payers: tuple[Party, ...]
    carriers: tuple[Party, ...]
    declarants: tuple[Party, ...]
    zones: tuple[Party, ...]
    poor_guarantor: Party
    stranger: Party
    keys: dict[str, KeyPair]

    @property
    def registered(self) -> tuple[Party, ...]:
        """Everybody in the register."""
        return (
            *self.platforms, *self.shops, *self.payers, *self.carriers, *self.declarants,
            *self.zones, self.poor_guarantor,
        )  # fmt: skip


def make_cast(seed: int, *, all_sign: bool = False) -> Cast:
    """The same enterprises for every city; their keys are drawn from the seed.

    Declarants sign, as lists must be; with `all_sign` platforms, payers and carriers do too.
    """
    declarants = _row(500, "报关", ("declarant", "guarantor"), "甲乙丙", guarantee=AMPLE)
    classes = ("registered", "registered", "advanced", "registered", "advanced", "registered")
    shops = tuple(
        party._replace(credit_class=kind)
        for party, kind in zip(
            _row(200, "商贸", ("ebc",), "子丑寅卯辰巳午"), (*classes, "discredited"), strict=True
        )
    )
    platforms = _row(100, "商城平台", ("platform",), "甲乙丙")
    payers = _row(300, "支付", ("payment",), "甲乙丙")
    carriers = _row(400, "快递", ("logistics",), "甲乙丙丁")
    signers = (*platforms, *shops, *payers, *carriers) if all_sign else ()
    return Cast(
        platforms,
        shops,
        payers,
        carriers,
        declarants,
        _row(600, "保税仓储", ("zone",), "甲乙"),
        Party("3301SIM700", "模拟小额担保有限公司", ("guarantor",), guarantee=SCANT),
        Party("3301SIM900", "模拟未备案有限公司", ()),
        {party.code: _keys(seed, party) for party in (*declarants, *signers)},
    )


def _row(
    first: int, trade: str, roles: tuple[str, ...], marks: str, *, guarantee: str = NOTHING
) -> tuple[Party, ...]:
    return tuple(
        Party(f"3301SIM{number:03d}", f"模拟{mark}{trade}有限公司", roles, guarantee=guarantee)
        for number, mark in enumerate(marks, first + 1)
    )


def _keys(seed: int, party: Party) -> KeyPair:
    drawn = hashlib.sha256(f"hoppo city {seed} {party.code}".encode()).digest()
    made = make_certificate(
        party.name, party.code, "sm2-sm3", CERTIFIED_FROM, CERTIFIED_UNTIL, seed=drawn
    )
    return KeyPair(*made)


def certificate_path(party: Party) -> str:
    """Where a party's certificate lies, beside the sheet."""
    return f"certificates/{party.code}.pem"


def enterprise_sheet(cast: Cast) -> bytes:
    """The register as `enterprises.csv`."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("code", "name", "roles", "credit_class", "guarantee", "certificate"))
    for party in cast.registered:
        path = certificate_path(party) if party.code in cast.keys else ""
        roles = "|".join(party.roles)
        rows.writerow((party.code, party.name, roles, party.credit_class, party.guarantee, path))
    return text.getvalue().encode()
