#pragma once
#include "bench/lab/closed_loop.hpp"
#include "model/base/result.hpp"

namespace spillway::bench {

/// What nobody can undercut on a scenario.
struct Bound {
  double cost = 0.0;  ///< replica_seconds + penalty x late
  double replica_seconds = 0.0;
  double late = 0.0;  ///< requests
};

/// A lower bound on the cost of every law that decides on the grid of `service.period` seconds, whatever it knows of
/// the future: a linear program over the requests that really come (ArrivalStream), per period k of length T, with
/// replicas, ready replicas and late requests as real numbers and late requests vanishing without work:
///
// clang-format off
///   minimise  sum_k T n_k + penalty x l_k
///   flow      q_{k+1} >= q_k + a_k - l_k - T mu r_k        q: work left at the end of the period, in requests
///   deadline  q_{k+1} <= (W + s) mu r_{k+1} + s mu r_k     what is on time ends within W + s (s: service time)
///   lag       r_k <= n_j  for k - floor(L/T) <= j <= k     who serves was asked for, and billed, since a lag L
///   bounds    min <= n_k <= max,  n_0 = initial
// clang-format on
///
/// Why it holds: let n_k and r_k be the means of billed and of serving pods over a period of any run, leaving pods
/// included. A pod that serves in period k for a time x has been billed for at least x in each period of its lag: `lag`.
/// Work done is at most mu r_k T: `flow`. What is unfinished and on time at a boundary must end within W + s; pods that
/// stay do at most (W + s) mu of it each, a leaving pod only what it has in service, s mu: `deadline`. Leaving pods may
/// exceed max by s/T of it, which the program allows. It is cut into stretches of about an hour, each beginning with an
/// empty queue and a free choice of replicas, which only lowers the bound. It needs a constant service time; with
/// capacity changes it takes the highest capacity met in a period and the longest service time of all. Solved with
/// GLPK's dual simplex. A law that decides off the grid (KPA, every 2 s) is not covered by `deadline`; none came near.
///
/// kInvalid: the plant's service time is random, or W + s does not fit in one period.
Result<Bound> clairvoyant_bound(const Scenario& scenario);

}  // namespace spillway::bench
