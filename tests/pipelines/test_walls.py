"""What stands in place of an article is told from articles about the same words."""

import pytest

from pipelines.walls import ends_with_more, has_wall_notice, is_consent_text, is_consent_url
from tests.pipelines.pages import ENGLISH_PARAGRAPHS

ARTICLE = " ".join(ENGLISH_PARAGRAPHS)


@pytest.mark.parametrize(
    "text",
    [
        "Wir und unsere Partner verwenden Cookies. Ihre Einwilligung. Personalisierte Werbung.",
        "Mit Werbung weiterlesen oder PUR-Abo. Alle akzeptieren. Ihre Zustimmung. Cookies.",
        "Nous et nos partenaires utilisons des cookies. Votre consentement. Tout accepter.",
        "Usamos cookies con su consentimiento. Aceptar todo. Publicidad personalizada. Política de privacidad.",
        "当サイトはクッキーを使用します。同意してください。プライバシーポリシー。",
    ],
    ids=["de", "de pay or consent", "fr", "es", "ja"],
)
def test_a_consent_dialogue_is_told(text: str) -> None:
    assert is_consent_text(text)


def test_news_of_a_privacy_case_is_no_dialogue() -> None:
    assert not is_consent_text(
        "The authority blocked the app. It found no privacy policy and no consent as the GDPR asks, and that data"
        " went to partners who store it abroad."
    )


def test_an_article_about_cookies_is_no_dialogue() -> None:
    assert not is_consent_text(f"The court ruled that cookies need consent under the privacy policy. {ARTICLE * 12}")
    assert not is_consent_text(f"The court spoke of cookies. {ARTICLE}")


@pytest.mark.parametrize(
    ("url", "is_wall"),
    [
        ("https://consent.a.example/x", True),
        ("https://www.a.example/privacywall?to=%2Fx", True),
        ("https://www.a.example/consent/?r=1", True),
        ("https://www.a.example/news/consent-decree-signed", False),
        ("https://www.a.example/news/privacy-law", False),
        ("http://[bad", False),
    ],
    ids=["host", "wall", "folder", "news of a decree", "news of a law", "broken"],
)
def test_the_address_of_a_dialogue_is_told(url: str, is_wall: bool) -> None:
    assert is_consent_url(url) is is_wall


@pytest.mark.parametrize(
    "notice",
    [
        "Subscribe to continue reading.",
        "Jetzt weiterlesen mit Plus: Weiterlesen mit einem Abo",
        "この記事は有料会員限定です。",
        "Il vous reste 80% de cet article à lire.",
        "Contenido exclusivo para suscriptores",
        "登录后继续阅读全文",
    ],
    ids=["en", "de", "ja", "fr", "es", "zh"],
)
def test_a_notice_at_the_end_is_a_wall(notice: str) -> None:
    assert has_wall_notice(f"{ARTICLE}\n{notice}")
    assert not has_wall_notice(f"{notice}\n{ARTICLE * 3}")


def test_an_offer_below_a_whole_article_is_no_wall() -> None:
    assert not has_wall_notice(f"{ARTICLE * 4}\nStart your free trial")
    assert has_wall_notice("The first sentence only.\nStart your free trial")


@pytest.mark.parametrize(
    ("last", "is_more"),
    [
        ("He added that … read more", True),
        ("Read more »", True),
        ("Weiterlesen", True),
        ("他表示…阅读全文", True),
        ("The rest is missing [...]", True),
        ("The rest is missing [+1234 chars]", True),
        ("People should read more books.", False),
        ("He did not finish …", False),
    ],
    ids=["en", "link", "de", "zh", "brackets", "characters", "books", "trailing off"],
)
def test_an_ending_that_leads_elsewhere_is_told(last: str, is_more: bool) -> None:
    assert ends_with_more(f"{ARTICLE}\n{last}") is is_more
