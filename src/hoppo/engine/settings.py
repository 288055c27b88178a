"""Django's settings. Only the database's address changes from one installation to the next."""

import os

from hoppo.engine.address import URL_VARIABLE, database_settings

SECRET_KEY = os.environ.get("HOPPO_SECRET_KEY", "unused: no sessions, no signed cookies")
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "hoppo.engine.apps.EngineConfig",
    "hoppo.tariff.apps.TariffConfig",
    "hoppo.commerce.apps.CommerceConfig",
    "hoppo.goods.apps.GoodsConfig",
    "hoppo.tax.apps.TaxConfig",
    "hoppo.customs.apps.CustomsConfig",
]
MIDDLEWARE: list[str] = []
LOGGING_CONFIG = None  # `engine.watching` sets up what is told
ROOT_URLCONF = "hoppo.api.urls"
DATABASES = {"default": database_settings(os.environ.get(URL_VARIABLE, "postgresql:///hoppo"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
# A message may be as large as the codec allows; the codec, not Django, refuses larger ones.
DATA_UPLOAD_MAX_MEMORY_SIZE = None
