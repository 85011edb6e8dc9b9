#include "operator/kube/lease.hpp"
#include "operator/runtime/leader_elector.hpp"
#include "tests/contract/cluster.hpp"
#include "tests/contract/tcp_proxy.hpp"

namespace spillway::testing {
namespace {

using runtime::LeaderElectionOptions;
using runtime::LeaderElector;
using std::chrono::milliseconds;

class LeaseOnCluster : public ClusterTest {
 protected:
  LeaderElectionOptions options(const std::string& identity) const {
    LeaderElectionOptions options;
    options.ns = ns_;
    options.name = "leader";
    options.identity = identity;
    options.lease_duration = milliseconds(2000);
    options.renew_deadline = milliseconds(1200);
    options.retry_period = milliseconds(200);
    return options;
  }
  kube::LeaseRecord record() { return kube::parse_lease(client_->get(kube::kLeases, key("leader")).value().dump()).value(); }
};

TEST_F(LeaseOnCluster, OneOfTwoLeadsAndRenews) {
  LeaderElector first(*rest_, clock_, scheduler_, options("first"));
  LeaderElector second(*rest_, clock_, scheduler_, options("second"));
  first.start();
  ASSERT_TRUE(eventually([&] { return first.leading(); }));
  second.start();
  ASSERT_TRUE(eventually([&] { return second.leader() == "first"; }));
  const auto before = record();
  EXPECT_EQ(before.holder, "first");
  EXPECT_TRUE(eventually([&] { return record().renew_time != before.renew_time; }));
  EXPECT_EQ(record().acquire_time, before.acquire_time);
  EXPECT_FALSE(second.leading());
}

TEST_F(LeaseOnCluster, StoppingReleasesSoThatTheOtherLeadsWithoutWaitingForTheExpiry) {
  auto patient = [this](const std::string& identity) {
    auto slow = options(identity);
    slow.lease_duration = std::chrono::seconds(600);  // only a release can hand it over within the test
    slow.renew_deadline = std::chrono::seconds(300);
    return slow;
  };
  LeaderElector first(*rest_, clock_, scheduler_, patient("first"));
  LeaderElector second(*rest_, clock_, scheduler_, patient("second"));
  first.start();
  ASSERT_TRUE(eventually([&] { return first.leading(); }));
  second.start();
  ASSERT_TRUE(eventually([&] { return second.leader() == "first"; }));
  first.stop();
  EXPECT_FALSE(first.leading());
  EXPECT_TRUE(eventually([&] { return second.leading(); }));
  EXPECT_EQ(record().holder, "second");
  EXPECT_GE(record().transitions, 1);
}

TEST_F(LeaseOnCluster, AHolderThatIsCutOffStopsLeadingBeforeTheOtherBegins) {
  TcpProxy proxy(std::stoi(admin_.server.substr(admin_.server.rfind(':') + 1)));
  auto config = admin_;
  config.server = "https://127.0.0.1:" + std::to_string(proxy.port());
  auto own_pool = unlimited();
  own_pool.pool = "lease";
  kube::RestClient behind_proxy(config, clock_, scheduler_, transport_, own_pool);

  std::atomic<int> lost = 0;
  std::atomic<bool> both = false;
  auto first_options = options("first");
  first_options.on_stopped_leading = [&] { ++lost; };
  LeaderElector first(behind_proxy, clock_, scheduler_, first_options);
  auto second_options = options("second");
  second_options.on_started_leading = [&] { both = first.leading(); };
  LeaderElector second(*rest_, clock_, scheduler_, second_options);
  first.start();
  ASSERT_TRUE(eventually([&] { return first.leading(); }));
  second.start();
  ASSERT_TRUE(eventually([&] { return second.leader() == "first"; }));

  proxy.cut();
  EXPECT_TRUE(eventually([&] { return second.leading(); }));
  EXPECT_FALSE(both);
  EXPECT_TRUE(eventually([&] { return lost == 1; }));
  proxy.mend();
  EXPECT_TRUE(eventually([&] { return first.leader() == "second"; }));
  EXPECT_FALSE(first.leading());
}

TEST_F(LeaseOnCluster, ALeaseOfADeadHolderIsTakenOverAfterItsDuration) {
  ASSERT_TRUE(client_->create(kube::kLeases, ns_,
                              Json::parse(kube::make_lease(key("leader"), {"dead", 2, "2020-01-01T00:00:00.000000Z", "2020-01-01T00:00:00.000000Z", 4, ""}))));
  LeaderElector elector(*rest_, clock_, scheduler_, options("heir"));
  const auto started = std::chrono::steady_clock::now();
  elector.start();
  ASSERT_TRUE(eventually([&] { return elector.leading(); }));
  EXPECT_GE(std::chrono::steady_clock::now() - started, milliseconds(1900)) << "judged on our own clock, not on the dead one's";
  EXPECT_EQ(record().transitions, 5);
}

TEST_F(LeaseOnCluster, ALeaseThatIsGivenToAnotherByHandIsLost) {
  LeaderElector elector(*rest_, clock_, scheduler_, options("ours"));
  elector.start();
  ASSERT_TRUE(eventually([&] { return elector.leading(); }));
  ASSERT_TRUE(client_->patch(kube::kLeases, key("leader"), kube::PatchType::kMergePatch,
                             {{"spec", {{"holderIdentity", "theirs"}, {"leaseDurationSeconds", 600}}}}));
  EXPECT_TRUE(eventually([&] { return !elector.leading() && elector.leader() == "theirs"; }));
  elector.stop();
  EXPECT_EQ(record().holder, "theirs") << "what is not ours is not released";
}

}  // namespace
}  // namespace spillway::testing
