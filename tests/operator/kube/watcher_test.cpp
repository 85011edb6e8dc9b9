#include "operator/kube/watcher.hpp"

namespace spillway::kube {
namespace {

using std::chrono::milliseconds;

const Error kCut{ErrorKind::kTransient, "cut"};
const Error kExpired{ErrorKind::kGone, "too old"};

/// Feeds inputs one by one and remembers where that led.
struct Machine {
  WatcherState state;
  WatcherOutput output;

  Machine& operator()(const WatcherInput& input, double random = 0.0) {
    auto next = step(state, input, random);
    state = next.state;
    output = next.output;
    return *this;
  }
  template <typename Output>
  const Output& did() const {
    return std::get<Output>(output);
  }
  bool did_nothing() const { return std::holds_alternative<std::monostate>(output); }
  milliseconds waited() const { return did<Wait>().duration; }
};

Machine watching_from(const std::string& version) {
  Machine machine;
  machine(Start{})(PageArrived{version, ""});
  return machine;
}

TEST(Watcher, ListsPageByPageAndThenWatchesFromTheListsVersion) {
  Machine machine;
  EXPECT_TRUE(machine(Start{}).did<RequestPage>().first);
  EXPECT_EQ(machine(PageArrived{"7", "more"}).did<RequestPage>().continue_token, "more");
  EXPECT_FALSE(machine.did<RequestPage>().first);
  EXPECT_EQ(machine(PageArrived{"7", ""}).did<FinishListAndWatch>().resource_version, "7");
  EXPECT_EQ(machine.state.phase, WatcherPhase::kWatching);
}

TEST(Watcher, AClosedStreamResumesAtTheLastVersionSeenBookmarksIncluded) {
  auto machine = watching_from("7");
  EXPECT_TRUE(machine(EventArrived{"8"}).did_nothing());
  EXPECT_TRUE(machine(EventArrived{"12"}).did_nothing());
  EXPECT_EQ(machine(StreamClosed{}).did<OpenWatch>().resource_version, "12");
}

TEST(Watcher, AStreamThatClosesWithoutAWordIsNotOpenedAgainAtOnce) {
  auto machine = watching_from("7");
  EXPECT_EQ(machine(StreamClosed{}).waited(), kFirstBackoff);
  EXPECT_EQ(machine(TimerFired{}).did<OpenWatch>().resource_version, "7");
}

TEST(Watcher, ABrokenStreamWaitsAndResumesWithoutListing) {
  auto machine = watching_from("7");
  machine(EventArrived{"9"});
  EXPECT_EQ(machine(Failed{kCut}).waited(), milliseconds(800));
  EXPECT_EQ(machine(TimerFired{}).did<OpenWatch>().resource_version, "9");
}

TEST(Watcher, A410ForgetsTheVersionAndListsAtOnceTheFirstTime) {
  auto machine = watching_from("7");
  EXPECT_TRUE(machine(Failed{kExpired}).did<RequestPage>().first);
  EXPECT_EQ(machine.state.resource_version, "");
}

TEST(Watcher, A410AgainWithoutAnEventInBetweenWaitsFirst) {
  auto machine = watching_from("7");
  machine(Failed{kExpired})(PageArrived{"8", ""});
  EXPECT_EQ(machine(Failed{kExpired}).waited(), milliseconds(800));
  EXPECT_TRUE(machine(TimerFired{}).did<RequestPage>().first);
}

TEST(Watcher, A410AfterALongOutageListsAtOnce) {
  auto machine = watching_from("7");
  for (int i = 0; i < 8; ++i) machine(Failed{kCut})(TimerFired{});
  EXPECT_TRUE(machine(Failed{kExpired}).did<RequestPage>().first);
}

TEST(Watcher, AnEventAllowsTheNext410ToListAtOnceAgain) {
  auto machine = watching_from("7");
  machine(Failed{kExpired})(PageArrived{"8", ""})(EventArrived{"9"});
  EXPECT_TRUE(machine(Failed{kExpired}).did<RequestPage>().first);
}

TEST(Watcher, AFailedPageStartsTheListOverFromTheTop) {
  Machine machine;
  machine(Start{})(PageArrived{"7", "more"})(Failed{kCut});
  EXPECT_EQ(machine.waited(), milliseconds(800));
  EXPECT_TRUE(machine(TimerFired{}).did<RequestPage>().first);
  EXPECT_EQ(machine.did<RequestPage>().continue_token, "");
}

TEST(Watcher, AnExpiredPageTokenListsAgainAtOnce) {
  Machine machine;
  machine(Start{})(PageArrived{"7", "more"})(Failed{kExpired});
  EXPECT_TRUE(machine.did<RequestPage>().first);
  EXPECT_EQ(machine.did<RequestPage>().continue_token, "");
}

TEST(Watcher, WaitsDoubleUpToThirtySecondsAndStartOverAfterAnEvent) {
  auto machine = watching_from("7");
  for (const int expected : {800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}) {
    EXPECT_EQ(machine(Failed{kCut}).waited(), milliseconds(expected));
    machine(TimerFired{});
  }
  machine(EventArrived{"8"});
  EXPECT_EQ(machine(Failed{kCut}).waited(), milliseconds(800));
}

TEST(Watcher, JitterSpreadsTheWaitsByUpToHalf) {
  auto machine = watching_from("7");
  EXPECT_EQ(machine(Failed{kCut}, 0.999999).waited(), milliseconds(1199));
}

TEST(Watcher, WaitsAtLeastAsLongAsTheServerAsks) {
  auto machine = watching_from("7");
  EXPECT_EQ(machine(Failed{{ErrorKind::kThrottled, "busy", 45.0}}).waited(), milliseconds(45000));
}

TEST(Watcher, StopEndsItFromEveryPhaseAndNothingWakesIt) {
  for (auto machine : {Machine{}, watching_from("7"), watching_from("7")(Failed{kCut})}) {
    EXPECT_NO_THROW(machine(Stop{}).did<Close>());
    for (const WatcherInput& input : {WatcherInput(Start{}), WatcherInput(TimerFired{}), WatcherInput(Failed{kCut}),
                                      WatcherInput(PageArrived{"9", ""}), WatcherInput(StreamClosed{}), WatcherInput(Stop{})})
      EXPECT_TRUE(machine(input).did_nothing());
    EXPECT_EQ(machine.state.phase, WatcherPhase::kStopped);
  }
}

TEST(Watcher, InputsThatDoNotBelongToThePhaseChangeNothing) {
  auto machine = watching_from("7");
  const auto before = machine.state;
  EXPECT_TRUE(machine(PageArrived{"99", ""}).did_nothing());
  EXPECT_TRUE(machine(TimerFired{}).did_nothing());
  EXPECT_TRUE(machine(Start{}).did_nothing());
  EXPECT_EQ(machine.state, before);
}

}  // namespace
}  // namespace spillway::kube
