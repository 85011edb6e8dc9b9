#include "operator/http/server.hpp"

#include <atomic>
#include <future>

#include "tests/operator/http/talk.hpp"

namespace spillway::http {
namespace {

using testing::talk;

RouteTable greeting() {
  RouteTable routes;
  routes.add("GET", "/hello", [](const Request&) { return Response{200, "hello\n"}; }, open_to_all());
  routes.add("POST", "/echo", [](const Request& request) { return Response{200, request.body}; }, open_to_all());
  routes.add("GET", "/broken", [](const Request&) -> Response { throw std::runtime_error("secret"); }, open_to_all());
  return routes;
}

std::unique_ptr<Server> start(ServerOptions options = {}, RouteTable routes = greeting()) {
  use_threads(2);
  options.address = "127.0.0.1:0";
  auto server = Server::start(options, std::move(routes));
  EXPECT_TRUE(server) << (server ? "" : server.error().message);
  return server ? std::move(*server) : nullptr;
}

std::string get(std::uint16_t port, const std::string& path, const std::string& method = "GET") {
  return talk(port, method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
}

TEST(Server, answers_a_known_path) {
  const auto server = start();
  const std::string answer = get(server->port(), "/hello");
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, testing::EndsWith("hello\n"));
}

TEST(Server, answers_404_and_405_with_what_is_allowed) {
  const auto server = start();
  EXPECT_THAT(get(server->port(), "/nowhere"), testing::StartsWith("HTTP/1.1 404"));
  const std::string answer = get(server->port(), "/hello", "DELETE");
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(answer, testing::HasSubstr("Allow: GET, HEAD"));
}

TEST(Server, answers_head_without_a_body) {
  const auto server = start();
  const std::string answer = get(server->port(), "/hello", "HEAD");
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, testing::Not(testing::HasSubstr("hello")));
}

TEST(Server, hands_the_body_to_the_handler) {
  const auto server = start();
  const std::string answer =
      talk(server->port(), "POST /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 5\r\n\r\n12345");
  EXPECT_THAT(answer, testing::EndsWith("12345"));
}

TEST(Server, refuses_a_body_over_the_limit_without_reading_it) {
  const auto server = start({.limits = {.max_body_bytes = 10}});
  const std::string answer =
      talk(server->port(),
           "POST /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 11\r\n\r\n12345678901");
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 413"));
}

TEST(Server, refuses_headers_over_the_limit) {
  const auto server = start({.limits = {.max_header_bytes = 200}});
  const std::string answer =
      talk(server->port(),
           "GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\nX: " + std::string(300, 'x') + "\r\n\r\n");
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 431"));
}

TEST(Server, refuses_headers_that_never_end_while_they_are_still_coming) {
  const auto server = start({.limits = {.max_header_bytes = 2000}});
  EXPECT_THAT(talk(server->port(), "GET /hello HTTP/1.1\r\nX: " + std::string(4000, 'x')), testing::StartsWith("HTTP/1.1 431"));
}

TEST(Server, does_not_wait_for_ever_for_the_end_of_the_headers) {
  const auto server = start({.limits = {.head = std::chrono::milliseconds(100)}});
  testing::Connection client(server->port());
  client.send("GET /hello HTTP/1.1\r\nHost: te");
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(3)));
}

TEST(Server, does_not_wait_for_ever_for_the_end_of_a_body) {
  const auto server = start({.limits = {.idle = std::chrono::milliseconds(100)}});
  testing::Connection client(server->port());
  client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n123");
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(3)));
}

TEST(Server, closes_on_a_client_that_trickles_its_request) {
  const auto server = start({.limits = {.request = std::chrono::milliseconds(100)}});
  testing::Connection client(server->port());
  client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 10000\r\n\r\n");
  const auto begin = std::chrono::steady_clock::now();
  while (client.send("x") && !client.is_closed_within(std::chrono::milliseconds(20))) {
    ASSERT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  }
  SUCCEED();
}

TEST(Server, closes_connections_over_the_limit_and_serves_the_others) {
  const auto server = start({.limits = {.max_connections = 1}});
  testing::Connection first(server->port());
  first.send("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_THAT(first.receive_until("hello\n"), testing::StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(talk(server->port(), "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"), "");
  first.send("GET /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_THAT(first.receive_until("hello\n"), testing::StartsWith("HTTP/1.1 200"));
}

TEST(Server, answers_503_when_too_many_requests_wait_for_a_worker) {
  std::promise<void> release;
  RouteTable routes;
  routes.add("GET", "/slow", [wait = release.get_future().share()](const Request&) { wait.wait(); return Response{200, "done\n"}; }, open_to_all());
  const auto server = start({.workers = 1, .max_waiting = 0}, std::move(routes));
  testing::Connection first(server->port());
  first.send("GET /slow HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  const auto refused = [&] { return talk(server->port(), "GET /slow HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", std::chrono::milliseconds(50)); };
  std::string answer = refused();
  for (int i = 0; i < 100 && answer.empty(); ++i) answer = refused();  // ours may have been the one that got the worker
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 503"));
  release.set_value();
}

TEST(Server, hands_token_and_headers_over_but_no_credentials_among_the_headers) {
  struct Echo final : Authorizer {
    Result<Caller> admit(const std::string& token, const kube::AccessAttributes&) override { return Caller{{"who"}, token}; }
  };
  RouteTable routes;
  routes.add("GET", "/who", [](const Request& request) {
    return Response{200, request.caller.token + "|" + request.headers.at("x-one") + "|" +
                             std::to_string(request.headers.contains("authorization") + request.headers.contains("cookie"))};
  });
  const auto server = start({.authorizer = std::make_shared<Echo>()}, std::move(routes));
  EXPECT_THAT(talk(server->port(), "GET /who HTTP/1.1\r\nHost: t\r\nConnection: close\r\nX-One: 1\r\nCookie: c\r\nAuthorization: bearer  abc \r\n\r\n"),
              testing::EndsWith("abc|1|0"));
}

TEST(Server, takes_no_token_from_the_url) {
  struct OnlyWithToken final : Authorizer {
    Result<Caller> admit(const std::string& token, const kube::AccessAttributes&) override {
      if (token.empty()) return Error{ErrorKind::kUnauthorized, "want a bearer token"};
      return Caller{};
    }
  };
  RouteTable routes;
  routes.add("GET", "/data", [](const Request&) { return Response{200, "data"}; });
  const auto server = start({.authorizer = std::make_shared<OnlyWithToken>()}, std::move(routes));
  EXPECT_THAT(get(server->port(), "/data?access_token=abc&token=abc"), testing::StartsWith("HTTP/1.1 401"));
}

TEST(Server, tells_browsers_not_to_guess_types_nor_to_keep_answers) {
  const auto server = start();
  const std::string answer = get(server->port(), "/hello");
  EXPECT_THAT(answer, testing::HasSubstr("X-Content-Type-Options: nosniff"));
  EXPECT_THAT(answer, testing::HasSubstr("Cache-Control: no-store"));
}

TEST(Server, hides_what_a_broken_handler_says) {
  const auto server = start();
  const std::string answer = get(server->port(), "/broken");
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(answer, testing::Not(testing::HasSubstr("secret")));
}

/// A server that says its name, and passes all but /metrics on to the port in `*leader`, if there is one.
std::unique_ptr<Server> start_instance(const std::string& name, std::shared_ptr<std::atomic<int>> leader) {
  RouteTable routes;
  for (const char* path : {"/name", "/metrics"}) {
    routes.add("GET", path, [name](const Request&) { return Response{200, name + "\n"}; }, open_to_all());
  }
  routes.add("POST", "/name", [name](const Request& request) { return Response{200, name + " " + request.body + "\n"}; }, open_to_all());
  return start({.elsewhere =
                    [leader](std::string_view path) {
                      return *leader == 0 || path == "/metrics" ? std::string() : "127.0.0.1:" + std::to_string(*leader);
                    }},
               std::move(routes));
}

TEST(Server, passes_on_to_the_one_that_leads_what_is_not_its_own) {
  const auto nobody = std::make_shared<std::atomic<int>>(0);
  const auto first = start_instance("first", nobody);
  const auto second = start_instance("second", std::make_shared<std::atomic<int>>(first->port()));
  EXPECT_THAT(get(second->port(), "/name?x=y"), testing::EndsWith("first\n"));
  EXPECT_THAT(get(second->port(), "/metrics"), testing::EndsWith("second\n"));
  EXPECT_THAT(talk(second->port(), "POST /name HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 5\r\n\r\n12345"),
              testing::EndsWith("first 12345\n"));
}

TEST(Server, does_not_pass_on_for_ever_between_two_that_take_each_other_for_the_leader) {
  const auto leader_of_first = std::make_shared<std::atomic<int>>(0);
  const auto first = start_instance("first", leader_of_first);
  const auto second = start_instance("second", std::make_shared<std::atomic<int>>(first->port()));
  *leader_of_first = second->port();
  EXPECT_THAT(get(second->port(), "/name"), testing::EndsWith("first\n"));
  EXPECT_THAT(get(first->port(), "/name"), testing::EndsWith("second\n"));
}

TEST(Server, answers_itself_when_the_one_that_leads_cannot_be_reached) {
  const auto second = start_instance("second", std::make_shared<std::atomic<int>>(1));
  EXPECT_THAT(get(second->port(), "/name"), testing::EndsWith("second\n"));
}

TEST(Server, ends_a_kept_connection_at_the_next_request_when_another_leads_by_then) {
  const auto leader = std::make_shared<std::atomic<int>>(0);
  const auto first = start_instance("first", std::make_shared<std::atomic<int>>(0));
  const auto second = start_instance("second", leader);
  const std::string request = "GET /name HTTP/1.1\r\nHost: test\r\n\r\n";
  testing::Connection kept(second->port());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(kept.send(request));
    EXPECT_THAT(kept.receive_until("second\n"), testing::EndsWith("second\n"));
  }
  *leader = first->port();
  ASSERT_TRUE(kept.send(request));
  EXPECT_EQ(kept.receive_some(), "");
  EXPECT_THAT(get(second->port(), "/name"), testing::EndsWith("first\n"));
}

TEST(Server, says_why_it_cannot_listen) {
  const auto server = start();
  const std::string taken = "127.0.0.1:" + std::to_string(server->port());
  const auto second = Server::start({.address = taken}, {});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, testing::HasSubstr(taken));
}

TEST(Server, names_an_address_that_it_cannot_read) {
  for (const char* address : {"localhost", "host:99999", "host:", ":x"}) {
    const auto server = Server::start({.address = address}, {});
    ASSERT_FALSE(server) << address;
    EXPECT_THAT(server.error().message, testing::HasSubstr(address));
    EXPECT_THAT(server.error().message, testing::HasSubstr("want host:port"));
  }
}

}  // namespace
}  // namespace spillway::http
