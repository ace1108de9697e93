#!/usr/bin/env python3
"""Trains the small smoke network on pictures that scenes.py makes. Needs numpy, scipy and ffmpeg; no accelerator.

  train.py draw FOLDER FOOTAGE SHARD...     makes shards of samples, each from its own number alone: 0 to 9, 35 s of one core and 99 MB each
  train.py fit FOLDER SECONDS               trains for so long, from where FOLDER/checkpoint.npz stands; 3,600 steps take 20 min of one core

Set OPENBLAS_NUM_THREADS=1. Shard 0 is not trained on, it tells how the training goes.
"""
import pathlib
import sys
import time

import numpy as np

import network
import scenes

SEED = 20261126
PLUMES = 40  # a shard
STILLS = 60
SAMPLES = 2000
BATCH = 32
STEPS = 3600
RATE = 2e-3


def draw(folder, footage, shards):
    clips = scenes.clips(footage)
    for shard in map(int, shards):
        rng = np.random.default_rng([SEED, shard])
        plumes = [scenes.plume(rng) for _ in range(PLUMES)]
        stills = [scenes.still(rng).astype(np.uint8) for _ in range(STILLS)]
        made = scenes.Scenes(clips, plumes, stills)
        pictures, labels = zip(*(made.sample(rng) for _ in range(SAMPLES)))
        np.savez(folder / f"shard-{shard:02}.npz", pictures=np.stack(pictures), labels=np.stack(labels))


def load(folder, shards):
    read = [np.load(file) for file in shards]
    return np.concatenate([r["pictures"] for r in read]), np.concatenate([r["labels"] for r in read])


def vary(rng, pictures):
    """Cheap changes that leave the labels as they are: brightness, contrast, noise."""
    n = len(pictures)
    gain = np.exp(rng.normal(0, 0.2, (n, 1, 1, 1))).astype(np.float32)
    offset = rng.normal(0, 12, (n, 1, 1, 1)).astype(np.float32)
    varied = (pictures.astype(np.float32) - 128) * gain + 128 + offset
    some = rng.choice(n, n // 4, replace=False)
    varied[some] += rng.normal(0, 1.5, varied[some].shape)
    return np.clip(varied, 0, 255)


def loss(odds, labels):
    """Mean cross entropy of the cells that can be told, and its gradient."""
    p = 1 / (1 + np.exp(-odds))
    weight = np.where(labels == scenes.UNKNOWN, 0.0, np.where(labels == 1, 2.0, 1.0)).astype(np.float32)
    truth = (labels == 1).astype(np.float32)
    each = np.where(truth == 1, -np.log(p + 1e-7), -np.log(1 - p + 1e-7))
    return (weight * each).sum() / weight.sum(), weight * (p - truth) / weight.sum()


def told(model, pictures, labels):
    """Shares of cells with smoke that are seen, and of those without that are not, at 0.5; and of samples without smoke in
    which four cells or more say so."""
    p = model.probability(pictures)
    clean = (labels == 0).all((1, 2))
    return ((p > 0.5)[labels == 1].mean(), (p > 0.5)[labels == 0].mean(), ((p[clean] > 0.5).sum((1, 2)) >= 4).mean())


def fit(folder, seconds):
    ended = time.monotonic() + seconds
    files = sorted(folder.glob("shard-*.npz"))
    pictures, labels = load(folder, files[1:])
    test = load(folder, files[:1])
    model = network.Network(np.random.default_rng(SEED))
    adam = network.Adam(model.weights())
    checkpoint = folder / "checkpoint.npz"
    if checkpoint.exists():
        read = np.load(checkpoint)
        count = len(model.weights())
        arrays = [read[f"arr_{i}"] for i in range(3 * count + 1)]
        model.load(arrays[:count])
        adam.m, adam.v = arrays[count:2 * count], arrays[2 * count:3 * count]
        adam.steps = int(arrays[-1])
    mean = 0.0
    while adam.steps < STEPS and time.monotonic() < ended:
        rng = np.random.default_rng([SEED, 1000 + adam.steps])
        chosen = rng.choice(len(pictures), BATCH, replace=False)
        x, y = vary(rng, pictures[chosen]), labels[chosen]
        if rng.random() < 0.5:
            x, y = x[..., ::-1], y[..., ::-1]
        odds = model.forward(network.inputs(x))
        value, gradient = loss(odds, y)
        model.backward(gradient)
        rate = RATE * min(1, (adam.steps + 1) / 200) * (0.5 + 0.5 * np.cos(np.pi * adam.steps / STEPS)) + 1e-5
        adam.step(model.weights(), model.gradients(), rate)
        mean += 0.02 * (value - mean)
        if adam.steps % 500 == 0:
            print(adam.steps, f"loss {mean:.4f}", "seen %.3f, wrong cells %.4f, wrong samples %.4f" % told(model, test[0][:800], test[1][:800]), flush=True)
    np.savez(checkpoint, *model.weights(), *adam.m, *adam.v, np.int64(adam.steps))
    print(adam.steps, f"loss {mean:.4f}")


def read(folder):
    model = network.Network(np.random.default_rng(SEED))
    arrays = np.load(folder / "checkpoint.npz")
    model.load([arrays[f"arr_{i}"] for i in range(len(model.weights()))])
    return model


def main(command, folder, *rest):
    folder = pathlib.Path(folder)
    if command == "draw":
        draw(folder, rest[0], rest[1:])
    elif command == "fit":
        fit(folder, float(rest[0]))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
