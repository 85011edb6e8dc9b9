#include "operator/kube/events.hpp"

#include "tests/contract/cluster.hpp"

namespace spillway::testing {
namespace {

class EventsOnCluster : public ClusterTest {
 protected:
  kube::EventRecorderOptions options() {
    kube::EventRecorderOptions options;
    options.instance = "contract-test-0";
    options.series_period = std::chrono::milliseconds(300);
    options.on_failure = [](const Error& error) { ADD_FAILURE() << error.message; };
    return options;
  }
  kube::Event event(const std::string& note) const {
    return {{"apps/v1", "Deployment", ns_, "web", "uid-1"}, kube::EventType::kNormal, "Scaled", "Scale", note, ""};
  }
  std::vector<Json> events() { return client_->list({kube::kEvents, ns_, "", ""}).value(); }
};

TEST_F(EventsOnCluster, AnEventIsWrittenWithAllItsParts) {
  kube::EventRecorder recorder(*rest_, clock_, scheduler_, options());
  recorder.record(event("from 2 to 5"));
  ASSERT_TRUE(eventually([&] { return events().size() == 1; }));
  const Json written = events().front();
  EXPECT_EQ(written["reason"], "Scaled");
  EXPECT_EQ(written["action"], "Scale");
  EXPECT_EQ(written["note"], "from 2 to 5");
  EXPECT_EQ(written["type"], "Normal");
  EXPECT_EQ(written["reportingController"], "spillway.dev/operator");
  EXPECT_EQ(written["reportingInstance"], "contract-test-0");
  EXPECT_EQ(written["regarding"]["uid"], "uid-1");
  EXPECT_FALSE(written["eventTime"].is_null());
}

TEST_F(EventsOnCluster, TheSameEventAgainCountsInTheSeriesOfTheFirst) {
  kube::EventRecorder recorder(*rest_, clock_, scheduler_, options());
  recorder.record(event("same"));
  ASSERT_TRUE(eventually([&] { return events().size() == 1; }));
  for (int i = 0; i < 9; ++i) recorder.record(event("same"));
  ASSERT_TRUE(eventually([&] {
    const auto all = events();
    return all.size() == 1 && all.front().contains("series") && all.front()["series"]["count"] == 10;
  }));
  recorder.record(event("different"));
  EXPECT_TRUE(eventually([&] { return events().size() == 2; }));
}

TEST_F(EventsOnCluster, TheEventsAboutAnObjectAreReadBackInOrderAndNoOthers) {
  kube::EventRecorder recorder(*rest_, clock_, scheduler_, options());
  recorder.record(event("first"));
  ASSERT_TRUE(eventually([&] { return events().size() == 1; }));
  recorder.record(event("second"));
  auto other = event("of another object");
  other.regarding.name = "api";
  recorder.record(other);
  ASSERT_TRUE(eventually([&] { return events().size() == 3; }));
  const auto about = kube::events_about(*client_, {ns_, "web"}, "Deployment");
  ASSERT_TRUE(about) << about.error().message;
  ASSERT_EQ(about->size(), 2u);
  EXPECT_EQ((*about)[0].note, "first");
  EXPECT_EQ((*about)[1].note, "second");
  EXPECT_EQ((*about)[1].reason, "Scaled");
}

TEST_F(EventsOnCluster, AnObjectThatTalksTooMuchIsCutOff) {
  auto few = options();
  few.burst_per_object = 3;
  few.per_second_and_object = 0.0001;
  kube::EventRecorder recorder(*rest_, clock_, scheduler_, few);
  for (int i = 0; i < 20; ++i) recorder.record(event("note " + std::to_string(i)));
  auto other = event("of another object");
  other.regarding.name = "api";
  recorder.record(other);
  ASSERT_TRUE(eventually([&] { return events().size() == 4; }));
}

TEST_F(EventsOnCluster, ALongNoteIsCutAtACharacter) {
  kube::EventRecorder recorder(*rest_, clock_, scheduler_, options());
  std::string note = "x";
  while (note.size() < 3000) note += "\u00e4";
  recorder.record(event(note));
  ASSERT_TRUE(eventually([&] { return events().size() == 1; }));
  EXPECT_EQ(events().front()["note"].get<std::string>().size(), 1023u);
}

TEST_F(EventsOnCluster, AForbiddenEventIsReportedAndHarmsNobody) {
  kube::RestClient rest(config_with_token(make_account("mute")), clock_, scheduler_, transport_, unlimited());
  std::atomic<bool> forbidden = false;
  auto failing = options();
  failing.on_failure = [&](const Error& error) { forbidden = error.kind == ErrorKind::kForbidden; };
  kube::EventRecorder recorder(rest, clock_, scheduler_, failing);
  recorder.record(event("unheard"));
  EXPECT_TRUE(eventually([&] { return forbidden.load(); }));
}

}  // namespace
}  // namespace spillway::testing
