"""Tells Django where this word's tables are."""

from django.apps import AppConfig


class CustomsConfig(AppConfig):
    """The tables of `hoppo.customs`."""

    name = "hoppo.customs"
    label = "customs"
