"""Clips that we draw because no footage has them: six waters, and snow over clips of somebody else's.

    python3 video/src/train/crowd/waters.py FOLDER [CLIP ...]

writes FOLDER/river_far.mp4 and the others, 26 s each, and FOLDER/snow_NAME.mp4 for each clip. Then
./cityedge analyze FOLDER/river_near.mp4 --json counts the people in it. Needs numpy and ffmpeg; the same seed draws the same pictures.

Waves: the spectrum of Phillips as Tessendorf has it (2001), deep water (w^2 = g k), scaled to a root of the mean
square slope; light: the sky mirrored after Schlick (1994) over the water's own colour, in perspective.
"""
import pathlib
import subprocess
import sys

import numpy as np

WIDTH, HEIGHT, RATE, SECONDS = 640, 360, 12.5, 26
SEED = 1
TILE = 256  # points of the sea's surface each way
GRAVITY = 9.81

# metres of a tile, wind in m/s, root of the mean square slope, height of the eye in metres, focal length and horizon in pixels
RIVERS = {
    "river_far": (24, 3.5, 0.10, 9, 520, 110),
    "river_near": (12, 2.5, 0.14, 5, 420, 60),
    "river_sun": (16, 4, 0.16, 7, 480, 90),
    "lake_wind": (40, 7, 0.20, 12, 600, 120),
    "pond": (6, 1.2, 0.08, 3.5, 420, 10),
}


def writer(file):
    return subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-",
         "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", "25", "-pix_fmt", "yuv420p", str(file)], stdin=subprocess.PIPE)


def write(file, pictures):
    out = writer(file)
    for picture in pictures:
        out.stdin.write(np.clip(picture, 0, 255).astype(np.uint8).tobytes())
    out.stdin.close()
    out.wait()


def sea(rng, metres, wind, slope):
    """The slopes of a tile at a time, across and away."""
    k = 2 * np.pi * np.fft.fftfreq(TILE, metres / TILE)
    across, away = np.meshgrid(k, k)
    number = np.hypot(across, away)
    number[0, 0] = 1
    longest = wind ** 2 / GRAVITY
    power = np.exp(-1 / (number * longest) ** 2) / number ** 4 * (np.abs(across / number) ** 2 * 0.8 + 0.2) * np.exp(-(number * 0.02) ** 2)
    power[0, 0] = 0
    start = (rng.normal(size=(TILE, TILE)) + 1j * rng.normal(size=(TILE, TILE))) * np.sqrt(power / 2)
    speed = np.sqrt(GRAVITY * number)

    def raw(t):
        now = start * np.exp(1j * speed * t)
        return np.real(np.fft.ifft2(1j * across * now)), np.real(np.fft.ifft2(1j * away * now))

    first = raw(0)
    scale = slope / np.sqrt((first[0] ** 2 + first[1] ** 2).mean())
    return lambda t: [part * scale for part in raw(t)]


def river(rng, metres, wind, slope, eye, focal, horizon, sun):
    surface = sea(rng, metres, wind, slope)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    distance = eye * focal / np.maximum(y - horizon, 1)
    aside = (x - WIDTH / 2) * distance / focal
    bank = np.kron(rng.random(((horizon + 5) // 6 + 2, WIDTH // 6 + 2)), np.ones((6, 6)))[:horizon + 5, :WIDTH]
    down = np.arctan2(eye, distance)
    for n in range(int(RATE * SECONDS)):
        t = n / RATE
        u = aside / metres * TILE % TILE
        v = (distance + 0.3 * t) / metres * TILE % TILE
        left, above = u.astype(int) % TILE, v.astype(int) % TILE
        fu, fv = u - np.floor(u), v - np.floor(v)
        right, below = (left + 1) % TILE, (above + 1) % TILE

        def seen(field):
            upper = field[above, left] * (1 - fu) + field[above, right] * fu
            lower = field[below, left] * (1 - fu) + field[below, right] * fu
            return (upper * (1 - fv) + lower * fv) * np.clip(60 / distance, 0, 1)  # waves far away average out

        across, away = (seen(field) for field in surface(t))
        facing = np.clip(np.sin(down) + away * np.cos(down), 0.02, 1)
        mirrored = 0.02 + 0.98 * (1 - facing) ** 5
        sky = 150 + 80 * np.exp(-3 * np.clip(down + 2 * away, 0, 1.5)) + 30 * across
        picture = mirrored[..., None] * sky[..., None] * np.array([1.0, 0.97, 0.92]) + (1 - mirrored)[..., None] * np.array([62, 70, 48])
        if sun:
            glint = np.exp(-((across - 0.02 * (x - WIDTH / 2) / 100) ** 2 / 0.002 + (away - 0.12) ** 2 / 0.003))
            picture = picture + glint[..., None] * 230
        wood = 110 + 60 * bank
        picture[:horizon + 5] = np.stack([wood * 0.8, wood * 0.95, wood * 0.85], -1)
        picture[:max(0, horizon - 30)] = 215
        yield picture + rng.normal(0, 2, (HEIGHT, WIDTH, 1))


def fountain(rng):
    """Three jets of droplets, each two seconds in the air, before a textured wall and over rippled water."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    ground = np.kron(rng.random((HEIGHT // 8, WIDTH // 8)), np.ones((8, 8))) * 70 + 80
    ground[240:] = 95 + ground[240:] * 0.15
    count = 9000
    phase, speed, lean = rng.random(count) * 2, rng.normal(1, 0.07, count), rng.normal(0, 0.10, count)
    base = rng.choice([200, 320, 440], count)
    for n in range(int(RATE * SECONDS)):
        t = (n / RATE + phase) % 2.0
        py = 250 - 200 * speed * t * (2 - t)
        px = base + lean * 240 * t * speed + rng.normal(0, 1.2, count)
        inside = (px > 1) & (px < WIDTH - 2) & (py > 1) & (py < HEIGHT - 2)
        spray = np.zeros((HEIGHT, WIDTH))
        np.add.at(spray, (py[inside].astype(int), px[inside].astype(int)), 0.35)
        for axis in (0, 1):
            spray = 0.25 * np.roll(spray, 1, axis) + 0.5 * spray + 0.25 * np.roll(spray, -1, axis)
        spray = 1 - np.exp(-2.2 * spray)
        ripple = 6 * np.sin(y * 0.6 + n * 0.9 + x * 0.05) * (y > 245)
        picture = (ground + ripple) * (1 - spray) + 240 * spray + rng.normal(0, 2, (HEIGHT, WIDTH))
        yield np.repeat(picture[..., None], 3, 2)


def snow(rng, clip, cover, size=1.6, fall=0.6):
    """Opaque flakes that cover so much of a clip's pictures; they fall that part of the height in a second."""
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-stream_loop", "6", "-i", str(clip), "-t", "24", "-vf", f"fps={RATE},scale={WIDTH}:{HEIGHT}",
         "-f", "rawvideo", "-pix_fmt", "bgr24", "-"], capture_output=True, check=True).stdout
    count = int(cover * WIDTH * HEIGHT / (np.pi * size ** 2))
    near = rng.uniform(0.4, 1.6, count)
    x, y = rng.uniform(0, WIDTH, count), rng.uniform(0, HEIGHT, count)
    for picture in np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3):
        y = (y + fall * HEIGHT / RATE * near) % HEIGHT
        x = (x + 0.15 * WIDTH / RATE * near + rng.normal(0, 1.5, count)) % WIDTH
        flakes = np.zeros((HEIGHT, WIDTH))
        for radius in (1, 2, 3):
            these = np.abs(np.round(size * near) - radius) < 0.5
            for dy in range(-radius, radius + 1):
                for dx in range(-radius, radius + 1):
                    if dx * dx + dy * dy <= radius * radius:
                        flakes[(y[these].astype(int) + dy) % HEIGHT, (x[these].astype(int) + dx) % WIDTH] = 0.75
        yield picture * (1 - flakes[..., None]) + 235 * flakes[..., None]


def main(folder, clips):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, shape in RIVERS.items():
        write(folder / f"{name}.mp4", river(np.random.default_rng(SEED), *shape, sun=name == "river_sun"))
    write(folder / "fountain.mp4", fountain(np.random.default_rng(SEED)))
    for clip in map(pathlib.Path, clips):
        for word, cover in (("light", 0.03), ("heavy", 0.10)):
            write(folder / f"snow_{word}_{clip.stem}.mp4", snow(np.random.default_rng(SEED), clip, cover))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
