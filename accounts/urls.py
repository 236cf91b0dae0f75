"""Signing in and out; of allauth nothing else has an address."""

from allauth.account.views import LoginView
from django.urls import path

from accounts import views

urlpatterns = [
    path("login/", LoginView.as_view(), name="account_login"),
    path("logout/", views.sign_out, name="account_logout"),
]
