#!/usr/bin/env python3
"""Writes oracle.tsv: typed phone numbers, and what Google's tables make of them (PyPI: phonenumbers).

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install phonenumbers && /tmp/oracle/bin/python oracle.py

Columns: form, default country, typed text, expected canonical form (`-`: none). Anything but printable ASCII is written as
`\\u{…}`. Differences between this file and the crate are listed, with their reason, in differences.tsv.
"""

import random
import pathlib

import phonenumbers as google
from phonenumbers import PhoneNumberFormat as Format, PhoneNumberType as Type

REGIONS = (
    "VE US CA MX DO PR CO AR BR CL PE EC BO PY UY PA CR GT HN SV CU ES PT IT SM VA FR MC GB GG IE DE AT CH NL BE "
    "SE NO FI DK PL HU RU KZ UA TR IL AE SA EG MA CI BJ CG GA NG ZA KE IN PK CN JP KR ID SG AU NZ"
).split()
DEFAULTS = "VE US CO MX AR BR CL PE ES IT GB DE FR RU CI JP IN".split()
WIDE = str.maketrans("0123456789+", "０１２３４５６７８９＋")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")

dice = random.Random(58)


def numbers(region):
    """A fixed line and a mobile, each with random last digits, valid by the oracle."""
    for kind in (Type.FIXED_LINE, Type.MOBILE):
        example = google.example_number_for_type(region, kind)
        national = google.national_significant_number(example)
        while True:
            varied = national[:-3] + "".join(dice.choice("0123456789") for _ in range(3))
            number = google.parse(f"+{example.country_code}{varied}", None)
            if google.is_valid_number(number):
                yield number
                break


def forms(number, region):
    """Pairs of form and text; those that name no country begin with `national`."""
    code, national = number.country_code, google.national_significant_number(number)
    spaced = google.format_number(number, Format.INTERNATIONAL)
    local = google.format_number(number, Format.NATIONAL)
    trunk = google.PhoneMetadata.metadata_for_region(region).national_prefix or ""
    yield "e164", f"+{code}{national}"
    yield "grouped", spaced
    yield "dots", spaced.replace(" ", ".").replace("-", ".")
    yield "slash", f"+{code}/{national}"
    yield "nbsp", spaced.replace(" ", "\u00a0")
    yield "narrow-nbsp", spaced.replace(" ", "\u202f")
    yield "en-dash", spaced.replace(" ", "\u2013")
    yield "bidi-around", f"\u202a{spaced}\u202c"
    yield "bidi-within", spaced.replace(" ", "\u200e ")
    yield "wide", spaced.translate(WIDE)
    yield "arabic", spaced.translate(ARABIC)
    yield "devanagari", f"+{code}{national}".translate(DEVANAGARI)
    yield "rfc3966", google.format_number(number, Format.RFC3966)
    yield "rfc3966-ext", f"tel:+{code}-{national};ext=5"
    yield "rfc3966-context", f"tel:{national};phone-context=+{code}"
    yield "trunk", f"+{code} {trunk}{national}"
    yield "trunk-parenthesis", f"+{code} (0){national}"
    yield "code-parenthesis", f"(+{code}){trunk}{national}"
    yield "double-zero", f"00 {code} {national}"
    yield "double-zero-trunk", f"00{code}{trunk}{national}"
    yield "label", f"Tel. {spaced}"
    yield "ext", f"{spaced} ext. 101"
    yield "ext-x", f"{spaced} x101"
    yield "ext-int", f"{spaced} int. 12"
    yield "ext-anexo", f"{spaced} anexo 7"
    yield "ext-dob", f"{spaced} доб. 45"
    yield "ext-comma", f"{spaced},5"
    yield "ext-parameter", f"+{code}{national};ext=103"
    yield "ext-arabic", f"{spaced} ext. 101".translate(ARABIC)
    yield "ext-ramal", f"{spaced} ramal 12"
    yield "national", local
    yield "national-digits", f"{trunk}{national}"
    yield "national-bare", national
    yield "national-wide", local.translate(WIDE)
    yield "national-ext", f"{local} ext. 101"
    yield "national-bidi", f"\u202d{local}\u202c"
    yield "national-cut", national[:-1]
    yield "national-longer", f"{national}1"
    yield "national-word", f"{local} Ana"


def expected(text, default):
    try:
        number = google.parse(text, default)
    except google.NumberParseException:
        return "-"
    e164 = google.format_number(number, Format.E164)
    if not 8 <= len(e164) <= 16:
        return "-"
    return f"{e164};ext={number.extension}" if number.extension else e164


def escaped(text):
    return "".join(c if " " <= c <= "~" else f"\\u{{{ord(c):x}}}" for c in text)


def main():
    rows = []
    for region in REGIONS:
        # Each form of one of the two numbers.
        for pair in zip(*(forms(number, region) for number in numbers(region))):
            form, text = dice.choice(pair)
            default = region if form.startswith("national") else dice.choice(DEFAULTS)
            rows.append((form, default, text))
    # The prefixes that other countries' settings used to strip, under every default country.
    for text in ("+39 06 6982 7431", "+225 07 01 02 03 04", "+229 01 95 01 10 11", "+242 06 612 3456", "+378 0549 886377",
                 "+55 11 98765-4329", "+58 414-1234567", "+1 800 555 0199", "+7 812 123-45-67", "+52 55 1234 5678"):
        rows += [("every-default", default, text) for default in DEFAULTS]
    file = pathlib.Path(__file__).with_name("oracle.tsv")
    with file.open("w", encoding="ascii") as out:
        out.write(f"# Made by oracle.py with phonenumbers {google.__version__}. Do not edit.\n")
        for form, default, text in rows:
            out.write(f"{form}\t{default}\t{escaped(text)}\t{escaped(expected(text, default))}\n")


if __name__ == "__main__":
    main()
