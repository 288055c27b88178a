"""The live board: what comes in, where it stands, why it is stopped."""

import base64
from datetime import datetime, time, timedelta
from typing import Any

import psycopg
import pygal
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hoppo.engine import inbox
from hoppo.portal.access import page
from hoppo.portal.find import SENTENCES
from hoppo.portal.roles import LOOKERS, Scope, scope_of
from hoppo.portal.served import now, reading
from hoppo.portal.speech import Said
from hoppo.portal.states import state_of
from hoppo.values.moments import BEIJING, beijing_day

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MOST_BARS = 240
QUESTIONS = {
    "states": "SELECT v.status, count(*) FROM verdict v WHERE {where}"
    " GROUP BY v.status ORDER BY count(*) DESC",
    "released": "SELECT coalesce(sum(v.counted), 0), coalesce(sum((v.tax->>'total')::numeric), 0)"
    " FROM verdict v WHERE {where} AND v.status IN ('800', '899')",
    "reasons": "SELECT one->>0, count(*) FROM verdict v, jsonb_array_elements(v.findings) one"
    " WHERE {where} GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
    "districts": "SELECT v.customs_code, v.trade_mode, count(*), coalesce(sum(v.counted), 0)"
    " FROM verdict v WHERE {where} GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20",
    "minutes": "SELECT date_trunc('minute', v.received_at), count(*) FROM verdict v"
    " WHERE {where} GROUP BY 1 ORDER BY 1",
    # From the newest lists alone: goods lie in their documents.
    "origins": "SELECT one->>'country', count(*) FROM"
    " (SELECT v.order_no, v.declarant_code, v.cop_no FROM verdict v WHERE {where}"
    "  ORDER BY v.received_at DESC LIMIT 5000) v"
    " JOIN declaration d USING (order_no, declarant_code, cop_no),"
    " jsonb_array_elements(d.lines) one GROUP BY 1 ORDER BY 2 DESC LIMIT 12",
}
STYLE = pygal.style.Style(
    background="transparent", plot_background="transparent", foreground="#334155",
    foreground_strong="#0f172a", foreground_subtle="#94a3b8", colors=("#0f5c7a", "#c2410c"),
    font_family="inherit", label_font_size=11, major_label_font_size=11, legend_font_size=11,
)  # fmt: skip


@page(LOOKERS)
def now_board(request: HttpRequest) -> HttpResponse:
    """The board; asked by htmx it is only what changes."""
    with reading() as connection:
        shown = figures(connection, scope_of(request.user), now())
    live: Any = request
    name = "portal/now_figures.html" if live.htmx else "portal/now.html"
    return render(request, name, shown)


def figures(connection: psycopg.Connection[Any], scope: Scope, moment: datetime) -> dict[str, Any]:
    """The figures of the newest day on which a list came in."""
    own, given = scope.condition()
    newest = connection.execute(
        f"SELECT max(v.received_at) FROM verdict v WHERE {own} AND v.received_at <= %s",  # noqa: S608 - the scope's own words
        [*given, moment],
    ).fetchone()
    last = newest[0] if newest and newest[0] else moment
    begins = datetime.combine(beijing_day(last), time(), BEIJING)
    where = f"{own} AND v.received_at >= %s AND v.received_at < %s"
    values = [*given, begins, begins + DAY]
    told = {
        name: connection.execute(text.format(where=where), values).fetchall()
        for name, text in QUESTIONS.items()
    }
    ((value, tax),) = told["released"]
    return {
        "day": beijing_day(last),
        "last": last,
        "lists": sum(count for _, count in told["states"]),
        "states": [
            {"state": state_of(status), "code": status, "lists": count}
            for status, count in told["states"]
        ],
        "value": value,
        "tax": tax,
        "reasons": [
            {"rule": rule, "lists": count, "sentence": SENTENCES.get(rule) or rule}
            for rule, count in told["reasons"]
        ],
        "districts": told["districts"],
        "rate": told["minutes"][-1][1] if told["minutes"] else 0,
        "minutes": chart_of_minutes(told["minutes"]),
        "origins": chart_of_origins(told["origins"]),
        "queue": inbox.waiting(connection),
    }


def picture(chart: Any) -> str:
    """A chart as an address of its own picture: its styles stay within it, it has no script."""
    drawn: str = chart.render(is_unicode=True, disable_xml_declaration=True)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()


def settings(title: Said) -> dict[str, Any]:
    """What all charts have in common."""
    return {
        "style": STYLE, "js": [], "show_legend": False, "height": 260, "width": 640, "title": None,
        "no_data_text": str(Said("No lists yet", "暂无清单")), "explicit_size": False,
        "margin": 8, "include_x_axis": True, "x_title": str(title),
    }  # fmt: skip


def chart_of_minutes(rows: list[Any]) -> str:
    """Lists a minute over the day, from the first minute that had one to the last."""
    counts: dict[datetime, int] = dict(rows)
    minutes = [min(counts) + at * MINUTE for at in range(length(counts))]
    # A long day is told by tens of minutes: more bars than points are no picture.
    step = 1 if len(minutes) <= MOST_BARS else 10
    chart = pygal.Bar(
        **settings(Said("Lists a minute", "每分钟清单数")), show_minor_x_labels=False,
        x_labels_major_count=6, y_labels_major_count=5, show_minor_y_labels=False,
    )  # fmt: skip
    chart.x_labels = [f"{at.astimezone(BEIJING):%H:%M}" for at in minutes[::step]]
    chart.add(
        "",
        [
            round(sum(counts.get(one, 0) for one in minutes[at : at + step]) / step)
            for at in range(0, len(minutes), step)
        ],
    )
    return picture(chart)


def length(counts: dict[datetime, int]) -> int:
    """How many minutes lie between the first and the last, both counted."""
    return (max(counts) - min(counts)) // MINUTE + 1 if counts else 0


def chart_of_origins(rows: list[Any]) -> str:
    """Lines of goods by country of origin."""
    chart = pygal.HorizontalBar(**settings(Said("Lines of goods by origin", "按原产国的商品项数")))
    chart.x_labels = [country for country, _ in reversed(rows)]
    chart.add("", [count for _, count in reversed(rows)])
    return picture(chart)
