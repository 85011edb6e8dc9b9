#include "model/plan/program.hpp"

#include <algorithm>

namespace spillway::plan {
namespace {

class Builder {
 public:
  explicit Builder(const Model& model) : model_(model), lp_(program_.linear), at_(program_.layout) {}

  Program build() && {
    reserve();
    add_replica_columns();
    add_backlog_columns();
    add_change_rows();
    add_startup_rows();
    add_ready_cost();
    add_backlog_rows();
    if (model_.pools()) add_pooling_rows();
    return std::move(program_);
  }

 private:
  std::size_t stages() const { return model_.stages(); }

  /// Room enough for the usual lag, so that the lists grow once.
  void reserve() {
    const std::size_t columns = stages() * (5 + kReadyPieces + 3 * model_.scenarios());
    lp_.columns.reserve(columns);
    lp_.cost.reserve(columns);
    lp_.rows.reserve(columns);
    for (auto* list : {&lp_.row_of, &lp_.column_of}) list->reserve(4 * columns);
    lp_.value.reserve(4 * columns);
  }

  void add_replica_columns() {
    for (std::size_t k = 0; k < stages(); ++k) {
      const StageBounds& b = model_.bounds[k];
      at_.wanted.push_back(lp_.add_column(b.min, b.max, model_.duration[k]));
      at_.ready.push_back(model_.ready_at_once(k) ? at_.wanted.back() : lp_.add_column(0.0, kInfinity, 0.0));
      at_.start.push_back(lp_.add_column(0.0, b.start_max, model_.start_cost));
      at_.stop.push_back(lp_.add_column(0.0, b.stop_max, model_.stop_cost));
    }
  }

  /// Waiting work, and its part beyond what may wait. What is left at the end costs the replicas that drain it, and is late.
  void add_backlog_columns() {
    at_.waiting.resize(model_.scenarios());
    excess_.resize(model_.scenarios());
    for (std::size_t s = 0; s < model_.scenarios(); ++s) {
      const double p = model_.probability[s];
      for (std::size_t k = 0; k < stages(); ++k) {
        const double left = k + 1 == stages() ? 1.0 : 0.0;
        at_.waiting[s].push_back(lp_.add_column(0.0, kInfinity, p * model_.waiting_price(k)));
        excess_[s].push_back(lp_.add_column(0.0, kInfinity, p * (model_.excess_price[k] + left * model_.late_price)));
      }
    }
  }

  /// r_k - r_{k-1} = starts - stops.
  void add_change_rows() {
    for (std::size_t k = 0; k < stages(); ++k) {
      const double before = k == 0 ? model_.current : 0.0;
      lp_.add_row(before, before);
      lp_.add_entry(at_.wanted[k], 1.0);
      if (k > 0) lp_.add_entry(at_.wanted[k - 1], -1.0);
      lp_.add_entry(at_.start[k], -1.0);
      lp_.add_entry(at_.stop[k], 1.0);
    }
  }

  void add_startup_rows() {
    for (std::size_t k = 0; k < stages(); ++k) {
      if (model_.ready_at_once(k)) continue;
      for (const plant::ReadyLimit& limit : model_.limits[k].limits) {
        lp_.add_row(-kInfinity, limit.constant);
        lp_.add_entry(at_.ready[k], 1.0);
        for (const auto& [stage, weight] : limit.wanted) lp_.add_entry(at_.wanted[stage], -weight);
      }
    }
  }

  /// n_k is filled from segments of falling worth: the convex cost of few ready replicas without one row per cut.
  void add_ready_cost() {
    if (std::ranges::all_of(model_.ready_cost, [](const auto& curve) { return curve.vertices().empty(); })) return;
    for (std::size_t k = 0; k < stages(); ++k) {
      const double duration = model_.duration[k];
      lp_.add_row(0.0, 0.0);
      lp_.add_entry(at_.ready[k], 1.0);
      const auto& vertices = model_.ready_cost[k].vertices();
      for (std::size_t j = 1; j <= kReadyPieces; ++j) {
        const bool used = j < vertices.size();
        const double width = used ? vertices[j].x - vertices[j - 1].x : 0.0;
        const double slope = used ? (vertices[j].y - vertices[j - 1].y) / width : 0.0;
        lp_.add_entry(lp_.add_column(0.0, width, duration * slope), -1.0);
      }
      lp_.add_entry(lp_.add_column(0.0, kInfinity, 0.0), -1.0);
      program_.constant += duration * model_.ready_cost[k](0.0);
    }
  }

  /// q_k - q_{k-1} + D n_k >= D load - abandoned;  excess_k - q_k + W n_k >= 0.
  void add_backlog_rows() {
    at_.backlog_rows.resize(model_.scenarios());
    for (std::size_t s = 0; s < model_.scenarios(); ++s) {
      for (std::size_t k = 0; k < stages(); ++k) {
        const double arriving = model_.duration[k] * model_.load[s][k] - model_.abandoned[s][k];
        at_.backlog_rows[s].push_back(lp_.add_row(arriving + (k == 0 ? model_.backlog : 0.0), kInfinity));
        lp_.add_entry(at_.waiting[s][k], 1.0);
        if (k > 0) lp_.add_entry(at_.waiting[s][k - 1], -1.0);
        lp_.add_entry(at_.ready[k], model_.duration[k]);
        lp_.add_row(0.0, kInfinity);
        lp_.add_entry(excess_[s][k], 1.0);
        lp_.add_entry(at_.waiting[s][k], -1.0);
        lp_.add_entry(at_.ready[k], model_.delay);
      }
    }
  }

  /// Per-pod queues: the backlog of the pods that hold the present work is served by them and by the pooled share of the rest only.
  void add_pooling_rows() {
    const double own = (1.0 - model_.pooling) * model_.ready_now;
    for (std::size_t s = 0; s < model_.scenarios(); ++s) {
      int before = -1;
      for (std::size_t k = 0; k < stages(); ++k) {
        const double duration = model_.duration[k];
        const int stuck = lp_.add_column(0.0, kInfinity, 0.0);
        const double arriving = duration * (model_.joining[s][k] * model_.load[s][k] - own) - model_.abandoned[s][k];
        lp_.add_row(arriving + (k == 0 ? model_.backlog : 0.0), kInfinity);
        lp_.add_entry(stuck, 1.0);
        if (before >= 0) lp_.add_entry(before, -1.0);
        lp_.add_entry(at_.ready[k], duration * model_.pooling);
        lp_.add_row(0.0, kInfinity);
        lp_.add_entry(at_.waiting[s][k], 1.0);
        lp_.add_entry(stuck, -1.0);
        before = stuck;
      }
    }
  }

  const Model& model_;
  Program program_;
  LinearProgram& lp_;
  Layout& at_;
  std::vector<std::vector<int>> excess_;
};

}  // namespace

Program build_program(const Model& model) { return Builder(model).build(); }

}  // namespace spillway::plan
