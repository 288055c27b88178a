"""Django's settings. What differs from one installation to the next comes from the environment."""

import json
import os
from pathlib import Path

from hoppo.engine.address import URL_VARIABLE, database_settings

SECRET_KEY = os.environ.get("HOPPO_SECRET_KEY", "unused: commands sign nothing")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("HOPPO_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [one for one in os.environ.get("HOPPO_ORIGINS", "").split(",") if one]
INSTALLED_APPS = [
    "hoppo.engine.apps.EngineConfig",
    "hoppo.tariff.apps.TariffConfig",
    "hoppo.commerce.apps.CommerceConfig",
    "hoppo.goods.apps.GoodsConfig",
    "hoppo.tax.apps.TaxConfig",
    "hoppo.customs.apps.CustomsConfig",
    "hoppo.portal.apps.PortalConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "django_htmx",
]
# The customs' own addresses answer before all this: see `portal.middleware`.
MIDDLEWARE = [
    "hoppo.portal.middleware.messages_first",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hoppo.portal.middleware.decided",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the applications' own: pages of accounts take the house's frame.
        "DIRS": [Path(__file__).parent.parent / "portal" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hoppo.portal.frame.frame",
            ],
            "builtins": ["hoppo.portal.templatetags.speech"],
        },
    }
]
LOGGING_CONFIG = None  # `engine.watching` sets up what is told
ROOT_URLCONF = "hoppo.api.urls"
DATABASES = {"default": database_settings(os.environ.get(URL_VARIABLE, "postgresql:///hoppo"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_CODE = "zh-hans"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
# A message may be as large as the codec allows; the codec, not Django, refuses larger ones.
DATA_UPLOAD_MAX_MEMORY_SIZE = None

# Accounts: passwords, second factors, sessions and lockout are the library's.
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator", "MinimumLengthValidator",
        "CommonPasswordValidator", "NumericPasswordValidator",
    )
]  # fmt: skip
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_ADAPTER = "hoppo.portal.adapters.ClosedSignup"
SOCIALACCOUNT_ADAPTER = "hoppo.portal.adapters.KnownPersons"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Hoppo"
# Institutions' own log-in: one JSON list as django-allauth describes its OpenID Connect apps.
INSTITUTIONS = json.loads(os.environ.get("HOPPO_OIDC", "[]"))
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": INSTITUTIONS}}
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# Pages load nothing from outside, run no script of a page's own and stand in nobody's frame.
SECURE = os.environ.get("HOPPO_SECURE") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
