"""Addresses of the HTTP door."""

from django.urls import path

from hoppo.api.ceb import healthz, messages, receipts

urlpatterns = [
    path("ceb/messages", messages),
    path("ceb/receipts", receipts),
    path("healthz", healthz),
]
