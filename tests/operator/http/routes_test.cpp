#include "operator/http/routes.hpp"

namespace spillway::http {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

/// Admits "good" to everything but what is `forbidden`; remembers what was asked.
struct Doorkeeper final : Authorizer {
  Result<Caller> admit(const std::string& token, const kube::AccessAttributes& access) override {
    asked = kube::to_string(access);
    if (token == "unknowable") return Error{ErrorKind::kTransient, "no TokenReview"};
    if (token != "good") return Error{ErrorKind::kUnauthorized, "the token is not valid"};
    if (asked == forbidden) return Error{ErrorKind::kForbidden, "jane may not " + asked};
    return Caller{{"jane"}, token};
  }
  std::string asked;
  std::string forbidden;
};

Response answer_name(const Request& request) { return {200, request.caller.user.name}; }

TEST(RouteTable, denies_a_route_without_a_rule_to_whoever_brings_no_valid_token) {
  RouteTable routes;
  routes.add("GET", "/data", answer_name);
  Doorkeeper door;
  const Response refused = routes.dispatch({"GET", "/data"}, "", &door);
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.headers, Contains(Pair("WWW-Authenticate", HasSubstr("Bearer"))));
  EXPECT_EQ(routes.dispatch({"GET", "/data"}, "bad", &door).status, 401);
  EXPECT_EQ(routes.dispatch({"GET", "/data"}, "good", &door).body, "jane");
  EXPECT_EQ(door.asked, "get /data");
}

TEST(RouteTable, answers_only_open_routes_without_an_authorizer) {
  RouteTable routes;
  routes.add("GET", "/data", answer_name);
  routes.add("GET", "/health", answer_name, open_to_all());
  EXPECT_EQ(routes.dispatch({"GET", "/data"}, "good", nullptr).status, 403);
  EXPECT_EQ(routes.dispatch({"GET", "/health"}, "", nullptr).status, 200);
}

TEST(RouteTable, says_which_permission_is_missing) {
  RouteTable routes;
  routes.add("PATCH", "/namespaces/{namespace}/policies/{name}", answer_name, by_policy("patch"));
  Doorkeeper door;
  door.forbidden = "patch autoscalerpolicies.autoscaling.spillway.dev shop/checkout";
  const Response refused = routes.dispatch({"PATCH", "/namespaces/shop/policies/checkout"}, "good", &door);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr(door.forbidden));
  EXPECT_EQ(routes.dispatch({"PATCH", "/namespaces/shop/policies/other"}, "good", &door).status, 200);
}

TEST(RouteTable, denies_when_it_cannot_be_known_who_asks) {
  RouteTable routes;
  routes.add("GET", "/data", answer_name);
  Doorkeeper door;
  EXPECT_EQ(routes.dispatch({"GET", "/data"}, "unknowable", &door).status, 503);
}

TEST(RouteTable, treats_head_as_get_also_for_permissions) {
  RouteTable routes;
  routes.add("GET", "/data", answer_name);
  Doorkeeper door;
  EXPECT_EQ(routes.dispatch({"HEAD", "/data"}, "good", &door).status, 200);
  EXPECT_EQ(door.asked, "get /data");
}

TEST(RouteTable, fills_parameters_and_prefers_exact_segments) {
  RouteTable routes;
  routes.add("GET", "/a/{x}/c", [](const Request& r) { return Response{200, "x=" + r.parameters.at("x")}; }, open_to_all());
  routes.add("GET", "/a/b/c", [](const Request&) { return Response{200, "exact"}; }, open_to_all());
  EXPECT_EQ(routes.dispatch({"GET", "/a/b/c"}, "", nullptr).body, "exact");
  EXPECT_EQ(routes.dispatch({"GET", "/a/z/c"}, "", nullptr).body, "x=z");
  for (const char* path : {"/a//c", "/a/z", "/a/z/c/", "a/z/c"}) EXPECT_EQ(routes.dispatch({"GET", path}, "", nullptr).status, 404) << path;
}

TEST(RouteTable, asks_for_all_namespaces_where_the_path_names_none) {
  RouteTable routes;
  routes.add("GET", "/policies", answer_name, by_policy("list"));
  Doorkeeper door;
  routes.dispatch({"GET", "/policies"}, "good", &door);
  EXPECT_EQ(door.asked, "list autoscalerpolicies.autoscaling.spillway.dev in all namespaces");
}

}  // namespace
}  // namespace spillway::http
