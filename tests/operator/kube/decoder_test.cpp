#include <nlohmann/json.hpp>

#include "operator/kube/status_decoder.hpp"
#include "operator/kube/watch_decoder.hpp"

namespace spillway::kube {
namespace {

std::string line(const std::string& type, const std::string& version) {
  return R"({"type":")" + type + R"(","object":{"metadata":{"name":"a","resourceVersion":")" + version + "\"}}}\n";
}

/// "ADDED 1, MODIFIED 2" for what came out.
std::string decoded(WatchDecoder& decoder, std::string_view chunk) {
  std::string text;
  auto end = decoder.feed(chunk, [&](WatchEventType type, const Json& object) {
    text += std::to_string(static_cast<int>(type)) + ":" + resource_version_of(object) + " ";
  });
  return end ? text : text + to_string(end.error().kind);
}

TEST(WatchDecoder, DecodesLineByLineHoweverTheChunksFall) {
  const std::string all = line("ADDED", "1") + line("MODIFIED", "2") + "\n" + line("DELETED", "3") + line("BOOKMARK", "4");
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    WatchDecoder decoder;
    std::string text = decoded(decoder, all.substr(0, cut));
    text += decoded(decoder, all.substr(cut));
    EXPECT_EQ(text, "0:1 1:2 2:3 3:4 ") << "cut at " << cut;
  }
}

TEST(WatchDecoder, AnErrorEventIsTheStatusItCarries) {
  WatchDecoder decoder;
  EXPECT_EQ(decoded(decoder, line("ADDED", "1") +
                                 R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}})" "\n"),
            "0:1 Gone");
}

TEST(WatchDecoder, AnErrorEventWithoutACodeIsTransient) {
  WatchDecoder decoder;
  EXPECT_EQ(decoded(decoder, "{\"type\":\"ERROR\",\"object\":{}}\n"), "Transient");
}

TEST(WatchDecoder, WhatIsNoEventIsInvalid) {
  for (const char* text : {"{}\n", "[]\n", "nonsense\n", "{\"type\":\"ADDED\"}\n", "{\"type\":\"ADDED\",\"object\":3}\n",
                           "{\"type\":\"NEWS\",\"object\":{}}\n", "{\"type\":5,\"object\":{}}\n", "\xff\xfe\n"}) {
    WatchDecoder decoder;
    EXPECT_EQ(decoded(decoder, text), "Invalid") << text;
  }
}

TEST(WatchDecoder, ALineWithoutEndIsRefusedBeforeItFillsTheMemory) {
  WatchDecoder decoder;
  const std::string piece(1u << 20, 'x');
  Status status = Ok{};
  int pieces = 0;
  while (status && pieces < 100) {
    status = decoder.feed(piece, [](WatchEventType, const Json&) {});
    ++pieces;
  }
  EXPECT_EQ(pieces, 17);
}

TEST(ListDecoder, HandsOverItemsAndKeepsVersionAndToken) {
  std::vector<std::string> names;
  auto page = decode_list(
      R"({"kind":"PodList","metadata":{"resourceVersion":"77","continue":"next"},"items":[
          {"metadata":{"name":"a","labels":{"x":"1"}},"spec":{"list":[{"deep":{}}]}},{"metadata":{"name":"b"}}]})",
      [&](Json& item) { names.push_back(item["metadata"]["name"]); });
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(page->resource_version, "77");
  EXPECT_EQ(page->continue_token, "next");
}

TEST(ListDecoder, TheMetadataMayStandBehindTheItemsAndAnEmptyListIsAList) {
  int items = 0;
  auto page = decode_list(R"({"items":[{"a":{}},{"b":{}}],"metadata":{"resourceVersion":"5"}})", [&](Json&) { ++items; });
  ASSERT_TRUE(page);
  EXPECT_EQ(items, 2);
  EXPECT_EQ(page->resource_version, "5");
  EXPECT_TRUE(decode_list(R"({"items":[],"metadata":{}})", [](Json&) { FAIL(); }));
}

TEST(ListDecoder, WhatIsNoListIsInvalid) {
  for (const char* text : {"", "{}", "[]", "null", "{\"items\":[", "{\"metadata\":{}}", "{\"kind\":\"Status\"}"})
    EXPECT_FALSE(decode_list(text, [](Json&) {})) << text;
}

struct StatusCase {
  int code;
  const char* body;
  const char* retry_after;
  ErrorKind kind;
};

TEST(StatusDecoder, EveryCodeSaysWhatTheCallerMayDo) {
  const StatusCase cases[] = {
      {400, "{}", nullptr, ErrorKind::kInvalid},
      {401, "{}", nullptr, ErrorKind::kUnauthorized},
      {403, "{}", nullptr, ErrorKind::kForbidden},
      {404, "{}", nullptr, ErrorKind::kNotFound},
      {409, "{}", nullptr, ErrorKind::kConflict},
      {410, "{}", nullptr, ErrorKind::kGone},
      {415, "{}", nullptr, ErrorKind::kInvalid},
      {422, R"({"details":{"causes":[{"field":"spec"}]}})", nullptr, ErrorKind::kInvalid},
      {422, R"({"details":{}})", nullptr, ErrorKind::kConflict},
      {429, "{}", nullptr, ErrorKind::kThrottled},
      {429, "{}", "7", ErrorKind::kThrottled},
      {500, "{}", nullptr, ErrorKind::kTransient},
      {502, "<html>", nullptr, ErrorKind::kTransient},
      {503, "{}", nullptr, ErrorKind::kTransient},
      {503, "{}", "1", ErrorKind::kThrottled},
      {504, "{}", nullptr, ErrorKind::kTimeout},
  };
  for (const auto& each : cases) {
    const std::string header = each.retry_after ? each.retry_after : "";
    EXPECT_EQ(decode_status(each.code, each.body, each.retry_after ? &header : nullptr).kind, each.kind) << each.code;
  }
}

TEST(StatusDecoder, TakesMessageAndPatienceFromTheServer) {
  const std::string header = "7";
  const Error error = decode_status(429, R"({"kind":"Status","message":"slow down"})", &header);
  EXPECT_EQ(error.message, "429 slow down");
  EXPECT_EQ(error.retry_after_seconds, 7.0);
  EXPECT_EQ(decode_status(429, R"({"details":{"retryAfterSeconds":3}})", nullptr).retry_after_seconds, 3.0);
  EXPECT_EQ(decode_status(429, "{}", nullptr).retry_after_seconds, 1.0);
  EXPECT_EQ(decode_status(502, "bad gateway", nullptr).message, "502 bad gateway");
}

TEST(StatusDecoder, ForgedRetryAfterIsIgnored) {
  for (const char* text : {"-1", "nan", "inf", "1e99", "soon", "", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    const std::string header = text;
    EXPECT_EQ(decode_status(429, "{}", &header).retry_after_seconds, 1.0) << text;
  }
}

}  // namespace
}  // namespace spillway::kube
