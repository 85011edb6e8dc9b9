#include "operator/api/stream_routes.hpp"

#include "operator/api/query.hpp"

namespace spillway::api {
namespace {

/// Writes events in the format of the HTML standard, "Server-sent events".
class EventStreamOutlet final : public Outlet {
 public:
  explicit EventStreamOutlet(std::shared_ptr<http::BodyWriter> body) : body_(std::move(body)) {}
  bool send(const Event& event) override { return body_->write("id: " + event.id + "\nevent: " + event.type + "\ndata: " + event.data + "\n\n"); }
  bool keep_alive() override { return body_->write(": still here\n\n"); }
  void close() override { body_->close(); }

 private:
  std::shared_ptr<http::BodyWriter> body_;
};

http::Response stream(const Backing& backing, Hub& hub, const http::Request& request) {
  auto interest = interest_of(request);
  if (!interest) return refuse(400, interest.error().message);
  if (hub.clients() >= Hub::kMostClients) return refuse(429, "as many clients listen as may; try again in a moment");
  const auto header = request.headers.find("last-event-id");
  const std::string last_id = header == request.headers.end() ? Query(request).text("lastEventId") : header->second;
  http::Response response{200, {}, "text/event-stream", {{"X-Accel-Buffering", "no"}}};
  response.stream = [&backing, &hub, interest = std::move(*interest), last_id](const std::shared_ptr<http::BodyWriter>& body) {
    const auto hello = [&backing](bool resumed) { return hello_text(backing, resumed); };
    if (!hub.subscribe(std::make_shared<EventStreamOutlet>(body), interest, last_id, hello, backing.now())) body->close();
  };
  return response;
}

}  // namespace

Result<Interest> interest_of(const http::Request& request) {
  const Query query(request);
  Interest interest{query.text("namespace"), {}};
  const std::string policy = query.text("policy");
  if (policy.empty()) return interest;
  const std::size_t slash = policy.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == policy.size())
    return Error{ErrorKind::kInvalid, "policy: \"" + policy + "\": want namespace/name"};
  interest.policy = kube::ObjectKey{policy.substr(0, slash), policy.substr(slash + 1)};
  return interest;
}

http::AccessRule by_interest() {
  return [](const http::Request& request) -> std::optional<kube::AccessAttributes> {
    const auto interest = interest_of(request);
    kube::ResourceAccess access{"watch", kube::kAutoscalerPolicies, {}, {}, {}};
    if (!interest) return access;
    access.ns = interest->policy ? interest->policy->ns : interest->ns;
    access.name = interest->policy ? interest->policy->name : std::string();
    return access;
  };
}

std::string hello_text(const Backing& backing, bool resumed) {
  return Json({{"time", moment(backing.now())}, {"resumed", resumed}, {"leading", backing.leading()}}).dump();
}

void add_stream_routes(http::RouteTable& routes, const Backing& backing, Hub& hub) {
  routes.add("GET", "/api/v1/stream",
             while_leading(backing, [&backing, &hub](const http::Request& request) { return stream(backing, hub, request); }), by_interest());
}

}  // namespace spillway::api
