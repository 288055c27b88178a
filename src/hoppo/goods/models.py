"""Tables of goods: waybills and their states, which lie in months."""

from django.db import models


class Waybill(models.Model):
    """One waybill of a carrier, its newest version."""

    pk = models.CompositePrimaryKey("order_no", "logistics_code", "waybill_no", "received_at")
    logistics_code = models.TextField()
    waybill_no = models.TextField()
    order_no = models.TextField()
    app_type = models.TextField()
    app_time = models.DateTimeField()
    app_status = models.TextField()
    digest = models.BinaryField()
    message_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    sender = models.TextField()
    deleted = models.BooleanField()
    bill_no = models.TextField(null=True)
    freight = models.DecimalField(max_digits=34, decimal_places=5, null=True)
    insurance = models.DecimalField(max_digits=34, decimal_places=5, null=True)
    currency = models.TextField()
    gross_weight = models.DecimalField(max_digits=34, decimal_places=5)
    pack_count = models.BigIntegerField()
    consignee = models.TextField()
    consignee_telephone = models.TextField()
    consignee_address = models.TextField()
    personal = models.BinaryField()
    key_day = models.DateField()

    class Meta:
        db_table = "waybill"


class WaybillStatus(models.Model):
    """The last state a carrier reported of a waybill."""

    pk = models.CompositePrimaryKey("waybill_no", "logistics_code", "received_at")
    logistics_code = models.TextField()
    waybill_no = models.TextField()
    logistics_status = models.TextField()
    app_type = models.TextField()
    app_time = models.DateTimeField()
    app_status = models.TextField()
    digest = models.BinaryField()
    message_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    sender = models.TextField()
    deleted = models.BooleanField()
    logistics_time = models.TextField()

    class Meta:
        db_table = "waybill_status"
