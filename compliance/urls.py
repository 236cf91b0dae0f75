"""The pages of receipts, promises, the staff’s access, the data processing agreement, and the sub-processors."""

from django.urls import path, re_path

from compliance import views, views_access, views_agreements, views_public, views_subprocessors

urlpatterns = [
    path("security/", views_public.promises, name="promises"),
    path("privacy/", views_public.privacy, name="privacy"),
    path("settings/access/", views_access.access, name="access"),
    path("settings/access/opening/", views_access.open_access, name="open_access"),
    path("settings/access/<uuid:public_id>/decision/", views_access.decide_access, name="decide_access"),
    path("settings/access/<uuid:public_id>/revocation/", views_access.revoke_access, name="revoke_access"),
    path("settings/access/log/", views_access.log, name="access_log"),
    path("settings/access/log/export/", views_access.export_log, name="export_access_log"),
    path("receipts/", views.receipts, name="receipts"),
    path("receipts/of/<uuid:public_id>/", views.receipt_of, name="receipt_of"),
    path("receipts/<uuid:public_id>/", views.receipt, name="receipt"),
    path("dpa/", views_agreements.dpa, name="dpa"),
    re_path(r"^dpa/text/(?P<law>[A-Z]{2})/$", views_agreements.dpa_text, name="dpa_text"),
    re_path(r"^dpa/key/(?P<key>[\w-]{43})/$", views_agreements.follow_link, name="agreement_key"),
    path("dpa/agreement/", views_agreements.agreement, name="agreement"),
    path("dpa/agreement/confirmation/", views_agreements.confirm_agreement, name="confirm_agreement"),
    path("dpa/agreement/signature/", views_agreements.sign_agreement, name="sign_agreement"),
    re_path(r"^dpa/agreement/(?P<kind>offered|final)\.pdf$", views_agreements.agreement_file, name="agreement_file"),
    path("security/subprocessors/", views_subprocessors.register, name="subprocessors"),
    path("security/subprocessors/<uuid:public_id>/objection/", views_subprocessors.object_to, name="object_to"),
]
