# SPDX-License-Identifier: GPL-3.0-only
"""Makes drawings to test recognizers with, and measures zinnia on them.

    apt-get install libzinnia0 tegaki-zinnia-simplified-chinese
    npm pack hanzi-writer-data && tar xf hanzi-writer-data-*.tgz
    python3 handwriting_peers.py package tegaki/tegaki-lab/data/train/tomoe-ja-kanji/s1 > set.txt
    cargo run --release -p doorstep-writing --example measure_handwriting -- set.txt

The drawings: middle lines of the strokes of a Kai typeface (hanzi-writer-data, Arphic licence: used here, not shipped)
for 600 characters of GB 2312 level 1, as they are and changed in five ways; and 1200 characters as somebody wrote them
for Tomoe, which train_handwriting.py kept back (held.txt). Neither went into data/handwriting.bin.
"""

import collections
import ctypes as c
import gzip
import json
import math
import os
import random
import re
import sys
import time

from strokes import characters


def close(stroke, step=0.04):
    points = [stroke[0]]
    for a, b in zip(stroke, stroke[1:]):
        count = max(1, int(math.dist(a, b) / step))
        points += [(a[0] + (b[0] - a[0]) * i / count, a[1] + (b[1] - a[1]) * i / count) for i in range(1, count + 1)]
    return points


def drawn(strokes, rng):
    """Shifted, smaller, up to a third wider or narrower, sheared, turned by up to 10 degrees; every stroke beside its
    place and longer or shorter; every point a little off."""
    turn, size, shear = math.radians(rng.uniform(-10, 10)), rng.uniform(0.5, 0.9), rng.uniform(-0.15, 0.15)
    tall, dx, dy = size * rng.uniform(0.75, 1.33), rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7)
    result = []
    for stroke in strokes:
        stroke = close(stroke)
        bx, by, longer = rng.gauss(0, 0.02), rng.gauss(0, 0.02), rng.uniform(0.85, 1.15)
        mx, my = (sum(point[i] for point in stroke) / len(stroke) for i in (0, 1))
        points = []
        for x, y in stroke:
            x = mx + (x - mx) * longer + bx + rng.gauss(0, 0.008) - 0.5
            y = my + (y - my) * longer + by + rng.gauss(0, 0.008) - 0.5
            x += shear * y
            x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
            points.append((x * size + dx, y * tall + dy))
        result.append(points)
    return result


def joined(strokes, rng):
    result = [list(strokes[0])]
    for stroke in strokes[1:]:
        if rng.random() < 0.3:
            result[-1] += stroke
        else:
            result.append(list(stroke))
    return result


def swapped(strokes, rng):
    strokes = list(strokes)
    for _ in range(max(1, len(strokes) // 4) if len(strokes) > 1 else 0):
        i, j = rng.randrange(len(strokes)), rng.randrange(len(strokes))
        strokes[i], strokes[j] = strokes[j], strokes[i]
    return strokes


KINDS = {
    "clean": [], "drawn": [drawn], "joined": [drawn, joined], "swapped": [drawn, swapped],
    "both": [drawn, swapped, joined],
}


def drawings(typeface, hands):
    level1 = [x for x in characters()[:3755] if os.path.exists(f"{typeface}/{x}.json")]
    for kind, changes in KINDS.items():
        for character in sorted(random.Random(20261122).sample(level1, 600)):
            rng = random.Random(kind + character)
            lines = json.load(open(f"{typeface}/{character}.json", encoding="utf-8"))["medians"]
            strokes = [[(x / 1024, (900 - y) / 1024) for x, y in line] for line in lines]
            for change in changes:
                strokes = change(strokes, rng)
            yield kind, character, [[(min(1, max(0, x)), min(1, max(0, y))) for x, y in s] for s in strokes]
    here = os.path.dirname(os.path.abspath(__file__))
    for character in open(here + "/held.txt", encoding="utf-8").read().strip():
        text = gzip.open(f"{hands}/{ord(character)}.xml.gz", "rt", encoding="utf-8").read()
        strokes = [re.findall(r'x="(\d+)" y="(\d+)"', stroke) for stroke in text.split("<stroke>")[1:]]
        yield "written", character, [[(int(x) / 1000, int(y) / 1000) for x, y in stroke] for stroke in strokes]


class Zinnia:
    def __init__(self):
        self.lib = c.CDLL("libzinnia.so.0")
        for name in ("recognizer_new", "character_new", "recognizer_classify"):
            getattr(self.lib, "zinnia_" + name).restype = c.c_void_p
        self.lib.zinnia_result_value.restype = c.c_char_p
        self.recognizer = c.c_void_p(self.lib.zinnia_recognizer_new())
        model = b"/usr/share/tegaki/models/zinnia/handwriting-zh_CN.model"
        assert self.lib.zinnia_recognizer_open(self.recognizer, model)

    def recognize(self, strokes):
        # It takes places as they are: moved and stretched to fill the field, it recognizes more.
        xs, ys = [x for s in strokes for x, _ in s], [y for s in strokes for _, y in s]
        side = max(max(xs) - min(xs), max(ys) - min(ys), 1e-6)
        character = c.c_void_p(self.lib.zinnia_character_new())
        self.lib.zinnia_character_set_width(character, c.c_size_t(1000))
        self.lib.zinnia_character_set_height(character, c.c_size_t(1000))
        for index, stroke in enumerate(strokes):
            for x, y in stroke:
                x, y = (x - (max(xs) + min(xs)) / 2) / side, (y - (max(ys) + min(ys)) / 2) / side
                self.lib.zinnia_character_add(character, c.c_size_t(index), int(x * 860 + 500), int(y * 860 + 500))
        result = c.c_void_p(self.lib.zinnia_recognizer_classify(self.recognizer, character, c.c_size_t(10)))
        if not result:
            return []
        count = self.lib.zinnia_result_size(result)
        found = [self.lib.zinnia_result_value(result, c.c_size_t(index)).decode() for index in range(count)]
        self.lib.zinnia_result_destroy(result)
        self.lib.zinnia_character_destroy(character)
        return found


def main(typeface, hands):
    zinnia, ranks, times = Zinnia(), collections.defaultdict(list), []
    print("# made by compare/handwriting_peers.py")
    for kind, character, strokes in drawings(typeface, hands):
        lines = (" ".join(f"{x * 1000:.0f},{y * 1000:.0f}" for x, y in stroke) for stroke in strokes)
        print(kind, character, ";".join(lines), sep="\t")
        began = time.perf_counter()
        found = zinnia.recognize(strokes)
        times.append(time.perf_counter() - began)
        ranks[kind].append(found.index(character) if character in found else 99)
    for kind, places in ranks.items():
        share = " ".join(f"top-{n} {100 * sum(p < n for p in places) / len(places):.1f}" for n in (1, 5, 10))
        print(f"zinnia {kind:8} {len(places)}: {share}", file=sys.stderr)
    times.sort()
    print(f"p50 {1e3 * times[len(times) // 2]:.1f} ms p99 {1e3 * times[len(times) * 99 // 100]:.1f} ms", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:3])
