"""Golden values for `hebb step`: one update of one layer, computed by PyTorch.

    python make_golden.py        (PyTorch 2, NumPy; seeded; replaces the folders beside this file)

Each folder holds layer.toml, in.npz and out.npz as `hebb step` reads and writes them. The update is minus the gradient
of a surrogate loss by autograd, not the closed form that hebb computes. Everything is computed in float64 from float32
operands and rounded at the end. Made with PyTorch 2.15.0 and NumPy 2.
"""
import pathlib
import shutil

import numpy
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
# A score nearer than this to the threshold of winning would make the golden value depend on rounding.
CLEAR = 1e-5


KERNELS = ["gauss", "difference-of-gaussians", "exponential", "difference-of-exponentials"]


def case(name, layer, **options):
    return dict(dict(name=name, layer=layer, images=2, channels=2, size=(7, 6), units=5, kernel=(3, 2)), **options)


def k_wta(k, values=False, positive=False):
    return dict(kind="k-wta", k=k, values=values, positive=positive)


def cases():
    """Rules, competitions and geometries against each other, then one choice at a time."""
    windows = {
        "plain": {},
        "strided": dict(stride=(2, 1)),
        "padded": dict(padding=(1, 2), stride=(1, 3)),
    }
    for rule in ["hebb", "instar", "oja"]:
        for label, competition in [("binary", k_wta(1, positive=True)), ("values", k_wta(2, values=True))]:
            for window, geometry in windows.items():
                yield case(f"{rule}-{label}-{window}", dict(rule=rule, competition=competition, **geometry))
        yield case(f"{rule}-linear", dict(rule=rule, output=dict(kind="raw")))
    miconi = dict(
        rule="instar",
        normalize=dict(kind="standardize"),
        competition=k_wta(1, positive=True),
        thresholds=dict(rate=3.0),
        constraint="unit-norm",
        learning_rate=1e-3,
        output=dict(kind="triangle", power=1.0),
        pool=dict(kind="average", size=2, stride=2),
    )
    yield case("miconi", miconi, thresholds=True)
    yield case("miconi-pruned", dict(miconi, prune=0.6), thresholds=True, mask=True)
    yield case("miconi-two-winners", dict(miconi, competition=k_wta(2, positive=True), rule="hebb"), thresholds=True)
    yield case("oja-pruned", dict(rule="oja", competition=k_wta(2, values=True), prune=0.5), mask=True)
    yield case("thresholds-target", dict(competition=k_wta(2), thresholds=dict(rate=0.5, target=0.1)))
    yield case("reflected", dict(padding=(2, 1), padding_mode="reflect", competition=dict(kind="hard-wta")))
    yield case("dilated", dict(dilation=(2, 3), competition=dict(kind="hard-wta"), output=dict(kind="relu")))
    yield case("dense", dict(competition=k_wta(2), rule="oja", reduction="mean"), kernel=None)
    yield case("max-pool", dict(rule="hebb", competition=k_wta(2, values=True), reduction="mean",
                                output=dict(kind="triangle", power=0.7),
                                pool=dict(kind="max", size=4, stride=2, padding=1)))
    yield case("hwta", dict(rule="instar", similarity=dict(kind="raised-cosine", power=2.0),
                            competition=dict(kind="hard-wta"), reduction="weighted-mean", learning_rate=0.1))
    yield case("batch-norm", dict(normalize=dict(kind="batch-norm", momentum=0.1), competition=dict(kind="hard-wta")))
    yield from published()


def published():
    """The rules of other published code in the setting and with the reduction of that code, and in others."""
    clipped = dict(rule="instar", similarity=dict(kind="raised-cosine", power=2.0), competition=dict(kind="hard-wta"),
                   reduction="weighted-mean", learning_rate=0.1, output=dict(kind="clipped-cosine"))
    yield case("hwta-clipped", dict(clipped, pool=dict(kind="max", size=2, stride=2)))
    yield case("hwta-strided", dict(clipped, stride=(2, 1)))
    yield case("nearest-code", dict(rule="instar", similarity=dict(kind="cosine"), competition=k_wta(1),
                                    thresholds=dict(rate=1.0), output=dict(kind="k-nearest", k=2)), thresholds=True)
    for window, geometry in dict(plain={}, strided=dict(stride=(1, 2), padding=(1, 0))).items():
        fasthebb = dict(rule=dict(name="fasthebb", temperature=0.5), **geometry)
        yield case(f"fasthebb-{window}", fasthebb)
        soft_hebb = dict(rule=dict(name="soft-hebb", beta=1.5), output=dict(kind="triangle", power=0.7), **geometry)
        yield case(f"soft-hebb-{window}", soft_hebb, scale=1.7)
        krotov = dict(rule=dict(name="krotov", p=3.0, k=2, delta=0.4), output=dict(kind="relu"), **geometry)
        yield case(f"krotov-{window}", krotov)
    for reduction in ["sum", "mean"]:
        yield case(f"fasthebb-{reduction}", dict(rule=dict(name="fasthebb", temperature=0.5), reduction=reduction))
        yield case(f"soft-hebb-{reduction}", dict(rule="soft-hebb", reduction=reduction), scale=0.6)
        yield case(f"krotov-{reduction}", dict(rule=dict(name="krotov", k=3), reduction=reduction))
    yield case("soft-hebb-batch-norm", dict(rule="soft-hebb", normalize=dict(kind="batch-norm", momentum=0.1),
                                            padding=(1, 1), padding_mode="reflect"), scale=1.7)
    yield case("krotov-pruned", dict(rule=dict(name="krotov", k=2), prune=0.5), mask=True)
    yield case("krotov-dense", dict(rule=dict(name="krotov", p=2.0, k=4, delta=0.2)), kernel=None)
    for reduction in ["sum", "mean", "weighted-mean"]:
        yield case(f"teacher-{reduction}", dict(rule="supervised", reduction=reduction), teacher=True)
        gated = dict(rule=dict(name="supervised", gate="competition"), competition=k_wta(3), reduction=reduction)
        yield case(f"teacher-gated-{reduction}", gated, teacher=True)
    for reduction in ["sum", "mean"]:
        yield case(f"sanger-{reduction}", dict(rule="sanger", reduction=reduction))
        yield case(f"subspace-{reduction}", dict(rule="oja-subspace", reduction=reduction, stride=(2, 1)))
    for kernel, sigma in zip(KERNELS, [1.0, 1.2, 0.8, 1.5]):
        som = dict(rule=dict(name="som", kernel=kernel, sigma=sigma), reduction="weighted-mean")
        yield case(f"som-{kernel}", som, units=6)
    for dimensions in [1, 3]:
        som = dict(rule=dict(name="som", dimensions=dimensions, kernel="difference-of-gaussians"))
        yield case(f"som-{dimensions}d", som, units=12)


def rule(layer):
    """The name of the layer's rule and its parameters."""
    choice = layer.get("rule", "instar")
    choice = dict(choice) if isinstance(choice, dict) else dict(name=choice)
    return choice.pop("name"), choice


def setting(layer):
    """The layer with what its rule's authors chose beside it."""
    name, given = rule(layer)
    brought = {}
    if name == "fasthebb":
        brought = dict(competition=dict(kind="soft-wta", beta=1 / given["temperature"]), reduction="weighted-mean")
    if name == "soft-hebb":
        brought = dict(competition=dict(kind="signed-soft-wta", beta=given.get("beta", 1.0)),
                       reduction="max-normalized", unit_rate=0.5)
    if name == "krotov":
        brought = dict(similarity=dict(kind="p-norm", p=given.get("p", 2.0)), reduction="max-normalized",
                       competition=dict(kind="rank-coded", k=given["k"], delta=given.get("delta", 0.4)))
    if name == "som":
        brought = dict(similarity=dict(kind="nearest"), competition=dict(kind="lateral"))
    return dict(brought, **layer)


def normalized(x, layer):
    kind = layer.get("normalize", {}).get("kind", "none")
    if kind == "standardize":
        x = x - x.mean(dim=(1, 2, 3), keepdim=True)
        return x / (1e-10 + x.std(dim=(1, 2, 3), keepdim=True))
    if kind == "batch-norm":
        return F.batch_norm(x, None, None, training=True)
    return x


def bordered(x, layer):
    rows, columns = layer.get("padding", (0, 0))
    mode = "reflect" if layer.get("padding_mode") == "reflect" else "constant"
    return F.pad(x, (columns, columns, rows, rows), mode)


def neighbourhood(units, layer):
    """h (N, N): how strongly each unit learns where another wins, by their Euclidean distance on the grid."""
    given = rule(layer)[1]
    sides = {6: (1, 2, 3), 12: (2, 2, 3)}[units] if given.get("dimensions", 2) > 1 else (1, 1, units)
    places = torch.cartesian_prod(*(torch.arange(side, dtype=torch.float64) for side in sides))
    distance = torch.cdist(places, places)
    kernel, sigma = given.get("kernel", "gauss"), given.get("sigma", 1.0)
    decay = {"g": lambda s: (-distance**2 / (2 * s**2)).exp(), "e": lambda s: (-distance / s).exp()}
    near = decay["g" if "gauss" in kernel else "e"]
    return 2 * near(sigma) - near(2 * sigma) if kernel.startswith("difference") else near(sigma)


def competition(scores, choice, layer):
    """y, the activity that drives plasticity, as in Miconi's code: score >= kth, and binary by y > 0."""
    kind = choice["kind"]
    if kind == "none":
        return scores
    if kind in ["soft-wta", "signed-soft-wta"]:
        soft = torch.softmax(choice["beta"] * scores, dim=1)
        won = torch.zeros_like(soft).scatter_(1, scores.argmax(dim=1, keepdim=True), 1.0)
        return soft if kind == "soft-wta" else soft * (2 * won - 1)
    if kind == "lateral":
        ranked = scores.sort(dim=1, descending=True)[0]
        assert (ranked[:, 0] - ranked[:, 1] > CLEAR).all()
        return neighbourhood(scores.shape[1], layer)[scores.argmax(dim=1)].permute(0, 3, 1, 2)
    if kind == "rank-coded":
        order = scores.argsort(dim=1, descending=True, stable=True)
        code = torch.zeros_like(scores).scatter_(1, order[:, choice["k"] - 1 : choice["k"]], -choice["delta"])
        return code.scatter_(1, order[:, :1], 1.0)
    k = 1 if kind == "hard-wta" else choice["k"]
    ranked = scores.sort(dim=1, descending=True)[0]
    # Patches that lie in the border are zero: nobody wins, or wins with the value zero.
    empty = (scores == 0).all(dim=1) & (choice.get("positive", False) or choice.get("values", False))
    if k < scores.shape[1]:
        assert (empty | (ranked[:, k - 1] - ranked[:, k] > CLEAR)).all()
    won = scores >= ranked[:, k - 1 : k]
    if choice.get("positive"):
        assert (empty.unsqueeze(1) | (scores.abs() > CLEAR)).all()
        won &= scores > 0
    return torch.where(won, scores, torch.zeros_like(scores)) if choice.get("values") else won.to(scores.dtype)


def similarity(x, w, layer):
    geometry = dict(stride=layer.get("stride", 1), dilation=layer.get("dilation", 1))
    kind = layer.get("similarity", dict(kind="dot"))
    if kind["kind"] == "p-norm":
        return F.conv2d(x, w.sign() * w.abs() ** (kind["p"] - 1), **geometry)
    u = F.conv2d(x, w, **geometry)
    if kind["kind"] == "nearest":
        return u - 0.5 * w.pow(2).sum(dim=(1, 2, 3)).view(1, -1, 1, 1)
    if kind["kind"] in ["cosine", "raised-cosine"]:
        patches = F.unfold(x, w.shape[2:], **geometry).norm(dim=1).view(x.shape[0], 1, *u.shape[2:])
        cosine = u / patches / w.flatten(1).norm(dim=1).view(1, -1, 1, 1)
        return cosine if kind["kind"] == "cosine" else ((cosine + 1) / 2) ** kind["power"]
    return u


def reconstruction(x, w, y, layer):
    """Half the squared error of every patch from the units' y w, unit by unit where each sees only those before it."""
    patches = F.unfold(x, w.shape[2:], stride=layer.get("stride", 1), dilation=layer.get("dilation", 1))
    rows, y = w.flatten(1), y.flatten(2)
    if rule(layer)[0] == "oja-subspace":
        return 0.5 * (patches - torch.einsum("bnl,nk->bkl", y, rows)).pow(2).sum()
    total = 0.0
    for unit in range(len(rows)):
        before = torch.einsum("bnl,nk->bkl", y[:, :unit], rows[:unit].detach())
        own = y[:, unit : unit + 1] * rows[unit].view(1, -1, 1)
        total = total + 0.5 * (patches - before - own).pow(2).sum()
    return total


def loss(x, w, pre, u, y, teacher, layer):
    """The surrogate loss, and how much each patch counts for a unit in a weighted mean."""
    squared = w.pow(2).sum(dim=(1, 2, 3)).view(1, -1, 1, 1)
    name, given = rule(layer)
    if name in ["hebb", "instar", "oja"]:
        # Miconi 2021: -1/2 s^2 with the value of s overwritten by y.
        s = pre - {"hebb": 0.0, "instar": 0.5 * squared, "oja": 0.5 * squared * y}[name]
        s.data = y.clone()
        return (-0.5 * s * s).sum(), y.abs()
    if name == "fasthebb":
        return (y * y * (0.5 * squared - pre)).sum(), y
    if name in ["soft-hebb", "krotov"]:
        return (0.5 * (y * u).detach() * squared - y * pre).sum(), y.abs()
    if name in ["sanger", "oja-subspace"]:
        return reconstruction(x, w, y, layer), y.abs()
    if name == "som":
        return (0.5 * y.abs() * squared - y * pre).sum(), y.abs()
    assert name == "supervised"
    taught = teacher.view(*teacher.shape, 1, 1).expand_as(pre)
    taught = taught * y if given.get("gate") == "competition" else taught
    return (taught * (0.5 * squared - pre)).sum(), taught.abs()


def update(x, w, u, y, mask, teacher, layer):
    """Minus the gradient of the surrogate loss, reduced over the batch."""
    w = w.clone().requires_grad_()
    pre = F.conv2d(x, w, stride=layer.get("stride", 1), dilation=layer.get("dilation", 1))
    total, weight = loss(x, w, pre, u, y, teacher, layer)
    total.backward()
    delta = -w.grad if mask is None else -w.grad * mask
    weight = weight.sum(dim=(0, 2, 3)).view(-1, 1, 1, 1)
    scale = {
        "sum": 1.0,
        "mean": 1.0 / (y.numel() / y.shape[1]),
        "weighted-mean": torch.where(weight > 0, 1 / weight, torch.zeros_like(weight)),
        "max-normalized": 1.0 / delta.abs().max().clamp(min=1e-30),
    }[layer.get("reduction", "sum")]
    return delta * scale


def clipped_cosine(u, layer):
    kind = layer["similarity"]
    return (2 * u ** (1 / kind["power"]) - 1).clamp(min=0) if kind["kind"] == "raised-cosine" else u.clamp(min=0)


def nearest_code(u, k):
    ranked = u.sort(dim=1, descending=True)[0]
    assert (ranked[:, k - 1] - ranked[:, k] > CLEAR).all()
    return (u >= ranked[:, k - 1 : k]).to(u.dtype)


def passed_on(u, y, thresholds, layer):
    choice = layer.get("output", dict(kind="competition"))
    scores = u - thresholds
    out = {
        "raw": lambda: u,
        "relu": lambda: u.clamp(min=0),
        "competition": lambda: y,
        "clipped-cosine": lambda: clipped_cosine(u, layer),
        "k-nearest": lambda: nearest_code(u, choice["k"]),
        "triangle": lambda: (scores - scores.mean(dim=1, keepdim=True)).clamp(min=0) ** choice["power"],
    }[choice["kind"]]()
    pool = layer.get("pool")
    if pool is None:
        return out
    pooled = F.avg_pool2d if pool["kind"] == "average" else F.max_pool2d
    return pooled(out, pool["size"], pool["stride"], pool.get("padding", 0))


def step(x, w, thresholds, mask, teacher, layer):
    layer = setting(layer)
    x = bordered(normalized(x, layer), layer)
    u = similarity(x, w, layer)
    b = torch.zeros(1, w.shape[0], 1, 1, dtype=x.dtype) if thresholds is None else thresholds.view(1, -1, 1, 1)
    y = competition(u - b, layer.get("competition", dict(kind="none")), layer)
    delta = update(x, w, u, y, mask, teacher, layer)
    distance = (w.flatten(1).norm(dim=1) - 1).abs() + 1e-10
    unit_rate = (distance ** layer["unit_rate"]).view(-1, 1, 1, 1) if "unit_rate" in layer else 1.0
    after = w + layer["learning_rate"] * unit_rate * delta
    if mask is not None:
        after = after * mask
    if layer.get("constraint") == "unit-norm":
        after = after / (1e-10 + after.flatten(1).norm(dim=1).view(-1, 1, 1, 1))
    out = dict(u=u, y=y, delta=delta, w=after, output=passed_on(u, y, b, layer))
    settings = layer.get("thresholds")
    if settings is not None:
        k = layer["competition"]["k"]
        target = settings.get("target", k / w.shape[0])
        out["thresholds"] = b.flatten() + settings["rate"] * ((y > 0).to(x.dtype).mean(dim=(0, 2, 3)) - target)
    return out


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value).replace("'", '"')


def operands(case, generator):
    units, channels = case["units"], case["channels"]
    normal = lambda *shape: torch.randn(shape, generator=generator)
    x = normal(case["images"], channels, *case["size"])
    w = normal(units, channels, *(case["kernel"] or case["size"]))
    w = case.get("scale", 1.0) * w / w.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    arrays = dict(x=x, w=w)
    if case.get("mask"):
        arrays["mask"] = (torch.rand(w.shape, generator=generator) >= case["layer"]["prune"]).float()
        arrays["w"] = w * arrays["mask"]
    if case.get("thresholds"):
        arrays["thresholds"] = 0.3 * normal(units)
    if case.get("teacher"):
        classes = torch.randint(units, (case["images"],), generator=generator)
        arrays["teacher"] = F.one_hot(classes, units).float()
    return arrays


def save(path, arrays):
    numpy.savez(path, **{name: array.detach().to(torch.float32).numpy() for name, array in arrays.items()})


def main():
    for old in HERE.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    for seed, entry in enumerate(cases()):
        layer = dict(units=entry["units"], **({} if entry["kernel"] is None else dict(kernel=entry["kernel"])))
        layer.update(dict(learning_rate=0.05), **entry["layer"])
        arrays = operands(entry, torch.Generator().manual_seed(seed))
        exact = {name: array.double() for name, array in arrays.items()}
        out = step(exact["x"], exact["w"], exact.get("thresholds"), exact.get("mask"), exact.get("teacher"), layer)
        folder = HERE / entry["name"]
        folder.mkdir()
        lines = [f"{key.replace('_', '-')} = {toml(value)}" for key, value in layer.items()]
        (folder / "layer.toml").write_text("\n".join(lines) + "\n")
        save(folder / "in.npz", arrays)
        save(folder / "out.npz", out)


main()
