#include "model/forecast/error_quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spillway::forecast {
namespace {
constexpr float kLevelWidth = 0.5F, kSlopeWidth = 0.15F;  // of the kernel, in logarithms
constexpr float kFloor = 0.005F;                         // every past moment counts this much
constexpr double kMemory = 700.0;                        // periods after which a moment counts 1/e
constexpr double kConformalRate = 0.02;
constexpr double kRecentRate = 0.13, kRecentFade = 0.985;  // a run of misses widens the tails at once, for about 70 periods
constexpr double kWidest = 3.0;                          // usual errors that one unit of it may be worth
constexpr double kResolution = 4096.0;                   // stored errors per unit of log
// The prior: a heavy-tailed handful of errors, together worth this many moments.
constexpr std::array<double, 10> kPriorErrors = {-2.2, -1.4, -0.8, -0.3, 0.0, 0.3, 0.8, 1.4, 2.2, 3.0};
constexpr double kPriorWeight = 2.5;
/// What age leaves of a moment's weight, oldest first and twice over, so that the ring of moments meets it as one stretch.
const std::array<float, 2 * ErrorQuantiles::kMoments> kAging = [] {
  std::array<float, 2 * ErrorQuantiles::kMoments> aging{};
  for (std::size_t i = 0; i < aging.size(); ++i) {
    const std::size_t age = (aging.size() - 1 - i) % ErrorQuantiles::kMoments;
    aging[i] = static_cast<float>(std::exp(-static_cast<double>(age) * ErrorQuantiles::kEvery / kMemory));
  }
  return aging;
}();
constexpr int kAlone = 5;  // a rise is alone when nothing else was missed by a fifth of it (in logarithms)
/// Whether the memory is asked anew for lead j: in every period at first, then in every second one, to halve the work. Less often is dearer
/// in the closed loop: where demand begins to rise, the errors of other rises count.
bool is_due(std::size_t j, long made) { return made < 128 || (made + static_cast<long>(j)) % 2 == 0; }
/// The quartiles are left alone: they bound the median.
constexpr bool is_tail(std::size_t i) { return i + 1 < kMedian || i > kMedian + 1; }
std::int16_t stored(double log_error) { return static_cast<std::int16_t>(std::clamp(std::lround(log_error * kResolution), -32000L, 32000L)); }
}  // namespace

void ErrorQuantiles::Errors::put(std::size_t moment, std::int16_t error) {
  remove(moment);
  const auto end = moment_.begin() + static_cast<std::ptrdiff_t>(size_);
  const auto rank = std::upper_bound(moment_.begin(), end, error, [this](std::int16_t wanted, std::uint16_t m) { return wanted < of_[m]; });
  std::move_backward(rank, end, end + 1);
  *rank = static_cast<std::uint16_t>(moment);
  of_[moment] = error;
  ++size_;
}

void ErrorQuantiles::Errors::remove(std::size_t moment) {
  if (of_[moment] == kUnknown) return;
  const auto end = moment_.begin() + static_cast<std::ptrdiff_t>(size_);
  auto rank = std::lower_bound(moment_.begin(), end, of_[moment], [this](std::uint16_t m, std::int16_t wanted) { return of_[m] < wanted; });
  while (*rank != moment) ++rank;
  std::move(rank + 1, end, rank);
  of_[moment] = kUnknown;
  --size_;
}

ErrorQuantiles::ErrorQuantiles(const Leads& leads)
    : leads_(leads), level_(Eigen::ArrayXf::Zero(kMoments)), slope_(level_), weight_(Eigen::ArrayXf::Constant(kErrors, kPriorWeight / kPrior)), errors_(leads.size()) {
  set_prior(prior_sigma_);
}

double ErrorQuantiles::prior(std::size_t j) const { return prior_sigma_ * std::sqrt(static_cast<double>(leads_[j])); }

void ErrorQuantiles::set_prior(double sigma) {
  static_assert(kPriorErrors.size() == kPrior);
  prior_sigma_ = sigma;
  for (std::size_t j = 0; j < leads_.size(); ++j) {
    for (std::size_t i = 0; i < kPrior; ++i) errors_[j].put(kMoments + i, stored(prior(j) * kPriorErrors[i]));
    similar_[j] = remembered(j);
  }
}

void ErrorQuantiles::learn(std::size_t j, double log_error, const Quantiles& said) {
  const long age = leads_[j];
  if (age > made_) return;
  if (is_kept(made_ - age)) errors_[j].put(moment_of(made_ - age), stored(log_error));
  ++learned_[j];
  usual_[j] += std::max(0.01, 1.0 / static_cast<double>(learned_[j])) * (std::min(std::abs(log_error), 4.0) - usual_[j]);
  for (std::size_t i = 0; i < said.size(); ++i) {
    const double missed = log_error > said[i] ? kQuantileLevels[i] : kQuantileLevels[i] - 1.0;
    shift_[j][i] = std::clamp(shift_[j][i] + kConformalRate * missed, -2.0, 4.0);
    recent_[j][i] = kRecentFade * recent_[j][i] + kRecentRate * missed;
  }
}

void ErrorQuantiles::begin(const Moment& now) {
  // A kernel with the width of a Gaussian and cheaper, heavier tails, times age.
  const auto distance = ((level_ - now.level) / kLevelWidth).square() + ((slope_ - now.slope) / kSlopeWidth).square();
  const auto slot = static_cast<Eigen::Index>(moment_of(made_));
  weight_.head<kMoments>() = ((1.0F + 0.125F * distance).inverse().square().square() + kFloor) *
                             Eigen::Map<const Eigen::Array<float, kMoments, 1>>(kAging.data() + kMoments - 1 - slot);
  const bool kept = is_kept(made_);
  if (kept) {
    level_[slot] = now.level;
    slope_[slot] = now.slope;
  }
  ++made_;
  for (std::size_t j = 0; j < leads_.size(); ++j) {
    if (kept) errors_[j].remove(static_cast<std::size_t>(slot));
    if (is_due(j, made_)) similar_[j] = remembered(j);
  }
}

long ErrorQuantiles::age_of(std::size_t moment) const {
  return kEvery * static_cast<long>((moment_of(made_ - 1) + kMoments - moment) % kMoments);
}

bool ErrorQuantiles::belongs_to(const Event& event, std::size_t moment, std::int16_t error) const {
  return event.lead >= 0 && error >= event.least && moment < kMoments && std::abs(age_of(moment) - event.age) <= event.lead;
}

ErrorQuantiles::Event ErrorQuantiles::lone_event(std::size_t j) const {
  const Errors& errors = errors_[j];
  Event event;
  for (std::size_t rank = errors.size(); rank-- > 0;) {
    const std::size_t moment = errors.moment(rank);
    const std::int16_t error = errors.error(rank);
    if (error <= 0 || (event.lead >= 0 && error < event.least)) break;
    if (moment >= kMoments) continue;
    if (event.lead < 0) event = {age_of(moment), leads_[j], static_cast<std::int16_t>(error / kAlone)};
    else if (!belongs_to(event, moment, error)) return {};
  }
  return event;
}

Quantiles ErrorQuantiles::remembered(std::size_t j) const {
  const Errors& errors = errors_[j];
  auto n = static_cast<Eigen::Index>(errors.size());
  Eigen::Array<float, kErrors, 1> weight, error;
  for (Eigen::Index rank = 0; rank < n; ++rank) weight[rank] = weight_[static_cast<Eigen::Index>(errors.moment(static_cast<std::size_t>(rank)))];
  for (Eigen::Index rank = 0; rank < n; ++rank) error[rank] = errors.error(static_cast<std::size_t>(rank));
  if (const Event once = lone_event(j); once.lead >= 0) {
    const Eigen::Index all = std::exchange(n, 0);
    for (Eigen::Index rank = 0; rank < all; ++rank) {
      const auto at = static_cast<std::size_t>(rank);
      if (belongs_to(once, errors.moment(at), errors.error(at))) continue;
      weight[n] = weight[rank];
      error[n++] = error[rank];
    }
  }
  const float total = weight.head(n).sum();
  constexpr Eigen::Index kBlock = 8;
  Eigen::Index i = 0;
  float below = 0.0F;  // weight of the errors before i
  Quantiles out{};
  for (std::size_t level = 0; level < out.size(); ++level) {
    const auto wanted = static_cast<float>(kQuantileLevels[level]) * total;
    for (; i + kBlock < n; i += kBlock) {
      const float block = weight.segment<kBlock>(i).sum();
      if (below + block > wanted) break;
      below += block;
    }
    while (i + 1 < n && below + weight[i] <= wanted) below += weight[i++];
    // Each error stands in the middle of its weight; between two of them along a line.
    const float off = wanted - below - 0.5F * weight[i];
    const Eigen::Index other = std::clamp<Eigen::Index>(off < 0.0F ? i - 1 : i + 1, 0, n - 1);
    const float share = std::min(1.0F, std::abs(off) / (0.5F * (weight[i] + weight[other])));
    out[level] = static_cast<double>((1.0F - share) * error[i] + share * error[other]) / kResolution;
  }
  return out;
}

double ErrorQuantiles::usual(std::size_t j) const { return std::max(usual_[j], 0.5 * prior(j)); }

Quantiles ErrorQuantiles::at(std::size_t j) const {
  Quantiles out = similar_[j];
  const double unit = usual(j);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] += shift_[j][i] * unit;
    if (is_tail(i)) out[i] += recent_[j][i] * std::clamp(std::abs(out[i]), unit, kWidest * unit);
    if (i > 0) out[i] = std::max(out[i], out[i - 1]);
  }
  return out;
}

}  // namespace spillway::forecast
