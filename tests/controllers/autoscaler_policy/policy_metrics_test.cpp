#include "controllers/autoscaler_policy/policy_metrics.hpp"

#include "tests/controllers/autoscaler_policy/healthy.hpp"

namespace spillway::autoscaler_policy {
namespace {

const kube::ObjectKey kPolicy{"shop", "checkout"};

/// Seen 20 s ago.
Findings decided() {
  Findings findings = healthy();
  findings.verdict->observation.arrival_rate = Reading::of(100, Seconds(980));
  findings.verdict->trace.estimate.backlog_known = true;
  return findings;
}

v1alpha1::AutoscalerPolicyStatus in_collapse() {
  v1alpha1::AutoscalerPolicyStatus status;
  status.zone = v1alpha1::Zone::kCollapse;
  return status;
}

class PolicyMetrics : public testing::Test {
 protected:
  bool has(const std::string& name) const { return metrics.text().find("\n" + name + "{") != std::string::npos; }

  telemetry::MetricRegistry metrics;
};

TEST_F(PolicyMetrics, what_earlier_decisions_saw_ends_when_none_is_taken) {
  publish(metrics, kPolicy, decided(), in_collapse());
  const std::vector<std::string> of_the_present = {"spillway_zone", "spillway_arrival_rate", "spillway_backlog", "spillway_slo_breach_probability",
                                                   "spillway_replicas", "spillway_sample_age_seconds"};
  for (const auto& name : of_the_present) EXPECT_TRUE(has(name)) << name << "\n" << metrics.text();
  Findings nothing;
  nothing.now = Seconds(1010);
  publish(metrics, kPolicy, nothing, in_collapse());
  for (const auto& name : of_the_present) EXPECT_FALSE(has(name)) << name;
  EXPECT_TRUE(has("spillway_decisions_total")) << "what is counted stays";
}

TEST_F(PolicyMetrics, a_sample_that_did_not_come_has_no_age) {
  Findings findings = decided();
  publish(metrics, kPolicy, findings, {});
  EXPECT_NE(metrics.text().find("spillway_sample_age_seconds{metric=\"arrivalRate\",namespace=\"shop\",policy=\"checkout\"} 20"), std::string::npos) << metrics.text();
  findings.verdict->observation.arrival_rate = Reading::missing(Absence::kTimeout);
  publish(metrics, kPolicy, findings, {});
  EXPECT_FALSE(has("spillway_sample_age_seconds"));
  EXPECT_TRUE(has("spillway_samples_rejected_total"));
}

TEST_F(PolicyMetrics, a_policy_has_a_bounded_number_of_series_whatever_it_sees) {
  const auto series = [&] {
    const std::string text = metrics.text();
    long count = 0;
    for (std::size_t at = text.find("policy=\"checkout\""); at != std::string::npos; at = text.find("policy=\"checkout\"", at + 1)) ++count;
    return count;
  };
  Findings findings = decided();
  for (int i = 0; i < 500; ++i) {
    findings.verdict->observation.arrival_rate = i % 3 == 0 ? Reading::missing(Absence::kTimeout) : Reading::of(100.0 + i, Seconds(980));
    findings.verdict->decision.replicas = i % 40;
    findings.verdict->decision.message = "message " + std::to_string(i);
    publish(metrics, kPolicy, findings, in_collapse());
  }
  EXPECT_LT(series(), 60) << metrics.text();
}

}  // namespace
}  // namespace spillway::autoscaler_policy
