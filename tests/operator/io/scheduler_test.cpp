#include "operator/io/scheduler.hpp"

#include <future>

#include "tests/operator/io/waiting.hpp"

namespace spillway::io {
namespace {

using std::chrono::milliseconds;

TEST(ThreadScheduler, RunsTasksInTheOrderOfTheirTimesNotOfTheirAdding) {
  std::vector<int> order;
  std::promise<void> last;
  ThreadScheduler scheduler;
  const auto now = std::chrono::steady_clock::now();
  scheduler.run_at(now + milliseconds(60), [&] { order.push_back(3); last.set_value(); });
  scheduler.run_at(now + milliseconds(30), [&] { order.push_back(2); });
  scheduler.run([&] { order.push_back(1); });
  last.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(ThreadScheduler, TasksOfTheSameTimeKeepTheirOrder) {
  std::vector<int> order;
  std::promise<void> last;
  ThreadScheduler scheduler;
  for (int i = 0; i < 100; ++i) scheduler.run([&order, i] { order.push_back(i); });
  scheduler.run([&] { last.set_value(); });
  last.get_future().wait();
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(order.size(), 100u);
}

TEST(ThreadScheduler, ACancelledTaskNeverRuns) {
  std::atomic<bool> ran = false;
  std::promise<void> later;
  ThreadScheduler scheduler;
  const auto now = std::chrono::steady_clock::now();
  const auto id = scheduler.run_at(now + milliseconds(30), [&] { ran = true; });
  scheduler.run_at(now + milliseconds(60), [&] { later.set_value(); });
  scheduler.cancel(id);
  scheduler.cancel(12345);
  later.get_future().wait();
  EXPECT_FALSE(ran);
}

TEST(ThreadScheduler, TasksMayAddTasksAndTheEndDropsWhatIsNotDue) {
  auto owned = std::make_shared<int>(1);
  std::promise<void> second;
  {
    ThreadScheduler scheduler;
    scheduler.run([&] { scheduler.run([&] { second.set_value(); }); });
    scheduler.run_at(std::chrono::steady_clock::now() + std::chrono::hours(1), [owned] { FAIL(); });
    second.get_future().wait();
    EXPECT_EQ(owned.use_count(), 2);
  }
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace spillway::io
