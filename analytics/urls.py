"""The pages with figures."""

from django.urls import path

from analytics import views, views_customers, views_products

urlpatterns = [
    path("", views.home, name="home"),
    path("sales/", views.sales_page, name="sales"),
    path("sales/file/", views.sales_file, name="sales_file"),
    path("customers/", views_customers.all_customers, name="customers"),
    path("customers/list/", views_customers.list_of_customers, name="customer_list"),
    path("customers/file/", views_customers.customer_file, name="customer_file"),
    path("customers/<uuid:public_id>/", views_customers.one_customer, name="customer"),
    path("products/", views_products.all_products, name="products"),
    path("products/file/", views_products.product_file, name="product_file"),
    path("products/<uuid:public_id>/", views_products.one_product, name="product"),
    path("figures/progress/", views.recomputing, name="recomputing"),
    path("transactions/", views.transactions, name="transactions"),
]
