"""Addresses of the data inventory."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from classwaves_admin.inventory.views import files, inventory, subprocessors

_SEE, _KEEP = Permission.SEE_INVENTORY, Permission.MANAGE_SUBPROCESSORS
_ENTRY = "inventory/subprocessors/<str:subprocessor_id>/"

urlpatterns = [
    path("inventory/", guarded(inventory.inventory, _SEE), name="inventory"),
    path("inventory/table/", guarded(inventory.inventory_table, _SEE), name="inventory-table"),
    path("inventory/count/", guarded(inventory.inventory_count, _SEE), name="inventory-count"),
    path(
        "inventory/data-inventory.csv",
        guarded(files.inventory_csv, _SEE, audits="report.downloaded"),
        name="inventory-csv",
    ),
    path(
        "inventory/exhibit-b.pdf",
        guarded(files.inventory_pdf, _SEE, audits="report.downloaded"),
        name="inventory-pdf",
    ),
    path(
        "inventory/subprocessors.csv",
        guarded(files.subprocessors_csv, _SEE, audits="report.downloaded"),
        name="subprocessors-csv",
    ),
    path("inventory/subprocessors/", guarded(subprocessors.subprocessor_list, _SEE), name="subprocessor-list"),
    path("inventory/subprocessors/new/", guarded(subprocessors.subprocessor_new, _KEEP), name="subprocessor-new"),
    path(_ENTRY, guarded(subprocessors.subprocessor_detail, _SEE), name="subprocessor-detail"),
    path(f"{_ENTRY}edit/", guarded(subprocessors.subprocessor_edit, _KEEP), name="subprocessor-edit"),
]
