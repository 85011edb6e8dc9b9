#include <rapidcheck/gtest.h>

#include "operator/record/observation_json.hpp"

namespace spillway::record {
namespace {

double any_time() {
  return *rc::gen::map(rc::gen::arbitrary<double>(), [](double x) { return std::isfinite(x) ? x : 0.5; });
}

std::string any_text() {
  return *rc::gen::container<std::string>(rc::gen::inRange(' ', '~'));
}

Reading any_reading() {
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return Reading{};
    case 1:
      return Reading::missing(
          *rc::gen::element(Absence::kEmpty, Absence::kError, Absence::kTimeout, Absence::kInfinite), any_text());
    case 2:
      return {std::abs(any_time()), Seconds(any_time()), *rc::gen::element(Absence::kStale, Absence::kPartial),
              any_text()};
    default:
      return Reading::of(std::abs(any_time()), Seconds(any_time()));
  }
}

Observation any_observation() {
  Observation seen;
  for (Reading* reading : {&seen.arrival_rate, &seen.throughput, &seen.backlog, &seen.latency, &seen.utilization})
    *reading = any_reading();
  seen.replicas = *rc::gen::inRange(0, 1000);
  seen.ready = *rc::gen::inRange(0, 1000);
  if (*rc::gen::arbitrary<bool>()) {
    seen.pending.emplace();
    for (int i = *rc::gen::inRange(0, 5); i > 0; --i)
      seen.pending->push_back({Seconds(any_time()), *rc::gen::arbitrary<bool>()});
  }
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) seen.startup_times.emplace_back(any_time());
  seen.rollout_in_progress = *rc::gen::arbitrary<bool>();
  seen.growth_blocked = *rc::gen::arbitrary<bool>();
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    seen.calendar.push_back({any_text(), Seconds(any_time()), Seconds(any_time()), {}, *rc::gen::inRange(0, 9)});
  }
  seen.gates = {*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(), any_text()};
  return seen;
}

void expect_same(const Reading& a, const Reading& b) {
  RC_ASSERT(a.value == b.value);
  RC_ASSERT(a.absence == b.absence);
  RC_ASSERT(a.detail == b.detail);
  RC_ASSERT(a.time == b.time);
}

RC_GTEST_PROP(ObservationLine, gives_back_exactly_what_was_written, ()) {
  const Seconds t(any_time());
  const Observation seen = any_observation();
  const auto read = parse_observation(observation_line(t, seen));
  RC_ASSERT(read.has_value());
  const Observation& back = read->observation;
  RC_ASSERT(read->t == t);
  expect_same(back.arrival_rate, seen.arrival_rate);
  expect_same(back.throughput, seen.throughput);
  expect_same(back.backlog, seen.backlog);
  expect_same(back.latency, seen.latency);
  expect_same(back.utilization, seen.utilization);
  RC_ASSERT(back.replicas == seen.replicas);
  RC_ASSERT(back.ready == seen.ready);
  RC_ASSERT(back.pending.has_value() == seen.pending.has_value());
  RC_ASSERT(!seen.pending || back.pending->size() == seen.pending->size());
  for (std::size_t i = 0; seen.pending && i < seen.pending->size(); ++i) {
    RC_ASSERT((*back.pending)[i].age == (*seen.pending)[i].age);
    RC_ASSERT((*back.pending)[i].schedulable == (*seen.pending)[i].schedulable);
  }
  RC_ASSERT(back.startup_times == seen.startup_times);
  RC_ASSERT(back.rollout_in_progress == seen.rollout_in_progress);
  RC_ASSERT(back.growth_blocked == seen.growth_blocked);
  RC_ASSERT(back.calendar.size() == seen.calendar.size());
  for (std::size_t i = 0; i < seen.calendar.size(); ++i) {
    RC_ASSERT(back.calendar[i].name == seen.calendar[i].name);
    RC_ASSERT(back.calendar[i].start == seen.calendar[i].start);
    RC_ASSERT(back.calendar[i].end == seen.calendar[i].end);
    RC_ASSERT(back.calendar[i].min_replicas == seen.calendar[i].min_replicas);
    RC_ASSERT(back.calendar[i].max_replicas == seen.calendar[i].max_replicas);
  }
  RC_ASSERT(back.gates.synced == seen.gates.synced);
  RC_ASSERT(back.gates.leader == seen.gates.leader);
  RC_ASSERT(back.gates.rival == seen.gates.rival);
}

RC_GTEST_PROP(ObservationLine, any_bytes_are_answered_without_a_crash, (const std::string& bytes)) {
  const auto read = parse_observation(bytes);
  RC_ASSERT(read.has_value() || !read.error().message.empty());
}

}  // namespace
}  // namespace spillway::record
