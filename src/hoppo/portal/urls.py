"""Addresses of the window."""

from django.urls import include, path

from hoppo.portal import (
    books,
    buyer,
    converters,
    declaration,
    desk,
    disputes,
    find,
    home,
    now,
    people,
    registering,
    sheets,
    trail_page,
    trying,
)

__all__ = ["converters", "urlpatterns"]
LIST = "lists/<number:order_no>/<number:declarant>/<number:cop_no>"
urlpatterns = [
    path("", home.home, name="home"),
    path("language", home.choose_language, name="language"),
    path("account", home.account, name="account"),
    # Before the library's own pages of these addresses.
    path("accounts/signup/", home.sign_up),
    path("accounts/password/reset/", home.lost_password),
    path("accounts/", include("allauth.urls")),
    path("now", now.now_board, name="now"),
    path("find", find.find_lists, name="find"),
    path("find.xlsx", find.find_excel, name="find_excel"),
    path("find/keep", find.keep_view, name="keep_view"),
    path(LIST, declaration.declaration, name="declaration"),
    path(f"{LIST}/unmasked", declaration.unmask, name="unmask"),
    *sheets.ADDRESSES,
    *desk.ADDRESSES,
    *trail_page.ADDRESSES,
    *registering.ADDRESSES,
    *people.ADDRESSES,
    *buyer.ADDRESSES,
    *disputes.ADDRESSES,
    *trying.ADDRESSES,
    *books.ADDRESSES,
]
