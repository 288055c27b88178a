"""The states of a list as pages name them."""

from typing import NamedTuple

from hoppo.portal.speech import Said


class State(NamedTuple):
    """A status code's name, and the tone it is shown in."""

    code: str
    name: Said
    tone: str


STATES = {
    one.code: one
    for one in (
        State("1", Said("Staged", "暂存"), "calm"),
        State("2", Said("Waiting for documents", "等待单证"), "calm"),
        State("100", Said("Refused", "退单"), "bad"),
        State("300", Said("In review", "人工审核"), "busy"),
        State("399", Said("Approved", "审核通过"), "good"),
        State("500", Said("In inspection", "查验"), "busy"),
        State("800", Said("Released", "放行"), "good"),
        State("899", Said("Closed", "结关"), "good"),
        State("cancelled", Said("Cancelled", "已撤销"), "calm"),
        State("deleted", Said("Deleted", "已删除"), "calm"),
    )
}
FAULTY = Said("Message faulty", "报文异常")


def state_of(status: str) -> State:
    """How a status is shown; a negative one is a faulty message."""
    return STATES.get(status) or State(status, FAULTY, "bad")
