#include "model/plan/exact_path.hpp"

#include "bench/micro/whole_glpk.hpp"
#include "model/plan/glpk_solver.hpp"
#include "tests/model/plan/rapid_draw.hpp"
#include "tests/model/plan/requests.hpp"

namespace spillway::plan {
namespace {

using testing::number;
using testing::RapidDraw;

/// The cheapest path of whole replicas, tried one by one.
double enumerate(const Model& model, Replicas most) {
  double best = kInfinity;
  std::vector<double> wanted(model.stages(), 0.0);
  for (;;) {
    if (keeps_bounds(model, wanted, 1e-9)) best = std::min(best, evaluate(model, wanted).cost);
    std::size_t k = 0;
    while (k < wanted.size() && wanted[k] == most) wanted[k++] = 0.0;
    if (k == wanted.size()) return best;
    wanted[k] += 1.0;
  }
}

struct Relaxation {
  LinearSolution solution;
  std::vector<double> duals, path;
};

Relaxation relax(const Program& program) {
  GlpkSession session(program.linear, nullptr, {2000, 20000});
  Relaxation result{session.solve(), {}, {}};
  for (int row : program.layout.backlog_rows[0])
    result.duals.push_back(result.solution.dual[static_cast<std::size_t>(row)]);
  for (int column : program.layout.wanted)
    result.path.push_back(result.solution.value[static_cast<std::size_t>(column)]);
  return result;
}

bool agree(double a, double b) {
  return std::abs(a - b) <= 1e-6 * (1.0 + std::abs(a));
}

RC_GTEST_PROP(ExactPath, EqualsBruteForceCappedOrNot, ()) {
  Model model =
      make_model(testing::reference_request(RapidDraw{}, static_cast<std::size_t>(*rc::gen::inRange(1, 6)), 4));
  RC_ASSERT(model.separable());
  const Relaxation relaxation = relax(build_program(model));
  for (bool capped : {false, true}) {
    model.capped = capped;
    const auto exact = find_exact_path(model, relaxation.duals, relaxation.path);
    RC_ASSERT(exact.has_value());
    RC_ASSERT(keeps_bounds(model, exact->wanted, 1e-9));
    RC_ASSERT(agree(exact->cost, evaluate(model, exact->wanted).cost));
    RC_ASSERT(agree(exact->cost, enumerate(model, 4)));
    RC_ASSERT(exact->bound <= exact->cost);
  }
}

RC_GTEST_PROP(ExactPath, IsTheSameWhateverTheDualsAre, ()) {
  Model model = make_model(testing::reference_request(RapidDraw{}, 5, 4));
  model.capped = *rc::gen::arbitrary<bool>();
  std::vector<double> duals(model.stages()), relaxed(model.stages(), *rc::gen::inRange(0, 5));
  for (double& dual : duals) dual = number(-1, 30);
  const auto exact = find_exact_path(model, duals, relaxed);
  RC_ASSERT(exact.has_value());
  RC_ASSERT(agree(exact->cost, enumerate(model, 4)));
}

/// With a price of lateness that somebody could mean. GLPK takes 1e-5 of a replica for whole; a large price makes that
/// a lot.
PlanRequest sane_request(std::size_t stages, Replicas most) {
  PlanRequest request = testing::reference_request(RapidDraw{}, stages, most);
  request.late_penalty = number(0.2, 3) * 20.0 / (request.capacity * request.target_utilization);
  request.max_queue_delay = number(0, 2);
  return request;
}

RC_GTEST_PROP(ExactPath, EqualsGlpkBranchAndCut, ()) {
  const Model model = make_model(sane_request(static_cast<std::size_t>(*rc::gen::inRange(1, 21)), 40));
  const Program program = build_program(model);
  const Relaxation relaxation = relax(program);
  RC_ASSERT(relaxation.solution.usable());
  const auto exact = find_exact_path(model, relaxation.duals, relaxation.path);
  RC_ASSERT(exact.has_value());
  RC_ASSERT(exact->cost >= relaxation.solution.objective + program.constant - 1e-6 * (1 + exact->cost));
  testing::WholeGlpk glpk(program.linear, program.layout.wanted);
  const auto rival = glpk.solve(2000);
  RC_CLASSIFY(!rival, "glp_intopt ran out of its time");
  if (!rival) return;
  std::vector<double> path;
  for (int column : program.layout.wanted) path.push_back(std::round(glpk.value(column)));
  RC_ASSERT(keeps_bounds(model, path, 1e-9));
  RC_ASSERT(agree(evaluate(model, path).cost, exact->cost));
  RC_ASSERT(*rival + program.constant <= exact->cost + 1e-6 * (1.0 + exact->cost));
}

RC_GTEST_PROP(ExactPath, ThePlannerPublishesItWithItsCertificate, ()) {
  const PlanRequest request = sane_request(static_cast<std::size_t>(*rc::gen::inRange(1, 21)), 60);
  const Plan plan = solve(request, nullptr);
  RC_ASSERT(plan.quality == PlanQuality::kExact);
  RC_ASSERT(plan.cost - plan.bound <= 1e-6 * (1.0 + plan.cost));
  for (const PlanStage& stage : plan.stages) RC_ASSERT(stage.replicas == std::round(stage.replicas));
}

RC_GTEST_PROP(ExactPath, MoreBacklogNeverAsksForLessOfALastingLoad, ()) {
  PlanRequest request = testing::calm_request(number(0, 900), *rc::gen::inRange(1, 71), 0.0);
  request.grid = testing::uniform_grid(12);
  request.scenarios = {testing::constant_scenario(request.grid, request.scenarios[0].rate[0])};
  request.backlog = number(0, 6000);
  const Plan less = solve(request, nullptr);
  request.backlog += number(0, 6000);
  const Plan more = solve(request, nullptr);
  RC_ASSERT(less.gap < 1e-6);
  RC_ASSERT(more.cost >= less.cost - 1e-6 * (1 + less.cost));
  RC_ASSERT(more.first >= less.first);
}

TEST(ExactPath, GivesUpWithinItsBudgetAndThePlannerBranchesInstead) {
  PlanRequest request = testing::calm_request(300, 10, 0.0);
  const Model model = make_model(request);
  const Relaxation relaxation = relax(build_program(model));
  EXPECT_TRUE(find_exact_path(model, relaxation.duals, relaxation.path).has_value());
  EXPECT_FALSE(find_exact_path(model, relaxation.duals, relaxation.path, {.cells = 100}).has_value());

  request.max_replicas = {1000000};
  request.scenarios[0].rate.assign(request.grid.size(), 5e6);  // two hundred thousand replicas
  const Plan plan = solve(request, nullptr);
  EXPECT_EQ(plan.quality, PlanQuality::kExact);
  EXPECT_GT(plan.first, 200000);
  EXPECT_GT(plan.bound, 0.0);
}

TEST(ExactPath, CountsNoMoreLateWorkThanDeparts) {
  PlanRequest request = testing::calm_request(300, 10, 0.0);
  request.backlog = 20000;
  request.max_replicas = {14};
  Model model = make_model(request);
  const std::vector<double> path(model.stages(), 14.0);
  const double linear = evaluate(model, path).cost;
  model.capped = true;
  EXPECT_LT(evaluate(model, path).cost, linear);
}

TEST(ExactPath, DoesNotApplyToALagSeveralScenariosOrSeparateQueuesWithABacklog) {
  PlanRequest request = testing::calm_request(300, 10, 0.0);
  EXPECT_TRUE(make_model(request).separable());
  request.pooling = 0.5;
  EXPECT_TRUE(make_model(request).separable()) << "nothing waits";
  request.backlog = 10;
  EXPECT_FALSE(make_model(request).separable());
  request.pooling = 1.0;
  request.startup = 1.0;
  EXPECT_FALSE(make_model(request).separable());
  request.startup = 0.0;
  request.scenarios.push_back(request.scenarios[0]);
  EXPECT_FALSE(make_model(request).separable());
}

}  // namespace
}  // namespace spillway::plan
