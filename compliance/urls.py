"""The pages of receipts, and what everybody may read."""

from django.urls import path

from compliance import views, views_public

urlpatterns = [
    path("security/", views_public.promises, name="promises"),
    path("privacy/", views_public.privacy, name="privacy"),
    path("receipts/", views.receipts, name="receipts"),
    path("receipts/of/<uuid:public_id>/", views.receipt_of, name="receipt_of"),
    path("receipts/<uuid:public_id>/", views.receipt, name="receipt"),
]
