"""Stub, replaced by the look slice."""
from django.forms.renderers import TemplatesSetting
class UswdsRenderer(TemplatesSetting):
    pass
