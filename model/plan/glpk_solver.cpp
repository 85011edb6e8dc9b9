#include "model/plan/glpk_solver.hpp"

#include <glpk.h>

#include <algorithm>
#include <csetjmp>

namespace spillway::plan {
namespace {

/// GLPK's state of this thread: one problem, reused.
struct ThreadProblem {
  glp_prob* problem = nullptr;
  ~ThreadProblem() {
    if (problem != nullptr) glp_delete_prob(problem);
    glp_free_env();
  }
};
thread_local ThreadProblem t_state;
thread_local std::jmp_buf t_recovery;

int swallow_output(void*, const char*) { return 1; }
void recover(void*) { std::longjmp(t_recovery, 1); }

/// Calls `body(context)` with GLPK's abort turned into a `false`. Neither `body` nor anything it calls may own an object with a
/// destructor while inside GLPK: the jump skips them. After a jump every problem of the thread is gone with the environment.
bool guarded(void (*body)(void*), void* context) {
  glp_term_hook(swallow_output, nullptr);
  glp_error_hook(recover, nullptr);
  if (setjmp(t_recovery) != 0) {
    glp_free_env();
    t_state.problem = nullptr;
    return false;
  }
  body(context);
  return true;
}

int bound_type(Range range) {
  const bool below = range.lower > -kInfinity;
  const bool above = range.upper < kInfinity;
  if (below && above) return range.lower < range.upper ? GLP_DB : GLP_FX;
  if (below) return GLP_LO;
  return above ? GLP_UP : GLP_FR;
}

struct Loading {
  const LinearProgram* program;
  const Basis* basis;
};

void resize_problem(int rows, int columns) {
  if (t_state.problem == nullptr) t_state.problem = glp_create_prob();
  glp_prob* const p = t_state.problem;
  if (glp_get_num_rows(p) == rows && glp_get_num_cols(p) == columns) return;
  glp_erase_prob(p);
  if (rows > 0) glp_add_rows(p, rows);
  if (columns > 0) glp_add_cols(p, columns);
}

void load(void* context) {
  const auto& [program, basis] = *static_cast<const Loading*>(context);
  const int rows = static_cast<int>(program->rows.size());
  const int columns = static_cast<int>(program->columns.size());
  resize_problem(rows, columns);
  glp_prob* const p = t_state.problem;
  for (int i = 0; i < rows; ++i) {
    const Range range = program->rows[static_cast<std::size_t>(i)];
    glp_set_row_bnds(p, i + 1, bound_type(range), range.lower, range.upper);
  }
  for (int j = 0; j < columns; ++j) {
    const Range range = program->columns[static_cast<std::size_t>(j)];
    glp_set_col_bnds(p, j + 1, bound_type(range), range.lower, range.upper);
    glp_set_obj_coef(p, j + 1, program->cost[static_cast<std::size_t>(j)]);
  }
  glp_load_matrix(p, static_cast<int>(program->value.size()) - 1, program->row_of.data(), program->column_of.data(),
                  program->value.data());
  if (basis == nullptr) {
    glp_std_basis(p);
    return;
  }
  for (int i = 0; i < rows; ++i) glp_set_row_stat(p, i + 1, basis->rows[static_cast<std::size_t>(i)]);
  for (int j = 0; j < columns; ++j) glp_set_col_stat(p, j + 1, basis->columns[static_cast<std::size_t>(j)]);
}

struct Attempt {
  int method = GLP_DUALP;
  bool advanced_basis = false;
  bool presolve = false;
  int iteration_limit = 0;
  int wall_ms = 0;
  int code = 0;        ///< out: glp_simplex's answer
  int status = 0;      ///< out: glp_get_status
  int iterations = 0;  ///< out
};

void attempt_simplex(void* context) {
  Attempt& attempt = *static_cast<Attempt*>(context);
  glp_prob* const p = t_state.problem;
  glp_smcp parameters;
  glp_init_smcp(&parameters);
  parameters.msg_lev = GLP_MSG_OFF;
  parameters.meth = attempt.method;
  parameters.r_test = GLP_RT_FLIP;  // long steps: past the boxed segments of the cost curves in one iteration instead of one each
  parameters.presolve = attempt.presolve ? GLP_ON : GLP_OFF;
  parameters.it_lim = attempt.iteration_limit;
  parameters.tm_lim = attempt.wall_ms;
  if (attempt.advanced_basis) glp_adv_basis(p, 0);
  const int before = glp_get_it_cnt(p);
  attempt.code = glp_simplex(p, &parameters);
  attempt.iterations = glp_get_it_cnt(p) - before;
  attempt.status = glp_get_status(p);
}

SolveStatus status_of(const Attempt& attempt) {
  if (attempt.code == GLP_EITLIM || attempt.code == GLP_ETMLIM) return SolveStatus::kIterationLimit;
  if (attempt.code == GLP_ENOPFS) return SolveStatus::kInfeasible;
  if (attempt.code != 0) return SolveStatus::kNumericalTrouble;
  if (attempt.status == GLP_OPT) return SolveStatus::kOptimal;
  return attempt.status == GLP_NOFEAS ? SolveStatus::kInfeasible : SolveStatus::kNumericalTrouble;
}

void read_solution(LinearSolution& solution, const LinearProgram& program) {
  glp_prob* const p = t_state.problem;
  solution.objective = glp_get_obj_val(p);
  solution.value.resize(program.columns.size());
  solution.reduced_cost.resize(program.columns.size());
  solution.dual.resize(program.rows.size());
  for (std::size_t j = 0; j < program.columns.size(); ++j) {
    solution.value[j] = glp_get_col_prim(p, static_cast<int>(j) + 1);
    solution.reduced_cost[j] = glp_get_col_dual(p, static_cast<int>(j) + 1);
  }
  for (std::size_t i = 0; i < program.rows.size(); ++i) solution.dual[i] = glp_get_row_dual(p, static_cast<int>(i) + 1);
}

struct NewRange {
  int column;
  Range range;
};

void set_range(void* context) {
  const auto& [column, range] = *static_cast<const NewRange*>(context);
  glp_set_col_bnds(t_state.problem, column + 1, bound_type(range), range.lower, range.upper);
}

}  // namespace

GlpkSession::GlpkSession(const LinearProgram& program, const Basis* warm_start, SolveBudget budget, std::span<const int> time_limited)
    : program_(program), budget_(budget), replayed_(time_limited) {
  warm_ = warm_start != nullptr && warm_start->shape == program.shape() && warm_start->rows.size() == program.rows.size() &&
          warm_start->columns.size() == program.columns.size();
  Loading loading{&program_, warm_ ? warm_start : nullptr};
  loaded_ = guarded(load, &loading);
}

LinearSolution GlpkSession::run() {
  LinearSolution solution;
  if (!loaded_) {
    solution.status = SolveStatus::kNumericalTrouble;
    return solution;
  }
  const Attempt ladder[] = {{GLP_DUALP, false, false}, {GLP_PRIMAL, true, false}, {GLP_PRIMAL, true, true}};
  for (Attempt attempt : ladder) {
    if (!attempt.advanced_basis && !warm_) continue;
    attempt.iteration_limit = attempt.advanced_basis ? budget_.cold : budget_.warm;
    attempt.wall_ms = budget_.wall_ms;
    const int number = attempts_++;
    if (std::ranges::find(replayed_, number) != replayed_.end()) attempt.code = GLP_ETMLIM;
    else loaded_ = guarded(attempt_simplex, &attempt);
    if (!loaded_) {
      solution.status = SolveStatus::kNumericalTrouble;
      return solution;
    }
    solution.status = status_of(attempt);
    if (attempt.code == GLP_ETMLIM) time_limited_.push_back(number);
    else solution.iterations += attempt.iterations;
    warm_ = solution.usable();
    if (warm_) break;
  }
  if (solution.usable()) read_solution(solution, program_);
  return solution;
}

LinearSolution GlpkSession::solve() { return run(); }

LinearSolution GlpkSession::solve_with_fixed(int column, double value) {
  NewRange fixed{column, {value, value}};
  NewRange original{column, program_.columns[static_cast<std::size_t>(column)]};
  loaded_ = loaded_ && guarded(set_range, &fixed);
  LinearSolution solution = run();
  loaded_ = loaded_ && guarded(set_range, &original);
  return solution;
}

Basis GlpkSession::basis() const {
  Basis basis;
  if (!loaded_ || !warm_) return basis;
  basis.shape = program_.shape();
  for (std::size_t i = 0; i < program_.rows.size(); ++i) {
    basis.rows.push_back(static_cast<unsigned char>(glp_get_row_stat(t_state.problem, static_cast<int>(i) + 1)));
  }
  for (std::size_t j = 0; j < program_.columns.size(); ++j) {
    basis.columns.push_back(static_cast<unsigned char>(glp_get_col_stat(t_state.problem, static_cast<int>(j) + 1)));
  }
  return basis;
}

}  // namespace spillway::plan
