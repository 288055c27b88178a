"""The tables of clearing, as rows in sets.

All that belongs to a purchase lies under its order's number, so that a match never looks further
than one machine; see `references` for how other numbers lead there.
"""

from hoppo.commerce.values import Order, Payment
from hoppo.customs.values import Application, Declaration, Reference, Verdict
from hoppo.engine.rows import Table
from hoppo.goods.values import Waybill, WaybillStatus

PLACE = ("order_no", "received_at")
ORDERS = Table("purchase_order", Order, ("platform_code", "order_no"), within=PLACE)
PAYMENTS = Table("payment", Payment, ("payment_code", "transaction_no"), within=PLACE)
WAYBILLS = Table("waybill", Waybill, ("logistics_code", "waybill_no"), within=PLACE)
WAYBILL_STATUSES = Table(
    "waybill_status", WaybillStatus, ("logistics_code", "waybill_no"), within=("received_at",)
)
DECLARATIONS = Table("declaration", Declaration, ("declarant_code", "cop_no"), within=PLACE)
VERDICTS = Table("verdict", Verdict, ("declarant_code", "cop_no"), within=PLACE)
APPLICATIONS = Table(
    "application", Application, ("kind", "declarant_code", "cop_no"), within=("order_no",)
)
REFERENCES = Table("reference", Reference, ("name", "order_no"), within=("received_at",))
