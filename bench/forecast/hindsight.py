#!/usr/bin/env python3
"""How well the best linear forecaster in hindsight would have done ten bins ahead: for each series one regression for the least absolute
error, on 60 lags, 4 smoothed levels and running medians and deviations, fitted to the very bins on which it is scored. No forecaster that has
to learn these weights as it goes can count on as much. Prints its error over hold's. Needs numpy.    hindsight.py ../shared/traces
"""
import csv
import pathlib
import sys

import numpy as np

LEAD, LAGS, FIRST, SHORTEST = 10, 60, 200, 500


def smoothed(rate, gain):
    level = np.empty_like(rate)
    level[0] = rate[0]
    for i in range(1, len(rate)):
        level[i] = level[i - 1] + gain * (rate[i] - level[i - 1])
    return level


def windows(rate, size):
    padded = np.concatenate([np.full(size - 1, rate[0]), rate])
    return np.lib.stride_tricks.sliding_window_view(padded, size)


def error_over_hold(rate):
    origin = np.arange(FIRST, len(rate) - LEAD)
    now, change = rate[origin], rate[origin + LEAD] - rate[origin]
    columns = [rate[origin - i] - now for i in range(1, LAGS)]
    columns += [smoothed(rate, gain)[origin] - now for gain in (0.5, 0.15, 0.04, 0.005)]
    for size in (10, 31, 100, 200):
        window = windows(rate, size)
        columns += [np.median(window, axis=1)[origin] - now, np.std(window, axis=1)[origin]]
    x = np.stack([*columns, np.ones(len(origin))], axis=1)
    x /= x.std(axis=0) + (x.std(axis=0) == 0.0)
    hold = np.abs(change).mean()
    weight = np.ones(len(origin))
    for _ in range(40):  # iteratively reweighted least squares
        left = x.T @ (x * weight[:, None]) + 1e-6 * len(origin) * np.eye(x.shape[1])
        miss = np.abs(change - x @ np.linalg.solve(left, x.T @ (weight * change)))
        weight = 1.0 / np.maximum(miss, 1e-3 * hold)
    return miss.mean() / hold


if __name__ == "__main__":
    logs = []
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.csv")):
        with path.open() as file:
            rate = np.array([float(row["rps"]) for row in csv.DictReader(file)])
        if len(rate) >= SHORTEST:
            ratio = error_over_hold(rate)
            logs.append(np.log(ratio))
            print(f"{path.stem:28} {ratio:.3f}", flush=True)
    print(f"{'geometric mean':28} {np.exp(np.mean(logs)):.3f}")
