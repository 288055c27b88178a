"""Tables of the window: people, what they asked for, and what they looked at and did."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from hoppo.portal.roles import Role
from hoppo.portal.sheet_models import SheetLayout, SheetPart, SheetSent, SheetUpload

# Django looks for tables here.
__all__ = ["SheetLayout", "SheetPart", "SheetSent", "SheetUpload"]


class User(AbstractUser):
    """A person who may come in: one role, and where it needs one an enterprise or a district."""

    role = models.TextField(choices=[(one.value, one.value) for one in Role], default=Role.TRADER)
    # The customs registration code of the person's enterprise; empty for others.
    enterprise_code = models.TextField(default="", blank=True)
    # Registers colleagues, certificates and programs of the enterprise.
    manages = models.BooleanField(default=False)
    # An officer's customs district; empty is the whole zone.
    customs_code = models.TextField(default="", blank=True)
    # The pseudonym under which a buyer's purchases are counted; empty for others.
    person = models.TextField(default="", db_default="", blank=True)

    class Meta:
        db_table = "portal_user"
        indexes = (
            models.Index(
                fields=["person"], name="portal_user_person", condition=~models.Q(person="")
            ),
        )


class Registration(models.Model):
    """An enterprise's wish to come in, and what the operator decided."""

    made_at = models.DateTimeField()
    uscc = models.TextField()
    code = models.TextField()
    name = models.TextField()
    roles = models.JSONField(default=list)
    contact = models.TextField()
    username = models.TextField()
    # Hashed by the accounts library; becomes the account's when it is approved.
    password = models.TextField()
    certificate = models.TextField(default="", blank=True)
    papers = models.BinaryField(default=b"")
    papers_name = models.TextField(default="", blank=True)
    # open, approved or refused.
    state = models.TextField(default="open")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        db_table = "portal_registration"
        indexes = (models.Index(fields=["state", "id"], name="portal_registration_state"),)


class Action(models.Model):
    """The trail: who did or looked at what, when, and for what purpose. Never changed."""

    at = models.DateTimeField()
    username = models.TextField()
    role = models.TextField()
    # What was done: decided, took, unmasked, approved, …
    verb = models.TextField()
    # The number of what it was done to.
    subject = models.TextField()
    reason = models.TextField(default="", blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "portal_action"
        indexes = (
            models.Index(fields=["-at"], name="portal_action_at"),
            models.Index(fields=["subject", "-at"], name="portal_action_subject"),
            models.Index(fields=["username", "-at"], name="portal_action_username"),
        )


class SavedView(models.Model):
    """A search that somebody wants to find again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.TextField()
    query = models.TextField()

    class Meta:
        db_table = "portal_saved_view"
        constraints = (
            models.UniqueConstraint(fields=["user", "name"], name="portal_saved_view_name"),
        )


class Take(models.Model):
    """A list that an officer has taken from a queue, and whom it is referred to."""

    pk = models.CompositePrimaryKey("declarant_code", "cop_no")
    declarant_code = models.TextField()
    cop_no = models.TextField()
    # Who has it; empty where it is referred to whoever of a role comes first.
    username = models.TextField()
    role = models.TextField(default="", blank=True)
    taken_at = models.DateTimeField()
    # Another must agree where two persons are needed: who proposed, what, why.
    proposed_by = models.TextField(default="", blank=True)
    outcome = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        db_table = "portal_take"


class Inspection(models.Model):
    """What an inspector found in a parcel. Never changed; a second look is a second row."""

    order_no = models.TextField()
    declarant_code = models.TextField()
    cop_no = models.TextField()
    made_at = models.DateTimeField()
    username = models.TextField()
    # One of `inspecting.RESULTS`.
    result = models.TextField()
    note = models.TextField(default="", blank=True)

    class Meta:
        db_table = "portal_inspection"
        indexes = (
            models.Index(fields=["declarant_code", "cop_no"], name="portal_inspection_list"),
        )


class InspectionPhoto(models.Model):
    """A photo of an inspection, sealed under a day's key: a parcel's label names people."""

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE)
    number = models.IntegerField()
    # image/jpeg, image/png or image/webp, as its first bytes say.
    kind = models.TextField()
    key_day = models.DateField()
    sealed = models.BinaryField()

    class Meta:
        db_table = "portal_inspection_photo"
        constraints = (
            models.UniqueConstraint(
                fields=["inspection", "number"], name="portal_inspection_photo_number"
            ),
        )


class Dispute(models.Model):
    """A buyer says that a purchase in his name is not his."""

    made_at = models.DateTimeField()
    username = models.TextField()
    # The pseudonym under which the person is counted.
    person = models.TextField()
    order_no = models.TextField()
    declarant_code = models.TextField()
    cop_no = models.TextField()
    text = models.TextField()
    # open, upheld or refused.
    state = models.TextField(default="open")
    answer = models.TextField(default="", blank=True)

    class Meta:
        db_table = "portal_dispute"
        indexes = (models.Index(fields=["person"], name="portal_dispute_person"),)
