"""Tells Django where this word's tables are."""

from django.apps import AppConfig


class EngineConfig(AppConfig):
    """The tables of `hoppo.engine`."""

    name = "hoppo.engine"
    label = "engine"
