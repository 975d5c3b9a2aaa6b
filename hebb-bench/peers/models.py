"""PyTorch implementations of the networks that hebb is timed against, written in the usual way.

Each class is one layer; `step(images, learn)` computes its output and, if asked, one update of its weights.
"""

import math

import torch
import torch.nn.functional as F


def rows(weights):
    """The norm of every unit's kernel, shaped to divide (N, C, kh, kw)."""
    return weights.flatten(1).norm(dim=1).view(-1, 1, 1, 1)


class Miconi:
    """Miconi 2021 (arXiv 2107.01729), instar: the update is the gradient of a surrogate loss."""

    def __init__(self, channels, units, size, rate, threshold_rate, triangle=False, prune=0.0, generator=None):
        weights = torch.randn((units, channels, size, size), generator=generator)
        self.mask = None
        if prune > 0:
            self.mask = (torch.rand(weights.shape, generator=generator) >= prune).float()
            weights = weights * self.mask
        self.weights = torch.nn.Parameter(weights / (1e-10 + rows(weights)))
        self.thresholds = torch.zeros(1, units, 1, 1)
        self.rate, self.threshold_rate, self.triangle = rate, threshold_rate, triangle

    def step(self, images, learn=True):
        images = images - images.mean(dim=(1, 2, 3), keepdim=True)
        images = images / (1e-10 + images.std(dim=(1, 2, 3), keepdim=True))
        u = F.conv2d(images, self.weights)
        with torch.no_grad():
            scores = u - self.thresholds
            least = scores.topk(1, dim=1)[0]
            y = torch.where(scores < least, torch.zeros_like(scores), scores)
            y = (y > 0).float()
        if learn:
            self.learn(u, y)
        with torch.no_grad():
            output = (scores - scores.mean(dim=1, keepdim=True)).clamp(min=0) if self.triangle else y
            if learn:
                wins = (y > 0).float().mean(dim=(0, 2, 3)).view(1, -1, 1, 1)
                self.thresholds += self.threshold_rate * (wins - 1 / y.shape[1])
            return F.avg_pool2d(output, 2).detach()

    def learn(self, u, y):
        surrogate = u - 0.5 * self.weights.pow(2).sum(dim=(1, 2, 3)).view(1, -1, 1, 1)
        # Has the value of y and the gradient of the surrogate.
        surrogate.data = y.clone()
        self.weights.grad = None
        (-0.5 * surrogate * surrogate).sum().backward()
        with torch.no_grad():
            self.weights -= self.rate * self.weights.grad
            if self.mask is not None:
                self.weights *= self.mask
            self.weights /= 1e-10 + rows(self.weights)


class Amato:
    """Amato et al. 2019: the winner on the raised cosine moves to the mean of what it won."""

    def __init__(self, channels, units, size, pool=False, normalize=False, generator=None):
        bound = 1 / math.sqrt(channels * size * size)
        self.weights = (torch.rand((units, channels, size, size), generator=generator) * 2 - 1) * bound
        self.size, self.pool, self.normalize = size, pool, normalize

    @torch.no_grad()
    def step(self, images, learn=True):
        if self.normalize:
            images = images - images.mean((0, 2, 3), keepdim=True)
            images = images / images.std((0, 2, 3), keepdim=True)
        patches = F.unfold(images, self.size)
        projection = F.conv2d(images, self.weights) / rows(self.weights).view(1, -1, 1, 1)
        norms = patches.norm(dim=1).clamp(min=1e-12)
        cosine = projection / norms.view(images.shape[0], 1, *projection.shape[2:])
        if learn:
            self.learn(patches, cosine)
        output = cosine.clamp(min=0)
        return F.max_pool2d(output, 2) if self.pool else output

    def learn(self, patches, cosine):
        units = self.weights.shape[0]
        scores = (((cosine + 1) / 2) ** 2).permute(0, 2, 3, 1).reshape(-1, units)
        winners = (scores == scores.max(1, keepdim=True)[0]).float()
        flat = patches.transpose(1, 2).reshape(scores.shape[0], -1)
        wins = winners.sum(0)
        won = (wins > 0).float()
        mean = (winners.t() @ flat) / wins.clamp(min=1).unsqueeze(1)
        self.weights += 0.1 * (mean - won.unsqueeze(1) * self.weights.flatten(1)).view_as(self.weights)


class SoftHebb:
    """Journe et al. 2023 (arXiv 2209.11883): softmax competition with anti-Hebbian losers."""

    def __init__(self, channels, units, size, beta, rate, power, pool, generator=None):
        spread = 25 / math.sqrt(channels * size * size)
        self.weights = spread * torch.randn((units, channels, size, size), generator=generator)
        self.beta, self.rate, self.power, self.pool = beta, rate, power, pool
        self.border = (size // 2,) * 4
        self.mean, self.variance = torch.zeros(channels), torch.ones(channels)

    @torch.no_grad()
    def step(self, images, learn=True):
        images = F.batch_norm(images, self.mean, self.variance, training=learn, momentum=0.1)
        images = F.pad(images, self.border, "reflect")
        u = F.conv2d(images, self.weights)
        if learn:
            self.learn(images, u)
        return self.pool(F.relu(u - u.mean(dim=1, keepdim=True)) ** self.power)

    def learn(self, images, u):
        batch, units, height, width = u.shape
        flat = u.transpose(0, 1).reshape(units, -1)
        y = -torch.softmax(self.beta * flat, dim=0)
        winners, columns = flat.argmax(dim=0), torch.arange(flat.shape[1])
        y[winners, columns] = -y[winners, columns]
        y = y.view(units, batch, height, width)
        hebb = F.conv2d(images.transpose(0, 1), y).transpose(0, 1)
        decay = (y.transpose(0, 1) * u).sum(dim=(0, 2, 3)).view(-1, 1, 1, 1)
        step = hebb - decay * self.weights
        step /= step.abs().max() + 1e-30
        rate = self.rate * ((rows(self.weights) - 1).abs() + 1e-10).sqrt()
        self.weights += rate * step


def miconi(generator):
    rates = [1e-4, 1e-4, 1e-3]
    return [
        Miconi(*shape, rate, 3.0, triangle=True, prune=prune, generator=generator)
        for shape, rate, prune in zip([(3, 100, 5), (100, 196, 3), (196, 400, 3)], rates, [0, 0.99, 0.99])
    ]


def miconi_simple(generator):
    return [Miconi(*shape, 1e-4, 10.0, generator=generator) for shape in [(1, 100, 5), (100, 196, 3), (196, 400, 3)]]


def hwta(generator):
    return [
        Amato(3, 96, 5, pool=True, generator=generator),
        Amato(96, 128, 3, normalize=True, generator=generator),
    ]


def softhebb(generator):
    def largest(u):
        return F.max_pool2d(u, 4, 2, 1)

    def mean(u):
        return F.avg_pool2d(u, 2, 2)

    return [
        SoftHebb(3, 96, 5, 1.0, 0.08, 0.7, largest, generator),
        SoftHebb(96, 384, 3, 0.65, 0.005, 1.4, largest, generator),
        SoftHebb(384, 1536, 3, 0.25, 0.01, 1.0, mean, generator),
    ]


class SgdNetwork:
    """The network of Amato et al. 2019 under SGD; a step is forward, backward and update."""

    def __init__(self, generator=None, memory_format=torch.contiguous_format):
        torch.manual_seed(0)
        nn, layers = torch.nn, []
        for channels, units, size, pool in [(3, 96, 5, True), (96, 128, 3, False), (128, 192, 3, True), (192, 256, 3, False)]:
            layers += [nn.Conv2d(channels, units, size), nn.ReLU(), nn.BatchNorm2d(units)]
            layers += [nn.MaxPool2d(2)] if pool else []
        layers.append(nn.Flatten())
        for inputs, units in [(256 * 9, 300), (300, 10)]:
            layers += [nn.Linear(inputs, units), nn.ReLU(), nn.BatchNorm1d(units)]
        self.format = memory_format
        self.net = nn.Sequential(*layers).to(memory_format=memory_format)
        self.optimizer = torch.optim.SGD(
            self.net.parameters(), lr=1e-3, momentum=0.9, nesterov=True, weight_decay=5e-4
        )

    def step(self, images, learn=True):
        images = images.contiguous(memory_format=self.format)
        self.net.train(learn)
        if not learn:
            with torch.no_grad():
                return self.net(images)
        self.optimizer.zero_grad()
        logits = self.net(images)
        F.cross_entropy(logits, torch.arange(images.shape[0]) % 10).backward()
        self.optimizer.step()
        return logits.detach()


def sgd(generator):
    return [SgdNetwork(generator)]


def sgd_channels_last(generator):
    return [SgdNetwork(generator, torch.channels_last)]
