#include "operator/telemetry/metrics.hpp"

#include <thread>

#include "operator/telemetry/operator_metrics.hpp"

namespace spillway::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr MetricSpec kMoves{"test_moves_total", "Moves made."};
constexpr MetricSpec kLevel{"test_level", "Level now."};
constexpr std::array<double, 2> kBuckets = {0.1, 1.0};
constexpr HistogramSpec kSeconds{"test_seconds", "Seconds taken.", kBuckets};

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Metrics, ExposeEveryFamilyWithHelpAndTypeOnce) {
  MetricRegistry registry;
  registry.counter(kMoves, {{"policy", "a"}}).add();
  registry.counter(kMoves, {{"policy", "b"}}).add(2);
  registry.gauge(kLevel).set(1.5);
  Histogram seconds = registry.histogram(kSeconds);
  seconds.observe(0.05);
  seconds.observe(5.0);
  const std::string text = registry.text();
  EXPECT_EQ(occurrences(text, "# HELP test_moves_total Moves made.\n"), 1u);
  EXPECT_EQ(occurrences(text, "# TYPE test_moves_total counter\n"), 1u);
  EXPECT_THAT(text, HasSubstr("test_moves_total{policy=\"a\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("test_moves_total{policy=\"b\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("test_level 1.5\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_count 2\n"));
}

TEST(Metrics, GiveTheSameSeriesForTheSameLabels) {
  MetricRegistry registry;
  registry.counter(kMoves, {{"a", "1"}, {"b", "2"}}).add();
  EXPECT_DOUBLE_EQ(registry.counter(kMoves, {{"b", "2"}, {"a", "1"}}).value(), 1.0);
  EXPECT_DOUBLE_EQ(registry.counter(kMoves, {{"a", "1"}}).value(), 0.0);
}

TEST(Metrics, ForgetTheSeriesOfADeletedPolicyAndNoOther) {
  MetricRegistry registry;
  registry.gauge(metric::kReplicas, policy_labels("shop", "checkout", "kind", "ready")).set(3);
  registry.gauge(metric::kBacklog, policy_labels("shop", "checkout")).set(9);
  registry.gauge(metric::kBacklog, policy_labels("shop", "cart")).set(1);
  EXPECT_EQ(registry.remove_series(policy_labels("shop", "checkout")), 2u);
  const std::string text = registry.text();
  EXPECT_THAT(text, Not(HasSubstr("checkout")));
  EXPECT_THAT(text, Not(HasSubstr("spillway_replicas"))) << "a family without series is not exposed";
  EXPECT_THAT(text, HasSubstr("spillway_backlog{namespace=\"shop\",policy=\"cart\"} 1\n"));
  EXPECT_EQ(registry.remove_series({}), 0u);
}

TEST(Metrics, LeaveAHandleUsableAfterItsSeriesIsGone) {
  MetricRegistry registry;
  Gauge gauge = registry.gauge(kLevel, {{"policy", "a"}});
  registry.remove_series({{"policy", "a"}});
  gauge.set(4);
  EXPECT_THAT(registry.text(), Not(HasSubstr("test_level")));
}

TEST(Metrics, NeverLetACounterFall) {
  MetricRegistry registry;
  Counter counter = registry.counter(kMoves);
  counter.add(3);
  counter.add(-2);
  EXPECT_DOUBLE_EQ(counter.value(), 3.0);
}

TEST(Metrics, ShowOneStateOfSeveral) {
  MetricRegistry registry;
  set_state(registry, metric::kZone, policy_labels("shop", "checkout"), "zone", "Safe");
  set_state(registry, metric::kZone, policy_labels("shop", "checkout"), "zone", "Collapse");
  set_state(registry, metric::kZone, policy_labels("shop", "cart"), "zone", "Safe");
  const std::string text = registry.text();
  EXPECT_THAT(text, HasSubstr("{namespace=\"shop\",policy=\"checkout\",zone=\"Collapse\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("policy=\"checkout\",zone=\"Safe\"")));
  EXPECT_THAT(text, HasSubstr("policy=\"cart\",zone=\"Safe\"} 1\n"));
}

TEST(Metrics, RefreshFiguresThatAreReadBeforeEachExposition) {
  MetricRegistry registry;
  add_process_metrics(registry);
  const std::string text = registry.text();
  for (const char* name : {"process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds ", "process_start_time_seconds "})
    EXPECT_THAT(text, HasSubstr(std::string("\n") + name));
  EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0\n")));
}

TEST(Metrics, CountEveryAdditionOfManyThreadsWhileSeriesComeAndGo) {
  MetricRegistry registry;
  constexpr int kThreads = 4, kEach = 5000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&registry, t] {
      Counter shared = registry.counter(kMoves);
      for (int i = 0; i < kEach; ++i) {
        shared.add();
        if (i % 500 != 0) continue;
        registry.gauge(kLevel, {{"thread", std::to_string(t)}}).set(i);
        registry.remove_series({{"thread", std::to_string(t)}});
        (void)registry.text();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_DOUBLE_EQ(registry.counter(kMoves).value(), kThreads * kEach);
}

TEST(MetricsDeathTest, EndTheProcessWhenANameIsUsedAsTwoTypes) {
  MetricRegistry registry;
  registry.counter(kMoves).add();
  EXPECT_DEATH(registry.gauge(kMoves), "test_moves_total: exists with another type");
}

}  // namespace
}  // namespace spillway::telemetry
