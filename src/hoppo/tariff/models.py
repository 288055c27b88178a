"""The table of commodities, where an operator has loaded a tariff of their own."""

from django.db import models


class CommodityRow(models.Model):
    """One commodity code in one period."""

    pk = models.CompositePrimaryKey("code", "since")
    code = models.TextField()
    name = models.TextField()
    unit1 = models.TextField()
    unit2 = models.TextField(null=True)
    mfn_rate = models.DecimalField(max_digits=34, decimal_places=5)
    vat_rate = models.DecimalField(max_digits=34, decimal_places=5)
    consumption_rate = models.DecimalField(max_digits=34, decimal_places=5)
    consumption_per_unit = models.DecimalField(max_digits=34, decimal_places=5, null=True)
    consumption_unit = models.TextField(null=True)
    positive_list = models.BooleanField()
    note = models.TextField()
    max_qty_per_order = models.DecimalField(max_digits=34, decimal_places=5, null=True)
    bonded_only = models.BooleanField()
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        db_table = "commodity"
