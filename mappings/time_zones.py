"""The time zone of a member's home, by state: which day it was where the member lives.

A state with two zones stands for the one where most of its people live. The names are those of
the IANA time zone database. Also reads a state's name, since addresses hold both.
"""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

#: Where no address says otherwise: Medi-Cal's own state.
HOME_STATE = "CA"

_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"

#: USPS code → (name, time zone), for the states, the District and the territories.
STATES: dict[str, tuple[str, str]] = {
    "AL": ("Alabama", _CENTRAL),
    "AK": ("Alaska", "America/Anchorage"),
    "AZ": ("Arizona", "America/Phoenix"),
    "AR": ("Arkansas", _CENTRAL),
    "CA": ("California", _PACIFIC),
    "CO": ("Colorado", _MOUNTAIN),
    "CT": ("Connecticut", _EASTERN),
    "DE": ("Delaware", _EASTERN),
    "DC": ("District of Columbia", _EASTERN),
    "FL": ("Florida", _EASTERN),
    "GA": ("Georgia", _EASTERN),
    "HI": ("Hawaii", "Pacific/Honolulu"),
    "ID": ("Idaho", "America/Boise"),
    "IL": ("Illinois", _CENTRAL),
    "IN": ("Indiana", "America/Indiana/Indianapolis"),
    "IA": ("Iowa", _CENTRAL),
    "KS": ("Kansas", _CENTRAL),
    "KY": ("Kentucky", _EASTERN),
    "LA": ("Louisiana", _CENTRAL),
    "ME": ("Maine", _EASTERN),
    "MD": ("Maryland", _EASTERN),
    "MA": ("Massachusetts", _EASTERN),
    "MI": ("Michigan", "America/Detroit"),
    "MN": ("Minnesota", _CENTRAL),
    "MS": ("Mississippi", _CENTRAL),
    "MO": ("Missouri", _CENTRAL),
    "MT": ("Montana", _MOUNTAIN),
    "NE": ("Nebraska", _CENTRAL),
    "NV": ("Nevada", _PACIFIC),
    "NH": ("New Hampshire", _EASTERN),
    "NJ": ("New Jersey", _EASTERN),
    "NM": ("New Mexico", _MOUNTAIN),
    "NY": ("New York", _EASTERN),
    "NC": ("North Carolina", _EASTERN),
    "ND": ("North Dakota", _CENTRAL),
    "OH": ("Ohio", _EASTERN),
    "OK": ("Oklahoma", _CENTRAL),
    "OR": ("Oregon", _PACIFIC),
    "PA": ("Pennsylvania", _EASTERN),
    "RI": ("Rhode Island", _EASTERN),
    "SC": ("South Carolina", _EASTERN),
    "SD": ("South Dakota", _CENTRAL),
    "TN": ("Tennessee", _CENTRAL),
    "TX": ("Texas", _CENTRAL),
    "UT": ("Utah", _MOUNTAIN),
    "VT": ("Vermont", _EASTERN),
    "VA": ("Virginia", _EASTERN),
    "WA": ("Washington", _PACIFIC),
    "WV": ("West Virginia", _EASTERN),
    "WI": ("Wisconsin", _CENTRAL),
    "WY": ("Wyoming", _MOUNTAIN),
    "AS": ("American Samoa", "Pacific/Pago_Pago"),
    "GU": ("Guam", "Pacific/Guam"),
    "MP": ("Northern Mariana Islands", "Pacific/Saipan"),
    "PR": ("Puerto Rico", "America/Puerto_Rico"),
    "VI": ("Virgin Islands", "America/St_Thomas"),
}

_CODE_OF_NAME = {name.casefold(): code for code, (name, _) in STATES.items()}


def state_code(state: str) -> str | None:
    """The USPS code of a state given by code or name, in any case; None when it is not one."""
    stated = " ".join(state.split())
    if stated.upper() in STATES:
        return stated.upper()
    return _CODE_OF_NAME.get(stated.casefold())


@lru_cache(maxsize=len(STATES))
def _zone(code: str) -> ZoneInfo:
    return ZoneInfo(STATES[code][1])


def zone_of_state(state: str | None) -> ZoneInfo | None:
    """The time zone of a state; without a state California's; None for a place not in the table."""
    if state is None or not state.strip():
        return _zone(HOME_STATE)
    code = state_code(state)
    return None if code is None else _zone(code)
