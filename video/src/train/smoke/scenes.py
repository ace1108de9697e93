"""Pictures that we make to train a small smoke network on: smoke over backgrounds, and what is mistaken for smoke.

A sample is one place at three times, a second ago, half a second ago and now: grey, SIZE x SIZE, 0..255; and a map
of CELLS x CELLS that says of each cell whether smoke is seen in it (1), is not (0), or cannot be told (UNKNOWN).
Everything follows from the seed. Real pictures come from the four clips of BACKGROUNDS alone.
"""
import json
import pathlib
import subprocess

import numpy as np
from scipy import fft, ndimage

SIZE = 128
CELLS = 16
UNKNOWN = 255
SOURCE = 256  # of a background, before it is cropped and scaled
RATE = 6  # pictures of a background and of a plume a second
TIMES = (-1.0, -0.5, 0.0)

# Each with what its licence is, as the manifest of the footage has it.
BACKGROUNDS = {
    "neg_room_one_person.mp4": "CC BY 4.0 (Intel)",
    "neg_carpark_exposure.mp4": "CC BY 4.0 (Intel)",
    "crowd_light_vtest.avi": "OpenCV distribution (Apache-2.0)",
    "neg_tree_hand.avi": "OpenCV distribution (Apache-2.0)",
}


# ---- smoke ----

def plume(rng, seconds=9.0, n=112):
    """Density 0..255 (uint8) [pictures, n, n] of a fluid that carries smoke from its sources: semi-Lagrangian, made free of
    divergence by FFT (Stam 1999, "Stable Fluids"), driven by buoyancy, wind and eddies. Up is towards row 0."""
    kind = rng.choice(["plume", "puffs", "room", "wind"], p=[0.4, 0.25, 0.15, 0.2])
    dt = 1 / (2 * RATE)
    yy, xx = np.mgrid[0:n, 0:n].astype(np.float32)
    ky, kx = np.meshgrid(np.fft.fftfreq(n), np.fft.rfftfreq(n), indexing="ij")
    k2 = kx**2 + ky**2
    k2[0, 0] = 1
    border = np.minimum(np.minimum(xx, n - 1 - xx), np.minimum(yy, n - 1 - yy))
    fade = np.clip(border / 8, 0, 1)
    u = np.zeros((n, n), np.float32)
    v = np.zeros((n, n), np.float32)
    density = np.zeros((n, n), np.float32)
    rise = rng.uniform(10, 60) * (0.3 if kind == "wind" else 1)
    wind = rng.normal(0, 14 if kind == "wind" else 4, 2)
    eddies = rng.uniform(20, 90)
    sources = [
        (n * rng.uniform(0.3, 0.7), n * (rng.uniform(0.25, 0.75) if kind in ("puffs", "room") else rng.uniform(0.7, 0.9)),
         rng.uniform(2, 5) * (2 if kind == "room" else 1))
        for _ in range(rng.integers(3, 7) if kind == "room" else rng.integers(1, 3))]
    jet = rng.normal(0, 35, 2) if kind == "puffs" else np.zeros(2)
    period, on = rng.uniform(2, 5), rng.uniform(0.6, 1.6)
    decay = rng.uniform(0.05, 0.5)
    warm = int(rng.uniform(1, 5) / dt) if kind != "puffs" else 0
    steps = warm + int(seconds / dt)
    push = [np.zeros((n, n), np.float32)] * 2
    pictures = []
    for step in range(steps):
        if step % 4 == 0:
            stream = ndimage.gaussian_filter(rng.normal(0, 1, (n, n)), rng.uniform(2, 9), mode="wrap").astype(np.float32)
            stream /= stream.std() + 1e-6
            push = [np.gradient(stream, axis=0), -np.gradient(stream, axis=1)]
        u += dt * eddies * 3 * push[0]
        v += dt * (eddies * 3 * push[1] - rise * density)
        fu, fv = fft.rfft2(u), fft.rfft2(v)
        along = (fu * kx + fv * ky) / k2
        u = fft.irfft2(fu - along * kx, (n, n)).astype(np.float32)
        v = fft.irfft2(fv - along * ky, (n, n)).astype(np.float32)
        back = np.stack([yy - dt * (v + wind[1]), xx - dt * (u + wind[0])])
        u, v, density = (ndimage.map_coordinates(f, back, order=1, mode="nearest") for f in (u, v, density))
        u *= 0.985 * (0.5 + 0.5 * fade)
        v *= 0.985 * (0.5 + 0.5 * fade)
        emits = kind != "puffs" or (step * dt) % period < on
        if emits:
            for x, y, radius in sources:
                spot = np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (2 * radius**2))
                clumps = np.clip(rng.normal(1, 0.6), 0.1, 2)
                density += dt * 6 * spot * clumps
                u += dt * 8 * spot * jet[0]
                v += dt * 8 * spot * jet[1]
        density *= (1 - dt * decay) * (0.3 + 0.7 * fade)
        if step >= warm and step % 2 == 0:
            pictures.append(density)
    pictures = np.stack(pictures)
    return np.clip(pictures * (150 / (np.percentile(pictures[pictures > 0.02], 95) + 1e-3)), 0, 255).astype(np.uint8)


# ---- still pictures ----

def noise(rng, n, slope, least=1):
    """Fractal noise of mean 0 and deviation 1, periodic: amplitude falls with frequency to the power of slope."""
    ky, kx = np.meshgrid(np.fft.fftfreq(n) * n, np.fft.rfftfreq(n) * n, indexing="ij")
    k = np.hypot(kx, ky)
    k[0, 0] = np.inf
    spectrum = np.where(k < least, 0, k**-slope) * np.exp(2j * np.pi * rng.random(k.shape))
    picture = fft.irfft2(spectrum, (n, n)).astype(np.float32)
    return picture / (picture.std() + 1e-9)


def still(rng, n=SOURCE):
    """A picture of nothing in particular: grounds, skies, walls, windows, edges; 0..255."""
    picture = rng.uniform(50, 200) + rng.uniform(3, 35) * noise(rng, n, rng.uniform(0.9, 2.2))
    if rng.random() < 0.5:  # regions with sharp outlines
        regions = noise(rng, n, rng.uniform(1.3, 2.2))
        for level in rng.normal(0, 0.8, rng.integers(1, 4)):
            picture = np.where(regions > level, picture + rng.normal(0, 45), picture)
    if rng.random() < 0.5:  # sky above a skyline
        line = n * rng.uniform(0.1, 0.7) + rng.uniform(2, 25) * noise(rng, n, 1.2)[0]
        sky = rng.uniform(100, 245) - rng.uniform(-40, 40) * np.arange(n)[:, None] / n + rng.uniform(0, 8) * noise(rng, n, 2)
        picture = np.where(np.arange(n)[:, None] < line[None], sky, picture)
    for _ in range(rng.integers(0, 7)):  # buildings, boards, poles, kerbs
        x, y = rng.integers(0, n, 2)
        w, h = (rng.exponential((n / 5, n / 5)) + 2).astype(int)
        if rng.random() < 0.3:
            w = int(rng.integers(1, 5))
        part = picture[y:y + h, x:x + w]
        part += rng.normal(0, 50)
        if rng.random() < 0.4 and part.size:
            step = int(rng.integers(5, 20))
            grid = ((np.arange(part.shape[0]) % step < step // 2)[:, None] & (np.arange(part.shape[1]) % step < step // 2)[None])
            part += grid * rng.normal(0, 40)
    if rng.random() < 0.5:
        picture = ndimage.gaussian_filter(picture, rng.uniform(0.3, 2.5))
    if rng.random() < 0.3:
        picture += rng.normal(0, 40) * (np.hypot(*(np.mgrid[0:n, 0:n] / n - rng.random((2, 1, 1)))) - 0.5)
    if rng.random() < 0.15:  # night: lamps
        picture *= rng.uniform(0.1, 0.4)
        for _ in range(rng.integers(1, 12)):
            at = rng.random((2, 1, 1))
            d2 = ((np.mgrid[0:n, 0:n] / n - at) ** 2).sum(0)
            picture += rng.uniform(60, 220) * np.exp(-d2 / (2 * rng.uniform(0.005, 0.08) ** 2))
    return np.clip(picture, 0, 255).astype(np.float32)


# ---- what moves and is no smoke ----

def sprites(rng, pictures):
    """Walkers, vehicles, hands, leaves before the lens, and headlights, as far away and as fast as they come."""
    n = pictures[0].shape[0]
    yy, xx = np.mgrid[0:n, 0:n].astype(np.float32)
    count = int(rng.choice([1, 2, 4, 12, 30], p=[0.4, 0.25, 0.2, 0.1, 0.05]))
    largest = {1: 0.6, 2: 0.5, 4: 0.3, 12: 0.15, 30: 0.1}[count] * n
    for _ in range(count):
        height = rng.uniform(0.04 * n, largest)
        width = height * rng.uniform(0.25, 0.6 if rng.random() < 0.6 else 2.5)
        x, y = rng.uniform(-0.1, 1.1, 2) * n
        speed = rng.normal(0, 1, 2) * (1, 0.3) * height * rng.choice([0.1, 0.6, 1.5])
        kind = rng.choice(["body", "box", "light"], p=[0.6, 0.25, 0.15])
        level, contrast = rng.uniform(5, 250), rng.uniform(0, 50)
        soft = rng.choice([0.6, 1.2, 3, 6], p=[0.5, 0.25, 0.15, 0.1])
        texture = noise(rng, n, rng.uniform(0.8, 1.8))
        if rng.random() < 0.5:  # clothes, windows, hair
            texture = np.where(texture > rng.normal(0, 0.7), 1.5, -0.5) + 0.3 * texture
        outline = rng.choice([0, 0.15, 0.4]) * width * noise(rng, n, rng.uniform(1.3, 2.2))
        swing, phase = rng.uniform(0, 0.25), rng.uniform(0, 7)
        for i, t in enumerate(TIMES):
            cx, cy = x + speed[0] * t, y + speed[1] * t
            dx, dy = np.abs(xx - cx), np.abs(yy - cy)
            if kind == "light":
                glow = np.exp(-((xx - cx) ** 2 + (yy - cy) ** 2) / (2 * (width / 2) ** 2))
                pictures[i] += rng.uniform(0.9, 1.1) * level * glow
                continue
            w = width / 2 * (1 + swing * np.sin(6 * t + phase + yy / height * 3))
            moved = (int(cy), int(cx))
            edge = w - dx if kind == "box" else w * np.sqrt(np.clip(1 - (dy / (height / 2)) ** 2, 0, 1)) - dx
            edge = edge + np.roll(outline, moved, (0, 1))
            mask = np.clip(np.minimum(edge, height / 2 - dy) / soft + 0.5, 0, 1)
            surface = level + contrast * np.roll(texture, moved, (0, 1))
            pictures[i] += mask * (surface - pictures[i])
            if rng.random() < 0.3:  # a shadow
                shade = np.clip((1.2 - np.hypot(dx / width, (yy - cy - height / 2) / (height / 5))) * 2, 0, 1)
                pictures[i] *= 1 - 0.4 * shade


def sway(rng, pictures):
    """Leaves, grass, water: parts of the picture that are displaced to and fro."""
    n = pictures[0].shape[0]
    yy, xx = np.mgrid[0:n, 0:n].astype(np.float32)
    mask = np.clip(noise(rng, n, 1.8) + rng.uniform(-1, 1), 0, 1) if rng.random() < 0.8 else 1
    size = rng.uniform(0.3, 5)
    fields = [size * noise(rng, n, rng.uniform(1.2, 2.2)) for _ in range(4)]
    speed, phase = rng.uniform(2, 9), rng.uniform(0, 7)
    leaves = rng.uniform(0, 35) * noise(rng, n, rng.uniform(0.6, 1.2)) * mask
    for i, t in enumerate(TIMES):
        a, b = np.sin(speed * t + phase), np.cos(0.8 * speed * t + phase)
        at = np.stack([yy + mask * (a * fields[0] + b * fields[1]), xx + mask * (a * fields[2] + b * fields[3])])
        pictures[i][:] = ndimage.map_coordinates(pictures[i] + leaves, at, order=1, mode="nearest")


def fog(rng, pictures):
    """Banks of fog, haze, clouds: wide and soft, they drift as they are and hardly boil."""
    n = pictures[0].shape[0]
    slope = rng.uniform(2.0, 3.2)
    fields = [noise(rng, n, slope, rng.choice([1, 1, 2, 3])) for _ in range(2)]
    drift = rng.normal(0, 1, 2) * (0.4, 1) * rng.choice([2, 8, 25])
    thick, level, contrast = rng.uniform(0.05, 0.9), rng.uniform(70, 245), rng.uniform(0.05, 0.5)
    turn = rng.uniform(0, 0.25)
    below = rng.uniform(-0.3, 1.2)  # fog lies deep, or clouds stand high
    ramp = np.clip((np.arange(n)[:, None] / n - below) * rng.choice([-3, 3]) + 0.5, 0.1, 1)
    for i, t in enumerate(TIMES):
        field = fields[0] * np.cos(turn * t) + fields[1] * np.sin(turn * t)
        bank = ndimage.shift(field, drift * (t + 2), order=1, mode="grid-wrap")
        alpha = np.clip((thick + contrast * bank) * ramp, 0, 0.95)
        pictures[i] += alpha * (level - pictures[i])


def light(rng, pictures):
    """Exposure, white balance, clouds before the sun, lamps that go on: in steps or ramps, everywhere or in parts."""
    n = pictures[0].shape[0]
    kind = rng.choice(["step", "ramp", "shadow", "lamp", "flash"])
    gain, offset = np.exp(rng.normal(0, 0.3)), rng.normal(0, 12)
    if kind == "shadow":
        field = noise(rng, n, rng.uniform(1.8, 3))
        edge = rng.uniform(0.5, 4)
        drift = rng.normal(0, 12, 2)
        for i, t in enumerate(TIMES):
            mask = np.clip(ndimage.shift(field, drift * t, order=1, mode="grid-wrap") * edge + 0.5, 0, 1)
            pictures[i] *= 1 - mask * (1 - min(gain, 1 / gain))
        return
    mask = 1.0
    if kind == "lamp":
        d2 = ((np.mgrid[0:n, 0:n] / n - rng.random((2, 1, 1))) ** 2).sum(0)
        mask = np.exp(-d2 / (2 * rng.uniform(0.1, 0.6) ** 2))
    share = {"ramp": np.linspace(0, 1, 3), "flash": np.roll((1, 0, 0), rng.integers(3))}.get(kind)
    if share is None:
        share = (0, rng.random() < 0.5, 1)
    for i, s in enumerate(share):
        pictures[i][:] = pictures[i] * (1 + s * mask * (gain - 1)) + s * mask * offset


def rain(rng, pictures):
    n = pictures[0].shape[0]
    count, length = int(rng.uniform(20, 300)), rng.integers(2, 14)
    for picture in pictures:
        drops = np.zeros((n, n), np.float32)
        drops[rng.integers(0, n, count), rng.integers(0, n, count)] = rng.uniform(20, 160)
        drops = ndimage.uniform_filter1d(drops, length, axis=0) * length * 0.5
        picture += ndimage.gaussian_filter(drops, rng.uniform(0.3, 1.2))


def shake(rng, pictures):
    """A pole in the wind: the whole picture is displaced."""
    for picture in pictures:
        picture[:] = ndimage.shift(picture, rng.normal(0, rng.choice([0.4, 1.5, 3]), 2), order=1, mode="nearest")


NUISANCES = ((sprites, 0.45), (sway, 0.25), (fog, 0.35), (light, 0.3), (rain, 0.06), (shake, 0.15))


# ---- a camera ----

def code(rng, pictures):
    """Coarse coding: blocks lose what is fine, and stay as they were where little has changed."""
    strength = rng.uniform(2, 14)
    weight = strength * (1 + 0.4 * np.add.outer(np.arange(8), np.arange(8)))
    skip = rng.uniform(0, 3)
    before = None
    for picture in pictures:
        blocks = picture.reshape(SIZE // 8, 8, SIZE // 8, 8).transpose(0, 2, 1, 3)
        coded = fft.idctn(np.round(fft.dctn(blocks, axes=(2, 3), norm="ortho") / weight) * weight, axes=(2, 3), norm="ortho")
        if before is not None:
            same = np.abs(coded - before).mean((2, 3), keepdims=True) < skip
            coded = np.where(same, before, coded)
        before = coded
        picture[:] = coded.transpose(0, 2, 1, 3).reshape(SIZE, SIZE)


def scaling(start, length, out, of):
    """[out, of]: a line of `of` pixels, from start on and `length` long, becomes `out` pixels (triangle filter)."""
    step = length / out
    centre = start + (np.arange(out) + 0.5) * step - 0.5
    weight = np.clip(1 - np.abs(np.arange(of)[None] - centre[:, None]) / max(step, 1), 0, None)
    return (weight / (weight.sum(1, keepdims=True) + 1e-9)).astype(np.float32)


class Scenes:
    """Makes samples. One generator of random numbers a shard, so that shards can be made apart and come out alike."""

    def __init__(self, clips, plumes, stills):
        self.clips, self.plumes, self.stills = clips, plumes, stills

    def background(self, rng):
        if rng.random() < 0.4:
            clip = self.clips[rng.integers(len(self.clips))]
            last = rng.integers(RATE, len(clip))
            three = clip[[last - RATE, last - RATE // 2, last]].astype(np.float32)
        else:
            one = self.stills[rng.integers(len(self.stills))].astype(np.float32)
            if rng.random() < 0.3:
                other = self.stills[rng.integers(len(self.stills))]
                one += rng.uniform(0.2, 0.8) * (other - one)
            three = np.stack([one] * 3)
        width = rng.uniform(0.45, 1) * SOURCE
        height = np.clip(width * rng.uniform(0.7, 1.4), 0.4 * SOURCE, SOURCE)
        rows = scaling(rng.uniform(0, SOURCE - height), height, SIZE, SOURCE)
        columns = scaling(rng.uniform(0, SOURCE - width), width, SIZE, SOURCE)
        return list(rows @ three @ columns.T)

    def smoke(self, rng, pictures):
        """Lays a plume over them; what it changed, in grey levels, at each time."""
        n = SIZE
        half = rng.choice([1, 2, 3, 3, 4, 5])  # slower or faster than it was made
        three = np.zeros((3, *self.plumes[0].shape[1:]), np.float32)
        mirrored = rng.random() < 0.5
        for depth in range(rng.integers(1, 5)):  # one behind the other
            plume = self.plumes[rng.integers(len(self.plumes))]
            last = rng.integers(2 * half, len(plume))
            part = plume[[last - 2 * half, last - half, last]].astype(np.float32) / 150
            part = part[:, :, ::-1] if mirrored else part
            three += np.roll(part, rng.normal(0, 10 if depth else 0, 2).astype(int), (1, 2))
        three **= rng.uniform(0.4, 1.1)  # the eddies of a wide plume are not as far apart as those of a thread
        if rng.random() < 0.5:  # as if there were many more
            three = ndimage.gaussian_filter(three, (0, *[rng.uniform(0.5, 4)] * 2))
        if rng.random() < 0.2:
            three = three.transpose(0, 2, 1)
        side = three.shape[1]
        width = n * np.exp(rng.uniform(np.log(0.35), np.log(2.5)))
        height = width * rng.uniform(0.7, 1.4)
        x, y = rng.uniform(0.1, 0.9, 2) * n - (0.5 * width, 0.6 * height)
        rows = scaling(-y * side / height, n * side / height, n, side)
        columns = scaling(-x * side / width, n * side / width, n, side)
        outside_y = (np.arange(n) < y) | (np.arange(n) > y + height)
        outside_x = (np.arange(n) < x) | (np.arange(n) > x + width)
        rows[outside_y] = 0
        columns[outside_x] = 0
        three = rows @ three @ columns.T
        if rng.random() < 0.6:
            three *= np.clip(1 + 0.35 * noise(rng, n, rng.uniform(1.2, 2)), 0, 2)
        alpha = rng.uniform(0.12, 0.95) * (1 - np.exp(-rng.uniform(0.5, 3) * three))
        level = rng.uniform(20, 245)
        shade = level + rng.uniform(0, 25) * (three - three.mean())
        changes = []
        for i in range(3):
            change = alpha[i] * (shade[i] - pictures[i])
            pictures[i] += change
            changes.append(change)
        return changes

    def sample(self, rng):
        """Pictures [3, SIZE, SIZE] and labels [CELLS, CELLS], uint8."""
        pictures = self.background(rng)
        chosen = [draw for draw, chance in NUISANCES if rng.random() < chance]
        changes = [np.zeros((SIZE, SIZE), np.float32)] * 3
        smokes = rng.random() < 0.5
        before = [draw for draw in chosen if draw in (sprites, sway, fog) and rng.random() < 0.7]
        for draw in before:
            draw(rng, pictures)
        if smokes:
            changes = self.smoke(rng, pictures)
        for draw in chosen:
            # what is drawn over smoke would have to be taken off its label
            if draw not in before and not (smokes and draw in (sprites, sway, fog)):
                draw(rng, pictures)
        gain, offset, gamma = np.exp(rng.normal(0, 0.25)), rng.normal(0, 15), np.exp(rng.normal(0, 0.25))
        sigma = rng.choice([0, 1, 2, 5]) * rng.uniform(0.5, 1.2)
        middle = float(np.mean(pictures[2]))
        for picture in pictures:
            picture[:] = 255 * (np.clip((picture - middle) * gain + middle + offset, 0, 255) / 255) ** gamma
            picture += rng.normal(0, sigma, picture.shape) if sigma else 0
        if rng.random() < 0.35:
            code(rng, pictures)
        flip = rng.random() < 0.5
        pictures = np.clip(np.stack(pictures), 0, 255).astype(np.uint8)
        labels = label([change * gain for change in changes])
        return (pictures[:, :, ::-1], labels[:, ::-1]) if flip else (pictures, labels)


def label(changes):
    cell = SIZE // CELLS
    pooled = lambda a: a.reshape(CELLS, cell, CELLS, cell).mean((1, 3))
    seen = pooled(np.abs(changes[2]))
    moves = pooled(np.maximum(np.abs(changes[2] - changes[1]), np.abs(changes[2] - changes[0])))
    labels = np.full((CELLS, CELLS), UNKNOWN, np.uint8)
    labels[(seen > 7) & (moves > 3)] = 1
    labels[(seen < 1.5) & (moves < 1.5)] = 0
    return labels


# ---- files ----

def decode(file, rate, width, height, extra=()):
    """Grey pictures [n, height, width] of a recording, uint8."""
    command = ["ffmpeg", "-loglevel", "error", "-i", str(file), "-vf",
               ",".join([*extra, f"fps={rate}", f"scale={width}:{height}:flags=area", "format=gray"]), "-f", "rawvideo", "-"]
    return np.frombuffer(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout, np.uint8).reshape(-1, height, width)


def clips(footage):
    """The four recordings, after a look at whether the manifest still allows them."""
    manifest = {clip["file"]: clip for clip in json.loads((pathlib.Path(footage) / "manifest.json").read_text())}
    read = []
    for name, licence in BACKGROUNDS.items():
        if not manifest[name]["licence"].startswith(licence):
            raise SystemExit(f"{name}: the manifest says {manifest[name]['licence']}, expected {licence}")
        # the time stamps of this one say 30 s for 68 pictures
        extra = ["setpts=N/15/TB"] if name == "neg_tree_hand.avi" else []
        read.append(decode(pathlib.Path(footage) / name, RATE, SOURCE, SOURCE, extra))
    return read
