#include "operator/io/transport.hpp"

#include <condition_variable>
#include <mutex>

namespace spillway::io {

const std::string* HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return &value;
  return nullptr;
}

Result<HttpResponse> Transport::call(HttpRequest request) {
  std::vector<HttpRequest> one;
  one.push_back(std::move(request));
  return std::move(call_all(std::move(one)).front());
}

std::vector<Result<HttpResponse>> Transport::call_all(std::vector<HttpRequest> requests) {
  std::mutex mutex;
  std::condition_variable answered;
  std::size_t missing = requests.size();
  std::vector<Result<HttpResponse>> answers(requests.size(), Error{ErrorKind::kTransient, "no answer"});
  for (std::size_t i = 0; i < requests.size(); ++i)
    send(std::move(requests[i]), [&, i](Result<HttpResponse> answer) {
      // Notified under the lock: once the waiting thread sees zero, these locals are gone.
      std::lock_guard lock(mutex);
      answers[i] = std::move(answer);
      if (--missing == 0) answered.notify_one();
    });
  std::unique_lock lock(mutex);
  answered.wait(lock, [&] { return missing == 0; });
  return answers;
}

}  // namespace spillway::io
