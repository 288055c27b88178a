"""The tables of clearing, as rows in sets."""

from hoppo.commerce.values import Order, Payment
from hoppo.customs.values import Application, Declaration, Verdict
from hoppo.engine.rows import Table
from hoppo.goods.values import Waybill, WaybillStatus

ORDERS = Table("purchase_order", Order, ("platform_code", "order_no"))
PAYMENTS = Table("payment", Payment, ("payment_code", "transaction_no"))
WAYBILLS = Table("waybill", Waybill, ("logistics_code", "waybill_no"))
WAYBILL_STATUSES = Table("waybill_status", WaybillStatus, ("logistics_code", "waybill_no"))
DECLARATIONS = Table("declaration", Declaration, ("declarant_code", "cop_no"))
VERDICTS = Table("verdict", Verdict, ("declarant_code", "cop_no"))
APPLICATIONS = Table("application", Application, ("kind", "declarant_code", "cop_no"))
