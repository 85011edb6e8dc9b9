// Speed of the planner: thread CPU time of one solve, cold and warm, over stages and scenarios (design/model.md, "Speed").
//   bench_planner --benchmark_filter=...    columns p50_us, p99_us are of single solves; the time column is their mean
#include <benchmark/benchmark.h>

#include "bench/micro/reference_programs.hpp"
#include "bench/micro/service.hpp"
#include "bench/micro/thread_time.hpp"

namespace spillway::plan {
namespace {

void report(benchmark::State& state, std::vector<double>& times, double iterations) {
  state.counters["p50_us"] = bench::quantile(times, 0.50);
  state.counters["p99_us"] = bench::quantile(times, 0.99);
  state.counters["max_us"] = times.back();
  state.counters["simplex_iterations"] = iterations / static_cast<double>(times.size());
}

void solve_plan(benchmark::State& state, bool warm) {
  testing::Service service(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)),
                  static_cast<double>(state.range(2)));
  Basis basis = solve(service.next(), nullptr).basis;
  std::vector<double> times;
  double iterations = 0.0;
  for (auto _ : state) {
    const PlanRequest& request = service.next();
    const double start = bench::thread_microseconds();
    Plan plan = solve(request, warm ? &basis : nullptr);
    const double took = bench::thread_microseconds() - start;
    state.SetIterationTime(1e-6 * took);
    times.push_back(took);
    iterations += plan.iterations;
    service.follow(plan);
    basis = std::move(plan.basis);
  }
  report(state, times, iterations);
}

/// The reference program of design/model.md, exact with certificate.
void reference_program(benchmark::State& state) {
  testing::ReferencePrograms programs(static_cast<std::size_t>(state.range(0)));
  Basis basis;
  std::vector<double> times;
  double labels = 0.0;
  for (auto _ : state) {
    const Model model = programs.next();
    const Program program = build_program(model);
    const double start = bench::thread_microseconds();
    const testing::ReferenceSolution solution = testing::solve_reference(model, program, basis);
    times.push_back(bench::thread_microseconds() - start);
    state.SetIterationTime(1e-6 * times.back());
    labels += solution.iterations;
    programs.follow(solution.exact ? solution.exact->wanted[0] : std::ceil(solution.relaxed_first));
  }
  report(state, times, labels);
}
BENCHMARK(reference_program)->ArgName("stages")->Arg(10)->Arg(20)->Arg(40)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(1000);

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"stages", "scenarios", "startup_s"})->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(1000);
  for (int stages : {10, 20, 40}) {
    for (int scenarios : {1, 5, 9}) b->Args({stages, scenarios, 60});
  }
  b->Args({20, 5, 0})->Args({20, 5, 90})->Args({20, 1, 0});
}

BENCHMARK_CAPTURE(solve_plan, warm, true)->Apply(sizes);
BENCHMARK_CAPTURE(solve_plan, cold, false)->Apply(sizes);

}  // namespace
}  // namespace spillway::plan

BENCHMARK_MAIN();
