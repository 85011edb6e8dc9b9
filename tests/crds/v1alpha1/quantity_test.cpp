#include "crds/v1alpha1/quantity.hpp"

namespace spillway::v1alpha1 {
namespace {

TEST(Quantity, ReadsEveryFormThatKubernetesWrites) {
  const std::vector<std::pair<const char*, double>> table = {
      {"25", 25},        {"12.5", 12.5}, {"500m", 0.5},      {"2k", 2000},   {"1Ki", 1024},  {"1Mi", 1048576},  {"1e3", 1000},
      {"1E3", 1000},     {"1E", 1e18},   {"2.5e-1", 0.25},   {"-3", -3},     {"+3", 3},      {".5", 0.5},       {"5.", 5},
      {"100u", 0.0001},  {"7n", 7e-9},   {"3G", 3e9},        {"0", 0},       {"1e+2", 100},  {"1.5Gi", 1610612736.0}};
  for (const auto& [text, value] : table) {
    const auto parsed = parse_quantity(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_DOUBLE_EQ(parsed->value, value) << text;
    EXPECT_EQ(parsed->text, text);
  }
}

TEST(Quantity, RefusesEverythingElseAndSaysWhatIsAllowed) {
  for (const char* text : {"", " 1", "1 ", "1K", "1ki", "k", "-", "1.2.3", "1e", "1e1.5", "NaN", "inf", "0x10", "1,5", "1mm", "1e999"}) {
    const auto parsed = parse_quantity(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(parsed.error().message, ::testing::HasSubstr("must be a quantity"));
  }
}

TEST(Quantity, WritesShortDecimals) {
  EXPECT_EQ(ResourceQuantity::of(6.4).text, "6.4");
  EXPECT_EQ(ResourceQuantity::of(120.0).text, "120");
  EXPECT_EQ(ResourceQuantity::of(0.0312345678).text, "0.031235");
  EXPECT_EQ(ResourceQuantity::of(-1e-9).text, "0");
  EXPECT_EQ(ResourceQuantity::of(std::nan("")).text, "0");
}

}  // namespace
}  // namespace spillway::v1alpha1
