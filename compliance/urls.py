"""The pages of receipts."""

from django.urls import path

from compliance import views

urlpatterns = [
    path("receipts/", views.receipts, name="receipts"),
    path("receipts/of/<uuid:public_id>/", views.receipt_of, name="receipt_of"),
    path("receipts/<uuid:public_id>/", views.receipt, name="receipt"),
]
