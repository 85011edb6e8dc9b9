#!/usr/bin/env python3
"""What a law could cost whose forecaster is fitted in hindsight: for each trace linear quantile regressions on 24 lags, smoothed levels and running
maxima and deviations, one per lead, fitted to the very periods in which they are used; replicas for the largest quantile that comes before
another replica could be ready. Quantile level and use of capacity are the best of a grid for each trace, and nothing limits how often it
moves. No law that learns as it goes can count on as much; what lies below its cost is out of reach of linear forecasts. "Perfect" knows every
period's arrivals in advance. The plant is a fluid queue with Poisson arrivals, the price and the bounds are those of the laboratory.

Needs numpy and a run of the laboratory before: build/spillway-bench --traces ../shared/traces --out out/bench
    hindsight_law.py ../shared/traces out/bench/closed-loop.csv
"""

import csv
import pathlib
import sys

import numpy as np
from hindsight import smoothed, windows

PERIOD, CAPACITY, TARGET, PEAK, MOST, LATE_AFTER, TIMEOUT = 15, 25.0, 0.7, 40, 60, 0.5, 30
PENALTY = 20.0 / (CAPACITY * TARGET)
LONGEST = 86400
LEVELS, USES = (0.9, 0.95, 0.975, 0.99, 0.995), (0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
SHORTEST = 100  # periods


def demand(path):
    """Requests per second, second by second, as the laboratory cuts, interpolates and scales them."""
    with path.open() as file:
        rows = list(csv.reader(file))
    at = rows[0].index("rps")
    time = np.array([float(row[at - 1]) for row in rows[1:]])
    rate = np.array([float(row[at]) for row in rows[1:]])
    width = np.median(np.diff(time))
    if time[-1] + width - time[0] > LONGEST:
        begin = min(max(time[np.argmax(rate)] - 0.75 * LONGEST, time[0]), time[-1] + width - LONGEST)
        first = time[np.searchsorted(time, begin)]
        inside = (time >= first) & (time < first + LONGEST)
        time, rate = time[inside], rate[inside]
    fine = np.interp(np.arange(time[0] + 0.5, time[-1] + width, 1.0), time + width / 2, rate)
    return fine * PEAK * CAPACITY * TARGET / rate.max()


def cost(arrivals, asked, lag, initial):
    """Replica-seconds and late requests at their price, of a fluid queue; a replica serves `lag` seconds after it was asked for."""
    asked = np.repeat(asked, PERIOD)[: len(arrivals)].astype(float)
    asked = np.concatenate([asked, np.full(len(arrivals) - len(asked), asked[-1])])
    ready = np.lib.stride_tricks.sliding_window_view(np.concatenate([np.full(lag, initial), asked]), lag + 1).min(axis=1)
    queue = late = 0.0
    for come, can in zip(arrivals, ready * CAPACITY):
        after, limit = max(0.0, queue + come - can), LATE_AFTER * can
        if queue > limit and after > limit:
            late += come
        elif after > limit:
            late += come * (after - limit) / (after - queue)
        elif queue > limit:
            late += come * (queue - limit) / (queue - after)
        queue = min(after, TIMEOUT * can)
    return asked.sum() + PENALTY * late


def columns(rate):
    padded = np.concatenate([np.full(200, rate[0]), rate])
    chosen = [padded[200 - i : 200 - i + len(rate)] - rate for i in range(1, 24)]
    chosen += [smoothed(rate, gain) - rate for gain in (0.5, 0.15, 0.04, 0.005)]
    for size in (4, 10, 31, 100, 200):
        window = windows(rate, size)
        chosen += [window.max(axis=1) - rate, window.std(axis=1)]
    x = np.stack([*chosen, np.sqrt(rate), rate, np.ones(len(rate))], axis=1)
    spread = x.std(axis=0)
    return x / (spread + (spread == 0.0))


def quantile_fit(x, y, level):
    weight, least = np.ones(len(y)), 1e-3 * np.abs(y).mean() + 1e-9
    for _ in range(30):  # iteratively reweighted least squares
        left = x.T @ (x * weight[:, None]) + 1e-6 * len(y) * weight.mean() * np.eye(x.shape[1])
        found = np.linalg.solve(left, x.T @ (weight * y))
        miss = y - x @ found
        weight = np.where(miss > 0, level, 1 - level) / np.maximum(np.abs(miss), least)
    return found


def cheapest(needs, arrivals, lag, initial):
    return min(
        cost(arrivals, np.clip(np.ceil(need / CAPACITY / use - 1e-9), 1, MOST), lag, initial) for need in needs for use in USES
    )


def laws(path, lag):
    """Cost of perfect foresight and of the law fitted in hindsight."""
    rate = demand(path)
    arrivals = np.random.default_rng(1).poisson(rate).astype(float)
    periods = len(arrivals) // PERIOD
    seen = arrivals[: periods * PERIOD].reshape(periods, PERIOD).sum(axis=1) / PERIOD
    leads = -(-lag // PERIOD) + 1
    initial = max(1.0, np.ceil(rate[0] / CAPACITY / TARGET))
    ahead = np.lib.stride_tricks.sliding_window_view(np.concatenate([seen, np.full(leads, seen[-1])]), leads)[:periods].max(axis=1)
    x, needs = columns(seen), []
    for level in LEVELS:
        quantiles = np.full((periods, leads), seen[0])
        for lead in range(leads):
            known = periods - 1 - lead
            found = quantile_fit(x[:known], seen[1 + lead : 1 + lead + known] - seen[:known], level)
            quantiles[1:, lead] = x[: periods - 1] @ found + seen[: periods - 1]
        needs.append(quantiles.max(axis=1))
    return cheapest([ahead], arrivals, lag, initial), cheapest(needs, arrivals, lag, initial)


with open(sys.argv[2]) as table:
    played = {(row["trace"], int(float(row["lag_s"]))): row for row in csv.DictReader(table) if row["law"] == "Spillway"}
for lag in sorted({lag for _, lag in played}):
    print(f"start-up lag {lag} s: cost over the clairvoyant bound\n{'':28}{'perfect':>9}{'hindsight':>11}{'Spillway':>10}")
    logs = []
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.csv")):
        row = played[path.stem, lag]
        if len(demand(path)) < SHORTEST * PERIOD:
            continue
        ratios = [c / float(row["bound"]) for c in laws(path, lag)] + [float(row["cost_over_bound"])]
        logs.append(np.log(ratios))
        print(f"{path.stem:28}{ratios[0]:9.2f}{ratios[1]:11.2f}{ratios[2]:10.2f}", flush=True)
    mean = np.exp(np.mean(logs, axis=0))
    print(f"{'geometric mean':28}{mean[0]:9.2f}{mean[1]:11.2f}{mean[2]:10.2f}\n")
