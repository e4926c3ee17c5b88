#!/usr/bin/env python3
"""Makes fold.txt, what tests/text_oracle.rs compares `text::fold` with. Nothing here knows the Rust code.

Made with Python 3.12 (unicodedata 15.0.0) and uconv of ICU 72.1 (Debian package icu-devtools, Unicode 15.0, CLDR 42):
    python3.12 make_fold.py > fold.txt
With `--table`, prints the match arms of src/text/latin.rs instead.
"""

import subprocess
import sys
import unicodedata
from collections import defaultdict

# Letters that CLDR's Latin-ASCII leaves alone.
ADDED = {"ɔ": "o", "ə": "e"}
# Letters that are compared as punctuation: modifier letters and the saltillo.
APOSTROPHES = "ʹʻʼʽʾʿˀˁˈˊˋꞋꞌ՚ߴߵ"
PUNCTUATION = dict.fromkeys(APOSTROPHES, "'") | {"ʺ": '"', "ˮ": '"', "⁄": "/", "ـ": ""}
# Scripts with accents or with optional vowel signs. Names of characters begin with their script.
ACCENTED = ("LATIN ", "GREEK ", "CYRILLIC ", "HEBREW ", "ARABIC ", "DIGIT ", "SUPERSCRIPT ", "SUBSCRIPT ")
HAMZA = "\u0653\u0654\u0655"


def uconv(transform, lines):
    command = ["uconv", "-f", "utf8", "-t", "utf8", "-x", transform]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True)
    return done.stdout.split("\n")


def case_folded(text):
    """NFKD, full case folding, NFKD, as in D146 of the Unicode standard."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKD", text.casefold())


def ranges(codes):
    result = []
    for code in codes:
        if result and result[-1][1] == code - 1:
            result[-1][1] = code
        else:
            result.append([code, code])
    return " ".join(f"{first:X}" if first == last else f"{first:X}-{last:X}" for first, last in result)


def expected(text, latin_ascii):
    result = ""
    accented, semitic = True, False
    for c in case_folded(text):
        name = unicodedata.name(c, "")
        if unicodedata.category(c)[0] == "M":
            spelled = name.startswith(("THAI ", "LAO ")) or "KATAKANA" in name or (c in HAMZA and semitic)
            if (accented and not spelled) or (name.startswith(("ARABIC ", "HEBREW ")) and c not in HAMZA):
                # The blank before a mark is the base that compatibility decomposition invents.
                if result.endswith(" "):
                    result = result[:-1]
                continue
            result += c
            continue
        accented = name.startswith(ACCENTED) or unicodedata.category(c)[0] not in "LN"
        semitic = name.startswith(("ARABIC ", "HEBREW "))
        if unicodedata.category(c) == "Nd":
            result += str(unicodedata.decimal(c))
        elif c in PUNCTUATION:
            result += PUNCTUATION[c]
        elif name.startswith("LATIN ") or c in ADDED:
            result += ADDED.get(c) or latin_ascii[c].lower()
        else:
            result += c
    return unicodedata.normalize("NFC", result).strip()


def main():
    every = [chr(code) for code in range(0x80, 0x110000) if not 0xD800 <= code < 0xE000]
    letters = [c for c in every if unicodedata.category(c)[0] in "LN"]
    # What is no letter after decomposition does not matter here.
    simple = sorted({c for letter in [*map(chr, range(33, 128)), *letters] for c in case_folded(letter)})
    latin = [c for c in simple if unicodedata.name(c, "").startswith("LATIN ")]
    latin_ascii = dict(zip(latin, uconv("Latin-ASCII", latin), strict=True))

    if sys.argv[1:] == ["--table"]:
        groups = defaultdict(list)
        for c, ascii in latin_ascii.items():
            if not c.isascii() and c != ascii and c not in PUNCTUATION:
                groups[ascii.lower()].append(c)
        groups["ss"].append("ß")
        for ascii, members in sorted(groups.items()):
            print(" | ".join(f"'{c}'" for c in members), f'=> "{ascii}",')
        return

    print(f"# Made by make_fold.py with unicodedata {unicodedata.unidata_version} and Latin-ASCII of {version()}.")
    print("# Letters and numbers (general categories L and N) by what they fold to; the first line has those that stay.")
    groups = defaultdict(list)
    same = []
    # Default ignorable code points (four Hangul fillers) are letters too.
    for c in letters:
        if c in "\u115f\u1160\u3164\uffa0":
            continue
        folded = expected(c, latin_ascii)
        if folded == c:
            same.append(ord(c))
        else:
            groups[folded].append(ord(c))
    print(f"=\t{ranges(same)}")
    for folded, codes in sorted(groups.items()):
        print(f"{folded}\t{ranges(codes)}")


def version():
    line = subprocess.run(["uconv", "-V"], capture_output=True, text=True, check=True).stdout
    return line.split()[-1].strip() + " (ICU)"


main()
