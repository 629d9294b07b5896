#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-only
"""Cuts the two fonts of the screens from Noto Sans CJK SC.

Needs Debian's `fonts-noto-cjk` (version 20220127 was used) and fontTools (4.68 was used):

    apt-get install fonts-noto-cjk && pip install fonttools && python3 subset.py

DoorstepSans-Bold.otf     our own words: Latin, GB2312, and characters frequent in names.
DoorstepSans-Regular.otf  the same and every other Han character of the family, because names of people and
                          places come from outside. Slint looks for a character in one embedded face only, so
                          a separate fallback font would not be asked: the rare ones are in this face.
"""
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = Path("/usr/share/fonts/opentype/noto")
# Simplified Chinese within the collection file.
SC = 2
FAMILY = "Doorstep Sans"
PUNCTUATION = "—–‘’“”…·•‰′″※℃№→←↑↓✓✕×÷￥¥€「」『』【】《》〈〉〇・－～"
# Outside GB2312 and frequent in given names and place names.
NAMES = "䁖镕堃喆垚犇淼焱赟翀昇玥璟玹瑀暄煜晗祎垣嫚琎砼槑囍罡甯"
# Copyright, version, licence and licence address stay in the file.
KEPT_NAMES = (0, 2, 5, 7, 8, 11, 13, 14)


def gb2312() -> set[int]:
    """Every character of GB2312."""
    found = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes([row, cell]).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def is_han(code: int) -> bool:
    """Han characters, compatibility forms and radicals."""
    return (
        0x2E80 <= code <= 0x2FDF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or code >= 0x20000
    )


def rename(font: TTFont, style: str) -> None:
    """The reserved name of the original must not stay on a changed font (OFL 1.1, clause 3)."""
    full, postscript = f"{FAMILY} {style}", f"{FAMILY.replace(' ', '')}-{style}"
    table = font["name"]
    table.names = [
        n for n in table.names if n.platformID == 3 and n.langID == 0x409 and n.nameID in KEPT_NAMES
    ]
    for number, value in ((1, FAMILY), (2, style), (3, full), (4, full), (6, postscript)):
        table.setName(value, number, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames[0] = postscript
    top = cff.topDictIndex[0]
    top.FamilyName, top.FullName = FAMILY, full


def cut(source: str, style: str, wanted, folder: Path) -> None:
    """Writes one face with the characters that `wanted` accepts."""
    font = TTFont(SOURCE / source, fontNumber=SC, lazy=True)
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["ccmp"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.drop_tables += ["VORG", "vhea", "vmtx", "BASE", "DSIG"]
    codes = {code for code in font.getBestCmap() if wanted(code)}
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    rename(font, style)
    target = folder / f"DoorstepSans-{style}.otf"
    # The date of the source, so that the same source gives the same bytes.
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(target)
    sys.stdout.write(f"{target.name}: {len(codes)} characters, {target.stat().st_size} bytes\n")


def main() -> None:
    folder = Path(__file__).resolve().parent
    core = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | gb2312()
    core |= {ord(c) for c in PUNCTUATION + NAMES}
    cut("NotoSansCJK-Bold.ttc", "Bold", lambda code: code in core, folder)
    cut("NotoSansCJK-Regular.ttc", "Regular", lambda code: code in core or is_han(code), folder)


if __name__ == "__main__":
    main()
