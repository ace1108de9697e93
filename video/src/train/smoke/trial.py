#!/usr/bin/env python3
"""Tries the network on labelled recordings that it has not seen, plain and as other cameras would show them.

  trial.py FOLDER FOOTAGE [LEAST...]     FOLDER has the checkpoint; LEAST are least probabilities of a cell

A look, one a second, sees smoke where four cells or more that touch have the least probability, and change by 4 grey levels a second on
average: banks of fog drift more weakly, and the classical detector has the same limit. Over that the agent's rules for a network alone:
smoke while two of the last three looks say so, in boxes that touch the last one's; an alert when that was so in 60 % of 6 s.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from scipy import ndimage

import scenes
import train

WIDE = 256  # of a picture, before it is reduced
FEWEST = 4
LEAST_CHANGE = 4
DARK = 25


def reduced(pictures):
    n = pictures.shape[1] // scenes.SIZE
    if pictures.shape[1] % scenes.SIZE == 0:
        return pictures.reshape(len(pictures), scenes.SIZE, n, scenes.SIZE, n).mean((2, 4))
    rows = scenes.scaling(0, pictures.shape[1], scenes.SIZE, pictures.shape[1])
    columns = scenes.scaling(0, pictures.shape[2], scenes.SIZE, pictures.shape[2])
    return rows @ pictures @ columns.T


def swayed(pictures, rate):
    t = np.arange(len(pictures)) / rate
    dx, dy = 0.012 * WIDE * np.sin(2 * np.pi * t / 2.3), 0.006 * WIDE * np.sin(2 * np.pi * t / 1.7)
    return np.stack([ndimage.shift(p, (y, x), order=1, mode="nearest") for p, x, y in zip(pictures, dx, dy)])


def stepped(pictures, rate):
    t = np.arange(len(pictures)) / rate
    return pictures * (1 + 0.25 * np.clip(t - 5, 0, 1))[:, None, None]


WAYS = {
    "plain": lambda p, rate: p,
    "mirrored": lambda p, rate: p[:, :, ::-1],
    "dark": lambda p, rate: p * 0.6,
    "bright": lambda p, rate: p * 1.3,
    "flat": lambda p, rate: (p - 128) * 0.6 + 128,
    "gamma 0.7": lambda p, rate: 255 * (p / 255) ** 0.7,
    "gamma 1.4": lambda p, rate: 255 * (p / 255) ** 1.4,
    "noise": lambda p, rate: p + np.random.default_rng(1).normal(0, 6, p.shape),
    "middle 80 %": lambda p, rate: p[:, 26:-26, 26:-26],
    "sways": swayed,
    "exposure": stepped,
    "2 s later": lambda p, rate: p,  # begun 2 s into the smoke
    "coded": lambda p, rate: p,
}


def decoded(file, way, start):
    extra = ["setpts=N/15/TB"] if file.name == "neg_tree_hand.avi" else []
    if way == "2 s later" and start is not None:
        extra.append(f"trim=start={start + 2},setpts=PTS-STARTPTS")
    if way == "coded":
        with tempfile.TemporaryDirectory() as folder:
            coded = pathlib.Path(folder) / "coded.mkv"
            subprocess.run(["ffmpeg", "-loglevel", "error", "-i", str(file), "-an", "-vf", ",".join([*extra, "scale=640:-2"]), "-c:v", "libx264",
                            "-preset", "veryfast", "-b:v", "150k", str(coded)], check=True)
            return scenes.decode(coded, 2, WIDE, WIDE).astype(np.float32)
    return scenes.decode(file, 2, WIDE, WIDE, extra).astype(np.float32)


def looks(model, pictures):
    """Of every half second from the third picture on the probabilities [looks, CELLS, CELLS], 0 where it is dark, and by how many
    grey levels each cell has changed in a second."""
    pictures = np.clip(pictures, 0, 255)
    if len(pictures) < 3:
        return np.zeros((2, 0, scenes.CELLS, scenes.CELLS))
    three = np.stack([pictures[:-2], pictures[1:-1], pictures[2:]], 1).round()
    p = model.probability(three)
    p[three[:, 2].mean((1, 2)) < DARK] = 0
    cell = scenes.SIZE // scenes.CELLS
    change = (three[:, 2] - three[:, 0]).reshape(-1, scenes.CELLS, cell, scenes.CELLS, cell).mean((2, 4))
    return np.stack([p, np.abs(change)])


def box(p, change, least):
    """Top, left, bottom, right of the surest group of cells that touch, or None."""
    groups, count = ndimage.label(p >= least)
    best, found = 0, None
    for number in range(1, count + 1):
        group = groups == number
        if group.sum() >= FEWEST and change[group].mean() >= LEAST_CHANGE and p[group].mean() > best:
            best = p[group].mean()
            ys, xs = np.nonzero(group)
            found = ys.min(), xs.min(), ys.max() + 1, xs.max() + 1
    return found


def touch(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def told(boxes):
    """Of each half second, whether two of the last three looks, one a second, say smoke in one place."""
    out, last = [], []
    for i, found in enumerate(boxes):
        if i % 2 == 0:
            last = [*last, found][-3:]
        seen = [b for b in last if b]
        out.append(len(seen) >= 2 and all(touch(b, seen[-1]) for b in seen))
    return np.array(out, bool)


def alarm(says):
    """Index of the picture with which 60 % of 6 s say so, or None."""
    for i in range(11, len(says)):
        if says[i - 11:i + 1].mean() >= 0.6:
            return i
    return None


def main(folder, footage, leasts):
    model = train.read(pathlib.Path(folder))
    footage = pathlib.Path(footage)
    clips = json.loads((footage / "manifest.json").read_text())
    all_ = {}
    for way in WAYS:
        for clip in clips:
            pictures = WAYS[way](decoded(footage / clip["file"], way, clip["smoke_from_s"]), 2)
            all_[way, clip["file"]] = looks(model, reduced(pictures))
    report(clips, all_, leasts)


def report(clips, all_, leasts):
    for least in leasts:
        print(f"\nleast {least}: looks with smoke in per cent, two of three, alarm at s; other ways: alarms, and two of three at any time")
        found, false, quick, wrong = 0, 0, 0, 0
        for clip in clips:
            file = clip["file"]
            row = []
            many = [0, 0]
            for way in WAYS:
                boxes = [box(p, change, least) for p, change in zip(*all_[way, file])]
                says = told(boxes)
                at = alarm(says)
                if way == "plain":
                    row = [100 * np.mean([b is not None for b in boxes]) if boxes else 0, 100 * says.mean(), None if at is None else at / 2 + 1]
                many[0] += at is not None
                many[1] += bool(says.any())
            smoke = clip["smoke_from_s"] is not None
            found, quick = found + smoke * many[0], quick + smoke * many[1]
            false, wrong = false + (not smoke) * many[0], wrong + (not smoke) * many[1]
            trained = "*" if file in scenes.BACKGROUNDS else " "
            print(f"{file:32}{trained} {row[0]:4.0f} {row[1]:4.0f} {row[2]}   {many[0]:2} {many[1]:2} of {len(WAYS)}")
        print(f"alarms: found {found}, false {false}; two of three: found {quick}, false {wrong}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], [float(a) for a in sys.argv[3:]] or [0.55, 0.75])
