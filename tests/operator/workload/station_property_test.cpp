#include <rapidcheck.h>

#include "operator/workload/station.hpp"

namespace spillway::workload {
namespace {

// Random arrivals, departures and ends of work against the plainest possible model.
TEST(StationProperty, StartsInOrderOfArrivalAndNeverExceedsItsBounds) {
  EXPECT_TRUE(rc::check([] {
    const auto workers = *rc::gen::inRange<std::size_t>(1, 4);
    const auto limit = *rc::gen::inRange<std::size_t>(0, 6);
    Station station(workers, limit);
    std::vector<int> started;
    std::vector<std::pair<int, Station::Ticket>> queued;  // the model
    std::size_t in_service = 0;
    int number = 0;
    for (const int action : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3))) {
      if (action == 0) {
        const int id = ++number;
        const bool expect_start = in_service < workers;
        const bool expect_refusal = !expect_start && queued.size() >= limit;
        const auto before = started.size();
        const auto ticket = station.enter([&started, id] { started.push_back(id); });
        RC_ASSERT(ticket.has_value() == !expect_refusal);
        RC_ASSERT((started.size() > before) == expect_start);
        if (expect_start)
          ++in_service;
        else if (ticket)
          queued.emplace_back(id, *ticket);
      } else if (action == 1 && in_service > 0) {
        const auto before = started.size();
        station.finish();
        if (queued.empty()) {
          --in_service;
          RC_ASSERT(started.size() == before);
        } else {
          RC_ASSERT(started.size() == before + 1);
          RC_ASSERT(started.back() == queued.front().first);
          queued.erase(queued.begin());
        }
      } else if (action == 2 && !queued.empty()) {
        const auto place = *rc::gen::inRange<std::size_t>(0, queued.size());
        RC_ASSERT(station.leave(queued[place].second));
        RC_ASSERT(!station.leave(queued[place].second));
        queued.erase(queued.begin() + static_cast<long>(place));
      }
      RC_ASSERT(station.waiting() == queued.size());
      RC_ASSERT(station.busy() == in_service);
    }
  }));
}

}  // namespace
}  // namespace spillway::workload
