// Random programs without an unbounded solve (design/model.md, "Tests"): flat, zero, clashing, hopeless and ordinary
// requests, each solved cold, then again after a change from the basis before.
//   bench_random_programs [--count 1000000] [--seed 1] [--reference]      --reference: one scenario, no lag, solved
//   exactly
// Fails when a solve breaks a bound of its request, goes beyond its counted budget, or ends below the exact rung.
#include <CLI/CLI.hpp>

#include <cstdio>

#include "bench/micro/any_request.hpp"
#include "bench/micro/thread_time.hpp"

namespace spillway::plan {
namespace {

struct Tally {
  long programs = 0, certified = 0, broken = 0, time_limits = 0, below_exact = 0;
  int most_iterations = 0;
  std::vector<double> cold, warm;

  void take(const PlanRequest& request, const Plan& plan) {
    ++programs;
    const double least = request.min_replicas[0], most = std::max<double>(least, request.max_replicas[0]);
    broken += plan.first < least || plan.first > most || plan.cost < plan.bound - 1e-5 * (1 + std::abs(plan.cost));
    below_exact += plan.quality != PlanQuality::kExact;
    time_limits += !plan.time_limited.empty();
    certified += plan.gap < 1e-6;
    most_iterations = std::max(most_iterations, plan.iterations);
  }
};

Plan timed(const PlanRequest& request, const Basis* basis, std::vector<double>& times) {
  const double start = bench::thread_microseconds();
  Plan plan = solve(request, basis);
  times.push_back(bench::thread_microseconds() - start);
  return plan;
}

PlanRequest draw_request(testing::RandomDraw& draw, bool reference) {
  return reference ? testing::reference_request(draw, static_cast<std::size_t>(draw.whole(1, 21)), draw.whole(1, 100))
                   : testing::any_request(draw);
}

void change(PlanRequest& request, testing::RandomDraw& draw) {
  request.backlog = draw.one_in(2) ? 0.0 : request.capacity * draw.number(0, 100);
  for (auto& scenario : request.scenarios) {
    const double factor = draw.number(0.5, 1.5);
    for (double& rate : scenario.rate) rate *= factor;
  }
}

void report(const char* name, std::vector<double>& times) {
  std::printf("%s solves: p50 %.0f us, p99 %.0f us, p99.99 %.0f us, longest %.0f us\n", name,
              bench::quantile(times, 0.5), bench::quantile(times, 0.99), bench::quantile(times, 0.9999),
              bench::quantile(times, 1.0));
}

int run(long count, std::uint64_t seed, bool reference) {
  testing::RandomDraw draw{std::mt19937_64(seed)};
  Tally tally;
  while (tally.programs < count) {
    PlanRequest request = draw_request(draw, reference);
    const Plan plan = timed(request, nullptr, tally.cold);
    tally.take(request, plan);
    change(request, draw);
    tally.take(request, timed(request, &plan.basis, tally.warm));
    if (tally.programs % 100000 == 0) std::fprintf(stderr, "%ld programs\n", tally.programs);
  }
  std::printf("%ld programs, %ld with a certificate (gap 0), most iterations and labels %d\n", tally.programs,
              tally.certified, tally.most_iterations);
  report("cold", tally.cold);
  report("warm", tally.warm);
  std::printf("broken answers %ld, below the exact rung %ld, time limit fired %ld\n", tally.broken, tally.below_exact,
              tally.time_limits);
  return tally.broken + tally.below_exact + tally.time_limits > 0;
}

}  // namespace
}  // namespace spillway::plan

int main(int argc, char** argv) {
  CLI::App app{"Solves random programs and reports how long the longest took"};
  long count = 1000000;
  std::uint64_t seed = 1;
  bool reference = false;
  app.add_option("--count", count, "programs to solve")->capture_default_str();
  app.add_option("--seed", seed)->capture_default_str();
  app.add_flag("--reference", reference, "one scenario, no lag: solved exactly");
  CLI11_PARSE(app, argc, argv);
  return spillway::plan::run(count, seed, reference);
}
