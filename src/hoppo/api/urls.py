"""Addresses of the HTTP door."""

from django.urls import include, path

from hoppo.api.ceb import healthz, messages, receipts
from hoppo.api.v1 import api
from hoppo.api.watch import metrics, readyz

handler500 = "hoppo.api.ceb.failed"
urlpatterns = [
    path("ceb/messages", messages),
    path("ceb/receipts", receipts),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("api/v1/", api.urls),
    path("", include("hoppo.portal.urls")),
]
