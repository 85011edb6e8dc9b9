#include "operator/http/routes.hpp"

#include <algorithm>
#include <cctype>

#include "operator/telemetry/log.hpp"

namespace spillway::http {
namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> segments;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    segments.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

bool is_parameter(const std::string& segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

/// Sorts routes so that exact segments come before parameters.
std::vector<std::string> sortable(std::vector<std::string> segments) {
  for (std::string& segment : segments) {
    if (is_parameter(segment)) segment.insert(0, 1, '\x7f');
  }
  return segments;
}

/// Fits `asked` to the key of a route; fills in the parameters.
bool fits(const std::vector<std::string>& key, const std::vector<std::string>& asked,
          std::map<std::string, std::string>& parameters) {
  if (key.size() != asked.size()) return false;
  parameters.clear();
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i].starts_with('\x7f')) {
      if (asked[i].empty()) return false;
      parameters[key[i].substr(2, key[i].size() - 3)] = asked[i];
    } else if (key[i] != asked[i]) {
      return false;
    }
  }
  return true;
}

template <typename Methods>
std::string allowed_methods(const Methods& methods) {
  std::string list;
  for (const auto& [method, route] : methods) {
    if (!list.empty()) list += ", ";
    list += method == "GET" ? "GET, HEAD" : method;
  }
  return list;
}

std::string parameter(const Request& request, const char* name) {
  const auto found = request.parameters.find(name);
  return found == request.parameters.end() ? std::string() : found->second;
}

}  // namespace

AccessRule by_url() {
  return [](const Request& request) -> std::optional<kube::AccessAttributes> {
    std::string verb = request.method == "HEAD" ? "GET" : request.method;
    std::transform(verb.begin(), verb.end(), verb.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return kube::UrlAccess{std::move(verb), request.path};
  };
}

AccessRule by_policy(std::string verb) {
  return [verb = std::move(verb)](const Request& request) -> std::optional<kube::AccessAttributes> {
    return kube::ResourceAccess{verb, kube::kAutoscalerPolicies, parameter(request, "namespace"), parameter(request, "name"), {}};
  };
}

AccessRule open_to_all() {
  return [](const Request&) -> std::optional<kube::AccessAttributes> { return std::nullopt; };
}

void RouteTable::add(const std::string& method, const std::string& path, Handler handler, AccessRule rule) {
  routes_[sortable(split(path))].insert_or_assign(method, Route{std::move(handler), std::move(rule)});
}

const RouteTable::Methods* RouteTable::find(const std::string& path, std::map<std::string, std::string>& parameters) const {
  const std::vector<std::string> asked = split(path);
  const auto route = std::find_if(routes_.begin(), routes_.end(), [&](const auto& entry) { return fits(entry.first, asked, parameters); });
  return route == routes_.end() ? nullptr : &route->second;
}

Response RouteTable::refuse(int status, const std::string& message) const {
  return refusal_ ? refusal_(status, message) : Response{status, message + "\n"};
}

Response RouteTable::refuse(const Request& request, const Error& error) const {
  switch (error.kind) {
    case ErrorKind::kUnauthorized: {
      Response response = refuse(401, error.message);
      response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"spillway\"");
      return response;
    }
    case ErrorKind::kForbidden:
      telemetry::log_info("a request was refused", {{"path", request.path}, {"why", error.message}});
      return refuse(403, error.message);
    default: {
      telemetry::log_warn("who asks could not be found out", {{"path", request.path}, {"error", error.message}});
      Response response = refuse(503, "who asks could not be found out; try again");
      response.headers.emplace_back("Retry-After", "2");
      return response;
    }
  }
}

Response RouteTable::dispatch(Request request, const std::string& token, Authorizer* authorizer) const {
  const Methods* methods = find(request.path, request.parameters);
  if (methods == nullptr) return refuse(404, "there is nothing at " + request.path);
  const auto route = methods->find(request.method == "HEAD" ? "GET" : request.method);
  if (route == methods->end()) {
    const std::string allowed = allowed_methods(*methods);
    Response response = refuse(405, request.method + " is not allowed here; want " + allowed);
    response.headers.emplace_back("Allow", allowed);
    return response;
  }
  try {
    if (const auto access = route->second.rule(request)) {
      if (authorizer == nullptr) return refuse(403, "nobody may ask this here");
      auto caller = authorizer->admit(token, *access);
      if (!caller) return refuse(request, caller.error());
      request.caller = std::move(*caller);
    }
    return route->second.handler(request);
  } catch (const std::exception& error) {
    telemetry::log_error("a handler failed", {{"path", request.path}, {"error", error.what()}});
    return refuse(500, "the handler failed");
  }
}

}  // namespace spillway::http
