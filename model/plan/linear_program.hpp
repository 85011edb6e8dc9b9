#pragma once
#include <cstddef>
#include <limits>
#include <vector>

namespace spillway::plan {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// An inclusive range; infinite ends are open, equal ends fix the value.
struct Range {
  double lower = -kInfinity;
  double upper = kInfinity;
};

/// minimise cost x subject to row ranges on A x and column ranges on x. Indices count from 0; A is a list of entries,
/// rows in order.
struct LinearProgram {
  std::vector<Range> columns;
  std::vector<double> cost;
  std::vector<Range> rows;
  /// Entries of A. Slot 0 is unused and indices are stored plus one: the arrays go to GLPK as they are.
  std::vector<int> row_of{0}, column_of{0};
  std::vector<double> value{0.0};

  int add_column(double lower, double upper, double column_cost) {
    columns.push_back({lower, upper});
    cost.push_back(column_cost);
    return static_cast<int>(columns.size()) - 1;
  }
  int add_row(double lower, double upper) {
    rows.push_back({lower, upper});
    return static_cast<int>(rows.size()) - 1;
  }
  /// An entry in the row added last.
  void add_entry(int column, double coefficient) {
    row_of.push_back(static_cast<int>(rows.size()));
    column_of.push_back(column + 1);
    value.push_back(coefficient);
  }
  /// Programs of equal shape can share a basis.
  std::size_t shape() const { return (rows.size() * 1000003u + columns.size()) * 1000003u + value.size(); }
};

}  // namespace spillway::plan
