"""The product's addresses, and the floor's."""

from django.urls import path

from bench import floor
from putler.urls import urlpatterns as product

urlpatterns = [*product, path("bench/fast/", floor.fast), path("bench/cached/", floor.cached)]
