#!/usr/bin/env python3
"""The table of ci/benchmark/run, from the files that it left in a folder."""
import glob
import json
import os
import statistics
import sys

work, starts, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def values(path):
    """`name value` lines."""
    with open(os.path.join(work, path), encoding="utf-8") as file:
        return {name: float(value) for name, value in (line.split() for line in file)}


def tests(path):
    """Tests of a result.json that were run."""
    with open(os.path.join(work, path), encoding="utf-8") as file:
        return [test for test in json.load(file)["tests"] if test["verdict"] not in ("skipped", "error")]


def timelines(folder):
    """Test name and events of each kept timeline."""
    for path in sorted(glob.glob(os.path.join(work, folder, "tests", "*", "timeline.jsonl"))):
        with open(path, encoding="utf-8") as file:
            yield os.path.basename(os.path.dirname(path)), [json.loads(line) for line in file if line.strip()]


def first(events, wanted, since=0):
    """Time in ms of the first event from place `since` on for which `wanted` holds, and its place."""
    for place in range(since, len(events)):
        if wanted(events[place]):
            return events[place]["time_ns"] / 1e6, place
    return None, len(events)


def to_handshake():
    """From exec to listen() and to the finished handshake, where a client connects as soon as it can."""
    listens, handshakes = [], []
    for _, events in timelines("kept"):
        start, place = first(events, lambda e: e["kind"] == "exec")
        if start is None:
            continue
        listening, place = first(
            events, lambda e: e["kind"] == "return" and e["call"] == "listen" and e.get("result") == 0, place)
        connected, _ = first(events, lambda e: e["kind"] == "state" and e["end"] == "server"
                             and e["state"] == "ESTABLISHED", place)
        if listening is not None:
            listens.append(listening - start)
        if connected is not None:
            handshakes.append(connected - start)
    return listens, handshakes


def to_decision():
    """From a client's FIN that the server does not answer to the decision that it never will."""
    delays = []
    for folder in sorted(glob.glob(os.path.join(work, "late.*"))):
        if not os.path.isdir(folder):
            continue
        for _, events in timelines(os.path.basename(folder)):
            fins = [place for place, event in enumerate(events) if event["kind"] == "segment"
                    and event["sender"] == "client" and "FIN" in event.get("flags", "").split()
                    and not event.get("repeated")]
            answered = any(event["kind"] == "segment" and event["sender"] == "server"
                           and "FIN" in event.get("flags", "").split() for event in events)
            if not fins or answered:
                continue
            decided, _ = first(events, lambda e: e["kind"] in ("quiet", "spin"), fins[-1])
            if decided is not None:
                delays.append(decided - events[fins[-1]]["time_ns"] / 1e6)
    return delays


def source_lines(language):
    """ms from the last event of a failed test to the last of its lines, for each line, in a run's first failed test and in
    the others; one figure for each run."""
    first_tests, others = [], []
    for folder in sorted(glob.glob(os.path.join(work, f"lines.{language}.*"))):
        costs = []
        for _, events in timelines(os.path.basename(folder)):
            told = [place for place, event in enumerate(events) if event["kind"] == "source" and event.get("line")]
            if told:
                costs.append((events[told[-1]]["time_ns"] - events[told[0] - 1]["time_ns"], len(told)))
        first_tests += [cost / 1e6 / count for cost, count in costs[:1]]
        if len(costs) > 1:
            others.append(sum(cost for cost, _ in costs[1:]) / 1e6 / sum(count for _, count in costs[1:]))
    return first_tests, others


def conversations(network):
    """ms from SYN to the last segment of each connection."""
    lengths = []
    for folder in glob.glob(os.path.join(work, "networks.*")):
        if not os.path.isdir(folder):
            continue
        for name, events in timelines(os.path.basename(folder)):
            ends = {}
            for event in events if name == network else []:
                if event["kind"] == "segment":
                    ends.setdefault(event["connection"], []).append(event["time_ns"] / 1e6)
            lengths += [times[-1] - times[0] for times in ends.values()]
    return lengths


class Table:
    """Rows of figure, unit, ratio and limit; remembers whether all limits are kept."""

    def __init__(self):
        self.kept = True
        print(f"{'figure':<58} {'measured':>12} {'compared with':>14} {'ratio':>8} {'limit':>8}")

    def row(self, what, measured, base=None, limit=None, unit="ms"):
        """One line; `limit` is of the ratio when there is a base, else of the figure."""
        if measured is None or (base is None and limit is None):
            shown = "n/a" if measured is None else f"{measured:.2f} {unit}"
            print(f"{what:<58} {shown:>12}")
            self.kept = self.kept and (measured is not None or limit is None)
            return
        ratio = measured / base if base else None
        good = limit is None or (ratio if base else measured) <= limit
        self.kept = self.kept and good
        print(f"{what:<58} {f'{measured:.2f} {unit}':>12} {f'{base:.2f} {unit}' if base else '':>14} "
              f"{f'{ratio:.2f}' if base else '':>8} {limit if limit is not None else '':>8}"
              f"{'' if good else '  TOO MUCH'}")


def median(numbers):
    """None for none."""
    return statistics.median(numbers) if numbers else None


def main():
    """Prints the table."""
    floors = [values(f"floor.{i}") for i in range(1, rounds + 1)]
    grades = [values(f"correct.{i}") for i in range(1, rounds + 1)]
    durations = [test["duration_ms"] for i in range(1, rounds + 1) for test in tests(f"correct.{i}.json")]
    graded = len(tests("kept.json"))
    print(f"{graded} tests, {starts} starts of the server, {rounds} rounds, one processor; medians\n")
    table = Table()
    table.row("CPU: grading the reference / the bare starts", median([g["cpu_ms"] for g in grades]),
              median([f["cpu_ms"] for f in floors]), 5)
    table.row("wall: one test, median", median(durations), limit=15)
    table.row("time: one test, longest (virtual where the spec says so)", max(durations) if durations else None)
    table.row("wall: all tests, with everything around them", median([g["wall_ms"] for g in grades]))
    names = [os.path.basename(path)[len("same."):-len(".json")] for path in glob.glob(os.path.join(work, "same.*.json"))]
    for unit in ("wall", "cpu"):
        faulty = sum(values(f"faulty.{name}")[f"{unit}_ms"] for name in names)
        same = sum(values(f"same.{name}")[f"{unit}_ms"] for name in names)
        table.row(f"{unit.replace('cpu', 'CPU')}: {len(names)} faulty programs / as many correct ones",
                  faulty if names else None, same, 2 if unit == "wall" else None)
    delays = to_decision()
    table.row(f"FIN to \"did not close\", median of {len(delays)}", median(delays), limit=5)
    table.row("FIN to \"did not close\", longest", max(delays) if delays else None)
    listens, handshakes = to_handshake()
    untraced = median([f["listen_ms"] for f in floors])
    table.row("exec to the first handshake / to listen() untraced", median(handshakes), untraced, 1.5)
    table.row("exec to listen(), traced / untraced", median(listens), untraced)
    table.row("handshake to close: the reference's own TCP / the kernel's", median(conversations("raw")),
              median(conversations("kernel")), 3)
    for language in ("C", "C++", "Go", "Rust"):
        once, then = source_lines(language)
        table.row(f"a line of the source, {language}, best", min(then, default=None), limit=0.2 if then else None)
        table.row(f"a line of the source, {language}, in the first failed test", median(once))
    slowest = sorted(names, key=lambda name: values(f"faulty.{name}")["wall_ms"] /
                     values(f"same.{name}")["wall_ms"], reverse=True)[:5]
    print("\nslowest faulty programs, wall against the correct one: " + ", ".join(
        f"{name} {values(f'faulty.{name}')['wall_ms'] / values(f'same.{name}')['wall_ms']:.1f}" for name in slowest))
    sys.exit(0 if table.kept else 1)


main()
