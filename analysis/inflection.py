"""Endings that languages put on a foreign name, and the boundaries of a name by its script."""

import re

from analysis.scripts import ALPHABETIC, ARABIC, HANGUL, HEBREW, KATAKANA, LETTER, Folded, Script

_END = f"(?![{ALPHABETIC}0-9])"


def _endings(words: str) -> re.Pattern[str]:
    ordered = sorted(words.split(), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, ordered))}){_END}")


_GENITIVE_S = _endings("s")
_SOUTH_SLAVIC = _endings(
    "a u om em e i ov ova ovo ove ovi ovu ovim ovih ovom ovog ovoj in ina ino ine ini inu ju ja jem jev jeva ih ima"
)
_CZECH = _endings("u e em ovi y ů ům ech ou ě i a om ova ově ovu ův ovy ových ovým ovou ovo ovho ovej ovom")

ENDINGS: dict[str, re.Pattern[str]] = {
    "de": _GENITIVE_S,
    "nl": _GENITIVE_S,
    "af": _GENITIVE_S,
    "lb": _GENITIVE_S,
    "sv": _GENITIVE_S,
    "da": _endings("s en ens et ets"),
    "no": _endings("s en ens et ets"),
    "nb": _endings("s en ens et ets"),
    "nn": _endings("s en ens et ets"),
    "is": _endings("s i"),
    "fo": _GENITIVE_S,
    "pl": _endings("a u owi em iem ie i y ę ą om ów ami ach o owa owy owe owego owej owym"),
    "cs": _CZECH,
    "sk": _CZECH,
    "sl": _SOUTH_SLAVIC,
    "hr": _SOUTH_SLAVIC,
    "bs": _SOUTH_SLAVIC,
    "sr": _SOUTH_SLAVIC,
    "lt": _endings("o ui ą u e as ai ų ams us uose"),
    "lv": _endings("a am u ā s i iem us os"),
    "et": _endings("i it isse is ist ile il ilt iks ini ina ita iga le l lt ks ni na ta ga t s st sse de d"),
    "fi": _endings(
        "n in en an iin een a ia ta ea ssa issa essa sta ista esta lla illa ella lta ilta elta lle ille elle"
        " ksi iksi eksi na ina ena tta itta kin ikin han nsa insa nkin inkin t it ien jen"
    ),
    "hu": _endings(
        "t ot et at öt nak nek val vel ban ben ba be ból ből ról ről tól től hoz hez höz ra re on en ön n nál nél"
        " ért ig ként é éi i os es ös as ja je a e juk jük k ok ek tal tel sal sel kal kel gal gel lal lel mal mel"
        " nal nel ral rel csal csel ával ével"
    ),
    "ro": _endings("ul ului ule ei ii a uri urile"),
    "sq": _endings("i it in ut un së ja jes"),
    "tr": _endings(
        "ın in un ün nın nin nun nün a e ya ye ı i u ü yı yi yu yü da de ta te dan den tan ten la le yla yle"
        " lar ler daki deki taki teki ca ce lı li lu lü nda nde"
    ),
    "az": _endings("ın in un ün nın nin nun nün a ə ya yə ı i u ü nı ni nu nü da də dan dən la lə"),
    "uz": _endings("ning ni ga da dan"),
    "eu": _endings("k ek ren en n an ko tik ra rekin ri"),
}
"""Endings glued to a Latin name without apostrophe or hyphen, by language; others have none."""

STEM_ENDINGS: dict[str, re.Pattern[str]] = {
    "pl": _endings("i y ę ą o ie u em owi a om ów"),
    "cs": _endings("i y e u ou ě í em ovi a"),
    "sk": _endings("i y e u ou ě í em ovi a"),
    "sl": _endings("e i o u om em a ina ine"),
    "hr": _endings("e i o u om em a ina ine je ji ju jom"),
    "bs": _endings("e i o u om em a ina ine je ji ju jom"),
    "sr": _endings("e i o u om em a ina ine je ji ju jom"),
    "lt": _endings("os ai ą oje"),
    "lv": _endings("as ai u ā"),
    "hu": re.compile(
        f"[áé](?:t|nak|nek|val|vel|ban|ben|ba|be|ból|ből|ról|ről|tól|től|hoz|hez|ra|re|n|nál|nél|ért|ig|ként|s)?{_END}"
    ),
    "ro": _endings("ei ă"),
    "sq": _endings("ë s së"),
}
"""Endings that replace the last vowel of a Latin name ("Nvidia", "Nvidii")."""

CYRILLIC_ENDINGS = _endings(
    "а у е ом ем ы и ой ою ам ами ах ов ові ів ою я ю і ї єм ев ь ят та ът овски овский овского овская овской"
    " овские овских ским ской ского ия ом ина ине"
)
CYRILLIC_STEM_ENDINGS = _endings("ы и е у ю ой ою ей ею ем я ї і єю єм о й й й ама")
"""The same for names in Cyrillic letters, over all languages that use them."""

_GERMAN_HEADS = (
    "aktie aktionär app anteil beteiligung börse boss chat chef chip cloud computer deal entwickl erfinder experte "
    "fabrik firma forsch gerät geschäft gründ handy karte ki konkurr konzern kund kurs manage mitarbeit modell mutter "
    "nutzer papier produkt prozess rival server smartphone software sparte sprecher system technik technologie titel "
    "tochter umsatz vertrag vorstand zahlen zentrale"
)
_DUTCH_HEADS = (
    "aandeel aandelen app baas bestuur chef chip concern directeur gebruik klant koers model moeder omzet oprichter "
    "product server software technologie topman topvrouw toestel"
)
_SCANDINAVIAN_HEADS = (
    "aktie aktier aksje app brikke bruker bruger använd chef chip grundare gründer gruppe koncern konsern kurs modell "
    "model sjef server talsmand talsperson ägare eier ejer"
)
COMPOUND_HEADS: dict[str, re.Pattern[str]] = {
    language: re.compile(f"s?(?:{'|'.join(heads.split())})[{ALPHABETIC}]*{_END}")
    for languages, heads in (
        ("de lb", _GERMAN_HEADS),
        ("nl af", _DUTCH_HEADS),
        ("sv da no nb nn", _SCANDINAVIAN_HEADS),
    )
    for language in languages.split()
}
"""Words that business news writes together with a company's name without a hyphen ("Nvidiaaktie"), by language."""

_PARTICLES = (
    " 은 는 이 가 을 를 의 에 에서 에게 에게서 한테 께 와 과 도 만 로 으로"
    " 부터 까지 보다 처럼 같은 라 라는 라고 란 이라 이라는 이라고 이란 이나 나"
    " 랑 이랑 든 측 사 등 발 판 형 용 식 표 급 뿐 뿐만 마저 조차 밖에 이며"
    " 며 이고 고 인 였다 이다 입니다 에는 에선 에도 에만 에서는 에서도 로는 로도"
    " 로서 으로는 와의 과의 와는 과는 와도 과도 로부터 으로부터 에서의 에의 까지도"
    " 이든 이자 자 야 이야 들 들이 들은 들의 들을"
)
PARTICLES = re.compile(f"(?:{'|'.join(sorted(_PARTICLES.split(), key=len, reverse=True))})(?![{HANGUL}])")

_ARABIC_PARTICLES = "و ف ب ل ك ال وال فال بال كال لل ولل ول وب وك فب فل فك وبال س ه"
_ARABIC_PREFIXES = frozenset(_ARABIC_PARTICLES.split())
"""Conjunctions, prepositions and the article, which Arabic writes together with the name."""

_ARABIC_ENDINGS = re.compile(f"(?:ها|هاي|ي|اي|يه|يون)(?![{ARABIC}])")  # Persian plural and izafe, Arabic nisba
_HEBREW_PREFIX = re.compile("[והבלמשכ]{0,3}$")


def right_end(text: Folded, end: int, language: str, script: Script, *, strict: bool) -> int | None:
    """Give where a name that was found up to ``end`` really ends, endings included; None if it is part of a word.

    ``strict`` is for names that are also words: no glued compounds. A version number may follow any Latin name.
    """
    lower = text.lower
    if end >= len(lower):
        return end
    following = lower[end]
    if script is Script.ALPHABETIC:
        return _alphabetic_end(text, end, language, strict=strict)
    if script is Script.KATAKANA:
        return None if re.match(f"[{KATAKANA}]", following) else end
    if script is Script.HANGUL:
        if not re.match(f"[{HANGUL}]", following):
            return end
        return end if not strict or PARTICLES.match(lower, end) else None
    if script is Script.ARABIC:
        if not re.match(f"[{ARABIC}]", following):
            return end
        match = _ARABIC_ENDINGS.match(lower, end)
        return match.end() if match and not strict else None
    if script is Script.HEBREW:
        return None if re.match(f"[{HEBREW}]", following) else end
    return end


def _alphabetic_end(text: Folded, end: int, language: str, *, strict: bool) -> int | None:
    lower = text.lower
    if not LETTER.match(lower, end):
        return end
    if "\u0370" <= lower[end - 1] <= "\u052f":
        endings: re.Pattern[str] | None = CYRILLIC_ENDINGS
    else:
        endings = ENDINGS.get(language)
        if endings is None and language == "und" and not strict:
            endings = _GENITIVE_S
    match = endings.match(lower, end) if endings else None
    if match:
        return match.end()
    heads = COMPOUND_HEADS.get(language)
    if heads and not strict and heads.match(lower, end):
        return end
    camel = text.cased[end].isupper() and text.cased[end - 1].islower()
    version = re.compile(r"[vrk]\d").match(lower, end)
    return end if (camel and not strict) or version else None


def stem_end(text: Folded, end: int, language: str) -> int | None:
    """Give the end of a name whose last vowel gave way to an ending; None if no such ending follows."""
    endings = CYRILLIC_STEM_ENDINGS if "\u0400" <= text.lower[end - 1] <= "\u052f" else STEM_ENDINGS.get(language)
    match = endings.match(text.lower, end) if endings else None
    return match.end() if match else None


def starts_word(text: Folded, start: int, script: Script, *, strict: bool) -> bool:
    """Tell whether a name that was found at ``start`` begins there, and not inside another word."""
    if start == 0:
        return True
    lower = text.lower
    before = lower[start - 1]
    if script is Script.ALPHABETIC:
        if re.match(f"[{ALPHABETIC}0-9]", before):
            return not strict and text.cased[start].isupper() and text.cased[start - 1].islower()
        return True
    if script is Script.KATAKANA:
        return not re.match(f"[{KATAKANA}]", before)
    if script is Script.HANGUL:
        return not re.match(f"[{HANGUL}]", before)
    if script is Script.ARABIC:
        run = re.search(f"[{ARABIC}]*$", lower[max(0, start - 5) : start])
        return run is None or not run.group() or run.group() in _ARABIC_PREFIXES
    if script is Script.HEBREW:
        run = re.search(f"[{HEBREW}]*$", lower[max(0, start - 5) : start])
        return run is None or _HEBREW_PREFIX.fullmatch(run.group()) is not None
    return True
