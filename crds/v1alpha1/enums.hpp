#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "crds/v1alpha1/types.hpp"

namespace spillway::v1alpha1 {

/// The words of an enum in the API, in the schema's order.
template <typename E>
struct EnumWords;

template <typename E, std::size_t N>
struct EnumTable {
  struct Row {
    E value;
    const char* word;
  };
  std::array<Row, N> rows;
};

template <>
struct EnumWords<Mode> {
  static constexpr EnumTable<Mode, 3> kTable{{{{Mode::kActive, "Active"}, {Mode::kDryRun, "DryRun"}, {Mode::kPaused, "Paused"}}}};
};
template <>
struct EnumWords<Profile> {
  static constexpr EnumTable<Profile, 3> kTable{
      {{{Profile::kSafe, "Safe"}, {Profile::kNormal, "Normal"}, {Profile::kPerformance, "Performance"}}}};
};
template <>
struct EnumWords<ArrivalCounts> {
  static constexpr EnumTable<ArrivalCounts, 2> kTable{
      {{{ArrivalCounts::kArrivals, "Arrivals"}, {ArrivalCounts::kCompletions, "Completions"}}}};
};
template <>
struct EnumWords<ForecastMethod> {
  static constexpr EnumTable<ForecastMethod, 4> kTable{{{{ForecastMethod::kAuto, "Auto"},
                                                         {ForecastMethod::kHold, "Hold"},
                                                         {ForecastMethod::kSeasonal, "Seasonal"},
                                                         {ForecastMethod::kAutoRegressive, "AutoRegressive"}}}};
};
template <>
struct EnumWords<FallbackAction> {
  static constexpr EnumTable<FallbackAction, 3> kTable{
      {{{FallbackAction::kHold, "Hold"}, {FallbackAction::kReplicas, "Replicas"}, {FallbackAction::kLastPlan, "LastPlan"}}}};
};
template <>
struct EnumWords<Zone> {
  static constexpr EnumTable<Zone, 3> kTable{{{{Zone::kSafe, "Safe"}, {Zone::kWarning, "Warning"}, {Zone::kCollapse, "Collapse"}}}};
};
template <>
struct EnumWords<ConditionStatus> {
  static constexpr EnumTable<ConditionStatus, 3> kTable{
      {{{ConditionStatus::kTrue, "True"}, {ConditionStatus::kFalse, "False"}, {ConditionStatus::kUnknown, "Unknown"}}}};
};

template <typename E>
concept ApiEnum = requires { EnumWords<E>::kTable; };

/// The API's word for a value.
template <ApiEnum E>
constexpr const char* to_string(E value) {
  for (const auto& row : EnumWords<E>::kTable.rows) {
    if (row.value == value) return row.word;
  }
  return "";
}

template <ApiEnum E>
constexpr std::optional<E> from_string(std::string_view word) {
  for (const auto& row : EnumWords<E>::kTable.rows) {
    if (word == row.word) return row.value;
  }
  return std::nullopt;
}

}  // namespace spillway::v1alpha1
