"""The pages with figures."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from analytics import (
    views,
    views_customers,
    views_definitions,
    views_insights,
    views_months,
    views_products,
    views_transactions,
)
from analytics.metrics.registry import METRICS


class MetricConverter(StringConverter):
    """The slug of a metric; any other address does not exist."""

    regex = "|".join(METRICS)


register_converter(MetricConverter, "metric")

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
    path("sources/<uuid:public_id>/months/", views_months.source_months, name="source_months"),
    path("sources/<uuid:public_id>/months/rows/", views_months.source_month_rows, name="source_month_rows"),
    path("transactions/", views_transactions.transactions, name="transactions"),
    path("transactions/file/", views_transactions.rows_file, name="rows_file"),
    path("transactions/views/", views_transactions.save_view, name="save_view"),
    path("transactions/views/<uuid:public_id>/deletion/", views_transactions.delete_view, name="delete_view"),
    path("insights/", views_insights.insights_page, name="insights"),
    path("insights/goals/", views_insights.new_goal, name="new_goal"),
    path("insights/goals/<uuid:public_id>/", views_insights.goal, name="goal"),
    path("insights/goals/<uuid:public_id>/deletion/", views_insights.delete_goal, name="delete_goal"),
    path("metrics/", views_definitions.metrics, name="metrics"),
    path("metrics/<metric:slug>/", views_definitions.metric, name="metric"),
]
