"""Tells Django where this word's tables are."""

from django.apps import AppConfig


class TaxConfig(AppConfig):
    """The tables of `hoppo.tax`."""

    name = "hoppo.tax"
    label = "tax"
