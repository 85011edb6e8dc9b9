#include "operator/http/dashboard.hpp"

#include <regex>

#include "operator/http/dashboard_assets.hpp"

namespace spillway::http {
namespace {

class Dashboard : public testing::Test {
 protected:
  Dashboard() { add_dashboard(routes); }
  void SetUp() override {
    if (dashboard_assets().empty()) GTEST_SKIP() << "built with SPILLWAY_DASHBOARD=OFF";
  }
  /// As a stranger asks: no token, nobody who could check one.
  Response get(const std::string& path) const { return routes.dispatch({"GET", path}, "", nullptr); }
  static std::string header(const Response& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }
  RouteTable routes;
};

TEST_F(Dashboard, ThePageIsServedToAllAndNeverFromACacheUnasked) {
  const Response page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(header(page, "Cache-Control"), "no-cache");
  EXPECT_EQ(header(page, "X-Content-Type-Options"), "nosniff");
}

TEST_F(Dashboard, WhatThePageNamesIsThereWithItsTypeAndMayBeKeptForEver) {
  const std::string page = get("/").body;
  const std::regex reference("(?:src|href)=\"([^\"]+)\"");
  std::map<std::string, std::string> types;
  for (std::sregex_iterator match(page.begin(), page.end(), reference), end; match != end; ++match) {
    const std::string path = (*match)[1];
    const Response asset = get(path);
    EXPECT_EQ(asset.status, 200) << path;
    EXPECT_EQ(header(asset, "Cache-Control"), "public, max-age=31536000, immutable") << path;
    types[path.substr(path.rfind('.'))] = asset.content_type;
  }
  EXPECT_EQ(types, (std::map<std::string, std::string>{{".css", "text/css; charset=utf-8"},
                                                       {".js", "text/javascript; charset=utf-8"},
                                                       {".svg", "image/svg+xml"}}));
}

TEST_F(Dashboard, NothingMayComeFromAnotherHostNorFromInsideThePage) {
  for (const Asset& asset : dashboard_assets()) {
    const std::string policy = header(get(std::string(asset.path)), "Content-Security-Policy");
    EXPECT_THAT(policy, testing::StartsWith("default-src 'none'")) << asset.path;
    EXPECT_THAT(policy, testing::Not(testing::HasSubstr("unsafe"))) << asset.path;
    EXPECT_THAT(policy, testing::Not(testing::HasSubstr("://"))) << asset.path;
  }
}

TEST_F(Dashboard, TheBytesAreThoseThatWereBundled) {
  // The icon holds quotes, and its last bytes tell whether the length is right.
  const auto icon = std::find_if(dashboard_assets().begin(), dashboard_assets().end(),
                                 [](const Asset& asset) { return asset.path.ends_with(".svg"); });
  ASSERT_NE(icon, dashboard_assets().end());
  EXPECT_THAT(std::string(icon->body), testing::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(std::string(icon->body), testing::HasSubstr("</svg>"));
}

}  // namespace
}  // namespace spillway::http
