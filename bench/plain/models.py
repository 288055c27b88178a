"""The plain peer's tables, as one declares them first."""

from django.db import models


class Base(models.Model):
    """What every document has."""

    received_at = models.DateTimeField()

    class Meta:
        abstract = True


class Order(Base):
    """An order of a platform."""

    platform = models.CharField(max_length=18)
    number = models.CharField(max_length=60)
    buyer_name = models.CharField(max_length=60)
    buyer_id = models.CharField(max_length=60)
    phone = models.CharField(max_length=60)
    address = models.CharField(max_length=200)
    payment_code = models.CharField(max_length=18)
    transaction = models.CharField(max_length=60)
    paid = models.DecimalField(max_digits=19, decimal_places=5)
    freight = models.DecimalField(max_digits=19, decimal_places=5)
    lines = models.JSONField()

    class Meta(Base.Meta):
        constraints = (
            models.UniqueConstraint(fields=["platform", "number"], name="one_peer_order"),
        )


class Payment(Base):
    """A payment voucher."""

    payer = models.CharField(max_length=18)
    transaction = models.CharField(max_length=60)
    order_number = models.CharField(max_length=60, db_index=True)
    name = models.CharField(max_length=60)
    identity = models.CharField(max_length=60)
    amount = models.DecimalField(max_digits=19, decimal_places=5)

    class Meta(Base.Meta):
        constraints = (
            models.UniqueConstraint(fields=["payer", "transaction"], name="one_peer_pay"),
        )


class Waybill(Base):
    """A waybill of a carrier."""

    carrier = models.CharField(max_length=18)
    number = models.CharField(max_length=60)
    order_number = models.CharField(max_length=60, db_index=True)
    consignee = models.CharField(max_length=100)
    phone = models.CharField(max_length=60)

    class Meta(Base.Meta):
        constraints = (models.UniqueConstraint(fields=["carrier", "number"], name="one_peer_way"),)


class Listing(Base):
    """A declaration list and what became of it."""

    declarant = models.CharField(max_length=18)
    number = models.CharField(max_length=60)
    platform = models.CharField(max_length=18)
    order_number = models.CharField(max_length=60, db_index=True)
    carrier = models.CharField(max_length=18)
    waybill = models.CharField(max_length=60, db_index=True)
    buyer_name = models.CharField(max_length=60)
    buyer_id = models.CharField(max_length=60)
    phone = models.CharField(max_length=60)
    address = models.CharField(max_length=200)
    freight = models.DecimalField(max_digits=19, decimal_places=5)
    insurance = models.DecimalField(max_digits=19, decimal_places=5)
    lines = models.JSONField()
    status = models.CharField(max_length=8, default="2")
    reasons = models.JSONField(default=list)
    tax = models.DecimalField(max_digits=19, decimal_places=2, default=0)

    class Meta(Base.Meta):
        constraints = (
            models.UniqueConstraint(fields=["declarant", "number"], name="one_peer_list"),
        )


class Limit(models.Model):
    """What a person has bought in a year."""

    person = models.CharField(max_length=60)
    year = models.IntegerField()
    used = models.DecimalField(max_digits=19, decimal_places=5, default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "year"], name="one_peer_limit"),)


class Receipt(models.Model):
    """An answer."""

    key = models.CharField(max_length=80, db_index=True)
    status = models.CharField(max_length=8)
    info = models.TextField()
    at = models.DateTimeField()
