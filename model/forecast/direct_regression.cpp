#include "model/forecast/direct_regression.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace spillway::forecast {
namespace {
constexpr float kForgetting = 0.9995F;
constexpr float kRidge = 4.0F;        // worth this many usual origins that all say hold
constexpr float kWinsor = 6.0F;        // changes beyond this multiple of the usual one are cut: one burst must not teach all
constexpr long kMinimumOrigins = 20;   // before that a regression of this size knows nothing
constexpr float kConstant = 0.03F;      // the constant regressor: a small one is shrunk more
constexpr double kSeasons = 4.0;        // past seasons that are averaged
constexpr long kSolveEvery = 32;       // periods; while the moments are young, more often
constexpr long kYoung = 128, kSolveEveryYoung = 4;
}  // namespace

DirectRegression::DirectRegression(const Leads& leads, bool seasonal)
    : leads_(leads), seasonal_(seasonal), size_(kPlain + (seasonal ? 1 + static_cast<int>(leads.size()) : 0)) {
  restart();
}

void DirectRegression::restart() {
  if (seasonal_ && season_ == 0) return;  // silent, and takes no memory
  const int depth = leads_.longest();
  const auto count = static_cast<Eigen::Index>(leads_.size());
  learned_ = 0;
  weight_ = 0.0F;
  x_ = Eigen::VectorXf::Zero(size_);
  moments_ = Eigen::MatrixXf::Zero(size_, size_);
  targets_ = Eigen::MatrixXf::Zero(size_, count);
  weights_ = Eigen::MatrixXf::Zero(size_, count);
  past_x_ = Eigen::MatrixXf::Zero(size_, depth);
  past_scale_.assign(static_cast<std::size_t>(depth), 0.0F);
  past_rate_.assign(static_cast<std::size_t>(depth), 0.0F);
  usual_change_ = Eigen::VectorXf::Zero(count);
  change_ = Eigen::VectorXf::Zero(count);
}

void DirectRegression::set_season(long periods) {
  if (periods == season_) return;
  season_ = periods;
  restart();
}

bool DirectRegression::ready(const Series& series) const {
  return series.has(kLags) && (!seasonal_ || (season_ > 0 && series.has(season_)));
}

void DirectRegression::build_regressors(const Series& series, double scale) {
  const double now = series.last();
  const auto difference = [&](double rate) { return static_cast<float>((rate - now) / scale); };
  x_[0] = kConstant;
  for (int i = 1; i <= kLags; ++i) x_[i] = difference(series.at(i));
  for (int i = 0; i < kMeans; ++i) x_[1 + kLags + i] = difference(series.level(static_cast<std::size_t>(i) + 1));
  if (!seasonal_) return;
  x_[kPlain] = difference(past_seasons(series, 0));
  for (std::size_t j = 0; j < leads_.size(); ++j) x_[kPlain + 1 + static_cast<int>(j)] = difference(past_seasons(series, leads_[j]));
}

double DirectRegression::past_seasons(const Series& series, long lead) const {
  const long first = (lead + season_ - 1) / season_;  // back far enough to be known already
  double sum = 0.0, count = 0.0;
  for (long back = std::max(1L, first); count < kSeasons; ++back) {
    const long age = back * season_ - lead;
    if (!series.has(age)) break;
    sum += series.at(age);
    count += 1.0;
  }
  return count > 0.0 ? sum / count : series.last();
}

void DirectRegression::learn(const Series& series) {
  const long depth = leads_.longest();
  for (std::size_t j = 0; j < leads_.size(); ++j) {
    if (learned_ < leads_[j]) break;
    const auto lead = static_cast<Eigen::Index>(j);
    const auto slot = static_cast<Eigen::Index>((learned_ - leads_[j]) % depth);
    const auto at = static_cast<std::size_t>(slot);
    float target = (static_cast<float>(series.last()) - past_rate_[at]) / past_scale_[at];
    float& usual = usual_change_[lead];
    const float most = kWinsor * std::max(usual, std::abs(target) / static_cast<float>(learned_));
    target = std::clamp(target, -most, most);
    usual += std::max(0.01F, 1.0F / static_cast<float>(learned_ - leads_[j] + 1)) * (std::abs(target) - usual);
    targets_.col(lead) = kForgetting * targets_.col(lead) + target * past_x_.col(slot);
  }
}

void DirectRegression::solve() {
  Eigen::MatrixXf a = moments_;
  a.diagonal().array() += kRidge / weight_ * moments_.trace() / static_cast<float>(size_) + 1e-12F;
  weights_ = a.llt().solve(targets_);
}

void DirectRegression::update(const Series& series, double scale) {
  if (!ready(series) || !(scale > 0.0)) {
    change_.setZero();
    return;
  }
  learn(series);
  build_regressors(series, scale);
  weight_ = kForgetting * weight_ + 1.0F;
  moments_ *= kForgetting;
  moments_.selfadjointView<Eigen::Lower>().rankUpdate(x_);
  const auto slot = static_cast<Eigen::Index>(learned_ % leads_.longest());
  past_x_.col(slot) = x_;
  past_scale_[static_cast<std::size_t>(slot)] = static_cast<float>(scale);
  past_rate_[static_cast<std::size_t>(slot)] = static_cast<float>(series.last());
  ++learned_;
  if ((learned_ + 5 * season_) % (learned_ < kYoung ? kSolveEveryYoung : kSolveEvery) == 0) solve();
  for (std::size_t j = 0; j < leads_.size(); ++j) {
    const bool known = learned_ >= kMinimumOrigins + leads_[j];
    const auto lead = static_cast<Eigen::Index>(j);
    change_[lead] = known ? static_cast<float>(scale) * x_.dot(weights_.col(lead)) : 0.0F;
  }
}

}  // namespace spillway::forecast
