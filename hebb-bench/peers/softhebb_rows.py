"""Rows of the SoftHebb table in PyTorch.

    python hebb-bench/peers/softhebb_rows.py --data DIR [--readouts ridge softmax] [--depths 1 2 3]

Prints one JSON line for each depth and readout. The network of three layers is trained once, since a layer learns the same
whatever lies above it. Splits and readouts are those of `hebb reproduce softhebb2023`; DIR is as for amato_rows.py.
"""

import argparse
import copy
import itertools
import json
import os
import sys
import time

import torch
import torch.nn.functional as F

import models
from amato_rows import read

CLASSES = 10
VALIDATION = 5_000
BATCH = 10
GRIDS = {1: 8, 2: 4, 3: 2}
ALPHAS = [10.0**power for power in range(5, -3, -1)]
PAPER = {1: 71.10, 2: 77.70, 3: 80.31}


def log(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def load(folder, limit):
    """Training, validation and test images with their labels."""
    images, labels = read(folder, [f"data_batch_{index}" for index in range(1, 6)])
    cut = len(images) - VALIDATION
    splits = [(images[:cut], labels[:cut]), (images[cut:], labels[cut:]), read(folder, ["test_batch"])]
    return [(images[:limit], labels[:limit]) for images, labels in splits]


def learn(layers, images):
    """One epoch without labels."""
    for count, rows in enumerate(torch.randperm(len(images)).split(BATCH)):
        batch = images[rows]
        for layer in layers:
            batch = layer.step(batch)
        if count % 500 == 0:
            log(f"learned from {count * BATCH}")


def features_of(layers, images, grid):
    """Features of the last layer: means over a grid×grid raster, or all values if `grid` is 0."""
    parts = []
    for batch in images.split(100):
        for layer in layers:
            batch = layer.step(batch, learn=False)
        parts.append((F.adaptive_avg_pool2d(batch, grid) if grid else batch).flatten(1))
    return torch.cat(parts)


def network(layers, depth):
    """The first `depth` layers; a single one has average pooling."""
    layers = [copy.copy(layer) for layer in layers[:depth]]
    if depth == 1:
        layers[0].pool = lambda u: F.avg_pool2d(u, 4, 2, 1)
    return layers


def accuracy(scores, labels):
    return 100 * scores.argmax(1).eq(labels).double().mean().item()


# Readouts ----------------------------------------------------------------------------------------------------------


class Sums:
    """Sums over examples for ridge regression: means, Gram matrix and cross products."""

    def __init__(self, features, labels):
        self.count = len(features)
        self.mean = features.double().mean(0)
        targets = F.one_hot(labels, CLASSES).double()
        self.targets = targets.mean(0)
        self.gram = torch.zeros(features.shape[1], features.shape[1], dtype=torch.double)
        self.cross = torch.zeros(features.shape[1], CLASSES, dtype=torch.double)
        for part, target in zip(features.split(2_000), targets.split(2_000)):
            part = part.double()
            self.gram.addmm_(part.T, part)
            self.cross.addmm_(part.T, target)

    def solve(self, alpha):
        gram = self.gram - self.count * torch.outer(self.mean, self.mean)
        gram.diagonal().add_(alpha)
        cross = self.cross - self.count * torch.outer(self.mean, self.targets)
        weights = torch.cholesky_solve(cross, torch.linalg.cholesky(gram))
        return weights, self.targets - self.mean @ weights


def ridge(train, validation, test):
    """Ridge regression. Chooses alpha on the validation images, then fits on training and validation images."""

    def found(fitted, features, labels):
        weights, bias = fitted
        return accuracy(features.double() @ weights + bias, labels)

    sums = Sums(*train)
    scores = [found(sums.solve(alpha), *validation) for alpha in ALPHAS]
    best = max(range(len(ALPHAS)), key=scores.__getitem__)
    both = Sums(*(torch.cat(pair) for pair in zip(train, validation)))
    return {"chosen": ALPHAS[best], "validation": scores[best], "test": found(both.solve(ALPHAS[best]), *test)}


def softmax(train, validation, test, epochs=50):
    """Softmax regression by Adam with dropout and the learning-rate schedule of the authors' code."""
    features, labels = (torch.cat(pair) for pair in zip(train, validation))
    dense = torch.nn.Linear(features.shape[1], CLASSES)
    optimizer = torch.optim.Adam(dense.parameters(), lr=1e-3)
    milestones = [int(epochs * share) for share in (0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9)]
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones, gamma=0.5)
    for epoch in range(epochs):
        for rows in torch.randperm(len(features)).split(64):
            loss = F.cross_entropy(dense(F.dropout(features[rows], 0.5)), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        if epoch % 10 == 9:
            log(f"epoch {epoch + 1}")
    with torch.no_grad():
        return {"test": accuracy(dense(test[0]), test[1])}


READOUTS = {"ridge": (ridge, GRIDS), "softmax": (softmax, dict.fromkeys(GRIDS, 0))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="the folder of CIFAR-10's binary files")
    parser.add_argument("--readouts", nargs="+", choices=list(READOUTS), default=list(READOUTS))
    parser.add_argument("--depths", nargs="+", type=int, choices=list(GRIDS), default=list(GRIDS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="at most so many images of each split, for a trial")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    splits = load(options.data, options.limit)
    layers = models.softhebb(torch.Generator().manual_seed(options.seed))[: max(options.depths)]
    start = time.time()
    learn(layers, splits[0][0])
    about = {"seed": options.seed, "limit": options.limit, "learning_seconds": round(time.time() - start, 1)}
    for name, depth in itertools.product(options.readouts, options.depths):
        readout, grids = READOUTS[name]
        features = [(features_of(network(layers, depth), images, grids[depth]), labels) for images, labels in splits]
        log(f"features of layer {depth} for {name}")
        row = {"row": f"softhebb-{depth}", "readout": name, "paper": PAPER[depth] if name == "softmax" else None}
        found = readout(*features)
        print(json.dumps(row | about | found | {"torch": torch.__version__, "threads": options.threads}), flush=True)


if __name__ == "__main__":
    main()
