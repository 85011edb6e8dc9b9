#include "operator/load/target_spec.hpp"

#include <algorithm>
#include <charconv>

#include "model/base/text.hpp"

namespace spillway::load {
namespace {

constexpr auto kNone = std::string_view::npos;

Error invalid(std::string_view written) {
  return {ErrorKind::kInvalid,
          text("target: '", written.substr(0, 120),
               "' is not allowed: [name=]http://host:port[,...] or [name=]namespace/label=value[:port]")};
}

/// Cuts "name=" off: an equals sign before the first slash can only be a name's.
std::string take_name(std::string_view& rest) {
  const auto equals = rest.find('=');
  if (equals == kNone || equals > rest.find('/')) return {};
  const std::string name(rest.substr(0, equals));
  rest.remove_prefix(equals + 1);
  return name;
}

bool take_urls(std::string_view rest, EndpointList& urls) {
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    std::string url(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (url.ends_with('/')) url.pop_back();
    if (!url.starts_with("http://") && !url.starts_with("https://")) return false;
    urls.push_back(std::move(url));
  }
  return !urls.empty();
}

bool take_port(std::string_view& selector, int& port) {
  const auto colon = selector.rfind(':');
  if (colon == kNone) return true;
  const auto digits = selector.substr(colon + 1);
  selector.remove_suffix(digits.size() + 1);
  const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return code == std::errc() && stop == digits.data() + digits.size() && port >= 1 && port <= 65535;
}

}  // namespace

Result<TargetSpec> parse_target(std::string_view written) {
  std::string_view rest = written;
  TargetSpec spec;
  spec.name = take_name(rest);
  if (spec.name.empty()) spec.name = rest;
  if (rest.find("://") != kNone) {
    if (!take_urls(rest, spec.urls)) return invalid(written);
    return spec;
  }
  const auto slash = rest.find('/');
  if (slash == kNone || slash == 0) return invalid(written);
  spec.pod_namespace = rest.substr(0, slash);
  std::string_view selector = rest.substr(slash + 1);
  if (!take_port(selector, spec.port) || selector.empty()) return invalid(written);
  spec.label_selector = selector;
  return spec;
}

}  // namespace spillway::load
