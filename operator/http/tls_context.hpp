#pragma once
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "operator/http/gate.hpp"

namespace spillway::http {

/// The TLS side of a listener: keeps a context made of the files as they were when last looked at. One thread.
class TlsContext {
 public:
  /// kInvalid names the file that cannot be read or used.
  static Result<TlsContext> load(TlsFiles files);
  /// For a new connection: looks at the files first if that is some seconds ago.
  std::shared_ptr<boost::asio::ssl::context> current();
  /// For a connection to another process that serves the same certificate: trusts this one and nothing else.
  std::shared_ptr<boost::asio::ssl::context> peer() const { return peer_; }

 private:
  explicit TlsContext(TlsFiles files) : files_(std::move(files)) {}
  Status reload();

  TlsFiles files_;
  std::string loaded_;  ///< certificate and key in use, as text
  std::string refused_;  ///< the pair that was logged as unusable
  std::chrono::steady_clock::time_point looked_at_{};
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::shared_ptr<boost::asio::ssl::context> peer_;
};

}  // namespace spillway::http
