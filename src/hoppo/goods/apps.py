"""Tells Django where this word's tables are."""

from django.apps import AppConfig


class GoodsConfig(AppConfig):
    """The tables of `hoppo.goods`."""

    name = "hoppo.goods"
    label = "goods"
