"""Tables of customs: lists, verdicts and references, which lie in months; applications."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Declaration(models.Model):
    """One declaration list, its newest version."""

    pk = models.CompositePrimaryKey("order_no", "declarant_code", "cop_no", "received_at")
    declarant_code = models.TextField()
    cop_no = models.TextField()
    platform_code = models.TextField()
    order_no = models.TextField()
    logistics_code = models.TextField()
    waybill_no = models.TextField()
    app_type = models.TextField()
    app_time = models.DateTimeField()
    app_status = models.TextField()
    digest = models.BinaryField()
    message_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    sender = models.TextField()
    deleted = models.BooleanField()
    guid = models.TextField()
    ebc_code = models.TextField()
    guarantor_code = models.TextField()
    account_book_no = models.TextField(null=True)
    ie_flag = models.TextField()
    declared_on = models.DateField()
    customs_code = models.TextField()
    port_code = models.TextField()
    ie_date = models.TextField(null=True)
    buyer_id_type = models.TextField()
    buyer_id_valid = models.BooleanField()
    buyer_id_number = models.TextField()
    buyer_name = models.TextField()
    buyer_telephone = models.TextField()
    consignee_address = models.TextField()
    zone_code = models.TextField(null=True)
    zone_name = models.TextField(null=True)
    trade_mode = models.TextField()
    transport_mode = models.TextField()
    transport_no = models.TextField(null=True)
    voyage_no = models.TextField(null=True)
    bill_no = models.TextField(null=True)
    country = models.TextField()
    freight = models.DecimalField(max_digits=34, decimal_places=5)
    insurance = models.DecimalField(max_digits=34, decimal_places=5)
    currency = models.TextField()
    pack_count = models.BigIntegerField()
    gross_weight = models.DecimalField(max_digits=34, decimal_places=5)
    net_weight = models.DecimalField(max_digits=34, decimal_places=5)
    lines = models.JSONField()
    personal = models.BinaryField()
    key_day = models.DateField()

    class Meta:
        db_table = "declaration"


class Verdict(models.Model):
    """Where one declaration list stands, and why."""

    pk = models.CompositePrimaryKey("order_no", "declarant_code", "cop_no", "received_at")
    declarant_code = models.TextField()
    cop_no = models.TextField()
    platform_code = models.TextField()
    order_no = models.TextField()
    ebc_code = models.TextField()
    logistics_code = models.TextField()
    waybill_no = models.TextField()
    trade_mode = models.TextField()
    customs_code = models.TextField()
    pre_no = models.TextField()
    list_no = models.TextField(null=True)
    status = models.TextField()
    waiting_for = models.JSONField()
    due_at = models.DateTimeField()
    findings = models.JSONField()
    tax = models.JSONField(null=True)
    person = models.TextField()
    year = models.BigIntegerField()
    counted = models.DecimalField(max_digits=34, decimal_places=5)
    guarantor_code = models.TextField()
    guaranteed = models.DecimalField(max_digits=34, decimal_places=5)
    facts = models.JSONField()
    judged_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    trail = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "verdict"
        indexes = (
            models.Index(fields=["due_at"], name="verdict_waiting", condition=models.Q(status="2")),
            models.Index(
                fields=["released_at"], name="verdict_released", condition=models.Q(status="800")
            ),
            # How people find lists: by day, by enterprise, by queue.
            models.Index(fields=["received_at"], name="verdict_received"),
            models.Index(fields=["ebc_code", "received_at"], name="verdict_ebc"),
            models.Index(fields=["declarant_code", "received_at"], name="verdict_declarant"),
            models.Index(fields=["platform_code", "received_at"], name="verdict_platform"),
            models.Index(fields=["logistics_code", "received_at"], name="verdict_logistics"),
            models.Index(fields=["guarantor_code", "received_at"], name="verdict_guarantor"),
            models.Index(
                fields=["status", "received_at"],
                name="verdict_queue",
                condition=models.Q(status__in=["300", "500"]),
            ),
            # Few lists have findings; who looks for a reason looks among those.
            GinIndex(
                fields=["findings"],
                name="verdict_findings",
                opclasses=["jsonb_path_ops"],
                condition=~models.Q(findings=[]),
            ),
        )


class Application(models.Model):
    """A cancellation or a return of a released list."""

    pk = models.CompositePrimaryKey("order_no", "kind", "declarant_code", "cop_no")
    kind = models.TextField()
    declarant_code = models.TextField()
    cop_no = models.TextField()
    list_no = models.TextField()
    app_time = models.DateTimeField()
    app_status = models.TextField()
    digest = models.BinaryField()
    message_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    sender = models.TextField()
    order_no = models.TextField()
    platform_code = models.TextField()
    pre_no = models.TextField()
    reason = models.TextField()
    status = models.TextField()
    lines = models.JSONField()
    goods_back_at = models.DateTimeField(null=True)
    findings = models.JSONField()

    class Meta:
        db_table = "application"


class Reference(models.Model):
    """A number that leads to an order: of its payment, its waybill, its list; see `references`."""

    pk = models.CompositePrimaryKey("name", "order_no", "received_at")
    name = models.TextField(db_collation="C")
    order_no = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "reference"
