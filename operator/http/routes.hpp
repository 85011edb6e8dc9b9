#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "operator/http/authorizer.hpp"

namespace spillway::http {

struct Request {
  std::string method;
  std::string path;   ///< decoded, without the query
  std::string query;  ///< as sent, without the question mark
  std::string body;
  std::map<std::string, std::string> headers = {};     ///< names in lower case; without credentials and cookies
  std::map<std::string, std::string> parameters = {};  ///< what stood where the route's path has {name}
  Caller caller = {};                                  ///< who asks; nobody on open routes
};

/// The near end of a body that goes on for as long as the client stays. Thread-safe; never blocks.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  /// False once the client is gone or has left too much untaken: nothing more is sent then.
  virtual bool write(std::string_view bytes) = 0;
  /// Ends the body.
  virtual void close() = 0;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  /// If given, the body is what is written here, piece by piece, instead of `body`. Called once, while the answer begins.
  std::function<void(std::shared_ptr<BodyWriter>)> stream = {};
};

/// Answers one request. Runs on one of the server's workers: it may block for a while, as an API server does that is asked
/// something, but each one that does leaves a worker less for others.
using Handler = std::function<Response(const Request&)>;

/// What a caller must be allowed to do to get an answer; std::nullopt lets anybody in, with or without a token.
using AccessRule = std::function<std::optional<kube::AccessAttributes>(const Request&)>;

/// The rule of a route that names none: the HTTP method in lower case on the request's path, as `nonResourceURLs` of a ClusterRole
/// grant it.
AccessRule by_url();
/// A verb on policies: on the one of the path's {namespace} and {name}, on those of {namespace}, or on those of all namespaces.
AccessRule by_policy(std::string verb);
/// For health, and for pages without data.
AccessRule open_to_all();

/// Which handler answers what, and who may ask. Pure; filled before the server starts.
class RouteTable {
 public:
  /// Adds a route. A segment of `path` that is {name} stands for any one segment; where several routes fit, the one with the
  /// earlier exact segment wins. GET routes answer HEAD too. Adding the same route again replaces it.
  void add(const std::string& method, const std::string& path, Handler handler, AccessRule rule = by_url());

  /// How refusals are worded: status and message in, a response out. Plain text unless told otherwise.
  using Refusal = std::function<Response(int, const std::string&)>;
  void refuse_with(Refusal refusal) { refusal_ = std::move(refusal); }
  Response refuse(int status, const std::string& message) const;

  /// 404 for an unknown path, 405 with Allow for an unknown method, 401 and 403 for those whom `authorizer` does not admit
  /// by `token`, 503 when it cannot tell; what a handler throws becomes a 500 without details. Without an authorizer only
  /// open routes answer.
  Response dispatch(Request request, const std::string& token, Authorizer* authorizer) const;

 private:
  struct Route {
    Handler handler;
    AccessRule rule;
  };
  using Methods = std::map<std::string, Route>;
  const Methods* find(const std::string& path, std::map<std::string, std::string>& parameters) const;

  Response refuse(const Request& request, const Error& error) const;

  Refusal refusal_;
  std::map<std::vector<std::string>, Methods> routes_;  // segments -> method -> route
};

}  // namespace spillway::http
