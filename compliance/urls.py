"""The pages of receipts, and of the staff’s access."""

from django.urls import path

from compliance import views, views_access

urlpatterns = [
    path("settings/access/", views_access.access, name="access"),
    path("settings/access/opening/", views_access.open_access, name="open_access"),
    path("settings/access/<uuid:public_id>/decision/", views_access.decide_access, name="decide_access"),
    path("settings/access/<uuid:public_id>/revocation/", views_access.revoke_access, name="revoke_access"),
    path("settings/access/log/", views_access.log, name="access_log"),
    path("settings/access/log/export/", views_access.export_log, name="export_access_log"),
    path("receipts/", views.receipts, name="receipts"),
    path("receipts/of/<uuid:public_id>/", views.receipt_of, name="receipt_of"),
    path("receipts/<uuid:public_id>/", views.receipt, name="receipt"),
]
