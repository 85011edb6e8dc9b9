#pragma once
#include <span>
#include <vector>

#include "model/plan/linear_program.hpp"
#include "model/plan/plan.hpp"

namespace spillway::plan {

struct LinearSolution {
  SolveStatus status = SolveStatus::kNotRun;
  double objective = 0.0;
  std::vector<double> value;         ///< per column
  std::vector<double> reduced_cost;  ///< per column
  std::vector<double> dual;          ///< per row
  int iterations = 0;

  bool usable() const { return status == SolveStatus::kOptimal; }
};

/// How much work a solve may do before it gives up: counted simplex iterations per attempt, which end the same way everywhere, and
/// behind them a safety net in wall time.
struct SolveBudget {
  int warm = 500;   ///< from a basis
  int cold = 2000;  ///< from nothing
  int wall_ms = 250;
};

/// One linear program inside GLPK. GLPK's problem object belongs to the thread and is reused from program to program;
/// at most one session may exist per thread at a time. A call that GLPK aborts on ends as kNumericalTrouble, and its
/// environment is made new. The only user of glpk.h is the .cpp file.
class GlpkSession {
 public:
  /// Loads the program. A warm start of another shape is ignored. `time_limited` names attempts, counted from 0 over the session, that are to
  /// end as if the safety net had cut them: what a session that met it recorded. Must outlive the session.
  GlpkSession(const LinearProgram& program, const Basis* warm_start, SolveBudget budget, std::span<const int> time_limited = {});

  /// Warm dual simplex; on failure an advanced basis and the primal simplex; on failure again cold with presolve.
  LinearSolution solve();
  /// The same program with one column fixed, from the basis of the last solve; the column's range is restored
  /// afterwards.
  LinearSolution solve_with_fixed(int column, double value);
  /// The basis in force; empty after a failure.
  Basis basis() const;
  /// The attempts that the safety net cut short so far. Nothing of a cut attempt is used, not even its iterations: the next one starts
  /// from a basis of its own, so that naming them to another session repeats this one.
  const std::vector<int>& time_limited() const { return time_limited_; }

 private:
  LinearSolution run();

  const LinearProgram& program_;
  SolveBudget budget_;
  bool warm_ = false;
  bool loaded_ = false;
  std::span<const int> replayed_;
  int attempts_ = 0;
  std::vector<int> time_limited_;
};

}  // namespace spillway::plan
