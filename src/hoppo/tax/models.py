"""Tables of tax: the person's yearly limit, the guarantee, tax bills. Entries are append-only."""

from django.db import models


class LimitAccount(models.Model):
    """What one person has had counted in one year, in yuan; the sum of the entries."""

    pk = models.CompositePrimaryKey("person", "year")
    person = models.TextField()
    year = models.BigIntegerField()
    used = models.DecimalField(max_digits=34, decimal_places=5)
    ceiling = models.DecimalField(max_digits=34, decimal_places=5)

    class Meta:
        db_table = "limit_account"
        constraints = (
            models.CheckConstraint(condition=models.Q(used__gte=0), name="limit_not_negative"),
            models.CheckConstraint(
                condition=models.Q(used__lte=models.F("ceiling")), name="limit_not_overspent"
            ),
        )


class LimitEntry(models.Model):
    """One reservation (positive) or giving back (negative) of a person's yearly limit."""

    id = models.BigAutoField(primary_key=True)
    person = models.TextField()
    year = models.BigIntegerField()
    declarant_code = models.TextField()
    cop_no = models.TextField()
    amount = models.DecimalField(max_digits=34, decimal_places=5)
    # The day the list was declared: how many a person had released of one day is counted here.
    declared_on = models.DateField()
    cause = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "limit_entry"


class GuaranteeAccount(models.Model):
    """What an enterprise has guaranteed and what is held against released lists, in yuan."""

    guarantor_code = models.TextField(primary_key=True)
    granted = models.DecimalField(max_digits=34, decimal_places=5)
    held = models.DecimalField(max_digits=34, decimal_places=5, default=0)

    class Meta:
        db_table = "guarantee_account"
        constraints = (
            models.CheckConstraint(condition=models.Q(held__gte=0), name="guarantee_held"),
            models.CheckConstraint(
                condition=models.Q(held__lte=models.F("granted")), name="guarantee_enough"
            ),
        )


class GuaranteeEntry(models.Model):
    """One holding (positive) or release (negative) of a guarantee."""

    id = models.BigAutoField(primary_key=True)
    guarantor_code = models.TextField()
    declarant_code = models.TextField()
    cop_no = models.TextField()
    amount = models.DecimalField(max_digits=34, decimal_places=5)
    cause = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "guarantee_entry"


class TaxBill(models.Model):
    """The electronic tax bill (816) of one released list."""

    pk = models.CompositePrimaryKey("order_no", "bill_tax_no")
    order_no = models.TextField()
    bill_tax_no = models.TextField()
    list_no = models.TextField()
    declarant_code = models.TextField()
    cop_no = models.TextField()
    guarantor_code = models.TextField()
    receiver = models.TextField()
    duty = models.DecimalField(max_digits=34, decimal_places=5)
    vat = models.DecimalField(max_digits=34, decimal_places=5)
    consumption_tax = models.DecimalField(max_digits=34, decimal_places=5)
    # 1 made, 2 paid in one sum, 3 void.
    status = models.TextField()
    made_at = models.DateTimeField()
    due_on = models.DateField()
    paid_at = models.DateTimeField(null=True)
    late_fee = models.DecimalField(max_digits=34, decimal_places=5, default=0)
    duty_notice_no = models.TextField(default="", blank=True)

    class Meta:
        db_table = "tax_bill"
        indexes = (models.Index(fields=["bill_tax_no"], name="tax_bill_number"),)
        constraints = (
            models.UniqueConstraint(
                fields=["order_no", "list_no"],
                condition=~models.Q(status="3"),
                name="tax_bill_one_live_bill_a_list",
            ),
        )
