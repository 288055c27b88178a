"""Tables of commerce: enterprises; orders and payments, which lie in months."""

from django.db import models


class Enterprise(models.Model):
    """A registered enterprise: its roles, credit class, certificate and state."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    roles = models.JSONField(default=list)
    credit_class = models.TextField(default="registered")
    certificate = models.TextField(default="", blank=True)
    active = models.BooleanField(default=True)
    # Registered by the sandbox as it appeared in a message, not by anybody's application.
    sandbox = models.BooleanField(default=False)

    class Meta:
        db_table = "enterprise"


class Order(models.Model):
    """One order of a platform, its newest version."""

    pk = models.CompositePrimaryKey("order_no", "platform_code", "received_at")
    platform_code = models.TextField()
    order_no = models.TextField()
    app_type = models.TextField()
    app_time = models.DateTimeField()
    app_status = models.TextField()
    digest = models.BinaryField()
    message_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    sender = models.TextField()
    deleted = models.BooleanField()
    order_type = models.TextField()
    platform_name = models.TextField()
    ebc_code = models.TextField()
    goods_value = models.DecimalField(max_digits=34, decimal_places=5)
    freight = models.DecimalField(max_digits=34, decimal_places=5)
    discount = models.DecimalField(max_digits=34, decimal_places=5)
    tax_withheld = models.DecimalField(max_digits=34, decimal_places=5)
    actual_paid = models.DecimalField(max_digits=34, decimal_places=5)
    currency = models.TextField()
    buyer_id_type = models.TextField()
    buyer_id_valid = models.BooleanField()
    buyer_id_number = models.TextField()
    buyer_name = models.TextField()
    buyer_telephone = models.TextField()
    payment_code = models.TextField(null=True)
    transaction_no = models.TextField(null=True)
    consignee = models.TextField()
    consignee_telephone = models.TextField()
    consignee_address = models.TextField()
    lines = models.JSONField()
    personal = models.BinaryField()
    key_day = models.DateField()

    class Meta:
        db_table = "purchase_order"


class Payment(models.Model):
    """One payment voucher, its newest version."""

    pk = models.CompositePrimaryKey("order_no", "payment_code", "transaction_no", "received_at")
    payment_code = models.TextField()
    transaction_no = models.TextField()
    platform_code = models.TextField()
    order_no = models.TextField()
    app_type = models.TextField()
    app_time = models.DateTimeField()
    app_status = models.TextField()
    digest = models.BinaryField()
    message_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    sender = models.TextField()
    deleted = models.BooleanField()
    platform_name = models.TextField()
    payer_id_type = models.TextField()
    payer_id_valid = models.BooleanField()
    payer_id_number = models.TextField()
    payer_name = models.TextField()
    amount_paid = models.DecimalField(max_digits=34, decimal_places=5)
    currency = models.TextField()
    pay_time = models.TextField()
    personal = models.BinaryField()
    key_day = models.DateField()

    class Meta:
        db_table = "payment"
