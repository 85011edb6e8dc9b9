#include "model/estimate/estimator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace spillway::estimate {
namespace {

Policy policy_with_capacity(double mu) {
  Policy policy;
  policy.capacity = mu;
  policy.concurrency = 1.0;
  policy.startup = Seconds(30.0);
  policy.rate_window = Seconds(15.0);
  return policy;
}

Observation seen(double rate, Replicas ready, double now) {
  Observation observation;
  observation.arrival_rate = Reading::of(rate, Seconds(now));
  observation.replicas = observation.ready = ready;
  return observation;
}

bool rejected(const StateEstimate& estimate, const std::string& metric, const std::string& reason) {
  return std::any_of(estimate.rejections.begin(), estimate.rejections.end(),
                     [&](const Rejection& r) { return r.metric == metric && r.reason == reason; });
}

/// A controller that has seen `rate` for a while.
struct Timeline {
  Policy policy;
  Estimator estimator;
  double now = 0.0;
  Timeline(Policy p, double rate, Replicas ready, int steps = 20) : policy(p), estimator(p) {
    for (int i = 0; i < steps; ++i) feed(seen(rate, ready, now + period()));
  }
  double period() const { return policy.control_period.value(); }
  StateEstimate feed(Observation observation) {
    now += period();
    return estimator.update(observation, policy, Seconds(now));
  }
  StateEstimate see(double rate, Replicas ready) { return feed(seen(rate, ready, now + period())); }
  /// The arrival rate and one sensor more.
  StateEstimate see(double rate, Replicas ready, Reading Observation::*sensor, double value) {
    Observation observation = seen(rate, ready, now + period());
    observation.*sensor = Reading::of(value, Seconds(now + period()));
    return feed(observation);
  }
  /// What comes next where completions are counted, too, and the queue if `backlog` is not negative.
  Observation served(double rate, Replicas ready, double throughput, double backlog = -1.0) const {
    Observation observation = seen(rate, ready, now + period());
    observation.throughput = Reading::of(throughput, Seconds(now + period()));
    if (backlog >= 0.0) observation.backlog = Reading::of(backlog, Seconds(now + period()));
    return observation;
  }
};

// The sensor faults of load profile S10 (facts/traffic-control.md): true load 30, one-second ticks.
TEST(Estimator, refuses_the_single_sensor_faults_of_profile_S10_and_keeps_the_level) {
  Policy policy = policy_with_capacity(2.0);
  policy.control_period = policy.rate_window = Seconds(1.0);
  Timeline line(policy, 30.0, 15);
  for (const auto& [reading, reason] : {std::pair{1e6, "Spike"}, {-50.0, "Negative"}, {0.0, "Vanished"}}) {
    const StateEstimate estimate = line.see(reading, 15);
    EXPECT_TRUE(rejected(estimate, "arrivalRate", reason)) << reading;
    EXPECT_TRUE(estimate.degraded) << reading;
    EXPECT_NEAR(estimate.arrival_rate.value, 30.0, 6.0) << reading;
    for (int i = 0; i < 10; ++i) {
      const StateEstimate after = line.see(30.0, 15);
      EXPECT_FALSE(after.degraded) << after.degraded_reason;
      EXPECT_NEAR(after.arrival_rate.value, 30.0, 3.0);
    }
  }
}

TEST(Estimator, each_way_of_missing_is_reported_by_its_name_and_never_read_as_zero) {
  for (const Absence absence : {Absence::kEmpty, Absence::kNotANumber, Absence::kInfinite, Absence::kNegative, Absence::kStale,
                                Absence::kPartial, Absence::kError, Absence::kTimeout}) {
    Timeline line(policy_with_capacity(25.0), 100.0, 5);
    Observation observation = seen(0.0, 5, 0.0);
    observation.arrival_rate = Reading::missing(absence);
    const StateEstimate estimate = line.feed(observation);
    EXPECT_TRUE(rejected(estimate, "arrivalRate", to_string(absence)));
    EXPECT_FALSE(estimate.demand_known);
    EXPECT_TRUE(estimate.degraded);
    EXPECT_NEAR(estimate.arrival_rate.value, 100.0, 10.0);
  }
}

TEST(Estimator, a_tenfold_step_is_believed_at_its_first_sample) {
  Timeline line(policy_with_capacity(25.0), 20.0, 2);
  const StateEstimate estimate = line.see(200.0, 2);
  EXPECT_TRUE(estimate.rejections.empty());
  EXPECT_NEAR(estimate.arrival_rate.value, 200.0, 1.0);
  EXPECT_TRUE(estimate.regime_shift || line.see(200.0, 2).regime_shift);
}

TEST(Estimator, a_hundredfold_step_is_believed_at_its_second_sample_or_at_once_when_a_queue_confirms_it) {
  Timeline line(policy_with_capacity(25.0), 20.0, 2);
  EXPECT_TRUE(rejected(line.see(2000.0, 2), "arrivalRate", "Spike"));
  EXPECT_NEAR(line.see(2100.0, 2).arrival_rate.value, 2100.0, 1.0);

  Timeline with_queue(policy_with_capacity(25.0), 20.0, 2);
  Observation calm = seen(20.0, 2, with_queue.now + 15.0);
  calm.backlog = Reading::of(0.0, Seconds(with_queue.now + 15.0));
  with_queue.feed(calm);
  Observation surge = seen(2000.0, 2, with_queue.now + 15.0);
  surge.backlog = Reading::of(9000.0, Seconds(with_queue.now + 15.0));
  const StateEstimate estimate = with_queue.feed(surge);
  EXPECT_NEAR(estimate.arrival_rate.value, 2000.0, 1.0);
}

TEST(Estimator, a_load_that_really_ends_is_believed_at_the_second_zero) {
  Timeline line(policy_with_capacity(25.0), 100.0, 5);
  EXPECT_TRUE(line.see(0.0, 5).degraded);
  const StateEstimate estimate = line.see(0.0, 5);
  EXPECT_FALSE(estimate.degraded);
  EXPECT_DOUBLE_EQ(estimate.arrival_rate.value, 0.0);
}

TEST(Estimator, a_zero_is_never_believed_while_throughput_shows_load) {
  Timeline line(policy_with_capacity(25.0), 100.0, 5);
  for (int i = 0; i < 5; ++i) {
    Observation observation = line.served(0.0, 5, 100.0);
    const StateEstimate estimate = line.feed(observation);
    EXPECT_TRUE(rejected(estimate, "arrivalRate", "Contradicted"));
    EXPECT_TRUE(estimate.demand_known);
    EXPECT_NEAR(estimate.arrival_rate.value, 100.0, 10.0);
  }
}

TEST(Estimator, a_flood_that_leaves_pods_free_is_refused_for_as_long_as_it_lasts) {
  Timeline line(policy_with_capacity(25.0), 100.0, 5);
  for (int i = 0; i < 30; ++i) {
    Observation observation = seen(1e6, 5, line.now + line.period());
    observation.utilization = Reading::of(0.8, Seconds(line.now + line.period()));
    const StateEstimate estimate = line.feed(observation);
    EXPECT_TRUE(rejected(estimate, "arrivalRate", "Spike")) << i;
    EXPECT_NEAR(estimate.arrival_rate.value, 100.0, 20.0) << i;
  }
}

TEST(Estimator, a_queue_of_a_million_before_free_pods_is_refused) {
  Timeline line(policy_with_capacity(25.0), 100.0, 5);
  for (int i = 0; i < 10; ++i) {
    Observation observation = seen(100.0, 5, line.now + line.period());
    observation.utilization = Reading::of(0.8, Seconds(line.now + line.period()));
    observation.backlog = Reading::of(i < 5 ? 0.0 : 1e6, Seconds(line.now + line.period()));
    const StateEstimate estimate = line.feed(observation);
    EXPECT_EQ(rejected(estimate, "backlog", "Spike"), i >= 5) << i;
    EXPECT_LT(estimate.backlog.value, 100.0) << i;
  }
}

TEST(Estimator, a_flood_that_only_repeats_itself_is_acted_on_and_remembered_in_part_until_it_has_stayed) {
  Timeline line(policy_with_capacity(25.0), 100.0, 5);
  line.see(1e6, 5);
  StateEstimate estimate = line.see(1e6, 5);
  EXPECT_NEAR(estimate.arrival_rate.value, 1e6, 1e5);
  EXPECT_LE(estimate.rate_to_learn, 20.0 * 125.0);
  for (int i = 0; i < 30; ++i) estimate = line.see(1e6, 5);
  EXPECT_NEAR(estimate.rate_to_learn, 1e6, 1e5) << "it is real";
}

TEST(Estimator, arrivals_that_stand_still_are_overruled_by_what_is_served_and_queues) {
  Policy policy = policy_with_capacity(25.0);
  Timeline line(policy, 100.0, 5);
  StateEstimate estimate;
  const auto stuck_at_100 = [&](double throughput, double backlog) {
    return line.feed(line.served(100.0, 5, throughput, backlog));
  };
  for (int i = 0; i < 10; ++i) estimate = stuck_at_100(100.0, 0.0);
  EXPECT_FALSE(estimate.degraded) << "a steady load is one";
  double backlog = 0.0;
  for (int i = 0; i < 10; ++i) estimate = stuck_at_100(125.0, backlog += 75.0 * line.period());
  EXPECT_TRUE(rejected(estimate, "arrivalRate", "Stuck"));
  EXPECT_TRUE(estimate.degraded);
  EXPECT_NEAR(estimate.arrival_rate.value, 200.0, 15.0) << "125 served and 75 more waiting, each second";
  for (int i = 0; i < 10; ++i) estimate = stuck_at_100(125.0, backlog -= 25.0 * line.period());
  EXPECT_FALSE(estimate.degraded) << "a queue that drains is served, too, and did not arrive";
  EXPECT_NEAR(estimate.arrival_rate.value, 100.0, 10.0);
}

TEST(Estimator, arrivals_that_stand_still_while_more_is_served_are_completions_at_the_ceiling) {
  Timeline line(policy_with_capacity(25.0), 100.0, 5);
  StateEstimate estimate;
  for (int i = 0; i < 10; ++i) {
    estimate = line.feed(line.served(100.0, 5, 125.0));
  }
  EXPECT_TRUE(rejected(estimate, "arrivalRate", "Stuck"));
  EXPECT_TRUE(estimate.arrival_is_throughput);
  EXPECT_GT(estimate.arrival_rate.value, 125.0) << "all pods are full: more was asked for than they serve";
}

TEST(Estimator, throughput_beyond_what_the_pods_can_serve_is_refused_but_arrivals_are_not) {
  Timeline line(policy_with_capacity(25.0), 100.0, 5);
  Observation observation = line.served(400.0, 5, 400.0);
  const StateEstimate estimate = line.feed(observation);
  EXPECT_TRUE(rejected(estimate, "throughput", "AboveCapacity"));
  EXPECT_NEAR(estimate.arrival_rate.value, 400.0, 1.0);
}

TEST(Estimator, without_arrivals_demand_is_throughput_plus_the_growth_of_the_queue) {
  Timeline line(policy_with_capacity(25.0), 100.0, 4);
  double queue = 0.0;
  StateEstimate estimate;
  for (int i = 0; i < 6; ++i) {
    Observation observation = seen(0.0, 4, line.now + 15.0);
    observation.arrival_rate = Reading::missing(Absence::kTimeout);
    observation.throughput = Reading::of(100.0, Seconds(line.now + 15.0));
    observation.backlog = Reading::of(queue, Seconds(line.now + 15.0));
    estimate = line.feed(observation);
    queue += 15.0 * 50.0;
  }
  EXPECT_TRUE(estimate.demand_known);
  EXPECT_TRUE(estimate.degraded);
  EXPECT_NEAR(estimate.arrival_rate.value, 150.0, 10.0);
}

TEST(Estimator, completions_with_a_queue_give_the_offered_rate) {
  Policy policy = policy_with_capacity(25.0);
  policy.arrival_rate_counts_completions = true;
  Timeline line(policy, 100.0, 4, 1);
  double queue = 0.0;
  StateEstimate estimate;
  for (int i = 0; i < 8; ++i) {
    Observation observation = seen(100.0, 4, line.now + 15.0);
    observation.backlog = Reading::of(queue, Seconds(line.now + 15.0));
    estimate = line.feed(observation);
    queue += 15.0 * 80.0;
  }
  EXPECT_NEAR(estimate.arrival_rate.value, 180.0, 15.0);
  EXPECT_FALSE(estimate.arrival_is_throughput);
}

TEST(Estimator, completions_alone_say_so_and_standing_at_the_ceiling_means_more_was_asked) {
  Policy policy = policy_with_capacity(25.0);
  policy.arrival_rate_counts_completions = true;
  Timeline line(policy, 60.0, 4);
  EXPECT_NEAR(line.see(60.0, 4).arrival_rate.value, 60.0, 1.0);
  StateEstimate estimate;
  for (int i = 0; i < 3; ++i) estimate = line.see(99.0, 4);
  EXPECT_TRUE(estimate.arrival_is_throughput);
  EXPECT_GT(estimate.arrival_rate.value, 120.0);
}

TEST(Estimator, a_steady_amount_in_service_is_not_backlog) {
  Policy policy = policy_with_capacity(25.0);
  policy.concurrency = 8.0;
  policy.backlog_includes_in_service = true;
  Timeline line(policy, 100.0, 5);
  Observation observation = seen(100.0, 5, line.now + 15.0);
  observation.backlog = Reading::of(40.0, Seconds(line.now + 15.0));
  EXPECT_NEAR(line.feed(observation).backlog.value, 0.0, 1.0);
  observation = seen(100.0, 5, line.now + 15.0);
  observation.backlog = Reading::of(340.0, Seconds(line.now + 15.0));
  EXPECT_NEAR(line.feed(observation).backlog.value, 300.0, 15.0);
}

TEST(Estimator, an_unmeasured_backlog_does_not_wind_up_once_the_overload_has_passed) {
  Timeline line(policy_with_capacity(25.0), 50.0, 4);
  for (int i = 0; i < 10; ++i) line.see(200.0, 4);
  StateEstimate estimate;
  for (int i = 0; i < 6; ++i) estimate = line.see(20.0, 12);
  EXPECT_LT(estimate.backlog.value, 20.0);
}

TEST(Estimator, a_loss_of_capacity_is_learned_while_work_waits) {
  Timeline line(policy_with_capacity(25.0), 90.0, 4);
  const double mu = 0.7 * 25.0;
  double queue = 0.0;
  StateEstimate estimate;
  for (int i = 0; i < 8; ++i) {
    queue += 15.0 * (90.0 - 4.0 * mu);
    estimate = line.feed(line.served(90.0, 4, 4.0 * mu, queue));
  }
  EXPECT_NEAR(estimate.capacity.value, mu, 0.05 * mu);
}

/// Ten replicas in overload, looked at every 5 s, until forty more are ready, which metrics that are 15 s old show 15 s later.
TEST(Estimator, metrics_that_lag_behind_new_replicas_are_no_loss_of_capacity) {
  Policy policy = policy_with_capacity(25.0);
  policy.control_period = Seconds(5.0);
  Timeline line(policy, 250.0, 10, 40);
  double queue = 0.0;
  for (int i = 0; i < 12; ++i) line.feed(line.served(400.0, 10, 250.0, queue += 5.0 * 150.0));
  for (int i = 0; i < 3; ++i) EXPECT_GT(line.feed(line.served(400.0, 50, 250.0, queue += 5.0 * 150.0)).capacity.value, 24.0);
  for (; queue > 0.0; queue -= 5.0 * 850.0) EXPECT_GT(line.feed(line.served(400.0, 50, 1250.0, queue)).capacity.value, 24.0);
}

TEST(Estimator, a_start_amid_growth_takes_no_lagging_metrics_for_a_loss_of_capacity) {
  Policy policy = policy_with_capacity(25.0);
  policy.control_period = Seconds(5.0);
  Timeline line(policy, 0.0, 0, 0);
  line.now = 1.8e9;  // as the operator counts: seconds since 1970
  double queue = 5000.0;
  for (int i = 0; i < 8; ++i) EXPECT_GT(line.feed(line.served(400.0, 50, 250.0, queue += 5.0 * 150.0)).capacity.value, 24.0);
}

TEST(Estimator, utilisation_that_lags_behind_new_replicas_is_no_loss_of_capacity) {
  Policy policy = policy_with_capacity(25.0);
  policy.control_period = Seconds(5.0);
  Timeline line(policy, 250.0, 10, 40);
  const auto look = [&](Replicas ready, double throughput, double utilization) {
    Observation observation = line.served(400.0, ready, throughput);
    observation.utilization = Reading::of(utilization, Seconds(line.now + line.period()));
    return line.feed(observation).capacity.value;
  };
  for (int i = 0; i < 12; ++i) look(10, 250.0, 1.0);
  for (int i = 0; i < 3; ++i) EXPECT_GT(look(50, 250.0, 1.0), 24.0);
  for (int i = 0; i < 12; ++i) EXPECT_GT(look(50, 400.0, 0.32), 24.0);
}

TEST(Estimator, rates_averaged_over_minutes_show_no_loss_of_capacity_while_overload_begins) {
  Policy policy = policy_with_capacity(25.0);
  policy.rate_window = Seconds(120.0);
  Timeline line(policy, 100.0, 5);
  double queue = 0.0;
  for (double since = 15.0; since <= 120.0; since += 15.0) {
    const double served = 100.0 + since / 120.0 * 25.0;  // the five are full at once, their average is later
    queue += 15.0 * (400.0 - 125.0);
    EXPECT_GT(line.feed(line.served(400.0, 5, served, queue)).capacity.value, 24.0) << since << " s after the jump";
  }
}

/// A service of 10 replicas at 200 requests/s whose pods serve half of the given 25 each from now on: what latency says of it.
std::vector<double> latencies_of_overload(int steps, double patience = 30.0) {
  std::vector<double> latencies;
  for (int i = 1; i <= steps; ++i) latencies.push_back(0.05 + std::min(patience, (1.0 - 125.0 / 200.0) * 15.0 * i));
  return latencies;
}

TEST(Estimator, a_loss_of_capacity_is_learned_from_latency_where_nothing_else_shows_it) {
  for (const double patience : {30.0, 1e9}) {
    Timeline line(policy_with_capacity(25.0), 200.0, 10, 0);
    const auto with_latency = [&](double latency) { return line.see(200.0, 10, &Observation::latency, latency); };
    for (int i = 0; i < 20; ++i) with_latency(0.05);
    StateEstimate estimate;
    for (const double latency : latencies_of_overload(10, patience)) estimate = with_latency(latency);
    EXPECT_GT(estimate.backlog.value, 1000.0);
    // Clients who give up are served by nobody, and latency does not tell of them: then only the upper bound is learned.
    if (patience > 1e6) EXPECT_NEAR(estimate.capacity.value, 12.5, 1.5);
    else EXPECT_LT(estimate.capacity.value, 20.5);
  }
}

TEST(Estimator, a_loss_of_capacity_is_learned_from_a_backlog_that_grows_and_not_unlearned_when_clients_give_up) {
  Timeline line(policy_with_capacity(25.0), 200.0, 10, 0);
  const auto with_backlog = [&](double backlog) { return line.see(200.0, 10, &Observation::backlog, backlog); };
  for (int i = 0; i < 20; ++i) with_backlog(0.0);
  StateEstimate estimate;
  for (int i = 1; i <= 6; ++i) estimate = with_backlog(75.0 * 15.0 * i);  // 125 of 200 requests/s are served
  EXPECT_NEAR(estimate.capacity.value, 12.5, 1.0);
  for (int i = 0; i < 20; ++i) estimate = with_backlog(6750.0);
  EXPECT_NEAR(estimate.capacity.value, 12.5, 1.5);
}

TEST(Estimator, five_times_the_arrivals_and_clients_who_give_up_teach_no_higher_capacity) {
  Timeline line(policy_with_capacity(25.0), 140.0, 8, 0);
  const auto with_latency = [&](double rate, double latency) { return line.see(rate, 8, &Observation::latency, latency); };
  for (int i = 0; i < 20; ++i) with_latency(140.0, 0.05);
  StateEstimate estimate;
  for (int i = 0; i < 8; ++i) estimate = with_latency(700.0, 30.0);
  EXPECT_NEAR(estimate.capacity.value, 25.0, 0.5);
}

TEST(Estimator, the_latency_of_chance_queues_teaches_no_lower_capacity) {
  Timeline line(policy_with_capacity(25.0), 200.0, 10, 0);
  StateEstimate estimate;
  for (int i = 0; i < 60; ++i) {
    estimate = line.see(200.0, 10, &Observation::latency, i % 7 == 0 ? 0.3 : 0.9);  // twice the limit of 0.5 s, three times the best
  }
  EXPECT_NEAR(estimate.capacity.value, 25.0, 0.5);
}

TEST(Estimator, a_queue_that_stands_still_whatever_is_served_teaches_no_lower_capacity) {
  Timeline line(policy_with_capacity(25.0), 300.0, 15);
  StateEstimate estimate;
  for (int i = 0; i < 40; ++i) {  // dead letters: nobody takes them, and more replicas serve less each
    estimate = line.feed(line.served(300.0, 15 + i, 300.0, 500.0 + (i % 3)));
  }
  EXPECT_NEAR(estimate.capacity.value, 25.0, 1.3);
}

TEST(Estimator, a_given_capacity_comes_back_while_nothing_waits) {
  Timeline line(policy_with_capacity(25.0), 90.0, 4);
  double queue = 0.0;
  for (int i = 0; i < 8; ++i) {
    queue += 15.0 * (90.0 - 50.0);
    line.feed(line.served(90.0, 4, 50.0, queue));
  }
  StateEstimate estimate;
  const auto calm_hours = [&](double hours) {
    for (int i = 0; i < hours * 240.0; ++i) {
      estimate = line.feed(line.served(90.0, 9, 90.0, 0.0));
    }
  };
  calm_hours(0.1);
  EXPECT_NEAR(estimate.capacity.value, 12.5, 1.3) << "not at once";
  calm_hours(12.0);
  EXPECT_GT(estimate.capacity.value, 23.0);
}

TEST(Estimator, an_idle_service_with_a_utilisation_learns_its_capacity) {
  Policy policy = policy_with_capacity(25.0);
  policy.capacity.reset();
  Timeline line(policy, 100.0, 28, 1);
  StateEstimate estimate;
  for (int i = 0; i < 40; ++i) {
    Observation observation = line.served(100.0, 28, 100.0);
    observation.utilization = Reading::of(0.143, Seconds(line.now + 15.0));
    estimate = line.feed(observation);
  }
  EXPECT_NEAR(estimate.capacity.value, 25.0, 2.5);
}

TEST(Estimator, served_far_less_than_arrives_is_not_calm_and_the_queue_of_it_is_bounded) {
  Timeline line(policy_with_capacity(25.0), 200.0, 11);
  StateEstimate estimate;
  for (int i = 0; i < 200; ++i) {
    estimate = line.feed(line.served(200.0, 11, 137.0));
  }
  EXPECT_GT(estimate.backlog.value, 1000.0);
  EXPECT_LT(estimate.backlog.value, 63.0 * 60.0 + 100.0) << "of the last four periods: it may as well be refused";
}

TEST(Estimator, low_throughput_without_a_queue_or_while_uneven_queues_drain_teaches_no_lower_capacity) {
  Timeline line(policy_with_capacity(25.0), 90.0, 4);
  double queue = 3000.0;
  StateEstimate estimate;
  for (int i = 0; i < 10; ++i) {
    // Two of ten pods still drain their own queues: throughput per pod is far below mu though work waits.
    estimate = line.feed(line.served(90.0, 10, 120.0, queue));
    queue = std::max(0.0, queue - 15.0 * 30.0);
  }
  EXPECT_NEAR(estimate.capacity.value, 25.0, 1.3);
}

TEST(Estimator, unknown_capacity_takes_the_operating_point_for_the_set_point_and_does_not_call_itself_warm) {
  Policy policy;
  policy.target_utilization = 0.8;
  Timeline line(policy, 80.0, 5);
  const StateEstimate estimate = line.see(80.0, 5);
  EXPECT_NEAR(estimate.capacity.value, 20.0, 0.1);
  EXPECT_LT(estimate.capacity.confidence, 0.1);
  EXPECT_FALSE(estimate.warm);
}

/// A service whose pods serve 25 requests/s each and whose latency grows without end beyond: as many replicas as a set point of 70 % asks for.
struct Searched {
  Policy policy;
  Searched() {
    policy.target_utilization = 0.7;
    policy.rate_window = Seconds(15.0);
  }
  Replicas ready = 30, fewest = 30;
  int late = 0;
  StateEstimate estimate;
  void play(double rate, int steps, bool with_latency = true) {
    Timeline line(policy, rate, ready, 0);
    for (int i = 0; i < steps; ++i) {
      const double use = rate / (25.0 * ready);
      Observation observation = seen(rate, ready, line.now + 15.0);
      const double latency = use < 1.0 ? 0.04 + 0.02 / (1.0 - use) : 30.0;
      if (with_latency) observation.latency = Reading::of(latency, Seconds(line.now + 15.0));
      late += latency > 0.5;
      estimate = line.feed(observation);
      // One replica in four periods, as decide/ would at the fastest.
      const auto wanted = static_cast<Replicas>(std::ceil(rate / (0.7 * estimate.capacity.value)));
      if (i % 4 == 3 && estimate.warm) ready = wanted < ready ? ready - 1 : wanted;
      fewest = std::min(fewest, ready);
    }
  }
};

TEST(Estimator, a_capacity_that_nobody_gave_is_searched_for_while_latency_shows_that_requests_are_in_time) {
  Searched service;
  service.play(200.0, 400);
  EXPECT_LE(service.ready, 11) << "8 replicas can just serve 200 requests/s, 30 stood there";
  EXPECT_GE(service.ready, 8);
  EXPECT_LE(service.late, 12) << "one step too far is noticed and taken back";
}

TEST(Estimator, without_latency_there_is_no_search) {
  Searched service;
  service.play(200.0, 400, false);
  EXPECT_EQ(service.ready, 30);
  EXPECT_FALSE(service.estimate.warm);
}

TEST(Estimator, the_utilisation_law_finds_the_capacity) {
  Policy policy;
  Timeline line(policy, 80.0, 8, 1);
  StateEstimate estimate;
  for (int i = 0; i < 10; ++i) {
    Observation observation = line.served(80.0, 8, 80.0);
    observation.utilization = Reading::of(0.4, Seconds(line.now + 15.0));
    estimate = line.feed(observation);
  }
  EXPECT_NEAR(estimate.capacity.value, 25.0, 2.0);
  EXPECT_TRUE(estimate.warm);
}

/// Five replicas asked for one after the other; each is ready after `lag` seconds, which is seen once a period.
StateEstimate watch_replicas_start(const Policy& policy, double lag) {
  Timeline line(policy, 100.0, 5);
  StateEstimate estimate;
  for (int round = 0; round < 5; ++round) {
    const Replicas before = 5 + round, after = before + 1;
    for (double waited = 15.0; waited < 150.0; waited += 15.0) {
      Observation observation = seen(100.0, waited >= lag ? after : before, line.now + 15.0);
      observation.replicas = after;
      estimate = line.feed(observation);
    }
  }
  return estimate;
}

TEST(Estimator, the_start_up_lag_is_seen_from_replicas_and_ready_alone) {
  const double lag = 75.0;
  const StateEstimate estimate = watch_replicas_start(policy_with_capacity(25.0), lag);
  EXPECT_NEAR(estimate.startup_p50, lag, 15.0);
  EXPECT_GE(estimate.startup_p90, lag);
  EXPECT_GT(estimate.startup_confidence, 0.5);
}

TEST(Estimator, looks_that_agree_with_the_given_start_up_lag_leave_it_as_it_is_and_others_correct_it) {
  Policy policy = policy_with_capacity(25.0);
  policy.startup = Seconds(90.0);
  EXPECT_DOUBLE_EQ(watch_replicas_start(policy, 90.0).startup_p50, 90.0);
  EXPECT_LT(watch_replicas_start(policy, 45.0).startup_p50, 50.0);
}

TEST(Estimator, start_up_times_of_pods_beat_the_prior) {
  Policy policy;
  Timeline line(policy, 100.0, 5);
  EXPECT_NEAR(line.see(100.0, 5).startup_p50, 30.0, 0.1);
  Observation observation = seen(100.0, 5, line.now + 15.0);
  observation.pending.emplace();
  for (int i = 0; i < 12; ++i) observation.startup_times.push_back(Seconds(90.0 + i));
  const StateEstimate estimate = line.feed(observation);
  EXPECT_NEAR(estimate.startup_p50, 95.5, 3.0);
  EXPECT_GE(estimate.startup_p90, 98.0);
}

TEST(Estimator, an_optional_metric_that_never_was_there_blocks_nothing_but_one_that_vanished_does) {
  Timeline line(policy_with_capacity(25.0), 100.0, 5);
  Observation observation = seen(100.0, 5, line.now + 15.0);
  observation.latency = Reading::missing(Absence::kEmpty);
  EXPECT_FALSE(line.feed(observation).degraded);
  observation = seen(100.0, 5, line.now + 15.0);
  observation.latency = Reading::of(0.05, Seconds(line.now + 15.0));
  line.feed(observation);
  observation = seen(100.0, 5, line.now + 15.0);
  observation.latency = Reading::missing(Absence::kError);
  EXPECT_TRUE(line.feed(observation).degraded);
}

TEST(Estimator, a_sample_older_than_the_last_is_refused) {
  Timeline line(policy_with_capacity(25.0), 100.0, 5);
  Observation observation = seen(50.0, 5, line.now - 30.0);
  EXPECT_TRUE(rejected(line.feed(observation), "arrivalRate", "Late"));
}

TEST(Estimator, only_a_steady_climb_is_carried_to_the_present) {
  Timeline climb(policy_with_capacity(25.0), 100.0, 10);
  StateEstimate estimate;
  for (int i = 1; i <= 6; ++i) estimate = climb.see(100.0 + 15.0 * i, 10);
  EXPECT_GT(estimate.arrival_rate.value, 190.0);
  EXPECT_LE(estimate.arrival_rate.value, 1.2 * 190.0);
  Timeline step(policy_with_capacity(25.0), 20.0, 10);
  step.see(110.0, 10);
  EXPECT_DOUBLE_EQ(step.see(200.0, 10).arrival_rate.value, 200.0);
}

}  // namespace
}  // namespace spillway::estimate
