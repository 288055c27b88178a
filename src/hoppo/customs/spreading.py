"""How the tables are spread over the machines of a cluster: every table of the house, decided.

What belongs to a purchase lies under its order's number, so that a match stays on one machine. Two
steps of a list cross to others, each in its own statements and nowhere else:

- its other numbers are looked up by name in `reference` (see `references`);
- what it counts is kept with its person in `limit_account` and `limit_entry` (see `tax.ledger`),
  what it holds with its guarantor in `guarantee_account` and `guarantee_entry`.

One distributed transaction holds them together with the order's rows: all commit or none.
"""

from types import MappingProxyType

from hoppo.engine.distributing import EVERYWHERE, HERE, Way, by

ORDER, NAME, PERSON, GUARANTOR = by("order_no"), by("name"), by("person"), by("guarantor_code")
PEOPLE = (
    "account_emailaddress", "account_emailconfirmation", "auth_group", "auth_group_permissions",
    "auth_permission", "django_content_type", "django_session", "mfa_authenticator",
    "portal_action", "portal_dispute", "portal_inspection", "portal_inspection_photo",
    "portal_registration", "portal_saved_view", "portal_sheet",
    "portal_sheet_layout", "portal_sheet_part", "portal_sheet_sent", "portal_take",
    "portal_user", "portal_user_groups", "portal_user_user_permissions",
    "socialaccount_socialaccount", "socialaccount_socialapp", "socialaccount_socialtoken",
)  # fmt: skip
WAYS: MappingProxyType[str, Way] = MappingProxyType({
    "purchase_order": ORDER,
    "payment": ORDER,
    "waybill": ORDER,
    "declaration": ORDER,
    "verdict": ORDER,
    "application": ORDER,
    "tax_bill": ORDER,
    "reference": NAME,
    "limit_account": PERSON,
    "limit_entry": PERSON,
    "guarantee_account": GUARANTOR,
    "guarantee_entry": GUARANTOR,
    # A carrier's state of a waybill names no order, and no match looks at it.
    "waybill_status": by("waybill_no"),
    # One receipt message answers records of many orders, all of one receiver.
    "outbox": by("receiver", widened=True),
    "enterprise": EVERYWHERE,
    "commodity": EVERYWHERE,
    "setting": EVERYWHERE,
    "client": EVERYWHERE,
    "data_key": EVERYWHERE,
    "master_key_check": EVERYWHERE,
    # Claimed with SKIP LOCKED, which a cluster does on one machine only.
    "inbox": HERE,
    "worker": HERE,
    "idempotency": HERE,
    "django_migrations": HERE,
    # People, what they did, and the library's tables of accounts: small, and asked by pages alone.
    **dict.fromkeys(PEOPLE, HERE),
})  # fmt: skip
