"""The pages with figures."""

from django.urls import path

from analytics import views

urlpatterns = [
    path("", views.home, name="home"),
    path("sales/", views.sales_page, name="sales"),
    path("sales/file/", views.sales_file, name="sales_file"),
    path("figures/progress/", views.recomputing, name="recomputing"),
    path("transactions/", views.transactions, name="transactions"),
]
