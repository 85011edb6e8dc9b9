#include <rapidcheck/gtest.h>

#include <set>

#include <nlohmann/json.hpp>

#include "crds/v1alpha1/codec.hpp"
#include "crds/v1alpha1/cron.hpp"
#include "tests/crds/v1alpha1/files.hpp"

namespace spillway::v1alpha1 {
namespace {

using Json = nlohmann::json;

template <typename E>
E one_of(std::vector<E> values) { return *rc::gen::elementOf(values); }

int whole_between(int least, int greatest) { return *rc::gen::inRange(least, greatest + 1); }

AutoscalerPolicySpec any_valid_spec() {
  AutoscalerPolicySpec spec;
  spec.scale_target_ref = {"apps/v1", "Deployment", "target"};
  spec.mode = one_of<Mode>({Mode::kActive, Mode::kDryRun, Mode::kPaused});
  spec.profile = one_of<Profile>({Profile::kSafe, Profile::kNormal, Profile::kPerformance});
  spec.min_replicas = whole_between(1, 50);
  spec.max_replicas = whole_between(spec.min_replicas, 100);
  spec.control_period_seconds = whole_between(1, 300);
  spec.horizon_seconds = whole_between(spec.control_period_seconds, 7200);
  if (*rc::gen::arbitrary<bool>()) spec.objective.target_utilization_percent = whole_between(1, 100);
  if (*rc::gen::arbitrary<bool>()) spec.objective.late_penalty = ResourceQuantity::of(whole_between(1, 1000000) / 1000.0);
  spec.metrics.arrival_rate.emplace().query = "sum(rate(x[30s]))";
  if (*rc::gen::arbitrary<bool>()) spec.metrics.backlog.emplace().query = "backlog";
  if (*rc::gen::arbitrary<bool>()) spec.capacity.startup_seconds = whole_between(0, 3600);
  spec.behavior.scale_up.frozen = *rc::gen::arbitrary<bool>();
  const int entries = whole_between(0, 4);
  for (int i = 0; i < entries; ++i)
    spec.schedule.push_back({"entry-" + std::to_string(i), "0 8 * * *", "UTC", whole_between(60, 86400), whole_between(1, spec.max_replicas), std::nullopt});
  if (*rc::gen::arbitrary<bool>()) spec.fallback = {FallbackAction::kReplicas, 60, whole_between(spec.min_replicas, spec.max_replicas)};
  return spec;
}

RC_GTEST_PROP(CodecProperty, EveryValidSpecSurvivesTheTripToJsonAndBack, ()) {
  const AutoscalerPolicySpec spec = any_valid_spec();
  Json object = testing::valid_policy();
  object["spec"] = encode_spec(spec);
  const auto decoded = decode_policy(object);
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(decoded->spec == spec);
  RC_ASSERT(encode_spec(decoded->spec) == object["spec"]);
}

RC_GTEST_PROP(CodecProperty, NoTextMakesTheManifestReaderThrow, (const std::string& text)) {
  const auto policy = parse_policy_manifest(text);
  RC_ASSERT(!policy.has_value());
}

RC_GTEST_PROP(QuantityProperty, WhatIsWrittenReadsBackWithinThreeDecimals, ()) {
  const double value = *rc::gen::inRange(-2000000000, 2000000000) / 997.0;
  const auto parsed = parse_quantity(ResourceQuantity::of(value).text);
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(std::abs(parsed->value - value) <= 0.0005 + 1e-9);
}

RC_GTEST_PROP(QuantityProperty, NoTextMakesTheParserThrowOrAnswerWithANonNumber, (const std::string& text)) {
  const auto parsed = parse_quantity(text);
  if (parsed) RC_ASSERT(std::isfinite(parsed->value));
}

RC_GTEST_PROP(CronProperty, AListOfSingleValuesFiresExactlyThen, ()) {
  const std::set<int> minutes = *rc::gen::nonEmpty(rc::gen::container<std::set<int>>(rc::gen::inRange(0, 60)));
  std::string list;
  for (const int minute : minutes) {
    if (!list.empty()) list += ',';
    list += std::to_string(minute);
  }
  const auto cron = parse_cron(list + " * * * *");
  RC_ASSERT(cron.has_value());
  for (int minute = 0; minute < 60; ++minute) RC_ASSERT(cron->minutes[static_cast<std::size_t>(minute)] == (minutes.count(minute) == 1));
}

RC_GTEST_PROP(CronProperty, NoTextMakesTheParserThrow, (const std::string& text)) { (void)parse_cron(text).has_value(); }

}  // namespace
}  // namespace spillway::v1alpha1
