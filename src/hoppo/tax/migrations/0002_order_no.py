"""Ledgers and bills under the keys by which they are spread over machines."""

from django.db import migrations, models

# As Django itself writes a key of several columns.
KEY = {"blank": True, "editable": False, "primary_key": True, "serialize": False}


class Migration(migrations.Migration):
    """Entries begin with their account, bills with their order; an entry knows its list's day."""

    dependencies = (("tax", "0001_initial"), ("customs", "0003_verdict_received"))
    operations = (
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE limit_entry ADD COLUMN declared_on date;"
                    " UPDATE limit_entry e SET declared_on = d.declared_on FROM declaration d"
                    " WHERE (d.declarant_code, d.cop_no) = (e.declarant_code, e.cop_no);"
                    " UPDATE limit_entry SET declared_on = (at AT TIME ZONE 'Asia/Shanghai')::date"
                    " WHERE declared_on IS NULL;"
                    " ALTER TABLE limit_entry ALTER declared_on SET NOT NULL,"
                    "  DROP CONSTRAINT limit_entry_pkey, ADD PRIMARY KEY (person, year, id);"
                    " DROP INDEX limit_entry_person;"
                    " ALTER TABLE guarantee_entry DROP CONSTRAINT guarantee_entry_pkey,"
                    "  ADD PRIMARY KEY (guarantor_code, id);"
                    " DROP INDEX guarantee_entry_code;"
                    " ALTER TABLE tax_bill ADD COLUMN order_no text;"
                    " UPDATE tax_bill b SET order_no = v.order_no FROM verdict v"
                    " WHERE v.list_no = b.list_no;"
                    " ALTER TABLE tax_bill ALTER order_no SET NOT NULL,"
                    "  DROP CONSTRAINT tax_bill_pkey, ADD PRIMARY KEY (order_no, bill_tax_no);"
                    " DROP INDEX tax_bill_one_live_bill_a_list;"
                    " CREATE UNIQUE INDEX tax_bill_one_live_bill_a_list"
                    "  ON tax_bill (order_no, list_no) WHERE status <> '3';"
                    " DROP INDEX tax_bill_cop_no;"
                    " CREATE INDEX tax_bill_number ON tax_bill (bill_tax_no)"
                )
            ],
            state_operations=[
                migrations.AddField(
                    "limitentry", "declared_on", models.DateField(), preserve_default=False
                ),
                migrations.RemoveIndex("limitentry", "limit_entry_person"),
                migrations.RemoveIndex("guaranteeentry", "guarantee_entry_code"),
                migrations.AddField(
                    "taxbill", "order_no", models.TextField(), preserve_default=False
                ),
                migrations.AlterField("taxbill", "bill_tax_no", models.TextField()),
                migrations.AddField(
                    "taxbill", "pk", models.CompositePrimaryKey("order_no", "bill_tax_no", **KEY)
                ),
                migrations.RemoveConstraint("taxbill", "tax_bill_one_live_bill_a_list"),
                migrations.AddConstraint(
                    "taxbill",
                    models.UniqueConstraint(
                        fields=["order_no", "list_no"],
                        condition=~models.Q(status="3"),
                        name="tax_bill_one_live_bill_a_list",
                    ),
                ),
                migrations.RemoveIndex("taxbill", "tax_bill_cop_no"),
                migrations.AddIndex(
                    "taxbill", models.Index(fields=["bill_tax_no"], name="tax_bill_number")
                ),
            ],
        ),
    )
