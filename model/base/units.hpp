#pragma once
#include <compare>

namespace spillway {

/// A number with a unit in its type. Quantities of one unit add and compare; plain numbers scale them. Numerical kernels
/// (estimators, programs) work on plain doubles and say the unit in the name; the types guard the seams between rooms.
template <typename Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) : value_(value) {}
  constexpr double value() const { return value_; }

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator-() const { return Quantity(-value_); }
  constexpr Quantity& operator+=(Quantity other) { value_ += other.value_; return *this; }
  constexpr Quantity& operator-=(Quantity other) { value_ -= other.value_; return *this; }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.value_ + b.value_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.value_ - b.value_); }
  friend constexpr Quantity operator*(Quantity a, double k) { return Quantity(a.value_ * k); }
  friend constexpr Quantity operator*(double k, Quantity a) { return a * k; }
  friend constexpr Quantity operator/(Quantity a, double k) { return Quantity(a.value_ / k); }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }

 private:
  double value_ = 0.0;
};

/// A duration, or a point in time as seconds since the Unix epoch (in simulations: since the start).
using Seconds = Quantity<struct SecondsTag>;
/// A count of requests (fluid, so not necessarily whole).
using Requests = Quantity<struct RequestsTag>;
using RequestsPerSecond = Quantity<struct RequestsPerSecondTag>;

constexpr Requests operator*(RequestsPerSecond rate, Seconds time) { return Requests(rate.value() * time.value()); }
constexpr Requests operator*(Seconds time, RequestsPerSecond rate) { return rate * time; }
constexpr RequestsPerSecond operator/(Requests count, Seconds time) {
  return RequestsPerSecond(count.value() / time.value());
}

/// A number of pods. Whole by type; a plan's relaxation uses double and says so.
using Replicas = int;

}  // namespace spillway
