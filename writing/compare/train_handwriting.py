# SPDX-License-Identifier: GPL-3.0-only
"""Makes data/handwriting.bin, and tests/data/strokes.txt from writing that it was not made from.

    apt-get install fonts-lxgw-wenkai fonts-noto-cjk
    pip install numpy scipy pillow
    git clone https://github.com/tegaki/tegaki
    python3 train_handwriting.py tegaki/tegaki-lab/data/train/tomoe-ja-kanji/s1 ..

How a character looks is taken from two fonts under the OFL: LXGW WenKai Light, whose strokes are those of the pen, and
Noto Sans CJK SC with half its weight. What a hand does to it is learnt from Tomoe's written characters (LGPL): those that
GB 2312 has too, less 1200 that are kept back for tests. The last digits of the result depend on the libraries for linear
algebra.
"""

import gzip
import math
import os
import random
import re
import struct
import sys
from multiprocessing import Pool

import numpy as np
import scipy.linalg
from PIL import ImageFont

import strokes as ink

FONTS = [
    ("/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Light.ttf", 0, 1.0),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2, 0.5),
]
DIMENSIONS, HELD_BACK, VARIANTS, FIXTURE = 128, 1200, 5, 300
# How much of the differences between the fonts counts as done by the hand; how much all directions do.
BETWEEN_FONTS, EVERYWHERE = 0.5, 0.05


def written(folder, character):
    text = gzip.open(f"{folder}/{ord(character)}.xml.gz", "rt", encoding="utf-8").read()
    return [
        np.array([(float(x), float(y)) for x, y in re.findall(r'x="(\d+)" y="(\d+)"', stroke)])
        for stroke in text.split("<stroke>")[1:]
    ]


def another(strokes, rng):
    """The same by another hand: strokes longer or shorter, beside their place, turned, joined; the whole leans."""
    size = max(np.ptp(np.concatenate(strokes), axis=0).max(), 1)
    lean, wide = rng.gauss(0, 0.09), rng.uniform(0.8, 1.25)
    whole = np.array([[math.cos(lean), -math.sin(lean) + rng.gauss(0, 0.08)], [math.sin(lean), math.cos(lean)]])
    whole = whole @ np.diag([wide, 1])
    result = []
    joined = rng.choice([0, 0, 0.3, 0.5])
    for stroke in strokes:
        middle, longer, turn = stroke.mean(0), rng.uniform(0.85, 1.2), rng.gauss(0, 0.06)
        turned = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        beside = np.array([rng.gauss(0, 0.025), rng.gauss(0, 0.025)]) * size
        stroke = (((stroke - middle) * longer) @ turned.T + middle + beside) @ whole.T
        if result and rng.random() < joined:
            result[-1] = np.concatenate([result[-1], stroke])
        else:
            result.append(stroke)
    return result


def font_job(job):
    path, index, part = job
    font = ImageFont.truetype(path, 320, index=index)
    return ink.features_of([ink.glyph(font, character) for character in part])


def hand_job(job):
    folder, part = job
    pictures = []
    for character in part:
        strokes, rng = written(folder, character), random.Random(character)
        pictures.append(ink.draw(strokes))
        pictures.extend(ink.draw(another(strokes, rng)) for _ in range(VARIANTS - 1))
    return ink.features_of(pictures)


def parts(whole, count):
    return [whole[len(whole) * i // count : len(whole) * (i + 1) // count] for i in range(count)]


def main(folder, output):
    everything = ink.characters()
    place = {character: index for index, character in enumerate(everything)}
    hands = [character for character in everything if os.path.exists(f"{folder}/{ord(character)}.xml.gz")]
    random.Random(7).shuffle(hands)
    held, hands = hands[:HELD_BACK], hands[HELD_BACK:]
    count = os.cpu_count()
    with Pool(count) as pool:
        jobs = [(path, index, part) for path, index, _ in FONTS for part in parts(everything, count)]
        fonts = np.concatenate(pool.map(font_job, jobs)).reshape(len(FONTS), len(everything), -1)
        hand = np.concatenate(pool.map(hand_job, [(folder, part) for part in parts(hands, count)]))
    weights = np.array([weight for *_, weight in FONTS])
    middles = np.tensordot(weights / weights.sum(), fonts, 1)
    by_hand = hand - np.repeat(middles[[place[character] for character in hands]], VARIANTS, axis=0)
    by_font = (fonts - middles).reshape(-1, middles.shape[1])
    within = by_hand.T @ by_hand / len(by_hand) + BETWEEN_FONTS * len(FONTS) * by_font.T @ by_font / len(by_font)
    within += EVERYWHERE * np.trace(within) / len(within) * np.eye(len(within))
    _, vectors = scipy.linalg.eigh(np.cov(middles.T), within)
    vectors = vectors[:, ::-1][:, :DIMENSIONS]
    # What a hand does on average belongs to every character.
    places = middles @ vectors + by_hand.mean(0) @ vectors
    origin = places.mean(0)
    step = np.percentile(np.abs(places - origin), 99.99) / 127
    steps = np.abs(vectors).max(0) / 32767
    with open(output + "/data/handwriting.bin", "wb") as file:
        file.write(b"DSSTROKE" + struct.pack("<IIf", len(everything), DIMENSIONS, step))
        file.write(np.array([ord(character) for character in everything], "<u4").tobytes())
        file.write(steps.astype("<f4").tobytes() + origin.astype("<f4").tobytes())
        file.write(np.round(vectors / steps).astype("<i2").tobytes())
        file.write(np.clip(np.round((places - origin) / step), -127, 127).astype("i1").tobytes())
    with open(output + "/tests/data/strokes.txt", "w", encoding="utf-8") as file:
        file.write("# Written characters of Tomoe that data/handwriting.bin was not made from; see README.md.\n")
        for character in sorted(held[:FIXTURE]):
            lines = (" ".join(f"{x:.0f},{y:.0f}" for x, y in stroke) for stroke in written(folder, character))
            file.write(f"{character}\t{';'.join(lines)}\n")
    with open(output + "/compare/held.txt", "w", encoding="utf-8") as file:
        file.write("".join(sorted(held)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
