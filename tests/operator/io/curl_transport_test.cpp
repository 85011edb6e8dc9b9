#include "operator/io/curl_transport.hpp"

#include "tests/operator/io/test_server.hpp"
#include "tests/operator/io/waiting.hpp"

namespace spillway::io {
namespace {

using testing::eventually;
using testing::TestServer;
using std::chrono::milliseconds;

HttpRequest get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

TEST(CurlTransport, BringsBackStatusHeadersInLowerCaseAndBody) {
  TestServer server([](const auto& request, auto& connection) {
    connection.answer(201, request.method + " " + request.path + " " + request.body, "X-Answer: Yes\r\n");
  });
  CurlTransport transport;
  HttpRequest request = get(server.url("/a?b=c"));
  request.method = "PATCH";
  request.body = "data";
  auto answer = transport.call(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "PATCH /a?b=c data");
  ASSERT_NE(answer->header("x-answer"), nullptr);
  EXPECT_EQ(*answer->header("x-answer"), "Yes");
}

TEST(CurlTransport, SendsOurHeadersAndNoFormContentTypeOfItsOwn) {
  TestServer server([](const auto& request, auto& connection) { connection.answer(200, request.head); });
  CurlTransport transport;
  HttpRequest request = get(server.url("/"));
  request.method = "POST";
  request.body = "{}";
  request.headers = {{"Authorization", "Bearer abc"}};
  auto answer = transport.call(request);
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->body.find("Authorization: Bearer abc\r\n"), std::string::npos);
  EXPECT_EQ(answer->body.find("urlencoded"), std::string::npos) << answer->body;
}

TEST(CurlTransport, AnErrorStatusIsAnAnswer) {
  TestServer server([](const auto&, auto& connection) { connection.answer(503, "busy"); });
  CurlTransport transport;
  auto answer = transport.call(get(server.url("/")));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
}

TEST(CurlTransport, ReusesConnectionsWithinAPoolAndKeepsPoolsApart) {
  TestServer server([](const auto& request, auto& connection) { connection.answer(200, std::to_string(request.connection)); });
  CurlTransport transport;
  const auto connection_of = [&](const std::string& pool) {
    HttpRequest request = get(server.url("/"));
    request.pool = pool;
    return transport.call(request).value().body;
  };
  const std::string first = connection_of("default");
  EXPECT_EQ(connection_of("default"), first);
  const std::string lease = connection_of("lease");
  EXPECT_NE(lease, first);
  EXPECT_EQ(connection_of("lease"), lease);
  EXPECT_EQ(connection_of("default"), first);
}

TEST(CurlTransport, KeepsTheLimitOfConnectionsOfAPool) {
  TestServer server([](const auto&, auto& connection) { connection.answer(200, "ok"); });
  CurlTransport transport({{{"few", {2, 2}}}});
  std::vector<HttpRequest> requests(40, get(server.url("/")));
  for (auto& request : requests) request.pool = "few";
  for (const auto& answer : transport.call_all(requests)) EXPECT_TRUE(answer) << answer.error().message;
  EXPECT_LE(server.connections(), 2);
}

TEST(CurlTransport, AnswersOfManyRequestsAtOnceStandInTheirOrder) {
  TestServer server([](const auto& request, auto& connection) { connection.answer(200, request.path); });
  CurlTransport transport;
  std::vector<HttpRequest> requests;
  for (int i = 0; i < 300; ++i) requests.push_back(get(server.url("/" + std::to_string(i))));
  const auto answers = transport.call_all(requests);
  ASSERT_EQ(answers.size(), 300u);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(answers[i].value().body, "/" + std::to_string(i));
}

TEST(CurlTransport, ASilentServerIsATimeout) {
  TestServer server([](const auto&, auto& connection) { connection.stay_silent(); });
  CurlTransport transport;
  HttpRequest request = get(server.url("/secret-path?token=abc"));
  request.timeout = milliseconds(100);
  auto answer = transport.call(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(answer.error().message.find("secret"), std::string::npos) << answer.error().message;
  EXPECT_EQ(answer.error().message.find("abc"), std::string::npos) << answer.error().message;
}

TEST(CurlTransport, ARefusedConnectionIsTransientAndNamesTheHost) {
  std::string url;
  {
    TestServer gone([](const auto&, auto&) {});
    url = gone.url("/x");
  }
  CurlTransport transport;
  auto answer = transport.call(get(url));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
  EXPECT_NE(answer.error().message.find("127.0.0.1"), std::string::npos);
}

TEST(CurlTransport, RefusesWhatIsNoUrlAndHeadersWithLineBreaks) {
  CurlTransport transport;
  EXPECT_EQ(transport.call(get("no url at all")).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(transport.call(get("file:///etc/passwd")).error().kind, ErrorKind::kInvalid);
  HttpRequest request = get("http://127.0.0.1:1/");
  request.headers = {{"X-A", "b\r\nX-C: d"}};
  EXPECT_EQ(transport.call(request).error().kind, ErrorKind::kInvalid);
}

TEST(CurlTransport, ABodyBeyondTheLimitIsAnErrorAndNotMemory) {
  TestServer server([](const auto&, auto& connection) { connection.answer(200, std::string(100000, 'x')); });
  CurlTransport transport;
  HttpRequest request = get(server.url("/"));
  request.max_body_bytes = 1000;
  auto answer = transport.call(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(answer.error().message.find("1000 bytes"), std::string::npos);
}

/// Collects what a stream brings.
struct Collector {
  std::mutex mutex;
  int status = 0;
  std::string data;
  std::optional<Result<HttpResponse>> end;

  StreamHandler handler() {
    return {[this](const HttpResponse& head) { std::lock_guard lock(mutex); status = head.status; },
            [this](std::string_view piece) { std::lock_guard lock(mutex); data.append(piece); },
            [this](Result<HttpResponse> result) { std::lock_guard lock(mutex); end.emplace(std::move(result)); }};
  }
  bool ended() {
    std::lock_guard lock(mutex);
    return end.has_value();
  }
  std::string received() {
    std::lock_guard lock(mutex);
    return data;
  }
};

TEST(CurlTransport, StreamsArriveInPiecesAndEndInGoodOrder) {
  std::atomic<bool> go_on = false;
  TestServer server([&](const auto&, auto& connection) {
    connection.begin_stream();
    connection.chunk("one");
    eventually([&] { return go_on.load(); });
    connection.chunk("two");
    connection.end_stream();
  });
  Collector collector;
  CurlTransport transport;
  HttpRequest request = get(server.url("/"));
  request.timeout = milliseconds(0);
  transport.stream(request, collector.handler());
  EXPECT_TRUE(eventually([&] { return collector.received() == "one"; }));
  go_on = true;
  ASSERT_TRUE(eventually([&] { return collector.ended(); }));
  EXPECT_EQ(collector.data, "onetwo");
  ASSERT_TRUE(*collector.end);
  EXPECT_EQ((*collector.end)->status, 200);
}

TEST(CurlTransport, ACutStreamIsTransient) {
  TestServer server([](const auto&, auto& connection) {
    connection.begin_stream();
    connection.chunk("half");
    connection.cut();
  });
  Collector collector;
  CurlTransport transport;
  transport.stream(get(server.url("/")), collector.handler());
  ASSERT_TRUE(eventually([&] { return collector.ended(); }));
  ASSERT_FALSE(*collector.end);
  EXPECT_EQ(collector.end->error().kind, ErrorKind::kTransient);
}

TEST(CurlTransport, AStreamThatFallsSilentIsGivenUpAfterTheIdleLimit) {
  TestServer server([](const auto&, auto& connection) {
    connection.begin_stream();
    connection.chunk("hello");
    connection.stay_silent();
  });
  Collector collector;
  CurlTransport transport;
  HttpRequest request = get(server.url("/"));
  request.timeout = milliseconds(0);
  request.idle_timeout = milliseconds(150);
  transport.stream(request, collector.handler());
  ASSERT_TRUE(eventually([&] { return collector.ended(); }));
  ASSERT_FALSE(*collector.end);
  EXPECT_EQ(collector.end->error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(collector.data, "hello");
}

TEST(CurlTransport, ACancelledRequestEndsOnceAsTransient) {
  TestServer server([](const auto&, auto& connection) { connection.stay_silent(); });
  std::atomic<int> ends = 0;
  CurlTransport transport;
  const auto id = transport.send(get(server.url("/")), [&](Result<HttpResponse> answer) {
    EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
    ++ends;
  });
  transport.cancel(id);
  transport.cancel(id);
  transport.cancel(987654);
  EXPECT_TRUE(eventually([&] { return ends == 1; }));
}

TEST(CurlTransport, ItsEndEndsWhatIsUnderWay) {
  TestServer server([](const auto&, auto& connection) { connection.stay_silent(); });
  int ends = 0;
  {
    CurlTransport transport;
    for (int i = 0; i < 5; ++i) transport.send(get(server.url("/")), [&](Result<HttpResponse>) { ++ends; });
  }
  EXPECT_EQ(ends, 5);
}

TEST(CurlTransport, TakesNewRequestsFromWithinCallbacks) {
  TestServer server([](const auto&, auto& connection) { connection.answer(200, "ok"); });
  std::atomic<bool> second = false;
  CurlTransport transport;
  transport.send(get(server.url("/1")), [&](Result<HttpResponse>) {
    transport.send(get(server.url("/2")), [&](Result<HttpResponse> answer) { second = answer.has_value(); });
  });
  EXPECT_TRUE(eventually([&] { return second.load(); }));
}

}  // namespace
}  // namespace spillway::io
