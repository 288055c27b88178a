"""Tells Django where the window's own tables are."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Who comes in, and what was looked at and done."""

    name = "hoppo.portal"
    label = "portal"
