#pragma once
#include "model/decide/decision.hpp"
#include "model/decide/guard.hpp"

namespace spillway::decide {

/// What the stages before propose, before any guard.
struct Proposal {
  Replicas replicas = 0;
  double raw = 0.0;
  std::string reason;   ///< used when no guard changes the outcome
  std::string message;
  bool fallback = false;
};

/// The proposal of a solved plan, with its reason in words.
Proposal propose_from_plan(const GuardContext& context);

/// Folds all guards over the proposal. The last guard that changed the number gives the reason when the outcome differs from
/// what the proposal wanted; the message carries both.
Decision decide(GuardContext context, Proposal proposal);

}  // namespace spillway::decide
