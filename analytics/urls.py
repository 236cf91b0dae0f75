"""The pages with figures."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from analytics import views, views_definitions, views_insights
from analytics.metrics.registry import METRICS


class MetricConverter(StringConverter):
    """The slug of a metric; any other address does not exist."""

    regex = "|".join(METRICS)


register_converter(MetricConverter, "metric")

urlpatterns = [
    path("", views.home, name="home"),
    path("sales/", views.sales_page, name="sales"),
    path("sales/file/", views.sales_file, name="sales_file"),
    path("figures/progress/", views.recomputing, name="recomputing"),
    path("transactions/", views.transactions, name="transactions"),
    path("insights/", views_insights.insights_page, name="insights"),
    path("insights/goals/", views_insights.new_goal, name="new_goal"),
    path("insights/goals/<uuid:public_id>/", views_insights.goal, name="goal"),
    path("insights/goals/<uuid:public_id>/deletion/", views_insights.delete_goal, name="delete_goal"),
    path("metrics/", views_definitions.metrics, name="metrics"),
    path("metrics/<metric:slug>/", views_definitions.metric, name="metric"),
]
