"""Addresses of what needs a person."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
