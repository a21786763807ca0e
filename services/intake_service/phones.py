"""Phone numbers as people write them, into one spelling (E.164), so that one customer is one."""

import re

import phonenumbers

REGIONS = {
    "Asia/Taipei": "TW",
    "Asia/Shanghai": "CN",
    "Asia/Urumqi": "CN",
    "Asia/Hong_Kong": "HK",
    "Asia/Macau": "MO",
}
"""Where a number without a country code belongs, by the organisation's time zone."""

_USUAL = {
    "TW": (re.compile(r"0(9\d{8})"), "+886"),
    "CN": (re.compile(r"(1[3-9]\d{9})"), "+86"),
}
"""Mobile numbers as nearly everybody writes them: read without the large tables."""

_BETWEEN = str.maketrans("", "", " -()")


def region_of(timezone: str) -> str:
    """The region of an organisation's time zone."""
    return REGIONS.get(timezone, "TW")


def e164(phone: str, region: str) -> str | None:
    """The number in E.164 (`+886912345678`), or None when it is none that can be called."""
    usual = _USUAL.get(region)
    found = usual[0].fullmatch(phone.translate(_BETWEEN)) if usual else None
    if usual and found:
        return usual[1] + found[1]
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
