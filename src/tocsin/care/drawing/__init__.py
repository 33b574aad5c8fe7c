"""Drawings of a care map: one by care service, one by zone. SVG, readable in light and dark and without colour."""

from tocsin.care.drawing.services import draw as by_service
from tocsin.care.drawing.zones import draw as by_zone

__all__ = ["by_service", "by_zone"]
