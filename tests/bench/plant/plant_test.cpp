#include "bench/plant/plant.hpp"

namespace spillway::bench {
namespace {

Trace steady(double rate, double seconds) {
  return {{0.0, seconds / 2.0}, {rate, rate}, {}};
}

std::uint64_t accounted(const Accounting& a) {
  return a.completed + a.abandoned + a.refused + a.waiting + a.in_service;
}

// Erlang's C: the probability that an arrival waits, c servers, a = lambda / mu.
double erlang_c(int c, double a) {
  double b = 1.0;
  for (int k = 1; k <= c; ++k) b = a * b / (k + a * b);
  return c * b / (c - a * (1.0 - b));
}

TEST(Plant, NoRequestIsLostOrCountedTwiceUnderAnyQueueing) {
  for (const Queueing queueing :
       {Queueing::kShared, Queueing::kRoundRobin, Queueing::kRandom, Queueing::kLeastOutstanding}) {
    PlantConfig config;
    config.queueing = queueing;
    config.queue_limit = 20;
    config.timeout = 2.0;
    config.initial = 2;
    config.startup = 7.0;
    config.startup_sigma = 0.5;
    config.service_variation = 1.0;
    config.capacity_changes = {{40.0, 0.5}, {80.0, 1.2}};
    Plant plant(config, steady(120.0, 200.0));
    Random random(5);
    for (double t = 1.0; t <= 230.0; t += 1.0) {
      plant.run_until(t);
      const auto& totals = plant.accounting();
      ASSERT_EQ(totals.offered, accounted(totals)) << "at " << t;
      ASSERT_LE(totals.late, totals.offered);
      ASSERT_EQ(plant.waits().total(), totals.offered - totals.waiting);
      plant.scale(static_cast<Replicas>(random.below(9)));
      ASSERT_LE(plant.ready(), plant.replicas());
    }
    EXPECT_GT(plant.accounting().completed, 1000U);
    EXPECT_GT(plant.accounting().abandoned + plant.accounting().refused, 10U);
  }
}

TEST(Plant, BillsAPodFromTheMomentItIsAskedForUntilItIsGone) {
  PlantConfig config;
  config.startup = 30.0;
  config.initial = 1;
  Plant plant(config, steady(0.0, 100.0));
  plant.run_until(10.0);
  plant.scale(3);  // two more, ready at 40
  plant.run_until(39.0);
  EXPECT_EQ(plant.ready(), 1);
  EXPECT_DOUBLE_EQ(plant.accounting().replica_seconds, 10.0 * 1 + 29.0 * 3);
  plant.run_until(41.0);
  EXPECT_EQ(plant.ready(), 3);
  plant.scale(1);
  plant.run_until(61.0);
  EXPECT_DOUBLE_EQ(plant.accounting().replica_seconds, 10.0 * 1 + 31.0 * 3 + 20.0 * 1);
  EXPECT_DOUBLE_EQ(plant.accounting().ready_seconds, 40.0 * 1 + 1.0 * 3 + 20.0 * 1);
}

TEST(Plant, ShrinksPendingPodsFirstAndReportsStartupTimesOnce) {
  PlantConfig config;
  config.startup = 30.0;
  config.initial = 2;
  Plant plant(config, steady(0.0, 200.0));
  plant.run_until(5.0);
  plant.scale(4);
  plant.run_until(20.0);
  ASSERT_EQ(plant.observe().pending->size(), 2U);
  EXPECT_DOUBLE_EQ(plant.observe().pending->front().age.value(), 15.0);
  plant.scale(3);
  EXPECT_EQ(plant.ready(), 2) << "a pending pod went, not a ready one";
  plant.run_until(40.0);
  const Observation seen = plant.observe();
  ASSERT_EQ(seen.startup_times.size(), 1U);
  EXPECT_DOUBLE_EQ(seen.startup_times.front().value(), 30.0);
  EXPECT_TRUE(plant.observe().startup_times.empty());
}

TEST(Plant, AClientWithoutServiceGivesUpAfterItsTimeoutAndIsLateOnce) {
  PlantConfig config;
  config.initial = 0;
  config.timeout = 30.0;
  Plant plant(config, steady(10.0, 100.0));
  plant.run_until(200.0);
  const auto& totals = plant.accounting();
  EXPECT_GT(totals.offered, 800U);
  EXPECT_EQ(totals.abandoned, totals.offered);
  EXPECT_EQ(totals.late, totals.offered);
  EXPECT_NEAR(plant.waits().quantile(0.01), 30.0, 0.5);
}

TEST(Plant, ALoneServerServesWhatItCanAndTheBacklogIsTheRest) {
  PlantConfig config;  // 25 requests per second and pod, offered 50
  config.timeout = 1e9;
  Plant plant(config, steady(50.0, 200.0));
  plant.run_until(200.0);
  const auto& totals = plant.accounting();
  EXPECT_NEAR(static_cast<double>(totals.completed), 25.0 * 200.0, 3.0);
  EXPECT_NEAR(static_cast<double>(totals.waiting), static_cast<double>(totals.offered) - 5000.0, 3.0);
  EXPECT_NEAR(totals.busy_seconds, 200.0, 0.2);
}

TEST(Plant, WaitsAsErlangsFormulaSaysForManyServers) {
  for (const auto& [servers, load] : {std::pair(1, 0.7), std::pair(5, 4.2), std::pair(20, 17.0)}) {
    PlantConfig config;
    config.service_time = 1.0;
    config.service_variation = 1.0;
    config.initial = servers;
    config.timeout = 1e9;
    config.late_after = 0.0;  // late = had to wait at all
    config.scrape_interval = 1e6;
    const double seconds = 400000.0 / load;
    Plant plant(config, steady(load, seconds));
    plant.run_until(seconds);
    const auto& totals = plant.accounting();
    const double c = erlang_c(servers, load);
    const auto offered = static_cast<double>(totals.offered);
    EXPECT_NEAR(static_cast<double>(totals.late) / offered, c, 0.02 * c + 0.002) << servers;
    const double mean_wait = (totals.system_seconds - totals.busy_seconds) / offered;
    const double expected = c / (servers - load);
    EXPECT_NEAR(mean_wait, expected, 0.06 * expected) << servers;
  }
}

TEST(Plant, QueuesPerPodWaitLongerThanASharedOneAndTheLeastBusyPodComesClosest) {
  const auto mean_wait = [](Queueing queueing) {
    PlantConfig config;
    config.queueing = queueing;
    config.service_variation = 1.0;
    config.initial = 8;
    Plant plant(config, steady(160.0, 2000.0));
    plant.run_until(2000.0);
    const auto& totals = plant.accounting();
    return (totals.system_seconds - totals.busy_seconds) / static_cast<double>(totals.offered);
  };
  const double shared = mean_wait(Queueing::kShared), least = mean_wait(Queueing::kLeastOutstanding);
  const double turn = mean_wait(Queueing::kRoundRobin), random = mean_wait(Queueing::kRandom);
  EXPECT_LT(shared, least);
  EXPECT_LT(least, turn);
  EXPECT_LT(turn, random);
}

TEST(Plant, AFullQueueRefusesAndARefusedRequestIsLate) {
  PlantConfig config;
  config.queueing = Queueing::kLeastOutstanding;
  config.queue_limit = 5;
  Plant plant(config, steady(100.0, 100.0));
  plant.run_until(100.0);
  const auto& totals = plant.accounting();
  EXPECT_LE(totals.waiting, 5U);
  EXPECT_NEAR(static_cast<double>(totals.refused), 7500.0, 300.0);
  EXPECT_EQ(totals.late, totals.refused) << "five ahead of you are 200 ms: nobody else waits for long";
}

TEST(Plant, CapacityDriftSlowsTheService) {
  PlantConfig config;
  config.capacity_changes = {{100.0, 0.5}};
  config.timeout = 1e9;
  Plant plant(config, steady(50.0, 200.0));
  plant.run_until(100.0);
  const auto before = plant.accounting().completed;
  plant.run_until(200.0);
  EXPECT_NEAR(static_cast<double>(plant.accounting().completed - before), 0.5 * static_cast<double>(before), 5.0);
}

TEST(Plant, TheSameSeedGivesTheSameRequestsWhateverTheLawDoes) {
  const auto play = [](std::uint64_t seed, Replicas replicas) {
    PlantConfig config;
    config.seed = seed;
    config.startup_sigma = 0.4;
    Plant plant(config, steady(60.0, 100.0));
    plant.run_until(10.0);
    plant.scale(replicas);
    plant.run_until(100.0);
    return plant.accounting();
  };
  EXPECT_EQ(play(3, 2).offered, play(3, 9).offered);
  EXPECT_EQ(play(3, 4).late, play(3, 4).late);
  EXPECT_EQ(play(3, 4).replica_seconds, play(3, 4).replica_seconds);
  EXPECT_NE(play(3, 4).offered, play(4, 4).offered);
}

TEST(Plant, StartupTimesFollowTheirDistributionAndKeepTheirFloor) {
  PlantConfig config;
  config.initial = 0;
  config.startup = 40.0;
  config.startup_sigma = 0.5;
  config.startup_floor = 20.0;
  Plant plant(config, steady(0.0, 1000.0));
  plant.scale(2001);
  plant.run_until(1000.0);
  auto times = plant.observe().startup_times;
  ASSERT_EQ(times.size(), 2001U);
  std::sort(times.begin(), times.end());
  EXPECT_DOUBLE_EQ(times.front().value(), 20.0);
  EXPECT_NEAR(times[1000].value(), 40.0, 2.0);
  EXPECT_NEAR(times[1683].value() / times[1000].value(), std::exp(0.5), 0.1);  // one sigma up
}

TEST(Arrivals, CountsHaveTheMeanOfTheTraceAndTheDispersionAskedFor) {
  for (const double dispersion : {1.0, 4.0}) {
    ArrivalStream stream(steady(50.0, 4000.0), 11, dispersion);
    std::vector<double> counts(4000, 0.0);
    for (double t = stream.next(); t != ArrivalStream::kNever; t = stream.next())
      counts[static_cast<std::size_t>(t)] += 1.0;
    double mean = 0.0, square = 0.0;
    for (const double n : counts) mean += n / 4000.0;
    for (const double n : counts) square += (n - mean) * (n - mean) / 4000.0;
    EXPECT_NEAR(mean, 50.0, 0.8);
    EXPECT_NEAR(square / mean, dispersion, 0.12 * dispersion);
  }
}

TEST(Arrivals, FollowTheTraceFromBinToBin) {
  ArrivalStream stream({{0.0, 100.0, 200.0}, {10.0, 0.0, 40.0}, {}}, 2);
  double first = 0.0, second = 0.0, third = 0.0;
  for (double t = stream.next(); t != ArrivalStream::kNever; t = stream.next())
    (t < 100.0 ? first : t < 200.0 ? second : third) += 1.0;
  EXPECT_NEAR(first, 1000.0, 130.0);
  EXPECT_EQ(second, 0.0);
  EXPECT_NEAR(third, 4000.0, 250.0);
}

TEST(Observe, RatesAreAveragesOverTheWindowOfScrapes) {
  PlantConfig config;
  config.initial = 10;
  config.scrape_interval = 5.0;
  config.rate_window = 15.0;
  Plant plant(config, {{0.0, 100.0}, {0.0, 100.0}, {}});  // silence, then 100 requests per second
  plant.run_until(100.0);
  EXPECT_DOUBLE_EQ(*plant.observe().arrival_rate.value, 0.0);
  plant.run_until(105.0);
  EXPECT_NEAR(*plant.observe().arrival_rate.value, 33.3, 6.0) << "a third of the window carries load";
  plant.run_until(120.0);
  const Observation seen = plant.observe();
  EXPECT_NEAR(*seen.arrival_rate.value, 100.0, 10.0);
  EXPECT_NEAR(*seen.throughput.value, 100.0, 10.0);
  EXPECT_NEAR(*seen.utilization.value, 0.4, 0.05);
  EXPECT_NEAR(*seen.latency.value, 0.04, 0.02);
  EXPECT_DOUBLE_EQ(seen.arrival_rate.time.value(), 120.0);
}

TEST(Observe, NothingIsKnownBeforeTwoScrapesAndADelayHidesTheNewest) {
  PlantConfig config;
  config.metric_delay = 10.0;
  Plant plant(config, steady(10.0, 100.0));
  plant.run_until(4.0);
  EXPECT_EQ(plant.observe().arrival_rate.absence, Absence::kEmpty);
  plant.run_until(12.0);
  EXPECT_FALSE(plant.observe().arrival_rate.usable());
  EXPECT_TRUE(plant.observe().backlog.usable());
  plant.run_until(40.0);
  EXPECT_DOUBLE_EQ(plant.observe().arrival_rate.time.value(), 30.0);
}

TEST(Observe, ACounterOfCompletionsSaturatesAtWhatThePodsServe) {
  PlantConfig config;
  config.counts_completions = true;
  Plant plant(config, steady(100.0, 100.0));
  plant.run_until(100.0);
  EXPECT_NEAR(*plant.observe().arrival_rate.value, 25.0, 1.0);
}

}  // namespace
}  // namespace spillway::bench
