#pragma once
#include <optional>
#include <span>
#include <vector>

#include "model/plan/program.hpp"

namespace spillway::plan {

/// A path of whole replicas with its certificate.
struct ExactPath {
  std::vector<double> wanted;
  double cost = 0.0;   ///< as evaluate() has it
  double bound = 0.0;  ///< no path of whole replicas costs less; equals cost but for rounding
  int labels = 0;      ///< labels looked at: counted work
};

/// Counted work that find_exact_path() may do before it gives up.
struct LabelBudget {
  std::size_t cells = 1u << 16;  ///< stages x replica counts
  int labels = 20000;
};

/// The best path of whole replicas where Model::separable() holds, by a label-setting dynamic program over (replicas,
/// backlog): a label goes when another of the same stage and count has no more backlog at no more cost (Pareto
/// dominance), or when its cost and the Lagrangian bound of the rest reach the best path known, at first the best
/// rounding of the relaxed one. The bound prices the backlog at `backlog_duals`, the duals of the relaxation's backlog
/// rows, which makes every stage depend on its count alone (Geoffrion, "Lagrangean relaxation for integer programming",
/// 1974; labels as in Desrochers and Soumis, 1988). Any duals give the right answer, good ones a fast one. None when
/// the budget does not last.
std::optional<ExactPath> find_exact_path(const Model& model, std::span<const double> backlog_duals,
                                         std::span<const double> relaxed, LabelBudget budget = {});

}  // namespace spillway::plan
