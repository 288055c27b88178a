"""Tells Django where this word's tables are."""

from django.apps import AppConfig


class CommerceConfig(AppConfig):
    """The tables of `hoppo.commerce`."""

    name = "hoppo.commerce"
    label = "commerce"
