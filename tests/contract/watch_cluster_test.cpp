#include "operator/kube/informer.hpp"
#include "operator/kube/watch_decoder.hpp"
#include "tests/contract/cluster.hpp"
#include "tests/contract/tcp_proxy.hpp"

namespace spillway::testing {
namespace {

struct Value {
  std::string text;
};
Value parse_value(const Json& object) { return {object.at("data").at("value").get<std::string>()}; }

class WatchOnCluster : public ClusterTest {
 protected:
  using Changes = std::vector<std::pair<kube::ChangeType, std::string>>;

  void SetUp() override {
    ClusterTest::SetUp();
    if (IsSkipped()) return;
    proxy_ = std::make_unique<TcpProxy>(std::stoi(admin_.server.substr(admin_.server.rfind(':') + 1)));
    auto config = admin_;
    config.server = "https://127.0.0.1:" + std::to_string(proxy_->port());
    auto options = unlimited();
    options.on_request = [this](const kube::RequestSample& sample) {
      if (sample.verb == "GET" && sample.status == 200) ++lists_;
    };
    behind_proxy_ = std::make_unique<kube::RestClient>(config, clock_, scheduler_, transport_, options);
    kube::ReflectorOptions reflector;
    reflector.on_failure = [this](const kube::Selection&, const Error& error) {
      if (error.kind == ErrorKind::kGone) ++gone_;
    };
    informers_ = std::make_unique<kube::InformerSet>(*behind_proxy_, clock_, scheduler_, reflector);
    informer_ = &informers_->get<Value>({{kube::kConfigMaps, ns_, "kind=watched", ""}, parse_value});
    informer_->add_handler([this](const kube::Change<Value>& change) {
      std::lock_guard lock(mutex_);
      changes_.emplace_back(change.type, change.key.name);
    });
  }

  void TearDown() override {
    informers_.reset();
    behind_proxy_.reset();
    ClusterTest::TearDown();
  }

  void start() {
    informers_->start();
    ASSERT_TRUE(eventually([&] { return informers_->synced(); }));
  }
  void create(const std::string& name) { create_config_map(name, "1", {{"kind", "watched"}}); }
  bool has(const std::string& name, const std::string& value = "1") const {
    auto object = informer_->store().get(key(name));
    return object && object->text == value;
  }
  Changes changes() {
    std::lock_guard lock(mutex_);
    return changes_;
  }

  std::unique_ptr<TcpProxy> proxy_;
  std::unique_ptr<kube::RestClient> behind_proxy_;
  std::unique_ptr<kube::InformerSet> informers_;
  kube::Informer<Value>* informer_ = nullptr;
  std::atomic<int> lists_ = 0;
  std::atomic<int> gone_ = 0;
  std::mutex mutex_;
  Changes changes_;
};

TEST_F(WatchOnCluster, AnInformerFollowsWhatHappens) {
  create("a");
  start();
  EXPECT_TRUE(has("a"));
  create("b");
  EXPECT_TRUE(eventually([&] { return has("b"); }));
  set_config_map("b", "2");
  EXPECT_TRUE(eventually([&] { return has("b", "2"); }));
  ASSERT_TRUE(client_->remove(kube::kConfigMaps, key("a")));
  EXPECT_TRUE(eventually([&] { return informer_->store().size() == 1; }));
  using enum kube::ChangeType;
  EXPECT_EQ(changes(), (Changes{{kAdded, "a"}, {kAdded, "b"}, {kUpdated, "b"}, {kDeleted, "a"}}));
}

TEST_F(WatchOnCluster, AnObjectThatNoLongerMatchesTheSelectorIsGone) {
  create("a");
  start();
  ASSERT_TRUE(client_->patch(kube::kConfigMaps, key("a"), kube::PatchType::kMergePatch, {{"metadata", {{"labels", {{"kind", "other"}}}}}}));
  EXPECT_TRUE(eventually([&] { return informer_->store().size() == 0; }));
}

TEST_F(WatchOnCluster, WhoAsksForTheSameSelectionSharesTheInformer) {
  auto& again = informers_->get<Value>({{kube::kConfigMaps, ns_, "kind=watched", ""}, parse_value});
  auto& other = informers_->get<Value>({{kube::kConfigMaps, ns_, "kind=other", ""}, parse_value});
  EXPECT_EQ(&again, informer_);
  EXPECT_NE(&other, informer_);
  create("a");
  start();
  std::vector<std::string> told;
  informer_->add_handler([&](const kube::Change<Value>& change) { told.push_back(change.key.name); });
  EXPECT_EQ(told, std::vector<std::string>{"a"}) << "a late handler hears of what is there";
}

TEST_F(WatchOnCluster, AnUnreadableObjectIsLeftOutAndTheOthersStay) {
  create("a");
  ASSERT_TRUE(client_->create(kube::kConfigMaps, ns_, {{"metadata", {{"name", "broken"}, {"labels", {{"kind", "watched"}}}}}}));
  start();
  EXPECT_TRUE(has("a"));
  EXPECT_EQ(informer_->store().size(), 1u);
  create("b");
  EXPECT_TRUE(eventually([&] { return has("b"); }));
}

TEST_F(WatchOnCluster, ACutStreamResumesWithoutListingAgain) {
  create("a");
  start();
  create("b");  // an event, so that the version to resume from is the stream's own
  ASSERT_TRUE(eventually([&] { return has("b"); }));
  const int lists_before = lists_;
  proxy_->cut();
  create("c");
  ASSERT_TRUE(client_->remove(kube::kConfigMaps, key("a")));
  proxy_->mend();
  EXPECT_TRUE(eventually([&] { return has("c") && informer_->store().size() == 2; }));
  EXPECT_EQ(lists_, lists_before);
  EXPECT_EQ(gone_, 0);
}

TEST_F(WatchOnCluster, AKilledApiserverUnderAWatchIsOutlived) {
  create("a");
  start();
  control("kill", "apiserver");
  EXPECT_TRUE(eventually([&] { return !informers_->failures().empty(); }));
  EXPECT_TRUE(has("a")) << "the cache keeps what it knows";
  control("start", "apiserver");
  ASSERT_TRUE(eventually([&] { return client_->get(kube::kConfigMaps, key("a")).has_value(); }));
  create("b");
  EXPECT_TRUE(eventually([&] { return has("b"); }, std::chrono::seconds(60)));
  EXPECT_TRUE(informers_->failures().empty());
}

TEST_F(WatchOnCluster, A410ListsAgainAndTellsWhatVanishedMeanwhile) {
  create("stays");
  create("vanishes");
  start();
  proxy_->cut();
  ASSERT_TRUE(client_->remove(kube::kConfigMaps, key("vanishes")));
  create("appears");
  control("restart", "apiserver");  // its watch cache begins later than the version we would resume from
  ASSERT_TRUE(eventually([&] { return client_->get(kube::kConfigMaps, key("stays")).has_value(); }));
  proxy_->mend();
  EXPECT_TRUE(eventually([&] { return gone_ > 0; }, std::chrono::seconds(90)));
  EXPECT_TRUE(eventually([&] { return has("appears") && has("stays") && informer_->store().size() == 2; }));
  const auto told = changes();
  EXPECT_EQ(std::count(told.begin(), told.end(), std::pair(kube::ChangeType::kDeleted, std::string("vanishes"))), 1);
}

TEST_F(WatchOnCluster, AnExpiredPageTokenIsGone) {
  for (const char* name : {"a", "b", "c"}) create(name);
  const kube::Selection selection{kube::kConfigMaps, ns_, "kind=watched", ""};
  auto body = rest_->call(kube::list_request(selection, "", 1));
  ASSERT_TRUE(body);
  const std::string token = kube::decode_list(*body, [](Json&) {}).value().continue_token;
  ASSERT_FALSE(token.empty());

  set_config_map("a", "2");
  const std::string version = kube::resource_version_of(client_->get(kube::kConfigMaps, key("a")).value());
  const Json cluster = Json::parse(io::read_file(cluster_ + "/cluster.json").value());
  io::HttpRequest compaction;
  compaction.method = "POST";
  compaction.url = "http://127.0.0.1:" + std::to_string(cluster["ports"]["etcd"].get<int>()) + "/v3/kv/compaction";
  compaction.body = Json{{"revision", version}, {"physical", true}}.dump();
  ASSERT_EQ(transport_.call(compaction).value().status, 200);
  control("restart", "apiserver");  // it may still have pages of its own

  ASSERT_TRUE(eventually([&] { return client_->get(kube::kConfigMaps, key("a")).has_value(); }));
  auto expired = rest_->call(kube::list_request(selection, token, 1));
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().kind, ErrorKind::kGone) << expired.error().message;
}

TEST_F(WatchOnCluster, BookmarksMoveTheVersionOnWhenNothingElseHappens) {
  create("a");
  const kube::Selection selection{kube::kConfigMaps, ns_, "kind=watched", ""};
  auto body = rest_->call(kube::list_request(selection, ""));
  const std::string listed = kube::decode_list(*body, [](Json&) {}).value().resource_version;
  create_config_map("unrelated");
  std::string bookmark;
  // The server sends one shortly before it closes, if its timer gets a processor in time: not promised for every watch.
  for (int watch = 0; watch < 4 && bookmark.empty(); ++watch) {
    kube::WatchDecoder decoder;
    std::mutex mutex;
    std::optional<Status> end;
    rest_->stream(kube::watch_request(selection, listed, std::chrono::seconds(10)), std::chrono::seconds(15),
                  {[] {},
                   [&](std::string_view piece) {
                     std::lock_guard lock(mutex);
                     auto fed = decoder.feed(piece, [&](kube::WatchEventType type, const Json& object) {
                       EXPECT_EQ(type, kube::WatchEventType::kBookmark);
                       bookmark = kube::resource_version_of(object);
                     });
                     EXPECT_TRUE(fed) << fed.error().message;
                   },
                   [&](Status status) {
                     std::lock_guard lock(mutex);
                     end.emplace(std::move(status));
                   }});
    ASSERT_TRUE(eventually([&] { std::lock_guard lock(mutex); return end.has_value(); }));
    EXPECT_TRUE(*end) << "the server closes in good order";
  }
  EXPECT_FALSE(bookmark.empty());
  EXPECT_NE(bookmark, listed);
}

}  // namespace
}  // namespace spillway::testing
