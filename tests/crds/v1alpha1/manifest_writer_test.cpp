#include "crds/v1alpha1/manifest_writer.hpp"

#include <gtest/gtest.h>

#include "crds/v1alpha1/codec.hpp"

namespace spillway::v1alpha1 {
namespace {

ObjectMetadata named(const char* name, const char* ns) {
  ObjectMetadata metadata;
  metadata.name = name;
  metadata.namespace_name = ns;
  return metadata;
}

AutoscalerPolicySpec small() {
  AutoscalerPolicySpec spec;
  spec.scale_target_ref = {"apps/v1", "Deployment", "web"};
  spec.max_replicas = 9;
  spec.metrics.arrival_rate.emplace().query = "vector(1)";
  return spec;
}

TEST(ManifestWriter, LeavesOutWhatIsTheDefault) {
  EXPECT_EQ(write_policy_manifest(named("web", "shop"), small(), {}, {}),
            "apiVersion: autoscaling.spillway.dev/v1alpha1\n"
            "kind: AutoscalerPolicy\n"
            "metadata:\n"
            "  name: web\n"
            "  namespace: shop\n"
            "spec:\n"
            "  scaleTargetRef:\n"
            "    apiVersion: apps/v1\n"
            "    kind: Deployment\n"
            "    name: web\n"
            "  maxReplicas: 9\n"
            "  metrics:\n"
            "    arrivalRate:\n"
            "      query: 'vector(1)'\n");
}

TEST(ManifestWriter, PutsCommentsAboveTheirFieldsEvenIfThoseAreTheDefault) {
  const std::string text = write_policy_manifest(named("web", ""), small(), {{"spec.minReplicas", "Two lines.\nThe second."}}, {"Head."});
  EXPECT_TRUE(text.starts_with("# Head.\napiVersion"));
  EXPECT_NE(text.find("  # Two lines.\n  # The second.\n  minReplicas: 1\n"), std::string::npos) << text;
}

TEST(ManifestWriter, WrapsLongComments) {
  const std::string text = write_policy_manifest(named("web", ""), small(), {{"spec.maxReplicas", std::string(30, 'a') + std::string(20, ' ') + [] {
                                                   std::string words;
                                                   for (int i = 0; i < 60; ++i) words += "word ";
                                                   return words;
                                                 }()}}, {});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 112u) << line;
}

TEST(ManifestWriter, WhatItWritesReadsBackTheSame) {
  AutoscalerPolicySpec spec = small();
  spec.mode = Mode::kDryRun;
  spec.min_replicas = 0;
  spec.max_replicas = 20;
  spec.metrics.arrival_rate->query = "sum(rate(x{a=\"it's\",b=~'\\\\d'}[1m]))\n  or vector(0)";
  spec.metrics.backlog = BacklogMetric{};
  spec.metrics.backlog->query = "on";
  spec.metrics.backlog->includes_in_service = true;
  spec.metrics.prometheus.address = "http://prometheus:9090/base";
  spec.metrics.prometheus.basic_auth_secret_ref = BasicAuthSecretRef{"true", "username", "password"};
  spec.capacity.requests_per_second_per_replica = ResourceQuantity::of(6.25);
  spec.behavior.scale_down.cooldown_seconds = 300;
  spec.behavior.scale_up.frozen = true;
  spec.schedule = {{"morning", "0 8 * * 1-5", "Europe/Berlin", 7200, 10, std::nullopt}, {"night", "@daily", "UTC", 600, std::nullopt, 0}};
  spec.fallback = {FallbackAction::kReplicas, 90, 5};
  const std::string text = write_policy_manifest(named("1e3", "null"), spec, {{"spec.schedule", "c"}}, {"- note: with a colon"});
  const auto back = parse_policy_manifest(text);
  ASSERT_TRUE(back) << back.error().message << "\n" << text;
  EXPECT_EQ(back->spec, spec) << text;
  EXPECT_EQ(back->metadata.name, "1e3");
  EXPECT_EQ(back->metadata.namespace_name, "null");
}

}  // namespace
}  // namespace spillway::v1alpha1
