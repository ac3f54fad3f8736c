"""Telling from an address and its link text whether a link leads to an article."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlsplit

MIN_SLUG_WORDS = 4
"""Words in the last path segment that make it a headline rather than the name of a section."""

MIN_SLUG_CHARS = 24
"""Letters in the last path segment that make it a headline where words are not set apart; see LETTERS_PER_IDEOGRAPH."""

MIN_TITLE_LETTERS = 26
"""Letters of link text that can only be a headline, where the address says too little; see LETTERS_PER_IDEOGRAPH."""

LETTERS_PER_IDEOGRAPH = 3
"""A Chinese, Japanese or Korean character says about as much as three letters."""

_SEGMENTS = """
    tag tags topic topics thema themen author authors autor autoren autore auteur auteurs profile profil profiles
    user users people team category categories kategorie kategorien rubrik rubric section sections login signin
    sign-in logout register registration registrieren signup sign-up account konto my mein abo abonnement subscribe
    subscription subscriptions newsletter newsletters privacy privacy-policy datenschutz datenschutzerklaerung
    impressum imprint about about-us ueber-uns contact contact-us kontakt contacto contatti search suche buscar
    recherche ricerca feed feeds rss page pages archive archiv archives shop store jobs careers karriere advertise
    advertising mediadaten terms terms-of-service terms-of-use agb tos cookie cookies cookie-policy legal help hilfe
    faq sitemap wp-login wp-admin wp-content wp-json cdn-cgi share comments comment kommentare forum forums download
    downloads events event webinar webinars widget widgets static assets cart checkout donate press-kit
"""
_NO_ARTICLE_SEGMENTS = frozenset(_SEGMENTS.split())
"""Path segments of pages that are no articles: lists, accounts, legal pages."""

_LEGAL_WORDS = frozenset(("impressum", "datenschutz", "datenschutzbestimmungen", "nutzungsbedingungen"))
_LEGAL_STARTS = ("privacy-", "cookie-", "cookies-", "terms-", "accessibility-", "aviso-legal", "mentions-legales")
"""Words of the last path segment that mark a legal page even where a number follows."""

_SUFFIXES = """
    .jpg .jpeg .png .gif .svg .webp .avif .ico .css .js .json .xml .rss .atom .pdf .zip .gz .mp3 .mp4 .m4a .webm .exe
    .dmg .apk .ics .vcf
"""
_NO_PAGE_SUFFIXES = tuple(_SUFFIXES.split())

_ARTICLE_SEGMENTS = frozenset(
    ("article", "articles", "artikel", "articolo", "articulo", "noticia", "story", "stories", "post", "posts", "news")
)
"""Path segments behind which single articles stand."""

_ID_KEYS = frozenset("id p newsid news_id articleid article_id aid idxno no pk_no storyid nid guid".split())  # noqa: SIM905
"""Query keys under which content systems put the number of an article."""

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DATE_IN_PATH = re.compile(rf"/{_YEAR}[/_.-]?{_MONTH}(?:[/_.-]?{_DAY})?(?:/|[-_.]|$)")
_NUMBER_IN_PATH = re.compile(r"(?:^|[^\d])(\d{5,})(?:[^\d]|$)")
_WORDS = re.compile(r"[^\W_]+")


def looks_like_article(url: str, title: str = "") -> bool:
    """Tell from the address, and the link text if there is any, whether a link leads to an article.

    Addresses with a date, a long number or a headline in them do; lists, accounts, legal pages and files do not.
    Where the address says neither, a link text as long as a headline decides.
    """
    parts = urlsplit(url)
    path = unquote(parts.path)
    segments = [segment for segment in path.lower().split("/") if segment]
    if path.lower().endswith(_NO_PAGE_SUFFIXES):
        return False
    stems = [segment.rsplit(".", 1)[0] for segment in segments]
    query = parse_qsl(parts.query)[:20] if parts.query.count("&") < 100 else []
    numbered = any(key.lower() in _ID_KEYS and re.search(r"\d{3,}", value) for key, value in query)
    if not segments:
        return numbered
    words = _WORDS.findall(stems[-1])
    if _LEGAL_WORDS.intersection(words) or stems[-1].startswith(_LEGAL_STARTS):
        return False
    # some systems write the headline and then an opaque id: /the-long-headline-of-it/I7QCHL6HAZ/
    is_slug = len(words) >= MIN_SLUG_WORDS or any(len(_WORDS.findall(stem)) > MIN_SLUG_WORDS for stem in stems)
    headline = is_slug or _weight(stems[-1], str.isalpha) >= MIN_SLUG_CHARS
    dated = _DATE_IN_PATH.search(path) is not None and len(stems[-1]) > 2
    if _NO_ARTICLE_SEGMENTS.intersection(stems):
        # "/archive/2020/08/a-long-headline/" is an article in a folder of that name; "/archive/2020/08/" is none
        return headline and (dated or _NUMBER_IN_PATH.search(path) is not None)
    if numbered or dated or headline or _NUMBER_IN_PATH.search(path):
        return True
    if _ARTICLE_SEGMENTS.intersection(stems[:-1]) and (len(words) > 1 or re.search(r"\d{3,}", stems[-1])):
        return True
    return _weight(title, str.isalnum) >= MIN_TITLE_LETTERS


def _weight(text: str, counts: Callable[[str], bool]) -> int:
    return sum(LETTERS_PER_IDEOGRAPH if _is_dense(char) else 1 for char in text if counts(char))


def _is_dense(char: str) -> bool:
    return "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3"
