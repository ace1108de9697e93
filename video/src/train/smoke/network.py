"""A small convolutional network in numpy: training by hand-written gradients.

Pictures are [n, height, width, channels], float32.
"""
import numpy as np

# kernel, stride, dilation, channels out
LAYERS = ((3, 2, 1, 16), (3, 2, 1, 32), (3, 1, 1, 32), (3, 2, 1, 48), (3, 1, 1, 48), (3, 1, 2, 48))


def inputs(pictures):
    """[n, 3, h, w] of 0..255 at a second ago, half a second ago and now: now, and what changed since either."""
    before, middle, now = (pictures[:, i].astype(np.float32) for i in range(3))
    return np.stack([(now - 128) / 64, np.clip((now - middle) / 16, -4, 4), np.clip((now - before) / 16, -4, 4)], -1)


class Conv:
    def __init__(self, rng, kernel, stride, dilation, of, out):
        self.kernel, self.stride, self.dilation = kernel, stride, dilation
        self.pad = dilation * (kernel // 2)
        self.weight = rng.normal(0, np.sqrt(2 / (kernel * kernel * of)), (kernel * kernel * of, out)).astype(np.float32)
        self.bias = np.zeros(out, np.float32)

    def _taps(self, rows, columns):
        span = lambda at, count: slice(at * self.dilation, at * self.dilation + (count - 1) * self.stride + 1, self.stride)
        for ky in range(self.kernel):
            for kx in range(self.kernel):
                yield span(ky, rows), span(kx, columns)

    def forward(self, x):
        n, h, w, c = x.shape
        self.shape = x.shape
        rows, columns = -(-h // self.stride), -(-w // self.stride)
        if self.pad:
            padded = np.zeros((n, h + 2 * self.pad, w + 2 * self.pad, c), np.float32)
            padded[:, self.pad:-self.pad, self.pad:-self.pad] = x
        else:
            padded = x
        self.columns = np.empty((n, rows, columns, self.kernel**2, c), np.float32)
        for i, (ys, xs) in enumerate(self._taps(rows, columns)):
            self.columns[:, :, :, i] = padded[:, ys, xs]
        self.columns = self.columns.reshape(n * rows * columns, -1)
        return (self.columns @ self.weight + self.bias).reshape(n, rows, columns, -1)

    def backward(self, dy, wanted=True):
        n, rows, columns, out = dy.shape
        flat = dy.reshape(-1, out)
        self.gradients = (self.columns.T @ flat, flat.sum(0))
        self.columns = None
        if not wanted:
            return None
        _, h, w, c = self.shape
        parts = (flat @ self.weight.T).reshape(n, rows, columns, -1, c)
        padded = np.zeros((n, h + 2 * self.pad, w + 2 * self.pad, c), np.float32)
        for i, (ys, xs) in enumerate(self._taps(rows, columns)):
            padded[:, ys, xs] += parts[:, :, :, i]
        return padded[:, self.pad:h + self.pad, self.pad:w + self.pad]


class Network:
    """Convolutions, each with a ReLU; to the last one's cells what the whole picture looks like is added; then one number a
    cell, the logarithm of the odds of smoke."""

    def __init__(self, rng):
        self.convs, of = [], 3
        for kernel, stride, dilation, out in LAYERS:
            self.convs.append(Conv(rng, kernel, stride, dilation, of, out))
            of = out
        self.whole = Conv(rng, 1, 1, 1, of, of)
        self.whole.weight *= 0.1
        self.mix = Conv(rng, 1, 1, 1, of, of)
        self.head = Conv(rng, 1, 1, 1, of, 1)
        self.head.weight *= 0.1
        self.head.bias[:] = -3

    def layers(self):
        return [*self.convs, self.whole, self.mix, self.head]

    def weights(self):
        return [array for layer in self.layers() for array in (layer.weight, layer.bias)]

    def gradients(self):
        return [array for layer in self.layers() for array in layer.gradients]

    def load(self, arrays):
        for mine, read in zip(self.weights(), arrays, strict=True):
            mine[:] = read

    def forward(self, x):
        self.masks = []
        for conv in self.convs:
            x = np.maximum(conv.forward(x), 0)
            self.masks.append(x > 0)
        self.last = x
        total = self.whole.forward(x.mean((1, 2), keepdims=True))
        x = np.maximum(self.mix.forward(x) + total, 0)
        self.masks.append(x > 0)
        return self.head.forward(x)[..., 0]

    def backward(self, dy):
        d = self.head.backward(dy[..., None]) * self.masks[-1]
        cells = d.shape[1] * d.shape[2]
        total = self.whole.backward(d.sum((1, 2), keepdims=True))
        d = self.mix.backward(d) + total / cells
        for i in range(len(self.convs) - 1, -1, -1):
            d = self.convs[i].backward(d * self.masks[i], wanted=i > 0)

    def probability(self, pictures):
        out = [1 / (1 + np.exp(-self.forward(inputs(pictures[i:i + 32])))) for i in range(0, len(pictures), 32)]
        return np.concatenate(out)


class Adam:
    """Kingma and Ba 2014, algorithm 1, with decay of the weights apart from the gradient."""

    def __init__(self, weights):
        self.m = [np.zeros_like(w) for w in weights]
        self.v = [np.zeros_like(w) for w in weights]
        self.steps = 0

    def step(self, weights, gradients, rate, decay=1e-4):
        self.steps += 1
        norm = np.sqrt(sum(float((g * g).sum()) for g in gradients))
        shrink = min(1.0, 5 / (norm + 1e-9))
        for w, g, m, v in zip(weights, gradients, self.m, self.v, strict=True):
            g = g * shrink
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            seen = m / (1 - 0.9**self.steps)
            spread = np.sqrt(v / (1 - 0.999**self.steps)) + 1e-8
            w -= rate * (seen / spread + (decay * w if w.ndim > 1 else 0))
