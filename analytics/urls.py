"""The pages with figures."""

from django.urls import path

from analytics import views

urlpatterns = [
    path("", views.home, name="home"),
    path("figures/progress/", views.recomputing, name="recomputing"),
    path("transactions/", views.transactions, name="transactions"),
]
