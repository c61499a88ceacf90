"""Addresses of people, their access, and support access."""

from __future__ import annotations

from django.urls import path

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import View, guarded, open_to_all
from classwaves_admin.people.views import invitations, people, reviews, support

_PEOPLE, _MANAGE = Permission.SEE_PEOPLE, Permission.MANAGE_PEOPLE
_STAFF, _MEMBER = "people/staff/<str:staff_id>/", "people/members/<str:membership_id>/"
_REVIEW = "people/reviews/<str:review_id>/"
_INVITED = "people/invitations/<str:invited_id>/"
_SEE, _GRANT, _USE = Permission.SEE_SUPPORT, Permission.GRANT_SUPPORT, Permission.USE_SUPPORT


def _handed_over(view: View) -> View:
    """Return a view that hands over the people of a review."""
    return guarded(view, _MANAGE, audits="report.downloaded", fresh=True)


urlpatterns = [
    path("people/", guarded(people.people_list, _PEOPLE), name="people-list"),
    path("people/search/", guarded(people.people_search, _PEOPLE), name="people-search"),
    path("people/invitations/", guarded(invitations.invitation_list, _MANAGE), name="invitation-list"),
    path("people/invitations/new/", guarded(invitations.invitation_new, _MANAGE, fresh=True), name="invitation-new"),
    path(f"{_INVITED}resend/", guarded(invitations.invitation_resend, _MANAGE, fresh=True), name="invitation-resend"),
    path(f"{_INVITED}revoke/", guarded(invitations.invitation_revoke, _MANAGE), name="invitation-revoke"),
    path("people/reviews/", guarded(reviews.review_list, _MANAGE), name="review-list"),
    path(_REVIEW, guarded(reviews.review_detail, _MANAGE), name="review-detail"),
    path(f"{_REVIEW}decide/", guarded(reviews.review_decide, _MANAGE, fresh=True), name="review-decide"),
    path(f"{_REVIEW}close/", guarded(reviews.review_close, _MANAGE, fresh=True), name="review-close"),
    path(f"{_REVIEW}review.csv", _handed_over(reviews.review_csv), name="review-csv"),
    path(f"{_REVIEW}review.pdf", _handed_over(reviews.review_pdf), name="review-pdf"),
    path("join/<str:token>/", open_to_all(invitations.join, why="the link proves who is invited"), name="join"),
    path(_STAFF, guarded(people.person_staff, _PEOPLE), name="person-staff"),
    path(f"{_STAFF}change/", guarded(people.staff_change, _MANAGE, fresh=True), name="staff-change"),
    path(f"{_STAFF}sign-out/", guarded(people.staff_sign_out, _MANAGE), name="staff-sign-out"),
    path(_MEMBER, guarded(people.person_member, _PEOPLE), name="person-member"),
    path(f"{_MEMBER}change/", guarded(people.member_change, _MANAGE, fresh=True), name="member-change"),
    path(f"{_MEMBER}end/", guarded(people.member_end, _MANAGE, fresh=True), name="member-end"),
    path(f"{_MEMBER}suspend/", guarded(people.member_suspend, _MANAGE, fresh=True), name="member-suspend"),
    path(f"{_MEMBER}sign-out/", guarded(people.member_sign_out, _MANAGE), name="member-sign-out"),
    path("support/", guarded(support.support_list, _SEE), name="support-list"),
    path("support/new/", guarded(support.support_new, _GRANT, fresh=True), name="support-new"),
    path("support/ask/", guarded(support.support_ask, _USE), name="support-ask"),
    path("support/leave/", guarded(support.support_leave, _USE), name="support-leave"),
    path("support/<str:grant_id>/", guarded(support.support_detail, _SEE), name="support-detail"),
    path("support/<str:grant_id>/grant/", guarded(support.support_grant, _GRANT, fresh=True), name="support-grant"),
    path("support/<str:grant_id>/decline/", guarded(support.support_decline, _GRANT), name="support-decline"),
    path("support/<str:grant_id>/end/", guarded(support.support_end, _GRANT), name="support-end"),
    path("support/<str:grant_id>/enter/", guarded(support.support_enter, _USE, fresh=True), name="support-enter"),
]
