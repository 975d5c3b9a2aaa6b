#!/usr/bin/env python3
"""Puts the faults of catalogue.py into a copy of the sources and tells which of them the tests catch.

    python3 tests/mutants/run.py [--only PART]... [--group GROUP]... [--write]
    python3 tests/mutants/run.py --check

Every function of the copy that has faults gets one more body for each of them, and the environment variable HEBB_FAULTS
chooses, so that all are built at once. Faults of rules are turned on a round at a time, one in each rule, since the laws
name the rule that fails them; every other fault is alone. The copy and its build lie in target/mutants. With --write the
table goes to results.md. The exit status is 1 if a fault survived, 2 if one no longer fits the sources.
--check builds nothing: it lists the faults that do not fit, whose text must occur once in its file and within a function.
"""

import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from catalogue import GROUPS

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / "target" / "mutants"
TREE = SCRATCH / "tree"
SWITCH = """use std::sync::LazyLock;

static ON: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let chosen = std::env::var("HEBB_FAULTS").unwrap_or_default();
    chosen.split(',').filter_map(|fault| fault.parse().ok()).collect()
});

#[inline(never)]
pub(crate) fn on(fault: u32) -> bool {
    ON.contains(&fault)
}
"""
# Failures need not be shrunk.
SETTINGS = {"PROPTEST_MAX_SHRINK_ITERS": "0", "PROPTEST_RNG_SEED": "2021", "RUST_BACKTRACE": "0"}
# The speed of the build counts more than that of the tests.
BUILD = ["--quiet", "--config", "profile.dev.debug=0"]
# Seconds for a test that goes on for ever.
LONGEST = 300

Fault = collections.namedtuple("Fault", "number file old new")
Outcome = collections.namedtuple("Outcome", "fault caught test")


def misfit(problem):
    print(problem, file=sys.stderr)
    sys.exit(2)


def sources():
    """Every file that git tracks or would track, by name."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return {name: (ROOT / name).read_bytes() for name in names.split("\0") if name and (ROOT / name).is_file()}


def write(path, content):
    """Writes a file unless it holds that already."""
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def body_around(text, at):
    """Where the body of the innermost function around a place starts and ends, braces included."""
    for found in reversed(list(re.finditer(r"\bfn \w+", text[:at]))):
        # Patterns of parameters have braces too, but within parentheses.
        start, depth = found.end(), 0
        while depth or text[start] != "{":
            depth += {"(": 1, ")": -1}.get(text[start], 0)
            start += 1
        depth, end = 0, start
        while True:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
            if depth == 0:
                break
        if start < at < end:
            return start, end
    misfit(f"no function around {text[at : at + 60]!r}")


def with_faults(text, faults):
    """The source with a further body for each fault."""
    bodies = collections.defaultdict(list)
    for fault in faults:
        if text.count(fault.old) != 1:
            misfit(f"{fault.file} has {fault.old!r} {text.count(fault.old)} times, not once")
        at = text.index(fault.old)
        start, end = body_around(text, at)
        faulty = text[start:at] + fault.new + text[at + len(fault.old) : end]
        bodies[start, end].append(f"if crate::faults::on({fault.number}) {faulty} else ")
    for (start, end), further in sorted(bodies.items(), reverse=True):
        text = text[:start] + "{ " + "".join(further) + text[start:end] + " }" + text[end:]
    return text


def check(faults):
    """Lists the faults that do not fit; whether all do."""
    files, unfit = sources(), 0
    for fault in faults:
        text = files.get(fault.file, b"").decode()
        times = text.count(fault.old)
        if times == 1:
            body_around(text, text.index(fault.old))
        else:
            unfit += 1
            print(f"{fault.file} has {fault.old!r} {times} times, not once")
    print(f"{len(faults)} faults, {unfit} do not fit")
    return not unfit


def prepare(faults):
    """Writes the copy; files that are the same as before are left alone, so that they are not built again."""
    files = sources()
    of_file = collections.defaultdict(list)
    for fault in faults:
        of_file[fault.file].append(fault)
    for file, of_this in of_file.items():
        files[file] = with_faults(files[file].decode(), of_this).encode()
    for package in {file.split("/")[0] for file in of_file}:
        files[f"{package}/src/lib.rs"] += b"\nmod faults;\n"
        files[f"{package}/src/faults.rs"] = SWITCH.encode()
    for name, content in files.items():
        write(TREE / name, content)
    for path in TREE.rglob("*"):
        if path.is_file() and str(path.relative_to(TREE)) not in files:
            path.unlink()


def build(package, targets):
    """The test programs of a package."""
    command = ["cargo", "test", "-p", package, "--no-run", *BUILD, *targets.split(), "--message-format", "json"]
    command += ["--target-dir", str(SCRATCH / "target")]
    done = subprocess.run(command, cwd=TREE, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        misfit("the copy does not build")
    made = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    programs = {entry["target"]["name"]: entry["executable"] for entry in made if entry.get("executable")}
    return {name: program for name, program in programs.items() if program}


def failures(package, program, chosen, filters):
    """The output of a test program with some faults turned on; `None` if it passes."""
    settings = os.environ | SETTINGS | {"HEBB_FAULTS": ",".join(str(fault.number) for fault in chosen)}
    try:
        done = subprocess.run(
            [program, *filters],
            cwd=TREE / package,
            env=settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        return "time limit"
    return done.stdout if done.returncode != 0 else None


def first_failure(output):
    """The name of the first test that failed."""
    found = re.search(r"^    (\S+)$", output.rpartition("\nfailures:\n")[2], re.M)
    return found.group(1) if found else "an abort or the time limit"


def rule_of(file):
    rule = Path(file).stem.replace("_", "-")
    return {"subspace": "oja-subspace", "fast-hebb": "fasthebb"}.get(rule, rule)


def judge(chosen, outputs):
    """An outcome for each fault of a round."""
    for fault in chosen:
        named = re.compile(rf"^failed {rule_of(fault.file)}: (.*)", re.M)
        test = None
        for output in outputs:
            if len(chosen) == 1:
                test = test or first_failure(output)
            elif found := named.search(output):
                test = test or found.group(1)
        yield Outcome(fault, test is not None, test or "")


def run(group, rounds, programs):
    """Outcomes of all rounds of a group."""
    for tests in sorted({tests for tests, _ in rounds}):
        for name, *filters in tests:
            if output := failures(group.package, programs[name], [], filters):
                misfit(f"{output}\n{group.package}: {name} fails without any fault")
    for tests, chosen in rounds:
        start = time.time()
        outputs = []
        for name, *filters in tests:
            output = failures(group.package, programs[name], chosen, filters)
            outputs += [output] if output else []
            if output and len(chosen) == 1:
                break
        for outcome in judge(chosen, outputs):
            verdict = "caught" if outcome.caught else "SURVIVED"
            fault, seconds = outcome.fault, time.time() - start
            print(f"{verdict} {seconds:3.0f}s {fault.file}: {fault.old!r} -> {fault.new!r} {outcome.test}", flush=True)
            yield outcome


def table(outcomes):
    caught = sum(outcome.caught for outcome in outcomes)
    cell = lambda text: "`" + " ".join(text.split()).replace("|", "\\|") + "`" if text else "nothing"
    lines = [
        "# Faults put into the sources",
        "",
        f"`python3 tests/mutants/run.py --write` put in {len(outcomes)} faults; the tests caught {caught}.",
        "",
        "| file | instead of | there was | caught by |",
        "|---|---|---|---|",
    ]
    for fault, caught, test in outcomes:
        lines.append(f"| {fault.file} | {cell(fault.old)} | {cell(fault.new)} | {test if caught else '**nothing**'} |")
    return "\n".join(lines) + "\n"


def asked(parts, fault):
    """Whether a fault has one of these parts, or no part is asked for."""
    return not parts or any(part in fault.file + fault.old + fault.new for part in parts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", help="only faults whose file or text has this part")
    parser.add_argument("--group", action="append", help="only this group: " + ", ".join(g.name for g in GROUPS))
    parser.add_argument("--write", action="store_true", help="write results.md")
    parser.add_argument("--check", action="store_true", help="build nothing, list the faults that do not fit")
    options = parser.parse_args()
    numbers = iter(range(1, 10**6))
    numbered = [
        (group, [(tests, [Fault(next(numbers), *fault) for fault in faults]) for tests, faults in group.rounds])
        for group in GROUPS
    ]
    every = [fault for _, rounds in numbered for _, faults in rounds for fault in faults]
    if options.check:
        sys.exit(0 if check(every) else 2)
    prepare(every)
    found = []
    for group, rounds in numbered:
        rounds = [(tests, [f for f in faults if asked(options.only, f)]) for tests, faults in rounds]
        rounds = [(tests, faults) for tests, faults in rounds if faults]
        if rounds and (not options.group or group.name in options.group):
            found += run(group, rounds, build(group.package, group.targets))
    survivors = [outcome for outcome in found if not outcome.caught]
    print(f"{len(found)} faults, {len(survivors)} survived")
    if options.write:
        (Path(__file__).parent / "results.md").write_text(table(found))
    sys.exit(bool(survivors))


if __name__ == "__main__":
    main()
