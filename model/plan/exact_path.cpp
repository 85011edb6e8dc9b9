#include "model/plan/exact_path.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace spillway::plan {
namespace {

constexpr double kPrune = 1e-9;  // of the cost: paths that differ by less count as equal

/// A way to reach a count and a backlog at the end of a stage.
struct Label {
  double backlog = 0.0;
  double cost = 0.0;
  int count = 0;    ///< replicas, as an index
  int before = -1;  ///< the label it came from
};

/// out[i] = the least `value[j] + slope x |j - i|` over all j within `reach` of i on one side: j >= i for step 1, j <= i for step -1,
/// where it is below out[i] already. Without a limit that is a running minimum; else the reach doubles until it is covered.
void least_on_side(std::span<const double> value, double slope, std::size_t reach, int step, std::span<double> out,
                   std::vector<double>& work) {
  const std::size_t n = value.size();
  if (reach + 1 >= n) {
    double least = kInfinity;
    for (std::size_t turn = 0; turn < n; ++turn) {
      const std::size_t i = step > 0 ? n - 1 - turn : turn;
      least = std::min(least + slope, value[i]);
      out[i] = std::min(out[i], least);
    }
    return;
  }
  work.assign(value.begin(), value.end());
  const auto widen = [&](std::size_t by) {  // what work[i] covers, and as much from `by` further on
    const double price = slope * static_cast<double>(by);
    if (step > 0) {
      for (std::size_t i = 0; i + by < n; ++i) work[i] = std::min(work[i], work[i + by] + price);
    } else {
      for (std::size_t i = n; i-- > by;) work[i] = std::min(work[i], work[i - by] + price);
    }
  };
  std::size_t covered = 1;
  for (; 2 * covered <= reach + 1; covered *= 2) widen(covered);
  if (covered < reach + 1) widen(reach + 1 - covered);
  for (std::size_t i = 0; i < n; ++i) out[i] = std::min(out[i], work[i]);
}

class LabelProgram {
 public:
  LabelProgram(const Model& model, std::span<const double> duals, std::span<const double> relaxed, LabelBudget budget)
      : model_(model), budget_(budget), relaxed_(relaxed), stages_(model.stages()) {
    set_range();
    set_prices(duals);
  }

  std::optional<ExactPath> run() {
    if (counts_ * stages_ > budget_.cells) return std::nullopt;
    price_counts();
    price_remainders();
    find_upper_bound();
    if (!std::isfinite(upper_)) return std::nullopt;
    const double slack = kPrune * (1.0 + std::abs(upper_));
    if (!extend_labels(slack)) return std::nullopt;
    return ExactPath{best_, upper_, upper_ - slack, work_};
  }

 private:
  double arriving(std::size_t k) const { return model_.duration[k] * model_.load[0][k] - model_.abandoned[0][k]; }
  double backlog_after(std::size_t k, double backlog, double replicas) const {
    return std::max(0.0, backlog + arriving_[k] - model_.duration[k] * replicas);
  }
  double move_cost(double change) const {
    return change > 0.0 ? model_.start_cost * change : -model_.stop_cost * change;
  }
  double replicas(std::size_t index) const { return low_ + static_cast<double>(index); }
  double* row(std::vector<double>& table, std::size_t k) const { return table.data() + k * counts_; }

  /// The counts that a path can have: reachable, and not beyond the point where nobody waits and nothing gets better. A
  /// path cut off there costs less everywhere, and its moves are no larger.
  void set_range() {
    double least = model_.current, most = model_.current, useful = 0.0, backlog = model_.backlog;
    low_ = high_ = model_.current;
    for (std::size_t k = 0; k < stages_; ++k) {
      const StageBounds& b = model_.bounds[k];
      least = std::max(least - b.stop_max, b.min);
      most = std::min(most + b.start_max, b.max);
      arriving_.push_back(arriving(k));
      const auto& vertices = model_.ready_cost[k].vertices();
      useful = std::max(
          {useful, b.min, (backlog + arriving_[k]) / model_.duration[k], vertices.empty() ? 0.0 : vertices.back().x});
      backlog = backlog_after(k, backlog, least);
      most_backlog_.push_back(backlog);
      low_ = std::min(low_, least);
      high_ = std::max(high_, most);
    }
    high_ = std::max(static_cast<double>(model_.current), std::min(high_, std::ceil(useful)));
    counts_ = static_cast<std::size_t>(std::min(high_ - low_, 1e9)) + 1;
  }

  void set_prices(std::span<const double> duals) {
    price_.assign(stages_ + 1, 0.0);
    constant_.assign(stages_ + 1, 0.0);
    for (std::size_t k = stages_; k-- > 0;) {
      price_[k] = std::max(0.0, duals[k]);
      constant_[k] = constant_[k + 1] + price_[k] * arriving_[k];
    }
  }

  /// What a stage costs by its count alone: replicas and too few ready ones.
  void price_counts() {
    own_cost_.resize(stages_ * counts_);
    for (std::size_t k = 0; k < stages_; ++k) {
      const auto& v = model_.ready_cost[k].vertices();
      double* const own = row(own_cost_, k);
      std::size_t piece = 0;
      for (std::size_t i = 0; i < counts_; ++i) {
        const double n = replicas(i);
        while (piece + 1 < v.size() && v[piece + 1].x <= n) ++piece;
        double late = v.empty() ? 0.0 : v[piece].y;
        if (piece + 1 < v.size())
          late += (n - v[piece].x) * (v[piece + 1].y - v[piece].y) / (v[piece + 1].x - v[piece].x);
        own[i] = model_.duration[k] * (n + late);
      }
    }
  }

  /// The least that backlog can cost in stage k when holding a unit of it is worth `worth`: at a bend of the capped
  /// price, or at either end.
  double least_backlog_cost(std::size_t k, double n, double worth) const {
    if (worth <= model_.waiting_price(k)) return 0.0;
    const double limit = model_.delay * n;
    const double most = most_backlog_[k];
    double least = 0.0;
    for (double q : {limit, most}) {
      if (q <= most) least = std::min(least, model_.backlog_cost(k, q, n) - worth * q);
    }
    return least;
  }

  /// remainder_[k][i]: bound on all stages from k on when stage k has count i; to_go_[k][i]: when stage k - 1 had it.
  void price_remainders() {
    remainder_.resize(stages_ * counts_);
    to_go_.assign((stages_ + 1) * counts_, 0.0);
    std::vector<double> work;
    for (std::size_t k = stages_; k-- > 0;) {
      const StageBounds& b = model_.bounds[k];
      const double worth = price_[k] - price_[k + 1];
      const double gain = price_[k] * model_.duration[k];
      const double* const own = row(own_cost_, k);
      const double* const later = row(to_go_, k + 1);
      double* const rest = row(remainder_, k);
      for (std::size_t i = 0; i < counts_; ++i) {
        const double n = replicas(i);
        const bool allowed = n >= b.min && n <= b.max;
        rest[i] = allowed ? own[i] - gain * n + least_backlog_cost(k, n, worth) + later[i] : kInfinity;
      }
      double* const to_go = row(to_go_, k);
      std::fill_n(to_go, counts_, kInfinity);
      const auto reach = [this](double most) {
        return static_cast<std::size_t>(std::min(most + 1e-9, static_cast<double>(counts_)));
      };
      least_on_side({rest, counts_}, model_.start_cost, reach(b.start_max), 1, {to_go, counts_}, work);
      least_on_side({rest, counts_}, model_.stop_cost, reach(b.stop_max), -1, {to_go, counts_}, work);
    }
  }

  /// Cost of stage k at count i after count `before`, moving `backlog` on.
  double advance(std::size_t k, std::size_t before, std::size_t i, double& backlog) {
    const double n = replicas(i);
    backlog = backlog_after(k, backlog, n);
    return row(own_cost_, k)[i] + move_cost(n - replicas(before)) + model_.backlog_cost(k, backlog, n);
  }

  struct Window {
    std::size_t first, last;
  };
  /// The counts that stage k may have after count `before`.
  Window reachable(std::size_t k, std::size_t before) const {
    const StageBounds& b = model_.bounds[k];
    const double n = replicas(before);
    const double least = std::max({low_, b.min, n - b.stop_max});
    const double most = std::min({high_, b.max, n + b.start_max});
    return {static_cast<std::size_t>(std::ceil(least - low_ - 1e-9)),
            static_cast<std::size_t>(std::floor(most - low_ + 1e-9))};
  }

  void try_path(auto&& choose) {
    path_.clear();
    double cost = 0.0, backlog = model_.backlog;
    std::size_t at = start();
    for (std::size_t k = 0; k < stages_; ++k) {
      const std::size_t next = choose(k, at, backlog);
      cost += advance(k, at, next, backlog);
      path_.push_back(replicas(next));
      at = next;
    }
    if (cost < upper_) {
      upper_ = cost;
      best_ = path_;
    }
  }

  std::size_t start() const { return static_cast<std::size_t>(model_.current - low_); }

  /// Roundings of the relaxed path at several thresholds, and the path that follows the bound greedily.
  void find_upper_bound() {
    for (double threshold : {1e-6, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9}) {
      try_path([&](std::size_t k, std::size_t before, double) {
        const Window window = reachable(k, before);
        const double wanted = std::max(0.0, std::ceil(relaxed_[k] - threshold) - low_);
        return std::clamp(static_cast<std::size_t>(wanted), window.first, window.last);
      });
    }
    try_path([&](std::size_t k, std::size_t before, double backlog) {
      const Window window = reachable(k, before);
      const double* const rest = row(remainder_, k);
      auto best = static_cast<std::size_t>(std::min_element(rest + window.first, rest + window.last + 1) - rest);
      const double hopeless =
          rest[best] + upper_ - (constant_[0] + price_[0] * model_.backlog + row(to_go_, 0)[start()]);
      double least = kInfinity;
      for (std::size_t i = window.first; i <= window.last; ++i) {
        if (rest[i] >= hopeless) continue;
        double after = backlog;
        const double through = advance(k, before, i, after) + price_[k + 1] * after + row(to_go_, k + 1)[i];
        if (through < least) least = through, best = i;
      }
      return best;
    });
  }

  /// Sets the labels of all stages; the best of the last one, if any beats the path known, is the optimum.
  bool extend_labels(double slack) {
    labels_.push_back({model_.backlog, 0.0, static_cast<int>(start()), -1});
    std::size_t first = 0;
    for (std::size_t k = 0; k < stages_; ++k) {
      const std::size_t last = labels_.size();
      double least = kInfinity;
      for (std::size_t l = first; l < last; ++l)
        least = std::min(least, labels_[l].cost + price_[k] * labels_[l].backlog);
      const double* const rest = row(remainder_, k);
      for (std::size_t i = 0; i < counts_; ++i) {
        if (least + constant_[k] + rest[i] < upper_ - slack) set_labels(k, i, first, last, slack);
        if (work_ > budget_.labels) return false;
      }
      first = last;
    }
    take_best(first);
    return true;
  }

  /// The labels of count i in stage k that are worth keeping, from those of the stage before.
  void set_labels(std::size_t k, std::size_t i, std::size_t first, std::size_t last, double slack) {
    reached_.clear();
    const StageBounds& b = model_.bounds[k];
    const double target = upper_ - slack;
    const double rest = constant_[k] + row(remainder_, k)[i];
    for (std::size_t l = first; l < last; ++l) {
      const Label& from = labels_[l];
      const auto before = static_cast<std::size_t>(from.count);
      const double change = replicas(i) - replicas(before);
      if (change > b.start_max + 1e-9 || -change > b.stop_max + 1e-9) continue;
      if (from.cost + price_[k] * from.backlog + move_cost(change) + rest >= target) continue;
      ++work_;
      double backlog = from.backlog;
      const double cost = from.cost + advance(k, before, i, backlog);
      const double through = cost + price_[k + 1] * backlog + constant_[k + 1] + row(to_go_, k + 1)[i];
      if (through < target) reached_.push_back({backlog, cost, static_cast<int>(i), static_cast<int>(l)});
    }
    std::ranges::sort(reached_, [](const Label& a, const Label& c) {
      return a.backlog < c.backlog || (a.backlog == c.backlog && a.cost < c.cost);
    });
    double cheapest = kInfinity;
    for (const Label& label : reached_) {
      if (label.cost >= cheapest) continue;
      cheapest = label.cost;
      labels_.push_back(label);
    }
  }

  void take_best(std::size_t first) {
    const auto best = std::min_element(labels_.begin() + static_cast<std::ptrdiff_t>(first), labels_.end(),
                                       [](const Label& a, const Label& b) { return a.cost < b.cost; });
    if (best == labels_.end() || best->cost >= upper_) return;
    upper_ = best->cost;
    best_.resize(stages_);
    const Label* label = &*best;
    for (std::size_t k = stages_; k-- > 0; label = &labels_[static_cast<std::size_t>(label->before)]) {
      best_[k] = replicas(static_cast<std::size_t>(label->count));
    }
  }

  const Model& model_;
  LabelBudget budget_;
  std::span<const double> relaxed_;
  std::size_t stages_;
  std::size_t counts_ = 0;
  double low_ = 0.0, high_ = 0.0;  ///< least and largest count
  std::vector<double> arriving_, most_backlog_;
  std::vector<double> price_, constant_;
  std::vector<double> own_cost_, remainder_, to_go_;  ///< tables [stage][count]
  std::vector<Label> labels_, reached_;
  std::vector<double> path_, best_;
  double upper_ = kInfinity;
  int work_ = 0;  ///< labels looked at
};

}  // namespace

std::optional<ExactPath> find_exact_path(const Model& model, std::span<const double> backlog_duals,
                                         std::span<const double> relaxed, LabelBudget budget) {
  return LabelProgram(model, backlog_duals, relaxed, budget).run();
}

}  // namespace spillway::plan
