#include "bench/lab/shapes.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "bench/plant/random.hpp"

namespace spillway::bench {
namespace {

constexpr double kTwoPi = 6.283185307179586;

Trace sample(double duration, double dt, const std::function<double(double)>& rate) {
  Trace trace;
  const auto bins = static_cast<std::size_t>(std::llround(std::ceil(duration / dt - 1e-9)));
  for (std::size_t i = 0; i < bins; ++i) {
    trace.time.push_back(static_cast<double>(i) * dt);
    trace.rate.push_back(std::max(0.0, rate(static_cast<double>(i) * dt)));
  }
  return trace;
}

// Noise that wanders: first-order autoregression with a time constant of `memory` seconds and standard deviation 1.
class Wander {
 public:
  Wander(std::uint64_t seed, double dt, double memory) : random_(seed), keep_(std::exp(-dt / memory)) {}
  double next() { return value_ = keep_ * value_ + std::sqrt(1.0 - keep_ * keep_) * random_.normal(); }

 private:
  Random random_;
  double keep_;
  double value_ = 0.0;
};

// A day seen in fast motion: a main and a smaller second peak, wandering noise, and now and then a burst that decays.
Trace day(const ShapeRequest& r, double length) {
  Random random(r.seed, 7);
  Wander wander(r.seed, r.dt, 120.0);
  double burst = 0.0;
  return sample(length, r.dt, [&](double t) {
    const double x = kTwoPi * t / length;
    const double wave = 0.5 - 0.35 * std::cos(x) - 0.15 * std::cos(2.0 * x + 0.6);
    burst *= std::exp(-r.dt / 60.0);
    if (random.uniform() < r.dt / 2400.0) burst += 0.4 * random.uniform();
    return r.base + (r.peak - r.base) * std::max(0.0, wave * (1.0 + 0.06 * wander.next()) + burst * wave);
  });
}

}  // namespace

const std::vector<ShapeName>& shape_names() {
  static const std::vector<ShapeName> names = {
      {"spike", "base for 60 s, peak for 60 s, base for 120 s"},
      {"step", "base, peak, then twice the base, 300 s each"},
      {"seasonality", "twenty one-minute phases of a sine between base and peak"},
      {"ramp", "from base to peak within 600 s, 300 s there, back"},
      {"noise", "an hour about the middle, with wandering noise and Poisson-like jitter"},
      {"oscillation", "base and peak in turns of 120 s"},
      {"bursts", "base with short bursts to the peak at random moments, one hour"},
      {"day", "a day's double wave with noise and bursts, played in two hours"},
  };
  return names;
}

Result<Trace> generate(const ShapeRequest& r) {
  if (!(r.dt > 0.0)) return Error{ErrorKind::kInvalid, "dt: " + std::to_string(r.dt) + ": must be positive"};
  const auto length = [&](double own) { return r.duration > 0.0 ? r.duration : own; };
  const double rise = r.peak - r.base;
  if (r.shape == "spike") {
    const double unit = length(240.0) / 4.0;
    return sample(4.0 * unit, r.dt, [&](double t) { return t >= unit && t < 2.0 * unit ? r.peak : r.base; });
  }
  if (r.shape == "step") {
    const double unit = length(900.0) / 3.0;
    return sample(3.0 * unit, r.dt, [&](double t) {
      return t < unit ? r.base : t < 2.0 * unit ? r.peak : 2.0 * r.base;
    });
  }
  if (r.shape == "seasonality") {
    return sample(length(1200.0), r.dt, [&](double t) {
      return std::round(r.base + rise * (0.5 + 0.5 * std::sin(kTwoPi * std::floor(t / 60.0) / 20.0)));
    });
  }
  if (r.shape == "ramp") {
    const double unit = length(1500.0) / 5.0;
    return sample(5.0 * unit, r.dt, [&](double t) {
      const double x = t / unit;
      return r.base + rise * std::clamp(x < 3.0 ? x / 2.0 : (5.0 - x) / 2.0, 0.0, 1.0);
    });
  }
  if (r.shape == "noise") {
    Wander wander(r.seed, r.dt, 60.0);
    Random random(r.seed, 3);
    return sample(length(3600.0), r.dt, [&](double) {
      const double mean = r.base + rise * (0.5 + 0.15 * wander.next());
      return mean + std::sqrt(std::max(mean, 0.0)) * random.normal();
    });
  }
  if (r.shape == "oscillation")
    return sample(length(1200.0), r.dt,
                  [&](double t) { return static_cast<long>(t / 120.0) % 2 == 0 ? r.base : r.peak; });
  if (r.shape == "bursts") {
    Random random(r.seed, 5);
    double until = -1.0;
    return sample(length(3600.0), r.dt, [&](double t) {
      if (t >= until && random.uniform() < r.dt / 400.0) until = t + 20.0 + 60.0 * random.uniform();
      return t < until ? r.peak : r.base;
    });
  }
  if (r.shape == "day") return day(r, length(7200.0));
  std::string known;
  for (const auto& [name, what] : shape_names()) known += (known.empty() ? "" : ", ") + std::string(name);
  return Error{ErrorKind::kInvalid, "shape: " + r.shape + ": allowed are " + known};
}

}  // namespace spillway::bench
