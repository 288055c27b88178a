"""What every page's frame shows: where one may go, and as whom."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from hoppo.portal.roles import EVERYBODY, LOOKERS, NAMES, OFFICERS, Role
from hoppo.portal.speech import Said


class Way(NamedTuple):
    """An entry of the menu, and who sees it; strangers too where it is nobody's."""

    name: str
    title: Said
    roles: frozenset[Role]


EVERYONE: frozenset[Role] = frozenset()  # strangers too
WATCHING = frozenset({Role.OPERATOR, Role.AUDITOR})
WAYS = (
    Way("desk", Said("Desk", "工作台"), OFFICERS),
    Way("now", Said("Now", "实时"), LOOKERS),
    Way("find", Said("Find", "查询"), LOOKERS),
    Way(
        "trail",
        Said("Trail", "操作记录"),
        frozenset({Role.OPERATOR, Role.AUDITOR, Role.SUPERVISOR}),
    ),
    Way("sheets", Said("Excel", "表格导入"), frozenset({Role.TRADER})),
    Way("enterprise", Said("Enterprise", "企业"), frozenset({Role.TRADER})),
    Way("registrations", Said("Registrations", "企业注册"), WATCHING),
    Way("people", Said("People", "用户"), WATCHING),
    Way("disputes", Said("Disputes", "争议"), frozenset({Role.OPERATOR})),
    Way("mine", Said("My parcels", "我的包裹"), frozenset({Role.BUYER})),
    Way("try", Said("Test messages", "报文测试"), EVERYONE),
    Way("codes", Said("Codes", "回执代码"), EVERYONE),
    Way("law", Said("Rule book", "规则"), EVERYONE),
    Way("tariff", Said("Tariff", "税则"), EVERYONE),
    Way("calculator", Said("Calculator", "税款计算"), EVERYONE),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The menu of the person who asks."""
    user: Any = getattr(request, "user", None)
    role = user.role if user is not None and user.is_authenticated else None
    ways = [
        {"address": reverse(way.name), "title": way.title,
         "here": request.resolver_match is not None and request.resolver_match.url_name == way.name}
        for way in WAYS
        if not way.roles or role in way.roles
    ]  # fmt: skip
    return {"ways": ways, "role_name": NAMES[Role(role)] if role in EVERYBODY else ""}
