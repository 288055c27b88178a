"""Tables of uploaded sheets: what was uploaded, its rows sealed, how columns were laid out."""

from django.db import models


class SheetUpload(models.Model):
    """A sheet an enterprise uploaded, and how far it is. Its rows lie sealed in `SheetPart`."""

    enterprise_code = models.TextField()
    username = models.TextField()
    made_at = models.DateTimeField()
    kind = models.TextField()
    name = models.TextField()
    size = models.IntegerField()
    # reading, read, checking, checked, sending, sent or refused.
    state = models.TextField(default="reading")
    # Why a file was refused or sending stopped, as {"en": …, "zh": …}.
    told = models.JSONField(default=dict)
    # The names of the columns as the sheet has them, and the row they stand in.
    header = models.JSONField(default=list)
    header_row = models.IntegerField(default=1)
    # Where each column stands, and texts that hold for every row; empty until somebody agreed.
    places = models.JSONField(default=dict)
    constants = models.JSONField(default=dict)
    rows = models.IntegerField(default=0)
    # Thousandths of the running step that are done, and when that was told last.
    progress = models.IntegerField(default=0)
    beat_at = models.DateTimeField()
    # Of the check: records that may be sent, those sent before, rows with faults, faults.
    good = models.IntegerField(default=0)
    already = models.IntegerField(default=0)
    bad_records = models.IntegerField(default=0)
    bad_rows = models.IntegerField(default=0)
    faults = models.IntegerField(default=0)
    # The most frequent faults: [[place, times, sentence, sentence in Chinese], …].
    counts = models.JSONField(default=list)
    sent = models.IntegerField(default=0)
    seconds = models.FloatField(default=0)

    class Meta:
        db_table = "portal_sheet"
        indexes = (models.Index(fields=["enterprise_code", "-id"], name="portal_sheet_enterprise"),)


class SheetPart(models.Model):
    """A piece of an upload, sealed under a day's key: of its file, its rows, its faulty rows."""

    upload = models.ForeignKey(SheetUpload, on_delete=models.CASCADE)
    part = models.TextField()
    number = models.IntegerField()
    key_day = models.DateField()
    sealed = models.BinaryField()

    class Meta:
        db_table = "portal_sheet_part"
        constraints = (
            models.UniqueConstraint(
                fields=["upload", "part", "number"], name="portal_sheet_part_number"
            ),
        )


class SheetLayout(models.Model):
    """How an enterprise's columns were laid out last, by the names of its header."""

    enterprise_code = models.TextField()
    kind = models.TextField()
    header_sha256 = models.BinaryField(max_length=32)
    places = models.JSONField(default=dict)
    constants = models.JSONField(default=dict)

    class Meta:
        db_table = "portal_sheet_layout"
        constraints = (
            models.UniqueConstraint(
                fields=["enterprise_code", "kind", "header_sha256"],
                name="portal_sheet_layout_header",
            ),
        )


class SheetSent(models.Model):
    """A record that was sent from a sheet, so that it is not sent twice."""

    enterprise_code = models.TextField()
    kind = models.TextField()
    number = models.TextField()
    # Of what the record says, and of its operation; not of the time and guid it was sent under.
    digest = models.BinaryField(max_length=32)
    upload_id = models.BigIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        db_table = "portal_sheet_sent"
        indexes = (models.Index(fields=["upload_id"], name="portal_sheet_sent_upload"),)
        constraints = (
            models.UniqueConstraint(
                fields=["enterprise_code", "kind", "number", "digest"],
                name="portal_sheet_sent_record",
            ),
        )
