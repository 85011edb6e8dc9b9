#include "model/plan/glpk_solver.hpp"

#include <thread>

namespace spillway::plan {
namespace {

/// minimise -x - 2 y with x + y <= 4, x <= 3, y <= 2: x = 2, y = 2.
LinearProgram small_program() {
  LinearProgram program;
  program.add_column(0, 3, -1);
  program.add_column(0, 2, -2);
  program.add_row(-kInfinity, 4);
  program.add_entry(0, 1);
  program.add_entry(1, 1);
  return program;
}

LinearProgram aborting_program() {
  LinearProgram program = small_program();
  program.add_entry(99, 1.0);  // no such column: GLPK calls abort() on it
  return program;
}

TEST(GlpkSession, FindsTheOptimumWithItsDuals) {
  const LinearProgram program = small_program();
  GlpkSession session(program, nullptr, {});
  const LinearSolution solution = session.solve();
  ASSERT_EQ(solution.status, SolveStatus::kOptimal);
  EXPECT_DOUBLE_EQ(solution.objective, -6);
  EXPECT_THAT(solution.value, ::testing::ElementsAre(2, 2));
  EXPECT_DOUBLE_EQ(solution.dual[0], -1);
  EXPECT_DOUBLE_EQ(solution.reduced_cost[1], -1);
}

TEST(GlpkSession, AWarmStartFromTheOptimumNeedsNoIteration) {
  const LinearProgram program = small_program();
  GlpkSession first(program, nullptr, {});
  EXPECT_GT(first.solve().iterations, 0);
  const Basis basis = first.basis();
  GlpkSession second(program, &basis, {});
  const LinearSolution again = second.solve();
  EXPECT_EQ(again.iterations, 0);
  EXPECT_DOUBLE_EQ(again.objective, -6);
}

TEST(GlpkSession, ABasisOfAnotherShapeStartsCold) {
  const LinearProgram program = small_program();
  Basis foreign;
  foreign.shape = 1;
  foreign.rows = {1, 1, 1};
  GlpkSession session(program, &foreign, {});
  EXPECT_EQ(session.solve().status, SolveStatus::kOptimal);
}

TEST(GlpkSession, AFixedColumnIsFreeAgainAfterwards) {
  const LinearProgram program = small_program();
  GlpkSession session(program, nullptr, {});
  session.solve();
  EXPECT_DOUBLE_EQ(session.solve_with_fixed(1, 0).objective, -3);
  EXPECT_DOUBLE_EQ(session.solve().objective, -6);
}

TEST(GlpkSession, SurvivesACallThatGlpkAbortsOn) {
  const LinearProgram broken = aborting_program();
  {
    GlpkSession session(broken, nullptr, {});
    EXPECT_EQ(session.solve().status, SolveStatus::kNumericalTrouble);
    EXPECT_EQ(session.solve_with_fixed(0, 1).status, SolveStatus::kNumericalTrouble);
    EXPECT_TRUE(session.basis().rows.empty());
  }
  const LinearProgram good = small_program();
  GlpkSession session(good, nullptr, {});
  EXPECT_DOUBLE_EQ(session.solve().objective, -6) << "the environment is new after the abort";
}

TEST(GlpkSession, EachThreadRecoversOnItsOwn) {
  const auto work = [] {
    for (int i = 0; i < 50; ++i) {
      const LinearProgram broken = aborting_program();
      EXPECT_EQ(GlpkSession(broken, nullptr, {}).solve().status, SolveStatus::kNumericalTrouble);
      const LinearProgram good = small_program();
      EXPECT_DOUBLE_EQ(GlpkSession(good, nullptr, {}).solve().objective, -6);
    }
  };
  std::thread other(work);
  work();
  other.join();
}

TEST(GlpkSession, TellsAnInfeasibleProgramAndAnExhaustedBudgetApart) {
  LinearProgram impossible = small_program();
  impossible.rows[0] = {20, kInfinity};
  EXPECT_EQ(GlpkSession(impossible, nullptr, {}).solve().status, SolveStatus::kInfeasible);

  LinearProgram chain;  // x_i >= 1, x_i >= x_{i-1} + 1: too long for three iterations, with presolve or without
  int before = -1;
  for (int i = 0; i < 60; ++i) {
    const int column = chain.add_column(0, kInfinity, 1 + i % 7);
    const int other = chain.add_column(0, 50, 2 + i % 3);
    chain.add_row(1, kInfinity);
    chain.add_entry(column, 1);
    chain.add_entry(other, 1 + i % 5);
    if (before >= 0) chain.add_entry(before, -1.0 / (1 + i % 4));
    before = column;
  }
  const LinearSolution cut = GlpkSession(chain, nullptr, {3, 3}).solve();
  EXPECT_EQ(cut.status, SolveStatus::kIterationLimit);
  EXPECT_LE(cut.iterations, 9);
}

/// A program of many stages that takes far longer than a millisecond.
LinearProgram long_program() {
  LinearProgram program;
  for (int k = 0; k < 3000; ++k) {
    const int wanted = program.add_column(0, 50 + k % 11, 1.0 + 0.01 * (k % 17));
    const int waiting = program.add_column(0, kInfinity, 0.3 + 0.02 * (k % 5));
    program.add_row(3.0 + k % 23, kInfinity);
    program.add_entry(waiting, 1.0);
    if (k > 0) program.add_entry(waiting - 2, -1.0);
    program.add_entry(wanted, 1.0 + k % 3);
  }
  return program;
}

TEST(GlpkSession, WhatTheSafetyNetCutIsRecordedAndRepeatsWithoutAClock) {
  const LinearProgram program = long_program();
  GlpkSession slow(program, nullptr, {.warm = 100000, .cold = 100000, .wall_ms = 1});
  const LinearSolution cut = slow.solve();
  ASSERT_FALSE(slow.time_limited().empty());

  GlpkSession replay(program, nullptr, {.warm = 100000, .cold = 100000, .wall_ms = 60000}, slow.time_limited());
  const LinearSolution again = replay.solve();
  EXPECT_EQ(replay.time_limited(), slow.time_limited());
  EXPECT_EQ(again.status, cut.status);
  EXPECT_EQ(again.iterations, cut.iterations);
  EXPECT_EQ(again.value, cut.value);

  GlpkSession patient(program, nullptr, {.warm = 100000, .cold = 100000, .wall_ms = 60000});
  EXPECT_EQ(patient.solve().status, SolveStatus::kOptimal);
  EXPECT_TRUE(patient.time_limited().empty());
}

}  // namespace
}  // namespace spillway::plan
