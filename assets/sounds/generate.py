# SPDX-License-Identifier: GPL-3.0-only
"""Makes the clips. Started by generate.sh, which says what it needs.

The fixed phrases are read from the words of the screens, so that voice and screen cannot drift apart:
arguments may name another words.slint and another .po than those of this repository.
"""

import array
import io
import math
import os
import re
import struct
import subprocess
import sys
import wave
from pathlib import Path

from pypinyin import Style, lazy_pinyin

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORDS = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "ui/slint/words.slint"
LIBRARY_WORDS, LIBRARY_SPEECH = WORDS.parent / "words-library.slint", WORDS.parent / "speech-library.slint"
POLICY_WORDS, POLICY_SPEECH = WORDS.parent / "words-policy.slint", WORDS.parent / "speech-policy.slint"
PO = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "assets/lang/en/LC_MESSAGES/doorstep-ui.po"

RATE = 22050
# Loudness of the voiced parts and highest peak, of full scale.
RMS, PEAK = 0.12, 0.89
# Slower than espeak-ng's own 175: the listener may be old, and a road is near.
SPEED = {"zh": {"phrase": "140", "short": "120"}, "en": {"phrase": "145", "short": "130"}}
VOICE = {"zh": "cmn-latn-pinyin", "en": "en-us"}

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
SPECIAL_PLATES = "港澳使领警学挂"
# Readings that a dictionary of words cannot know for a character alone.
READ_AS = {"藏": "zang4", "幺": "yao1", "两": "liang3", "一": "yi1", "宁": "ning2", "琼": "qiong2", "使": "shi3"}
PROVINCE_SLUGS = dict(zip(PROVINCES + SPECIAL_PLATES, (
    "beijing tianjin shanghai chongqing hebei henan yunnan liaoning heilongjiang hunan anhui shandong xinjiang "
    "jiangsu zhejiang jiangxi hubei guangxi gansu shanxi inner-mongolia shaanxi jilin fujian guizhou guangdong "
    "qinghai tibet sichuan ningxia hainan hong-kong macau embassy consulate police learner trailer").split()))
# Most recordings of one table: a file of the program has 500 lines at most.
TABLE_ENTRIES = 450
DIGITS_ZH = "零一二三四五六七八九"


def chinese_number(number):
    if number < 10:
        return DIGITS_ZH[number]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else DIGITS_ZH[tens]) + "十" + (DIGITS_ZH[ones] if ones else "")


def to_pinyin(text):
    """Pinyin for espeak-ng: its own reading of characters knows neither words nor tone sandhi."""
    parts = []
    for run in re.findall(r"[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+", text):
        if not re.match(r"[\u4e00-\u9fff]", run):
            parts.append(run)
        elif run in READ_AS:
            parts.append(READ_AS[run])
        else:
            syllables = lazy_pinyin(run, style=Style.TONE3, neutral_tone_with_five=True)
            parts.append(" ".join(sandhi(run, syllables)))
    return "".join(parts)


def sandhi(characters, syllables):
    """Tones as they are spoken in a phrase: 3 before 3 becomes 2; 不 and 一 follow the tone after them."""
    result = list(syllables)
    for at in range(len(result) - 1):
        following = syllables[at + 1][-1]
        if characters[at] == "不" and following == "4":
            result[at] = "bu2"
        elif characters[at] == "一" and following in "1234" and (at == 0 or characters[at - 1] not in "十第"):
            result[at] = "yi2" if following == "4" else "yi4"
        elif syllables[at][-1] == "3" and following == "3":
            result[at] = syllables[at][:-1] + "2"
    return result


# --- What is recorded ---------------------------------------------------------------------------------------

def tr_strings(source):
    """Arguments of @tr without a placeholder; both forms of a plural."""
    found = []
    for call in re.findall(r'@tr\(((?:"(?:[^"\\]|\\.)*"\s*\|?\s*)+)', source):
        found.extend(text for text in re.findall(r'"((?:[^"\\]|\\.)*)"', call) if "{" not in text)
    return list(dict.fromkeys(found))


def between(source, begin, end):
    start = source.index(begin)
    return source[start:source.index(end, start)]


def without_comments(path):
    return re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))


def fixed_phrases():
    source = without_comments(WORDS)
    # The segments of prompts, without the sentences that are only read; and what they take from Wording.
    speech = between(source, "global Speech", "property <string> plate-line")
    wording = between(source, "function problem(", "function can-hail-again")
    # The library's own: what its prompts string together, and why and what to do.
    library = between(without_comments(LIBRARY_SPEECH), "global LibrarySpeech", "property <string> summary")
    reasons = between(without_comments(LIBRARY_WORDS), "function block(", "function way-out-counted")
    # The same of the policies; the pack's own texts are read by a program.
    policy = between(without_comments(POLICY_SPEECH), "global PolicySpeech", "function line-of(")
    hints = between(without_comments(POLICY_WORDS), "function hint(", "function cards(")
    return tr_strings(speech + wording + library + reasons + policy + hints)


def translations():
    """msgid -> all its English forms."""
    table = {}
    for block in re.split(r"\n\s*\n", PO.read_text(encoding="utf-8")):
        joined = re.sub(r'"\s*\n\s*"', "", block)
        key = re.search(r'^msgid "(.*)"$', joined, re.M)
        forms = re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', joined, re.M)
        if key and key.group(1) and any(forms):
            known = table.setdefault(key.group(1), [])
            known.extend(form for form in forms if form and form not in known)
    return table


def slug(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", "").replace("’", "")).strip("-")[:48].strip("-")


def wanted():
    """Rows (language, file without ending, text, what is spoken, kind)."""
    rows = []
    for number in range(0, 61):
        rows.append(("zh", f"number-{number:02}", str(number), chinese_number(number), "short"))
    for number in [*range(0, 61), 70, 80, 90]:
        rows.append(("en", f"number-{number:02}", str(number), str(number), "short"))
    rows.append(("zh", "number-01-yao", "幺", "幺", "short"))
    rows.append(("zh", "number-02-liang", "两", "两", "short"))
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for language in ("zh", "en"):
            rows.append((language, f"letter-{letter.lower()}", letter, letter, "short"))
    for character, name in PROVINCE_SLUGS.items():
        rows.append(("zh", f"plate-{name}", character, character, "short"))
        # On a plate the character is the same for everybody: it is read in Mandarin.
        rows.append(("en", f"../zh/plate-{name}", character, None, "short"))
    rows.append(("zh", "unit-minutes", "分钟", "分钟", "short"))
    rows.append(("zh", "unit-seconds", "秒", "秒", "short"))
    for unit in ("minute", "minutes", "second", "seconds"):
        rows.append(("en", f"unit-{unit}", unit, unit, "short"))
    english = translations()
    taken = {}
    missing = [phrase for phrase in fixed_phrases() if phrase not in english]
    if missing:
        sys.exit("not translated: " + ", ".join(missing))
    for phrase in fixed_phrases():
        forms = english[phrase]
        for language, text in [("zh", phrase)] + [("en", form) for form in forms]:
            name = slug(forms[0] if language == "zh" else text)
            if taken.setdefault((language, name), text) != text:
                name += "-2"
                taken[(language, name)] = text
            rows.append((language, f"phrase-{name}", text, text, "phrase"))
    unique, seen = [], set()
    for row in rows:
        key = (row[0], normalise(row[2]))
        if key not in seen:
            seen.add(key)
            unique.append(row)
    return unique


def normalise(text):
    """The same as `normalise` in src/devices/voice/text.rs; a test compares the two."""
    out, gap = "", False
    for at, character in enumerate(text):
        before = text[at - 1] if at else ""
        after = text[at + 1] if at + 1 < len(text) else ""
        between_digits = re.fullmatch("[0-9]", before) and re.fullmatch("[0-9]", after)
        if character.isalnum() or (between_digits and not character.isspace()):
            out += (" " if gap and out else "") + character.lower()
            gap = False
        elif character not in "'’":
            gap = True
    return out.upper() if len(out.encode()) == 1 else out


# --- Sound --------------------------------------------------------------------------------------------------

def espeak(language, text, kind):
    spoken = to_pinyin(text) if language == "zh" else text
    voice = VOICE[language]
    phonemes = subprocess.run(["espeak-ng", "-v", voice, "-b", "1", "-q", "-x", "--stdin"], input=spoken.encode(),
                              capture_output=True, check=True).stdout.decode()
    if "(en)" in phonemes and language == "zh":
        sys.exit(f"espeak-ng reads {text} ({spoken}) as English: {phonemes}")
    sound = subprocess.run(["espeak-ng", "-v", voice, "-b", "1", "-s", SPEED[language][kind], "-p", "45", "--stdin",
                            "--stdout"], input=spoken.encode(), capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(sound)) as reader:
        assert reader.getframerate() == RATE and reader.getnchannels() == 1 and reader.getsampwidth() == 2
        samples = array.array("h", reader.readframes(reader.getnframes()))
    return [sample / 32768 for sample in samples]


def shaped(samples):
    """Cuts silence, brings to equal loudness, fades the ends."""
    peak = max(map(abs, samples))
    loud = [at for at, sample in enumerate(samples) if abs(sample) > 0.015 * peak]
    margin = RATE // 100
    samples = samples[max(0, loud[0] - margin):loud[-1] + 2 * margin]
    block = RATE // 50
    levels = [math.sqrt(sum(s * s for s in samples[at:at + block]) / block) for at in range(0, len(samples), block)]
    voiced = [level for level in levels if level > 0.1 * max(levels)]
    gain = RMS / math.sqrt(sum(level * level for level in voiced) / len(voiced))
    # Peaks above the limit are bent, not cut.
    result = [PEAK * math.tanh(sample * gain / PEAK) for sample in samples]
    for at in range(min(margin, len(result) // 4)):
        result[at] *= at / margin
        result[-1 - at] *= at / margin
    return result


def chime(notes):
    """Soft bell tones: (start in s, frequency in Hz)."""
    length = 0.9
    samples = [0.0] * int(length * RATE)
    for start, frequency in notes:
        begin = int(start * RATE)
        for at in range(begin, len(samples)):
            time = (at - begin) / RATE
            body = math.sin(2 * math.pi * frequency * time) + 0.3 * math.sin(4 * math.pi * frequency * time)
            samples[at] += body * min(1, time / 0.005) * math.exp(-5 * time) * 0.3
    fade = RATE // 20
    for at in range(fade):
        samples[-1 - at] *= at / fade
    return samples


def write(path, samples):
    path.parent.mkdir(exist_ok=True)
    data = struct.pack(f"<{len(samples)}h", *(round(max(-1, min(1, s)) * 32767) for s in samples))
    # A fixed serial number: the same sound gives the same bytes.
    subprocess.run(["oggenc", "--quiet", "--raw", "--raw-bits=16", "--raw-chan=1", f"--raw-rate={RATE}", "--serial=1",
                    "--quality=-1", "--output", str(path), "-"], input=data, check=True)


def write_tables(entries):
    """The tables of the program, one file for each language and kind, and as many as keep to the bound on lines."""
    folder = ROOT / "src/devices/voice/clips"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.rs"):
        old.unlink()
    modules, tables = [], []
    for language in ("en", "zh"):
        for kind in ("phrase", "short"):
            lines = [f'    "{text}" "{file}";' for of, sort, text, file in entries if (of, sort) == (language, kind)]
            for part, at in enumerate(range(0, len(lines), TABLE_ENTRIES)):
                module = f"{language}_{kind}" + (f"_{part + 1}" if part else "")
                title = {"phrase": "Phrases", "short": "Numbers, letters, plates and units"}[kind]
                head = ("// SPDX-License-Identifier: GPL-3.0-only\n"
                        f"//! {title}, {dict(en='English', zh='Mandarin')[language]}. Generated by "
                        "`assets/sounds/generate.sh`; do not edit.\n\nclips! {\n")
                body = "\n".join(lines[at:at + TABLE_ENTRIES])
                (folder / f"{module}.rs").write_text(f"{head}{body}\n}}\n", encoding="utf-8")
                modules.append(f"mod {module};")
                tables.append(f"    (VoiceLanguage::{language.capitalize()}, {module}::CLIPS),")
    text = (HERE / "clips.rs.in").read_text(encoding="utf-8")
    text = text.replace("@MODULES@", "\n".join(modules)).replace("@TABLES@", "\n".join(tables))
    (ROOT / "src/devices/voice/clips.rs").write_text(text, encoding="utf-8")


def main():
    rows = wanted()
    for folder in ("zh", "en"):
        for old in (HERE / folder).glob("*.ogg"):
            old.unlink()
    for language, name, text, spoken, kind in rows:
        if spoken is not None:
            write(HERE / language / f"{name}.ogg", shaped(espeak(language, spoken, kind)))
    write(HERE / "chime-attention.ogg", chime([(0.0, 659.3), (0.18, 987.8)]))
    write(HERE / "chime-done.ogg", chime([(0.0, 783.99), (0.15, 1046.5)]))
    files = [(language, os.path.normpath(f"{language}/{name}.ogg"), text) for language, name, text, _, _ in rows]
    header = "# SPDX-License-Identifier: GPL-3.0-only\n# Generated by generate.sh.\n# language\tfile\ttext\n"
    (HERE / "index.tsv").write_text(header + "".join("\t".join(row) + "\n" for row in files), encoding="utf-8")
    write_tables([(language, kind, normalise(text), file)
                  for (language, file, text), (*_, kind) in zip(files, rows)])
    size = sum(path.stat().st_size for path in HERE.glob("**/*.ogg"))
    print(f"{len(files)} texts, {size / 1e6:.2f} MB")


main()
