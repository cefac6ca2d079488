"""Addresses of accounts."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from webapp.accounts import token_views
from webapp.accounts.views import ChangePassword, SignIn

urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("account/password/", ChangePassword.as_view(), name="password"),
    path("account/tokens/", token_views.tokens, name="api-tokens"),
    path("account/tokens/make/", token_views.make, name="api-token-make"),
    path("account/tokens/<int:pk>/revoke/", token_views.revoke, name="api-token-revoke"),
]
