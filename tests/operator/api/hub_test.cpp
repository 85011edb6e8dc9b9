#include "operator/api/hub.hpp"

namespace spillway::api {
namespace {

struct Ear final : Outlet {
  explicit Ear(std::size_t most = 1000) : most_(most) {}
  bool send(const Event& event) override {
    if (heard.size() >= most_) return false;
    heard.push_back(event);
    return true;
  }
  bool keep_alive() override { return alive; }
  void close() override { closed = true; }
  std::vector<std::string> data() const {
    std::vector<std::string> all;
    for (const Event& event : heard) all.push_back(event.data);
    return all;
  }

  std::vector<Event> heard;
  bool alive = true;
  bool closed = false;

 private:
  std::size_t most_;
};

std::string hello(bool resumed) { return resumed ? "resumed" : "fresh"; }
const kube::ObjectKey kShop{"shop", "checkout"}, kBlog{"blog", "web"};

class HubTest : public testing::Test {
 protected:
  std::shared_ptr<Ear> join(Interest interest = {}, const std::string& last_id = {}, std::size_t most = 1000) {
    auto ear = std::make_shared<Ear>(most);
    EXPECT_TRUE(hub.subscribe(ear, std::move(interest), last_id, hello, 0.0));
    return ear;
  }
  Hub hub{"abc"};
};

TEST_F(HubTest, AClientHearsHelloAndThenWhatComes) {
  hub.publish("decision", "before", kShop);
  const auto ear = join();
  hub.publish("decision", "after", kShop);
  EXPECT_EQ(ear->data(), (std::vector<std::string>{"fresh", "after"}));
}

TEST_F(HubTest, AClientThatComesBackHearsExactlyWhatItMissed) {
  const auto ear = join();
  hub.publish("decision", "1", kShop);
  const std::string last = ear->heard.back().id;
  hub.publish("decision", "2", kShop);
  hub.publish("decision", "3", kShop);
  EXPECT_EQ(join({}, last)->data(), (std::vector<std::string>{"resumed", "2", "3"}));
  EXPECT_EQ(join({}, join()->heard.front().id)->data(), (std::vector<std::string>{"resumed"})) << "a hello's id is a place to go on from";
}

TEST_F(HubTest, IdsThatAreNotOursOrTooOldBeginAnew) {
  hub.publish("decision", "first", kShop);
  const auto early = join();
  for (std::size_t i = 0; i <= Hub::kKept; ++i) hub.publish("decision", "x", kShop);
  for (const std::string id : {"", "abc", "abc-", "abc-x", "abd-1", "abc-99999999", "abc-1 ", "abc--1"}) EXPECT_EQ(join({}, id)->data(), std::vector<std::string>{"fresh"}) << id;
  EXPECT_EQ(join({}, early->heard.front().id)->data(), std::vector<std::string>{"fresh"});
}

TEST_F(HubTest, InterestsLeaveOutWhatIsNotAboutThem) {
  const auto one = join({.ns = {}, .policy = kShop}), part = join({.ns = "blog", .policy = {}}), all = join();
  hub.publish("decision", "shop", kShop);
  hub.publish("decision", "blog", kBlog);
  hub.publish("overview", "fleet", std::nullopt);
  EXPECT_EQ(one->data(), (std::vector<std::string>{"fresh", "shop"}));
  EXPECT_EQ(part->data(), (std::vector<std::string>{"fresh", "blog"})) << "figures of the whole fleet are not for those who see a part";
  EXPECT_EQ(all->heard.size(), 4u);
}

TEST_F(HubTest, AClientThatCannotKeepUpIsDropped) {
  const auto slow = join({}, {}, 2), quick = join();
  for (int i = 0; i < 5; ++i) hub.publish("decision", "x", kShop);
  EXPECT_EQ(hub.clients(), 1u);
  EXPECT_EQ(quick->heard.size(), 6u);
  quick->alive = false;
  hub.tend(1.0);
  EXPECT_EQ(hub.clients(), 0u);
}

TEST_F(HubTest, ClientsAreBoundedInNumberAndInTime) {
  for (std::size_t i = 0; i < Hub::kMostClients; ++i) join();
  const auto late = std::make_shared<Ear>();
  EXPECT_FALSE(hub.subscribe(late, {}, {}, hello, 0.0));
  hub.tend(Hub::kLongestStay);
  EXPECT_EQ(hub.clients(), 0u);
  EXPECT_TRUE(hub.subscribe(late, {}, {}, hello, 0.0));
  hub.close();
  EXPECT_TRUE(late->closed);
  EXPECT_FALSE(hub.subscribe(std::make_shared<Ear>(), {}, {}, hello, 0.0)) << "nobody gets in after the end";
}

}  // namespace
}  // namespace spillway::api
