"""Addresses of a school's guardians: contacts, court orders, answers that staff record."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
