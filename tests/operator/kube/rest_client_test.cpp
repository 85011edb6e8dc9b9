#include "operator/kube/rest_client.hpp"

#include "operator/io/curl_transport.hpp"
#include "operator/kube/informer.hpp"
#include "tests/operator/io/test_server.hpp"
#include "tests/operator/io/waiting.hpp"

#include <nlohmann/json.hpp>

namespace spillway::kube {
namespace {

using testing::eventually;
using testing::TestServer;

/// What no real API server does on demand comes from a small local server.
class RestClientTest : public ::testing::Test {
 protected:
  ClientConfig config(const TestServer& server, const std::string& token = "") const {
    return {server.url(), "", "default", std::make_shared<StaticCredentials>(Credential{token, "", ""})};
  }
  io::SystemClock clock_;
  io::ThreadScheduler scheduler_;
  io::CurlTransport transport_;
};

ApiRequest read_version() { return {"GET", "/version"}; }

TEST_F(RestClientTest, SendsTokenAndUserAgentAndCountsRequests) {
  TestServer server([](const auto& request, auto& connection) { connection.answer(200, request.head); });
  std::atomic<int> counted = 0;
  RestClientOptions options;
  options.user_agent = "spillway/test";
  options.on_request = [&](const RequestSample& sample) { counted += sample.verb == "GET" && sample.status == 200; };
  RestClient rest(config(server, "tok"), clock_, scheduler_, transport_, options);
  const std::string head = rest.call(read_version()).value();
  EXPECT_THAT(head, ::testing::HasSubstr("GET /version HTTP/1.1\r\n"));
  EXPECT_THAT(head, ::testing::HasSubstr("Authorization: Bearer tok\r\n"));
  EXPECT_THAT(head, ::testing::HasSubstr("User-Agent: spillway/test\r\n"));
  EXPECT_EQ(counted, 1);
}

TEST_F(RestClientTest, AReadIsRepeatedAfterTheTimeTheServerAskedFor) {
  std::atomic<int> asked = 0;
  std::chrono::steady_clock::time_point first, second;
  TestServer server([&](const auto&, auto& connection) {
    (++asked == 1 ? first : second) = std::chrono::steady_clock::now();
    asked == 1 ? connection.answer(429, "{}", "Retry-After: 1\r\n") : connection.answer(200, "ok");
  });
  RestClient rest(config(server), clock_, scheduler_, transport_);
  EXPECT_EQ(rest.call(read_version()).value(), "ok");
  EXPECT_GE(second - first, std::chrono::milliseconds(1000));
}

TEST_F(RestClientTest, AWriteIsNeverRepeatedAndTellsTheTimeToWait) {
  std::atomic<int> asked = 0;
  TestServer server([&](const auto&, auto& connection) {
    ++asked;
    connection.answer(503, "{}", "Retry-After: 1\r\n");
  });
  RestClient rest(config(server), clock_, scheduler_, transport_);
  const auto answer = rest.call({"PATCH", "/x", "application/json", "{}"});
  EXPECT_EQ(answer.error().kind, ErrorKind::kThrottled);
  EXPECT_EQ(answer.error().retry_after_seconds, 1.0);
  EXPECT_EQ(asked, 1);
}

TEST_F(RestClientTest, AReadIsNotHeldLongerThanAllowedNorRepeatedForEver) {
  std::atomic<int> asked = 0;
  TestServer server([&](const auto& request, auto& connection) {
    ++asked;
    connection.answer(429, "{}", request.path == "/long" ? "Retry-After: 60\r\n" : "Retry-After: 0\r\n");
  });
  RestClient rest(config(server), clock_, scheduler_, transport_);
  EXPECT_EQ(rest.call({"GET", "/long"}).error().retry_after_seconds, 60.0);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(rest.call({"GET", "/short"}).error().kind, ErrorKind::kThrottled);
  EXPECT_EQ(asked, 1 + 3);
}

TEST_F(RestClientTest, A401IsSentOnceMoreAndNotAgain) {
  std::atomic<int> asked = 0;
  TestServer server([&](const auto&, auto& connection) {
    ++asked;
    connection.answer(401, "{}");
  });
  RestClient rest(config(server), clock_, scheduler_, transport_);
  EXPECT_EQ(rest.call(read_version()).error().kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(asked, 2);
}

TEST_F(RestClientTest, TheRateLimitSpreadsRequests) {
  TestServer server([](const auto&, auto& connection) { connection.answer(200, "ok"); });
  RestClientOptions options;
  options.requests_per_second = 50;
  options.burst = 1;
  RestClient rest(config(server), clock_, scheduler_, transport_, options);
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 11; ++i) ASSERT_TRUE(rest.call(read_version()));
  EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(190));
}

TEST_F(RestClientTest, AClosedClientAnswersWhatIsUnderWayAndNothingHangs) {
  TestServer server([](const auto&, auto& connection) { connection.answer(429, "{}", "Retry-After: 0\r\n"); });
  std::atomic<int> answers = 0;
  {
    RestClient rest(config(server), clock_, scheduler_, transport_);
    for (int i = 0; i < 20; ++i) rest.send(read_version(), [&](Result<std::string>) { ++answers; });
  }
  EXPECT_TRUE(eventually([&] { return answers == 20; }));
}

/// A server that lists one object and then plays a prepared stream for every watch.
struct WatchServer {
  std::atomic<int> lists = 0;
  std::atomic<int> watches = 0;
  std::function<void(int watch, const TestServer::Request&, TestServer::Connection&)> play;
  TestServer server{[this](const TestServer::Request& request, TestServer::Connection& connection) {
    if (request.path.find("watch=true") != std::string::npos) return play(++watches, request, connection);
    const int version = 10 * ++lists;
    connection.answer(200, R"({"metadata":{"resourceVersion":")" + std::to_string(version) + R"("},"items":[{"metadata":{"name":"a"}}]})");
  }};
};

std::string event(const std::string& type, const std::string& name, const std::string& version) {
  return R"({"type":")" + type + R"(","object":{"metadata":{"name":")" + name + R"(","resourceVersion":")" + version + "\"}}}\n";
}

TEST_F(RestClientTest, AnInformerListsAgainOn410InBothItsForms) {
  WatchServer fake;
  fake.play = [&](int watch, const auto&, auto& connection) {
    if (watch == 1) {
      connection.answer(410, R"({"kind":"Status","code":410})");
      return;
    }
    connection.begin_stream();
    if (watch == 2) {
      connection.chunk(event("ADDED", "b", "21") + R"({"type":"ERROR","object":{"kind":"Status","code":410}})" "\n");
      connection.end_stream();
      return;
    }
    connection.chunk(event("ADDED", "c", "31"));
    connection.stay_silent();
  };
  RestClient rest(config(fake.server), clock_, scheduler_, transport_);
  InformerSet informers(rest, clock_, scheduler_, {});
  auto& informer = informers.get<ObjectMeta>({{kPods, "", "", ""}, [](const Json& object) { return ObjectMeta{"", object["metadata"]["name"]}; }});
  informers.start();
  EXPECT_TRUE(eventually([&] { return informer.store().get({"", "c"}) != nullptr; }));
  EXPECT_EQ(fake.lists, 3);
  EXPECT_EQ(informer.store().get({"", "b"}), nullptr) << "not in the last list";
}

TEST_F(RestClientTest, AnInformerResumesFromTheLastBookmark) {
  WatchServer fake;
  std::mutex mutex;
  std::string resumed;
  fake.play = [&](int watch, const auto& request, auto& connection) {
    connection.begin_stream();
    if (watch == 1) {
      connection.chunk(event("BOOKMARK", "", "4711"));
      connection.end_stream();
      return;
    }
    {
      std::lock_guard lock(mutex);
      resumed = request.path;
    }
    connection.stay_silent();
  };
  RestClient rest(config(fake.server), clock_, scheduler_, transport_);
  InformerSet informers(rest, clock_, scheduler_, {});
  informers.get<ObjectMeta>({{kPods, "", "", ""}, [](const Json&) { return ObjectMeta{}; }});
  informers.start();
  ASSERT_TRUE(eventually([&] { return fake.watches == 2; }));
  EXPECT_TRUE(eventually([&] { std::lock_guard lock(mutex); return resumed.find("resourceVersion=4711") != std::string::npos; }));
  EXPECT_EQ(fake.lists, 1);
}

}  // namespace
}  // namespace spillway::kube
