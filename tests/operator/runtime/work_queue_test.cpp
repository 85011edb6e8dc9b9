#include "operator/runtime/work_queue.hpp"

#include <thread>

#include "operator/runtime/controller.hpp"
#include "operator/runtime/leader_elector.hpp"
#include "tests/operator/io/waiting.hpp"

namespace spillway::runtime {
namespace {

using std::chrono::milliseconds;
using testing::eventually;
using testing::ManualClock;

const Request kA{"ns", "a"};
const Request kB{"ns", "b"};

struct QueueTest : ::testing::Test {
  ManualClock clock;
  WorkQueue queue{clock, {milliseconds(100), milliseconds(1000)}};
};

TEST_F(QueueTest, TheSameKeyIsInItOnce) {
  queue.add(kA);
  queue.add(kA);
  queue.add(kB);
  EXPECT_EQ(queue.try_get(), kA);
  EXPECT_EQ(queue.try_get(), kB);
  EXPECT_EQ(queue.try_get(), std::nullopt);
}

TEST_F(QueueTest, AKeyThatIsWorkedOnComesAgainOnlyAfterThat) {
  queue.add(kA);
  ASSERT_EQ(queue.try_get(), kA);
  queue.add(kA);
  queue.add(kA);
  EXPECT_EQ(queue.try_get(), std::nullopt);
  queue.done(kA);
  EXPECT_EQ(queue.try_get(), kA);
  queue.done(kA);
  EXPECT_EQ(queue.try_get(), std::nullopt);
}

TEST_F(QueueTest, ADelayedKeyComesWhenItIsDueAndTheEarliestTimeCounts) {
  queue.add_after(kA, milliseconds(500));
  queue.add_after(kA, milliseconds(200));
  queue.add_after(kA, milliseconds(900));
  EXPECT_EQ(queue.next_due(), clock.monotonic() + milliseconds(200));
  EXPECT_EQ(queue.try_get(), std::nullopt);
  clock.advance(milliseconds(200));
  EXPECT_EQ(queue.try_get(), kA);
  clock.advance(milliseconds(5000));
  EXPECT_EQ(queue.try_get(), std::nullopt) << "the later times are gone";
}

TEST_F(QueueTest, BackOffDoublesPerKeyUpToTheLongestAndIsForgottenAfterASuccess) {
  for (const int expected : {100, 200, 400, 800, 1000, 1000}) {
    queue.add_rate_limited(kA);
    EXPECT_EQ(queue.next_due(), clock.monotonic() + milliseconds(expected));
    clock.advance(milliseconds(expected));
    ASSERT_EQ(queue.try_get(), kA);
    queue.done(kA);
  }
  queue.add_rate_limited(kB);
  EXPECT_EQ(queue.next_due(), clock.monotonic() + milliseconds(100)) << "another key's failures do not count";
  clock.advance(milliseconds(100));
  ASSERT_EQ(queue.try_get(), kB);
  queue.forget(kA);
  queue.add_rate_limited(kA);
  EXPECT_EQ(queue.next_due(), clock.monotonic() + milliseconds(100));
}

TEST_F(QueueTest, BackOffIsNeverShorterThanWhatTheServerAsked) {
  queue.add_rate_limited(kA, milliseconds(7000));
  EXPECT_EQ(queue.next_due(), clock.monotonic() + milliseconds(7000));
}

TEST_F(QueueTest, ShutDownEndsWaitingWorkersAndIgnoresAdds) {
  std::thread waiting([&] { EXPECT_EQ(queue.get(), std::nullopt); });
  queue.shut_down();
  waiting.join();
  queue.add(kA);
  EXPECT_EQ(queue.try_get(), std::nullopt);
}

TEST_F(QueueTest, StatsCountWhatWaitsAndWhatIsWorkedOn) {
  queue.add(kA);
  queue.add(kB);
  queue.add_after({"ns", "c"}, milliseconds(10));
  ASSERT_TRUE(queue.try_get());
  const auto stats = queue.stats();
  EXPECT_EQ(stats.depth, 1u);
  EXPECT_EQ(stats.processing, 1u);
  EXPECT_EQ(stats.delayed, 1u);
  EXPECT_EQ(stats.adds_total, 2u);
}

TEST(WorkQueueThreads, ManyWorkersNeverHoldTheSameKeyAtOnceAndLoseNone) {
  io::SystemClock clock;
  WorkQueue queue(clock);
  std::array<std::atomic<int>, 5> holders{};
  std::array<std::atomic<int>, 5> seen{};
  std::atomic<bool> twice = false;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i)
    workers.emplace_back([&] {
      while (auto key = queue.get()) {
        const auto index = static_cast<std::size_t>(key->name[0] - '0');
        if (++holders[index] > 1) twice = true;
        ++seen[index];
        std::this_thread::yield();
        --holders[index];
        queue.done(*key);
      }
    });
  for (int i = 0; i < 2000; ++i) queue.add({"", std::string(1, static_cast<char>('0' + i % 5))});
  for (int i = 0; i < 5; ++i) queue.add_after({"", std::string(1, static_cast<char>('0' + i))}, milliseconds(5));
  EXPECT_TRUE(eventually([&] {
    const auto stats = queue.stats();
    return stats.depth + stats.delayed + stats.processing == 0;
  }));
  queue.shut_down();
  for (auto& worker : workers) worker.join();
  EXPECT_FALSE(twice);
  for (const auto& count : seen) EXPECT_GE(count, 1);
}

/// Answers from a prepared list, then done.
struct Scripted final : Reconciler {
  std::vector<Result<Next>> answers;
  int calls = 0;
  Result<Next> reconcile(const Request&) override {
    const auto index = static_cast<std::size_t>(calls++);
    return index < answers.size() ? answers[index] : Next::done();
  }
};

TEST(Controller, TurnsAnswersIntoNextVisits) {
  ManualClock clock;
  Scripted reconciler;
  reconciler.answers = {Error{ErrorKind::kTransient, "x"}, Error{ErrorKind::kThrottled, "y", 30.0}, Next::again_after(milliseconds(15000)), Next::done()};
  std::vector<bool> outcomes;
  ControllerOptions options;
  options.name = "test";
  options.backoff = {milliseconds(100), milliseconds(1000)};
  options.on_reconcile = [&](const ReconcileSample& sample) { outcomes.push_back(sample.result.has_value()); };
  Controller controller(reconciler, clock, options);
  auto& queue = controller.queue();
  queue.add(kA);
  for (const int wait : {100, 30000, 15000}) {
    ASSERT_TRUE(controller.run_one());
    EXPECT_EQ(queue.next_due(), clock.monotonic() + milliseconds(wait));
    clock.advance(milliseconds(wait));
  }
  ASSERT_TRUE(controller.run_one());
  EXPECT_EQ(queue.next_due(), std::nullopt);
  EXPECT_FALSE(controller.run_one());
  EXPECT_EQ(outcomes, (std::vector<bool>{false, false, true, true}));
}

TEST(Controller, WorkersRunWhatIsAddedAndStopLetsThemFinish) {
  io::SystemClock clock;
  struct Slow final : Reconciler {
    std::atomic<int> begun = 0, ended = 0;
    std::atomic<bool> go_on = false;
    Result<Next> reconcile(const Request&) override {
      ++begun;
      eventually([&] { return go_on.load(); });
      ++ended;
      return Next::done();
    }
  } reconciler;
  Controller controller(reconciler, clock, {"test", 2, {}, {}});
  controller.start();
  controller.queue().add(kA);
  controller.queue().add(kB);
  ASSERT_TRUE(eventually([&] { return reconciler.begun == 2; }));
  std::thread stopping([&] { controller.stop(); });
  EXPECT_EQ(reconciler.ended, 0);
  reconciler.go_on = true;
  stopping.join();
  EXPECT_EQ(reconciler.ended, 2);
}

TEST(LeaderElection, DurationsThatDoNotFitAreNamed) {
  LeaderElectionOptions options;
  EXPECT_THAT(check(options).error().message, ::testing::HasSubstr("identity"));
  options.identity = "me";
  EXPECT_TRUE(check(options));
  options.renew_deadline = options.lease_duration;
  EXPECT_THAT(check(options).error().message, ::testing::HasSubstr("lease duration"));
  options.renew_deadline = options.retry_period;
  EXPECT_THAT(check(options).error().message, ::testing::HasSubstr("renew deadline"));
}

}  // namespace
}  // namespace spillway::runtime
