#include "operator/api/query.hpp"

#include "operator/api/handshake.hpp"
#include "operator/api/json.hpp"

namespace spillway::api {
namespace {

http::Request asking(const std::string& query, std::map<std::string, std::string> headers = {}) { return {"GET", "/", query, {}, std::move(headers)}; }

TEST(Query, ParametersAreDecodedAndTheLastOneCounts) {
  const Query query(asking("a=1&b=x%2Fy+z&a=2&empty=&flag&bad=%zz"));
  EXPECT_EQ(query.text("a"), "2");
  EXPECT_EQ(query.text("b"), "x/y z");
  EXPECT_EQ(query.text("empty"), "");
  EXPECT_EQ(query.text("flag"), "");
  EXPECT_EQ(query.text("bad"), "%zz");
  EXPECT_EQ(query.text("none"), "");
}

TEST(Query, NumbersAndFlagsAreCheckedAndTheErrorNamesParameterAndValue) {
  const Query query(asking("n=7&low=0&word=x&half=1.5&yes=true&maybe=perhaps"));
  EXPECT_EQ(*query.whole("n", 1, 10, 5), 7);
  EXPECT_EQ(*query.whole("absent", 1, 10, 5), 5);
  for (const char* name : {"low", "word", "half"}) {
    const auto refused = query.whole(name, 1, 10, 5);
    ASSERT_FALSE(refused) << name;
    EXPECT_TRUE(refused.error().message.starts_with(name)) << refused.error().message;
  }
  EXPECT_TRUE(*query.flag("yes", false));
  EXPECT_FALSE(query.flag("maybe", false));
}

TEST(Handshake, ATokenComesAsASubprotocolOrAHeader) {
  const auto browser = read_handshake(asking("lastEventId=e-1", {{"sec-websocket-protocol", "spillway.v1, base64url.bearer.authorization.k8s.io.aGV5LXlvdT8_"}}));
  EXPECT_EQ(browser.token, "hey-you??");
  EXPECT_EQ(browser.last_id, "e-1");
  EXPECT_TRUE(browser.speaks_ours);
  EXPECT_EQ(read_handshake(asking("", {{"authorization", "Bearer secret"}})).token, "secret");
  EXPECT_EQ(read_handshake(asking("", {{"sec-websocket-protocol", ",,base64url.bearer.authorization.k8s.io.*"}})).token, "");
}

TEST(Handshake, OnlyPagesOfOurOwnSiteMayAsk) {
  EXPECT_TRUE(is_same_site(asking("", {{"host", "a:1"}}))) << "not a browser";
  EXPECT_TRUE(is_same_site(asking("", {{"host", "a:1"}, {"origin", "https://a:1"}})));
  EXPECT_FALSE(is_same_site(asking("", {{"host", "a:1"}, {"origin", "https://ba:1"}})));
  EXPECT_FALSE(is_same_site(asking("", {{"host", "a:1"}, {"origin", "null"}})));
}

TEST(Json, WhatIsNotFiniteIsNullAndFloatsKeepTheirDigits) {
  EXPECT_TRUE(number(std::nan("")).is_null());
  EXPECT_TRUE(number(HUGE_VAL).is_null());
  EXPECT_TRUE(number(std::nanf("")).is_null());
  EXPECT_EQ(number(0.1f).dump(), "0.1");
  EXPECT_EQ(moment(1763871300.25), "2025-11-23T04:15:00.250Z");
}

TEST(Json, DeepNestingIsRefusedBeforeAnythingWalksIt) {
  EXPECT_TRUE(parse_json(std::string(30, '[') + std::string(30, ']')));
  const auto deep = parse_json(std::string(1000000, '[') + std::string(1000000, ']'));
  ASSERT_FALSE(deep);
  EXPECT_NE(deep.error().message.find("deeper"), std::string::npos);
  EXPECT_FALSE(parse_json(std::string(1000000, '[')));
  EXPECT_FALSE(parse_object("[]"));
  EXPECT_FALSE(parse_object(""));
}

}  // namespace
}  // namespace spillway::api
