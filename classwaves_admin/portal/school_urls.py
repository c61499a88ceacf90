"""Districts and schools."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded
from classwaves_admin.portal.views import agreements, districts, moves, school_making, school_numbers, schools

_SEE, _EDIT, _CLOSE = Permission.SEE_DISTRICTS, Permission.EDIT_DISTRICTS, Permission.CREATE_DISTRICTS
_DISTRICT = "districts/<str:district_id>/"
_NUMBERS = Permission.SEE_STUDENTS
_SEE_SCHOOL, _EDIT_SCHOOL, _SIGN = Permission.SEE_SCHOOLS, Permission.EDIT_SCHOOLS, Permission.SIGN_AGREEMENTS
_AGREE = Permission.AGREE_TO_MOVES
_SCHOOL = "schools/<str:school_id>/"
_MOVE = "schools/moves/<str:move_id>/"
_AGREEMENT = f"{_SCHOOL}agreements/<str:agreement>/"

urlpatterns = [
    path("districts/", guarded(districts.district_list, _SEE), name="district-list"),
    path("districts/new/", guarded(districts.district_new, _CLOSE), name="district-new"),
    path(_DISTRICT, guarded(districts.district_detail, _SEE), name="district-detail"),
    path(f"{_DISTRICT}edit/", guarded(districts.district_edit, _EDIT), name="district-edit"),
    path(f"{_DISTRICT}active/", guarded(districts.district_active, _CLOSE, fresh=True), name="district-active"),
    path(f"{_DISTRICT}counts/", guarded(districts.district_counts, _EDIT), name="district-counts"),
    path(f"{_DISTRICT}schools/new/", guarded(school_making.school_new, _EDIT), name="school-new"),
    path(f"{_DISTRICT}schools/add/", guarded(school_making.school_add, _EDIT), name="school-add"),
    path("schools/", guarded(schools.school_list, _SEE_SCHOOL), name="school-list"),
    path(_MOVE, guarded(moves.school_move, _SEE_SCHOOL), name="school-move"),
    path(f"{_MOVE}agree/", guarded(moves.school_move_agree, _AGREE, fresh=True), name="school-move-agree"),
    path(f"{_MOVE}make/", guarded(moves.school_move_make, _EDIT, fresh=True), name="school-move-make"),
    path(f"{_MOVE}drop/", guarded(moves.school_move_drop, _EDIT), name="school-move-drop"),
    path(_SCHOOL, guarded(schools.school_profile, _SEE_SCHOOL), name="school-profile"),
    path(f"{_SCHOOL}edit/", guarded(schools.school_edit, _EDIT_SCHOOL), name="school-edit"),
    path(f"{_SCHOOL}district/", guarded(moves.school_district, _EDIT), name="school-district"),
    path(f"{_SCHOOL}agreements/", guarded(agreements.school_agreements, _SEE_SCHOOL), name="school-agreements"),
    path(f"{_AGREEMENT}sign/", guarded(agreements.agreement_sign, _SIGN, fresh=True), name="agreement-sign"),
    path(
        f"{_AGREEMENT}take-back/",
        guarded(agreements.agreement_take_back, _SIGN, fresh=True),
        name="agreement-take-back",
    ),
    path(f"{_SCHOOL}consent/", guarded(school_numbers.school_coverage, _NUMBERS), name="school-coverage"),
    path(f"{_SCHOOL}work/", guarded(school_numbers.school_work, _NUMBERS), name="school-work"),
]
