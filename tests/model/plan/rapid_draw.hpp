#pragma once
#include <rapidcheck/gtest.h>

namespace spillway::plan::testing {

inline double number(double low, double high) {
  return low + (high - low) * static_cast<double>(*rc::gen::inRange(0, 10001)) / 10000.0;
}

/// RapidCheck as the source of bench/micro/any_request.hpp: counterexamples shrink.
struct RapidDraw {
  double number(double low, double high) const { return testing::number(low, high); }
  int whole(int low, int high) const { return *rc::gen::inRange(low, high); }
  bool one_in(int n) const { return *rc::gen::inRange(0, n) == 0; }
};

}  // namespace spillway::plan::testing
