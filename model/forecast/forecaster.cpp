#include "model/forecast/forecaster.hpp"

#include <algorithm>
#include <cmath>

#include "model/forecast/recurrence.hpp"

namespace spillway::forecast {
namespace {
constexpr double kOffsetShare = 0.02;        // of the slow mean
constexpr double kCap = 1.2, kGrowth = 1.5;  // over the highest level seen, over the present level
constexpr long kLongestBridge = 16;          // periods without an observation that are bridged; longer starts anew
constexpr double kPriorSigma = 0.03;         // of log-errors 15 s ahead; a random walk's grow with the square root of time

/// Paths that stay at one quantile all the way, each with the probability nearest to it; dense where lateness is decided. The
/// outermost path stands for everything above the 98th percentile.
std::vector<DemandScenario> quantile_paths(const std::vector<Quantiles>& quantiles) {
  constexpr std::array<std::size_t, 7> kPaths = {1, 2, 3, 4, 5, 6, 7};
  constexpr std::array<double, 7> kProbability = {0.375, 0.25, 0.175, 0.09, 0.06, 0.03, 0.02};
  std::vector<DemandScenario> paths(kPaths.size());
  for (std::size_t s = 0; s < kPaths.size(); ++s) {
    paths[s].probability = kProbability[s];
    paths[s].rate.reserve(quantiles.size());
    for (const Quantiles& stage : quantiles) {
      const bool outermost = s + 1 == kPaths.size();
      paths[s].rate.push_back(outermost ? 0.675 * stage[7] + 0.325 * stage[8] : stage[kPaths[s]]);
    }
  }
  return paths;
}
double prior_sigma(double period) { return kPriorSigma * std::sqrt(std::min(1.0, period / 15.0)); }
/// How many points come before the part that is as fine as `finest`: it begins with a run of such spacings and may have gaps.
std::size_t coarse_part(std::span<const HistoryPoint> history, double finest) {
  constexpr std::size_t kRun = 3;
  std::size_t run = 0;
  for (std::size_t i = 1; i < history.size(); ++i) {
    const double spacing = (history[i].time - history[i - 1].time).value();
    run = spacing > 0.0 && spacing <= finest ? run + 1 : 0;
    if (run == std::min(kRun, history.size() - 1)) return i - run;
  }
  return history.size();
}
}  // namespace

Forecaster::Forecaster(const Policy& policy)
    : period_(std::max(1e-3, policy.control_period.value())),
      season_seconds_(std::max(period_, policy.season.value())),
      method_(policy.forecast_method),
      leads_(policy),
      plain_(leads_, false),
      recurrent_(leads_, true),
      seasonal_(leads_, true),
      calendar_(season_seconds_),
      errors_(leads_),
      scores_(leads_.size()),
      now_(leads_.size()),
      past_(leads_) {
  errors_.set_prior(prior_sigma(period_));
  const auto season = std::lround(season_seconds_ / period_);
  const long most = static_cast<long>(Series::kKept) - 2 * leads_.longest();
  if (season > leads_.longest() && season < most) seasonal_.set_season(season);
}

void Forecaster::seed(std::span<const HistoryPoint> history) {
  if (history.size() < 2) return;
  const std::size_t coarse = coarse_part(history, 1.05 * period_);
  seed_coarse(history.first(coarse));
  live_through(history.subspan(coarse));
}

void Forecaster::seed_coarse(std::span<const HistoryPoint> history) {
  if (history.size() < 2) return;
  seed_calendar(history);
  seed_error_size(history);
}

void Forecaster::live_through(std::span<const HistoryPoint> history) {
  if (history.size() < 2) return;
  const double spacing = (history.back().time.value() - history.front().time.value()) / static_cast<double>(history.size() - 1);
  double sum = 0.0, count = 0.0, due = history.front().time.value() + period_ - 0.5 * spacing;
  for (const HistoryPoint& point : history) {
    if (!std::isfinite(point.rate) || point.rate < 0.0) continue;
    sum += point.rate;
    count += 1.0;
    if (point.time.value() + 1e-9 < due - 0.5 * spacing) continue;
    observe(sum / count, point.time);
    sum = count = 0.0;
    due = point.time.value() + period_;
  }
}

void Forecaster::seed_calendar(std::span<const HistoryPoint> history) {
  for (const HistoryPoint& point : history) {
    if (!std::isfinite(point.rate) || point.rate < 0.0) continue;
    calendar_.add(point.time.value(), point.rate);
    series_.raise_highest(point.rate);
  }
}

void Forecaster::seed_error_size(std::span<const HistoryPoint> history) {
  double sum = 0.0, steps = 0.0, mean = 0.0;
  for (const HistoryPoint& point : history) mean += std::max(0.0, point.rate) / static_cast<double>(history.size());
  if (!(mean > 0.0) || !std::isfinite(mean)) return;
  for (std::size_t i = 1; i < history.size(); ++i) {
    const double dt = history[i].time.value() - history[i - 1].time.value();
    const double change = std::log((history[i].rate + kOffsetShare * mean) / (history[i - 1].rate + kOffsetShare * mean));
    if (!(dt > 0.0) || !std::isfinite(change)) continue;
    // A random walk's error grows with the square root of time.
    sum += std::abs(change) * std::sqrt(period_ / dt);
    steps += 1.0;
  }
  if (steps >= 10.0) errors_.set_prior(std::clamp(1.25 * sum / steps, 0.3 * prior_sigma(period_), 10.0 * prior_sigma(period_)));
}

void Forecaster::observe(double rate, Seconds now) {
  if (!std::isfinite(rate) || rate < 0.0) return;
  const double time = now.value();
  if (series_.count() > 0) {
    const long missed = std::lround((time - last_time_) / period_) - 1;
    if (missed < 0) return;  // the same period again
    if (missed > kLongestBridge) {
      series_.restart();
      for (DirectRegression* model : {&plain_, &recurrent_, &seasonal_}) model->restart();
      past_ = DueRecords<Said>(leads_);
    } else {
      const double from = series_.last();
      for (long i = 1; i <= missed; ++i) {
        const double share = static_cast<double>(i) / static_cast<double>(missed + 1);
        step(from + share * (rate - from), last_time_ + period_);
      }
    }
  }
  step(rate, time);
}

void Forecaster::step(double rate, double time) {
  last_time_ = time;
  look_for_shift(rate);
  settle(rate);
  series_.push(rate);
  calendar_.add(time - 0.5 * period_, rate);
  look_for_seasons();
  const double scale = series_.level(3) + 1e-12;
  plain_.update(series_, scale);
  recurrent_.update(series_, scale);
  seasonal_.update(series_, scale);
  say(time);
}

double Forecaster::offset() const { return kOffsetShare * series_.level(3) + 1e-9; }

void Forecaster::look_for_shift(double rate) {
  constexpr std::size_t kNext = 0, kEarly = Shift::kEarly - 1;  // the first leads are dense
  const long n = series_.count();
  if (n < 1 || leads_.size() <= kEarly) return;
  shift_.observe(rate, {past_.due(kNext, n).mixed(), past_.due(kEarly, n).mixed()}, errors_.usual(kNext), offset());
}

void Forecaster::settle(double rate) {
  const long n = series_.count();
  for (std::size_t j = 0; j < leads_.size(); ++j) {
    if (n < leads_[j]) break;
    const Said& said = past_.due(j, n);
    mixer_.learn(j, said.points, said.mixed(), said.centres, said.median, rate);
    Quantiles errors;
    std::copy(said.errors.begin(), said.errors.end(), errors.begin());
    errors[kMedian] = said.centre;
    const double c = offset(), log_error = std::log((rate + c) / (said.mixed() + c));
    errors_.learn(j, log_error, errors);
    const auto rate_at = [&](double error) { return std::max(0.0, (said.mixed() + c) * static_cast<double>(std::exp(static_cast<float>(error))) - c); };
    constexpr std::size_t k93 = 5, k97 = 6;
    scores_[j].learn(said.median, said.points[0], rate_at(upper95(errors[k93], errors[k97])), rate_at(errors[k97]), rate);
  }
}

void Forecaster::look_for_seasons() {
  if (series_.count() < next_search_) return;
  next_search_ += std::max(60L, series_.count() / 3);
  const long found = find_recurrence(series_);
  // A neighbouring value is the same season seen again, not a reason to learn anew.
  if (found > 0 && std::abs(found - recurrent_.season()) > 1 + found / 50) recurrent_.set_season(found);
}

bool Forecaster::allowed(Candidate candidate) const {
  switch (method_) {
    case ForecastMethod::kAuto: return true;
    case ForecastMethod::kHold: return candidate == Candidate::kHold;
    case ForecastMethod::kAutoRegressive: return candidate == Candidate::kHold || candidate == Candidate::kAutoRegressive;
    case ForecastMethod::kSeasonal:
      return candidate == Candidate::kHold || candidate == Candidate::kSeasonal || candidate == Candidate::kCalendar ||
             candidate == Candidate::kRecurrence;
  }
  return true;
}

Points Forecaster::speak(std::size_t j, double time, const CalendarProfile::Usual& usual_now) const {
  Points points;
  points.fill(-1.0F);
  const double now = series_.last();
  const auto say = [&](Candidate candidate, double rate) {
    if (allowed(candidate) && std::isfinite(rate))
      points[static_cast<std::size_t>(candidate)] = static_cast<float>(std::clamp(rate, 0.0, cap(now)));
  };
  points[0] = static_cast<float>(now);
  say(Candidate::kSmoothFast, series_.level(0));
  say(Candidate::kSmoothSlow, series_.level(1));
  say(Candidate::kTrend, series_.trended(leads_[j]));
  say(Candidate::kAutoRegressive, now + plain_.change(j));
  if (recurrent_.ready(series_)) say(Candidate::kRecurrence, now + recurrent_.change(j));
  if (seasonal_.ready(series_)) say(Candidate::kSeasonal, now + seasonal_.change(j));
  const auto then = calendar_.at(time + (leads_[j] - 0.5) * period_);
  if (const double ratio = CalendarProfile::ratio(usual_now, then); ratio > 0.0) say(Candidate::kCalendar, now * ratio);
  return points;
}

double Forecaster::cap(double base) const { return std::max(kCap * series_.highest(), kGrowth * base); }

void Forecaster::say(double time) {
  const double c = offset();
  errors_.begin({static_cast<float>(std::log(series_.level(0) + c)),
                 static_cast<float>(std::log((series_.level(0) + c) / (series_.level(1) + c)))});
  const long n = series_.count() - 1;
  const auto usual_now = calendar_.at(time - 0.5 * period_);
  for (std::size_t j = 0; j < leads_.size(); ++j) {
    Said& said = now_[j];
    said.points = speak(j, time, usual_now);
    const auto mixed = static_cast<float>(mixer_.mix(j, said.points));
    std::ranges::copy(errors_at(j, mixed), said.errors.begin());
    said.centre = said.errors[kMedian];
    find_median(said, mixed, j);
    past_.due(j, n) = said;
  }
}

/// Log-errors of the mix at lead j; right after a change those of two opinions.
Quantiles Forecaster::errors_at(std::size_t j, double mixed) const {
  const Quantiles usual = errors_.at(j);
  if (shift_.probability() <= 0.0) return usual;
  const double c = offset(), second = std::min(shift_.rate(leads_[j]), cap(series_.last()));
  Quantiles moved = usual;
  for (double& error : moved) error += std::log((second + c) / (mixed + c));
  return mixture(usual, moved, shift_.probability());
}

void Forecaster::find_median(Said& said, float mixed, std::size_t j) const {
  const auto c = static_cast<float>(offset());
  const float base = mixed + c;
  const auto rate_at = [&](float log_error) { return std::max(0.0F, base * std::exp(log_error) - c); };
  said.centres = {said.points[0], mixed, rate_at(said.centre), said.points[0], said.points[0]};
  if (allowed(Candidate::kAutoRegressive)) {
    said.centres[static_cast<std::size_t>(Centre::kShortMedian)] = static_cast<float>(series_.median(0));
    said.centres[static_cast<std::size_t>(Centre::kLongMedian)] = static_cast<float>(series_.median(1));
  }
  said.median = std::clamp(static_cast<float>(mixer_.median(j, said.centres)), rate_at(said.errors[kMedian - 1]), rate_at(said.errors[kMedian + 1]));
  said.errors[kMedian] = std::log((said.median + c) / base);
}

LeadScore Forecaster::score(std::size_t j) const {
  const RunningLeadScore& score = scores_[j];
  return {leads_[j] * period_, score.error.value(), score.hold_error.value(), score.pinball97.value(), score.covered.value()};
}

DisturbanceForecast Forecaster::forecast(const StageGrid& grid, double level_now, Seconds now, Seconds startup) const {
  DisturbanceForecast out;
  const double level = std::isfinite(level_now) && level_now > 0.0 ? level_now : 0.0;
  const bool fresh = series_.count() == 0;
  const double c = fresh ? 1e-9 : offset();
  const double ratio = fresh ? 1.0 : (level + c) / (series_.last() + c);
  const double age = fresh ? 0.0 : std::clamp((now.value() - last_time_) / period_, 0.0, 8.0);
  const double top = cap(level);
  std::array<Quantiles, Leads::kMost + 1> rates{};  // now, then per lead
  rates[0].fill(level);
  for (std::size_t j = 0; j < leads_.size(); ++j) {
    const Quantiles prior = fresh ? errors_.at(j) : Quantiles{};
    for (std::size_t i = 0; i < prior.size(); ++i) {
      rates[j + 1][i] = fresh ? level * std::exp(prior[i])
                              : std::min(top, std::max(0.0, (now_[j].mixed() + c) * ratio * static_cast<double>(std::exp(now_[j].errors[i])) - c));
    }
  }
  out.quantiles.reserve(grid.size());
  for (std::size_t k = 0; k < grid.size(); ++k) {
    // The rate of lead h describes the period that ends h periods from now; a stage is the mean over its periods.
    const double from = grid.offset[k] / period_ + age, length = grid.duration[k] / period_;
    const int parts = static_cast<int>(std::clamp(std::ceil(length), 1.0, 6.0));
    Quantiles quantiles{};
    for (int part = 0; part < parts; ++part) {
      const Leads::Place at = leads_.place(from + length * (part + 0.5) / parts + 0.5);
      const Quantiles &before = rates[at.from], &after = rates[at.from + 1];
      for (std::size_t i = 0; i < quantiles.size(); ++i)  // a convex sum: between the two even when rounded
        quantiles[i] += ((1.0 - at.share) * before[i] + at.share * after[i]) / parts;
    }
    for (std::size_t i = 1; i < quantiles.size(); ++i) quantiles[i] = std::max(quantiles[i], quantiles[i - 1]);
    out.quantiles.push_back(quantiles);
  }
  out.scenarios = quantile_paths(out.quantiles);
  const std::size_t lead = leads_.nearest(startup.value() / period_ + 1.0);
  if (!fresh) {
    const auto weights = mixer_.weights(lead, now_[lead].points);
    const auto best = static_cast<std::size_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
    out.method = to_string(static_cast<Candidate>(best));
    out.flat = weights[0] > 0.999;
    out.skill = out.flat ? 0.0 : scores_[lead].skill();
    out.error = scores_[lead].error.value();
    for (std::size_t j = 0; j < leads_.size() && scores_[j].error.weight() > 0.0; ++j) out.scores.push_back(score(j));
    if (recurrent_.season() > 0) out.season = static_cast<double>(recurrent_.season()) * period_;
  } else {
    out.method = to_string(Candidate::kHold);
  }
  return out;
}

}  // namespace spillway::forecast
