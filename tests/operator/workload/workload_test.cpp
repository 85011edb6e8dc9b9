// The workload as a real process, over real sockets.
#include "tests/operator/workload/workload_process.hpp"

namespace spillway::workload {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::eventually;
using test::get;
using test::metric;
using test::WorkloadProcess;
using testing::HasSubstr;

// One worker that holds each request for longer than any step of a test takes.
WorkloadOptions slow_worker() {
  WorkloadOptions options;
  options.work.sleep_ms = 60000;
  options.drain_delay = 0ms;
  return options;
}

WorkloadOptions fast_worker() {
  WorkloadOptions options;
  options.drain_delay = 0ms;
  return options;
}

const std::string kReceived = "toy_http_requests_received_total{method=\"GET\",path=\"/work\"}";
std::string ended(int code) {
  return "toy_http_requests_total{code=\"" + std::to_string(code) + "\",method=\"GET\",path=\"/work\"}";
}
bool waiting(const WorkloadProcess& process, double count) {
  return metric(process.port(), "toy_requests_waiting") == count;
}

TEST(Workload, AnswersWorkAndCountsIt) {
  WorkloadProcess process(fast_worker());
  EXPECT_EQ(metric(process.port(), kReceived), 0.0) << "series start at zero, or rate() misses the first request";
  const auto answer = get(process.port(), "/work?id=seven");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("ok seven"));
  EXPECT_EQ(metric(process.port(), kReceived), 1.0);
  EXPECT_EQ(metric(process.port(), ended(200)), 1.0);
  EXPECT_EQ(metric(process.port(), "toy_in_flight_requests"), 0.0);
}

TEST(Workload, ProbesAndScrapesAreNoLoad) {
  WorkloadProcess process(fast_worker());
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/metrics"})
    EXPECT_EQ(get(process.port(), path).status, 200);
  get(process.port(), "/nothing");
  const std::string page = get(process.port(), "/metrics").body;
  for (const char* path : {"healthz", "readyz", "/metrics"}) EXPECT_THAT(page, testing::Not(HasSubstr(path)));
  EXPECT_THAT(page, HasSubstr("toy_http_requests_total{code=\"404\",method=\"GET\",path=\"other\"} 1"));
}

TEST(Workload, ServesManyRequestsOnOneConnection) {
  WorkloadProcess process(fast_worker());
  Connection connection(process.port());
  for (int i = 0; i < 100; ++i) {
    connection.get("/work");
    ASSERT_EQ(connection.read().status, 200);
  }
}

TEST(Workload, AnswersPipelinedRequestsInOrder) {
  WorkloadProcess process(fast_worker());
  Connection connection(process.port());
  connection.send("GET /work?id=1 HTTP/1.1\r\nHost: x\r\n\r\nGET /work?id=2 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(connection.read().body, HasSubstr("ok 1"));
  EXPECT_THAT(connection.read().body, HasSubstr("ok 2"));
}

TEST(Workload, ItsWorkersCapacityIsWhatTheServiceTimeSays) {
  WorkloadOptions options = fast_worker();
  options.work.sleep_ms = 10;
  WorkloadProcess process(options);
  std::vector<Connection> clients;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 40; ++i) clients.emplace_back(process.port()).get("/work");
  for (auto& client : clients) ASSERT_EQ(client.read().status, 200);
  // 40 requests of 10 ms through one worker cannot take less; the upper side depends on the machine and is not judged
  // here.
  EXPECT_GE(std::chrono::steady_clock::now() - start, 400ms);
}

TEST(Workload, HoldsSixtyFourWaitingRequestsAndRefusesTheNext) {
  WorkloadProcess process(slow_worker());
  std::vector<Connection> clients;
  for (int i = 0; i < 65; ++i) clients.emplace_back(process.port()).get("/work");
  ASSERT_TRUE(eventually([&] { return waiting(process, 64); }));
  EXPECT_EQ(metric(process.port(), "toy_in_flight_requests"), 65.0);
  const auto refused = get(process.port(), "/work");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("queue full: 64 requests are waiting"));
  EXPECT_THAT(refused.head, HasSubstr("Retry-After: 1"));
  EXPECT_EQ(metric(process.port(), kReceived), 66.0) << "refused requests were offered too";
  EXPECT_EQ(metric(process.port(), "toy_errors_total{path=\"/work\",reason=\"queue_full\"}"), 1.0);
}

TEST(Workload, ServesInOrderOfArrival) {
  WorkloadOptions options = fast_worker();
  options.work.sleep_ms = 5;
  WorkloadProcess process(options);
  Connection first(process.port());
  first.get("/work?sleep_ms=2000");
  std::vector<Connection> clients;
  for (int i = 0; i < 20; ++i) {  // each is known to wait before the next one comes
    clients.emplace_back(process.port()).get("/work");
    ASSERT_TRUE(eventually([&] { return waiting(process, i + 1); }));
  }
  double last = 1e9;
  for (auto& client : clients) {
    const auto answer = client.read();
    ASSERT_EQ(answer.status, 200);
    const auto at = answer.body.find("left_waiting=");
    ASSERT_NE(at, std::string::npos) << answer.body;
    const double behind = std::stod(answer.body.substr(at + 13));
    EXPECT_LE(behind, last) << "an earlier request leaves more of the others waiting";
    last = behind;
  }
}

TEST(Workload, AClientThatLeavesWhileWaitingLeavesTheQueue) {
  WorkloadProcess process(slow_worker());
  Connection served(process.port()), leaver(process.port()), stayer(process.port());
  served.get("/work");
  ASSERT_TRUE(eventually([&] { return metric(process.port(), "toy_in_flight_requests") == 1.0; }));
  leaver.get("/work");
  stayer.get("/work?sleep_ms=0&id=stayer");
  ASSERT_TRUE(eventually([&] { return waiting(process, 2); }));
  leaver.leave();
  ASSERT_TRUE(eventually([&] { return waiting(process, 1); }));
  EXPECT_EQ(metric(process.port(), ended(499)), 1.0);
}

TEST(Workload, AClientThatLeavesInServiceKeepsItsWorkerUntilTheWorkIsDone) {
  WorkloadOptions options = fast_worker();
  WorkloadProcess process(options);
  Connection leaver(process.port());
  leaver.get("/work?sleep_ms=200");
  ASSERT_TRUE(eventually([&] { return metric(process.port(), "toy_in_flight_requests") == 1.0; }));
  Connection next(process.port());
  next.get("/work?id=next");
  ASSERT_TRUE(eventually([&] { return waiting(process, 1); }));
  leaver.leave();
  EXPECT_EQ(next.read().status, 200);
  EXPECT_EQ(metric(process.port(), ended(499)), 1.0);
  EXPECT_EQ(metric(process.port(), ended(200)), 1.0);
}

TEST(Workload, EveryRequestReceivedEndsOnce) {
  WorkloadOptions options = fast_worker();
  options.workers = 4;
  options.queue_limit = 8;
  WorkloadProcess process(options);
  std::vector<Connection> clients;
  for (int i = 0; i < 60; ++i) {
    clients.emplace_back(process.port()).get("/work?sleep_ms=" + std::to_string(i % 7));
    if (i % 5 == 0) clients.back().leave();
  }
  for (auto& client : clients) client.read();
  ASSERT_TRUE(eventually([&] { return metric(process.port(), "toy_in_flight_requests") == 0.0; }));
  double sum = 0;
  for (const int code : {200, 499, 503}) sum += metric(process.port(), ended(code)).value_or(0.0);
  EXPECT_EQ(metric(process.port(), kReceived), sum);
}

TEST(Workload, IsNotReadyBeforeItsStartupDelayHasPassed) {
  WorkloadOptions options = fast_worker();
  options.startup_delay = 300ms;
  const auto start = std::chrono::steady_clock::now();
  WorkloadProcess process(options);
  const auto early = get(process.port(), "/readyz");
  if (std::chrono::steady_clock::now() - start < 300ms) {
    EXPECT_EQ(early.status, 503);
    EXPECT_THAT(early.body, HasSubstr("starting"));
  }
  EXPECT_EQ(get(process.port(), "/healthz").status, 200);
  ASSERT_TRUE(eventually([&] { return get(process.port(), "/readyz").status == 200; }));
  EXPECT_GE(std::chrono::steady_clock::now() - start, 300ms);
}

TEST(Workload, RefusesBadValuesUnknownPathsAndOtherMethods) {
  WorkloadProcess process(fast_worker());
  const auto bad = get(process.port(), "/work?sleep_ms=-1");
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.body, HasSubstr("sleep_ms: '-1' is not allowed"));
  const auto unknown = get(process.port(), "/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("/work"));
  Connection poster(process.port());
  poster.send("POST /work HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
  const auto post = poster.read();
  EXPECT_EQ(post.status, 405);
  EXPECT_THAT(post.head, HasSubstr("Allow: GET"));
  Connection babbler(process.port());
  babbler.send("this is no HTTP\r\n\r\n");
  EXPECT_EQ(babbler.read().status, 400);
  EXPECT_EQ(get(process.port(), "/healthz").status, 200);
}

TEST(Workload, AnswersWithThePayloadAndTheErrorsAskedFor) {
  WorkloadProcess process(fast_worker());
  EXPECT_EQ(get(process.port(), "/work?payload_bytes=100000").body.size(), 100000u);
  EXPECT_EQ(get(process.port(), "/work?err_rate=1").status, 500);
  EXPECT_EQ(get(process.port(), "/work?cpu_ms=5").status, 200);
  EXPECT_EQ(metric(process.port(), "toy_work_cpu_seconds_count"), 3.0);
}

TEST(Workload, DrainsOnSigtermAndEndsWithZero) {
  WorkloadOptions options;
  options.drain_delay = 60s;  // the test ends the run before that
  WorkloadProcess process(options);
  process.signal(SIGTERM);
  ASSERT_TRUE(eventually([&] { return get(process.port(), "/readyz").status == 503; }));
  const auto answer = get(process.port(), "/work");
  EXPECT_EQ(answer.status, 200) << "until balancers have noticed, requests are served";
  EXPECT_THAT(answer.head, HasSubstr("Connection: close"));
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait_for_exit(), 1) << "a second signal ends it at once";
}

TEST(Workload, FinishesWhatWaitsBeforeItEnds) {
  WorkloadProcess process(fast_worker());
  Connection first(process.port()), second(process.port()), idle(process.port());
  first.get("/work?sleep_ms=200");
  ASSERT_TRUE(eventually([&] { return metric(process.port(), "toy_in_flight_requests") == 1.0; }));
  second.get("/work?sleep_ms=10");
  ASSERT_TRUE(eventually([&] { return waiting(process, 1); }));
  process.signal(SIGTERM);
  EXPECT_EQ(first.read().status, 200);
  EXPECT_EQ(second.read().status, 200);
  EXPECT_EQ(process.wait_for_exit(), 0);
}

TEST(Workload, CutsOffWhatDoesNotEndInTime) {
  WorkloadOptions options = slow_worker();
  options.drain_timeout = 100ms;
  WorkloadProcess process(options);
  Connection client(process.port()), burner(process.port());
  client.get("/work");
  ASSERT_TRUE(eventually([&] { return metric(process.port(), "toy_in_flight_requests") == 1.0; }));
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait_for_exit(), 1);
  EXPECT_EQ(client.read().status, 0);
}

TEST(Workload, CpuWorkDoesNotHoldUpTheEnd) {
  WorkloadOptions options = fast_worker();
  options.drain_timeout = 50ms;
  WorkloadProcess process(options);
  Connection client(process.port());
  client.get("/work?cpu_ms=60000");
  ASSERT_TRUE(eventually([&] { return metric(process.port(), "toy_in_flight_requests") == 1.0; }));
  EXPECT_EQ(get(process.port(), "/healthz").status, 200) << "CPU work leaves the server's thread alone";
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait_for_exit(), 1);
}

TEST(Workload, RefusesOptionsOutOfRangeAndAPortInUse) {
  WorkloadOptions options;
  options.workers = 0;
  EXPECT_EQ(run_workload(options), 2);
  WorkloadProcess holder(fast_worker());
  WorkloadOptions same = fast_worker();
  same.address = "127.0.0.1";
  same.port = holder.port();
  EXPECT_EQ(run_workload(same), 1);
}

}  // namespace
}  // namespace spillway::workload
