#include "bench/lab/clairvoyant.hpp"

#include <glpk.h>

#include <algorithm>
#include <cmath>

namespace spillway::bench {
namespace {

constexpr std::size_t kStretch = 320;  // periods solved at once

// What one period brings: requests, and the most that one replica can do.
struct Period {
  double length = 0.0;  // seconds; the last one may be short
  double arrivals = 0.0;
  double capacity = 0.0;  // requests per second
};

std::vector<Period> periods_of(const Scenario& scenario) {
  const double T = scenario.service.period;
  const double start = scenario.trace.begin();
  const auto count = static_cast<std::size_t>(std::ceil((scenario.trace.end() - start) / T - 1e-9));
  std::vector<Period> periods(count);
  ArrivalStream arrivals(scenario.trace, scenario.plant.seed, scenario.plant.dispersion);
  for (double t = arrivals.next(); t != ArrivalStream::kNever; t = arrivals.next())
    periods[std::min(count - 1, static_cast<std::size_t>((t - start) / T))].arrivals += 1.0;
  const auto& changes = scenario.plant.capacity_changes;
  for (std::size_t k = 0; k < count; ++k) {
    // A request begun before a change keeps its service time: look one period back.
    periods[k].length = std::min(T, scenario.trace.end() - start - static_cast<double>(k) * T);
    const double from = start + (static_cast<double>(k) - 1.0) * T, to = start + static_cast<double>(k + 1) * T;
    double factor = 0.0, in_force = 1.0;
    for (const CapacityChange& change : changes) {
      if (change.time > from && change.time < to) factor = std::max({factor, in_force, change.factor});
      if (change.time < to) in_force = change.factor;
    }
    periods[k].capacity = scenario.plant.capacity() * std::max(factor, in_force);
  }
  return periods;
}

// The columns of period k stand together, so that the matrix is a band.
enum Column { kReplicas = 1, kReady, kQueue, kLate, kColumns = 4 };

class Program {
 public:
  Program(const Scenario& scenario, std::span<const Period> periods, bool first)
      : s_(scenario), periods_(periods), program_(glp_create_prob()) {
    longest_service_ = s_.plant.service_time;
    for (const CapacityChange& change : s_.plant.capacity_changes)
      longest_service_ = std::max(longest_service_, s_.plant.service_time / change.factor);
    glp_add_cols(program_, kColumns * static_cast<int>(periods.size()));
    for (std::size_t k = 0; k < periods.size(); ++k) {
      const bool fixed = first && k == 0;
      // Pods that leave are billed until their last request is done, on top of the maximum.
      const double leaving = 1.0 + longest_service_ / s_.service.period;
      const double low = fixed ? s_.plant.initial : s_.service.min, high = fixed ? low : s_.service.max * leaving;
      bound_column(at(k, kReplicas), low, high);
      glp_set_obj_coef(program_, at(k, kReplicas), periods[k].length);
      bound_column(at(k, kReady), 0.0, high);
      glp_set_col_bnds(program_, at(k, kQueue), GLP_LO, 0.0, 0.0);
      bound_column(at(k, kLate), 0.0, periods[k].arrivals);
      glp_set_obj_coef(program_, at(k, kLate), s_.penalty());
      add_flow(k);
      if (k + 1 < periods.size() && periods[k + 1].length >= s_.plant.late_after + longest_service_) add_deadline(k);
      add_startup(k);
    }
  }
  ~Program() { glp_delete_prob(program_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  bool solve(Bound& total) {
    glp_smcp control;
    glp_init_smcp(&control);
    control.msg_lev = GLP_MSG_OFF;
    control.meth = GLP_DUALP;
    control.presolve = GLP_ON;
    if (glp_simplex(program_, &control) != 0 || glp_get_status(program_) != GLP_OPT) return false;
    total.cost += glp_get_obj_val(program_);
    for (std::size_t k = 0; k < periods_.size(); ++k) {
      total.replica_seconds += periods_[k].length * glp_get_col_prim(program_, at(k, kReplicas));
      total.late += glp_get_col_prim(program_, at(k, kLate));
    }
    return true;
  }

 private:
  static int at(std::size_t period, Column column) { return kColumns * static_cast<int>(period) + column; }

  void bound_column(int column, double low, double high) {
    glp_set_col_bnds(program_, column, low < high ? GLP_DB : GLP_FX, low, high);
  }
  void add_row(int type, double low, double high, std::initializer_list<std::pair<int, double>> entries) {
    const int row = glp_add_rows(program_, 1);
    glp_set_row_bnds(program_, row, type, low, high);
    int index[5] = {};
    double value[5] = {};
    int n = 0;
    for (const auto& [column, coefficient] : entries) index[++n] = column, value[n] = coefficient;
    glp_set_mat_row(program_, row, n, index, value);
  }

  // q_{k+1} - q_k + l_k + T mu r_k >= a_k
  void add_flow(std::size_t k) {
    const double work = periods_[k].length * periods_[k].capacity;
    if (k == 0)
      add_row(GLP_LO, periods_[k].arrivals, 0.0, {{at(k, kQueue), 1.0}, {at(k, kLate), 1.0}, {at(k, kReady), work}});
    else
      add_row(GLP_LO, periods_[k].arrivals, 0.0,
              {{at(k, kQueue), 1.0}, {at(k - 1, kQueue), -1.0}, {at(k, kLate), 1.0}, {at(k, kReady), work}});
  }
  // column q of period k is what is left at its end
  void add_deadline(std::size_t k) {
    const double in_time = (s_.plant.late_after + longest_service_) * periods_[k + 1].capacity;
    const double in_service = longest_service_ * periods_[k].capacity;
    add_row(GLP_UP, 0.0, 0.0, {{at(k, kQueue), 1.0}, {at(k + 1, kReady), -in_time}, {at(k, kReady), -in_service}});
  }
  // Pods that are there at the start are counted in n_0, so the first stretch needs no exception.
  void add_startup(std::size_t k) {
    const double lag = s_.plant.startup_sigma > 0.0 ? s_.plant.startup_floor : s_.plant.startup;
    const auto periods = static_cast<std::size_t>(std::floor(lag / s_.service.period + 1e-9));
    for (std::size_t back = 0; back <= std::min(periods, k); ++back)
      add_row(GLP_LO, 0.0, 0.0, {{at(k - back, kReplicas), 1.0}, {at(k, kReady), -1.0}});
  }

  const Scenario& s_;
  std::span<const Period> periods_;
  glp_prob* program_;
  double longest_service_ = 0.0;
};

}  // namespace

Result<Bound> clairvoyant_bound(const Scenario& scenario) {
  if (scenario.plant.service_variation > 0.0)
    return Error{ErrorKind::kInvalid, "the clairvoyant bound needs a constant service time"};
  if (scenario.plant.late_after + scenario.plant.service_time > scenario.service.period)
    return Error{ErrorKind::kInvalid, "the clairvoyant bound needs late_after + service time within one period"};
  const auto periods = periods_of(scenario);
  Bound total;
  for (std::size_t from = 0; from < periods.size(); from += kStretch) {
    const auto count = std::min(kStretch, periods.size() - from);
    Program program(scenario, std::span(periods).subspan(from, count), from == 0);
    if (!program.solve(total)) return Error{ErrorKind::kInvalid, "GLPK found no optimum for the clairvoyant bound"};
  }
  return total;
}

}  // namespace spillway::bench
