# SPDX-License-Identifier: GPL-3.0-only
"""From strokes, and from the glyphs of a font, to features: the same steps as src/handwriting/ink.rs."""

import math

import numpy as np
from PIL import Image, ImageDraw

CANVAS, PEN, EVEN, GRID, DIRECTIONS, REACH, FIELD = 96, 5.0, 64, 8, 8, 2.2, 5.0

_Y, _X = np.mgrid[0:CANVAS, 0:CANVAS] + 0.5
_UNIT = (np.arange(EVEN) + 0.5) / EVEN * 2 - 1
_MIDDLE = (np.arange(GRID) + 0.5) * EVEN / GRID
_WEIGHTS = np.exp(-((np.arange(EVEN)[None] + 0.5 - _MIDDLE[:, None]) ** 2) / (2 * FIELD**2)).astype(np.float32)
_WEIGHTS /= _WEIGHTS.sum(1, keepdims=True)


def characters():
    """GB 2312, in its order: level 1 (3755 by sound), then level 2 (3008 by radical)."""
    all_of_them = []
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                all_of_them.append(bytes([row, cell]).decode("gb2312"))
            except UnicodeDecodeError:
                pass
    return all_of_them


def draw(strokes):
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    scale = (CANVAS - PEN - 3) / max((high - low).max(), 1e-6)
    nearest = np.full((CANVAS, CANVAS), 1e9, np.float32)
    for stroke in strokes:
        stroke = (stroke - (low + high) / 2) * scale + CANVAS / 2
        if len(stroke) == 1:
            stroke = np.concatenate([stroke, stroke])
        for a, b in zip(stroke[:-1], stroke[1:]):
            x0, y0 = (int(max(0, min(a[i], b[i]) - PEN)) for i in (0, 1))
            x1, y1 = (int(min(CANVAS, max(a[i], b[i]) + PEN + 1)) for i in (0, 1))
            if x1 <= x0 or y1 <= y0:
                continue
            px, py, v = _X[y0:y1, x0:x1] - a[0], _Y[y0:y1, x0:x1] - a[1], b - a
            along = np.clip((px * v[0] + py * v[1]) / max(float(v @ v), 1e-9), 0, 1)
            far = (px - along * v[0]) ** 2 + (py - along * v[1]) ** 2
            nearest[y0:y1, x0:x1] = np.minimum(nearest[y0:y1, x0:x1], far)
    return np.clip(PEN / 2 + 0.5 - np.sqrt(nearest), 0, 1).astype(np.float32)


def glyph(font, character, size=320):
    image = Image.new("L", (size * 3 // 2, size * 3 // 2))
    ImageDraw.Draw(image).text((size // 4, size // 8), character, font=font, fill=255)
    ys, xs = np.nonzero(np.asarray(image) > 64)
    image = image.crop((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1))
    scale = (CANVAS - 3) / max(image.size)
    image = image.resize([max(1, round(side * scale)) for side in image.size], Image.BOX)
    canvas = Image.new("L", (CANVAS, CANVAS))
    canvas.paste(image, ((CANVAS - image.size[0]) // 2, (CANVAS - image.size[1]) // 2))
    return np.asarray(canvas, dtype=np.float32) / 255


def _spread(sums):
    at, total = np.arange(CANVAS) + 0.5, sums.sum() + 1e-6
    middle = (sums * at).sum() / total
    return middle, math.sqrt((sums * (at - middle) ** 2).sum() / total) + 1e-3


def even_out(canvas):
    (cx, sx), (cy, sy) = _spread(canvas.sum(0)), _spread(canvas.sum(1))
    thin = math.sqrt(math.sin(math.pi / 2 * min(sx, sy) / max(sx, sy)))
    hx, hy = REACH * sx, REACH * sy
    if sx < sy:
        hx /= thin
    else:
        hy /= thin
    u, v = np.meshgrid(_UNIT, _UNIT)
    x, y = cx + u * hx - 0.5, cy + v * hy - 0.5
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy, padded = x - x0, y - y0, np.pad(canvas, 1)

    def at(row, column):
        return padded[np.clip(row + 1, 0, CANVAS + 1), np.clip(column + 1, 0, CANVAS + 1)]

    upper = at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx
    lower = at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx
    return (upper * (1 - fy) + lower * fy).astype(np.float32)


def features(even):
    """Features of a batch: n pictures of 64 by 64."""
    p = np.pad(even, ((0, 0), (1, 1), (1, 1)))
    north, middle, south = p[:, :-2], p[:, 1:-1], p[:, 2:]
    gx = (north + 2 * middle + south)[:, :, 2:] - (north + 2 * middle + south)[:, :, :-2]
    gy = sum(k * (south - north)[:, :, s] for k, s in ((1, slice(0, -2)), (2, slice(1, -1)), (1, slice(2, None))))
    turn = (np.arctan2(gy, gx) / (2 * np.pi) * DIRECTIONS) % DIRECTIONS
    low, part = np.floor(turn).astype(int) % DIRECTIONS, (turn - np.floor(turn)).astype(np.float32)
    result = np.empty((len(even), DIRECTIONS, GRID, GRID), np.float32)
    for direction in range(DIRECTIONS):
        here = (low == direction) * (1 - part) + ((low + 1) % DIRECTIONS == direction) * part
        result[:, direction] = np.einsum(
            "gy,nyx,hx->ngh", _WEIGHTS, np.hypot(gx, gy) * here, _WEIGHTS, optimize=True
        )
    result = np.sqrt(result.reshape(len(even), -1))
    return result / (np.linalg.norm(result, axis=1, keepdims=True) + 1e-6)


def features_of(pictures):
    pictures = [even_out(picture) for picture in pictures]
    return np.concatenate([features(np.stack(pictures[at : at + 256])) for at in range(0, len(pictures), 256)])
