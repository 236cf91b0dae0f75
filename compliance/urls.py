"""The pages of deletions, of what people ask for, of the staff’s access, of agreements, and of sub-processors."""

from django.urls import path, re_path

from compliance import (
    views,
    views_access,
    views_agreements,
    views_erasing,
    views_exporting,
    views_privacy,
    views_subprocessors,
)

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
    path("settings/privacy/", views_privacy.privacy_settings, name="privacy_settings"),
    path("settings/privacy/customer/", views_erasing.erase_subject, name="erase_subject"),
    path("settings/privacy/erasures/<uuid:public_id>/", views_erasing.erasure, name="erasure"),
    path("settings/privacy/leaving/", views_erasing.erase_me, name="erase_me"),
    path("settings/privacy/closing/", views_erasing.close_account, name="close_account"),
    path("settings/privacy/closing/undo/", views_erasing.keep_account, name="keep_account"),
    path("settings/privacy/asked/<uuid:public_id>/", views_erasing.asked_by_mail, name="asked_by_mail"),
    path("settings/privacy/copy/", views_exporting.ask_export, name="ask_export"),
    path("settings/privacy/copies/<uuid:public_id>/", views_exporting.export_file, name="export_file"),
    path("customers/<uuid:public_id>/erasure/", views_erasing.erase_customer, name="erase_customer"),
    path("customers/<uuid:public_id>/copy/", views_exporting.export_customer, name="export_customer"),
    path("erasures/<uuid:public_id>/stop/", views_erasing.stop_erasure, name="stop_erasure"),
    path("certificates/<uuid:public_id>/", views_erasing.certificate, name="certificate"),
    path("certificates/<uuid:public_id>/json/", views_erasing.certificate_json, name="certificate_json"),
    path("certificates/<uuid:public_id>/pdf/", views_erasing.certificate_pdf, name="certificate_pdf"),
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
