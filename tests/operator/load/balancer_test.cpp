#include "operator/load/balancer.hpp"

#include "operator/load/pod_endpoints.hpp"

namespace spillway::load {
namespace {

using namespace std::chrono_literals;
const io::MonotonicTime kNow{100s};

std::shared_ptr<const EndpointList> list(EndpointList urls) {
  return std::make_shared<const EndpointList>(std::move(urls));
}

TEST(Balancer, TakesTheEndpointWithTheFewestOutstandingRequests) {
  Balancer balancer;
  balancer.update(list({"a", "b", "c"}));
  std::map<std::string, std::shared_ptr<Slot>> slots;
  for (int i = 0; i < 3; ++i) {
    const auto slot = balancer.pick(kNow);
    slots[slot->url] = slot;
    slot->outstanding = 5;
  }
  ASSERT_EQ(slots.size(), 3u) << "equal ones in turn";
  slots["b"]->outstanding = 4;
  EXPECT_EQ(balancer.pick(kNow)->url, "b");
  EXPECT_EQ(balancer.pick(kNow)->url, "b");
}

TEST(Balancer, KeepsTheCountsOfEndpointsThatStay) {
  Balancer balancer;
  balancer.update(list({"a", "b"}));
  for (int i = 0; i < 2; ++i) balancer.pick(kNow)->outstanding = 3;
  balancer.update(list({"b", "c"}));
  EXPECT_EQ(balancer.size(), 2u);
  EXPECT_EQ(balancer.pick(kNow)->url, "c");
  EXPECT_EQ(balancer.pick(kNow)->url, "c") << "c has none, b still has three";
}

TEST(Balancer, AnEndpointThatRefusedRestsUnlessAllDo) {
  Balancer balancer;
  balancer.update(list({"a", "b"}));
  const auto first = balancer.pick(kNow), second = balancer.pick(kNow);
  first->resting_until = kNow + 1s;
  second->outstanding = 7;
  EXPECT_EQ(balancer.pick(kNow), second);
  EXPECT_EQ(balancer.pick(kNow + 2s), first);
  second->resting_until = kNow + 1s;
  EXPECT_EQ(balancer.pick(kNow), first);
}

TEST(Balancer, HasNobodyWithoutEndpoints) {
  Balancer balancer;
  EXPECT_EQ(balancer.pick(kNow), nullptr);
  balancer.update(list({}));
  EXPECT_EQ(balancer.pick(kNow), nullptr);
}

TEST(PodUrl, OnlyReadyPodsThatStayTakeRequests) {
  kube::Pod pod;
  pod.ip = "10.0.0.1";
  pod.ready = true;
  pod.ports = {{"http", 8080}};
  EXPECT_EQ(pod_url(pod, 0), "http://10.0.0.1:8080");
  EXPECT_EQ(pod_url(pod, 9), "http://10.0.0.1:9");
  kube::Pod six = pod;
  six.ip = "fd00::1";
  EXPECT_EQ(pod_url(six, 0), "http://[fd00::1]:8080");
  kube::Pod unready = pod, terminating = pod, portless = pod, homeless = pod;
  unready.ready = false;
  terminating.meta.deleted = io::WallTime{};
  portless.ports.clear();
  homeless.ip.clear();
  for (const auto& other : {unready, terminating, portless, homeless}) EXPECT_EQ(pod_url(other, 0), std::nullopt);
}

}  // namespace
}  // namespace spillway::load
