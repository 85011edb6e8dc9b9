#include "crds/v1alpha1/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

namespace spillway::v1alpha1 {

namespace {

struct Suffix {
  std::string_view text;
  double factor;
};
constexpr std::array<Suffix, 16> kSuffixes = {{{"", 1.0},
                                               {"n", 1e-9},
                                               {"u", 1e-6},
                                               {"m", 1e-3},
                                               {"k", 1e3},
                                               {"M", 1e6},
                                               {"G", 1e9},
                                               {"T", 1e12},
                                               {"P", 1e15},
                                               {"E", 1e18},
                                               {"Ki", 0x1p10},
                                               {"Mi", 0x1p20},
                                               {"Gi", 0x1p30},
                                               {"Ti", 0x1p40},
                                               {"Pi", 0x1p50},
                                               {"Ei", 0x1p60}}};

/// The factor of a suffix or of a decimal exponent ("e3", "E-2"); none if it is neither.
std::optional<double> factor_of(std::string_view suffix) {
  for (const auto& known : kSuffixes) {
    if (suffix == known.text) return known.factor;
  }
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return std::nullopt;
  std::string_view digits = suffix.substr(1);
  if (digits[0] == '+') digits.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return std::pow(10.0, exponent);
}

Error not_a_quantity(std::string_view text) {
  return {ErrorKind::kInvalid, "Invalid value: \"" + std::string(text) +
                                   "\": must be a quantity: a decimal number with an optional suffix n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, "
                                   "Ti, Pi, Ei or exponent such as e3"};
}

}  // namespace

Result<ResourceQuantity> parse_quantity(std::string_view text) {
  std::string_view rest = text;
  double sign = 1.0;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    if (rest[0] == '-') sign = -1.0;
    rest.remove_prefix(1);
  }
  const std::size_t number_end = std::min(rest.find_first_not_of("0123456789."), rest.size());
  const std::string_view number = rest.substr(0, number_end);
  double mantissa = 0.0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), mantissa, std::chars_format::fixed);
  const auto factor = factor_of(rest.substr(number_end));
  if (number.empty() || error != std::errc() || end != number.data() + number.size() || !factor) return not_a_quantity(text);
  const double value = sign * mantissa * *factor;
  if (!std::isfinite(value)) return not_a_quantity(text);
  return ResourceQuantity{std::string(text), value};
}

ResourceQuantity ResourceQuantity::of(double value) {
  if (!std::isfinite(value)) return {};
  std::array<char, 400> buffer;
  const int decimals = std::fabs(value) < 1.0 ? 6 : 3;
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
  std::string text(buffer.data(), static_cast<std::size_t>(length));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  if (text == "-0") text = "0";
  return *parse_quantity(text);
}

}  // namespace spillway::v1alpha1
