"""The country and time zone that a host name or a language lets one expect. A guess for sources that say neither."""

from types import MappingProxyType

from crawler.iso_codes import INTERNATIONAL

ZONE_OF_COUNTRY = MappingProxyType(
    {
        "AE": "Asia/Dubai",
        "AR": "America/Argentina/Buenos_Aires",
        "AT": "Europe/Vienna",
        "BE": "Europe/Brussels",
        "BG": "Europe/Sofia",
        "CH": "Europe/Zurich",
        "CN": "Asia/Shanghai",
        "CZ": "Europe/Prague",
        "DE": "Europe/Berlin",
        "DK": "Europe/Copenhagen",
        "EE": "Europe/Tallinn",
        "EG": "Africa/Cairo",
        "ES": "Europe/Madrid",
        "FI": "Europe/Helsinki",
        "FR": "Europe/Paris",
        "GB": "Europe/London",
        "GR": "Europe/Athens",
        "HK": "Asia/Hong_Kong",
        "HR": "Europe/Zagreb",
        "HU": "Europe/Budapest",
        "IE": "Europe/Dublin",
        "IL": "Asia/Jerusalem",
        "IN": "Asia/Kolkata",
        "IR": "Asia/Tehran",
        "IT": "Europe/Rome",
        "JP": "Asia/Tokyo",
        "KE": "Africa/Nairobi",
        "KR": "Asia/Seoul",
        "LT": "Europe/Vilnius",
        "LU": "Europe/Luxembourg",
        "LV": "Europe/Riga",
        "MY": "Asia/Kuala_Lumpur",
        "NG": "Africa/Lagos",
        "NL": "Europe/Amsterdam",
        "NO": "Europe/Oslo",
        "NZ": "Pacific/Auckland",
        "PE": "America/Lima",
        "PH": "Asia/Manila",
        "PK": "Asia/Karachi",
        "PL": "Europe/Warsaw",
        "PT": "Europe/Lisbon",
        "RO": "Europe/Bucharest",
        "RS": "Europe/Belgrade",
        "SA": "Asia/Riyadh",
        "SE": "Europe/Stockholm",
        "SG": "Asia/Singapore",
        "SI": "Europe/Ljubljana",
        "SK": "Europe/Bratislava",
        "TH": "Asia/Bangkok",
        "TR": "Europe/Istanbul",
        "TW": "Asia/Taipei",
        "UA": "Europe/Kyiv",
        "VN": "Asia/Ho_Chi_Minh",
        "ZA": "Africa/Johannesburg",
    }
)
"""Countries whose press lives in one zone; those that span several (US, BR, RU …) are missing on purpose."""

WIDE_COUNTRIES = frozenset(("AU", "BR", "CA", "CL", "EC", "ID", "KZ", "MX", "RU", "US"))
"""Countries with a national domain but several zones."""

_COUNTRY_OF_DOMAIN = MappingProxyType({"uk": "GB"})

_COUNTRY_OF_LANGUAGE = MappingProxyType(
    {
        "bg": "BG", "cs": "CZ", "da": "DK", "de": "DE", "el": "GR", "et": "EE", "fa": "IR", "fi": "FI", "he": "IL",
        "hi": "IN", "hr": "HR", "hu": "HU", "it": "IT", "ja": "JP", "ko": "KR", "lt": "LT", "lv": "LV", "nb": "NO",
        "nl": "NL", "nn": "NO", "no": "NO", "pl": "PL", "ro": "RO", "sk": "SK", "sl": "SI", "sv": "SE", "th": "TH",
        "tr": "TR", "uk": "UA", "vi": "VN", "zh": "CN",
    }
)  # fmt: skip
"""Languages whose press mostly keeps the time of one country; en, es, fr, pt, ar and ru do not."""


def usual_zone(host: str, language: str, script: str = "") -> tuple[str, str]:
    """Give the country that the national domain of ``host`` names, and the zone in which its dates are probably meant.

    The country is ``INT`` under a general domain, also where the language tells the zone; the zone is ``UTC`` where
    neither tells it.
    """
    domain = host.rpartition(".")[2].lower()
    country = _COUNTRY_OF_DOMAIN.get(domain, domain.upper())
    if country in ZONE_OF_COUNTRY:
        return country, ZONE_OF_COUNTRY[country]
    if country in WIDE_COUNTRIES:
        return country, "UTC"
    if (language, script) == ("zh", "Hant"):
        return INTERNATIONAL, ZONE_OF_COUNTRY["TW"]
    home = _COUNTRY_OF_LANGUAGE.get(language)
    return INTERNATIONAL, ZONE_OF_COUNTRY[home] if home else "UTC"
