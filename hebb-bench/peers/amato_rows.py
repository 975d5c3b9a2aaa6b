"""Rows of the table of Amato et al. 2019 in PyTorch, to separate the effect of the image files from that of the code.

    python hebb-bench/peers/amato_rows.py --data DIR [--seed N] [--epochs N] [--limit N] [--keep DIR] ROW ...

DIR holds data_batch_1.bin to data_batch_5.bin and test_batch.bin of CIFAR-10, or the folder cifar-10-batches-bin with them.
Each row prints one JSON line with its test accuracy in percent and the paper's. Some rows need a network that is trained
first: `gdes/fc_on_hebb_conv1` on the first layer of `hebb/config_1l`, `gdes/fc_on_hebb_conv4` on the fourth of
`hebb/config_base`, `hebb/fc_on_gdes_conv4` on that of `gdes/config_base`; --keep stores that network
in a folder and reads it from there the next time.

The protocol is that of the authors' code: the first 40,000 training images to learn from, the last 10,000 for
validation, the best validation epoch kept, batches of 64. `gdes` is SGD with Nesterov momentum 0.9, its rate 1e-3 halved
after each epoch from the 10th on, L2 as weight decay of all parameters; `hebb` is two epochs at η = 0.1. The dense
classifiers on frozen layers (`fc_on_...`) have no dropout in that code; `config_base` has it before its last layer.
"""

import argparse
import copy
import json
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

PAPER = {
    "gdes/config_base": 84.95,
    "gdes/fc_on_hebb_conv1": 63.92,
    "gdes/fc_on_hebb_conv4": 52.99,
    "hebb/fc_on_gdes_conv4": 82.18,
    "hebb/config_base": 28.59,
}
CLASSES, BATCH, RATE, ETA = 10, 64, 1e-3, 0.1
GRADIENT_EPOCHS, HEBBIAN_EPOCHS = 20, 2
BASE_L2, DENSE_L2 = 6e-2, 5e-4

# Channels, units, kernel, whether 2×2 pooling follows.
LAYERS = [(3, 96, 5, True), (96, 128, 3, False), (128, 192, 3, True), (192, 256, 3, False), (256, 300, 3, False)]
# Units of each class in the Hebbian layers; the units left over belong to all.
PER_CLASS = [None, 8, 16, 24, 28]


# Images ------------------------------------------------------------------------------------------------------------


def read(folder, names):
    inner = os.path.join(folder, "cifar-10-batches-bin")
    folder = inner if os.path.isdir(inner) else folder
    raw = np.concatenate([np.fromfile(os.path.join(folder, f"{name}.bin"), np.uint8).reshape(-1, 3073) for name in names])
    images = raw[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255
    return torch.from_numpy(images), torch.from_numpy(raw[:, 0].astype(np.int64))


def load(folder, limit, whiten):
    """Training, validation and test images with their labels; statistics come from the training images alone."""
    images, labels = read(folder, [f"data_batch_{index}" for index in range(1, 6)])
    test = read(folder, ["test_batch"])
    splits = [(images[:40_000], labels[:40_000]), (images[40_000:], labels[40_000:]), test]
    splits = [(images[:limit], labels[:limit]) for images, labels in splits]
    train = splits[0][0]
    mean, deviation = train.mean((0, 2, 3), keepdim=True), train.std((0, 2, 3), correction=0, keepdim=True)
    splits = [((images - mean) / deviation, labels) for images, labels in splits]
    if not whiten:
        return splits
    matrix = zca(splits[0][0].flatten(1))
    return [((images.flatten(1) @ matrix).view_as(images), labels) for images, labels in splits]


def zca(rows):
    """The authors' whitening: 0.1 is added to the eigenvalues of the covariance, and no mean is taken off the images."""
    values, vectors = torch.linalg.eigh(torch.cov(rows.T.double()))
    return (vectors @ torch.diag((values.clamp(min=0) + 0.1).rsqrt()) @ vectors.T).float()


# Layers ------------------------------------------------------------------------------------------------------------


def rows_norm(weight):
    norm = weight.flatten(1).norm(dim=1).view(1, -1, 1, 1)
    return norm + (norm == 0)


class Hebbian(nn.Module):
    """A Hebbian convolution: competition on ((cos + 1)/2)^2, or a teacher; the mean of (x - w) over the patches won.

    With units of each class, only those of an image's class compete and those of none.
    """

    def __init__(self, channels, units, kernel, per_class=None, supervised=False):
        super().__init__()
        bound = (channels * kernel * kernel) ** -0.5
        self.register_buffer("weight", torch.empty(units, channels, kernel, kernel).uniform_(-bound, bound))
        self.per_class, self.supervised = per_class, supervised

    def competing(self, teacher):
        """1 for each image and unit that competes, else 0."""
        of_all = teacher.new_ones(len(teacher), len(self.weight) - CLASSES * self.per_class)
        return torch.cat([teacher.repeat_interleave(self.per_class, 1), of_all], 1).view(*teacher.shape[:1], -1, 1, 1)

    def forward(self, images, teacher=None):
        projection = F.conv2d(images, self.weight) / rows_norm(self.weight)
        if self.supervised:
            output, winners = projection, teacher
        else:
            squares = images.square().sum(1, keepdim=True)
            norm = F.conv2d(squares, torch.ones(1, 1, *self.weight.shape[2:])).sqrt()
            cosine = projection / (norm + (norm == 0))
            output = cosine.clamp(min=0)
            score = ((cosine + 1) / 2).square()
            if self.per_class and teacher is not None:
                score = score * self.competing(teacher)
            winners = (score == score.amax(1, keepdim=True)).float().permute(0, 2, 3, 1).reshape(-1, len(self.weight))
        if self.training and winners is not None:
            self.learn(images, winners)
        return output

    def learn(self, images, winners):
        patches = F.unfold(images, self.weight.shape[2:]).transpose(1, 2).reshape(len(winners), -1)
        wins = winners.sum(0).unsqueeze(1)
        mean = (winners.T @ patches) / wins.clamp(min=1)
        step = torch.where(wins > 0, mean - self.weight.flatten(1), torch.zeros(()))
        self.weight += ETA * step.view_as(self.weight)


class HebbianNet(nn.Module):
    """Hebbian convolutions, each with pooling or none and batch norm, and a supervised Hebbian layer of one place."""

    def __init__(self, layers, top):
        super().__init__()
        described = zip(layers, PER_CLASS)
        self.layers = nn.ModuleList(Hebbian(*sizes, per_class) for (*sizes, _), per_class in described)
        self.pools = [pool for *_, pool in layers]
        self.norms = nn.ModuleList(nn.BatchNorm2d(units) for _, units, _, _ in layers)
        self.top = Hebbian(*top, supervised=True)

    def features(self, images, teacher=None, layers=None):
        """Output of the first layers, by default of all."""
        for layer, pool, norm in list(zip(self.layers, self.pools, self.norms))[:layers]:
            output = layer(images, teacher)
            images = norm(F.max_pool2d(output, 2) if pool else output)
        return images

    def forward(self, images, teacher=None):
        return self.top(self.features(images, teacher), teacher).flatten(1)


def base():
    """`gdes/config_base`; its fourth layer ends after 14 operations."""

    def layer(channels, units, kernel, pool):
        pooling = [nn.MaxPool2d(2)] if pool else []
        return [nn.Conv2d(channels, units, kernel), nn.ReLU(), *pooling, nn.BatchNorm2d(units)]

    convolutions = [operation for described in LAYERS[:4] for operation in layer(*described)]
    dense = [nn.Flatten(), nn.Linear(2304, 300), nn.ReLU(), nn.BatchNorm1d(300), nn.Dropout(0.5), nn.Linear(300, CLASSES)]
    # Channels last is the faster layout.
    return nn.Sequential(*convolutions, *dense).to(memory_format=torch.channels_last)


FOURTH_LAYER = 14


# Training ----------------------------------------------------------------------------------------------------------


@torch.no_grad()
def mapped(function, images):
    return torch.cat([function(images[at : at + 250]) for at in range(0, len(images), 250)])


def accuracy(network, images, labels):
    network.eval()
    return 100 * mapped(lambda part: network(part).argmax(1), images).eq(labels).double().mean().item()


def fit(network, splits, epochs, step, after_epoch=lambda: None):
    """Trains, restores the weights of the best validation epoch, and returns a report."""
    (images, labels), validation, test = splits
    best = (-1.0, 0, None)
    start = time.time()
    for epoch in range(1, epochs + 1):
        network.train()
        for rows in torch.randperm(len(images)).split(BATCH):
            step(images[rows], labels[rows])
        after_epoch()
        found = accuracy(network, *validation)
        if found > best[0]:
            best = (found, epoch, copy.deepcopy(network.state_dict()))
    network.load_state_dict(best[2])
    return {
        "epochs": epochs,
        "best_epoch": best[1],
        "validation": best[0],
        "test": accuracy(network, *test),
        "seconds": round(time.time() - start, 1),
    }


def train_sgd(network, splits, l2, options):
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE, momentum=0.9, nesterov=True, weight_decay=l2)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, range(10, 20), gamma=0.5)

    def step(images, labels):
        optimizer.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()

    return fit(network, splits, min(GRADIENT_EPOCHS, options.epochs), step, schedule.step)


def train_hebbian(network, splits, options):
    @torch.no_grad()
    def step(images, labels):
        network(images, F.one_hot(labels, CLASSES).float())

    return fit(network, splits, min(HEBBIAN_EPOCHS, options.epochs), step)


def pretrained(name, network, train, options):
    """Reads a network from --keep, or trains it and stores it there. Returns the report of the training, if any."""
    file = None
    if options.keep:
        limit = f"-limit{options.limit}" if options.limit else ""
        file = os.path.join(options.keep, f"{name}-seed{options.seed}-epochs{options.epochs}{limit}.pt")
        if os.path.exists(file):
            network.load_state_dict(torch.load(file, weights_only=True))
            return None
    report = train(network)
    if file:
        os.makedirs(options.keep, exist_ok=True)
        torch.save(network.state_dict(), file + ".part")
        os.replace(file + ".part", file)
    return report


def frozen(function, network, splits):
    """Features of all images by a frozen network."""
    network.eval()
    return [(mapped(function, images), labels) for images, labels in splits]


def classifier(function, below, splits, options):
    """Trains a dense classifier by SGD on the features of a frozen network."""
    features = frozen(lambda part: function(part).flatten(1), below, splits)
    return train_sgd(nn.Linear(features[0][0].shape[1], CLASSES), features, DENSE_L2, options)


def measured(network, splits):
    """Accuracy of a network that was read from --keep."""
    return {"test": accuracy(network, *splits[2]), "validation": accuracy(network, *splits[1])}


# Rows --------------------------------------------------------------------------------------------------------------


def gradient_base(splits, options):
    """`gdes/config_base`, and the report of its training unless it was read."""
    network = base()
    return network, pretrained("config_base", network, lambda network: train_sgd(network, splits, BASE_L2, options), options)


def hebbian_base(splits, options):
    """`hebb/config_base`, and the report of its training unless it was read."""
    network = HebbianNet(LAYERS, (300, CLASSES, 1))
    report = pretrained("hebbian_base", network, lambda network: train_hebbian(network, splits, options), options)
    return network, report


def gradient_config_base(options):
    splits = load(options.data, options.limit, whiten=False)
    network, report = gradient_base(splits, options)
    return report or measured(network, splits)


def fc_on_hebb_conv1(options):
    splits = load(options.data, options.limit, whiten=True)
    below = HebbianNet(LAYERS[:1], (96, CLASSES, 14))
    trained = pretrained("config_1l", below, lambda network: train_hebbian(network, splits, options), options)
    return classifier(below.features, below, splits, options) | {"below": trained}


def fc_on_hebb_conv4(options):
    splits = load(options.data, options.limit, whiten=True)
    below, trained = hebbian_base(splits, options)
    return classifier(lambda part: below.features(part, layers=4), below, splits, options) | {"below": trained}


def fc_on_gdes_conv4(options):
    splits = load(options.data, options.limit, whiten=False)
    below, trained = gradient_base(splits, options)
    features = frozen(below[:FOURTH_LAYER], below, splits)
    return train_hebbian(HebbianNet([], (256, CLASSES, 3)), features, options) | {"below": trained}


def hebbian_config_base(options):
    splits = load(options.data, options.limit, whiten=True)
    network, report = hebbian_base(splits, options)
    return report or measured(network, splits)


ROWS = {
    "gdes/config_base": gradient_config_base,
    "gdes/fc_on_hebb_conv1": fc_on_hebb_conv1,
    "gdes/fc_on_hebb_conv4": fc_on_hebb_conv4,
    "hebb/fc_on_gdes_conv4": fc_on_gdes_conv4,
    "hebb/config_base": hebbian_config_base,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", default=list(ROWS), metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--data", required=True, help="the folder of CIFAR-10's binary files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=GRADIENT_EPOCHS, help="at most so many epochs of every training")
    parser.add_argument("--limit", type=int, help="at most so many images of each split, for a trial")
    parser.add_argument("--keep", metavar="DIR", help="a folder for the networks that rows need")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for row in options.rows:
        if row not in ROWS:
            parser.error(f"there is no row {row}; known: {', '.join(ROWS)}")
    for row in options.rows:
        torch.manual_seed(options.seed)
        report = ROWS[row](options)
        about = {"row": row, "paper": PAPER[row], "seed": options.seed, "limit": options.limit}
        print(json.dumps(about | report | {"torch": torch.__version__, "threads": options.threads}), flush=True)


if __name__ == "__main__":
    main()
