"""Where countries are, roughly: enough to tell a journey that nobody can make.

Enters: a place as facts carry it (`FR@48.86,2.35`, `FR`, `France`). Leaves: a spot on the globe with its radius.
Source: centres and half extents of countries, rounded from public geography (degrees, kilometres).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

EARTH_KM = 6371.0


class Spot(NamedTuple):
    """Degrees, and how far from there it may really be."""

    latitude: float
    longitude: float
    radius_km: float


_COUNTRIES = """
AD Andorra 42.5 1.5 20|AE United Arab Emirates 24 54 300|AR Argentina -34 -64 1800|AT Austria 47.5 14.5 300
AU Australia -25 134 2000|BE Belgium 50.6 4.6 150|BG Bulgaria 42.7 25.4 250|BR Brazil -10 -53 2100
CA Canada 57 -98 2600|CH Switzerland 46.8 8.2 180|CI Ivory Coast 7.5 -5.5 350|CL Chile -35 -71 2100
CM Cameroon 5.5 12.5 600|CN China 35 103 2300|CO Colombia 4 -73 900|CY Cyprus 35 33 100|CZ Czechia 49.8 15.5 250
DE Germany 51 10 450|DK Denmark 56 10 250|DZ Algeria 28 3 1000|EE Estonia 58.7 25.5 180|EG Egypt 27 30 700
ES Spain 40 -3.5 1900|FI Finland 64 26 600|FR France 46.6 2.4 600|GB United Kingdom 54 -2.5 550
GF French Guiana 4 -53 250|GP Guadeloupe 16.2 -61.6 50|GR Greece 39 22 400|HK Hong Kong 22.3 114.2 50
HR Croatia 45 16 250|HU Hungary 47.2 19.4 250|ID Indonesia -2 118 2600|IE Ireland 53.2 -8 220|IL Israel 31.5 34.9 230
IN India 22 79 1700|IR Iran 32.5 54 1000|IS Iceland 65 -19 250|IT Italy 42.8 12.8 650|JP Japan 36.5 138 1400
KR South Korea 36.5 127.9 300|LB Lebanon 33.9 35.9 110|LT Lithuania 55.3 23.9 200|LU Luxembourg 49.8 6.1 45
LV Latvia 56.9 24.9 220|MA Morocco 32 -6 800|MC Monaco 43.7 7.4 5|MD Moldova 47.2 28.5 200|MG Madagascar -19 46.7 800
MQ Martinique 14.6 -61 40|MT Malta 35.9 14.4 20|MU Mauritius -20.3 57.6 40|MX Mexico 23.6 -102.5 1500
NC New Caledonia -21.3 165.5 250|NG Nigeria 9.1 8.7 700|NL Netherlands 52.2 5.5 180|NO Norway 64.5 13 950
NZ New Zealand -41.8 172.8 850|PF French Polynesia -17.6 -149.4 1000|PH Philippines 12.5 122.5 900
PK Pakistan 30 69.5 900|PL Poland 52 19.3 380|PT Portugal 39.6 -8 1500|RE Reunion -21.1 55.5 40|RO Romania 45.9 25 350
RS Serbia 44.2 20.9 250|RU Russia 60 90 4000|SA Saudi Arabia 24 45 1000|SE Sweden 62.5 16 800|SG Singapore 1.35 103.8 25
SI Slovenia 46.1 14.8 130|SK Slovakia 48.7 19.5 220|SN Senegal 14.4 -14.5 350|TH Thailand 15.5 101 800
TN Tunisia 34.2 9.5 400|TR Turkey 39 35 800|TW Taiwan 23.7 121 200|UA Ukraine 49 31.5 650
US United States 39.8 -98.6 4500|VN Vietnam 16.5 106.5 850|YT Mayotte -12.8 45.2 30|ZA South Africa -29 25 850
"""


def _read(text: str) -> dict[str, Spot]:
    found: dict[str, Spot] = {}
    for item in text.replace("\n", "|").split("|"):
        words = item.split()
        if words:
            spot = Spot(float(words[-3]), float(words[-2]), float(words[-1]))
            found[words[0].lower()] = found[" ".join(words[1:-3]).lower()] = spot
    return found


_SPOTS = _read(_COUNTRIES)

COORDINATES_KM = 100.0
"""How far coordinates told from an address may be off."""


@lru_cache(maxsize=8192)
def spot(place: str) -> Spot | None:
    """Give the spot of a place, or None where it is not known."""
    country, cut, degrees = place.partition("@")
    if cut:
        latitude, _, longitude = degrees.partition(",")
        exact = _spot(latitude, longitude)
        if exact is not None:
            return exact
    return _SPOTS.get(country.strip().lower())


def _spot(latitude: str, longitude: str) -> Spot | None:
    try:
        north, east = float(latitude), float(longitude)
    except ValueError:
        return None
    return Spot(north, east, COORDINATES_KM) if abs(north) <= 90 and abs(east) <= 180 else None


def distance_km(one: Spot, other: Spot) -> float:
    """Give the least distance between two spots, their radii taken off; 0 when they may touch."""
    lat1, lat2 = math.radians(one.latitude), math.radians(other.latitude)
    half_lat, half_lon = (lat2 - lat1) / 2, math.radians(other.longitude - one.longitude) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    km = 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, chord)))
    return max(0.0, km - one.radius_km - other.radius_km)
