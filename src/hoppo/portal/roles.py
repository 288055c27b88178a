"""Who comes in: the roles of people, and what a person may see of the lists."""

from enum import StrEnum
from typing import Any, NamedTuple

from hoppo.portal.speech import Said


class Role(StrEnum):
    """What a person is to the window."""

    TRADER = "trader"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    INSPECTOR = "inspector"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    BUYER = "buyer"


NAMES = {
    Role.TRADER: Said("Enterprise", "企业"),
    Role.OPERATOR: Said("Operator of the zone", "平台运营"),
    Role.REVIEWER: Said("Officer, review", "审单关员"),
    Role.INSPECTOR: Said("Officer, inspection", "查验关员"),
    Role.SUPERVISOR: Said("Officer, supervisor", "主管关员"),
    Role.AUDITOR: Said("Auditor", "审计"),
    Role.BUYER: Said("Buyer", "消费者"),
}
OFFICERS = frozenset({Role.REVIEWER, Role.INSPECTOR, Role.SUPERVISOR})
# Who may look at lists: an enterprise at its own, an officer at the district's.
LOOKERS = frozenset({Role.TRADER, Role.OPERATOR, Role.AUDITOR}) | OFFICERS
EVERYBODY = frozenset(Role)


# Where a list names an enterprise.
ENTERPRISE_COLUMNS = (
    "ebc_code", "declarant_code", "platform_code", "logistics_code", "guarantor_code",
)  # fmt: skip


class Scope(NamedTuple):
    """Which lists a person sees: those that name an enterprise, those of a district, or none."""

    enterprise: str = ""
    district: str = ""
    nothing: bool = False

    def holds(self, verdict: Any) -> bool:
        """Whether a list lies in the scope."""
        if self.nothing:
            return False
        if self.enterprise:
            return self.enterprise in {getattr(verdict, name) for name in ENTERPRISE_COLUMNS}
        return not self.district or verdict.customs_code == self.district

    def condition(self) -> tuple[str, list[str]]:
        """The scope as a condition on `verdict v`, and its parameters."""
        if self.nothing:
            return "false", []
        if self.enterprise:
            named = " OR ".join(f"v.{column} = %s" for column in ENTERPRISE_COLUMNS)
            return f"({named})", [self.enterprise] * len(ENTERPRISE_COLUMNS)
        return ("v.customs_code = %s", [self.district]) if self.district else ("true", [])


def scope_of(user: Any) -> Scope:
    """An enterprise sees lists that name it; an officer the district's, or all without one."""
    if not user.is_authenticated or user.role not in LOOKERS:
        return Scope(nothing=True)
    if user.role == Role.TRADER:
        return Scope(enterprise=user.enterprise_code, nothing=not user.enterprise_code)
    return Scope(district=user.customs_code if user.role in OFFICERS else "")
