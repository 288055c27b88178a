"""Tells Django where this word's tables are."""

from django.apps import AppConfig


class TariffConfig(AppConfig):
    """The tables of `hoppo.tariff`."""

    name = "hoppo.tariff"
    label = "tariff"
