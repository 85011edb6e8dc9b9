#pragma once
#include <glpk.h>

#include <optional>
#include <span>

#include "model/plan/linear_program.hpp"

namespace spillway::plan::testing {

/// The rival: a linear program with whole columns solved by GLPK's branch and cut (presolve and all cuts, gap 0). For
/// benches and tests; the planner itself never calls it.
class WholeGlpk {
 public:
  WholeGlpk(const LinearProgram& program, std::span<const int> whole) : problem_(glp_create_prob()) {
    glp_term_out(GLP_OFF);
    glp_add_rows(problem_, static_cast<int>(program.rows.size()));
    glp_add_cols(problem_, static_cast<int>(program.columns.size()));
    for (std::size_t i = 0; i < program.rows.size(); ++i) {
      const Range r = program.rows[i];
      glp_set_row_bnds(problem_, static_cast<int>(i) + 1, type(r), r.lower, r.upper);
    }
    for (std::size_t j = 0; j < program.columns.size(); ++j) {
      const Range r = program.columns[j];
      glp_set_col_bnds(problem_, static_cast<int>(j) + 1, type(r), r.lower, r.upper);
      glp_set_obj_coef(problem_, static_cast<int>(j) + 1, program.cost[j]);
    }
    for (int column : whole) glp_set_col_kind(problem_, column + 1, GLP_IV);
    glp_load_matrix(problem_, static_cast<int>(program.value.size()) - 1, program.row_of.data(),
                    program.column_of.data(), program.value.data());
  }
  WholeGlpk(const WholeGlpk&) = delete;
  WholeGlpk& operator=(const WholeGlpk&) = delete;
  ~WholeGlpk() { glp_delete_prob(problem_); }

  /// The optimum, or none when the time did not last.
  std::optional<double> solve(int time_limit_ms) {
    glp_iocp parameters;
    glp_init_iocp(&parameters);
    parameters.msg_lev = GLP_MSG_OFF;
    parameters.presolve = GLP_ON;
    parameters.gmi_cuts = parameters.mir_cuts = parameters.cov_cuts = parameters.clq_cuts = GLP_ON;
    parameters.tm_lim = time_limit_ms;
    if (glp_intopt(problem_, &parameters) != 0 || glp_mip_status(problem_) != GLP_OPT) return std::nullopt;
    return glp_mip_obj_val(problem_);
  }
  /// Of a column, after an optimum.
  double value(int column) const { return glp_mip_col_val(problem_, column + 1); }

 private:
  static int type(Range range) {
    const bool below = range.lower > -kInfinity, above = range.upper < kInfinity;
    if (below && above) return range.lower < range.upper ? GLP_DB : GLP_FX;
    if (below) return GLP_LO;
    return above ? GLP_UP : GLP_FR;
  }

  glp_prob* problem_;
};

}  // namespace spillway::plan::testing
