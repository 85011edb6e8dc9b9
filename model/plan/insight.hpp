#pragma once
#include <span>

#include "model/plan/glpk_solver.hpp"
#include "model/plan/program.hpp"

namespace spillway::plan {

/// Shadow prices of the relaxation in user words, dearest first, and the dearest one's name as binding constraint
/// (empty when none matters). Each is the replica-seconds saved over the horizon if the constraint gave way by one
/// replica.
void find_shadow_prices(Plan& plan, const PlanRequest& request, const Model& model, const Program& program,
                        const LinearSolution& relaxed);

/// Stages, breach probability and time to saturation of the path that was chosen.
void describe_path(Plan& plan, const PlanRequest& request, const Model& model, std::span<const double> wanted,
                   const Evaluation& evaluation);

}  // namespace spillway::plan
